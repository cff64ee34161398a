//! Public contracts in their original shape: how exactly their accesses are known, beside the counts that CoSplit
//! publishes; that their tests pass; and that random blocks of them run in parallel as they run serially.
//! `tests/precision/README.md` says what is compared.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "tests"
)]

use mc_compiler::tree::{Function, FunctionKind};
use mc_compiler::{Compiled, Container};
use mc_container::access::{Access, EntryAccess, Mode, Op, Term};
use mc_container::address::Address;
use mc_container::codec;
use mc_container::compute::Context;
use mc_container::manifest::{EntryKind, Holding, Manifest};
use mc_container::ty::Type;
use mc_container::value::{Scalar, Value};
use mc_runtime::{Block, Executor, PoolOptions, Transaction};
use mc_tests::attack::{self, Arena, Tally};
use mc_tests::stage::{self, Stage};
use mc_tests::{formulas, generate};
use rand::Rng;
use rand::rngs::SmallRng;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// A contract that CoSplit counts, too.
struct Published {
    file: &'static str,
    /// The transitions of the contract that it counts.
    transitions: usize,
    /// How many of them its largest good-enough signature has.
    good_enough: usize,
    /// Entries of ours that are none of these transitions.
    beyond: &'static [&'static str],
}

/// PLDI 2021, section 5; see the README for what was counted.
const PUBLISHED: [Published; 5] = [
    Published { file: "fungible", transitions: 10, good_enough: 6, beyond: &[] },
    Published { file: "crowdfunding", transitions: 3, good_enough: 2, beyond: &["raised"] },
    Published { file: "nonfungible", transitions: 5, good_enough: 3, beyond: &["balance_of"] },
    Published { file: "proof_ipfs", transitions: 10, good_enough: 8, beyond: &[] },
    Published { file: "ud_registry", transitions: 11, good_enough: 6, beyond: &[] },
];

/// What stands before an entry that should be `@parallel` by the design, and is not yet.
const NOT_YET: &str = "// not yet: @parallel";

/// Tests that should pass by the design, and do not yet.
const PENDING: [(&str, &str); 3] = [
    ("auction", "bids on different lots run in parallel"),
    ("ballot", "votes for one proposal run in parallel"),
    ("htlc", "locks run in parallel"),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("precision")
}

/// Every contract: the name of its file, and its text.
fn sources() -> Vec<(String, String)> {
    let files = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|extension| extension == "mc")).collect();
    files.sort();
    let stem = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    files.iter().map(|path| (stem(path), std::fs::read_to_string(path).unwrap())).collect()
}

/// The entries and views of a contract, by name, each with the line above it.
fn headers(text: &str) -> Vec<(&str, &str)> {
    let mut headers = Vec::new();
    for (above, line) in text.lines().zip(text.lines().skip(1)) {
        if let Some(rest) = line.strip_prefix("    entry ").or(line.strip_prefix("    view ")) {
            headers.push((above, rest.split('(').next().unwrap()));
        }
    }
    headers
}

/// Its own container; no file has more than one contract.
fn own(compiled: &Compiled) -> &Container {
    compiled.containers.first().unwrap()
}

// ---------------------------------------------------------------------------------------------- Counting

/// How long calls of one entry wait for each other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Order {
    /// `@parallel` holds: only cells that the calls name.
    Parallel,
    /// Not, but what all calls share none of them changes, so that only calls of other entries can order them.
    SideBySide,
    /// Every call waits for the one before.
    Ordered,
}

impl Order {
    fn name(self) -> &'static str {
        match self {
            Self::Parallel => "@parallel",
            Self::SideBySide => "side by side",
            Self::Ordered => "ordered",
        }
    }
}

/// An entry, as the table shows it.
struct Entry {
    name: String,
    order: Order,
    /// Its accesses, each with its level; parts of one value that are touched alike are one access.
    accesses: Vec<(usize, String)>,
    /// The states that it touches in a way that all of its calls share, and how.
    shared: Vec<(String, Mode)>,
    /// The states that it changes, and how.
    changed: Vec<(String, Mode)>,
}

