//! `mcc lsp`: the language server, on stdin and stdout.

use super::conflicts;
use crate::args::Lsp as Args;
use crate::describe::{self, Cell};
use crate::explain;
use crate::failure::Failure;
use crate::project::{Disk, MANIFEST, Project, library_names, library_text, shown};
use crate::wiring::{self, Wired};
use mc_compiler::conflict::{Callable, Matrix, Verdict};
use mc_compiler::load::Loader;
use mc_compiler::{Compiled, Output as Compilation};
use mc_container::access::LinkedAccess;
use mc_lsp::host::{self, Effects, Host, Write};
use mc_syntax::source::Span;
use serde_json::Value as Json;
use std::path::{Path, PathBuf};

/// Serves an editor until it says goodbye.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    let shelf = args.carried.clone().unwrap_or_else(shelf);
    mc_lsp::serve(&Tool, shelf, env!("CARGO_PKG_VERSION")).map_err(Failure::unable)
}

/// Where the files that `mcc` carries are written: a directory of each version's own.
fn shelf() -> PathBuf {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = set("XDG_CACHE_HOME").or_else(|| set("LOCALAPPDATA"));
    let cache = cache.or_else(|| set("HOME").map(|home| home.join(".cache")));
    cache.unwrap_or_else(std::env::temp_dir).join("mcc").join(env!("CARGO_PKG_VERSION"))
}

/// This tool, as the server sees it.
struct Tool;

impl Loader for Tool {
    fn load(&self, path: &str) -> Result<String, String> {
        Disk.load(path)
    }

    fn library(&self) -> Vec<&str> {
        library_names()
    }
}

impl Host for Tool {
    fn project(&self, file: &Path) -> Option<host::Project> {
        let directory = file.ancestors().skip(1).find(|level| level.join(MANIFEST).is_file())?;
        let Project { directory, app, mut roots, .. } = Project::in_directory(directory).ok()?;
        let own = shown(file);
        if !roots.contains(&own) {
            // A file that is open and not saved yet belongs to the project that it will be in.
            let folder = |root: &String| Path::new(root).parent().is_some_and(|it| file.starts_with(it));
            if !roots.iter().any(folder) {
                return None;
            }
            roots.push(own);
            roots.sort();
        }
        Some(host::Project { directory: shown(&directory), app, roots })
    }

    fn carried(&self) -> Vec<(String, String)> {
        let library = library_names().into_iter().filter_map(|name| {
            let path = format!("{name}.mc");
            library_text(&path).map(|text| (path, text))
        });
        let pages =
            explain::PAGES.iter().map(|(code, text)| (format!("explain/{code}.md"), (*text).to_owned()));
        library.chain(pages).collect()
    }

    fn effects(&self, output: &Compilation) -> Vec<Effects> {
        let Some(compiled) = &output.compiled else { return Vec::new() };
        let Ok(calls) = wiring::of_units(compiled) else { return Vec::new() };
        let callables: Vec<Callable<'_>> = calls.iter().map(Wired::callable).collect();
        let matrix = Matrix::new(&callables);
        (0..calls.len()).filter_map(|number| effects(compiled, &calls, &matrix, number)).collect()
    }

    fn conflicts(&self, output: &Compilation, app: Option<&str>) -> Result<Json, String> {
        let compiled = output.compiled.as_ref().ok_or("the program has mistakes")?;
        conflicts::json_of(compiled, &output.sources, app).map_err(|complaint| complaint.to_string())
    }

    fn tool(&self) -> PathBuf {
        std::env::current_exe().unwrap_or_else(|_| PathBuf::from("mcc"))
    }
}

/// What one call touches; `None` for what no source declares.
fn effects(compiled: &Compiled, calls: &[Wired<'_>], matrix: &Matrix, number: usize) -> Option<Effects> {
    let call = calls.get(number)?;
    let unit = compiled.program.unit(call.container.unit)?;
    let (_, function) = unit.function_named(&call.entry.name)?;
    let (reads, changes): (Vec<Cell>, Vec<Cell>) =
        describe::cells(call).into_iter().partition(|cell| cell.mode == "read");
    let own = call.linked.accesses.iter().filter(|access| access.step.is_none());
    Some(Effects {
        name: function.span,
        call: call.name(),
        text: describe::accesses(call, ""),
        reads: reads.len(),
        changes: changes.iter().map(said).collect(),
        conflicts: conflicting(calls, matrix, number),
        writes: own.flat_map(|access| writes(call, access)).collect(),
    })
}

/// `delta balances[caller]`
fn said(cell: &Cell) -> String {
    format!("{} {}", cell.mode, cell.place)
}

/// The places in the source where an access changes something.
fn writes(call: &Wired<'_>, access: &LinkedAccess) -> Vec<Write> {
    let cell = describe::cell(call, access);
    if cell.mode == "read" {
        return Vec::new();
    }
    let write = |span: &Span| Write { span: *span, cell: said(&cell), commutes: cell.mode != "write" };
    call.places(access).iter().map(write).collect()
}

/// What a call may conflict with, and when.
fn conflicting(calls: &[Wired<'_>], matrix: &Matrix, number: usize) -> Vec<(String, &'static str)> {
    let others = calls.iter().enumerate();
    let others = others.filter_map(|(other, call)| {
        let when = match matrix.verdict(number, other) {
            Verdict::Never | Verdict::Commutes => return None,
            Verdict::WhenEqual => "when keys are equal",
            Verdict::ByState => "as the state says",
            Verdict::Always => "always",
        };
        Some((call.name(), when))
    });
    others.collect()
}
