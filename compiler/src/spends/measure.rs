//! How much a term can be at most, in the terms that a bound speaks of.

use super::sum::Sum;
use crate::access::Orders;
use ethnum::I256;
use mc_container::access::{Op, Term};

/// How often one known order may lead to the next.
const ORDERS_MAX: u8 = 3;

/// What is known where an amount is taken, and what it is to be compared with.
#[derive(Clone, Copy)]
pub(super) struct Measure<'m> {
    pub(super) orders: &'m Orders,
    /// `None` where any terms will do.
    pub(super) bound: Option<&'m Sum>,
}

impl Measure<'_> {
    /// A sum that an unsigned number never exceeds.
    pub(super) fn amount(self, term: &Term) -> Option<Sum> {
        self.within(term, ORDERS_MAX)
    }

    fn within(self, term: &Term, orders: u8) -> Option<Sum> {
        let sum = Sum::of(term)?;
        if self.bound.is_none_or(|bound| sum.speaks_of(bound)) {
            return Some(sum);
        }
        let orders = orders.checked_sub(1)?;
        let mut known = self.orders.most(term).filter_map(|most| self.within(most, orders));
        known.next().or_else(|| self.part_by_part(term, &sum, orders))
    }

    /// Each part of a sum is at most what it is known to be.
    fn part_by_part(self, term: &Term, sum: &Sum, orders: u8) -> Option<Sum> {
        let (parts, constant) = sum.parts();
        let mut most = Sum::constant(constant);
        for (part, count) in parts {
            if part == term || count < I256::ZERO {
                return None;
            }
            most = most.plus(&self.within(part, orders)?.times(count)?)?;
        }
        Some(most)
    }

    /// A sum that is never less than what a change takes away which is `low`, a signed number, or more.
    pub(super) fn taken(self, low: &Term) -> Option<Sum> {
        let (op, parts) = taken_apart(low)?;
        match (op, parts.as_slice()) {
            (Op::Widen(ty), [_]) => (!ty.is_signed()).then(Sum::default),
            (Op::WideSubtract, [from, less]) if is_never_negative(from) => self.at_most(less),
            (Op::WideAdd, [left, right]) => self.taken(left)?.plus(&self.taken(right)?),
            (Op::WideMax, [left, right]) => self.taken(left).or_else(|| self.taken(right)),
            (Op::WideMin, [left, right]) | (Op::Select, [_, left, right]) => {
                self.taken(left)?.or(&self.taken(right)?)
            }
            _ => None,
        }
    }

    /// A sum that a signed number never exceeds.
    fn at_most(self, term: &Term) -> Option<Sum> {
        let (op, parts) = taken_apart(term)?;
        match (op, parts.as_slice()) {
            (Op::Widen(ty), [value]) if !ty.is_signed() => self.amount(value),
            (Op::WideSubtract, [from, less]) if is_never_negative(less) => self.at_most(from),
            (Op::WideAdd, [left, right]) => self.at_most(left)?.plus(&self.at_most(right)?),
            (Op::WideMin, [left, right]) => self.at_most(left).or_else(|| self.at_most(right)),
            (Op::WideMax, [left, right]) | (Op::Select, [_, left, right]) => {
                self.at_most(left)?.or(&self.at_most(right)?)
            }
            _ => None,
        }
    }
}

fn is_never_negative(term: &Term) -> bool {
    let Some((op, parts)) = taken_apart(term) else { return false };
    match (op, parts.as_slice()) {
        (Op::Widen(ty), [_]) => !ty.is_signed(),
        (Op::WideAdd | Op::WideMin, [left, right]) | (Op::Select, [_, left, right]) => {
            is_never_negative(left) && is_never_negative(right)
        }
        (Op::WideMax, [left, right]) => is_never_negative(left) || is_never_negative(right),
        _ => false,
    }
}

/// The outermost operation of a term, and its operands.
fn taken_apart(term: &Term) -> Option<(&Op, Vec<Term>)> {
    let parts = term.parts()?.into_iter().map(|part| Term(part.to_vec())).collect();
    Some((term.0.last()?, parts))
}
