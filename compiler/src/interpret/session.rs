//! One transaction: a call of a function, with the steps it takes.

use super::body::{Body, Function as Running};
use super::failure::{Breach, Failure, Named, Run, Stop};
use super::ledger::{Cell, Ledger, Past, Use, of_variable};
use super::places::Places;
use super::show::show_fields;
use super::wiring::Wiring;
use super::world::{TestCall, TestWorld};
use crate::tree::{FunctionId, Program, Unit, UnitId, Variable};
use mc_container::address::Address;
use mc_container::codec;
use mc_container::error::{FIRST_USER_ERROR, SystemError};
use mc_container::ty::Type;
use mc_container::value::Value;
use mc_syntax::source::Span;
use std::collections::BTreeSet;
use std::rc::Rc;

/// A transaction that emits more fails.
pub const EVENTS_MAX: usize = 256;

/// What a call knows about where it runs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Around {
    /// Who signs the transaction.
    pub caller: Address,
    /// The time of the block.
    pub now: u64,
    /// The height of the block.
    pub height: u64,
    /// The transaction's id.
    pub tx_id: [u8; 32],
}

/// A call of a function of a deployed container.
#[derive(Clone, Copy, Debug)]
pub struct Call<'c> {
    /// The container.
    pub container: Address,
    /// The function.
    pub function: FunctionId,
    /// The scalars of the arguments, the coin that comes with it included.
    pub arguments: &'c [Value],
    /// Where it runs.
    pub around: Around,
    /// Whether what the called functions ensure is checked.
    pub watched: bool,
}

/// Something a container told the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Which container.
    pub container: Address,
    /// The number of the event in its unit.
    pub event: u16,
    /// The fields in canonical encoding.
    pub data: Vec<u8>,
}

/// A condition, and how it came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Branch {
    /// Its file and its first byte.
    pub at: (u16, u32),
    /// How.
    pub taken: bool,
}

/// What a call did.
#[derive(Clone, Debug)]
pub struct Executed {
    /// The scalars of its result, or why it failed.
    pub result: Result<Vec<Value>, Failure>,
    /// How many steps were started.
    pub point: u8,
    /// What was emitted, also by a call that failed.
    pub events: Vec<Event>,
    /// What was ensured and does not hold.
    pub breaches: Vec<Breach>,
    /// Which conditions came out how, where it is watched.
    pub branches: BTreeSet<Branch>,
}

/// Runs a call.
///
/// # Errors
/// What is broken, if the tree is none that the checker gives, or `container` stands nowhere.
pub fn run(
    program: &Program,
    wiring: &dyn Wiring,
    ledger: &mut dyn Ledger,
    call: &Call<'_>,
) -> Result<Executed, &'static str> {
    let mut session = Session::new(program, wiring, ledger, call.around);
    session.watches = call.watched;
    let result = session.enter(call.container, call.function, call.arguments, None, 0);
    let result = match result {
        Ok(values) => Ok(values),
        Err(Stop::Failure(failure)) => Err(failure),
        Err(Stop::Test(_)) => return Err("a test's statement outside of a test"),
        Err(Stop::Broken(what)) => return Err(what),
    };
    Ok(Executed {
        result,
        point: session.point,
        events: session.events,
        breaches: session.breaches,
        branches: session.branches,
    })
}

