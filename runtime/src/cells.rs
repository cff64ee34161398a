//! The cells of a block that workers share: one dense array of atomics a shard.
//!
//! The order of the block says who may touch a cell when, so loads and stores are relaxed, and sums of free
//! deltas and of credits are exact once everyone who adds is done.

use crate::index::{Index, Keyed};
use crate::overlay::{Overlay, sum};
use crate::rules::Rules;
use crate::state::{CellWrite, State};
use mc_container::address::CellKey;
use mc_container::value::{Scalar, Value};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The number of shards: cells are spread by the first four bits of their keys.
pub(crate) const SHARDS: usize = 16;

/// Bits of a [`Slot`] that number a cell within its shard.
const LOCAL_BITS: u32 = 27;

/// Marks a slot among the cells that were found only at run time.
pub(crate) const LATE: u32 = 1 << 31;

/// Which shard a cell belongs to. Shards are ranges of keys, in order.
pub(crate) fn shard_of(key: &CellKey) -> usize {
    usize::from(key.0[0] >> 4)
}

/// Where a cell's live value stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Slot(pub(crate) u32);

impl Slot {
    pub(crate) fn new(shard: usize, local: usize) -> Self {
        Self((shard as u32) << LOCAL_BITS | local as u32)
    }

    pub(crate) fn shard(self) -> usize {
        (self.0 >> LOCAL_BITS) as usize
    }

    /// True if the cell's deltas may be added in any order.
    pub(crate) fn is_free(self, shards: &[Shard]) -> bool {
        let cell = shards.get(self.shard()).and_then(|shard| shard.cells.get(self.local()));
        cell.is_some_and(|cell| cell.live.is_free)
    }

    pub(crate) fn local(self) -> usize {
        (self.0 & ((1 << LOCAL_BITS) - 1)) as usize
    }
}

/// A cell that the workers share.
#[derive(Debug)]
pub(crate) struct SharedCell {
    pub(crate) key: CellKey,
    pub(crate) before: Value,
    pub(crate) live: LiveCell,
}

/// What execution looks at of a cell, in one line of memory.
#[derive(Debug, Default)]
#[repr(align(64))]
pub(crate) struct LiveCell {
    value: [AtomicU64; 4],
    /// True if its deltas may be added in any order.
    pub(crate) is_free: bool,
    /// True if many add to it and nobody looks at it while the block runs.
    pub(crate) is_summed: bool,
}

impl LiveCell {
    fn of(value: Value) -> Self {
        Self { value: value.0.map(AtomicU64::new), ..Self::default() }
    }

    #[inline]
    fn read(&self) -> Value {
        Value(self.value.each_ref().map(|limb| limb.load(Ordering::Relaxed)))
    }
}

impl SharedCell {
    pub(crate) fn new(key: CellKey, default: Value) -> Self {
        Self { key, before: default, live: LiveCell::of(default) }
    }

    /// Takes its value from the state.
    pub(crate) fn fetch(&mut self, state: &State) {
        if let Some(before) = state.get(&self.key) {
            self.before = before;
            self.live = LiveCell::of(before);
        }
    }
}

impl Keyed for SharedCell {
    fn key(&self) -> &CellKey {
        &self.key
    }
}

/// The shared cells of one shard.
#[derive(Debug, Default)]
pub(crate) struct Shard {
    index: Index,
    pub(crate) cells: Vec<SharedCell>,
    /// The defaults of those whose variable has another than zero, by their numbers.
    defaults: Vec<(u32, Value)>,
    /// For each claim of the block on a cell of the shard, the number of that cell, and where those of each chunk of
    /// transactions start.
    claimed: Vec<u32>,
    starts: Vec<u32>,
}

impl Shard {
    /// Starts over, with room for so many claims.
    pub(crate) fn start(&mut self, claims: usize) {
        self.index.start(claims);
        self.cells.clear();
        self.defaults.clear();
        self.claimed.clear();
        self.claimed.reserve(claims);
        self.starts.clear();
    }

    /// What is claimed from here on belongs to the next chunk.
    pub(crate) fn start_chunk(&mut self) {
        self.starts.push(self.claimed.len() as u32);
    }

    /// The number of the cell that is claimed next.
    #[inline]
    pub(crate) fn claim(&mut self, key: &CellKey, default: impl FnOnce() -> Value) -> u32 {
        let Self { index, cells, defaults, claimed, .. } = self;
        let number = index.find_or_add(key, cells, |number| {
            let default = default();
            defaults.extend((default != Value::ZERO).then_some((number, default)));
            SharedCell::new(*key, default)
        });
        claimed.push(number);
        number
    }

