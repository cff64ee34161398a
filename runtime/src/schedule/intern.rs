//! Interning: every cell of a block gets one number and is fetched once, and what the block demands of it is summed up.
//!
//! Everything here is done for one shard of the keys at a time, so that shards can be done in parallel.

use super::chunk::{Chunk, Listed, Move};
use super::locks::HeldLocks;
use super::order::Node;
use crate::cells::Shard;
use crate::registry::{LinkedAccess, Registry};
use crate::rules::Rules;
use crate::state::State;
use ethnum::I256;
use mc_container::access::{Kind, Span};
use mc_container::value::{Scalar, Value};
use std::sync::Arc;

/// What the transactions of a block claim of the cells of one shard.
#[derive(Debug, Default)]
pub(crate) struct Claimed {
    /// Of each cell.
    pub(crate) demands: Vec<Demand>,
    /// Of each cell that is moved.
    rooms: Vec<Room>,
    /// In sequence.
    pub(crate) uses: Vec<CellUse>,
}

/// What all transactions of a block together do to one cell.
#[derive(Clone, Debug, Default)]
pub(crate) struct Demand {
    is_written: bool,
    pub(crate) uses: u32,
    /// How many of them add.
    pub(crate) adds: u32,
    /// The number of its [`Room`], if they do.
    room: u32,
}

/// The head-room that all transactions of a block together may use of one cell.
#[derive(Clone, Debug)]
struct Room {
    ty: Scalar,
    /// No sum of credits is too much for it.
    is_capped: bool,
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

impl Claimed {
    /// Interns the cells of one shard of a block. A cell is written, too, where a lock above it is held that writes.
    pub(crate) fn intern(
        &mut self,
        (number, shard): (usize, &mut Shard),
        chunks: &[Arc<Chunk>],
        held: Option<&HeldLocks>,
        (registry, state): (&Registry, &State),
    ) {
        self.demands.clear();
        self.rooms.clear();
        self.uses.clear();
        shard.start(chunks.iter().map(|chunk| chunk.of_shard(number).len()).sum());
        let locks = held.filter(|held| !held.is_empty());
        for chunk in chunks {
            shard.start_chunk();
            let mut moves = chunk.moves_of(number).iter();
            for listed in chunk.of_shard(number) {
                let cell = self.claim(shard, listed, || chunk.what(registry, listed));
                if listed.kind == Kind::Delta
                    && let Some(moved) = moves.next()
                {
                    let claim = || chunk.claim(listed);
                    let above = || claim().map_or(&[][..], |claim| chunk.claims.locks_above(claim));
                    let is_written = locks.is_some_and(|locks| locks.any_written(above()));
                    self.moved(cell, (moved, || chunk.claims.span(claim()?)), is_written);
                }
            }
        }
        shard.fetch(state);
    }

    /// Counts a claim on the cell that it names, and gives the cell's number; `what` says what it is, where that
    /// matters.
    #[inline]
    fn claim<'r>(
        &mut self,
        shard: &mut Shard,
        listed: &Listed,
        what: impl FnOnce() -> Option<&'r LinkedAccess>,
    ) -> u32 {
        let Self { demands, uses, .. } = self;
        let cell = shard.claim(&listed.key, || {
            demands.push(Demand::default());
            // Most are zero, and looking for more is a way through memory that nobody else goes now.
            let default = || what().map(|what| what.default);
            if listed.is_plain { Value::ZERO } else { default().unwrap_or_default() }
        });
        uses.push(CellUse { cell, node: listed.node, kind: listed.kind });
        if let Some(demand) = demands.get_mut(cell as usize) {
            demand.uses += 1;
            demand.is_written |= !matches!(listed.kind, Kind::Read | Kind::Delta);
        }
        cell
    }

    /// Somebody may move a cell so far; it is written, too, where a lock above it is. `span` says how far where that
    /// takes more words.
    fn moved<'c>(
        &mut self,
        cell: u32,
        (moved, span): (&Move, impl FnOnce() -> Option<&'c Span>),
        is_written: bool,
    ) {
        let Some(demand) = self.demands.get_mut(cell as usize) else { return };
        if demand.adds == 0 {
            demand.room = self.rooms.len() as u32;
            self.rooms.push(Room::new(moved.ty, moved.is_capped));
        }
        demand.adds += 1;
        demand.is_written |= is_written;
        let Some(room) = self.rooms.get_mut(demand.room as usize) else { return };
        if moved.is_all {
            room.move_by(Some(moved.fall), Some(moved.lift));
        } else if let Some(span) = span() {
            room.use_up(*span);
        } else {
            demand.is_written = true;
        }
    }

