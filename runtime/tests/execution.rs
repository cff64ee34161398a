//! What one block does to one world, case by case; every case runs serially and on 1, 2 and 4 workers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::bank::{SHORT, bank, pair};
use common::*;
use mc_container::address::Address;
use mc_container::error::SystemError;
use mc_container::value::Scalar::{U8, U64};
use mc_container::value::{Scalar, Value};
use mc_runtime::{DeployError, Failure, Receipt, Strategy, Transaction};

fn codes(receipts: &[Receipt]) -> Vec<u8> {
    receipts.iter().map(|receipt| receipt.result).collect()
}

fn balance(bench: &Bench, bank: Address, number: u64) -> u64 {
    bench.world.read(bank, "balances", &[who(number).value()]).unwrap().low()
}

fn fund(bench: &mut Bench, bank: Address, number: u64, amount: u64) {
    assert!(bench.world.put(bank, "balances", &[who(number).value()], Value::from_u64(amount)));
}

fn transfer(bank: Address, ty: Scalar, from: u64, to: u64, amount: u64) -> Transaction {
    call(who(from), bank, "transfer", Args::new().address(who(to)).number(ty, amount))
}

fn funded(ty: Scalar, balances: &[u64]) -> (Bench, Address) {
    let mut bench = Bench::new();
    let bank = bench.deploy(&bank(ty), &[]);
    for (number, amount) in (0..).zip(balances) {
        fund(&mut bench, bank, number, *amount);
    }
    (bench, bank)
}

#[test]
fn transfers_move_what_there_is() {
    let (mut bench, bank) = funded(U64, &[100, 50]);
    let block =
        vec![transfer(bank, U64, 0, 1, 30), transfer(bank, U64, 1, 2, 80), transfer(bank, U64, 2, 0, 81)];
    let outcome = bench.run(block);
    assert_eq!(codes(&outcome.receipts), [0, 0, SHORT]);
    let short = Failure { container: bank, code: SHORT, payload: 80_u64.to_le_bytes().to_vec() };
    assert_eq!(outcome.receipts[2].failure, Some(short));
    assert_eq!([0, 1, 2].map(|n| balance(&bench, bank, n)), [70, 0, 80]);
    let mut data = who(1).0.to_vec();
    data.extend(30_u64.to_le_bytes());
    assert_eq!((outcome.receipts[0].events[0].event, &outcome.receipts[0].events[0].data), (0, &data));
    assert!(outcome.receipts[2].events.is_empty());
}

#[test]
fn free_deltas_are_not_ordered_and_scarce_ones_are() {
    let (bench, bank) = funded(U64, &[100]);
    let to_two = |amount| (1..=2).map(|to| transfer(bank, U64, 0, to, amount)).collect::<Vec<_>>();
    assert_eq!(bench.edges(to_two(50)), 0);
    assert_eq!(bench.edges(to_two(51)), 1);
    assert_eq!(codes(&bench.execute(to_two(50)).receipts), [0, 0]);
    assert_eq!(codes(&bench.execute(to_two(51)).receipts), [0, SHORT]);
}

#[test]
fn credits_that_could_overflow_are_ordered_and_overflow() {
    let (mut bench, bank) = funded(U8, &[200, 200, 5]);
    let block = vec![transfer(bank, U8, 0, 2, 150), transfer(bank, U8, 1, 2, 150)];
    assert_eq!(bench.edges(block.clone()), 1);
    let outcome = bench.run(block);
    assert_eq!(codes(&outcome.receipts), [0, SystemError::Overflow.code()]);
    assert_eq!(balance(&bench, bank, 2), 155);
}

#[test]
fn two_names_of_one_cell_are_one_cell() {
    let (mut bench, bank) = funded(U8, &[200]);
    let outcome = bench.run(vec![
        transfer(bank, U8, 0, 0, 200),
        transfer(bank, U8, 0, 0, 0),
        transfer(bank, U8, 0, 0, 201),
    ]);
    assert_eq!(codes(&outcome.receipts), [0, 0, SHORT]);
    assert!(outcome.writes.is_empty());
    assert_eq!(balance(&bench, bank, 0), 200);
}

