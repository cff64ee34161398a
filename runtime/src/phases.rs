//! The phases of a block that all parallel strategies share, each timed.

use crate::cells::{Shard, SharedCells};
use crate::evaluate::{Settled, needs_locks};
use crate::outcome::{ExecuteError, Outcome};
use crate::pool::{Panicked, Pool, PoolOptions, Task};
use crate::receipt;
use crate::report::{Gathered, Report};
use crate::schedule::chunk::Chunk;
use crate::schedule::conflicts::OrderedShard;
use crate::schedule::locks::HeldLocks;
use crate::schedule::order::Order;
use crate::schedule::resolve::resolve;
use crate::shelf::Shelves;
use crate::stats::{HOTTEST, Hot, Stats};
use crate::worker::{Collection, Crew, Digested, Digestion, Evaluation, Interning, Ran, Scene};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// From this percentage of a block on that cannot run side by side, one worker executes it.
const IN_A_ROW: usize = 90;

/// Measures what the phases take.
pub(crate) struct Clock(Instant);

impl Clock {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn lap(&mut self) -> Duration {
        let before = std::mem::replace(&mut self.0, Instant::now());
        self.0.duration_since(before)
    }
}

/// What the transactions of a block claim, a chunk after the other.
pub(crate) type Chunks = Arc<Vec<Arc<Chunk>>>;

/// The cells of a block, with what must be ordered on them.
pub(crate) struct Cells(Vec<OrderedShard>);

impl Cells {
    /// The cells alone.
    pub(crate) fn into_shards(self) -> Vec<Shard> {
        self.0.into_iter().map(|shard| shard.shard).collect()
    }
}

/// A block on its way through the phases.
pub(crate) struct Phases<'e> {
    pool: &'e mut Pool,
    options: &'e PoolOptions,
    shelves: &'e Arc<Shelves>,
    pub(crate) scene: Scene,
    /// How many work on the block, whoever executes it; one where it is so small that the others are left alone.
    workers: usize,
    with_locks: bool,
    pub(crate) clock: Clock,
    pub(crate) stats: Stats,
}

impl<'e> Phases<'e> {
    pub(crate) fn new(
        pool: &'e mut Pool,
        scene: Scene,
        options: &'e PoolOptions,
        shelves: &'e Arc<Shelves>,
    ) -> Self {
        let alone = scene.block.transactions.len() < options.parallel_from;
        let workers = if alone { 1 } else { pool.workers() };
        let stats = Stats { workers, ..Stats::default() };
        Self { pool, options, shelves, scene, workers, with_locks: false, clock: Clock::start(), stats }
    }

    pub(crate) fn transactions(&self) -> usize {
        self.scene.block.transactions.len()
    }

    /// Who executes.
    pub(crate) fn crew(&self) -> Crew {
        let Stats { workers, depth, .. } = self.stats;
        Crew { workers, depth, seed: self.options.seed, manner: self.options.manner() }
    }

    /// Does a task with everyone who works on the block.
    pub(crate) fn run<T: Task>(&mut self, task: T) -> Result<T, Panicked> {
        self.pool.run(task, self.workers == 1)
    }

    /// Does a task with everyone who executes.
    pub(crate) fn execute<T: Task>(&mut self, task: T) -> Result<T, Panicked> {
        self.pool.run(task, self.stats.workers == 1)
    }

    /// Finds out what the transactions claim; what depends on the state only if `resolves`.
    pub(crate) fn evaluate(&mut self, resolves: bool) -> Result<Chunks, ExecuteError> {
        let Scene { registry, state, block, rules } = self.scene.clone();
        self.with_locks = resolves && needs_locks(&registry, &block.transactions);
        let task = Evaluation::new(self.scene.clone(), self.with_locks, self.shelves.clone(), self.workers);
        let mut chunks = self.run(task)?.into_chunks();
        self.stats.evaluate = self.clock.lap();
        if resolves {
            let settled = resolve(&registry, &state, block.time, &mut chunks, rules);
            Settled { exact: self.stats.exact, widened: self.stats.widened } = settled;
            self.stats.resolve = self.clock.lap();
        }
        Ok(Arc::new(chunks.into_iter().map(Arc::new).collect()))
    }

    /// The locks that the transactions hold.
    pub(crate) fn held(&self, chunks: &Chunks) -> Arc<HeldLocks> {
        let held = self.with_locks.then(|| HeldLocks::of(chunks, self.scene.rules));
        Arc::new(held.unwrap_or_default())
    }