/// What all functions of a transaction share.
pub(super) struct Session<'s, 'p> {
    pub(super) program: &'p Program,
    pub(super) wiring: &'s dyn Wiring,
    pub(super) ledger: &'s mut dyn Ledger,
    pub(super) around: Around,
    pub(super) events: Vec<Event>,
    pub(super) point: u8,
    /// How many payloads are being evaluated.
    pub(super) payloads: u32,
    /// How many `try`s are running, and calls that have promised something.
    pub(super) attempts: u32,
    /// What the cells held that were set while there was one, in the order of the sets.
    before: Vec<(Cell, &'p Variable, Value)>,
    /// The world of the test whose body runs.
    pub(super) world: Option<&'s mut dyn TestWorld>,
    /// The calls that go into one block, each with its place, while they are gathered.
    pub(super) gathered: Option<Vec<(TestCall, Span)>>,
    /// Checks what functions ensure.
    pub(super) watches: bool,
    /// What was ensured and does not hold.
    pub(super) breaches: Vec<Breach>,
    /// Which conditions came out how.
    pub(super) branches: BTreeSet<Branch>,
    /// What is looked at is not touched.
    pub(super) quiet: bool,
    /// What cells held before, for what is checked now.
    pub(super) past: Option<Past>,
    /// Cells are what they were before.
    pub(super) in_past: bool,
}

/// A call of a function that promises something.
#[derive(Clone, Copy)]
pub(super) struct Promising<'c, 'p> {
    pub(super) container: Address,
    pub(super) unit: &'p Unit,
    pub(super) function: FunctionId,
    pub(super) arguments: &'c [Value],
    pub(super) via: Option<Address>,
}

/// How much had been done when a `try` began.
pub(super) struct Savepoint {
    sets: usize,
    events: usize,
}

impl<'s, 'p> Session<'s, 'p> {
    pub(super) fn new(
        program: &'p Program,
        wiring: &'s dyn Wiring,
        ledger: &'s mut dyn Ledger,
        around: Around,
    ) -> Self {
        Self {
            program,
            wiring,
            ledger,
            around,
            events: Vec::new(),
            point: 0,
            payloads: 0,
            attempts: 0,
            before: Vec::new(),
            world: None,
            gathered: None,
            watches: false,
            breaches: Vec::new(),
            branches: BTreeSet::new(),
            quiet: false,
            past: None,
            in_past: false,
        }
    }

    /// What a cell holds, or held.
    pub(super) fn get(&mut self, cell: &Cell, variable: &Variable) -> Value {
        let past = self.past.as_ref().filter(|_| self.in_past);
        let held = past.and_then(|past| past.get(cell).copied());
        held.unwrap_or_else(|| self.ledger.get(cell, variable))
    }

    /// The cells of a variable that may hold something else than the default, or may have held it.
    pub(super) fn cells(&mut self, container: Address, variable: &str) -> BTreeSet<Cell> {
        let mut cells: BTreeSet<Cell> = self.ledger.cells(container, variable).into_iter().collect();
        let past = self.past.iter().flat_map(|past| of_variable(past, container, variable));
        cells.extend(past.cloned());
        cells
    }

    /// What the cells held that were set since so many sets.
    pub(super) fn past_since(&self, sets: usize) -> Past {
        let mut past = Past::new();
        for (cell, _, value) in self.before.iter().skip(sets) {
            past.entry(cell.clone()).or_insert(*value);
        }
        past
    }

    /// Notes how a condition came out.
    pub(super) fn branch(&mut self, at: Span, taken: bool) {
        if self.watches && !self.quiet {
            self.branches.insert(Branch { at: (at.file.0, at.start), taken });
        }
    }

    /// The name of an address, where it has one.
    pub(super) fn name_of(&self, address: Address) -> Option<String> {
        let in_test = self.world.as_ref().and_then(|world| world.name_of(address));
        in_test.or_else(|| self.wiring.name(address))
    }

    /// A failure by name.
    pub(super) fn named(&self, unit: Option<UnitId>, code: u8, payload: &[u8]) -> Named {
        let unit = unit.and_then(|unit| self.program.unit(unit));
        let container = unit.map_or_else(|| "?".to_owned(), |unit| unit.name.clone());
        let system = |error: String| Named {
            container: container.clone(),
            error,
            payload: Vec::new(),
            is_system: true,
        };
        if let Some(error) = SystemError::by_code(code) {
            return system(error.name().to_owned());
        }
        let number = code.checked_sub(FIRST_USER_ERROR).map(usize::from);
        let error = unit.zip(number).and_then(|(unit, number)| unit.errors.get(number));
        let Some(error) = error else { return system(format!("code {code}")) };
        let payload = show_fields(&error.fields, payload, &|address| self.name_of(address));
        Named { container, error: error.name.clone(), payload, is_system: false }
    }

