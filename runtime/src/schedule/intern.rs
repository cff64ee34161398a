//! Interning: every cell of a block gets one number and is fetched once, and what the block demands of it is summed up.
//!
//! Everything here is done for one shard of the keys at a time, so that shards can be done in parallel.

use super::chunk::{Chunk, Listed};
use super::locks::HeldLocks;
use super::order::Node;
use crate::cells::Shard;
use crate::evaluate::Kind;
use crate::registry::{LinkedAccess, Registry};
use crate::rules::Rules;
use crate::state::State;
use ethnum::I256;
use mc_container::access::Span;
use mc_container::value::{Scalar, Value};
use std::sync::Arc;

/// A shard of a block's cells, with what is claimed of them.
#[derive(Debug, Default)]
pub(crate) struct InternedShard {
    pub(crate) shard: Shard,
    pub(crate) claimed: Claimed,
}

/// What the transactions of a block claim of the cells of one shard.
#[derive(Debug, Default)]
pub(crate) struct Claimed {
    /// Of each cell.
    pub(crate) demands: Vec<Demand>,
    /// In sequence.
    pub(crate) uses: Vec<CellUse>,
}

/// What all transactions of a block together do to one cell.
#[derive(Clone, Debug)]
pub(crate) struct Demand {
    ty: Scalar,
    /// No sum of credits is too much for it.
    is_capped: bool,
    pub(crate) uses: u32,
    /// How many of them add.
    pub(crate) adds: u32,
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
pub(crate) struct CellUse {
    pub(crate) cell: u32,
    pub(crate) node: Node,
    pub(crate) kind: Kind,
}

impl InternedShard {
    /// Interns the cells of one shard of a block; this one is empty. A cell is written, too, where a lock above it is
    /// held that writes.
    pub(crate) fn intern(
        mut self,
        number: usize,
        chunks: &[Arc<Chunk>],
        held: Option<&HeldLocks>,
        (registry, state): (&Registry, &State),
    ) -> Self {
        self.claimed.demands.clear();
        self.claimed.uses.clear();
        self.shard.start(chunks.iter().map(|chunk| chunk.of_shard(number).len()).sum());
        let locks = held.filter(|held| !held.is_empty());
        for chunk in chunks {
            self.shard.start_chunk();
            for listed in chunk.of_shard(number) {
                let demand = self.claim(listed, || chunk.what(registry, listed));
                if listed.kind == Kind::Delta
                    && let (Some(demand), Some(claim)) = (demand, chunk.claim(listed))
                {
                    demand.move_by(chunk.claims.span(claim).copied());
                    demand.is_written |=
                        locks.is_some_and(|locks| locks.any_written(chunk.claims.locks_above(claim)));
                }
            }
        }
        self.shard.fetch(state);
        self
    }

    /// Counts a claim on the cell that it names; `what` says what that is, where nobody has named it before.
    #[inline]
    fn claim<'r>(
        &mut self,
        listed: &Listed,
        what: impl FnOnce() -> Option<&'r LinkedAccess>,
    ) -> Option<&mut Demand> {
        let Self { shard, claimed: Claimed { demands, uses } } = self;
        let cell = shard.claim(&listed.key, || {
            let what = what();
            demands.push(Demand::new(what));
            what.map(|what| what.default).unwrap_or_default()
        });
        uses.push(CellUse { cell, node: listed.node, kind: listed.kind });
        let demand = demands.get_mut(cell as usize)?;
        demand.uses += 1;
        demand.is_written |= !matches!(listed.kind, Kind::Read | Kind::Delta);
        Some(demand)
    }
}

/// The sum of two amounts that are not negative, unless no cell has room for it.
fn plus(sum: Option<u128>, more: I256) -> Option<u128> {
    sum?.checked_add(u128::try_from(more).ok()?)
}

impl Demand {
    fn new(what: Option<&LinkedAccess>) -> Self {
        let ty = what.map_or(Scalar::U256, |what| what.value);
        let is_capped = what.is_some_and(|what| what.held.is_capped());
        let nothing = Some(0);
        let (dip, swell) = (I256::ZERO, I256::ZERO);
        Self { ty, is_capped, uses: 0, adds: 0, is_written: false, fall: nothing, lift: nothing, dip, swell }
    }

    /// Somebody may move the cell so far.
    fn move_by(&mut self, span: Option<Span>) {
        self.adds += 1;
        let Some(span) = span else { return };
        let (fall, lift) = (span.fall(), span.lift());
        self.fall = plus(self.fall, fall);
        if !self.is_capped {
            self.lift = plus(self.lift, lift);
        }
        if span.need > fall || span.peak > lift {
            let beyond = |most: I256, end: I256| most.checked_sub(end).unwrap_or(I256::MAX);
            self.dip = self.dip.max(beyond(span.reserve(), fall));
            self.swell = self.swell.max(beyond(span.rise(), lift));
        }
    }

    /// The head-room rule.
    pub(crate) fn is_free(&self, before: Value, rules: Rules) -> bool {
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
