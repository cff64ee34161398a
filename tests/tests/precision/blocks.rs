//! Random blocks of calls that collide: the interpreter, the serial strategy and every pool come to the same.

use super::{chains, compile, sources};
use mc_compiler::tree::{Function, FunctionKind};
use mc_container::address::Address;
use mc_container::codec;
use mc_container::compute::{Computation, Context};
use mc_container::manifest::EntryKind;
use mc_container::text::{byte_words, text_words};
use mc_container::ty::Type;
use mc_container::value::{Scalar, Value};
use mc_runtime::{Block, Transaction};
use mc_tests::attack::{self, Arena, Tally};
use mc_tests::generate;
use mc_tests::stage::{self, Stage};
use rand::Rng;
use rand::rngs::SmallRng;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Random runs for each contract without `MCC_SEEDS`.
const SEEDS: u64 = 3;
/// Blocks in each of them without `MCC_BLOCKS`.
const BLOCKS: u64 = 20;
/// How many times more blocks compositions get: several things must be right for them to succeed.
const CHAIN_BLOCKS: u64 = 3;
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
            if let Type::String(max) = param.ty
                && rng.random_range(0..10) < 6
            {
                // Two names, so that calls meet.
                values = text_words(["a", ""][rng.random_range(0..2)], max).unwrap();
            }
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
        if term.is_none() && rng.random_range(0..5) == 0 {
            return Some(0);
        }
        let amount = term.or_else(|| self.known(rng, Scalar::U128))?.unsigned();
        let amount = u64::try_from(amount).ok().filter(|amount| *amount < FUNDS)?;
        Some(if term.is_some() { amount * 2 } else { amount + [0, 0, 1, 9][rng.random_range(0..4)] })
    }
}

/// What a transaction calls.
fn function_of<'p>(stage: &Stage<'p>, tx: &Transaction) -> Option<&'p Function> {
    let to = tx.to.filter(|to| stage.machine.instances().contains_key(to))?;
    stage.machine.unit_at(to).unwrap().functions.iter().find(|function| function.name == tx.data.entry)
}

fn sha256(ty: &Type, bytes: &[u8]) -> Value {
    let values = byte_words(bytes, u32::try_from(bytes.len()).unwrap()).unwrap();
    let context = Context { tx_id: Value::ZERO, step: 0 };
    Computation::Sha256(ty.clone()).run(&values, context).unwrap()
}

/// What random blocks came to.
#[derive(Default)]
struct Ran {
    tally: Tally,
    /// What a call can be of: the compositions, or where there are none, the entries.
    callable: BTreeSet<String>,
    /// That of which a call has succeeded.
    succeeded: BTreeSet<String>,
}

impl Ran {
    fn add(&mut self, other: Self) {
        self.tally = self.tally.plus(other.tally);
        self.callable.extend(other.callable);
        self.succeeded.extend(other.succeeded);
    }
}

/// Fewer views than a random block has: they change nothing.
fn is_kept(rng: &mut SmallRng, stage: &Stage<'_>, tx: &Transaction) -> bool {
    let kind = function_of(stage, tx).map(|function| function.kind);
    kind != Some(FunctionKind::Callable(EntryKind::View)) || rng.random_range(0..4) == 0
}

/// What should succeed at least once.
fn callable(stage: &Stage<'_>) -> BTreeSet<String> {
    let compose = FunctionKind::Callable(EntryKind::Compose);
    let all = generate::block::callable(stage).into_iter().map(|(_, function)| function);
    let (chains, entries): (Vec<Function>, Vec<Function>) = all.partition(|it| it.kind == compose);
    let wanted = if chains.is_empty() { entries } else { chains };
    wanted.into_iter().map(|function| function.name).collect()
}

/// Blocks of one program, everywhere.
fn run(file: &str, seed: u64, blocks: u64, arena: &Arena) -> Result<Ran, String> {
    let compiled = compile(file);
    let mut stage = Stage::try_new(&compiled)?;
    let mut rng = generate::rng(seed);
    let mut pool = Pool::new(&mut stage);
    let mut ran = Ran { callable: callable(&stage), ..Ran::default() };
    let blocks = if file.contains('/') { blocks * CHAIN_BLOCKS } else { blocks };
    for height in 0..blocks {
        pool.look(&stage);
        pool.now += [0, 1, 1, 2, 3, 14][rng.random_range(0..6)];
        let mut block: Block = generate::block(&mut rng, &stage, height);
        block.time = pool.now;
        block.transactions.retain(|tx| is_kept(&mut rng, &stage, tx));
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
fn guarded(file: &str, seed: u64, blocks: u64, arena: &Arena) -> Result<Ran, String> {
    let run = std::panic::AssertUnwindSafe(|| run(file, seed, blocks, arena));
    std::panic::catch_unwind(run).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        Err(format!("panic: {}", text.unwrap_or_else(|| "without words".to_owned())))
    })
}

/// A run that went wrong: the program, the seed, and why.
type Failed = (String, u64, String);

/// Every program with every seed, on all cores.
fn run_all(files: &[String], seeds: Range<u64>, blocks: u64) -> (Vec<Ran>, Vec<Failed>) {
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
                    let name = &files[*file];
                    match guarded(name, *seed, blocks, &arena) {
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
    let contracts = sources().into_iter().map(|(file, _)| file);
    let mut files: Vec<String> =
        contracts.chain(chains().into_iter().map(|(file, _)| format!("composed/{file}"))).collect();
    files.retain(|file| only.as_ref().is_none_or(|only| only == file));
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
    for (file, ran) in files.iter().zip(all) {
        let Tally { blocks, successes, transactions, .. } = ran.tally;
        println!("{file:<18} {blocks} blocks, {successes} of {transactions} calls succeed");
        let never: Vec<&str> = ran.callable.difference(&ran.succeeded).map(String::as_str).collect();
        if !never.is_empty() {
            println!("    never: {}", never.join(", "));
        }
        // Chains need luck; entries do not.
        idle.extend(never.iter().filter(|_| !file.contains('/')).map(|name| format!("{file}.{name}")));
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
