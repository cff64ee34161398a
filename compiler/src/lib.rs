//! What a contract means and becomes: sources in, containers out.
//!
//! The `mod` lines below stand in the order of the pipeline; a module uses only those above it.

pub mod tree;
pub mod error;
pub mod load;
pub mod allow;
pub mod resolve;
pub mod check;
pub mod interpret;
pub mod ir;
pub mod lower;
pub mod access;
pub mod emit;
pub mod parallel;
pub mod conflict;

use load::{Loaded, Loader};
use mc_container::package::Package;
use mc_syntax::ast;
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::{SourceSet, Span};
use tree::{Program, Unit, UnitId};

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

/// Compiles the files at `roots` and everything they import.
///
/// Mistakes in the sources are diagnostics of the output, however many there are.
///
/// # Errors
/// The path of the first root that cannot be read, with the reason.
pub fn compile(roots: &[String], loader: &dyn Loader) -> Result<Output, (String, String)> {
    let mut diagnostics = Vec::new();
    let loaded = load::load(roots, loader, &mut diagnostics)?;
    let compiled = compile_loaded(&loaded, &mut diagnostics);
    resolve::imports::offer(&loaded, loader, &mut diagnostics);
    allow::apply(&loaded, &mut diagnostics);
    diagnostics.sort_by_key(|diagnostic| (diagnostic.primary.span, diagnostic.code));
    diagnostics.dedup();
    Ok(Output { sources: loaded.sources, files: loaded.files, diagnostics, compiled })
}

fn compile_loaded(loaded: &Loaded, diagnostics: &mut Vec<Diagnostic>) -> Option<Compiled> {
    let names = resolve::resolve(loaded, diagnostics);
    let program = check::check(loaded, &names, diagnostics);
    if diagnostics.iter().any(Diagnostic::is_error) {
        return None;
    }
    let source_hash = loaded.hash();
    let units = (0..).map(UnitId).zip(&program.units);
    let containers: Vec<Option<Container>> =
        units.map(|(id, unit)| container(&program, id, unit, source_hash, diagnostics)).collect();
    let containers = containers.into_iter().collect::<Option<Vec<Container>>>()?;
    parallel::check(&program, &containers, diagnostics);
    let clean = !diagnostics.iter().any(Diagnostic::is_error);
    clean.then_some(Compiled { program, containers })
}

/// One unit, from its typed tree to its package.
fn container(
    program: &Program,
    id: UnitId,
    unit: &Unit,
    source_hash: [u8; 32],
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Container> {
    let bodies = lower::lower(program, unit, diagnostics);
    let complete = bodies.len() == unit.functions.iter().filter(|function| function.is_callable()).count();
    let entries: Vec<_> = bodies
        .into_iter()
        .map(|body| {
            let analysis = access::infer(unit, &body);
            (body, analysis)
        })
        .collect();
    match emit::emit(program, unit, &entries, source_hash) {
        Ok(package) => {
            let ir = entries.iter().map(|(body, _)| ir::show::show(unit, body)).collect();
            let places = entries.into_iter().map(|(_, analysis)| analysis.places).collect();
            complete.then_some(Container { unit: id, package, ir, places })
        }
        Err(refused) => {
            diagnostics.push(*refused);
            None
        }
    }
}
