//! Expressions: only the leaves that are wanted.

use super::list::{all_equal, compare};
use super::value::{self, Spot, Val, field, leaves, payload, whole, within, zero};
use super::{Lowered, Lowerer};
use crate::ir::{Action, Expr, ExprKind, Known, Piece, Stmt};
use crate::tree::{self, Comparison, Context, ExprKind as T};
use mc_container::compute::Computation;
use mc_container::ty::Type;
use mc_container::value::{Scalar, Value};
use mc_syntax::source::Span;
use std::ops::Range;

impl Lowerer<'_> {
    /// The leaves of a value; what must be done before they are used goes to `out`.
    pub(super) fn value(&mut self, expr: &tree::Expr, out: &mut Vec<Stmt>) -> Lowered<Vec<Val>> {
        self.part(expr, whole(&expr.ty), out)
    }

    /// A value of one scalar.
    pub(super) fn scalar(&mut self, expr: &tree::Expr, out: &mut Vec<Stmt>) -> Lowered<Expr> {
        let vals = self.value(expr, out)?;
        Ok(first(vals))
    }

    /// Some leaves of a value.
    fn part(&mut self, expr: &tree::Expr, range: Range<usize>, out: &mut Vec<Stmt>) -> Lowered<Vec<Val>> {
        self.count()?;
        let all = match &expr.kind {
            T::Local(local) => match self.frame.locals.get(local.0 as usize) {
                Some(spots) => return Ok(Self::read(spots.get(range).unwrap_or_default())),
                None => Vec::new(),
            },
            T::Load(place) => return self.load(place, range, out),
            T::Field(inner, number) => {
                let range = within(&field(&inner.ty, *number), range);
                return self.part(inner, range, out);
            }
            T::Payload(inner, tag, number) => {
                let range = within(&payload(&inner.ty, *tag, *number), range);
                return self.part(inner, range, out);
            }
            T::Tag(inner) => return self.part(inner, 0..1, out),
            T::Amount(inner) | T::Held(inner) => return self.part(inner, range, out),
            T::If(condition, then, otherwise) => {
                return self.choose((condition, then, otherwise), (&range, expr.span), out);
            }
            T::Block(stmts, value) => {
                self.stmts(stmts, out)?;
                return self.part(value, range, out);
            }
            T::Element(list, index, failure) => return self.element((list, index), range, failure, out),
            T::Const(values) => value::constant(&expr.ty, values),
            T::Context(context) => known(*context),
            T::Call(callee, args) => Self::read(&self.inline((*callee, expr.span), args, out)?),
            T::Record(fields) => self.sequence(fields, out)?.concat(),
            T::Variant(tag, fields) => self.variant(&expr.ty, *tag, fields, out)?,
            T::List(items) => vec![Val::List(self.literal(&expr.ty, items, out)?)],
            T::Cast(operand, failure) => self.cast(&expr.ty, operand, failure, out)?,
            _ => vec![Val::Scalar(self.plain(expr, out)?)],
        };
        if range.len() == all.len() {
            return Ok(all);
        }
        // What is left out may still fail.
        let all = self.settle(all, out)?;
        Ok(all.into_iter().skip(range.start).take(range.len()).collect())
    }

    /// An expression whose value is one scalar in any case.
    fn plain(&mut self, expr: &tree::Expr, out: &mut Vec<Stmt>) -> Lowered<Expr> {
        let ty = expr.ty.scalars().first().copied().unwrap_or(Scalar::Bool);
        let kind = match &expr.kind {
            T::Not(operand) => ExprKind::Not(Box::new(self.scalar(operand, out)?)),
            T::Arithmetic(operation, left, right, failure) => {
                let (left, right) = self.pair(left, right, out)?;
                ExprKind::Arithmetic(*operation, left, right, self.failure(failure)?)
            }
            T::Compare(comparison, left, right) => return self.comparison(*comparison, left, right, out),
            T::And(left, right) => {
                let left = Box::new(self.scalar(left, out)?);
                let right = Box::new(self.alone(right)?);
                ExprKind::And(left, right, Some(self.origin(expr.span)))
            }
            T::Or(left, right) => {
                let left = Box::new(self.scalar(left, out)?);
                let right = Box::new(self.alone(right)?);
                ExprKind::Or(left, right, Some(self.origin(expr.span)))
            }
            T::Compute(computation, args, failure) => self.compute(computation, args, failure, out)?,
            T::Length(inner) => return self.length(inner, out),
            T::Contains(value, list) => return self.contains(value, list, out),
            // A call of an instance stands only in tests; everything else has been lowered by its leaves.
            _ => ExprKind::Const(Value::ZERO),
        };
        Ok(Expr { kind, ty })
    }

    /// The length of a list, a text or a byte string.
    fn length(&mut self, inner: &tree::Expr, out: &mut Vec<Stmt>) -> Lowered<Expr> {
        let bytes = if let Type::Bytes(length) = inner.ty { Some(length) } else { None };
        let head = first(self.part(inner, 0..1, out)?);
        let kind = match (&inner.ty, bytes) {
            (_, Some(length)) => ExprKind::Const(Value::from_u64(u64::from(length))),
            (Type::String(_), _) => ExprKind::TextLength(Box::new(head)),
            _ => return Ok(head),
        };
        Ok(Expr { kind, ty: Scalar::U32 })
    }

    fn compute(
        &mut self,
        computation: &Computation,
        args: &[tree::Expr],
        failure: &tree::Failure,
        out: &mut Vec<Stmt>,
    ) -> Lowered<ExprKind> {
        if let Computation::Fresh { .. } = computation {
            return Ok(self.fresh_id());
        }
        let pieces = self.sent(args, out)?;
        let failure = self.failure(failure)?;
        Ok(ExprKind::Compute(Box::new(computation.clone()), pieces, failure))
    }

    /// An id of this place in the code, in these turns of the loops around.
    fn fresh_id(&mut self) -> ExprKind {
        let site = self.fresh_sites;
        self.fresh_sites = self.fresh_sites.saturating_add(1);
        let index = |(local, ty): &(tree::LocalId, Scalar)| {
            let index = Expr::local(*local, *ty);
            let cast = Expr { kind: ExprKind::Cast(Box::new(index.clone()), None), ty: Scalar::U64 };
            Piece::Scalar(if *ty == Scalar::U64 { index } else { cast })
        };
        let indexes: Vec<Piece> = self.indexes.iter().map(index).collect();
        let depth = u8::try_from(indexes.len()).unwrap_or(u8::MAX);
        ExprKind::Compute(Box::new(Computation::Fresh { site, depth }), indexes, None)
    }

    /// A variant with its payload; the payloads of all others are zero.
    fn variant(
        &mut self,
        ty: &Type,
        tag: u8,
        fields: &[tree::Expr],
        out: &mut Vec<Stmt>,
    ) -> Lowered<Vec<Val>> {
        let tag_type = if matches!(ty, Type::Option(_)) { Scalar::Bool } else { Scalar::U8 };
        let mut vals: Vec<Val> = leaves(ty).into_iter().map(zero).collect();
        if let Some(slot) = vals.first_mut() {
            *slot = Val::Scalar(Expr::constant(Value::from_u64(u64::from(tag)), tag_type));
        }
        let content = self.sequence(fields, out)?;
        for (number, content) in (0..).zip(content) {
            let slots = vals.get_mut(payload(ty, tag, number)).unwrap_or_default();
            for (slot, val) in slots.iter_mut().zip(content) {
                *slot = val;
            }
        }
        Ok(vals)
    }

    /// `operand as ty`; a longer text has more words, and what is no number keeps its limbs.
    fn cast(
        &mut self,
        ty: &Type,
        operand: &tree::Expr,
        failure: &tree::Failure,
        out: &mut Vec<Stmt>,
    ) -> Lowered<Vec<Val>> {
        let mut vals = self.value(operand, out)?;
        let wanted = leaves(ty);
        if let ([value::Leaf::Scalar(to)], [Val::Scalar(scalar)]) = (wanted.as_slice(), vals.as_slice()) {
            if scalar.ty == *to {
                return Ok(vals);
            }
            let operand = Box::new(scalar.clone());
            let kind = ExprKind::Cast(operand, self.failure(failure)?);
            return Ok(vec![Val::Scalar(Expr { kind, ty: *to })]);
        }
        vals.truncate(wanted.len());
        vals.extend(wanted.into_iter().skip(vals.len()).map(zero).collect::<Vec<_>>());
        Ok(vals)
    }

    fn comparison(
        &mut self,
        comparison: Comparison,
        left: &tree::Expr,
        right: &tree::Expr,
        out: &mut Vec<Stmt>,
    ) -> Lowered<Expr> {
        let scalars = |ty: &Type| leaves(ty).len() == 1;
        if scalars(&left.ty) && scalars(&right.ty) {
            let (left, right) = self.pair(left, right, out)?;
            return Ok(compare(comparison, *left, *right));
        }
        let mut sides = self.sequence([left, right], out)?.into_iter();
        let mut next = || sides.next().unwrap_or_default().into_iter().map(Val::into_scalar).collect();
        let (left, right): (Vec<Expr>, Vec<Expr>) = (next(), next());
        let (left, right) = (self.atoms(left, out)?, self.atoms(right, out)?);
        let equal = all_equal(&left, right);
        if comparison == Comparison::NotEqual {
            return Ok(Expr { kind: ExprKind::Not(Box::new(equal)), ty: Scalar::Bool });
        }
        Ok(equal)
    }

    /// `if c { a } else { b }`
    fn choose(
        &mut self,
        (condition, then, otherwise): (&tree::Expr, &tree::Expr, &tree::Expr),
        (range, span): (&Range<usize>, Span),
        out: &mut Vec<Stmt>,
    ) -> Lowered<Vec<Val>> {
        let condition = self.scalar(condition, out)?;
        let wanted: Vec<value::Leaf> =
            leaves(&then.ty).into_iter().skip(range.start).take(range.len()).collect();
        let (mut yes, mut no) = (Vec::new(), Vec::new());
        let a = self.part(then, range.clone(), &mut yes)?;
        let b = self.part(otherwise, range.clone(), &mut no)?;
        if let [value::Leaf::Scalar(ty)] = wanted.as_slice() {
            let arms = (Box::new(first(a).after(yes)), Box::new(first(b).after(no)));
            let kind = ExprKind::If(Box::new(condition), arms.0, arms.1, Some(self.origin(span)));
            return Ok(vec![Val::Scalar(Expr { kind, ty: *ty })]);
        }
        let mut spots = Vec::with_capacity(wanted.len());
        for leaf in wanted {
            spots.push(self.spot(leaf));
        }
        self.place_lists(&mut spots, &[], true);
        self.assign(&spots, a, &mut yes)?;
        self.assign(&spots, b, &mut no)?;
        self.push(Action::If(condition, yes, no), out)?;
        Ok(Self::read(&spots))
    }
}

