//! Chunks: some consecutive transactions of a block with their claims, the unit of evaluation.

use super::order::Node;
use crate::cells::{SHARDS, Shard, Slot, shard_of};
use crate::evaluate::{Claim, Claims};
use crate::overlay::Overlay;
use crate::registry::{LinkedAccess, Registry};
use crate::state::State;
use mc_container::access::Kind;
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
    /// For each claim, its shard and its place among those of the shard, or where one thread keeps the cell.
    places: Vec<Slot>,
}

/// A claim as interning needs it first, side by side with the others of its shard.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listed {
    pub(crate) key: CellKey,
    pub(crate) node: Node,
    /// The number of the claim among all of the chunk.
    pub(crate) claim: u32,
    pub(crate) kind: Kind,
    /// True if the cell holds zero where the state does not have it, so that nobody has to ask what it is.
    pub(crate) is_plain: bool,
}

impl Listed {
    /// Fills a place that another will take.
    const NONE: Self = Self { key: CellKey([0; 32]), node: 0, claim: 0, kind: Kind::Read, is_plain: false };
}

impl Chunk {
    /// Starts over, as the chunk with this number.
    pub(crate) fn start(&mut self, number: usize, first: Node) {
        self.claims.clear();
        self.places.clear();
        (self.number, self.first) = (number, first);
    }

    /// Lists the claims by shard.
    pub(crate) fn spread(&mut self, registry: &Registry) {
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
            let (node, accesses) = (*first + number as Node, tx.accesses(registry));
            for (cell, claim) in (tx.cells_start()..).zip(tx.cells()) {
                let shard = shard_of(&claim.key);
                let (Some(place), Some(start)) = (next.get_mut(shard), starts.get(shard)) else { continue };
                if let (Some(listed), Some(slot)) = (listed.get_mut(*place as usize), places.get_mut(cell)) {
                    let is_plain = claim.access(accesses).is_some_and(|access| access.is_plain);
                    let (key, kind) = (claim.key, claim.kind());
                    *listed = Listed { key, node, claim: cell as u32, kind, is_plain };
                    *slot = Slot::new(shard, (*place - start) as usize);
                }
                *place += 1;
            }
        }
    }

    /// Finds the claimed cells for a thread that has them to itself.
    pub(crate) fn find_in(&mut self, overlay: &mut Overlay, registry: &Registry) {
        let Self { claims, places, .. } = self;
        for cells in claims.all_cells().chunks(State::TOGETHER) {
            overlay.approach(cells.iter().map(|claim| &claim.key));
        }
        for number in 0..claims.len() {
            let Ok(tx) = claims.transaction(number) else { continue };
            let accesses = tx.accesses(registry);
            places.extend(tx.cells().iter().map(|claim| {
                let default = claim.access(accesses).map(|access| access.default);
                Slot(overlay.find(claim.key, default.unwrap_or_default()))
            }));
        }
    }

    /// Where one thread keeps a claimed cell; `None` where it was not looked for.
    #[inline]
    pub(crate) fn found(&self, claim: usize) -> Option<Slot> {
        self.places.get(claim).copied()
    }

    /// Where a claimed cell stands in the shards of the block.
    #[inline]
    pub(crate) fn slot(&self, claim: usize, shards: &[Shard]) -> Option<Slot> {
        let place = *self.places.get(claim)?;
        let local = shards.get(place.shard())?.local(self.number, place.local())?;
        Some(Slot::new(place.shard(), local as usize))
    }

    /// A listed claim.
    #[inline]
    pub(crate) fn claim(&self, listed: &Listed) -> Option<&Claim> {
        self.claims.all_cells().get(listed.claim as usize)
    }

    /// What the cell of a listed claim is.
    pub(crate) fn what<'r>(&self, registry: &'r Registry, listed: &Listed) -> Option<&'r LinkedAccess> {
        let tx = self.claims.transaction((listed.node - self.first) as usize).ok()?;
        self.claim(listed)?.access(tx.accesses(registry))
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
