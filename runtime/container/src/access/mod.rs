//! Access formulas: which cells a call may read, write or add to, as formulas over its parameters.
//!
//! The compiler writes them, the linker joins those of a composition's steps, and the runtime evaluates them
//! per transaction before anything executes. A formula may declare too much; it must never declare too little.

pub mod term;
pub mod widen;
pub mod source;
pub mod span;
pub mod footprint;
pub mod evaluate;
pub mod link;
pub mod par;
pub mod show;

pub use evaluate::Environment;
pub use footprint::{Concrete, Footprint, Kind, Permission, Permitted, Touch};
pub use link::{Bound, Linked, LinkedAccess, LinkedStep, link};
pub use span::Span;
pub use term::{Op, Read, Term};
pub use widen::{Sketch, Widened};

use crate::value::{Scalar, Value};
use borsh::{BorshDeserialize, BorshSerialize};

/// The number of a variable in its container's manifest.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub struct VariableId(pub u16);

/// What a call does to the cells of one [`Access`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum Mode {
    /// Observes.
    Read,
    /// Overwrites, or changes what it has observed.
    Write,
    /// Adds to, without anyone observing the value.
    Delta(Delta),
    /// Raises to at least some value (`x = max(x, e)`, `set.add(k)`), without anyone observing what was there.
    Max,
    /// Lowers to at most some value (`x = min(x, e)`, `set.remove(k)`), without anyone observing what was there.
    Min,
}

/// How far a call may move a number it only adds to; every term is a signed 256-bit number.
///
/// `low ≤ change ≤ high` holds for the whole call, `need` is the deepest the running sum may go below its
/// start and `peak` the highest it may go above; both are at least 0.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Delta {
    /// The least change.
    pub low: Term,
    /// The greatest change.
    pub high: Term,
    /// The head-room below that the call may use up on its way.
    pub need: Term,
    /// The head-room above that the call may use up on its way.
    pub peak: Term,
}

impl Delta {
    /// A credit that is bounded by nothing but the supply of what it credits.
    #[must_use]
    pub fn any_credit() -> Self {
        let greatest = Term::leaf(Op::Const(Scalar::U128, Value::from_u128(u128::MAX)));
        let (high, zero) = (greatest.unary(Op::Widen(Scalar::U128)), Term::wide_zero);
        Self { low: zero(), high, need: zero(), peak: zero() }
    }

    /// True if it takes nothing away at any time.
    #[must_use]
    pub fn is_credit(&self) -> bool {
        self.need == Term::wide_zero()
    }

    fn terms(&self) -> [&Term; 4] {
        [&self.low, &self.high, &self.need, &self.peak]
    }
}

impl Mode {
    /// True if how much is changed does not depend on the state.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.terms().all(Term::is_settled)
    }

    /// True if it takes nothing away at any time, observing nothing.
    #[must_use]
    pub fn is_credit(&self) -> bool {
        matches!(self, Self::Delta(delta) if delta.is_credit())
    }

    /// The terms that say how much is changed.
    pub fn terms(&self) -> impl Iterator<Item = &Term> {
        let delta = if let Self::Delta(delta) = self { Some(delta.terms()) } else { None };
        delta.into_iter().flatten()
    }
}

/// A bounded loop around an access: its index runs over `from..to`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Range {
    /// The type of the index.
    pub ty: Scalar,
    /// The first index.
    pub from: Term,
    /// One past the last index.
    pub to: Term,
    /// The greatest number of turns; a range that is longer aborts before its first turn.
    pub turns_max: u32,
}

/// The cells one place in the code may touch.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Access {
    /// The variable.
    pub variable: VariableId,
    /// The key of each map level. Fewer than the variable has: every cell below that prefix.
    pub keys: Vec<Term>,
    /// What is done.
    pub mode: Mode,
    /// The loops around it, outermost first; an inner range may use an outer index.
    pub ranges: Vec<Range>,
    /// The condition under which a call gets there at all; `None` for always.
    pub when: Option<Term>,
    /// How often a place whose cell is found only at run time may be reached by one call.
    pub touches_max: u32,
}

impl Access {
    /// How many cells one call may touch here.
    #[must_use]
    pub fn cells_max(&self) -> u32 {
        self.ranges.iter().fold(self.touches_max, |cells, range| cells.saturating_mul(range.turns_max))
    }