fn first(vals: Vec<Val>) -> Expr {
    vals.into_iter().next().map_or_else(|| super::list::truth(false), Val::into_scalar)
}

/// The value of a leaf in a local.
pub(super) fn read_spot(spot: &Spot) -> Val {
    match spot {
        Spot::Scalar(local, ty) => Val::Scalar(Expr::local(*local, *ty)),
        Spot::List(spot) => {
            let list = value::empty(spot.element.clone(), spot.max);
            let length = Expr::local(spot.length, Scalar::U32);
            match spot.buffer {
                Some(buffer) => {
                    Val::List(value::List { length, items: value::Items::Buffer(buffer), ..list })
                }
                None => Val::List(list),
            }
        }
    }
}

/// The leaves of what the call knows about where it runs.
fn known(context: Context) -> Vec<Val> {
    let leaf = |known, ty| Val::Scalar(Expr { kind: ExprKind::Known(known), ty });
    match context {
        Context::Caller => vec![leaf(Known::Caller, Scalar::Address)],
        Context::Now => vec![leaf(Known::Now, Scalar::Time)],
        Context::SelfAddress => vec![leaf(Known::SelfAddress, Scalar::Address)],
        Context::Via => vec![leaf(Known::IsStep, Scalar::Bool), leaf(Known::Via, Scalar::Address)],
        Context::Height => vec![leaf(Known::Height, Scalar::U64)],
        Context::TxId => vec![leaf(Known::TxId, Scalar::Id)],
    }
}
