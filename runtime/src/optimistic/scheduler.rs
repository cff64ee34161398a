//! The collaborative scheduler of Block-STM (Gelashvili et al., 2022, Algorithms 4 and 5).
//!
//! Two counters run over the block, one for what is to be executed and one for what is to be validated; workers take
//! the lower. What makes an earlier transaction worth another look lowers a counter. The block is done when both
//! have passed its end, nobody is at work, and neither was lowered meanwhile.

use crate::schedule::order::Node;
use crate::versions::Version;
use crossbeam_utils::CachePadded;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a worker is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// Execute this incarnation.
    Execute(Version),
    /// See whether what this incarnation has read still holds.
    Validate(Version),
}

/// Where a transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Ready,
    Executing,
    Executed,
    Aborting,
}

/// A transaction: its incarnation, where that stands, and which transactions wait for it.
#[derive(Debug)]
struct Turn {
    incarnation: u32,
    status: Status,
    waiting: Vec<Node>,
}

/// The scheduler of one block.
#[derive(Debug)]
pub(crate) struct Scheduler {
    turns: Vec<Mutex<Turn>>,
    execution: CachePadded<AtomicUsize>,
    validation: CachePadded<AtomicUsize>,
    /// How often one of the two was lowered.
    lowered: CachePadded<AtomicUsize>,
    active: CachePadded<AtomicUsize>,
    is_done: AtomicBool,
}

impl Scheduler {
    pub(crate) fn new(transactions: usize) -> Self {
        let turn = || Turn { incarnation: 0, status: Status::Ready, waiting: Vec::new() };
        Self {
            turns: (0..transactions).map(|_| Mutex::new(turn())).collect(),
            execution: CachePadded::default(),
            validation: CachePadded::default(),
            lowered: CachePadded::default(),
            active: CachePadded::default(),
            is_done: AtomicBool::new(false),
        }
    }

    fn turn(&self, node: Node) -> Option<MutexGuard<'_, Turn>> {
        self.turns.get(node as usize).map(|turn| turn.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The incarnation of a transaction that counts, once all is done.
    pub(crate) fn incarnation(&self, node: Node) -> u32 {
        self.turn(node).map_or(0, |turn| turn.incarnation)
    }

    /// True if every transaction has run and holds, or somebody has stopped it all.
    pub(crate) fn is_done(&self) -> bool {
        self.is_done.load(Ordering::SeqCst)
    }

    /// Ends everything.
    pub(crate) fn stop(&self) {
        self.is_done.store(true, Ordering::SeqCst);
    }

    /// The next task; `None` where only others can make one, or there is none any more.
    pub(crate) fn next(&self) -> Option<Task> {
        while !self.is_done() {
            let (execution, validation) =
                (self.execution.load(Ordering::SeqCst), self.validation.load(Ordering::SeqCst));
            if execution.min(validation) >= self.turns.len() {
                self.check_done();
                return None;
            }
            let task = if validation < execution { self.next_validation() } else { self.next_execution() };
            if task.is_some() {
                return task;
            }
        }
        None
    }

    fn check_done(&self) {
        let lowered = self.lowered.load(Ordering::SeqCst);
        let passed = self.execution.load(Ordering::SeqCst).min(self.validation.load(Ordering::SeqCst))
            >= self.turns.len();
        let nobody = self.active.load(Ordering::SeqCst) == 0;
        if passed && nobody && self.lowered.load(Ordering::SeqCst) == lowered {
            self.stop();
        }
    }

    fn next_execution(&self) -> Option<Task> {
        self.active.fetch_add(1, Ordering::SeqCst);
        let node = self.execution.fetch_add(1, Ordering::SeqCst);
        self.incarnate(node as Node)
    }

    /// Starts a transaction that is ready; whoever asks is active, and is so no longer where it is not.
    fn incarnate(&self, node: Node) -> Option<Task> {
        if let Some(mut turn) = self.turn(node)
            && turn.status == Status::Ready
        {
            turn.status = Status::Executing;
            return Some(Task::Execute(Version { node, incarnation: turn.incarnation }));
        }
        self.active.fetch_sub(1, Ordering::SeqCst);
        None
    }

    fn next_validation(&self) -> Option<Task> {
        self.active.fetch_add(1, Ordering::SeqCst);
        let node = self.validation.fetch_add(1, Ordering::SeqCst) as Node;
        if let Some(turn) = self.turn(node)
            && turn.status == Status::Executed
        {
            return Some(Task::Validate(Version { node, incarnation: turn.incarnation }));
        }
        self.active.fetch_sub(1, Ordering::SeqCst);
        None
    }

    fn lower(&self, counter: &AtomicUsize, node: Node) {
        counter.fetch_min(node as usize, Ordering::SeqCst);
        self.lowered.fetch_add(1, Ordering::SeqCst);
    }

    /// An executing transaction waits for another; false, if that has run by now.
    pub(crate) fn wait_for(&self, node: Node, blocking: Node) -> bool {
        // INVARIANT: whoever holds two turns took that of the earlier transaction first, and it is the one waited for.
        let Some(mut before) = self.turn(blocking) else { return false };
        if before.status == Status::Executed {
            return false;
        }
        if let Some(mut own) = self.turn(node) {
            own.status = Status::Aborting;
        }
        before.waiting.push(node);
        drop(before);
        self.active.fetch_sub(1, Ordering::SeqCst);
        true
    }

    fn set_ready(&self, node: Node) {
        if let Some(mut turn) = self.turn(node) {
            turn.incarnation += 1;
            turn.status = Status::Ready;
        }
    }

    /// An incarnation has run, and has written where the one before did not, or not; what to do next, if that follows.
    pub(crate) fn executed(&self, version: Version, is_wider: bool) -> Option<Task> {
        let waiting = self.turn(version.node).map(|mut turn| {
            turn.status = Status::Executed;
            std::mem::take(&mut turn.waiting)
        });
        let waiting = waiting.unwrap_or_default();
        waiting.iter().for_each(|node| self.set_ready(*node));
        if let Some(first) = waiting.iter().min() {
            self.lower(&self.execution, *first);
        }
        if self.validation.load(Ordering::SeqCst) > version.node as usize {
            if !is_wider {
                return Some(Task::Validate(version));
            }
            self.lower(&self.validation, version.node);
        }
        self.active.fetch_sub(1, Ordering::SeqCst);
        None
    }

    /// Takes back an incarnation that does not hold; false where somebody else did.
    pub(crate) fn abort(&self, version: Version) -> bool {
        self.turn(version.node).is_some_and(|mut turn| {
            let is_current = turn.incarnation == version.incarnation && turn.status == Status::Executed;
            if is_current {
                turn.status = Status::Aborting;
            }
            is_current
        })
    }

    /// A validation is over; what to do next, if that follows.
    pub(crate) fn validated(&self, version: Version, is_aborted: bool) -> Option<Task> {
        if is_aborted {
            self.set_ready(version.node);
            self.lower(&self.validation, version.node + 1);
            if self.execution.load(Ordering::SeqCst) > version.node as usize {
                return self.incarnate(version.node);
            }
        }
        self.active.fetch_sub(1, Ordering::SeqCst);
        None
    }
}
