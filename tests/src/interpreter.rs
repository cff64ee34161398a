//! The obvious interpreter: runs transactions on the typed tree, one after the other, over a plain map.
//!
//! It knows neither the IR nor WASM nor access formulas, and it records every cell a transaction really
//! touches. Whatever the runtime does, in whatever order, must come to the same.

use ethnum::I256;
use mc_compiler::tree::{
    Expr, ExprKind, Fail, Failure as Otherwise, For, Function, FunctionId, FunctionKind, LocalId, Place,
    Program, Step, Stmt, StmtKind, Unit, UnitId,
};
use mc_container::address::{Address, CellKey, VariableRoot};
use mc_container::arithmetic::{self, Operation};
use mc_container::error::{FIRST_USER_ERROR, SystemError};
use mc_container::manifest::EntryKind;
use mc_container::value::{Scalar, Value};
use mc_runtime::{Event, Failure};
use std::collections::BTreeMap;

/// A transaction that emits more fails.
pub const EVENTS_MAX: usize = 256;

/// A cell by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// Whose it is.
    pub container: Address,
    /// The variable.
    pub variable: String,
    /// The canonical encoding of each key.
    pub keys: Vec<Vec<u8>>,
}

impl Cell {
    /// The key under which the runtime stores the cell.
    #[must_use]
    pub fn key(&self) -> CellKey {
        self.lock(self.keys.len())
    }

    /// The lock over every cell that shares the first `levels` keys.
    #[must_use]
    pub fn lock(&self, levels: usize) -> CellKey {
        VariableRoot::new(self.container, &self.variable).cell(&self.keys[..levels].concat())
    }
}

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

    fn default_of(&self, cell: &Cell) -> Value {
        let unit = self.unit(cell.container);
        unit.variables.iter().find(|variable| variable.name == cell.variable).unwrap().default
    }

    /// Gives a cell a value.
    pub fn put(&mut self, cell: Cell, value: Value) {
        if value == self.default_of(&cell) {
            self.state.remove(&cell);
        } else {
            self.state.insert(cell, value);
        }
    }

    /// Deploys a unit, `init` included.
    ///
    /// # Errors
    /// The failure of `init`.
    pub fn deploy(
        &mut self,
        address: Address,
        instance: Instance,
        deployer: Address,
        now: u64,
        arguments: &[u8],
    ) -> Run<()> {
        self.instances.insert(address, instance);
        let unit = self.unit(address);
        let init = |function: &&Function| function.kind == FunctionKind::Callable(EntryKind::Init);
        if let Some(init) = unit.functions.iter().find(init) {
            let call = Call { from: deployer, to: address, entry: &init.name, arguments, value: 0, now };
            let executed = self.execute(&call, init);
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
        let callable = |function: &&Function| {
            let init = function.kind == FunctionKind::Callable(EntryKind::Init);
            !init && function.kind != FunctionKind::Internal && function.name == call.entry
        };
        match unit.and_then(|unit| unit.functions.iter().find(callable)) {
            Some(function) => self.execute(call, function),
            None => rejected(call.to, SystemError::NoSuchEntry),
        }
    }

    fn execute(&self, call: &Call<'_>, function: &'p Function) -> Executed {
        if call.value != 0 {
            return rejected(call.to, SystemError::ValueNotTaken);
        }
        let Some(arguments) = decode(function, call.arguments) else {
            return rejected(call.to, SystemError::BadArguments);
        };
        let mut session = Session { machine: self, call, journal: Journal::default() };
        let result = session.enter(call.to).run(function, arguments);
        let Journal { writes, usage, events, point, .. } = session.journal;
        match result {
            Ok(value) => {
                let mut output = Vec::new();
                if let (Some(value), Some(ty)) = (value, function.result) {
                    value.encode(ty, &mut output);
                }
                Executed { verdict: Verdict { point, output, events, ..Verdict::default() }, usage, writes }
            }
            Err(failure) => {
                let verdict =
                    Verdict { result: failure.code, point, failure: Some(failure), ..Verdict::default() };
                Executed { verdict, usage, writes: BTreeMap::new() }
            }
        }
    }
}

