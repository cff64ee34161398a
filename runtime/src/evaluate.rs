//! Evaluation, the first half of the paper's step 2: which cells each transaction claims.
//!
//! The access formulas of a call are evaluated over its arguments, before anything executes. Names of one cell
//! become one claim here, with everything that is permitted under any of them.

use crate::admit::{self, Origin, Target};
use crate::arguments::{Arguments, Kept, Place};
use crate::hash::DigestMap;
use crate::registry::{Container, LinkedAccess, LinkedEntry, Registry};
use crate::source::Cells;
use crate::transaction::Transaction;
use mc_container::access::Span;
use mc_container::access::evaluate::{Evaluator, Scratch};
use mc_container::access::{
    Concrete, Environment, Footprint, Kind, Permission, Permitted, Touch, VariableId,
};
use mc_container::address::CellKey;
use mc_container::error::SystemError;
use mc_container::value::Value;
use std::ops::Range;

/// How many cells are named together at least, unless there are fewer.
const TOGETHER: usize = 64;

/// From this many claims on, a transaction's claims are found through a map.
const MAP_FROM: usize = 16;

/// A cell that a transaction may touch. Blocks have many of them, so what is large or the same for many stands
/// elsewhere.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim {
    pub(crate) key: CellKey,
    /// The access of the called entry that names it first, which says what the cell is.
    access: u32,
    /// The locks above it, among those of the claims.
    cover: (u32, u32),
    /// Everything that the transaction may do with it, under any of its names and its own locks.
    permitted: Permitted,
    /// True if one of its keys is the caller's address.
    pub(crate) is_callers: bool,
}

/// A lock that a transaction holds over every cell below a prefix; it reads, writes, or credits what is capped.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LockClaim {
    pub(crate) key: CellKey,
    pub(crate) permission: Permission,
    cover: (u32, u32),
}

impl Claim {
    /// Permits this, too.
    fn permit(&mut self, permission: Permission, spans: &mut Vec<Span>) {
        let both = self.permitted.permission(spans).join(permission);
        self.permitted = Permitted::new(both, spans);
    }

    /// What a transaction may do with the cell.
    #[inline]
    pub(crate) fn kind(&self) -> Kind {
        self.permitted.kind
    }

    /// What the cell is; `accesses` are those of the entry that its transaction calls.
    #[inline]
    pub(crate) fn access<'a>(&self, accesses: &'a [LinkedAccess]) -> Option<&'a LinkedAccess> {
        accesses.get(self.access as usize)
    }
}

impl LockClaim {
    /// The head-room of a delta on unknown cells cannot be computed, so it writes, unless it is a credit that
    /// needs none.
    fn new(access: &LinkedAccess, touch: &Touch, footprint: &Footprint, cover: (u32, u32)) -> Self {
        let permission = match touch.permitted.permission(&footprint.spans) {
            Permission::Read => Permission::Read,
            Permission::Delta(span) if access.held.is_capped() && span.is_credit() => {
                Permission::Delta(Span::any_credit())
            }
            _ => Permission::Write,
        };
        Self { key: *footprint.key(touch), permission, cover }
    }
}

/// How much is known of what a transaction touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Its claims are exactly what it touches.
    Known,
    /// What it touches depends on the state, and nothing is claimed yet.
    Waiting,
    /// Its claims cover what it touches, whatever those before it do; when it starts, they are evaluated again.
    Covered,
}

/// A transaction that was admitted, and where its claims stand.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) target: Target,
    pub(crate) caller: Value,
    pub(crate) tx_id: Value,
    pub(crate) stage: Stage,
    /// How many places the formulas name, under however many names.
    pub(crate) places: u32,
    args: Place,
    /// For each access, where its fills start; one more at the end.
    accesses: Part,
    cells: Part,
    locks: Part,
}

/// A part of one of the lists of some claims.
#[derive(Clone, Copy, Debug, Default)]
struct Part {
    start: u32,
    end: u32,
}

impl Part {
    /// What was appended to a list that had so many before.
    fn since<T>(start: usize, list: &[T]) -> Self {
        Self { start: start as u32, end: list.len() as u32 }
    }

