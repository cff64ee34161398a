//! Sums of unsigned numbers, to compare what is taken with what may be.

use ethnum::I256;
use mc_container::access::{Op, Term};
use mc_container::arithmetic::Operation;
use mc_container::value::Scalar;
use std::collections::BTreeMap;

/// A constant, and terms with how often each is counted. Every term is a number that is not negative.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum {
    parts: BTreeMap<Term, I256>,
    constant: I256,
}

impl Sum {
    /// A number.
    pub(super) fn constant(constant: I256) -> Self {
        Self { parts: BTreeMap::new(), constant }
    }

    /// What an unsigned term is worth where it does not trap.
    pub(super) fn of(term: &Term) -> Option<Self> {
        let parts = term.parts()?;
        let inner: Vec<Term> = parts.iter().map(|part| Term(part.to_vec())).collect();
        match (term.0.last()?, inner.as_slice()) {
            (Op::Const(ty, value), []) if is_unsigned(*ty) => Some(Self::constant(value.number(*ty))),
            (Op::Arithmetic(Operation::Add, ty), [left, right]) if is_unsigned(*ty) => {
                Self::of(left)?.plus(&Self::of(right)?)
            }
            (Op::Arithmetic(Operation::Subtract, ty), [left, right]) if is_unsigned(*ty) => {
                Self::of(left)?.less(&Self::of(right)?)
            }
            (Op::Arithmetic(Operation::Multiply, ty), [left, right]) if is_unsigned(*ty) => {
                let (left, right) = (Self::of(left)?, Self::of(right)?);
                match (left.as_constant(), right.as_constant()) {
                    (Some(times), _) => right.times(times),
                    (_, Some(times)) => left.times(times),
                    _ => Some(Self::atom(term)),
                }
            }
            (Op::Cast(from, to), [value]) if is_unsigned(*from) && is_unsigned(*to) => Self::of(value),
            (Op::Widen(ty), [value]) if is_unsigned(*ty) => Self::of(value),
            _ => Some(Self::atom(term)),
        }
    }

    fn atom(term: &Term) -> Self {
        Self { parts: BTreeMap::from([(term.clone(), I256::ONE)]), constant: I256::ZERO }
    }

    fn as_constant(&self) -> Option<I256> {
        self.parts.is_empty().then_some(self.constant)
    }

    /// The number, if it is one and nothing else.
    pub(super) fn is_zero(&self) -> bool {
        self.as_constant() == Some(I256::ZERO)
    }

    /// True unless it is more than any amount, whatever the terms are.
    pub(super) fn is_amount(&self) -> bool {
        self.constant <= Scalar::U128.range().1
    }

    /// Each term with how often it is counted, and the constant.
    pub(super) fn parts(&self) -> (impl Iterator<Item = (&Term, I256)>, I256) {
        (self.parts.iter().map(|(term, count)| (term, *count)), self.constant)
    }

    fn combine(&self, other: &Self, with: impl Fn(I256, I256) -> Option<I256>) -> Option<Self> {
        let mut parts = BTreeMap::new();
        for term in self.parts.keys().chain(other.parts.keys()) {
            let count = |sum: &Self| sum.parts.get(term).copied().unwrap_or(I256::ZERO);
            let count = with(count(self), count(other))?;
            if count != I256::ZERO {
                parts.insert(term.clone(), count);
            }
        }
        Some(Self { parts, constant: with(self.constant, other.constant)? })
    }

    pub(super) fn plus(&self, other: &Self) -> Option<Self> {
        self.combine(other, I256::checked_add)
    }

    pub(super) fn less(&self, other: &Self) -> Option<Self> {
        self.combine(other, I256::checked_sub)
    }

    /// No less than either of the two.
    pub(super) fn or(&self, other: &Self) -> Option<Self> {
        if self.is_within(other) {
            return Some(other.clone());
        }
        if other.is_within(self) {
            return Some(self.clone());
        }
        self.combine(other, |a, b| Some(a.max(b)))
    }

    pub(super) fn times(&self, times: I256) -> Option<Self> {
        self.combine(&Self::default(), |count, _| count.checked_mul(times))
    }