    /// The head-room rule, for a cell that held this before the block.
    pub(crate) fn is_free(&self, demand: &Demand, before: Value, rules: Rules) -> bool {
        let Some(room) = self.rooms.get(demand.room as usize) else { return false };
        let adds_only = demand.adds > 0 && !demand.is_written;
        adds_only && (room.is_enough(before) || !rules.head_room)
    }
}

impl Room {
    fn new(ty: Scalar, is_capped: bool) -> Self {
        let none = Some(0);
        Self { ty, is_capped, fall: none, lift: none, dip: I256::ZERO, swell: I256::ZERO }
    }

    /// Counts what one of them takes and adds; `None` where that is too much for any cell.
    fn move_by(&mut self, fall: Option<u128>, lift: Option<u128>) {
        let sum = |sum: Option<u128>, more: Option<u128>| sum?.checked_add(more?);
        self.fall = sum(self.fall, fall);
        if !self.is_capped {
            self.lift = sum(self.lift, lift);
        }
    }

    fn use_up(&mut self, span: Span) {
        let (fall, lift) = (span.fall(), span.lift());
        self.move_by(u128::try_from(fall).ok(), u128::try_from(lift).ok());
        if span.need > fall || span.peak > lift {
            let beyond = |most: I256, end: I256| most.checked_sub(end).unwrap_or(I256::MAX);
            self.dip = self.dip.max(beyond(span.reserve(), fall));
            self.swell = self.swell.max(beyond(span.rise(), lift));
        }
    }

    fn is_enough(&self, before: Value) -> bool {
        let (Some(fall), Some(lift)) = (self.fall, self.lift) else { return false };
        let (least, greatest) = self.ty.range();
        let before = before.number(self.ty);
        let lowest = before.checked_sub(I256::from(fall)).and_then(|it| it.checked_sub(self.dip));
        let highest = before.checked_add(I256::from(lift)).and_then(|it| it.checked_add(self.swell));
        lowest.is_some_and(|lowest| lowest >= least)
            && (self.is_capped || highest.is_some_and(|highest| highest <= greatest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a cell that held this before has room for a span, by what stands beside the claim.
    fn is_free(span: Span, times: usize, (ty, is_capped): (Scalar, bool), before: Value) -> bool {
        let mut claimed = Claimed { demands: vec![Demand::default()], ..Claimed::default() };
        for _ in 0..times {
            claimed.moved(0, (&Move::new(Some(&span), ty, is_capped), || Some(&span)), false);
        }
        claimed.demands.first().is_some_and(|demand| claimed.is_free(demand, before, Rules::default()))
    }

    #[test]
    fn what_stands_beside_a_claim_says_what_its_span_does() {
        let amounts = [0, 1, 90, i128::from(u64::MAX), i128::MAX].map(I256::from);
        let amounts = amounts.into_iter().chain([I256::from(u128::MAX), I256::MAX]);
        let spans = amounts.clone().flat_map(|fall| {
            let amounts = amounts.clone();
            amounts.clone().flat_map(move |lift| {
                let spans = [(fall, lift), (I256::ZERO, I256::ZERO), (I256::from(100), I256::from(7))];
                spans.map(|(need, peak)| Span { low: -fall, high: lift, need, peak })
            })
        });
        let (mut free, mut scarce) = (0, 0);
        for span in spans {
            for (ty, is_capped) in [(Scalar::U64, false), (Scalar::U128, true), (Scalar::I128, false)] {
                for times in [1, 2] {
                    for before in [0_u64, 90, 91, 100, 180, u64::MAX - 1].map(Value::from_u64) {
                        let mut room = Room::new(ty, is_capped);
                        (0..times).for_each(|_| room.use_up(span));
                        let is_enough = room.is_enough(before);
                        assert_eq!(is_free(span, times, (ty, is_capped), before), is_enough, "{span:?}");
                        *if is_enough { &mut free } else { &mut scarce } += 1;
                    }
                }
            }
        }
        assert!(free > 100 && scarce > 100);
    }
}