    /// All terms.
    pub fn terms(&self) -> impl Iterator<Item = &Term> {
        let ranges = self.ranges.iter().flat_map(|range| [&range.from, &range.to]);
        self.keys.iter().chain(ranges).chain(self.mode.terms()).chain(&self.when)
    }

    /// True if what it touches does not depend on the state.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.terms().all(Term::is_settled)
    }

    /// What must be known to tell which cells it touches, and how.
    #[must_use]
    pub fn level(&self, depth: usize) -> Level {
        let by_call = |op: &Op| {
            matches!(op, Op::Param(_) | Op::Caller | Op::Now | Op::Via | Op::Fresh { .. } | Op::Result { .. })
        };
        if !self.is_exact(depth) {
            Level::Whole
        } else if !self.is_settled() {
            Level::StateDependent
        } else if !self.ranges.is_empty() {
            Level::Quantified
        } else if self.keys.iter().any(|key| key.0.iter().any(by_call)) {
            Level::ByParameters
        } else {
            Level::Cell
        }
    }

    /// True where the cell is known before execution; `depth` is the number of the variable's map levels.
    #[must_use]
    pub fn is_exact(&self, depth: usize) -> bool {
        self.keys.len() == depth
    }
}

/// What must be known to tell which cells an access touches, from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// P0: nothing, it is always the same cell.
    Cell,
    /// P1: the call and its block.
    ByParameters,
    /// P2: the same, for each turn of bounded loops.
    Quantified,
    /// P3: what other cells hold when the call begins.
    StateDependent,
    /// P4: what only execution tells; all cells below a prefix of the keys.
    Whole,
}

/// What a composition passes to a step, as far as it is known before execution.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct StepCall {
    /// The number of the slot in the composition's manifest.
    pub slot: u16,
    /// The entry's name in the bound container.
    pub entry: String,
    /// Each scalar of the arguments; `None` where only execution tells.
    pub args: Vec<Option<Term>>,
    /// Taken by every call that succeeds.
    pub certain: bool,
    /// The condition under which it is taken at all; `None` for always.
    pub when: Option<Term>,
}

/// How much of an asset a composition takes from its caller at most, all its steps together.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Spend {
    /// The asset, by the composition's name for it (`gold.Unit`).
    pub asset: String,
    /// How much (`u128`), over the composition's parameters; settled.
    pub most: Term,
}

/// Everything one entry of a container may touch.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct EntryAccess {
    /// Its own cells.
    pub accesses: Vec<Access>,
    /// The steps it takes; empty but for compositions.
    pub steps: Vec<StepCall>,
    /// Each scalar of its result, as far as it is known before execution.
    pub results: Vec<Option<Term>>,
    /// What it takes from its caller at most; of any other asset, nothing. Empty but for compositions.
    pub spends: Vec<Spend>,
    /// Groups of branches, each the numbers of its steps: what two branches of a group touch must be compatible.
    pub par: Vec<Vec<Vec<u16>>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_is_that_of_what_must_be_known() {
        let param = || Term::leaf(Op::Param(0));
        let at = |key: Term| key.unary(Op::At { instance: 0, variable: VariableId(1), keys: 1 });
        let mut access = Access {
            variable: VariableId(0),
            keys: vec![Term::leaf(Op::Const(Scalar::U64, Value::ZERO))],
            mode: Mode::Read,
            ranges: Vec::new(),
            when: None,
            touches_max: 1,
        };
        assert_eq!(access.level(1), Level::Cell);
        assert_eq!(access.level(2), Level::Whole);
        access.keys = vec![param()];
        assert_eq!(access.level(1), Level::ByParameters);
        let zero = Term::leaf(Op::Const(Scalar::U64, Value::ZERO));
        access.ranges = vec![Range { ty: Scalar::U64, from: zero, to: param(), turns_max: 3 }];
        assert_eq!(access.level(1), Level::Quantified);
        access.keys = vec![at(param())];
        assert_eq!(access.level(1), Level::StateDependent);
        access.keys = vec![param()];
        let amount = at(param()).unary(Op::Widen(Scalar::U64));
        access.mode = Mode::Delta(Delta { low: amount, ..Delta::any_credit() });
        assert_eq!((access.level(1), access.level(2)), (Level::StateDependent, Level::Whole));
    }
}
