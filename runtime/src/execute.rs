//! Execution of a block, by one of the strategies.

use crate::admit::Origin;
use crate::block::Block;
use crate::cells::SharedCells;
use crate::optimistic::Speculation;
use crate::outcome::{ExecuteError, Outcome};
use crate::phases::{Clock, Phases};
use crate::pool::{Pool, PoolOptions};
use crate::schedule::groups;
use crate::serial;
use crate::shelf::Shelves;
use crate::stats::Stats;
use crate::strategy::Strategy;
use crate::versions::Versions;
use crate::worker::{Execution, Ran, Scene};
use crate::world::World;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// The workers that execute blocks. Its threads live as long as it does.
pub struct Executor {
    options: PoolOptions,
    pool: Mutex<Pool>,
    shelves: Arc<Shelves>,
}

impl Executor {
    /// Starts the workers.
    ///
    /// # Errors
    /// If the system gives no threads.
    pub fn new(options: PoolOptions) -> io::Result<Self> {
        let pool = Mutex::new(Pool::new(options.threads, options.pinned)?);
        Ok(Self { options, pool, shelves: Arc::default() })
    }

    /// Wakes workers that sleep, and returns when all are awake. For who knows that a block is about to come: whoever
    /// finds them asleep works alone for the first tenth of a millisecond.
    ///
    /// # Errors
    /// If a worker has panicked.
    pub fn rouse(&self) -> Result<(), ExecuteError> {
        Ok(self.pool.lock().unwrap_or_else(PoisonError::into_inner).rouse()?)
    }

    /// Executes a block on a world, which stays as it is until the outcome is committed.
    ///
    /// # Errors
    /// An [`ExecuteError`], if nothing was executed.
    pub fn execute(
        &self,
        world: &World,
        block: &Arc<Block>,
        strategy: Strategy,
    ) -> Result<Outcome, ExecuteError> {
        if block.chain != world.chain() {
            return Err(ExecuteError::OtherChain);
        }
        let (registry, state, block) =
            (world.shared_registry().clone(), world.shared_state().clone(), block.clone());
        let scene = Scene { registry, state, block, rules: self.options.rules };
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        let _pinned = pool.pin();
        if strategy == Strategy::Serial {
            return serial(&mut pool, &scene, &self.options);
        }
        let phases = Phases::new(&mut pool, scene, &self.options, &self.shelves);
        match strategy {
            Strategy::Paper => paper(phases),
            Strategy::Optimistic => optimistic(phases),
            Strategy::Serial | Strategy::Dag => dag(phases),
        }
    }
}

fn serial(pool: &mut Pool, scene: &Scene, options: &PoolOptions) -> Result<Outcome, ExecuteError> {
    let Scene { registry, state, block, .. } = scene;
    let mut clock = Clock::start();
    let executed = serial::execute(pool.sandbox(), registry, state, block, Origin::Block, options.manner())
        .map_err(|error| ExecuteError::Sandbox(format!("{error:#}")))?;
    let (execute, commit) = (clock.lap().saturating_sub(executed.commit), executed.commit);
    let mut outcome = Outcome::seal(state, executed.receipts, executed.writes);
    outcome.stats = Stats {
        depth: block.transactions.len(),
        widest: block.transactions.len().min(1),
        workers: 1,
        busy_per_mille: vec![1000],
        nanoseconds: executed.nanoseconds,
        execute,
        commit,
        digest: clock.lap(),
        ..Stats::default()
    };
    Ok(outcome)
}

/// The paper's: every two transactions are compared, and one group of them runs after the other.
fn paper(mut phases: Phases<'_>) -> Result<Outcome, ExecuteError> {
    let chunks = phases.evaluate(true)?;
    let shards = phases.intern(&chunks, None)?;
    let cells = SharedCells::new(phases.scene.state.clone(), shards.into_shards(), phases.scene.rules);
    let (order, groups) = groups::order(phases.transactions(), &chunks, cells.shards());
    let (order, cells) = (Arc::new(order), Arc::new(cells));
    phases.stats.groups = groups;
    phases.ordered(&order);
    let (scene, crew) = (phases.scene.clone(), phases.crew());
    let task = Execution::new(scene, chunks.clone(), order.clone(), cells.clone(), crew);
    let reports = phases.execute(task)?.into_reports();
    phases.executed(chunks);
    phases.seal(reports, Ran::Shared(cells), Some(order))
}

/// Ours: true conflicts are ordered, and nothing else.
fn dag(mut phases: Phases<'_>) -> Result<Outcome, ExecuteError> {
    let chunks = phases.evaluate(true)?;
    let held = phases.held(&chunks);
    let shards = phases.intern(&chunks, Some(&held))?;
    let (order, cells) = phases.order(&chunks, &held, shards);
    phases.ordered(&order);
    phases.decide();
    let (scene, crew) = (phases.scene.clone(), phases.crew());
    let task = Execution::new(scene, chunks.clone(), order.clone(), cells.clone(), crew);
    let reports = phases.execute(task)?.into_reports();
    phases.executed(chunks);
    phases.seal(reports, Ran::Shared(cells), Some(order))
}

/// Block-STM: nothing is ordered, and what has guessed wrong runs again.
fn optimistic(mut phases: Phases<'_>) -> Result<Outcome, ExecuteError> {
    let chunks = phases.evaluate(false)?;
    let shards = phases.intern(&chunks, None)?.into_shards();
    let (scene, crew) = (phases.scene.clone(), phases.crew());
    let versions = Arc::new(Versions::new(scene.state.clone(), shards, phases.transactions()));
    phases.stats.order += phases.clock.lap();
    let task = Speculation::new(scene, chunks.clone(), versions.clone(), crew);
    let (reports, guessed) = phases.execute(task)?.into_reports();
    phases.executed(chunks);
    phases.stats.aborts = guessed.aborts;
    phases.stats.blocked = guessed.blocked;
    phases.stats.reexecutions = guessed.executions.saturating_sub(phases.transactions());
    phases.seal(reports, Ran::Guessed(versions), None)
}