    /// Gives every cell its value.
    pub(crate) fn fetch(&mut self, state: &State) {
        for cells in self.cells.chunks_mut(State::TOGETHER) {
            state.approach(cells.iter().map(|cell| &cell.key));
            cells.iter_mut().for_each(|cell| cell.fetch(state));
        }
    }

    /// Every cell, with its variable's default.
    pub(crate) fn with_defaults(&self) -> impl Iterator<Item = (&SharedCell, Value)> {
        let mut defaults = self.defaults.iter().peekable();
        (0..).zip(&self.cells).map(move |(number, cell)| {
            let default = defaults.next_if(|(of, _)| *of == number);
            (cell, default.map_or(Value::ZERO, |(_, default)| *default))
        })
    }

    /// The number of the cell that was claimed in this place of a chunk.
    #[inline]
    pub(crate) fn local(&self, chunk: usize, place: usize) -> Option<u32> {
        self.claimed.get(*self.starts.get(chunk)? as usize + place).copied()
    }

    /// The number of the cell with this key.
    pub(crate) fn find(&self, key: &CellKey) -> Option<u32> {
        self.index.find(key, &self.cells)
    }

    /// The bytes that it takes up.
    pub(crate) fn bytes(&self) -> usize {
        self.index.bytes()
            + size_of_val(self.cells.as_slice())
            + size_of_val(self.defaults.as_slice())
            + size_of_val(self.claimed.as_slice())
            + size_of_val(self.starts.as_slice())
    }
}

/// The cells of a block, shared by its workers.
#[derive(Debug)]
pub(crate) struct SharedCells {
    shards: Vec<Shard>,
    pub(crate) rules: Rules,
    /// Held by who raises or lowers a cell of the shard.
    merges: [Mutex<()>; SHARDS],
    /// Cells that no formula names exactly and that were found below a lock.
    late: Mutex<Overlay>,
}

impl SharedCells {
    pub(crate) fn new(state: Arc<State>, shards: Vec<Shard>, rules: Rules) -> Self {
        Self { shards, rules, merges: Default::default(), late: Mutex::new(Overlay::new(state)) }
    }

    /// The shards.
    pub(crate) fn shards(&self) -> &[Shard] {
        &self.shards
    }

    pub(crate) fn into_shards(self) -> Vec<Shard> {
        self.shards
    }

    fn late(&self) -> MutexGuard<'_, Overlay> {
        self.late.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[inline]
    pub(crate) fn cell(&self, slot: Slot) -> Option<&SharedCell> {
        self.shards.get(slot.shard())?.cells.get(slot.local())
    }

    pub(crate) fn find(&self, key: CellKey, default: Value) -> Slot {
        let shard = shard_of(&key);
        match self.shards.get(shard).and_then(|shard| shard.find(&key)) {
            Some(local) => Slot::new(shard, local as usize),
            None => Slot(LATE | self.late().find(key, default)),
        }
    }

    pub(crate) fn peek(&self, key: &CellKey, default: Value) -> Value {
        let shard = shard_of(key);
        match self.shards.get(shard).and_then(|shard| shard.find(key)) {
            Some(local) => self.read(Slot::new(shard, local as usize)),
            None => self.late().peek(key, default),
        }
    }

    #[inline]
    pub(crate) fn read(&self, slot: Slot) -> Value {
        if slot.0 & LATE != 0 {
            return self.late().read(slot.0 ^ LATE);
        }
        self.cell(slot).map_or(Value::ZERO, |cell| cell.live.read())
    }

    #[inline]
    pub(crate) fn store(&self, slot: Slot, value: Value) {
        if slot.0 & LATE != 0 {
            return self.late().update(slot.0 ^ LATE, |_| value);
        }
        if let Some(cell) = self.cell(slot) {
            for (limb, value) in cell.live.value.iter().zip(value.0) {
                limb.store(value, Ordering::Relaxed);
            }
        }
    }

    /// Adds a change, given as the low limbs of its two's complement. Each adder derives its carries from its
    /// own additions, so the sum is exact when all are done, in whatever order the limbs met.
    pub(crate) fn add(&self, slot: Slot, ty: Scalar, change: Value) {
        if slot.0 & LATE != 0 {
            return self.late().update(slot.0 ^ LATE, |value| sum(value, ty, change));
        }
        let Some(cell) = self.cell(slot) else { return };
        let mut carry = 0;
        for (limb, change) in cell.live.value.iter().zip(change.0).take(ty.limbs()) {
            let (more, wrapped) = change.overflowing_add(carry);
            let old = if more == 0 { 0 } else { limb.fetch_add(more, Ordering::Relaxed) };
            carry = u64::from(wrapped || old.checked_add(more).is_none());
        }
    }

