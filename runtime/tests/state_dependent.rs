//! Blocks whose transactions find their cells through other cells: whatever the schedule, the result is the serial
//! one, byte for byte; and each rule that the schedule rests on is needed. A failure prints the seed that replays
//! it: `MC_SEED=… cargo test --release --workspace --test state_dependent`.

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

use common::estate::{SHORT, at, chain, estate};
use common::*;
use mc_container::access::{Access, EntryAccess, Mode};
use mc_container::address::Address;
use mc_container::error::SystemError;
use mc_container::manifest::ContainerKind;
use mc_container::value::Scalar::{self, U64};
use mc_container::value::Value;
use mc_runtime::{Executor, Order, Outcome, PoolOptions, Receipt, Rules, Strategy, Transaction, World};

/// Two estates and chains of them, one of which binds both slots to one estate.
struct Village {
    world: World,
    estates: [Address; 2],
    chains: [Address; 2],
}

impl Village {
    fn new() -> Self {
        let mut bench = Bench::with_threads(&[1]);
        let (estate, chain) = (estate(), chain());
        let estates = [bench.deploy(&estate, &[]), bench.deploy(&estate, &[])];
        let chains = [
            bench.deploy(&chain, &[estates[0], estates[1]]),
            bench.deploy(&chain, &[estates[0], estates[0]]),
        ];
        Self { world: bench.world, estates, chains }
    }

    fn furnish(&self, random: &mut Random, people: u64) -> World {
        let mut world = self.world.clone();
        let most = [4, 30, 1000][random.below(3) as usize];
        for estate in self.estates {
            let mut supply = 0;
            for person in 0..people {
                let key = [Value::from_u64(person)];
                let mut put = |name, value| assert!(world.put(estate, name, &key, Value::from_u64(value)));
                put("owner", random.below(people));
                put("agent", random.below(people));
                put("purse", random.below(most));
                put("best", random.below(6));
                let held = random.below(most);
                put("held", held);
                supply += held;
            }
            assert!(world.put(estate, "supply", &[], Value::from_u64(supply)));
            assert!(world.put(estate, "rate", &[], Value::from_u64(random.below(6))));
        }
        world
    }

    fn transaction(&self, random: &mut Random, people: u64, entries: &[&str]) -> Transaction {
        let entry = entries[random.below(entries.len() as u64) as usize];
        let composed = ["change", "resell", "through", "unknown", "rated", "lying", "guarded", "unguarded"]
            .contains(&entry);
        let to = if composed { self.chains } else { self.estates }[random.below(2) as usize];
        let amount = [0, 1, 2, 5, 40][random.below(5) as usize];
        let (a, b) = (random.below(people), random.below(people));
        let args: &[u64] = match entry {
            "set_owner" | "set_agent" | "inherit" | "change" => &[a, b],
            "set_rate" | "add_rate" => &[amount.min(3)],
            "owner_of" | "purse_of_owner" | "purse" | "pay_rate" | "charge_rate" | "each" | "held"
            | "best" | "enter" | "forget" | "seen" => &[a],
            "send" | "send_owner" | "send_anywhere" => &[a, b, amount],
            "maybe" => &[a, amount, b % 2],
            _ => &[a, amount],
        };
        let args = args.iter().fold(Args::new(), |args, arg| args.number(U64, *arg));
        call(who(random.below(3)), to, entry, args)
    }

    /// A block of this seed, and the world it runs in.
    fn block(&self, seed: u64, most: u64) -> (World, Vec<Transaction>) {
        let mut random = Random(seed);
        let people = [2, 3, 8][random.below(3) as usize];
        let world = self.furnish(&mut random, people);
        let mix = MIXES[random.below(MIXES.len() as u64) as usize];
        let size = 2 + random.below(most);
        let txs = (0..size).map(|_| self.transaction(&mut random, people, mix)).collect();
        (world, txs)
    }
}

