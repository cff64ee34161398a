//! Assets: the native one and those of contracts. Calls keep them whole, or do nothing; every case runs serially
//! and on 1, 2 and 4 workers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::treasury::{mint, mover, treasury, vault};
use common::*;
use mc_container::address::Address;
use mc_container::error::SystemError;
use mc_container::manifest::ContainerKind;
use mc_container::ty::Type;
use mc_container::value::Scalar::U128;
use mc_container::value::Value;
use mc_runtime::{AssetId, DeployError, Receipt, Strategy, Transaction, World};

const SHORT: u8 = 32;

fn codes(receipts: &[Receipt]) -> Vec<u8> {
    receipts.iter().map(|receipt| receipt.result).collect()
}

fn code(error: SystemError) -> u8 {
    error.code()
}

fn amount(amount: u64) -> Args {
    Args::new().number(U128, amount)
}

fn with_value(mut tx: Transaction, value: u64) -> Transaction {
    tx.value = value;
    tx
}

/// The contracts and the composition, and people with some of the native asset.
struct Town {
    bench: Bench,
    treasury: Address,
    mint: Address,
    vault: Address,
    mover: Address,
}

fn town(coins: &[u64]) -> Town {
    let mut bench = Bench::new();
    let treasury = bench.deploy(&treasury(), &[]);
    let mint = bench.deploy(&mint(), &[]);
    let mut deployment = bench.deployment(&vault(), &[], Args::new());
    deployment.generics = vec![AssetId::Of(mint, "Unit".to_owned())];
    let vault = bench.world.deploy(&deployment).unwrap();
    let mover = bench.deploy(&mover(), &[mint, vault, treasury]);
    for (person, coins) in (0..).zip(coins) {
        assert!(bench.world.fund(who(person), (*coins).into()));
    }
    Town { bench, treasury, mint, vault, mover }
}

impl Town {
    fn coins(&self, people: u64) -> Vec<u128> {
        (0..people).map(|person| self.bench.world.coins_of(who(person))).collect()
    }

    fn read(&self, container: Address, variable: &str, person: u64) -> u64 {
        self.bench.world.read(container, variable, &[who(person).value()]).unwrap().low()
    }
}

#[test]
fn coins_come_with_a_call_and_go_back_to_the_caller() {
    let mut town = town(&[100, 50]);
    let treasury = town.treasury;
    let deposit = |who_, value| with_value(call(who(who_), treasury, "deposit", Args::new()), value);
    let withdraw = |who_, much| call(who(who_), treasury, "withdraw", amount(much));
    let outcome = town.bench.run(vec![
        deposit(0, 60),
        deposit(1, 51),
        deposit(1, 50),
        withdraw(0, 61),
        withdraw(0, 20),
        deposit(0, 61),
        deposit(0, 60),
        deposit(2, 0),
        deposit(2, 1),
    ]);
    let uncovered = code(SystemError::ValueNotCovered);
    assert_eq!(codes(&outcome.receipts), [0, uncovered, 0, SHORT, 0, uncovered, 0, 0, uncovered]);
    assert_eq!(outcome.receipts[4].output, 20_u128.to_le_bytes());
    assert_eq!(town.coins(3), [0, 0, 0]);
    assert_eq!((town.read(treasury, "pots", 0), town.read(treasury, "pots", 1)), (100, 50));
    // Failing early costs what was done, not everything.
    assert!(outcome.receipts[1].fuel < 1_000);
    let untaken = with_value(withdraw(0, 1), 1);
    assert_eq!(codes(&town.bench.execute(vec![untaken]).receipts), [code(SystemError::ValueNotTaken)]);
}

#[test]
fn an_aborted_call_gives_the_value_back() {
    let mut town = town(&[100]);
    let lose = with_value(call(who(0), town.treasury, "lose", Args::new()), 30);
    let root = town.bench.world.state().root();
    let outcome = town.bench.run(vec![lose]);
    assert_eq!(codes(&outcome.receipts), [code(SystemError::NotConserved)]);
    assert_eq!((town.coins(1), outcome.state_root), (vec![100], root));
}

