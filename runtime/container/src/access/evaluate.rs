//! Access formulas to concrete cells: what one transaction may touch, known before it runs.

use super::{Delta, Footprint, Kind, Mode, Op, Permitted, Range, Span, Term, VariableId};
use crate::address::{EncodedKeys, VariableRoot};
use crate::arithmetic;
use crate::compute::{Computation, Context, fresh_id};
use crate::value::{Scalar, Value};
use ethnum::I256;

/// What a formula is evaluated over.
pub trait Environment {
    /// The parameter with this number.
    fn param(&self, number: u16) -> Option<Value>;
    /// The signer's address.
    fn caller(&self) -> Value;
    /// The block's time, in seconds.
    fn now(&self) -> Value;
    /// The transaction's id.
    fn tx_id(&self) -> Value;
    /// The address of the composition whose step is evaluated by itself; zero where none is running.
    fn via(&self) -> Value {
        Value::ZERO
    }
    /// The number of that step plus one; 0 where no composition is running.
    fn step(&self) -> u16 {
        0
    }
    /// The address of an instance: 0 is the container itself, the others as
    /// [`Bound::instances`](super::link::Bound::instances) numbers them.
    fn address(&self, instance: u16) -> Option<Value>;
    /// An immutable of an instance.
    fn immutable(&self, instance: u16, variable: VariableId) -> Option<Value>;
    /// What a cell of an instance held when the call began; `None` where that is not known.
    fn at(&self, _instance: u16, _variable: VariableId, _keys: &[Value]) -> Option<Value> {
        None
    }
}

/// Why a term has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// Execution of the same expression would abort, or the term is not well formed.
    Trapped,
    /// It depends on a cell whose value is not known.
    Unsettled,
}

/// The memory an [`Evaluator`] works in, which the next one may use again.
#[derive(Debug, Default)]
pub struct Scratch {
    indexes: Vec<Value>,
    stack: Vec<Option<Value>>,
    operands: Vec<Value>,
    keys: EncodedKeys,
}

/// Evaluates terms over an [`Environment`], reusing its stack.
pub struct Evaluator<'e, E: Environment> {
    environment: &'e E,
    with_locks: bool,
    /// The term that is evaluated asked for a cell whose value is not known.
    unsettled: bool,
    indexes: Vec<Value>,
    stack: Vec<Option<Value>>,
    operands: Vec<Value>,
    keys: EncodedKeys,
}

impl<'e, E: Environment> Evaluator<'e, E> {
    /// An evaluator over `environment`; `with_locks` asks for the locks above each cell, too.
    pub fn new(environment: &'e E, with_locks: bool) -> Self {
        Self::reusing(Scratch::default(), environment, with_locks)
    }

    /// An evaluator that works in the memory of an earlier one.
    pub fn reusing(scratch: Scratch, environment: &'e E, with_locks: bool) -> Self {
        let Scratch { indexes, stack, operands, keys } = scratch;
        Self { environment, with_locks, unsettled: false, indexes, stack, operands, keys }
    }

    /// Asks for the locks above each cell, or no longer.
    pub fn ask_for_locks(&mut self, with_locks: bool) {
        self.with_locks = with_locks;
    }

    /// The evaluator's memory, for the next one.
    pub fn into_scratch(self) -> Scratch {
        let Self { indexes, stack, operands, keys, .. } = self;
        Scratch { indexes, stack, operands, keys }
    }

    /// The value of `term` in turn `indexes` of the loops around it.
    ///
    /// # Errors
    /// A [`Gap`] where it has none.
    #[inline]
    pub fn term(&mut self, term: &Term) -> Result<Value, Gap> {
        // Most terms are no more than this.
        match term.0.as_slice() {
            [Op::Const(_, value)] => Ok(*value),
            [Op::Param(number)] => self.environment.param(*number).ok_or(Gap::Trapped),
            [Op::Caller] => Ok(self.environment.caller()),
            [Op::Index(number)] => self.index(*number).ok_or(Gap::Trapped),
            [Op::Index(number), Op::Element { first, stride, turns, .. }] => {
                self.element(self.index(*number), (*first, *stride, *turns)).ok_or(Gap::Trapped)
            }
            ops => self.run(ops),
        }
    }

