//! Figures, on demand: `cargo test --release --workspace --test figures -- --ignored --nocapture`.

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

use common::bank::bank;
use common::estate::estate;
use common::*;
use mc_container::access::Footprint;
use mc_container::access::evaluate::{Environment, Evaluator, Place};
use mc_container::access::{Access, VariableId};
use mc_container::address::{Address, VariableRoot};
use mc_container::package::Package;
use mc_container::value::Scalar::U64;
use mc_container::value::Value;
use mc_runtime::{Executor, PoolOptions, Strategy, Transaction};
use std::time::Instant;

#[test]
#[ignore = "takes a while, and tells rather than checks"]
fn nanoseconds_per_transaction() {
    let count = 10_000_u64;
    let number = |name| std::env::var(name).ok().and_then(|text: String| text.parse::<u64>().ok());
    let rounds = number("MC_ROUNDS").unwrap_or(15);
    for (people, cells, hot) in
        [(100_000, 100_000, 0), (100_000, 100_000, 10), (100, 100, 0), (100_000, 1_000_000, 0)]
    {
        if number("MC_PEOPLE").is_some_and(|only| only != people) {
            continue;
        }
        let mut bench = Bench::with_threads(&[1]);
        let bank = bench.deploy(&bank(U64), &[]);
        let funds: Vec<_> = (0..cells).map(|n| (vec![who(n).value()], Value::from_u64(1_000_000))).collect();
        bench.world.put_all(bank, "balances", &funds);
        let tx = |n: u64| -> Transaction {
            let mixed = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
            if mixed % 100 < hot {
                return call(who(n % people), bank, "set", Args::new().address(who(1)).number(U64, n));
            }
            let to = who((mixed / 100) % people);
            call(who(n % people), bank, "transfer", Args::new().address(to).number(U64, 1))
        };
        let block = block((0..count).map(tx).collect());
        println!("{count} transfers, {people} people, {cells} cells, {hot} % hot");
        for (strategy, threads) in [
            (Strategy::Serial, 1),
            (Strategy::Dag, 1),
            (Strategy::Dag, 2),
            (Strategy::Dag, 4),
            (Strategy::Dag, 12),
        ] {
            if std::env::var("MC_ONLY").is_ok_and(|only| only != format!("{strategy:?}{threads}")) {
                continue;
            }
            let executor = Executor::new(PoolOptions { threads, ..PoolOptions::default() }).unwrap();
            let mut best = (u128::MAX, None);
            for _ in 0..rounds {
                let started = Instant::now();
                let outcome = executor.execute(&bench.world, &block, strategy).unwrap();
                let time = started.elapsed().as_nanos();
                if time < best.0 {
                    best = (time, Some(outcome.stats));
                }
            }
            let stats = best.1.unwrap();
            let per = |d: std::time::Duration| d.as_nanos() / u128::from(count);
            println!(
                "  {strategy:?} {threads:2}: {:4} ns = evaluate {:4} intern {:4} order {:4} execute {:4} commit {:4}; edges {} depth {} busy {:?}",
                best.0 / u128::from(count),
                per(stats.evaluate),
                per(stats.intern),
                per(stats.order),
                per(stats.execute),
                per(stats.commit),
                stats.edges,
                stats.depth,
                stats.busy_per_mille,
            );
        }
    }
}

