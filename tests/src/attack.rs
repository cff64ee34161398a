//! The attack: a block runs on the interpreter, serially, and on every pool of workers; everything must agree.

use crate::declared::{self, Precision};
use crate::generate;
use crate::interpreter::{Machine, Verdict};
use crate::promise;
use crate::reorder::Ran;
use crate::stage::{self, Stage, call_of, verdict_of};
use ethnum::U256;
use mc_compiler::Compiled;
use mc_container::access::Permission;
use mc_container::address::CellKey;
use mc_container::manifest::Holding;
use mc_runtime::inspect::{Declared, footprint_of};
use mc_runtime::{AssetId, Block, Executor, Outcome, PoolOptions, Receipt, Strategy, Transaction};
use mc_syntax::diagnostic::Diagnostic;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// The numbers of workers that every block is executed with.
pub const THREADS: [usize; 4] = [1, 2, 4, 12];

/// The most transactions of a block that runs in every order that its schedule allows.
pub const SMALL: usize = 5;
/// One block of so many is small.
const SMALL_EVERY: u64 = 10;

/// Executors of every kind, for one attacking thread.
pub struct Arena {
    serial: Executor,
    pools: Vec<(String, Executor)>,
}

impl Arena {
    /// An arena whose last two pools take ready transactions in an order that `seed` decides.
    ///
    /// # Panics
    /// If the system gives no threads.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let pool = |threads: usize, seed: Option<u64>| {
            Executor::new(PoolOptions { threads, parallel_from: 0, seed, ..PoolOptions::default() }).unwrap()
        };
        let mut pools: Vec<(String, Executor)> =
            THREADS.iter().map(|threads| (format!("{threads} threads"), pool(*threads, None))).collect();
        for threads in [2, 4] {
            pools.push((format!("{threads} threads, schedule {seed}"), pool(threads, Some(seed))));
        }
        Self { serial: pool(1, None), pools }
    }

    /// An arena that executes serially only, where the interpreter is all there is to agree with.
    ///
    /// # Panics
    /// If the system gives no threads.
    #[must_use]
    pub fn serial() -> Self {
        let options = PoolOptions { threads: 1, parallel_from: 0, ..PoolOptions::default() };
        Self { serial: Executor::new(options).unwrap(), pools: Vec::new() }
    }

    /// Executes a block on the stage's world with every strategy, and gives the outcome all agree on, with what a
    /// schedule orders.
    ///
    /// # Errors
    /// What differs between two strategies.
    pub fn execute(&self, stage: &Stage<'_>, block: &Arc<Block>) -> Result<Outcome, String> {
        self.execute_world(&stage.world, block)
    }

    /// As [`Arena::execute`], on any world.
    ///
    /// # Errors
    /// What differs between two strategies.
    pub fn execute_world(&self, world: &mc_runtime::World, block: &Arc<Block>) -> Result<Outcome, String> {
        let mut serial = self
            .serial
            .execute(world, block, Strategy::Serial)
            .map_err(|error| format!("serial: {error}"))?;
        let mut order = None;
        for (name, pool) in &self.pools {
            for strategy in Strategy::ALL.into_iter().filter(|strategy| *strategy != Strategy::Serial) {
                let name = format!("{strategy} on {name}");
                let parallel =
                    pool.execute(world, block, strategy).map_err(|error| format!("{name}: {error}"))?;
                agree(&serial, &parallel).map_err(|why| format!("serial and {name} differ: {why}"))?;
                if strategy == Strategy::Dag {
                    order = order.or(parallel.order);
                }
            }
        }
        serial.order = order;
        Ok(serial)
    }
}

fn agree(serial: &Outcome, parallel: &Outcome) -> Result<(), String> {
    for (number, (left, right)) in serial.receipts.iter().zip(&parallel.receipts).enumerate() {
        if left != right {
            return Err(format!("transaction {number}\n  serial:   {left:?}\n  parallel: {right:?}"));
        }
    }
    if serial.receipts.len() != parallel.receipts.len() {
        return Err("the number of receipts".to_owned());
    }
    if serial.writes != parallel.writes {
        return Err(format!(
            "the writes\n  serial:   {:?}\n  parallel: {:?}",
            serial.writes, parallel.writes
        ));
    }
    let roots = serial.state_root == parallel.state_root && serial.receipts_root == parallel.receipts_root;
    if roots { Ok(()) } else { Err("the roots, though receipts and writes are equal".to_owned()) }
}