#[test]
fn a_block_may_be_empty_or_do_nothing() {
    let (mut bench, bank) = funded(U64, &[1]);
    let root = bench.world.state().root();
    assert_eq!(bench.run(vec![]).state_root, root);
    let outcome = bench.run(vec![transfer(bank, U64, 0, 1, 1)]);
    assert_ne!(outcome.state_root, root);
    assert_eq!(outcome.writes.len(), 2);
    assert_eq!(bench.run(vec![transfer(bank, U64, 1, 0, 1)]).state_root, root);
}

#[test]
fn an_outcome_counts_once() {
    let (mut bench, bank) = funded(U64, &[1]);
    let outcome = bench.run(vec![transfer(bank, U64, 0, 1, 1)]);
    assert!(bench.world.commit(&outcome).is_err());
}

#[test]
fn what_is_not_admitted_says_why() {
    let (bench, bank) = funded(U64, &[1]);
    let good = transfer(bank, U64, 0, 1, 1);
    let mut worth = good.clone();
    worth.value = 1;
    let mut nowhere = good.clone();
    nowhere.to = None;
    let mut longer = good.clone();
    longer.data.arguments.push(0);
    let block = vec![
        call(who(0), who(5), "transfer", Args::new()),
        nowhere,
        call(who(0), bank, "nothing", Args::new()),
        call(who(0), bank, "transfer", Args::new().address(who(1))),
        longer,
        worth,
    ];
    let outcome = bench.execute(block);
    assert_eq!(codes(&outcome.receipts), [7, 7, 7, 8, 8, 6]);
    assert_eq!(outcome.receipts[3].failure.as_ref().unwrap().container, bank);
}

#[test]
fn whoever_touches_what_is_not_declared_is_stopped() {
    let (bench, bank) = funded(U64, &[10, 10]);
    let to = |number| Args::new().address(who(number));
    let block = vec![
        call(who(3), bank, "lie", to(0)),
        call(who(3), bank, "more", to(0).number(U64, 1)),
        call(who(3), bank, "more", to(0).number(U64, 2)),
        call(who(3), bank, "stray", to(1).address(who(2))),
        call(who(3), bank, "stray", to(1).address(who(1))),
        call(who(3), bank, "hoard", Args::new()),
    ];
    let outcome = bench.execute(block);
    let undeclared = SystemError::Undeclared.code();
    assert_eq!(codes(&outcome.receipts), [undeclared, 0, undeclared, undeclared, 0, undeclared]);
    assert_eq!(outcome.receipts[0].failure, Some(Failure::system(bank, SystemError::Undeclared)));
    assert_eq!(outcome.receipts[0].fuel, mc_runtime::sandbox::FUEL_MAX);
    assert_eq!(outcome.writes.len(), 1);
}

#[test]
fn declaring_more_than_one_touches_only_adds_order() {
    let (bench, bank) = funded(U64, &[10, 10]);
    let greedy = |number| call(who(3), bank, "greedy", Args::new().address(who(number)));
    assert_eq!(bench.edges(vec![greedy(0), greedy(1)]), 1);
    let outcome = bench.execute(vec![greedy(0), transfer(bank, U64, 0, 1, 4), greedy(1)]);
    assert_eq!(codes(&outcome.receipts), [0, 0, 0]);
    assert_eq!(outcome.writes.len(), 2);
}

#[test]
fn a_delta_shows_its_own_amount_and_not_the_cell() {
    let (bench, bank) = funded(U64, &[12345]);
    let leak = call(who(3), bank, "leak", Args::new().address(who(0)).number(U64, 7));
    let outcome = bench.execute(vec![leak.clone(), leak]);
    assert_eq!(outcome.receipts[0].output, 0_u64.to_le_bytes());
    assert_eq!(outcome.receipts[1].output, 0_u64.to_le_bytes());
    assert_eq!(outcome.writes[0].value, Some(Value::from_u64(12359)));
}

#[test]
fn a_container_remembers_nothing() {
    let (bench, bank) = funded(U64, &[]);
    let outcome = bench.execute(vec![call(who(0), bank, "again", Args::new()); 3]);
    assert!(outcome.receipts.iter().all(|receipt| receipt.output == 0_u64.to_le_bytes()));
}