/// What must be known to tell the cells of an access, and what happens to them: nothing (0), the call (1), the same
/// for each turn of bounded loops (2), the state (3), the execution (4).
fn level(access: &Access, depth: usize) -> usize {
    let ranges = access.ranges.iter().flat_map(|range| [&range.from, &range.to]);
    let amounts = match &access.mode {
        Mode::Delta(delta) => vec![&delta.low, &delta.high, &delta.need, &delta.peak],
        _ => Vec::new(),
    };
    let constant = |term: &Term| term.0.iter().all(|op| matches!(op, Op::Const(..)));
    if access.keys.len() < depth {
        4
    } else if !access.keys.iter().chain(ranges).chain(amounts).all(Term::is_settled) {
        3
    } else if !access.ranges.is_empty() {
        2
    } else {
        usize::from(!access.keys.iter().all(constant))
    }
}

/// True if a key tells calls apart: it names the caller, a parameter, or what only this call has.
fn is_named(access: &Access) -> bool {
    let tells = |op: &Op| matches!(op, Op::Param(_) | Op::Caller | Op::Element { .. } | Op::Fresh { .. });
    let named = |term: &Term| term.0.iter().any(tells);
    access.keys.iter().any(|key| {
        let mut bounds = key.indexes().filter_map(|index| access.ranges.get(usize::from(index)));
        named(key) || bounds.any(|range| named(&range.from) || named(&range.to))
    })
}

/// True for a change of an amount of an asset that nobody looks at; CoSplit's `accept` is one.
fn is_payment(access: &Access, manifest: &Manifest) -> bool {
    let holding = manifest.variable(access.variable).map(|variable| &variable.holding);
    matches!(holding, Some(Holding::Amount(_) | Holding::Supply(_) | Holding::Coin))
        && matches!(access.mode, Mode::Delta(_))
}

/// The state that a variable is a part of.
fn state_of(manifest: &Manifest, access: &Access) -> String {
    let variable = manifest.variable(access.variable).unwrap();
    match variable.holding {
        Holding::Coin => "coin.balances".to_owned(),
        _ => variable.name.split(['.', '#']).next().unwrap().to_owned(),
    }
}

/// The states that `who` keeps from the others of `selection`, and from its own other calls.
fn hogged<'e>(who: &'e Entry, selection: &[&Entry]) -> BTreeSet<&'e str> {
    let changes = |state: &str| {
        let all = selection.iter().flat_map(|entry| &entry.changed);
        all.filter(|(changed, _)| changed == state).map(|(_, mode)| mode).collect::<Vec<_>>()
    };
    let is_hogged = |(state, mode): &&(String, Mode)| {
        let changes = changes(state);
        match mode {
            Mode::Read => !changes.is_empty(),
            Mode::Delta(_) => !changes.iter().all(|mode| matches!(mode, Mode::Delta(_))),
            _ => true,
        }
    };
    who.shared.iter().filter(is_hogged).map(|(state, _)| state.as_str()).collect()
}

/// CoSplit's `good_enough`: alone, a transition hogs no field; together, no field is hogged by two of them.
fn is_good_enough(selection: &[&Entry]) -> bool {
    let hogged: Vec<BTreeSet<&str>> = selection.iter().map(|entry| hogged(entry, selection)).collect();
    let all: BTreeSet<&str> = hogged.iter().flatten().copied().collect();
    let number = hogged.iter().map(BTreeSet::len).sum::<usize>();
    if selection.len() == 1 { number == 0 } else { all.len() == number }
}

fn largest_good_enough(entries: &[&Entry]) -> usize {
    let chosen = |bits: u32| (0..entries.len()).filter(move |at| bits >> at & 1 == 1);
    let selections = (1..1_u32 << entries.len()).map(|bits| chosen(bits).map(|at| entries[at]).collect());
    let good = selections.filter(|selection: &Vec<&Entry>| is_good_enough(selection));
    good.map(|selection| selection.len()).max().unwrap_or(0)
}

/// Calls that `@parallel` would be refused for, with the text of the refusals: every entry claims it.
fn refused(text: &str) -> BTreeMap<String, Vec<String>> {
    let mut claimed = String::new();
    for line in text.replace("@parallel", "").lines() {
        if line.starts_with("    entry ") || line.starts_with("    view ") {
            claimed.push_str("    @parallel\n");
        }
        let _ = writeln!(claimed, "{line}");
    }
    let output = stage::compile(&claimed);
    let mut refused: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for diagnostic in output.diagnostics.iter().filter(|diagnostic| diagnostic.is_error()) {
        assert_eq!(diagnostic.code, "E0401", "{}", diagnostic.message);
        let entry = diagnostic.message.split('`').nth(1).unwrap().to_owned();
        refused.entry(entry).or_default().push(diagnostic.message.clone());
    }
    refused
}

