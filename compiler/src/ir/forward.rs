//! Taking out copies: a local that is only another name for a value is read as that value.
//!
//! Lowering copies whatever might change before it is used. Where the text sets a local once, to a constant or to
//! another local that is given a value at one place only, nothing can come between: a local is set before it is
//! read, so on every way to a reader the copy is made after the value it copies.

use super::edit::{self, Edit};
use super::walk::{self, Node};
use super::{Action, Bind, Body, Expr, ExprKind, Stmt};
use crate::tree::LocalId;
use std::collections::BTreeMap;

/// Replaces the copies of `body` by what they copy.
pub fn forward(body: &mut Body) {
    let copies = copies(body);
    edit::stmts(&mut body.stmts, &mut Forward { copies });
}

/// For each local that is a copy, the constant, the local or the known scalar it is one of.
fn copies(body: &Body) -> BTreeMap<LocalId, ExprKind> {
    let mut places: BTreeMap<LocalId, u32> = BTreeMap::new();
    let mut add = |local: LocalId| {
        let count = places.entry(local).or_default();
        *count = count.saturating_add(1);
    };
    body.inputs.iter().for_each(|input| add(input.local));
    let mut sets: Vec<(LocalId, ExprKind)> = Vec::new();
    walk::stmts(&body.stmts, &mut |node| match node {
        Node::Stmt(Stmt { does: Action::Set(local, value), .. }) => {
            add(*local);
            if let ExprKind::Const(_) | ExprKind::Local(_) | ExprKind::Known(_) = value.kind {
                sets.push((*local, value.kind.clone()));
            }
        }
        Node::Stmt(Stmt { does: Action::Repeat(repeat), .. }) => add(repeat.index),
        Node::Stmt(Stmt { does: Action::Try(attempt), .. }) => attempt.reason.into_iter().for_each(&mut add),
        Node::Stmt(Stmt { does: Action::Step(step), .. }) => step.bind.iter().for_each(|bind| {
            let (Bind::Scalar(local) | Bind::List(local, _)) = bind;
            add(*local);
        }),
        _ => {}
    });
    let once = |local: &LocalId| places.get(local) == Some(&1);
    let fixed = |kind: &ExprKind| !matches!(kind, ExprKind::Local(source) if !once(source));
    sets.into_iter().filter(|(local, kind)| once(local) && fixed(kind)).collect()
}

struct Forward {
    copies: BTreeMap<LocalId, ExprKind>,
}

impl Edit for Forward {
    fn expr(&mut self, expr: &mut Expr) {
        // A copy of a copy leads on; every step goes to a local that was set before.
        for _ in 0..self.copies.len() {
            let ExprKind::Local(local) = expr.kind else { return };
            let Some(source) = self.copies.get(&local) else { return };
            expr.kind = source.clone();
        }
    }
}
