//! Evaluation, the first half of the paper's step 2: which cells each transaction claims.
//!
//! The access formulas of a call are evaluated over its arguments, before anything executes. Names of one cell
//! become one claim here, with everything that is permitted under any of them.

use crate::admit::{self, Origin, Target};
use crate::assets::Held;
use crate::hash::DigestMap;
use crate::registry::{Container, LinkedAccess, Registry};
use crate::transaction::Transaction;
use mc_container::access::evaluate::{Evaluator, Scratch};
use mc_container::access::{Concrete, Environment, Footprint, Permission, Touch, VariableId};
use mc_container::address::CellKey;
use mc_container::error::SystemError;
use mc_container::value::{Scalar, Value};
use std::ops::Range;

/// From this many claims on, a transaction's claims are found through a map.
const MAP_FROM: usize = 16;

/// A cell that a transaction may touch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim {
    pub(crate) key: CellKey,
    /// Everything the transaction may do with it, under any of its names and its own locks.
    pub(crate) permission: Permission,
    pub(crate) ty: Scalar,
    pub(crate) default: Value,
    /// What the cell holds of an asset.
    pub(crate) held: Held,
    /// Whose cell it is: 0 is the called container, `n + 1` what slot `n` is bound to.
    pub(crate) instance: u16,
    /// The locks above it, among those of the claims.
    cover: (u32, u32),
}

/// A lock that a transaction holds over every cell below a prefix; it only ever reads or writes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LockClaim {
    pub(crate) key: CellKey,
    pub(crate) permission: Permission,
    cover: (u32, u32),
}

impl Claim {
    fn new(access: &LinkedAccess, touch: &Touch, cover: (u32, u32)) -> Self {
        let LinkedAccess { value: ty, default, held, instance, .. } = *access;
        Self { key: touch.key, permission: touch.permission, ty, default, held, instance, cover }
    }
}

impl LockClaim {
    /// The head-room of a delta on unknown cells cannot be computed, so it writes.
    fn new(touch: &Touch, cover: (u32, u32)) -> Self {
        let reads = touch.permission == Permission::Read;
        let permission = if reads { Permission::Read } else { Permission::Write };
        Self { key: touch.key, permission, cover }
    }
}

/// A transaction that was admitted, and where its claims stand.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) target: Target,
    pub(crate) caller: Value,
    pub(crate) tx_id: Value,
    /// How many places the formulas name, under however many names.
    pub(crate) places: u32,
    args: Range<usize>,
    /// For each access, where its turns start; one more at the end.
    accesses: Range<usize>,
    cells: Range<usize>,
    locks: Range<usize>,
}

/// The claims of some consecutive transactions.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    heads: Vec<Result<Head, SystemError>>,
    args: Vec<Value>,
    cells: Vec<Claim>,
    locks: Vec<LockClaim>,
    /// The turns of each access, each with the number of its cell among its transaction's claims.
    turns: Vec<(u32, u32)>,
    access_starts: Vec<u32>,
    /// The locks above claimed cells and locks, outermost first.
    covers: Vec<CellKey>,
    scratch: ClaimScratch,
}

/// What the evaluation of one transaction leaves to that of the next.
#[derive(Debug, Default)]
struct ClaimScratch {
    terms: Scratch,
    bytes: Vec<u8>,
    footprint: Footprint,
    cell_index: KeyIndex,
    lock_index: KeyIndex,
}

/// Finds a key among those of one transaction; a map helps once they are many.
#[derive(Debug, Default)]
struct KeyIndex(DigestMap<CellKey, u32>);

impl KeyIndex {
    fn find<T>(&mut self, own: &[T], key_of: impl Fn(&T) -> CellKey, key: CellKey) -> Option<usize> {
        if own.len() < MAP_FROM {
            return own.iter().position(|claim| key_of(claim) == key);
        }
        for (number, claim) in own.iter().enumerate().skip(self.0.len()) {
            self.0.insert(key_of(claim), number as u32);
        }
        self.0.get(&key).map(|number| *number as usize)
    }
}

/// What formulas are evaluated over: one call of one container.
pub(crate) struct CallEnvironment<'a> {
    pub(crate) container: &'a Container,
    pub(crate) args: &'a [Value],
    pub(crate) caller: Value,
    pub(crate) now: Value,
    pub(crate) tx_id: Value,
    /// The composition that is running, if this is a step of it.
    pub(crate) step: Option<RunningStep>,
}

/// A step, as its own formulas see it before linking: they do not say which one it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunningStep {
    /// Its number in the composition.
    pub(crate) number: u16,
    /// The composition's address.
    pub(crate) via: Value,
}

impl Environment for CallEnvironment<'_> {
    fn param(&self, number: u16) -> Option<Value> {
        self.args.get(usize::from(number)).copied()
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
}

/// True if some transaction calls an entry whose cells only execution tells, so that locks matter.
pub(crate) fn needs_locks(registry: &Registry, transactions: &[Transaction]) -> bool {
    let locks = |tx: &Transaction| {
        let target = admit::target(registry, tx, Origin::Block).ok()?;
        registry.by_id(target.container)?.entries.get(target.entry).map(|entry| !entry.is_exact)
    };
    registry.has_locks() && transactions.iter().any(|tx| locks(tx) == Some(true))
}

