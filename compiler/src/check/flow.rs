//! Definite assignment: an `immutable` is set on every path of `init`.

use crate::tree::{FunctionKind, Stmt, StmtKind, Unit};
use mc_container::access::VariableId;
use mc_container::manifest::EntryKind;
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::Span;
use std::collections::BTreeSet;

/// Reports every immutable that may stay unset.
pub(crate) fn check(unit: &Unit, diagnostics: &mut Vec<Diagnostic>) {
    let init = unit.functions.iter().find(|f| f.kind == FunctionKind::Callable(EntryKind::Init));
    let set = init.map(|init| assigned(&init.body)).unwrap_or_default();
    for state in &unit.states {
        if !state.immutable || state.initialised || set.contains(&state.cells.first()) {
            continue;
        }
        let message = format!("`{}` is not set on every path of `init`", state.name);
        let mut report = Diagnostic::error("E0211", state.span, message).label("never changes after `init`");
        report = match init {
            Some(init) => match left_unset(&init.body, state.cells.first()) {
                Some((span, how)) => report.also(span, how),
                None => report.also(init.span, "this `init` never sets it"),
            },
            None => report.label("there is no `init`"),
        };
        diagnostics.push(match init {
            Some(_) => report.help(format!("write `self.{} = …;` in `init`", state.name)),
            None => report
                .help(format!("give it a value here, or declare `init(…) {{ self.{} = …; }}`", state.name)),
        });
    }
}

/// The place where a way through `init` leaves the path on which a variable is set, and how.
fn left_unset(stmts: &[Stmt], variable: Option<VariableId>) -> Option<(Span, &'static str)> {
    stmts.iter().find_map(|stmt| match &stmt.kind {
        StmtKind::Return(_) => Some((stmt.span, "unset where this is reached")),
        StmtKind::If(condition, then, otherwise) => match (sets(then, variable), sets(otherwise, variable)) {
            (true, false) => Some((condition.span, "unset where this is false")),
            (false, true) => Some((condition.span, "unset where this is true")),
            _ => left_unset(then, variable).or_else(|| left_unset(otherwise, variable)),
        },
        StmtKind::For(repeat) if sets(&repeat.body, variable) => {
            Some((repeat.from.span.to(repeat.to.span), "unset where this loop takes no turn"))
        }
        _ => None,
    })
}

/// True if every way through `stmts` that goes on or returns sets the variable.
fn sets(stmts: &[Stmt], variable: Option<VariableId>) -> bool {
    let mut returned = None;
    let end = follow(stmts, Some(Assigned::new()), &mut returned);
    meet(end, returned).is_none_or(|set| set.contains(&variable))
}

type Assigned = BTreeSet<Option<VariableId>>;

/// What every way through `init` assigns; a way that aborts deploys nothing and does not count.
fn assigned(body: &[Stmt]) -> Assigned {
    let mut returned = None;
    let end = follow(body, Some(Assigned::new()), &mut returned);
    meet(end, returned).unwrap_or_default()
}

/// What is assigned after `stmts`, or `None` where control does not come; `returned` collects the `return`s.
fn follow(stmts: &[Stmt], mut set: Option<Assigned>, returned: &mut Option<Assigned>) -> Option<Assigned> {
    for stmt in stmts {
        match &stmt.kind {
            StmtKind::Store(place, _) => set.iter_mut().for_each(|set| {
                set.insert(place.cells.first());
            }),
            StmtKind::If(_, then, otherwise) => {
                let then = follow(then, set.clone(), returned);
                set = meet(then, follow(otherwise, set, returned));
            }
            // A loop may take no turn at all.
            StmtKind::For(repeat) => drop(follow(&repeat.body, set.clone(), returned)),
            StmtKind::Return(_) => *returned = meet(returned.take(), set.take()),
            StmtKind::Abort(_) | StmtKind::Break | StmtKind::Continue => set = None,
            _ => {}
        }
    }
    set
}

/// What both ways assign; a way that does not come assigns everything.
fn meet(a: Option<Assigned>, b: Option<Assigned>) -> Option<Assigned> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.intersection(&b).copied().collect()),
        (one, other) => one.or(other),
    }
}
