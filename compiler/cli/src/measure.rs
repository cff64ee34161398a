//! Timing one block with several strategies: interleaved, so that whatever else the machine does hits all.

use crate::failure::{Complaint, Failure};
use crate::output::Progress;
use mc_runtime::{Block, Executor, Outcome, PoolOptions, Strategy, World};
use serde::Serialize;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A spread of times that is wider than this share of the median is too wide for a ratio.
const NOISE_MAX: f64 = 0.25;

/// The middle half of some times.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spread {
    /// A quarter of the times is lower.
    pub low: Duration,
    /// Half of the times is lower.
    pub median: Duration,
    /// A quarter of the times is higher.
    pub high: Duration,
}

impl Spread {
    /// The spread of some times.
    #[must_use]
    pub fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |quarter: usize| {
            let place = (times.len().saturating_sub(1) * quarter + 2) / 4;
            times.get(place).copied().unwrap_or_default()
        };
        Self { low: at(1), median: at(2), high: at(3) }
    }

    /// True if the times differ too much to be compared with others.
    #[must_use]
    pub fn is_noisy(&self) -> bool {
        (self.high - self.low).as_secs_f64() > NOISE_MAX * self.median.as_secs_f64()
    }
}

/// Figures of one block.
#[derive(Clone, Debug)]
pub struct Timing {
    /// The worker threads.
    pub threads: usize,
    /// How often each strategy ran.
    pub runs: usize,
    /// Which strategy is the parallel one.
    pub strategy: Strategy,
    /// Times of serial execution.
    pub serial: Spread,
    /// Times of parallel execution, ordering included.
    pub dag: Spread,
    /// The sum of the transactions' own times, run one after the other.
    pub work: Duration,
    /// The longest chain of ordered transactions, by their own times.
    pub critical_path: Duration,
}

impl Timing {
    /// How many times faster no schedule can be than `threads` workers allow: the work in equal parts, or the
    /// longest chain, whichever is longer.
    #[must_use]
    pub fn bound(&self) -> f64 {
        let (work, path) = (self.work.as_secs_f64(), self.critical_path.as_secs_f64());
        let least = (work / count(self.threads)).max(path);
        if least > 0.0 { work / least } else { 1.0 }
    }

    /// How many times faster the parallel execution was.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        let dag = self.dag.median.as_secs_f64();
        if dag > 0.0 { self.serial.median.as_secs_f64() / dag } else { 1.0 }
    }

    /// The share of the serial time that the parallel execution saved, in percent; negative if it was slower.
    #[must_use]
    pub fn saved_percent(&self) -> f64 {
        let serial = self.serial.median.as_secs_f64();
        if serial > 0.0 { 100.0 * (serial - self.dag.median.as_secs_f64()) / serial } else { 0.0 }
    }

    /// True if the times differ too much for a ratio.
    #[must_use]
    pub fn is_noisy(&self) -> bool {
        self.serial.is_noisy() || self.dag.is_noisy()
    }
}

fn count(threads: usize) -> f64 {
    u32::try_from(threads).map_or(f64::MAX, f64::from)
}

/// The executors that a block is timed with: one pool for speed, one that times every transaction.
pub struct Bench {
    threads: usize,
    fast: Executor,
    timed: Executor,
}

impl Bench {
    /// Starts the workers.
    ///
    /// # Errors
    /// If the system gives no threads.
    pub fn new(threads: usize, seed: Option<u64>) -> Result<Self, Failure> {
        let executor = |timed: bool| {
            Executor::new(PoolOptions { threads, seed, timed, pinned: true, ..PoolOptions::default() })
                .map_err(|error| Failure::unable(format!("cannot start {threads} threads: {error}")))
        };
        Ok(Self { threads, fast: executor(false)?, timed: executor(true)? })
    }

    /// Executes once.
    ///
    /// # Errors
    /// If the block cannot be executed at all.
    pub fn execute(&self, world: &World, block: &Arc<Block>, strategy: Strategy) -> Result<Outcome, Failure> {
        run(&self.fast, world, block, strategy)
    }

