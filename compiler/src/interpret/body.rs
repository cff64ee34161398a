//! A running function: its locals, and what its statements do.

use super::failure::{Failure, Run, Stop};
use super::places::{Numbers, Places};
use super::session::{Data, Datum, EVENTS_MAX, Event, Promising, Session, encode_all};
use crate::tree::{
    Expr, Fail, Failure as Otherwise, For, FunctionId, Local, LocalId, Place, Step, Stmt, StmtKind, Try,
    Unit, takes_steps,
};
use mc_container::address::Address;
use mc_container::arithmetic::{self, Operation};
use mc_container::error::{FIRST_USER_ERROR, SystemError};
use mc_container::frame::EVENT_BYTES_MAX;
use mc_container::ty::Type;
use mc_container::value::{Scalar, Value};
use mc_syntax::source::Span;

/// Where control goes after a statement.
pub(super) enum Flow {
    Next,
    Break,
    Continue,
    Return(Data),
}

/// Which container runs, and how it was reached.
#[derive(Clone, Copy)]
pub(super) struct Function<'b, 'p> {
    /// The container.
    pub(super) container: Address,
    /// What it is; a test need not stand in any.
    pub(super) unit: Option<&'p Unit>,
    /// The places of the unit's functions.
    pub(super) places: &'b Places,
    /// The composition whose step it is.
    pub(super) via: Option<Address>,
    /// 0, or the number of that step plus one.
    pub(super) step: u16,
}

/// One running function.
pub(super) struct Body<'b, 's, 'p> {
    pub(super) session: &'b mut Session<'s, 'p>,
    pub(super) running: Function<'b, 'p>,
    /// The function's own places.
    pub(super) numbers: Option<&'b Numbers>,
    /// How many `fresh_id()`s stand before this call of it.
    pub(super) fresh: u16,
    /// The types of its locals.
    pub(super) types: &'p [Local],
    pub(super) locals: Vec<Data>,
    /// The indexes of the loops around, outermost first.
    pub(super) turns: Vec<(Value, Scalar)>,
    /// How many places of steps are in the turns before these.
    pub(super) ahead: u16,
    /// Who acts, in a test.
    pub(super) actor: Address,
}

impl<'b, 's, 'p> Body<'b, 's, 'p> {
    /// Runs a function; `at` is where it is called from: the number of its first `fresh_id()`, and the loops.
    pub(super) fn call(
        session: &'b mut Session<'s, 'p>,
        running: Function<'b, 'p>,
        id: FunctionId,
        mut arguments: Data,
        at: (u16, &[(Value, Scalar)]),
    ) -> Run<Data> {
        let function = running.unit.and_then(|unit| unit.function(id));
        let function = function.ok_or(Stop::Broken("a call of no function"))?;
        let mut locals = Vec::with_capacity(function.locals.len());
        for param in function.param_locals() {
            let count = param.ty.scalar_count();
            if arguments.len() < count {
                return Err(Stop::Broken("a call with other arguments than its function takes"));
            }
            let rest = arguments.split_off(count);
            locals.push(std::mem::replace(&mut arguments, rest));
        }
        let unset = function.locals.iter().skip(locals.len());
        locals.extend(unset.map(|local| zeros(&local.ty)));
        let numbers = running.places.get(id);
        let (fresh, turns) = (at.0, at.1.to_vec());
        let actor = session.around.caller;
        let types = &function.locals;
        let mut body = Body { session, running, numbers, fresh, types, locals, turns, ahead: 0, actor };
        match body.stmts(&function.body)? {
            Flow::Return(value) => Ok(value),
            _ => Ok(Vec::new()),
        }
    }