impl Claims {
    /// Forgets all transactions but keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.heads.clear();
        self.args.clear();
        self.cells.clear();
        self.locks.clear();
        self.turns.clear();
        self.access_starts.clear();
        self.covers.clear();
    }

    /// Evaluates what a transaction may touch; `with_locks` asks for the locks above each cell.
    pub(crate) fn add(
        &mut self,
        registry: &Registry,
        now: u64,
        tx: &Transaction,
        origin: Origin,
        with_locks: bool,
    ) {
        let head = self.head(registry, now, tx, origin, with_locks);
        self.heads.push(head);
    }

    fn head(
        &mut self,
        registry: &Registry,
        now: u64,
        tx: &Transaction,
        origin: Origin,
        with_locks: bool,
    ) -> Result<Head, SystemError> {
        let target = admit::target(registry, tx, origin)?;
        let container = registry.by_id(target.container).ok_or(SystemError::NoSuchEntry)?;
        let signature = container.signature(target.entry).ok_or(SystemError::NoSuchEntry)?;
        let entry = container.entries.get(target.entry).ok_or(SystemError::NoSuchEntry)?;
        let args_start = self.args.len();
        admit::arguments(signature, &entry.shape, tx, &mut self.args)?;
        let starts = (self.cells.len(), self.locks.len(), self.access_starts.len());
        let mut scratch = std::mem::take(&mut self.scratch);
        let args = self.args.get(args_start..).unwrap_or_default();
        let caller = tx.from.value();
        let id = container.needs_tx_id.then(|| tx.id_in(&mut scratch.bytes));
        let tx_id = Value::from_bytes(&id.unwrap_or_default());
        let now = Value::from_u64(now);
        let environment = CallEnvironment { container, args, caller, now, tx_id, step: None };
        let with_locks = with_locks || !entry.is_exact;
        let mut evaluator = Evaluator::reusing(scratch.terms, &environment, with_locks);
        scratch.footprint.clear();
        for access in &entry.accesses {
            evaluator.access(&access.place(), &mut scratch.footprint);
        }
        scratch.terms = evaluator.into_scratch();
        self.claim(&entry.accesses, &mut scratch);
        self.scratch = scratch;
        let (cells, locks, accesses) = starts;
        self.join_own_locks(cells, locks);
        Ok(Head {
            target,
            caller,
            tx_id,
            places: self.scratch.footprint.touches.len() as u32,
            args: args_start..self.args.len(),
            accesses: accesses..self.access_starts.len(),
            cells: cells..self.cells.len(),
            locks: locks..self.locks.len(),
        })
    }

    /// Turns the touches of a transaction's accesses into claims, one for each cell and each lock.
    fn claim(&mut self, linked: &[LinkedAccess], scratch: &mut ClaimScratch) {
        let ClaimScratch { footprint, cell_index, lock_index, .. } = scratch;
        cell_index.0.clear();
        lock_index.0.clear();
        let (cells, locks, covers) = (self.cells.len(), self.locks.len(), self.covers.len());
        self.covers.extend_from_slice(&footprint.locks);
        self.access_starts.push(self.turns.len() as u32);
        for (access, concrete) in linked.iter().zip(&footprint.accesses) {
            let depth = if footprint.locks.is_empty() { 0 } else { access.access.keys.len() as u32 };
            for touch in touches(footprint, concrete) {
                let cover = (covers as u32 + touch.locks_start, depth);
                if access.is_exact {
                    let own = self.cells.get_mut(cells..).unwrap_or_default();
                    let found = cell_index.find(own, |claim| claim.key, touch.key);
                    let number = found.unwrap_or(own.len());
                    match own.get_mut(number) {
                        Some(claim) => claim.permission = claim.permission.join(touch.permission),
                        None => self.cells.push(Claim::new(access, touch, cover)),
                    }
                    self.turns.push((touch.turn, number as u32));
                } else {
                    let lock = LockClaim::new(touch, cover);
                    let own = self.locks.get_mut(locks..).unwrap_or_default();
                    let found = lock_index.find(own, |claim| claim.key, touch.key);
                    match found.and_then(|number| own.get_mut(number)) {
                        Some(claim) => claim.permission = claim.permission.join(lock.permission),
                        None => self.locks.push(lock),
                    }
                }
            }
            self.access_starts.push(self.turns.len() as u32);
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
                    claim.permission = claim.permission.join(*permission);
                }
            }
        }
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

    /// All cells of all transactions, in order.
    pub(crate) fn all_cells(&self) -> &[Claim] {
        &self.cells
    }

    /// All locks of all transactions, in order.
    pub(crate) fn all_locks(&self) -> &[LockClaim] {
        &self.locks
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
    pub(crate) fn args(self) -> &'a [Value] {
        self.claims.args.get(self.head.args.clone()).unwrap_or_default()
    }

    pub(crate) fn cells(self) -> &'a [Claim] {
        self.claims.cells.get(self.head.cells.clone()).unwrap_or_default()
    }

    /// Where [`TransactionClaims::cells`] start among all cells of the claims.
    pub(crate) fn cells_start(self) -> usize {
        self.head.cells.start
    }

    pub(crate) fn locks(self) -> &'a [LockClaim] {
        self.claims.locks.get(self.head.locks.clone()).unwrap_or_default()
    }

    /// The locks above a lock that the transaction holds.
    pub(crate) fn locks_above_lock(self, lock: &LockClaim) -> &'a [CellKey] {
        cover(&self.claims.covers, lock.cover)
    }

    /// The turns of an exact linked access, each with the number of its cell among the claims.
    pub(crate) fn turns(self, access: usize) -> &'a [(u32, u32)] {
        let starts = self.claims.access_starts.get(self.head.accesses.clone()).unwrap_or_default();
        let Some([from, to]) = starts.get(access..access + 2) else { return &[] };
        self.claims.turns.get(*from as usize..*to as usize).unwrap_or_default()
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
