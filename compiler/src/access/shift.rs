//! How far code moves a number that it only adds to: the delta algebra (02 §2.3, rule 3) on terms.

use mc_container::access::{Delta, Op, Term};
use mc_container::arithmetic::Operation;
use mc_container::value::{Scalar, Value};

/// The hull of a change and the head-room it uses on its way; every term is a signed 256-bit number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shift {
    pub(crate) low: Term,
    pub(crate) high: Term,
    pub(crate) need: Term,
    pub(crate) peak: Term,
}

impl Shift {
    /// No change.
    pub(crate) fn zero() -> Self {
        let zero = Term::wide_zero;
        Self { low: zero(), high: zero(), need: zero(), peak: zero() }
    }

    /// `cell += amount` or `cell -= amount`, with an amount of type `ty`.
    pub(crate) fn of(operation: Operation, amount: &Term, ty: Scalar) -> Self {
        let amount = amount.clone().unary(Op::Widen(ty));
        let change = match operation {
            Operation::Subtract => subtract(&Term::wide_zero(), &amount),
            _ => amount.clone(),
        };
        let (need, peak) = match (operation, ty.is_signed()) {
            (Operation::Subtract, false) => (amount, Term::wide_zero()),
            (_, false) => (Term::wide_zero(), amount),
            (_, true) => {
                let down = subtract(&Term::wide_zero(), &change);
                (max(&down, &Term::wide_zero()), max(&change, &Term::wide_zero()))
            }
        };
        Self { low: change.clone(), high: change, need, peak }
    }

    /// `cell += amount`, with an amount that only execution knows, of an asset: all cells together never exceed
    /// its supply, so nobody needs head-room.
    pub(crate) fn credit() -> Self {
        let Delta { low, high, need, peak } = Delta::any_credit();
        Self { low, high, need, peak }
    }

    /// `cell += amount` or `cell -= amount`, where the amount is at most `most`, a constant.
    pub(crate) fn up_to(operation: Operation, most: &Term, ty: Scalar) -> Self {
        Self::of(operation, most, ty).or(&Self::zero())
    }

    /// `cell >= amount`: needs head-room, changes nothing.
    pub(crate) fn threshold(amount: &Term, ty: Scalar) -> Self {
        Self { need: amount.clone().unary(Op::Widen(ty)), ..Self::zero() }
    }

    /// `cell + amount <= limit`: needs head-room above, changes nothing.
    ///
    /// What lies between the limit and the greatest value of the type counts as if it were used up.
    pub(crate) fn ceiling(amount: &Term, limit: &Term, is_strict: bool, ty: Scalar) -> Self {
        let wide = |term: &Term| term.clone().unary(Op::Widen(ty));
        let closed = wide(&greatest(ty)).binary(&wide(limit), Op::WideSubtract);
        let amount =
            if *amount == Term::leaf(Op::Const(ty, Value::ZERO)) { Term::wide_zero() } else { wide(amount) };
        let one = Term::leaf(Op::Const(Scalar::U64, Value::from_u64(1))).unary(Op::Widen(Scalar::U64));
        let peak = add(&amount, &closed);
        Self { peak: if is_strict { add(&peak, &one) } else { peak }, ..Self::zero() }
    }

    /// First `self`, then `next`.
    pub(crate) fn then(&self, next: &Self) -> Self {
        Self {
            low: add(&self.low, &next.low),
            high: add(&self.high, &next.high),
            need: max(&self.need, &subtract(&next.need, &self.low)),
            peak: max(&self.peak, &add(&self.high, &next.peak)),
        }
    }

    /// One of the two.
    pub(crate) fn or(&self, other: &Self) -> Self {
        Self {
            low: min(&self.low, &other.low),
            high: max(&self.high, &other.high),
            need: max(&self.need, &other.need),
            peak: max(&self.peak, &other.peak),
        }
    }

    /// The same change, where the way to it or another may use the other's head-room.
    pub(crate) fn reaching(self, other: &Self) -> Self {
        Self { need: max(&self.need, &other.need), peak: max(&self.peak, &other.peak), ..self }
    }

    /// The same change without a need, which is wrong.
    pub(crate) fn needless(self) -> Self {
        Self { need: Term::wide_zero(), ..self }
    }

    /// The delta of an access formula.
    pub(crate) fn delta(self) -> Delta {
        Delta { low: self.low, high: self.high, need: self.need, peak: self.peak }
    }

    /// The number of operations of the longest term.
    pub(crate) fn size(&self) -> usize {
        [&self.low, &self.high, &self.need, &self.peak]
            .into_iter()
            .map(|term| term.0.len())
            .max()
            .unwrap_or(0)
    }
}

fn is_zero(term: &Term) -> bool {
    *term == Term::wide_zero()
}