    #[inline(never)]
    fn run(&mut self, ops: &[Op]) -> Result<Value, Gap> {
        self.stack.clear();
        self.unsettled = false;
        for op in ops {
            let value = self.step(op);
            self.stack.push(value);
        }
        let gap = if self.unsettled { Gap::Unsettled } else { Gap::Trapped };
        self.stack.pop().flatten().ok_or(gap)
    }

    /// What an operation leaves on the stack; `None` where it traps, which only [`Op::Select`] may leave aside.
    fn step(&mut self, op: &Op) -> Option<Value> {
        let environment = self.environment;
        match op {
            Op::Const(_, value) => Some(*value),
            Op::Param(number) => environment.param(*number),
            Op::Caller => Some(environment.caller()),
            Op::Now => Some(environment.now()),
            Op::SelfAddress { instance } => environment.address(*instance),
            Op::Immutable { instance, variable } => environment.immutable(*instance, *variable),
            Op::Index(number) => self.index(*number),
            Op::Element { first, stride, turns, .. } => {
                let index = self.pop();
                self.element(index, (*first, *stride, *turns))
            }
            Op::Fresh { step, site, depth } => {
                let step = if *step == 0 { environment.step() } else { *step };
                let tx_id = environment.tx_id();
                let indexes = self.pop_many(usize::from(*depth))?;
                Some(fresh_id(tx_id, step, *site, indexes))
            }
            Op::Via => Some(environment.via()),
            Op::At { instance, variable, keys } => {
                let value = environment.at(*instance, *variable, self.pop_many(usize::from(*keys))?);
                self.unsettled |= value.is_none();
                value
            }
            Op::Result { .. } | Op::Compute(Computation::Fresh { .. }) => None,
            Op::Compute(computation) => {
                let operands = self.pop_many(computation.arity())?;
                computation.run(operands, Context::default()).ok()
            }
            Op::Compare(comparison, ty) => {
                let (left, right) = self.pop_two()?;
                Some(Value::from_u64(comparison.holds(arithmetic::compare(*ty, left, right)).into()))
            }
            Op::Select => {
                let (otherwise, then) = (self.stack.pop()?, self.stack.pop()?);
                if self.pop()? == Value::ZERO { otherwise } else { then }
            }
            Op::Arithmetic(operation, ty) => {
                let (left, right) = self.pop_two()?;
                arithmetic::checked(*operation, *ty, left, right).ok()
            }
            Op::Cast(from, to) => arithmetic::cast(self.pop()?, *from, *to).ok(),
            Op::Widen(Scalar::U256) => None,
            Op::Widen(ty) => Some(Value::from_wide(self.pop()?.number(*ty))),
            Op::WideAdd => self.wide(I256::checked_add),
            Op::WideSubtract => self.wide(I256::checked_sub),
            Op::WideMax => self.wide(|a, b| Some(a.max(b))),
            Op::WideMin => self.wide(|a, b| Some(a.min(b))),
        }
    }

    /// The index of the loop with this number.
    #[inline]
    fn index(&self, number: u8) -> Option<Value> {
        self.indexes.get(usize::from(number)).copied()
    }

    /// The part of an element of a list, which may have no such element.
    #[inline]
    fn element(&self, index: Option<Value>, (first, stride, turns): (u16, u16, u32)) -> Option<Value> {
        self.environment.param(element(index?, first, stride, turns)?)
    }

    fn wide(&mut self, apply: impl Fn(I256, I256) -> Option<I256>) -> Option<Value> {
        let (left, right) = self.pop_two()?;
        apply(left.wide(), right.wide()).map(Value::from_wide)
    }

