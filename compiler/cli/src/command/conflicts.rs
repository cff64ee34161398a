//! `mcc conflicts`: every entry against every other, and why.

use crate::args::Conflicts;
use crate::compile::{self, Built};
use crate::failure::{Complaint, Failure};
use crate::output::{Output, bold, dim};
use crate::project::Project;
use crate::render::machine::Place;
use crate::text::{COLUMNS, flowed, grouped, padded, plural, words};
use crate::wiring::{self, Wired};
use mc_compiler::conflict::{Callable, Matrix, Meeting, Verdict, meetings, verdict};
use mc_container::access::LinkedAccess;
use mc_container::manifest::EntryKind;
use mc_syntax::source::Span;
use serde_json::{Value as Json, json};

/// Shows the matrix, or explains one pair.
pub(super) fn run(args: &Conflicts, output: &mut Output) -> Result<(), Failure> {
    let project = Project::of_paths(&args.paths)?;
    let built = compile::build(&project, args.shown.format(), output)?;
    let wanted = args.app.as_deref().or(project.app.as_deref());
    // Without any app, every unit is compared as if it were deployed once.
    let (name, calls) = match (wanted, built.compiled.program.apps.as_slice()) {
        (None, []) => ("", wiring::of_units(&built)?),
        _ => {
            let app = built.app(wanted)?;
            (app.name.as_str(), wiring::of_app(&built, app)?)
        }
    };
    let view = View { built: &built, json: args.shown.is_json() };
    if let [a, b] = args.why.as_slice() {
        let (a, b) = (find(&calls, a)?, find(&calls, b)?);
        return view.why(a, b, output);
    }
    let calls: Vec<&Wired<'_>> =
        calls.iter().filter(|call| args.views || call.entry.kind != EntryKind::View).collect();
    view.matrix(name, &calls, output);
    Ok(())
}

fn find<'c, 'a>(calls: &'c [Wired<'a>], name: &str) -> Result<&'c Wired<'a>, Complaint> {
    calls.iter().find(|call| call.name() == name).ok_or_else(|| {
        let names: Vec<String> = calls.iter().map(Wired::name).collect();
        Complaint::new(format!("nothing is called `{name}`")).nearest(name, names.iter().map(String::as_str))
    })
}

fn symbol(verdict: Verdict) -> char {
    match verdict {
        Verdict::Never => '·',
        Verdict::Commutes => '+',
        Verdict::WhenEqual => '◇',
        Verdict::Always => '■',
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Never => "never",
        Verdict::Commutes => "commutes",
        Verdict::WhenEqual => "when-equal",
        Verdict::Always => "always",
    }
}

struct View<'v> {
    built: &'v Built,
    json: bool,
}

