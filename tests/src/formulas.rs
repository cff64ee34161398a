//! Access formulas as one line of text each, with the place in the source that makes them.

use mc_compiler::tree::{Behind, Function, FunctionKind, Stmt, StmtKind};
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
    let slots: Vec<&Container> = unit
        .slots
        .iter()
        .map(|slot| compiled.containers.iter().find(|other| Behind::Unit(other.unit) == slot.behind).unwrap())
        .collect();
    let mut instances = vec![Instance { name: "", manifest }];
    instances.extend(
        unit.slots
            .iter()
            .zip(&slots)
            .map(|(slot, bound)| Instance { name: &slot.name, manifest: bound.package.manifest() }),
    );
    let names = Names { params: &manifest.entries[entry].params, instances: &instances, mark: "" };
    let bounds: Vec<Bound<'_>> = slots
        .iter()
        .map(|bound| Bound {
            manifest: bound.package.manifest(),
            access: bound.package.access(),
            slots: Vec::new(),
        })
        .collect();
    let linked = link(&container.package.access()[entry], &bounds).unwrap();
    let function =
        unit.functions.iter().find(|function| function.name == manifest.entries[entry].name).unwrap();
    let steps = steps_of(function);
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

/// The places of a composition's steps, in the order of their numbers.
fn steps_of(function: &Function) -> Vec<Span> {
    fn collect(stmts: &[Stmt], steps: &mut Vec<Span>) {
        for stmt in stmts {
            match &stmt.kind {
                StmtKind::Step(_) => steps.push(stmt.span),
                StmtKind::If(_, then, otherwise) => {
                    collect(then, steps);
                    collect(otherwise, steps);
                }
                StmtKind::For(repeat) => collect(&repeat.body, steps),
                _ => {}
            }
        }
    }
    let mut steps = Vec::new();
    collect(&function.body, &mut steps);
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
