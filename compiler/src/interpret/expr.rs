//! What an expression is worth.

use super::body::{Body, scalar_of, zeros};
use super::failure::{Run, Stop};
use super::scalar;
use super::session::{Data, Datum};
use super::shape::{field_range, payload_range};
use crate::tree::{Comparison, Context, Expr, ExprKind, Failure as Otherwise};
use mc_container::address::Address;
use mc_container::arithmetic;
use mc_container::compute::{self, Computation, fresh_id};
use mc_container::error::SystemError;
use mc_container::text::{text_of, text_words};
use mc_container::ty::{TEXT_LENGTH_BYTES, Type};
use mc_container::value::{Scalar, Value};
use std::ops::Range;

/// The bits of a text's first word that are its length.
const TEXT_LENGTH_MASK: u64 = (1 << (8 * TEXT_LENGTH_BYTES)) - 1;

fn truth(truth: bool) -> Value {
    Value::from_u64(u64::from(truth))
}

fn one(value: Value) -> Data {
    vec![value.into()]
}

impl<'p> Body<'_, '_, 'p> {
    /// The scalars of several values, one after the other.
    pub(super) fn flat(&mut self, exprs: &'p [Expr]) -> Run<Data> {
        let mut data = Vec::new();
        for expr in exprs {
            data.extend(self.expr(expr)?);
        }
        Ok(data)
    }

    /// The value of an expression that has one scalar, used for something.
    pub(super) fn scalar(&mut self, expr: &'p Expr) -> Run<Value> {
        match self.expr(expr)?.as_slice() {
            [datum] => Ok(self.session.observe(datum)),
            _ => Err(Stop::Broken("a value of several scalars where one is needed")),
        }
    }

    pub(super) fn is_true(&mut self, condition: &'p Expr) -> Run<bool> {
        let holds = self.scalar(condition)?.is_true();
        self.session.branch(condition.span, holds);
        Ok(holds)
    }

    pub(super) fn expr(&mut self, expr: &'p Expr) -> Run<Data> {
        Ok(match &expr.kind {
            ExprKind::Const(values) => values.iter().copied().map(Datum::from).collect(),
            ExprKind::Local(local) => self.local(*local)?.clone(),
            ExprKind::Context(context) => self.context(*context),
            ExprKind::Load(place) => self.load(place, &expr.ty)?,
            ExprKind::Not(operand) => one(truth(!self.is_true(operand)?)),
            ExprKind::Arithmetic(operation, left, right, otherwise) => {
                let ty = scalar_of(&expr.ty)?;
                let (left, right) = (self.scalar(left)?, self.scalar(right)?);
                one(self.checked(arithmetic::checked(*operation, ty, left, right), otherwise)?)
            }
            ExprKind::Cast(operand, otherwise) => self.cast(operand, &expr.ty, otherwise)?,
            ExprKind::Compare(comparison, left, right) => {
                let ty = &left.ty;
                let (left, right) = (self.expr(left)?, self.expr(right)?);
                one(truth(self.compare(*comparison, ty, &left, &right)?))
            }
            ExprKind::And(left, right) => one(truth(self.is_true(left)? && self.is_true(right)?)),
            ExprKind::Or(left, right) => one(truth(self.is_true(left)? || self.is_true(right)?)),
            ExprKind::If(condition, then, otherwise) => {
                let taken = if self.is_true(condition)? { then } else { otherwise };
                self.expr(taken)?
            }
            ExprKind::Call(callee, args) => {
                let before = self.numbers.map_or(0, |numbers| numbers.before(expr));
                self.call_own((*callee, args), before, expr.span)?
            }
            ExprKind::Compute(Computation::Fresh { .. }, ..) => one(self.fresh_id(expr)?),
            ExprKind::Compute(computation, args, otherwise) => {
                let operands = self.flat(args)?;
                let operands = self.observe_all(&operands);
                one(self.checked(computation.run(&operands, self.knows()), otherwise)?)
            }
            ExprKind::Record(parts) => self.flat(parts)?,
            ExprKind::Field(whole, field) => self.part(whole, field_range(&whole.ty, *field))?,
            ExprKind::Variant(tag, payload) => self.variant(&expr.ty, *tag, payload)?,
            ExprKind::Tag(whole) => self.part(whole, Some(0..1))?,
            ExprKind::Payload(whole, variant, field) => {
                self.part(whole, payload_range(&whole.ty, *variant, *field))?
            }
            ExprKind::List(elements) => self.list(&expr.ty, elements)?,
            ExprKind::Length(whole) => self.length_of(whole)?,
            ExprKind::Element(list, index, otherwise) => self.element(list, index, otherwise)?,
            ExprKind::Contains(value, list) => one(truth(self.contains(value, list)?)),
            ExprKind::Amount(asset) | ExprKind::Held(asset) => self.expr(asset)?,
            ExprKind::Block(stmts, value) => {
                // Control leaves no block in the middle of an expression.
                self.stmts(stmts)?;
                self.expr(value)?
            }
            ExprKind::Outer(call) => {
                let values = self.outer(call, expr.span)?;
                values.into_iter().map(Datum::from).collect()
            }
            ExprKind::Spec(spec) => self.spec(spec, &expr.ty)?,
            ExprKind::Balance(who) => {
                let who = Address::from_value(self.scalar(who)?);
                one(Value::from_u128(self.world()?.balance_of(who)))
            }
        })
    }

