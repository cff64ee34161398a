//! The host's side of a running transaction: what the code of a container can ask for, and where it stands.
//!
//! Everything here works on the memory of one instance and the journal of one transaction; the engine is not
//! called from here.

use crate::assets::{self, AssetNumber, Tally};
use crate::composition::Compositions;
use crate::evaluate::{CallEnvironment, RunningStep, TransactionClaims};
use crate::guard;
use crate::journal::{CellNumber, Journal, NO_SLOT, Private, PrivateCell, Wanted};
use crate::live::Live;
use crate::memory;
use crate::observe::{Happening, Met, Watch};
use crate::receipt::{Event, Failure};
use crate::registry::{Container, LinkedAccess, LinkedEntry, LinkedStep};
use crate::schedule::chunk::Chunk;
use crate::source::Cells;
use crate::trace::Trace;
use mc_container::access::evaluate::{Evaluator, Scratch};
use mc_container::access::{Access, Footprint};
use mc_container::address::CellKey;
use mc_container::compute::Context;
use mc_container::error::SystemError;
use mc_container::frame::{self, Layout, SLOT};
use mc_container::manifest::ContainerKind;
use mc_container::value::{Scalar, Value};
use std::sync::Arc;
use wasmtime::{Memory, TypedFunc};

/// A container, instantiated in one worker's store.
pub(crate) struct Instance {
    pub(crate) container: Arc<Container>,
    pub(crate) memory: Memory,
    pub(crate) functions: Vec<TypedFunc<(), i32>>,
    /// What its slots are bound to.
    pub(crate) slots: Vec<Arc<Self>>,
}

/// Which entry of which instance is running.
pub(crate) struct Frame {
    pub(crate) instance: Arc<Instance>,
    pub(crate) entry: usize,
    /// Where the entry's accesses start among those of the transaction.
    pub(crate) accesses_start: usize,
    /// Which step of which composition it is.
    pub(crate) step: Option<RunningStep>,
}

/// A transaction's claims, and what they are of.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) claims: TransactionClaims<'a>,
    pub(crate) container: &'a Container,
    pub(crate) linked: &'a LinkedEntry,
}

/// Which transaction is running, and the instance that it calls.
pub(crate) struct Claimed {
    pub(crate) chunk: Arc<Chunk>,
    pub(crate) number: usize,
    pub(crate) called: Arc<Instance>,
}

impl Claimed {
    pub(crate) fn call(&self) -> Result<Call<'_>, SystemError> {
        Call::new(self.chunk.claims.transaction(self.number)?, &self.called)
    }
}

impl<'a> Call<'a> {
    pub(crate) fn new(claims: TransactionClaims<'a>, called: &'a Instance) -> Result<Self, SystemError> {
        let container = &*called.container;
        let linked = container.entries.get(claims.head.target.entry).ok_or(SystemError::NoSuchEntry)?;
        Ok(Self { claims, container, linked })
    }
}

/// The data of a worker's store.
#[derive(Default)]
pub(crate) struct Host {
    /// The transaction that is running.
    pub(crate) claimed: Option<Claimed>,
    /// The entries that are running, each a step of the one before it.
    pub(crate) frames: Vec<Frame>,
    pub(crate) work: Work,
}

/// What a worker works on and with while its transactions run.
#[derive(Default)]
pub(crate) struct Work {
    pub(crate) live: Option<Live>,
    pub(crate) now: Value,
    pub(crate) height: Value,
    caller: Value,
    tx_id: Value,
    pub(crate) journal: Journal,
    pub(crate) compositions: Compositions,
    pub(crate) trace: Trace,
    pub(crate) watch: Watch,
    // INVARIANT: only contracts have cells, and a contract takes no steps, so one frame at a time has slots.
    /// The cell in each slot of the running frame.
    frame_cells: Vec<CellNumber>,
    /// What the running entry has gained of each asset.
    tally: Tally,
    /// What it has taken of which asset from the caller.
    taken: Vec<(AssetNumber, u128)>,
    /// The memory that terms are evaluated in.
    terms: Scratch,
    /// Lists of values that nobody uses at the moment.
    spare: Vec<Vec<Value>>,
}

