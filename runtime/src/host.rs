//! The host's side of a running transaction: what the code of a container can ask for, and where it stands.
//!
//! Everything here works on the memory of one instance and the journal of one transaction; the engine is not
//! called from here.

use crate::assets::{self, Tally};
use crate::evaluate::{CallEnvironment, RunningStep, TransactionClaims};
use crate::guard;
use crate::journal::{CellNumber, Journal, Private, PrivateCell, Wanted};
use crate::live::Live;
use crate::memory;
use crate::receipt::Event;
use crate::registry::{Container, LinkedAccess, LinkedEntry, LinkedStep};
use crate::schedule::chunk::Chunk;
use mc_container::access::evaluate::Evaluator;
use mc_container::access::{Access, Footprint};
use mc_container::address::CellKey;
use mc_container::compute::{Computation, Context};
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
}

/// Which entry of which instance is running.
#[derive(Clone)]
pub(crate) struct Frame {
    pub(crate) instance: Arc<Instance>,
    pub(crate) entry: usize,
    /// Where the entry's accesses start among those of the transaction.
    pub(crate) accesses_start: usize,
    /// Which step of which composition it is.
    pub(crate) step: Option<RunningStep>,
}

/// A transaction's claims, and the linked entry they are of.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) claims: TransactionClaims<'a>,
    pub(crate) linked: &'a LinkedEntry,
}

/// Which transaction is running, and the instance that it calls.
#[derive(Clone)]
pub(crate) struct Claimed {
    pub(crate) chunk: Arc<Chunk>,
    pub(crate) number: usize,
    pub(crate) called: Arc<Instance>,
}

impl Claimed {
    pub(crate) fn call(&self) -> Result<Call<'_>, SystemError> {
        let claims = self.chunk.claims.transaction(self.number)?;
        let linked = self.called.container.entries.get(claims.head.target.entry);
        Ok(Call { claims, linked: linked.ok_or(SystemError::NoSuchEntry)? })
    }
}

/// The data of a worker's store.
#[derive(Default)]
pub(crate) struct Host {
    pub(crate) live: Option<Live>,
    pub(crate) now: Value,
    pub(crate) height: Value,
    pub(crate) caller: Value,
    pub(crate) tx_id: Value,
    pub(crate) journal: Journal,
    /// What the slots of the called container are bound to.
    pub(crate) slots: Vec<Arc<Instance>>,
    pub(crate) frame: Option<Frame>,
    /// The transaction that is running.
    pub(crate) claimed: Option<Claimed>,
    // INVARIANT: only contracts have cells, and a contract takes no steps, so one frame at a time has slots.
    /// The cell in each slot of the running frame.
    frame_cells: Vec<CellNumber>,
    /// What the running entry has gained of each asset.
    tally: Tally,
    /// What the running composition has put into its steps, by its own numbers: they are what it has for cells.
    composition: Tally,
    operands: Vec<Value>,
}

impl Host {
    /// Starts a transaction.
    pub(crate) fn begin(&mut self, claimed: &Claimed, tx: TransactionClaims<'_>) {
        self.claimed = Some(claimed.clone());
        (self.caller, self.tx_id, self.frame) = (tx.head.caller, tx.head.tx_id, None);
        self.frame_cells.clear();
        if let Some(live) = &mut self.live {
            self.journal.begin(tx, live, |cell| claimed.chunk.slot(cell));
        }
    }

    /// Publishes what the transaction has changed, or gives the owner of a cell that changed too far.
    pub(crate) fn publish(&mut self, tx: TransactionClaims<'_>) -> Result<(), u16> {
        self.live.as_mut().map_or(Ok(()), |live| self.journal.publish(tx, live))
    }

    /// Fills the frame of an entry that is about to run.
    pub(crate) fn fill(
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
        let linked = call.linked.accesses.iter().skip(frame.accesses_start);
        for (number, (access, linked)) in own.accesses.iter().zip(linked).enumerate() {
            let table = layout.table_entry(number);
            if linked.is_exact {
                for (turn, cell) in call.claims.turns(frame.accesses_start + number) {
                    let slot = self.slot(memory, layout, *cell)?;
                    write_turns(memory, table, linked.turns.of(*turn), slot)?;
                }
            } else if access.is_exact(linked.key_types.len()) {
                self.fill_late(memory, (layout, table), (access, linked), call, (frame, args))?;
            }
        }
        Ok(())
    }

    /// Fills in what the call is told about where it runs.
    fn fill_head(&self, memory: &mut [u8], frame: &Frame) -> Result<(), SystemError> {
        let address = frame.instance.container.address().value();
        let via = frame.step.map_or(Value::ZERO, |step| step.via);
        let head = [
            (Scalar::Address, self.caller),
            (Scalar::Time, self.now),
            (Scalar::Address, address),
            (Scalar::Bool, Value::from_u64(u64::from(frame.step.is_some()))),
            (Scalar::Address, via),
            (Scalar::U64, self.height),
            (Scalar::Id, self.tx_id),
        ];
        memory::write_scalars(memory, frame::CALLER, head)
    }

