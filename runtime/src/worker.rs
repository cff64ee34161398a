//! The workers' tasks: a block on all cores, in the paper's steps 2 to 5.
//!
//! Evaluation goes by runs of transactions, interning and digesting by shards of the keys, execution by what
//! is ready. Each is a [`Task`] that workers claim pieces of.

use crate::admit::Origin;
use crate::block::Block;
use crate::cells::{SHARDS, Shard, SharedCells};
use crate::evaluate::Circumstances;
use crate::live::{Live, Shared};
use crate::pool::Task;
use crate::ready::{Hand, Ready};
use crate::receipt::{self, LEAF, Receipt};
use crate::registry::Registry;
use crate::report::{Gathered, Report};
use crate::rules::Rules;
use crate::sandbox::{Manner, Sandbox};
use crate::schedule::chunk::Chunk;
use crate::schedule::conflicts::OrderedShard;
use crate::schedule::locks::HeldLocks;
use crate::schedule::order::{Node, Order};
use crate::share::Shares;
use crate::shelf::Shelves;
use crate::state::{CellWrite, GroupDigest, State, sort};
use crate::stir::Stir;
use crate::versions::Versions;
use blake3::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many transactions are evaluated at a time.
pub(crate) const RUN: usize = 64;

/// What workers work on and never change.
#[derive(Clone)]
pub(crate) struct Scene {
    pub(crate) registry: Arc<Registry>,
    pub(crate) state: Arc<State>,
    pub(crate) block: Arc<Block>,
    pub(crate) rules: Rules,
}

/// Pieces of work that are claimed one after the other, and what became of each.
pub(crate) struct Pieces<T> {
    shares: Shares,
    done: Vec<Mutex<Option<T>>>,
}

impl<T> Pieces<T> {
    fn new(count: usize, workers: usize) -> Self {
        Self { shares: Shares::even(count, workers), done: (0..count).map(|_| Mutex::default()).collect() }
    }

    /// Does pieces until none is left.
    fn work(&self, worker: usize, mut piece: impl FnMut(usize) -> T) {
        while let Some(numbers) = self.shares.take(worker, 1) {
            for number in numbers {
                let result = piece(number);
                if let Some(place) = self.done.get(number) {
                    *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
                }
            }
        }
    }

