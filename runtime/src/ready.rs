//! The ready queue: which transactions may run now.
//!
//! Workers first take what others made ready, then the transactions that start long chains, then all others in the order
//! of the block, which is that of the memory; who comes to one that still has to wait passes it by, and whoever makes it
//! ready then goes on with it. So chains stay on one core, and what is made ready before anybody comes to it is left in
//! its place. What else a worker has made ready it keeps for later as long as nobody else has nothing to do: what workers
//! hand to each other takes longer than a small transaction.

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

/// A chain is long that takes more than this part of what a worker has to do.
const LONG: usize = 32;

/// Marks what nobody will come to any more, so that whoever makes it ready goes on with it: what was passed by, what
/// belongs to a long chain, and barriers.
const PASSED: u32 = 1 << 31;

/// What is ready, and what still waits.
pub(crate) struct Ready {
    /// For each node, how many it still waits for, and whether it was [`PASSED`] by.
    waits: Vec<AtomicU32>,
    /// The transactions that wait for nothing and start long chains.
    heads: Vec<Node>,
    next_head: Shares,
    /// All transactions.
    shares: Shares,
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
    /// What so many workers execute in this order, whose longest chain has so many transactions.
    pub(crate) fn new(order: &Order, (workers, depth): (usize, usize), seed: Option<u64>) -> Self {
        let long = order.transactions() / (LONG * workers);
        let heights = if depth > long { order.heights() } else { Vec::new() };
        let is_long = |node: &Node| heights.get(*node as usize).is_some_and(|height| *height as usize > long);
        let waits = order.waits();
        let sources = (0..).zip(waits.iter().take(order.transactions())).filter(|(_, waits)| **waits == 0);
        let sources = sources.map(|(node, _)| node);
        let heads: Vec<Node> = sources.clone().filter(is_long).collect();
        let shuffle = seed.map(|random| Mutex::new(Shuffle { ready: sources.collect(), random }));
        let is_passed = |node: Node| shuffle.is_some() || !order.is_transaction(node) || is_long(&node);
        let mark = |(node, waits): (Node, &u32)| {
            AtomicU32::new(if is_passed(node) { waits | PASSED } else { *waits })
        };
        Self {
            waits: (0..).zip(waits).map(mark).collect(),
            next_head: Shares::even(heads.len(), 1),
            heads,
            shares: Shares::even(order.transactions(), workers),
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

    /// The next transaction of the worker's batch that is ready, or of a new one.
    fn source(&self, hand: &mut Hand) -> Option<Node> {
        loop {
            let mut batch = hand.batch.by_ref().map(|node| node as Node);
            if let Some(node) = batch.find(|node| self.is_ready(*node)) {
                return Some(node);
            }
            // A worker that follows a chain keeps its batch waiting, so no other long chain may start in it.
            if let Some(head) = self.next_head.take(0, 1) {
                return self.heads.get(head.start).copied();
            }
            hand.batch = self.shares.take(hand.worker, BATCH_MAX)?;
        }
    }

    /// True if a transaction can run that somebody has come to; otherwise it was passed by.
    fn is_ready(&self, node: Node) -> bool {
        let Some(waits) = self.waits.get(node as usize) else { return false };
        let before = match waits.load(Ordering::Acquire) {
            0 => 0,
            _ => waits.fetch_or(PASSED, Ordering::AcqRel),
        };
        before == 0
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
            // What somebody will come to is left there.
            if waits.fetch_sub(1, Ordering::AcqRel) != PASSED | 1 {
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

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "tests")]
    use super::*;
    use crate::schedule::order::{Edges, Use};

    /// Numbers that a seed decides.
    struct Random(u64);

    impl Random {
        fn below(&mut self, end: usize) -> usize {
            self.0 = self.0.wrapping_add(STEP);
            (mix(self.0) % end as u64) as usize
        }
    }

    /// An order of transactions that use a few resources each in some way.
    fn order(random: &mut Random) -> Order {
        let (transactions, resources) = (1 + random.below(200), 1 + random.below(60));
        let mut uses = vec![Vec::new(); resources];
        for node in 0..transactions as Node {
            for _ in 0..random.below(3) {
                let (resource, how) =
                    (random.below(resources), [Use::Read, Use::Add, Use::Write][random.below(3)]);
                let taken = |(last, _): &(Node, Use)| *last == node;
                if !uses[resource].last().is_some_and(taken) {
                    uses[resource].push((node, how));
                }
            }
        }
        let mut edges = Edges::default();
        uses.iter().for_each(|uses| {
            edges.add(uses);
        });
        Order::new(transactions, &[edges])
    }

    /// One node less is waited for, and what that lets go.
    fn finish(order: &Order, node: Node, waits: &mut [u32]) {
        for next in order.successors(node) {
            waits[*next as usize] -= 1;
            if waits[*next as usize] == 0 && !order.is_transaction(*next) {
                finish(order, *next, waits);
            }
        }
    }

    #[test]
    fn whoever_is_quicker_everything_runs_once_and_after_what_it_waits_for() {
        for seed in 0..500 {
            let mut random = Random(seed);
            let order = order(&mut random);
            let (workers, depth) = (1 + random.below(4), order.depth_and_width().0);
            let ready = Ready::new(&order, (workers, depth), None);
            let mut hands: Vec<Hand> = (0..workers).map(Hand::of).collect();
            let mut running: Vec<Option<Node>> = vec![None; workers];
            let (mut waits, mut ran) = (order.waits().to_vec(), vec![false; order.transactions()]);
            let mut idle = 0;
            while idle < 50 * workers {
                let worker = random.below(workers);
                if let Some(node) = running[worker].take() {
                    finish(&order, node, &mut waits);
                    ready.done(&order, node, &mut hands[worker]);
                } else if let Some(node) = ready.pick(&mut hands[worker]) {
                    assert_eq!(waits[node as usize], 0, "{node} of {seed} has to wait");
                    assert!(!std::mem::replace(&mut ran[node as usize], true), "{node} of {seed} runs twice");
                    running[worker] = Some(node);
                } else {
                    idle += 1;
                    continue;
                }
                idle = 0;
            }
            assert!(ran.into_iter().all(|ran| ran), "something of {seed} does not run");
        }
    }
}
