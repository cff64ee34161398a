//! Taking out what nobody uses: values that are computed, cannot fail, and are never read.
//!
//! A snapshot of a composite value loads every cell of it; what remains after this pass are the cells whose
//! values are used, so that only those enter the access formulas.

use super::edit::{self, Edit};
use super::walk::{self, Node};
use super::{Action, Body, BufferId, Expr, ExprKind, Piece, Stmt};
use crate::tree::LocalId;
use mc_container::compute::Computation;
use std::collections::BTreeSet;

/// Passes over a body, at most; each takes out what only the ones before it kept in use.
const PASSES_MAX: usize = 32;

/// Takes out of `body` what nobody uses.
pub fn prune(body: &mut Body) {
    for _ in 0..PASSES_MAX {
        let mut sweep = Sweep { used: Used::of(&body.stmts), swept: false };
        edit::stmts(&mut body.stmts, &mut sweep);
        if !sweep.swept {
            return;
        }
    }
}

/// What is read somewhere.
#[derive(Default)]
struct Used {
    locals: BTreeSet<LocalId>,
    buffers: BTreeSet<BufferId>,
}

impl Used {
    fn of(stmts: &[Stmt]) -> Self {
        let mut used = Self::default();
        walk::stmts(stmts, &mut |node| match node {
            Node::Expr(Expr { kind: ExprKind::Local(local), .. }) => {
                used.locals.insert(*local);
            }
            Node::Expr(Expr { kind: ExprKind::Element(buffer, ..), .. })
            | Node::Piece(Piece::List(_, buffer)) => {
                used.buffers.insert(*buffer);
            }
            _ => {}
        });
        used
    }
}

struct Sweep {
    used: Used,
    /// Something has been taken out.
    swept: bool,
}

impl Edit for Sweep {
    fn stmts(&mut self, stmts: &mut Vec<Stmt>) {
        let before = stmts.len();
        stmts.retain(|stmt| !is_useless(stmt, &self.used));
        self.swept |= stmts.len() < before;
    }
}

fn is_useless(stmt: &Stmt, used: &Used) -> bool {
    match &stmt.does {
        Action::Set(local, value) => !used.locals.contains(local) && is_idle(value),
        Action::SetElement(buffer, index, _, value) => {
            !used.buffers.contains(buffer) && is_idle(index) && is_idle(value)
        }
        Action::Labelled(_, body) => body.is_empty(),
        Action::Try(attempt) => attempt.body.is_empty(),
        Action::If(condition, then, otherwise) => {
            then.is_empty() && otherwise.is_empty() && is_idle(condition)
        }
        Action::Repeat(repeat) => {
            repeat.certain && repeat.body.is_empty() && is_idle(&repeat.from) && is_idle(&repeat.to)
        }
        _ => false,
    }
}

/// True for an expression that does nothing but have a value.
fn is_idle(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Const(_) | ExprKind::Local(_) | ExprKind::Known(_) => true,
        ExprKind::Load(place) => place.keys.iter().all(is_idle),
        ExprKind::Element(_, operand, _) | ExprKind::TextLength(operand) | ExprKind::Not(operand) => {
            is_idle(operand)
        }
        ExprKind::Compare(_, left, right) | ExprKind::And(left, right, _) | ExprKind::Or(left, right, _) => {
            is_idle(left) && is_idle(right)
        }
        ExprKind::If(condition, then, otherwise, _) => {
            is_idle(condition) && is_idle(then) && is_idle(otherwise)
        }
        ExprKind::Compute(computation, pieces, _) => {
            !can_fail(computation) && pieces.iter().all(|piece| is_idle(piece.head()))
        }
        ExprKind::Do(stmts, value) => stmts.is_empty() && is_idle(value),
        ExprKind::Arithmetic(..) | ExprKind::Cast(..) => false,
    }
}

fn can_fail(computation: &Computation) -> bool {
    matches!(computation, Computation::Arithmetic(..) | Computation::Cast(..) | Computation::MulDiv(_))
}