#[test]
fn the_sandbox_ends_what_does_not_end() {
    let (bench, bank) = funded(U64, &[10]);
    let block = vec![
        call(who(0), bank, "spin", Args::new()),
        call(who(0), bank, "trap", Args::new()),
        call(who(0), bank, "odd", Args::new()),
        transfer(bank, U64, 0, 1, 10),
    ];
    let outcome = bench.execute(block);
    let expected = [SystemError::OutOfFuel, SystemError::Trap, SystemError::Malformed].map(SystemError::code);
    assert_eq!(codes(&outcome.receipts), [&expected[..], &[0]].concat());
}

#[test]
fn only_known_codes_are_taken_from_code() {
    let (bench, bank) = funded(U64, &[]);
    let status = |code: u64| call(who(0), bank, "status", Args::new().number(U64, code));
    let outcome = bench.execute([0, 1, 4, 5, 6, 17, 31, 33, 256, u64::MAX].map(status).to_vec());
    let trap = SystemError::Trap.code();
    assert_eq!(codes(&outcome.receipts), [0, 1, 4, trap, trap, trap, trap, trap, trap, trap]);
}

#[test]
fn events_are_bounded() {
    let (bench, bank) = funded(U64, &[]);
    let shout = |count: u64| call(who(0), bank, "shout", Args::new().number(U64, count));
    let outcome = bench.execute(vec![shout(256), shout(257)]);
    assert_eq!(codes(&outcome.receipts), [0, SystemError::TooManyEvents.code()]);
    assert_eq!((outcome.receipts[0].events.len(), outcome.receipts[1].events.len()), (256, 0));
}

#[test]
fn cells_found_at_run_time_are_ordered_by_their_lock() {
    let (mut bench, bank) = funded(U64, &[100, 0, 0]);
    let bequeath = |from, amount| call(who(from), bank, "bequeath", Args::new().number(U64, amount));
    let name = |from, heir| call(who(from), bank, "name", Args::new().address(who(heir)));
    let spy = |number| call(who(9), bank, "spy", Args::new().address(who(number)));
    let block = vec![
        name(0, 1),
        bequeath(0, 40),
        transfer(bank, U64, 1, 2, 30),
        spy(0),
        name(0, 2),
        bequeath(0, 60),
        spy(0),
        bequeath(0, 1),
    ];
    let outcome = bench.run(block);
    assert_eq!(codes(&outcome.receipts), [0, 0, 0, 0, 0, 0, 0, SHORT]);
    assert_eq!(outcome.receipts[3].output, 10_u64.to_le_bytes());
    assert_eq!(outcome.receipts[6].output, 90_u64.to_le_bytes());
    assert_eq!([0, 1, 2].map(|n| balance(&bench, bank, n)), [0, 10, 90]);
}

#[test]
fn below_a_written_lock_no_cell_is_free() {
    let (bench, bank) = funded(U64, &[100]);
    // The debits fit into what is there at first, but not into what the lock's holder leaves.
    let bequeath = call(who(0), bank, "bequeath", Args::new().number(U64, 60));
    let block = vec![bequeath, transfer(bank, U64, 0, 2, 50), transfer(bank, U64, 0, 3, 40)];
    assert_eq!(codes(&bench.execute(block).receipts), [0, SHORT, 0]);
}

#[test]
fn a_cell_may_be_reached_exactly_and_through_a_lock() {
    let mut bench = Bench::new();
    let (one, two) = (bench.deploy(&bank(U64), &[]), bench.deploy(&bank(U64), &[]));
    let both = bench.deploy(&pair(U64), &[one, two]);
    fund(&mut bench, two, 0, 100);
    // The heir is the caller: the step debits and credits one cell, under two names.
    let name = call(who(1), one, "name", Args::new().address(who(0)));
    let run = |amount| call(who(0), both, "to_heir", Args::new().address(who(1)).number(U64, amount));
    let outcome = bench.run(vec![name, run(70), run(101)]);
    assert_eq!(codes(&outcome.receipts), [0, 0, SHORT]);
    assert_eq!(balance(&bench, two, 0), 100);
}

