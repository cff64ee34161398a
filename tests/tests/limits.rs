//! What one transaction may use up: at the limit it succeeds, one beyond it fails in the same way everywhere,
//! and its neighbours in the block do not notice.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

use mc_compiler::Compiled;
use mc_container::address::Address;
use mc_container::cost::Cost;
use mc_container::error::SystemError;
use mc_container::package::Package;
use mc_runtime::{Block, Receipt, Transaction};
use mc_tests::attack::Arena;
use mc_tests::stage::{CHAIN, Stage, compile, compile_clean};
use std::fmt::Write as _;
use std::sync::Arc;

/// The receipts of calls of `entry` of the deployment `name`, which every strategy agrees on.
fn receipts(compiled: &Compiled, name: &str, entry: &str, arguments: &[u64]) -> Vec<Receipt> {
    let stage = Stage::new(compiled);
    let (alice, to) = (Address::of_account("alice"), stage.address(name));
    let call = |argument: &u64| Transaction::call(alice, 0, to, entry, argument.to_le_bytes().to_vec());
    let transactions = arguments.iter().map(call).collect();
    let block = Arc::new(Block { chain: CHAIN.to_owned(), height: 0, time: 0, transactions });
    Arena::new(3).execute(&stage, &block).unwrap_or_else(|why| panic!("{why}")).receipts
}

#[test]
fn fuel_runs_out_alike_everywhere() {
    let mut compiled = compile_clean(
        "contract Burner {
            state total: u64 = 0;
            entry run(n: u64) {
                total += 1;
                for i in 0..n max 500 { for j in 0..n max 500 { let x = i * j % 7; } }
            }
        }
        app Main { let burner = deploy Burner(); }",
    );
    // What the compiler says is a bound, so only a container that says less than it uses runs out.
    let container = &mut compiled.containers[0];
    let mut manifest = container.package.manifest().clone();
    manifest.entries.iter_mut().for_each(|entry| entry.cost = Cost::fixed(5_000));
    container.package = Package::new(manifest, container.package.module().to_vec()).unwrap();
    let receipts = receipts(&compiled, "burner", "run", &[1, 500, 2, 500, 3]);
    let results: Vec<u8> = receipts.iter().map(|receipt| receipt.result).collect();
    let out = SystemError::OutOfFuel.code();
    assert_eq!(results, [0, out, 0, out, 0]);
    assert_eq!(receipts[1].fuel, receipts[3].fuel);
    assert!(receipts[0].fuel < receipts[2].fuel && receipts[2].fuel < receipts[4].fuel);
}

/// A composition of so many steps.
fn chain(steps: usize) -> String {
    let mut text = String::from(
        "contract Counter { state total: u64 = 0; entry add(n: u64) { total += n; } }\n\
         compose Chain(n: u64) uses counter: Counter {\n",
    );
    for _ in 0..steps {
        let _ = writeln!(text, "    step counter.add(n);");
    }
    text.push_str("}\napp Main { let counter = deploy Counter(); let chain = deploy Chain(counter); }");
    text
}

#[test]
fn a_composition_takes_255_steps() {
    let compiled = compile_clean(&chain(255));
    let receipts = receipts(&compiled, "chain", "Chain", &[1, 2]);
    for receipt in &receipts {
        assert_eq!((receipt.result, receipt.point, receipt.sequence), (0, 255, 255));
    }
    let errors = compile(&chain(256)).diagnostics;
    assert!(errors.iter().any(|error| error.is_error() && error.code == "E0603"), "{errors:?}");
}

#[test]
fn fuel_does_not_tell_what_a_cell_holds() {
    // 02 §2.3 rule 5: the same code and the same cost, whether a cell was zero, and whatever a delta cell holds.
    let compiled = compile_clean(
        "contract Counter { state total: u64 = 0; entry add(n: u64) { total += n; total -= n; } }
        app Main { let counter = deploy Counter(); }",
    );
    let receipts = receipts(&compiled, "counter", "add", &[0, 5, 0, 7, u64::MAX, 5]);
    assert!(
        receipts.iter().all(|receipt| receipt.result == 0 && receipt.fuel == receipts[0].fuel),
        "{receipts:?}"
    );
}
