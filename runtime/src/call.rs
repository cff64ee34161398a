//! Calls: how an entry runs in its frame, and what its code may ask the host for on the way.
//!
//! The steps of a composition are calls within its call, in the same store and on the same fuel, so the depth
//! is two at most. Whoever leaves the rules of the sandbox ends the whole transaction: that unwinds as an
//! error of the engine, which no code can catch.

use crate::evaluate::{CallEnvironment, RunningStep};
use crate::host::{Call, Frame, Host, Instance};
use crate::memory;
use crate::receipt::Failure;
use crate::registry::LinkedStep;
use crate::source::Cells;
use mc_container::access::evaluate::Evaluator;
use mc_container::cost::{EMIT_FUEL, RESOLVE_FUEL, STEP_FUEL};
use mc_container::error::{FIRST_USER_ERROR, SystemError};
use mc_container::frame;
use mc_container::manifest::ContainerKind;
use mc_container::value::Value;
use std::fmt;
use wasmtime::{AsContextMut, Caller, Engine, Linker, StoreContextMut, Trap};

/// May the code of a module itself say that it has failed so?
fn is_of_modules(code: u8) -> bool {
    (SystemError::Overflow.code()..=SystemError::StepFailed.code()).contains(&code)
        || (SystemError::Missing.code()..=SystemError::ListFull.code()).contains(&code)
}

/// How a call that kept to the rules has ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// It did what it was asked; its results stand in the exchange area.
    Success,
    /// It failed, and says why.
    Failed(Failure),
}

/// Unwinds a transaction whose container has left the rules.
#[derive(Debug)]
struct Escape(Failure);

impl fmt::Display for Escape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "left the sandbox with code {}", self.0.code)
    }
}

impl std::error::Error for Escape {}

/// Runs an entry in its own frame.
///
/// # Errors
/// The containment failure that ends the transaction.
pub(crate) fn enter(
    store: &mut StoreContextMut<'_, Host>,
    frame: &Frame,
    call: Call<'_>,
    args: &[Value],
) -> Result<Ended, Failure> {
    let instance = frame.instance.clone();
    let container = &instance.container;
    let contain = |error| Failure::system(container.address(), error);
    let layout =
        container.layout.entries.get(frame.entry).ok_or_else(|| contain(SystemError::NoSuchEntry))?;
    let function = instance.functions.get(frame.entry).ok_or_else(|| contain(SystemError::NoSuchEntry))?;
    let (bytes, host) = instance.memory.data_and_store_mut(&mut *store);
    host.fill(bytes, frame, call, args).map_err(contain)?;
    if container.manifest().kind == ContainerKind::Composition {
        host.start_composition(container);
    }
    let outer = host.frame.replace(frame.clone());
    let status = function.call(&mut *store, ());
    let (bytes, host) = instance.memory.data_and_store_mut(&mut *store);
    let ended = match status {
        Ok(0) => host
            .take_back(bytes, layout)
            .and_then(|()| conserve(host, bytes, frame, args))
            .map(|()| Ended::Success)
            .map_err(contain),
        Ok(status) => failure(bytes, &instance, status, host.journal.failed_step.is_some())
            .map(Ended::Failed)
            .map_err(contain),
        Err(error) => Err(escaped(&instance, &error)),
    };
    host.leave_frame(outer);
    ended
}

fn conserve(host: &mut Host, memory: &[u8], frame: &Frame, args: &[Value]) -> Result<(), SystemError> {
    let container = &frame.instance.container;
    if !container.moves_assets {
        return Ok(());
    }
    let linked = container.entries.get(frame.entry).ok_or(SystemError::NoSuchEntry)?;
    let result = if linked.shape.gives.is_empty() { Vec::new() } else { result(memory, frame)? };
    host.conserve(frame, args, &result)
}

/// What an entry that has run gives.
pub(crate) fn result(memory: &[u8], frame: &Frame) -> Result<Vec<Value>, SystemError> {
    let signature = frame.instance.container.signature(frame.entry).ok_or(SystemError::NoSuchEntry)?;
    memory::exchanged_values(memory, &signature.result)
}