    #[inline]
    fn of<T>(self, list: &[T]) -> &[T] {
        list.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// A place in the table of a frame, or the first of some, and the cell whose slot it tells.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fill {
    pub(crate) place: u32,
    /// The number of the cell among the claims of its transaction.
    pub(crate) cell: u32,
}

/// The claims of some consecutive transactions.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    heads: Vec<Result<Head, SystemError>>,
    args: Kept,
    cells: Vec<Claim>,
    /// How far cells may be moved.
    spans: Vec<Span>,
    locks: Vec<LockClaim>,
    /// What the exact accesses fill into the tables of frames.
    fills: Vec<Fill>,
    access_starts: Vec<u32>,
    /// The locks above claimed cells and locks, outermost first.
    covers: Vec<CellKey>,
    /// How many transactions are [`Stage::Waiting`].
    waiting: usize,
}

/// What the transactions of some claims have in common.
#[derive(Clone, Copy)]
pub(crate) struct Circumstances<'r> {
    pub(crate) registry: &'r Registry,
    /// The block's time.
    pub(crate) now: u64,
    pub(crate) origin: Origin,
    /// Asks for the locks above each cell.
    pub(crate) with_locks: bool,
}

/// A transaction whose formulas are evaluated.
#[derive(Clone, Copy, Debug)]
struct Unclaimed {
    /// Its number among the heads.
    number: usize,
    /// Where its accesses start in the footprint.
    accesses: usize,
}

/// How many accesses that depend on the state were evaluated to cells, and how many were covered instead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settled {
    pub(crate) exact: usize,
    pub(crate) widened: usize,
}

/// The memory that claims are worked out in: one for each worker, so that it stays near.
#[derive(Debug, Default)]
pub(crate) struct ClaimScratch {
    terms: Scratch,
    bytes: Vec<u8>,
    /// The arguments of the transaction that is at hand.
    pub(crate) args: Vec<Value>,
    footprint: Footprint,
    /// The transactions whose formulas are evaluated, but whose cells are not claimed yet.
    unclaimed: Vec<Unclaimed>,
    cell_index: KeyIndex,
    lock_index: KeyIndex,
}

/// Finds a key among those of one transaction; a map helps once they are many.
#[derive(Debug, Default)]
struct KeyIndex(DigestMap<CellKey, u32>);

impl KeyIndex {
    #[inline]
    fn find<T>(&mut self, own: &[T], key_of: impl Fn(&T) -> &CellKey, key: &CellKey) -> Option<usize> {
        if own.len() < MAP_FROM {
            // Where their first bytes differ, which is nearly always, keys need not be compared.
            let first = |key: &CellKey| key.0.first_chunk::<8>().map(|first| u64::from_le_bytes(*first));
            let wanted = first(key);
            let same = |found: &CellKey| first(found) == wanted && found == key;
            return own.iter().position(|claim| same(key_of(claim)));
        }
        for (number, claim) in own.iter().enumerate().skip(self.0.len()) {
            self.0.insert(*key_of(claim), number as u32);
        }
        self.0.get(key).map(|number| *number as usize)
    }
}

/// What formulas are evaluated over: one call of one container.
pub(crate) struct CallEnvironment<'a> {
    pub(crate) container: &'a Container,
    pub(crate) args: Arguments<'a>,
    pub(crate) caller: Value,
    pub(crate) now: Value,
    pub(crate) tx_id: Value,
    /// The composition that is running, if this is a step of it.
    pub(crate) step: Option<RunningStep>,
    /// What the cells held when the call began.
    pub(crate) cells: Option<&'a dyn Cells>,
}

/// A step, as its own formulas see it before linking: they do not say which one it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunningStep {
    /// Its number among all steps of the transaction.
    pub(crate) number: u16,
    /// The address of the composition that takes it.
    pub(crate) via: Value,
}

