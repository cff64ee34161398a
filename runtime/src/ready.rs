//! The ready queue: which transactions may run now.
//!
//! Workers first take what others made ready, then the transactions that wait for nothing, in the order of the
//! block. A worker goes on with a successor that it made ready itself, so chains stay on one core, and keeps the others
//! for later as long as nobody else has nothing to do: what workers hand to each other takes longer than a small
//! transaction.

use crate::rest::Rest;
use crate::schedule::order::{Node, Order};
use crate::share::Shares;
use crate::stir::{STEP, mix};
use crossbeam_deque::{Injector, Steal};
use crossbeam_utils::CachePadded;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The greatest number of transactions that a worker claims at once.
const BATCH_MAX: usize = 16;

/// What is ready, and what still waits.
pub(crate) struct Ready {
    /// For each node, how many it still waits for.
    waits: Vec<AtomicU32>,
    /// The transactions that wait for nothing: those with successors, and the others.
    sources: Vec<Node>,
    heads: Shares,
    others: Shares,
    /// Transactions that somebody made ready and gave to whoever has none.
    surplus: Injector<Node>,
    /// How many workers have none.
    hungry: CachePadded<AtomicUsize>,
    /// How many transactions are not done.
    left: CachePadded<AtomicUsize>,
    stopped: AtomicBool,
    rest: Rest,
    shuffle: Option<Mutex<Shuffle>>,
}

/// For tests: an order of ready transactions that a seed decides.
struct Shuffle {
    ready: Vec<Node>,
    random: u64,
}

/// One worker's part of a [`Ready`].
#[derive(Debug, Default)]
pub(crate) struct Hand {
    worker: usize,
    batch: Range<usize>,
    next: Option<Node>,
    /// More that it made ready itself.
    spare: VecDeque<Node>,
    /// How many transactions it has done that the others do not know of.
    done: usize,
    /// How long it has waited.
    pub(crate) idle: Duration,
}

impl Hand {
    /// That of the worker with this number.
    pub(crate) fn of(worker: usize) -> Self {
        Self { worker, ..Self::default() }
    }

    /// The next of the numbers below `end`, for whoever takes them as they come.
    pub(crate) fn count(&mut self, end: usize) -> Option<Node> {
        let node = self.batch.start;
        self.batch.start += 1;
        (node < end).then_some(node as Node)
    }
}

impl Ready {
    pub(crate) fn new(order: &Order, workers: usize, seed: Option<u64>) -> Self {
        let waits = order.waits();
        let transactions = waits.iter().take(order.transactions());
        let sources = (0..).zip(transactions).filter(|(_, waits)| **waits == 0).map(|(node, _)| node);
        let (mut sources, rest): (Vec<Node>, Vec<Node>) =
            sources.partition(|node| !order.successors(*node).is_empty());
        let heads = Shares::even(sources.len(), 1);
        let ends = (1..=workers).map(|worker| order.transactions() * worker / workers);
        let ends = ends.map(|end| rest.partition_point(|node| (*node as usize) < end));
        let others = Shares::ending(sources.len(), ends.map(|end| sources.len() + end));
        sources.extend(rest);
        let shuffle = seed.map(|random| Mutex::new(Shuffle { ready: sources.clone(), random }));
        Self {
            waits: waits.iter().map(|waits| AtomicU32::new(*waits)).collect(),
            heads,
            others,
            sources: if shuffle.is_some() { Vec::new() } else { sources },
            surplus: Injector::new(),
            hungry: CachePadded::default(),
            left: CachePadded::new(AtomicUsize::new(order.transactions())),
            stopped: AtomicBool::new(false),
            rest: Rest::new(workers),
            shuffle,
        }
    }

    /// The next transaction to run; `None` when all are done.
    pub(crate) fn take(&self, hand: &mut Hand) -> Option<Node> {
        if let Some(node) = self.pick(hand) {
            return Some(node);
        }
        self.tell(hand);
        let since = Instant::now();
        let node = self.wait(hand);
        hand.idle += since.elapsed();
        node
    }

