//! Versions: the multi-version memory of Block-STM (Gelashvili et al., 2022, Algorithm 2), and one transaction's
//! view of it.
//!
//! Every write is kept with the number of its transaction and of that transaction's incarnation, the how manieth
//! time it ran. A reader sees the version of the nearest transaction before it, whether that has run for the last time
//! or not, and keeps what it has seen, so that it can be asked later whether that would still be so. Versions of an
//! incarnation that was found wrong become estimates: who meets one waits for the transaction to run again.

use crate::cells::{LATE, Shard, SharedCell, Slot, shard_of};
use crate::hash::DigestMap;
use crate::schedule::order::Node;
use crate::state::{CellWrite, State};
use mc_container::address::CellKey;
use mc_container::value::Value;
use std::cell::{Cell, RefCell};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

/// Which incarnation of which transaction has written something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) node: Node,
    pub(crate) incarnation: u32,
}

/// What one transaction has written to a cell.
#[derive(Clone, Copy, Debug)]
struct Written {
    version: Version,
    value: Value,
    /// True if the incarnation was found wrong; the next one will probably write here, too.
    is_estimate: bool,
}

/// The versions of one cell, by transaction.
#[derive(Debug, Default)]
struct Chain(Mutex<Vec<Written>>);

/// What a reader finds; `None` is the state before the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Read {
    slot: Slot,
    version: Option<Version>,
}

/// What the last incarnation of a transaction has read and written.
#[derive(Debug, Default)]
struct Recorded {
    reads: Vec<Read>,
    writes: Vec<Slot>,
}

/// A cell that no formula names before the block runs.
#[derive(Debug)]
struct LateCell {
    cell: SharedCell,
    default: Value,
    chain: Chain,
}

/// The late cells, found by key.
#[derive(Debug, Default)]
struct LateCells {
    index: DigestMap<CellKey, u32>,
    cells: Vec<LateCell>,
}

/// All versions of the cells of a block.
#[derive(Debug)]
pub(crate) struct Versions {
    state: Arc<State>,
    shards: Vec<Shard>,
    chains: Vec<Vec<Chain>>,
    late: RwLock<LateCells>,
    recorded: Vec<Mutex<Recorded>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Chain {
    fn written(&self) -> MutexGuard<'_, Vec<Written>> {
        locked(&self.0)
    }

    /// What the nearest transaction before `reader` has written.
    fn before(&self, reader: Node) -> Option<Written> {
        let written = self.written();
        let end = written.partition_point(|one| one.version.node < reader);
        written.get(..end)?.last().copied()
    }

    /// Keeps what a transaction has written; true if it had not written here before.
    fn put(&self, new: Written) -> bool {
        let mut written = self.written();
        let place = written.partition_point(|one| one.version.node < new.version.node);
        match written.get_mut(place) {
            Some(old) if old.version.node == new.version.node => {
                *old = new;
                false
            }
            _ => {
                written.insert(place, new);
                true
            }
        }
    }

    fn remove(&self, node: Node) {
        self.written().retain(|one| one.version.node != node);
    }

    fn estimate(&self, node: Node) {
        let mut written = self.written();
        if let Some(own) = written.iter_mut().find(|one| one.version.node == node) {
            own.is_estimate = true;
        }
    }

    fn last(&self) -> Option<Value> {
        self.written().last().map(|one| one.value)
    }
}

impl Versions {
    /// No versions yet of the cells of a block of so many transactions.
    pub(crate) fn new(state: Arc<State>, shards: Vec<Shard>, transactions: usize) -> Self {
        let chains = |shard: &Shard| shard.cells.iter().map(|_| Chain::default()).collect();
        let chains = shards.iter().map(chains).collect();
        let recorded = (0..transactions).map(|_| Mutex::default()).collect();
        Self { state, shards, chains, late: RwLock::default(), recorded }
    }

    fn find(&self, key: CellKey, default: Value) -> Slot {
        let shard = shard_of(&key);
        if let Some(local) = self.shards.get(shard).and_then(|shard| shard.find(&key)) {
            return Slot::new(shard, local as usize);
        }
        let known = self.late.read().unwrap_or_else(PoisonError::into_inner).index.get(&key).copied();
        Slot(LATE | known.unwrap_or_else(|| self.add_late(key, default)))
    }

