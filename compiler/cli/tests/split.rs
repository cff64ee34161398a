//! `mcc split`: what it proposes, and that the pieces together do what the contract did.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs, reason = "tests")]

mod common;

use common::mcc;
use mc_container::address::Address;
use mc_container::manifest::{Entry, EntryKind, Holding};
use mc_container::ty::Type;
use mc_container::value::{Scalar, Value};
use mc_runtime::{Outcome, Strategy, World};
use mcc::blockfile::{self, CHAIN};
use mcc::compile::Built;
use mcc::deploy::deploy;
use mcc::directory::{DEPLOYER, Directory};
use mcc::funds::fund;
use mcc::measure::Bench;
use mcc::project::Disk;
use mcc::typed::value_param;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const PEOPLE: [&str; 4] = [DEPLOYER, "alice", "bob", "carol"];
const BLOCKS: usize = 12;
const TRANSACTIONS: usize = 60;

fn monolith(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/split").join(name)
}

fn built(path: &Path) -> Built {
    let output = mc_compiler::compile(&[path.to_string_lossy().into_owned()], &Disk).unwrap();
    let said: Vec<&String> = output.diagnostics.iter().map(|it| &it.message).collect();
    let compiled = output.compiled.unwrap_or_else(|| panic!("{said:?}"));
    Built { sources: output.sources, files: output.files, compiled, timings: output.timings }
}

/// A world with one app, and how its blocks run.
struct Stage<'s> {
    directory: &'s Directory<'s>,
    world: World,
    bench: Bench,
}

impl<'s> Stage<'s> {
    fn new(built: &Built, directory: &'s Directory<'s>) -> Self {
        let app = built.app(None).unwrap();
        let world = deploy(app, &built.compiled, directory, 0).unwrap();
        Self { directory, world, bench: Bench::new(2, None).unwrap() }
    }

    /// Runs a block of calls, given as lines of a block file.
    fn run(&mut self, calls: &[Json], time: usize, strategy: Strategy) -> Outcome {
        let header = json!({ "app": self.directory.app, "chain": CHAIN, "time": time });
        let lines: Vec<String> = std::iter::once(&header).chain(calls).map(ToString::to_string).collect();
        let drafts = blockfile::parse(&lines.join("\n"), "block").unwrap();
        let mut blocks = blockfile::resolve(&drafts, self.directory, "block").unwrap();
        if time == 1 {
            fund(&mut self.world, self.directory, &drafts, &blocks).unwrap();
        }
        let outcome = self.bench.execute(&self.world, &Arc::new(blocks.pop().unwrap()), strategy).unwrap();
        self.world.commit(&outcome).unwrap();
        outcome
    }

    /// What became of each transaction, without what the containers are called.
    fn told(&self, outcome: &Outcome) -> Vec<String> {
        let told = outcome.receipts.iter().map(|receipt| {
            let events: Vec<(String, &Vec<u8>)> = receipt
                .events
                .iter()
                .map(|event| {
                    let manifest = self.directory.container_at(event.container).unwrap().manifest;
                    (manifest.events[usize::from(event.event)].name.clone(), &event.data)
                })
                .collect();
            let failure = receipt.failure.as_ref().map(|failure| (failure.code, &failure.payload));
            format!("{} {:?} {failure:?} {events:?}", receipt.result, receipt.output)
        });
        told.collect()
    }

    /// Every variable but the roles of steps: its name, and what each cell holds.
    fn cells(&self) -> BTreeMap<String, Value> {
        let mut cells = BTreeMap::new();
        for container in &self.directory.containers {
            for variable in &container.manifest.variables {
                if variable.holding == Holding::Coin {
                    continue;
                }
                for keys in keys(&variable.keys) {
                    let value = self.world.read(container.address, &variable.name, &keys).unwrap();
                    if value != variable.default {
                        let shown: Vec<String> =
                            keys.iter().zip(&variable.keys).map(|(key, ty)| key.show(*ty)).collect();
                        cells.insert(format!("{}{shown:?}", variable.name), value);
                    }
                }
            }
        }
        cells
    }
}