    /// Calls a function of the same unit; `before` says how many `fresh_id()`s stand before the call.
    pub(super) fn call_own(
        &mut self,
        (function, args): (FunctionId, &'p [Expr]),
        before: u16,
        span: Span,
    ) -> Run<Data> {
        let arguments = self.flat(args)?;
        let running = self.running;
        let unit = running.unit.ok_or(Stop::Broken("a call of no function"))?;
        let values: Vec<Value> = arguments.iter().map(|datum| datum.value).collect();
        let (container, via) = (running.container, running.via);
        let call = Promising { container, unit, function, arguments: &values, via };
        let at = (self.fresh.saturating_add(before), self.turns.as_slice());
        let run = |session: &mut Session<'_, 'p>| Body::call(session, running, function, arguments, at);
        let result = self.session.held(call, run)?;
        self.session.keeps_promises(span)?;
        Ok(result)
    }

    pub(super) fn system<T>(&self, error: SystemError) -> Run<T> {
        Err(Stop::Failure(Failure::system(self.running.container, error)))
    }

    /// The failure that `fail` stands for, with its payload evaluated now.
    fn own(&mut self, fail: &'p Fail) -> Stop {
        let container = self.running.container;
        let (error, args) = match fail {
            Fail::Error(error, args) => (error, args),
            Fail::System(error) => return Stop::Failure(Failure::system(container, *error)),
        };
        let Ok(number) = u8::try_from(error.0) else { return Stop::Broken("an error beyond the last") };
        self.session.payloads += 1;
        let payload = self.encoded(args);
        self.session.payloads -= 1;
        // A payload that fails itself fails as anything else does.
        payload.map_or_else(
            |stop| stop,
            |payload| {
                let code = FIRST_USER_ERROR.saturating_add(number);
                Stop::Failure(Failure { container, code, payload })
            },
        )
    }

    pub(super) fn checked<T>(&mut self, outcome: Result<T, SystemError>, otherwise: &'p Otherwise) -> Run<T> {
        match (outcome, otherwise) {
            (Ok(value), _) => Ok(value),
            (Err(_), Some(fail)) => Err(self.own(fail)),
            (Err(error), None) => self.system(error),
        }
    }

    pub(super) fn encoded(&mut self, exprs: &'p [Expr]) -> Run<Vec<u8>> {
        let data = self.flat(exprs)?;
        let values = self.observe_all(&data);
        Ok(encode_all(exprs.iter().map(|expr| &expr.ty), &values))
    }

    pub(super) fn observe_all(&mut self, data: &[Datum]) -> Vec<Value> {
        data.iter().map(|datum| self.session.observe(datum)).collect()
    }

    pub(super) fn stmts(&mut self, stmts: &'p [Stmt]) -> Run<Flow> {
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
            StmtKind::Set(local, value) => *self.local(*local)? = self.expr(value)?,
            StmtKind::SetElement(local, index, value) => self.set_element(*local, index, value)?,
            StmtKind::Push(local, value) => self.push(*local, value)?,
            StmtKind::Shorten(local) => self.shorten(*local)?,
            StmtKind::SetField(local, path, value) => self.set_field(*local, path, value)?,
            StmtKind::Store(place, value) => self.store(place, value)?,
            StmtKind::Update(place, operation, value, otherwise) => {
                self.update(place, *operation, value, otherwise)?;
            }
            StmtKind::Require(condition, fail) => {
                if !self.is_true(condition)? {
                    return Err(self.own(fail));
                }
            }
            StmtKind::Abort(fail) => return Err(self.own(fail)),
            StmtKind::Emit(event, args) => self.emit(event.0, args)?,
            StmtKind::Return(value) => {
                let value = value.as_ref().map(|value| self.expr(value)).transpose()?;
                return Ok(Flow::Return(value.unwrap_or_default()));
            }
            StmtKind::Break => return Ok(Flow::Break),
            StmtKind::Continue => return Ok(Flow::Continue),
            StmtKind::If(condition, then, otherwise) => {
                let taken = if self.is_true(condition)? { then } else { otherwise };
                return self.stmts(taken);
            }
            StmtKind::For(repeat) => return self.repeat(repeat),
            StmtKind::Call(callee, args) => {
                let before = self.numbers.map_or(0, |numbers| numbers.before(stmt));
                self.call_own((*callee, args), before, stmt.span)?;
            }
            StmtKind::Step(step) => self.step(step)?,
            StmtKind::Try(attempt) => return self.attempt(attempt),
            StmtKind::Par(branches) => {
                for branch in branches {
                    self.stmts(branch)?;
                }
            }
            StmtKind::Spent(_) => {}
            StmtKind::Test(test) => return self.test(test, stmt.span),
        }
        Ok(Flow::Next)
    }

    pub(super) fn local(&mut self, local: LocalId) -> Run<&mut Data> {
        self.locals.get_mut(local.0 as usize).ok_or(Stop::Broken("no such local"))
    }