impl Host {
    /// Starts a transaction that calls an instance.
    pub(crate) fn begin(
        &mut self,
        (chunk, number): (&Arc<Chunk>, usize),
        called: &Arc<Instance>,
        call: Call<'_>,
    ) {
        match &mut self.claimed {
            // Counting who else holds the chunk would take it from the cores that work on it, too.
            Some(before) if Arc::ptr_eq(&before.chunk, chunk) && Arc::ptr_eq(&before.called, called) => {
                before.number = number;
            }
            claimed => *claimed = Some(Claimed { chunk: chunk.clone(), number, called: called.clone() }),
        }
        self.frames.clear();
        self.work.begin(chunk, call);
    }

    /// Enters a frame, and fills it into the memory of its instance.
    pub(crate) fn enter(
        &mut self,
        memory: &mut [u8],
        frame: Frame,
        args: &[Value],
    ) -> Result<(), SystemError> {
        let call = self.claimed.as_ref().ok_or(SystemError::Trap)?.call()?;
        self.work.fill(memory, &frame, call, args)?;
        let container = &frame.instance.container;
        if container.manifest().kind == ContainerKind::Composition {
            self.work.enter_composition(&frame, args)?;
        }
        self.frames.push(frame);
        Ok(())
    }

    /// Leaves the frame that has run for the one it was called from.
    pub(crate) fn leave(&mut self) {
        self.work.leave_cells();
        let left = self.frames.pop();
        if left.is_some_and(|frame| frame.instance.container.manifest().kind == ContainerKind::Composition) {
            self.work.compositions.leave();
        }
    }
}

impl Work {
    fn begin(&mut self, chunk: &Chunk, Call { claims, linked, .. }: Call<'_>) {
        (self.caller, self.tx_id) = (claims.head.caller, claims.head.tx_id);
        self.frame_cells.clear();
        self.compositions.begin();
        if let Some(live) = &mut self.live {
            self.journal.begin(chunk, (claims, &linked.accesses), live);
        }
    }

    /// An empty list of values, to be given back as [`Work::spare`].
    pub(crate) fn values(&mut self) -> Vec<Value> {
        self.spare.pop().unwrap_or_default()
    }

    /// Takes a list of values back.
    pub(crate) fn spare(&mut self, mut values: Vec<Value>) {
        values.clear();
        self.spare.push(values);
    }

    /// Publishes what the transaction has changed, or gives the owner of a cell that changed too far.
    pub(crate) fn publish(&mut self, tx: TransactionClaims<'_>) -> Result<(), u16> {
        self.live.as_mut().map_or(Ok(()), |live| self.journal.publish(tx, live))
    }

    /// Fills the frame of an entry that is about to run.
    fn fill(
        &mut self,
        memory: &mut [u8],
        frame: &Frame,
        call: Call<'_>,
        args: &[Value],
    ) -> Result<(), SystemError> {
        let container = &frame.instance.container;
        memory.get_mut(..container.frame_bytes).unwrap_or_default().fill(0);
        self.fill_head(memory, frame)?;
        let params = &container.entries.get(frame.entry).ok_or(SystemError::NoSuchEntry)?.shape.params;
        let scalars = params.iter().copied().zip(args.iter().copied());
        memory::write_scalars(memory, container.layout.arguments, scalars)?;
        let own = container.formulas(frame.entry).ok_or(SystemError::NoSuchEntry)?;
        let layout = container.layout.entries.get(frame.entry).ok_or(SystemError::NoSuchEntry)?;
        let linked = call.linked.accesses.get(frame.accesses_start..).unwrap_or_default();
        let places = linked.iter().zip(call.claims.turns(frame.accesses_start)).enumerate();
        for (access, (number, (linked, turns))) in own.accesses.iter().zip(places) {
            let table = layout.table_entry(number);
            if linked.is_exact {
                for (turn, cell) in turns {
                    let slot = self.slot(memory, layout, *cell)?;
                    if linked.turns.is_once() {
                        memory::write_entry(memory, table, slot)?;
                    } else {
                        write_turns(memory, table, linked.turns.of(*turn), slot)?;
                    }
                }
            } else if access.is_exact(linked.key_types.len()) {
                self.fill_late(memory, (layout, table), (access, linked), call, (frame, args))?;
            }
        }
        Ok(())
    }