#[test]
fn payments_are_not_ordered_and_scarce_debits_are() {
    let mut town = town(&[100, 100, 100]);
    let pay = |from, to, value| {
        with_value(call(who(from), town.treasury, "pay", Args::new().address(who(to))), value)
    };
    // However much they may be credited by, nobody waits for room.
    assert_eq!(town.bench.edges(vec![pay(0, 2, 50), pay(1, 2, 50), pay(0, 2, 50), pay(2, 2, 100)]), 0);
    assert_eq!(town.bench.edges(vec![pay(0, 2, 60), pay(0, 1, 41)]), 1);
    let empty = |from, to| call(who(from), town.treasury, "empty", Args::new().address(who(to)));
    assert_eq!(town.bench.edges(vec![empty(0, 2), empty(1, 2), pay(0, 2, 1)]), 0);
    let deposit = with_value(call(who(0), town.treasury, "deposit", Args::new()), 7);
    let outcome = town.bench.run(vec![pay(0, 2, 60), pay(0, 1, 41), deposit, pay(2, 2, 160), empty(0, 1)]);
    assert_eq!(codes(&outcome.receipts), [0, code(SystemError::ValueNotCovered), 0, 0, 0]);
    assert_eq!(town.coins(3), [33, 107, 160]);
}

#[test]
fn a_balance_near_the_limit_takes_credits_in_any_order() {
    let mut town = town(&[10, 10]);
    assert!(town.bench.world.fund(who(2), u128::MAX - 20));
    assert!(!town.bench.world.fund(who(3), 1));
    let pay = |from, to, value| {
        with_value(call(who(from), town.treasury, "pay", Args::new().address(who(to))), value)
    };
    let block = vec![pay(0, 2, 10), pay(1, 2, 10), pay(2, 0, 5)];
    assert_eq!(town.bench.edges(block.clone()), 0);
    assert_eq!(codes(&town.bench.run(block).receipts), [0, 0, 0]);
    assert_eq!(town.coins(3), [5, 0, u128::MAX - 5]);
}

#[test]
fn nobody_makes_or_loses_or_steals_coins() {
    let mut town = town(&[100, 100]);
    let treasury = town.treasury;
    let of = |entry, args| call(who(0), treasury, entry, args);
    let at_one = || Args::new().address(who(1));
    let deposit = with_value(of("deposit", Args::new()), 50);
    let not = code(SystemError::NotConserved);
    let outcome = town.bench.run(vec![
        deposit,
        of("forge", amount(1)),
        of("forge", amount(0)),
        with_value(of("lose", Args::new()), 1),
        with_value(of("lose", Args::new()), 0),
        with_value(of("inflate", Args::new()), 1),
        of("shrink", amount(1)),
        of("shrink", amount(0)),
        of("steal", at_one().number(U128, 1)),
        of("steal", at_one().number(U128, 0)),
        of("rob", at_one()),
        of("balance", at_one()),
    ]);
    assert_eq!(codes(&outcome.receipts), [0, not, 0, not, 0, not, not, 0, not, 0, not, 0]);
    assert_eq!(outcome.receipts[1].fuel, mc_runtime::sandbox::FUEL_MAX);
    assert_eq!(outcome.receipts[11].output, 100_u128.to_le_bytes());
    assert_eq!((town.coins(2), town.read(treasury, "pots", 0)), (vec![50, 100], 50));
}

#[test]
fn an_own_asset_is_as_much_as_its_supply_says() {
    let mut town = town(&[]);
    let mint = town.mint;
    let of = |entry, much| call(who(0), mint, entry, amount(much));
    let send = |much| call(who(0), mint, "send", Args::new().address(who(1)).number(U128, much));
    let not = code(SystemError::NotConserved);
    let port = code(SystemError::OnlyAsStep);
    let outcome = town.bench.run(vec![
        of("make", 100),
        send(30),
        send(71),
        of("burn", 20),
        of("conjure", 1),
        of("vanish", 1),
        of("take", 1),
        of("put", 1),
    ]);
    assert_eq!(codes(&outcome.receipts), [0, 0, SHORT, 0, not, not, port, port]);
    assert_eq!((town.read(mint, "held", 0), town.read(mint, "held", 1)), (50, 30));
    assert_eq!(town.bench.world.read(mint, "supply", &[]), Some(Value::from_u64(80)));
    // The supply of an asset has head-room like any number, its credits none to wait for.
    assert_eq!(town.bench.edges(vec![send(5), of("make", 3), send(5), of("make", 4)]), 0);
}

