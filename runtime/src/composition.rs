//! Compositions: those that are running, each as a step of the one before it, and what each has done so far.

use crate::assets::{Part, Tally};
use crate::receipt::Failure;
use mc_container::error::SystemError;
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
}

/// The compositions that are running, the innermost last.
#[derive(Debug, Default)]
pub(crate) struct Compositions {
    /// Those that are running, then others whose memory is there already.
    all: Vec<Composition>,
    running: usize,
}

impl Compositions {
    /// Forgets all.
    pub(crate) fn begin(&mut self) {
        self.running = 0;
    }

    /// Enters one that speaks of so many assets and takes no more than so many steps.
    pub(crate) fn enter(&mut self, assets: usize, sequence: u8) {
        if self.all.len() == self.running {
            self.all.push(Composition::default());
        }
        self.running += 1;
        if let Some(one) = self.innermost() {
            one.tally.start(assets);
            (one.failed, one.started, one.steps_left) = (None, [0; 4], sequence);
        }
    }

    /// Leaves the innermost.
    pub(crate) fn leave(&mut self) {
        self.running = self.running.saturating_sub(1);
    }

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
}

impl Composition {
    /// Counts what a step has taken and given.
    pub(crate) fn count(&mut self, (takes, args): (&[Part], &[Value]), (gives, result): (&[Part], &[Value])) {
        self.tally.gain(takes, args);
        self.tally.lose(gives, result);
    }
}
