//! `mcc conflicts`: every entry against every other, and why.

use super::picture::{self, MEANINGS, Picture, symbol};
use crate::args::{Conflicts, Deny};
use crate::compile;
use crate::failure::{Complaint, Failure};
use crate::output::{Output, bold, dim};
use crate::project::Project;
use crate::render::machine::Place;
use crate::text::{COLUMNS, flowed, grouped, padded, plural, words};
use crate::wiring::{self, Wired};
use mc_compiler::Compiled;
use mc_compiler::conflict::{Callable, Matrix, Meeting, Verdict, meetings, verdict};
use mc_compiler::tree::App;
use mc_container::access::{LinkedAccess, Mode};
use mc_container::manifest::EntryKind;
use mc_syntax::source::{SourceSet, Span};
use serde_json::{Value as Json, json};

/// Shows the matrix, or explains one pair.
pub(super) fn run(args: &Conflicts, output: &mut Output) -> Result<(), Failure> {
    let project = Project::of_paths(&args.paths)?;
    let built = compile::build(&project, args.shown.format(), output)?;
    let is_deployed = args.app.is_some() || project.app.is_some() || !built.compiled.program.apps.is_empty();
    let app = is_deployed.then(|| built.app_of(&project, args.app.as_deref())).transpose()?;
    let (name, calls) = calls(&built.compiled, app)?;
    if name.is_empty() {
        wiring::say_unbound(&built.compiled, output);
    }
    let view = View { sources: &built.sources, args, json: args.shown.is_json() };
    if let [a, b] = args.why.as_slice() {
        let (a, b) = (find(&calls, a)?, find(&calls, b)?);
        return view.why(a, b, output);
    }
    for name in &args.allow {
        find(&calls, name)?;
    }
    let calls: Vec<&Wired<'_>> =
        calls.iter().filter(|call| args.views || call.entry.kind != EntryKind::View).collect();
    let denied = view.matrix(name, &calls, output);
    if denied { Err(Failure::Findings) } else { Ok(()) }
}

/// What can be called of the app that is meant, with the app's name; without any app, every unit is compared as if it
/// were deployed once.
fn calls<'c>(compiled: &'c Compiled, app: Option<&'c App>) -> Result<(&'c str, Vec<Wired<'c>>), Complaint> {
    Ok(match app {
        None => ("", wiring::of_units(compiled)?),
        Some(app) => (app.name.as_str(), wiring::of_app(compiled, app)?),
    })
}

/// The matrix of a program, for machines.
pub(super) fn json_of(
    compiled: &Compiled,
    sources: &SourceSet,
    app: Option<&str>,
) -> Result<Json, Complaint> {
    let is_deployed = app.is_some() || !compiled.program.apps.is_empty();
    let app = is_deployed.then(|| compile::app(compiled, app)).transpose()?;
    let (app, calls) = calls(compiled, app)?;
    let calls: Vec<&Wired<'_>> = calls.iter().filter(|call| call.entry.kind != EntryKind::View).collect();
    let callables: Vec<Callable<'_>> = calls.iter().map(|call| call.callable()).collect();
    let names: Vec<String> = calls.iter().map(|call| call.name()).collect();
    Ok(matrix_json(sources, app, (&calls, &names), &Matrix::new(&callables), &[]))
}

fn find<'c, 'a>(calls: &'c [Wired<'a>], name: &str) -> Result<&'c Wired<'a>, Complaint> {
    calls.iter().find(|call| call.name() == name).ok_or_else(|| {
        let names: Vec<String> = calls.iter().map(Wired::name).collect();
        Complaint::new(format!("nothing is called `{name}`")).nearest(name, names.iter().map(String::as_str))
    })
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Never => "never",
        Verdict::Commutes => "commutes",
        Verdict::WhenEqual => "when-equal",
        Verdict::ByState => "by-state",
        Verdict::Always => "always",
    }
}

/// The explanation of the symbols that a matrix uses.
fn legend(matrix: &Matrix) -> String {
    let used = |verdict: Verdict| verdict != Verdict::ByState || matrix.count(verdict).0 > 0;
    let parts = MEANINGS.iter().filter(|(verdict, _)| used(*verdict));
    let parts: Vec<String> =
        parts.map(|(verdict, meaning)| format!("{} {meaning}", symbol(*verdict))).collect();
    flowed("", &parts, "   ")
}

struct View<'v> {
    sources: &'v SourceSet,
    args: &'v Conflicts,
    json: bool,
}

