//! The workloads that `mcc bench` knows by name: `bench/*.toml` of the examples.

use super::paper::Laboratory;
use super::series::{ROUNDS, Series, show};
use super::stage::Stage;
use crate::args::Bench as Args;
use crate::failure::Failure;
use crate::measure::Bench;
use crate::output::Output;

/// A workload, and the example that it is for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named {
    name: &'static str,
    example: &'static str,
}

/// Every workload. Its first line says what it sends.
const WORKLOADS: [Named; 11] = [
    Named { name: "accounts", example: "paper" },
    Named { name: "transfer", example: "street" },
    Named { name: "zipf", example: "street" },
    Named { name: "receiver", example: "street" },
    Named { name: "payer", example: "street" },
    Named { name: "swap", example: "street" },
    Named { name: "pools", example: "street" },
    Named { name: "mint", example: "street" },
    Named { name: "vote", example: "street" },
    Named { name: "purchase", example: "corner" },
    Named { name: "payroll", example: "street" },
];
/// Transactions of a block, where nothing is said.
const TRANSACTIONS: usize = 2000;
/// The correlations that are compared, where a workload has any.
const CORRELATIONS: [u64; 4] = [0, 10, 50, 100];
/// What a heavy contract does besides, in microseconds.
const HEAVY: f64 = 20.0;

/// The workload with this name.
pub(super) fn named(name: &str) -> Option<Named> {
    WORKLOADS.into_iter().find(|workload| workload.name == name)
}

/// The names of all.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    WORKLOADS.iter().map(|workload| workload.name)
}

/// Times every workload.
pub(super) fn all(args: &Args, output: &mut Output) -> Result<(), Failure> {
    WORKLOADS.iter().try_for_each(|workload| one(args, *workload, output))
}

/// Times a workload: without any work besides, and with a lot.
pub(super) fn one(args: &Args, named: Named, output: &mut Output) -> Result<(), Failure> {
    let threads = args.workers.count();
    let bench = Bench::new(threads, None)?;
    let stage = named.stage()?;
    let opened = stage.open(args.sharing.seed)?;
    let shares = stage.workload.shares();
    let correlations: Vec<Option<u64>> = match args.sharing.correlation {
        None if shares => CORRELATIONS.map(Some).to_vec(),
        given => vec![given],
    };
    let heavy = heavy_rounds(args, threads)?;
    let series = ["cheap", "heavy"].map(|work| {
        let rounds = if work == "heavy" { heavy } else { 0 };
        Series {
            args,
            bench: &bench,
            opened: &opened,
            title: format!("{}, {work}", named.name),
            params: stage.params(work, rounds),
            blocks: if args.txs.is_empty() { vec![TRANSACTIONS] } else { args.txs.clone() },
            correlations: correlations.clone(),
        }
    });
    show(&stage.app()?.name, &series, output)
}

fn heavy_rounds(args: &Args, threads: usize) -> Result<u64, Failure> {
    if let Some(rounds) = args.rounds.first() {
        return Ok(*rounds);
    }
    let stage = Laboratory::stage()?;
    Ok(Laboratory::new(&stage, threads, args.sharing.seed)?.rounds_of(HEAVY))
}

impl Named {
    /// The compiled example with this workload.
    pub(super) fn stage(self) -> Result<Stage, Failure> {
        Stage::embedded(self.example, &format!("bench/{}.toml", self.name))
    }
}

impl Stage {
    /// The params that make a workload cheap or heavy, of those that it has.
    pub(super) fn params(&self, work: &str, rounds: u64) -> Vec<(&'static str, u64)> {
        let heavy = u64::from(work == "heavy");
        let all = [("cheap", 1 - heavy), ("heavy", heavy), (ROUNDS, rounds)];
        all.into_iter().filter(|(name, _)| self.workload.params.contains_key(*name)).collect()
    }
}