/// What a status other than 0 means.
fn failure(
    memory: &[u8],
    instance: &Instance,
    status: i32,
    step_failed: bool,
) -> Result<Failure, SystemError> {
    let container = &instance.container;
    let code = u8::try_from(status).map_err(|_| SystemError::Trap)?;
    if let Some(number) = code.checked_sub(FIRST_USER_ERROR) {
        let error = container.manifest().errors.get(usize::from(number)).ok_or(SystemError::Trap)?;
        let payload = memory::exchanged_bytes(memory, error.params.iter().map(|param| &param.ty))?;
        return Ok(Failure { container: container.address(), code, payload });
    }
    let of_step = code == SystemError::StepFailed.code();
    let composes = container.manifest().kind == ContainerKind::Composition;
    if !is_of_modules(code) || (of_step && !(composes && step_failed)) {
        return Err(SystemError::Trap);
    }
    Ok(Failure { container: container.address(), code, payload: Vec::new() })
}

fn escaped(instance: &Instance, error: &wasmtime::Error) -> Failure {
    if let Some(Escape(failure)) = error.downcast_ref() {
        return failure.clone();
    }
    let out_of_fuel = matches!(error.downcast_ref(), Some(Trap::OutOfFuel));
    let error = if out_of_fuel { SystemError::OutOfFuel } else { SystemError::Trap };
    Failure::system(instance.container.address(), error)
}

/// The imports of every container.
pub(crate) fn imports(engine: &Engine) -> wasmtime::Result<Linker<Host>> {
    let mut linker = Linker::new(engine);
    linker.func_wrap(
        frame::IMPORT_MODULE,
        frame::IMPORT_EMIT,
        |mut caller: Caller<'_, Host>, event: i32| {
            import(&mut caller.as_context_mut(), |store, running| {
                spend(store, EMIT_FUEL)?;
                let (bytes, host) = running.frame.instance.memory.data_and_store_mut(store);
                host.emit(bytes, &running.frame.instance.container, event)
            })
        },
    )?;
    linker.func_wrap(
        frame::IMPORT_MODULE,
        frame::IMPORT_RESOLVE,
        |mut caller: Caller<'_, Host>, access: i32| {
            import(&mut caller.as_context_mut(), |store, running| {
                spend(store, RESOLVE_FUEL)?;
                let (bytes, host) = running.frame.instance.memory.data_and_store_mut(store);
                host.resolve(bytes, &running.frame, running.call()?, access).map(u32::cast_signed)
            })
        },
    )?;
    linker.func_wrap(
        frame::IMPORT_MODULE,
        frame::IMPORT_COMPUTE,
        |mut caller: Caller<'_, Host>, computation: i32| {
            import(&mut caller.as_context_mut(), |store, running| compute(store, running, computation))
        },
    )?;
    linker.func_wrap(
        frame::IMPORT_MODULE,
        frame::IMPORT_STEP,
        |mut caller: Caller<'_, Host>, step: i32| {
            let mut store = caller.as_context_mut();
            let prepared = import(&mut store, |store, running| {
                spend(store, STEP_FUEL)?;
                Step::prepare(store, running, step)
            })?;
            prepared.run(&mut store).map_err(|failure| wasmtime::Error::new(Escape(failure)))
        },
    )?;
    Ok(linker)
}

/// What is running when an import is called.
struct Running {
    call: crate::host::Claimed,
    frame: Frame,
}

impl Running {
    fn call(&self) -> Result<Call<'_>, SystemError> {
        self.call.call()
    }
}

