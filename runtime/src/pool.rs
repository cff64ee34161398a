//! The pool: worker threads that live as long as the executor and sleep between two tasks.
//!
//! The calling thread is worker 0 and works along. A task is given back when every worker has left it, so
//! nothing of it is shared any more.

use crate::outcome::ExecuteError;
use crate::pin::{Pinned, pin};
use crate::rest::{Rest, cores};
use crate::rules::Rules;
use crate::sandbox::{Manner, Sandbox};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};

/// How an [`Executor`] works.
#[derive(Clone, Debug)]
pub struct PoolOptions {
    /// The number of workers, the calling thread included; at least 1.
    pub threads: usize,
    /// Blocks with fewer transactions do not wake the other workers.
    pub parallel_from: usize,
    /// For tests: workers take ready transactions in an order that this seed decides, and yield at random.
    pub seed: Option<u64>,
    /// Keep each worker on a core of its own, if there are as many, and the calling thread, too, while it executes a
    /// block; for who has the machine to himself.
    pub pinned: bool,
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
        Self {
            threads: cores(),
            parallel_from: 32,
            seed: None,
            pinned: false,
            timed: false,
            signed: true,
            rules: Rules::default(),
        }
    }
}

impl PoolOptions {
    pub(crate) fn manner(&self) -> Manner {
        Manner { timed: self.timed, signed: self.signed }
    }
}

/// Something that several workers do together.
pub(crate) trait Task: Send + Sync + 'static {
    /// Does one worker's part.
    fn work(&self, worker: usize, sandbox: &mut Sandbox);

    /// A worker has panicked: nobody may wait for it any longer.
    fn abandon(&self) {}
}

/// Everyone comes, and waits for the others.
struct RollCall {
    here: AtomicUsize,
    workers: usize,
    rest: Rest,
}

impl Task for RollCall {
    fn work(&self, _worker: usize, _sandbox: &mut Sandbox) {
        self.here.fetch_add(1, Ordering::AcqRel);
        self.rest.call_all();
        self.rest.until(|| (self.here.load(Ordering::Acquire) == self.workers).then_some(()));
    }
}

/// A worker has panicked in a task.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Panicked;

impl From<Panicked> for ExecuteError {
    fn from(_: Panicked) -> Self {
        Self::Sandbox("a worker has panicked".to_owned())
    }
}

/// The workers.
pub(crate) struct Pool {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    /// The calling thread's own.
    sandbox: Sandbox,
    pinned: bool,
}

struct Shared {
    desk: Mutex<Desk>,
    /// Where workers wait for a task to be put on the desk, and who gave it for the last worker to leave it.
    idle: Rest,
    giver: Rest,
    /// How many tasks have been posted, and how many workers are inside of one; changed by whoever is at the desk.
    count: AtomicU64,
    inside: AtomicUsize,
}

#[derive(Default)]
struct Desk {
    task: Option<Arc<dyn Task>>,
    panicked: bool,
    stops: bool,
}

impl Pool {
    /// Starts `threads - 1` threads.
    pub(crate) fn new(threads: usize, pinned: bool) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            desk: Mutex::default(),
            idle: Rest::new(threads),
            giver: Rest::new(threads),
            count: AtomicU64::new(0),
            inside: AtomicUsize::new(0),
        });
        let pinned = pinned && threads <= cores();
        let mut pool = Self { shared, threads: Vec::new(), sandbox: Sandbox::default(), pinned };
        for worker in 1..threads {
            let shared = pool.shared.clone();
            let serve = move || {
                if pinned {
                    // Where a thread cannot be pinned, it is as well off as without.
                    let _ = pin(worker);
                }
                shared.serve(worker);
            };
            pool.threads.push(Builder::new().name(format!("mc-worker-{worker}")).spawn(serve)?);
        }
        Ok(pool)
    }

    /// The number of workers.
    pub(crate) fn workers(&self) -> usize {
        self.threads.len() + 1
    }

    /// Keeps the calling thread off the cores of the others, where they have cores of their own, until what this
    /// gives is dropped.
    pub(crate) fn pin(&self) -> Option<Pinned> {
        self.pinned.then(|| Pinned::to(0))
    }

    /// The calling thread's sandbox.
    pub(crate) fn sandbox(&mut self) -> &mut Sandbox {
        &mut self.sandbox
    }

    /// Wakes all workers, and returns when they are awake.
    pub(crate) fn rouse(&mut self) -> Result<(), Panicked> {
        let roll =
            RollCall { here: AtomicUsize::new(0), workers: self.workers(), rest: Rest::new(self.workers()) };
        self.run(roll, false).map(|_| ())
    }

    /// Does a task with all workers, or alone, and gives it back.
    pub(crate) fn run<T: Task>(&mut self, task: T, alone: bool) -> Result<T, Panicked> {
        if alone || self.threads.is_empty() {
            task.work(0, &mut self.sandbox);
            return Ok(task);
        }
        let task = Arc::new(task);
        self.shared.post(task.clone());
        let own_panicked = work(&*task, 0, &mut self.sandbox);
        let panicked = self.shared.finish();
        Arc::into_inner(task).filter(|_| !panicked && !own_panicked).ok_or(Panicked)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let mut desk = self.shared.desk();
        desk.stops = true;
        self.shared.count.fetch_add(1, Ordering::Release);
        drop(desk);
        self.shared.idle.call_all();
        for thread in self.threads.drain(..) {
            // A worker that panicked has said so already.
            let _ = thread.join();
        }
    }
}

/// Does one worker's part and says whether it panicked, in which case nobody waits for it.
fn work(task: &dyn Task, worker: usize, sandbox: &mut Sandbox) -> bool {
    let panicked = catch_unwind(AssertUnwindSafe(|| task.work(worker, sandbox))).is_err();
    if panicked {
        task.abandon();
        *sandbox = Sandbox::default();
    }
    panicked
}

impl Shared {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn post(&self, task: Arc<dyn Task>) {
        let mut desk = self.desk();
        desk.task = Some(task);
        self.count.fetch_add(1, Ordering::Release);
        drop(desk);
        self.idle.call_all();
    }

    /// Takes the task off the desk, waits until everyone has left it, and says whether one panicked.
    fn finish(&self) -> bool {
        self.desk().task = None;
        self.giver.until(|| (self.inside.load(Ordering::Acquire) == 0).then_some(()));
        std::mem::take(&mut self.desk().panicked)
    }

    fn serve(&self, worker: usize) {
        let mut sandbox = Sandbox::default();
        let mut seen = 0;
        while let Some(task) = self.next(&mut seen) {
            let panicked = work(&*task, worker, &mut sandbox);
            drop(task);
            if panicked {
                self.desk().panicked = true;
            }
            if self.inside.fetch_sub(1, Ordering::AcqRel) == 1 {
                self.giver.call_one();
            }
        }
    }

    /// The next task; `None` when the pool stops.
    fn next(&self, seen: &mut u64) -> Option<Arc<dyn Task>> {
        loop {
            self.idle.until(|| (self.count.load(Ordering::Acquire) != *seen).then_some(()));
            let desk = self.desk();
            *seen = self.count.load(Ordering::Acquire);
            if desk.stops {
                return None;
            }
            if let Some(task) = desk.task.clone() {
                self.inside.fetch_add(1, Ordering::AcqRel);
                return Some(task);
            }
        }
    }
}
