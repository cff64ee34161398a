//! The world of a test: the real runtime, with every call alone in its block.
//!
//! Beside it goes a machine that runs the source as it is meant. The two must agree on every transaction; the machine
//! knows every key that holds something and every state in between, so it is what invariants and `ensures` are
//! checked on.

use crate::directory::DEPLOYER;
use crate::observatory::Observatory;
use crate::trace::{Scene, Trace, cell_name};
use mc_compiler::Compiled;
use mc_compiler::check::ACTORS;
use mc_compiler::interpret::ledger::Cell;
use mc_compiler::interpret::machine::{Call, Executed, Instance, Machine};
use mc_compiler::interpret::world::{Refusal, TestCall, TestDeployment, TestWorld, Together};
use mc_compiler::tree::{
    AssetSource, Behind, COIN, FunctionId, FunctionKind, Part, Program, Stmt, StmtKind, UnitId,
};
use mc_container::access::VariableId;
use mc_container::address::Address;
use mc_container::codec;
use mc_container::error::SystemError;
use mc_container::manifest::{Entry, EntryKind};
use mc_container::package::Package;
use mc_container::ty::Type;
use mc_container::value::Value;
use mc_runtime::inspect::name_cell;
use mc_runtime::{
    AssetId, Block, DeployError, Deployment, Executor, Outcome, PoolOptions, Receipt, Strategy, Transaction,
    World,
};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The chain of every test.
const CHAIN: &str = "test";
/// How much of the native asset each of them has.
pub const FUNDS: u128 = 1_000_000_000;
/// The time of the first block.
pub const START: u64 = 1_700_000_000;

/// Everybody who acts in a test, `alice` first.
#[must_use]
pub fn actors() -> Vec<Value> {
    ACTORS.iter().map(|actor| Address::of_account(actor).value()).collect()
}

/// The name of somebody who acts in a test.
#[must_use]
pub fn name_of(address: Address) -> Option<String> {
    ACTORS.iter().find(|actor| Address::of_account(actor) == address).map(|actor| (*actor).to_owned())
}

/// What a test has cost so far.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// The fuel of all calls.
    pub fuel: u64,
    /// How many there were.
    pub calls: usize,
    /// Every cell they touched.
    pub cells: BTreeSet<Cell>,
}

/// Transactions that ran between two changes of the world around them.
#[derive(Clone)]
pub struct Stretch {
    /// The world before.
    pub world: World,
    /// The height and the time of their first block.
    pub at: (u64, u64),
    /// The transactions.
    pub transactions: Vec<Transaction>,
}

/// A block that was run, by the runtime and by the machine.
pub struct Ran {
    /// What the runtime says.
    pub outcome: Outcome,
    /// What the machine says of each transaction.
    pub executed: Vec<Executed>,
}

/// The world of one test.
#[derive(Clone)]
pub struct Testbed<'c> {
    workbench: &'c Workbench<'c>,
    world: World,
    machine: Machine<'c>,
    /// Where each instance stands, and what it is.
    instances: BTreeMap<u32, (Address, UnitId)>,
    /// How many transactions each account has sent.
    nonces: BTreeMap<Address, u32>,
    height: u64,
    now: u64,
    tally: Tally,
    stretches: Vec<Stretch>,
    /// The machine has come to the same so far.
    followed: bool,
    /// What observes the world, and what it has told of the calls.
    watch: Option<Watch<'c>>,
}

/// What observes a test's world in detail, and the traces of its transactions.
#[derive(Clone)]
struct Watch<'c> {
    observatory: &'c Observatory,
    traces: Vec<Traced>,
}

/// A transaction of a test, and what it did.
#[derive(Clone)]
pub struct Traced {
    /// Who sent it.
    pub from: String,
    /// What became of it.
    pub receipt: Receipt,
    /// What it did.
    pub trace: Trace,
}

/// What all tests of a program share.
pub struct Workbench<'c> {
    compiled: &'c Compiled,
    packages: BTreeMap<UnitId, Arc<Package>>,
    executor: Executor,
    /// The world of the test before, for the code that it has compiled.
    before: RefCell<World>,
}

