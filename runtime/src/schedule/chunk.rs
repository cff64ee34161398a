//! Chunks: some consecutive transactions of a block with their claims, the unit of evaluation.

use super::order::Node;
use crate::cells::{SHARDS, Shard, Slot, shard_of};
use crate::evaluate::{Claim, Claims};
use crate::overlay::Overlay;
use crate::registry::{LinkedAccess, Registry};
use crate::state::State;
use mc_container::access::{Kind, Span};
use mc_container::address::CellKey;
use mc_container::value::Scalar;

/// The claims of some consecutive transactions, and where the claimed cells stand.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    pub(crate) claims: Claims,
    /// Its number among the chunks of the block, and that of its first transaction.
    number: usize,
    pub(crate) first: Node,
    listed: ByShard<Listed>,
    /// Those of them that move a number, in the same order.
    moves: ByShard<Move>,
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

/// How far a listed claim moves a number, for interning, too: it comes to the claims of each shard long after they were
/// made, and to few that are near each other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Move {
    /// The most that it takes and the most that it adds.
    pub(crate) fall: u128,
    pub(crate) lift: u128,
    /// False where that is not all, and the claim itself says how far it goes.
    pub(crate) is_all: bool,
    pub(crate) ty: Scalar,
    /// True if no sum of credits is too much for the cell.
    pub(crate) is_capped: bool,
}

impl Move {
    /// How far a span says that a cell is moved.
    pub(crate) fn new(span: Option<&Span>, ty: Scalar, is_capped: bool) -> Self {
        let amounts = span.and_then(|span| {
            let (fall, lift) = (span.fall(), span.lift());
            let is_all = span.need <= fall && span.peak <= lift;
            u128::try_from(fall).ok().zip(u128::try_from(lift).ok()).filter(|_| is_all)
        });
        let (fall, lift) = amounts.unwrap_or_default();
        Self { fall, lift, is_all: amounts.is_some(), ty, is_capped }
    }
}

/// Things that belong to a shard each, by shard.
#[derive(Debug)]
struct ByShard<T> {
    all: Vec<T>,
    /// Where those of each shard start.
    starts: [u32; SHARDS + 1],
    /// How many of each shard are there.
    put: [u32; SHARDS],
}

impl<T> Default for ByShard<T> {
    fn default() -> Self {
        Self { all: Vec::new(), starts: [0; SHARDS + 1], put: [0; SHARDS] }
    }
}

impl<T: Copy> ByShard<T> {
    /// Starts over with room for so many of each shard; `none` fills the places that others will take.
    fn start(&mut self, counts: [u32; SHARDS], none: T) {
        let mut sum = 0;
        for (start, count) in self.starts.iter_mut().zip(counts.into_iter().chain([0])) {
            *start = sum;
            sum += count;
        }
        self.put = [0; SHARDS];
        self.all.clear();
        self.all.resize(sum as usize, none);
    }

    /// Puts one behind the others of its shard, and gives its number among them.
    #[inline]
    fn put(&mut self, shard: usize, one: T) -> u32 {
        let (Some(start), Some(put)) = (self.starts.get(shard), self.put.get_mut(shard)) else { return 0 };
        let number = *put;
        if let Some(place) = self.all.get_mut((start + number) as usize) {
            *place = one;
        }
        *put += 1;
        number
    }

    fn of(&self, shard: usize) -> &[T] {
        let bounds = self.starts.get(shard..shard + 2).unwrap_or_default();
        let [from, to] = *bounds else { return &[] };
        self.all.get(from as usize..to as usize).unwrap_or_default()
    }
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
        let Self { claims, first, listed, moves, places, .. } = self;
        let cells = claims.all_cells();
        let (mut counts, mut moving) = ([0; SHARDS], [0; SHARDS]);
        for claim in cells {
            let shard = shard_of(&claim.key);
            if let (Some(count), Some(moving)) = (counts.get_mut(shard), moving.get_mut(shard)) {
                *count += 1;
                *moving += u32::from(claim.kind() == Kind::Delta);
            }
        }
        let (key, kind) = (CellKey([0; 32]), Kind::Read);
        listed.start(counts, Listed { key, node: 0, claim: 0, kind, is_plain: false });
        moves.start(moving, Move::new(None, Scalar::U256, false));
        places.clear();
        places.resize(cells.len(), Slot::default());
        for number in 0..claims.len() {
            let Ok(tx) = claims.transaction(number) else { continue };
            let (node, accesses) = (*first + number as Node, tx.accesses(registry));
            for (cell, claim) in (tx.cells_start()..).zip(tx.cells()) {
                let (shard, access) = (shard_of(&claim.key), claim.access(accesses));
                let (key, kind, is_plain) = (claim.key, claim.kind(), access.is_some_and(|it| it.is_plain));
                let place = listed.put(shard, Listed { key, node, claim: cell as u32, kind, is_plain });
                if let Some(slot) = places.get_mut(cell) {
                    *slot = Slot::new(shard, place as usize);
                }
                if kind == Kind::Delta {
                    let what = access.map(|access| (access.value, access.held.is_capped()));
                    let (ty, is_capped) = what.unwrap_or((Scalar::U256, false));
                    moves.put(shard, Move::new(claims.span(claim), ty, is_capped));
                }
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
        self.listed.of(shard)
    }

    /// How far those of them that move a number do.
    pub(crate) fn moves_of(&self, shard: usize) -> &[Move] {
        self.moves.of(shard)
    }

    /// The bytes that it takes up.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(self.listed.all.as_slice())
            + size_of_val(self.moves.all.as_slice())
            + size_of_val(self.places.as_slice())
            + self.claims.bytes()
    }
}