/// Every entry and view of a contract.
fn entries(text: &str) -> Vec<Entry> {
    let compiled = stage::compile_clean(text);
    let refused = refused(text);
    let container = own(&compiled);
    let manifest = container.package.manifest();
    let mut entries = Vec::new();
    for (number, (entry, access)) in manifest.entries.iter().zip(container.package.access()).enumerate() {
        if entry.kind == EntryKind::Init {
            continue;
        }
        let mut found = entry_of(manifest, access, formulas::of_entry(&compiled, container, number));
        found.name.clone_from(&entry.name);
        found.order = match (refused.contains_key(&entry.name), hogged(&found, &[&found]).is_empty()) {
            (false, _) => Order::Parallel,
            (true, true) => Order::SideBySide,
            (true, false) => Order::Ordered,
        };
        entries.push(found);
    }
    entries
}

fn entry_of(manifest: &Manifest, access: &EntryAccess, lines: Vec<formulas::Line>) -> Entry {
    let mut entry = Entry {
        name: String::new(),
        order: Order::Ordered,
        accesses: Vec::new(),
        shared: Vec::new(),
        changed: Vec::new(),
    };
    for (access, line) in access.accesses.iter().zip(lines) {
        let depth = manifest.variable(access.variable).unwrap().keys.len();
        let shown = (level(access, depth), line.text);
        if !entry.accesses.contains(&shown) {
            entry.accesses.push(shown);
        }
        let state = state_of(manifest, access);
        if !is_named(access) && !is_payment(access, manifest) {
            entry.shared.push((state.clone(), access.mode.clone()));
        }
        if access.mode != Mode::Read {
            entry.changed.push((state, access.mode.clone()));
        }
    }
    entry
}

// ---------------------------------------------------------------------------------------------- The table

fn count(entries: &[&Entry], order: Order) -> usize {
    entries.iter().filter(|entry| entry.order <= order).count()
}

/// Beside CoSplit's counts, and where ours are less.
fn head_to_head(contracts: &BTreeMap<String, Vec<Entry>>) -> (String, Vec<String>) {
    let mut less = Vec::new();
    let mut table = "                 transitions   good enough        side by side   @parallel\n".to_owned();
    table.push_str("                               CoSplit    mcc             mcc         mcc\n");
    for published in &PUBLISHED {
        let counted: Vec<&Entry> = contracts[published.file]
            .iter()
            .filter(|entry| !published.beyond.contains(&entry.name.as_str()))
            .collect();
        assert_eq!(counted.len(), published.transitions, "{}", published.file);
        let ours = largest_good_enough(&counted);
        let _ = writeln!(
            table,
            "{:<16} {:>11}   {:>7}  {:>5}  {:>14}  {:>10}",
            published.file,
            counted.len(),
            published.good_enough,
            ours,
            count(&counted, Order::SideBySide),
            count(&counted, Order::Parallel)
        );
        if ours < published.good_enough {
            less.push(format!("{}: {ours}, and CoSplit has {}", published.file, published.good_enough));
        }
    }
    (table, less)
}

fn summary(contracts: &BTreeMap<String, Vec<Entry>>) -> String {
    let mut table = "                     entries   of them                    accesses\n".to_owned();
    table.push_str("                               @parallel   side by side    P0   P1   P2   P3   P4\n");
    let mut sums = [0; 8];
    for (file, entries) in contracts {
        let all: Vec<&Entry> = entries.iter().collect();
        let accesses = |level| entries.iter().flat_map(|it| &it.accesses).filter(|it| it.0 == level).count();
        let mut row = vec![all.len(), count(&all, Order::Parallel), count(&all, Order::SideBySide)];
        row.extend((0..=4).map(accesses));
        sums.iter_mut().zip(&row).for_each(|(sum, number)| *sum += number);
        table.push_str(&summary_row(file, &row));
    }
    table + &summary_row("all", &sums)
}

fn summary_row(name: &str, row: &[usize]) -> String {
    let mut line = format!("{name:<20} {:>7}   {:>9}   {:>12}", row[0], row[1], row[2]);
    row[3..].iter().for_each(|number| line.push_str(&format!("  {number:>3}")));
    line + "\n"
}

