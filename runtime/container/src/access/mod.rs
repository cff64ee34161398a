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
    /// The condition under which the place is reached, as far as it is known; it may use the loops' indexes.
    pub when: Option<Term>,
    /// How often the place may be reached, its ranges aside.
    pub touches_max: u32,
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
    /// whose number of turns is not known is a write, because its head-room could not be computed. A read or a
    /// write of one cell is the same in every turn, so only the ranges its keys need remain.
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
            Mode::Delta(_) if !countable => Mode::Write,
            mode => mode,
        };
        let every_range = matches!(mode, Mode::Delta(_));
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

/// Everything one entry of a container may touch.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct EntryAccess {
    /// Its own cells.
    pub accesses: Vec<Access>,
    /// The steps it takes; empty but for compositions.
    pub steps: Vec<StepCall>,
    /// Each scalar of its result, as far as it is known before execution.
    pub results: Vec<Option<Term>>,
}