impl Environment for CallEnvironment<'_> {
    #[inline]
    fn param(&self, number: u16) -> Option<Value> {
        self.args.get(usize::from(number))
    }

    fn caller(&self) -> Value {
        self.caller
    }

    fn now(&self) -> Value {
        self.now
    }

    fn tx_id(&self) -> Value {
        self.tx_id
    }

    fn via(&self) -> Value {
        self.step.map_or(Value::ZERO, |step| step.via)
    }

    fn step(&self) -> u16 {
        self.step.map_or(0, |step| step.number.saturating_add(1))
    }

    fn address(&self, instance: u16) -> Option<Value> {
        self.container.instance(instance).map(|container| container.address().value())
    }

    fn immutable(&self, instance: u16, variable: VariableId) -> Option<Value> {
        self.container.instance(instance)?.immutable(variable)
    }

    fn at(&self, instance: u16, variable: VariableId, keys: &[Value]) -> Option<Value> {
        self.cells?.read(&self.container.instance(instance)?.source(variable, keys)?)
    }
}

/// True if some transaction calls an entry that may claim cells that only execution tells, so that locks matter.
pub(crate) fn needs_locks(registry: &Registry, transactions: &[Transaction]) -> bool {
    let locks = |tx: &Transaction| {
        let target = admit::target(registry, tx, Origin::Block).ok()?;
        registry.by_id(target.container)?.entries.get(target.entry).map(|entry| entry.may_lock)
    };
    registry.has_locks() && transactions.iter().any(|tx| locks(tx) == Some(true))
}

