//! The overlay: the cells of a block as one thread works on them, on top of a state.

use crate::hash::DigestMap;
use crate::state::{CellWrite, State};
use mc_container::address::CellKey;
use mc_container::value::{Scalar, Value};
use std::sync::Arc;

/// A cell of an [`Overlay`].
#[derive(Clone, Copy, Debug)]
struct OverlayCell {
    key: CellKey,
    default: Value,
    before: Value,
    value: Value,
}

/// The memory of an [`Overlay`], which the next one may use again.
#[derive(Debug, Default)]
pub(crate) struct OverlayMemory {
    index: DigestMap<CellKey, u32>,
    cells: Vec<OverlayCell>,
}

/// Cells on top of a state, fetched as they are needed; for one thread.
#[derive(Debug)]
pub(crate) struct Overlay {
    state: Arc<State>,
    index: DigestMap<CellKey, u32>,
    cells: Vec<OverlayCell>,
}

impl Overlay {
    pub(crate) fn new(state: Arc<State>) -> Self {
        Self::reusing(OverlayMemory::default(), state)
    }

    /// An overlay in the memory of an earlier one.
    pub(crate) fn reusing(OverlayMemory { mut index, mut cells }: OverlayMemory, state: Arc<State>) -> Self {
        index.clear();
        cells.clear();
        Self { state, index, cells }
    }

    /// Its memory, for the next one.
    pub(crate) fn into_memory(self) -> OverlayMemory {
        let Self { index, cells, .. } = self;
        OverlayMemory { index, cells }
    }

    /// Makes room for so many more cells, and looks at where they lie in the state, all at once.
    pub(crate) fn approach<'k>(&mut self, keys: impl ExactSizeIterator<Item = &'k CellKey> + Clone) {
        self.index.reserve(keys.len());
        self.cells.reserve(keys.len());
        self.state.approach(keys);
    }

    pub(crate) fn find(&mut self, key: CellKey, default: Value) -> u32 {
        let (state, cells) = (&self.state, &mut self.cells);
        *self.index.entry(key).or_insert_with(|| {
            let before = state.get(&key).unwrap_or(default);
            cells.push(OverlayCell { key, default, before, value: before });
            cells.len() as u32 - 1
        })
    }

    pub(crate) fn read(&self, number: u32) -> Value {
        self.cells.get(number as usize).map_or(Value::ZERO, |cell| cell.value)
    }

    pub(crate) fn update(&mut self, number: u32, change: impl FnOnce(Value) -> Value) {
        if let Some(cell) = self.cells.get_mut(number as usize) {
            cell.value = change(cell.value);
        }
    }

    /// The value of a cell, whether anybody asked for it before or not.
    pub(crate) fn peek(&self, key: &CellKey, default: Value) -> Value {
        match self.index.get(key) {
            Some(number) => self.read(*number),
            None => self.state.get(key).unwrap_or(default),
        }
    }

    /// The cells whose value changed, in no particular order.
    pub(crate) fn changed(&self) -> impl Iterator<Item = CellWrite> + '_ {
        let changed = self.cells.iter().filter(|cell| cell.value != cell.before);
        changed.map(|cell| CellWrite::of(cell.key, cell.default, cell.value))
    }
}

/// The sum of a value and a change, given as the low limbs of its two's complement.
pub(crate) fn sum(value: Value, ty: Scalar, change: Value) -> Value {
    let (mut sum, mut carry) = (value, false);
    for (limb, change) in sum.0.iter_mut().zip(change.0).take(ty.limbs()) {
        let (with_change, wrapped) = limb.overflowing_add(change);
        let (with_carry, wrapped_again) = with_change.overflowing_add(u64::from(carry));
        (*limb, carry) = (with_carry, wrapped || wrapped_again);
    }
    sum
}