impl View<'_> {
    /// Shows the matrix; true if it has what is denied.
    fn matrix(&self, app: &str, calls: &[&Wired<'_>], output: &mut Output) -> bool {
        let callables: Vec<Callable<'_>> = calls.iter().map(|call| call.callable()).collect();
        let matrix = Matrix::new(&callables);
        let names: Vec<String> = calls.iter().map(|call| call.name()).collect();
        let denied = self.denied(&matrix, &names);
        let because = |row: usize, column: usize| self.because(calls, &matrix, (row, column));
        let picture = Picture { title: app, names: &names, matrix: &matrix, because: &because };
        if self.json {
            output.json(&matrix_json(self.sources, app, (calls, &names), &matrix, &denied));
        } else if self.args.dot {
            output.result(&picture::dot(&picture));
        } else if self.args.svg {
            output.result(&picture::svg(&picture));
        } else if names.is_empty() {
            output.result("there is nothing to call\n");
        } else {
            output.result(&format!("{}\n{}", dim(&legend(&matrix)), table(&matrix, &names)));
            output.result(&format!("\n{}", counts(&matrix)));
            output.result(&self.worst(&matrix, calls, &callables));
        }
        if !denied.is_empty() {
            output.aside(&format!("error: {} of calls always conflict\n", plural(denied.len(), "pair")));
            denied.iter().for_each(|(a, b)| output.aside(&format!("  {a} ■ {b}\n")));
        }
        !denied.is_empty()
    }

    /// The pairs that `--deny` does not let pass.
    fn denied(&self, matrix: &Matrix, names: &[String]) -> Vec<(String, String)> {
        let Some(Deny::Serial) = self.args.deny else { return Vec::new() };
        let named = |(a, b): (usize, usize)| Some((names.get(a)?.clone(), names.get(b)?.clone()));
        let allowed = |(a, b): &(String, String)| self.args.allow.contains(a) || self.args.allow.contains(b);
        matrix.pairs(Verdict::Always).filter_map(named).filter(|pair| !allowed(pair)).collect()
    }

    /// The strongest reason why a pair conflicts, in a line.
    fn because(&self, calls: &[&Wired<'_>], matrix: &Matrix, pair: (usize, usize)) -> String {
        let worst = matrix.meetings(pair.0, pair.1).iter().max_by_key(|meeting| meeting.verdict());
        let both = calls.get(pair.0).zip(calls.get(pair.1));
        let found = worst.zip(both).and_then(|(meeting, (a, b))| {
            let access = a.linked.accesses.get(meeting.first)?;
            let variable =
                a.with_names(true, "", |names| names.variable(access.instance, access.access.variable));
            let condition = condition((a, b), meeting);
            let when = if condition.is_empty() { String::new() } else { format!(" when {condition}") };
            Some(format!("{variable}{when}"))
        });
        found.unwrap_or_default()
    }

    /// The variable most pairs conflict on, and how to ask about one of them.
    fn worst(&self, matrix: &Matrix, calls: &[&Wired<'_>], callables: &[Callable<'_>]) -> String {
        let Some(worst) = matrix.contended(callables).first().copied() else { return String::new() };
        let touches = |call: &Wired<'_>, access: &LinkedAccess| {
            call.callable().containers.get(usize::from(access.instance)) == Some(&worst.container)
                && access.access.variable == worst.variable
        };
        let named = calls.iter().find_map(|call| {
            let access = call.linked.accesses.iter().find(|access| touches(call, access))?;
            Some(call.with_names(true, "", |names| names.variable(access.instance, worst.variable)))
        });
        let size = matrix.size();
        let verdicts = [Verdict::Always, Verdict::ByState, Verdict::WhenEqual];
        let example = verdicts.into_iter().find_map(|wanted| {
            let mut pairs = (0..size).flat_map(|row| (row..size).map(move |column| (row, column)));
            pairs.find(|(row, column)| {
                let meets = |meeting: &Meeting| {
                    let access = calls
                        .get(*row)
                        .and_then(|call| Some((call, call.linked.accesses.get(meeting.first)?)));
                    meeting.verdict() == wanted && access.is_some_and(|(call, access)| touches(call, access))
                };
                matrix.verdict(*row, *column) == wanted && matrix.meetings(*row, *column).iter().any(meets)
            })
        });
        let why = example.and_then(|(row, column)| Some((calls.get(row)?.name(), calls.get(column)?.name())));
        let named = named.unwrap_or_default();
        let counts = [(worst.always, "always"), (worst.when_equal, "on a condition")];
        let counts = counts.iter().filter(|(count, _)| *count > 0);
        let counts: Vec<String> =
            counts.map(|(count, when)| format!("{} {when}", plural(*count, "pair"))).collect();
        let parts = [
            format!("most contended: {named} ({})", counts.join(", ")),
            why.map(|(a, b)| format!("why: mcc conflicts --why {a} {b}")).unwrap_or_default(),
        ];
        flowed("", &parts, "   ")
    }

    fn why(&self, a: &Wired<'_>, b: &Wired<'_>, output: &mut Output) -> Result<(), Failure> {
        let mut found = meetings(&a.callable(), &b.callable());
        if a.name() == b.name() {
            // With itself, every meeting of two different places is found twice.
            found.retain(|meeting| meeting.first <= meeting.second);
        }
        let overall = verdict(&found);
        if self.json {
            let because: Vec<Json> =
                found.iter().map(|meeting| meeting_json(self.sources, (a, b), meeting)).collect();
            output.json(&json!({
                "$schema": "urn:mcc:conflict:1", "a": a.name(), "b": b.name(), "verdict": word(overall),
                "because": because,
            }));
            return Ok(());
        }
        let sentence = match overall {
            Verdict::Never => "never conflict: no cell is touched by both, or both only read it",
            Verdict::Commutes => "only add to the same cells: they commute while head-room lasts",
            Verdict::WhenEqual if found.iter().any(|it| it.guarded) => "conflict only on a condition",
            Verdict::WhenEqual => "conflict only when keys are equal",
            Verdict::ByState => "conflict as the state says: a key is read from it",
            Verdict::Always => "always conflict",
        };
        let (one, other) = (format!("{}₁", a.name()), format!("{}₂", b.name()));
        let head = format!("{} ", symbol(overall));
        output.result(&flowed(&head, &words(&format!("{one} and {other} {sentence}")), " "));
        let mut shown: Vec<String> = Vec::new();
        for (first, second, meeting) in sorted(found) {
            let text = self.meeting((a, b), (first, second), &meeting);
            // Two places of one call may say the same.
            if !shown.contains(&text) {
                output.result(&text);
                shown.push(text);
            }
        }
        Ok(())
    }

    fn meeting(
        &self,
        (a, b): (&Wired<'_>, &Wired<'_>),
        (first, second): (usize, usize),
        meeting: &Meeting,
    ) -> String {
        let (Some(one), Some(other)) = (a.linked.accesses.get(first), b.linked.accesses.get(second)) else {
            return String::new();
        };
        let condition = condition((a, b), meeting);
        let head = match (meeting.commutes, condition.is_empty()) {
            (true, true) => format!("both {}", changes(&one.access.mode)),
            (true, false) => format!("both {} when {condition}", changes(&one.access.mode)),
            (false, true) => "always".to_owned(),
            (false, false) => format!("when {condition}"),
        };
        let head = flowed(&format!("  {} ", symbol(meeting.verdict())), &words(&head), " ");
        let mut text = format!("\n{}\n", bold(head.trim_end()));
        for reason in reasons(meeting) {
            text.push_str(&flowed("    ", &words(reason), " "));
        }
        for (call, access, mark) in [(a, one, "₁"), (b, other, "₂")] {
            let (mode, place) = call.with_names(true, mark, |names| {
                (names.mode(&access.access.mode), names.place(access.instance, &access.access))
            });
            let within = match call.step_of(access) {
                Some(step) => format!("in {}{mark}, step {}", call.name(), call.step_name(step)),
                None => format!("in {}{mark}", call.name()),
            };
            text.push_str(&flowed(&format!("    {}  ", padded(mode, 5)), &[place, within], "  "));
            for span in call.places(access) {
                text.push_str(&self.line(*span));
            }
        }
        text
    }

    /// The line of the source that a span stands in, with its place.
    fn line(&self, span: Span) -> String {
        let Some(file) = self.sources.get(span.file) else { return String::new() };
        let (number, _) = self.sources.line_column(span);
        let line = file.text.lines().nth(number.saturating_sub(1)).unwrap_or_default().trim();
        let head = format!("           {}:{number} │ ", file.path);
        let room = COLUMNS.saturating_sub(head.chars().count()).max(20);
        let cut: String = if line.chars().count() > room {
            line.chars().take(room - 1).chain(['…']).collect()
        } else {
            line.to_owned()
        };
        format!("{}{cut}\n", dim(&head))
    }
}