    fn add_late(&self, key: CellKey, default: Value) -> u32 {
        let mut late = self.late.write().unwrap_or_else(PoisonError::into_inner);
        let LateCells { index, cells } = &mut *late;
        *index.entry(key).or_insert_with(|| {
            let mut cell = SharedCell::new(key, default);
            cell.fetch(&self.state);
            cells.push(LateCell { cell, default, chain: Chain::default() });
            cells.len() as u32 - 1
        })
    }

    /// What `look` makes of a cell and its versions.
    fn look<T>(&self, slot: Slot, look: impl FnOnce(&SharedCell, &Chain) -> T) -> Option<T> {
        if slot.0 & LATE != 0 {
            let late = self.late.read().unwrap_or_else(PoisonError::into_inner);
            return late.cells.get((slot.0 ^ LATE) as usize).map(|late| look(&late.cell, &late.chain));
        }
        let cell = self.shards.get(slot.shard())?.cells.get(slot.local())?;
        Some(look(cell, self.chains.get(slot.shard())?.get(slot.local())?))
    }

    fn recorded(&self, node: Node) -> Option<MutexGuard<'_, Recorded>> {
        self.recorded.get(node as usize).map(locked)
    }

    /// Takes over what an incarnation has read and written; true if it has written where the one before did not.
    fn record(&self, version: Version, reads: &mut Vec<Read>, writes: &[(Slot, Value)]) -> bool {
        let Some(mut recorded) = self.recorded(version.node) else { return false };
        let mut is_wider = false;
        for (slot, value) in writes {
            let written = Written { version, value: *value, is_estimate: false };
            is_wider |= self.look(*slot, |_, chain| chain.put(written)) == Some(true);
        }
        let gone = recorded.writes.iter().filter(|old| !writes.iter().any(|(slot, _)| slot == *old));
        gone.for_each(|slot| {
            self.look(*slot, |_, chain| chain.remove(version.node));
        });
        recorded.writes.clear();
        recorded.writes.extend(writes.iter().map(|(slot, _)| *slot));
        std::mem::swap(&mut recorded.reads, reads);
        is_wider
    }

    /// True if the last incarnation of a transaction would read now what it has read.
    pub(crate) fn holds(&self, node: Node) -> bool {
        let Some(recorded) = self.recorded(node) else { return false };
        recorded.reads.iter().all(|read| {
            let now = self.look(read.slot, |_, chain| chain.before(node)).flatten();
            let is_estimate = now.is_some_and(|now| now.is_estimate);
            !is_estimate && now.map(|now| now.version) == read.version
        })
    }

    /// Turns everything that the last incarnation of a transaction has written into estimates.
    pub(crate) fn estimate(&self, node: Node) {
        let Some(recorded) = self.recorded(node) else { return };
        for slot in &recorded.writes {
            self.look(*slot, |_, chain| chain.estimate(node));
        }
    }

    /// The cells of a shard whose value changed, in no particular order.
    pub(crate) fn changed(&self, shard: usize) -> Vec<CellWrite> {
        let change = |(cell, default): (&SharedCell, Value), chain: &Chain| {
            let value = chain.last().filter(|value| *value != cell.before)?;
            Some(CellWrite::of(cell.key, default, value))
        };
        let cells = self.shards.get(shard).into_iter().flat_map(Shard::with_defaults);
        let chains = self.chains.get(shard).map_or(&[][..], Vec::as_slice);
        let mut writes: Vec<CellWrite> =
            cells.zip(chains).filter_map(|(cell, chain)| change(cell, chain)).collect();
        let late = self.late.read().unwrap_or_else(PoisonError::into_inner);
        let of_shard = late.cells.iter().filter(|late| shard_of(&late.cell.key) == shard);
        writes.extend(of_shard.filter_map(|late| change((&late.cell, late.default), &late.chain)));
        writes
    }

    /// The shards, with the values before the block.
    pub(crate) fn shards(&self) -> &[Shard] {
        &self.shards
    }

    pub(crate) fn into_shards(self) -> Vec<Shard> {
        self.shards
    }
}

