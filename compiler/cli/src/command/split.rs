//! `mcc split`: the micro-contracts that a contract falls into, and the compositions that chain them.

use super::conflicts;
use crate::args::Split as Args;
use crate::compile::{self, Built, Overlay};
use crate::failure::{Complaint, Failure, reason};
use crate::mend;
use crate::output::{Format, Output, bold};
use crate::project::{Project, paths_among, shown};
use crate::render;
use crate::render::machine::Place;
use crate::text::{flowed, plural, words};
use crate::wiring::{self, Wired};
use mc_compiler::Output as Compilation;
use mc_compiler::conflict::{Callable, Matrix};
use mc_compiler::split::{Cut, Refusal, Request, Split, propose};
use mc_compiler::tree::{FunctionKind, Unit};
use mc_container::manifest::EntryKind;
use mc_syntax::diagnostic::{Diagnostic, Edit};
use mc_syntax::format::format;
use mc_syntax::source::{FileId, SourceSet};
use serde_json::{Value as Json, json};
use std::path::{Component, Path, PathBuf};

/// Shows the proposal, and writes it if asked.
pub(super) fn run(args: &Args, output: &mut Output) -> Result<(), Failure> {
    let (paths, names) = paths_among(&args.items)?;
    let project = Project::of_paths(&paths)?;
    let built = compile::build(&project, args.shown.format(), output)?;
    let unit = chosen(&built, &names)?;
    let keep: Vec<Vec<String>> =
        args.keep.iter().map(|states| states.split(',').map(|it| it.trim().to_owned()).collect()).collect();
    let request = Request {
        program: &built.compiled.program,
        files: &built.files,
        sources: &built.sources,
        unit,
        keep: &keep,
    };
    let mut split = match propose(&request) {
        Ok(split) => split,
        Err(refusal) => return Err(refused(&refusal, unit, &built.sources, output)),
    };
    let source = built.sources.get(unit.span.file).map_or("", |file| file.path.as_str());
    let after = match rebuilt(source, &mut split)? {
        Ok(after) => after,
        Err(why) => {
            let message = format!("the pieces would not compile: {why}");
            return Err(refused(&Refusal { message, ties: Vec::new() }, unit, &built.sources, output));
        }
    };
    let (before, after) = (
        matrix_of(&built, |wired| wired.owner == unit.name)?,
        matrix_of(&after, |wired| is_offered(wired, &split))?,
    );
    let written = match &args.write {
        Some(directory) => Some(write(directory, source, unit, &split)?),
        None => None,
    };
    if args.shown.is_json() {
        output.json(&json(unit, &split, &before, &after, written.as_deref()));
        return Ok(());
    }
    output.result(&text(unit, &split));
    output.result(&format!("\n{}\n{}", bold("conflicts before"), before.text));
    output.result(&format!("\n{}\n{}", bold("conflicts after"), after.text));
    match &written {
        Some(path) => output.status(&format!("wrote {path}\n")),
        None => output.status("\n`--write DIR` writes the source\n"),
    }
    Ok(())
}

/// The contract that is named, or the only one.
fn chosen<'b>(built: &'b Built, names: &[&String]) -> Result<&'b Unit, Complaint> {
    let contracts = || built.compiled.program.units.iter().filter(|unit| !is_composition(unit));
    let named = || contracts().map(|unit| unit.name.as_str());
    match (names, contracts().count()) {
        ([name], _) => contracts()
            .find(|unit| unit.name == **name)
            .ok_or_else(|| Complaint::new(format!("no contract `{name}`")).nearest(name, named())),
        ([], 1) => contracts().next().ok_or_else(|| Complaint::new("there is no contract")),
        _ => Err(Complaint::new("name the contract to split")
            .help(format!("one of {}", named().collect::<Vec<_>>().join(", ")))),
    }
}

fn is_composition(unit: &Unit) -> bool {
    unit.functions.iter().any(|function| function.kind == FunctionKind::Callable(EntryKind::Compose))
}