/// What an attack saw.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Blocks.
    pub blocks: usize,
    /// Transactions.
    pub transactions: usize,
    /// Transactions that did what they were asked.
    pub successes: usize,
    /// Bounds of `spends` that the compiler has inferred and proved.
    pub proved: usize,
    /// Blocks that ran in another order that the schedule allows, too.
    pub reordered: usize,
    /// Orders in which small blocks ran, which are all that the schedule allows.
    pub orders: usize,
    /// How exactly cells were declared.
    pub precision: Precision,
}

impl Tally {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            blocks: self.blocks + other.blocks,
            transactions: self.transactions + other.transactions,
            successes: self.successes + other.successes,
            proved: self.proved + other.proved,
            reordered: self.reordered + other.reordered,
            orders: self.orders + other.orders,
            precision: self.precision.plus(other.precision),
        }
    }
}

/// Runs one block everywhere, holds all results against each other, and keeps what it wrote.
///
/// # Errors
/// The first thing that differs.
pub fn block(stage: &mut Stage<'_>, arena: &Arena, block: Block) -> Result<Tally, String> {
    let block = Arc::new(block);
    let outcome = arena.execute(stage, &block)?;
    if outcome.receipts.len() != block.transactions.len() {
        return Err("another number of receipts than of transactions".to_owned());
    }
    let before = stage.machine.clone();
    let mut tally = Tally { blocks: 1, transactions: block.transactions.len(), ..Tally::default() };
    for (number, (tx, receipt)) in block.transactions.iter().zip(&outcome.receipts).enumerate() {
        let call = call_of(tx, &block);
        let executed = stage.machine.dry_run(&call);
        let at =
            || format!("transaction {number}, `{}` from {}, {:?}", tx.data.entry, tx.from, tx.data.arguments);
        let wrong = compare(&executed.verdict, receipt);
        if let Some(wrong) = wrong {
            return Err(format!("{}: {wrong}", at()));
        }
        same_footprint(stage, &before, tx, &block).map_err(|why| format!("{}: {why}", at()))?;
        let precision = declared::check(&stage.machine, &stage.packages, &call, &executed);
        tally.precision = tally.precision.plus(precision.map_err(|why| format!("{}: {why}", at()))?);
        tally.successes += usize::from(receipt.is_success());
        stage.machine.run(&call);
    }
    if let Some(order) = &outcome.order {
        let (after, receipts) = (&stage.machine, outcome.receipts.as_slice());
        let ran = Ran { block: &block, before: &before, after, receipts, order };
        if block.transactions.len() <= SMALL {
            tally.orders += ran.everywhere()?;
        } else {
            ran.at_random(&mut generate::rng(block.height))?;
        }
        tally.reordered += 1;
    }
    stage.world.commit(&outcome).map_err(|_| "the outcome does not belong to its world".to_owned())?;
    if stage.world.state().root() != outcome.state_root {
        return Err("the committed state has another root than the outcome".to_owned());
    }
    stage.difference().map_or(Ok(()), Err)?;
    conserved(stage)?;
    Ok(tally)
}

/// Of every asset that a container declares there is as much as its supply says; of the native one as much as
/// the accounts were given.
fn conserved(stage: &Stage<'_>) -> Result<(), String> {
    let mut held: HashMap<AssetId, U256> = HashMap::new();
    let mut supplies: HashMap<AssetId, U256> = HashMap::new();
    for (cell, value) in stage.machine.state() {
        let own = |name: &String| stage.asset_of(cell.container, name);
        let (sums, asset) = match stage.machine.variable(cell).map(|variable| &variable.holding) {
            None | Some(Holding::Coin) => (&mut held, AssetId::Coin),
            Some(Holding::Amount(name) | Holding::Unique(name)) => (&mut held, own(name)),
            Some(Holding::Supply(name)) => (&mut supplies, own(name)),
            Some(Holding::Nothing) => continue,
        };
        *sums.entry(asset).or_default() += value.unsigned();
    }
    held.retain(|_, amount| *amount != 0);
    supplies.insert(AssetId::Coin, U256::from(stage.funded));
    supplies.retain(|_, amount| *amount != 0);
    if held == supplies {
        Ok(())
    } else {
        Err(format!("not conserved: held {held:?}, supplies {supplies:?}"))
    }
}