fn is_containment(code: u8) -> bool {
    (SystemError::OutOfFuel.code()..FIRST_USER_ERROR).contains(&code)
}

fn rejected(container: Address, error: SystemError) -> Executed {
    let failure = Some(Failure::system(container, error));
    Executed {
        verdict: Verdict { result: error.code(), failure, ..Verdict::default() },
        ..Executed::default()
    }
}

fn decode(function: &Function, mut bytes: &[u8]) -> Option<Vec<Value>> {
    let arguments: Option<Vec<Value>> =
        function.param_locals().iter().map(|param| Value::decode(param.ty, &mut bytes)).collect();
    arguments.filter(|_| bytes.is_empty())
}

/// What a transaction has done so far.
#[derive(Default)]
struct Journal {
    writes: BTreeMap<Cell, Value>,
    usage: BTreeMap<Cell, Usage>,
    events: Vec<Event>,
    point: u8,
    /// How many payloads are being evaluated.
    payloads: u32,
}

struct Session<'s, 'p> {
    machine: &'s Machine<'p>,
    call: &'s Call<'s>,
    journal: Journal,
}

impl<'s, 'p> Session<'s, 'p> {
    fn enter(&mut self, container: Address) -> Body<'_, 's, 'p> {
        let unit = self.machine.unit(container);
        Body { session: self, container, unit, locals: Vec::new() }
    }
}

/// Where control goes after a statement.
enum Flow {
    Next,
    Break,
    Continue,
    Return(Option<Value>),
}

/// One running function.
struct Body<'b, 's, 'p> {
    session: &'b mut Session<'s, 'p>,
    container: Address,
    unit: &'p Unit,
    locals: Vec<Value>,
}

impl<'p> Body<'_, '_, 'p> {
    fn run(&mut self, function: &'p Function, arguments: Vec<Value>) -> Run<Option<Value>> {
        self.locals = arguments;
        self.locals.resize(function.locals.len(), Value::ZERO);
        match self.stmts(&function.body)? {
            Flow::Return(value) => Ok(value),
            _ => Ok(None),
        }
    }

    fn call(&mut self, id: FunctionId, args: &'p [Expr]) -> Run<Option<Value>> {
        let arguments = self.exprs(args)?;
        let (container, unit) = (self.container, self.unit);
        let mut callee = Body { session: &mut *self.session, container, unit, locals: Vec::new() };
        callee.run(unit.function(id).unwrap(), arguments)
    }

    fn system(&self, error: SystemError) -> Failure {
        Failure::system(self.container, error)
    }

    /// The failure that `fail` stands for, with its payload evaluated now.
    fn own(&mut self, fail: &'p Fail) -> Failure {
        self.session.journal.payloads += 1;
        let payload = self.exprs(&fail.args);
        self.session.journal.payloads -= 1;
        match payload {
            Ok(values) => Failure {
                container: self.container,
                code: FIRST_USER_ERROR + u8::try_from(fail.error.0).unwrap(),
                payload: encode(values, &fail.args),
            },
            // A payload that fails itself fails as anything else does.
            Err(failure) => failure,
        }
    }

    fn checked(&mut self, outcome: Result<Value, SystemError>, otherwise: &'p Otherwise) -> Run<Value> {
        outcome.map_err(|error| match otherwise {
            Some(fail) => self.own(fail),
            None => self.system(error),
        })
    }

    fn stmts(&mut self, stmts: &'p [Stmt]) -> Run<Flow> {
        for stmt in stmts {
            match self.stmt(stmt)? {
                Flow::Next => {}
                other => return Ok(other),
            }
        }
        Ok(Flow::Next)
    }

