//! A machine: deployed containers, their state and the native asset, with transactions run one after the other.
//!
//! It is the oracle: whatever the runtime does, in whatever order, must come to the same. It records every cell that
//! a transaction really touches, knows every key that holds something, and, where it watches, checks what contracts
//! say about themselves.

use super::failure::{Breach, Law};
use super::law;
use super::ledger::{Cell, Ledger, Past, Use, of_variable};
use super::session::{self, Around, Branch, Event};
use super::wiring::Wiring;
use crate::tree::{COIN, Function, FunctionId, FunctionKind, Program, Unit, UnitId, Variable};
use ethnum::I256;
use mc_container::address::Address;
use mc_container::codec;
use mc_container::error::SystemError;
use mc_container::failure::Failure;
use mc_container::manifest::EntryKind;
use mc_container::ty::Type;
use mc_container::value::{Scalar, Value};
use std::collections::{BTreeMap, BTreeSet};

/// How a transaction really used a cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Its value was observed by an expression.
    pub read: bool,
    /// Its value was observed, but only for the payload of a failure.
    pub read_for_payload: bool,
    /// It was overwritten.
    pub stored: bool,
    /// It was changed by `+=` or `-=`.
    pub added: bool,
    /// It was changed by another compound assignment.
    pub scaled: bool,
    /// The lowest and the highest it stood on the way, relative to its value before.
    pub swing: (I256, I256),
}

/// A failure, or a value.
pub type Run<T> = Result<T, Failure>;

/// What became of a transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// The paper's Result.
    pub result: u8,
    /// The paper's Point.
    pub point: u8,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// The entry's result in canonical encoding.
    pub output: Vec<u8>,
    /// What was emitted.
    pub events: Vec<Event>,
}

/// A verdict with everything the transaction touched on its way.
#[derive(Clone, Debug, Default)]
pub struct Executed {
    /// What became of it.
    pub verdict: Verdict,
    /// Every touched cell, also those of a transaction that failed.
    pub usage: BTreeMap<Cell, Usage>,
    /// The new value of every cell that was assigned; empty if it failed.
    pub writes: BTreeMap<Cell, Value>,
    /// What contracts say about themselves and it made untrue, where that is watched.
    pub breaches: Vec<Breach>,
    /// Which conditions came out how, where that is watched.
    pub branches: BTreeSet<Branch>,
}

impl Executed {
    /// The same, where what it wrote and broke does not count.
    #[must_use]
    pub fn unwatched(self) -> Self {
        Self { writes: BTreeMap::new(), breaches: Vec::new(), ..self }
    }
}

/// A call as the machine wants it.
#[derive(Clone, Debug)]
pub struct Call<'c> {
    /// Who signs it.
    pub from: Address,
    /// The container it calls.
    pub to: Address,
    /// The entry.
    pub entry: &'c str,
    /// The arguments in canonical encoding.
    pub arguments: &'c [u8],
    /// How much of the native asset comes with it.
    pub value: u64,
    /// The time of the block.
    pub now: u64,
    /// The height of the block.
    pub height: u64,
    /// The transaction's id.
    pub tx_id: [u8; 32],
}

/// A deployed unit.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Which unit.
    pub unit: UnitId,
    /// What its slots are bound to.
    pub slots: Vec<Address>,
}

/// The deployed program and its state: every cell that is not its variable's default.
#[derive(Clone, Debug)]
pub struct Machine<'p> {
    program: &'p Program,
    instances: BTreeMap<Address, Instance>,
    state: BTreeMap<Cell, Value>,
    /// Checks what contracts say about themselves.
    watches: bool,
    /// What addresses are called.
    names: BTreeMap<Address, String>,
}

impl Wiring for Machine<'_> {
    fn unit(&self, container: Address) -> Option<UnitId> {
        self.instances.get(&container).map(|instance| instance.unit)
    }

    fn slot(&self, composition: Address, slot: u16) -> Option<Address> {
        self.instances.get(&composition)?.slots.get(usize::from(slot)).copied()
    }

    fn name(&self, address: Address) -> Option<String> {
        self.names.get(&address).cloned()
    }
}

impl<'p> Machine<'p> {
    /// A machine without containers.
    #[must_use]
    pub fn new(program: &'p Program) -> Self {
        let (instances, state, names) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { program, instances, state, watches: false, names }
    }

    /// The same machine, which checks what contracts say about themselves.
    #[must_use]
    pub fn watching(self) -> Self {
        Self { watches: true, ..self }
    }

    /// Gives an address a name, for what people read.
    pub fn name(&mut self, address: Address, name: &str) {
        self.names.insert(address, name.to_owned());
    }

    /// Every cell that is not its variable's default.
    #[must_use]
    pub fn state(&self) -> &BTreeMap<Cell, Value> {
        &self.state
    }

    /// The deployed units.
    #[must_use]
    pub fn instances(&self) -> &BTreeMap<Address, Instance> {
        &self.instances
    }