impl Claims {
    /// Forgets all transactions but keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.heads.clear();
        self.args.clear();
        self.cells.clear();
        self.spans.clear();
        self.locks.clear();
        self.fills.clear();
        self.access_starts.clear();
        self.covers.clear();
        self.waiting = 0;
    }

    /// Adds transactions with what they may touch, unless that depends on the state.
    pub(crate) fn add<'t>(
        &mut self,
        around: Circumstances<'_>,
        transactions: impl IntoIterator<Item = &'t Transaction>,
        scratch: &mut ClaimScratch,
    ) {
        for tx in transactions {
            self.add_one(around, tx, scratch);
            if scratch.footprint.touches.len() >= TOGETHER {
                self.finish(around.registry, scratch);
            }
        }
        self.finish(around.registry, scratch);
    }

    fn add_one(&mut self, around: Circumstances<'_>, tx: &Transaction, scratch: &mut ClaimScratch) {
        let Circumstances { registry, now, origin, with_locks } = around;
        let number = self.heads.len();
        match self.admit(registry, tx, origin, scratch) {
            Ok(called) if called.1.is_settled => {
                let locks = with_locks.then_some(registry);
                let args = std::mem::take(&mut scratch.args);
                self.evaluate(number, called, (now, Some(&args)), (None, locks), scratch);
                scratch.args = args;
            }
            Ok(_) => self.waiting += 1,
            Err(error) => self.heads.push(Err(error)),
        }
    }

    /// Claims the cells of all transactions whose formulas are evaluated. Their keys are worked out together, which
    /// takes a fraction of the time of one after the other.
    fn finish(&mut self, registry: &Registry, scratch: &mut ClaimScratch) {
        scratch.footprint.name();
        let covers = self.covers.len() as u32;
        self.covers.extend_from_slice(&scratch.footprint.locks);
        let mut unclaimed = std::mem::take(&mut scratch.unclaimed);
        for unclaimed in unclaimed.drain(..) {
            self.claim(registry, unclaimed, covers, scratch);
        }
        scratch.unclaimed = unclaimed;
        scratch.footprint.clear();
    }

    /// Evaluates what a transaction touches that waits for it, over `cells`.
    pub(crate) fn resolve(
        &mut self,
        registry: &Registry,
        now: u64,
        number: usize,
        cells: &dyn Cells,
        scratch: &mut ClaimScratch,
    ) -> Settled {
        let Some(Ok(head)) = self.heads.get(number) else { return Settled::default() };
        let called = registry.called(head.target.container, head.target.entry);
        self.waiting -= usize::from(head.stage == Stage::Waiting);
        let Some(called) = called else { return Settled::default() };
        let settled = self.evaluate(number, called, (now, None), (Some(cells), Some(registry)), scratch);
        self.finish(registry, scratch);
        settled
    }

    /// The claims of one transaction, evaluated over `cells` when it starts.
    pub(crate) fn again(
        &mut self,
        registry: &Registry,
        now: u64,
        tx: TransactionClaims<'_>,
        cells: &dyn Cells,
        scratch: &mut ClaimScratch,
    ) {
        self.clear();
        let args = self.args.keep(tx.args().all(&mut scratch.args));
        let head = Head { args, ..tx.head.clone() };
        let called = registry.called(head.target.container, head.target.entry);
        self.heads.push(Ok(head));
        if let Some(called) = called {
            self.evaluate(0, called, (now, None), (Some(cells), None), scratch);
        }
        self.finish(registry, scratch);
    }

    /// Adds a transaction with what it calls and its arguments, unless it is refused.
    fn admit<'r>(
        &mut self,
        registry: &'r Registry,
        tx: &Transaction,
        origin: Origin,
        ClaimScratch { bytes, args, .. }: &mut ClaimScratch,
    ) -> Result<(&'r Container, &'r LinkedEntry), SystemError> {
        let target = admit::target(registry, tx, origin)?;
        let (container, entry) =
            registry.called(target.container, target.entry).ok_or(SystemError::NoSuchEntry)?;
        let signature = container.signature(target.entry).ok_or(SystemError::NoSuchEntry)?;
        args.clear();
        admit::arguments(signature, &entry.shape, tx, args)?;
        let id = container.needs_tx_id.then(|| tx.id_in(bytes));
        self.heads.push(Ok(Head {
            target,
            caller: tx.from.value(),
            tx_id: Value::from_bytes(&id.unwrap_or_default()),
            stage: Stage::Waiting,
            places: 0,
            args: self.args.keep(args),
            accesses: Part::default(),
            cells: Part::default(),
            locks: Part::default(),
        }));
        Ok((container, entry))
    }

    /// Evaluates the formulas of a call over `cells` and its arguments, which are at hand or those that are kept, with
    /// the locks that somebody may hold above each cell if `locks` tells which.
    fn evaluate(
        &mut self,
        number: usize,
        (container, entry): (&Container, &LinkedEntry),
        (now, args): (u64, Option<&[Value]>),
        (cells, locks): (Option<&dyn Cells>, Option<&Registry>),
        ClaimScratch { terms, footprint, unclaimed, .. }: &mut ClaimScratch,
    ) -> Settled {
        let Some(Ok(head)) = self.heads.get_mut(number) else { return Settled::default() };
        let args = args.map_or_else(|| self.args.at(head.args), Arguments::from);
        let (caller, tx_id, now) = (head.caller, head.tx_id, Value::from_u64(now));
        let environment = CallEnvironment { container, args, caller, now, tx_id, step: None, cells };
        let mut evaluator = Evaluator::reusing(std::mem::take(terms), &environment, !entry.is_exact);
        unclaimed.push(Unclaimed { number, accesses: footprint.accesses.len() });
        let mut settled = Settled::default();
        for access in &entry.accesses {
            if let Some(registry) = locks {
                evaluator.ask_for_locks(registry.may_be_locked(access.root));
            }
            settle(access, &mut evaluator, footprint, &mut settled);
        }
        *terms = evaluator.into_scratch();
        head.stage = if settled.widened == 0 { Stage::Known } else { Stage::Covered };
        settled
    }

    /// Turns the touches of a transaction's accesses into claims, one for each cell and each lock.
    fn claim(
        &mut self,
        registry: &Registry,
        Unclaimed { number, accesses }: Unclaimed,
        covers: u32,
        scratch: &mut ClaimScratch,
    ) {
        let Some(Ok(head)) = self.heads.get(number) else { return };
        let Some((_, entry)) = registry.called(head.target.container, head.target.entry) else { return };
        let ClaimScratch { footprint, cell_index, lock_index, .. } = scratch;
        let evaluated = footprint.accesses.get(accesses..).unwrap_or_default();
        let evaluated = evaluated.get(..entry.accesses.len()).unwrap_or(evaluated);
        cell_index.0.clear();
        lock_index.0.clear();
        let (cells, locks, starts) = (self.cells.len(), self.locks.len(), self.access_starts.len());
        let mut places = 0;
        self.access_starts.push(self.fills.len() as u32);
        for ((number, access), concrete) in (0..).zip(&entry.accesses).zip(evaluated) {
            places += if entry.is_settled || access.is_declared { concrete.count } else { 0 };
            for touch in touches(footprint, concrete) {
                let (key, cover) = (footprint.key(touch), (covers + touch.locks_start, concrete.locks));
                if concrete.is_exact {
                    let own = self.cells.get_mut(cells..).unwrap_or_default();
                    let found = cell_index.find(own, |claim| &claim.key, key);
                    let cell = found.unwrap_or(own.len());
                    if let Some(claim) = own.get_mut(cell) {
                        claim.permit(touch.permitted.permission(&footprint.spans), &mut self.spans);
                    } else {
                        let (key, is_callers) = (*key, touch.is_callers);
                        let permitted = touch.permitted.moved(&footprint.spans, &mut self.spans);
                        self.cells.push(Claim { key, access: number, cover, permitted, is_callers });
                    }
                    self.fills.push(Fill { place: access.table_place(touch.turn), cell: cell as u32 });
                } else {
                    let lock = LockClaim::new(access, touch, footprint, cover);
                    let own = self.locks.get_mut(locks..).unwrap_or_default();
                    let found = lock_index.find(own, |claim| &claim.key, key);
                    match found.and_then(|number| own.get_mut(number)) {
                        Some(claim) => claim.permission = claim.permission.join(lock.permission),
                        None => self.locks.push(lock),
                    }
                }
            }
            self.access_starts.push(self.fills.len() as u32);
        }
        self.join_own_locks(cells, locks);
        if let Some(Ok(head)) = self.heads.get_mut(number) {
            head.places = places;
            head.accesses = Part::since(starts, &self.access_starts);
            head.cells = Part::since(cells, &self.cells);
            head.locks = Part::since(locks, &self.locks);
        }
    }

    /// A cell below a lock of its own transaction may be reached through both.
    fn join_own_locks(&mut self, cells: usize, locks: usize) {
        let held = self.locks.get(locks..).unwrap_or_default();
        if held.is_empty() {
            return;
        }
        let held: DigestMap<CellKey, Permission> =
            held.iter().map(|lock| (lock.key, lock.permission)).collect();
        for claim in self.cells.iter_mut().skip(cells) {
            for lock in cover(&self.covers, claim.cover) {
                if let Some(permission) = held.get(lock) {
                    claim.permit(*permission, &mut self.spans);
                }
            }
        }
    }

    /// The bytes that they take up.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(self.heads.as_slice())
            + self.args.bytes()
            + size_of_val(self.cells.as_slice())
            + size_of_val(self.spans.as_slice())
            + size_of_val(self.locks.as_slice())
            + size_of_val(self.fills.as_slice())
            + size_of_val(self.access_starts.as_slice())
            + size_of_val(self.covers.as_slice())
    }

    /// The number of transactions.
    pub(crate) fn len(&self) -> usize {
        self.heads.len()
    }

    /// The transaction with this number, or why it was not admitted.
    pub(crate) fn transaction(&self, number: usize) -> Result<TransactionClaims<'_>, SystemError> {
        match self.heads.get(number) {
            Some(Ok(head)) => Ok(TransactionClaims { claims: self, head }),
            Some(Err(error)) => Err(*error),
            None => Err(SystemError::NoSuchEntry),
        }
    }

    /// True if what some transaction touches depends on the state and was not evaluated yet.
    pub(crate) fn has_waiting(&self) -> bool {
        self.waiting > 0
    }

    /// True if what this transaction touches depends on the state and was not evaluated yet.
    pub(crate) fn is_waiting(&self, number: usize) -> bool {
        matches!(self.heads.get(number), Some(Ok(Head { stage: Stage::Waiting, .. })))
    }

    /// All cells of all transactions.
    pub(crate) fn all_cells(&self) -> &[Claim] {
        &self.cells
    }

    /// All locks of all transactions.
    pub(crate) fn all_locks(&self) -> &[LockClaim] {
        &self.locks
    }

    /// What a transaction may do with a cell that it claims.
    pub(crate) fn permission(&self, claim: &Claim) -> Permission {
        claim.permitted.permission(&self.spans)
    }

    /// How far a transaction may move a cell that it claims to move.
    #[inline]
    pub(crate) fn span(&self, claim: &Claim) -> Option<&Span> {
        claim.permitted.span(&self.spans)
    }

    /// The locks above a claimed cell.
    pub(crate) fn locks_above(&self, claim: &Claim) -> &[CellKey] {
        cover(&self.covers, claim.cover)
    }
}

