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
pub mod binding;
pub mod parallel;
pub mod spends;
pub mod conflict;
pub mod split;
pub mod compose;

pub use access::{Cause, Sequence};

use access::Analysis;
use emit::Emission;
use emit::map::{Observed, SourceMap};
use ir::Body;
use load::{Loaded, Loader};
use mc_container::manifest::EntryKind;
use mc_container::package::Package;
use mc_syntax::ast;
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::{SourceSet, Span};
use std::time::{Duration, Instant};
use tree::{FunctionKind, Program, Unit, UnitId};

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
    /// How long each phase took.
    pub timings: Timings,
}

/// How long the phases took, on one core; nothing else depends on it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Timings {
    /// Text to syntax trees.
    pub parse: Duration,
    /// Names to definitions.
    pub resolve: Duration,
    /// Syntax trees to the typed tree.
    pub check: Duration,
    /// The typed tree to IR.
    pub lower: Duration,
    /// IR to access formulas.
    pub access: Duration,
    /// IR and formulas to verified containers.
    pub emit: Duration,
    /// Whether `@parallel` is true.
    pub parallel: Duration,
}

impl Timings {
    /// Each phase with its name, in the order of the pipeline.
    #[must_use]
    pub fn phases(&self) -> [(&'static str, Duration); 7] {
        [
            ("parse", self.parse),
            ("resolve", self.resolve),
            ("check", self.check),
            ("lower", self.lower),
            ("access", self.access),
            ("emit", self.emit),
            ("parallel", self.parallel),
        ]
    }
}

/// Does something, and adds the time it took.
fn timed<T>(total: &mut Duration, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = work();
    *total += start.elapsed();
    done
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
    /// Where its code comes from; no part of the package.
    pub map: SourceMap,
    /// The IR of each entry of the manifest, as text for people.
    pub ir: String,
    /// For each entry of the manifest, for each of its own accesses, the places in the source that make it.
    pub places: Vec<Vec<Vec<Span>>>,
    /// For each of these, why it is no better than it is.
    pub causes: Vec<Vec<Cause>>,
    /// The steps of a composition, and what is known of each; empty for a contract.
    pub sequence: Sequence,
    /// What the package was emitted from.
    entries: Vec<(Body, Analysis)>,
}

impl Container {
    /// The twin of its module that tells where it is.
    #[must_use]
    pub fn observed(&self, program: &Program) -> Option<Observed> {
        program.unit(self.unit).map(|unit| emit::observed(unit, &self.entries, &self.package))
    }
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
    let mut timings = Timings { parse: loaded.parsing, ..Timings::default() };
    let compiled = compile_loaded(&loaded, &mut diagnostics, &mut timings);
    resolve::imports::offer(&loaded, loader, &mut diagnostics);
    allow::apply(&loaded, &mut diagnostics);
    diagnostics.sort_by_key(|diagnostic| (diagnostic.primary.span, diagnostic.code));
    diagnostics.dedup();
    Ok(Output { sources: loaded.sources, files: loaded.files, diagnostics, compiled, timings })
}

fn compile_loaded(
    loaded: &Loaded,
    diagnostics: &mut Vec<Diagnostic>,
    timings: &mut Timings,
) -> Option<Compiled> {
    let names = timed(&mut timings.resolve, || resolve::resolve(loaded, diagnostics));
    let program = timed(&mut timings.check, || check::check(loaded, &names, diagnostics));
    if diagnostics.iter().any(Diagnostic::is_error) {
        return None;
    }
    let source_hash = loaded.hash();
    let units = (0..).map(UnitId).zip(&program.units);
    let containers: Vec<Option<Container>> =
        units.map(|(id, unit)| container(&program, (id, unit), source_hash, diagnostics, timings)).collect();
    let containers = containers.into_iter().collect::<Option<Vec<Container>>>()?;
    timed(&mut timings.parallel, || parallel::check(&program, &containers, diagnostics));
    spends::check(&program, &loaded.files, &containers, diagnostics);
    split::advise(&program, diagnostics);
    let clean = !diagnostics.iter().any(Diagnostic::is_error);
    clean.then_some(Compiled { program, containers })
}

/// One unit, from its typed tree to its package.
fn container(
    program: &Program,
    (id, unit): (UnitId, &Unit),
    source_hash: [u8; 32],
    diagnostics: &mut Vec<Diagnostic>,
    timings: &mut Timings,
) -> Option<Container> {
    let bodies = timed(&mut timings.lower, || lower::lower(program, unit, diagnostics));
    let complete = bodies.len() == unit.functions.iter().filter(|function| function.is_callable()).count();
    let mut entries: Vec<_> = bodies
        .into_iter()
        .map(|body| {
            let analysis = timed(&mut timings.access, || access::infer(unit, &body));
            (body, analysis)
        })
        .collect();
    match timed(&mut timings.emit, || emit::emit(program, unit, &entries, source_hash)) {
        Ok(Emission { package, map }) => {
            let ir = entries.iter().map(|(body, _)| ir::show::show(unit, body)).collect();
            let mut sequence = Sequence::default();
            let (mut places, mut causes) = (Vec::new(), Vec::new());
            for (body, analysis) in &mut entries {
                places.push(std::mem::take(&mut analysis.places));
                causes.push(std::mem::take(&mut analysis.causes));
                if body.kind == FunctionKind::Callable(EntryKind::Compose) {
                    sequence = std::mem::take(&mut analysis.sequence);
                }
            }
            complete.then_some(Container { unit: id, package, map, ir, places, causes, sequence, entries })
        }
        Err(refused) => {
            diagnostics.push(*refused);
            None
        }
    }
}
