//! What observed worlds do and tell: the same as others, and where in the source they are.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs, reason = "tests")]

mod common;

use common::{example, mcc, project};
use insta::assert_snapshot;
use mc_container::package::Package;
use mc_runtime::{Block, Strategy, World};
use mcc::compile::{self, Built};
use mcc::directory::Directory;
use mcc::measure::Bench;
use mcc::observatory::Observatory;
use mcc::people::People;
use mcc::trace::Scene;
use mcc::workload::{generate, parse};
use mcc::{blockfile, deploy};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// A project with the blocks of its workload.
struct Stage<'s> {
    built: &'s Built,
    directory: &'s Directory<'s>,
    blocks: Vec<Arc<Block>>,
}

fn on_stage(project: &mc_stdlib::Project, seed: u64, look: impl FnOnce(&Stage<'_>)) {
    let built: Built = compile::embedded(project).unwrap();
    let app = built.app(None).unwrap();
    let mut workload = parse::parse("workload.toml", project.text("workload.toml").unwrap()).unwrap();
    workload.shape.transactions = 200;
    workload.shape.correlation = 40;
    let directory = Directory::new(app, &built.compiled, "dev");
    let drafts = generate::generate(&workload, &directory, seed).unwrap();
    let blocks = blockfile::resolve(&drafts, &directory, "workload.toml").unwrap();
    look(&Stage { built: &built, directory: &directory, blocks: blocks.into_iter().map(Arc::new).collect() });
}

impl Stage<'_> {
    fn world(&self, world: World) -> World {
        deploy::deploy_in(world, self.built.app(None).unwrap(), &self.built.compiled, 0).unwrap()
    }
}

#[test]
fn an_observed_world_does_the_same_byte_for_byte() {
    let bench = Bench::new(2, None).unwrap();
    let mut failures = 0;
    for project in mc_stdlib::TEMPLATES.iter().chain(mc_stdlib::EXAMPLES) {
        on_stage(project, 5, |stage| {
            for is_detailed in [false, true] {
                let observatory = Observatory::new(&stage.built.compiled, is_detailed);
                let mut plain = stage.world(World::new("dev"));
                let mut observed = stage.world(World::observed("dev", observatory.observation()));
                for block in &stage.blocks {
                    let expected = bench.execute(&plain, block, Strategy::Serial).unwrap();
                    for strategy in [Strategy::Serial, Strategy::Dag] {
                        let found = bench.execute(&observed, block, strategy).unwrap();
                        assert_eq!(found.receipts, expected.receipts, "{}", project.name);
                        assert_eq!(found.state_root, expected.state_root, "{}", project.name);
                    }
                    failures += expected.receipts.iter().filter(|receipt| !receipt.is_success()).count();
                    plain.commit(&expected).unwrap();
                    observed.commit(&expected).unwrap();
                }
                assert!(!observatory.passed().is_empty(), "{}", project.name);
            }
        });
    }
    assert!(failures > 0, "a failing call is observed as well");
}

#[test]
fn no_package_can_hold_an_observed_module() {
    on_stage(mc_stdlib::example("shop").unwrap(), 5, |stage| {
        for container in &stage.built.compiled.containers {
            let observed = container.observed(&stage.built.compiled.program).unwrap();
            assert_ne!(observed.module, container.package.module());
            let refused = Package::new(container.package.manifest().clone(), observed.module);
            assert!(refused.is_err(), "the verifier lets it pass");
        }
    });
}