impl<'c> Workbench<'c> {
    /// For the tests of this program.
    ///
    /// # Errors
    /// If the system gives no threads.
    pub fn new(compiled: &'c Compiled) -> std::io::Result<Self> {
        Self::on(compiled, World::new(CHAIN))
    }

    /// The same, whose worlds are observed.
    ///
    /// # Errors
    /// If the system gives no threads.
    pub fn observed(compiled: &'c Compiled, observatory: &Observatory) -> std::io::Result<Self> {
        Self::on(compiled, World::observed(CHAIN, observatory.observation()))
    }

    fn on(compiled: &'c Compiled, world: World) -> std::io::Result<Self> {
        let options = PoolOptions { threads: 1, ..PoolOptions::default() };
        let before = RefCell::new(world);
        Ok(Self { compiled, packages: packages(compiled), executor: Executor::new(options)?, before })
    }

    /// The program.
    #[must_use]
    pub fn compiled(&self) -> &'c Compiled {
        self.compiled
    }

    /// A chain on which nothing stands, and everybody has some of the native asset.
    pub fn testbed(&self) -> Testbed<'_> {
        Testbed::new(self)
    }

    /// A test is over: the next one need not compile what it has compiled.
    pub fn keep(&self, testbed: &Testbed<'_>) {
        self.before.replace(testbed.world.clone());
    }
}

/// The packages of a program, to be shared by all of its tests.
#[must_use]
fn packages(compiled: &Compiled) -> BTreeMap<UnitId, Arc<Package>> {
    compiled.containers.iter().map(|it| (it.unit, Arc::new(it.package.clone()))).collect()
}

impl<'c> Testbed<'c> {
    /// A chain on which nothing stands.
    fn new(workbench: &'c Workbench<'c>) -> Self {
        let mut world = workbench.before.borrow().anew();
        let mut machine = Machine::new(&workbench.compiled.program).watching();
        for actor in ACTORS {
            let address = Address::of_account(actor);
            world.fund(address, FUNDS);
            machine.put(Cell::coin_of(address), Value::from_u128(FUNDS));
            machine.name(address, actor);
        }
        Self {
            workbench,
            world,
            machine,
            instances: BTreeMap::new(),
            nonces: BTreeMap::new(),
            height: 1,
            now: START,
            tally: Tally::default(),
            stretches: Vec::new(),
            followed: true,
            watch: None,
        }
    }

    /// What the calls have cost.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The transactions so far, with nothing else done to the world in between.
    #[must_use]
    pub fn stretches(&self) -> &[Stretch] {
        &self.stretches
    }

