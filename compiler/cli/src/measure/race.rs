//! Strategies against each other on one block, or on several that are compared: all of them in every round, each round
//! begun by another and every other one in reverse, and the machine looked at before and after.

use super::ceiling::{arithmetic_scaling, is_quiet};
use super::{Bench, Quartiles, bound};
use crate::failure::Failure;
use crate::output::Progress;
use mc_runtime::{Block, Order, Outcome, Strategy, World};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Who is compared; the first is what the others are compared with.
pub const COMPARED: &[Strategy] = &Strategy::ALL;

/// What a block comes to is counted with digests, or without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// From decoded transactions to state root, receipts root and every ContainerSign.
    Sealed,
    /// From decoded transactions to merged state and receipts, without any digest.
    Plain,
}

/// One execution of a block, in microseconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lap {
    /// Everything that counts.
    pub total: f64,
    /// Finding out what the transactions touch.
    pub evaluate: f64,
    /// Giving the cells their places and values.
    pub intern: f64,
    /// Ordering them.
    pub order: f64,
    /// Executing them.
    pub execute: f64,
    /// Collecting what was written and what became of the transactions.
    pub commit: f64,
    /// Digesting it.
    pub digest: f64,
    /// Executions that were done once more.
    pub again: usize,
}

impl Lap {
    /// The paper's transaction split module.
    #[must_use]
    pub fn split(&self) -> f64 {
        self.evaluate + self.intern + self.order
    }
}

/// All strategies once.
#[derive(Clone, Debug)]
pub struct Round {
    /// One for each strategy, in their order.
    pub laps: Vec<Lap>,
    /// True if the machine had nothing else to do, before and after.
    pub quiet: bool,
}

/// What a race came to.
#[derive(Clone, Debug)]
pub struct Raced {
    /// Who took part, in the order of the laps.
    pub strategies: Vec<Strategy>,
    /// Every round.
    pub rounds: Vec<Round>,
    /// How long each transaction takes by itself, in nanoseconds.
    pub alone: Vec<u64>,
    /// What each strategy had to wait for; serial waits for everything.
    pub orders: Vec<Option<Arc<Order>>>,
    /// Pairs that `dag` ordered, and the longest chain of them.
    pub edges_and_depth: (usize, usize),
    /// The workers.
    pub threads: usize,
}

impl Raced {
    /// The rounds that count: those in which the machine was quiet, or all of them if it never was.
    #[must_use]
    pub fn counting(&self) -> Vec<&Round> {
        let quiet: Vec<&Round> = self.rounds.iter().filter(|round| round.quiet).collect();
        if quiet.is_empty() { self.rounds.iter().collect() } else { quiet }
    }

    /// How many rounds the machine was quiet in.
    #[must_use]
    pub fn quiet(&self) -> usize {
        self.rounds.iter().filter(|round| round.quiet).count()
    }

    /// What a strategy took, by `part` of its laps.
    #[must_use]
    pub fn spread(&self, strategy: usize, part: impl Fn(&Lap) -> f64) -> Quartiles {
        Quartiles::of(self.each(strategy, part))
    }

    /// What a strategy took in each round that counts.
    #[must_use]
    pub fn each(&self, strategy: usize, part: impl Fn(&Lap) -> f64) -> Vec<f64> {
        self.counting().iter().filter_map(|round| round.laps.get(strategy).map(&part)).collect()
    }

    /// The percentage of the first strategy's time that another saved in each round.
    #[must_use]
    pub fn saved(&self, strategy: usize) -> Vec<f64> {
        let saved = |round: &&Round| {
            let (serial, own) = (round.laps.first()?.total, round.laps.get(strategy)?.total);
            (serial > 0.0).then(|| 100.0 * (serial - own) / serial)
        };
        self.counting().iter().filter_map(saved).collect()
    }

    /// The place of a strategy among the laps.
    #[must_use]
    pub fn place(&self, strategy: Strategy) -> Option<usize> {
        self.strategies.iter().position(|other| *other == strategy)
    }

    /// The work of the block in microseconds, and how much of it must be done in a row.
    #[must_use]
    pub fn work_and_path(&self) -> (f64, f64) {
        let order = self.place(Strategy::Dag).and_then(|place| self.orders.get(place)?.as_deref());
        let path = order.map_or(0, |order| order.critical_path(&self.alone));
        (self.alone.iter().sum::<u64>() as f64 / 1000.0, path as f64 / 1000.0)
    }

    /// The percentage of execution that no schedule can save more than.
    #[must_use]
    pub fn bound_percent(&self) -> f64 {
        let (work, path) = self.work_and_path();
        100.0 * (1.0 - 1.0 / bound(work, path, self.threads))
    }
}

impl Bench {
    /// Races strategies on a block, `runs` rounds after one that does not count.
    ///
    /// # Errors
    /// If the block cannot be executed at all, or a strategy comes to something else than the first.
    pub fn race(
        &self,
        place: (&World, &Arc<Block>),
        strategies: &[Strategy],
        counted: Counted,
        runs: usize,
        progress: &mut Progress,
    ) -> Result<Raced, Failure> {
        let mut raced = self.warm(place, strategies)?;
        self.rounds(&mut [(place, &mut raced)], counted, runs, progress)?;
        Ok(raced)
    }

    /// The same for several blocks that are to be compared: every round executes each of them.
    ///
    /// # Errors
    /// As for one.
    pub fn races(
        &self,
        places: &[(&World, &Arc<Block>)],
        strategies: &[Strategy],
        counted: Counted,
        runs: usize,
        progress: &mut Progress,
    ) -> Result<Vec<Raced>, Failure> {
        let mut all =
            places.iter().map(|place| self.warm(*place, strategies)).collect::<Result<Vec<_>, _>>()?;
        let mut racing: Vec<_> = places.iter().copied().zip(&mut all).collect();
        self.rounds(&mut racing, counted, runs, progress)?;
        Ok(all)
    }

