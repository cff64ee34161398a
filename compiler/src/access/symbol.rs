//! Symbolic execution: what expressions come to.

use super::analyse::Analyser;
use super::flow::Symbol;
use super::terms::{apply, bounded, is_cheap};
use crate::ir::{BufferId, Expr, ExprKind, Home, Known, Piece, Place, is_number};
use crate::tree::Comparison;
use mc_container::access::{Op, Term};
use mc_container::arithmetic::Operation;
use mc_container::compute::Computation;
use mc_container::value::Scalar;

impl Analyser<'_> {
    pub(super) fn pieces(&mut self, pieces: &[Piece]) {
        for piece in pieces {
            self.expr(piece.head());
        }
    }

    pub(super) fn exprs(&mut self, exprs: &[Expr]) -> Vec<Symbol> {
        exprs.iter().map(|expr| self.expr(expr)).collect()
    }

    pub(super) fn expr(&mut self, expr: &Expr) -> Symbol {
        match &expr.kind {
            ExprKind::Const(value) => bounded(Term::leaf(Op::Const(expr.ty, *value))),
            ExprKind::Local(local) => {
                let state = self.state.as_ref()?;
                state.facts.apply(state.get(*local))
            }
            ExprKind::Known(known) => of_known(*known),
            ExprKind::Load(place) => self.load(place),
            ExprKind::Element(buffer, index, part) => {
                let ty = index.ty;
                let index = self.expr(index);
                self.element(*buffer, (index, ty), *part)
            }
            ExprKind::Compute(computation, pieces, failure) => {
                let operands: Vec<Symbol> = pieces.iter().map(|piece| self.expr(piece.head())).collect();
                self.fail_otherwise(failure);
                computed(computation, pieces, operands)
            }
            ExprKind::Not(_) | ExprKind::Compare(..) | ExprKind::And(..) | ExprKind::Or(..) => {
                self.condition(expr).symbol
            }
            ExprKind::TextLength(operand) => {
                self.expr(operand);
                None
            }
            ExprKind::Arithmetic(operation, left, right, failure) => {
                let (left, right) = (self.expr(left), self.expr(right));
                self.fail_otherwise(failure);
                let op = Op::Arithmetic(*operation, expr.ty);
                bounded(left?.as_ref().clone().binary(right?.as_ref(), op))
                    .filter(|_| expr.ty != Scalar::U256)
            }
            ExprKind::Cast(operand, failure) => {
                let value = self.expr(operand);
                self.fail_otherwise(failure);
                cast(value, operand.ty, expr.ty)
            }
            ExprKind::If(condition, then, otherwise, _) => self.choice(condition, then, otherwise),
            ExprKind::Do(stmts, value) => {
                self.stmts(stmts);
                self.expr(value)
            }
        }
    }

    /// A scalar of an element of a list: known for the lists among the parameters.
    fn element(&mut self, buffer: BufferId, (index, ty): (Symbol, Scalar), part: u32) -> Symbol {
        let buffer = self.body.buffer(buffer)?;
        let Home::Argument { first, .. } = buffer.home else { return None };
        let first = first.checked_add(u16::try_from(part).ok()?)?;
        let stride = u16::try_from(buffer.element.len()).ok()?;
        let index = index?;
        if let [Op::Const(_, value)] = index.0.as_slice()
            && value.low() < u64::from(buffer.max)
        {
            let number = u16::try_from(value.low()).ok()?.checked_mul(stride)?.checked_add(first)?;
            return bounded(Term::leaf(Op::Param(number)));
        }
        bounded(index.as_ref().clone().unary(Op::Element { index: ty, first, stride, turns: buffer.max }))
    }
}

/// The value in another type; what is no number keeps its bits.
fn cast(value: Symbol, from: Scalar, to: Scalar) -> Symbol {
    if !is_number(from) || !is_number(to) {
        return value;
    }
    let wide = from == Scalar::U256 || to == Scalar::U256;
    bounded(value?.as_ref().clone().unary(Op::Cast(from, to))).filter(|_| !wide)
}

fn of_known(known: Known) -> Symbol {
    let op = match known {
        Known::Caller => Op::Caller,
        Known::Now => Op::Now,
        Known::SelfAddress => Op::SelfAddress { instance: 0 },
        Known::Via => Op::Via,
        Known::IsStep | Known::Height | Known::TxId => return None,
    };
    bounded(Term::leaf(op))
}