    fn stmt(&mut self, stmt: &'p Stmt) -> Run<Flow> {
        match &stmt.kind {
            StmtKind::Set(local, value) => {
                let value = self.expr(value)?;
                self.set(*local, value);
            }
            StmtKind::Store(place, value) => {
                let cell = self.cell(place)?;
                let value = self.expr(value)?;
                self.store(cell, value, |usage| usage.stored = true);
            }
            StmtKind::Update(place, operation, value, otherwise) => {
                self.update(place, *operation, value, otherwise)?;
            }
            StmtKind::Require(condition, fail) => {
                if !self.expr(condition)?.is_true() {
                    return Err(self.own(fail));
                }
            }
            StmtKind::Abort(fail) => return Err(self.own(fail)),
            StmtKind::Emit(event, args) => {
                let values = self.exprs(args)?;
                let event = u16::try_from(event.0).unwrap();
                let data = encode(values, args);
                if self.session.journal.events.len() == EVENTS_MAX {
                    return Err(self.system(SystemError::TooManyEvents));
                }
                self.session.journal.events.push(Event { container: self.container, event, data });
            }
            StmtKind::Return(value) => {
                let value = value.as_ref().map(|value| self.expr(value)).transpose()?;
                return Ok(Flow::Return(value));
            }
            StmtKind::Break => return Ok(Flow::Break),
            StmtKind::Continue => return Ok(Flow::Continue),
            StmtKind::If(condition, then, otherwise) => {
                let taken = if self.expr(condition)?.is_true() { then } else { otherwise };
                return self.stmts(taken);
            }
            StmtKind::For(repeat) => return self.repeat(repeat),
            StmtKind::Call(callee, args) => {
                self.call(*callee, args)?;
            }
            StmtKind::Step(step) => self.step(step)?,
        }
        Ok(Flow::Next)
    }

    fn set(&mut self, local: LocalId, value: Value) {
        self.locals[local.0 as usize] = value;
    }

    fn update(
        &mut self,
        place: &'p Place,
        operation: Operation,
        value: &'p Expr,
        otherwise: &'p Otherwise,
    ) -> Run<()> {
        let cell = self.cell(place)?;
        let right = self.expr(value)?;
        let left = self.look(&cell);
        let additive = matches!(operation, Operation::Add | Operation::Subtract);
        let mark = move |usage: &mut Usage| if additive { usage.added = true } else { usage.scaled = true };
        mark(self.session.journal.usage.entry(cell.clone()).or_default());
        let ty = self.unit.variable(place.variable).unwrap().value;
        let outcome = arithmetic::checked(operation, ty, left, right);
        let value = self.checked(outcome, otherwise)?;
        self.store(cell, value, mark);
        Ok(())
    }

    fn repeat(&mut self, repeat: &'p For) -> Run<Flow> {
        let ty = repeat.from.ty;
        let from = self.expr(&repeat.from)?.number(ty);
        let to = self.expr(&repeat.to)?.number(ty);
        if to > from && to - from > i128::from(repeat.turns_max) {
            return Err(self.system(SystemError::TooManyTurns));
        }
        let mut index = from;
        while index < to {
            self.set(repeat.index, Value::from_number(index, ty).unwrap());
            match self.stmts(&repeat.body)? {
                Flow::Next | Flow::Continue => {}
                Flow::Break => break,
                Flow::Return(value) => return Ok(Flow::Return(value)),
            }
            index += 1;
        }
        Ok(Flow::Next)
    }

    fn step(&mut self, step: &'p Step) -> Run<()> {
        let arguments = self.exprs(&step.args)?;
        let machine = self.session.machine;
        let target = machine.instances[&self.container].slots[usize::from(step.slot)];
        let function = machine.unit(target).function(step.function).unwrap();
        self.session.journal.point += 1;
        let outcome = self.session.enter(target).run(function, arguments);
        match (outcome, &step.otherwise) {
            (Ok(value), _) => {
                if let Some(local) = step.bind {
                    self.set(local, value.unwrap());
                }
                Ok(())
            }
            // What the sandbox stops for cannot be replaced.
            (Err(failure), Some(fail)) if !is_containment(failure.code) => Err(self.own(fail)),
            (Err(failure), _) => Err(failure),
        }
    }

