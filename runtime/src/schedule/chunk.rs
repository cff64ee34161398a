//! Chunks: some consecutive transactions of a block with their claims, the unit of evaluation.

use super::order::Node;
use crate::cells::{SHARDS, Slot, shard_of};
use crate::evaluate::Claims;
use std::sync::atomic::{AtomicU32, Ordering};

/// The claims of some consecutive transactions, and where the claimed cells stand.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    pub(crate) claims: Claims,
    /// The number of its first transaction in the block.
    pub(crate) first: Node,
    /// For each claimed cell, its slot; empty where nothing is interned.
    slots: Vec<AtomicU32>,
    /// The transactions and their claimed cells, by shard, and where those of each shard start.
    by_shard: Vec<(Node, u32)>,
    starts: [u32; SHARDS + 1],
}

impl Chunk {
    /// Spreads the claims over the shards.
    pub(crate) fn spread(&mut self) {
        let Self { claims, first, slots, by_shard, starts } = self;
        let cells = claims.all_cells();
        *starts = [0; SHARDS + 1];
        for claim in cells {
            starts.iter_mut().skip(shard_of(&claim.key) + 1).for_each(|start| *start += 1);
        }
        slots.resize_with(cells.len(), AtomicU32::default);
        by_shard.resize(cells.len(), (0, 0));
        let mut next = *starts;
        for number in 0..claims.len() {
            let Ok(tx) = claims.transaction(number) else { continue };
            for (cell, claim) in (tx.cells_start()..).zip(tx.cells()) {
                let Some(place) = next.get_mut(shard_of(&claim.key)) else { continue };
                if let Some(target) = by_shard.get_mut(*place as usize) {
                    *target = (*first + number as Node, cell as u32);
                }
                *place += 1;
            }
        }
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
        let [from, to] = *self.starts.get(shard..shard + 2)? else { return None };
        self.by_shard.get(from as usize..to as usize)
    }
}
