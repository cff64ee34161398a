//! The host's side of a running transaction: what the code of a container can ask for, and where it stands.
//!
//! Everything here works on the memory of one instance and the journal of one transaction; the engine is not
//! called from here.

use crate::assets::{self, AssetNumber, Tally};
use crate::composition::Compositions;
use crate::evaluate::{CallEnvironment, Fill, RunningStep, TransactionClaims};
use crate::guard;
use crate::instance::{Instance, InstanceId, Instances};
use crate::journal::{CellNumber, Journal, Private, PrivateCell, Wanted};
use crate::live::{Live, with_values};
use crate::memory::{self, CellPlaces};
use crate::observe::{Happening, Met, Watch};
use crate::receipt::{Event, Failure};
use crate::registry::{Container, Declared, Filling, LinkedAccess, LinkedEntry, LinkedStep};
use crate::schedule::chunk::Chunk;
use crate::source::Cells;
use crate::trace::Trace;
use mc_container::access::evaluate::{Evaluator, Scratch};
use mc_container::access::{Access, EntryAccess, Footprint};
use mc_container::address::CellKey;
use mc_container::compute::Context;
use mc_container::error::SystemError;
use mc_container::frame::{self, Layout};
use mc_container::manifest::Entry;
use mc_container::value::{Scalar, Value};
use std::sync::Arc;

/// Which entry of which instance is running.
#[derive(Clone, Copy)]
pub(crate) struct Frame {
    pub(crate) instance: InstanceId,
    pub(crate) entry: usize,
    /// Where the entry's accesses start among those of the transaction.
    pub(crate) accesses_start: usize,
    /// Which step of which composition it is.
    pub(crate) step: Option<RunningStep>,
}

/// A frame with its instance.
#[derive(Clone, Copy)]
pub(crate) struct Running<'a> {
    pub(crate) instance: &'a Instance,
    pub(crate) frame: &'a Frame,
}

impl<'a> Running<'a> {
    #[inline]
    pub(crate) fn of(instances: &'a Instances, frame: &'a Frame) -> Result<Self, SystemError> {
        Ok(Self { instance: instances.get(frame.instance).ok_or(SystemError::Trap)?, frame })
    }

    #[inline]
    pub(crate) fn container(self) -> &'a Container {
        &self.instance.container
    }

    /// The signature of the entry.
    pub(crate) fn signature(self) -> Result<&'a Entry, SystemError> {
        self.container().signature(self.frame.entry).ok_or(SystemError::NoSuchEntry)
    }

    /// What the entry takes and gives, and may take from its caller.
    pub(crate) fn linked(self) -> Result<&'a LinkedEntry, SystemError> {
        self.container().entries.get(self.frame.entry).ok_or(SystemError::NoSuchEntry)
    }

    /// Where the parts of the frame lie.
    fn layout(self) -> Result<&'a Layout, SystemError> {
        self.container().layout.entries.get(self.frame.entry).ok_or(SystemError::NoSuchEntry)
    }

    /// The entry's own formulas.
    fn formulas(self) -> Result<&'a EntryAccess, SystemError> {
        self.container().formulas(self.frame.entry).ok_or(SystemError::NoSuchEntry)
    }
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
    chunk: Arc<Chunk>,
    number: usize,
    called: InstanceId,
}

impl Claimed {
    pub(crate) fn call<'a>(&'a self, instances: &'a Instances) -> Result<Call<'a>, SystemError> {
        let called = instances.get(self.called).ok_or(SystemError::Trap)?;
        Call::new(self.chunk.claims.transaction(self.number)?, &called.container)
    }
}

impl<'a> Call<'a> {
    pub(crate) fn new(claims: TransactionClaims<'a>, container: &'a Container) -> Result<Self, SystemError> {
        let linked = container.entries.get(claims.head.target.entry).ok_or(SystemError::NoSuchEntry)?;
        Ok(Self { claims, container, linked })
    }
}

/// The data of a worker's store.
#[derive(Default)]
pub(crate) struct Host {
    pub(crate) instances: Instances,
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
    frame_cells: Vec<FrameCell>,
    /// What the running entry has gained of each asset.
    tally: Tally,
    /// What it has taken of which asset from the caller.
    taken: Vec<(AssetNumber, u128)>,
    /// The memory that terms are evaluated in.
    terms: Scratch,
    /// Lists of values that nobody uses at the moment.
    spare: Vec<Vec<Value>>,
}

