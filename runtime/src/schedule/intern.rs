//! Interning: every cell of a block gets one number, is fetched once, and is found free or not.
//!
//! A cell is free if nobody writes, raises or lowers it, nobody writes a lock above it, and all deltas of the block
//! together, debits and credits apart, leave it within the range of its type, with room for the one that swings
//! furthest on its way: then their order cannot matter. One is enough, because a delta is published when its
//! transaction has ended, so nobody meets another's swing. A
//! cell that holds an asset needs no room above, because all cells of the asset together hold no more than there
//! is of it. Everything here is done for one shard of the keys at a time, so that shards can be done in parallel.

use super::chunk::{Chunk, Kind, Listed, TOO_MUCH};
use super::locks::HeldLocks;
use super::order::{Edges, Node, Use};
use crate::cells::{Shard, SharedCell};
use crate::evaluate::Claim;
use crate::rules::Rules;
use crate::state::State;
use crate::stats::{HOTTEST, Hot};
use ethnum::I256;
use mc_container::access::Permission;
use mc_container::access::Span;
use mc_container::value::{Scalar, Value};
use std::sync::Arc;

/// From this many additions on, workers keep their sums to themselves until the block has run.
const SUMMED_FROM: u32 = 32;

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
    /// No sum of credits is too much for it.
    is_capped: bool,
    uses: u32,
    /// How many of them add.
    adds: u32,
    is_written: bool,
    /// The sums of what the deltas may take and of what they may add; `None` where they are too much for any cell.
    fall: Option<u128>,
    lift: Option<u128>,
    /// The head-room below and above that one of them may use on its way beyond what it takes or adds.
    dip: I256,
    swell: I256,
}

/// A use of a cell by a transaction.
#[derive(Clone, Copy, Debug)]
struct CellUse {
    cell: u32,
    node: Node,
    kind: Kind,
}

/// The memory that interning works in.
#[derive(Debug, Default)]
pub(crate) struct Interner {
    demands: Vec<Demand>,
    uses: Vec<CellUse>,
    /// The uses of each cell that has more than one, in sequence, and where those of each cell start.
    sorted: Vec<(Node, Use)>,
    starts: Vec<u32>,
    next: Vec<u32>,
}

impl Interner {
    /// Interns the cells of one shard of a block; `shard` is empty. Without locks nothing is ordered.
    pub(crate) fn intern(
        &mut self,
        number: usize,
        chunks: &[Arc<Chunk>],
        held: Option<&HeldLocks>,
        (state, rules): (&State, Rules),
        mut shard: Shard,
    ) -> InternedShard {
        self.demands.clear();
        self.uses.clear();
        shard.start(chunks.iter().map(|chunk| chunk.of_shard(number).len()).sum());
        let locks = held.filter(|held| !held.is_empty());
        for chunk in chunks {
            shard.start_chunk();
            let claims = chunk.claims.all_cells();
            for listed in chunk.of_shard(number) {
                let Some(claim) = claims.get(listed.claim as usize) else { continue };
                let written_above = listed.kind == Kind::Delta
                    && locks.is_some_and(|locks| locks.any_written(chunk.claims.locks_above(claim)));
                self.claim(&mut shard, claim, listed, written_above);
            }
        }
        shard.cells.iter_mut().for_each(|cell| cell.fetch(state));
        if held.is_none() {
            return InternedShard { shard, ..InternedShard::default() };
        }
        for (cell, demand) in shard.cells.iter_mut().zip(&self.demands) {
            cell.is_free = demand.is_free(cell.before, rules);
            let nobody_looks = demand.adds == demand.uses && locks.is_none();
            cell.is_summed = cell.is_free && nobody_looks && demand.adds >= SUMMED_FROM;
        }
        self.order(shard)
    }

    fn claim(&mut self, shard: &mut Shard, claim: &Claim, listed: &Listed, written_above: bool) {
        let cell = shard.claim(&listed.key, || claim.default);
        if cell as usize == self.demands.len() {
            self.demands.push(Demand::new(claim.ty, claim.held.is_capped()));
        }
        if let Some(demand) = self.demands.get_mut(cell as usize) {
            demand.add(listed, written_above);
            if listed.swings
                && let Permission::Delta(span) = &claim.permission
            {
                demand.swing(*span);
            }
            self.uses.push(CellUse { cell, node: listed.node, kind: listed.kind });
        }
    }

    /// Lists what must be ordered, now that it is known which cells are free.
    fn order(&mut self, shard: Shard) -> InternedShard {
        self.sort_by_cell(&shard.cells);
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
        InternedShard { shard, edges, hot }
    }

    fn sort_by_cell(&mut self, cells: &[SharedCell]) {
        let Self { demands, uses, sorted, starts, next } = self;
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
            let is_free = cells.get(cell).is_some_and(|cell| cell.is_free);
            let Some(place) = next.get_mut(cell) else { continue };
            if let Some(target) = sorted.get_mut(*place as usize) {
                *target = (*node, kind.of(is_free));
            }
            *place += 1;
        }
    }
}

/// The sum of two amounts, where neither is too much already.
fn plus(sum: Option<u128>, more: u128) -> Option<u128> {
    sum?.checked_add(more).filter(|_| more != TOO_MUCH)
}

impl Kind {
    fn of(self, is_free: bool) -> Use {
        match self {
            Self::Read => Use::Read,
            Self::Delta if is_free => Use::Add,
            Self::Max => Use::Max,
            Self::Min => Use::Min,
            Self::Delta | Self::Write => Use::Write,
        }
    }
}

impl Demand {
    fn new(ty: Scalar, is_capped: bool) -> Self {
        let nothing = Some(0);
        let (dip, swell) = (I256::ZERO, I256::ZERO);
        Self { ty, is_capped, uses: 0, adds: 0, is_written: false, fall: nothing, lift: nothing, dip, swell }
    }

    #[inline]
    fn add(&mut self, listed: &Listed, written_above: bool) {
        self.uses += 1;
        self.is_written |= written_above || !matches!(listed.kind, Kind::Read | Kind::Delta);
        if listed.kind == Kind::Delta {
            self.adds += 1;
            self.fall = plus(self.fall, listed.fall);
            if !self.is_capped {
                self.lift = plus(self.lift, listed.lift);
            }
        }
    }

    fn swing(&mut self, span: Span) {
        let beyond = |most: I256, end: I256| most.checked_sub(end).unwrap_or(I256::MAX);
        self.dip = self.dip.max(beyond(span.reserve(), span.fall()));
        self.swell = self.swell.max(beyond(span.rise(), span.lift()));
    }

    /// The head-room rule.
    fn is_free(&self, before: Value, rules: Rules) -> bool {
        let adds_only = self.adds > 0 && !self.is_written;
        adds_only && (self.has_room(before) || !rules.head_room)
    }

    fn has_room(&self, before: Value) -> bool {
        let (Some(fall), Some(lift)) = (self.fall, self.lift) else { return false };
        let (least, greatest) = self.ty.range();
        let before = before.number(self.ty);
        let lowest = before.checked_sub(I256::from(fall)).and_then(|it| it.checked_sub(self.dip));
        let highest = before.checked_add(I256::from(lift)).and_then(|it| it.checked_add(self.swell));
        lowest.is_some_and(|lowest| lowest >= least)
            && (self.is_capped || highest.is_some_and(|highest| highest <= greatest))
    }
}