/// Says on the side why a contract stays whole.
fn refused(refusal: &Refusal, unit: &Unit, sources: &SourceSet, output: &mut Output) -> Failure {
    const TIES_MAX: usize = 8;
    output.aside(&flowed("", &words(&format!("`{}` cannot be split: {}", unit.name, refusal.message)), " "));
    for tie in refusal.ties.iter().take(TIES_MAX) {
        let place = Place::of(tie.span, sources);
        let head = format!("  `{}` and `{}`: ", tie.states.0, tie.states.1);
        let why = format!("{} ({}:{})", tie.why, place.file, place.line);
        output.aside(&flowed("  ", &words(&(head.trim_start().to_owned() + &why)), " "));
    }
    if refusal.ties.len() > TIES_MAX {
        output.aside(&format!("  … and {} more\n", refusal.ties.len() - TIES_MAX));
    }
    Failure::Findings
}

/// The proposal, compiled; or what is wrong with it. Its compositions say what they take of their caller, and promise
/// to be parallel no longer where they are not: both are known only once they are compiled.
fn rebuilt(source: &str, split: &mut Split) -> Result<Result<Built, String>, Failure> {
    let project = Project {
        directory: PathBuf::from("."),
        name: String::new(),
        app: None,
        roots: vec![source.to_owned()],
    };
    let compiled = |text: &str| compile::analyse_with(&project, &Overlay { path: source, text });
    let mut compilation = compiled(&split.text)?;
    let unsaid = compilation.diagnostics.iter().filter(|it| it.code == "E0504");
    let edits: Vec<Edit> = unsaid.flat_map(|it| it.edits.clone()).collect();
    if !edits.is_empty() {
        let said = mend::edited(&split.text, &edits);
        split.text = format(FileId(0), &said).unwrap_or(said);
        compilation = compiled(&split.text)?;
    }
    let broken: Vec<&Cut> = split.cuts.iter().filter(|cut| is_ordered(cut, &compilation)).collect();
    if !broken.is_empty() {
        let (mut text, mut notes) = (split.text.clone(), Vec::new());
        for Cut { composition, .. } in broken {
            let head = format!("compose {composition}(");
            text = text.replace(&format!("@parallel\n{head}"), &head);
            notes.push(format!(
                "`{composition}` is `@parallel` no longer: some of its steps change what all calls read"
            ));
        }
        compilation = compiled(&text)?;
        split.text = text;
        split.notes.extend(notes);
    }
    let errors = compilation.diagnostics.iter().filter(|it| it.is_error());
    let first: Vec<Diagnostic> = errors.take(1).cloned().collect();
    Ok(match compilation.compiled {
        Some(compiled) => {
            let Compilation { sources, files, timings, .. } = compilation;
            Ok(Built { sources, files, compiled, timings })
        }
        None => Err(render::render(&first, &compilation.sources, Format::Short).trim().to_owned()),
    })
}

/// True for a composition whose entry was `@parallel`, and which is not.
fn is_ordered(cut: &Cut, compilation: &Compilation) -> bool {
    let of_cut = |finding: &&Diagnostic| compilation.sources.text(finding.primary.span) == cut.composition;
    compilation.diagnostics.iter().filter(of_cut).any(|finding| finding.code == "E0401")
}

/// True for what people call: a composition, or an entry that is as it was.
fn is_offered(wired: &Wired<'_>, split: &Split) -> bool {
    let unit = &wired.container.package.manifest().name;
    let moved =
        split.pieces.iter().any(|piece| piece.name == *unit && piece.entries.contains(&wired.entry.name));
    moved || split.cuts.iter().any(|cut| cut.composition == *unit)
}

struct Shown {
    text: String,
    json: Json,
}