fn add(a: &Term, b: &Term) -> Term {
    match (negated(a), negated(b)) {
        _ if is_zero(a) => b.clone(),
        _ if is_zero(b) => a.clone(),
        (Some(a), Some(b)) => subtract(&Term::wide_zero(), &add(&a, &b)),
        (_, Some(b)) => a.clone().binary(&b, Op::WideSubtract),
        _ => a.clone().binary(b, Op::WideAdd),
    }
}

fn subtract(a: &Term, b: &Term) -> Term {
    match negated(b) {
        _ if is_zero(b) => a.clone(),
        Some(b) => add(a, &b),
        None => a.clone().binary(b, Op::WideSubtract),
    }
}

/// `x`, if `term` is `0 - x`.
fn negated(term: &Term) -> Option<Term> {
    let zero = Term::wide_zero();
    let rest = term.0.strip_prefix(zero.0.as_slice())?;
    let (last, inner) = rest.split_last()?;
    if *last != Op::WideSubtract {
        return None;
    }
    // INVARIANT: `inner` is one term, not the end of one operand and the whole of another.
    Some(Term(inner.to_vec())).filter(Term::is_well_formed)
}

/// The greater of two numbers.
fn max(a: &Term, b: &Term) -> Term {
    if at_least(a, b) {
        a.clone()
    } else if at_least(b, a) {
        b.clone()
    } else {
        a.clone().binary(b, Op::WideMax)
    }
}

/// True where the form of the terms shows that `a >= b`.
fn at_least(a: &Term, b: &Term) -> bool {
    let is_summand = is_unsigned(a)
        && a.0.split_last().is_some_and(|(last, rest)| {
            *last == Op::WideAdd && (rest.starts_with(&b.0) || rest.ends_with(&b.0))
        });
    let is_negative = |term: &Term| negated(term).is_some_and(|magnitude| is_unsigned(&magnitude));
    a == b || is_summand || is_zero(b) && is_unsigned(a) || is_zero(a) && is_negative(b)
}

fn min(a: &Term, b: &Term) -> Term {
    if at_least(a, b) {
        b.clone()
    } else if at_least(b, a) {
        a.clone()
    } else {
        a.clone().binary(b, Op::WideMin)
    }
}

/// True for sums and maxima of unsigned numbers, which are never negative, and for what such a number leaves of the
/// greatest of its type.
fn is_unsigned(term: &Term) -> bool {
    let parts = term.parts().unwrap_or_default();
    let both = || parts.iter().all(|part| is_unsigned(&Term(part.to_vec())));
    match (term.0.last(), parts.as_slice()) {
        (Some(Op::Widen(ty)), _) => !ty.is_signed(),
        (Some(Op::WideAdd | Op::WideMax), _) => both(),
        (Some(Op::WideSubtract), [all, part]) => match part.last() {
            Some(Op::Widen(ty)) => !ty.is_signed() && **all == *greatest(*ty).unary(Op::Widen(*ty)).0,
            _ => false,
        },
        _ => false,
    }
}

/// The greatest number of a type.
fn greatest(ty: Scalar) -> Term {
    Term::leaf(Op::Const(ty, Value::from_number(ty.range().1, ty).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn param(number: u16) -> Term {
        Term::leaf(Op::Param(number))
    }

    fn wide(number: u16) -> Term {
        param(number).unary(Op::Widen(Scalar::U64))
    }

    fn debit(number: u16) -> Shift {
        Shift::of(Operation::Subtract, &param(number), Scalar::U64)
    }

    fn credit(number: u16) -> Shift {
        Shift::of(Operation::Add, &param(number), Scalar::U64)
    }

    #[test]
    fn two_debits_need_their_sum() {
        let both = debit(0).then(&debit(1));
        assert_eq!(both.need, wide(1).binary(&wide(0), Op::WideAdd));
        assert_eq!(both.peak, Term::wide_zero());
    }

    #[test]
    fn a_credit_before_a_debit_lends_its_head_room() {
        let both = credit(0).then(&debit(1));
        let rest = wide(1).binary(&wide(0), Op::WideSubtract);
        assert_eq!(both.need, Term::wide_zero().binary(&rest, Op::WideMax));
    }

    #[test]
    fn a_credit_under_a_ceiling_needs_no_more_than_the_ceiling() {
        let limited = Shift::ceiling(&param(0), &param(1), false, Scalar::U64).then(&credit(0));
        let closed = greatest(Scalar::U64).unary(Op::Widen(Scalar::U64)).binary(&wide(1), Op::WideSubtract);
        assert_eq!(limited.peak, wide(0).binary(&closed, Op::WideAdd));
        assert_eq!((limited.need, limited.high), (Term::wide_zero(), wide(0)));
    }

    #[test]
    fn an_absent_arm_is_zero() {
        let maybe = credit(0).or(&Shift::zero());
        assert_eq!((maybe.low, maybe.high), (Term::wide_zero(), wide(0)));
    }

    #[test]
    fn arms_take_the_hull_not_the_sum() {
        let either = debit(0).or(&debit(1));
        assert_eq!(either.need, wide(0).binary(&wide(1), Op::WideMax));
    }
}