    /// Gives every claimed cell a place and its value, and finds out what must be ordered on it, where it is said which
    /// locks are held.
    pub(crate) fn intern(
        &mut self,
        chunks: &Chunks,
        held: Option<&Arc<HeldLocks>>,
    ) -> Result<Cells, ExecuteError> {
        let (shelves, workers) = (self.shelves.clone(), self.workers);
        let task = Interning::new(&self.scene, chunks.clone(), held.cloned(), shelves, workers);
        let interned = self.run(task)?.into_shards();
        let sum = |part: usize| interned.iter().filter_map(|one| one.took.get(part)).sum::<Duration>();
        let (cells, order) = (sum(0), sum(1));
        let shards: Vec<OrderedShard> = interned.into_iter().map(|one| one.shard).collect();
        self.stats.cells = shards.iter().map(|shard| shard.shard.cells.len()).sum();
        self.stats.cell_bytes = shards.iter().map(|shard| shard.shard.bytes()).sum();
        self.stats.transaction_bytes = chunks.iter().map(|chunk| chunk.bytes()).sum();
        // The workers do both at once; what the others see of it is shared out by what each took.
        let took = self.clock.lap();
        self.stats.order = took.mul_f64(order.as_secs_f64() / (cells + order).as_secs_f64().max(1e-9));
        self.stats.intern = took.saturating_sub(self.stats.order);
        Ok(Cells(shards))
    }

    /// Orders true conflicts.
    pub(crate) fn order(
        &mut self,
        chunks: &Chunks,
        held: &HeldLocks,
        Cells(shards): Cells,
    ) -> (Arc<Order>, Arc<SharedCells>) {
        let (mut edges, mut hottest) = (Vec::with_capacity(shards.len() + 1), Vec::new());
        let mut cells = Vec::with_capacity(shards.len());
        for shard in shards {
            edges.push(shard.edges);
            cells.push(shard.shard);
            hottest.extend(shard.hot);
        }
        let (lock_edges, hot_locks) = held.edges(chunks, &cells);
        edges.push(lock_edges);
        hottest.extend(hot_locks);
        Hot::keep(&mut hottest, HOTTEST);
        self.stats.hottest = hottest;
        let order = Arc::new(Order::new(self.transactions(), &edges));
        let cells = SharedCells::new(self.scene.state.clone(), cells, self.scene.rules);
        (order, Arc::new(cells))
    }

    /// The order is there.
    pub(crate) fn ordered(&mut self, order: &Order) {
        (self.stats.depth, self.stats.widest) = order.depth_and_width();
        self.stats.edges = order.edges();
        self.stats.order += self.clock.lap();
    }

    /// Where most of the block has to run in a row, one worker is enough, and quicker than two that take turns.
    pub(crate) fn decide(&mut self) {
        let bound = self.transactions().div_ceil(self.stats.workers.max(1)).max(self.stats.depth);
        if bound * 100 > self.transactions() * IN_A_ROW {
            self.stats.workers = 1;
        }
    }

    /// The block has run; its claims are not needed any more.
    pub(crate) fn executed(&mut self, chunks: Chunks) {
        let chunks = Arc::into_inner(chunks).unwrap_or_default();
        self.shelves.chunks.put_all(chunks.into_iter().filter_map(Arc::into_inner));
        self.stats.execute = self.clock.lap();
    }

    /// Collects what the block has written and what became of its transactions.
    pub(crate) fn seal(
        mut self,
        reports: Vec<Report>,
        cells: Ran,
        order: Option<Arc<Order>>,
    ) -> Result<Outcome, ExecuteError> {
        let state = self.scene.state.clone();
        let collection = Collection::new(cells.clone(), (reports, self.transactions()), self.workers);
        let (writes, gathered) = self.run(collection)?.into_parts();
        self.shelves.shards.put_all(cells.into_shards());
        let Gathered { receipts, nanoseconds, busy, error } = gathered;
        if let Some(error) = error {
            return Err(ExecuteError::Sandbox(error));
        }
        let span = self.stats.execute.as_nanos().max(1);
        let share = |busy: Duration| u32::try_from(busy.as_nanos() * 1000 / span).unwrap_or(1000).min(1000);
        let busy_per_mille = busy.into_iter().map(share).collect();
        self.stats.commit = self.clock.lap();
        let Digested { writes, receipts, groups, leaves } =
            self.run(Digestion::new(state.clone(), writes, receipts, self.workers))?.into_digests();
        let receipts_root = receipt::root_of(leaves);
        let mut outcome = Outcome::sealed(&state, (receipts, receipts_root), (writes, groups));
        let digest = self.clock.lap();
        outcome.stats = Stats { digest, busy_per_mille, nanoseconds, ..self.stats };
        outcome.order = order;
        Ok(outcome)
    }
}