fn details(contracts: &BTreeMap<String, Vec<Entry>>) -> String {
    let mut text = String::new();
    for (file, entries) in contracts {
        let _ = writeln!(text, "\n{file}");
        for entry in entries {
            let _ = writeln!(text, "  {:<32} {}", entry.name, entry.order.name());
            for (level, access) in &entry.accesses {
                let _ = writeln!(text, "    P{level} {access}");
            }
        }
    }
    text
}

#[test]
fn accesses_are_as_exact_as_the_table_says() {
    let contracts: BTreeMap<String, Vec<Entry>> =
        sources().into_iter().map(|(file, text)| (file, entries(&text))).collect();
    let (table, less) = head_to_head(&contracts);
    let short = format!("{table}\n{}", summary(&contracts));
    println!("{short}");
    assert!(less.is_empty(), "less parallel than CoSplit:\n{}", less.join("\n"));
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder());
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("table", short + &details(&contracts)));
}

#[test]
fn every_parallel_stands_where_it_holds() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let refused = refused(&text);
        for (above, name) in headers(&text) {
            let (claimed, holds) = (above.contains("@parallel"), !refused.contains_key(name));
            let pending = above.trim() == NOT_YET;
            if (claimed && !pending) != holds {
                let what = if holds { "holds, and is not claimed" } else { "does not hold" };
                wrong.push(format!("{file}: `@parallel` of `{name}` {what}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn their_tests_pass() {
    let executor = Executor::new(PoolOptions { threads: 1, ..PoolOptions::default() }).unwrap();
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let compiled = stage::compile_clean(&text);
        let packages = mcc::testbed::packages(&compiled);
        for test in &compiled.program.tests {
            let mut world = mcc::testbed::Testbed::new(&compiled, &packages, &executor);
            let result = mc_compiler::interpret::run_test(&compiled.program, test, &mut world, &[]);
            let pending = PENDING.contains(&(file.as_str(), test.name.as_str()));
            match result {
                Ok(()) if pending => wrong.push(format!("{file}: `{}` passes: not pending", test.name)),
                Err(failure) if !pending => wrong.push(format!("{file}: `{}`: {failure:?}", test.name)),
                _ => {}
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

// ---------------------------------------------------------------------------------------------- Random blocks

/// Random runs for each contract without `MCC_SEEDS`.
const SEEDS: u64 = 3;
/// Blocks in each of them without `MCC_BLOCKS`.
const BLOCKS: u64 = 20;
/// The accounts that the apps name: who owns, and an operator.
const NAMED: [Address; 2] = [Address([0x11; 20]), Address([0x22; 20])];
/// What every account has at first.
const FUNDS: u64 = 100_000;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap())
}

/// What random calls are made of, so that they meet what is there.
struct Pool {
    now: u64,
    accounts: Vec<Address>,
    /// Keys and values of the state, by their type.
    seen: BTreeMap<Scalar, Vec<Value>>,
}

impl Pool {
    fn new(stage: &mut Stage<'_>) -> Self {
        let names = generate::program::ACCOUNTS.iter().map(|name| Address::of_account(name));
        let accounts: Vec<Address> = names.chain(NAMED).collect();
        accounts.iter().for_each(|account| stage.fund(*account, FUNDS));
        Self { now: stage::DEPLOYED_AT, accounts, seen: BTreeMap::new() }
    }

    /// Looks at the state, in which every key and every value is of interest once.
    fn look(&mut self, stage: &Stage<'_>) {
        let secrets = generate::program::IDS.map(|id| sha256(&Type::Bytes(32), &[id; 32]));
        let accounts = self.accounts.iter().map(|account| account.value()).collect();
        self.seen = BTreeMap::from([(Scalar::Hash, secrets.to_vec()), (Scalar::Address, accounts)]);
        for (cell, value) in stage.machine.state() {
            let Some(variable) = stage.machine.variable(cell) else { continue };
            for (ty, key) in variable.keys.iter().zip(&cell.keys) {
                self.seen.entry(*ty).or_default().push(Value::from_bytes(key));
            }
            self.seen.entry(variable.value).or_default().push(*value);
        }
        for seen in self.seen.values_mut() {
            seen.sort_unstable();
            seen.dedup();
        }
    }

    fn known(&self, rng: &mut SmallRng, ty: Scalar) -> Option<Value> {
        let known = self.seen.get(&ty).filter(|known| !known.is_empty())?;
        Some(known[rng.random_range(0..known.len())])
    }

    /// A value in place of one that is merely random.
    fn better(&self, rng: &mut SmallRng, ty: Scalar, value: Value) -> Value {
        let known = self.known(rng, ty).filter(|_| rng.random_range(0..10) < 6);
        known.unwrap_or_else(|| match ty {
            Scalar::Hash => self.known(rng, ty).unwrap_or(value),
            Scalar::Time => Value::from_u64((self.now + rng.random_range(0..30)) - 8),
            Scalar::Duration => Value::from_u64(rng.random_range(0..40)),
            Scalar::U128 if rng.random_range(0..2) == 0 => Value::from_u64(rng.random_range(1..30)),
            _ => value,
        })
    }

    /// One who owns something, an account that is named in the app, or any.
    fn account(&self, rng: &mut SmallRng) -> Address {
        match rng.random_range(0..3) {
            0 => self.known(rng, Scalar::Address).map_or(NAMED[0], Address::from_value),
            1 => NAMED[0],
            _ => self.accounts[rng.random_range(0..self.accounts.len())],
        }
    }

    /// Makes a random call one that more likely does something.
    fn adapt(&self, rng: &mut SmallRng, stage: &Stage<'_>, tx: &mut Transaction) {
        if rng.random_range(0..10) < 7 {
            tx.from = self.account(rng);
        }
        let Some(function) = function_of(stage, tx) else { return };
        let (mut bytes, mut arguments) = (tx.data.arguments.as_slice(), Vec::new());
        let mut term = None;
        for param in function.param_locals() {
            if matches!(param.ty, Type::Asset(_)) {
                if let (0..8, Some(value)) = (rng.random_range(0..10), self.price(rng, term)) {
                    tx.value = value;
                }
                continue;
            }
            let Some(mut values) = codec::decode(&param.ty, &mut bytes) else { return };
            if !param.ty.any(&|part| matches!(part, Type::String(_) | Type::Bytes(_))) {
                for (value, ty) in values.iter_mut().zip(param.ty.scalars()) {
                    // What is absent stays zero.
                    if *value != Value::ZERO || param.ty.scalar().is_some() {
                        *value = self.better(rng, ty, *value);
                    }
                }
            }
            if param.ty.scalar() == Some(Scalar::Duration) {
                term = values.first().copied();
            }
            codec::encode(&param.ty, &values, &mut arguments);
        }
        if bytes.is_empty() {
            tx.data.arguments = arguments;
        }
    }

    /// What a call may cost: two a second, an amount that is in the state, or a little more than that.
    fn price(&self, rng: &mut SmallRng, term: Option<Value>) -> Option<u64> {
        let amount = term.or_else(|| self.known(rng, Scalar::U128))?.unsigned();
        let amount = u64::try_from(amount).ok().filter(|amount| *amount < FUNDS)?;
        Some(if term.is_some() { amount * 2 } else { amount + [0, 0, 1, 9][rng.random_range(0..4)] })
    }
}

/// What a transaction calls.
fn function_of<'p>(stage: &Stage<'p>, tx: &Transaction) -> Option<&'p Function> {
    let to = tx.to.filter(|to| stage.machine.instances().contains_key(to))?;
    stage.machine.unit(to).functions.iter().find(|function| function.name == tx.data.entry)
}

fn sha256(ty: &Type, bytes: &[u8]) -> Value {
    let values = mc_container::text::byte_words(bytes, u32::try_from(bytes.len()).unwrap()).unwrap();
    let context = Context { tx_id: Value::ZERO, step: 0 };
    mc_container::compute::Computation::Sha256(ty.clone()).run(&values, context).unwrap()
}

/// What random blocks came to.
#[derive(Default)]
struct Ran {
    tally: Tally,
    /// The entries of which a call has succeeded.
    succeeded: BTreeSet<String>,
}

impl Ran {
    fn add(&mut self, other: Self) {
        self.tally = self.tally.plus(other.tally);
        self.succeeded.extend(other.succeeded);
    }
}

/// Blocks of one contract, everywhere.
fn run(text: &str, seed: u64, blocks: u64, arena: &Arena) -> Result<Ran, String> {
    let compiled = stage::compile_clean(text);
    let mut stage = Stage::try_new(&compiled)?;
    let mut rng = generate::rng(seed);
    let mut pool = Pool::new(&mut stage);
    let mut ran = Ran::default();
    for height in 0..blocks {
        pool.look(&stage);
        pool.now += [0, 1, 1, 2, 3, 14][rng.random_range(0..6)];
        let mut block: Block = generate::block(&mut rng, &stage, height);
        block.time = pool.now;
        let is_view = |tx: &Transaction| {
            let kind = function_of(&stage, tx).map(|function| function.kind);
            kind == Some(FunctionKind::Callable(EntryKind::View))
        };
        block.transactions.retain(|tx| !is_view(tx) || rng.random_range(0..4) == 0);
        block.transactions.iter_mut().for_each(|tx| pool.adapt(&mut rng, &stage, tx));
        let mut alone = stage.machine.clone();
        for tx in &block.transactions {
            if alone.run(&stage::call_of(tx, &block)).verdict.failure.is_none() {
                ran.succeeded.insert(tx.data.entry.clone());
            }
        }
        let tally =
            attack::block(&mut stage, arena, block).map_err(|why| format!("block {height}: {why}"))?;
        ran.add(Ran { tally, ..Ran::default() });
    }
    Ok(ran)
}

/// As [`run`]; a panic is a failure like any other.
fn guarded(text: &str, seed: u64, blocks: u64, arena: &Arena) -> Result<Ran, String> {
    let run = std::panic::AssertUnwindSafe(|| run(text, seed, blocks, arena));
    std::panic::catch_unwind(run).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        Err(format!("panic: {}", text.unwrap_or_else(|| "without words".to_owned())))
    })
}