    /// True if every term of it is one of `other`'s, those that are divided by a constant aside.
    pub(super) fn speaks_of(&self, other: &Self) -> bool {
        let known = |term: &Term| {
            other.parts.contains_key(term)
                || quotient(term)
                    .is_some_and(|(whole, _)| Self::of(&whole).is_some_and(|whole| whole.speaks_of(other)))
        };
        self.parts.keys().all(known)
    }

    /// True if it is at most `most`, whatever the terms are.
    pub(super) fn is_within(&self, most: &Self) -> bool {
        let fits = |sum: &Self| most.less(sum).is_some_and(|left| left.is_never_negative());
        fits(self) || self.rejoined().is_some_and(|sum| fits(&sum))
    }

    /// True if it is never negative, and more than 0 as soon as some term is.
    pub(super) fn is_positive(&self) -> bool {
        self.is_never_negative() && !self.is_zero()
    }

    fn is_never_negative(&self) -> bool {
        self.constant >= I256::ZERO && self.parts.values().all(|count| *count >= I256::ZERO)
    }

    /// The same or more, with `n` times `x / c` as so many times `x`.
    fn rejoined(&self) -> Option<Self> {
        let mut sum = Self::constant(self.constant);
        for (term, count) in &self.parts {
            let part = match quotient(term) {
                Some((whole, by)) if *count > I256::ZERO => {
                    let times = count.checked_add(by)?.checked_sub(I256::ONE)?.checked_div(by)?;
                    Self::of(&whole)?.times(times)?
                }
                _ => Self::atom(term).times(*count)?,
            };
            sum = sum.plus(&part)?;
        }
        Some(sum)
    }
}

/// `x` and `c` of `x / c`, where `c` is a constant above 0.
fn quotient(term: &Term) -> Option<(Term, I256)> {
    let Op::Arithmetic(Operation::Divide, ty) = term.0.last()? else { return None };
    let parts = term.parts()?;
    let [whole, [Op::Const(_, by)]] = parts.as_slice() else { return None };
    let by = by.number(*ty);
    (is_unsigned(*ty) && by > I256::ZERO).then(|| (Term(whole.to_vec()), by))
}

fn is_unsigned(ty: Scalar) -> bool {
    ty.is_number() && !ty.is_signed()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use mc_container::value::Value;

    const U: Scalar = Scalar::U128;

    fn param(number: u16) -> Term {
        Term::leaf(Op::Param(number))
    }

    fn constant(number: u64) -> Term {
        Term::leaf(Op::Const(U, Value::from_u64(number)))
    }

    fn of(term: &Term) -> Sum {
        Sum::of(term).unwrap()
    }

    #[test]
    fn sums_are_compared_term_by_term() {
        let fee = param(0).binary(&constant(3), Op::Arithmetic(Operation::Add, U));
        assert!(of(&param(0)).is_within(&of(&fee)));
        assert!(!of(&fee).is_within(&of(&param(0))));
        assert!(!of(&param(0)).is_within(&of(&param(1))));
        let twice = param(0).binary(&constant(2), Op::Arithmetic(Operation::Multiply, U));
        assert_eq!(of(&twice), of(&param(0)).plus(&of(&param(0))).unwrap());
        assert!(
            of(&param(0)).or(&of(&param(1))).unwrap().is_within(&of(&param(0)).plus(&of(&param(1))).unwrap())
        );
        assert!(of(&twice).less(&of(&param(0))).unwrap().is_positive());
    }

    #[test]
    fn the_greater_of_two_ways_stands_for_both() {
        let half = param(0).binary(&constant(2), Op::Arithmetic(Operation::Divide, U));
        assert_eq!(of(&half).or(&of(&param(0))), Some(of(&param(0))));
        assert_eq!(of(&param(0)).or(&of(&half)), Some(of(&param(0))));
    }

    #[test]
    fn shares_add_up_to_no_more_than_the_whole() {
        let eighth = param(0).binary(&constant(8), Op::Arithmetic(Operation::Divide, U));
        let shares = |count: i64| of(&eighth).times(I256::from(count)).unwrap();
        assert!(shares(8).is_within(&of(&param(0))));
        assert!(!shares(9).is_within(&of(&param(0))));
        assert!(shares(1).is_within(&of(&eighth)) && !of(&param(0)).is_within(&shares(8)));
        assert!(shares(3).speaks_of(&of(&param(0))) && !shares(3).speaks_of(&of(&param(1))));
    }
}