#[test]
fn a_composition_passes_on_what_it_gets() {
    let mut town = town(&[100]);
    let (mint, vault, treasury, mover) = (town.mint, town.vault, town.treasury, town.mover);
    let of = |entry, much| call(who(0), mover, entry, amount(much));
    let paid = |entry, value| with_value(call(who(0), mover, entry, Args::new()), value);
    let not = code(SystemError::NotConserved);
    let outcome = town.bench.run(vec![
        call(who(0), mint, "make", amount(100)),
        of("keep", 60),
        of("keep", 41),
        of("fetch", 25),
        of("forget", 1),
        of("forget", 0),
        of("short", 2),
        of("short", 0),
        paid("deposit", 70),
        of("withdraw", 30),
        paid("pocket", 1),
        paid("pocket", 0),
    ]);
    assert_eq!(codes(&outcome.receipts), [0, 0, SHORT, 0, not, 0, not, 0, 0, 0, not, 0]);
    assert_eq!(outcome.receipts[4].failure.as_ref().unwrap().container, mover);
    assert_eq!((town.read(mint, "held", 0), town.read(vault, "kept", 0)), (65, 35));
    assert_eq!((town.coins(1), town.read(treasury, "pots", 0)), (vec![60], 40));
}

#[test]
fn deployment_checks_which_asset_is_meant() {
    let mut town = town(&[]);
    let (mint_, treasury_) = (town.mint, town.treasury);
    let of = |container, name: &str| AssetId::Of(container, name.to_owned());
    let other = town.bench.deploy(&mint(), &[]);
    let mut deploy = |generics: Vec<AssetId>| {
        let mut deployment = town.bench.deployment(&vault(), &[], Args::new());
        deployment.generics = generics;
        town.bench.world.deploy(&deployment)
    };
    assert_eq!(deploy(vec![]), Err(DeployError::GenericCount { needed: 1, given: 0 }));
    for wrong in [of(mint_, "Coin"), of(who(4), "Unit"), of(treasury_, "coin")] {
        assert_eq!(deploy(vec![wrong.clone()]), Err(DeployError::NoAsset(wrong)));
    }
    let of_other = deploy(vec![of(other, "Unit")]).unwrap();
    let of_coin = deploy(vec![AssetId::Coin]).unwrap();
    let of_vault = deploy(vec![of(of_other, "Thing")]).unwrap();
    let generics = town.bench.world.container(of_vault).unwrap().generics().to_vec();
    assert_eq!(generics, [of(other, "Unit")]);
    // A mover binds a mint and a vault of that mint's units, and of no other's.
    for wrong in [of_other, of_coin, of_vault] {
        let deployment = town.bench.deployment(&mover(), &[mint_, wrong, treasury_], Args::new());
        let error = DeployError::OtherSignature { slot: "vault".to_owned(), entry: "store".to_owned() };
        assert_eq!(town.bench.world.deploy(&deployment), Err(error));
    }
    town.bench.deploy(&mover(), &[other, of_vault, treasury_]);
}

#[test]
fn a_direct_entry_is_no_step() {
    let mut town = town(&[1]);
    let package = Builder::new("Sneaky", ContainerKind::Composition)
        .slot_of("vault", &[("plain", &[U128.into()], Type::unit())])
        .entry_of("run", (&[U128.into()], Type::unit()), steps(&[]), |_| "(i32.const 0)".to_owned())
        .build();
    let deployment = town.bench.deployment(&package, &[town.vault], Args::new());
    let error = DeployError::OnlyDirect { slot: "vault".to_owned(), entry: "plain".to_owned() };
    assert_eq!(town.bench.world.deploy(&deployment), Err(error));
    assert_eq!(codes(&town.bench.execute(vec![call(who(0), town.vault, "plain", amount(1))]).receipts), [0]);
}

