//! Compositions that no compiler would make, and deployments that nobody should: each is stopped, with one code,
//! serially and on 1, 2 and 4 workers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::compose::{BARRED, SHORT, mint};
use common::*;
use mc_container::access::link::LinkError;
use mc_container::access::{EntryAccess, Term};
use mc_container::address::Address;
use mc_container::error::SystemError;
use mc_container::frame::EXCHANGE;
use mc_container::manifest::ContainerKind;
use mc_container::package::Package;
use mc_container::ty::Type;
use mc_container::value::Scalar::{Address as A, U64, U128};
use mc_container::value::Value;
use mc_container::verify::Refusal;
use mc_runtime::{DeployError, Failure, Receipt, Transaction};
use std::sync::Arc;

const DONE: &str = "(i32.const 0)";
const OPEN: &str = "(call $savepoint (i32.const 0))";
const KEEP: &str = "(call $savepoint (i32.const 1))";
const UNDO: &str = "(call $savepoint (i32.const 2))";

/// A composition of a mint, and of another composition if so; its entry takes a person and an amount.
fn plan(access: EntryAccess, nested: bool, body: &str) -> Arc<Package> {
    let (plain, cell) = ([A.into(), U128.into()], [U64.into(), U64.into()]);
    let mut builder = Builder::new("Plan", ContainerKind::Composition).error("Own", &[]).slot_of(
        "m",
        &[("send", &plain, Type::unit()), ("set", &cell, Type::unit()), ("check", &cell, Type::unit())],
    );
    if nested {
        builder = builder.slot_of("n", &[("run", &plain, Type::unit())]).sequences(20);
    }
    let text = format!("(local $status i32) {body}");
    builder.entry("run", (&[A, U128], &[]), access, move |_| text.clone()).sequence(20).build()
}

/// Passes the person and the amount on to a step.
fn pass(step: u32) -> String {
    take(step, &format!("(i64.load (i32.const {}))", ARGS + 24))
}

/// Passes the person and another amount on to a step.
fn take(step: u32, amount: &str) -> String {
    format!(
        "(call $copy3 (i32.const {EXCHANGE}) (i32.const {ARGS})) (call $store (i32.const {}) {amount})
        (call $store (i32.const {}) (i64.const 0)) (local.set $status (call $step (i32.const {step})))",
        EXCHANGE + 24,
        EXCHANGE + 32,
    )
}

/// Sets or checks cell 0 by a step.
fn cell(step: u32, value: u64) -> String {
    format!(
        "(call $store (i32.const {EXCHANGE}) (i64.const 0)) (call $store (i32.const {}) (i64.const {value}))
        (local.set $status (call $step (i32.const {step})))",
        EXCHANGE + 8
    )
}

fn both() -> Vec<Option<Term>> {
    vec![Some(param(0)), Some(param(1))]
}