    pub(super) fn type_of(&self, local: LocalId) -> Run<&'p Type> {
        let local = self.types.get(local.0 as usize);
        local.map(|local| &local.ty).ok_or(Stop::Broken("no such local"))
    }

    fn update(
        &mut self,
        place: &'p Place,
        operation: Operation,
        value: &'p Expr,
        otherwise: &'p Otherwise,
    ) -> Run<()> {
        let (cell, variable) = self.single_cell(place)?;
        let right = self.scalar(value)?;
        let what = match operation {
            Operation::Add | Operation::Subtract => super::ledger::Use::Add,
            _ => super::ledger::Use::Scale,
        };
        let left = self.session.ledger.get(&cell, variable);
        self.session.ledger.touch(&cell, what);
        let outcome = arithmetic::checked(operation, variable.value, left, right);
        let value = self.checked(outcome, otherwise)?;
        self.session.set(cell, variable, value);
        Ok(())
    }

    fn emit(&mut self, event: u32, args: &'p [Expr]) -> Run<()> {
        let data = self.encoded(args)?;
        let emitted = &self.session.events;
        let bytes = emitted.iter().map(|event| event.data.len()).sum::<usize>() + data.len();
        if emitted.len() == EVENTS_MAX || bytes > EVENT_BYTES_MAX {
            return self.system(SystemError::TooManyEvents);
        }
        let event = u16::try_from(event).map_err(|_| Stop::Broken("an event beyond the last"))?;
        self.session.events.push(Event { container: self.running.container, event, data });
        Ok(())
    }

    fn repeat(&mut self, repeat: &'p For) -> Run<Flow> {
        let ty = repeat.from.ty.scalar().ok_or(Stop::Broken("an index that is no number"))?;
        let from = self.scalar(&repeat.from)?.number(ty);
        let to = self.scalar(&repeat.to)?.number(ty);
        if to > from && to - from > i128::from(repeat.turns_max) {
            return self.system(SystemError::TooManyTurns);
        }
        let ahead = self.ahead;
        let unit = self.running.unit.filter(|_| takes_steps(&repeat.body));
        let places = unit.map_or(0, |unit| self.session.program.places(unit, &repeat.body));
        let mut index = from;
        while index < to {
            let value = Value::from_number(index, ty).ok_or(Stop::Broken("an index beyond its type"))?;
            *self.local(repeat.index)? = vec![value.into()];
            self.turns.push((value, ty));
            let flow = self.stmts(&repeat.body);
            self.turns.pop();
            self.ahead = self.ahead.saturating_add(u16::try_from(places).unwrap_or(u16::MAX));
            match flow {
                Ok(Flow::Next | Flow::Continue) => {}
                Ok(Flow::Break) => break,
                leaves => {
                    self.ahead = ahead;
                    return leaves;
                }
            }
            index += 1;
        }
        self.ahead = ahead;
        Ok(Flow::Next)
    }

    /// `try { } catch reason { }`: a failure is caught, but not what the sandbox stops for.
    fn attempt(&mut self, attempt: &'p Try) -> Run<Flow> {
        let (before, locals) = (self.session.savepoint(), self.locals.clone());
        let (turns, ahead) = (self.turns.len(), self.ahead);
        self.session.attempts += 1;
        let outcome = self.stmts(&attempt.body);
        self.session.attempts -= 1;
        match outcome {
            Err(Stop::Failure(failure)) if !is_containment(failure.code) => {
                self.session.undo(&before);
                (self.locals, self.ahead) = (locals, ahead);
                self.turns.truncate(turns);
                if let Some(reason) = attempt.reason {
                    *self.local(reason)? = vec![Value::from_u64(u64::from(failure.code)).into()];
                }
                self.stmts(&attempt.catch)
            }
            other => other,
        }
    }

    /// What a step calls of what its slot is bound to, by the name that the slot's type gives it.
    fn entry_of(&self, target: Address, step: &Step) -> Option<FunctionId> {
        let program = self.session.program;
        let slot = self.running.unit?.slots.get(usize::from(step.slot))?;
        let name = &program.behind(slot)?.function(step.function)?.name;
        let bound = program.unit(self.session.wiring.unit(target)?)?;
        bound.function_named(name).map(|(number, _)| number)
    }

    fn step(&mut self, step: &'p Step) -> Run<()> {
        let arguments = self.flat(&step.args)?;
        let arguments = self.observe_all(&arguments);
        let container = self.running.container;
        let target = self.session.wiring.slot(container, step.slot);
        let target = target.ok_or(Stop::Broken("a slot that is not bound"))?;
        let entry = self.entry_of(target, step).ok_or(Stop::Broken("a step of no entry"))?;
        let place = self.numbers.map_or(0, |numbers| numbers.step(step)).saturating_add(self.ahead);
        let number = self.running.step.saturating_add(place);
        self.session.point = self.session.point.saturating_add(1);
        let outcome =
            self.session.enter(target, entry, &arguments, Some(container), number.saturating_add(1));
        match (outcome, &step.otherwise) {
            (Ok(value), _) => {
                if let Some(local) = step.bind {
                    *self.local(local)? = value.into_iter().map(Datum::from).collect();
                }
                Ok(())
            }
            // What the sandbox stops for cannot be replaced.
            (Err(Stop::Failure(failure)), Some(fail)) if !is_containment(failure.code) => Err(self.own(fail)),
            (Err(stop), _) => Err(stop),
        }
    }
}

/// The value of a local before it has one.
pub(super) fn zeros(ty: &Type) -> Data {
    vec![Datum::default(); ty.scalar_count()]
}

/// The scalar of a type that has one; amounts are numbers.
pub(super) fn scalar_of(ty: &Type) -> Run<Scalar> {
    match ty {
        Type::Scalar(scalar) => Ok(*scalar),
        Type::Asset(_) | Type::Seen(_) => Ok(Scalar::U128),
        _ => Err(Stop::Broken("a value of several scalars where one is needed")),
    }
}

fn is_containment(code: u8) -> bool {
    SystemError::by_code(code).is_some_and(SystemError::is_containment)
}