/// Every key that the calls of this test can reach.
fn keys(types: &[Scalar]) -> Vec<Vec<Value>> {
    let Some((last, before)) = types.split_last() else { return vec![Vec::new()] };
    let values: Vec<Value> = match last {
        Scalar::Address => {
            let fixed = |last: u8| Address([&[0; 19][..], &[last]].concat().try_into().unwrap()).value();
            let people = PEOPLE.iter().map(|name| Address::of_account(name).value());
            people.chain([fixed(0xaa), fixed(0xbb)]).collect()
        }
        _ => (0..8).map(Value::from_u64).collect(),
    };
    let outer = keys(before).into_iter();
    outer.flat_map(|keys| values.iter().map(move |value| [keys.clone(), vec![*value]].concat())).collect()
}

fn argument(ty: &Type, random: &mut SmallRng) -> Json {
    match ty {
        Type::Scalar(Scalar::Address) => json!(PEOPLE[random.random_range(0..PEOPLE.len())]),
        Type::Scalar(Scalar::Bool) => json!(random.random::<bool>()),
        Type::Scalar(_) => json!(random.random_range(0..7)),
        Type::List(element, max) => {
            (0..random.random_range(0..=*max)).map(|_| argument(element, random)).collect()
        }
        Type::Struct(it) => {
            it.fields.iter().map(|field| (field.name.clone(), argument(&field.ty, random))).collect()
        }
        Type::Option(_) if random.random() => Json::Null,
        Type::Option(content) => argument(content, random),
        other => panic!("no argument of type {other}"),
    }
}

/// True for what only a composition can call.
fn is_port(entry: &Entry) -> bool {
    let mut types = entry.params.iter().map(|param| &param.ty).chain([&entry.result]);
    types.any(|ty| ty.any(&|part| matches!(part, Type::Asset(name) if name != "coin")))
}

/// Adds to the pieces what takes their ports: compositions, and lines for the app.
fn complete(written: &Path, name: &str) {
    let Ok(more) = std::fs::read_to_string(monolith(name)) else { return };
    let (lines, compositions): (Vec<&str>, Vec<&str>) =
        more.lines().partition(|line| line.starts_with("    let "));
    let pieces = std::fs::read_to_string(written).unwrap();
    let app = pieces.trim_end().strip_suffix('}').unwrap();
    let text = format!("{app}{}\n}}\n\n{}\n", lines.join("\n"), compositions.join("\n"));
    std::fs::write(written, text).unwrap();
}

/// A call of an entry: who, with what, and the Value that goes with it.
fn call(entry: &Entry, random: &mut SmallRng) -> Json {
    let value = value_param(entry);
    let mut args = Map::new();
    for param in entry.params.iter().filter(|param| value.is_none_or(|value| value.name != param.name)) {
        args.insert(param.name.clone(), argument(&param.ty, random));
    }
    let sent = if value.is_some() { random.random_range(0..20) } else { 0 };
    json!({ "from": PEOPLE[random.random_range(0..PEOPLE.len())], "call": "", "args": args, "value": sent })
}

fn with_name(call: &Json, name: &str) -> Json {
    let mut call = call.clone();
    call["call"] = json!(name);
    call
}

/// Where each entry is after a split, and the steps that are nobody's to call.
fn moved(said: &Json, pieces: &Directory<'_>) -> (BTreeMap<String, String>, Vec<String>) {
    let at = |unit: &Json| pieces.containers.iter().find(|it| it.manifest.name == *unit).unwrap().name;
    let (mut now, mut steps) = (BTreeMap::new(), Vec::new());
    for piece in said["pieces"].as_array().unwrap() {
        for entry in piece["entries"].as_array().unwrap() {
            let entry = entry.as_str().unwrap();
            now.insert(entry.to_owned(), format!("{}.{entry}", at(&piece["name"])));
        }
    }
    for cut in said["compositions"].as_array().unwrap() {
        now.insert(cut["entry"].as_str().unwrap().to_owned(), at(&cut["composition"]).to_owned());
        let of_cut = cut["steps"].as_array().unwrap().iter();
        steps.extend(of_cut.map(|step| step.as_str().unwrap().to_owned()));
    }
    (now, steps)
}