fn matrix_json(
    sources: &SourceSet,
    app: &str,
    (calls, names): (&[&Wired<'_>], &[String]),
    matrix: &Matrix,
    denied: &[(String, String)],
) -> Json {
    let mut pairs = Vec::new();
    for (row, a) in calls.iter().enumerate() {
        for (column, b) in calls.iter().enumerate().skip(row) {
            let found = matrix.meetings(row, column).iter();
            let because: Vec<Json> = found.map(|meeting| meeting_json(sources, (a, b), meeting)).collect();
            pairs.push(json!({
                "a": a.name(), "b": b.name(), "verdict": word(matrix.verdict(row, column)), "because": because,
            }));
        }
    }
    let (serial, all) = matrix.count(Verdict::Always);
    json!({
        "$schema": "urn:mcc:conflicts:1", "app": app, "entries": names, "serial_pairs": serial,
        "all_pairs": all, "denied": denied, "pairs": pairs,
    })
}

fn meeting_json(sources: &SourceSet, (a, b): (&Wired<'_>, &Wired<'_>), meeting: &Meeting) -> Json {
    let side = |call: &Wired<'_>, number: usize, mark: &str| {
        call.linked.accesses.get(number).map(|access| {
            let places: Vec<Place> =
                call.places(access).iter().map(|span| Place::of(*span, sources)).collect();
            call.with_names(true, mark, |names| {
                json!({
                    "mode": names.mode(&access.access.mode),
                    "cell": names.place(access.instance, &access.access),
                    "step": access.step,
                    "places": places,
                })
            })
        })
    };
    json!({
        "verdict": word(meeting.verdict()),
        "condition": condition((a, b), meeting),
        "by_state": meeting.by_state,
        "whole_map": meeting.whole,
        "a": side(a, meeting.first, "₁"),
        "b": side(b, meeting.second, "₂"),
    })
}

/// The strongest reasons first.
fn sorted(meetings: Vec<Meeting>) -> Vec<(usize, usize, Meeting)> {
    let mut sorted: Vec<(usize, usize, Meeting)> =
        meetings.into_iter().map(|meeting| (meeting.first, meeting.second, meeting)).collect();
    sorted.sort_by_key(|(.., meeting)| std::cmp::Reverse(meeting.verdict()));
    sorted
}

/// What two calls do that commute.
fn changes(mode: &Mode) -> &'static str {
    match mode {
        Mode::Max => "raise",
        Mode::Min => "lower",
        _ => "add",
    }
}