/// The claims of one transaction.
#[derive(Clone, Copy)]
pub(crate) struct TransactionClaims<'a> {
    claims: &'a Claims,
    pub(crate) head: &'a Head,
}

impl<'a> TransactionClaims<'a> {
    pub(crate) fn args(self) -> Arguments<'a> {
        self.claims.args.at(self.head.args)
    }

    pub(crate) fn cells(self) -> &'a [Claim] {
        self.head.cells.of(&self.claims.cells)
    }

    /// The accesses of the entry that it calls.
    pub(crate) fn accesses(self, registry: &Registry) -> &[LinkedAccess] {
        let target = &self.head.target;
        registry.called(target.container, target.entry).map_or(&[], |(_, entry)| &entry.accesses)
    }

    /// Where [`TransactionClaims::cells`] start among all cells of the claims.
    pub(crate) fn cells_start(self) -> usize {
        self.head.cells.start as usize
    }

    pub(crate) fn locks(self) -> &'a [LockClaim] {
        self.head.locks.of(&self.claims.locks)
    }

    /// The locks above a lock that the transaction holds.
    pub(crate) fn locks_above_lock(self, lock: &LockClaim) -> &'a [CellKey] {
        cover(&self.claims.covers, lock.cover)
    }

    /// What the transaction may do with a cell.
    pub(crate) fn permission(self, claim: &Claim) -> Permission {
        self.claims.permission(claim)
    }

    /// How far the transaction may move a cell that it claims to move.
    #[inline]
    pub(crate) fn span(self, claim: &Claim) -> Option<&'a Span> {
        self.claims.span(claim)
    }

    /// What some of the linked accesses fill into the table of the frame of the entry that they belong to.
    #[inline]
    pub(crate) fn fills(self, accesses: Range<usize>) -> &'a [Fill] {
        let starts = self.head.accesses.of(&self.claims.access_starts);
        let start = |access: usize| starts.get(access).map_or(0, |start| *start as usize);
        self.claims.fills.get(start(accesses.start)..start(accesses.end)).unwrap_or_default()
    }
}

/// Evaluates an access to cells, or what covers it where it depends on a cell that is not known.
fn settle(
    access: &LinkedAccess,
    evaluator: &mut Evaluator<'_, CallEnvironment<'_>>,
    footprint: &mut Footprint,
    settled: &mut Settled,
) {
    let is_exact = evaluator.access(&access.place(), footprint);
    let Some(cover) = access.cover_place() else { return };
    // No cover depends on the state.
    let is_covered = is_exact || evaluator.access(&cover, footprint);
    footprint.accesses.extend((!is_covered).then(Concrete::default));
    if is_exact && !std::mem::take(&mut footprint.is_provisional) {
        settled.exact += 1;
    } else {
        settled.widened += 1;
    }
}

fn touches<'a>(footprint: &'a Footprint, concrete: &Concrete) -> &'a [Touch] {
    let start = concrete.start as usize;
    footprint.touches.get(start..start + concrete.count as usize).unwrap_or_default()
}

fn cover(covers: &[CellKey], (start, count): (u32, u32)) -> &[CellKey] {
    let start = start as usize;
    covers.get(start..start + count as usize).unwrap_or_default()
}
