//! Calls: how an entry runs in its frame, and what its code may ask the host for on the way.
//!
//! The steps of a composition are calls within its call, in the same store and on the same fuel; compositions nest as
//! deep as deployment lets them. Whoever leaves the rules of the sandbox ends the whole transaction: that unwinds as
//! an error of the engine, which no code can catch.

use crate::evaluate::RunningStep;
use crate::host::{Call, Frame, Host, Instance, Work};
use crate::memory;
use crate::observe::{Happening, POINT_FUEL};
use crate::receipt::Failure;
use mc_container::address::Address;
use mc_container::cost::{EMIT_FUEL, RESOLVE_FUEL, SAVEPOINT_FUEL, STEP_FUEL};
use mc_container::error::{FIRST_USER_ERROR, SystemError};
use mc_container::frame;
use mc_container::manifest::ContainerKind;
use mc_container::value::Value;
use std::fmt;
use std::sync::Arc;
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

/// Runs an entry of an instance in its own frame.
///
/// # Errors
/// The containment failure that ends the transaction.
pub(crate) fn enter(
    store: &mut StoreContextMut<'_, Host>,
    instance: &Instance,
    frame: Frame,
    args: &[Value],
) -> Result<Ended, Failure> {
    let (address, memory) = (instance.container.address(), instance.memory);
    let contain = |error| Failure::system(address, error);
    let function = instance.functions.get(frame.entry);
    let function = function.ok_or_else(|| contain(SystemError::NoSuchEntry))?;
    let (bytes, host) = memory.data_and_store_mut(&mut *store);
    host.enter(bytes, frame, args).map_err(contain)?;
    tell_begin(store, args);
    let status = function.call(&mut *store, ());
    let (bytes, host) = memory.data_and_store_mut(&mut *store);
    let ended = match status {
        Ok(status) => ended(bytes, host, (status, args)).map_err(contain),
        Err(error) => Err(escaped(address, &error)),
    };
    tell_end(store, &ended);
    store.data_mut().leave();
    ended
}

/// The running entry, where somebody observes it in detail.
fn watched(store: &StoreContextMut<'_, Host>) -> Option<(Arc<Instance>, usize)> {
    let Host { frames, work, .. } = store.data();
    let frame = frames.last().filter(|_| work.watch.is_detailed())?;
    Some((frame.instance.clone(), frame.entry))
}

/// Tells whoever observes the world that an entry begins.
fn tell_begin(store: &mut StoreContextMut<'_, Host>, args: &[Value]) {
    let Some((instance, entry)) = watched(store) else { return };
    let (container, fuel) = (instance.container.address(), store.get_fuel().unwrap_or_default());
    let work = &mut store.data_mut().work;
    let point = work.journal.point;
    work.watch.tell(Happening::Began { container, entry, args: args.to_vec(), point, fuel });
}

/// Tells whoever observes the world how an entry has ended.
fn tell_end(store: &mut StoreContextMut<'_, Host>, ended: &Result<Ended, Failure>) {
    let Some((instance, entry)) = watched(store) else { return };
    let fuel = store.get_fuel().unwrap_or_default();
    let (bytes, Host { claimed, work, .. }) = instance.memory.data_and_store_mut(&mut *store);
    let mut values = Vec::new();
    let result = match ended {
        Ok(Ended::Success) => {
            let signature = instance.container.signature(entry).map(|signature| &signature.result);
            // What cannot be read ends the transaction elsewhere.
            let _ = memory::exchanged_values(bytes, signature, &mut values);
            Ok(values)
        }
        Ok(Ended::Failed(failure)) | Err(failure) => Err(failure.clone()),
    };
    let call = claimed.as_ref().and_then(|claimed| claimed.call().ok());
    let cells = call.map(|call| work.met(call)).unwrap_or_default();
    let events = work.journal.events.len();
    work.watch.tell(Happening::Ended { result, cells, events, fuel });
}

/// What becomes of a call that has run to its end.
fn ended(bytes: &[u8], host: &mut Host, (status, args): (i32, &[Value])) -> Result<Ended, SystemError> {
    let Host { frames, work, .. } = host;
    let frame = frames.last().ok_or(SystemError::Trap)?;
    let failed = if status == 0 {
        if composes(frame) && work.compositions.innermost().is_none_or(|one| one.has_savepoint()) {
            return Err(SystemError::Trap);
        }
        work.take_back(bytes, frame)?;
        conserve(work, bytes, frame, args)?;
        let container = &frame.instance.container;
        (!work.spend(container)).then(|| Failure::system(container.address(), SystemError::Overspent))
    } else {
        Some(failure(bytes, work, &frame.instance, status)?)
    };
    // A composition cannot go on as if a step that failed had not been.
    let of_step = |failure: &Failure| failure.code == SystemError::StepFailed.code();
    let step = work.compositions.innermost().filter(|_| composes(frame)).and_then(|one| one.failed.take());
    Ok(match (failed, step) {
        (Some(failure), Some(step)) if of_step(&failure) => Ended::Failed(step),
        (Some(failure), _) | (None, Some(failure)) => Ended::Failed(failure),
        (None, None) => Ended::Success,
    })
}