    /// The unit at `address`.
    #[must_use]
    pub fn unit_at(&self, address: Address) -> Option<&'p Unit> {
        self.program.unit(self.instances.get(&address)?.unit)
    }

    /// The value of a cell.
    #[must_use]
    pub fn get(&self, cell: &Cell) -> Value {
        self.state.get(cell).copied().unwrap_or_else(|| self.default_of(cell))
    }

    /// The variable of a cell; none for the native asset's ledger, which is the system's.
    #[must_use]
    pub fn variable(&self, cell: &Cell) -> Option<&'p Variable> {
        self.unit_at(cell.container)?.variables.iter().find(|variable| variable.name == cell.variable)
    }

    fn default_of(&self, cell: &Cell) -> Value {
        self.variable(cell).map_or(Value::ZERO, |variable| variable.default)
    }

    /// Gives a cell a value.
    pub fn put(&mut self, cell: Cell, value: Value) {
        if value == self.default_of(&cell) {
            self.state.remove(&cell);
        } else {
            self.state.insert(cell, value);
        }
    }

    /// Deploys a unit, `init` included; `tx_id` is that of the call of `init`. Gives what it leaves untrue.
    ///
    /// # Errors
    /// The failure of `init`.
    pub fn deploy(
        &mut self,
        address: Address,
        instance: Instance,
        (deployer, now): (Address, u64),
        arguments: &[u8],
        tx_id: [u8; 32],
    ) -> Run<Vec<Breach>> {
        self.instances.insert(address, instance);
        let Some(unit) = self.unit_at(address) else { return Ok(Vec::new()) };
        let init = |function: &Function| function.kind == FunctionKind::Callable(EntryKind::Init);
        let mut broken = Vec::new();
        if let Some((id, init)) = find(unit, init) {
            let (from, to, entry) = (deployer, address, init.name.as_str());
            let call = Call { from, to, entry, arguments, value: 0, now, height: 0, tx_id };
            let executed = self.execute(&call, id, init);
            if let Some(failure) = executed.verdict.failure {
                self.instances.remove(&address);
                return Err(failure);
            }
            self.commit(executed.writes);
            let ensured = executed.breaches.into_iter().filter(|it| matches!(it.law, Law::Ensures(_)));
            broken.extend(ensured);
        }
        let around = Around { caller: deployer, now, height: 0, tx_id };
        // Before it there was nothing: `old` is what `init` has left.
        broken.extend(self.broken_at(address, around, &BTreeMap::new(), &Past::new()));
        Ok(broken)
    }

    /// Runs a transaction and keeps what it wrote.
    pub fn run(&mut self, call: &Call<'_>) -> Executed {
        let executed = self.dry_run(call);
        self.commit(executed.writes.clone());
        executed
    }

    /// Keeps what a transaction wrote.
    pub fn commit(&mut self, writes: BTreeMap<Cell, Value>) {
        for (cell, value) in writes {
            self.put(cell, value);
        }
    }

    /// Runs a transaction and changes nothing.
    #[must_use]
    pub fn dry_run(&self, call: &Call<'_>) -> Executed {
        let unit = self.instances.get(&call.to).and_then(|instance| self.program.unit(instance.unit));
        let callable = |function: &Function| {
            let init = function.kind == FunctionKind::Callable(EntryKind::Init);
            !init && function.is_callable() && function.name == call.entry
        };
        match unit.and_then(|unit| find(unit, callable)) {
            Some((_, function)) if function.is_port() => rejected(call.to, SystemError::OnlyAsStep),
            Some((id, function)) => self.execute(call, id, function),
            None => rejected(call.to, SystemError::NoSuchEntry),
        }
    }

    fn execute(&self, call: &Call<'_>, id: FunctionId, function: &'p Function) -> Executed {
        let arguments = match arguments(call, function) {
            Ok(arguments) => arguments,
            Err(error) => return rejected(call.to, error),
        };
        let mut recorder = Recorder::new(self, BTreeMap::new());
        let purse = Cell::coin_of(call.from);
        if call.value != 0 && !recorder.add_coins(&purse, -I256::from(call.value)) {
            return rejected(call.to, SystemError::ValueNotCovered);
        }
        let Call { from: caller, now, height, tx_id, .. } = *call;
        let around = Around { caller, now, height, tx_id };
        let watched = self.watches;
        let outer =
            session::Call { container: call.to, function: id, arguments: &arguments, around, watched };
        let Ok(executed) = session::run(self.program, self, &mut recorder, &outer) else {
            return rejected(call.to, SystemError::Trap);
        };
        let mut verdict = Verdict { point: executed.point, ..Verdict::default() };
        match executed.result {
            Ok(values) => {
                if let Some(ty) = &function.result {
                    codec::encode(ty, &values, &mut verdict.output);
                    if let (true, Some(value)) = (is_coin(ty), values.first()) {
                        recorder.add_coins(&purse, value.number(Scalar::U128));
                    }
                }
                verdict.events = executed.events;
            }
            Err(failure) => {
                verdict.result = failure.code;
                verdict.failure = Some(failure);
                recorder.writes.clear();
            }
        }
        let Recorder { usage, writes, .. } = recorder;
        let mut breaches = if verdict.failure.is_none() { executed.breaches } else { Vec::new() };
        breaches.extend(self.broken_by(&writes, around));
        Executed { verdict, usage, writes, breaches, branches: executed.branches }
    }

    /// The invariants that these writes break.
    fn broken_by(&self, writes: &BTreeMap<Cell, Value>, around: Around) -> Vec<Breach> {
        if !self.watches {
            return Vec::new();
        }
        let past: Past = writes.keys().map(|cell| (cell.clone(), self.get(cell))).collect();
        let written: BTreeSet<Address> = writes.keys().map(|cell| cell.container).collect();
        written.into_iter().flat_map(|container| self.broken_at(container, around, writes, &past)).collect()
    }

    fn broken_at(
        &self,
        container: Address,
        around: Around,
        writes: &BTreeMap<Cell, Value>,
        past: &Past,
    ) -> Vec<Breach> {
        if !self.watches || self.unit_at(container).is_none_or(|unit| unit.invariants.is_empty()) {
            return Vec::new();
        }
        let mut after = Recorder::new(self, writes.clone());
        law::invariants(self.program, self, &mut after, (container, around), past)
    }
}

