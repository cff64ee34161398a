//! Conflicts: which uses of the cells of a shard must wait for which.
//!
//! A cell is free if nobody writes, raises or lowers it, nobody writes a lock above it, and all deltas of the block
//! together, debits and credits apart, leave it within the range of its type, with room for the one that swings
//! furthest on its way: then their order cannot matter. One is enough, because a delta is published when its
//! transaction has ended, so nobody meets another's swing. A cell that holds an asset needs no room above, because all
//! cells of the asset together hold no more than there is of it.

use super::intern::{CellUse, Claimed};
use super::order::{Edges, Node, Use};
use crate::cells::{Shard, SharedCell};
use crate::rules::Rules;
use crate::stats::{HOTTEST, Hot};
use mc_container::access::Kind;

/// From this many additions on, workers keep their sums to themselves until the block has run.
const SUMMED_FROM: u32 = 32;

/// A shard of a block's cells, and what its order demands.
#[derive(Debug, Default)]
pub(crate) struct OrderedShard {
    pub(crate) shard: Shard,
    pub(crate) edges: Edges,
    pub(crate) hot: Vec<Hot>,
}

/// The memory that conflicts are found in.
#[derive(Debug, Default)]
pub(crate) struct Sorter {
    /// The uses of each cell that has more than one, in sequence, and where those of each cell start.
    sorted: Vec<(Node, Use)>,
    starts: Vec<u32>,
    next: Vec<u32>,
}

impl Sorter {
    /// Finds out which cells are free, and lists what must be ordered on the others.
    pub(crate) fn order(
        &mut self,
        mut shard: Shard,
        claimed: &Claimed,
        has_locks: bool,
        rules: Rules,
    ) -> OrderedShard {
        for (cell, demand) in shard.cells.iter_mut().zip(&claimed.demands) {
            cell.live.is_free = claimed.is_free(demand, cell.before, rules);
            let nobody_looks = demand.adds == demand.uses && !has_locks;
            cell.live.is_summed = cell.live.is_free && nobody_looks && demand.adds >= SUMMED_FROM;
        }
        self.sort(claimed, &shard.cells);
        let (mut edges, mut hot) = (Edges::default(), Vec::new());
        for (cell, bounds) in shard.cells.iter().zip(self.starts.windows(2)) {
            let [from, to] = *bounds else { continue };
            let uses = self.sorted.get(from as usize..to as usize).unwrap_or_default();
            let chain = edges.add(uses);
            if chain > 1 {
                let transactions = uses.len() as u32;
                hot.push(Hot { key: cell.key, is_lock: false, transactions, chain });
            }
        }
        Hot::keep(&mut hot, HOTTEST);
        OrderedShard { shard, edges, hot }
    }

    /// Sorts the uses by their cells.
    fn sort(&mut self, Claimed { demands, uses, .. }: &Claimed, cells: &[SharedCell]) {
        let Self { sorted, starts, next } = self;
        starts.clear();
        starts.push(0);
        let mut sum = 0;
        starts.extend(demands.iter().map(|demand| {
            sum += if demand.uses > 1 { demand.uses } else { 0 };
            sum
        }));
        next.clone_from(starts);
        sorted.clear();
        sorted.resize(sum as usize, (0, Use::Read));
        for CellUse { cell, node, kind } in uses {
            let cell = *cell as usize;
            if demands.get(cell).is_none_or(|demand| demand.uses < 2) {
                continue;
            }
            let is_free = cells.get(cell).is_some_and(|cell| cell.live.is_free);
            let Some(place) = next.get_mut(cell) else { continue };
            if let Some(target) = sorted.get_mut(*place as usize) {
                *target = (*node, use_of(*kind, is_free));
            }
            *place += 1;
        }
    }
}

/// What a transaction that may do this with a cell does with it, as others see it.
fn use_of(kind: Kind, is_free: bool) -> Use {
    match kind {
        Kind::Read => Use::Read,
        Kind::Delta if is_free => Use::Add,
        Kind::Max => Use::Max,
        Kind::Min => Use::Min,
        Kind::Delta | Kind::Write => Use::Write,
    }
}
