//! Locks: how accesses whose cells only execution tells are ordered against everything below them.
//!
//! A transaction that holds a lock over all cells below a prefix waits for every incompatible use below it, and
//! they for it. That is two plain resources a lock: on the first, holders read or write and whoever may change
//! a cell below adds (changes do not conflict there, they meet at their cells); on the second, a writing holder
//! writes and whoever observes a cell below reads.

use super::chunk::Chunk;
use super::order::{Edges, Node, Use};
use crate::evaluate::{Claims, LockClaim, TransactionClaims};
use crate::hash::DigestMap;
use crate::stats::Hot;
use mc_container::access::Permission;
use mc_container::address::CellKey;
use std::sync::Arc;

/// The locks that the transactions of a block hold.
#[derive(Debug, Default)]
pub(crate) struct HeldLocks {
    index: DigestMap<CellKey, u32>,
    is_written: Vec<bool>,
}

/// The uses of a lock's two resources.
#[derive(Clone, Debug, Default)]
struct LockUses {
    changes: Vec<(Node, Use)>,
    observations: Vec<(Node, Use)>,
}

impl HeldLocks {
    /// All locks that the transactions hold.
    pub(crate) fn of(chunks: &[Arc<Chunk>]) -> Self {
        let mut held = Self::default();
        for chunk in chunks {
            for lock in chunk.claims.all_locks() {
                let number = *held.index.entry(lock.key).or_insert(held.is_written.len() as u32) as usize;
                if number == held.is_written.len() {
                    held.is_written.push(false);
                }
                if let Some(is_written) = held.is_written.get_mut(number) {
                    *is_written |= lock.permission == Permission::Write;
                }
            }
        }
        held
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.is_written.is_empty()
    }

    /// True if some transaction may write every cell below one of these locks.
    pub(crate) fn any_written(&self, locks: &[CellKey]) -> bool {
        let written = |lock: &CellKey| self.index.get(lock).and_then(|n| self.is_written.get(*n as usize));
        !self.is_empty() && locks.iter().any(|lock| written(lock) == Some(&true))
    }

    /// What the locks demand of the order, and which of them are fought for.
    pub(crate) fn edges(&self, chunks: &[Arc<Chunk>]) -> (Edges, Vec<Hot>) {
        if self.is_empty() {
            return Default::default();
        }
        let mut uses = vec![LockUses::default(); self.is_written.len()];
        for chunk in chunks {
            for (node, number) in (chunk.first..).zip(0..chunk.claims.len()) {
                if let Ok(tx) = chunk.claims.transaction(number) {
                    self.transaction(&chunk.claims, tx, node, &mut uses);
                }
            }
        }
        let (mut edges, mut hot) = (Edges::default(), Vec::new());
        for (key, number) in &self.index {
            let Some(uses) = uses.get(*number as usize) else { continue };
            let chain = edges.add(&uses.changes).max(edges.add(&uses.observations));
            let transactions = uses.changes.len().max(uses.observations.len()) as u32;
            if chain > 1 {
                hot.push(Hot { key: *key, is_lock: true, transactions, chain });
            }
        }
        (edges, hot)
    }

    fn transaction(&self, claims: &Claims, tx: TransactionClaims<'_>, node: Node, uses: &mut [LockUses]) {
        for claim in tx.cells() {
            self.below(claims.locks_above(claim), claim.permission, node, uses);
        }
        for lock in tx.locks() {
            self.below(tx.locks_above_lock(lock), lock.permission, node, uses);
            self.hold(lock, node, uses);
        }
    }

    /// Registers a use of a cell or a lock on every held lock above it.
    fn below(&self, locks: &[CellKey], permission: Permission, node: Node, uses: &mut [LockUses]) {
        for lock in locks {
            let Some(uses) = self.index.get(lock).and_then(|number| uses.get_mut(*number as usize)) else {
                continue;
            };
            if permission == Permission::Read {
                register(&mut uses.observations, node, Use::Read);
            } else {
                register(&mut uses.changes, node, Use::Add);
                register(&mut uses.observations, node, Use::Read);
            }
        }
    }

    fn hold(&self, lock: &LockClaim, node: Node, uses: &mut [LockUses]) {
        let number = self.index.get(&lock.key);
        let Some(uses) = number.and_then(|number| uses.get_mut(*number as usize)) else { return };
        if lock.permission == Permission::Read {
            register(&mut uses.changes, node, Use::Read);
        } else {
            register(&mut uses.changes, node, Use::Write);
            register(&mut uses.observations, node, Use::Write);
        }
    }
}

/// A transaction uses a resource once, in every way it uses it at all.
fn register(uses: &mut Vec<(Node, Use)>, node: Node, how: Use) {
    match uses.last_mut() {
        Some((last, before)) if *last == node => *before = before.join(how),
        _ => uses.push((node, how)),
    }
}