#[test]
fn a_trace_accounts_for_all_fuel_and_for_every_change() {
    let bench = Bench::new(1, None).unwrap();
    for project in mc_stdlib::TEMPLATES.iter().chain(mc_stdlib::EXAMPLES) {
        on_stage(project, 7, |stage| {
            let observatory = Observatory::new(&stage.built.compiled, true);
            let mut world = stage.world(World::observed("dev", observatory.observation()));
            let people = People::new(stage.directory, &[]);
            let _ = observatory.happened();
            for block in &stage.blocks {
                for tx in block.transactions.iter().take(60) {
                    let alone = Block { transactions: vec![tx.clone()], ..Block::clone(block) };
                    let outcome = bench.execute(&world, &Arc::new(alone), Strategy::Serial).unwrap();
                    let receipt = &outcome.receipts[0];
                    let happenings = observatory.happened().pop().unwrap_or_default();
                    let scene = Scene {
                        compiled: &stage.built.compiled,
                        observatory: &observatory,
                        world: &world,
                        time: block.time,
                        names: &|address| Some(people.address(address)),
                        cells: &|cell| people.cell(cell),
                    };
                    let trace = scene.trace(tx, &outcome, &happenings);
                    let used: u64 = trace.calls.iter().map(|call| call.fuel).sum();
                    assert!(
                        used < receipt.fuel && (receipt.fuel - used).is_multiple_of(100),
                        "{used} of {}",
                        receipt.fuel
                    );
                    for call in &trace.calls {
                        assert_eq!(call.places.values().sum::<u64>(), call.fuel);
                        assert!(call.cells.iter().all(|cell| cell.cell != "?"), "{call:?}");
                        let failed = call.ended.as_ref().err();
                        assert!(failed.is_none_or(|failed| failed.site.is_some()), "{call:?}");
                    }
                    let told: usize = trace.calls.iter().map(|call| call.events.len()).sum();
                    assert_eq!(told, receipt.events.len());
                    let changed = trace.calls.iter().flat_map(|call| &call.cells);
                    let changed = changed.filter(|cell| cell.before != cell.after).count();
                    assert!(changed >= outcome.writes.len() || !receipt.is_success(), "{trace:?}");
                    world.commit(&outcome).unwrap();
                }
            }
        });
    }
}

#[test]
fn a_trace_says_what_every_step_did() {
    let directory = example("shop");
    let here = directory.path().join("here");
    let run = mcc(&here, &["run", "--runs", "0", "--txs", "40", "--json"]).expect(0).json();
    assert!(run[0]["blocks"].as_array().unwrap().len() > 1);
    let trace = |number: &str| mcc(&here, &["trace", number, "--txs", "40"]).expect(0).stdout;
    let all: Vec<String> = (0..40).map(|number| trace(&number.to_string())).collect();
    let purchase = all.iter().find(|text| text.contains("Purchase(") && text.contains("· ok")).unwrap();
    assert_snapshot!("trace_purchase", purchase);
    assert!(all.iter().flat_map(|text| text.lines()).all(|line| line.chars().count() <= 80));
    let json = mcc(&here, &["trace", "0", "--txs", "40", "--json"]).expect(0).json();
    let calls = json[0]["calls"].as_array().unwrap();
    assert!(calls.iter().all(|call| call["places"][0]["path"][0]["file"].as_str().unwrap().ends_with(".mc")));
    let block = mcc(&here, &["trace", "0", "--txs", "40", "--block", "1"]).expect(0).stdout;
    assert_ne!(block, all[0]);
    mcc(&here, &["trace", "40", "--txs", "40"]).expect(2);
    mcc(&here, &["trace", "0", "--block", "9"]).expect(2);
    mcc(&here, &["trace", "0", "--block", "0"]).expect(2);
}

/// Gold that nobody has but in the cells that the workload sets.
const PURSES: &str = "\
contract Purses {
    state gold: map<address, u64> = 0;
    error Poor();

    entry pay(n: u64) {
        require gold[caller] >= n else Poor;
        gold[caller] -= n;
    }
}

app Paying { let purses = deploy Purses(); }
";

#[test]
fn a_trace_begins_with_the_cells_that_the_workload_sets() {
    let directory = project("counter");
    let here = directory.path().join("here");
    std::fs::write(here.join("src/counter.mc"), PURSES).unwrap();
    let call = "[[call]]\ncall = \"purses.pay\"\nargs = { n = 5 }\n";
    let traced = |workload: &str| {
        std::fs::write(here.join("workload.toml"), workload).unwrap();
        mcc(&here, &["trace", "0", "--txs", "1", "--json"]).expect(0).json()[0].clone()
    };
    let poor = traced(call);
    assert_ne!(poor["result"], 0, "nobody has anything: {poor}");
    let cells = "[[cell]]\nof = \"purses.gold\"\neach = \"account\"\nkeys = [\"each\"]\nvalue = 7\n";
    let rich = traced(&format!("{cells}\n{call}"));
    assert_eq!(rich["result"], 0, "{rich}");
    let run = mcc(&here, &["run", "--runs", "0", "--txs", "1", "--verify-serial"]).expect(0);
    assert!(run.stdout.contains("1 ok"), "{}", run.stdout);
}

