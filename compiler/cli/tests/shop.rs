//! The shop: what the tool says about it, and that what it says statically is what happens in a block.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs, reason = "tests")]

mod common;

use common::{example, mcc};
use mc_compiler::conflict::{Callable, Matrix, Verdict};
use mc_container::access::Permission;
use mc_runtime::inspect::{DeclaredFootprint, footprint_of};
use mc_runtime::{Block, Strategy, World};
use mcc::compile::Built;
use mcc::directory::Directory;
use mcc::measure::Bench;
use mcc::wiring::{self, Wired};
use mcc::workload::{generate, parse};
use mcc::{blockfile, compile, deploy};
use std::sync::Arc;

#[test]
fn what_is_said_about_the_shop() {
    let directory = example("shop");
    let here = directory.path().join("here");
    let order = format!("order=0x{:064}", 7);
    let call = ["sku=3", "quantity=2", "price=10", "seller=bob", &order].join(",");
    for (name, args) in [
        ("effects", &["effects"][..]),
        ("effects_of_a_call", &["effects", "Purchase", "--from", "alice", "--args", &call]),
        ("conflicts", &["conflicts"]),
        ("conflicts_with_views", &["conflicts", "--views"]),
        ("why", &["conflicts", "--why", "catalog.offer", "Purchase"]),
        ("why_only_adds", &["conflicts", "--why", "gold.issue", "gold.transfer"]),
        ("why_with_itself", &["conflicts", "--why", "Purchase", "Purchase"]),
    ] {
        let ran = mcc(&here, args).expect(0);
        insta::assert_snapshot!(name, format!("mcc {}\n\n{}", args.join(" "), ran.stdout));
    }
}

#[test]
fn what_a_run_of_the_shop_says() {
    let directory = example("shop");
    let here = directory.path().join("here");
    let ran = mcc(&here, &["run", "--runs", "0", "--threads", "2", "--verify-serial"]).expect(0);
    insta::assert_snapshot!("run", ran.stdout);
    let serial = mcc(&here, &["run", "--runs", "0", "--strategy", "serial", "--json"]).expect(0).json();
    let dag = mcc(&here, &["run", "--runs", "0", "--json"]).expect(0).json();
    for (one, other) in
        std::iter::zip(serial[0]["blocks"].as_array().unwrap(), dag[0]["blocks"].as_array().unwrap())
    {
        assert_eq!(one["state_root"], other["state_root"]);
        assert_eq!(one["receipts_root"], other["receipts_root"]);
        assert_eq!(one["failures"], other["failures"]);
    }
}

/// A project, deployed, with the block it is about to run.
struct Stage<'s> {
    world: World,
    block: Arc<Block>,
    directory: &'s Directory<'s>,
    calls: &'s [Wired<'s>],
    matrix: Matrix,
}

fn on_stage(project: &mc_stdlib::Project, seed: u64, look: impl FnOnce(&Stage<'_>)) {
    let built: Built = compile::embedded(project).unwrap();
    let app = built.app(None).unwrap();
    let mut workload = parse::parse("workload.toml", project.text("workload.toml").unwrap()).unwrap();
    workload.shape.transactions = 300;
    workload.shape.correlation = 40;
    let directory = Directory::new(app, &built.compiled, "dev");
    let drafts = generate::generate(&workload, &directory, seed).unwrap();
    let mut blocks = blockfile::resolve(&drafts, &directory, "workload.toml").unwrap();
    let block = Arc::new(blocks.pop().unwrap());
    let mut world = deploy::deploy(app, &built.compiled, &directory, 0).unwrap();
    let bench = Bench::new(2, None).unwrap();
    for block in blocks {
        let outcome = bench.execute(&world, &Arc::new(block), Strategy::Serial).unwrap();
        world.commit(&outcome).unwrap();
    }
    let calls = wiring::of_app(&built.compiled, app).unwrap();
    let callables: Vec<Callable<'_>> = calls.iter().map(Wired::callable).collect();
    let matrix = Matrix::new(&callables);
    look(&Stage { world, block, directory: &directory, calls: &calls, matrix });
}

impl Stage<'_> {
    /// The number of the entry that a transaction of the block calls.
    fn called(&self, number: usize) -> usize {
        let tx = &self.block.transactions[number];
        let container = self.directory.container_at(tx.to.unwrap()).unwrap();
        self.calls
            .iter()
            .position(|call| call.owner == container.name && call.entry.name == tx.data.entry)
            .unwrap()
    }

    fn verdict(&self, a: usize, b: usize) -> Verdict {
        self.matrix.verdict(self.called(a), self.called(b))
    }
}

/// What two footprints may do to each other, cell by cell.
fn brute_force(a: &DeclaredFootprint, b: &DeclaredFootprint) -> Verdict {
    let mut worst = Verdict::Never;
    for one in a.cells.iter().chain(&a.locks) {
        for other in b.cells.iter().chain(&b.locks).filter(|other| other.key == one.key) {
            worst = worst.max(match (one.permission, other.permission) {
                (Permission::Read, Permission::Read) => Verdict::Never,
                (Permission::Delta(_), Permission::Delta(_)) => Verdict::Commutes,
                _ => Verdict::WhenEqual,
            });
        }
    }
    worst
}

/// The matrix is sound: whatever two calls of a block share, their entries' verdict allows.
#[test]
fn the_matrix_foresees_every_shared_cell_of_a_block() {
    for project in mc_stdlib::TEMPLATES.iter().chain(mc_stdlib::EXAMPLES) {
        on_stage(project, 3, |stage| {
            let transactions = &stage.block.transactions;
            let footprints: Vec<DeclaredFootprint> = transactions
                .iter()
                .map(|tx| footprint_of(&stage.world, stage.block.time, tx).unwrap())
                .collect();
            for (number, footprint) in footprints.iter().enumerate() {
                for (other, with) in footprints.iter().enumerate().skip(number + 1) {
                    let (found, foreseen) = (brute_force(footprint, with), stage.verdict(number, other));
                    assert!(
                        found <= foreseen,
                        "{}: {number} and {other}: {found:?}, but the matrix says {foreseen:?}",
                        project.name
                    );
                }
            }
        });
    }
}

/// What the matrix calls `never`, the runtime never orders.
#[test]
fn no_pair_is_ordered_that_never_conflicts() {
    let bench = Bench::new(2, None).unwrap();
    for project in mc_stdlib::TEMPLATES.iter().chain(mc_stdlib::EXAMPLES) {
        on_stage(project, 4, |stage| {
            let order = bench.execute(&stage.world, &stage.block, Strategy::Dag).unwrap().order.unwrap();
            for number in 0..stage.block.transactions.len() {
                for next in order.successors(u32::try_from(number).unwrap()) {
                    if order.is_transaction(*next) {
                        let verdict = stage.verdict(number, *next as usize);
                        assert_ne!(verdict, Verdict::Never, "{}: {number} before {next}", project.name);
                    }
                }
            }
        });
    }
}
