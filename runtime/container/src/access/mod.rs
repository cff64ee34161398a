//! Access formulas: which cells a call may read, write or add to, as formulas over its parameters.
//!
//! The compiler writes them, the linker joins those of a composition's steps, and the runtime evaluates them
//! per transaction before anything executes. A formula may declare too much; it must never declare too little.

pub mod term;
pub mod evaluate;
pub mod link;
pub mod show;

pub use evaluate::{Concrete, Environment, Footprint, Permission, Touch};
pub use link::{Linked, LinkedAccess, link};
pub use term::{Op, Term};

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

/// A bounded loop around an access: its index runs over `from..to`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Range {
    /// The type of the index.
    pub ty: crate::value::Scalar,
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
    /// How often a place whose cell is found only at run time may be reached by one call.
    pub touches_max: u32,
}

impl Access {
    /// How many cells one call may touch here.
    #[must_use]
    pub fn cells_max(&self) -> u32 {
        self.ranges.iter().fold(self.touches_max, |cells, range| cells.saturating_mul(range.turns_max))
    }

    /// True where the cell is known before execution; `depth` is the number of the variable's map levels.
    #[must_use]
    pub fn is_exact(&self, depth: usize) -> bool {
        self.keys.len() == depth
    }
}

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
    /// How often the place may be reached, its ranges aside.
    pub touches_max: u32,
}

impl Sketch {
    /// The narrowest [`Access`] that covers the sketch.
    ///
    /// A key that is not known cuts the access down to the lock on the prefix before it; a delta whose cell or
    /// whose number of turns is not known is a write, because its head-room could not be computed.
    #[must_use]
    pub fn widen(self) -> Access {
        let known = self.ranges.iter().take_while(|range| range.is_ok()).count();
        let unknown_turns = self.ranges.len() > known;
        let depth = self.keys.len();
        let keys: Vec<Term> = self
            .keys
            .into_iter()
            .map_while(|key| key.filter(|term| !term.indexes().any(|index| usize::from(index) >= known)))
            .collect();
        let exact = keys.len() == depth;
        let mode = match self.mode {
            Mode::Delta(_) if !exact || unknown_turns => Mode::Write,
            mode => mode,
        };
        // A read or a write of one cell is the same in every turn; only a delta adds up.
        let indexed = keys.iter().flat_map(Term::indexes).map(|index| usize::from(index) + 1).max();
        let kept = if matches!(mode, Mode::Delta(_)) { known } else { indexed.unwrap_or(0) };
        let mut touches_max = self.touches_max;
        let mut ranges = Vec::new();
        for (number, range) in self.ranges.into_iter().enumerate() {
            match range {
                Ok(range) if number < kept => ranges.push(range),
                Ok(Range { turns_max, .. }) | Err(turns_max) if !exact => {
                    touches_max = touches_max.saturating_mul(turns_max);
                }
                _ => {}
            }
        }
        Access { variable: self.variable, keys, mode, ranges, touches_max }
    }
}

/// What a composition passes to a step, as far as it is known before execution.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct StepCall {
    /// The number of the slot in the composition's manifest.
    pub slot: u16,
    /// The entry's name in the bound container.
    pub entry: String,
    /// Each argument; `None` where only execution tells.
    pub args: Vec<Option<Term>>,
}

/// Everything one entry of a container may touch.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct EntryAccess {
    /// Its own cells.
    pub accesses: Vec<Access>,
    /// The steps it takes; empty but for compositions.
    pub steps: Vec<StepCall>,
}