    /// Gives a cell a value.
    pub(super) fn set(&mut self, cell: Cell, variable: &'p Variable, value: Value) {
        let before = (self.attempts > 0).then(|| self.ledger.get(&cell, variable));
        self.ledger.set(&cell, variable, value);
        self.before.extend(before.map(|before| (cell, variable, before)));
    }

    /// What is there now, to go back to.
    pub(super) fn savepoint(&self) -> Savepoint {
        Savepoint { sets: self.before.len(), events: self.events.len() }
    }

    /// Undoes what has been set and emitted since.
    pub(super) fn undo(&mut self, to: &Savepoint) {
        for (cell, variable, value) in self.before.drain(to.sets..).rev() {
            self.ledger.set(&cell, variable, value);
        }
        self.events.truncate(to.events);
    }

    /// Runs a function of the container at `container`, as the step with this number, less one.
    pub(super) fn enter(
        &mut self,
        container: Address,
        function: FunctionId,
        arguments: &[Value],
        via: Option<Address>,
        step: u16,
    ) -> Run<Vec<Value>> {
        let unit: &'p Unit = self
            .wiring
            .unit(container)
            .and_then(|unit| self.program.unit(unit))
            .ok_or(Stop::Broken("a call of what is not deployed"))?;
        let call = Promising { container, unit, function, arguments, via };
        let places = Places::of(self.program, unit);
        let running = Running { container, unit: Some(unit), places: &places, via, step };
        let arguments = arguments.iter().copied().map(Datum::from).collect();
        let run = |session: &mut Self| Body::call(session, running, function, arguments, (0, &[]));
        let result = self.held(call, run)?;
        Ok(result.into_iter().map(|datum| self.observe(&datum)).collect())
    }

    /// Runs a function, and looks at whether what it promises holds.
    pub(super) fn held(
        &mut self,
        call: Promising<'_, 'p>,
        run: impl FnOnce(&mut Self) -> Run<Data>,
    ) -> Run<Data> {
        let promising = call.unit.function(call.function).is_some_and(|it| !it.ensures.is_empty());
        if !self.watches || self.quiet || !promising {
            return run(self);
        }
        let promises = self.promises(call);
        let since = self.before.len();
        self.attempts += 1;
        let result = run(self);
        self.attempts -= 1;
        if let Ok(given) = &result {
            self.kept(promises, call, (given, since));
        }
        result
    }

    /// The value, used for something.
    pub(super) fn observe(&mut self, datum: &Datum) -> Value {
        if let Some(cell) = datum.origin.as_ref().filter(|_| !self.quiet) {
            let what = if self.payloads > 0 { Use::ReadForPayload } else { Use::Read };
            self.ledger.touch(cell, what);
        }
        datum.value
    }
}

/// A scalar, with the cell that it was loaded from and that was not observed through it so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Datum {
    /// The value.
    pub(super) value: Value,
    /// The cell.
    pub(super) origin: Option<Rc<Cell>>,
}

impl From<Value> for Datum {
    fn from(value: Value) -> Self {
        Self { value, origin: None }
    }
}

/// The scalars of a value.
pub(super) type Data = Vec<Datum>;

/// The canonical encoding of values that stand one after the other.
pub(super) fn encode_all<'t>(types: impl IntoIterator<Item = &'t Type>, mut values: &[Value]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for ty in types {
        let (own, rest) = values.split_at_checked(ty.scalar_count()).unwrap_or((values, &[]));
        codec::encode(ty, own, &mut bytes);
        values = rest;
    }
    bytes
}