#[test]
fn nested_locks_cover_what_lies_below_them_only() {
    let (bench, bank) = funded(U8, &[]);
    let reset = |number| call(who(9), bank, "reset", Args::new().address(who(number)));
    let allow = |a, b| call(who(9), bank, "allow", Args::new().address(who(a)).address(who(b)).number(U8, 5));
    assert_eq!(bench.edges(vec![reset(1), reset(2), allow(3, 1)]), 0);
    assert_eq!(bench.edges(vec![reset(1), allow(1, 2)]), 1);
    bench.execute(vec![allow(1, 2), reset(1), allow(1, 2), reset(2), reset(1)]);
}

#[test]
fn a_composition_is_all_or_nothing() {
    let mut bench = Bench::new();
    let (one, two) = (bench.deploy(&bank(U64), &[]), bench.deploy(&bank(U64), &[]));
    let both = bench.deploy(&pair(U64), &[one, two]);
    fund(&mut bench, one, 0, 100);
    fund(&mut bench, two, 0, 60);
    let args = |amount| Args::new().address(who(1)).number(U64, amount);
    let run = |entry, amount| call(who(0), both, entry, args(amount));
    let outcome = bench.run(vec![
        run("pay", 50),
        run("pay", 20),
        run("own_error", 20),
        run("careless", 20),
        run("pay", 51),
    ]);
    assert_eq!(codes(&outcome.receipts), [0, SHORT, SHORT, SHORT, SHORT]);
    let at = |number: usize| {
        let Receipt { sequence, point, failure, .. } = &outcome.receipts[number];
        (*sequence, *point, failure.as_ref().map(|failure| (failure.container, failure.payload.len())))
    };
    assert_eq!(at(0), (2, 2, None));
    assert_eq!(at(1), (2, 2, Some((two, 8))));
    assert_eq!(at(2), (2, 2, Some((both, 0))));
    assert_eq!(at(3), (2, 2, Some((two, 8))));
    assert_eq!(at(4), (2, 1, Some((one, 8))));
    assert_eq!((balance(&bench, one, 0), balance(&bench, two, 0)), (50, 10));
}

#[test]
fn two_slots_may_be_one_bank() {
    let mut bench = Bench::new();
    let one = bench.deploy(&bank(U8), &[]);
    let both = bench.deploy(&pair(U8), &[one, one]);
    fund(&mut bench, one, 0, 100);
    let run = |amount| call(who(0), both, "pay", Args::new().address(who(1)).number(U8, amount));
    let outcome = bench.run(vec![run(30), run(30), run(10)]);
    assert_eq!(codes(&outcome.receipts), [0, SHORT, 0]);
    assert_eq!((balance(&bench, one, 0), balance(&bench, one, 1)), (20, 80));
}

#[test]
fn a_composition_that_passes_other_arguments_is_stopped() {
    let mut bench = Bench::new();
    let (one, two) = (bench.deploy(&bank(U64), &[]), bench.deploy(&bank(U64), &[]));
    let both = bench.deploy(&pair(U64), &[one, two]);
    fund(&mut bench, one, 0, 100);
    fund(&mut bench, two, 0, 100);
    let run = |entry, amount| call(who(0), both, entry, Args::new().address(who(1)).number(U64, amount));
    let outcome = bench.execute(vec![run("lying", 2), run("lying", 1), run("twice", 5)]);
    let expected = [SystemError::Undeclared.code(), 0, SystemError::Trap.code()];
    assert_eq!(codes(&outcome.receipts), expected);
    assert_eq!(outcome.receipts[0].failure, Some(Failure::system(both, SystemError::Undeclared)));
}

#[test]
fn steps_whose_cells_only_their_arguments_tell() {
    let mut bench = Bench::new();
    let (one, two) = (bench.deploy(&bank(U64), &[]), bench.deploy(&bank(U64), &[]));
    let both = bench.deploy(&pair(U64), &[one, two]);
    fund(&mut bench, one, 3, 7);
    fund(&mut bench, two, 0, 100);
    let name = |from, heir| call(who(from), one, "name", Args::new().address(who(heir)));
    let run = |entry, to, amount| call(who(0), both, entry, Args::new().address(who(to)).number(U64, amount));
    let outcome = bench.run(vec![
        name(1, 2),
        run("to_heir", 1, 40),
        transfer(two, U64, 2, 5, 15),
        run("of_balance", 3, 0),
        run("loops", 1, 3),
        run("resets", 1, 0),
        run("to_heir", 1, 54),
    ]);
    // `loops` passes a step the heir's address as its number of turns, which is not what it declares.
    assert_eq!(codes(&outcome.receipts), [0, 0, 0, 0, 0, 0, SHORT]);
    assert_eq!([0, 2, 3, 5].map(|n| balance(&bench, two, n)), [53, 25, 7, 15]);
    let allowed =
        |a: u64, b: u64| bench.world.read(two, "allowed", &[who(a).value(), who(b).value()]).unwrap().low();
    assert_eq!((allowed(1, 0), allowed(2, 0)), (6, 0));
}

