//! Widening: the narrowest access that covers one of which a part is not known.

use super::{Access, Delta, Mode, Range, Term, VariableId};

/// An access as far as it is known: what is `None` only execution tells.
#[derive(Clone, Debug)]
pub struct Sketch {
    /// The variable.
    pub variable: VariableId,
    /// The key of each map level.
    pub keys: Vec<Option<Term>>,
    /// What is done.
    pub mode: Mode,
    /// The loops around it, outermost first, with the greatest number of turns of those that are unknown.
    pub ranges: Vec<Result<Range, u32>>,
    /// The condition under which the place is reached, as far as it is known; it may use the loops' indexes.
    pub when: Option<Term>,
    /// How often the place may be reached, its ranges aside.
    pub touches_max: u32,
    /// True for cells that can never hold too much, because all cells of an asset together hold its supply.
    pub is_capped: bool,
}

/// A widened [`Sketch`].
#[derive(Clone, Debug)]
pub struct Widened {
    /// The access.
    pub access: Access,
    /// Which of the sketch's ranges the access still has, outermost first.
    pub ranges: Vec<usize>,
}

impl Sketch {
    /// The narrowest [`Access`] that covers the sketch.
    ///
    /// A key that is not known cuts the access down to the lock on the prefix before it; a delta whose cell or
    /// whose number of turns is not known is a write, because its head-room could not be computed, unless it is
    /// a credit that needs none. A read or a write of one cell is the same in every turn, so only the ranges its
    /// keys need remain.
    #[must_use]
    pub fn widen(self) -> Widened {
        let known = self.known_ranges();
        let is_known = |index: u8| known.get(usize::from(index)).copied().unwrap_or(false);
        let depth = self.keys.len();
        let keys: Vec<Term> =
            self.keys.into_iter().map_while(|key| key.filter(|term| term.indexes().all(is_known))).collect();
        let exact = keys.len() == depth;
        let countable = exact && known.iter().all(|known| *known);
        let mode = match self.mode {
            mode if countable => mode,
            // Only single cells are merged.
            Mode::Max | Mode::Min if !exact => Mode::Write,
            mode => mode.uncounted(self.is_capped),
        };
        let every_range = countable && matches!(mode, Mode::Delta(_));
        let needed = needed_ranges(&keys, &self.ranges, every_range);
        let mut touches_max = self.touches_max;
        let (mut kept, mut ranges) = (Vec::new(), Vec::new());
        for (number, (range, needed)) in self.ranges.into_iter().zip(needed).enumerate() {
            match range {
                Ok(range) if needed => {
                    kept.push(number);
                    ranges.push(range);
                }
                Ok(Range { turns_max, .. }) | Err(turns_max) if !exact => {
                    touches_max = touches_max.saturating_mul(turns_max);
                }
                _ => {}
            }
        }
        let renumber = |term: &Term| term.renumber(&kept);
        // A condition that no kept loop decides counts as true.
        let is_kept = |when: &Term| when.indexes().all(|index| kept.contains(&usize::from(index)));
        let access = Access {
            variable: self.variable,
            keys: keys.iter().map(renumber).collect(),
            mode,
            ranges: ranges
                .into_iter()
                .map(|range| Range { from: renumber(&range.from), to: renumber(&range.to), ..range })
                .collect(),
            touches_max,
            when: self.when.filter(is_kept).map(|when| renumber(&when)),
        };
        Widened { access, ranges: kept }
    }

    /// For each range, whether its bounds are known; those of an inner range may need an outer index.
    fn known_ranges(&self) -> Vec<bool> {
        let mut known: Vec<bool> = Vec::new();
        for range in &self.ranges {
            let is_known = range.as_ref().is_ok_and(|range| {
                let mut indexes = range.from.indexes().chain(range.to.indexes());
                indexes.all(|index| known.get(usize::from(index)).copied().unwrap_or(false))
            });
            known.push(is_known);
        }
        known
    }
}

/// For each range, whether the keys need its index, directly or for the bounds of another that they need.
fn needed_ranges(keys: &[Term], ranges: &[Result<Range, u32>], every: bool) -> Vec<bool> {
    let mut needed = vec![every; ranges.len()];
    let mut need = |term: &Term| {
        for index in term.indexes() {
            if let Some(needed) = needed.get_mut(usize::from(index)) {
                *needed = true;
            }
        }
    };
    keys.iter().for_each(&mut need);
    for number in (0..ranges.len()).rev() {
        if let (Some(true), Some(Ok(range))) = (needed.get(number).copied(), ranges.get(number)) {
            for index in range.from.indexes().chain(range.to.indexes()) {
                if let Some(outer) = needed.get_mut(usize::from(index)) {
                    *outer = true;
                }
            }
        }
    }
    needed
}

impl Mode {
    /// The mode where the cells or the turns are not known, so that the head-room cannot be computed.
    #[must_use]
    pub fn uncounted(self, is_capped: bool) -> Self {
        match self {
            Self::Delta(delta) if is_capped && delta.is_credit() => Self::Delta(Delta::any_credit()),
            Self::Delta(_) => Self::Write,
            mode => mode,
        }
    }
}

