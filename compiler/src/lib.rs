//! What a contract means and becomes: sources in, containers out.
//!
//! The `mod` lines below stand in the order of the pipeline; a module uses only those above it.

pub mod tree;
pub mod error;
pub mod load;
pub mod allow;
pub mod trail;
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
pub mod upgrade;
pub mod reuse;

#[doc(hidden)]
pub use access::Rules;
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
use reuse::Reuse;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use trail::{Notes, Trail};
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
    /// What the checker looked up, where somebody asked for it.
    pub notes: Notes,
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
#[derive(Clone, Debug)]
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
    entries: Arc<Vec<(Body, Analysis)>>,
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
    compile_under(roots, loader, Rules::default())
}

/// [`compile`], where tests may turn rules of the analysis off.
///
/// # Errors
/// As [`compile`].
#[doc(hidden)]
pub fn compile_under(
    roots: &[String],
    loader: &dyn Loader,
    rules: Rules,
) -> Result<Output, (String, String)> {
    let checked = check(roots, loader, Trail::default())?;
    Ok(Checked { rules, ..checked }.finish(loader))
}

/// What is known of a program before any of it is compiled.
pub struct Checked {
    loaded: Loaded,
    program: Program,
    diagnostics: Vec<Diagnostic>,
    timings: Timings,
    notes: Notes,
    rules: Rules,
}

/// Reads and checks the files at `roots` and everything they import; `trail` says whether to note what names mean.
///
/// # Errors
/// The path of the first root that cannot be read, with the reason.
pub fn check(roots: &[String], loader: &dyn Loader, trail: Trail) -> Result<Checked, (String, String)> {
    let mut diagnostics = Vec::new();
    let loaded = load::load(roots, loader, &mut diagnostics)?;
    let mut timings = Timings { parse: loaded.parsing, ..Timings::default() };
    let names = timed(&mut timings.resolve, || resolve::resolve(&loaded, trail, &mut diagnostics));
    let program = timed(&mut timings.check, || check::check(&loaded, &names, &mut diagnostics));
    let notes = names.into_trail().into_notes();
    Ok(Checked { loaded, program, diagnostics, timings, notes, rules: Rules::default() })
}

impl Checked {
    /// What is known, without compiling anything.
    #[must_use]
    pub fn known(self) -> Output {
        let Self { loaded, diagnostics, timings, notes, .. } = self;
        let (sources, files) = (loaded.sources, loaded.files);
        Output { sources, files, diagnostics, compiled: None, timings, notes }
    }

    /// Compiles what has no errors.
    #[must_use]
    pub fn finish(self, loader: &dyn Loader) -> Output {
        self.complete(loader, None)
    }

    /// [`Checked::finish`] for editors: containers that no change concerns are those of the last time, so no
    /// container knows the digest of all sources.
    #[must_use]
    pub fn finish_again(self, loader: &dyn Loader, reuse: &mut Reuse) -> Output {
        self.complete(loader, Some(reuse))
    }

    fn complete(self, loader: &dyn Loader, reuse: Option<&mut Reuse>) -> Output {
        let Self { loaded, program, mut diagnostics, mut timings, notes, rules } = self;
        let wrong = diagnostics.iter().any(Diagnostic::is_error);
        let compiled = if wrong {
            None
        } else {
            compile_checked(&loaded, (program, rules), reuse, &mut diagnostics, &mut timings)
        };
        resolve::imports::offer(&loaded, loader, &mut diagnostics);
        allow::apply(&loaded, &mut diagnostics);
        diagnostics.sort_by_key(|diagnostic| (diagnostic.primary.span, diagnostic.code));
        diagnostics.dedup();
        Output { sources: loaded.sources, files: loaded.files, diagnostics, compiled, timings, notes }
    }
}

fn compile_checked(
    loaded: &Loaded,
    (program, rules): (Program, Rules),
    reuse: Option<&mut Reuse>,
    diagnostics: &mut Vec<Diagnostic>,
    timings: &mut Timings,
) -> Option<Compiled> {
    let containers = match reuse {
        None => containers(&program, (loaded.hash(), rules), Vec::new(), diagnostics, timings)?,
        Some(reuse) => {
            let basis = ([0; 32], rules);
            let known = reuse.take(loaded, &program);
            let said_before = diagnostics.len();
            let made = containers(&program, basis, known, diagnostics, timings)?;
            // What was said of a container is said again only by making it again.
            if diagnostics.len() == said_before {
                reuse.keep(&made);
            }
            made
        }
    };
    timed(&mut timings.parallel, || parallel::check(&program, &containers, diagnostics));
    spends::check(&program, &loaded.files, &containers, diagnostics);
    split::advise(&program, diagnostics);
    let clean = !diagnostics.iter().any(Diagnostic::is_error);
    clean.then_some(Compiled { program, containers })
}

/// Every unit's container, made on all cores unless it is `known`; what is said comes in the order of the units.
fn containers(
    program: &Program,
    basis: ([u8; 32], Rules),
    mut known: Vec<Container>,
    diagnostics: &mut Vec<Diagnostic>,
    timings: &mut Timings,
) -> Option<Vec<Container>> {
    let is_known = |id: &UnitId| known.binary_search_by_key(id, |container| container.unit).is_ok();
    let units = (0..).map(UnitId).zip(&program.units);
    let units: Vec<(UnitId, &Unit)> = units.filter(|(id, _)| !is_known(id)).collect();
    let made = on_all_cores(&units, |unit| {
        let (mut said, mut took) = (Vec::new(), Timings::default());
        let made = container(program, *unit, basis, &mut said, &mut took);
        (made, said, took)
    });
    let mut containers = Vec::new();
    for (container, said, took) in made {
        containers.push(container);
        diagnostics.extend(said);
        timings.lower += took.lower;
        timings.access += took.access;
        timings.emit += took.emit;
    }
    let containers: Option<Vec<Container>> = containers.into_iter().collect();
    known.extend(containers?);
    known.sort_by_key(|container| container.unit);
    Some(known)
}

/// Does the same with each of `all`, on as many threads as there are cores, and gives what comes of it in order.
fn on_all_cores<T: Sync, R: Send>(all: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let share = all.len().div_ceil(cores).max(1);
    if share >= all.len() {
        return all.iter().map(work).collect();
    }
    let work = &work;
    thread::scope(|scope| {
        let threads: Vec<_> =
            all.chunks(share).map(|part| scope.spawn(|| part.iter().map(work).collect::<Vec<R>>())).collect();
        let joined = threads.into_iter().map(|thread| thread.join().unwrap_or_else(|bug| resume_unwind(bug)));
        joined.flatten().collect()
    })
}

/// One unit, from its typed tree to its package.
fn container(
    program: &Program,
    (id, unit): (UnitId, &Unit),
    (source_hash, rules): ([u8; 32], Rules),
    diagnostics: &mut Vec<Diagnostic>,
    timings: &mut Timings,
) -> Option<Container> {
    let bodies = timed(&mut timings.lower, || lower::lower(program, unit, diagnostics));
    let complete = bodies.len() == unit.functions.iter().filter(|function| function.is_callable()).count();
    let mut entries: Vec<_> = bodies
        .into_iter()
        .map(|body| {
            let analysis = timed(&mut timings.access, || access::infer(unit, &body, rules));
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
            complete.then(|| {
                let entries = Arc::new(entries);
                Container { unit: id, package, map, ir, places, causes, sequence, entries }
            })
        }
        Err(refused) => {
            diagnostics.push(*refused);
            None
        }
    }
}
