//! A composition out of entries: one chain of steps, and the parameters, slots and bounds that it needs.
//!
//! What a step gives goes to a later step that can take it: an asset to the one parameter of its kind, any other
//! value only where its name or its type leaves no choice. What is left over are the composition's parameters.

mod choice;
mod chain;
mod flow;
mod misfit;
mod params;
mod types;
mod write;

pub use choice::Choice;

use crate::Container;
use crate::tree::Program;
use mc_syntax::ast;
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::SourceSet;

/// What is to be composed.
#[derive(Clone, Copy)]
pub struct Request<'r> {
    /// The program that the contracts belong to.
    pub program: &'r Program,
    /// Their containers.
    pub containers: &'r [Container],
    /// The files as written.
    pub files: &'r [ast::File],
    /// Their texts.
    pub sources: &'r SourceSet,
    /// What the composition is called, as `pay` or as `Pay`.
    pub name: &'r str,
    /// The entries, in the order of the steps.
    pub choices: &'r [Choice],
    /// How the composition's file names another file, by its path, in an import.
    pub import: &'r dyn Fn(&str) -> String,
}

/// A composition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composed {
    /// Its name.
    pub name: String,
    /// Its slots, each with what it is written against.
    pub slots: Vec<(String, String)>,
    /// Its parameters, each with its type.
    pub params: Vec<(String, String)>,
    /// Its steps, as they are written.
    pub steps: Vec<String>,
    /// What it takes from its caller: each asset with how much at most.
    pub spends: Vec<(String, String)>,
    /// What it gives.
    pub result: Option<String>,
    /// What else there is to know.
    pub notes: Vec<String>,
    /// The source, in the style of the language.
    pub text: String,
}

/// Why there is no composition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing of this kind has the name.
    Unknown {
        /// The kind.
        kind: String,
        /// The name.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// The names do not say what is meant.
    Unclear(String),
    /// The entries do not fit.
    Misfit(Box<Diagnostic>),
}

/// Composes entries.
///
/// # Errors
/// Why they cannot be composed.
pub fn propose(request: &Request<'_>) -> Result<Composed, Refusal> {
    let chain = chain::chain(request)?;
    let flow = flow::flow(&chain, request.program)?;
    let params = params::params(&flow, request.containers)?;
    write::write(request, &flow, params)
}
