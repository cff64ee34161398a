//! Timing blocks with several strategies: interleaved, so that whatever else the machine does hits all.
//!
//! [`race`] is the interleaving; [`ceiling`] says what the machine itself gains from its cores meanwhile,
//! [`growth`] how a time grows with a size, and [`replay`] what an order would allow on other machines.

pub mod spread;
pub mod machine;
pub mod ceiling;
pub mod growth;
pub mod replay;
pub mod race;

pub use machine::{Machine, cores};
pub use spread::{Quartiles, Spread};

use self::race::Counted;
use crate::failure::{Complaint, Failure};
use crate::output::Progress;
use mc_container::address::Address;
use mc_runtime::{Block, Executor, Outcome, PoolOptions, Strategy, World};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

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
        bound(self.work.as_secs_f64(), self.critical_path.as_secs_f64(), self.threads)
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

/// How many times faster than one after the other some work can be on `threads`, of which `path` must be done in
/// a row.
#[must_use]
pub fn bound(work: f64, path: f64, threads: usize) -> f64 {
    let least = (work / threads.max(1) as f64).max(path);
    if least > 0.0 { work / least } else { 1.0 }
}

/// The executors that a block is timed with: one pool for speed, one without digests, one that times every
/// transaction.
pub struct Bench {
    threads: usize,
    fast: Executor,
    plain: Executor,
    timed: Executor,
}

impl Bench {
    /// Starts the workers.
    ///
    /// # Errors
    /// If the system gives no threads.
    pub fn new(threads: usize, seed: Option<u64>) -> Result<Self, Failure> {
        let executor = |timed: bool, signed: bool| {
            let options =
                PoolOptions { threads, seed, timed, signed, pinned: true, ..PoolOptions::default() };
            Executor::new(options)
                .map_err(|error| Failure::unable(format!("cannot start {threads} threads: {error}")))
        };
        let (fast, plain, timed) = (executor(false, true)?, executor(false, false)?, executor(true, true)?);
        Ok(Self { threads, fast, plain, timed })
    }

    /// The workers.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Executes once.
    ///
    /// # Errors
    /// If the block cannot be executed at all.
    pub fn execute(&self, world: &World, block: &Arc<Block>, strategy: Strategy) -> Result<Outcome, Failure> {
        run(&self.fast, world, block, strategy)
    }

    /// Executes once, without the digests that only a measurement does without.
    ///
    /// # Errors
    /// If the block cannot be executed at all.
    pub fn execute_plain(
        &self,
        world: &World,
        block: &Arc<Block>,
        strategy: Strategy,
    ) -> Result<Outcome, Failure> {
        run(&self.plain, world, block, strategy)
    }

    /// Wakes the workers, as whoever has just decoded a block would find them.
    ///
    /// # Errors
    /// If a worker has panicked.
    pub fn rouse(&self, counted: Counted) -> Result<(), Failure> {
        let executor = match counted {
            Counted::Sealed => &self.fast,
            Counted::Plain => &self.plain,
        };
        executor.rouse().map_err(|error| Failure::unable(error.to_string()))
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
                self.rouse(Counted::Sealed)?;
                let start = Instant::now();
                let outcome = run(&self.fast, world, block, strategy)?;
                times.push(start.elapsed());
                drop(outcome);
            }
            progress.step();
        }
        timing.serial = Spread::of(&serial);
        timing.dag = Spread::of(&dag);
        Ok(timing)
    }

    /// How long each transaction takes, in nanoseconds: as long as the median of all that call the same entry,
    /// scaled so that together they take what they took when nobody looked at the clock.
    ///
    /// # Errors
    /// If the block cannot be executed at all.
    pub fn alone(&self, world: &World, block: &Arc<Block>) -> Result<Vec<u64>, Failure> {
        const RUNS: usize = 3;
        let timed = run(&self.timed, world, block, Strategy::Serial)?.stats.nanoseconds;
        let mut kinds: BTreeMap<(Option<Address>, &str), Vec<f64>> = BTreeMap::new();
        let kind = |number: usize| {
            let called = block.transactions.get(number);
            called.map_or((None, ""), |tx| (tx.to, tx.data.entry.as_str()))
        };
        for (number, nanoseconds) in timed.iter().enumerate() {
            kinds.entry(kind(number)).or_default().push(*nanoseconds as f64);
        }
        let kinds: BTreeMap<_, f64> =
            kinds.into_iter().map(|(kind, times)| (kind, Quartiles::of(times).median)).collect();
        let of = |number: usize| kinds.get(&kind(number)).copied().unwrap_or_default();
        let sum: f64 = (0..timed.len()).map(of).sum();
        let mut together = Vec::with_capacity(RUNS);
        for _ in 0..RUNS {
            together.push(run(&self.fast, world, block, Strategy::Serial)?.stats.execute.as_nanos() as f64);
        }
        let scale = if sum > 0.0 { Quartiles::of(together).median / sum } else { 0.0 };
        Ok((0..timed.len()).map(|number| (of(number) * scale).round() as u64).collect())
    }
}

/// Executes once.
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

#[cfg(test)]
mod tests {
    use super::*;

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
