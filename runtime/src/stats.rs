//! What there is to tell about the execution of a block.

use mc_container::address::CellKey;
use std::time::Duration;

/// Figures of one execution.
#[derive(Clone, Debug, Default)]
pub struct Stats {
    /// How many workers executed it: one where it is too small, or too much of it has to run in a row, for others to
    /// be of help.
    pub workers: usize,
    /// What had to wait for what: pairs of transactions, or of a transaction and a barrier.
    pub edges: usize,
    /// The longest chain of ordered transactions.
    pub depth: usize,
    /// The greatest number of transactions on one level of the order.
    pub widest: usize,
    /// The groups that ran one after the other; 0 but in the paper's strategy.
    pub groups: usize,
    /// How many executions were done once more; 0 but in the optimistic strategy.
    pub reexecutions: usize,
    /// How often an execution was found to have read what was no longer so, and taken back.
    pub aborts: usize,
    /// How often an execution was given up on the way, because it needed what was about to be written again.
    pub blocked: usize,
    /// How many accesses that depend on the state were found to be certain cells before anything was executed.
    pub exact: usize,
    /// How many of them were not, because a transaction before may change what they depend on.
    pub widened: usize,
    /// Time to find out what the transactions touch, where that does not depend on the state.
    pub evaluate: Duration,
    /// Time to find out what the others touch, one after the other.
    pub resolve: Duration,
    /// Time to give the cells their places and values.
    pub intern: Duration,
    /// Time to order the transactions on them.
    pub order: Duration,
    /// Time to execute them.
    pub execute: Duration,
    /// Time to collect the writes and the receipts.
    pub commit: Duration,
    /// Time to digest them, and to work out the roots.
    pub digest: Duration,
    /// The cells that were found before anything ran; 0 in the serial strategy, which looks for them on the way.
    pub cells: usize,
    /// The bytes that they take up in flight.
    pub cell_bytes: usize,
    /// The bytes of what is known about the transactions before they run.
    pub transaction_bytes: usize,
    /// For each worker, the share of the execution in which it was busy, 0 to 1000.
    pub busy_per_mille: Vec<u32>,
    /// For each transaction, how long it took; empty unless it was asked for.
    pub nanoseconds: Vec<u64>,
    /// The cells and locks with the most transactions in conflict, most first.
    pub hottest: Vec<Hot>,
}

/// A cell, or a lock over several, that transactions had to be ordered on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hot {
    /// The cell or lock.
    pub key: CellKey,
    /// True for a lock.
    pub is_lock: bool,
    /// How many transactions touch it.
    pub transactions: u32,
    /// How many of them must follow one another.
    pub chain: u32,
}

/// How many of the hottest cells are told.
pub const HOTTEST: usize = 10;

impl Hot {
    /// Keeps the hottest, most transactions first.
    pub(crate) fn keep(hot: &mut Vec<Self>, count: usize) {
        let rank = |hot: &Self| (std::cmp::Reverse((hot.transactions, hot.chain)), hot.key);
        if hot.len() > count {
            hot.select_nth_unstable_by_key(count, rank);
            hot.truncate(count);
        }
        hot.sort_unstable_by_key(rank);
    }
}
