//! Definite assignment: an `immutable` is set on every path of `init`.

use crate::tree::{FunctionKind, Stmt, StmtKind, Unit};
use mc_container::access::VariableId;
use mc_container::manifest::EntryKind;
use mc_syntax::diagnostic::Diagnostic;
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
            Some(init) => report.also(init.span, "this `init` may leave it unset"),
            None => report.label("there is no `init`"),
        };
        diagnostics.push(match init {
            Some(_) => report.help(format!("write `self.{} = …;` in `init`", state.name)),
            None => report
                .help(format!("give it a value here, or declare `init(…) {{ self.{} = …; }}`", state.name)),
        });
    }
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