fn composes(frame: &Frame) -> bool {
    frame.instance.container.manifest().kind == ContainerKind::Composition
}

fn conserve(work: &mut Work, memory: &[u8], frame: &Frame, args: &[Value]) -> Result<(), SystemError> {
    let container = &frame.instance.container;
    if !container.moves_assets {
        return Ok(());
    }
    let linked = container.entries.get(frame.entry).ok_or(SystemError::NoSuchEntry)?;
    if linked.shape.gives.is_empty() {
        return work.conserve(frame, args, &[]);
    }
    let mut values = work.values();
    result(memory, frame, &mut values)?;
    let conserved = work.conserve(frame, args, &values);
    work.spare(values);
    conserved
}

/// Reads what an entry that has run gives.
pub(crate) fn result(memory: &[u8], frame: &Frame, values: &mut Vec<Value>) -> Result<(), SystemError> {
    let signature = frame.instance.container.signature(frame.entry).ok_or(SystemError::NoSuchEntry)?;
    memory::exchanged_values(memory, [&signature.result], values)
}

/// What a status other than 0 means.
fn failure(memory: &[u8], work: &mut Work, instance: &Instance, status: i32) -> Result<Failure, SystemError> {
    let container = &instance.container;
    let code = u8::try_from(status).map_err(|_| SystemError::Trap)?;
    if let Some(number) = code.checked_sub(FIRST_USER_ERROR) {
        let error = container.manifest().errors.get(usize::from(number)).ok_or(SystemError::Trap)?;
        let payload = memory::exchanged_bytes(memory, error.params.iter().map(|param| &param.ty))?;
        return Ok(Failure { container: container.address(), code, payload });
    }
    let of_step = code == SystemError::StepFailed.code();
    let composes = container.manifest().kind == ContainerKind::Composition;
    let step_failed = composes && work.compositions.innermost().is_some_and(|one| one.failed.is_some());
    if !is_of_modules(code) || (of_step && !step_failed) {
        return Err(SystemError::Trap);
    }
    Ok(Failure { container: container.address(), code, payload: Vec::new() })
}

fn escaped(address: Address, error: &wasmtime::Error) -> Failure {
    if let Some(Escape(failure)) = error.downcast_ref() {
        return failure.clone();
    }
    let out_of_fuel = matches!(error.downcast_ref(), Some(Trap::OutOfFuel));
    let error = if out_of_fuel { SystemError::OutOfFuel } else { SystemError::Trap };
    Failure::system(address, error)
}

/// The imports of every container, and that of observed code in an observed world.
pub(crate) fn imports(engine: &Engine, is_observed: bool) -> wasmtime::Result<Linker<Host>> {
    let mut linker = Linker::new(engine);
    linker.func_wrap(
        frame::IMPORT_MODULE,
        frame::IMPORT_EMIT,
        |mut caller: Caller<'_, Host>, event: i32| {
            serve(&mut caller.as_context_mut(), EMIT_FUEL, |Running { bytes, frame, work, .. }| {
                work.emit(bytes, &frame.instance.container, event)
            })
        },
    )?;
    linker.func_wrap(
        frame::IMPORT_MODULE,
        frame::IMPORT_RESOLVE,
        |mut caller: Caller<'_, Host>, access: i32| {
            serve(&mut caller.as_context_mut(), RESOLVE_FUEL, |Running { bytes, call, frame, work }| {
                work.resolve(bytes, frame, call, access).map(u32::cast_signed)
            })
        },
    )?;
    linker.func_wrap(
        frame::IMPORT_MODULE,
        frame::IMPORT_COMPUTE,
        |mut caller: Caller<'_, Host>, computation: i32| {
            let mut store = caller.as_context_mut();
            let number = usize::try_from(computation).unwrap_or(usize::MAX);
            let frame = store.data().frames.last();
            let known = frame.and_then(|frame| frame.instance.container.computation(number));
            let fuel = known.map_or(0, |(computation, _)| computation.fuel());
            serve(&mut store, fuel, |Running { bytes, frame, work, .. }| work.compute(bytes, frame, number))
        },
    )?;
    linker.func_wrap(
        frame::IMPORT_MODULE,
        frame::IMPORT_STEP,
        |mut caller: Caller<'_, Host>, step: i32| {
            let mut store = caller.as_context_mut();
            let prepared = serve(&mut store, STEP_FUEL, |running| Step::prepare(running, step))?;
            prepared.run(&mut store).map_err(|failure| wasmtime::Error::new(Escape(failure)))
        },
    )?;
    linker.func_wrap(
        frame::IMPORT_MODULE,
        frame::IMPORT_SAVEPOINT,
        |mut caller: Caller<'_, Host>, action: i32| {
            serve(&mut caller.as_context_mut(), SAVEPOINT_FUEL, |Running { frame, work, .. }| {
                if !composes(frame) {
                    return Err(SystemError::Trap);
                }
                work.compositions.savepoint(action, &mut work.journal)
            })
        },
    )?;
    if is_observed {
        linker.func_wrap(frame::IMPORT_MODULE, frame::IMPORT_OBSERVE, pass)?;
    }
    Ok(linker)
}

