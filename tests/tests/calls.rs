//! Single calls of random programs, with arguments at the edges of their types: compiled WASM and the interpreter of the
//! typed tree come to the same result, failure, output, events and changed cells.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests"
)]

use mc_compiler::tree::FunctionKind;
use mc_container::address::CellKey;
use mc_container::manifest::EntryKind;
use mc_container::value::Value;
use mc_runtime::{Block, Executor, PoolOptions, Strategy};
use mc_tests::generate::{self, block};
use mc_tests::interpreter::Cell;
use mc_tests::stage::{Stage, call_of, compile, verdict_of};
use rand::Rng;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// Calls without `MCC_CALLS`.
const CALLS: u64 = 100_000;
/// Calls of each program; from time to time it starts anew, so that calls also meet a young state.
const CALLS_OF_ONE: u64 = 500;
const CALLS_OF_A_STATE: u64 = 100;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap())
}

/// What the calls came to.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    calls: u64,
    of_views: u64,
    of_compositions: u64,
    succeeded: u64,
    /// Ended with an error that their own contract declares.
    declared: u64,
    /// Changed some cell, gave something out, told something.
    changed: u64,
    gave: u64,
    told: u64,
}

impl Tally {
    fn plus(self, other: Self) -> Self {
        Self {
            calls: self.calls + other.calls,
            of_views: self.of_views + other.of_views,
            of_compositions: self.of_compositions + other.of_compositions,
            succeeded: self.succeeded + other.succeeded,
            declared: self.declared + other.declared,
            changed: self.changed + other.changed,
            gave: self.gave + other.gave,
            told: self.told + other.told,
        }
    }
}

#[test]
fn code_and_interpreter_agree_on_every_call() {
    let wanted = number("MCC_CALLS").unwrap_or(CALLS);
    let first = number("MCC_SEED").or(number("MCC_FIRST")).unwrap_or(0);
    let programs = if number("MCC_SEED").is_some() { 1 } else { wanted.div_ceil(CALLS_OF_ONE) };
    let (next, total, failures) =
        (AtomicU64::new(first), Mutex::new(Tally::default()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                let mut serial = Executor::new(PoolOptions { threads: 1, ..PoolOptions::default() }).unwrap();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + programs {
                        return;
                    }
                    match program(seed, &mut serial) {
                        Ok(tally) => {
                            let mut total = total.lock().unwrap();
                            *total = total.plus(tally);
                        }
                        Err(why) => failures.lock().unwrap().push(format!("MCC_SEED={seed}: {why}")),
                    }
                }
            });
        }
    });
    let total = total.into_inner().unwrap();
    println!("{total:?}");
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    if programs * CALLS_OF_ONE >= CALLS {
        let kinds = [total.of_views, total.of_compositions, total.succeeded, total.declared];
        assert!(total.calls >= wanted, "only {} calls", total.calls);
        assert!(kinds.iter().all(|count| count * 50 > total.calls), "hardly any of some kind: {total:?}");
    }
}

/// Calls of one program, each on the state that those before it have left.
fn program(seed: u64, serial: &mut Executor) -> Result<Tally, String> {
    let compiled = compile(&generate::program(seed)).compiled.ok_or("does not compile")?;
    let mut fresh = Stage::try_new(&compiled)?;
    fresh.fund_accounts(&generate::program::ACCOUNTS);
    let callable = block::callable(&fresh);
    let (mut stage, mut rng, mut tally) =
        (fresh.clone(), generate::rng(seed ^ 0x00ca_1150), Tally::default());
    for number in 0..CALLS_OF_ONE {
        if number % CALLS_OF_A_STATE == 0 {
            stage = fresh.clone();
        }
        let (to, function) = &callable[rng.random_range(0..callable.len())];
        let block = Arc::new(block::call_at_the_edges(&mut rng, &stage, (*to, function), number));
        let came = call(&mut stage, serial, &block)
            .map_err(|why| format!("call {number} of `{}`: {why}", function.name))?;
        tally = tally.plus(came);
        tally.of_views += u64::from(function.kind == FunctionKind::Callable(EntryKind::View));
        tally.of_compositions += u64::from(function.kind == FunctionKind::Callable(EntryKind::Compose));
    }
    stage.difference().map_or(Ok(tally), Err)
}

/// Runs the call of a block on both, compares, and keeps what it changes.
fn call(stage: &mut Stage<'_>, serial: &mut Executor, block: &Arc<Block>) -> Result<Tally, String> {
    let tx = &block.transactions[0];
    let outcome = serial.execute(&stage.world, block, Strategy::Serial).map_err(|error| error.to_string())?;
    let executed = stage.machine.dry_run(&call_of(tx, block));
    let (receipt, arguments) = (&outcome.receipts[0], &tx.data.arguments);
    let found = verdict_of(receipt);
    if executed.verdict != found {
        let expected = &executed.verdict;
        return Err(format!("{arguments:?}\n  interpreter: {expected:?}\n  runtime:     {found:?}"));
    }
    let expected = changes(stage, &executed.writes);
    let changed: BTreeMap<CellKey, Option<Value>> =
        outcome.writes.iter().map(|write| (write.key, write.value)).collect();
    if expected != changed {
        return Err(format!("{arguments:?}\n  interpreter: {expected:?}\n  runtime:     {changed:?}"));
    }
    stage.machine.commit(executed.writes);
    stage.world.commit(&outcome).map_err(|_| "the outcome does not belong to its world")?;
    Ok(Tally {
        calls: 1,
        succeeded: u64::from(receipt.is_success()),
        declared: u64::from(receipt.result >= mc_container::error::FIRST_USER_ERROR),
        changed: u64::from(!changed.is_empty()),
        gave: u64::from(!found.output.is_empty()),
        told: u64::from(!found.events.is_empty()),
        ..Tally::default()
    })
}

/// The cells whose value changes, each with what is stored: nothing where it is the variable's default.
fn changes(stage: &Stage<'_>, writes: &BTreeMap<Cell, Value>) -> BTreeMap<CellKey, Option<Value>> {
    let default = |cell: &Cell| stage.machine.variable(cell).map_or(Value::ZERO, |variable| variable.default);
    let changes = writes.iter().filter(|(cell, value)| stage.machine.get(cell) != **value);
    changes.map(|(cell, value)| (cell.key(), (*value != default(cell)).then_some(*value))).collect()
}
