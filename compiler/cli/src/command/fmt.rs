//! `mcc fmt`: sources in the one style of the language.
//!
//! A file is replaced as a whole or left as it is, and left alone where nothing changes or where it has
//! mistakes; one file's mistakes do not keep the others from being formatted.

use crate::args::Fmt;
use crate::failure::{Complaint, Failure, reason};
use crate::output::Output;
use crate::project::{Project, read_stdin, read_text, shown};
use crate::render;
use crate::text::plural;
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::format::{Refusal, format};
use mc_syntax::source::SourceSet;
use serde_json::{Value, json};
use similar::TextDiff;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// What is said of a text without a file.
const STDIN: &str = "stdin";

/// A file whose text is not in the style.
struct Change<'s> {
    path: &'s str,
    before: &'s str,
    after: String,
}

/// What was found in the sources.
#[derive(Default)]
struct Outcome<'s> {
    changes: Vec<Change<'s>>,
    mistakes: Vec<Diagnostic>,
    bugs: Vec<Complaint>,
}

/// Formats files in place, or says which would change, and how.
pub(super) fn run(args: &Fmt, output: &mut Output) -> Result<(), Failure> {
    if args.stdin {
        return format_stdin(args, output);
    }
    let sources = read(&args.paths)?;
    let outcome = format_all(&sources);
    let writes = !args.check && !args.diff;
    if writes {
        for change in &outcome.changes {
            write(change)?;
        }
    }
    show(args, &sources, &outcome.changes, output);
    complain(&outcome.mistakes, &sources, args, output);
    match (outcome.bugs.is_empty(), args.check && !outcome.changes.is_empty()) {
        (false, _) => Err(Failure::Unable(outcome.bugs)),
        (true, true) => Err(Failure::Findings),
        _ if outcome.mistakes.iter().any(Diagnostic::is_error) => Err(Failure::Findings),
        _ => Ok(()),
    }
}

fn format_stdin(args: &Fmt, output: &mut Output) -> Result<(), Failure> {
    let text = read_stdin().map_err(|why| Complaint::new(format!("cannot read `{STDIN}`: {why}")))?;
    let mut sources = SourceSet::default();
    let file = sources.add(STDIN, text.as_str());
    match format(file, &text) {
        Ok(formatted) if args.shown.is_json() => {
            output.json(&json!({ "$schema": "urn:mcc:fmt:1", "text": formatted }));
        }
        Ok(formatted) => output.result(&formatted),
        Err(Refusal::Mistakes(mistakes)) => {
            complain(&mistakes, &sources, args, output);
            return Err(Failure::Findings);
        }
        Err(Refusal::Bug) => return Err(bug(STDIN).into()),
    }
    Ok(())
}

/// Every source that is meant.
fn read(paths: &[PathBuf]) -> Result<SourceSet, Failure> {
    let mut found = match paths {
        [] => Project::of_paths(&[])?.roots,
        _ => Vec::new(),
    };
    for path in paths {
        match path.is_dir() {
            true => found.extend(Project::in_directory(path)?.roots),
            false => found.push(shown(path)),
        }
    }
    let mut sources = SourceSet::default();
    for path in found {
        if sources.find(&path).is_none() {
            let text = read_text(&path)
                .map_err(|why| Complaint::new(format!("cannot read `{path}`: {why}; nothing was written")))?;
            sources.add(path, text);
        }
    }
    Ok(sources)
}

fn format_all(sources: &SourceSet) -> Outcome<'_> {
    let mut outcome = Outcome::default();
    for (id, file) in sources.iter() {
        let (path, before) = (file.path.as_str(), file.text.as_str());
        match format(id, before) {
            Ok(after) if after == before => {}
            Ok(after) => outcome.changes.push(Change { path, before, after }),
            Err(Refusal::Mistakes(mistakes)) => outcome.mistakes.extend(mistakes),
            Err(Refusal::Bug) => outcome.bugs.push(bug(path)),
        }
    }
    outcome
}

fn bug(path: &str) -> Complaint {
    Complaint::new("mcc has a bug: formatting would lose something, so nothing was changed")
        .help("please report it with this file to the maintainers of mc")
        .at(path)
}

/// Puts the text in the file's place in one step, so that nobody ever sees half of it.
fn write(change: &Change<'_>) -> Result<(), Failure> {
    replace(Path::new(change.path), &change.after)
        .map_err(|error| Failure::unable(format!("cannot write `{}`: {}", change.path, reason(&error))))
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    // The file that a link points to, or the link would become a file.
    let path = fs::canonicalize(path)?;
    let permissions = fs::metadata(&path)?.permissions();
    if permissions.readonly() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let mut file = NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(permissions)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// The files that changed or would, one a line, or how.
fn show(args: &Fmt, sources: &SourceSet, changes: &[Change<'_>], output: &mut Output) {
    let writes = !args.check && !args.diff;
    let count = sources.iter().count();
    if args.shown.is_json() {
        let changed: Vec<Value> = changes.iter().map(|change| described(change, args.diff)).collect();
        output.json(
            &json!({ "$schema": "urn:mcc:fmt:1", "files": count, "written": writes, "changed": changed }),
        );
    } else {
        for change in changes {
            output.result(&if args.diff { diff(change) } else { format!("{}\n", change.path) });
        }
    }
    let done = if writes { "formatted" } else { "would format" };
    output.status(&format!("{done} {} of {}\n", changes.len(), plural(count, "file")));
}

fn described(change: &Change<'_>, with_diff: bool) -> Value {
    match with_diff {
        true => json!({ "file": change.path, "diff": diff(change) }),
        false => json!({ "file": change.path }),
    }
}

fn diff(change: &Change<'_>) -> String {
    let names = (format!("a/{}", change.path), format!("b/{}", change.path));
    TextDiff::from_lines(change.before, &change.after).unified_diff().header(&names.0, &names.1).to_string()
}

fn complain(mistakes: &[Diagnostic], sources: &SourceSet, args: &Fmt, output: &mut Output) {
    if !mistakes.is_empty() {
        output.aside(&render::render(mistakes, sources, args.shown.format()));
        output.status(&format!("{}: not formatted\n", render::summary(mistakes)));
    }
}
