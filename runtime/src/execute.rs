//! Execution of a block, by one of the strategies.

use crate::admit::Origin;
use crate::block::Block;
use crate::evaluate::{Settled, needs_locks};
use crate::live::SharedCells;
use crate::outcome::Outcome;
use crate::pool::{Panicked, Pool};
use crate::receipt::Receipt;
use crate::rules::Rules;
use crate::sandbox::Manner;
use crate::schedule::chunk::Chunk;
use crate::schedule::intern::InternedShard;
use crate::schedule::locks::HeldLocks;
use crate::schedule::order::Order;
use crate::schedule::resolve::resolve;
use crate::serial;
use crate::shelf::Shelves;
use crate::stats::{HOTTEST, Hot, Stats};
use crate::worker::{Collection, Crew, Evaluation, Execution, Interning, Report, Scene};
use crate::world::World;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

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
    /// Work out the ContainerSign of each transaction; only a measurement does without.
    pub signed: bool,
    /// For tests: the rules that hold.
    #[doc(hidden)]
    pub rules: Rules,
}

impl Default for PoolOptions {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self { threads, parallel_from: 32, seed: None, timed: false, signed: true, rules: Rules::default() }
    }
}

impl PoolOptions {
    fn manner(&self) -> Manner {
        Manner { timed: self.timed, signed: self.signed }
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
        let pool = Mutex::new(Pool::new(options.threads)?);
        Ok(Self { options, pool, shelves: Arc::default() })
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
        match strategy {
            Strategy::Serial => serial(&mut pool, &scene, &self.options),
            Strategy::Dag => dag(&mut pool, &scene, &self.options, &self.shelves),
        }
    }
}

impl From<Panicked> for ExecuteError {
    fn from(_: Panicked) -> Self {
        Self::Sandbox("a worker has panicked".to_owned())
    }
}

fn serial(pool: &mut Pool, scene: &Scene, options: &PoolOptions) -> Result<Outcome, ExecuteError> {
    let Scene { registry, state, block, .. } = scene;
    let mut clock = Clock::start();
    let executed = serial::execute(pool.sandbox(), registry, state, block, Origin::Block, options.manner())
        .map_err(|error| ExecuteError::Sandbox(format!("{error:#}")))?;
    let execute = clock.lap();
    let digests = state.digests_after(&executed.writes);
    let mut outcome = Outcome::seal(state, executed.receipts, executed.writes, digests);
    outcome.stats = Stats {
        depth: block.transactions.len(),
        widest: block.transactions.len().min(1),
        busy_per_mille: vec![1000],
        nanoseconds: executed.nanoseconds,
        execute,
        commit: clock.lap(),
        ..Stats::default()
    };
    Ok(outcome)
}

fn dag(
    pool: &mut Pool,
    scene: &Scene,
    options: &PoolOptions,
    shelves: &Arc<Shelves>,
) -> Result<Outcome, ExecuteError> {
    let Scene { registry, state, block, rules } = scene;
    let alone = block.transactions.len() < options.parallel_from;
    let workers = if alone { 1 } else { pool.workers() };
    let mut clock = Clock::start();
    let with_locks = needs_locks(registry, &block.transactions);
    let evaluation = pool.run(Evaluation::new(scene.clone(), with_locks, shelves.clone()), alone)?;
    let mut chunks = evaluation.into_chunks();
    let evaluate = clock.lap();
    let Settled { exact, widened } = resolve(registry, state, block.time, &mut chunks, *rules);
    let chunks = Arc::new(chunks.into_iter().map(Arc::new).collect::<Vec<_>>());
    let resolve = clock.lap();
    let held = Arc::new(if with_locks { HeldLocks::of(&chunks, *rules) } else { HeldLocks::default() });
    let interning = Interning::new(scene, chunks.clone(), held.clone(), shelves.clone());
    let shards = pool.run(interning, alone)?.into_shards();
    let Ordered { order, cells, hottest } = Ordered::new(scene, &chunks, &held, shards);
    let crew = Crew { workers, seed: options.seed, manner: options.manner() };
    let ordering = clock.lap();
    let task = Execution::new(scene.clone(), chunks.clone(), order.clone(), cells.clone(), crew);
    let reports = pool.run(task, alone)?.into_reports();
    shelves.chunks.put(Arc::into_inner(chunks).unwrap_or_default().into_iter().filter_map(Arc::into_inner));
    let execute = clock.lap();
    let (writes, digests) = pool.run(Collection::new(state.clone(), cells.clone()), alone)?.into_writes();
    shelves.shards.put(Arc::into_inner(cells).into_iter().flat_map(SharedCells::into_empty_shards));
    let Gathered { receipts, nanoseconds, busy_per_mille } = Gathered::new(reports, &order, execute)?;
    let mut outcome = Outcome::seal(state, receipts, writes, digests);
    let commit = clock.lap();
    let (depth, widest) = order.depth_and_width();
    let edges = order.edges();
    outcome.stats = Stats {
        edges,
        depth,
        widest,
        exact,
        widened,
        evaluate,
        resolve,
        order: ordering,
        execute,
        commit,
        busy_per_mille,
        nanoseconds,
        hottest,
    };
    outcome.order = Some(order);
    Ok(outcome)
}

/// Measures what the phases take.
struct Clock(Instant);

impl Clock {
    fn start() -> Self {
        Self(Instant::now())
    }

    fn lap(&mut self) -> Duration {
        let before = std::mem::replace(&mut self.0, Instant::now());
        self.0.duration_since(before)
    }
}

/// A block whose true conflicts are ordered.
struct Ordered {
    order: Arc<Order>,
    cells: Arc<SharedCells>,
    hottest: Vec<Hot>,
}

impl Ordered {
    fn new(scene: &Scene, chunks: &[Arc<Chunk>], held: &HeldLocks, shards: Vec<InternedShard>) -> Self {
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
        let order = Arc::new(Order::new(scene.block.transactions.len(), &edges));
        let cells = SharedCells::new(scene.state.clone(), cells, scene.rules);
        Self { order, cells: Arc::new(cells), hottest }
    }
}

/// What the workers report, in the order of the block.
struct Gathered {
    receipts: Vec<Receipt>,
    nanoseconds: Vec<u64>,
    busy_per_mille: Vec<u32>,
}

impl Gathered {
    fn new(reports: Vec<Report>, order: &Order, span: Duration) -> Result<Self, ExecuteError> {
        let mut receipts = vec![Receipt::default(); order.transactions()];
        let timed = reports.iter().any(|report| !report.nanoseconds.is_empty());
        let mut nanoseconds = vec![0; if timed { order.transactions() } else { 0 }];
        let mut busy_per_mille = Vec::with_capacity(reports.len());
        for report in reports {
            if let Some(error) = report.error {
                return Err(ExecuteError::Sandbox(error));
            }
            for (node, receipt) in report.receipts {
                if let Some(place) = receipts.get_mut(node as usize) {
                    *place = receipt;
                }
            }
            for (node, duration) in report.nanoseconds {
                if let Some(place) = nanoseconds.get_mut(node as usize) {
                    *place = duration;
                }
            }
            let share = report.busy.as_nanos() * 1000 / span.as_nanos().max(1);
            busy_per_mille.push(u32::try_from(share.min(1000)).unwrap_or(1000));
        }
        Ok(Self { receipts, nanoseconds, busy_per_mille })
    }
}
