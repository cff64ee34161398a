//! The sandbox: one worker's instances of the containers, and the execution of one transaction in them.
//!
//! An instance lives as long as its worker, but it has no state of its own: before every call the memory its
//! code can store to is cleared and filled with the frame of that call.

use crate::block::Block;
use crate::call::{self, Ended, Left};
use crate::evaluate::{ClaimScratch, Stage, TransactionClaims};
use crate::host::{Call, Frame, Host, Work};
use crate::instance::{Instance, InstanceId};
use crate::live::Live;
use crate::memory;
use crate::overlay::{Overlay, OverlayMemory};
use crate::receipt::{Failure, Receipt};
use crate::registry::{Container, Registry};
use crate::schedule::chunk::Chunk;
use crate::transaction::Transaction;
use crate::versions::View;
use mc_container::address::Address;
use mc_container::cost::PLACE_FUEL;
use mc_container::error::SystemError;
use mc_container::frame;
use mc_container::manifest::Entry;
use mc_container::value::Value;
use std::sync::Arc;
use wasmtime::{AsContextMut, Engine, Linker, Store, StoreContextMut};

pub use mc_container::cost::FUEL_MAX;

/// A store that holds this many instances more than twice what its world needs has seen too many worlds.
const INSTANCES_SPARE: usize = 64;

/// How transactions are executed; what they do is the same.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    /// Measure each of them.
    pub(crate) timed: bool,
    /// Work out their ContainerSign.
    pub(crate) signed: bool,
}

/// One worker's instances of the containers it has met.
#[derive(Default)]
pub(crate) struct Sandbox {
    engine: Option<Ready>,
    /// The claims of a transaction that were evaluated when it started.
    late: Arc<Chunk>,
    /// What claims are worked out in.
    pub(crate) scratch: ClaimScratch,
    /// What the cells of a thread that works alone were kept in.
    pub(crate) memory: OverlayMemory,
}

/// A store and what its instances import.
struct Ready {
    store: Store<Host>,
    imports: Linker<Host>,
    /// True if the imports are those of an observed world.
    is_observed: bool,
}

impl Sandbox {
    /// Takes up work on the live values of a world. Without a container in it there is nothing to set up.
    pub(crate) fn enter(
        &mut self,
        registry: &Registry,
        block: &Block,
        live: Live,
        manner: Manner,
    ) -> wasmtime::Result<()> {
        let Some(engine) = registry.engine() else { return Ok(()) };
        let is_observed = registry.observation().is_some();
        let fits =
            |ready: &Ready| Engine::same(ready.store.engine(), engine) && ready.is_observed == is_observed;
        let usable = self.engine.as_ref().is_some_and(fits);
        let made = self.engine.as_ref().map_or(0, |ready| ready.store.data().instances.len());
        if !usable || made > 2 * registry.containers().len() + INSTANCES_SPARE {
            *self = Self::default();
            let store = Store::new(engine, Host::default());
            self.engine = Some(Ready { store, imports: call::imports(engine, is_observed)?, is_observed });
        }
        if let Some(ready) = &mut self.engine {
            let work = &mut ready.store.data_mut().work;
            work.live = Some(live);
            work.trace.start(manner.signed);
            work.watch.start(registry.observation());
            (work.now, work.height) = (Value::from_u64(block.time), Value::from_u64(block.height));
        }
        Ok(())
    }

    /// Lets go of everything that belongs to the transactions so far.
    pub(crate) fn release(&mut self) {
        if let Some(ready) = &mut self.engine {
            ready.store.data_mut().claimed = None;
        }
    }

    /// True if it is time to sign what was executed.
    pub(crate) fn must_sign(&self) -> bool {
        self.engine.as_ref().is_some_and(|ready| ready.store.data().work.trace.is_full())
    }

    fn live(&mut self) -> Option<&mut Live> {
        self.engine.as_mut()?.store.data_mut().work.live.as_mut()
    }