    /// Enters a composition, and works out what it may take from the caller. A term that has no value lets it take
    /// nothing.
    fn enter_composition(&mut self, frame: &Frame, args: &[Value]) -> Result<(), SystemError> {
        let container = &frame.instance.container;
        let entry = container.entries.get(frame.entry).ok_or(SystemError::NoSuchEntry)?;
        let sequence = container.signature(frame.entry).map_or(0, |signature| signature.sequence);
        self.compositions.enter(container.book.len(), sequence);
        if entry.spends.is_empty() {
            return Ok(());
        }
        let environment = self.environment(frame, args);
        let mut evaluator = Evaluator::reusing(std::mem::take(&mut self.terms), &environment, false);
        for (asset, most) in &entry.spends {
            let most = evaluator.term(most).ok().filter(|most| most.is_canonical(Scalar::U128));
            self.compositions.allow(*asset, most.map_or(0, |most| most.number(Scalar::U128).as_u128()));
        }
        self.terms = evaluator.into_scratch();
        Ok(())
    }

    /// Fills in what the call is told about where it runs.
    fn fill_head(&self, memory: &mut [u8], frame: &Frame) -> Result<(), SystemError> {
        let [caller, own] = [self.caller, frame.instance.container.address().value()];
        let via = frame.step.map_or(Value::ZERO, |step| step.via);
        let ([c0, c1, c2, _], [o0, o1, o2, _], [v0, v1, v2, _]) = (caller.0, own.0, via.0);
        let [t0, t1, t2, t3] = self.tx_id.0;
        let (now, height, is_step) = (self.now.low(), self.height.low(), u64::from(frame.step.is_some()));
        let head = [c0, c1, c2, now, o0, o1, o2, is_step, v0, v1, v2, height, t0, t1, t2, t3];
        memory::write_limbs(memory, frame::CALLER, &head)
    }

    /// What the running entry's own formulas are evaluated over.
    fn environment<'a>(&self, frame: &'a Frame, args: &'a [Value]) -> CallEnvironment<'a> {
        let Self { caller, now, tx_id, .. } = *self;
        let (container, step) = (&frame.instance.container, frame.step);
        CallEnvironment { container, args, caller, now, tx_id, step, cells: None }
    }

    /// The formulas of a composition were linked with the arguments and the conditions it declares; were it to pass
    /// others, or to take a step that it says it does not take, its steps would touch other cells than those that
    /// were ordered. What the terms say of cells holds when the call begins, and nothing of it is published yet.
    pub(crate) fn does_what_it_declares(
        &mut self,
        call: Call<'_>,
        step: &LinkedStep,
        args: &[Value],
    ) -> Result<(), SystemError> {
        let Self { caller, now, tx_id, .. } = *self;
        let cells = self.live.as_ref().map(|live| live as &dyn Cells);
        let (container, own) = (call.container, call.claims.args());
        let environment = CallEnvironment { container, args: own, caller, now, tx_id, step: None, cells };
        let mut evaluator = Evaluator::reusing(std::mem::take(&mut self.terms), &environment, false);
        let is_taken = step.when.as_ref().is_none_or(|when| evaluator.term(when) != Ok(Value::ZERO));
        let mut known = step.args.iter().zip(args).filter_map(|(term, arg)| Some((term.as_ref()?, arg)));
        let passes = is_taken && known.all(|(term, arg)| evaluator.term(term) == Ok(*arg));
        self.terms = evaluator.into_scratch();
        if passes { Ok(()) } else { Err(SystemError::Undeclared) }
    }

    /// Starts a step of the running composition, by its number there.
    pub(crate) fn start_step(&mut self, number: usize) -> Result<(), SystemError> {
        self.compositions.start_step(number)?;
        self.journal.point = self.journal.point.checked_add(1).ok_or(SystemError::Trap)?;
        Ok(())
    }

