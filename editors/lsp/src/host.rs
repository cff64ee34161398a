//! What the server asks of the tool that it is a part of: projects, files that the tool carries with it, and how it
//! shows what a call touches.

use mc_compiler::Output;
use mc_compiler::load::Loader;
use mc_syntax::source::Span;
use serde_json::Value as Json;
use std::path::{Path, PathBuf};

/// The tool around the server. As a [`Loader`] it reads files from the disk and the standard library.
pub trait Host: Loader {
    /// The project that a file is a source of; `None` for a file on its own.
    fn project(&self, file: &Path) -> Option<Project>;

    /// Files that the tool carries and an editor can open: the standard library as `std/token.mc`, and what each
    /// code means as `explain/E0101.md`.
    fn carried(&self) -> Vec<(String, String)>;

    /// What every call of a program touches.
    fn effects(&self, output: &Output) -> Vec<Effects>;

    /// Which calls can conflict, as `mcc conflicts --format json` prints it.
    ///
    /// # Errors
    /// Why it cannot be said.
    fn conflicts(&self, output: &Output, app: Option<&str>) -> Result<Json, String>;

    /// The tool itself, to be run for what takes its time.
    fn tool(&self) -> PathBuf;
}

/// A project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Its directory.
    pub directory: String,
    /// Its app, where it says which is meant.
    pub app: Option<String>,
    /// Its sources.
    pub roots: Vec<String>,
}

/// What one call touches.
#[derive(Clone, Debug)]
pub struct Effects {
    /// The name of the entry, view or composition.
    pub name: Span,
    /// How it is called: `Token.transfer`.
    pub call: String,
    /// Line by line, as `mcc effects` prints it.
    pub text: String,
    /// The cells that it does more than read, with the mode of each: `delta balances[caller]`.
    pub changes: Vec<String>,
    /// How many cells it only reads.
    pub reads: usize,
    /// What it may conflict with, itself among them: the name, and when.
    pub conflicts: Vec<(String, &'static str)>,
    /// The places in the source that change a cell.
    pub writes: Vec<Write>,
}

/// A place in the source that changes a cell.
#[derive(Clone, Debug)]
pub struct Write {
    /// The place.
    pub span: Span,
    /// The cell, and how it is changed.
    pub cell: String,
    /// True if it commutes with its like.
    pub commutes: bool,
}