/// What blocks are made of: families of entries that meet, and everything at once.
const MIXES: [&[&str]; 7] = [
    &["pay_owner", "charge_owner", "purse_of_owner", "pay", "charge", "set_owner", "owner_of"],
    &[
        "set_of_agent",
        "charge_agent",
        "set_owner",
        "set_agent",
        "pay_owner",
        "purse",
        "charge",
        "sell",
        "maybe",
    ],
    &["pay_rate", "charge_rate", "each", "set_rate", "add_rate", "purse", "pay", "charge"],
    &["send", "send_owner", "send_anywhere", "held", "inherit", "set_owner", "drain"],
    &[
        "raise",
        "raise_owner",
        "lower",
        "lower_least",
        "best",
        "enter",
        "forget",
        "seen",
        "set_owner",
        "leak_best",
    ],
    &[
        "change",
        "resell",
        "through",
        "unknown",
        "rated",
        "guarded",
        "unguarded",
        "pay",
        "charge",
        "purse",
        "set_owner",
    ],
    &[
        "pay_owner",
        "charge_owner",
        "purse_of_owner",
        "set_of_agent",
        "charge_agent",
        "maybe",
        "sell",
        "pay",
        "charge",
        "purse",
        "set_owner",
        "set_agent",
        "set_rate",
        "add_rate",
        "owner_of",
        "pay_rate",
        "charge_rate",
        "each",
        "send",
        "send_owner",
        "send_anywhere",
        "held",
        "inherit",
        "raise",
        "raise_owner",
        "lower",
        "lower_least",
        "best",
        "enter",
        "forget",
        "seen",
        "leak",
        "leak_debit",
        "leak_best",
        "secret",
        "astray",
        "drain",
        "overpay",
        "change",
        "resell",
        "through",
        "unknown",
        "rated",
        "lying",
        "guarded",
        "unguarded",
    ],
];

fn agree(serial: &Outcome, dag: &Outcome) -> bool {
    serial.receipts == dag.receipts
        && serial.writes == dag.writes
        && serial.state_root == dag.state_root
        && serial.receipts_root == dag.receipts_root
}

fn seeds(from: u64, count: u64) -> std::ops::Range<u64> {
    let number = |name| std::env::var(name).ok().and_then(|text: String| text.parse::<u64>().ok());
    match number("MC_SEED") {
        Some(seed) => seed..seed + 1,
        None => from..from + number("MC_BLOCKS").unwrap_or(count),
    }
}

fn options(threads: usize, seed: Option<u64>, rules: Rules) -> PoolOptions {
    PoolOptions { threads, parallel_from: 0, seed, rules, ..PoolOptions::default() }
}

fn compare(from: u64, count: u64, threads: &[usize], shuffled: bool) {
    let village = Village::new();
    let executor = |threads: &usize, seed| Executor::new(options(*threads, seed, Rules::default())).unwrap();
    let executors: Vec<Executor> = threads.iter().map(|threads| executor(threads, None)).collect();
    let (mut results, mut exact, mut widened, mut edges) = ([0; 2], 0, 0, 0);
    for seed in seeds(from, count) {
        let (world, txs) = village.block(seed, 24);
        let block = block(txs);
        let serial = executors[0].execute(&world, &block, Strategy::Serial).unwrap();
        for receipt in &serial.receipts {
            results[usize::from(receipt.is_success())] += 1;
        }
        for (settled, threads) in executors.iter().zip(threads) {
            let fresh = shuffled.then(|| executor(threads, Some(seed)));
            let executor = fresh.as_ref().unwrap_or(settled);
            for strategy in PARALLEL {
                let parallel = executor.execute(&world, &block, strategy).unwrap();
                exact += parallel.stats.exact;
                widened += parallel.stats.widened;
                edges += parallel.stats.edges;
                if !agree(&serial, &parallel) {
                    eprintln!("MC_SEED={seed} with {strategy} on {threads} threads");
                    for (number, tx) in block.transactions.iter().enumerate() {
                        eprintln!("{number}: {} {:?}", tx.data.entry, tx.data.arguments);
                    }
                    same(&serial, &parallel);
                }
            }
        }
    }
    let [failed, succeeded] = results;
    println!("{failed} failed, {succeeded} succeeded, {exact} exact, {widened} widened, {edges} edges");
    assert!(succeeded > failed && exact > 0 && widened > 0);
}

#[test]
fn random_blocks_have_the_serial_result() {
    compare(0, 3000, &[1, 2, 4], false);
}

#[test]
fn random_schedules_have_the_serial_result() {
    compare(1_000_000, 1500, &[1, 3], true);
}