    /// Counts what a step of the running composition has taken and given.
    pub(crate) fn count_step(&mut self, call: Call<'_>, number: usize, (args, result): (&[Value], &[Value])) {
        if let Some(step) = call.linked.steps.get(number) {
            self.compositions.count((&step.takes, args), (&step.gives, result));
        }
    }

    /// A step of the running composition has failed.
    pub(crate) fn fail_step(&mut self, failure: Failure) {
        if let Some(composition) = self.compositions.innermost() {
            composition.failed.get_or_insert(failure);
        }
    }

    /// Fills the table of an access of a step whose cells only its actual arguments tell, or what the steps before
    /// have left in the cells that it depends on.
    fn fill_late(
        &mut self,
        memory: &mut [u8],
        (layout, table): (&Layout, u32),
        (access, linked): (&Access, &LinkedAccess),
        call: Call<'_>,
        (frame, args): (&Frame, &[Value]),
    ) -> Result<(), SystemError> {
        let mut footprint = Footprint::default();
        let live = self.live.as_ref().ok_or(SystemError::Undeclared)?;
        let private = Private { journal: &self.journal, tx: call.claims, live };
        let environment = CallEnvironment { cells: Some(&private), ..self.environment(frame, args) };
        let place = linked.place_of(access, false);
        if !Evaluator::new(&environment, true).access(&place, &mut footprint) {
            return Err(SystemError::Undeclared);
        }
        footprint.name();
        for touch in &footprint.touches {
            let start = touch.locks_start as usize;
            let locks_above = footprint.locks.get(start..start + access.keys.len()).unwrap_or_default();
            let cell = self.find(call, linked, (*footprint.key(touch), touch.is_callers), locks_above)?;
            let slot = self.slot(memory, layout, cell)?;
            write_turns(memory, table, [touch.turn], slot)?;
            if self.watch.is_detailed() {
                let keys = Evaluator::new(&self.environment(frame, args), false).keys_at(&place, touch.turn);
                self.tell_found(call, linked, *footprint.key(touch), &keys.unwrap_or_default());
            }
        }
        Ok(())
    }

    fn find(
        &mut self,
        call: Call<'_>,
        linked: &LinkedAccess,
        (key, is_callers): (CellKey, bool),
        locks_above: &[CellKey],
    ) -> Result<CellNumber, SystemError> {
        let LinkedAccess { value: ty, default, held, instance, .. } = *linked;
        let live = self.live.as_mut().ok_or(SystemError::Undeclared)?;
        let wanted = Wanted { key, locks_above, ty, default, held, instance, is_callers };
        self.journal.find_below_locks(call.claims, live, &wanted)
    }

    /// The offset of a cell's slot in the running frame; every name of the cell finds this one.
    #[inline]
    fn slot(&mut self, memory: &mut [u8], layout: &Layout, number: CellNumber) -> Result<u32, SystemError> {
        let cell = self.journal.cell_mut(number).ok_or(SystemError::Undeclared)?;
        if cell.frame_slot == NO_SLOT {
            let next = self.frame_cells.len() as u32;
            if next >= layout.slots {
                return Err(SystemError::Undeclared);
            }
            memory::write_slot(memory, layout.slots_start + next * SLOT, cell.value)?;
            (cell.frame_slot, cell.entered) = (next, cell.value);
            self.frame_cells.push(number);
        }
        Ok(layout.slots_start + cell.frame_slot * SLOT)
    }

    /// Takes back the cells of the frame that has run.
    pub(crate) fn take_back(&mut self, memory: &[u8], frame: &Frame) -> Result<(), SystemError> {
        let layout = frame.instance.container.layout.entries.get(frame.entry);
        let layout = layout.ok_or(SystemError::NoSuchEntry)?;
        for (number, left) in self.frame_cells.iter().zip(memory::slots(memory, layout.slots_start)) {
            if let Some(cell) = self.journal.cell_mut(*number) {
                let before = cell.value;
                if cell.take_back(left)? {
                    self.compositions.changes(*number, before);
                }
            }
        }
        Ok(())
    }

