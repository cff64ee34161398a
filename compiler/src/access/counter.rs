//! Locals that count the turns of a loop: `first` in its first turn, and 1 more in each that follows.

use super::analyse::Analyser;
use super::flow::{State, Symbol};
use super::terms::bounded;
use crate::ir::walk::{self, Node};
use crate::ir::{Action, Expr, ExprKind, Label, Repeat, Stmt, is_number};
use crate::tree::LocalId;
use mc_container::access::{Op, Term};
use mc_container::arithmetic::Operation;
use mc_container::value::{Scalar, Value};

impl Analyser<'_> {
    /// What each counter is at the start of a turn; `before` is the state before the loop, `bounds` are the loop's
    /// first index and its index.
    pub(super) fn counters(
        &self,
        before: &State,
        repeat: &Repeat,
        bounds: Option<(&Term, &Term)>,
    ) -> Vec<(LocalId, Symbol)> {
        let Some((from, index)) = bounds else { return Vec::new() };
        let of = repeat.from.ty;
        let is_zero = matches!(from.0.as_slice(), [Op::Const(_, value)] if *value == Value::ZERO);
        let turns = if is_zero {
            index.clone()
        } else {
            index.clone().binary(from, Op::Arithmetic(Operation::Subtract, of))
        };
        let counted = counted(&repeat.body).into_iter();
        counted
            .filter_map(|(local, Step { operation, by, ty })| {
                let first = before.get(local)?;
                let turns = if ty == of { turns.clone() } else { turns.clone().unary(Op::Cast(of, ty)) };
                let step = Term::leaf(Op::Const(ty, by));
                let moved = if by == Value::from_u64(1) {
                    turns
                } else {
                    turns.binary(&step, Op::Arithmetic(Operation::Multiply, ty))
                };
                let count = first.as_ref().clone().binary(&moved, Op::Arithmetic(operation, ty));
                Some((local, bounded(count)))
            })
            .collect()
    }
}

/// By how much a turn moves a counter.
struct Step {
    operation: Operation,
    by: Value,
    ty: Scalar,
}

/// The locals that every turn sets once, to a constant more or less.
fn counted(body: &[Stmt]) -> Vec<(LocalId, Step)> {
    let [Stmt { does: Action::Labelled(turn, stmts), .. }] = body else { return Vec::new() };
    if skips(*turn, stmts) {
        return Vec::new();
    }
    let counter = |stmt: &Stmt| match &stmt.does {
        Action::Set(local, value) => Some((*local, step(*local, value)?)),
        _ => None,
    };
    let once = |(local, _): &(LocalId, Step)| {
        let mut sets = 0;
        walk::stmts(body, &mut |node| {
            sets +=
                u32::from(matches!(node, Node::Stmt(Stmt { does: Action::Set(set, _), .. }) if set == local));
        });
        sets == 1
    };
    stmts.iter().filter_map(counter).filter(once).collect()
}

/// `local + 4`, `local - 1`. What has moved so far lies between 0 and the counter's values if these are unsigned, so
/// the term fits where the code does; a signed counter moves by 1 only, for the same reason.
fn step(local: LocalId, value: &Expr) -> Option<Step> {
    let ExprKind::Arithmetic(operation, left, right, _) = &value.kind else { return None };
    let ty = value.ty;
    let own = matches!(left.kind, ExprKind::Local(read) if read == local);
    let ExprKind::Const(by) = right.kind else { return None };
    let counts = is_number(ty) && ty != Scalar::U256 && (!ty.is_signed() || by == Value::from_u64(1));
    let moves = matches!(operation, Operation::Add | Operation::Subtract);
    (own && counts && moves).then_some(Step { operation: *operation, by, ty })
}

/// True if a turn may end before its last statement and another follow.
fn skips(turn: Label, stmts: &[Stmt]) -> bool {
    let mut found = false;
    walk::stmts(stmts, &mut |node| {
        found |= matches!(node, Node::Stmt(Stmt { does: Action::Exit(label), .. }) if *label == turn);
    });
    found
}