/// Whatever can be called of an app: how before the split of a contract of it, and how after it.
fn calls<'d>(
    app: &Directory<'d>,
    contract: &str,
    now: &BTreeMap<String, String>,
) -> Vec<(String, String, &'d Entry)> {
    let mut calls = Vec::new();
    for container in &app.containers {
        let called = |entry: &&Entry| entry.kind != EntryKind::Init && !is_port(entry);
        for entry in container.manifest.entries.iter().filter(called) {
            let from = match entry.kind {
                EntryKind::Compose => container.name.to_owned(),
                _ => format!("{}.{}", container.name, entry.name),
            };
            let is_split = container.manifest.name == contract;
            let to = if is_split { now[&entry.name].clone() } else { from.clone() };
            calls.push((from, to, entry));
        }
    }
    calls
}

#[test]
fn the_pieces_do_what_the_contract_did() {
    for (name, contract) in [
        ("shop.mc", "Shop"),
        ("token.mc", "Token"),
        ("game.mc", "Game"),
        ("parlour.mc", "Parlour"),
        ("cellar.mc", "Cellar"),
        ("vault.mc", "Vault"),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let source = monolith(name);
        let args = ["split", &source.to_string_lossy(), contract, "--write", "out", "--json"];
        let ran = mcc(directory.path(), &args);
        let said = ran.expect(0).json().pop().unwrap();
        let written = directory.path().join(said["written"].as_str().unwrap());
        let formatted = mcc(directory.path(), &["fmt", "--check", "out"]);
        formatted.expect(0);
        complete(&written, &name.replace(".mc", "_after.mc"));
        let (before, after) = (built(&source), built(&written));
        let (one, other) = (
            Directory::new(before.app(None).unwrap(), &before.compiled, CHAIN),
            Directory::new(after.app(None).unwrap(), &after.compiled, CHAIN),
        );
        let (now, steps) = moved(&said, &other);
        assert!(!steps.is_empty(), "{name}: no entry is cut");
        let (mut mono, mut split) = (Stage::new(&before, &one), Stage::new(&after, &other));
        let calls = calls(&one, contract, &now);
        let mut random = SmallRng::seed_from_u64(7);
        let mut successes: BTreeMap<&str, usize> = BTreeMap::new();
        for time in 1..=BLOCKS {
            let (mut here, mut there, mut called) = (Vec::new(), Vec::new(), Vec::new());
            for _ in 0..TRANSACTIONS {
                let (from, to, entry) = &calls[random.random_range(0..calls.len())];
                let call = call(entry, &mut random);
                here.push(with_name(&call, from));
                there.push(with_name(&call, to));
                called.push(from.as_str());
            }
            let strategy = if time % 2 == 0 { Strategy::Dag } else { Strategy::Serial };
            let (a, b) = (mono.run(&here, time, Strategy::Serial), split.run(&there, time, strategy));
            for (number, (a, b)) in mono.told(&a).iter().zip(split.told(&b)).enumerate() {
                assert_eq!(*a, b, "{name}: {}", here[number]);
            }
            for (receipt, entry) in a.receipts.iter().zip(called) {
                *successes.entry(entry).or_default() += usize::from(receipt.is_success());
            }
            let (state, mut pieces) = (mono.cells(), split.cells());
            pieces.retain(|cell, _| !cell.contains("_callers["));
            for (cell, value) in &state {
                assert_eq!(pieces.get(cell), Some(value), "{name}: {cell}");
            }
            assert!(pieces.keys().all(|cell| state.contains_key(cell)), "{name}: a piece holds more");
        }
        for (name, ..) in &calls {
            assert!(successes.get(name.as_str()).is_some_and(|count| *count > 0), "{name} never succeeds");
        }
        refuse_direct_calls(name, &mut split, &steps, &mut random);
    }
}

