//! Random dense blocks: whatever the strategy, the number of workers and the schedule, the result is the serial
//! one, byte for byte. A failure prints the seed that replays it:
//! `MC_SEED=… cargo test --release --workspace --test random`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "tests"
)]

mod common;

use common::bank::{bank, pair};
use common::*;
use mc_container::address::Address;
use mc_container::value::Scalar::{self, U8, U64};
use mc_container::value::Value;
use mc_runtime::{Executor, Outcome, PoolOptions, Strategy, Transaction, World};

/// Two banks and pairs of them, one of which binds both slots to one bank.
struct Town {
    world: World,
    ty: Scalar,
    banks: [Address; 2],
    pairs: [Address; 2],
}

fn town(ty: Scalar) -> Town {
    let mut bench = Bench::with_threads(&[1]);
    let (bank, pair) = (bank(ty), pair(ty));
    let banks = [bench.deploy(&bank, &[]), bench.deploy(&bank, &[])];
    let pairs = [bench.deploy(&pair, &[banks[0], banks[1]]), bench.deploy(&pair, &[banks[0], banks[0]])];
    Town { world: bench.world, ty, banks, pairs }
}

impl Town {
    /// Some balances, so small that head-room matters.
    fn furnish(&self, random: &mut Random, people: u64) -> World {
        let mut world = self.world.clone();
        let most = [3, 60, 256][random.below(3) as usize];
        for bank in self.banks {
            for person in 0..people {
                let put =
                    |world: &mut World, name, value| world.put(bank, name, &[who(person).value()], value);
                put(&mut world, "balances", Value::from_u64(random.below(most)));
                put(&mut world, "heir", who(random.below(people)).value());
            }
            world.put(bank, "total", &[], Value::from_u64(random.below(most)));
        }
        world
    }

    fn transaction(&self, random: &mut Random, people: u64, mix: u64) -> Transaction {
        let ty = self.ty;
        let from = who(random.below(people));
        let mut one = || Args::new().address(who(random.below(people)));
        let (a, b, c) = (one(), one(), one());
        let amount = [0, 1, 5, 40, 200][random.below(5) as usize].min(random.below(256));
        let bank = self.banks[random.below(2) as usize];
        let pair = self.pairs[random.below(2) as usize];
        let two = |entry| call(from, pair, entry, a.clone().number(ty, amount));
        let of = |entry, args: &Args| call(from, bank, entry, args.clone());
        let b_args = Args([a.0.clone(), b.0.clone()].concat());
        match random.below(mix) {
            0..8 => of("transfer", &a.clone().number(ty, amount)),
            8..10 => of("mint", &c.number(ty, amount)),
            10 => of("total", &Args::new()),
            11 => of("peek", &a),
            12 => of("leak", &a.clone().number(ty, amount)),
            13 => of("more", &a.clone().number(ty, amount.min(2))),
            14..17 => two("pay"),
            17 => two(["careless", "own_error", "lying", "twice"][random.below(4) as usize]),
            18 => two("of_balance"),
            19 => of("set", &a.clone().number(ty, amount)),
            20 => of("allow", &b_args.clone().number(ty, amount)),
            21 => of("spread", &a.clone().number(U64, random.below(6))),
            22 => of(["lie", "greedy"][random.below(2) as usize], &a),
            23 => of("name", &a),
            24 => of("spy", &a),
            25 => of("bequeath", &Args::new().number(ty, amount)),
            26 => of("reset", &a),
            27 => of("stray", &b_args),
            28 => two("to_heir"),
            29 => call(from, pair, "loops", a.clone().number(U64, random.below(6))),
            30 => two("resets"),
            _ => of("hoard", &Args::new()),
        }
    }
}

#[track_caller]
fn check(seed: u64, serial: &Outcome, parallel: &Outcome, (strategy, threads): (Strategy, usize)) {
    let equal = serial.receipts == parallel.receipts
        && serial.writes == parallel.writes
        && serial.state_root == parallel.state_root
        && serial.receipts_root == parallel.receipts_root;
    if !equal {
        eprintln!("MC_SEED={seed} with {strategy} on {threads} threads");
        same(serial, parallel);
    }
}

fn seeds(from: u64, count: u64) -> std::ops::Range<u64> {
    let number = |name| std::env::var(name).ok().and_then(|text: String| text.parse::<u64>().ok());
    match number("MC_SEED") {
        Some(seed) => seed..seed + 1,
        None => from..from + number("MC_BLOCKS").unwrap_or(count),
    }
}

fn compare(
    from: u64,
    count: u64,
    options: impl Fn(usize, u64) -> PoolOptions,
    threads: &[usize],
    shuffled: bool,
) -> (usize, usize) {
    let towns = [town(U8), town(U64)];
    let executors: Vec<Executor> = threads.iter().map(|n| Executor::new(options(*n, 0)).unwrap()).collect();
    let mut successes = [0_u64; 2];
    let (mut edges, mut groups, mut repeated) = (0, 0, 0);
    for seed in seeds(from, count) {
        let mut random = Random(seed);
        let town = &towns[random.below(2) as usize];
        let people = [2, 4, 10][random.below(3) as usize];
        let world = town.furnish(&mut random, people);
        let size = 1 + random.below(24);
        // Some blocks without locks, some without steps, some with everything.
        let mix = [14, 20, 23, 32][random.below(4) as usize];
        let txs = (0..size).map(|_| town.transaction(&mut random, people, mix)).collect();
        let block = block(txs);
        let serial = executors[0].execute(&world, &block, Strategy::Serial).unwrap();
        for receipt in &serial.receipts {
            successes[usize::from(receipt.is_success())] += 1;
        }
        for (executor, threads) in executors.iter().zip(threads) {
            let fresh = shuffled.then(|| Executor::new(options(*threads, seed)).unwrap());
            let executor = fresh.as_ref().unwrap_or(executor);
            for strategy in PARALLEL {
                let parallel = executor.execute(&world, &block, strategy).unwrap();
                let stats = &parallel.stats;
                edges += if strategy == Strategy::Dag { stats.edges } else { 0 };
                groups += stats.groups;
                repeated += stats.reexecutions;
                // Only whoever guesses can have guessed wrong.
                assert!(strategy == Strategy::Optimistic || stats.reexecutions + stats.aborts == 0);
                check(seed, &serial, &parallel, (strategy, *threads));
            }
        }
    }
    let [failed, succeeded] = successes;
    println!("{failed} failed, {succeeded} succeeded, {edges} edges, {groups} groups, {repeated} repeated");
    (groups, repeated)
}

#[test]
fn random_blocks_have_the_serial_result() {
    let options = |threads, _| PoolOptions { threads, parallel_from: 0, ..PoolOptions::default() };
    let (groups, _) = compare(0, 4000, options, &[1, 2, 4, 12], false);
    assert!(groups > 0);
}

#[test]
fn random_schedules_have_the_serial_result() {
    let options = |threads, seed| PoolOptions {
        threads,
        parallel_from: 0,
        seed: Some(seed),
        timed: true,
        ..PoolOptions::default()
    };
    let (_, repeated) = compare(1_000_000, 800, options, &[2, 4], true);
    assert!(repeated > 0, "no guess was ever wrong");
}
