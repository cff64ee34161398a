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

/// The live values that a sandbox works on.
#[derive(Debug)]
#[repr(u8)] // Which one it is is asked for each cell, and a byte says so at once.
pub(crate) enum Live {
    /// One thread's own.
    Overlay(Overlay),
    /// Shared with other workers, and what this one has added to some of them.
    Shared(Arc<SharedCells>, Sums),
    /// As far as others have come, which may not be far enough.
    Guessed(View),
}

impl Live {
    /// Where a cell stands that was claimed before the block ran; `None` where nothing was.
    #[inline]
    pub(crate) fn claimed(&self, chunk: &Chunk, claim: usize) -> Option<Slot> {
        match self {
            Self::Overlay(_) => chunk.found(claim),
            Self::Shared(cells, _) => chunk.slot(claim, cells.shards()),
            Self::Guessed(view) => chunk.slot(claim, view.shards()),
        }
    }

    /// Where the cell stands; it is fetched if nobody asked for it before.
    pub(crate) fn find(&mut self, key: CellKey, default: Value) -> Slot {
        match self {
            Self::Overlay(overlay) => Slot(overlay.find(key, default)),
            Self::Shared(cells, _) => cells.find(key, default),
            Self::Guessed(view) => view.find(key, default),
        }
    }

    #[inline]
    pub(crate) fn read(&self, slot: Slot) -> Value {
        match self {
            Self::Overlay(overlay) => overlay.read(slot.0),
            Self::Shared(cells, _) => cells.read(slot),
            Self::Guessed(view) => view.read(slot),
        }
    }

    /// True if other workers may be adding to the cell right now.
    pub(crate) fn is_free(&self, slot: Slot) -> bool {
        match self {
            Self::Overlay(_) | Self::Guessed(_) => false,
            Self::Shared(cells, _) => cells.cell(slot).is_some_and(|cell| cell.is_free),
        }
    }

    #[inline]
    pub(crate) fn store(&mut self, slot: Slot, value: Value) {
        match self {
            Self::Overlay(overlay) => overlay.update(slot.0, |_| value),
            Self::Shared(cells, _) => cells.store(slot, value),
            Self::Guessed(view) => view.store(slot, value),
        }
    }

    /// Adds to a cell; others may be adding, too.
    pub(crate) fn add(&mut self, slot: Slot, ty: Scalar, change: Value) {
        match self {
            Self::Overlay(overlay) => overlay.update(slot.0, |value| sum(value, ty, change)),
            Self::Shared(cells, sums) => sums.add(cells, slot, ty, change),
            Self::Guessed(view) => view.store(slot, sum(view.read(slot), ty, change)),
        }
    }

    /// Replaces a value by what it merges to with another; others may be doing the same.
    pub(crate) fn merge(&mut self, slot: Slot, merge: impl FnOnce(Value) -> Value) {
        match self {
            Self::Overlay(overlay) => overlay.update(slot.0, merge),
            Self::Shared(cells, _) => cells.merge(slot, merge),
            Self::Guessed(view) => view.store(slot, merge(view.read(slot))),
        }
    }

    /// The value of a cell.
    pub(crate) fn peek(&self, key: &CellKey, default: Value) -> Value {
        match self {
            Self::Overlay(overlay) => overlay.peek(key, default),
            Self::Shared(cells, _) => cells.peek(key, default),
            Self::Guessed(view) => view.read(view.find(*key, default)),
        }
    }

    /// True if what the transaction has seen will not be.
    pub(crate) fn is_blocked(&self) -> bool {
        matches!(self, Self::Guessed(view) if view.blocked().is_some())
    }

    /// Leaves nothing for later.
    pub(crate) fn settle(&mut self) {
        if let Self::Shared(cells, sums) = self {
            sums.settle(cells);
        }
    }

    /// The rules that hold.
    pub(crate) fn rules(&self) -> Rules {
        match self {
            Self::Overlay(_) | Self::Guessed(_) => Rules::default(),
            Self::Shared(cells, _) => cells.rules,
        }
    }
}

impl Cells for Live {
    fn read(&self, source: &Source<'_>) -> Option<Value> {
        Some(self.peek(&source.key(), source.default))
    }
}