/// Steps of the mint in slot 0 or the composition in slot 1, which some calls do not take.
fn calls(entries: &[(u16, &'static str)]) -> EntryAccess {
    let (passed, unknown) = (both(), [None, None]);
    let call = |(slot, entry): &(u16, &'static str)| {
        (
            *slot,
            *entry,
            if matches!(*entry, "set" | "check") { unknown.as_slice() } else { passed.as_slice() },
        )
    };
    let mut access = steps(&entries.iter().map(call).collect::<Vec<_>>());
    access.steps.iter_mut().for_each(|step| step.certain = false);
    access
}

/// The same, free to take anything of the mint's from the caller.
fn lavish(entries: &[(u16, &'static str)]) -> EntryAccess {
    let access = spending(calls(entries), "m.Unit", constant(U128, 1_000_000));
    let nested = entries.iter().any(|(slot, _)| *slot == 1);
    if nested { spending(access, "n.m.Unit", constant(U128, 1_000_000)) } else { access }
}

struct Town {
    bench: Bench,
    mint: Address,
}

fn town() -> Town {
    let mut bench = Bench::new();
    let mint = bench.deploy(&mint(), &[]);
    bench.world.put(mint, "held", &[who(0).value()], Value::from_u64(100));
    bench.world.put(mint, "supply", &[], Value::from_u64(100));
    Town { bench, mint }
}

impl Town {
    fn inner(&mut self, access: EntryAccess, body: &str) -> Address {
        self.bench.deploy(&plan(access, false, body), &[self.mint])
    }

    fn outer(&mut self, access: EntryAccess, inner: Address, body: &str) -> Address {
        self.bench.deploy(&plan(access, true, body), &[self.mint, inner])
    }

    fn receipt(&self, plan: Address) -> Receipt {
        self.bench.execute(vec![run(plan)]).receipts.into_iter().next().unwrap()
    }

    fn code(&self, plan: Address) -> u8 {
        self.receipt(plan).result
    }
}

fn run(plan: Address) -> Transaction {
    call(who(0), plan, "run", Args::new().address(who(1)).number(U128, 5))
}

const TRAP: u8 = 18;

#[test]
fn savepoints_open_and_close_in_pairs() {
    assert_eq!(SystemError::Trap.code(), TRAP);
    let fails = cell(0, 0);
    let fine = pass(1);
    let mut town = town();
    town.bench.world.put(town.mint, "cells", &[Value::ZERO], Value::from_u64(1));
    // Step 0 fails, step 1 does not.
    for (body, expected) in [
        (format!("{KEEP} {DONE}"), TRAP),
        (format!("{UNDO} {DONE}"), TRAP),
        (format!("{OPEN} {DONE}"), TRAP),
        (format!("{OPEN} {KEEP} {KEEP} {DONE}"), TRAP),
        (format!("{OPEN} {UNDO} {UNDO} {DONE}"), TRAP),
        (format!("{OPEN} {KEEP} {OPEN} {UNDO} {DONE}"), 0),
        (format!("{OPEN} {OPEN} {UNDO} {DONE}"), TRAP),
        ("(call $savepoint (i32.const 3)) (i32.const 0)".to_owned(), TRAP),
        (format!("{OPEN} (call $savepoint (i32.const -1)) {DONE}"), TRAP),
        (format!("{fails} {OPEN} {UNDO} {DONE}"), TRAP),
        (format!("{OPEN} {fails} {OPEN} {UNDO} {UNDO} {DONE}"), TRAP),
        (format!("{OPEN} {fails} {UNDO} {OPEN} {KEEP} {DONE}"), 0),
        (format!("{OPEN} {fails} {UNDO} {DONE}"), 0),
        (format!("{OPEN} {fails} {UNDO} (i32.const 5)"), TRAP),
        (format!("{OPEN} {fails} {KEEP} {DONE}"), BARRED),
        (format!("{OPEN} {fails} {KEEP} (i32.const 5)"), BARRED),
        (format!("{OPEN} {OPEN} {fails} {KEEP} {UNDO} {DONE}"), 0),
        (format!("{OPEN} {fails} (i32.const 5)"), BARRED),
        (format!("{OPEN} {fails} (i32.const 32)"), 32),
        (format!("{OPEN} {fine} {UNDO} {fine} {DONE}"), TRAP),
        (format!("{OPEN} {fails} {UNDO} {fails} {DONE}"), TRAP),
    ] {
        let plan = town.inner(lavish(&[(0, "check"), (0, "send")]), &body);
        assert_eq!(town.code(plan), expected, "{body}");
    }
}

#[test]
fn what_is_undone_leaves_only_its_cost() {
    let mut town = town();
    let steps = [(0, "send"), (0, "set")];
    let undone = town.inner(lavish(&steps), &format!("{OPEN} {} {} {UNDO} {DONE}", pass(0), cell(1, 7)));
    let nothing = town.inner(lavish(&steps), &format!("{OPEN} {UNDO} {DONE}"));
    let outcome = town.bench.execute(vec![run(undone), run(nothing)]);
    assert_eq!((outcome.writes.len(), outcome.receipts[0].events.len()), (0, 0));
    assert_eq!((outcome.receipts[0].point, outcome.receipts[1].point), (2, 0));
    assert!(outcome.receipts[0].fuel > outcome.receipts[1].fuel + 2 * 500);
    // A transaction after it, in the same sandbox, is undone no more.
    let kept = town.inner(lavish(&steps), &format!("{} {DONE}", pass(0)));
    assert_eq!(town.bench.execute(vec![run(undone), run(kept), run(undone)]).writes.len(), 2);
}

#[test]
fn a_contract_has_no_savepoints() {
    let mut builder = Builder::new("Sly", ContainerKind::Contract);
    builder.with_savepoints = true;
    let sly = builder.entry("run", (&[U64], &[]), own(vec![]), |_| format!("{OPEN} {DONE}"));
    assert_eq!(sly.try_build(), Err(Refusal::Module("a contract with savepoints".to_owned())));
}

#[test]
fn a_nested_composition_is_held_to_what_it_declares() {
    let mut town = town();
    let through = format!("{} (if (local.get $status) (then (return (i32.const 5)))) {DONE}", pass(0));
    for (body, expected) in [
        (format!("{} {} {DONE}", pass(0), pass(0)), SystemError::Trap),
        (format!("{} {DONE}", take(0, "(i64.const 6)")), SystemError::Undeclared),
        (format!("{} {DONE}", pass(3)), SystemError::Trap),
        ("(loop $turn (br $turn)) (i32.const 0)".to_owned(), SystemError::OutOfFuel),
    ] {
        let inner = town.inner(lavish(&[(0, "send")]), &body);
        let outer = town.outer(lavish(&[(1, "run")]), inner, &through);
        let failure = Failure::system(inner, expected);
        assert_eq!(town.receipt(outer).failure, Some(failure.clone()), "{body}");
        // Nobody catches a container that has left the rules.
        let catching = format!("{OPEN} {} {UNDO} {DONE}", pass(0));
        let outer = town.outer(lavish(&[(1, "run")]), inner, &catching);
        assert_eq!(town.receipt(outer).failure, Some(failure), "{body}");
    }
}

#[test]
fn a_nested_composition_fails_as_the_step_that_failed() {
    let mut town = town();
    town.bench.world.put(town.mint, "cells", &[Value::ZERO], Value::from_u64(1));
    let through = format!("{} (if (local.get $status) (then (return (i32.const 5)))) {DONE}", pass(0));
    let status = format!("{OPEN} {} {UNDO} (local.get $status)", pass(0));
    for (body, code) in [
        (format!("{} {DONE}", cell(0, 0)), BARRED),
        (format!("{} (i32.const 5)", cell(0, 0)), BARRED),
        (format!("{} (i32.const 32)", cell(0, 0)), 32),
        ("(i32.const 11)".to_owned(), 11),
        (format!("{OPEN} {} (i32.const 12)", cell(0, 0)), 12),
    ] {
        let inner = town.inner(lavish(&[(0, "check")]), &body);
        let outer = town.outer(lavish(&[(1, "run")]), inner, &through);
        assert_eq!(town.code(outer), code, "{body}");
        // What the outer one is told is the same code: it gives it as its own, where it may.
        let outer = town.outer(lavish(&[(1, "run")]), inner, &status);
        let told = if code < 32 {
            code
        } else if code == 32 {
            32
        } else {
            TRAP
        };
        assert_eq!(town.code(outer), told, "{body}");
    }
}

#[test]
fn nobody_closes_the_savepoint_of_another() {
    let mut town = town();
    for action in [KEEP, UNDO] {
        let inner = town.inner(lavish(&[]), &format!("{action} {DONE}"));
        let outer = town.outer(lavish(&[(1, "run")]), inner, &format!("{OPEN} {} {KEEP} {DONE}", pass(0)));
        assert_eq!(town.receipt(outer).failure, Some(Failure::system(inner, SystemError::Trap)));
    }
    // Nor does what fails with an open one leave it to the outer one.
    let inner = town.inner(lavish(&[(0, "send")]), &format!("{OPEN} {} (i32.const 32)", pass(0)));
    let body = format!("{OPEN} {} {UNDO} {UNDO} {DONE}", pass(0));
    let outer = town.outer(lavish(&[(1, "run")]), inner, &body);
    assert_eq!(town.receipt(outer).failure, Some(Failure::system(outer, SystemError::Trap)));
}

#[test]
fn the_outer_budget_binds_the_inner_composition() {
    let mut town = town();
    let overspent = SystemError::Overspent.code();
    let send = format!("{} (if (local.get $status) (then (return (i32.const 5)))) {DONE}", pass(0));
    let inner = town.inner(lavish(&[(0, "send")]), &send);
    assert_eq!(town.code(inner), 0);
    for (budget, code) in [(4, overspent), (5, 0), (0, overspent)] {
        for name in ["m.Unit", "n.m.Unit"] {
            let access = spending(calls(&[(1, "run")]), name, constant(U128, budget));
            let outer = town.outer(access, inner, &send);
            assert_eq!(town.code(outer), code, "{budget} of {name}");
        }
    }
    // One asset under two names is one budget, and what is undone is given back.
    let access = spending(calls(&[(1, "run"), (0, "send")]), "m.Unit", constant(U128, 3));
    let access = spending(access, "n.m.Unit", constant(U128, 2));
    let twice =
        format!("{} {} (if (local.get $status) (then (return (i32.const 5)))) {DONE}", pass(0), pass(1));
    let again = format!("{OPEN} {} {UNDO} {} (local.get $status)", pass(0), pass(1));
    let outer = town.outer(access.clone(), inner, &twice);
    assert_eq!(town.receipt(outer).failure, Some(Failure::system(town.mint, SystemError::Overspent)));
    let outer = town.outer(access, inner, &again);
    assert_eq!((town.code(outer), town.bench.execute(vec![run(outer)]).writes.len()), (0, 2));
}

#[test]
fn a_budget_is_of_one_asset_and_one_caller() {
    let mut town = town();
    let other = town.bench.deploy(&mint(), &[]);
    let send = format!("{} (if (local.get $status) (then (return (i32.const 5)))) {DONE}", pass(0));
    let of = |asset: &str| spending(calls(&[(0, "send")]), asset, constant(U128, 100));
    for (asset, code) in [("m.Unit", 0), ("coin", 25)] {
        let plan = town.inner(of(asset), &send);
        assert_eq!(town.code(plan), code, "{asset}");
    }
    // A budget that is worked out from the amount; one that cannot be is none.
    let minus = |most| {
        let op = mc_container::access::Op::Arithmetic(mc_container::arithmetic::Operation::Subtract, U128);
        spending(calls(&[(0, "send")]), "m.Unit", param(1).binary(&constant(U128, most), op))
    };
    for (less, code) in [(0, 0), (1, 25), (6, 25)] {
        let plan = town.inner(minus(less), &send);
        assert_eq!(town.code(plan), code, "{less}");
    }
    // To oneself, nothing goes.
    let to_self = town.inner(calls(&[(0, "send")]), &send);
    let to_self = call(who(0), to_self, "run", Args::new().address(who(0)).number(U128, 5));
    assert_eq!(town.bench.execute(vec![to_self]).receipts[0].result, 0);
    let unknown = plan(of("m.Gold"), false, DONE);
    let deployment = town.bench.deployment(&unknown, &[other], Args::new());
    assert!(matches!(town.bench.world.deploy(&deployment), Err(DeployError::NoAsset(_))));
}

#[test]
fn nobody_takes_more_steps_than_the_sequence_says() {
    let mut town = town();
    let two = format!("{} {} {DONE}", pass(0), pass(1));
    let build = |sequence| {
        let (text, plain) = (format!("(local $status i32) {two}"), [A.into(), U128.into()]);
        Builder::new("Short", ContainerKind::Composition)
            .slot_of("m", &[("send", &plain, Type::unit())])
            .entry("run", (&[A, U128], &[]), lavish(&[(0, "send"), (0, "send")]), move |_| text.clone())
            .sequence(sequence)
            .build()
    };
    let [one, exact] = [1, 2].map(|sequence| town.bench.deploy(&build(sequence), &[town.mint]));
    assert_eq!((town.code(one), town.code(exact)), (TRAP, 0));
    // Nor does a composition take more than the one that it is a step of lets it.
    let outer = |sequence| {
        let (text, plain) = (format!("(local $status i32) {} {DONE}", pass(0)), [A.into(), U128.into()]);
        Builder::new("Outer", ContainerKind::Composition)
            .slot_of("m", &[("send", &plain, Type::unit())])
            .slot_of("n", &[("run", &plain, Type::unit())])
            .sequences(sequence)
            .entry("run", (&[A, U128], &[]), lavish(&[(1, "run")]), move |_| text.clone())
            .sequence(2)
            .build()
    };
    let refused = town.bench.deployment(&outer(1), &[town.mint, exact], Args::new());
    let error = DeployError::TooManySteps { slot: "n".to_owned(), entry: "run".to_owned() };
    assert_eq!(town.bench.world.deploy(&refused), Err(error));
    let outer = town.bench.deploy(&outer(2), &[town.mint, exact]);
    assert_eq!(town.receipt(outer).failure, Some(Failure::system(exact, SystemError::Trap)));
}

/// A composition that passes everything on to the one in its slot, so many times, and spends this.
fn link(times: usize, spends: Option<&str>) -> Arc<Package> {
    long_link(times, spends, 0)
}

/// The same, whose code has so many more operators.
fn long_link(times: usize, spends: Option<&str>, more: usize) -> Arc<Package> {
    let plain = [A.into(), U128.into()];
    let args = both();
    let mut access = steps(&vec![(0, "run", args.as_slice()); times]);
    if let Some(asset) = spends {
        access = spending(access, asset, constant(U128, 100));
    }
    let or_fail = "(if (local.get $status) (then (return (i32.const 5))))";
    let more = "(drop (i32.const 1))".repeat(more / 2);
    let calls: String = (0..times as u32).map(|step| format!("{} {or_fail}", pass(step))).collect();
    Builder::new("Link", ContainerKind::Composition)
        .slot_of("n", &[("run", &plain, Type::unit())])
        .sequences(255)
        .entry("run", (&[A, U128], &[]), access, move |_| {
            format!("(local $status i32) {more} {calls} {DONE}")
        })
        .sequence(255)
        .build()
}

/// Links one behind the other. What the mint's asset is called gets longer with each.
fn chain(town: &mut Town, first: Address, links: usize) -> Result<Address, DeployError> {
    let (mut last, mut name) = (first, "m.Unit".to_owned());
    for _ in 0..links {
        name = format!("n.{name}");
        let deployment = town.bench.deployment(&link(1, Some(&name)), &[last], Args::new());
        last = town.bench.world.deploy(&deployment)?;
    }
    Ok(last)
}

#[test]
fn compositions_nest_as_deep_as_the_stack_allows() {
    let mut town = town();
    let send = format!("{} (if (local.get $status) (then (return (i32.const 5)))) {DONE}", pass(0));
    let first = town.inner(lavish(&[(0, "send")]), &send);
    let deepest = chain(&mut town, first, 15).unwrap();
    let receipt = town.receipt(deepest);
    assert_eq!((receipt.result, receipt.point), (0, 16));
    let short = call(who(1), deepest, "run", Args::new().address(who(0)).number(U128, 5));
    assert_eq!(town.bench.execute(vec![short]).receipts[0].failure.as_ref().unwrap().code, SHORT);
    assert_eq!(chain(&mut town, deepest, 1), Err(DeployError::TooDeep));
}

/// What each of them may use, three may not.
#[test]
fn compositions_share_one_stack() {
    let mut town = town();
    let mut last = town.inner(lavish(&[(0, "send")]), DONE);
    let mut deploy = |slot: Address| {
        let package = long_link(1, None, 20_000);
        let deployment = town.bench.deployment(&package, &[slot], Args::new());
        town.bench.world.deploy(&deployment)
    };
    for _ in 0..2 {
        last = deploy(last).unwrap();
    }
    assert_eq!(deploy(last), Err(DeployError::TooDeep));
}

#[test]
fn deployment_bounds_what_nesting_multiplies() {
    let mut town = town();
    let first = town.inner(lavish(&[(0, "send")]), DONE);
    // 10 steps and 10 of theirs, then 10 and 200 of theirs, then 10 and 2,100.
    let (mut last, tens) = (first, link(10, None));
    let mut deploy = |package: &Arc<Package>, slots: &[Address]| {
        let deployment = town.bench.deployment(package, slots, Args::new());
        town.bench.world.deploy(&deployment)
    };
    for _ in 0..2 {
        last = deploy(&tens, &[last]).unwrap();
    }
    assert_eq!(deploy(&tens, &[last]), Err(DeployError::Link(LinkError::TooManySteps)));
    let plain = [A.into(), U128.into()];
    let wide = Builder::new("Wide", ContainerKind::Composition)
        .slot_of("a", &[("run", &plain, Type::unit())])
        .sequences(255)
        .slot_of("b", &[("run", &plain, Type::unit())])
        .sequences(255)
        .entry("run", (&[A, U128], &[]), EntryAccess::default(), |_| DONE.to_owned())
        .build();
    // 2 + 2 · (1, 4, 10, …): twice as many each time.
    let mut last = first;
    for _ in 0..8 {
        last = deploy(&wide, &[last, last]).unwrap();
    }
    assert_eq!(deploy(&wide, &[last, last]), Err(DeployError::Link(LinkError::TooManyInstances)));
}

#[test]
fn formulas_of_compositions_that_make_no_sense_are_refused() {
    let refusal = |access: EntryAccess| {
        let (plain, body) = ([A.into(), U128.into()], DONE);
        let builder = Builder::new("Odd", ContainerKind::Composition)
            .slot_of("m", &[("send", &plain, Type::unit())])
            .entry("run", (&[A, U128], &[]), access, move |_| body.to_owned());
        match builder.try_build() {
            Err(Refusal::Access(why)) => why,
            other => panic!("{:?}", other.map(|_| ())),
        }
    };
    let send = || calls(&[(0, "send"), (0, "send"), (0, "send")]);
    let spends = |asset: &str, most: Term| spending(send(), asset, most);
    let par = |groups: &[&[&[u16]]]| {
        let par = groups.iter().map(|group| group.iter().map(|branch| branch.to_vec()).collect()).collect();
        EntryAccess { par, ..send() }
    };
    let seven = || constant(U128, 7);
    assert_eq!(refusal(spends("Gold", seven())), "an unknown asset is spent");
    assert_eq!(refusal(spends("x.Unit", seven())), "an unknown asset is spent");
    assert_eq!(refusal(spending(spends("m.Unit", seven()), "m.Unit", seven())), "an asset is spent twice");
    assert_eq!(refusal(spends("m.Unit", constant(U64, 7))), "what is spent is no amount");
    assert_eq!(refusal(spends("m.Unit", param(0))), "what is spent is no amount");
    assert_eq!(refusal(spends("m.Unit", param(2))), "what is spent is no amount");
    assert_eq!(refusal(spends("m.Unit", wide(param(1), U128))), "what is spent is no amount");
    assert_eq!(
        refusal(spends("m.Unit", seven().binary(&seven(), mc_container::access::Op::Caller))),
        "a term is not well formed"
    );
    assert_eq!(refusal(par(&[&[&[0], &[3]]])), "a branch of a step that is not there");
    assert_eq!(refusal(par(&[&[&[0, 1], &[1]]])), "a step in two branches");
    let contract = |access: EntryAccess| {
        let builder = Builder::new("Odd", ContainerKind::Contract)
            .asset("Unit", mc_container::manifest::AssetKind::Parameter)
            .entry("run", (&[A, U128], &[]), access, |_| DONE.to_owned());
        builder.try_build().map(|_| ())
    };
    let spender = spending(EntryAccess::default(), "Unit", seven());
    assert_eq!(contract(spender), Err(Refusal::Access("a contract that spends".to_owned())));
    let branches = EntryAccess { par: vec![vec![]], ..EntryAccess::default() };
    assert_eq!(contract(branches), Err(Refusal::Access("a contract with branches".to_owned())));
    // And those that do are not.
    let fine = EntryAccess {
        par: vec![vec![vec![0], vec![2, 1]], vec![vec![0], vec![1]]],
        ..lavish(&[(0, "send"); 3])
    };
    let _ = plan(fine, false, DONE);
}

/// What ContainerSign is made of, once more.
fn sign(records: &[Vec<u8>]) -> [u8; 32] {
    blake3::derive_key("mcc 2026 container sign", &records.concat())
}

fn record(container: Address, package: &Package, point: u8, inputs: &[u8], outputs: &[u8]) -> Vec<u8> {
    let mut bytes = [&container.0[..], &package.module_hash(), &[point]].concat();
    bytes.extend(blake3::hash(inputs).as_bytes());
    bytes.extend(blake3::hash(outputs).as_bytes());
    bytes
}

#[test]
fn container_sign_tells_what_ran() {
    let mut town = town();
    let package = |town: &Town, at| town.bench.world.container(at).unwrap().package().clone();
    town.bench.world.put(town.mint, "cells", &[Value::ZERO], Value::from_u64(1));
    let send = format!("{} {DONE}", pass(0));
    let inner = town.inner(lavish(&[(0, "send")]), &send);
    let body = format!("{OPEN} {} {UNDO} {} {DONE}", cell(0, 0), pass(1));
    let outer = town.outer(lavish(&[(0, "check"), (1, "run")]), inner, &body);
    let mint = town.mint;
    let [of_mint, of_inner, of_outer] = [mint, inner, outer].map(|at| package(&town, at));
    let transaction = run(outer);
    let args = transaction.data.arguments.clone();
    let mut valued = args.clone();
    valued.extend(0_u64.to_le_bytes());
    let zeros = [0; 16];
    let expected = sign(&[
        record(mint, &of_mint, 1, &zeros, &[BARRED]),
        record(inner, &of_inner, 2, &args, &[]),
        record(mint, &of_mint, 3, &args, &[]),
        record(outer, &of_outer, 3, &valued, &[]),
    ]);
    let nowhere = call(who(0), who(9), "run", Args::new());
    let direct = call(who(0), mint, "send", Args(args.clone()));
    let short = call(who(3), mint, "send", Args(args.clone()));
    let escaping = town.inner(lavish(&[(0, "send")]), &format!("{} {DONE}", take(0, "(i64.const 6)")));
    let looping = town.outer(lavish(&[(1, "run")]), escaping, &send);
    let outcome = town.bench.execute(vec![transaction, nowhere, direct, short, run(looping), run(escaping)]);
    let signs: Vec<[u8; 32]> = outcome.receipts.iter().map(|receipt| receipt.container_sign).collect();
    assert_eq!(signs[0], expected);
    assert_eq!(signs[1], [0; 32]);
    assert_eq!(signs[2], sign(&[record(mint, &of_mint, 0, &valued, &[])]));
    assert_eq!(signs[3], sign(&[record(mint, &of_mint, 0, &valued, &[SHORT])]));
    // A step that ends the transaction has its code, and a step that was never started is none.
    let undeclared = [SystemError::Undeclared.code()];
    let [of_escaping, of_looping] = [escaping, looping].map(|at| package(&town, at));
    let expected = sign(&[
        record(escaping, &of_escaping, 1, &args, &undeclared),
        record(looping, &of_looping, 1, &valued, &undeclared),
    ]);
    assert_eq!(signs[4], expected);
    assert_eq!(signs[5], sign(&[record(escaping, &of_escaping, 0, &valued, &undeclared)]));
}
