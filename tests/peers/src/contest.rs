//! The contests: what both sides execute, in turns.

use crate::evm::Evm;
use crate::ours::{self, Ours, all_succeed, touches_of, transfers_of};
use mc_runtime::Strategy;
use mcc::failure::Failure;
use mcc::measure::{Bench, Quartiles};
use std::sync::Arc;
use std::time::Instant;

/// The threads of either side.
const THREADS: usize = 2;

/// The same on both sides.
pub struct Contest {
    name: &'static str,
    ours: Arc<Ours>,
    theirs: Evm,
}

/// What both sides made of it, in transactions a second.
pub struct Row {
    /// What it was.
    pub name: &'static str,
    /// Ours, one after the other and on two threads.
    pub ours: [Quartiles; 2],
    /// Theirs, one after the other and in two halves that ask nobody.
    pub theirs: [Quartiles; 2],
    /// Our serial speed against theirs, in each round.
    pub ratio: Quartiles,
}

impl Contest {
    /// Every contest.
    ///
    /// # Errors
    /// If a workload is broken.
    pub fn all(accounts: u64, transactions: usize, seed: u64) -> Result<Vec<Self>, Failure> {
        let bench = Arc::new(Bench::new(THREADS, None)?);
        let size = |correlation| (accounts, transactions, correlation);
        let many = Arc::new(ours::transfers(&bench, "transfer", size(0), seed)?);
        let one = Arc::new(ours::transfers(&bench, "receiver", size(100), seed)?);
        let slots = Arc::new(ours::slots(&bench, transactions, seed)?);
        let callers: Vec<_> = slots.block().transactions.iter().map(|tx| tx.from).collect();
        let to_many = transfers_of(many.block());
        Ok(vec![
            Self { name: "token", ours: many.clone(), theirs: Evm::tokens(accounts, &to_many) },
            Self {
                name: "token, all to one",
                ours: one.clone(),
                theirs: Evm::tokens(accounts, &transfers_of(one.block())),
            },
            Self {
                name: "five slots",
                ours: slots.clone(),
                theirs: Evm::slots(&callers, &touches_of(slots.block())),
            },
            Self { name: "token / their coin", ours: many, theirs: Evm::coins(accounts, &to_many) },
        ])
    }

    /// Runs both sides in turns, after a round that does not count and in which everything has to succeed.
    ///
    /// # Errors
    /// If a transaction fails on either side.
    pub fn run(&self, runs: usize) -> Result<Row, Failure> {
        let count = self.ours.block().transactions.len();
        let serial = self.ours.execute(Strategy::Serial)?;
        let (succeeded, _) = self.theirs.execute(self.theirs.parts(1).remove(0));
        if !all_succeed(&serial) || succeeded != count {
            return Err(Failure::unable(format!("{}: not every transaction succeeds", self.name)));
        }
        drop(serial);
        let mut speeds: [Vec<f64>; 4] = Default::default();
        for round in 0..runs {
            for turn in 0..speeds.len() {
                let who = (round + turn) % speeds.len();
                let seconds = self.time(who)?;
                speeds[who].push(count as f64 / seconds);
            }
        }
        let ratios = speeds[0].iter().zip(&speeds[2]).map(|(ours, theirs)| ours / theirs).collect();
        let [serial, parallel, theirs, halves] = speeds.map(Quartiles::of);
        Ok(Row {
            name: self.name,
            ours: [serial, parallel],
            theirs: [theirs, halves],
            ratio: Quartiles::of(ratios),
        })
    }

    /// What one of the four takes, in seconds: digests and whatever is dropped left out.
    fn time(&self, who: usize) -> Result<f64, Failure> {
        let strategy = match who {
            0 => Strategy::Serial,
            1 => Strategy::Dag,
            2 => {
                let part = self.theirs.parts(1).remove(0);
                return Ok(timed(|| self.theirs.execute(part)));
            }
            _ => {
                let parts = self.theirs.parts(THREADS);
                return Ok(timed(|| self.theirs.execute_apart(parts)));
            }
        };
        self.ours.rouse()?;
        let start = Instant::now();
        let outcome = self.ours.execute(strategy)?;
        Ok((start.elapsed() - outcome.stats.digest).as_secs_f64())
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> f64 {
    let start = Instant::now();
    let result = work();
    let seconds = start.elapsed().as_secs_f64();
    drop(result);
    seconds
}
