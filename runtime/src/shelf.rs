//! The shelf: memory that one block leaves to the next, so that a block of usual size allocates nothing large.

use crate::cells::Shard;
use crate::schedule::chunk::Chunk;
use crate::schedule::conflicts::Sorter;
use crate::schedule::intern::Claimed;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Things that were used and may be used again.
#[derive(Debug)]
pub(crate) struct Shelf<T>(Mutex<Vec<T>>);

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Default> Shelf<T> {
    /// A used thing, or a new one.
    pub(crate) fn take(&self) -> T {
        self.things().pop().unwrap_or_default()
    }

    /// Puts things back.
    pub(crate) fn put(&self, things: impl IntoIterator<Item = T>) {
        self.things().extend(things);
    }

    fn things(&self) -> MutexGuard<'_, Vec<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What blocks leave to the next.
#[derive(Debug, Default)]
pub(crate) struct Shelves {
    pub(crate) chunks: Shelf<Chunk>,
    pub(crate) shards: Shelf<Shard>,
    pub(crate) claimed: Shelf<Claimed>,
    pub(crate) sorters: Shelf<Sorter>,
}