    /// A race before its first round: everything that needs no clock.
    fn warm(&self, (world, block): (&World, &Arc<Block>), strategies: &[Strategy]) -> Result<Raced, Failure> {
        let warm: Vec<Outcome> = strategies
            .iter()
            .map(|strategy| self.execute(world, block, *strategy))
            .collect::<Result<_, _>>()?;
        same(strategies, &warm)?;
        let mut all = strategies.iter().zip(&warm);
        let dag = all.find(|(strategy, _)| **strategy == Strategy::Dag);
        Ok(Raced {
            strategies: strategies.to_vec(),
            rounds: Vec::new(),
            edges_and_depth: dag.map_or((0, 0), |(_, outcome)| (outcome.stats.edges, outcome.stats.depth)),
            orders: warm.iter().map(|outcome| outcome.order.clone()).collect(),
            alone: self.alone(world, block)?,
            threads: self.threads,
        })
    }

    fn rounds(
        &self,
        racing: &mut [((&World, &Arc<Block>), &mut Raced)],
        counted: Counted,
        runs: usize,
        progress: &mut Progress,
    ) -> Result<(), Failure> {
        let mut before = arithmetic_scaling(self.threads);
        for number in 0..runs {
            for ((world, block), raced) in &mut *racing {
                let mut laps = vec![Lap::default(); raced.strategies.len()];
                // Whoever runs finds the caches as the one before has left them, so every other round goes backwards.
                for turn in 0..laps.len() {
                    let turn = if number % 2 == 0 { turn } else { laps.len() - turn };
                    let place = (number + turn) % laps.len();
                    if let (Some(lap), Some(strategy)) = (laps.get_mut(place), raced.strategies.get(place)) {
                        *lap = self.lap(world, block, *strategy, counted)?;
                    }
                }
                let after = arithmetic_scaling(self.threads);
                let quiet = is_quiet(self.threads, before) && is_quiet(self.threads, after);
                raced.rounds.push(Round { laps, quiet });
                before = after;
                progress.step();
            }
        }
        Ok(())
    }

    fn lap(
        &self,
        world: &World,
        block: &Arc<Block>,
        strategy: Strategy,
        counted: Counted,
    ) -> Result<Lap, Failure> {
        self.rouse(counted)?;
        let start = Instant::now();
        let outcome = match counted {
            Counted::Sealed => self.execute(world, block, strategy)?,
            Counted::Plain => self.execute_plain(world, block, strategy)?,
        };
        let total = start.elapsed();
        let stats = &outcome.stats;
        let micros = |time: Duration| time.as_nanos() as f64 / 1000.0;
        let (commit, digest) = (micros(stats.commit), micros(stats.digest));
        let total = match counted {
            Counted::Sealed => micros(total),
            Counted::Plain => micros(total) - digest,
        };
        let evaluate = micros(stats.evaluate + stats.resolve);
        let (intern, order, execute) = (micros(stats.intern), micros(stats.order), micros(stats.execute));
        let again = stats.reexecutions + stats.aborts;
        Ok(Lap { total, evaluate, intern, order, execute, commit, digest, again })
    }
}

/// Checks that all strategies come to the same.
fn same(strategies: &[Strategy], outcomes: &[Outcome]) -> Result<(), Failure> {
    let roots = |outcome: &Outcome| (outcome.state_root, outcome.receipts_root);
    let first = outcomes.first().map(roots);
    match strategies.iter().zip(outcomes).find(|(_, outcome)| Some(roots(outcome)) != first) {
        None => Ok(()),
        Some((strategy, _)) => Err(Failure::unable(format!(
            "{strategy} and serial execution differ, so there is nothing to compare"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raced(rounds: &[(f64, f64, bool)]) -> Raced {
        let lap = |total| Lap { total, ..Lap::default() };
        let round = |(serial, dag, quiet): &(f64, f64, bool)| Round {
            laps: vec![lap(*serial), lap(*dag)],
            quiet: *quiet,
        };
        Raced {
            strategies: vec![Strategy::Serial, Strategy::Dag],
            rounds: rounds.iter().map(round).collect(),
            alone: vec![10_000; 4],
            orders: vec![None, Some(Arc::new(Order::new(4, &[])))],
            edges_and_depth: (0, 1),
            threads: 2,
        }
    }

    #[test]
    fn only_quiet_rounds_count_if_there_are_any() {
        let some = raced(&[(10.0, 5.0, true), (10.0, 20.0, false), (20.0, 12.0, true)]);
        assert_eq!((some.quiet(), some.saved(1)), (2, vec![50.0, 40.0]));
        let none = raced(&[(10.0, 5.0, false), (10.0, 20.0, false)]);
        assert_eq!((none.quiet(), none.saved(1)), (0, vec![50.0, -100.0]));
    }

    #[test]
    fn what_is_saved_is_compared_within_a_round() {
        // Everything took twice as long in the second: nothing changes.
        let drifting = raced(&[(10.0, 6.0, true), (20.0, 12.0, true)]);
        assert_eq!(drifting.saved(1), [40.0, 40.0]);
        assert_eq!(drifting.saved(0), [0.0, 0.0]);
    }

    #[test]
    fn two_workers_save_half_at_best() {
        let free = raced(&[]);
        assert_eq!(free.work_and_path(), (40.0, 10.0));
        assert!((free.bound_percent() - 50.0).abs() < 1e-9);
    }
}
