//! What a step costs, on demand: a composition of so many steps beside one entry that does the same in one call.
//! `cargo test --release --workspace --test steps -- --ignored --nocapture`; `MC_ROUNDS` and `MC_TURNS` change how
//! often, and how much work a step is.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
#![allow(clippy::print_stdout, reason = "figures")]

mod common;

use common::*;
use mc_container::access::term::{Op, Term};
use mc_container::access::{EntryAccess, Mode};
use mc_container::address::Address;
use mc_container::arithmetic::Operation;
use mc_container::frame::{EXCHANGE, Layout};
use mc_container::manifest::ContainerKind;
use mc_container::package::Package;
use mc_container::value::Scalar::U64;
use mc_container::value::Value;
use mc_runtime::{Block, Executor, PoolOptions, Receipt, Strategy};
use std::sync::Arc;
use std::time::Instant;

/// The cells of a step.
const CELLS: u64 = 5;
const STEPS: [u64; 4] = [1, 2, 4, 8];
const TRANSACTIONS: u64 = 1_000;
/// The turns of a step's loop: about two microseconds of work.
const TURNS: u64 = 900;
/// How much longer than one entry a composition of [`BARRED`] steps may take.
const BAR: f64 = 1.5;
const BARRED: u64 = 4;

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn plus(offset: u64) -> Term {
    param(0).binary(&constant(U64, offset), Op::Arithmetic(Operation::Add, U64))
}

/// The work of so many steps: each runs a loop of `turns` and adds what comes out to five cells.
fn work(layout: &Layout, steps: u64, turns: u64) -> String {
    let part = |step: u64| {
        let cells = (step * CELLS..(step + 1) * CELLS).map(|cell| {
            let slot = format!("(i32.load (i32.const {}))", layout.table_entry(cell as usize));
            format!("(call $store {slot} (i64.add (i64.load {slot}) (local.get $sum)))")
        });
        let cells: String = cells.collect();
        format!(
            "(local.set $turn (i64.const {turns}))
            (loop $again
                (local.set $sum (i64.add (i64.mul (local.get $sum) (i64.const 6364136223846793005)) (local.get $turn)))
                (local.set $turn (i64.sub (local.get $turn) (i64.const 1)))
                (br_if $again (i64.ne (local.get $turn) (i64.const 0))))
            {cells}"
        )
    };
    let parts: String = (0..steps).map(part).collect();
    format!("(local $turn i64) (local $sum i64) {parts} (i32.const 0)")
}

/// Entries `work1`, `work2` and so on: each does the work of so many steps in one call.
fn worker(turns: u64) -> Arc<Package> {
    let mut builder =
        Builder::new("Worker", ContainerKind::Contract).variable("cells", &[U64], U64, Value::ZERO);
    for steps in STEPS {
        let accesses = (0..steps * CELLS).map(|cell| access(0, &[plus(cell)], Mode::Write)).collect();
        builder = builder
            .entry(&format!("work{steps}"), (&[U64], &[]), own(accesses), move |it| work(it, steps, turns));
    }
    builder.build()
}

/// Takes so many steps of the work of one.
fn composition(count: u64) -> Arc<Package> {
    let args: Vec<[Option<Term>; 1]> = (0..count).map(|step| [Some(plus(step * CELLS))]).collect();
    let calls: Vec<_> = args.iter().map(|args| (0, "work1", args.as_slice())).collect();
    let access: EntryAccess = steps(&calls);
    let take = |step: u64| {
        format!(
            "(call $store (i32.const {EXCHANGE}) (i64.add (i64.load (i32.const {ARGS})) (i64.const {})))
            (if (call $step (i32.const {step})) (then (return (i32.const 5))))",
            step * CELLS
        )
    };
    let text: String = (0..count).map(take).collect();
    Builder::new("Steps", ContainerKind::Composition)
        .slot("worker", &[("work1", &[U64], &[])])
        .entry("run", (&[U64], &[]), access, move |_| format!("{text} (i32.const 0)"))
        .build()
}

fn calls_of(to: Address, entry: &str) -> Arc<Block> {
    let tx = |n: u64| call(who(n), to, entry, Args::new().number(U64, n * 64));
    block((0..TRANSACTIONS).map(tx).collect())
}

/// Nanoseconds for a transaction.
fn time(executor: &Executor, bench: &Bench, block: &Arc<Block>) -> f64 {
    let started = Instant::now();
    let outcome = executor.execute(&bench.world, block, Strategy::Serial).unwrap();
    let time = started.elapsed().as_nanos() as f64 / TRANSACTIONS as f64;
    assert!(outcome.receipts.iter().all(Receipt::is_success));
    time
}

#[test]
#[ignore = "takes a while, and tells rather than checks"]
fn nanoseconds_per_step() {
    let (rounds, turns) = (number("MC_ROUNDS", 41), number("MC_TURNS", TURNS));
    println!("{}; {rounds} rounds of {TRANSACTIONS}", machine());
    let options = |signed| PoolOptions { threads: 1, signed, ..PoolOptions::default() };
    let executors = [false, true].map(|signed| Executor::new(options(signed)).unwrap());
    let mut bench = Bench::with_threads(&[1]);
    let worker = bench.deploy(&worker(turns), &[]);
    let idle = bench.deploy(&self::worker(1), &[]);
    let alone = [worker, idle].map(|to| {
        let block = calls_of(to, "work1");
        let mut times: Vec<f64> = (0..rounds).map(|_| time(&executors[0], &bench, &block)).collect();
        quartiles(&mut times)[1]
    });
    println!("the work of a step: {:.0} ns, of {turns} turns", alone[0] - alone[1]);
    for steps in STEPS {
        let composed = bench.deploy(&composition(steps), &[worker]);
        let blocks = [calls_of(worker, &format!("work{steps}")), calls_of(composed, "run")];
        for (executor, signed) in executors.iter().zip(["without", "with"]) {
            let mut times = [Vec::new(), Vec::new()];
            for _ in 0..rounds {
                for (block, times) in blocks.iter().zip(&mut times) {
                    times.push(time(executor, &bench, block));
                }
            }
            let [one, many] = times.map(|mut times| quartiles(&mut times));
            let bar = match (steps, many[1] <= BAR * one[1]) {
                (BARRED, true) => ", as it should",
                (BARRED, false) => ", MORE THAN 1.5",
                _ => "",
            };
            println!(
                "{steps} steps, {signed} ContainerSign: one entry {:.0} ({:.0}..{:.0}) ns, composition {:.0} ({:.0}..{:.0}) ns: {:.2} times, {:.0} ns a step{bar}",
                one[1],
                one[0],
                one[2],
                many[1],
                many[0],
                many[2],
                many[1] / one[1],
                (many[1] - one[1]) / steps as f64,
            );
        }
    }
}
