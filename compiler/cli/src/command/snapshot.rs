//! `mcc snapshot`: what every call may touch and cost, in a file beside the project's manifest.

use crate::args::Snapshot as Args;
use crate::compile;
use crate::failure::{Complaint, Failure, reason};
use crate::output::{Format, Output};
use crate::project::{Project, read_text, shown};
use crate::render;
use crate::render::machine::Place;
use crate::snapshot::compare::{Change, compare};
use crate::snapshot::read::{self, Places, Written};
use crate::snapshot::{FILE, Snapshot, text};
use crate::text::plural;
use crate::wiring;
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::{FileId, SourceSet, Span};
use serde_json::json;
use similar::TextDiff;
use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;

/// The code of everything that is no longer as the snapshot says.
const CODE: &str = "snapshot";

/// Writes the snapshot, or says how it differs.
pub(super) fn run(args: &Args, output: &mut Output) -> Result<(), Failure> {
    let project = Project::of_paths(&args.paths)?;
    let built = compile::build(&project, args.shown.format(), output)?;
    let app = match built.app_of(&project, args.app.as_deref()) {
        Ok(app) => Some(app),
        Err(complaint) if args.app.is_some() || project.app.is_some() => return Err(complaint.into()),
        Err(_) => None,
    };
    wiring::say_unbound(&built.compiled, output);
    let (now, entries) = Snapshot::of(&built, &project, app)?;
    let file = File { path: shown(&project.file(FILE)), now, text: String::new() };
    let file = File { text: text::write(&file.now), ..file };
    if !args.check && !args.diff {
        return file.write(args, output);
    }
    if args.diff {
        file.diff(args, output)?;
    }
    if !args.check {
        return Ok(());
    }
    let findings = Findings { sources: built.sources, entries, file: FileId::default() };
    file.check(args, findings, output)
}

/// The snapshot that should be there.
struct File {
    path: String,
    now: Snapshot,
    text: String,
}

impl File {
    fn write(&self, args: &Args, output: &mut Output) -> Result<(), Failure> {
        fs::write(&self.path, &self.text)
            .map_err(|error| Failure::unable(format!("cannot write `{}`: {}", self.path, reason(&error))))?;
        if args.shown.is_json() {
            output.json(&json!({
                "$schema": "urn:mcc:snapshot:1", "file": self.path, "calls": self.now.calls.len(),
            }));
        } else {
            output.result(&format!("{}\n", self.path));
            output.status(&format!("{}\n", plural(self.now.calls.len(), "call")));
        }
        Ok(())
    }

    /// How the file would change; one that is not there yet is empty.
    fn diff(&self, args: &Args, output: &mut Output) -> Result<(), Failure> {
        let before = match fs::exists(&self.path) {
            Ok(false) => String::new(),
            _ => self.committed()?,
        };
        let names = (format!("a/{}", self.path), format!("b/{}", self.path));
        let diff = TextDiff::from_lines(before.as_str(), &self.text);
        let diff = diff.unified_diff().header(&names.0, &names.1).to_string();
        let diff = if before == self.text { String::new() } else { diff };
        if args.shown.is_json() {
            output.json(&json!({ "$schema": "urn:mcc:snapshot:1", "file": self.path, "diff": diff }));
        } else {
            output.result(&diff);
        }
        Ok(())
    }

    fn committed(&self) -> Result<String, Complaint> {
        read_text(&self.path).map_err(|why| {
            Complaint::new(format!("cannot read `{}`: {why}", self.path)).help("`mcc snapshot` writes it")
        })
    }

    fn check(&self, args: &Args, mut findings: Findings, output: &mut Output) -> Result<(), Failure> {
        let text = self.committed()?;
        let written = read::read(&self.path, &text)?;
        let changes = compare(&written.snapshot, &self.now, args.tolerance.unwrap_or_default());
        findings.file = findings.sources.add(self.path.as_str(), text.as_str());
        findings.show(&changes, &written, args, output);
        let worse = changes.iter().filter(|(_, change)| change.is_worse()).count();
        let other = changes.len() - worse;
        if args.shown.is_json() {
            output.json(&json!({
                "$schema": "urn:mcc:snapshot:1", "file": self.path, "calls": self.now.calls.len(),
                "worse": worse, "other": other,
            }));
        }
        let calls = plural(self.now.calls.len(), "call");
        if changes.is_empty() {
            output.status(&format!("{calls} as `{}` says\n", self.path));
            return Ok(());
        }
        output
            .status(&format!("{calls}: {worse} worse and {other} better or new than `{}` says\n", self.path));
        if written.snapshot.compiler != self.now.compiler {
            let (then, now) = (&written.snapshot.compiler, &self.now.compiler);
            output.status(&format!("it was written by {then}, and this is {now}\n"));
        }
        output.status("`mcc snapshot` writes it as it is now\n");
        Err(Failure::Findings)
    }
}

/// Changes as findings in the file of the snapshot.
struct Findings {
    sources: SourceSet,
    /// Where each call stands in the sources.
    entries: BTreeMap<String, Span>,
    /// The file of the snapshot.
    file: FileId,
}

impl Findings {
    fn show(&self, changes: &[(String, Change)], written: &Written, args: &Args, output: &mut Output) {
        let findings: Vec<Diagnostic> =
            changes.iter().map(|(name, change)| self.finding(name, change, written)).collect();
        match args.shown.format() {
            Format::Json => {
                let place = |span: Span| Place::of(span, &self.sources);
                for ((name, change), finding) in changes.iter().zip(&findings) {
                    output.json(&json!({
                        "$schema": "urn:mcc:snapshot-change:1", "call": name, "change": change.word(),
                        "worse": change.is_worse(), "message": finding.message, "now": change.now(),
                        "place": place(finding.primary.span),
                        "entry": self.entries.get(name).copied().map(place),
                    }));
                }
            }
            Format::Sarif => output.result(&render::render(&findings, &self.sources, Format::Short)),
            format => output.result(&render::render(&findings, &self.sources, format)),
        }
    }

    fn finding(&self, name: &str, change: &Change, written: &Written) -> Diagnostic {
        let entry = self.entries.get(name).copied();
        let place = written.places.get(name).map(|places| self.span(&place_of(places, change)));
        let span = place.or(entry).unwrap_or_default();
        let make = if change.is_worse() { Diagnostic::error } else { Diagnostic::warning };
        make(CODE, span, change.sentence(name)).label(change.now())
    }

    fn span(&self, range: &Range<usize>) -> Span {
        Span::new(self.file, range.start, range.end)
    }
}

/// What a change is about, in the snapshot.
fn place_of(places: &Places, change: &Change) -> Range<usize> {
    let key = match change {
        Change::New | Change::Gone => None,
        Change::Params { .. } => places.keys.get("params"),
        Change::Parallel(_) => places.keys.get("parallel"),
        Change::Serial(_) | Change::NoLonger(_) => places.keys.get("serial"),
        Change::Cost { length: 0, .. } | Change::Formula(_) => places.keys.get("cost"),
        Change::Cost { .. } => places.keys.get("cost_at").or(places.keys.get("cost")),
        Change::Touches(_) => None,
        Change::NoLongerTouches(touch) | Change::TouchesOtherwise { before: touch, .. } => {
            places.touches.get(touch)
        }
        Change::Spends { .. } => places.keys.get("spends"),
    };
    key.unwrap_or(&places.name).clone()
}