impl View<'_> {
    fn matrix(&self, app: &str, calls: &[&Wired<'_>], output: &mut Output) {
        let callables: Vec<Callable<'_>> = calls.iter().map(|call| call.callable()).collect();
        let matrix = Matrix::new(&callables);
        let names: Vec<String> = calls.iter().map(|call| call.name()).collect();
        if names.is_empty() && !self.json {
            output.result("there is nothing to call\n");
            return;
        }
        if self.json {
            output.json(&self.matrix_json(app, calls, &matrix, &names));
            return;
        }
        output.result(&dim("· never   + both only add   ◇ only when keys are equal   ■ always"));
        output.result("\n\n");
        output.result(&table(&matrix, &names));
        let count = |verdict| matrix.count(verdict).0;
        let (always, pairs) = matrix.count(Verdict::Always);
        let parts = [
            format!("serial pairs: {} of {}", grouped(always), grouped(pairs)),
            format!("{} when keys are equal", grouped(count(Verdict::WhenEqual))),
            format!("{} only add", grouped(count(Verdict::Commutes))),
        ];
        output.result(&format!("\n{}", flowed("", &parts, " · ")));
        output.result(&self.worst(&matrix, calls, &callables));
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
        let example = [Verdict::Always, Verdict::WhenEqual].into_iter().find_map(|wanted| {
            let mut pairs = (0..size).flat_map(|row| (row..size).map(move |column| (row, column)));
            pairs.find(|(row, column)| {
                let pair = callables.get(*row).zip(callables.get(*column));
                let meets = |meeting: &Meeting| {
                    let access = calls
                        .get(*row)
                        .and_then(|call| Some((call, call.linked.accesses.get(meeting.first)?)));
                    meeting.verdict() == wanted && access.is_some_and(|(call, access)| touches(call, access))
                };
                matrix.verdict(*row, *column) == wanted
                    && pair.is_some_and(|(a, b)| meetings(a, b).iter().any(meets))
            })
        });
        let why = example.and_then(|(row, column)| Some((calls.get(row)?.name(), calls.get(column)?.name())));
        let named = named.unwrap_or_default();
        let counts = [(worst.always, "always"), (worst.when_equal, "when keys are equal")];
        let counts = counts.iter().filter(|(count, _)| *count > 0);
        let counts: Vec<String> =
            counts.map(|(count, when)| format!("{} {when}", plural(*count, "pair"))).collect();
        let parts = [
            format!("most contended: {named} ({})", counts.join(", ")),
            why.map(|(a, b)| format!("why: mcc conflicts --why {a} {b}")).unwrap_or_default(),
        ];
        flowed("", &parts, "   ")
    }

    fn matrix_json(&self, app: &str, calls: &[&Wired<'_>], matrix: &Matrix, names: &[String]) -> Json {
        let mut pairs = Vec::new();
        for (row, a) in calls.iter().enumerate() {
            for (column, b) in calls.iter().enumerate().skip(row) {
                let found = meetings(&a.callable(), &b.callable());
                let because: Vec<Json> =
                    found.iter().map(|meeting| self.meeting_json((a, b), meeting)).collect();
                pairs.push(json!({
                    "a": a.name(), "b": b.name(), "verdict": word(matrix.verdict(row, column)), "because": because,
                }));
            }
        }
        let (serial, all) = matrix.count(Verdict::Always);
        json!({
            "$schema": "urn:mcc:conflicts:1", "app": app, "entries": names, "serial_pairs": serial,
            "all_pairs": all, "pairs": pairs,
        })
    }

    fn meeting_json(&self, (a, b): (&Wired<'_>, &Wired<'_>), meeting: &Meeting) -> Json {
        let side = |call: &Wired<'_>, number: usize, mark: &str| {
            call.linked.accesses.get(number).map(|access| {
                let places: Vec<Place> =
                    call.places(access).iter().map(|span| Place::of(*span, &self.built.sources)).collect();
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
            "a": side(a, meeting.first, "₁"),
            "b": side(b, meeting.second, "₂"),
        })
    }

    fn why(&self, a: &Wired<'_>, b: &Wired<'_>, output: &mut Output) -> Result<(), Failure> {
        let mut found = meetings(&a.callable(), &b.callable());
        if a.name() == b.name() {
            // With itself, every meeting of two different places is found twice.
            found.retain(|meeting| meeting.first <= meeting.second);
        }
        let overall = verdict(&found);
        if self.json {
            let because: Vec<Json> = found.iter().map(|meeting| self.meeting_json((a, b), meeting)).collect();
            output.json(&json!({
                "$schema": "urn:mcc:conflict:1", "a": a.name(), "b": b.name(), "verdict": word(overall),
                "because": because,
            }));
            return Ok(());
        }
        let sentence = match overall {
            Verdict::Never => "never conflict: no cell is touched by both, or both only read it",
            Verdict::Commutes => "only add to the same cells: they commute while head-room lasts",
            Verdict::WhenEqual => "conflict only when keys are equal",
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
            (true, true) => "both add".to_owned(),
            (true, false) => format!("both add when {condition}"),
            (false, true) => "always".to_owned(),
            (false, false) => format!("when {condition}"),
        };
        let mut text = format!("\n  {} {}\n", symbol(meeting.verdict()), bold(&head));
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
        let Some(file) = self.built.sources.get(span.file) else { return String::new() };
        let (number, _) = self.built.sources.line_column(span);
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

/// The strongest reasons first.
fn sorted(meetings: Vec<Meeting>) -> Vec<(usize, usize, Meeting)> {
    let mut sorted: Vec<(usize, usize, Meeting)> =
        meetings.into_iter().map(|meeting| (meeting.first, meeting.second, meeting)).collect();
    sorted.sort_by_key(|(.., meeting)| std::cmp::Reverse(meeting.verdict()));
    sorted
}

/// `to₁ = caller₂ and …`; empty where the two always meet.
fn condition((a, b): (&Wired<'_>, &Wired<'_>), meeting: &Meeting) -> String {
    let key = |call: &Wired<'_>, access: usize, level: usize, mark: &str| {
        let access = call.linked.accesses.get(access)?;
        let key = access.access.keys.get(level)?;
        Some(call.with_names(true, mark, |names| names.term(key)))
    };
    let equalities: Vec<String> = meeting
        .levels
        .iter()
        .filter_map(|level| {
            let left = key(a, meeting.first, *level, "₁")?;
            Some(format!("{left} = {}", key(b, meeting.second, *level, "₂")?))
        })
        .collect();
    equalities.join(" and ")
}

/// The verdicts as a table: names above the columns where they fit, else numbers.
fn table(matrix: &Matrix, names: &[String]) -> String {
    let widest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let named: usize = names.iter().map(|name| name.chars().count() + 2).sum();
    let by_name = widest + 4 + named <= COLUMNS;
    let heads: Vec<String> =
        if by_name { names.to_vec() } else { (1..=names.len()).map(|number| number.to_string()).collect() };
    let label = |number: usize, name: &str| {
        if by_name { name.to_owned() } else { format!("{:>2} {name}", number + 1) }
    };
    let widest = if by_name { widest } else { widest + 3 };
    let cell = |number: usize| heads.get(number).map_or(2, |head| head.chars().count().max(2));
    let mut text = format!(" {}", padded("", widest));
    for head in &heads {
        text.push_str(&format!("  {}", padded(head, 2)));
    }
    text = text.trim_end().to_owned() + "\n";
    for (row, name) in names.iter().enumerate() {
        let mut line = format!(" {}", padded(&label(row, name), widest));
        for column in 0..names.len() {
            let mark = symbol(matrix.verdict(row, column)).to_string();
            line.push_str(&format!("  {}", padded(&mark, cell(column))));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