/// A sequence of the transactions that the order allows.
fn sequence(order: &Order, random: &mut Random) -> Vec<usize> {
    let mut waits = order.waits().to_vec();
    let mut ready: Vec<u32> =
        (0..).zip(&waits).filter(|(_, waits)| **waits == 0).map(|(node, _)| node).collect();
    let mut sequence = Vec::new();
    while !ready.is_empty() {
        let node = ready.swap_remove(random.below(ready.len() as u64) as usize);
        if order.is_transaction(node) {
            sequence.push(node as usize);
        }
        for successor in order.successors(node) {
            waits[*successor as usize] -= 1;
            if waits[*successor as usize] == 0 {
                ready.push(*successor);
            }
        }
    }
    sequence
}

#[test]
fn what_the_order_leaves_open_commutes() {
    let village = Village::new();
    let executor = Executor::new(options(1, None, Rules::default())).unwrap();
    let mut moved = 0;
    for seed in seeds(2_000_000, 1500) {
        let (world, txs) = village.block(seed, 6);
        let block_of = |txs: &[Transaction]| block(txs.to_vec());
        let dag = executor.execute(&world, &block_of(&txs), Strategy::Dag).unwrap();
        let order = dag.order.clone().unwrap();
        let mut random = Random(seed);
        for _ in 0..4 {
            let sequence = sequence(&order, &mut random);
            assert_eq!(sequence.len(), txs.len());
            let moved_txs: Vec<Transaction> = sequence.iter().map(|number| txs[*number].clone()).collect();
            let serial = executor.execute(&world, &block_of(&moved_txs), Strategy::Serial).unwrap();
            let receipts: Vec<Receipt> =
                sequence.iter().map(|number| dag.receipts[*number].clone()).collect();
            assert_eq!(serial.receipts, receipts, "MC_SEED={seed} {sequence:?}");
            assert_eq!(serial.state_root, dag.state_root, "MC_SEED={seed} {sequence:?}");
            moved += usize::from(!sequence.is_sorted());
        }
    }
    assert!(moved > 1000, "{moved}");
}