/// Why two accesses meet more often than their keys say.
fn reasons(meeting: &Meeting) -> Vec<&'static str> {
    let mut reasons = Vec::new();
    if meeting.by_state && !meeting.commutes {
        reasons
            .push("a key is read from the state: where it may change in the block, the whole map is locked");
    }
    if meeting.whole && !meeting.commutes {
        reasons.push("only execution tells which cell: the whole map is locked");
    }
    reasons
}

/// A matrix in short, for machines.
pub(super) fn summary(matrix: &Matrix, names: &[String]) -> Json {
    let (serial, pairs) = matrix.count(Verdict::Always);
    let row = |row: usize| (0..names.len()).map(move |column| word(matrix.verdict(row, column)));
    let rows: Vec<Vec<&str>> = (0..names.len()).map(|number| row(number).collect()).collect();
    json!({ "entries": names, "serial_pairs": serial, "all_pairs": pairs, "verdicts": rows })
}

/// How many pairs conflict, and how.
pub(super) fn counts(matrix: &Matrix) -> String {
    let count = |verdict| matrix.count(verdict).0;
    let (always, pairs) = matrix.count(Verdict::Always);
    let mut parts = vec![format!("serial pairs: {} of {}", grouped(always), grouped(pairs))];
    let whole = matrix.count_whole();
    if whole > 0 {
        parts.push(format!("{} of them for a lock on a whole map", grouped(whole)));
    }
    if count(Verdict::ByState) > 0 {
        parts.push(format!("{} as the state says", grouped(count(Verdict::ByState))));
    }
    parts.push(format!("{} when keys are equal", grouped(count(Verdict::WhenEqual))));
    parts.push(format!("{} only add", grouped(count(Verdict::Commutes))));
    flowed("", &parts, " · ")
}