    /// The runtime's world.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.world
    }

    /// True as long as the machine has followed: laws are checked no longer than that.
    #[must_use]
    pub fn is_followed(&self) -> bool {
        self.followed
    }

    /// The machine beside it.
    #[must_use]
    pub fn machine(&self) -> &Machine<'c> {
        &self.machine
    }

    /// The same, and every call is traced.
    #[must_use]
    pub fn traced(self, observatory: &'c Observatory) -> Self {
        let watch = Some(Watch { observatory, traces: Vec::new() });
        Self { watch, ..self }
    }

    /// The traces of all transactions so far.
    #[must_use]
    pub fn into_traces(self) -> Vec<Traced> {
        self.watch.map_or_else(Vec::new, |watch| watch.traces)
    }

    /// Runs a block once more, one transaction after the other, for what it tells.
    fn note(&mut self, block: &Arc<Block>) -> Result<(), Refusal> {
        let Some(watch) = &self.watch else { return Ok(()) };
        let names = |address| TestWorld::name_of(self, address);
        let mut world = self.world.clone();
        let mut traces = Vec::new();
        for tx in &block.transactions {
            // What was told until here is of others.
            let _ = watch.observatory.happened();
            let alone = Block { transactions: vec![tx.clone()], ..Block::clone(block) };
            let outcome = self.workbench.executor.execute(&world, &Arc::new(alone), Strategy::Serial);
            let outcome = outcome.map_err(|error| Refusal::Unable(error.to_string()))?;
            let happenings = watch.observatory.happened().pop().unwrap_or_default();
            let scene = Scene {
                compiled: self.workbench.compiled,
                observatory: watch.observatory,
                world: &world,
                time: block.time,
                names: &names,
                cells: &|cell| cell_name(cell, &names),
            };
            let trace = scene.trace(tx, &outcome, &happenings);
            let receipt = outcome.receipts.first().cloned().unwrap_or_default();
            let from = names(tx.from).unwrap_or_else(|| tx.from.to_string());
            traces.push(Traced { from, receipt, trace });
            world.commit(&outcome).map_err(|error| Refusal::Unable(error.to_string()))?;
        }
        if let Some(watch) = &mut self.watch {
            watch.traces.extend(traces);
        }
        Ok(())
    }

    fn nonce(&mut self, actor: Address) -> u32 {
        let nonce = self.nonces.entry(actor).or_default();
        *nonce += 1;
        *nonce - 1
    }

    /// Where an instance stands.
    ///
    /// # Errors
    /// A [`Refusal`], if it does not.
    pub fn instance(&self, instance: u32) -> Result<Address, Refusal> {
        let found = self.instances.get(&instance).map(|(address, _)| *address);
        found.ok_or_else(|| Refusal::Unable("it was not deployed on this way".to_owned()))
    }

    fn unit_at(&self, address: Address) -> Option<UnitId> {
        self.instances.values().find(|(at, _)| *at == address).map(|(_, unit)| *unit)
    }

    fn asset(&self, source: &AssetSource) -> Result<AssetId, Refusal> {
        Ok(match source {
            AssetSource::Coin => AssetId::Coin,
            AssetSource::Of(instance, asset) => AssetId::Of(self.instance(*instance)?, asset.clone()),
        })
    }

    fn package(&self, unit: UnitId) -> Result<Arc<Package>, Refusal> {
        self.workbench
            .packages
            .get(&unit)
            .cloned()
            .ok_or_else(|| Refusal::Unable("it was not compiled".to_owned()))
    }

    fn name_of_function(&self, unit: UnitId, function: FunctionId) -> Option<&'c str> {
        let function = self.workbench.compiled.program.unit(unit)?.function(function)?;
        matches!(function.kind, FunctionKind::Callable(_)).then_some(function.name.as_str())
    }

    fn failed(&self, receipt: &Receipt, called: UnitId) -> Refusal {
        let Some(failure) = &receipt.failure else {
            return Refusal::Failed { unit: called, code: receipt.result, payload: Vec::new() };
        };
        let unit = self.unit_at(failure.container).unwrap_or(called);
        Refusal::Failed { unit, code: failure.code, payload: failure.payload.clone() }
    }

    /// The next block.
    #[must_use]
    pub fn block(&self, transactions: Vec<Transaction>) -> Block {
        let (height, time) = (self.height, self.now);
        Block { chain: CHAIN.to_owned(), height, time, transactions }
    }

    /// What the only call of a block gives.
    fn result(&self, outcome: &Outcome, call: &TestCall, result: &Type) -> Result<Vec<Value>, Refusal> {
        let receipt = outcome.receipts.first();
        let receipt = receipt.ok_or_else(|| Refusal::Unable("the block has no receipt".to_owned()))?;
        if !receipt.is_success() {
            return Err(self.failed(receipt, call.unit));
        }
        let values = codec::decode(result, &mut receipt.output.as_slice());
        values.ok_or_else(|| Refusal::Unable("the result is no value of its type".to_owned()))
    }

    /// Runs the next block, on the runtime and on the machine.
    ///
    /// # Errors
    /// A [`Refusal`], if it did not run, or the two do not come to the same.
    pub fn run(&mut self, transactions: Vec<Transaction>, strategy: Strategy) -> Result<Ran, Refusal> {
        self.remember(&transactions);
        let block = Arc::new(self.block(transactions));
        self.note(&block)?;
        let outcome = self.workbench.executor.execute(&self.world, &block, strategy);
        let outcome = outcome.map_err(|error| Refusal::Unable(error.to_string()))?;
        self.world.commit(&outcome).map_err(|error| Refusal::Unable(error.to_string()))?;
        self.height += 1;
        let mut executed = Vec::new();
        for (transaction, receipt) in block.transactions.iter().zip(&outcome.receipts) {
            executed.push(self.interpret(&block, transaction, receipt)?);
        }
        self.same_cells(&executed)?;
        Ok(Ran { outcome, executed })
    }

    /// Notes what is run since the world was last changed otherwise.
    fn remember(&mut self, transactions: &[Transaction]) {
        if self.stretches.is_empty() {
            self.changed_otherwise();
        }
        let last = self.stretches.last_mut();
        last.into_iter().for_each(|stretch| stretch.transactions.extend_from_slice(transactions));
    }

    /// What runs from now on cannot be put into a block with what ran before.
    fn changed_otherwise(&mut self) {
        self.stretches.retain(|stretch| !stretch.transactions.is_empty());
        let (world, at) = (self.world.clone(), (self.height, self.now));
        self.stretches.push(Stretch { world, at, transactions: Vec::new() });
    }

    /// Runs a transaction on the machine, which must come to what the runtime came to.
    fn interpret(&mut self, block: &Block, tx: &Transaction, receipt: &Receipt) -> Result<Executed, Refusal> {
        let call = Call {
            from: tx.from,
            to: tx.to.unwrap_or_default(),
            entry: &tx.data.entry,
            arguments: &tx.data.arguments,
            value: tx.value,
            now: block.time,
            height: block.height,
            tx_id: tx.id(),
        };
        let executed = self.machine.dry_run(&call);
        self.tally.fuel = self.tally.fuel.saturating_add(receipt.fuel);
        self.tally.calls += 1;
        self.tally.cells.extend(executed.usage.keys().cloned());
        if is_beyond_meaning(receipt) {
            return Ok(executed.unwatched());
        }
        let verdict = &executed.verdict;
        let events = verdict.events.iter().map(|it| (it.container, it.event, it.data.as_slice()));
        let same = verdict.result == receipt.result
            && verdict.point == receipt.point
            && verdict.failure == receipt.failure
            && verdict.output == receipt.output
            && (receipt.events.iter().map(|it| (it.container, it.event, it.data.as_slice()))).eq(events);
        if !same && catches(&self.workbench.compiled.program, self.unit_at(call.to)) {
            // A budget ran out inside of a `try`, and only the runtime counts those.
            self.followed = false;
        }
        if !self.followed {
            return Ok(executed.unwatched());
        }
        if !same {
            let what =
                format!("`{}` gives code {}, and should give {}", call.entry, receipt.result, verdict.result);
            return Err(our_mistake(&what));
        }
        self.machine.commit(executed.writes.clone());
        Ok(executed)
    }

    /// The cells that a block wrote hold what the machine says.
    fn same_cells(&self, executed: &[Executed]) -> Result<(), Refusal> {
        for cell in executed.iter().flat_map(|executed| executed.writes.keys()) {
            let default = self.machine.variable(cell).map_or(Value::ZERO, |variable| variable.default);
            let found = self.world.state().get(&cell.key()).unwrap_or(default);
            if found != self.machine.get(cell) {
                return Err(our_mistake(&format!("`{}` holds something else", cell.variable)));
            }
        }
        Ok(())
    }

    /// A container stands now: on the machine, too.
    fn deployed(&mut self, address: Address, unit: UnitId, deployment: &Deployment) -> Result<(), Refusal> {
        let name = self.workbench.compiled.program.unit(unit).map_or("?", |unit| unit.name.as_str());
        self.machine.name(address, name);
        let Deployment { deployer, nonce, arguments, .. } = deployment;
        let entries = &deployment.package.manifest().entries;
        let init = entries.iter().find(|entry| entry.kind == EntryKind::Init);
        let init = init.map_or("", |init| init.name.as_str());
        let tx_id = Transaction::call(*deployer, *nonce, address, init, arguments.clone()).id();
        let instance = Instance { unit, slots: deployment.slots.clone() };
        let by = (*deployer, deployment.time);
        match self.machine.deploy(address, instance, by, arguments, tx_id) {
            Ok(breaches) => match breaches.into_iter().next() {
                Some(breach) => Err(Refusal::Broken(Box::new(breach))),
                None => Ok(()),
            },
            Err(_) => Err(our_mistake("`init` fails")),
        }
    }

    /// What is called, as the container's manifest says it.
    ///
    /// # Errors
    /// A [`Refusal`], if nothing like that is deployed.
    pub fn transaction(&mut self, call: &TestCall) -> Result<(Transaction, Type), Refusal> {
        let to = self.instance(call.instance)?;
        let package = self.package(call.unit)?;
        let name = self.name_of_function(call.unit, call.function);
        let entry = name.and_then(|name| package.manifest().entry(name));
        let entry = entry.ok_or_else(|| Refusal::Unable("there is no such entry".to_owned()))?;
        let nonce = self.nonce(call.actor);
        let arguments = encode(entry, &call.args);
        let mut transaction = Transaction::call(call.actor, nonce, to, &entry.name, arguments);
        transaction.value = call.value;
        transaction.timestamp = self.now;
        Ok((transaction, entry.result.clone()))
    }
}