/// A run that went wrong: the contract, the seed, and why.
type Failed = (String, u64, String);

/// Every contract with every seed, on all cores.
fn run_all(files: &[(String, String)], seeds: Range<u64>, blocks: u64) -> (Vec<Ran>, Vec<Failed>) {
    let jobs: Vec<(usize, u64)> =
        seeds.flat_map(|seed| (0..files.len()).map(move |file| (file, seed))).collect();
    let next = AtomicUsize::new(0);
    let all = Mutex::new(files.iter().map(|_| Ran::default()).collect::<Vec<Ran>>());
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for worker in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            let (next, jobs, all, failures) = (&next, &jobs, &all, &failures);
            scope.spawn(move || {
                let arena = Arena::new(worker as u64);
                while let Some((file, seed)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let (name, text) = &files[*file];
                    match guarded(text, *seed, blocks, &arena) {
                        Ok(ran) => all.lock().unwrap()[*file].add(ran),
                        Err(why) => failures.lock().unwrap().push((name.clone(), *seed, why)),
                    }
                }
            });
        }
    });
    (all.into_inner().unwrap(), failures.into_inner().unwrap())
}

#[test]
fn random_blocks_run_in_parallel_as_they_run_serially() {
    let only = std::env::var("MCC_CONTRACT").ok();
    let mut files = sources();
    files.retain(|(file, _)| only.as_ref().is_none_or(|only| only == file));
    let blocks = number("MCC_BLOCKS").unwrap_or(BLOCKS);
    let seeds = match number("MCC_SEED") {
        Some(seed) => seed..seed + 1,
        None => {
            let first = number("MCC_FIRST").unwrap_or(0);
            first..first + number("MCC_SEEDS").unwrap_or(SEEDS)
        }
    };
    let start = Instant::now();
    let (all, failures) = run_all(&files, seeds.clone(), blocks);
    let mut idle = Vec::new();
    for ((file, text), ran) in files.iter().zip(all) {
        let Tally { blocks, successes, transactions, .. } = ran.tally;
        println!("{file:<16} {blocks} blocks, {successes} of {transactions} calls succeed");
        let never = headers(text).into_iter().filter(|(_, name)| !ran.succeeded.contains(*name));
        idle.extend(never.map(|(_, name)| format!("{file}.{name}")));
    }
    println!("seeds {seeds:?} in {:?}", start.elapsed());
    for (name, seed, why) in &failures {
        let short: String = why.chars().take(1500).collect();
        println!(
            "\n{name}, seed {seed}: {short}\nreplay: MCC_CONTRACT={name} MCC_SEED={seed} MCC_BLOCKS={blocks} cargo test --release --workspace --test precision random -- --nocapture"
        );
    }
    assert!(failures.is_empty(), "{} runs fail", failures.len());
    let is_short = blocks < BLOCKS || seeds.end - seeds.start < SEEDS;
    assert!(is_short || idle.is_empty(), "no call of these has succeeded: {}", idle.join(", "));
}
