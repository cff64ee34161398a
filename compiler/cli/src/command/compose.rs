//! `mcc compose`: a composition out of entries that are named.

use crate::args::Compose as Args;
use crate::compile::{self, Built};
use crate::failure::{Complaint, Failure, reason};
use crate::output::Output;
use crate::project::Project;
use crate::render::machine::Place;
use crate::text::{flowed, words};
use mc_compiler::compose::{Composed, Refusal, Request, compose};
use mc_compiler::tree::UnitId;
use mc_syntax::format::format;
use mc_syntax::source::{FileId, SourceSet};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Shows the composition, or writes it.
pub(super) fn run(args: &Args, output: &mut Output) -> Result<(), Failure> {
    let is_path = |item: &&String| item.ends_with(".mc") || Path::new(item.as_str()).is_dir();
    let paths: Vec<PathBuf> = args.items.iter().filter(is_path).map(PathBuf::from).collect();
    let named: Vec<&String> = args.items.iter().filter(|item| !is_path(item)).collect();
    let steps = named.into_iter().map(|item| step(item)).collect::<Result<Vec<_>, Complaint>>()?;
    if steps.is_empty() {
        let complaint = Complaint::new("name the entries to chain");
        return Err(complaint.help("`mcc compose token.withdraw vault.hold --as Hold`").into());
    }
    let project = Project::of_paths(&paths)?;
    let built = compile::build(&project, args.shown.format(), output)?;
    let (program, containers) = (&built.compiled.program, built.compiled.containers.as_slice());
    let request = Request { program, containers, steps: &steps, name: &args.name };
    let composed = match compose(&request) {
        Ok(composed) => composed,
        Err(refusal) => return Err(refused(&refusal, &built.sources, output)),
    };
    let text = source(&built, &composed)?;
    if let Some(path) = &args.write {
        std::fs::write(path, &text).map_err(|error| {
            Failure::unable(format!("cannot write {}: {}", path.display(), reason(&error)))
        })?;
        output.status(&format!("wrote {}\n", path.display()));
    }
    match (args.shown.is_json(), &args.write) {
        (true, _) => output.json(&json!({
            "$schema": "urn:mcc:compose:1", "name": args.name, "text": text, "written": args.write,
        })),
        (false, None) => output.result(&text),
        (false, Some(_)) => {}
    }
    Ok(())
}

/// `token.withdraw`
fn step(item: &str) -> Result<(String, String), Complaint> {
    let parts = item.split_once('.').map(|(of, entry)| (of.to_owned(), entry.to_owned()));
    parts.ok_or_else(|| {
        Complaint::new(format!("`{item}` is no entry of a contract"))
            .help("name both: `mcc compose token.withdraw vault.hold`")
    })
}

/// The composition with its imports, in the style of the language.
fn source(built: &Built, composed: &Composed) -> Result<String, Failure> {
    let mut imports: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for UnitId(number) in &composed.contracts {
        let unit = built.compiled.program.units.get(*number as usize);
        let file = unit.and_then(|unit| built.sources.get(unit.span.file));
        if let (Some(unit), Some(file)) = (unit, file) {
            imports.entry(imported(&file.path)).or_default().push(&unit.name);
        }
    }
    let mut text = String::new();
    for (path, names) in &imports {
        text.push_str(&format!("import {{ {} }} from \"{path}\";\n", names.join(", ")));
    }
    text.push_str(&format!("\n{}", composed.text));
    format(FileId(0), &text).map_err(|_| Failure::unable("the composition cannot be written"))
}

/// The path of a file as its neighbours import it.
fn imported(path: &str) -> String {
    if let Some(library) = path.strip_prefix("std/") {
        return format!("std/{}", library.trim_end_matches(".mc"));
    }
    let name = Path::new(path).file_name().map(|name| name.to_string_lossy().into_owned());
    format!("./{}", name.as_deref().unwrap_or(path))
}

/// Says on the side why the entries cannot be chained.
fn refused(refusal: &Refusal, sources: &SourceSet, output: &mut Output) -> Failure {
    output.aside(&flowed("", &words(&refusal.message), " "));
    for (signature, span) in &refusal.signatures {
        let place = Place::of(*span, sources);
        output.aside(&flowed("  ", &words(&format!("{signature} ({}:{})", place.file, place.line)), " "));
    }
    Failure::Findings
}
