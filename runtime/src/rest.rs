//! Rest: where workers wait that find nothing to do. They look again for a moment, then sleep until they are called.

use crossbeam_utils::CachePadded;
use std::sync::atomic::{AtomicUsize, Ordering, fence};
use std::sync::{Condvar, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// How long an idle worker looks again before it sleeps, if every worker has a core: some times as long as it takes to
/// wake up, which is up to 0.1 ms, so that nobody falls asleep within a block while one worker puts an order together.
const AWAKE: Duration = Duration::from_millis(1);

/// How often a worker looks between two looks at the clock.
const LOOKS: u32 = 64;

/// How many cores there are. The system reads files to say so, which takes longer than a small block.
pub(crate) fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from))
}

/// A place to wait.
#[derive(Debug)]
pub(crate) struct Rest {
    sleepers: CachePadded<AtomicUsize>,
    bed: Mutex<()>,
    wake: Condvar,
    awake: Duration,
}

impl Rest {
    /// A place for so many workers.
    pub(crate) fn new(workers: usize) -> Self {
        let awake = if workers <= cores() { AWAKE } else { Duration::ZERO };
        Self { sleepers: CachePadded::default(), bed: Mutex::default(), wake: Condvar::new(), awake }
    }

    /// Waits until `look` finds something. Whoever makes it find something calls.
    pub(crate) fn until<T>(&self, mut look: impl FnMut() -> Option<T>) -> T {
        let started = Instant::now();
        while started.elapsed() < self.awake {
            for _ in 0..LOOKS {
                if let Some(found) = look() {
                    return found;
                }
                std::hint::spin_loop();
            }
        }
        let mut bed = self.bed.lock().unwrap_or_else(PoisonError::into_inner);
        self.sleepers.fetch_add(1, Ordering::SeqCst);
        let found = loop {
            // The sleeper counts itself, then looks again; who calls has done something, and then looks at the count.
            fence(Ordering::SeqCst);
            if let Some(found) = look() {
                break found;
            }
            bed = self.wake.wait(bed).unwrap_or_else(PoisonError::into_inner);
        };
        self.sleepers.fetch_sub(1, Ordering::SeqCst);
        found
    }

    /// There is something for one more.
    pub(crate) fn call_one(&self) {
        if self.anyone_sleeps() {
            self.wake.notify_one();
        }
    }

    /// There is something for everyone.
    pub(crate) fn call_all(&self) {
        if self.anyone_sleeps() {
            self.wake.notify_all();
        }
    }

    fn anyone_sleeps(&self) -> bool {
        fence(Ordering::SeqCst);
        let anyone = self.sleepers.load(Ordering::SeqCst) > 0;
        if anyone {
            // Whoever is between looking and sleeping holds this.
            drop(self.bed.lock().unwrap_or_else(PoisonError::into_inner));
        }
        anyone
    }
}
