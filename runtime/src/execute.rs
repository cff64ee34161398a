//! Execution of a block, by one of the strategies.

use crate::block::Block;
use crate::receipt::Receipt;
use crate::state::{CellWrite, Digest};
use crate::stats::Stats;
use crate::world::World;
use std::fmt;
use std::sync::Arc;

/// How a block is executed; the result is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// One transaction after the other, without any scheduling work.
    Serial,
    /// On all workers, ordering true conflicts only.
    Dag,
}

/// How an [`Executor`] works.
#[derive(Clone, Debug)]
pub struct PoolOptions {
    /// The number of workers, the calling thread included; at least 1.
    pub threads: usize,
    /// Blocks with fewer transactions do not wake the other workers.
    pub parallel_from: usize,
    /// For tests: workers take ready transactions in an order that this seed decides, and yield at random.
    pub seed: Option<u64>,
    /// Measure each transaction.
    pub timed: bool,
}

impl Default for PoolOptions {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self { threads, parallel_from: 32, seed: None, timed: false }
    }
}

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

/// The workers that execute blocks. Its threads live as long as it does.
pub struct Executor {
    _options: PoolOptions,
}

impl Executor {
    /// Starts the workers.
    ///
    /// # Errors
    /// If the system gives no threads.
    pub fn new(options: PoolOptions) -> std::io::Result<Self> {
        Ok(Self { _options: options })
    }

    /// Executes a block on a world, which stays as it is until the outcome is committed.
    ///
    /// # Errors
    /// An [`ExecuteError`], if nothing was executed.
    pub fn execute(&self, world: &World, block: &Arc<Block>, strategy: Strategy) -> Result<Outcome, ExecuteError> {
        let _ = (world, block, strategy);
        Err(ExecuteError::Sandbox("not yet".to_owned()))
    }
}
