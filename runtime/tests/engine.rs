//! What the parts of the engine cost, on demand, with what a call alone does (`sandbox.rs`):
//! `cargo test --release --workspace --lib --test engine -- --ignored --nocapture --test-threads 1`.
//! `MC_ROUNDS` changes how often, `MC_TXS` the blocks whose time is told, `MC_CELLS` the calls that are. Every figure is
//! a median, with the quartiles beside it and the bound it is held against; the machine is named first.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
#![allow(clippy::print_stdout, reason = "figures")]

mod common;

use common::touching::{steps_touching, touching};
use common::*;
use mc_container::address::Address;
use mc_container::value::Value;
use mc_runtime::{Block, Executor, Outcome, PoolOptions, Receipt, Stats, Strategy, World};
use mimalloc::MiMalloc;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// That of `mcc`.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// How many cells the entries touch: `touch1` and so on.
const CELLS: [usize; 6] = [1, 2, 5, 10, 15, 20];

fn setting(name: &str, otherwise: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn rounds(otherwise: usize) -> usize {
    setting("MC_ROUNDS", otherwise)
}

/// A world where so many accounts have a cell.
fn world(accounts: u64, entries: &[usize]) -> (World, Address) {
    let mut bench = Bench::with_threads(&[1]);
    let to = bench.deploy(&touching(entries), &[]);
    let cells: Vec<_> = (0..accounts).map(|n| (vec![who(n).value()], Value::from_u64(n + 1))).collect();
    bench.world.put_all(to, "cells", &cells);
    (bench.world, to)
}

/// So many transactions that touch so many cells of random accounts.
fn calls(to: Address, transactions: usize, cells: usize, accounts: u64) -> Arc<Block> {
    let mut random = Random(7);
    let mut tx = |n: usize| {
        let args = (0..cells).fold(Args::new(), |args, _| args.address(who(random.below(accounts))));
        call(who(n as u64), to, &format!("touch{cells}"), args)
    };
    block((0..transactions).map(&mut tx).collect())
}

fn executor(threads: usize) -> Executor {
    let options =
        PoolOptions { threads, parallel_from: 0, signed: false, pinned: true, ..PoolOptions::default() };
    Executor::new(options).unwrap()
}

fn execute(executor: &Executor, world: &World, block: &Arc<Block>, strategy: Strategy) -> Outcome {
    executor.rouse().unwrap();
    let outcome = executor.execute(world, block, strategy).unwrap();
    assert!(outcome.receipts.iter().all(Receipt::is_success));
    outcome
}

/// The quartiles of what `figure` says of some rounds, in nanoseconds.
fn measured(rounds: usize, mut figure: impl FnMut() -> Duration) -> [f64; 3] {
    figure();
    quartiles(&mut (0..rounds).map(|_| figure().as_nanos() as f64).collect::<Vec<_>>())
}

fn shown([low, median, high]: [f64; 3], divisor: f64) -> String {
    format!("{:.0} ns ({:.0}..{:.0})", median / divisor, low / divisor, high / divisor)
}

/// The exponent of growth: the slope of a straight line through the logarithms.
fn exponent(points: &[(f64, f64)]) -> f64 {
    let logs: Vec<(f64, f64)> = points.iter().map(|(x, y)| (x.ln(), y.ln())).collect();
    let count = logs.len() as f64;
    let (x, y) = logs.iter().fold((0.0, 0.0), |(x, y), (a, b)| (x + a / count, y + b / count));
    let along: f64 = logs.iter().map(|(a, b)| (a - x) * (b - y)).sum();
    along / logs.iter().map(|(a, _)| (a - x) * (a - x)).sum::<f64>()
}

#[test]
fn the_slope_of_a_square_is_two() {
    let points: Vec<(f64, f64)> = [1.0, 2.0, 5.0, 9.0].map(|x: f64| (x, 3.0 * x * x)).to_vec();
    assert!((exponent(&points) - 2.0).abs() < 1e-9);
}

#[test]
#[ignore = "takes a while, and tells rather than checks"]
fn execution() {
    println!("{}", machine());
    let executor = executor(1);
    for cells in CELLS.into_iter().filter(|cells| setting("MC_CELLS", *cells) == *cells) {
        // The memory that is cleared for a call is as large as the largest frame of the contract.
        let (world, to) = world(1_000, &[cells]);
        let block = calls(to, 2_000, cells, 1_000);
        let time = measured(rounds(31), || execute(&executor, &world, &block, Strategy::Dag).stats.execute);
        println!("a transaction that touches {cells} cells: {}", shown(time, 2_000.0));
    }
}

#[test]
#[ignore = "takes a while, and tells rather than checks"]
fn step_overhead() {
    println!("{}", machine());
    let executor = executor(1);
    for cells in [1, 2, 5].into_iter().filter(|cells| setting("MC_CELLS", *cells) == *cells) {
        let mut bench = Bench::with_threads(&[1]);
        let to = bench.deploy(&touching(&[cells]), &[]);
        let blocks = [1, 9].map(|count| {
            let composition = bench.deploy(&steps_touching(count, cells), &[to]);
            calls(composition, 2_000, cells, 1_000)
        });
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..rounds(31) {
            for (block, times) in blocks.iter().zip(&mut times) {
                times.push(execute(&executor, &bench.world, block, Strategy::Dag).stats.execute.as_nanos());
            }
        }
        let [one, nine] = times;
        let mut more: Vec<f64> = one.iter().zip(nine).map(|(one, nine)| nine as f64 - *one as f64).collect();
        println!("one more step that touches {cells} cells: {}", shown(quartiles(&mut more), 8.0 * 2_000.0));
    }
}

/// A part of a split, and how long it took.
type Part = (&'static str, fn(&Stats) -> Duration);

/// The cells of each call named, found and fetched, and what conflicts ordered.
const PARTS: [Part; 3] =
    [("evaluate", |it| it.evaluate), ("intern", |it| it.intern), ("order", |it| it.order)];

#[test]
#[ignore = "takes a while, and tells rather than checks"]
fn split_against_transactions_and_variables() {
    println!("{}", machine());
    println!("bounds: order 120 ns; all of it, with 1 M cells, 450 ns");
    for accounts in [1_000, 1_000_000] {
        let (world, to) = world(accounts, &CELLS);
        for threads in [1, 2] {
            println!("{accounts} cells, {threads} threads");
            let executor = executor(threads);
            let measured = |transactions: usize, cells: usize| {
                let block = calls(to, transactions, cells, accounts);
                let rounds = (rounds(31) * 2_000 / transactions).clamp(5, 200);
                let parts = PARTS.map(|(name, part)| {
                    let time =
                        measured(rounds, || part(&execute(&executor, &world, &block, Strategy::Dag).stats));
                    print!("  {name} {}", shown(time, transactions as f64));
                    time[1]
                });
                println!("  for {transactions} of {cells}");
                parts.iter().sum::<f64>()
            };
            let sizes = [500, 1_000, 2_000, 5_000, 20_000, 100_000];
            let points = sizes.map(|transactions| (transactions as f64, measured(transactions, 5)));
            println!("  exponent in transactions {:.2}; bound 1.15", exponent(&points));
            let points = CELLS.map(|cells| (cells as f64, measured(2_000, cells)));
            println!("  exponent in variables {:.2}; bound 1", exponent(&points));
        }
    }
}

/// Every phase of a block.
const PHASES: [Part; 7] = [
    ("evaluate", |it| it.evaluate),
    ("resolve", |it| it.resolve),
    ("intern", |it| it.intern),
    ("order", |it| it.order),
    ("execute", |it| it.execute),
    ("commit", |it| it.commit),
    ("digest", |it| it.digest),
];

#[test]
#[ignore = "takes a while, and tells rather than checks"]
fn where_the_time_goes() {
    println!("{}", machine());
    let transactions = setting("MC_TXS", 2_000);
    println!("nanoseconds of a transaction on 5 cells, medians of blocks of {transactions}");
    for accounts in [1_000_000, 6_000, 10] {
        let (world, to) = world(accounts, &CELLS);
        let block = calls(to, transactions, 5, accounts);
        println!("of {accounts}");
        let ways = [(Strategy::Serial, 1), (Strategy::Dag, 1), (Strategy::Dag, 2)];
        let executors = ways.map(|(_, threads)| executor(threads));
        let mut times = ways.map(|_| PHASES.map(|_| Vec::new()));
        for _ in 0..rounds(101) {
            for (((strategy, _), executor), times) in ways.into_iter().zip(&executors).zip(&mut times) {
                let stats = execute(executor, &world, &block, strategy).stats;
                times.iter_mut().zip(PHASES).for_each(|(times, (_, phase))| times.push(phase(&stats)));
            }
        }
        for ((strategy, threads), times) in ways.into_iter().zip(times) {
            print!("  {} {threads}:", strategy.name());
            let mut sum = 0;
            for ((name, _), mut times) in PHASES.into_iter().zip(times) {
                times.sort();
                let median = times[times.len() / 2].as_nanos() / transactions as u128;
                sum += if name == "digest" { 0 } else { median };
                print!("  {name} {median}");
            }
            println!("  sum without digest {sum}");
        }
    }
}

#[test]
#[ignore = "takes a while, and tells rather than checks"]
fn dispatch_and_join() {
    println!("{}", machine());
    let (world, _) = world(0, &CELLS);
    let nothing = block(Vec::new());
    let executors = [1, 2].map(executor);
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..rounds(2_001) {
        let [one, two] = executors.each_ref().map(|executor| {
            executor.rouse().unwrap();
            let started = Instant::now();
            execute(executor, &world, &nothing, Strategy::Dag);
            started.elapsed().as_nanos() as f64
        });
        times.iter_mut().zip([one, two, two - one]).for_each(|(times, time)| times.push(time));
    }
    let [one, two, between] = times.each_mut().map(|times| quartiles(times));
    println!("a block of nothing through all phases, 1 thread: {}", shown(one, 1.0));
    println!("the same, 2 threads: {}", shown(two, 1.0));
    println!("dispatch and join, five of each: {}; bound 5000 ns", shown(between, 1.0));
}

#[test]
#[ignore = "takes a while, and tells rather than checks"]
fn memory_in_flight() {
    println!("{}", machine());
    let (world, to) = world(1_000_000, &CELLS);
    let executor = executor(2);
    let block = calls(to, 100_000, 5, 1_000_000);
    for strategy in Strategy::ALL.into_iter().filter(|strategy| *strategy != Strategy::Paper) {
        let stats = execute(&executor, &world, &block, strategy).stats;
        let peak = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let peak =
            peak.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default().trim().to_owned();
        println!(
            "{strategy}: {} bytes a transaction, {} bytes a cell of {}; the process had at most {peak}, bound 1 GiB",
            stats.transaction_bytes / 100_000,
            stats.cell_bytes / stats.cells.max(1),
            stats.cells,
        );
    }
}

#[test]
#[ignore = "takes a while, and tells rather than checks"]
fn a_block_in_a_row() {
    println!("{}", machine());
    let (world, to) = world(1, &CELLS);
    let executor = executor(2);
    let block = calls(to, 2_000, 1, 1);
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..rounds(101) {
        for (strategy, times) in [Strategy::Serial, Strategy::Dag].into_iter().zip(&mut times) {
            let stats = execute(&executor, &world, &block, strategy).stats;
            let phases =
                [stats.evaluate, stats.resolve, stats.intern, stats.order, stats.execute, stats.commit];
            times.push(phases.iter().sum::<Duration>().as_nanos() as f64);
        }
    }
    let median = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    let [serial, dag] = times.each_mut().map(median);
    println!(
        "2 000 transactions on one cell: serial {:.0} ns, dag {:.0} ns each, {:.3} times; bound 1.03",
        serial / 2_000.0,
        dag / 2_000.0,
        dag / serial
    );
}
