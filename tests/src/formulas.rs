//! Access formulas as one line of text each, with the place in the source that makes them.

use mc_compiler::tree::{Behind, Function, FunctionKind, Program, Slot, Stmt, StmtKind, Unit, takes_steps};
use mc_compiler::{Compiled, Container};
use mc_container::access::link::{Bound, link};
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
    let unit = compiled.program.unit(container.unit).unwrap();
    let manifest = container.package.manifest();
    let slots = behind(compiled, unit, "");
    let mut instances = vec![Instance { name: "", manifest }];
    let all = all(&slots);
    instances.extend(
        all.iter().map(|slot| Instance { name: &slot.name, manifest: slot.container.package.manifest() }),
    );
    let names = Names { params: &manifest.entries[entry].params, instances: &instances, mark: "" };
    let bounds: Vec<Bound<'_>> = slots.iter().map(Slotted::bound).collect();
    let linked = link(&container.package.access()[entry], &bounds).unwrap();
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

/// What a slot is written against.
struct Slotted<'c> {
    name: String,
    container: &'c Container,
    slots: Vec<Self>,
}

impl<'c> Slotted<'c> {
    fn bound(&self) -> Bound<'c> {
        let package = &self.container.package;
        let slots = self.slots.iter().map(Self::bound).collect();
        Bound { manifest: package.manifest(), access: package.access(), slots }
    }
}

fn behind<'c>(compiled: &'c Compiled, unit: &Unit, way: &str) -> Vec<Slotted<'c>> {
    let slot = |slot: &Slot| {
        let of = |other: &&Container| Behind::Unit(other.unit) == slot.behind;
        let container = compiled.containers.iter().find(of).unwrap();
        let name = format!("{way}{}", slot.name);
        let inside = if slot.implied { way.to_owned() } else { format!("{name}.") };
        let slots = behind(compiled, compiled.program.unit(container.unit).unwrap(), &inside);
        Slotted { name, container, slots }
    };
    unit.slots.iter().map(slot).collect()
}

/// Everything behind slots, in the order in which linking numbers it.
fn all<'s, 'c>(slots: &'s [Slotted<'c>]) -> Vec<&'s Slotted<'c>> {
    let mut found: Vec<&Slotted<'c>> = slots.iter().collect();
    slots.iter().for_each(|slot| found.extend(all(&slot.slots)));
    found
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

/// `mode place change need n peak n for i in a..b if c`
#[must_use]
pub fn show(names: &Names<'_>, instance: u16, access: &Access) -> String {
    let mut text = format!("{} {}", names.mode(&access.mode), names.place(instance, access));
    if let Mode::Delta(delta) = &access.mode {
        text.push_str(&format!(" {}", names.change(delta)));
        if let Some(need) = names.need(delta) {
            text.push_str(&format!(" need {need}"));
        }
        if let Some(peak) = peak(names, delta) {
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