    fn pop(&mut self) -> Option<Value> {
        self.stack.pop().flatten()
    }

    /// Takes both from the stack, whether one has trapped or not.
    fn pop_two(&mut self) -> Option<(Value, Value)> {
        let (right, left) = (self.pop(), self.pop());
        left.zip(right)
    }

    fn pop_many(&mut self, count: usize) -> Option<&[Value]> {
        let start = self.stack.len().checked_sub(count)?;
        self.operands.clear();
        let mut trapped = false;
        self.operands.extend(self.stack.drain(start..).map(|value| {
            trapped |= value.is_none();
            value.unwrap_or_default()
        }));
        (!trapped).then_some(self.operands.as_slice())
    }

    /// Appends what one access resolves to; false, and nothing, where that depends on a cell that is not known.
    ///
    /// A condition that traps counts as true. A key that traps drops its turn: execution computes the same
    /// expression before it could reach the cell. A delta that traps becomes a write; so does one that depends
    /// on a cell that is not known, unless it is a credit that needs no head-room.
    #[must_use]
    pub fn access(&mut self, place: &Place<'_>, footprint: &mut Footprint) -> bool {
        let before = footprint.mark();
        self.indexes.clear();
        let known = match place.ranges {
            [] => self.touch(place, 0, footprint),
            ranges => self.turns(place, ranges, 0, footprint),
        };
        if known.is_none() {
            footprint.back_to(before);
            return false;
        }
        let is_exact = place.keys.len() == place.key_types.len();
        let locks = if self.with_locks { place.keys.len() } else { 0 };
        footprint.access(before, is_exact, locks);
        true
    }

    /// `None` where something depends on a cell that is not known.
    fn turns(
        &mut self,
        place: &Place<'_>,
        ranges: &[Range],
        outer: u32,
        footprint: &mut Footprint,
    ) -> Option<()> {
        let Some((range, inner)) = ranges.split_first() else { return Some(()) };
        let (Some(from), Some(to)) = (self.reach(&range.from)?, self.reach(&range.to)?) else {
            return Some(());
        };
        let Some(turns) = turns_between(from, to, range) else { return Some(()) };
        let (first, depth) = (outer.saturating_mul(range.turns_max), self.indexes.len());
        self.indexes.push(from);
        for turn in 0..turns {
            if let Some(index) = self.indexes.get_mut(depth) {
                *index = index_after(from, turn, range.ty);
            }
            let turn = first.saturating_add(turn);
            match inner {
                [] => self.touch(place, turn, footprint),
                inner => self.turns(place, inner, turn, footprint),
            }?;
        }
        self.indexes.truncate(depth);
        Some(())
    }

    /// The value of a term that a place is reached by: `None` where it is not known, `Some(None)` where it traps.
    #[inline]
    fn reach(&mut self, term: &Term) -> Option<Option<Value>> {
        match self.term(term) {
            Ok(value) => Some(Some(value)),
            Err(Gap::Trapped) => Some(None),
            Err(Gap::Unsettled) => None,
        }
    }

    #[inline]
    fn touch(&mut self, place: &Place<'_>, turn: u32, footprint: &mut Footprint) -> Option<()> {
        if let Some(when) = place.when
            && self.reach(when)? == Some(Value::ZERO)
        {
            return Some(());
        }
        let before = footprint.mark();
        let (mut reached, mut is_callers) = (true, false);
        if let ([key], [ty], false) = (place.keys, place.key_types, self.with_locks) {
            // Most maps have one level, and most cells no lock above them: a twentieth of all that evaluation does.
            match self.term(key) {
                Ok(value) => {
                    self.keys.only(*ty, value);
                    is_callers = *ty == Scalar::Address && value == self.environment.caller();
                }
                Err(Gap::Trapped) => reached = false,
                Err(Gap::Unsettled) => return None,
            }
        } else {
            (reached, is_callers) = self.reach_keys(place, footprint)?;
        }
        if reached {
            let permitted = self.permitted(place, footprint);
            footprint.touch((place.root, &self.keys), permitted, (turn, is_callers), before);
        } else {
            footprint.back_to_locks(before);
        }
        Some(())
    }

