//! The shelf: memory that one block leaves to the next, so that a block of usual size allocates nothing large. Every
//! thing has its place, so that who used it last uses it again.

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
    /// The thing in this place, which is new if nobody has used it.
    pub(crate) fn take(&self, place: usize) -> T {
        self.things().get_mut(place).map(std::mem::take).unwrap_or_default()
    }

    /// Puts a thing back.
    pub(crate) fn put(&self, place: usize, thing: T) {
        let mut things = self.things();
        if things.len() <= place {
            things.resize_with(place + 1, T::default);
        }
        if let Some(place) = things.get_mut(place) {
            *place = thing;
        }
    }

    /// Puts the things from the first place on back.
    pub(crate) fn put_all(&self, things: impl IntoIterator<Item = T>) {
        things.into_iter().enumerate().for_each(|(place, thing)| self.put(place, thing));
    }

    fn things(&self) -> MutexGuard<'_, Vec<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What blocks leave to the next.
#[derive(Debug, Default)]
pub(crate) struct Shelves {
    /// By their numbers.
    pub(crate) chunks: Shelf<Chunk>,
    pub(crate) shards: Shelf<Shard>,
    /// By worker.
    pub(crate) claimed: Shelf<Claimed>,
    pub(crate) sorters: Shelf<Sorter>,
}