    fn into_results(self) -> impl Iterator<Item = T> {
        self.done.into_iter().filter_map(|place| place.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Evaluates what the transactions claim, but for those where that depends on the state.
pub(crate) struct Evaluation {
    scene: Scene,
    with_locks: bool,
    shelves: Arc<Shelves>,
    pieces: Pieces<Chunk>,
}

impl Evaluation {
    /// `with_locks` asks for the locks above each cell.
    pub(crate) fn new(scene: Scene, with_locks: bool, shelves: Arc<Shelves>, workers: usize) -> Self {
        let pieces = Pieces::new(scene.block.transactions.len().div_ceil(RUN), workers);
        Self { scene, with_locks, shelves, pieces }
    }

    pub(crate) fn into_chunks(self) -> Vec<Chunk> {
        self.pieces.into_results().collect()
    }
}

impl Task for Evaluation {
    fn work(&self, worker: usize, sandbox: &mut Sandbox) {
        let Scene { registry, block, .. } = &self.scene;
        let (now, origin) = (block.time, Origin::Block);
        let around = Circumstances { registry, now, origin, with_locks: self.with_locks };
        self.pieces.work(worker, |number| {
            let mut chunk = self.shelves.chunks.take(number);
            chunk.start(number, (number * RUN) as Node);
            let run = block.transactions.iter().skip(number * RUN).take(RUN);
            chunk.claims.add(around, run, &mut sandbox.scratch);
            chunk.spread(registry);
            chunk
        });
    }
}

/// Interns the claimed cells of each shard and, where that is asked for, lists what must be ordered on them. A worker
/// does both for one shard, whose cells are near, before it takes the next.
pub(crate) struct Interning {
    scene: Scene,
    chunks: Arc<Vec<Arc<Chunk>>>,
    /// The locks that are held, where the transactions are to be ordered.
    held: Option<Arc<HeldLocks>>,
    shelves: Arc<Shelves>,
    pieces: Pieces<Interned>,
}

/// What has become of one shard.
pub(crate) struct Interned {
    pub(crate) shard: OrderedShard,
    /// How long its cells took, and their order.
    pub(crate) took: [Duration; 2],
}

impl Interning {
    pub(crate) fn new(
        scene: &Scene,
        chunks: Arc<Vec<Arc<Chunk>>>,
        held: Option<Arc<HeldLocks>>,
        shelves: Arc<Shelves>,
        workers: usize,
    ) -> Self {
        Self { scene: scene.clone(), chunks, held, shelves, pieces: Pieces::new(SHARDS, workers) }
    }

    pub(crate) fn into_shards(self) -> Vec<Interned> {
        self.pieces.into_results().collect()
    }
}

impl Task for Interning {
    fn work(&self, worker: usize, _sandbox: &mut Sandbox) {
        let Scene { registry, state, rules, .. } = &self.scene;
        let Shelves { sorters, claimed: all_claimed, .. } = &*self.shelves;
        let (mut sorter, mut claimed) = (sorters.take(worker), all_claimed.take(worker));
        self.pieces.work(worker, |number| {
            let started = Instant::now();
            let mut shard = self.shelves.shards.take(number);
            claimed.intern((number, &mut shard), &self.chunks, self.held.as_deref(), (registry, state));
            let interned = Instant::now();
            let shard = match &self.held {
                Some(held) => sorter.order(shard, &claimed, !held.is_empty(), *rules),
                None => OrderedShard { shard, ..OrderedShard::default() },
            };
            Interned { shard, took: [interned - started, interned.elapsed()] }
        });
        sorters.put(worker, sorter);
        all_claimed.put(worker, claimed);
    }
}

/// Executes what is ready until everything is done.
pub(crate) struct Execution {
    scene: Scene,
    chunks: Arc<Vec<Arc<Chunk>>>,
    order: Arc<Order>,
    cells: Arc<SharedCells>,
    /// What is ready; nothing where one worker takes the transactions as they come.
    ready: Option<Ready>,
    stir: Stir,
    manner: Manner,
    reports: Vec<Mutex<Report>>,
}

/// Who executes, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crew {
    pub(crate) workers: usize,
    /// The longest chain of transactions that wait for each other.
    pub(crate) depth: usize,
    /// Decides the order of what is ready, for tests.
    pub(crate) seed: Option<u64>,
    pub(crate) manner: Manner,
}

impl Execution {
    pub(crate) fn new(
        scene: Scene,
        chunks: Arc<Vec<Arc<Chunk>>>,
        order: Arc<Order>,
        cells: Arc<SharedCells>,
        crew: Crew,
    ) -> Self {
        let alone = crew.workers == 1 && crew.seed.is_none();
        let ready = (!alone).then(|| Ready::new(&order, (crew.workers, crew.depth), crew.seed));
        let reports = (0..crew.workers).map(|_| Mutex::default()).collect();
        let stir = Stir::new(crew.seed);
        Self { scene, chunks, order, cells, ready, stir, manner: crew.manner, reports }
    }

    pub(crate) fn into_reports(self) -> Vec<Report> {
        self.reports
            .into_iter()
            .map(|report| report.into_inner().unwrap_or_else(PoisonError::into_inner))
            .collect()
    }

    /// The next transaction; whoever works alone takes them as they come.
    fn next(&self, hand: &mut Hand) -> Option<Node> {
        match &self.ready {
            Some(ready) => ready.take(hand),
            None => hand.count(self.order.transactions()),
        }
    }

    fn execute(&self, sandbox: &mut Sandbox, hand: &mut Hand, report: &mut Report) -> wasmtime::Result<()> {
        let Scene { registry, block, .. } = &self.scene;
        sandbox.enter(registry, block, Live::Shared(Shared::new(self.cells.clone())), self.manner)?;
        let mut signed = 0;
        let sign = |sandbox: &mut Sandbox, report: &mut Report, signed: &mut usize| {
            let receipts = report.receipts.iter_mut().skip(*signed);
            let receipts =
                receipts.map(|(node, receipt)| Some((block.transactions.get(*node as usize)?, receipt)));
            sandbox.sign(registry, receipts);
            *signed = report.receipts.len();
        };
        report.receipts.reserve(block.transactions.len() / self.reports.len().max(1));
        while let Some(node) = self.next(hand) {
            self.stir.stir();
            let started = self.manner.timed.then(Instant::now);
            let (run, number) = (node as usize / RUN, node as usize % RUN);
            if sandbox.must_sign() {
                sign(sandbox, report, &mut signed);
            }
            report.receipts.push((node, Receipt::default()));
            if let (Some(chunk), Some((_, receipt))) = (self.chunks.get(run), report.receipts.last_mut()) {
                let to = || block.transactions.get(node as usize).and_then(|tx| tx.to);
                sandbox.execute(registry, chunk, number, to, receipt)?;
            }
            report.nanoseconds.extend(started.map(|started| (node, started.elapsed().as_nanos() as u64)));
            if let Some(ready) = &self.ready {
                ready.done(&self.order, node, hand);
            }
        }
        sign(sandbox, report, &mut signed);
        Ok(())
    }
}

impl Task for Execution {
    fn work(&self, worker: usize, sandbox: &mut Sandbox) {
        let started = Instant::now();
        let (mut hand, mut report) = (Hand::of(worker), Report::default());
        if let Err(error) = self.execute(sandbox, &mut hand, &mut report) {
            report.error = Some(error.to_string());
            self.abandon();
        }
        sandbox.leave();
        report.busy = started.elapsed().saturating_sub(hand.idle);
        if let Some(place) = self.reports.get(worker) {
            *place.lock().unwrap_or_else(PoisonError::into_inner) = report;
        }
    }

    fn abandon(&self) {
        self.ready.iter().for_each(Ready::stop);
    }
}

/// Where the cells of a block stand once it has run.
#[derive(Clone)]
pub(crate) enum Ran {
    Shared(Arc<SharedCells>),
    Guessed(Arc<Versions>),
}

impl Ran {
    fn changed(&self, shard: usize) -> Vec<CellWrite> {
        match self {
            Self::Shared(cells) => cells.changed(shard),
            Self::Guessed(versions) => versions.changed(shard),
        }
    }

    /// The shards, for the next block.
    pub(crate) fn into_shards(self) -> Vec<Shard> {
        match self {
            Self::Shared(cells) => Arc::into_inner(cells).map(SharedCells::into_shards),
            Self::Guessed(versions) => Arc::into_inner(versions).map(Versions::into_shards),
        }
        .unwrap_or_default()
    }
}

/// Collects what changed, and what became of the transactions.
pub(crate) struct Collection {
    cells: Ran,
    pieces: Pieces<Vec<CellWrite>>,
    /// What the workers report of so many transactions; the first worker gathers it.
    reports: Mutex<Vec<Report>>,
    transactions: usize,
    gathered: Mutex<Option<Gathered>>,
}

impl Collection {
    pub(crate) fn new(cells: Ran, (reports, transactions): (Vec<Report>, usize), workers: usize) -> Self {
        let (reports, gathered) = (Mutex::new(reports), Mutex::default());
        Self { cells, pieces: Pieces::new(SHARDS, workers), reports, transactions, gathered }
    }

    /// The writes of each shard, sorted, for shards are ranges of keys, in order; and what was reported.
    pub(crate) fn into_parts(self) -> (Vec<Vec<CellWrite>>, Gathered) {
        let gathered = self.gathered.into_inner().unwrap_or_else(PoisonError::into_inner);
        (self.pieces.into_results().collect(), gathered.unwrap_or_default())
    }
}

impl Task for Collection {
    fn work(&self, worker: usize, _sandbox: &mut Sandbox) {
        let reports = std::mem::take(&mut *self.reports.lock().unwrap_or_else(PoisonError::into_inner));
        if !reports.is_empty() {
            let gathered = Gathered::new(reports, self.transactions);
            *self.gathered.lock().unwrap_or_else(PoisonError::into_inner) = Some(gathered);
        }
        self.pieces.work(worker, |shard| {
            let mut writes = self.cells.changed(shard);
            sort(&mut writes);
            writes
        });
    }
}

/// Digests what a block has written, a shard at a time, and its receipts, a leaf at a time.
pub(crate) struct Digestion {
    state: Arc<State>,
    writes: Vec<Vec<CellWrite>>,
    receipts: Vec<Receipt>,
    shards: Pieces<Vec<GroupDigest>>,
    leaves: Pieces<Hash>,
}

/// What a block has done, with its digests.
pub(crate) struct Digested {
    pub(crate) writes: Vec<CellWrite>,
    pub(crate) receipts: Vec<Receipt>,
    pub(crate) groups: Vec<GroupDigest>,
    pub(crate) leaves: Vec<Hash>,
}

impl Digestion {
    pub(crate) fn new(
        state: Arc<State>,
        writes: Vec<Vec<CellWrite>>,
        receipts: Vec<Receipt>,
        workers: usize,
    ) -> Self {
        let shards = Pieces::new(writes.len(), workers);
        let leaves = Pieces::new(receipts.len().div_ceil(LEAF), workers);
        Self { state, writes, receipts, shards, leaves }
    }

    pub(crate) fn into_digests(self) -> Digested {
        let Self { writes, receipts, shards, leaves, .. } = self;
        let groups = shards.into_results().flatten().collect();
        Digested { writes: writes.concat(), receipts, groups, leaves: leaves.into_results().collect() }
    }
}

impl Task for Digestion {
    fn work(&self, worker: usize, _sandbox: &mut Sandbox) {
        let writes = |shard| self.writes.get(shard).map_or(&[][..], Vec::as_slice);
        self.shards.work(worker, |shard| self.state.digests_after(writes(shard)));
        let leaf = |number| self.receipts.chunks(LEAF).nth(number).unwrap_or_default();
        self.leaves.work(worker, |number| receipt::leaf(leaf(number)));
    }
}