#[test]
#[ignore = "takes a while, and tells rather than checks"]
fn nanoseconds_per_transaction_that_depends_on_the_state() {
    let count = 10_000_u64;
    let mut bench = Bench::with_threads(&[1]);
    let home = bench.deploy(&estate(), &[]);
    let spread = |n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    let cells = |of: fn(u64) -> u64| -> Vec<_> {
        (0..count).map(|n| (vec![Value::from_u64(n)], Value::from_u64(of(n)))).collect()
    };
    bench.world.put_all(home, "owner", &cells(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20));
    bench.world.put_all(home, "held", &cells(|_| 1_000_000));
    assert!(bench.world.put(home, "supply", &[], Value::from_u64(count * 1_000_000)));
    let tx = |entry: &str, args: &[u64]| {
        call(who(0), home, entry, args.iter().fold(Args::new(), |args, arg| args.number(U64, *arg)))
    };
    let every = |make: &dyn Fn(u64) -> Transaction| (0..count).map(make).collect::<Vec<_>>();
    let blocks = [
        ("settled: pay", every(&|n| tx("pay", &[spread(n), 1]))),
        ("exact: pay_owner", every(&|n| tx("pay_owner", &[n, 1]))),
        ("exact, two levels: set_of_agent", every(&|n| tx("set_of_agent", &[n, 1]))),
        (
            "one of two widened: set_owner, pay_owner",
            every(&|n| {
                if n % 2 == 0 { tx("set_owner", &[n, n]) } else { tx("pay_owner", &[n - 1, 1]) }
            }),
        ),
        (
            "credits widened: set_owner, send_owner",
            every(&|n| {
                if n % 2 == 0 { tx("set_owner", &[n, n]) } else { tx("send_owner", &[n, n - 1, 1]) }
            }),
        ),
        ("found at run time: send_anywhere", every(&|n| tx("send_anywhere", &[n, spread(n), 1]))),
    ];
    for (name, transactions) in blocks {
        let block = block(transactions);
        println!("{name}");
        for (strategy, threads) in [(Strategy::Serial, 1), (Strategy::Dag, 1), (Strategy::Dag, 2)] {
            let executor = Executor::new(PoolOptions { threads, ..PoolOptions::default() }).unwrap();
            let mut best = (u128::MAX, None);
            for _ in 0..10 {
                let started = Instant::now();
                let outcome = executor.execute(&bench.world, &block, strategy).unwrap();
                assert!(outcome.receipts.iter().all(mc_runtime::Receipt::is_success));
                let time = started.elapsed().as_nanos();
                if time < best.0 {
                    best = (time, Some(outcome.stats));
                }
            }
            let stats = best.1.unwrap();
            let per = |d: std::time::Duration| d.as_nanos() / u128::from(count);
            println!(
                "  {strategy:?} {threads}: {:5} ns = evaluate {:4} resolve {:4} intern {:4} order {:4} execute {:4} commit {:4}; exact {} widened {} edges {} depth {}",
                best.0 / u128::from(count),
                per(stats.evaluate),
                per(stats.resolve),
                per(stats.intern),
                per(stats.order),
                per(stats.execute),
                per(stats.commit),
                stats.exact,
                stats.widened,
                stats.edges,
                stats.depth,
            );
        }
    }
}

/// A call, and a state in which every cell holds the same number.
struct Around {
    params: [Value; 4],
}

impl Environment for Around {
    fn param(&self, number: u16) -> Option<Value> {
        self.params.get(usize::from(number)).copied()
    }

    fn caller(&self) -> Value {
        who(7).value()
    }

    fn now(&self) -> Value {
        Value::from_u64(1)
    }

    fn tx_id(&self) -> Value {
        Value::ZERO
    }

    fn address(&self, _instance: u16) -> Option<Value> {
        Some(who(8).value())
    }

    fn immutable(&self, _instance: u16, _variable: VariableId) -> Option<Value> {
        Some(Value::from_u64(5))
    }

    fn at(&self, _instance: u16, _variable: VariableId, _keys: &[Value]) -> Option<Value> {
        Some(Value::from_u64(3))
    }
}

/// The accesses of an entry, ready to be evaluated.
fn places<'a>(package: &'a Package, accesses: &'a [Access]) -> Vec<Place<'a>> {
    let place = |access: &'a Access| {
        let variable = package.manifest().variable(access.variable).unwrap();
        let is_credit = access.mode.is_credit() && variable.holding.is_capped();
        let (key_types, keys) = (variable.keys.as_slice(), access.keys.as_slice());
        let (mode, ranges, when) = (&access.mode, access.ranges.as_slice(), access.when.as_ref());
        let root = VariableRoot::new(Address::default(), &variable.name);
        Place { root, key_types, keys, mode, ranges, when, is_credit }
    };
    accesses.iter().map(place).collect()
}

#[test]
#[ignore = "takes a while, and tells rather than checks"]
fn nanoseconds_per_access() {
    const CALLS: u64 = 20_000;
    println!("{}; formulas to cells, hashing of keys included", machine());
    for (package, names) in [
        (bank(U64), &["transfer", "mint", "peek", "allow"][..]),
        (estate(), &["pay", "pay_owner", "set_of_agent", "each"][..]),
    ] {
        for name in names {
            let number = package.manifest().entry_number(name).unwrap();
            let access = &package.access()[number];
            let places = places(&package, &access.accesses);
            let (mut times, mut touched, mut footprint) = (Vec::new(), 0, Footprint::default());
            for _ in 0..41 {
                footprint.clear();
                let started = Instant::now();
                for call in 0..CALLS {
                    let params = [call, call + 1, 3, 4].map(Value::from_u64);
                    let around = Around { params };
                    let mut evaluator = Evaluator::new(&around, false);
                    assert!(places.iter().all(|place| evaluator.access(place, &mut footprint)));
                }
                footprint.name();
                touched = footprint.touches.len();
                times.push(started.elapsed().as_nanos() as f64 / touched as f64);
            }
            let bytes = borsh::to_vec(access).unwrap().len();
            let [low, median, high] = quartiles(&mut times);
            println!(
                "  {name:12} {:2} accesses, {bytes:4} bytes, {:.1} cells a call: {median:4.0} ({low:.0}..{high:.0}) ns a cell",
                places.len(),
                touched as f64 / CALLS as f64,
            );
        }
    }
}
