//! Chunks: some consecutive transactions of a block with their claims, the unit of evaluation.

use super::order::Node;
use crate::evaluate::Claims;
use crate::live::{SHARDS, Slot, shard_of};
use std::sync::atomic::{AtomicU32, Ordering};

/// The claims of some consecutive transactions, and where the claimed cells stand.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    pub(crate) claims: Claims,
    /// The number of its first transaction in the block.
    pub(crate) first: Node,
    /// For each claimed cell, its slot; empty where nothing is interned.
    slots: Vec<AtomicU32>,
    /// For each shard, its transactions and claimed cells.
    by_shard: Vec<Vec<(Node, u32)>>,
}

impl Chunk {
    /// Spreads the claims over the shards.
    pub(crate) fn new(first: Node, claims: Claims) -> Self {
        let mut by_shard = vec![Vec::new(); SHARDS];
        let slots = claims.all_cells().iter().map(|_| AtomicU32::new(0)).collect();
        for number in 0..claims.len() {
            let Ok(tx) = claims.transaction(number) else { continue };
            for (cell, claim) in (tx.cells_start()..).zip(tx.cells()) {
                if let Some(list) = by_shard.get_mut(shard_of(&claim.key)) {
                    list.push((first + number as Node, cell as u32));
                }
            }
        }
        Self { claims, first, slots, by_shard }
    }

    /// Where a claimed cell stands.
    pub(crate) fn slot(&self, cell: usize) -> Option<Slot> {
        self.slots.get(cell).map(|slot| Slot(slot.load(Ordering::Relaxed)))
    }

    pub(crate) fn set_slot(&self, cell: usize, slot: Slot) {
        if let Some(place) = self.slots.get(cell) {
            place.store(slot.0, Ordering::Relaxed);
        }
    }

    /// The transactions that claim cells of a shard, and the numbers of the cells among all claimed ones.
    pub(crate) fn of_shard(&self, shard: usize) -> Option<&[(Node, u32)]> {
        self.by_shard.get(shard).map(Vec::as_slice)
    }
}