    /// What the running entry's own formulas are evaluated over.
    pub(crate) fn environment<'a>(&self, frame: &'a Frame, args: &'a [Value]) -> CallEnvironment<'a> {
        let Self { caller, now, tx_id, .. } = *self;
        let (container, step) = (&frame.instance.container, frame.step);
        CallEnvironment { container, args, caller, now, tx_id, step, cells: None }
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
        for touch in &footprint.touches {
            let start = touch.locks_start as usize;
            let locks_above = footprint.locks.get(start..start + access.keys.len()).unwrap_or_default();
            let cell = self.find(call, linked, touch.key, locks_above)?;
            let slot = self.slot(memory, layout, cell)?;
            write_turns(memory, table, [touch.turn], slot)?;
        }
        Ok(())
    }

    fn find(
        &mut self,
        call: Call<'_>,
        linked: &LinkedAccess,
        key: CellKey,
        locks_above: &[CellKey],
    ) -> Result<CellNumber, SystemError> {
        let LinkedAccess { value: ty, default, held, instance, .. } = *linked;
        let live = self.live.as_mut().ok_or(SystemError::Undeclared)?;
        let wanted = Wanted { key, locks_above, ty, default, held, instance };
        self.journal.find_below_locks(call.claims, live, &wanted)
    }

    /// The offset of a cell's slot in the running frame; every name of the cell finds this one.
    fn slot(&mut self, memory: &mut [u8], layout: &Layout, number: CellNumber) -> Result<u32, SystemError> {
        let next = self.frame_cells.len() as u32;
        let cell = self.journal.cell_mut(number).ok_or(SystemError::Undeclared)?;
        if let Some(slot) = cell.frame_slot {
            return Ok(layout.slots_start + slot * SLOT);
        }
        if next >= layout.slots {
            return Err(SystemError::Undeclared);
        }
        let offset = layout.slots_start + next * SLOT;
        memory::write_limbs(memory, offset, &cell.value.0)?;
        (cell.frame_slot, cell.entered) = (Some(next), cell.value);
        self.frame_cells.push(number);
        Ok(offset)
    }

    /// Takes back the cells of the frame that has run.
    pub(crate) fn take_back(&mut self, memory: &[u8], layout: &Layout) -> Result<(), SystemError> {
        let mut offset = layout.slots_start;
        for number in &self.frame_cells {
            if let Some(cell) = self.journal.cell_mut(*number) {
                cell.take_back(memory::read_slot(memory, offset))?;
            }
            offset += SLOT;
        }
        Ok(())
    }

    /// Takes the transaction's Value from its sender, before anything runs.
    pub(crate) fn debit(&mut self, call: Call<'_>) -> Result<(), SystemError> {
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
        let (_, cell) = call.claims.turns(access).first()?;
        self.journal.cell_mut(*cell)
    }

    /// Starts to count what a composition passes on and gets.
    pub(crate) fn start_composition(&mut self, container: &Container) {
        self.composition.start(container.book.len());
    }

    /// Counts what a step of the running composition has taken and given.
    pub(crate) fn count_step(&mut self, step: &LinkedStep, args: &[Value], result: &[Value]) {
        self.composition.gain(&step.takes, args);
        self.composition.lose(&step.gives, result);
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
        if container.manifest().kind == ContainerKind::Composition {
            std::mem::swap(&mut self.tally, &mut self.composition);
        } else {
            self.tally.start(container.book.len());
        }
        let tally = &mut self.tally;
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
        computation: &Computation,
        operands: &[Scalar],
    ) -> Result<i32, SystemError> {
        let mut values = std::mem::take(&mut self.operands);
        values.clear();
        memory::exchanged(memory, operands.iter().copied(), |_, value| values.push(value))?;
        let step = frame.step.map_or(0, |step| step.number.saturating_add(1));
        let result = computation.run(&values, Context { tx_id: self.tx_id, step });
        self.operands = values;
        match result {
            Ok(value) => {
                memory::write_scalars(memory, frame::EXCHANGE, [(computation.result(), value)]).map(|()| 0)
            }
            Err(error) => Ok(i32::from(error.code())),
        }
    }

    /// Leaves the frame that has run for the one it was called from.
    pub(crate) fn leave_frame(&mut self, outer: Option<Frame>) {
        for number in self.frame_cells.drain(..) {
            if let Some(cell) = self.journal.cell_mut(number) {
                cell.frame_slot = None;
            }
        }
        self.frame = outer;
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
        let (mut key_bytes, mut locks_above) = (Vec::new(), Vec::new());
        memory::exchanged(memory, linked.key_types.iter().copied(), |ty, key| {
            locks_above.push(linked.root.cell(&key_bytes));
            key.encode(ty, &mut key_bytes);
        })?;
        let cell = self.find(call, linked, linked.root.cell(&key_bytes), &locks_above)?;
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