/// A contract whose calls fail in a checked sum, in a guard, and in a function that is called.
const FAILING: &str = "\
contract Meter {
    state sums: map<address, u8> = 0;
    error TooMuch(most: u8);

    fn guarded(n: u8) -> u8 {
        require n < 100 else TooMuch(most: 100);
        return n;
    }

    entry add(n: u8) {
        let more = guarded(n);
        sums[caller] =
            sums[caller] + more;
    }

    entry idle(n: u8) {
        if n > 3 {
            sums[caller] = 1;
        } else {
            sums[caller] = 2;
        }
    }

    test \"the sum is too large\" {
        let meter = deploy Meter();
        meter.add(90);
        meter.add(90);
        meter.add(90);
    }

    test \"the guard refuses\" {
        let meter = deploy Meter();
        meter.add(100);
    }

    test \"it goes one way\" {
        let meter = deploy Meter();
        meter.idle(4);
    }
}
";

fn failing() -> (TempDir, PathBuf) {
    let directory = project("counter");
    let here = directory.path().join("here");
    std::fs::write(here.join("src/counter.mc"), FAILING).unwrap();
    std::fs::remove_file(here.join("workload.toml")).unwrap();
    (directory, here)
}

#[test]
fn a_failing_test_shows_where_in_the_contract() {
    let (_directory, here) = failing();
    assert_snapshot!("failing_tests", mcc(&here, &["test"]).expect(1).stdout);
    let json = mcc(&here, &["test", "--json", "guard"]).expect(1).json();
    let lines: Vec<u64> = json[0]["failure"]["secondary"]
        .as_array()
        .unwrap()
        .iter()
        .map(|label| label["line"].as_u64().unwrap())
        .collect();
    assert_eq!(lines, [6, 11]);
}

#[test]
fn tests_are_traced() {
    let (_directory, here) = failing();
    let traced = mcc(&here, &["test", "--trace", "one way"]).expect(0).stdout;
    assert_snapshot!("traced_test", traced);
    let json = mcc(&here, &["test", "--trace", "--json", "one way"]).expect(0).json();
    assert_eq!(json[1]["calls"][0]["name"], "Meter.idle");
}

#[test]
fn coverage_says_which_lines_and_ways_were_run() {
    let (_directory, here) = failing();
    let plain = mcc(&here, &["test"]).expect(1);
    let covered = mcc(&here, &["test", "--coverage"]).expect(1);
    let table =
        covered.stdout.strip_prefix(plain.stdout.as_str()).expect("tests go as they do without coverage");
    assert_snapshot!("coverage_table", table);
    assert!(covered.stdout.lines().all(|line| line.chars().count() <= 80));
    mcc(&here, &["test", "--coverage=lcov"]).expect(1);
    let lcov = std::fs::read_to_string(here.join("build/coverage.lcov")).unwrap();
    let of = |what: &str| -> Vec<&str> { lcov.lines().filter_map(|line| line.strip_prefix(what)).collect() };
    assert_eq!(of("SF:"), ["src/counter.mc"]);
    assert_eq!(of("FNDA:"), ["4,Meter.add", "1,Meter.idle"]);
    // The guard refuses once of four times; the `if` goes one way.
    assert_eq!(of("DA:"), ["6,4", "7,3", "10,4", "11,4", "12,3", "16,1", "17,1", "18,1", "20,0"]);
    assert_eq!(of("BRDA:"), ["6,0,0,3", "6,0,1,1", "17,1,0,1", "17,1,1,0"]);
    let json = mcc(&here, &["test", "--coverage", "--json"]).expect(1).json();
    let last = json.last().unwrap();
    assert_eq!((&last["lines_run"], &last["lines"]), (&8.into(), &9.into()));
    let page = here.join("page.html");
    mcc(&here, &["test", "--coverage=html", "--coverage-out", "page.html"]).expect(1);
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains("always holds") && page.contains("class=\"missed\""), "{page}");
}