/// What one incarnation sees and leaves.
///
/// An addition reads what it adds to: there are no delta writes as in Aptos's aggregators, so transactions that
/// only credit one cell depend on each other here.
#[derive(Debug)]
pub(crate) struct View {
    versions: Arc<Versions>,
    version: Version,
    reads: RefCell<Vec<Read>>,
    writes: Vec<(Slot, Value)>,
    /// The transaction whose estimate it has met.
    blocked: Cell<Option<Node>>,
}

impl View {
    pub(crate) fn new(versions: Arc<Versions>) -> Self {
        let version = Version { node: 0, incarnation: 0 };
        Self { versions, version, reads: RefCell::default(), writes: Vec::new(), blocked: Cell::default() }
    }

    /// Starts an incarnation.
    pub(crate) fn start(&mut self, version: Version) {
        self.version = version;
        self.reads.get_mut().clear();
        self.writes.clear();
        self.blocked.set(None);
    }

    /// The transaction that this one must wait for; then it has seen what will not be, and comes to nothing.
    pub(crate) fn blocked(&self) -> Option<Node> {
        self.blocked.get()
    }

    /// Leaves what the incarnation has written for others to see; true if it has written where the one before did
    /// not.
    pub(crate) fn record(&mut self) -> bool {
        self.versions.record(self.version, self.reads.get_mut(), &self.writes)
    }

    pub(crate) fn find(&self, key: CellKey, default: Value) -> Slot {
        self.versions.find(key, default)
    }

    pub(crate) fn shards(&self) -> &[Shard] {
        self.versions.shards()
    }

    pub(crate) fn read(&self, slot: Slot) -> Value {
        let found = self.versions.look(slot, |cell, chain| (cell.before, chain.before(self.version.node)));
        let Some((before, written)) = found else { return Value::ZERO };
        if let Some(written) = written.filter(|written| written.is_estimate) {
            self.blocked.set(Some(written.version.node));
        }
        let version = written.map(|written| written.version);
        self.reads.borrow_mut().push(Read { slot, version });
        written.map_or(before, |written| written.value)
    }

    pub(crate) fn store(&mut self, slot: Slot, value: Value) {
        self.writes.push((slot, value));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn versions() -> Arc<Versions> {
        Arc::new(Versions::new(Arc::default(), Vec::new(), 4))
    }

    fn start(versions: &Arc<Versions>, node: Node, incarnation: u32) -> View {
        let mut view = View::new(versions.clone());
        view.start(Version { node, incarnation });
        view
    }

    #[test]
    fn a_reader_sees_the_nearest_transaction_before_it_and_notices_when_that_changes() {
        let versions = versions();
        let cell = |view: &View| view.find(CellKey([7; 32]), Value::from_u64(9));
        let mut third = start(&versions, 3, 0);
        assert_eq!(third.read(cell(&third)), Value::from_u64(9));
        assert!(!third.record());
        assert!(versions.holds(3));
        let mut first = start(&versions, 1, 0);
        first.store(cell(&first), Value::from_u64(1));
        assert!(first.record());
        assert!(!versions.holds(3));
        let mut third = start(&versions, 3, 1);
        assert_eq!(third.read(cell(&third)), Value::from_u64(1));
        third.record();
        // Who writes behind a reader does not concern it.
        let mut last = start(&versions, 3, 1);
        last.store(cell(&last), Value::from_u64(5));
        last.record();
        assert_eq!(start(&versions, 2, 0).read(cell(&last)), Value::from_u64(1));
        versions.estimate(1);
        let second = start(&versions, 2, 1);
        second.read(cell(&second));
        assert_eq!(second.blocked(), Some(1));
        // The next incarnation does not write there any more.
        assert!(!start(&versions, 1, 1).record());
        let second = start(&versions, 2, 2);
        assert_eq!((second.read(cell(&second)), second.blocked()), (Value::from_u64(9), None));
        let written: Vec<CellWrite> = (0..16).flat_map(|shard| versions.changed(shard)).collect();
        assert_eq!(written, [CellWrite { key: CellKey([7; 32]), value: Some(Value::from_u64(5)) }]);
    }
}