/// A step is nothing that anybody could call without its composition.
fn refuse_direct_calls(name: &str, split: &mut Stage<'_>, steps: &[String], random: &mut SmallRng) {
    for step in steps {
        let target = split.directory.call(step).unwrap();
        if is_port(target.entry) {
            continue;
        }
        let calls: Vec<Json> = (0..20).map(|_| with_name(&call(target.entry, random), step)).collect();
        let before = split.cells();
        let outcome = split.run(&calls, BLOCKS + 1, Strategy::Serial);
        assert!(outcome.receipts.iter().all(|receipt| !receipt.is_success()), "{name}: {step} can be called");
        assert_eq!(split.cells(), before, "{name}: {step}");
    }
}

#[test]
fn what_is_said_about_a_split() {
    let here = monolith("");
    for (name, args) in [
        ("shop", &["split", "shop.mc"][..]),
        ("shop_kept", &["split", "shop.mc", "--keep", "available,units_sold,prices,orders"]),
        ("token", &["split", "token.mc"]),
        ("game", &["split", "game.mc"]),
        ("parlour", &["split", "parlour.mc"]),
        ("cellar", &["split", "cellar.mc"]),
        ("vault", &["split", "vault.mc", "Vault"]),
    ] {
        let ran = mcc(&here, args).expect(0);
        assert!(ran.stdout.lines().all(|line| line.chars().count() <= 80), "{}", ran.stdout);
        insta::assert_snapshot!(format!("split_{name}"), format!("mcc {}\n\n{}", args.join(" "), ran.stdout));
    }
}

#[test]
fn what_is_written_reads_like_the_source() {
    let directory = tempfile::tempdir().unwrap();
    for (name, contract, snapshot) in [
        ("shop.mc", "Shop", "split_written"),
        ("parlour.mc", "Parlour", "split_decided"),
        ("vault.mc", "Vault", "split_generic"),
    ] {
        let source = monolith(name);
        mcc(directory.path(), &["split", &source.to_string_lossy(), contract, "--write", "out"]).expect(0);
        let file = format!("{}_pieces.mc", contract.to_lowercase());
        let text = std::fs::read_to_string(directory.path().join("out").join(file)).unwrap();
        insta::assert_snapshot!(snapshot, text);
    }
    let source = monolith("shop.mc");
    mcc(directory.path(), &["split", &source.to_string_lossy(), "--write", "out"]).expect(2);
}

#[test]
fn what_cannot_be_split_says_why() {
    let directory = tempfile::tempdir().unwrap();
    let whole = |members: &str| {
        std::fs::write(directory.path().join("c.mc"), format!("contract C {{ {members} }}")).unwrap();
        mcc(directory.path(), &["split", "c.mc"]).expect(1).stderr
    };
    let said = [
        whole("state a: u64 = 0; entry f() { a += 1; }"),
        whole("state a: u64 = 0; state b: u64 = 0; entry f() { a += b; }"),
        // Too many turns.
        whole(
            "state a: u64 = 0; state b: u64 = 0; entry f(n: u64) { for _i in 0..n max 40 { a += 1; b += 1; } }",
        ),
        // What decides is in the state.
        whole("state a: u64 = 0; state b: u64 = 0; entry f() { if a > 2 { a -= 1; b += 1; } }"),
        whole(
            "state a: u64 = 0; state b: u64 = 0; entry f() -> u64 { if a > 2 { return 1; } b += 1; return 0; }",
        ),
        whole(
            "state a: u64 = 0; state b: u64 = 0; view v() -> (u64, u64) { return (a, b); } entry f() { a += 1; b += 1; }",
        ),
    ];
    insta::assert_snapshot!("split_refused", said.join("\n"));
    mcc(directory.path(), &["split", "c.mc", "D"]).expect(2);
    mcc(directory.path(), &["split", "c.mc", "--keep", "nothing"]).expect(1);
}