/// Observed code is at a point; what it costs to tell is given back.
fn pass(mut caller: Caller<'_, Host>, point: i32) -> wasmtime::Result<()> {
    let fuel = caller.get_fuel()?.saturating_add(POINT_FUEL);
    caller.set_fuel(fuel)?;
    let Host { frames, work, .. } = caller.data_mut();
    if let Some(frame) = frames.last() {
        work.watch.pass(frame.instance.container.module_hash(), point.cast_unsigned(), fuel);
    }
    Ok(())
}

/// What an import works with.
struct Running<'a> {
    /// The memory of the running instance.
    bytes: &'a mut [u8],
    call: Call<'a>,
    frame: &'a Frame,
    work: &'a mut Work,
}

impl<'a> Running<'a> {
    fn of(store: &'a mut StoreContextMut<'_, Host>) -> Result<Self, SystemError> {
        let memory = store.data().frames.last().ok_or(SystemError::Trap)?.instance.memory;
        let (bytes, Host { claimed, frames, work }) = memory.data_and_store_mut(store);
        let call = claimed.as_ref().ok_or(SystemError::Trap)?.call()?;
        Ok(Self { bytes, call, frame: frames.last().ok_or(SystemError::Trap)?, work })
    }
}

/// Serves an import for this much fuel; an error ends the transaction in the name of the running container.
fn serve<T>(
    store: &mut StoreContextMut<'_, Host>,
    fuel: u64,
    serve: impl FnOnce(Running<'_>) -> Result<T, SystemError>,
) -> wasmtime::Result<T> {
    let served = spend(store, fuel).and_then(|()| serve(Running::of(store)?));
    served.map_err(|error| {
        let container = store.data().frames.last().map(|frame| frame.instance.container.address());
        wasmtime::Error::new(Escape(Failure::system(container.unwrap_or_default(), error)))
    })
}

fn spend(store: &mut StoreContextMut<'_, Host>, fuel: u64) -> Result<(), SystemError> {
    let left = store.get_fuel().ok().and_then(|left| left.checked_sub(fuel)).ok_or(SystemError::OutOfFuel)?;
    store.set_fuel(left).map_err(|_| SystemError::OutOfFuel)
}

/// A step whose arguments are what the composition's formulas say.
struct Step {
    /// Its number among all steps of the transaction.
    number: usize,
    frame: Frame,
    args: Vec<Value>,
    /// Its number in the worker's trace.
    traced: usize,
}

impl Step {
    /// The step with this number among the running composition's own.
    fn prepare(running: Running<'_>, number: i32) -> Result<Self, SystemError> {
        let Running { bytes, call, frame, work } = running;
        let own = usize::try_from(number).map_err(|_| SystemError::Trap)?;
        let (number, linked) =
            call.linked.own_step(frame.step.map(|step| step.number), own).ok_or(SystemError::Trap)?;
        let instance = frame.instance.slots.get(linked.slot).ok_or(SystemError::Trap)?.clone();
        let signature = instance.container.signature(linked.entry).ok_or(SystemError::Trap)?;
        let mut args = work.values();
        memory::exchanged_values(bytes, signature.params.iter().map(|param| &param.ty), &mut args)?;
        work.does_what_it_declares(call, linked, &args)?;
        work.start_step(own)?;
        let traced = work.trace.step((&instance.container, linked.entry), work.journal.point, &args);
        let step = Some(RunningStep { number, via: frame.instance.container.address().value() });
        let (entry, accesses_start) = (linked.entry, linked.accesses_start);
        let frame = Frame { instance, entry, accesses_start, step };
        Ok(Self { number: usize::from(number), frame, args, traced })
    }

    /// Runs the step; its results go to the composition's exchange area.
    fn run(self, store: &mut StoreContextMut<'_, Host>) -> Result<i32, Failure> {
        let Self { number, frame, args, traced } = self;
        let (instance, entry) = (frame.instance.clone(), frame.entry);
        let contain = |error| Failure::system(instance.container.address(), error);
        let code = match enter(store, &instance, frame, &args)? {
            Ended::Success => {
                let mut result = store.data_mut().work.values();
                let signature = instance.container.signature(entry).map(|signature| &signature.result);
                memory::exchanged_values(instance.memory.data(&*store), signature, &mut result)
                    .map_err(contain)?;
                let scalars =
                    instance.container.entries.get(entry).map(|entry| entry.shape.results.as_slice());
                let Running { bytes, call, work, .. } = Running::of(store).map_err(contain)?;
                work.count_step(call, number, (&args, &result));
                work.trace.gave(traced, signature, &result);
                let scalars = scalars.unwrap_or_default().iter().copied().zip(result.iter().copied());
                memory::write_scalars(bytes, frame::EXCHANGE, scalars).map_err(contain)?;
                work.spare(result);
                0
            }
            Ended::Failed(failure) => {
                let (code, work) = (failure.code, &mut store.data_mut().work);
                work.trace.failed(traced, code);
                work.fail_step(failure);
                i32::from(code)
            }
        };
        store.data_mut().work.spare(args);
        Ok(code)
    }
}