    fn exprs(&mut self, exprs: &'p [Expr]) -> Run<Vec<Value>> {
        exprs.iter().map(|expr| self.expr(expr)).collect()
    }

    fn expr(&mut self, expr: &'p Expr) -> Run<Value> {
        let truth = |truth: bool| Value::from_u64(u64::from(truth));
        Ok(match &expr.kind {
            ExprKind::Const(value) => *value,
            ExprKind::Local(local) => self.locals[local.0 as usize],
            ExprKind::Caller => self.session.call.from.value(),
            ExprKind::Now => Value::from_u64(self.session.call.now),
            ExprKind::SelfAddress => self.container.value(),
            ExprKind::Load(place) => self.load(place)?,
            ExprKind::Not(operand) => truth(!self.expr(operand)?.is_true()),
            ExprKind::Arithmetic(operation, left, right, otherwise) => {
                let (left, right) = (self.expr(left)?, self.expr(right)?);
                self.checked(arithmetic::checked(*operation, expr.ty, left, right), otherwise)?
            }
            ExprKind::Cast(operand, otherwise) => {
                let value = self.expr(operand)?;
                self.checked(arithmetic::cast(value, operand.ty, expr.ty), otherwise)?
            }
            ExprKind::Compare(comparison, left, right) => {
                let ty = left.ty;
                let (left, right) = (self.expr(left)?, self.expr(right)?);
                truth(comparison.holds(arithmetic::compare(ty, left, right)))
            }
            ExprKind::And(left, right) => truth(self.expr(left)?.is_true() && self.expr(right)?.is_true()),
            ExprKind::Or(left, right) => truth(self.expr(left)?.is_true() || self.expr(right)?.is_true()),
            ExprKind::If(condition, then, otherwise) => {
                let taken = if self.expr(condition)?.is_true() { then } else { otherwise };
                self.expr(taken)?
            }
            ExprKind::Call(callee, args) => self.call(*callee, args)?.unwrap(),
        })
    }

    fn cell(&mut self, place: &'p Place) -> Run<Cell> {
        let values = self.exprs(&place.keys)?;
        let variable = self.unit.variable(place.variable).unwrap();
        let keys = values.into_iter().zip(&variable.keys).map(|(value, ty)| encode_one(value, *ty)).collect();
        Ok(Cell { container: self.container, variable: variable.name.clone(), keys })
    }

    fn look(&self, cell: &Cell) -> Value {
        let written = self.session.journal.writes.get(cell);
        written.copied().unwrap_or_else(|| self.session.machine.get(cell))
    }

    fn load(&mut self, place: &'p Place) -> Run<Value> {
        let cell = self.cell(place)?;
        let value = self.look(&cell);
        let for_payload = self.session.journal.payloads > 0;
        let usage = self.session.journal.usage.entry(cell).or_default();
        if for_payload {
            usage.read_for_payload = true;
        } else {
            usage.read = true;
        }
        Ok(value)
    }

    fn store(&mut self, cell: Cell, value: Value, mark: impl Fn(&mut Usage)) {
        let usage = self.session.journal.usage.entry(cell.clone()).or_default();
        mark(usage);
        let ty = self.unit.variables.iter().find(|variable| variable.name == cell.variable).unwrap().value;
        if ty.is_integer() {
            let change = value.number(ty) - self.session.machine.get(&cell).number(ty);
            usage.swing = (usage.swing.0.min(change), usage.swing.1.max(change));
        }
        self.session.journal.writes.insert(cell, value);
    }
}

fn encode(values: Vec<Value>, exprs: &[Expr]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (value, expr) in values.into_iter().zip(exprs) {
        value.encode(expr.ty, &mut bytes);
    }
    bytes
}

fn encode_one(value: Value, ty: Scalar) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.encode(ty, &mut bytes);
    bytes
}
