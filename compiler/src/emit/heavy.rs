//! Which loop makes an entry dear: for people, so a statement counts as one, whatever it does.

use crate::tree::{Expr, ExprKind, For, Function, Part, Stmt, StmtKind, Unit};
use mc_syntax::source::Span;

/// What some code weighs, and the heaviest loop in it: its place, and what all its turns weigh.
#[derive(Clone, Copy, Default)]
struct Weight {
    total: u64,
    heaviest: Option<(Span, u64)>,
}

/// The loop that most of the cost of `function` comes from, seen through the functions it calls. Of nested loops it
/// is the innermost one that still has more than half of what the one around it weighs.
pub(super) fn heaviest_loop(unit: &Unit, function: &Function) -> Option<Span> {
    body(unit, &function.body).heaviest.map(|(span, _)| span)
}

/// The loop that weighs most in all of a unit.
pub(super) fn heaviest_loop_of(unit: &Unit) -> Option<Span> {
    let callable = unit.functions.iter().filter(|function| function.is_callable());
    let all = callable.fold(Weight::default(), |sum, function| sum.and(body(unit, &function.body)));
    all.heaviest.map(|(span, _)| span)
}

fn body(unit: &Unit, stmts: &[Stmt]) -> Weight {
    stmts.iter().fold(Weight::default(), |sum, stmt| sum.and(of_stmt(unit, stmt)))
}

fn of_stmt(unit: &Unit, stmt: &Stmt) -> Weight {
    if let StmtKind::For(repeat) = &stmt.kind {
        return of_loop(repeat, body(unit, &repeat.body));
    }
    let mut weight = Weight { total: 1, heaviest: None };
    stmt.parts(&mut |part| weight = weight.and(of_part(unit, part)));
    match &stmt.kind {
        StmtKind::Call(callee, _) => weight.and(of_callee(unit, unit.function(*callee))),
        _ => weight,
    }
}

fn of_loop(repeat: &For, turn: Weight) -> Weight {
    let all_turns = |weight: u64| weight.saturating_mul(u64::from(repeat.turns_max));
    let total = all_turns(turn.total.saturating_add(1));
    let inner = turn.heaviest.map(|(span, weight)| (span, all_turns(weight)));
    let own = (repeat.from.span.to(repeat.to.span), total);
    let heaviest = inner.filter(|(_, weight)| *weight > total / 2).unwrap_or(own);
    Weight { total, heaviest: Some(heaviest) }
}

fn of_callee(unit: &Unit, callee: Option<&Function>) -> Weight {
    callee.map(|callee| body(unit, &callee.body)).unwrap_or_default()
}

fn of_part(unit: &Unit, part: Part<'_>) -> Weight {
    match part {
        Part::Stmt(stmt) => of_stmt(unit, stmt),
        Part::Expr(expr) => of_expr(unit, expr),
    }
}

fn of_expr(unit: &Unit, expr: &Expr) -> Weight {
    let mut weight = Weight { total: 1, heaviest: None };
    expr.parts(&mut |part| weight = weight.and(of_part(unit, part)));
    match &expr.kind {
        ExprKind::Call(callee, _) => weight.and(of_callee(unit, unit.function(*callee))),
        _ => weight,
    }
}

impl Weight {
    fn and(self, other: Self) -> Self {
        let heaviest = match (self.heaviest, other.heaviest) {
            (Some(one), Some(two)) => Some(if two.1 > one.1 { two } else { one }),
            (one, two) => one.or(two),
        };
        Self { total: self.total.saturating_add(other.total), heaviest }
    }
}
