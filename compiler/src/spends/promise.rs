//! What an entry of an interface promises to take from its caller at most.

use crate::tree::{Expr, ExprKind, Function, LocalId};
use mc_container::access::{Op, Spend, Term};
use mc_container::ty::Type;

/// The bounds that an entry without a body declares, over its parameters.
pub(super) fn promises(function: &Function) -> Vec<Spend> {
    let promise = |spend: &crate::tree::Spend| {
        Some(Spend { asset: spend.asset.clone(), most: term_of(&spend.most, function)? })
    };
    function.spends.iter().filter_map(promise).collect()
}

fn term_of(expr: &Expr, function: &Function) -> Option<Term> {
    match &expr.kind {
        ExprKind::Const(values) => match (values.as_slice(), expr.ty.scalar()) {
            ([value], Some(ty)) => Some(Term::leaf(Op::Const(ty, *value))),
            _ => None,
        },
        ExprKind::Local(_) | ExprKind::Field(..) => {
            expr.ty.scalar()?;
            Some(Term::leaf(Op::Param(u16::try_from(place(expr, function)?).ok()?)))
        }
        ExprKind::Arithmetic(operation, left, right, None) => {
            let op = Op::Arithmetic(*operation, expr.ty.scalar()?);
            Some(term_of(left, function)?.binary(&term_of(right, function)?, op))
        }
        ExprKind::Cast(value, None) => {
            let op = Op::Cast(value.ty.scalar()?, expr.ty.scalar()?);
            Some(term_of(value, function)?.unary(op))
        }
        _ => None,
    }
}

/// The number of the first scalar of a parameter, or of a part of it.
fn place(expr: &Expr, function: &Function) -> Option<usize> {
    match &expr.kind {
        ExprKind::Local(LocalId(number)) => {
            let before = function.param_locals().get(..*number as usize)?;
            Some(before.iter().map(|local| local.ty.scalar_count()).sum())
        }
        ExprKind::Field(of, number) => {
            let Type::Struct(ty) = &of.ty else { return None };
            let before = ty.fields.get(..*number as usize)?;
            Some(place(of, function)? + before.iter().map(|field| field.ty.scalar_count()).sum::<usize>())
        }
        _ => None,
    }
}
