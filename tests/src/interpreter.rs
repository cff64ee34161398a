//! The oracle: runs transactions on the typed tree, one after the other, over a plain map.
//!
//! The meaning of the tree is the compiler's `interpret`, which knows neither the IR nor WASM nor access
//! formulas. Here it gets a state, deployed containers and the native asset, and every cell that a transaction
//! really touches is recorded. Whatever the runtime does, in whatever order, must come to the same.

pub use mc_compiler::interpret::ledger::Cell;

use ethnum::I256;
use mc_compiler::interpret::ledger::{Ledger, Use};
use mc_compiler::interpret::wiring::Wiring;
use mc_compiler::interpret::{self, Around};
use mc_compiler::tree::{COIN, Function, FunctionId, FunctionKind, Program, Unit, UnitId, Variable};
use mc_container::address::Address;
use mc_container::codec;
use mc_container::error::SystemError;
use mc_container::manifest::EntryKind;
use mc_container::ty::Type;
use mc_container::value::{Scalar, Value};
use mc_runtime::{Event, Failure};
use std::collections::BTreeMap;

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
}

/// A call as the interpreter wants it.
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
}

impl Wiring for Machine<'_> {
    fn unit(&self, container: Address) -> Option<UnitId> {
        self.instances.get(&container).map(|instance| instance.unit)
    }

    fn slot(&self, composition: Address, slot: u16) -> Option<Address> {
        self.instances.get(&composition)?.slots.get(usize::from(slot)).copied()
    }
}

impl<'p> Machine<'p> {
    /// A machine without containers.
    #[must_use]
    pub fn new(program: &'p Program) -> Self {
        Self { program, instances: BTreeMap::new(), state: BTreeMap::new() }
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
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn unit(&self, address: Address) -> &'p Unit {
        self.program.unit(self.instances[&address].unit).unwrap()
    }

    /// The value of a cell.
    ///
    /// # Panics
    /// If there is no such variable.
    #[must_use]
    pub fn get(&self, cell: &Cell) -> Value {
        self.state.get(cell).copied().unwrap_or_else(|| self.default_of(cell))
    }

    /// The variable of a cell; none for the native asset's ledger, which is the system's.
    #[must_use]
    pub fn variable(&self, cell: &Cell) -> Option<&'p Variable> {
        self.instances.get(&cell.container)?;
        self.unit(cell.container).variables.iter().find(|variable| variable.name == cell.variable)
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

    /// Deploys a unit, `init` included; `tx_id` is that of the call of `init`.
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
    ) -> Run<()> {
        self.instances.insert(address, instance);
        let unit = self.unit(address);
        let init = |function: &Function| function.kind == FunctionKind::Callable(EntryKind::Init);
        if let Some((id, init)) = find(unit, init) {
            let (from, to, entry) = (deployer, address, init.name.as_str());
            let call = Call { from, to, entry, arguments, value: 0, now, height: 0, tx_id };
            let executed = self.execute(&call, id, init);
            if let Some(failure) = executed.verdict.failure {
                self.instances.remove(&address);
                return Err(failure);
            }
            self.commit(executed.writes);
        }
        Ok(())
    }

    /// Runs a transaction and keeps what it wrote.
    pub fn run(&mut self, call: &Call<'_>) -> Executed {
        let executed = self.dry_run(call);
        self.commit(executed.writes.clone());
        executed
    }

    fn commit(&mut self, writes: BTreeMap<Cell, Value>) {
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
        let mut recorder = Recorder { machine: self, writes: BTreeMap::new(), usage: BTreeMap::new() };
        let purse = Cell::coin_of(call.from);
        if call.value != 0 && !recorder.add_coins(&purse, -I256::from(call.value)) {
            return rejected(call.to, SystemError::ValueNotCovered);
        }
        let Call { from: caller, now, height, tx_id, .. } = *call;
        let around = Around { caller, now, height, tx_id };
        let outer = interpret::Call { container: call.to, function: id, arguments: &arguments, around };
        let executed = interpret::run(self.program, self, &mut recorder, &outer).unwrap();
        let mut verdict = Verdict { point: executed.point, ..Verdict::default() };
        match executed.result {
            Ok(values) => {
                if let Some(ty) = &function.result {
                    codec::encode(ty, &values, &mut verdict.output);
                    if is_coin(ty) {
                        recorder.add_coins(&purse, values[0].number(Scalar::U128));
                    }
                }
                verdict.events = executed.events.into_iter().map(event).collect();
            }
            Err(failure) => {
                verdict.result = failure.code;
                verdict.failure = Some(failure);
                recorder.writes.clear();
            }
        }
        Executed { verdict, usage: recorder.usage, writes: recorder.writes }
    }
}

fn event(event: interpret::Event) -> Event {
    Event { container: event.container, event: event.event, data: event.data }
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

impl Recorder<'_, '_> {
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
}