    /// The view of the transaction that runs, or has run, where they guess.
    pub(crate) fn view(&mut self) -> Option<&mut View> {
        if let Live::Guessed(view) = self.live()? { Some(view) } else { None }
    }

    /// The cells of who works alone.
    pub(crate) fn overlay(&mut self) -> Option<&mut Overlay> {
        if let Live::Overlay(overlay) = self.live()? { Some(overlay) } else { None }
    }

    /// The transaction that was executed last will never be signed.
    pub(crate) fn forget(&mut self) {
        if let Some(ready) = &mut self.engine {
            ready.store.data_mut().work.trace.forget();
        }
    }

    /// Signs the receipts of all transactions that were executed since the last time; `None` for one that does not
    /// count.
    pub(crate) fn sign<'r>(
        &mut self,
        registry: &Registry,
        transactions: impl Iterator<Item = Option<(&'r Transaction, &'r mut Receipt)>>,
    ) {
        if let Some(ready) = &mut self.engine {
            ready.store.data_mut().work.trace.sign(registry, transactions);
        }
    }

    /// Gives the live values back.
    pub(crate) fn leave(&mut self) -> Option<Live> {
        self.release();
        let mut live = self.engine.as_mut()?.store.data_mut().work.live.take()?;
        live.settle();
        Some(live)
    }

    /// Executes a transaction, publishes what it changes, and fills in its receipt, which is an empty one; `to` says
    /// which container it calls, where that is needed.
    ///
    /// # Errors
    /// Only where an instance cannot be made; then nothing has happened.
    pub(crate) fn execute(
        &mut self,
        registry: &Registry,
        chunk: &Arc<Chunk>,
        number: usize,
        to: impl FnOnce() -> Option<Address>,
        receipt: &mut Receipt,
    ) -> wasmtime::Result<()> {
        if let Some(ready) = &mut self.engine {
            ready.store.data_mut().work.trace.begin();
        }
        let refuse = |error, receipt: &mut Receipt| {
            *receipt = Receipt::failed(Failure::system(to().unwrap_or_default(), error));
            Ok(())
        };
        let mut claims = match chunk.claims.transaction(number) {
            Ok(claims) => claims,
            Err(error) => return refuse(error, receipt),
        };
        let (Some(container), Some(ready)) = (registry.by_id(claims.head.target.container), &mut self.engine)
        else {
            return refuse(SystemError::NoSuchEntry, receipt);
        };
        let (mut chunk, mut number) = (chunk, number);
        if claims.head.stage != Stage::Known {
            let late = (&mut self.late, &mut self.scratch);
            evaluate_again(ready.store.data_mut(), registry, claims, late);
            (chunk, number) = (&self.late, 0);
            claims = match chunk.claims.transaction(number) {
                Ok(claims) => claims,
                Err(error) => return refuse(error, receipt),
            };
        }
        let called = instance(ready, container)?;
        let call = match Call::new(claims, container) {
            Ok(call) => call,
            Err(error) => return refuse(error, receipt),
        };
        let host = ready.store.data_mut();
        host.begin((chunk, number), called, call);
        if host.work.live.as_ref().is_some_and(Live::is_blocked) {
            return Ok(());
        }
        let args = claims.args().all(&mut self.scratch.args);
        run(&mut ready.store.as_context_mut(), called, (call, args), receipt)?;
        ready.store.data_mut().work.watch.finish();
        Ok(())
    }
}

/// Evaluates once more what a transaction touches, now that all it waits for is done: nothing is uncertain any more.
fn evaluate_again(
    host: &mut Host,
    registry: &Registry,
    tx: TransactionClaims<'_>,
    (late, scratch): (&mut Arc<Chunk>, &mut ClaimScratch),
) {
    host.claimed = None;
    let Work { live: Some(live), now, .. } = &host.work else { return };
    if let Some(chunk) = Arc::get_mut(late) {
        chunk.claims.again(registry, now.low(), tx, live, scratch);
    } else {
        let mut chunk = Chunk::default();
        chunk.claims.again(registry, now.low(), tx, live, scratch);
        *late = Arc::new(chunk);
    }
}