    /// Times serial execution against a parallel strategy, `runs` times each and in turns, after one run of each that
    /// does not count.
    ///
    /// # Errors
    /// If the block cannot be executed at all.
    pub fn time(
        &self,
        world: &World,
        block: &Arc<Block>,
        (strategy, runs): (Strategy, usize),
        progress: &mut Progress,
    ) -> Result<Timing, Failure> {
        let order = run(&self.timed, world, block, Strategy::Dag)?.order;
        let alone = self.alone(world, block)?;
        let path = order.map_or(0, |order| order.critical_path(&alone));
        let mut timing = Timing {
            threads: self.threads,
            runs,
            strategy,
            serial: Spread::default(),
            dag: Spread::default(),
            work: Duration::from_nanos(alone.iter().sum()),
            critical_path: Duration::from_nanos(path),
        };
        run(&self.fast, world, block, strategy)?;
        let (mut serial, mut dag) = (Vec::with_capacity(runs), Vec::with_capacity(runs));
        for number in 0..runs {
            // Whoever runs first finds the caches as the other one left them.
            let mut order = [(Strategy::Serial, &mut serial), (strategy, &mut dag)];
            if number % 2 == 1 {
                order.reverse();
            }
            for (strategy, times) in order {
                let start = Instant::now();
                let outcome = run(&self.fast, world, block, strategy)?;
                times.push(start.elapsed());
                drop(outcome);
            }
            progress.step();
        }
        timing.serial = Spread::of(serial);
        timing.dag = Spread::of(dag);
        Ok(timing)
    }

    /// How long each transaction takes by itself: the least of a few runs, as whatever interrupts one of them
    /// is not its work.
    fn alone(&self, world: &World, block: &Arc<Block>) -> Result<Vec<u64>, Failure> {
        const RUNS: usize = 3;
        let mut least = run(&self.timed, world, block, Strategy::Serial)?.stats.nanoseconds;
        for _ in 1..RUNS {
            let again = run(&self.timed, world, block, Strategy::Serial)?.stats.nanoseconds;
            least.iter_mut().zip(again).for_each(|(least, again)| *least = again.min(*least));
        }
        Ok(least)
    }
}

fn run(
    executor: &Executor,
    world: &World,
    block: &Arc<Block>,
    strategy: Strategy,
) -> Result<Outcome, Failure> {
    executor
        .execute(world, block, strategy)
        .map_err(|error| Complaint::new(format!("block {} cannot be executed: {error}", block.height)).into())
}

/// The machine that times were measured on.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    /// The processor, as it names itself.
    pub processor: String,
    /// Cores that this process may use.
    pub cores: usize,
    /// Average number of running tasks in the last minute, where the system tells.
    pub load: Option<f64>,
}

impl Machine {
    /// What to say before any time: that something else is running, too.
    #[must_use]
    pub fn caution(&self) -> Option<String> {
        let load = self.load.filter(|load| *load > 0.5 * count(self.cores))?;
        let cores = crate::text::plural(self.cores, "core");
        Some(format!("other work is running (load {load:.1} on {cores}): do not trust these times"))
    }

    /// This machine, now.
    #[must_use]
    pub fn here() -> Self {
        let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let named = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
        let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        Self {
            processor: named.map_or("unknown processor", |(_, name)| name.trim()).to_owned(),
            cores: cores(),
            load: load.split(' ').next().and_then(|load| load.parse().ok()),
        }
    }
}

/// Cores that this process may use.
#[must_use]
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_are_times_that_were_measured() {
        let times = [5, 1, 4, 2, 3].map(Duration::from_millis).to_vec();
        let spread = Spread::of(times);
        let shown = [spread.low, spread.median, spread.high].map(|it| it.as_millis());
        assert_eq!(shown, [2, 3, 4]);
        assert!(spread.is_noisy());
        assert_eq!(Spread::of(Vec::new()).median, Duration::ZERO);
    }

    #[test]
    fn the_bound_is_the_work_shared_or_the_longest_chain() {
        let ms = Duration::from_millis;
        let timing = |work, critical_path| Timing {
            threads: 4,
            runs: 1,
            strategy: Strategy::Dag,
            serial: Spread::default(),
            dag: Spread::default(),
            work: ms(work),
            critical_path: ms(critical_path),
        };
        assert!((timing(80, 10).bound() - 4.0).abs() < 1e-9);
        assert!((timing(80, 40).bound() - 2.0).abs() < 1e-9);
    }
}