/// The runtime finds the same footprint as this crate does from the packages alone, on the state before the block.
fn same_footprint(
    stage: &Stage<'_>,
    before: &Machine<'_>,
    tx: &Transaction,
    block: &Block,
) -> Result<(), String> {
    let own = declared::of(before, &stage.packages, &call_of(tx, block));
    let found = footprint_of(&stage.world, block.time, tx).ok();
    let as_map = |list: Vec<Declared>| list.into_iter().map(|it| (it.key, it.permission)).collect();
    let found = found.map(|found| (as_map(found.cells), as_map(found.locks)));
    let own: Option<(Permissions, Permissions)> = own.map(|own| (own.joined(), own.locks));
    if own == found { Ok(()) } else { Err(format!("footprints\n  own:     {own:?}\n  runtime: {found:?}")) }
}

type Permissions = BTreeMap<CellKey, Permission>;

fn compare(expected: &Verdict, receipt: &Receipt) -> Option<String> {
    let found = verdict_of(receipt);
    if *expected != found {
        return Some(format!("\n  interpreter: {expected:?}\n  runtime:     {found:?}"));
    }
    (receipt.point > receipt.sequence)
        .then(|| format!("Point {} beyond Sequence {}", receipt.point, receipt.sequence))
}

/// True if there is anything to call on the stage.
#[must_use]
pub fn can_run(stage: &Stage<'_>) -> bool {
    !generate::block::callable(stage).is_empty()
}

/// Attacks the program of `seed` with `blocks` blocks.
///
/// # Errors
/// The first thing that differs.
pub fn program(seed: u64, blocks: u64, arena: &Arena) -> Result<Tally, String> {
    let (program, proved) = program_of(seed);
    let tally = text(&program, seed, blocks, arena)?;
    Ok(Tally { proved, ..tally })
}

/// The program of `seed`, and how many of its bounds are proved: every other one promises what the compiler infers.
fn program_of(seed: u64) -> (String, usize) {
    let text = generate::program(seed);
    if seed.is_multiple_of(2) {
        return (text, 0);
    }
    let promised = promise::inferred(&text);
    (promised.text, promised.proved)
}

/// Attacks a program with the blocks of `seed`.
///
/// # Errors
/// The first thing that differs, or the mistakes in the program.
pub fn text(text: &str, seed: u64, blocks: u64, arena: &Arena) -> Result<Tally, String> {
    let output = stage::compile(text);
    let Some(compiled) = output.compiled else {
        let errors: Vec<Diagnostic> = output.diagnostics.into_iter().filter(Diagnostic::is_error).collect();
        return Err(format!("does not compile:\n{}", crate::render::diagnostics(&output.sources, &errors)));
    };
    this(&compiled, seed, blocks, arena)
}

/// Attacks a compiled program with the blocks of `seed`.
///
/// # Errors
/// The first thing that differs.
pub fn this(compiled: &Compiled, seed: u64, blocks: u64, arena: &Arena) -> Result<Tally, String> {
    let mut stage = Stage::try_new(compiled)?;
    stage.fund_accounts(&generate::program::ACCOUNTS);
    let mut rng = generate::rng(seed ^ 0x00b1_0c4d);
    let mut tally = Tally::default();
    for height in 0..blocks {
        let mut next = generate::block(&mut rng, &stage, height);
        if height % SMALL_EVERY == 1 {
            next.transactions.truncate(SMALL);
        }
        let ran = block(&mut stage, arena, next).map_err(|why| format!("block {height}: {why}"))?;
        tally = tally.plus(ran);
    }
    Ok(tally)
}

/// What kind of difference it is, so that a smaller program fails for the same reason.
fn class(why: &str) -> String {
    let codes: Vec<&str> =
        why.split("Verdict { result: ").skip(1).filter_map(|rest| rest.split(',').next()).collect();
    let words: String =
        why.chars().filter(|letter| letter.is_ascii_alphabetic() || *letter == ' ').take(60).collect();
    if codes.is_empty() { words } else { codes.join(" and ") }
}

/// The program of `seed`, made small as long as it fails in the same way.
#[must_use]
pub fn report(seed: u64, blocks: u64, arena: &Arena) -> String {
    let (original, _) = program_of(seed);
    let run = |candidate: &str| {
        let attack = std::panic::AssertUnwindSafe(|| text(candidate, seed, blocks, arena));
        std::panic::catch_unwind(attack).unwrap_or_else(|_| Err("panic".to_owned())).err()
    };
    let Some(why) = run(&original) else { return format!("{original}\nholds") };
    let small = crate::reduce::reduce(&original, &|candidate| {
        candidate.contains("app Main") && run(candidate).is_some_and(|other| class(&other) == class(&why))
    });
    format!("reduced:\n{small}\n{}", run(&small).unwrap_or_default())
}