impl TestWorld for Testbed<'_> {
    fn deploy(&mut self, wanted: &TestDeployment<'_>) -> Result<(), Refusal> {
        let package = self.package(wanted.unit)?;
        let init = package.manifest().entries.iter().find(|entry| entry.kind == EntryKind::Init);
        let arguments = init.map_or_else(Vec::new, |init| encode(init, &wanted.args));
        let slots: Result<Vec<Address>, Refusal> =
            wanted.slots.iter().map(|slot| self.instance(*slot)).collect();
        let generics: Result<Vec<AssetId>, Refusal> =
            wanted.generics.iter().map(|source| self.asset(source)).collect();
        let nonce = self.nonce(wanted.actor);
        let deployment = Deployment {
            slots: slots?,
            generics: generics?,
            deployer: wanted.actor,
            nonce,
            ordinal: 0,
            time: self.now,
            arguments,
            package,
        };
        let outcome = match self.world.deploy(&deployment) {
            Ok(address) => {
                self.instances.insert(wanted.instance, (address, wanted.unit));
                self.deployed(address, wanted.unit, &deployment)
            }
            Err(DeployError::Init(receipt)) => Err(self.failed(&receipt, wanted.unit)),
            Err(error) => Err(Refusal::Unable(error.to_string())),
        };
        self.changed_otherwise();
        outcome
    }

    fn grant(&mut self, instance: u32, role: VariableId, to: u32) -> Result<(), Refusal> {
        let (container, to) = (self.instance(instance)?, self.instance(to)?);
        let unit = self.unit_at(container).and_then(|unit| self.workbench.compiled.program.unit(unit));
        let role = unit.and_then(|unit| unit.variable(role)).map(|variable| variable.name.clone());
        let role = role.filter(|role| self.world.grant(container, role, to));
        let role = role.ok_or_else(|| Refusal::Unable("there is no such role".to_owned()))?;
        self.machine.put(Cell { container, variable: role, keys: vec![to.0.to_vec()] }, Value::from_u64(1));
        self.changed_otherwise();
        Ok(())
    }

    fn call(&mut self, call: &TestCall) -> Result<Vec<Value>, Refusal> {
        let (transaction, result) = self.transaction(call)?;
        let Ran { outcome, executed } = self.run(vec![transaction], Strategy::Serial)?;
        let values = self.result(&outcome, call, &result)?;
        executed.iter().find_map(broken).map_or(Ok(values), Err)
    }

    fn together(&mut self, calls: &[TestCall]) -> Result<Together, Refusal> {
        let transactions: Result<Vec<Transaction>, Refusal> =
            calls.iter().map(|call| Ok(self.transaction(call)?.0)).collect();
        let transactions = transactions?;
        let (before, block) = (self.world.clone(), self.block(transactions.clone()));
        let Ran { outcome, executed } = self.run(transactions, Strategy::Dag)?;
        let mut failed = Vec::new();
        for (number, ((receipt, call), executed)) in
            outcome.receipts.iter().zip(calls).zip(&executed).enumerate()
        {
            let refusal =
                if receipt.is_success() { broken(executed) } else { Some(self.failed(receipt, call.unit)) };
            failed.extend(refusal.map(|refusal| (number, refusal)));
        }
        let stats = &outcome.stats;
        let hottest = stats.hottest.iter().find(|hot| hot.chain > 1);
        let hottest = hottest.and_then(|hot| name_cell(&before, &block, hot.key));
        let hottest = hottest.map(|cell| cell.to_string());
        Ok(Together { failed, ordered: stats.edges, longest: stats.depth, hottest })
    }

    fn balance_of(&self, account: Address) -> u128 {
        self.world.coins_of(account)
    }

    fn advance(&mut self, seconds: u64) {
        self.now = self.now.saturating_add(seconds);
        self.changed_otherwise();
    }

    fn now(&self) -> u64 {
        self.now
    }

    fn height(&self) -> u64 {
        self.height
    }

    fn name_of(&self, address: Address) -> Option<String> {
        if let Some(unit) = self.unit_at(address) {
            return self.workbench.compiled.program.unit(unit).map(|unit| unit.name.clone());
        }
        let mut known = ACTORS.into_iter().chain([DEPLOYER]);
        known.find(|name| Address::of_account(name) == address).map(ToOwned::to_owned)
    }
}