    /// Encodes the keys of a place, with the locks above it where they are asked for: whether all have a value, and
    /// whether one is the caller.
    fn reach_keys(&mut self, place: &Place<'_>, footprint: &mut Footprint) -> Option<(bool, bool)> {
        self.keys.clear();
        let (mut reached, mut is_callers) = (true, false);
        for (key, ty) in place.keys.iter().zip(place.key_types) {
            if self.with_locks {
                footprint.lock(place.root, &self.keys);
            }
            match self.reach(key)? {
                Some(value) => {
                    self.keys.push(*ty, value);
                    is_callers |= *ty == Scalar::Address && value == self.environment.caller();
                }
                None => reached = false,
            }
        }
        Some((reached, is_callers))
    }

    /// The keys of one turn of an access; `None` where one traps.
    pub fn keys_at(&mut self, place: &Place<'_>, turn: u32) -> Option<Vec<Value>> {
        self.indexes.clear();
        let mut rest = turn;
        let mut ranges = place.ranges;
        while let Some((range, inner)) = ranges.split_first() {
            let stride =
                inner.iter().fold(1_u32, |stride, range| stride.saturating_mul(range.turns_max)).max(1);
            let from = self.term(&range.from).ok()?.number(range.ty);
            let index = from.checked_add(I256::from(rest / stride))?;
            self.indexes.push(Value::from_number(index, range.ty)?);
            (rest, ranges) = (rest % stride, inner);
        }
        place.keys.iter().map(|key| self.term(key).ok()).collect()
    }

    #[inline]
    fn permitted(&mut self, place: &Place<'_>, footprint: &mut Footprint) -> Permitted {
        let delta = match place.mode {
            Mode::Read => return Permitted::still(Kind::Read),
            Mode::Write => return Permitted::still(Kind::Write),
            Mode::Max => return Permitted::still(Kind::Max),
            Mode::Min => return Permitted::still(Kind::Min),
            Mode::Delta(delta) => delta,
        };
        self.permitted_delta(delta, place, footprint)
    }

    #[inline(never)] // So that what most accesses need stays small.
    fn permitted_delta(&mut self, delta: &Delta, place: &Place<'_>, footprint: &mut Footprint) -> Permitted {
        let span = match self.span(delta) {
            // Whoever says that nothing is taken away takes nothing away.
            Ok(span) if place.is_credit => Span { low: span.low.max(I256::ZERO), ..span },
            Ok(span) => span,
            Err(Gap::Trapped) => return Permitted::still(Kind::Write),
            Err(Gap::Unsettled) => {
                footprint.is_provisional = true;
                if !place.is_credit {
                    return Permitted::still(Kind::Write);
                }
                Span::any_credit()
            }
        };
        Permitted::moving(span, &mut footprint.spans)
    }

    fn span(&mut self, delta: &Delta) -> Result<Span, Gap> {
        let low = self.amount(&delta.low)?;
        // Whoever moves a number once moves it by one amount.
        let high = self.amount_again(&delta.high, (&delta.low, low))?;
        let peak = self.amount_again(&delta.peak, (&delta.high, high))?;
        let need = self.amount(&delta.need)?;
        Ok(Span { low, high, need: need.max(I256::ZERO), peak: peak.max(I256::ZERO) })
    }