    /// Tells of a cell that only execution could name.
    fn tell_found(&mut self, call: Call<'_>, linked: &LinkedAccess, key: CellKey, keys: &[Value]) {
        let Some(owner) = call.container.instance(linked.instance) else { return };
        let (container, variable) = (owner.address(), linked.access.variable);
        let keys = linked.key_types.iter().copied().zip(keys.iter().copied()).collect();
        self.watch.tell(Happening::Found { key, container, variable, keys });
    }

    /// The cells of the running frame, for people.
    pub(crate) fn met(&self, call: Call<'_>) -> Vec<Met> {
        self.frame_cells.iter().filter_map(|number| self.journal.met(call.claims, *number)).collect()
    }

    /// Counts what the frame that has run has taken from the caller. False where a composition that is running may
    /// not take so much; then nothing of the frame is taken back.
    pub(crate) fn spend(&mut self, container: &Container) -> bool {
        if self.compositions.is_empty() {
            return true;
        }
        self.taken.clear();
        for number in &self.frame_cells {
            let cell = self.journal.cell_mut(*number).filter(|cell| cell.is_callers);
            let Some((asset, taken)) = cell.and_then(|cell| cell.taken()) else { continue };
            let Some(asset) = container.asset_number(asset) else { continue };
            match self.taken.iter_mut().find(|(of, _)| *of == asset) {
                Some((_, sum)) => *sum = sum.saturating_add(taken),
                None => self.taken.push((asset, taken)),
            }
        }
        let may = self.taken.is_empty() || self.compositions.spend(&self.taken);
        for number in self.frame_cells.iter().filter(|_| !may) {
            if let Some(cell) = self.journal.cell_mut(*number) {
                cell.value = cell.entered;
            }
        }
        may
    }

    /// Starts the call that the transaction is, once its Value is covered.
    pub(crate) fn start(&mut self, call: Call<'_>) -> Result<(), SystemError> {
        self.debit(call)?;
        self.trace.runs(call.container);
        Ok(())
    }

    /// Takes the transaction's Value from its sender, before anything runs.
    fn debit(&mut self, call: Call<'_>) -> Result<(), SystemError> {
        let LinkedEntry { debit: Some(access), shape, .. } = call.linked else { return Ok(()) };
        let value = shape.value.and_then(|at| call.claims.args().get(at)).copied().unwrap_or_default();
        let change = -value.number(Scalar::U128);
        let moved = self.ledger_cell(call, *access).is_some_and(|cell| cell.move_by(change));
        if moved { Ok(()) } else { Err(SystemError::ValueNotCovered) }
    }

    /// Gives the caller the native asset in the result of the called entry.
    pub(crate) fn credit(&mut self, call: Call<'_>, result: &[Value]) -> Result<(), SystemError> {
        let LinkedEntry { credit: Some(access), shape, .. } = call.linked else { return Ok(()) };
        let coins = assets::coins(&shape.gives, result);
        let moved = self.ledger_cell(call, *access).is_some_and(|cell| cell.move_by(coins));
        if moved { Ok(()) } else { Err(SystemError::NotConserved) }
    }

    fn ledger_cell(&mut self, call: Call<'_>, access: usize) -> Option<&mut PrivateCell> {
        let (_, cell) = call.claims.turns(access).next()?.first()?;
        self.journal.cell_mut(*cell)
    }

    /// Checks that an entry that has run has neither made nor lost some of an asset: what it has taken is in its
    /// cells or in what it gives, or has become less of its own supply.
    pub(crate) fn conserve(
        &mut self,
        frame: &Frame,
        args: &[Value],
        result: &[Value],
    ) -> Result<(), SystemError> {
        let container = &frame.instance.container;
        let shape = &container.entries.get(frame.entry).ok_or(SystemError::NoSuchEntry)?.shape;
        let composition = self.compositions.innermost();
        let composition = composition.filter(|_| container.manifest().kind == ContainerKind::Composition);
        let tally = if let Some(composition) = composition {
            &mut composition.tally
        } else {
            self.tally.start(container.book.len());
            &mut self.tally
        };
        let mut only_added = true;
        for number in &self.frame_cells {
            if let Some(cell) = self.journal.cell_mut(*number) {
                only_added &= tally.cell(cell.held, cell.ty, cell.entered, cell.value);
            }
        }
        tally.gain(&shape.gives, result);
        // What it was given is what it has to account for.
        tally.lose(&shape.takes, args);
        if tally.is_even() && only_added { Ok(()) } else { Err(SystemError::NotConserved) }
    }

