//! Calls: how an entry runs in its frame, and what its code may ask the host for on the way.
//!
//! The steps of a composition are calls within its call, in the same store and on the same fuel; compositions nest as
//! deep as deployment lets them. Whoever leaves the rules of the sandbox ends the whole transaction: that unwinds as
//! an error of the engine, which no code can catch.

use crate::evaluate::RunningStep;
use crate::host::{Call, Frame, Host, Running, Work};
use crate::memory;
use crate::observe::{Happening, POINT_FUEL};
use crate::receipt::Failure;
use crate::registry::Container;
use mc_container::address::Address;
use mc_container::cost::{EMIT_FUEL, RESOLVE_FUEL, SAVEPOINT_FUEL, STEP_FUEL};
use mc_container::error::{FIRST_USER_ERROR, SystemError};
use mc_container::frame;
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

/// What an entry that has run has left.
pub(crate) struct Left<'a> {
    /// The memory of its instance.
    pub(crate) memory: &'a [u8],
    pub(crate) host: &'a mut Host,
    pub(crate) ended: Ended,
}

/// Runs an entry in its own frame, and gives what `then` makes of what it has left.
///
/// # Errors
/// The containment failure that ends the transaction.
pub(crate) fn enter<T>(
    store: &mut StoreContextMut<'_, Host>,
    frame: Frame,
    args: &[Value],
    then: impl FnOnce(Left<'_>) -> Result<T, SystemError>,
) -> Result<T, Failure> {
    let (address, memory) = match store.data().instances.get(frame.instance) {
        Some(instance) => (instance.container.address(), instance.memory),
        None => return Err(Failure::system(Address::default(), SystemError::Trap)),
    };
    let contain = |error| Failure::system(address, error);
    let fuel = watched_fuel(store);
    let (bytes, host) = memory.data_and_store_mut(&mut *store);
    host.enter(bytes, frame, args).map_err(contain)?;
    if let Some(fuel) = fuel {
        host.tell_begin(frame.entry, address, (args, fuel));
    }
    let functions = host.instances.start(frame.instance);
    let status = functions.get(frame.entry).map(|function| function.call(&mut *store, ()));
    let fuel = watched_fuel(store);
    let (bytes, host) = memory.data_and_store_mut(&mut *store);
    host.instances.stop(frame.instance, functions);
    let ended = match status {
        Some(Ok(status)) => host.ended(bytes, &frame, (status, args)).map_err(contain),
        Some(Err(error)) => Err(escaped(address, &error)),
        None => Err(contain(SystemError::NoSuchEntry)),
    };
    if let Some(fuel) = fuel {
        host.tell_end(bytes, &frame, (&ended, fuel));
    }
    host.leave();
    then(Left { memory: bytes, host, ended: ended? }).map_err(contain)
}

/// The fuel that is left, where somebody observes in detail.
fn watched_fuel(store: &StoreContextMut<'_, Host>) -> Option<u64> {
    let is_detailed = store.data().work.watch.is_detailed();
    is_detailed.then(|| store.get_fuel().unwrap_or_default())
}

impl Host {
    /// Tells whoever observes the world that an entry begins.
    fn tell_begin(&mut self, entry: usize, container: Address, (args, fuel): (&[Value], u64)) {
        let point = self.work.journal.point;
        let began = Happening::Began { container, entry, args: args.to_vec(), point, fuel };
        self.work.watch.tell(began);
    }

    /// Tells whoever observes the world how an entry has ended.
    fn tell_end(&mut self, memory: &[u8], frame: &Frame, (ended, fuel): (&Result<Ended, Failure>, u64)) {
        let Self { instances, claimed, work, .. } = self;
        let result = match ended {
            Ok(Ended::Success) => {
                let mut values = Vec::new();
                // What cannot be read ends the transaction elsewhere.
                let _ =
                    Running::of(instances, frame).and_then(|running| result(memory, running, &mut values));
                Ok(values)
            }
            Ok(Ended::Failed(failure)) | Err(failure) => Err(failure.clone()),
        };
        let call = claimed.as_ref().and_then(|claimed| claimed.call(instances).ok());
        let cells = call.map(|call| work.met(call)).unwrap_or_default();
        let events = work.journal.events.len();
        work.watch.tell(Happening::Ended { result, cells, events, fuel });
    }

    /// What becomes of a call that has run to its end.
    fn ended(
        &mut self,
        memory: &[u8],
        frame: &Frame,
        (status, args): (i32, &[Value]),
    ) -> Result<Ended, SystemError> {
        let Self { instances, work, .. } = self;
        let running = Running::of(instances, frame)?;
        let composes = running.container().composes();
        let failed = if status == 0 {
            if composes && work.compositions.innermost().is_none_or(|one| one.has_savepoint()) {
                return Err(SystemError::Trap);
            }
            work.take_back(memory, running)?;
            conserve(work, memory, running, args)?;
            let container = running.container();
            (!work.spend(container)).then(|| Failure::system(container.address(), SystemError::Overspent))
        } else {
            Some(failure(memory, work, running.container(), status)?)
        };
        // A composition cannot go on as if a step that failed had not been.
        let of_step = |failure: &Failure| failure.code == SystemError::StepFailed.code();
        let step = work.compositions.innermost().filter(|_| composes).and_then(|one| one.failed.take());
        Ok(match (failed, step) {
            (Some(failure), Some(step)) if of_step(&failure) => Ended::Failed(step),
            (Some(failure), _) | (None, Some(failure)) => Ended::Failed(failure),
            (None, None) => Ended::Success,
        })
    }
}

fn conserve(work: &mut Work, memory: &[u8], running: Running<'_>, args: &[Value]) -> Result<(), SystemError> {
    if !running.container().moves_assets {
        return Ok(());
    }
    if running.linked()?.shape.gives.is_empty() {
        return work.conserve(running, args, &[]);
    }
    let mut values = work.values();
    result(memory, running, &mut values)?;
    let conserved = work.conserve(running, args, &values);
    work.spare(values);
    conserved
}

/// Reads what an entry that has run gives.
fn result(memory: &[u8], running: Running<'_>, values: &mut Vec<Value>) -> Result<(), SystemError> {
    memory::exchanged_values(memory, [&running.signature()?.result], values)
}

/// What a status other than 0 means.
fn failure(
    memory: &[u8],
    work: &mut Work,
    container: &Container,
    status: i32,
) -> Result<Failure, SystemError> {
    let code = u8::try_from(status).map_err(|_| SystemError::Trap)?;
    if let Some(number) = code.checked_sub(FIRST_USER_ERROR) {
        let error = container.manifest().errors.get(usize::from(number)).ok_or(SystemError::Trap)?;
        let payload = memory::exchanged_bytes(memory, error.params.iter().map(|param| &param.ty))?;
        return Ok(Failure { container: container.address(), code, payload });
    }
    let of_step = code == SystemError::StepFailed.code();
    let step_failed =
        container.composes() && work.compositions.innermost().is_some_and(|one| one.failed.is_some());
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
            serve(&mut caller.as_context_mut(), EMIT_FUEL, |Import { bytes, running, work, .. }| {
                work.emit(bytes, running.container(), event)
            })
        },
    )?;
    linker.func_wrap(
        frame::IMPORT_MODULE,
        frame::IMPORT_RESOLVE,
        |mut caller: Caller<'_, Host>, access: i32| {
            serve(&mut caller.as_context_mut(), RESOLVE_FUEL, |Import { bytes, call, running, work }| {
                work.resolve(bytes, running, call, access).map(u32::cast_signed)
            })
        },
    )?;
    linker.func_wrap(
        frame::IMPORT_MODULE,
        frame::IMPORT_COMPUTE,
        |mut caller: Caller<'_, Host>, computation: i32| {
            let mut store = caller.as_context_mut();
            let number = usize::try_from(computation).unwrap_or(usize::MAX);
            let known = store.data().running().ok().and_then(|it| it.container().computation(number));
            let fuel = known.map_or(0, |(computation, _)| computation.fuel());
            serve(&mut store, fuel, |Import { bytes, running, work, .. }| {
                work.compute(bytes, running, number)
            })
        },
    )?;
    linker.func_wrap(
        frame::IMPORT_MODULE,
        frame::IMPORT_STEP,
        |mut caller: Caller<'_, Host>, step: i32| {
            let mut store = caller.as_context_mut();
            let prepared = serve(&mut store, STEP_FUEL, |import| Step::prepare(import, step))?;
            prepared.run(&mut store).map_err(|failure| wasmtime::Error::new(Escape(failure)))
        },
    )?;
    linker.func_wrap(
        frame::IMPORT_MODULE,
        frame::IMPORT_SAVEPOINT,
        |mut caller: Caller<'_, Host>, action: i32| {
            serve(&mut caller.as_context_mut(), SAVEPOINT_FUEL, |Import { running, work, .. }| {
                if !running.container().composes() {
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
    let Host { instances, frames, work, .. } = caller.data_mut();
    if let Some(instance) = frames.last().and_then(|frame| instances.get(frame.instance)) {
        work.watch.pass(instance.container.module_hash(), point.cast_unsigned(), fuel);
    }
    Ok(())
}

/// What an import works with.
struct Import<'a> {
    /// The memory of the running instance.
    bytes: &'a mut [u8],
    call: Call<'a>,
    running: Running<'a>,
    work: &'a mut Work,
}

impl<'a> Import<'a> {
    fn of(store: &'a mut StoreContextMut<'_, Host>) -> Result<Self, SystemError> {
        let memory = store.data().running()?.instance.memory;
        let (bytes, Host { instances, claimed, frames, work }) = memory.data_and_store_mut(store);
        let call = claimed.as_ref().ok_or(SystemError::Trap)?.call(instances)?;
        let running = Running::of(instances, frames.last().ok_or(SystemError::Trap)?)?;
        Ok(Self { bytes, call, running, work })
    }
}

/// Serves an import for this much fuel; an error ends the transaction in the name of the running container.
fn serve<T>(
    store: &mut StoreContextMut<'_, Host>,
    fuel: u64,
    serve: impl FnOnce(Import<'_>) -> Result<T, SystemError>,
) -> wasmtime::Result<T> {
    let served = spend(store, fuel).and_then(|()| serve(Import::of(store)?));
    served.map_err(|error| {
        let container = store.data().running().map(|running| running.container().address());
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
    address: Address,
    frame: Frame,
    args: Vec<Value>,
    /// Its number in the worker's trace.
    traced: usize,
}

impl Step {
    /// The step with this number among the running composition's own.
    fn prepare(import: Import<'_>, number: i32) -> Result<Self, SystemError> {
        let Import { bytes, call, running, work } = import;
        let own = usize::try_from(number).map_err(|_| SystemError::Trap)?;
        let (number, linked) =
            call.linked.own_step(running.frame.step.map(|step| step.number), own).ok_or(SystemError::Trap)?;
        let instance = *running.instance.slots.get(linked.slot).ok_or(SystemError::Trap)?;
        let container = running.container().slots().get(linked.slot).ok_or(SystemError::Trap)?;
        let signature = container.signature(linked.entry).ok_or(SystemError::Trap)?;
        let mut args = work.values();
        memory::exchanged_values(bytes, signature.params.iter().map(|param| &param.ty), &mut args)?;
        work.does_what_it_declares(call, linked, &args)?;
        work.start_step(own)?;
        let traced = work.trace.step((container, linked.entry), work.journal.point, &args);
        let step = Some(RunningStep { number, via: running.container().address().value() });
        let (entry, accesses_start) = (linked.entry, linked.accesses_start);
        let frame = Frame { instance, entry, accesses_start, step };
        Ok(Self { number: usize::from(number), address: container.address(), frame, args, traced })
    }

    /// Runs the step; its results go to the composition's exchange area.
    fn run(self, store: &mut StoreContextMut<'_, Host>) -> Result<i32, Failure> {
        let Self { number, address, frame, args, traced } = self;
        let (code, result) = enter(store, frame, &args, |Left { memory, host, ended }| {
            let Host { instances, claimed, work, .. } = host;
            let mut values = work.values();
            let code = match ended {
                Ended::Success => {
                    let running = Running::of(instances, &frame)?;
                    result(memory, running, &mut values)?;
                    let call = claimed.as_ref().ok_or(SystemError::Trap)?.call(instances)?;
                    work.count_step(call, number, (&args, &values));
                    work.trace.gave(traced, &running.signature()?.result, &values);
                    0
                }
                Ended::Failed(failure) => {
                    let code = failure.code;
                    work.trace.failed(traced, code);
                    work.fail_step(failure);
                    code
                }
            };
            Ok((code, values))
        })?;
        if code == 0 {
            give(store, &frame, &result).map_err(|error| Failure::system(address, error))?;
        }
        let work = &mut store.data_mut().work;
        work.spare(args);
        work.spare(result);
        Ok(i32::from(code))
    }
}

/// Gives the running composition what a step of it has given.
fn give(store: &mut StoreContextMut<'_, Host>, step: &Frame, result: &[Value]) -> Result<(), SystemError> {
    let memory = store.data().running()?.instance.memory;
    let (bytes, host) = memory.data_and_store_mut(store);
    let scalars = Running::of(&host.instances, step)?.linked()?.shape.results.iter().copied();
    memory::write_scalars(bytes, frame::EXCHANGE, scalars.zip(result.iter().copied()))
}