/// Serves an import; an error ends the transaction in the name of the running container.
fn import<T>(
    store: &mut StoreContextMut<'_, Host>,
    serve: impl FnOnce(&mut StoreContextMut<'_, Host>, &Running) -> Result<T, SystemError>,
) -> wasmtime::Result<T> {
    let host = store.data();
    let (Some(call), Some(frame)) = (host.claimed.clone(), host.frame.clone()) else {
        return Err(Trap::UnreachableCodeReached.into());
    };
    let running = Running { call, frame };
    serve(store, &running).map_err(|error| {
        let address = running.frame.instance.container.address();
        wasmtime::Error::new(Escape(Failure::system(address, error)))
    })
}

fn spend(store: &mut StoreContextMut<'_, Host>, fuel: u64) -> Result<(), SystemError> {
    let left = store.get_fuel().ok().and_then(|left| left.checked_sub(fuel)).ok_or(SystemError::OutOfFuel)?;
    store.set_fuel(left).map_err(|_| SystemError::OutOfFuel)
}

fn compute(
    store: &mut StoreContextMut<'_, Host>,
    running: &Running,
    number: i32,
) -> Result<i32, SystemError> {
    let number = usize::try_from(number).map_err(|_| SystemError::Trap)?;
    let container = &running.frame.instance.container;
    let computation = container.manifest().computations.get(number).ok_or(SystemError::Trap)?;
    let operands = container.operands.get(number).ok_or(SystemError::Trap)?;
    spend(store, computation.fuel())?;
    let (bytes, host) = running.frame.instance.memory.data_and_store_mut(store);
    host.compute(bytes, &running.frame, computation, operands)
}

/// A step whose arguments are what the composition's formulas say.
struct Step {
    call: crate::host::Claimed,
    composition: Frame,
    number: usize,
    frame: Frame,
    args: Vec<Value>,
}

impl Step {
    fn prepare(
        store: &mut StoreContextMut<'_, Host>,
        running: &Running,
        number: i32,
    ) -> Result<Self, SystemError> {
        let Frame { instance, entry, .. } = &running.frame;
        let number = usize::try_from(number).map_err(|_| SystemError::Trap)?;
        let container = &instance.container;
        let linked = container.entries.get(*entry).and_then(|own| own.steps.get(number));
        let known = linked.ok_or(SystemError::Trap)?;
        let LinkedStep { slot, entry: callee_entry, accesses_start, .. } = known;
        let sequence = container.signature(*entry).map_or(0, |signature| signature.sequence);
        let (bytes, host) = instance.memory.data_and_store_mut(&mut *store);
        let callee = instance.slots.get(*slot).ok_or(SystemError::Trap)?.clone();
        let signature = callee.container.signature(*callee_entry).ok_or(SystemError::Trap)?;
        let args = memory::exchanged_arguments(bytes, signature.params.iter().map(|param| &param.ty))?;
        let cells = host.live.as_ref().map(|live| live as &dyn Cells);
        let environment = host.environment(&running.frame, running.call()?.claims.args());
        does_what_it_declares(&CallEnvironment { cells, ..environment }, known, &args)?;
        if !host.journal.start_step(number, sequence) {
            return Err(SystemError::Trap);
        }
        let step = RunningStep {
            number: u16::try_from(number).map_err(|_| SystemError::Trap)?,
            via: container.address().value(),
        };
        let (entry, accesses_start) = (*callee_entry, *accesses_start);
        let frame = Frame { instance: callee, entry, accesses_start, step: Some(step) };
        Ok(Self { call: running.call.clone(), composition: running.frame.clone(), number, frame, args })
    }

    /// Runs the step; its results go to the composition's exchange area.
    fn run(self, store: &mut StoreContextMut<'_, Host>) -> Result<i32, Failure> {
        let Self { call, composition, number, frame, args } = self;
        let contain = |error| Failure::system(frame.instance.container.address(), error);
        match enter(store, &frame, call.call().map_err(contain)?, &args)? {
            Ended::Success => {
                let values = result(frame.instance.memory.data(&*store), &frame).map_err(contain)?;
                let signature = frame.instance.container.signature(frame.entry);
                let types = signature.map(|signature| signature.result.scalars()).unwrap_or_default();
                let container = &composition.instance.container;
                let (bytes, host) = composition.instance.memory.data_and_store_mut(&mut *store);
                let linked = container.entries.get(composition.entry);
                if let Some(step) = linked.and_then(|linked| linked.steps.get(number)) {
                    host.count_step(step, &args, &values);
                }
                memory::write_scalars(bytes, frame::EXCHANGE, types.into_iter().zip(values))
                    .map_err(contain)?;
                Ok(0)
            }
            Ended::Failed(failure) => {
                let code = i32::from(failure.code);
                store.data_mut().journal.failed_step.get_or_insert(failure);
                Ok(code)
            }
        }
    }
}

/// The formulas of a composition were linked with the arguments and the conditions it declares; were it to pass
/// others, or to take a step that it says it does not take, its steps would touch other cells than those that were
/// ordered. What the terms say of cells holds when the call begins, and nothing of it is published yet.
fn does_what_it_declares(
    environment: &CallEnvironment<'_>,
    known: &LinkedStep,
    args: &[Value],
) -> Result<(), SystemError> {
    let mut evaluator = Evaluator::new(environment, false);
    if let Some(when) = &known.when
        && evaluator.term(when) == Ok(Value::ZERO)
    {
        return Err(SystemError::Undeclared);
    }
    for (term, arg) in known.args.iter().zip(args) {
        if let Some(term) = term
            && evaluator.term(term) != Ok(*arg)
        {
            return Err(SystemError::Undeclared);
        }
    }
    Ok(())
}
