//! Locals that count the turns of a loop: `first` in its first turn, and 1 more in each that follows.

use super::analyse::Analyser;
use super::cells::bounded;
use super::flow::{State, Symbol};
use crate::ir::walk::{self, Node};
use crate::ir::{Expr, ExprKind, Label, Repeat, Stmt, is_number};
use crate::tree::LocalId;
use mc_container::access::{Op, Term};
use mc_container::arithmetic::Operation;
use mc_container::value::{Scalar, Value};
use std::rc::Rc;

impl Analyser<'_> {
    /// What each counter is at the start of a turn; `before` is the state before the loop, which starts at 0.
    pub(super) fn counters(
        &self,
        before: &State,
        repeat: &Repeat,
        index: Option<&Rc<Term>>,
    ) -> Vec<(LocalId, Symbol)> {
        let zero = matches!(repeat.from.kind, ExprKind::Const(value) if value == Value::ZERO);
        let Some(index) = index.filter(|_| zero) else { return Vec::new() };
        let counted = counted(&repeat.body).into_iter();
        counted
            .filter_map(|local| {
                let ty = self.body.locals.get(local.0 as usize).copied()?;
                let first = before.get(local)?;
                let cast = Op::Cast(repeat.from.ty, ty);
                let turns = index.as_ref().clone();
                let turns = if ty == repeat.from.ty { turns } else { turns.unary(cast) };
                let count = first.as_ref().clone().binary(&turns, Op::Arithmetic(Operation::Add, ty));
                Some((local, bounded(count)))
            })
            .collect()
    }
}

/// The locals that every turn sets once, to 1 more.
fn counted(body: &[Stmt]) -> Vec<LocalId> {
    let [Stmt::Labelled(turn, stmts)] = body else { return Vec::new() };
    if skips(*turn, stmts) {
        return Vec::new();
    }
    let counter = |stmt: &Stmt| match stmt {
        Stmt::Set(local, value) if is_next(*local, value) => Some(*local),
        _ => None,
    };
    let once = |local: &LocalId| {
        let mut sets = 0;
        walk::stmts(body, &mut |node| {
            sets += u32::from(matches!(node, Node::Stmt(Stmt::Set(set, _)) if set == local));
        });
        sets == 1
    };
    stmts.iter().filter_map(counter).filter(once).collect()
}

/// `local + 1`
fn is_next(local: LocalId, value: &Expr) -> bool {
    let ExprKind::Arithmetic(Operation::Add, left, right, _) = &value.kind else { return false };
    let counts = is_number(value.ty) && value.ty != Scalar::U256;
    let own = matches!(left.kind, ExprKind::Local(read) if read == local);
    counts && own && matches!(right.kind, ExprKind::Const(one) if one == Value::from_u64(1))
}

/// True if a turn may end before its last statement and another follow.
fn skips(turn: Label, stmts: &[Stmt]) -> bool {
    let mut found = false;
    walk::stmts(stmts, &mut |node| {
        found |= matches!(node, Node::Stmt(Stmt::Exit(label)) if *label == turn);
    });
    found
}
