//! Definite assignment: an `immutable` is set on every path of `init`.

use super::stmt::ends;
use crate::tree::{FunctionKind, Stmt, StmtKind, Unit};
use mc_container::access::VariableId;
use mc_container::manifest::EntryKind;
use mc_syntax::diagnostic::Diagnostic;
use std::collections::BTreeSet;

/// Reports every immutable that may stay unset.
pub(crate) fn check(unit: &Unit, diagnostics: &mut Vec<Diagnostic>) {
    let init = unit.functions.iter().find(|f| f.kind == FunctionKind::Callable(EntryKind::Init));
    let set = init.map(|init| assigned(&init.body)).unwrap_or_default();
    for (number, variable) in (0..).map(VariableId).zip(&unit.variables) {
        let initialised = variable.default != mc_container::value::Value::ZERO;
        if !variable.immutable || initialised || set.contains(&number) {
            continue;
        }
        let message = format!("`{}` is not set on every path of `init`", variable.name);
        let mut report =
            Diagnostic::error("E0211", variable.span, message).label("never changes after `init`");
        report = match init {
            Some(init) => report.also(init.span, "this `init` may leave it unset"),
            None => report.label("there is no `init`"),
        };
        diagnostics.push(report.help(format!("write `self.{} = …;` in `init`", variable.name)));
    }
}

/// What every path through `stmts` assigns; a path that does not come out does not count.
fn assigned(stmts: &[Stmt]) -> BTreeSet<VariableId> {
    let mut set = BTreeSet::new();
    for stmt in stmts {
        match &stmt.kind {
            StmtKind::Store(place, _) => {
                set.insert(place.variable);
            }
            StmtKind::If(_, then, otherwise) => match (ends(then), ends(otherwise)) {
                (true, false) => set.extend(assigned(otherwise)),
                (false, true) => set.extend(assigned(then)),
                _ => set.extend(assigned(then).intersection(&assigned(otherwise))),
            },
            _ => {}
        }
    }
    set
}