impl Town {
    fn random_transaction(&self, random: &mut Random, people: u64) -> Transaction {
        let from = who(random.below(people));
        let to = || Args::new().address(who(0));
        let other = Args::new().address(who(random.below(people)));
        let much = [0, 1, 5, 20, 90][random.below(5) as usize];
        let treasury = |entry, args: &Args| call(from, self.treasury, entry, args.clone());
        let mint = |entry| call(from, self.mint, entry, amount(much));
        let mover = |entry| call(from, self.mover, entry, amount(much));
        let paid = |container, entry| with_value(call(from, container, entry, Args::new()), much);
        match random.below(25) {
            0..3 => paid(self.treasury, "deposit"),
            3..5 => treasury("withdraw", &amount(much)),
            5 => treasury("empty", &other),
            6..9 => with_value(treasury("pay", &other), much),
            9 => treasury("balance", &other),
            10 => treasury(["forge", "shrink"][random.below(2) as usize], &amount(much)),
            11 => paid(self.treasury, ["lose", "inflate"][random.below(2) as usize]),
            12 => treasury("steal", &other.number(U128, much)),
            13 => treasury("rob", &to()),
            14 => mint("make"),
            15 => mint("burn"),
            16..18 => call(from, self.mint, "send", other.number(U128, much)),
            18 => mint(["conjure", "vanish"][random.below(2) as usize]),
            19 => mover("keep"),
            20 => mover("fetch"),
            21 => paid(self.mover, "deposit"),
            22 => mover("withdraw"),
            23 => paid(self.mover, "pocket"),
            _ => mover(["forget", "short"][random.below(2) as usize]),
        }
    }

    /// What there is of the native asset and of units, wherever it is.
    fn sums(&self, world: &World, people: u64) -> (u128, u64, u64) {
        let read =
            |container, name, person| world.read(container, name, &[who(person).value()]).unwrap().low();
        let coins = |person| world.coins_of(who(person)) + u128::from(read(self.treasury, "pots", person));
        let units = |person| read(self.mint, "held", person) + read(self.vault, "kept", person);
        let supply = world.read(self.mint, "supply", &[]).unwrap().low();
        ((0..people).map(coins).sum(), (0..people).map(units).sum(), supply)
    }
}

#[test]
fn random_blocks_keep_every_asset_whole_in_every_order() {
    let (mut successes, mut total) = (0, 0);
    for seed in 0..600 {
        let mut random = Random(seed);
        let people = [2, 3, 6][random.below(3) as usize];
        let coins: Vec<u64> = (0..people).map(|_| random.below(120)).collect();
        let mut town = if seed % 50 == 0 { town(&[]) } else { TOWN.with(|it| it.borrow().copy()) };
        for (person, coins) in (0..).zip(&coins) {
            town.bench.world.fund(who(person), (*coins).into());
        }
        let before = coins.iter().copied().map(u128::from).sum::<u128>();
        for _ in 0..3 {
            let count = 1 + random.below(20);
            let block = (0..count).map(|_| town.random_transaction(&mut random, people)).collect();
            let outcome = town.bench.run(block);
            successes += outcome.receipts.iter().filter(|receipt| receipt.is_success()).count();
            total += outcome.receipts.len();
            let (coins, units, supply) = town.sums(&town.bench.world, people);
            assert_eq!((coins, units), (before, supply), "seed {seed}");
        }
    }
    assert!(successes * 3 > total && successes < total, "{successes} of {total}");
}

thread_local! {
    static TOWN: std::cell::RefCell<Town> = std::cell::RefCell::new(town(&[]));
}

impl Town {
    /// The same contracts in a world of its own.
    fn copy(&self) -> Self {
        let mut bench = Bench::with_threads(&[1, 2, 4]);
        bench.world = self.bench.world.clone();
        let Self { treasury, mint, vault, mover, .. } = *self;
        Self { bench, treasury, mint, vault, mover }
    }
}

#[test]
fn the_ledger_has_a_name_for_people() {
    use mc_runtime::inspect::{footprint_of, name_cell};
    let town = town(&[100]);
    let deposit = with_value(call(who(0), town.treasury, "deposit", Args::new()), 60);
    let footprint = footprint_of(&town.bench.world, TIME, &deposit).unwrap();
    assert_eq!(footprint.cells.len(), 2);
    let block = block(vec![deposit.clone(), deposit]);
    let outcome = town.bench.executors[0].execute(&town.bench.world, &block, Strategy::Dag).unwrap();
    assert_eq!(outcome.stats.edges, 1);
    let name = name_cell(&town.bench.world, &block, outcome.stats.hottest[0].key).unwrap();
    assert_eq!(name.to_string(), format!("coin.balances[{}]", who(0)));
}