    /// The import `compute`: 0, or the code of what it fails with; the result goes to the exchange area.
    pub(crate) fn compute(
        &mut self,
        memory: &mut [u8],
        frame: &Frame,
        number: usize,
    ) -> Result<i32, SystemError> {
        let computation = frame.instance.container.computation(number);
        let (computation, operands) = computation.ok_or(SystemError::Trap)?;
        let mut values = self.values();
        memory::exchanged(memory, operands.iter().copied(), |_, value| values.push(value))?;
        let step = frame.step.map_or(0, |step| step.number.saturating_add(1));
        let result = computation.run(&values, Context { tx_id: self.tx_id, step });
        self.spare(values);
        match result {
            Ok(value) => {
                memory::write_scalars(memory, frame::EXCHANGE, [(computation.result(), value)]).map(|()| 0)
            }
            Err(error) => Ok(i32::from(error.code())),
        }
    }

    /// Leaves the cells of the frame that has run.
    fn leave_cells(&mut self) {
        for number in self.frame_cells.drain(..) {
            if let Some(cell) = self.journal.cell_mut(number) {
                cell.frame_slot = NO_SLOT;
            }
        }
    }

    /// The import `emit`: an event, with its fields in the exchange area.
    pub(crate) fn emit(
        &mut self,
        memory: &[u8],
        container: &Container,
        event: i32,
    ) -> Result<(), SystemError> {
        let event = u16::try_from(event).map_err(|_| SystemError::Trap)?;
        let signature = container.manifest().events.get(usize::from(event)).ok_or(SystemError::Trap)?;
        let data = memory::exchanged_bytes(memory, signature.fields.iter().map(|field| &field.ty))?;
        guard::emit(&self.journal.events, &data)?;
        self.journal.events.push(Event { container: container.address(), event, data });
        Ok(())
    }

    /// The import `resolve`: the slot of the cell whose keys stand in the exchange area.
    pub(crate) fn resolve(
        &mut self,
        memory: &mut [u8],
        frame: &Frame,
        call: Call<'_>,
        access: i32,
    ) -> Result<u32, SystemError> {
        let number = usize::try_from(access).map_err(|_| SystemError::Undeclared)?;
        let container = &frame.instance.container;
        let own = container.formulas(frame.entry).and_then(|own| own.accesses.get(number));
        let linked = call.linked.accesses.get(frame.accesses_start + number);
        let (own, linked) = own.zip(linked).ok_or(SystemError::Undeclared)?;
        if own.is_exact(linked.key_types.len()) {
            return Err(SystemError::Undeclared);
        }
        let (mut key_bytes, mut locks_above, mut is_callers) = (Vec::new(), Vec::new(), false);
        let mut keys = Vec::new();
        memory::exchanged(memory, linked.key_types.iter().copied(), |ty, key| {
            locks_above.push(linked.root.cell(&key_bytes));
            key.encode(ty, &mut key_bytes);
            keys.push(key);
            is_callers |= ty == Scalar::Address && key == self.caller;
        })?;
        let key = linked.root.cell(&key_bytes);
        let cell = self.find(call, linked, (key, is_callers), &locks_above)?;
        if self.watch.is_detailed() {
            self.tell_found(call, linked, key, &keys);
        }
        let layout = container.layout.entries.get(frame.entry).ok_or(SystemError::Undeclared)?;
        self.slot(memory, layout, cell)
    }
}

fn write_turns(
    memory: &mut [u8],
    table: u32,
    turns: impl IntoIterator<Item = u32>,
    slot: u32,
) -> Result<(), SystemError> {
    for turn in turns {
        let offset = turn.checked_mul(frame::TABLE_ENTRY).and_then(|offset| offset.checked_add(table));
        memory::write_entry(memory, offset.ok_or(SystemError::Undeclared)?, slot)?;
    }
    Ok(())
}
