//! What a contract means and becomes: sources in, containers out.
//!
//! The `mod` lines below stand in the order of the pipeline; a module uses only those above it.

pub mod tree;
pub mod error;
pub mod load;
pub mod resolve;
pub mod check;

use load::Loader;
use mc_container::package::Package;
use mc_syntax::ast;
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::{SourceSet, Span};
use tree::{Program, UnitId};

/// What a compilation comes to.
#[derive(Debug)]
pub struct Output {
    /// Every file that was read.
    pub sources: SourceSet,
    /// Their syntax trees, by file number.
    pub files: Vec<ast::File>,
    /// Everything there is to say, sorted by file and place.
    pub diagnostics: Vec<Diagnostic>,
    /// The result; absent if a diagnostic is an error.
    pub compiled: Option<Compiled>,
}

/// A program and its containers.
#[derive(Debug)]
pub struct Compiled {
    /// The typed tree.
    pub program: Program,
    /// One container for each unit of the program, in its order.
    pub containers: Vec<Container>,
}

/// A unit, compiled.
#[derive(Debug)]
pub struct Container {
    /// Which unit.
    pub unit: UnitId,
    /// The artefact.
    pub package: Package,
    /// The IR of each entry of the manifest, as text for people.
    pub ir: String,
    /// For each entry of the manifest, for each of its own accesses, the places in the source that make it.
    pub places: Vec<Vec<Vec<Span>>>,
}
