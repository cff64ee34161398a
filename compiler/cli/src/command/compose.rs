//! `mcc compose`: a composition of entries, as source.

use super::split::relative;
use crate::args::Compose as Args;
use crate::compile::{self, Built, Overlay};
use crate::failure::{Complaint, Failure, reason};
use crate::output::{Format, Output};
use crate::project::{Project, library_text, paths_among, shown};
use crate::render;
use crate::text::{flowed, words};
use mc_compiler::compose::{Choice, Composed, Refusal, Request, propose};
use mc_syntax::diagnostic::Diagnostic;
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};

/// Writes the composition to stdout, or into a file.
pub(super) fn run(args: &Args, output: &mut Output) -> Result<(), Failure> {
    let (paths, items) = paths_among(&args.items)?;
    let choices = items.into_iter().map(|item| choice(item)).collect::<Result<Vec<Choice>, Complaint>>()?;
    if choices.is_empty() {
        return Err(Complaint::new("name the entries to compose").help("such as `Token.withdraw`").into());
    }
    let format = args.shown.format();
    let project = Project::of_paths(&paths)?;
    let built = compile::build(&project, format, output)?;
    let place = args.write.clone().unwrap_or_else(|| beside(&built, args.name.as_str()));
    if args.write.is_some() && place.exists() {
        let there = Complaint::new(format!("`{}` is there already", shown(&place)));
        return Err(there.help("name another file").into());
    }
    let request = Request {
        program: &built.compiled.program,
        containers: &built.compiled.containers,
        files: &built.files,
        sources: &built.sources,
        name: &args.name,
        choices: &choices,
        import: &|path| import(&place, path),
    };
    let composed = propose(&request).map_err(|refusal| refused(refusal, &built, format, output))?;
    let warnings = rebuilt(&shown(&place), &composed)?;
    if let Some(file) = &args.write {
        let unable = |error| Failure::unable(format!("cannot write `{}`: {}", shown(file), reason(&error)));
        std::fs::write(file, &composed.text).map_err(unable)?;
    }
    for note in composed.notes.iter().chain(&warnings) {
        output.status(&flowed("note: ", &words(note), " "));
    }
    if args.shown.is_json() {
        output.json(&json(&composed, args.write.as_deref()));
        return Ok(());
    }
    match &args.write {
        Some(file) => output.status(&format!("wrote {}\n", shown(file))),
        None => output.result(&composed.text),
    }
    Ok(())
}

fn choice(item: &str) -> Result<Choice, Complaint> {
    Choice::parse(item).ok_or_else(|| {
        Complaint::new(format!("`{item}` names no entry"))
            .help("write CONTRACT.ENTRY, or SLOT:CONTRACT.ENTRY to name the slot")
    })
}

/// A file beside the first source that is no library.
fn beside(built: &Built, name: &str) -> PathBuf {
    let own =
        built.sources.iter().map(|(_, file)| file.path.as_str()).find(|path| library_text(path).is_none());
    Path::new(own.unwrap_or_default()).with_file_name(format!("{name}.mc"))
}

/// How a file at `place` names the file at `path`.
fn import(place: &Path, path: &str) -> String {
    if let Some(name) = path.strip_suffix(".mc").filter(|_| library_text(path).is_some()) {
        return name.to_owned();
    }
    let folder = |path: &Path| {
        let parent = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
        parent.canonicalize().or_else(|_| std::path::absolute(parent)).unwrap_or_else(|_| parent.to_owned())
    };
    let path = Path::new(path);
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    format!("{}/{name}", relative(&folder(place), &folder(path)))
}

/// Why there is no composition: what is in the sources is said on the side.
fn refused(refusal: Refusal, built: &Built, format: Format, output: &mut Output) -> Failure {
    match refusal {
        Refusal::Unknown { kind, name, known } => Complaint::new(format!("no {kind} `{name}`"))
            .nearest(&name, known.iter().map(String::as_str))
            .into(),
        Refusal::Unclear(message) => Complaint::new(message).into(),
        Refusal::Misfit(diagnostic) => {
            output.aside(&render::render(&[*diagnostic], &built.sources, format));
            Failure::Findings
        }
    }
}

/// What the compiler says about the composition in its place, if it takes it.
fn rebuilt(place: &str, composed: &Composed) -> Result<Vec<String>, Failure> {
    let project = Project {
        directory: PathBuf::from("."),
        name: String::new(),
        app: None,
        roots: vec![place.to_owned()],
    };
    let compilation = compile::analyse_with(&project, &Overlay { path: place, text: &composed.text })?;
    let (errors, warnings): (Vec<Diagnostic>, Vec<Diagnostic>) =
        compilation.diagnostics.into_iter().partition(Diagnostic::is_error);
    if let Some(first) = errors.into_iter().next() {
        let why = render::render(&[first], &compilation.sources, Format::Short);
        return Err(Failure::unable(format!("the composition would not compile: {}", why.trim())));
    }
    let own = warnings
        .into_iter()
        .filter(|it| compilation.sources.get(it.primary.span.file).is_some_and(|file| file.path == place));
    Ok(own.map(|it| format!("{} ({})", it.message, it.code)).collect())
}

fn json(composed: &Composed, written: Option<&Path>) -> Json {
    let pairs = |pairs: &[(String, String)], (first, second): (&str, &str)| -> Vec<Json> {
        pairs.iter().map(|(a, b)| json!({ first: a, second: b })).collect()
    };
    json!({
        "$schema": "urn:mcc:compose:1", "composition": composed.name,
        "slots": pairs(&composed.slots, ("name", "contract")), "params": pairs(&composed.params, ("name", "type")),
        "steps": composed.steps, "spends": pairs(&composed.spends, ("asset", "most")), "result": composed.result,
        "notes": composed.notes, "text": composed.text, "written": written.map(shown),
    })
}