    /// Replaces a value by what it merges to with another; others may be doing the same.
    pub(crate) fn merge(&self, slot: Slot, merge: impl FnOnce(Value) -> Value) {
        if slot.0 & LATE != 0 {
            return self.late().update(slot.0 ^ LATE, merge);
        }
        let lock = self.merges.get(slot.shard()).map(Mutex::lock);
        self.store(slot, merge(self.read(slot)));
        drop(lock);
    }

    /// The cells of a shard whose value changed, in no particular order.
    pub(crate) fn changed(&self, shard: usize) -> Vec<CellWrite> {
        let cells = self.shards.get(shard).into_iter().flat_map(Shard::with_defaults);
        let changed = cells.filter_map(|(cell, default)| {
            let now = cell.live.read();
            (now != cell.before).then(|| CellWrite::of(cell.key, default, now))
        });
        let mut writes = Vec::with_capacity(self.shards.get(shard).map_or(0, |shard| shard.cells.len()));
        writes.extend(changed);
        writes.extend(self.late().changed().filter(|write| shard_of(&write.key) == shard));
        writes
    }
}

/// What one worker has added to cells that nobody looks at while the block runs, so that workers do not take such a
/// cell from each other all the time.
#[derive(Debug, Default)]
pub(crate) struct Sums(Vec<(Slot, Scalar, Value)>);

/// The most cells that a worker keeps sums of.
const SUMS_MAX: usize = 8;

impl Sums {
    /// Adds a change to a cell, now or later.
    pub(crate) fn add(&mut self, cells: &SharedCells, slot: Slot, ty: Scalar, change: Value) {
        if !cells.cell(slot).is_some_and(|cell| cell.live.is_summed) {
            return cells.add(slot, ty, change);
        }
        if let Some((_, _, so_far)) = self.0.iter_mut().find(|(of, _, _)| *of == slot) {
            *so_far = sum(*so_far, ty, change);
            return;
        }
        if self.0.len() >= SUMS_MAX {
            self.settle(cells);
        }
        self.0.push((slot, ty, change));
    }

    /// Adds everything that was left for later.
    pub(crate) fn settle(&mut self, cells: &SharedCells) {
        for (slot, ty, change) in self.0.drain(..) {
            cells.add(slot, ty, change);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use ethnum::I256;

    fn cells(before: &[Value]) -> SharedCells {
        let cell = |(number, before): (usize, &Value)| SharedCell {
            key: CellKey([number as u8; 32]),
            before: *before,
            live: LiveCell { is_free: true, is_summed: true, ..LiveCell::of(*before) },
        };
        let shard = Shard { cells: before.iter().enumerate().map(cell).collect(), ..Shard::default() };
        SharedCells::new(Arc::default(), vec![shard], Rules::default())
    }

    #[test]
    fn sums_of_free_deltas_are_exact_for_every_type() {
        for (ty, start) in [
            (Scalar::U8, 100_i128),
            (Scalar::U32, 3_000_000_000),
            (Scalar::U64, i128::from(u64::MAX) - 1_000_000),
            (Scalar::I64, -5),
            (Scalar::I64, 5),
            (Scalar::U128, (1_i128 << 64) - 3),
            (Scalar::I128, -2),
        ] {
            let number = I256::from(start);
            let cells = Arc::new(cells(&[Value::from_number(number, ty).unwrap()]));
            let workers: Vec<_> = (0..4)
                .map(|worker| {
                    let cells = cells.clone();
                    std::thread::spawn(move || {
                        let mut sums = Sums::default();
                        for turn in 0..2000_i64 {
                            let change = if (turn + worker) % 2 == 0 { 7 } else { -7 };
                            let low = Value::from_wide(I256::from(change));
                            sums.add(&cells, Slot::new(0, 0), ty, low);
                        }
                        sums.settle(&cells);
                        cells.add(Slot::new(0, 0), ty, Value::from_wide(I256::from(worker + 1)));
                    })
                })
                .collect();
            workers.into_iter().for_each(|worker| worker.join().unwrap());
            let sum = cells.read(Slot::new(0, 0));
            assert!(sum.is_canonical(ty), "{ty}");
            assert_eq!(sum.number(ty), number + I256::from(10), "{ty}");
        }
    }
}
