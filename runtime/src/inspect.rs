//! Looking at a block from outside: what its transactions declare, and what its cells are called.

use crate::admit::Origin;
use crate::assets::Held;
use crate::block::Block;
use crate::evaluate::{CallEnvironment, Circumstances, ClaimScratch, Claims};
use crate::registry::{Container, LinkedAccess};
use crate::source::Cells;
use crate::transaction::Transaction;
use crate::world::World;
use mc_container::access::evaluate::Evaluator;
use mc_container::access::show::split;
use mc_container::access::{Footprint, Permission};
use mc_container::address::{Address, CellKey};
use mc_container::error::SystemError;
use mc_container::manifest::COIN;
use mc_container::value::{Scalar, Value};
use std::fmt;

/// A cell or a lock that a transaction declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Declared {
    /// The cell, or the lock over every cell below a prefix of the keys.
    pub key: CellKey,
    /// What may be done, under all names together.
    pub permission: Permission,
}

/// Everything that a transaction declares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeclaredFootprint {
    /// The cells.
    pub cells: Vec<Declared>,
    /// The locks.
    pub locks: Vec<Declared>,
}

/// A cell or a lock, as people name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellName {
    /// Whose it is.
    pub container: Address,
    /// The container's name.
    pub contract: String,
    /// The variable's name.
    pub variable: String,
    /// The keys.
    pub keys: Vec<(Scalar, Value)>,
    /// True for a lock over every cell below the keys.
    pub is_lock: bool,
}

impl fmt::Display for CellName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (head, tail) = split(&self.variable);
        write!(f, "{}.{head}", self.contract)?;
        for (ty, key) in &self.keys {
            write!(f, "[{}]", key.show(*ty))?;
        }
        if self.is_lock {
            f.write_str("[*]")?;
        }
        f.write_str(&tail)
    }
}

/// What a transaction would declare in a block of this time, if it were the first.
///
/// # Errors
/// Why the transaction is not admitted.
pub fn footprint_of(world: &World, time: u64, tx: &Transaction) -> Result<DeclaredFootprint, SystemError> {
    let claims = claims_of(world, time, tx);
    let tx = claims.transaction(0)?;
    let cells = tx.cells().iter().map(|claim| Declared { key: claim.key, permission: tx.permission(claim) });
    let locks = tx.locks().iter().map(|lock| Declared { key: lock.key, permission: lock.permission });
    Ok(DeclaredFootprint { cells: cells.collect(), locks: locks.collect() })
}

fn claims_of(world: &World, time: u64, tx: &Transaction) -> Claims {
    let (mut claims, mut scratch) = (Claims::default(), ClaimScratch::default());
    let (registry, origin) = (world.registry(), Origin::Block);
    let around = Circumstances { registry, now: time, origin, with_locks: false };
    claims.add(around, [tx], &mut scratch);
    if claims.is_waiting(0) {
        claims.resolve(registry, time, 0, world.state(), &mut scratch);
    }
    claims
}

/// The name of a cell or a lock that some transaction of the block declares.
#[must_use]
pub fn name_cell(world: &World, block: &Block, key: CellKey) -> Option<CellName> {
    block.transactions.iter().find_map(|tx| name_in(world, block.time, tx, key))
}

fn name_in(world: &World, time: u64, tx: &Transaction, key: CellKey) -> Option<CellName> {
    let claims = claims_of(world, time, tx);
    let tx = claims.transaction(0).ok()?;
    let container = world.registry().by_id(tx.head.target.container)?;
    let (now, caller, tx_id) = (Value::from_u64(time), tx.head.caller, tx.head.tx_id);
    let (args, cells) = (tx.args(), Some(world.state() as &dyn Cells));
    let environment = CallEnvironment { container, args, caller, now, tx_id, step: None, cells };
    let mut evaluator = Evaluator::new(&environment, false);
    let accesses = &container.entries.get(tx.head.target.entry)?.accesses;
    let mut places = accesses.iter().flat_map(|linked| {
        [Some(linked.place()), linked.cover_place()].into_iter().flatten().map(move |place| (linked, place))
    });
    places.find_map(|(linked, place)| {
        let mut footprint = Footprint::default();
        if !evaluator.access(&place, &mut footprint) {
            return None;
        }
        footprint.name();
        let touch = footprint.touches.iter().find(|touch| *footprint.key(touch) == key)?;
        name_of(container, linked, evaluator.keys_at(&place, touch.turn)?)
    })
}

fn name_of(container: &Container, linked: &LinkedAccess, keys: Vec<Value>) -> Option<CellName> {
    let is_lock = keys.len() < linked.key_types.len();
    let owner = container.instance(linked.instance)?;
    if linked.held == Held::Ledger {
        return Some(CellName {
            container: Address::of_system(COIN),
            contract: COIN.to_owned(),
            variable: "balances".to_owned(),
            keys: linked.key_types.iter().copied().zip(keys).collect(),
            is_lock,
        });
    }
    Some(CellName {
        container: owner.address(),
        contract: owner.manifest().name.clone(),
        variable: owner.manifest().variable(linked.access.variable)?.name.clone(),
        keys: linked.key_types.iter().copied().zip(keys).collect(),
        is_lock,
    })
}