    /// The value of a term that is a signed 256-bit number.
    #[inline]
    fn amount(&mut self, term: &Term) -> Result<I256, Gap> {
        let param =
            |number, ty| self.environment.param(number).map(|value| value.number(ty)).ok_or(Gap::Trapped);
        // Most are nothing, what a parameter says, or that much less than nothing.
        match term.0.as_slice() {
            [Op::Const(_, Value::ZERO), Op::Widen(Scalar::U64)] => Ok(I256::ZERO),
            [Op::Param(number), Op::Widen(ty)] if *ty != Scalar::U256 => param(*number, *ty),
            [
                Op::Const(_, Value::ZERO),
                Op::Widen(Scalar::U64),
                Op::Param(number),
                Op::Widen(ty),
                Op::WideSubtract,
            ] if *ty != Scalar::U256 => Ok(-param(*number, *ty)?),
            ops => Ok(self.run(ops)?.wide()),
        }
    }

    /// The same where another term is known, which a long one may be equal to.
    #[inline]
    fn amount_again(&mut self, term: &Term, (known, value): (&Term, I256)) -> Result<I256, Gap> {
        if term.0.len() > 5 && term == known { Ok(value) } else { self.amount(term) }
    }
}

/// An access, ready to be evaluated: its formulas and where its variable's cells live.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Where the variable's cells live.
    pub root: VariableRoot,
    /// The type of each map level's key.
    pub key_types: &'a [Scalar],
    /// The keys, all of them or a prefix.
    pub keys: &'a [Term],
    /// What is done.
    pub mode: &'a Mode,
    /// The loops around it.
    pub ranges: &'a [Range],
    /// The condition under which it is reached.
    pub when: Option<&'a Term>,
    /// True for a credit that cannot fail, because all cells of an asset together hold its supply.
    pub is_credit: bool,
}

/// How many turns there are from one index to another; `None` where that is more than the range has.
#[inline]
fn turns_between(from: Value, to: Value, range: &Range) -> Option<u32> {
    let turns = if range.ty.limbs() == 1 && !range.ty.is_signed() {
        to.low().saturating_sub(from.low())
    } else {
        let turns = to.number(range.ty).checked_sub(from.number(range.ty)).unwrap_or(I256::ZERO);
        u64::try_from(turns.max(I256::ZERO)).unwrap_or(u64::MAX)
    };
    u32::try_from(turns).ok().filter(|turns| *turns <= range.turns_max)
}

/// The index so many turns after another, which is one of its type.
fn index_after(from: Value, turns: u32, ty: Scalar) -> Value {
    if ty.limbs() == 1 {
        return Value::from_u64(from.low().wrapping_add(turns.into()));
    }
    Value::from_number(from.number(ty) + I256::from(turns), ty).unwrap_or_default()
}