    fn part(&mut self, whole: &'p Expr, range: Option<Range<usize>>) -> Run<Data> {
        let data = self.expr(whole)?;
        let part = range.and_then(|range| data.get(range));
        part.map(<[Datum]>::to_vec).ok_or(Stop::Broken("a part that a value does not have"))
    }

    fn length_of(&mut self, whole: &'p Expr) -> Run<Data> {
        let length = self.part(whole, Some(0..1))?;
        match whole.ty {
            // The first word of a text begins with its length.
            Type::String(_) => {
                let words = self.observe_all(&length);
                Ok(words.iter().map(|word| Value::from_u64(word.low() & TEXT_LENGTH_MASK).into()).collect())
            }
            _ => Ok(length),
        }
    }

    fn context(&self, context: Context) -> Data {
        let around = &self.session.around;
        one(match context {
            Context::Caller => self.actor.value(),
            Context::Now => Value::from_u64(self.now()),
            Context::SelfAddress => self.running.container.value(),
            Context::Via => {
                let via = self.running.via.map_or(Value::ZERO, Address::value);
                return vec![truth(self.running.via.is_some()).into(), via.into()];
            }
            Context::Height => Value::from_u64(self.height()),
            Context::TxId => Value::from_bytes(&around.tx_id),
        })
    }

    /// What a computation knows about this call.
    fn knows(&self) -> compute::Context {
        let tx_id = Value::from_bytes(&self.session.around.tx_id);
        compute::Context { tx_id, step: self.running.step }
    }

    fn fresh_id(&self, expr: &Expr) -> Run<Value> {
        let before = self.numbers.map_or(0, |numbers| numbers.before(expr));
        let number = |(value, ty): &(Value, Scalar)| arithmetic::cast(*value, *ty, Scalar::U64);
        let turns: Result<Vec<Value>, SystemError> = self.turns.iter().map(number).collect();
        let compute::Context { tx_id, step } = self.knows();
        match turns {
            Ok(turns) => Ok(fresh_id(tx_id, step, self.fresh.saturating_add(before), &turns)),
            Err(error) => self.system(error),
        }
    }

    fn cast(&mut self, operand: &'p Expr, to: &Type, otherwise: &'p Otherwise) -> Run<Data> {
        let data = self.expr(operand)?;
        match (&operand.ty, to) {
            (from, to) if from == to => Ok(data),
            (Type::String(longest), Type::String(max)) => {
                let text = text_of(&self.observe_all(&data), *longest);
                let text = text.ok_or(Stop::Broken("a text that is none"))?;
                let words = text_words(&text, *max).ok_or(SystemError::CastOverflow);
                Ok(self.checked(words, otherwise)?.into_iter().map(Datum::from).collect())
            }
            (from, to) => {
                let values = self.observe_all(&data);
                let [value] = values.as_slice() else {
                    return Err(Stop::Broken("a conversion of several scalars"));
                };
                let outcome = scalar::cast(*value, scalar_of(from)?, scalar_of(to)?);
                Ok(one(self.checked(outcome, otherwise)?))
            }
        }
    }

    /// True if two values compare so; everything but numbers is equal or not, and nothing else.
    pub(super) fn compare(
        &mut self,
        comparison: Comparison,
        ty: &Type,
        left: &[Datum],
        right: &[Datum],
    ) -> Run<bool> {
        let (left, right) = (self.observe_all(left), self.observe_all(right));
        match (comparison, left.as_slice(), right.as_slice()) {
            (Comparison::Equal, ..) => Ok(left == right),
            (Comparison::NotEqual, ..) => Ok(left != right),
            (_, [left], [right]) => Ok(scalar::compares(comparison, scalar_of(ty)?, *left, *right)),
            _ => Err(Stop::Broken("an order among values that have none")),
        }
    }

    fn variant(&mut self, ty: &Type, tag: u8, payload: &'p [Expr]) -> Run<Data> {
        let mut data = zeros(ty);
        for (at, field) in (0..).zip(payload) {
            let value = self.expr(field)?;
            let range = payload_range(ty, tag, at).and_then(|range| data.get_mut(range));
            put(range, value)?;
        }
        put(data.get_mut(0..1), one(Value::from_u64(u64::from(tag))))?;
        Ok(data)
    }
}

/// Puts a value where a part of another is.
pub(super) fn put(part: Option<&mut [Datum]>, value: Data) -> Run<()> {
    match part {
        Some(part) if part.len() == value.len() => {
            part.iter_mut().zip(value).for_each(|(to, from)| *to = from);
            Ok(())
        }
        _ => Err(Stop::Broken("a value that does not fit its place")),
    }
}