/// A rule that is turned off, by its name.
type Mutation = (&'static str, fn(&mut Rules));

#[test]
fn no_rule_can_be_left_out() {
    let village = Village::new();
    let mutations: [Mutation; 6] = [
        ("head_room", |rules| rules.head_room = false),
        ("clamped_view", |rules| rules.clamped_view = false),
        ("stable_read", |rules| rules.stable_read = false),
        ("covering_locks", |rules| rules.covering_locks = false),
        ("scarce_deltas", |rules| rules.scarce_deltas = false),
        ("credits_exclude_reads", |rules| rules.credits_exclude_reads = false),
    ];
    for (name, turn_off) in mutations {
        let mut rules = Rules::default();
        turn_off(&mut rules);
        let differs = |seed: &u64| {
            let (world, txs) = village.block(*seed, 24);
            let block = block(txs);
            let serial = Executor::new(options(1, None, Rules::default())).unwrap();
            let serial = serial.execute(&world, &block, Strategy::Serial).unwrap();
            let without = Executor::new(options(1, Some(*seed), rules)).unwrap();
            !agree(&serial, &without.execute(&world, &block, Strategy::Dag).unwrap())
        };
        let found = (3_000_000..3_004_000).find(differs);
        println!("without {name}: {found:?}");
        assert!(found.is_some(), "no block needs {name}");
    }
}

fn codes(outcome: &Outcome) -> Vec<u8> {
    outcome.receipts.iter().map(|receipt| receipt.result).collect()
}

fn tx(to: Address, entry: &str, args: &[u64]) -> Transaction {
    call(who(0), to, entry, args.iter().fold(Args::new(), |args, arg| args.number(U64, *arg)))
}

fn village() -> (Bench, Address, Address) {
    let mut bench = Bench::new();
    let home = bench.deploy(&estate(), &[]);
    let chain = bench.deploy(&chain(), &[home, home]);
    (bench, home, chain)
}

fn read(bench: &Bench, estate: Address, name: &str, key: u64) -> u64 {
    bench.world.read(estate, name, &[Value::from_u64(key)]).unwrap().low()
}

fn statistics(bench: &Bench, txs: Vec<Transaction>) -> (usize, usize, usize) {
    let outcome = bench.executors[1].execute(&bench.world, &block(txs), Strategy::Dag).unwrap();
    (outcome.stats.exact, outcome.stats.widened, outcome.stats.edges)
}

#[test]
fn a_cell_that_nobody_changes_first_is_exact() {
    let (mut bench, home, _) = village();
    let pay = |id| tx(home, "pay_owner", &[id, 5]);
    // The source is changed after them, or not at all.
    assert_eq!(statistics(&bench, vec![pay(1), pay(2)]), (2, 0, 0));
    assert_eq!(statistics(&bench, vec![pay(1), tx(home, "set_owner", &[1, 2])]), (1, 0, 1));
    // Only what depends on the change is widened: the second payment waits for nothing but the first.
    assert_eq!(statistics(&bench, vec![tx(home, "set_owner", &[1, 2]), pay(1)]), (0, 1, 1));
    let two_levels = vec![tx(home, "set_owner", &[1, 2]), tx(home, "set_of_agent", &[1, 9])];
    assert_eq!(statistics(&bench, two_levels), (0, 2, 1));
    let outcome =
        bench.run(vec![pay(7), tx(home, "set_owner", &[7, 3]), pay(7), tx(home, "sell", &[7, 4]), pay(7)]);
    assert_eq!(codes(&outcome), [0; 5]);
    assert_eq!([1, 3, 4].map(|who| read(&bench, home, "purse", who)), [5, 9, 5]);
}

#[test]
fn amounts_and_turns_come_from_the_state() {
    let (mut bench, home, _) = village();
    let block = vec![
        tx(home, "each", &[0]),
        tx(home, "add_rate", &[1]),
        tx(home, "pay_rate", &[0]),
        tx(home, "each", &[0]),
        tx(home, "charge_rate", &[2]),
        tx(home, "add_rate", &[2]),
        tx(home, "each", &[0]),
    ];
    let outcome = bench.run(block);
    assert_eq!(codes(&outcome), [0, 0, 0, 0, SHORT, 0, SystemError::Overflow.code()]);
    assert_eq!([0, 1, 2, 3].map(|key| read(&bench, home, "purse", key)), [5, 2, 1, 0]);
}

#[test]
fn credits_of_an_asset_meet_nobody_who_only_adds() {
    let (mut bench, home, _) = village();
    for (key, amount) in [(0, 100), (1, 10)] {
        assert!(bench.world.put(home, "held", &[Value::from_u64(key)], Value::from_u64(amount)));
    }
    assert!(bench.world.put(home, "supply", &[], Value::from_u64(110)));
    let anywhere = |to, amount| tx(home, "send_anywhere", &[0, to, amount]);
    assert_eq!(bench.edges(vec![anywhere(1, 5), anywhere(2, 5), tx(home, "send", &[1, 3, 5])]), 0);
    // Debits that may fail, and looks, are ordered with them.
    assert_eq!(bench.edges(vec![anywhere(2, 5), tx(home, "send", &[1, 3, 50])]), 1);
    assert_eq!(bench.edges(vec![anywhere(2, 5), tx(home, "held", &[3])]), 1);
    let changed = tx(home, "set_owner", &[0, 2]);
    assert_eq!(
        statistics(&bench, vec![changed.clone(), tx(home, "send_owner", &[0, 0, 5]), anywhere(2, 5)]).2,
        1
    );
    let block = vec![
        anywhere(2, 5),
        tx(home, "send", &[1, 3, 15]),
        anywhere(1, 5),
        tx(home, "send", &[1, 3, 15]),
        changed,
        tx(home, "send_owner", &[0, 0, 7]),
        tx(home, "held", &[2]),
    ];
    let outcome = bench.run(block);
    assert_eq!(codes(&outcome), [0, SHORT, 0, 0, 0, 0, 0]);
    assert_eq!(outcome.receipts[6].output, 12_u64.to_le_bytes());
    assert_eq!([0, 1, 2, 3].map(|key| read(&bench, home, "held", key)), [83, 0, 12, 15]);
}

#[test]
fn cells_are_raised_and_lowered_in_any_order() {
    let (mut bench, home, _) = village();
    let raise = |value| tx(home, "raise", &[1, value]);
    let lower = |value| tx(home, "lower_least", &[1, value]);
    let enter = tx(home, "enter", &[1]);
    assert_eq!(
        bench.edges(vec![raise(3), raise(9), raise(4), lower(7), lower(5), enter.clone(), enter.clone()]),
        0
    );
    assert_eq!(bench.edges(vec![raise(3), tx(home, "best", &[1])]), 1);
    assert_eq!(bench.edges(vec![raise(3), tx(home, "lower", &[1, 2])]), 1);
    assert_eq!(bench.edges(vec![enter.clone(), tx(home, "forget", &[1])]), 1);
    let leak = tx(home, "leak_best", &[1, 5]);
    let seen = tx(home, "seen", &[1]);
    let block = vec![
        raise(3),
        raise(9),
        leak,
        lower(70),
        lower(5),
        enter,
        seen.clone(),
        tx(home, "forget", &[1]),
        seen,
    ];
    let outcome = bench.run(block);
    assert_eq!(codes(&outcome), [0; 9]);
    assert_eq!(outcome.receipts[2].output, 0_u64.to_le_bytes());
    assert_eq!(
        (outcome.receipts[6].output.as_slice(), outcome.receipts[8].output.as_slice()),
        (&[1][..], &[0][..])
    );
    assert_eq!((read(&bench, home, "best", 1), read(&bench, home, "least", 1)), (9, 5));
}

#[test]
fn an_access_that_its_condition_rules_out_is_not_there() {
    let (bench, home, _) = village();
    let maybe = |flag| tx(home, "maybe", &[1, 9, flag]);
    assert_eq!(bench.edges(vec![maybe(0), maybe(0), tx(home, "purse", &[1])]), 0);
    assert_eq!(bench.edges(vec![maybe(1), tx(home, "purse", &[1])]), 1);
    let outcome = bench.execute(vec![maybe(0), tx(home, "purse", &[1]), maybe(1), tx(home, "purse", &[1])]);
    assert_eq!(outcome.receipts[1].output, 0_u64.to_le_bytes());
    assert_eq!(outcome.receipts[3].output, 9_u64.to_le_bytes());
}

#[test]
fn a_step_sees_what_the_step_before_it_left() {
    let (mut bench, home, chain) = village();
    assert!(bench.world.put(home, "purse", &[Value::from_u64(2)], Value::from_u64(7)));
    let block = vec![
        tx(chain, "change", &[1, 2]),
        tx(chain, "through", &[1, 4]),
        tx(chain, "resell", &[1, 3]),
        tx(chain, "lying", &[1, 4]),
        tx(chain, "rated", &[0, 1]),
        tx(chain, "unknown", &[0, 6]),
    ];
    let outcome = bench.run(block);
    assert_eq!(codes(&outcome), [0, 0, 0, 0, 0, 0]);
    // 7 - 2 + 4 + 3, 3 + 4 + 6, and one for each of three turns.
    assert_eq!([0, 1, 2, 3].map(|key| read(&bench, home, "purse", key)), [1, 1, 13, 13]);
    let lying = bench.execute(vec![tx(chain, "lying", &[0, 4]), tx(chain, "unguarded", &[1, 2])]);
    assert_eq!(codes(&lying), [SystemError::Undeclared.code(), 0]);
    let guarded = bench.execute(vec![tx(chain, "guarded", &[1, 5]), tx(chain, "unguarded", &[1, 5])]);
    assert_eq!(codes(&guarded), [0, SystemError::Undeclared.code()]);
    assert_eq!(guarded.receipts[1].failure.as_ref().unwrap().container, chain);
    assert_eq!(bench.edges(vec![tx(chain, "guarded", &[1, 5]), tx(home, "purse", &[3])]), 0);
}

#[test]
fn whoever_lies_about_its_cells_is_stopped() {
    let (mut bench, home, _) = village();
    let outcome = bench.run(vec![
        tx(home, "overpay", &[1, 5]),
        tx(home, "drain", &[1, 0]),
        tx(home, "drain", &[1, 1]),
        tx(home, "leak", &[1, 5]),
        tx(home, "set_owner", &[1, 3]),
        tx(home, "leak", &[1, 5]),
        tx(home, "secret", &[1, 5]),
        tx(home, "leak_debit", &[1, 4]),
    ]);
    let undeclared = SystemError::Undeclared.code();
    let results = codes(&outcome);
    let astray = bench.execute(vec![tx(home, "set_owner", &[1, 3]), tx(home, "astray", &[1, 3])]);
    assert_eq!(codes(&astray), [0, undeclared]);
    assert_eq!((results[0], results[1], &results[3..]), (undeclared, 0, &[0; 5][..]));
    assert_ne!(results[2], 0);
    for shown in [3, 5, 6] {
        assert_eq!(outcome.receipts[shown].output, 0_u64.to_le_bytes());
    }
    assert_eq!(outcome.receipts[7].output, 4_u64.to_le_bytes());
    assert_eq!((read(&bench, home, "purse", 1), read(&bench, home, "purse", 3)), (5, 6));
}

#[test]
fn formulas_that_read_in_secret_are_refused() {
    let with = |accesses: Vec<Access>| {
        let builder = Builder::new("Thief", ContainerKind::Contract)
            .variable("owner", &[U64], U64, Value::ZERO)
            .variable("purse", &[U64], U64, Value::ZERO);
        builder.entry("e", (&[U64], &[]), own(accesses), |_| "(i32.const 0)".to_owned()).try_build().is_ok()
    };
    let key = || at(0, &[param(0)]);
    let look = |key| access(0, &[key], Mode::Read);
    assert!(with(vec![look(param(0)), access(1, &[key()], Mode::Write)]));
    assert!(with(vec![access(0, &[param(0)], Mode::Max), access(1, &[key()], Mode::Write)]));
    assert!(!with(vec![access(1, &[key()], Mode::Write)]));
    assert!(!with(vec![look(constant(U64, 0)), access(1, &[key()], Mode::Write)]));
    let two = at(0, &[key()]);
    assert!(with(vec![look(param(0)), look(key()), access(1, std::slice::from_ref(&two), Mode::Write)]));
    assert!(!with(vec![look(param(0)), access(1, std::slice::from_ref(&two), Mode::Write)]));
    let three = at(0, std::slice::from_ref(&two));
    assert!(!with(vec![look(param(0)), look(key()), look(two), access(1, &[three], Mode::Write)]));
    let mut when = access(1, &[param(0)], Mode::Write);
    when.when = Some(key());
    assert!(!with(vec![look(param(0)), when]));
    let stray = at(0, &[]);
    assert!(!with(vec![look(param(0)), access(1, &[stray], Mode::Write)]));
}

#[test]
fn formulas_that_make_no_sense_are_refused() {
    use mc_container::access::term::{Op, Term};
    use mc_container::compute::Computation;
    use mc_container::manifest::{AssetKind, Holding};
    let with = |entry: EntryAccess| {
        let builder = Builder::new("Odd", ContainerKind::Contract)
            .asset("Unit", AssetKind::Fungible)
            .variable("count", &[U64], U64, Value::ZERO)
            .variable("wide", &[U64], Scalar::U256, Value::ZERO)
            .variable("seen", &[U64], Scalar::Bool, Value::ZERO)
            .holding("held", &[U64], Holding::Amount("Unit".to_owned()))
            .holding("supply", &[], Holding::Supply("Unit".to_owned()));
        builder.entry("e", (&[U64], &[U64]), entry, |_| "(i32.const 0)".to_owned()).try_build().is_ok()
    };
    let of = |variable: u16, mode: Mode| own(vec![access(variable, &[param(0)], mode)]);
    for mode in [Mode::Max, Mode::Min] {
        let fine = [0, 1, 2, 3].map(|variable| with(of(variable, mode.clone())));
        assert_eq!(fine, [true, false, true, false]);
    }
    let keyed = |key: Term| with(own(vec![access(0, &[key], Mode::Write)]));
    let compute = |computation| Op::Compute(computation);
    assert!(keyed(param(0).unary(compute(Computation::SquareRoot(U64)))));
    assert!(!keyed(param(0).unary(compute(Computation::SquareRoot(Scalar::Bool)))));
    assert!(!keyed(param(0).unary(compute(Computation::Fresh { site: 0, depth: 1 }))));
    assert!(!keyed(Term::leaf(Op::Result { step: 0, scalar: 0 })));
    assert!(!keyed(Term::leaf(Op::Index(0))));
    assert!(!keyed(Term::leaf(Op::Select)));
    assert!(!keyed(Term(Vec::new())));
    assert!(!keyed(Term(vec![Op::Caller, Op::Caller])));
    let results = |results: Vec<Option<Term>>| with(EntryAccess { results, ..EntryAccess::default() });
    assert!(results(vec![Some(param(0))]) && results(vec![None]));
    assert!(!results(vec![None, None]));
    assert!(!results(vec![Some(at(0, &[param(0)]))]));
}