    fn pick(&self, hand: &mut Hand) -> Option<Node> {
        if let Some(shuffle) = &self.shuffle {
            return shuffle.lock().unwrap_or_else(PoisonError::into_inner).pick();
        }
        let own = hand.next.take().or_else(|| hand.spare.pop_front());
        if !hand.spare.is_empty() && self.hungry.load(Ordering::Relaxed) > 0 {
            hand.spare.drain(..).for_each(|node| self.surplus.push(node));
            self.rest.call_all();
        }
        own.or_else(|| self.surplus()).or_else(|| self.source(hand))
    }

    fn surplus(&self) -> Option<Node> {
        // Looking is cheaper than trying.
        while !self.surplus.is_empty() {
            match self.surplus.steal() {
                Steal::Success(node) => return Some(node),
                Steal::Empty => return None,
                Steal::Retry => {}
            }
        }
        None
    }

    /// The next transaction of the worker's batch, or of a new one.
    fn source(&self, hand: &mut Hand) -> Option<Node> {
        if hand.batch.is_empty() {
            // A worker that follows a chain keeps its batch waiting, so no other chain may start in it.
            let heads = self.heads.take(0, 1);
            hand.batch = heads.or_else(|| self.others.take(hand.worker, BATCH_MAX))?;
        }
        hand.batch.next().and_then(|place| self.sources.get(place).copied())
    }

    /// A transaction is done: its successors wait for one less.
    pub(crate) fn done(&self, order: &Order, node: Node, hand: &mut Hand) {
        let mut more = self.release(order, node, hand);
        // Barriers are done as soon as nothing is before them.
        while let Some(barrier) = more.pop() {
            more.extend(self.release(order, barrier, hand));
        }
        hand.done += 1;
    }

    /// Tells the others how many transactions are done. Telling it each time would take the count from core to core.
    fn tell(&self, hand: &mut Hand) {
        let done = std::mem::take(&mut hand.done);
        if done > 0 && self.left.fetch_sub(done, Ordering::AcqRel) == done {
            self.rest.call_all();
        }
    }

    fn release(&self, order: &Order, node: Node, hand: &mut Hand) -> Vec<Node> {
        let mut barriers = Vec::new();
        for successor in order.successors(node) {
            let Some(waits) = self.waits.get(*successor as usize) else { continue };
            if waits.fetch_sub(1, Ordering::AcqRel) != 1 {
                continue;
            }
            if order.is_transaction(*successor) {
                self.offer(*successor, hand);
            } else {
                barriers.push(*successor);
            }
        }
        barriers
    }

    fn offer(&self, node: Node, hand: &mut Hand) {
        if let Some(shuffle) = &self.shuffle {
            shuffle.lock().unwrap_or_else(PoisonError::into_inner).ready.push(node);
            self.rest.call_one();
        } else if hand.next.is_none() {
            hand.next = Some(node);
        } else {
            hand.spare.push_back(node);
        }
    }

    /// Ends all waiting, because a worker has failed.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        self.rest.call_all();
    }

    fn is_over(&self) -> bool {
        self.left.load(Ordering::Acquire) == 0 || self.stopped.load(Ordering::SeqCst)
    }

    fn wait(&self, hand: &mut Hand) -> Option<Node> {
        self.hungry.fetch_add(1, Ordering::Relaxed);
        let node = self.rest.until(|| {
            if self.is_over() {
                return Some(None);
            }
            self.pick(hand).map(Some)
        });
        self.hungry.fetch_sub(1, Ordering::Relaxed);
        node
    }
}

impl Shuffle {
    fn random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(STEP);
        mix(self.random)
    }

    fn pick(&mut self) -> Option<Node> {
        if self.ready.is_empty() {
            return None;
        }
        let place = self.random() as usize % self.ready.len();
        Some(self.ready.swap_remove(place))
    }
}
