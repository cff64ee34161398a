//! Symbolic execution: truths, and what follows from them where they hold and where they do not.

use super::analyse::Analyser;
use super::facts::Equality;
use super::flow::{Symbol, either_symbol};
use super::terms::{apply, both, negation};
use crate::ir::{Expr, ExprKind};
use crate::tree::Comparison;
use mc_container::access::{Op, Term};
use mc_container::value::Value;
use std::rc::Rc;

/// A truth, as far as it is known, and what is equal if it holds and if it does not.
#[derive(Clone, Debug, Default)]
pub(super) struct Condition {
    pub(super) symbol: Symbol,
    if_true: Vec<Equality>,
    if_false: Vec<Equality>,
}

impl Condition {
    fn known(symbol: Symbol) -> Self {
        let equal = |truth: Term| symbol.clone().map(|symbol| (symbol, Rc::new(truth)));
        let (if_true, if_false) = (equal(Term::always()), equal(Term::never()));
        Self { if_true: if_true.into_iter().collect(), if_false: if_false.into_iter().collect(), symbol }
    }

    fn not(self) -> Self {
        let symbol = self.symbol.as_deref().and_then(negation);
        Self { symbol, if_true: self.if_false, if_false: self.if_true }
    }

    fn compare(comparison: Comparison, symbol: Symbol, sides: Option<Equality>) -> Self {
        let sides: Vec<Equality> = sides.into_iter().collect();
        match comparison {
            Comparison::Equal => Self { symbol, if_true: sides, if_false: Vec::new() },
            Comparison::NotEqual => Self { symbol, if_true: Vec::new(), if_false: sides },
            _ => Self { symbol, if_true: Vec::new(), if_false: Vec::new() },
        }
    }
}

impl Analyser<'_> {
    /// Evaluates a truth.
    pub(super) fn condition(&mut self, expr: &Expr) -> Condition {
        match &expr.kind {
            ExprKind::Not(operand) => self.condition(operand).not(),
            ExprKind::Compare(comparison, left, right) => {
                let ty = left.ty;
                let (left, right) = (self.expr(left), self.expr(right));
                let symbol = apply(Op::Compare(*comparison, ty), [left.clone(), right.clone()]);
                Condition::compare(*comparison, symbol, left.zip(right))
            }
            ExprKind::And(left, right, _) => self.conjunction(left, right, false),
            ExprKind::Or(left, right, _) => self.conjunction(left, right, true).not(),
            ExprKind::If(condition, then, otherwise, _) if is_false(otherwise) => {
                self.conjunction(condition, then, false)
            }
            ExprKind::Do(stmts, value) => {
                self.stmts(stmts);
                self.condition(value)
            }
            _ => Condition::known(self.expr(expr)),
        }
    }

    /// Both, the second only if the first holds; of the opposites, if `opposite`.
    fn conjunction(&mut self, left: &Expr, right: &Expr, opposite: bool) -> Condition {
        let turned = |condition: Condition| if opposite { condition.not() } else { condition };
        let left = turned(self.condition(left));
        let mut second = Condition::default();
        self.arms(&left, |this| second = turned(this.condition(right)), |_| {});
        let symbol = match (&left.symbol, &second.symbol) {
            (Some(left), Some(right)) => both(left, right),
            _ => None,
        };
        let if_true = left.if_true.into_iter().chain(second.if_true).collect();
        Condition { symbol, if_true, if_false: Vec::new() }
    }

    /// One of two values.
    pub(super) fn choice(&mut self, condition: &Expr, then: &Expr, otherwise: &Expr) -> Symbol {
        let condition = self.condition(condition);
        let (mut a, mut b) = (None, None);
        self.arms(&condition, |this| a = this.expr(then), |this| b = this.expr(otherwise));
        either_symbol(condition.symbol.as_deref(), a, b)
    }

    /// Goes on where a condition holds, or where it does not.
    pub(super) fn assume(&mut self, condition: &Condition, truth: bool) {
        let Some(state) = &mut self.state else { return };
        let facts = if truth { &condition.if_true } else { &condition.if_false };
        facts.iter().for_each(|fact| state.facts.add(fact));
        let symbol = condition.symbol.as_deref();
        let holds = if truth { condition.symbol.clone() } else { symbol.and_then(negation) };
        holds.iter().for_each(|holds| state.orders.add(holds));
        state.conditions.extend(holds);
    }
}

fn is_false(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Const(value) if value == Value::ZERO)
}
