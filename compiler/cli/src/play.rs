//! Playing blocks, one transaction after the other.

use crate::failure::{Complaint, Failure};
use mc_runtime::{Block, Executor, Outcome, PoolOptions, Strategy, World};
use std::sync::Arc;

/// Executes serially, and keeps what comes of it.
pub struct Player(Executor);

impl Player {
    /// A player, on the thread that calls it.
    ///
    /// # Errors
    /// If the runtime cannot start.
    pub fn new() -> Result<Self, Failure> {
        let executor = Executor::new(PoolOptions { threads: 1, ..PoolOptions::default() });
        executor.map(Self).map_err(|error| Failure::unable(format!("cannot start the runtime: {error}")))
    }

    /// Plays a block, which brings the world to where the block leaves it.
    ///
    /// # Errors
    /// If the block cannot be executed at all.
    pub fn play(&self, world: &mut World, block: impl Into<Arc<Block>>) -> Result<Outcome, Failure> {
        let block = block.into();
        let outcome = self
            .0
            .execute(world, &block, Strategy::Serial)
            .map_err(|error| Complaint::new(format!("block {} cannot be executed: {error}", block.height)))?;
        world.commit(&outcome).map_err(|error| Failure::unable(error.to_string()))?;
        Ok(outcome)
    }
}
