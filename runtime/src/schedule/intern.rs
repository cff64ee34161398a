//! Interning: every cell of a block gets one number, is fetched once, and is found free or not.
//!
//! A cell is free if nobody writes it or a lock above it and if all deltas of the block together, debits and
//! credits apart, leave it within the range of its type: then their order cannot matter. Everything here is
//! done for one shard of the keys at a time, so that shards can be done in parallel.

use super::chunk::Chunk;
use super::locks::HeldLocks;
use super::order::{Edges, Node, Use};
use crate::evaluate::Claim;
use crate::hash::{DigestMap, DigestState};
use crate::live::{Shard, SharedCell, Slot};
use crate::state::State;
use crate::stats::{HOTTEST, Hot};
use ethnum::I256;
use mc_container::access::Permission;
use mc_container::value::{Scalar, Value};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// A shard of a block's cells, and what its order demands.
#[derive(Debug, Default)]
pub(crate) struct InternedShard {
    pub(crate) shard: Shard,
    pub(crate) edges: Edges,
    pub(crate) hot: Vec<Hot>,
}

/// What all transactions of a block together do to one cell.
#[derive(Clone, Debug)]
struct Demand {
    ty: Scalar,
    uses: u32,
    is_written: bool,
    /// The sums of what the deltas may take and of what they may add; `None` beyond 256 bits.
    reserve: Option<I256>,
    rise: Option<I256>,
}

/// A use of a cell by a transaction.
#[derive(Clone, Copy, Debug)]
struct CellUse {
    cell: u32,
    node: Node,
    kind: Kind,
}

/// What a transaction may do with a cell, before it is known whether the cell is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Read,
    Delta,
    Write,
}

/// Interns the cells of one shard of a block.
pub(crate) fn intern(number: usize, chunks: &[Arc<Chunk>], held: &HeldLocks, state: &State) -> InternedShard {
    let mut interner = Interner::default();
    let lists = || chunks.iter().filter_map(|chunk| Some((chunk, chunk.of_shard(number)?)));
    let claimed = lists().map(|(_, list)| list.len()).sum();
    interner.reserve(claimed);
    for (chunk, list) in lists() {
        for (node, cell) in list {
            let Some(claim) = chunk.claims.all_cells().get(*cell as usize) else { continue };
            let written_above =
                matches!(claim.permission, Permission::Delta(_)) && held.any_written(chunk.claims.locks_above(claim));
            let local = interner.claim(claim, *node, written_above, state);
            chunk.set_slot(*cell as usize, Slot::new(number, local as usize));
        }
    }
    interner.finish()
}

#[derive(Default)]
struct Interner {
    shard: Shard,
    demands: Vec<Demand>,
    uses: Vec<CellUse>,
}

impl Interner {
    fn reserve(&mut self, claimed: usize) {
        self.uses.reserve(claimed);
        self.demands.reserve(claimed);
        self.shard.cells.reserve(claimed);
        self.shard.index = DigestMap::with_capacity_and_hasher(claimed, DigestState::default());
    }

    fn claim(&mut self, claim: &Claim, node: Node, written_above: bool, state: &State) -> u32 {
        let next = self.demands.len() as u32;
        let cell = *self.shard.index.entry(claim.key).or_insert(next);
        if cell == next {
            let before = state.get(&claim.key).unwrap_or(claim.default);
            self.shard.cells.push(shared(claim, before));
            self.demands.push(Demand::new(claim.ty));
        }
        if let Some(demand) = self.demands.get_mut(cell as usize) {
            let kind = demand.add(claim.permission, written_above);
            self.uses.push(CellUse { cell, node, kind });
        }
        cell
    }

    /// Decides which cells are free and lists what must be ordered.
    fn finish(mut self) -> InternedShard {
        for (cell, demand) in self.shard.cells.iter_mut().zip(&self.demands) {
            cell.is_free = demand.is_free(cell.before);
        }
        let (mut edges, mut hot) = (Edges::default(), Vec::new());
        let (starts, uses) = self.by_cell();
        for (cell, bounds) in self.shard.cells.iter().zip(starts.windows(2)) {
            let [from, to] = *bounds else { continue };
            let uses = uses.get(from as usize..to as usize).unwrap_or_default();
            let chain = edges.add(uses);
            if chain > 1 {
                let transactions = uses.len() as u32;
                hot.push(Hot { key: cell.key, is_lock: false, transactions, chain });
            }
        }
        Hot::keep(&mut hot, HOTTEST);
        InternedShard { shard: self.shard, edges, hot }
    }

    /// The uses of each cell that has more than one, in sequence, and where those of each cell start.
    fn by_cell(&self) -> (Vec<u32>, Vec<(Node, Use)>) {
        let (mut starts, mut sum) = (vec![0], 0);
        for demand in &self.demands {
            sum += if demand.uses > 1 { demand.uses } else { 0 };
            starts.push(sum);
        }
        let mut next = starts.clone();
        let mut sorted = vec![(0, Use::Read); sum as usize];
        for CellUse { cell, node, kind } in &self.uses {
            let cell = *cell as usize;
            if self.demands.get(cell).is_none_or(|demand| demand.uses < 2) {
                continue;
            }
            let is_free = self.shard.cells.get(cell).is_some_and(|cell| cell.is_free);
            let Some(place) = next.get_mut(cell) else { continue };
            if let Some(target) = sorted.get_mut(*place as usize) {
                *target = (*node, kind.of(is_free));
            }
            *place += 1;
        }
        (starts, sorted)
    }
}

impl Kind {
    fn of(self, is_free: bool) -> Use {
        match self {
            Self::Read => Use::Read,
            Self::Delta if is_free => Use::Add,
            Self::Delta | Self::Write => Use::Write,
        }
    }
}

impl Demand {
    fn new(ty: Scalar) -> Self {
        Self { ty, uses: 0, is_written: false, reserve: Some(I256::ZERO), rise: Some(I256::ZERO) }
    }

    fn add(&mut self, permission: Permission, written_above: bool) -> Kind {
        self.uses += 1;
        self.is_written |= written_above || permission == Permission::Write;
        match permission {
            Permission::Read => Kind::Read,
            Permission::Write => Kind::Write,
            Permission::Delta(span) => {
                self.reserve = self.reserve.and_then(|sum| sum.checked_add(span.reserve()));
                self.rise = self.rise.and_then(|sum| sum.checked_add(span.rise()));
                Kind::Delta
            }
        }
    }

    /// The head-room rule.
    fn is_free(&self, before: Value) -> bool {
        let (Some(reserve), Some(rise)) = (self.reserve, self.rise) else { return false };
        let (least, greatest) = self.ty.range();
        let before = before.number(self.ty);
        let lowest = before.checked_sub(reserve);
        let highest = before.checked_add(rise);
        !self.is_written
            && lowest.is_some_and(|lowest| lowest >= least)
            && highest.is_some_and(|highest| highest <= greatest)
    }
}

fn shared(claim: &Claim, before: Value) -> SharedCell {
    SharedCell {
        key: claim.key,
        before,
        default: claim.default,
        is_free: false,
        value: before.0.map(AtomicU64::new),
    }
}
