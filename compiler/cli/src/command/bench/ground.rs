//! What needs a large state: a million accounts, and a block of a hundred thousand transactions.

use super::model::Bar;
use super::paper::Laboratory;
use super::stage::{Opened, Scene};
use super::workloads;
use crate::args::{Bench as Args, Generate, Sharing};
use crate::failure::Failure;
use crate::measure::Bench;
use crate::measure::machine::most_resident;
use crate::measure::race::{COMPARED, Counted, Raced, Round};
use crate::output::{Output, Progress};
use mc_runtime::Strategy;

/// Transactions of the block that has to fit into memory.
const MANY: usize = 100_000;
/// The rounds of each race.
const RUNS: usize = 15;
const MIB: f64 = 1024.0 * 1024.0;

/// What was measured.
pub(super) struct Ground {
    pub(super) bars: Vec<Bar>,
    /// What a cell takes in memory, with its key and digest.
    pub(super) bytes_of_a_cell: f64,
    /// What a transaction takes while its block is executed, its cells included.
    pub(super) bytes_of_a_transaction: f64,
}

impl Ground {
    /// What there is to say besides the bars.
    pub(super) fn text(&self) -> String {
        format!(
            " memory: {:.0} bytes a cell of a million, {:.0} bytes a transaction in flight\n \
             dispatch and join, and the overhead of a call, are figures of the engine's own:\n   \
             cargo test --release --workspace --lib --test engine -- --ignored --nocapture\n",
            self.bytes_of_a_cell, self.bytes_of_a_transaction
        )
    }
}

/// Measures it.
pub(super) fn measure(args: &Args, threads: usize, output: &Output) -> Result<Ground, Failure> {
    let bench = Bench::new(threads, None)?;
    let two_microseconds = {
        let stage = Laboratory::stage()?;
        Laboratory::new(&stage, threads, args.sharing.seed)?.rounds_of(2.0)
    };
    let runs = args.runs.unwrap_or(if args.quick { 3 } else { RUNS });
    let mut progress = output.progress("timing", 5 * runs as u64);
    let split = cold_split(args, &bench, runs, &mut progress)?;
    let (receiver, payer) = (stage_of("receiver")?, stage_of("payer")?);
    let opened = receiver.open(args.sharing.seed)?;
    let state = opened.world.state();
    let bytes_of_a_cell = state.bytes() as f64 / state.len().max(1) as f64;
    let mut races = Races { bench: &bench, runs, progress: &mut progress };
    let alone = races.race(&opened, "cheap", 0, 0)?;
    let hot = races.race(&opened, "cheap", 100, 0)?;
    let credits = races.race(&opened, "heavy", 100, two_microseconds)?;
    let debits = races.race(&payer.open(args.sharing.seed)?, "heavy", 100, two_microseconds)?;
    let mut bars = vec![
        saved("all to one receiver by `+=`, 2 µs: saved", &credits, 40.0),
        saved("all from one payer who can, 2 µs: saved", &debits, 40.0),
        hot_receiver(&alone, &hot),
        split,
    ];
    let (memory, bytes_of_a_transaction) = in_flight(&opened, &bench)?;
    bars.extend(memory);
    Ok(Ground { bars, bytes_of_a_cell, bytes_of_a_transaction })
}

/// The split where every key is an account's address and every cell one of a million.
fn cold_split(args: &Args, bench: &Bench, runs: usize, progress: &mut Progress) -> Result<Bar, Failure> {
    let stage = stage_of("accounts")?;
    let scene = stage.open(args.sharing.seed)?.scene(&Generate::default())?;
    let place = (&scene.world, &scene.block);
    let raced = bench.race(place, &[Strategy::Serial, Strategy::Dag], Counted::Plain, runs, progress)?;
    let each =
        |round: &Round| Some(1000.0 * round.laps.get(1)?.split() / scene.block.transactions.len() as f64);
    let rounds = raced.counting().into_iter().filter_map(each).collect();
    Ok(Bar::new(
        "split, 5 of 1 M accounts, each",
        "ns",
        (450.0, Some(250.0), false),
        rounds,
        raced.quiet() == 0,
    ))
}

fn stage_of(name: &str) -> Result<super::stage::Stage, Failure> {
    let workload = workloads::named(name).ok_or_else(|| Failure::unable(format!("no workload `{name}`")))?;
    workload.stage()
}

struct Races<'r> {
    bench: &'r Bench,
    runs: usize,
    progress: &'r mut Progress,
}

impl Races<'_> {
    fn race(
        &mut self,
        opened: &Opened<'_>,
        work: &str,
        correlation: u64,
        rounds: u64,
    ) -> Result<Raced, Failure> {
        let scene = scene(opened, work, (2000, correlation, rounds))?;
        self.bench.race((&scene.world, &scene.block), COMPARED, Counted::Plain, self.runs, self.progress)
    }
}

fn scene(
    opened: &Opened<'_>,
    work: &str,
    (transactions, correlation, rounds): (usize, u64, u64),
) -> Result<Scene, Failure> {
    let (cheap, heavy) = (u64::from(work == "cheap"), u64::from(work == "heavy"));
    let flags = Generate {
        txs: Some(transactions),
        sharing: Sharing { correlation: Some(correlation), ..Sharing::default() },
        param: vec![format!("cheap={cheap}"), format!("heavy={heavy}"), format!("rounds={rounds}")],
    };
    opened.scene(&flags)
}

fn saved(name: &str, raced: &Raced, needed: f64) -> Bar {
    let rounds = raced.place(Strategy::Dag).map(|place| raced.saved(place)).unwrap_or_default();
    Bar::new(name, "%", (needed, None, true), rounds, raced.quiet() == 0)
}

/// How much longer the block takes if everybody pays one account.
fn hot_receiver(alone: &Raced, hot: &Raced) -> Bar {
    let median =
        |raced: &Raced| raced.place(Strategy::Dag).map(|it| raced.spread(it, |lap| lap.total).median);
    let each = |raced: &Raced| -> Vec<f64> {
        let place = raced.place(Strategy::Dag).unwrap_or_default();
        raced.counting().iter().filter_map(|round| Some(round.laps.get(place)?.total)).collect()
    };
    let free = median(alone).unwrap_or(f64::NAN);
    let rounds = each(hot).into_iter().map(|time| time / free).collect();
    let noisy = alone.quiet() == 0 || hot.quiet() == 0;
    Bar::new("all to one receiver / to many, 2 threads", "×", (1.05, Some(1.0), false), rounds, noisy)
}

/// What a block of very many transactions takes in memory.
fn in_flight(opened: &Opened<'_>, bench: &Bench) -> Result<(Option<Bar>, f64), Failure> {
    let scene = scene(opened, "cheap", (MANY, 10, 0))?;
    // Ask the system to count the peak from here on, where it can.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let stats = bench.execute(&scene.world, &scene.block, Strategy::Dag)?.stats;
    let most = most_resident().map(|most| most as f64);
    let bar = |most: f64| {
        Bar::new("memory, block of 100000, 1 M cells", "MiB", (1024.0, None, false), vec![most / MIB], false)
    };
    Ok((most.map(bar), (stats.transaction_bytes + stats.cell_bytes) as f64 / MANY as f64))
}