#[test]
fn deployment_checks_every_slot() {
    let mut bench = Bench::new();
    let (one, eight) = (bench.deploy(&bank(U64), &[]), bench.deploy(&bank(U8), &[]));
    let pair = pair(U64);
    let both = bench.deploy(&pair, &[one, one]);
    let mut refuse = |slots: &[Address], args| {
        let deployment = bench.deployment(&pair, slots, args);
        bench.world.deploy(&deployment).unwrap_err()
    };
    assert_eq!(refuse(&[one], Args::new()), DeployError::SlotCount { needed: 2, bound: 1 });
    assert_eq!(
        refuse(&[one, eight], Args::new()),
        DeployError::OtherSignature { slot: "second".to_owned(), entry: "transfer".to_owned() }
    );
    assert_eq!(
        refuse(&[both, one], Args::new()),
        DeployError::NoEntry { slot: "first".to_owned(), entry: "transfer".to_owned() }
    );
    assert_eq!(
        refuse(&[one, who(3)], Args::new()),
        DeployError::NoContainer { slot: "second".to_owned(), address: who(3) }
    );
    assert_eq!(refuse(&[one, one], Args::new().number(U8, 1)), DeployError::NoInit);
    assert_eq!(bench.world.registry().containers().len(), 3);
}

#[test]
fn init_sets_immutables_that_formulas_use() {
    use mc_container::access::term::{Op, Term};
    use mc_container::access::{Mode, VariableId};
    use mc_container::manifest::ContainerKind;
    let owner = Term::leaf(Op::Immutable { instance: 0, variable: VariableId(0) });
    let package = Builder::new("Till", ContainerKind::Contract)
        .immutable("owner", Scalar::Address)
        .variable("takings", &[Scalar::Address], U64, Value::ZERO)
        .entry("init", (&[U64], &[]), own(vec![access(0, &[], Mode::Write)]), |layout| {
            format!(
                "(if (i64.eqz (i64.load (i32.const {ARGS}))) (then (return (i32.const 1))))
                (call $copy3 (i32.load (i32.const {})) (i32.const 0)) (i32.const 0)",
                layout.table_entry(0)
            )
        })
        .entry("pay", (&[U64], &[]), own(vec![access(1, &[owner], credit(&wide(param(0), U64)))]), |layout| {
            format!(
                "(local $s i32) (local.set $s (i32.load (i32.const {})))
                (call $store (local.get $s) (i64.add (i64.load (local.get $s)) (i64.load (i32.const {ARGS}))))
                (i32.const 0)",
                layout.table_entry(0)
            )
        })
        .build();
    let mut bench = Bench::new();
    let failing = bench.deployment(&package, &[], Args::new().number(U64, 0));
    assert!(matches!(bench.world.deploy(&failing), Err(DeployError::Init(receipt)) if receipt.result == 1));
    assert!(bench.world.state().is_empty() && bench.world.registry().containers().is_empty());
    let deployment = bench.deployment(&package, &[], Args::new().number(U64, 1));
    let till = bench.world.deploy(&deployment).unwrap();
    assert_eq!(bench.world.container(till).unwrap().immutable(VariableId(0)), Some(who(0).value()));
    let pay = |amount| call(who(7), till, "pay", Args::new().number(U64, amount));
    assert_eq!(bench.edges(vec![pay(2), pay(3)]), 0);
    bench.run(vec![pay(2), pay(3)]);
    assert_eq!(bench.world.read(till, "takings", &[who(0).value()]), Some(Value::from_u64(5)));
    let init = call(who(0), till, "init", Args::new().number(U64, 1));
    assert_eq!(codes(&bench.execute(vec![init]).receipts), [SystemError::NoSuchEntry.code()]);
}

