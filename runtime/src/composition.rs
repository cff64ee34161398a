//! Compositions: those that are running, each as a step of the one before it, and what each has done so far.
//!
//! While a savepoint is open, what steps change is written down with what was there before, so that opening one costs
//! nothing and undoing it as much as what it undoes. Without savepoints nothing is written down.

use crate::assets::{self, AssetNumber, Number, Part, Tally};
use crate::journal::{CellNumber, Journal};
use crate::receipt::Failure;
use ethnum::I256;
use mc_container::error::SystemError;
use mc_container::frame::{SAVEPOINT_KEEP, SAVEPOINT_OPEN, SAVEPOINT_UNDO};
use mc_container::value::Value;

/// A composition that is running.
#[derive(Debug, Default)]
pub(crate) struct Composition {
    /// What it has put into its steps, by its own numbers of assets: that is what it has for cells.
    pub(crate) tally: Tally,
    /// The first of its steps that failed and that it has not undone; it cannot succeed while there is one.
    pub(crate) failed: Option<Failure>,
    /// Which of its steps were started, by number.
    started: [u64; 4],
    /// How many steps it may start, those of its steps included.
    steps_left: u8,
    /// Its open savepoints, outermost first.
    savepoints: Vec<Savepoint>,
    /// How much it may still take from the caller of which asset; of others, nothing.
    budgets: Vec<(AssetNumber, u128)>,
}

/// An open savepoint: how much there was of what has been done when it was opened.
#[derive(Clone, Copy, Debug)]
struct Savepoint {
    changes: usize,
    events: usize,
}

/// Something that was done while a savepoint was open.
#[derive(Clone, Copy, Debug)]
enum Change {
    /// A cell was given another value; this one was there before.
    Cell { cell: CellNumber, before: Value },
    /// A composition has counted so much of an asset.
    Counted { composition: usize, asset: Number, amount: I256 },
    /// A composition has taken so much from the caller.
    Spent { composition: usize, asset: AssetNumber, amount: u128 },
}

/// The compositions that are running, the innermost last.
#[derive(Debug, Default)]
pub(crate) struct Compositions {
    /// Those that are running, then others whose memory is there already.
    all: Vec<Composition>,
    running: usize,
    /// How many savepoints are open.
    open: usize,
    /// What was done since the outermost of them was opened.
    changes: Vec<Change>,
}

impl Compositions {
    /// Forgets all.
    pub(crate) fn begin(&mut self) {
        (self.running, self.open) = (0, 0);
        self.changes.clear();
    }

    /// Enters one that speaks of so many assets and takes no more than so many steps.
    pub(crate) fn enter(&mut self, assets: usize, sequence: u8) {
        if self.all.len() == self.running {
            self.all.push(Composition::default());
        }
        self.running += 1;
        if let Some(one) = self.innermost() {
            one.tally.start(assets);
            one.savepoints.clear();
            one.budgets.clear();
            (one.failed, one.started, one.steps_left) = (None, [0; 4], sequence);
        }
    }

    /// Leaves the innermost. What it leaves open counts as kept: if it has failed, whoever runs it undoes it.
    pub(crate) fn leave(&mut self) {
        let left = self.innermost().map_or(0, |one| one.savepoints.len());
        self.running = self.running.saturating_sub(1);
        self.close(left);
    }

    /// The one that is running, or runs what is running.
    pub(crate) fn innermost(&mut self) -> Option<&mut Composition> {
        self.all.get_mut(self.running.checked_sub(1)?)
    }

    /// Starts a step of the innermost, by its number there. Nothing may be taken twice: its formulas speak of one
    /// time, and so do its fresh ids.
    pub(crate) fn start_step(&mut self, number: usize) -> Result<(), SystemError> {
        let word =
            self.innermost().and_then(|one| one.started.get_mut(number / 64)).ok_or(SystemError::Trap)?;
        let bit = 1 << (number % 64);
        if *word & bit != 0 {
            return Err(SystemError::Trap);
        }
        *word |= bit;
        for one in self.all.iter_mut().take(self.running) {
            one.steps_left = one.steps_left.checked_sub(1).ok_or(SystemError::Trap)?;
        }
        Ok(())
    }

    /// Counts what a step of the innermost has taken and given.
    pub(crate) fn count(&mut self, (takes, args): (&[Part], &[Value]), (gives, result): (&[Part], &[Value])) {
        let Some(composition) = self.running.checked_sub(1) else { return };
        let Some(one) = self.all.get_mut(composition) else { return };
        one.tally.gain(takes, args);
        one.tally.lose(gives, result);
        if self.open > 0 {
            let changes = &mut self.changes;
            let mut counted = |asset, amount| changes.push(Change::Counted { composition, asset, amount });
            assets::each(takes, args, 0, &mut counted);
            assets::each(gives, result, 0, &mut |asset, amount| counted(asset, -amount));
        }
    }

