//! Live values: what the cells of a block are worth while it runs, in each of the ways to run it.
//!
//! The serial executor keeps them in an [`Overlay`], workers that are ordered share [`SharedCells`], and workers that
//! guess each see the versions before their transaction through a [`View`].

use crate::cells::{SharedCells, Slot, Sums};
use crate::overlay::{Overlay, sum};
use crate::rules::Rules;
use crate::schedule::chunk::Chunk;
use crate::source::{Cells, Source};
use crate::versions::View;
use mc_container::address::CellKey;
use mc_container::value::{Scalar, Value};
use std::sync::Arc;

/// Live values, in one of the ways to keep them.
pub(crate) trait Values {
    /// Where a cell stands that was claimed before the block ran; `None` where nothing was.
    fn claimed(&self, chunk: &Chunk, claim: usize) -> Option<Slot>;

    /// Where the cell stands; it is fetched if nobody asked for it before.
    fn find(&mut self, key: CellKey, default: Value) -> Slot;

    /// The value of the cell that stands there.
    fn read(&self, slot: Slot) -> Value;

    /// Gives the cell another value.
    fn store(&mut self, slot: Slot, value: Value);

    /// Replaces a value by what it merges to with another; others may be doing the same.
    fn merge(&mut self, slot: Slot, merge: impl FnOnce(Value) -> Value);

    /// Adds to a cell; others may be adding, too.
    fn add(&mut self, slot: Slot, ty: Scalar, change: Value) {
        self.merge(slot, |value| sum(value, ty, change));
    }

    /// The value of a cell, wherever it stands.
    fn peek(&self, key: &CellKey, default: Value) -> Value;

    /// True if other workers may be adding to the cell right now.
    fn is_free(&self, _slot: Slot) -> bool {
        false
    }

    /// The rules that hold.
    fn rules(&self) -> Rules {
        Rules::default()
    }
}

/// The live values that a sandbox works on.
#[derive(Debug)]
pub(crate) enum Live {
    /// One thread's own.
    Overlay(Overlay),
    /// Shared with other workers.
    Shared(Shared),
    /// As far as others have come, which may not be far enough.
    Guessed(View),
}

/// Does something with live values, whichever way they are kept: what asks for many cells asks only once which it is.
macro_rules! with_values {
    ($live:expr, |$values:ident| $act:expr) => {
        match $live {
            Live::Overlay($values) => $act,
            Live::Shared($values) => $act,
            Live::Guessed($values) => $act,
        }
    };
}
pub(crate) use with_values;

impl Live {
    /// True if what the transaction has seen will not be.
    pub(crate) fn is_blocked(&self) -> bool {
        matches!(self, Self::Guessed(view) if view.blocked().is_some())
    }

    /// The value of a cell.
    pub(crate) fn peek(&self, key: &CellKey, default: Value) -> Value {
        with_values!(self, |values| values.peek(key, default))
    }

    /// Leaves nothing for later.
    pub(crate) fn settle(&mut self) {
        if let Self::Shared(Shared { cells, sums }) = self {
            sums.settle(cells);
        }
    }
}

impl Cells for Live {
    fn read(&self, source: &Source<'_>) -> Option<Value> {
        Some(self.peek(&source.key(), source.default))
    }
}

impl Values for Overlay {
    #[inline]
    fn claimed(&self, chunk: &Chunk, claim: usize) -> Option<Slot> {
        chunk.found(claim)
    }

    fn find(&mut self, key: CellKey, default: Value) -> Slot {
        Slot(Self::find(self, key, default))
    }

    #[inline]
    fn read(&self, slot: Slot) -> Value {
        Self::read(self, slot.0)
    }

    #[inline]
    fn store(&mut self, slot: Slot, value: Value) {
        self.update(slot.0, |_| value);
    }

    fn merge(&mut self, slot: Slot, merge: impl FnOnce(Value) -> Value) {
        self.update(slot.0, merge);
    }

    fn peek(&self, key: &CellKey, default: Value) -> Value {
        Self::peek(self, key, default)
    }
}

/// The cells that workers share, and what one of them has added to some.
#[derive(Debug)]
pub(crate) struct Shared {
    cells: Arc<SharedCells>,
    sums: Sums,
}

impl Shared {
    pub(crate) fn new(cells: Arc<SharedCells>) -> Self {
        Self { cells, sums: Sums::default() }
    }
}

impl Values for Shared {
    #[inline]
    fn claimed(&self, chunk: &Chunk, claim: usize) -> Option<Slot> {
        chunk.slot(claim, self.cells.shards())
    }

    fn find(&mut self, key: CellKey, default: Value) -> Slot {
        self.cells.find(key, default)
    }

    #[inline]
    fn read(&self, slot: Slot) -> Value {
        self.cells.read(slot)
    }

    #[inline]
    fn store(&mut self, slot: Slot, value: Value) {
        self.cells.store(slot, value);
    }

    fn merge(&mut self, slot: Slot, merge: impl FnOnce(Value) -> Value) {
        self.cells.merge(slot, merge);
    }

    fn add(&mut self, slot: Slot, ty: Scalar, change: Value) {
        self.sums.add(&self.cells, slot, ty, change);
    }

    fn peek(&self, key: &CellKey, default: Value) -> Value {
        self.cells.peek(key, default)
    }

    #[inline]
    fn is_free(&self, slot: Slot) -> bool {
        self.cells.cell(slot).is_some_and(|cell| cell.live.is_free)
    }

    fn rules(&self) -> Rules {
        self.cells.rules
    }
}

impl Values for View {
    fn claimed(&self, chunk: &Chunk, claim: usize) -> Option<Slot> {
        chunk.slot(claim, self.shards())
    }

    fn find(&mut self, key: CellKey, default: Value) -> Slot {
        Self::find(self, key, default)
    }

    fn read(&self, slot: Slot) -> Value {
        Self::read(self, slot)
    }

    fn store(&mut self, slot: Slot, value: Value) {
        Self::store(self, slot, value);
    }

    fn merge(&mut self, slot: Slot, merge: impl FnOnce(Value) -> Value) {
        let merged = merge(Self::read(self, slot));
        Self::store(self, slot, merged);
    }

    fn peek(&self, key: &CellKey, default: Value) -> Value {
        Self::read(self, Self::find(self, *key, default))
    }
}