/// The worker's instance of a container, which comes with those of what the container's slots are bound to.
fn instance(ready: &mut Ready, container: &Arc<Container>) -> wasmtime::Result<InstanceId> {
    if let Some(instance) = ready.store.data().instances.of(container) {
        return Ok(instance);
    }
    let slots = container.slots().iter().map(|slot| instance(ready, slot));
    let slots = slots.collect::<Result<_, _>>()?;
    let instance = instantiate(ready, container, slots)?;
    Ok(ready.store.data_mut().instances.add(instance))
}

fn instantiate(
    ready: &mut Ready,
    container: &Arc<Container>,
    slots: Vec<InstanceId>,
) -> wasmtime::Result<Instance> {
    let Ready { store, imports, .. } = ready;
    let instance = imports.instantiate(&mut *store, &container.module)?;
    let memory = instance.get_memory(&mut *store, frame::EXPORT_MEMORY);
    let memory = memory.ok_or_else(|| wasmtime::Error::msg("the module exports no memory"))?;
    let entries = container.manifest().entries.iter();
    let functions = entries.map(|entry| instance.get_typed_func(&mut *store, &entry.name));
    let functions = functions.collect::<Result<_, _>>()?;
    Ok(Instance { container: container.clone(), memory, functions, slots })
}

/// Runs the transaction that has begun, from its first fuel to its receipt.
fn run(
    store: &mut StoreContextMut<'_, Host>,
    called: InstanceId,
    (call, args): (Call<'_>, &[Value]),
    receipt: &mut Receipt,
) -> wasmtime::Result<()> {
    let (address, claims) = (call.container.address(), call.claims);
    let entry = claims.head.target.entry;
    let signature = call.container.signature(entry);
    let given = fuel((signature, args), call);
    store.set_fuel(given.saturating_sub(PLACE_FUEL * u64::from(claims.head.places)))?;
    let frame = Frame { instance: called, entry, accesses_start: 0, step: None };
    let covered = store.data_mut().work.start(call);
    let ended = covered
        .map_err(|error| Failure::system(address, error))
        .and_then(|()| call::enter(store, frame, args, |left| conclude(left, call, receipt)));
    if let Err(failure) = ended {
        *receipt = Receipt::failed(failure);
    }
    let left = store.get_fuel()?;
    receipt.point = store.data().work.journal.point;
    receipt.sequence = signature.map_or(0, |signature| signature.sequence);
    // Whoever leaves the rules of the sandbox has used up everything.
    let contained = SystemError::by_code(receipt.result).is_some_and(SystemError::is_containment);
    receipt.fuel = if contained { FUEL_MAX } else { given.saturating_sub(left) };
    Ok(())
}

/// The fuel that a call gets: what its formula says, so that the formula is a bound.
fn fuel((signature, args): (Option<&Entry>, &[Value]), call: Call<'_>) -> u64 {
    let own = signature.map_or(0, |signature| signature.cost.of_call(args));
    own.saturating_add(call.linked.steps_fuel).min(FUEL_MAX)
}

/// Publishes what a call has done, or says why it has done nothing.
fn conclude(
    Left { memory, host, ended }: Left<'_>,
    call: Call<'_>,
    receipt: &mut Receipt,
) -> Result<(), SystemError> {
    if let Ended::Failed(failure) = ended {
        *receipt = Receipt::failed(failure);
        return Ok(());
    }
    let (container, work) = (call.container, &mut host.work);
    let signature = container.signature(call.claims.head.target.entry);
    let result = signature.map(|signature| &signature.result);
    let output = memory::exchanged_bytes(memory, result)?;
    if call.linked.credit.is_some() {
        let mut values = work.values();
        memory::exchanged_values(memory, result, &mut values)?;
        work.credit(call, &values)?;
        work.spare(values);
    }
    match work.publish(call.claims) {
        Ok(()) => (receipt.output, receipt.events) = (output, std::mem::take(&mut work.journal.events)),
        Err(instance) => {
            let owner = container.instance(instance).unwrap_or(container);
            *receipt = Receipt::failed(Failure::system(owner.address(), SystemError::Undeclared));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "tests")]
    use super::*;
    use crate::admit::Origin;
    use crate::common::touching::touching;
    use crate::common::{Args, Bench, block, call, machine, quartiles, who};
    use crate::evaluate::Circumstances;
    use std::time::Instant;

    /// How often a call is made between two looks at the clock.
    const CALLS: u64 = 1_000;
    const ROUNDS: u64 = 301;

    /// Calls an entry again and again in one transaction, which so takes over what the call before has left. That is
    /// what a call costs beside the claims, the order, the publishing and the receipt of a transaction: the frame is
    /// filled, entered with its fuel counted, and taken back into the journal.
    #[test]
    #[ignore = "takes a while, and tells rather than checks"]
    fn nanoseconds_per_call() {
        println!("{}", machine());
        for cells in [1, 2, 5, 10, 15, 20] {
            let mut bench = Bench::with_threads(&[1]);
            let to = bench.deploy(&touching(&[cells]), &[]);
            let args = (0..cells as u64).fold(Args::new(), |args, cell| args.address(who(cell)));
            let block = block(vec![call(who(1), to, &format!("touch{cells}"), args)]);
            let (registry, state) = (bench.world.shared_registry(), bench.world.shared_state());
            let live = Live::Overlay(Overlay::reusing(OverlayMemory::default(), state.clone()));
            let mut sandbox = Sandbox::default();
            sandbox.enter(registry, &block, live, Manner { timed: false, signed: false }).unwrap();
            let mut chunk = Chunk::default();
            let around = Circumstances { registry, now: 0, origin: Origin::Block, with_locks: false };
            chunk.claims.add(around, &block.transactions, &mut sandbox.scratch);
            chunk.find_in(sandbox.overlay().unwrap(), registry);
            let chunk = Arc::new(chunk);
            let claims = chunk.claims.transaction(0).unwrap();
            let target = claims.head.target;
            let container = registry.by_id(target.container).unwrap();
            let ready = sandbox.engine.as_mut().unwrap();
            let called = instance(ready, container).unwrap();
            let (entry, accesses_start) = (target.entry, 0);
            let frame = Frame { instance: called, entry, accesses_start, step: None };
            let args = claims.args().all(&mut sandbox.scratch.args);
            ready.store.data_mut().begin((&chunk, 0), called, Call::new(claims, container).unwrap());
            let mut store = ready.store.as_context_mut();
            let mut time = || {
                store.set_fuel(u64::MAX).unwrap();
                let started = Instant::now();
                for _ in 0..CALLS {
                    let ended = call::enter(&mut store, frame, args, |left| Ok(left.ended)).unwrap();
                    assert!(matches!(ended, Ended::Success));
                }
                started.elapsed().as_nanos() as f64 / CALLS as f64
            };
            let [low, median, high] = quartiles(&mut (0..ROUNDS).map(|_| time()).collect::<Vec<_>>());
            let bound = if cells == 5 { "; bound 100 ns" } else { "" };
            println!("a call that touches {cells} cells: {median:.0} ns ({low:.0}..{high:.0}){bound}");
            let work = &mut store.data_mut().work;
            work.publish(claims).unwrap();
            let (live, calls) = (work.live.as_ref().unwrap(), Value::from_u64(ROUNDS * CALLS));
            assert!(claims.cells().iter().all(|claim| live.peek(&claim.key, Value::ZERO) == calls));
        }
    }
}
