//! Observation: what happens inside of transactions, for tests and for people who look at them.
//!
//! An observed world runs other modules in the place of its containers' own: their twins, which the compiler emits
//! from the same IR and which besides tell the host at which point of the source they are. What telling costs is given
//! back, and everything else is as it is anywhere, so receipts and state are the same, byte for byte. A package cannot
//! have such a module, since the verifier refuses what it imports, and only an observed world offers that import.

use crate::receipt::Failure;
use mc_container::access::VariableId;
use mc_container::address::{Address, CellKey};
use mc_container::value::{Scalar, Value};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What the two instructions cost that tell where the code is.
pub(crate) const POINT_FUEL: u64 = 2;

/// The hash of a module as it is deployed.
pub type ModuleHash = [u8; 32];

/// What observes a world, and what it has seen.
#[derive(Debug, Default)]
pub struct Observation {
    /// What runs in the place of each module.
    twins: BTreeMap<ModuleHash, Vec<u8>>,
    /// True if everything that happens is written down, not only how often each point was passed.
    is_detailed: bool,
    seen: Mutex<Seen>,
}

/// What was seen.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// How often each point of a module was passed, by its number.
    pub passed: BTreeMap<ModuleHash, BTreeMap<u32, u64>>,
    /// What happened in each transaction, in the order in which they ran.
    pub transactions: Vec<Vec<Happening>>,
}

/// A cell that an entry met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Met {
    /// The cell.
    pub key: CellKey,
    /// What it holds.
    pub ty: Scalar,
    /// What it showed when the entry met it.
    pub entered: Value,
    /// What the entry left in it.
    pub left: Value,
    /// What may be done with it.
    pub mode: &'static str,
}

/// Something that happened in a transaction; fuel is what was left then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// An entry began: the transaction's own, or a step's.
    Began {
        /// Its container.
        container: Address,
        /// Its number in the manifest.
        entry: usize,
        /// The scalars of its arguments.
        args: Vec<Value>,
        /// The Point: how many steps were started by then.
        point: u8,
        /// The fuel.
        fuel: u64,
    },
    /// The running entry was at this point.
    Passed {
        /// The point's number.
        point: u32,
        /// The fuel.
        fuel: u64,
    },
    /// The running entry met a cell that only execution could name.
    Found {
        /// The cell.
        key: CellKey,
        /// Whose it is.
        container: Address,
        /// Which variable.
        variable: VariableId,
        /// The keys.
        keys: Vec<(Scalar, Value)>,
    },
    /// The running entry ended.
    Ended {
        /// The scalars of its result, or why it failed.
        result: Result<Vec<Value>, Failure>,
        /// The cells of its frame.
        cells: Vec<Met>,
        /// How many events there were by then.
        events: usize,
        /// The fuel.
        fuel: u64,
    },
}

impl Observation {
    /// Watches worlds in which these modules run in the place of those with the hashes.
    #[must_use]
    pub fn new(twins: BTreeMap<ModuleHash, Vec<u8>>, is_detailed: bool) -> Self {
        Self { twins, is_detailed, seen: Mutex::default() }
    }

    /// What was seen since the last time.
    pub fn take(&self) -> Seen {
        std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn twin(&self, hash: &ModuleHash) -> Option<&[u8]> {
        self.twins.get(hash).map(Vec::as_slice)
    }
}

/// What one worker sees of the transaction that it runs.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    observation: Option<Arc<Observation>>,
    passed: BTreeMap<ModuleHash, BTreeMap<u32, u64>>,
    happenings: Vec<Happening>,
}

impl Watch {
    pub(crate) fn start(&mut self, observation: Option<&Arc<Observation>>) {
        *self = Self { observation: observation.cloned(), ..Self::default() };
    }

    /// True if everything that happens is to be told.
    pub(crate) fn is_detailed(&self) -> bool {
        self.observation.as_ref().is_some_and(|observation| observation.is_detailed)
    }

    pub(crate) fn tell(&mut self, happening: Happening) {
        self.happenings.push(happening);
    }

    /// The code of a module is at a point.
    pub(crate) fn pass(&mut self, module: &ModuleHash, point: u32, fuel: u64) {
        let count = self.passed.entry(*module).or_default().entry(point).or_default();
        *count = count.saturating_add(1);
        if self.is_detailed() {
            self.tell(Happening::Passed { point, fuel });
        }
    }

    /// The transaction is over.
    pub(crate) fn finish(&mut self) {
        let Some(observation) = &self.observation else { return };
        let mut seen = observation.seen.lock().unwrap_or_else(PoisonError::into_inner);
        for (module, points) in std::mem::take(&mut self.passed) {
            let all = seen.passed.entry(module).or_default();
            for (point, times) in points {
                let count = all.entry(point).or_default();
                *count = count.saturating_add(times);
            }
        }
        if observation.is_detailed {
            seen.transactions.push(std::mem::take(&mut self.happenings));
        }
    }
}
