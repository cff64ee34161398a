//! The world of a test: the real runtime, with every call alone in its block.

use crate::directory::DEPLOYER;
use crate::observatory::Observatory;
use crate::trace::{Scene, Trace, cell_name};
use mc_compiler::Compiled;
use mc_compiler::check::ACTORS;
use mc_compiler::interpret::world::{Refusal, TestCall, TestDeployment, TestWorld, Together};
use mc_compiler::tree::{AssetSource, COIN, FunctionId, FunctionKind, UnitId};
use mc_container::address::Address;
use mc_container::codec;
use mc_container::manifest::{Entry, EntryKind};
use mc_container::package::Package;
use mc_container::ty::Type;
use mc_container::value::Value;
use mc_runtime::{
    AssetId, Block, DeployError, Deployment, Executor, Outcome, Receipt, Strategy, Transaction, World,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The chain of every test.
const CHAIN: &str = "test";
/// How much of the native asset each of them has.
const FUNDS: u128 = 1_000_000_000;
/// The time of the first block.
const START: u64 = 1_700_000_000;

/// The world of one test.
pub struct Testbed<'c> {
    compiled: &'c Compiled,
    packages: &'c BTreeMap<UnitId, Arc<Package>>,
    executor: &'c Executor,
    world: World,
    /// Where each instance stands, and what it is.
    instances: BTreeMap<u32, (Address, UnitId)>,
    /// How many transactions each account has sent.
    nonces: BTreeMap<Address, u32>,
    height: u64,
    now: u64,
    /// What observes the world, and what it has told of the calls.
    watch: Option<Watch<'c>>,
}

/// What observes a test's world in detail, and the traces of its transactions.
struct Watch<'c> {
    observatory: &'c Observatory,
    traces: Vec<Traced>,
}

/// A transaction of a test, and what it did.
pub struct Traced {
    /// Who sent it.
    pub from: String,
    /// What became of it.
    pub receipt: Receipt,
    /// What it did.
    pub trace: Trace,
}

/// The packages of a program, to be shared by all of its tests.
#[must_use]
pub fn packages(compiled: &Compiled) -> BTreeMap<UnitId, Arc<Package>> {
    compiled.containers.iter().map(|it| (it.unit, Arc::new(it.package.clone()))).collect()
}

impl<'c> Testbed<'c> {
    /// A chain on which nothing stands, and everybody has some of the native asset.
    #[must_use]
    pub fn new(
        compiled: &'c Compiled,
        packages: &'c BTreeMap<UnitId, Arc<Package>>,
        executor: &'c Executor,
    ) -> Self {
        let mut world = World::new(CHAIN);
        for actor in ACTORS {
            world.fund(Address::of_account(actor), FUNDS);
        }
        let (instances, nonces) = (BTreeMap::new(), BTreeMap::new());
        Self { compiled, packages, executor, world, instances, nonces, height: 1, now: START, watch: None }
    }

    /// The same, observed.
    #[must_use]
    pub fn observed(self, observatory: &'c Observatory) -> Self {
        let mut world = World::observed(CHAIN, observatory.observation());
        for actor in ACTORS {
            world.fund(Address::of_account(actor), FUNDS);
        }
        Self { world, ..self }
    }

    /// The same, and every call is traced.
    #[must_use]
    pub fn traced(self, observatory: &'c Observatory) -> Self {
        let watch = Some(Watch { observatory, traces: Vec::new() });
        Self { watch, ..self.observed(observatory) }
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
            let outcome = self.executor.execute(&world, &Arc::new(alone), Strategy::Serial);
            let outcome = outcome.map_err(|error| Refusal::Unable(error.to_string()))?;
            let happenings = watch.observatory.happened().pop().unwrap_or_default();
            let scene = Scene {
                compiled: self.compiled,
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

    fn instance(&self, instance: u32) -> Result<Address, Refusal> {
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
        self.packages.get(&unit).cloned().ok_or_else(|| Refusal::Unable("it was not compiled".to_owned()))
    }

    fn name_of_function(&self, unit: UnitId, function: FunctionId) -> Option<&'c str> {
        let function = self.compiled.program.unit(unit)?.function(function)?;
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
    fn block(&self, transactions: Vec<Transaction>) -> Block {
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

    /// Runs the next block.
    fn run(&mut self, transactions: Vec<Transaction>, strategy: Strategy) -> Result<Outcome, Refusal> {
        let block = Arc::new(self.block(transactions));
        self.note(&block)?;
        let outcome = self.executor.execute(&self.world, &block, strategy);
        let outcome = outcome.map_err(|error| Refusal::Unable(error.to_string()))?;
        self.world.commit(&outcome).map_err(|error| Refusal::Unable(error.to_string()))?;
        self.height += 1;
        Ok(outcome)
    }

    /// What is called, as the container's manifest says it.
    fn transaction(&mut self, call: &TestCall) -> Result<(Transaction, Type), Refusal> {
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
        match self.world.deploy(&deployment) {
            Ok(address) => {
                self.instances.insert(wanted.instance, (address, wanted.unit));
                Ok(())
            }
            Err(DeployError::Init(receipt)) => Err(self.failed(&receipt, wanted.unit)),
            Err(error) => Err(Refusal::Unable(error.to_string())),
        }
    }

    fn call(&mut self, call: &TestCall) -> Result<Vec<Value>, Refusal> {
        let (transaction, result) = self.transaction(call)?;
        let outcome = self.run(vec![transaction], Strategy::Serial)?;
        self.result(&outcome, call, &result)
    }

    fn look(&mut self, call: &TestCall) -> Result<Vec<Value>, Refusal> {
        let nonces = self.nonces.clone();
        let built = self.transaction(call);
        self.nonces = nonces;
        let (transaction, result) = built?;
        let block = Arc::new(self.block(vec![transaction]));
        self.note(&block)?;
        let outcome = self.executor.execute(&self.world, &block, Strategy::Serial);
        let outcome = outcome.map_err(|error| Refusal::Unable(error.to_string()))?;
        self.result(&outcome, call, &result)
    }

    fn together(&mut self, calls: &[TestCall]) -> Result<Together, Refusal> {
        let transactions: Result<Vec<Transaction>, Refusal> =
            calls.iter().map(|call| Ok(self.transaction(call)?.0)).collect();
        let outcome = self.run(transactions?, Strategy::Dag)?;
        let results = (0..).zip(outcome.receipts.iter().zip(calls));
        let failed = results
            .filter(|(_, (receipt, _))| !receipt.is_success())
            .map(|(number, (receipt, call))| (number, self.failed(receipt, call.unit)))
            .collect();
        let stats = &outcome.stats;
        Ok(Together { failed, ordered: stats.edges, longest: stats.depth, hottest: None })
    }

    fn balance_of(&self, account: Address) -> u128 {
        self.world.coins_of(account)
    }

    fn advance(&mut self, seconds: u64) {
        self.now = self.now.saturating_add(seconds);
    }

    fn now(&self) -> u64 {
        self.now
    }

    fn height(&self) -> u64 {
        self.height
    }

    fn name_of(&self, address: Address) -> Option<String> {
        if let Some(unit) = self.unit_at(address) {
            return self.compiled.program.unit(unit).map(|unit| unit.name.clone());
        }
        let mut known = ACTORS.into_iter().chain([DEPLOYER]);
        known.find(|name| Address::of_account(name) == address).map(ToOwned::to_owned)
    }
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
