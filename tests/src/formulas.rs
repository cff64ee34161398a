//! Access formulas as one line of text each, with the place in the source that makes them.

use mc_compiler::binding::Binder;
use mc_compiler::tree::{Function, FunctionKind, Program, Stmt, StmtKind, Unit, takes_steps};
use mc_compiler::{Compiled, Container};
use mc_container::access::show::{Instance, Names};
use mc_container::access::{Access, Delta, Mode};
use mc_syntax::source::Span;

/// One access of an entry, as text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// The first place that makes it.
    pub span: Span,
    /// `delta balances[caller] -amount need amount`
    pub text: String,
}

/// Everything the entry with this number declares: its own accesses, and those of its steps as the contracts
/// that its slots were written against make them.
///
/// # Panics
/// If the formulas do not link.
#[must_use]
pub fn of_entry(compiled: &Compiled, container: &Container, entry: usize) -> Vec<Line> {
    let binder = Binder { program: &compiled.program, containers: &compiled.containers };
    let binding = binder.written(container.unit).unwrap();
    let (unit, manifest) = (binding.unit, binding.manifest());
    let mut instances: Vec<Instance<'_>> = binding
        .instances()
        .into_iter()
        .map(|it| Instance { name: &it.name, manifest: it.manifest() })
        .collect();
    instances[0].name = "";
    let names = Names { params: &manifest.entries[entry].params, instances: &instances, mark: "" };
    let linked = binding.linked(entry).unwrap();
    let function =
        unit.functions.iter().find(|function| function.name == manifest.entries[entry].name).unwrap();
    let steps = steps_of(compiled, unit, function);
    let mut lines = Vec::new();
    for access in &linked.accesses {
        let span = match access.step {
            Some(step) => steps[usize::from(step)],
            None => {
                container.places[entry][usize::from(access.origin)].first().copied().unwrap_or(function.span)
            }
        };
        lines.push(Line { span, text: show(&names, access.instance, &access.access) });
    }
    lines
}

/// The place of a composition's own step for each step of a call, in the order of their numbers.
fn steps_of(compiled: &Compiled, unit: &Unit, function: &Function) -> Vec<Span> {
    fn collect(program: &Program, unit: &Unit, stmts: &[Stmt], steps: &mut Vec<Span>) {
        for stmt in stmts {
            match &stmt.kind {
                StmtKind::Step(_) => {
                    let count = program.places(unit, std::slice::from_ref(stmt));
                    steps.extend(std::iter::repeat_n(stmt.span, count as usize));
                }
                StmtKind::If(_, then, otherwise) => {
                    collect(program, unit, then, steps);
                    collect(program, unit, otherwise, steps);
                }
                StmtKind::For(repeat) if takes_steps(&repeat.body) => {
                    (0..repeat.turns_max).for_each(|_| collect(program, unit, &repeat.body, steps));
                }
                StmtKind::Try(attempt) => {
                    collect(program, unit, &attempt.body, steps);
                    collect(program, unit, &attempt.catch, steps);
                }
                StmtKind::Par(branches) => {
                    branches.iter().for_each(|branch| collect(program, unit, branch, steps));
                }
                _ => {}
            }
        }
    }
    let mut steps = Vec::new();
    collect(&compiled.program, unit, &function.body, &mut steps);
    steps
}

/// `mode place change need n room n for i in a..b if c`
#[must_use]
pub fn show(names: &Names<'_>, instance: u16, access: &Access) -> String {
    let mut text = format!("{} {}", names.mode(&access.mode), names.place(instance, access));
    if let Mode::Delta(delta) = &access.mode {
        text.push_str(&format!(" {}", names.change(delta)));
        if let Some(need) = names.need(delta) {
            text.push_str(&format!(" need {need}"));
        }
        if let Some(room) = names.room(delta) {
            text.push_str(&format!(" room {room}"));
        } else if let Some(peak) = peak(names, delta) {
            text.push_str(&format!(" peak {peak}"));
        }
    }
    let ranges = names.ranges(&access.ranges);
    if !ranges.is_empty() {
        text.push_str(&format!(" {ranges}"));
    }
    if let Some(when) = &access.when {
        text.push_str(&format!(" if {}", names.term(when)));
    }
    text
}

/// The peak, where it is not simply what is added.
fn peak(names: &Names<'_>, delta: &Delta) -> Option<String> {
    let (peak, high) = (names.term(&delta.peak), names.term(&delta.high));
    (peak != high && peak != "0").then_some(peak)
}

/// True for a function that a transaction can call.
#[must_use]
pub fn is_callable(function: &Function) -> bool {
    function.kind != FunctionKind::Internal
}