/// A cell of the running frame.
#[derive(Clone, Copy)]
struct FrameCell {
    number: CellNumber,
    /// What it was worth when the running entry met it.
    entered: Value,
}

impl Host {
    /// Starts a transaction that calls an instance.
    pub(crate) fn begin(
        &mut self,
        (chunk, number): (&Arc<Chunk>, usize),
        called: InstanceId,
        call: Call<'_>,
    ) {
        match &mut self.claimed {
            // Counting who else holds the chunk would take it from the cores that work on it, too.
            Some(before) if Arc::ptr_eq(&before.chunk, chunk) => {
                (before.number, before.called) = (number, called);
            }
            claimed => *claimed = Some(Claimed { chunk: chunk.clone(), number, called }),
        }
        self.frames.clear();
        self.work.begin(chunk, call);
    }

    /// The entry that is running.
    pub(crate) fn running(&self) -> Result<Running<'_>, SystemError> {
        Running::of(&self.instances, self.frames.last().ok_or(SystemError::Trap)?)
    }

    /// Enters a frame, and fills it into the memory of its instance.
    pub(crate) fn enter(
        &mut self,
        memory: &mut [u8],
        frame: Frame,
        args: &[Value],
    ) -> Result<(), SystemError> {
        let call = self.claimed.as_ref().ok_or(SystemError::Trap)?.call(&self.instances)?;
        let running = Running::of(&self.instances, &frame)?;
        self.work.fill(memory, running, call, args)?;
        if running.container().composes() {
            self.work.enter_composition(running, args)?;
        }
        self.frames.push(frame);
        Ok(())
    }

    /// Leaves the frame that has run for the one it was called from.
    pub(crate) fn leave(&mut self) {
        self.work.frame_cells.clear();
        let left = self.frames.pop().and_then(|frame| self.instances.get(frame.instance));
        if left.is_some_and(|left| left.container.composes()) {
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
            with_values!(live, |values| self.journal.begin(chunk, (claims, &linked.accesses), values));
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
        let Some(live) = &mut self.live else { return Ok(()) };
        with_values!(live, |values| self.journal.publish(tx, values))
    }

    /// Fills the frame of an entry that is about to run.
    fn fill(
        &mut self,
        memory: &mut [u8],
        running: Running<'_>,
        call: Call<'_>,
        args: &[Value],
    ) -> Result<(), SystemError> {
        let (container, first) = (running.container(), running.frame.accesses_start);
        memory.get_mut(..container.frame_bytes).unwrap_or_default().fill(0);
        self.fill_head(memory, running)?;
        let params = running.linked()?.shape.params.iter().copied();
        memory::write_scalars(memory, container.layout.arguments, params.zip(args.iter().copied()))?;
        let (own, layout) = (running.formulas()?.accesses.as_slice(), running.layout()?);
        let mut places = CellPlaces::of(memory, layout).ok_or(SystemError::Undeclared)?;
        let accesses = first..first + own.len();
        for Fill { place, cell } in call.claims.fills(accesses.clone()) {
            let slot = self.slot(&mut places, *cell)?;
            places.tell(*place, slot)?;
        }
        if call.linked.fills_once {
            return Ok(());
        }
        let linked = call.linked.accesses.get(accesses.clone()).unwrap_or_default();
        for ((number, linked), access) in accesses.zip(linked).zip(own) {
            match linked.filling {
                Filling::Once => {}
                Filling::Often => {
                    for Fill { place, cell } in call.claims.fills(number..number + 1) {
                        let slot = self.slot(&mut places, *cell)?;
                        let further = linked.further_places().iter();
                        further
                            .map(|further| place.saturating_add(*further))
                            .try_for_each(|place| places.tell(place, slot))?;
                    }
                }
                Filling::Late => self.fill_late(&mut places, (access, linked), call, (running, args))?,
            }
        }
        Ok(())
    }

    /// Enters a composition, and works out what it may take from the caller. A term that has no value lets it take
    /// nothing.
    fn enter_composition(&mut self, running: Running<'_>, args: &[Value]) -> Result<(), SystemError> {
        let entry = running.linked()?;
        let sequence = running.signature().map_or(0, |signature| signature.sequence);
        self.compositions.enter(running.container().book.len(), sequence);
        if entry.spends.is_empty() {
            return Ok(());
        }
        let environment = self.environment(running, args);
        let mut evaluator = Evaluator::reusing(std::mem::take(&mut self.terms), &environment, false);
        for (asset, most) in &entry.spends {
            let most = evaluator.term(most).ok().filter(|most| most.is_canonical(Scalar::U128));
            self.compositions.allow(*asset, most.map_or(0, |most| most.number(Scalar::U128).as_u128()));
        }
        self.terms = evaluator.into_scratch();
        Ok(())
    }

    /// Fills in what the call is told about where it runs.
    fn fill_head(&self, memory: &mut [u8], running: Running<'_>) -> Result<(), SystemError> {
        let (own, step) = (running.container().address().value(), running.frame.step);
        let via = step.map_or(Value::ZERO, |step| step.via);
        let ([c0, c1, c2, _], [o0, o1, o2, _], [v0, v1, v2, _]) = (self.caller.0, own.0, via.0);
        let [t0, t1, t2, t3] = self.tx_id.0;
        let (now, height, is_step) = (self.now.low(), self.height.low(), u64::from(step.is_some()));
        let head = [c0, c1, c2, now, o0, o1, o2, is_step, v0, v1, v2, height, t0, t1, t2, t3];
        memory::write_limbs(memory, frame::CALLER, &head)
    }

    /// What the running entry's own formulas are evaluated over.
    fn environment<'a>(&self, running: Running<'a>, args: &'a [Value]) -> CallEnvironment<'a> {
        let Self { caller, now, tx_id, .. } = *self;
        let (container, step) = (running.container(), running.frame.step);
        CallEnvironment { container, args: args.into(), caller, now, tx_id, step, cells: None }
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
        let Declared { params, terms, when } = &step.declared;
        let own = call.claims.args();
        let is_passed =
            |number: usize, value: Option<Value>| value.is_some_and(|it| args.get(number) == Some(&it));
        if !params.iter().all(|(number, param)| is_passed(*number, own.get(usize::from(*param)))) {
            return Err(SystemError::Undeclared);
        }
        if terms.is_empty() && when.is_none() {
            return Ok(());
        }
        let Self { caller, now, tx_id, .. } = *self;
        let (container, cells) = (call.container, self.live.as_ref().map(|live| live as &dyn Cells));
        let environment = CallEnvironment { container, args: own, caller, now, tx_id, step: None, cells };
        let mut evaluator = Evaluator::reusing(std::mem::take(&mut self.terms), &environment, false);
        let is_taken = when.as_ref().is_none_or(|when| evaluator.term(when) != Ok(Value::ZERO));
        let passes =
            is_taken && terms.iter().all(|(number, term)| is_passed(*number, evaluator.term(term).ok()));
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
        places: &mut CellPlaces<'_>,
        (access, linked): (&Access, &LinkedAccess),
        call: Call<'_>,
        (running, args): (Running<'_>, &[Value]),
    ) -> Result<(), SystemError> {
        let mut footprint = Footprint::default();
        let live = self.live.as_ref().ok_or(SystemError::Undeclared)?;
        let private = Private { journal: &self.journal, tx: call.claims, live };
        let environment = CallEnvironment { cells: Some(&private), ..self.environment(running, args) };
        let place = linked.place_of(access, false);
        if !Evaluator::new(&environment, true).access(&place, &mut footprint) {
            return Err(SystemError::Undeclared);
        }
        footprint.name();
        for touch in &footprint.touches {
            let start = touch.locks_start as usize;
            let locks_above = footprint.locks.get(start..start + access.keys.len()).unwrap_or_default();
            let cell = self.find(call, linked, (*footprint.key(touch), touch.is_callers), locks_above)?;
            let slot = self.slot(places, cell)?;
            places.tell(linked.own_place(touch.turn), slot)?;
            if self.watch.is_detailed() {
                let keys =
                    Evaluator::new(&self.environment(running, args), false).keys_at(&place, touch.turn);
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
        with_values!(live, |values| self.journal.find_below_locks(call.claims, values, &wanted))
    }

    /// The number of a cell's slot in the running frame; every name of the cell finds this one.
    #[inline]
    fn slot(&mut self, places: &mut CellPlaces<'_>, number: CellNumber) -> Result<u32, SystemError> {
        let cell = self.journal.cell_mut(number).ok_or(SystemError::Undeclared)?;
        let own = self.frame_cells.get(cell.frame_slot as usize);
        if own.is_none_or(|own| own.number != number) {
            cell.frame_slot = self.frame_cells.len() as u32;
            places.write(cell.frame_slot, cell.value)?;
            self.frame_cells.push(FrameCell { number, entered: cell.value });
        }
        Ok(cell.frame_slot)
    }

    /// Takes back the cells of the frame that has run.
    pub(crate) fn take_back(&mut self, memory: &[u8], running: Running<'_>) -> Result<(), SystemError> {
        let Self { frame_cells, journal, compositions, .. } = self;
        for (FrameCell { number, entered }, left) in
            frame_cells.iter().zip(memory::slots(memory, running.layout()?))
        {
            if left != *entered {
                journal.cell_mut(*number).ok_or(SystemError::Undeclared)?.take_back(left)?;
                compositions.changes(*number, *entered);
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
        let met = |cell: &FrameCell| self.journal.met(call.claims, cell.number, cell.entered);
        self.frame_cells.iter().filter_map(met).collect()
    }

    /// Counts what the frame that has run has taken from the caller. False where a composition that is running may
    /// not take so much; then nothing of the frame is taken back.
    pub(crate) fn spend(&mut self, container: &Container) -> bool {
        if self.compositions.is_empty() {
            return true;
        }
        self.taken.clear();
        for FrameCell { number, entered } in &self.frame_cells {
            let cell = self.journal.cell_mut(*number).filter(|cell| cell.is_callers);
            let Some((asset, taken)) = cell.and_then(|cell| cell.taken(*entered)) else { continue };
            let Some(asset) = container.asset_number(asset) else { continue };
            match self.taken.iter_mut().find(|(of, _)| *of == asset) {
                Some((_, sum)) => *sum = sum.saturating_add(taken),
                None => self.taken.push((asset, taken)),
            }
        }
        let may = self.taken.is_empty() || self.compositions.spend(&self.taken);
        for FrameCell { number, entered } in self.frame_cells.iter().filter(|_| !may) {
            if let Some(cell) = self.journal.cell_mut(*number) {
                cell.value = *entered;
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
        let value = shape.value.and_then(|at| call.claims.args().get(at)).unwrap_or_default();
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
        let fill = call.claims.fills(access..access + 1).first()?;
        self.journal.cell_mut(fill.cell)
    }

    /// Checks that an entry that has run has neither made nor lost some of an asset: what it has taken is in its
    /// cells or in what it gives, or has become less of its own supply.
    pub(crate) fn conserve(
        &mut self,
        running: Running<'_>,
        args: &[Value],
        result: &[Value],
    ) -> Result<(), SystemError> {
        let (container, shape) = (running.container(), &running.linked()?.shape);
        let composition = self.compositions.innermost().filter(|_| container.composes());
        let tally = if let Some(composition) = composition {
            &mut composition.tally
        } else {
            self.tally.start(container.book.len());
            &mut self.tally
        };
        let mut only_added = true;
        for FrameCell { number, entered } in &self.frame_cells {
            if let Some(cell) = self.journal.cell_mut(*number) {
                only_added &= tally.cell(cell.held, cell.ty, *entered, cell.value);
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
        running: Running<'_>,
        number: usize,
    ) -> Result<i32, SystemError> {
        let computation = running.container().computation(number);
        let (computation, operands) = computation.ok_or(SystemError::Trap)?;
        let mut values = self.values();
        memory::exchanged(memory, operands.iter().copied(), |_, value| values.push(value))?;
        let step = running.frame.step.map_or(0, |step| step.number.saturating_add(1));
        let result = computation.run(&values, Context { tx_id: self.tx_id, step });
        self.spare(values);
        match result {
            Ok(value) => {
                memory::write_scalars(memory, frame::EXCHANGE, [(computation.result(), value)]).map(|()| 0)
            }
            Err(error) => Ok(i32::from(error.code())),
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
        running: Running<'_>,
        call: Call<'_>,
        access: i32,
    ) -> Result<u32, SystemError> {
        let number = usize::try_from(access).map_err(|_| SystemError::Undeclared)?;
        let own = running.formulas()?.accesses.get(number);
        let linked = call.linked.accesses.get(running.frame.accesses_start + number);
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
        let mut places = CellPlaces::of(memory, running.layout()?).ok_or(SystemError::Undeclared)?;
        let slot = self.slot(&mut places, cell)?;
        Ok(places.offset(slot))
    }
}
