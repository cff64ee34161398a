//! The pool: worker threads that live as long as the executor and sleep between two tasks.
//!
//! The calling thread is worker 0 and works along. A task is given back when every worker has left it, so
//! nothing of it is shared any more.

use crate::outcome::ExecuteError;
use crate::rules::Rules;
use crate::sandbox::{Manner, Sandbox};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
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
    pub(crate) fn manner(&self) -> Manner {
        Manner { timed: self.timed, signed: self.signed }
    }
}

/// How often a worker looks for the next task before it sleeps, if every worker has a core.
const SPINS: u32 = 2_000;

/// Something that several workers do together.
pub(crate) trait Task: Send + Sync + 'static {
    /// Does one worker's part.
    fn work(&self, worker: usize, sandbox: &mut Sandbox);

    /// A worker has panicked: nobody may wait for it any longer.
    fn abandon(&self) {}
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
}

struct Shared {
    desk: Mutex<Desk>,
    /// A task was put on the desk, or the pool stops.
    posted: Condvar,
    /// The last worker has left the task.
    left: Condvar,
    /// How many tasks have been posted; read without the lock by workers that spin.
    count: AtomicU64,
    spins: u32,
}

#[derive(Default)]
struct Desk {
    task: Option<Arc<dyn Task>>,
    count: u64,
    inside: usize,
    panicked: bool,
    stops: bool,
}

impl Pool {
    /// Starts `threads - 1` threads.
    pub(crate) fn new(threads: usize) -> io::Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let spins = if threads <= cores { SPINS } else { 0 };
        let shared = Arc::new(Shared {
            desk: Mutex::default(),
            posted: Condvar::new(),
            left: Condvar::new(),
            count: AtomicU64::new(0),
            spins,
        });
        let mut pool = Self { shared, threads: Vec::new(), sandbox: Sandbox::default() };
        for worker in 1..threads {
            let shared = pool.shared.clone();
            let thread =
                Builder::new().name(format!("mc-worker-{worker}")).spawn(move || shared.serve(worker))?;
            pool.threads.push(thread);
        }
        Ok(pool)
    }

    /// The number of workers.
    pub(crate) fn workers(&self) -> usize {
        self.threads.len() + 1
    }

    /// The calling thread's sandbox.
    pub(crate) fn sandbox(&mut self) -> &mut Sandbox {
        &mut self.sandbox
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
        self.shared.desk().stops = true;
        self.shared.count.fetch_add(1, Ordering::Release);
        self.shared.posted.notify_all();
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
        desk.count += 1;
        self.count.store(desk.count, Ordering::Release);
        drop(desk);
        self.posted.notify_all();
    }

    /// Takes the task off the desk, waits until everyone has left it, and says whether one panicked.
    fn finish(&self) -> bool {
        let mut desk = self.desk();
        desk.task = None;
        while desk.inside > 0 {
            desk = self.left.wait(desk).unwrap_or_else(PoisonError::into_inner);
        }
        std::mem::take(&mut desk.panicked)
    }

    fn serve(&self, worker: usize) {
        let mut sandbox = Sandbox::default();
        let mut seen = 0;
        while let Some(task) = self.next(&mut seen) {
            let panicked = work(&*task, worker, &mut sandbox);
            drop(task);
            let mut desk = self.desk();
            desk.panicked |= panicked;
            desk.inside -= 1;
            if desk.inside == 0 {
                self.left.notify_all();
            }
        }
    }

    /// The next task; `None` when the pool stops.
    fn next(&self, seen: &mut u64) -> Option<Arc<dyn Task>> {
        for _ in 0..self.spins {
            if self.count.load(Ordering::Acquire) != *seen {
                break;
            }
            std::hint::spin_loop();
        }
        let mut desk = self.desk();
        loop {
            if desk.stops {
                return None;
            }
            if desk.count != *seen {
                *seen = desk.count;
                if let Some(task) = desk.task.clone() {
                    desk.inside += 1;
                    return Some(task);
                }
            }
            desk = self.posted.wait(desk).unwrap_or_else(PoisonError::into_inner);
        }
    }
}