/// What decides within an expression.
const WAYS: &str = "contract Ways {
    state names: map<u8, u64>;
    view both(a: u64, b: u64) -> bool {
        return a > 1 && b > 1;
    }
    view either(a: u64, b: u64) -> bool {
        return a > 1 || b > 1;
    }
    view named(n: u8) -> u64 {
        return names[n] ?? 7;
    }
    view least(a: u64, b: u64) -> u64 {
        return if a < b { a } else { b };
    }
    entry name(n: u8) { names.insert(n, 1); }
    test \"ways\" {
        let w = deploy Ways();
        assert !w.both(1, 2);
        assert w.both(2, 2);
        assert w.either(2, 1);
        assert w.named(1) == 7;
        w.name(1);
        assert w.named(1) == 1;
        assert w.least(1, 2) == 1;
    }
}
";

#[test]
fn what_decides_within_an_expression_has_two_ways() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    std::fs::write(here.join("ways.mc"), WAYS).unwrap();
    let plain = mcc(here, &["test", "ways.mc"]).expect(0).stdout;
    let ran = mcc(here, &["test", "ways.mc", "--coverage=lcov", "--coverage-out", "ways.lcov"]).expect(0);
    assert!(ran.stdout.starts_with(&plain), "results and costs stay: {}", ran.stdout);
    let lcov = std::fs::read_to_string(here.join("ways.lcov")).unwrap();
    let ways: Vec<&str> = lcov.lines().filter_map(|line| line.strip_prefix("BRDA:")).collect();
    // The last is a guard: `insert` wants a key that is not there.
    let expected = [
        "4,0,0,1", "4,0,1,1", "7,1,0,1", "7,1,1,0", "10,2,0,1", "10,2,1,1", "13,3,0,1", "13,3,1,0",
        "15,4,0,1", "15,4,1,0",
    ];
    assert_eq!(ways, expected);
}

#[test]
fn a_flame_graph_is_a_picture_of_all_fuel() {
    let directory = example("shop");
    let here = directory.path().join("here");
    let draw = |name: &str| {
        mcc(&here, &["trace", "1", "--txs", "40", "--flamegraph", name]).expect(0);
        std::fs::read_to_string(here.join(name)).unwrap()
    };
    let picture = draw("a.svg");
    assert_eq!(picture, draw("b.svg"));
    let json = mcc(&here, &["trace", "1", "--txs", "40", "--json"]).expect(0).json();
    let fuel = json[0]["fuel"].as_u64().unwrap();
    let count = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let whole = picture.lines().find(|line| line.contains("<title>all (")).unwrap();
    let whole = whole.split("<title>all (").nth(1).unwrap().split(" fuel").next().unwrap();
    assert_eq!(count(whole), fuel.to_string());
    assert!(picture.contains("places in the state"), "{picture}");
}

#[test]
fn a_map_is_written_beside_the_package_and_changes_nothing_of_it() {
    let directory = example("shop");
    let here = directory.path().join("here");
    mcc(&here, &["build", "--out", "plain"]).expect(0);
    mcc(&here, &["build", "--out", "mapped", "--emit", "map,wasm"]).expect(0);
    let read = |path: &Path| std::fs::read(path).unwrap();
    assert_eq!(read(&here.join("plain/Token.mcpkg")), read(&here.join("mapped/Token.mcpkg")));
    let text = String::from_utf8(read(&here.join("mapped/Token.map.json"))).unwrap();
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let module = read(&here.join("mapped/Token.wasm"));
    assert_eq!(lines[0]["module_hash"], blake3_hex(&module));
    let mut end = 0;
    for range in &lines[1..] {
        let (start, next) = (range["start"].as_u64().unwrap(), range["end"].as_u64().unwrap());
        assert!(end <= start && start < next && next <= module.len() as u64, "{range}");
        end = next;
    }
}

fn blake3_hex(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}