/// What the host computes, where all of its operands are scalars that are known.
fn computed(computation: &Computation, pieces: &[Piece], operands: Vec<Symbol>) -> Symbol {
    if let Computation::Fresh { site, depth } = computation {
        return apply(Op::Fresh { step: 0, site: *site, depth: *depth }, operands);
    }
    let scalars = pieces.iter().all(|piece| matches!(piece, Piece::Scalar(_)));
    let whole = scalars && operands.len() == computation.operands().len();
    if whole && is_cheap(computation) { apply(Op::Compute(computation.clone()), operands) } else { None }
}

/// `cell >= amount` or `amount <= cell`.
pub(super) fn threshold(condition: &Expr) -> Option<(&Place, &Expr)> {
    let ExprKind::Compare(comparison, left, right) = &condition.kind else { return None };
    let (cell, amount) = match comparison {
        Comparison::GreaterEqual => (left, right),
        Comparison::LessEqual => (right, left),
        _ => return None,
    };
    match &cell.kind {
        ExprKind::Load(place) => Some((place, amount)),
        _ => None,
    }
}

/// `cell + amount <= limit`, or less than that.
#[derive(Clone, Copy)]
pub(super) struct Ceiling<'e> {
    pub(super) place: &'e Place,
    pub(super) amount: Option<&'e Expr>,
    pub(super) limit: &'e Expr,
    pub(super) is_strict: bool,
}

/// A ceiling, however it is written: `cell <= limit`, `limit >= cell + amount`, `amount <= limit - cell`.
pub(super) fn ceiling(condition: &Expr) -> Option<Ceiling<'_>> {
    let ExprKind::Compare(comparison, left, right) = &condition.kind else { return None };
    let (small, big, is_strict) = match comparison {
        Comparison::LessEqual => (left, right, false),
        Comparison::Less => (left, right, true),
        Comparison::GreaterEqual => (right, left, false),
        Comparison::Greater => (right, left, true),
        _ => return None,
    };
    let (small, big): (&Expr, &Expr) = (small, big);
    let of = |place, amount, limit| Some(Ceiling { place, amount, limit, is_strict });
    match (&small.kind, &big.kind) {
        (ExprKind::Load(place), _) => of(place, None, big),
        (ExprKind::Arithmetic(Operation::Add, left, right, None), _) => match (&left.kind, &right.kind) {
            (ExprKind::Load(place), _) => of(place, Some(right.as_ref()), big),
            (_, ExprKind::Load(place)) => of(place, Some(left.as_ref()), big),
            _ => None,
        },
        (_, ExprKind::Arithmetic(Operation::Subtract, limit, cell, None)) => match &cell.kind {
            ExprKind::Load(place) => of(place, Some(small), limit.as_ref()),
            _ => None,
        },
        _ => None,
    }
}

/// True for an expression that reads no cell and does nothing, so that it can be evaluated in any order.
pub(super) fn is_pure(expr: &Expr) -> bool {
    is_pure_over(expr, |_| false)
}

/// The same, where it may read the cells that `may_read` lets it.
pub(super) fn is_pure_over(expr: &Expr, may_read: impl Fn(&Place) -> bool + Copy) -> bool {
    let is_pure = |expr: &Expr| is_pure_over(expr, may_read);
    match &expr.kind {
        ExprKind::Load(place) => may_read(place),
        ExprKind::Do(..) | ExprKind::Compute(..) => false,
        ExprKind::Element(_, operand, _) | ExprKind::TextLength(operand) => is_pure(operand),
        ExprKind::Not(operand) => is_pure(operand),
        ExprKind::Arithmetic(_, left, right, failure) => failure.is_none() && is_pure(left) && is_pure(right),
        ExprKind::Cast(operand, failure) => failure.is_none() && is_pure(operand),
        ExprKind::Compare(_, left, right) | ExprKind::And(left, right, _) | ExprKind::Or(left, right, _) => {
            is_pure(left) && is_pure(right)
        }
        ExprKind::If(condition, then, otherwise, _) => {
            is_pure(condition) && is_pure(then) && is_pure(otherwise)
        }
        _ => true,
    }
}
