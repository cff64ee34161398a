//! `mcc fix`: makes the edits that findings come with.

use crate::args::Fix;
use crate::failure::Failure;
use crate::mend::{self, Mend, Outcome, Texts};
use crate::output::{Output, added, dim, removed};
use crate::project::Project;
use crate::render;
use crate::text::plural;
use mc_syntax::diagnostic::Diagnostic;
use serde_json::{Value as Json, json};
use similar::TextDiff;

/// Mends what can be mended, and reports both that and what remains; an error that remains is exit code 1.
pub(super) fn run(args: &Fix, output: &mut Output) -> Result<(), Failure> {
    let project = Project::of_paths(&args.paths)?;
    let outcome = mend::mend(&project)?;
    if !args.diff {
        mend::write(&outcome.files)?;
    }
    for (path, texts) in &outcome.files {
        if args.shown.is_json() {
            output.json(&line(path, texts, &outcome, args.diff));
        } else if args.diff {
            output.result(&painted(&diff(path, texts)));
        }
    }
    report(&outcome, args, output);
    let remains = outcome.compilation.diagnostics.iter().any(Diagnostic::is_error);
    if remains { Err(Failure::Findings) } else { Ok(()) }
}

/// A changed file for machines.
fn line(path: &str, texts: &Texts, outcome: &Outcome, is_diff: bool) -> Json {
    let mends = outcome.mends.iter().filter(|mend| mend.place.file == path);
    let mends: Vec<Json> = mends
        .map(|it| json!({ "line": it.place.line, "column": it.place.column, "code": it.code, "message": it.message }))
        .collect();
    json!({
        "$schema": "urn:mcc:fix:1", "file": path, "written": !is_diff, "mends": mends, "diff": diff(path, texts),
    })
}

fn diff(path: &str, texts: &Texts) -> String {
    let path = path.trim_start_matches('/');
    let lines = TextDiff::from_lines(&texts.before, &texts.after);
    lines.unified_diff().header(&format!("a/{path}"), &format!("b/{path}")).to_string()
}

/// A unified diff in the colours people know.
fn painted(diff: &str) -> String {
    let paint = |line: &str| match line.as_bytes().first() {
        Some(b'+') => added(line),
        Some(b'-') => removed(line),
        Some(b'@') => dim(line),
        _ => line.to_owned(),
    };
    diff.lines().map(|line| paint(line) + "\n").collect()
}

/// Says on the side what was mended and what remains.
fn report(outcome: &Outcome, args: &Fix, output: &mut Output) {
    for mend in &outcome.mends {
        output.status(&said(mend, args.diff));
    }
    let compilation = &outcome.compilation;
    let remaining = &compilation.diagnostics;
    if !remaining.is_empty() {
        output.aside(&render::render(remaining, &compilation.sources, args.shown.format()));
    }
    let remains = match remaining.as_slice() {
        [] => "nothing remains".to_owned(),
        some => format!("{} left for you", render::summary(some)),
    };
    let done = match (outcome.mends.len(), args.diff) {
        (0, _) => "nothing to mend".to_owned(),
        (some, false) => {
            format!("mended {} in {}", plural(some, "mistake"), plural(outcome.files.len(), "file"))
        }
        (some, true) => format!("would mend {}", plural(some, "mistake")),
    };
    output.status(&format!("{done}; {remains}\n"));
}

fn said(mend: &Mend, is_diff: bool) -> String {
    let done = if is_diff { "would mend" } else { "mended" };
    let place = &mend.place;
    format!("{}:{}:{}: {done} [{}]: {}\n", place.file, place.line, place.column, mend.code, mend.message)
}