/// What a transaction left untrue.
fn broken(executed: &Executed) -> Option<Refusal> {
    executed.breaches.first().map(|breach| Refusal::Broken(Box::new(breach.clone())))
}

/// True for a failure that the source does not tell: of the sandbox, and of budgets.
fn is_beyond_meaning(receipt: &Receipt) -> bool {
    SystemError::by_code(receipt.result).is_some_and(|error| {
        error.is_containment() && error != SystemError::TooManyEvents || error == SystemError::Overspent
    })
}

/// True for a composition that may catch what a step of it, or of a composition within it, fails with.
fn catches(program: &Program, unit: Option<UnitId>) -> bool {
    let Some(unit) = unit.and_then(|unit| program.unit(unit)) else { return false };
    let within = unit.slots.iter().any(|slot| match slot.behind {
        Behind::Unit(inner) => catches(program, Some(inner)),
        Behind::Interface(_) => false,
    });
    within || unit.composes() && unit.functions.iter().any(|function| has_try(&function.body))
}

fn has_try(stmts: &[Stmt]) -> bool {
    let mut found = false;
    for stmt in stmts {
        found |= matches!(stmt.kind, StmtKind::Try(_));
        stmt.parts(&mut |part| {
            if let Part::Stmt(inner) = part {
                found |= has_try(std::slice::from_ref(inner));
            }
        });
    }
    found
}

/// Two of our own parts disagree.
fn our_mistake(what: &str) -> Refusal {
    Refusal::Unable(format!(
        "the compiled code does not do what its source means: {what}; please report this"
    ))
}

/// Arguments in canonical encoding: the parameters but the coin, which goes as the Value.
fn encode(entry: &Entry, mut values: &[Value]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for param in entry.params.iter().filter(|param| param.ty != Type::Asset(COIN.to_owned())) {
        let (own, rest) = values.split_at_checked(param.ty.scalar_count()).unwrap_or((values, &[]));
        codec::encode(&param.ty, own, &mut bytes);
        values = rest;
    }
    bytes
}