/// The parameter that holds the part of an element of a list. What is negative fills its limbs, so it is too great.
fn element(index: Value, first: u16, stride: u16, turns: u32) -> Option<u16> {
    let Value([low, 0, 0, 0]) = index else { return None };
    let index = u16::try_from(low).ok().filter(|_| low < u64::from(turns))?;
    index.checked_mul(stride)?.checked_add(first)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "tests")]
    use super::*;
    use crate::access::{Permission, Touch};
    use crate::address::{Address, CellKey};
    use crate::arithmetic::{Comparison, Operation};

    /// A call with some arguments, where cell `n` of variable 1 holds `n + 10`, unless it is not known.
    struct Around {
        params: Vec<u64>,
        unknown: Option<u64>,
    }

    impl Environment for Around {
        fn param(&self, number: u16) -> Option<Value> {
            self.params.get(usize::from(number)).copied().map(Value::from_u64)
        }

        fn caller(&self) -> Value {
            Value::ZERO
        }

        fn now(&self) -> Value {
            Value::ZERO
        }

        fn tx_id(&self) -> Value {
            Value::ZERO
        }

        fn address(&self, _instance: u16) -> Option<Value> {
            None
        }

        fn immutable(&self, _instance: u16, _variable: VariableId) -> Option<Value> {
            None
        }

        fn at(&self, _instance: u16, _variable: VariableId, keys: &[Value]) -> Option<Value> {
            let [key] = keys else { return None };
            (self.unknown != Some(key.low())).then(|| Value::from_u64(key.low() + 10))
        }
    }

    fn param(number: u16) -> Term {
        Term::leaf(Op::Param(number))
    }

    fn constant(value: u64) -> Term {
        Term::leaf(Op::Const(Scalar::U64, Value::from_u64(value)))
    }

    fn at(key: Term) -> Term {
        key.unary(Op::At { instance: 0, variable: VariableId(1), keys: 1 })
    }

    fn less(left: Term, right: &Term) -> Term {
        left.binary(right, Op::Compare(Comparison::Less, Scalar::U64))
    }

    fn minus(left: Term, right: &Term) -> Term {
        left.binary(right, Op::Arithmetic(Operation::Subtract, Scalar::U64))
    }

    fn root() -> VariableRoot {
        VariableRoot::new(Address::default(), "cells")
    }

    fn cell(key: u64) -> CellKey {
        root().cell(&key.to_le_bytes())
    }

    #[derive(Clone)]
    struct Formula {
        key: Term,
        mode: Mode,
        ranges: Vec<Range>,
        when: Option<Term>,
        is_credit: bool,
    }

    fn write(key: Term) -> Formula {
        Formula { key, mode: Mode::Write, ranges: Vec::new(), when: None, is_credit: false }
    }

    /// The cells and what may be done with them; `None` where they are not known. And whether all amounts are.
    fn touched(formula: &Formula, around: &Around) -> (Option<Vec<(CellKey, Permission)>>, bool) {
        let mut footprint = Footprint::default();
        let place = Place {
            root: root(),
            key_types: &[Scalar::U64],
            keys: std::slice::from_ref(&formula.key),
            mode: &formula.mode,
            ranges: &formula.ranges,
            when: formula.when.as_ref(),
            is_credit: formula.is_credit,
        };
        let known = Evaluator::new(around, true).access(&place, &mut footprint);
        footprint.name();
        assert_eq!(footprint.locks.len(), footprint.touches.len());
        let permission = |touch: &Touch| touch.permitted.permission(&footprint.spans);
        let touches =
            footprint.touches.iter().map(|touch| (*footprint.key(touch), permission(touch))).collect();
        (known.then_some(touches), !footprint.is_provisional)
    }

    fn cells(formula: &Formula, around: &Around) -> Option<Vec<CellKey>> {
        Some(touched(formula, around).0?.into_iter().map(|(key, _)| key).collect())
    }

    #[test]
    fn a_key_may_be_what_a_cell_holds() {
        let around = |unknown| Around { params: vec![3], unknown };
        assert_eq!(cells(&write(at(param(0))), &around(None)), Some(vec![cell(13)]));
        assert_eq!(cells(&write(at(at(param(0)))), &around(None)), Some(vec![cell(23)]));
        assert_eq!(cells(&write(at(at(param(0)))), &around(Some(13))), None);
        // What traps is not reached, whatever the rest would be.
        assert_eq!(cells(&write(at(minus(param(0), &constant(5)))), &around(None)), Some(vec![]));
        let range = |to| Range { ty: Scalar::U64, from: constant(0), to, turns_max: 20 };
        let each = Formula {
            ranges: vec![range(minus(at(param(0)), &constant(11)))],
            ..write(Term::leaf(Op::Index(0)))
        };
        assert_eq!(cells(&each, &around(None)), Some(vec![cell(0), cell(1)]));
        assert_eq!(cells(&each, &around(Some(3))), None);
    }

    #[test]
    fn indexes_and_elements_are_those_of_numbers() {
        for ty in Scalar::ALL.into_iter().filter(|ty| ty.is_number()) {
            let ends = [ty.range().0, I256::ZERO, ty.range().1 - I256::from(9)];
            for from in ends.into_iter().filter_map(|from| Value::from_number(from, ty)) {
                for turns in [0, 1, 9] {
                    let after = from.number(ty) + I256::from(turns);
                    let index = index_after(from, turns, ty);
                    assert_eq!(Some(index), Value::from_number(after, ty), "{ty}");
                    let within = (I256::ZERO..I256::from(5)).contains(&after);
                    let number = within.then(|| 3 + 2 * after.as_u16());
                    assert_eq!(element(index, 3, 2, 5), number, "{ty} {after}");
                }
            }
        }
        assert_eq!(element(Value([0, 0, 0, 1]), 0, 1, 5), None);
        assert_eq!(element(Value::from_u64(40_000), 0, 2, 50_000), None);
    }

    #[test]
    fn a_way_that_is_not_taken_does_not_count() {
        let choice = |around: &Around| {
            let term = less(param(0), &constant(5)).select(&at(param(0)), &minus(param(0), &constant(9)));
            Evaluator::new(around, false).term(&term)
        };
        let around = |number, unknown| Around { params: vec![number], unknown };
        assert_eq!(choice(&around(3, None)), Ok(Value::from_u64(13)));
        assert_eq!(choice(&around(3, Some(3))), Err(Gap::Unsettled));
        assert_eq!(choice(&around(10, Some(10))), Ok(Value::from_u64(1)));
        assert_eq!(choice(&around(7, None)), Err(Gap::Trapped));
        let operands = [constant(6), constant(7), constant(4)].into_iter().flat_map(|operand| operand.0);
        let mul_div = Term(operands.collect()).unary(Op::Compute(Computation::MulDiv(Scalar::U64)));
        assert_eq!(Evaluator::new(&around(0, None), false).term(&mul_div), Ok(Value::from_u64(10)));
    }

    #[test]
    fn a_condition_drops_the_turns_where_it_does_not_hold() {
        let around = Around { params: vec![2], unknown: None };
        let index = || Term::leaf(Op::Index(0));
        let ranges = vec![Range { ty: Scalar::U64, from: constant(0), to: constant(4), turns_max: 4 }];
        let when = Some(less(index(), &param(0)));
        let some = Formula { ranges, when, ..write(index()) };
        assert_eq!(cells(&some, &around), Some(vec![cell(0), cell(1)]));
        let trapping =
            Formula { when: Some(less(minus(param(0), &constant(9)), &constant(1))), ..write(param(0)) };
        assert_eq!(cells(&trapping, &around), Some(vec![cell(2)]));
    }

    #[test]
    fn an_amount_that_is_not_known_is_covered() {
        let amount = at(param(0)).unary(Op::Widen(Scalar::U64));
        let zero = Term::wide_zero;
        let credit = Delta { low: amount.clone(), high: amount.clone(), need: zero(), peak: amount };
        let formula = |is_credit| Formula { mode: Mode::Delta(credit.clone()), is_credit, ..write(param(0)) };
        let (known, unknown) =
            (Around { params: vec![3], unknown: None }, Around { params: vec![3], unknown: Some(3) });
        let number = I256::from(13);
        let span = Span { low: number, high: number, need: I256::ZERO, peak: number };
        assert_eq!(touched(&formula(false), &known), (Some(vec![(cell(3), Permission::Delta(span))]), true));
        assert_eq!(touched(&formula(false), &unknown), (Some(vec![(cell(3), Permission::Write)]), false));
        let any = Permission::Delta(Span::any_credit());
        assert_eq!(touched(&formula(true), &unknown), (Some(vec![(cell(3), any)]), false));
        let taking = Delta { low: zero().binary(&credit.low, Op::WideSubtract), ..credit.clone() };
        let taking = Formula { mode: Mode::Delta(taking), ..formula(true) };
        let none = Span { low: I256::ZERO, ..span };
        assert_eq!(touched(&taking, &known).0, Some(vec![(cell(3), Permission::Delta(none))]));
    }
}
