//! What a composition, or an entry of an interface, takes from its caller at most.

use super::{Expr, ExprKind, Function, LocalId};
use mc_container::access::{self, Op, Term};
use mc_container::ty::Type;
use mc_syntax::source::Span;

/// `spends gold.Unit <= limit`
#[derive(Clone, Debug)]
pub struct Spend {
    /// The asset, by the unit's name for it.
    pub asset: String,
    /// How much at most (`u128`), over the parameters.
    pub most: Expr,
    /// Its place.
    pub span: Span,
}

impl Function {
    /// What it takes from its caller at most, as formulas over its parameters.
    #[must_use]
    pub fn spend_terms(&self) -> Vec<access::Spend> {
        let formula = |spend: &Spend| {
            Some(access::Spend { asset: spend.asset.clone(), most: self.bound_term(&spend.most)? })
        };
        self.spends.iter().filter_map(formula).collect()
    }

    /// A bound as a term; `None` where it is made of more than parameters, constants and arithmetic.
    pub(crate) fn bound_term(&self, bound: &Expr) -> Option<Term> {
        let term = match &bound.kind {
            ExprKind::Const(values) => match (values.as_slice(), bound.ty.scalar()) {
                ([value], Some(ty)) => Term::leaf(Op::Const(ty, *value)),
                _ => return None,
            },
            ExprKind::Local(_) | ExprKind::Field(..) => {
                bound.ty.scalar()?;
                Term::leaf(Op::Param(u16::try_from(self.first_scalar(bound)?).ok()?))
            }
            ExprKind::Arithmetic(operation, left, right, None) => {
                let op = Op::Arithmetic(*operation, bound.ty.scalar()?);
                self.bound_term(left)?.binary(&self.bound_term(right)?, op)
            }
            ExprKind::Cast(value, None) => {
                let op = Op::Cast(value.ty.scalar()?, bound.ty.scalar()?);
                self.bound_term(value)?.unary(op)
            }
            _ => return None,
        };
        Some(term)
    }

    /// The number of the first scalar of a parameter, or of a part of it.
    fn first_scalar(&self, expr: &Expr) -> Option<usize> {
        match &expr.kind {
            ExprKind::Local(LocalId(number)) if *number < self.params => {
                let before = self.param_locals().get(..*number as usize)?;
                Some(before.iter().map(|local| local.ty.scalar_count()).sum())
            }
            ExprKind::Field(of, number) => {
                let Type::Struct(ty) = &of.ty else { return None };
                let before = ty.fields.get(..*number as usize)?;
                let skipped: usize = before.iter().map(|field| field.ty.scalar_count()).sum();
                Some(self.first_scalar(of)? + skipped)
            }
            _ => None,
        }
    }
}