#[test]
fn names_and_footprints_for_people() {
    use mc_runtime::inspect::{footprint_of, name_cell};
    let (bench, bank) = funded(U64, &[100, 100]);
    let set = |number| call(who(9), bank, "set", Args::new().address(who(number)).number(U64, 1));
    let txs = vec![set(1), set(1), transfer(bank, U64, 0, 1, 5)];
    let footprint = footprint_of(&bench.world, TIME, &txs[2]).unwrap();
    assert_eq!((footprint.cells.len(), footprint.locks.len()), (2, 0));
    let block = block(txs);
    let outcome = bench.executors[0].execute(&bench.world, &block, Strategy::Dag).unwrap();
    assert_eq!((outcome.stats.depth, outcome.stats.widest), (3, 1));
    let hot = outcome.stats.hottest[0];
    assert_eq!((hot.transactions, hot.chain, hot.is_lock), (3, 3, false));
    let name = name_cell(&bench.world, &block, hot.key).unwrap();
    assert_eq!(name.to_string(), format!("Bank.balances[{}]", who(1)));
    assert_eq!(outcome.order.unwrap().critical_path(&[5, 6, 7]), 18);
}

#[test]
fn blocks_are_read_back_or_refused() {
    use mc_runtime::{Block, BlockError};
    let (_, bank) = funded(U64, &[]);
    let block = block(vec![transfer(bank, U64, 0, 1, 5), transfer(bank, U64, 1, 0, 6)]);
    let bytes = block.encode();
    assert_eq!(Block::decode(&bytes).as_ref(), Ok(&*block));
    for length in 0..bytes.len() {
        assert!(Block::decode(&bytes[..length]).is_err());
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert_eq!(Block::decode(&longer), Err(BlockError::Damaged));
    for place in 0..bytes.len() {
        let mut other = bytes.clone();
        other[place] ^= 0x55;
        if let Ok(decoded) = Block::decode(&other) {
            assert_eq!(decoded.encode(), other);
        }
    }
    assert_ne!(block.transactions[0].id(), block.transactions[1].id());
}

#[test]
fn what_many_add_to_one_cell_is_summed_and_seen_by_whoever_looks() {
    let mut bench = Bench::new();
    let bank = bench.deploy(&bank(U64), &[]);
    for payer in 10..310 {
        assert!(bench.world.put(bank, "balances", &[who(payer).value()], Value::from_u64(5)));
    }
    let pay = |payer: u64| call(who(payer), bank, "transfer", Args::new().address(who(1)).number(U64, 3));
    let look = |reader: u64| call(who(reader), bank, "peek", Args::new().address(who(1)));
    let outcome = bench.execute((10..310).map(pay).collect());
    assert!(outcome.receipts.iter().all(Receipt::is_success));
    assert_eq!(bench.edges((10..310).map(pay).collect()), 0);
    let looked = (10..310).map(|n| if n % 100 == 50 { look(n) } else { pay(n) }).collect();
    let outcome = bench.run(looked);
    assert!(outcome.receipts.iter().all(Receipt::is_success));
    let received = bench.world.read(bank, "balances", &[who(1).value()]);
    assert_eq!(received, Some(Value::from_u64(297 * 3)));
}

#[test]
fn a_block_in_a_row_runs_on_one_worker() {
    let mut bench = Bench::with_threads(&[2]);
    let bank = bench.deploy(&bank(U64), &[]);
    let set = |n: u64| call(who(n), bank, "set", Args::new().address(who(1)).number(U64, n));
    let apart = |n: u64| call(who(n), bank, "set", Args::new().address(who(n)).number(U64, n));
    let workers = |transactions: Vec<Transaction>| {
        let outcome = bench.executors[0].execute(&bench.world, &block(transactions), Strategy::Dag).unwrap();
        (outcome.stats.workers, outcome.stats.depth)
    };
    assert_eq!(workers((0..100).map(set).collect()), (1, 100));
    assert_eq!(workers((0..100).map(apart).collect()), (2, 1));
}