impl Access {
    /// The access as a sketch of which everything is known; `depth` is the number of the variable's map levels.
    #[must_use]
    pub fn sketch(&self, depth: usize, is_capped: bool) -> Sketch {
        let mut keys: Vec<Option<Term>> = self.keys.iter().cloned().map(Some).collect();
        keys.resize(depth, None);
        Sketch {
            variable: self.variable,
            keys,
            mode: self.mode.clone(),
            ranges: self.ranges.iter().cloned().map(Ok).collect(),
            when: self.when.clone(),
            touches_max: self.touches_max,
            is_capped,
        }
    }

    /// The narrowest access that covers this one whatever the state is; `None` where this one does not depend
    /// on it.
    #[must_use]
    pub fn cover(&self, depth: usize, is_capped: bool) -> Option<Self> {
        if self.is_settled() {
            return None;
        }
        let mut sketch = self.sketch(depth, is_capped);
        for key in &mut sketch.keys {
            *key = key.take().filter(Term::is_settled);
        }
        for range in &mut sketch.ranges {
            let settled = |range: &Range| range.from.is_settled() && range.to.is_settled();
            let turns_max = range.as_ref().map_or_else(|turns| *turns, |range| range.turns_max);
            if !range.as_ref().is_ok_and(settled) {
                *range = Err(turns_max);
            }
        }
        if !sketch.mode.is_settled() {
            sketch.mode = sketch.mode.uncounted(is_capped);
        }
        Some(sketch.widen().access)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::super::Op;
    use super::*;
    use crate::value::{Scalar, Value};

    fn param(number: u16) -> Term {
        Term::leaf(Op::Param(number))
    }

    fn at(key: Term) -> Term {
        key.unary(Op::At { instance: 0, variable: VariableId(9), keys: 1 })
    }

    fn wide(term: Term) -> Term {
        term.unary(Op::Widen(Scalar::U64))
    }

    fn credit(amount: &Term) -> Mode {
        let zero = Term::wide_zero;
        Mode::Delta(Delta { low: amount.clone(), high: amount.clone(), need: zero(), peak: amount.clone() })
    }

    fn debit(amount: &Term) -> Mode {
        let low = Term::wide_zero().binary(amount, Op::WideSubtract);
        Mode::Delta(Delta { low: low.clone(), high: low, need: amount.clone(), peak: Term::wide_zero() })
    }

    fn access(keys: Vec<Term>, mode: Mode) -> Access {
        Access { variable: VariableId(0), keys, mode, ranges: Vec::new(), touches_max: 1, when: None }
    }

    fn range(to: Term) -> Range {
        let from = Term::leaf(Op::Const(Scalar::U64, Value::ZERO));
        Range { ty: Scalar::U64, from, to, turns_max: 4 }
    }

    #[test]
    fn what_the_state_does_not_decide_needs_no_cover() {
        assert_eq!(access(vec![param(0)], Mode::Write).cover(1, true), None);
        assert_eq!(access(vec![param(0)], credit(&wide(param(1)))).cover(1, true), None);
    }

    #[test]
    fn a_key_read_from_the_state_is_cut_off() {
        let two = |a, b, mode| access(vec![a, b], mode).cover(2, false).unwrap();
        assert_eq!(two(param(0), at(param(1)), Mode::Read), access(vec![param(0)], Mode::Read));
        assert_eq!(two(at(param(1)), param(0), Mode::Max), access(vec![], Mode::Write));
        assert_eq!(two(at(at(param(1))), param(0), debit(&wide(param(1)))), access(vec![], Mode::Write));
    }

    #[test]
    fn a_credit_of_what_is_capped_stays_one() {
        let any = Mode::Delta(Delta::any_credit());
        let to_owner = access(vec![at(param(0))], credit(&wide(param(1))));
        assert_eq!(to_owner.cover(1, true), Some(access(vec![], any.clone())));
        assert_eq!(to_owner.cover(1, false), Some(access(vec![], Mode::Write)));
        let amount = access(vec![param(0)], credit(&wide(at(param(1)))));
        assert_eq!(amount.cover(1, true), Some(access(vec![param(0)], any)));
        assert_eq!(amount.cover(1, false), Some(access(vec![param(0)], Mode::Write)));
        let from_owner = access(vec![at(param(0))], debit(&wide(param(1))));
        assert_eq!(from_owner.cover(1, true), Some(access(vec![], Mode::Write)));
    }

    #[test]
    fn turns_that_the_state_counts_are_not_enumerated() {
        let bounded =
            |keys: Vec<Term>, mode| Access { ranges: vec![range(at(param(0)))], ..access(keys, mode) };
        let index = || Term::leaf(Op::Index(0));
        let each = bounded(vec![index()], Mode::Write).cover(1, false).unwrap();
        assert_eq!(each, Access { touches_max: 4, ..access(vec![], Mode::Write) });
        let one = bounded(vec![param(1)], credit(&wide(param(1))));
        assert_eq!(one.cover(1, false), Some(access(vec![param(1)], Mode::Write)));
        assert_eq!(one.cover(1, true), Some(access(vec![param(1)], Mode::Delta(Delta::any_credit()))));
        let mut inner = bounded(vec![Term::leaf(Op::Index(1))], Mode::Read);
        inner.ranges.push(range(param(1)));
        inner.when = Some(Term::leaf(Op::Param(3)));
        let cover = inner.cover(1, false).unwrap();
        assert_eq!((cover.keys, cover.ranges), (vec![index()], vec![range(param(1))]));
        assert_eq!(cover.when, inner.when);
    }
}