fn matrix_of(built: &Built, wanted: impl Fn(&Wired<'_>) -> bool) -> Result<Shown, Complaint> {
    let calls = wiring::of_units(&built.compiled)?;
    let calls: Vec<&Wired<'_>> =
        calls.iter().filter(|it| wanted(it) && it.entry.kind != EntryKind::View).collect();
    let callables: Vec<Callable<'_>> = calls.iter().map(|call| call.callable()).collect();
    let names: Vec<String> = calls.iter().map(|call| call.name()).collect();
    let matrix = Matrix::new(&callables);
    let text = format!("{}\n{}", conflicts::table(&matrix, &names), conflicts::counts(&matrix));
    Ok(Shown { text, json: conflicts::summary(&matrix, &names) })
}

fn text(unit: &Unit, split: &Split) -> String {
    let parts = plural(split.pieces.len(), "micro-contract");
    let mut text = format!("{}\n", bold(&format!("{} falls into {parts}", unit.name)));
    let listed = |head: &str, names: &[String]| {
        if names.is_empty() { String::new() } else { flowed(head, names, ", ") }
    };
    for piece in &split.pieces {
        text.push_str(&format!("\n  {}\n", bold(&piece.name)));
        text.push_str(&listed("    holds   ", &piece.states));
        text.push_str(&listed("    offers  ", &piece.entries));
    }
    for cut in &split.cuts {
        text.push_str(&format!("\n  {} replaces {}\n", bold(&cut.composition), cut.entry));
        text.push_str(&flowed("    steps   ", &cut.steps, " → "));
    }
    for note in &split.notes {
        text.push_str(&flowed("\n  note: ", &words(note), " "));
    }
    text
}

fn json(unit: &Unit, split: &Split, before: &Shown, after: &Shown, written: Option<&str>) -> Json {
    let pieces =
        split.pieces.iter().map(|it| json!({ "name": it.name, "states": it.states, "entries": it.entries }));
    let cuts = split
        .cuts
        .iter()
        .map(|it| json!({ "entry": it.entry, "composition": it.composition, "steps": it.steps }));
    json!({
        "$schema": "urn:mcc:split:1", "contract": unit.name, "pieces": pieces.collect::<Vec<_>>(),
        "compositions": cuts.collect::<Vec<_>>(), "notes": split.notes, "before": before.json, "after": after.json,
        "text": split.text, "written": written,
    })
}

/// Writes the source; a file that is there already stays.
fn write(directory: &Path, source: &str, unit: &Unit, split: &Split) -> Result<String, Failure> {
    let file = directory.join(format!("{}_pieces.mc", unit.name.to_lowercase()));
    let path = shown(&file);
    if file.exists() {
        return Err(Complaint::new(format!("`{path}` is there already"))
            .help("name another directory")
            .into());
    }
    let unable =
        |error: std::io::Error| Failure::unable(format!("cannot write `{path}`: {}", reason(&error)));
    std::fs::create_dir_all(directory).map_err(unable)?;
    let from = Path::new(source).parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let between = from.canonicalize().and_then(|from| Ok(relative(&directory.canonicalize()?, &from)));
    let between = between.map_err(unable)?;
    let text = if between == "." { split.text.clone() } else { moved(&split.text, &between) };
    std::fs::write(&file, text).map_err(unable)?;
    Ok(path)
}

/// The way from one directory to another, with `/`.
pub(super) fn relative(from: &Path, to: &Path) -> String {
    let (from, to): (Vec<Component<'_>>, Vec<Component<'_>>) =
        (from.components().collect(), to.components().collect());
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = from.iter().skip(common).map(|_| "..".to_owned());
    let down = to.iter().skip(common).map(|part| part.as_os_str().to_string_lossy().into_owned());
    let parts: Vec<String> = up.chain(down).collect();
    match parts.first().map(String::as_str) {
        None => ".".to_owned(),
        Some("..") => parts.join("/"),
        Some(_) => format!("./{}", parts.join("/")),
    }
}

/// The text with its relative imports as they are from elsewhere.
fn moved(text: &str, between: &str) -> String {
    let line = |line: &str| {
        let is_import = line.starts_with("import ") || line.starts_with("} from ");
        if is_import && line.contains("\"./") {
            line.replace("\"./", &format!("\"{between}/"))
        } else if is_import {
            line.replace("\"../", &format!("\"{between}/../"))
        } else {
            line.to_owned()
        }
    };
    text.lines().map(|it| line(it) + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_lead_to_the_same_files() {
        assert_eq!(relative(Path::new("/a/out"), Path::new("/a/src")), "../src");
        assert_eq!(relative(Path::new("/a"), Path::new("/a/src")), "./src");
        assert_eq!(relative(Path::new("/a"), Path::new("/a")), ".");
        let text = "import { T } from \"./t.mc\";\nimport { U } from \"std/u\";\n";
        assert_eq!(
            moved(text, "../src"),
            "import { T } from \"../src/t.mc\";\nimport { U } from \"std/u\";\n"
        );
    }
}