    /// Lets the innermost take so much of an asset from the caller; what it may take under two names adds up.
    pub(crate) fn allow(&mut self, asset: AssetNumber, most: u128) {
        if let Some(one) = self.innermost() {
            match one.budget(asset) {
                Some(left) => *left = left.saturating_add(most),
                None => one.budgets.push((asset, most)),
            }
        }
    }

    /// Counts what a step has taken from the caller against what each composition may take; false, and nothing is
    /// counted, where one may not take so much.
    pub(crate) fn spend(&mut self, taken: &[(AssetNumber, u128)]) -> bool {
        let Self { all, running, open, changes } = self;
        let all = all.get_mut(..*running).unwrap_or_default();
        let mut within = |one: &mut Composition| {
            let mut each = taken.iter();
            each.all(|(asset, amount)| one.budget(*asset).is_some_and(|left| *left >= *amount))
        };
        if !all.iter_mut().all(&mut within) {
            return false;
        }
        for (composition, one) in all.iter_mut().enumerate() {
            for (asset, amount) in taken.iter().copied() {
                if let Some(left) = one.budget(asset) {
                    *left = left.saturating_sub(amount);
                }
                if *open > 0 {
                    changes.push(Change::Spent { composition, asset, amount });
                }
            }
        }
        true
    }

    /// True where no composition is running.
    pub(crate) fn is_empty(&self) -> bool {
        self.running == 0
    }

    /// Writes down that a cell is given another value than it had before.
    pub(crate) fn changes(&mut self, cell: CellNumber, before: Value) {
        if self.open > 0 {
            self.changes.push(Change::Cell { cell, before });
        }
    }

    /// Opens a savepoint of the innermost, or closes the last that it has opened.
    ///
    /// # Errors
    /// A trap, where there is none to close or what went wrong was not undone.
    pub(crate) fn savepoint(&mut self, action: i32, journal: &mut Journal) -> Result<(), SystemError> {
        let (changes, events) = (self.changes.len(), journal.events.len());
        let one = self.innermost().ok_or(SystemError::Trap)?;
        match action {
            SAVEPOINT_OPEN if one.failed.is_none() => {
                one.savepoints.push(Savepoint { changes, events });
                self.open += 1;
                return Ok(());
            }
            SAVEPOINT_KEEP => one.savepoints.pop().ok_or(SystemError::Trap)?,
            SAVEPOINT_UNDO => {
                let savepoint = one.savepoints.pop().ok_or(SystemError::Trap)?;
                one.failed = None;
                self.undo(savepoint, journal);
                savepoint
            }
            _ => return Err(SystemError::Trap),
        };
        self.close(1);
        Ok(())
    }

    /// Closes so many savepoints.
    fn close(&mut self, count: usize) {
        self.open = self.open.saturating_sub(count);
        if self.open == 0 {
            self.changes.clear();
        }
    }

    fn undo(&mut self, savepoint: Savepoint, journal: &mut Journal) {
        journal.events.truncate(savepoint.events);
        let Self { all, running, changes, .. } = self;
        let all = all.get_mut(..*running).unwrap_or_default();
        let since = changes.split_off(savepoint.changes.min(changes.len()));
        for change in since.into_iter().rev() {
            match change {
                Change::Cell { cell, before } => {
                    if let Some(cell) = journal.cell_mut(cell) {
                        cell.value = before;
                    }
                }
                // What compositions have counted that are over counts no longer.
                Change::Counted { composition, asset, amount } => {
                    if let Some(one) = all.get_mut(composition) {
                        one.tally.add(asset, -amount);
                    }
                }
                Change::Spent { composition, asset, amount } => {
                    if let Some(left) = all.get_mut(composition).and_then(|one| one.budget(asset)) {
                        *left = left.saturating_add(amount);
                    }
                }
            }
        }
    }
}

impl Composition {
    /// What is left of what it may take of an asset.
    fn budget(&mut self, asset: AssetNumber) -> Option<&mut u128> {
        self.budgets.iter_mut().find(|(of, _)| *of == asset).map(|(_, left)| left)
    }

    /// True if a savepoint is open that it has opened.
    pub(crate) fn has_savepoint(&self) -> bool {
        !self.savepoints.is_empty()
    }
}