fn is_coin(ty: &Type) -> bool {
    matches!(ty, Type::Asset(name) if name == COIN)
}

fn find(unit: &Unit, is: impl Fn(&Function) -> bool) -> Option<(FunctionId, &Function)> {
    (0..).map(FunctionId).zip(&unit.functions).find(|(_, function)| is(function))
}

fn rejected(container: Address, error: SystemError) -> Executed {
    let failure = Some(Failure::system(container, error));
    Executed {
        verdict: Verdict { result: error.code(), failure, ..Verdict::default() },
        ..Executed::default()
    }
}

/// The scalars of the arguments; the Value is the one for the parameter that takes the native asset.
fn arguments(call: &Call<'_>, function: &Function) -> Result<Vec<Value>, SystemError> {
    let params = function.param_locals();
    if call.value != 0 && !params.iter().any(|param| is_coin(&param.ty)) {
        return Err(SystemError::ValueNotTaken);
    }
    let (mut bytes, mut values) = (call.arguments, Vec::new());
    for param in params {
        if is_coin(&param.ty) {
            values.push(Value::from_u64(call.value));
        } else {
            let value = codec::decode(&param.ty, &mut bytes).ok_or(SystemError::BadArguments)?;
            values.extend(value);
        }
    }
    if bytes.is_empty() { Ok(values) } else { Err(SystemError::BadArguments) }
}

/// The cells during one transaction, and what it does to them.
struct Recorder<'m, 'p> {
    machine: &'m Machine<'p>,
    writes: BTreeMap<Cell, Value>,
    usage: BTreeMap<Cell, Usage>,
}

impl<'m, 'p> Recorder<'m, 'p> {
    fn new(machine: &'m Machine<'p>, writes: BTreeMap<Cell, Value>) -> Self {
        Self { machine, writes, usage: BTreeMap::new() }
    }

    fn value(&self, cell: &Cell) -> Value {
        self.writes.get(cell).copied().unwrap_or_else(|| self.machine.get(cell))
    }

    fn write(&mut self, cell: &Cell, ty: Scalar, value: Value) {
        if ty.is_integer() && ty != Scalar::U256 {
            let usage = self.usage.entry(cell.clone()).or_default();
            let change = value.number(ty) - self.machine.get(cell).number(ty);
            usage.swing = (usage.swing.0.min(change), usage.swing.1.max(change));
        }
        self.writes.insert(cell.clone(), value);
    }

    /// Changes what an account has of the native asset; false if it does not have that much.
    fn add_coins(&mut self, cell: &Cell, change: I256) -> bool {
        let after = self.value(cell).number(Scalar::U128) + change;
        let Some(after) = Value::from_number(after, Scalar::U128) else { return false };
        self.touch(cell, Use::Add);
        self.write(cell, Scalar::U128, after);
        true
    }
}

impl Ledger for Recorder<'_, '_> {
    fn get(&mut self, cell: &Cell, _: &Variable) -> Value {
        self.value(cell)
    }

    fn set(&mut self, cell: &Cell, variable: &Variable, value: Value) {
        self.write(cell, variable.value, value);
    }

    fn touch(&mut self, cell: &Cell, what: Use) {
        let usage = self.usage.entry(cell.clone()).or_default();
        match what {
            Use::Read => usage.read = true,
            Use::ReadForPayload => usage.read_for_payload = true,
            Use::Store => usage.stored = true,
            Use::Add => usage.added = true,
            Use::Scale => usage.scaled = true,
        }
    }

    fn cells(&mut self, container: Address, variable: &str) -> Vec<Cell> {
        let mut cells: BTreeSet<&Cell> = BTreeSet::new();
        cells.extend(of_variable(&self.machine.state, container, variable));
        cells.extend(of_variable(&self.writes, container, variable));
        cells.into_iter().cloned().collect()
    }
}
