//! The outcome of a block: the paper's steps 6 and 7, before they are made to count.

use crate::receipt::{self, Receipt};
use crate::schedule::order::Order;
use crate::state::{CellWrite, Digest, GroupDigest, State};
use crate::stats::Stats;
use std::fmt;
use std::sync::Arc;

/// What a block does to a world: nothing, until it is committed.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What became of each transaction.
    pub receipts: Vec<Receipt>,
    /// The cells whose value changes, sorted by key.
    pub writes: Vec<CellWrite>,
    /// The digest of the state after the block.
    pub state_root: Digest,
    /// The digest of the receipts.
    pub receipts_root: Digest,
    /// How the execution went; differs from run to run.
    pub stats: Stats,
    /// What was ordered, unless the block ran serially.
    pub order: Option<Arc<Order>>,
    /// The root of the state it was executed on.
    pub(crate) parent: Digest,
    /// The digests that the writes lead to.
    pub(crate) digests: Vec<GroupDigest>,
}

impl Outcome {
    /// Seals a block: digests what it has done to the state and what it says about it.
    pub(crate) fn seal(state: &State, receipts: Vec<Receipt>, writes: Vec<CellWrite>) -> Self {
        let digests = state.digests_after(&writes);
        let receipts_root = receipt::root(&receipts);
        Self::sealed(state, (receipts, receipts_root), (writes, digests))
    }

    /// The same, where the digests are known.
    pub(crate) fn sealed(
        state: &State,
        (receipts, receipts_root): (Vec<Receipt>, Digest),
        (writes, digests): (Vec<CellWrite>, Vec<GroupDigest>),
    ) -> Self {
        Self {
            state_root: state.root_after(&digests),
            receipts_root,
            receipts,
            writes,
            stats: Stats::default(),
            order: None,
            parent: state.root(),
            digests,
        }
    }
}

/// Why a block was not executed at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExecuteError {
    /// The block belongs to another chain.
    OtherChain,
    /// A sandbox could not be set up; the text says why.
    Sandbox(String),
}

impl fmt::Display for ExecuteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherChain => f.write_str("the block belongs to another chain"),
            Self::Sandbox(why) => write!(f, "a sandbox could not be set up: {why}"),
        }
    }
}

impl std::error::Error for ExecuteError {}
