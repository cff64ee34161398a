//! Chunks: some consecutive transactions of a block with their claims, the unit of evaluation.

use super::order::Node;
use crate::cells::{SHARDS, Shard, Slot, shard_of};
use crate::evaluate::{Claim, Claims};
use ethnum::I256;
use mc_container::access::Permission;
use mc_container::address::CellKey;

/// The claims of some consecutive transactions, and where the claimed cells stand.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    pub(crate) claims: Claims,
    /// Its number among the chunks of the block, and that of its first transaction.
    number: usize,
    pub(crate) first: Node,
    /// The claims by shard, and where those of each shard start.
    listed: Vec<Listed>,
    starts: [u32; SHARDS + 1],
    /// For each claim, its shard and its place among those of the shard; empty where nothing is listed.
    places: Vec<Slot>,
}

/// A claim as interning needs it: side by side with the others of its shard, because the claims themselves are large.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listed {
    pub(crate) key: CellKey,
    /// What a delta may have taken and what it may have added in the end, or [`TOO_MUCH`].
    pub(crate) fall: u128,
    pub(crate) lift: u128,
    pub(crate) node: Node,
    /// The number of the claim among all of the chunk.
    pub(crate) claim: u32,
    pub(crate) kind: Kind,
    /// It may use more head-room on its way than what it takes or adds: its claim says how much.
    pub(crate) swings: bool,
}

/// What a transaction may do with a cell, before it is known whether the cell is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Read,
    Delta,
    Max,
    Min,
    Write,
}

impl Listed {
    fn new(claim: &Claim, node: Node, number: u32) -> Self {
        let listed = Self { key: claim.key, node, claim: number, ..Self::NONE };
        let of = |kind| Self { kind, ..listed };
        match &claim.permission {
            Permission::Read => listed,
            Permission::Write => of(Kind::Write),
            Permission::Max => of(Kind::Max),
            Permission::Min => of(Kind::Min),
            Permission::Delta(span) => {
                let (fall, lift) = (span.fall(), span.lift());
                let swings = span.need > fall || span.peak > lift;
                Self { fall: amount(fall), lift: amount(lift), swings, ..of(Kind::Delta) }
            }
        }
    }

    /// Fills a place that another will take.
    const NONE: Self =
        Self { key: CellKey([0; 32]), fall: 0, lift: 0, node: 0, claim: 0, kind: Kind::Read, swings: false };
}

/// Stands for every amount that no cell has room for.
pub(crate) const TOO_MUCH: u128 = u128::MAX;

fn amount(amount: I256) -> u128 {
    u128::try_from(amount).unwrap_or(TOO_MUCH)
}

impl Chunk {
    /// Starts over, as the chunk with this number.
    pub(crate) fn start(&mut self, number: usize, first: Node) {
        self.claims.clear();
        self.places.clear();
        (self.number, self.first) = (number, first);
    }

    /// Lists the claims by shard.
    pub(crate) fn spread(&mut self) {
        let Self { claims, first, listed, starts, places, .. } = self;
        let cells = claims.all_cells();
        let mut next = [0; SHARDS + 1];
        for claim in cells {
            if let Some(count) = next.get_mut(shard_of(&claim.key) + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for place in &mut next {
            sum += *place;
            *place = sum;
        }
        *starts = next;
        listed.clear();
        listed.resize(cells.len(), Listed::NONE);
        places.clear();
        places.resize(cells.len(), Slot::default());
        for number in 0..claims.len() {
            let Ok(tx) = claims.transaction(number) else { continue };
            let node = *first + number as Node;
            for (cell, claim) in (tx.cells_start()..).zip(tx.cells()) {
                let shard = shard_of(&claim.key);
                let (Some(place), Some(start)) = (next.get_mut(shard), starts.get(shard)) else { continue };
                if let (Some(listed), Some(slot)) = (listed.get_mut(*place as usize), places.get_mut(cell)) {
                    *listed = Listed::new(claim, node, cell as u32);
                    *slot = Slot::new(shard, (*place - start) as usize);
                }
                *place += 1;
            }
        }
    }

    /// Where a claimed cell stands in the shards of the block.
    #[inline]
    pub(crate) fn slot(&self, claim: usize, shards: &[Shard]) -> Option<Slot> {
        let place = *self.places.get(claim)?;
        let local = shards.get(place.shard())?.local(self.number, place.local())?;
        Some(Slot::new(place.shard(), local as usize))
    }

    /// The claims of a shard, in the order of the transactions.
    pub(crate) fn of_shard(&self, shard: usize) -> &[Listed] {
        let bounds = self.starts.get(shard..shard + 2).unwrap_or_default();
        let [from, to] = *bounds else { return &[] };
        self.listed.get(from as usize..to as usize).unwrap_or_default()
    }

    /// The bytes that it takes up.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(self.listed.as_slice()) + size_of_val(self.places.as_slice()) + self.claims.bytes()
    }
}