/// `to₁ = caller₂ and …`; empty where the two always meet.
fn condition((a, b): (&Wired<'_>, &Wired<'_>), meeting: &Meeting) -> String {
    let key = |call: &Wired<'_>, access: usize, level: usize, mark: &str| {
        let access = call.linked.accesses.get(access)?;
        let key = access.access.keys.get(level)?;
        Some(call.with_names(true, mark, |names| names.term(key)))
    };
    let equalities = meeting.levels.iter().filter_map(|level| {
        let left = key(a, meeting.first, *level, "₁")?;
        Some(format!("{left} = {}", key(b, meeting.second, *level, "₂")?))
    });
    let guard = |call: &Wired<'_>, access: usize, mark: &str| {
        let when = call.linked.accesses.get(access)?.access.when.as_ref()?;
        Some(call.with_names(true, mark, |names| names.term(when)))
    };
    let guards = [guard(a, meeting.first, "₁"), guard(b, meeting.second, "₂")];
    let mut parts: Vec<String> = equalities.collect();
    for guard in guards.into_iter().flatten() {
        if !parts.contains(&guard) {
            parts.push(guard);
        }
    }
    parts.join(" and ")
}

/// The verdicts as a table: names above the columns where they fit, else numbers.
pub(super) fn table(matrix: &Matrix, names: &[String]) -> String {
    let widest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let named: usize = names.iter().map(|name| name.chars().count() + 2).sum();
    if widest + 4 + named <= COLUMNS {
        let width = |column: usize| names.get(column).map_or(0, |name| name.chars().count());
        return rows(matrix, names, &|_, name| padded(name, widest), &[names.to_vec()], &width, 2);
    }
    let numbers: Vec<String> = (1..=names.len()).map(|number| number.to_string()).collect();
    let label = |row: usize, name: &str| format!("{:>2} {}", row + 1, padded(name, widest));
    if widest + 5 + 4 * names.len() <= COLUMNS {
        return rows(matrix, names, &label, &[numbers], &|_| 2, 2);
    }
    if widest + 5 + 2 * names.len() > COLUMNS {
        return list(matrix, names);
    }
    // Narrow columns: the digits of a number stand one below the other.
    let digit = |place: usize| {
        let digit = |number: &String| format!("{number:>2}").chars().nth(place).unwrap_or(' ').to_string();
        numbers.iter().map(digit).collect::<Vec<String>>()
    };
    rows(matrix, names, &label, &[digit(0), digit(1)], &|_| 1, 1)
}

/// The heads of the columns, and a line for each name.
fn rows(
    matrix: &Matrix,
    names: &[String],
    label: &dyn Fn(usize, &str) -> String,
    heads: &[Vec<String>],
    width: &dyn Fn(usize) -> usize,
    gap: usize,
) -> String {
    let (between, mut text) = (" ".repeat(gap), String::new());
    let mut line = |label: &str, cells: &mut dyn Iterator<Item = (usize, String)>| {
        let mut line = format!(" {label}");
        cells.for_each(|(column, cell)| line.push_str(&format!("{between}{}", padded(&cell, width(column)))));
        text.push_str(line.trim_end());
        text.push('\n');
    };
    let blank = " ".repeat(names.first().map_or(0, |name| label(0, name).chars().count()));
    for head in heads {
        line(&blank, &mut head.iter().cloned().enumerate());
    }
    for (row, name) in names.iter().enumerate() {
        let cell = |column| (column, symbol(matrix.verdict(row, column)).to_string());
        line(&label(row, name), &mut (0..names.len()).map(cell));
    }
    text
}

/// For each name those it conflicts with, where a table would be too wide.
fn list(matrix: &Matrix, names: &[String]) -> String {
    let mut text = String::new();
    for (row, name) in names.iter().enumerate() {
        let mut lines = String::new();
        for (verdict, _) in MEANINGS.iter().rev().filter(|(verdict, _)| *verdict > Verdict::Commutes) {
            let others = names.iter().enumerate();
            let others = others.filter(|(column, _)| matrix.verdict(row, *column) == *verdict);
            let mut others: Vec<String> = others.map(|(_, other)| format!("{other},")).collect();
            if let Some(last) = others.last_mut() {
                last.pop();
                lines.push_str(&flowed(&format!("  {} ", symbol(*verdict)), &others, " "));
            }
        }
        if !lines.is_empty() {
            text.push_str(&format!("{name}\n{lines}"));
        }
    }
    text
}
