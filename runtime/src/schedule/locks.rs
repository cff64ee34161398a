//! Locks: how accesses whose cells only execution tells are ordered against everything below them.
//!
//! A transaction that holds a lock over all cells below a prefix waits for every incompatible use below it, and
//! they for it. That is three plain resources a lock:
//!
//! | | `changes` | `observations` | `additions` |
//! |---|---|---|---|
//! | a reading holder | reads | | reads |
//! | a writing holder | writes | writes | reads |
//! | a crediting holder | | | adds |
//! | whoever looks at a cell below | | reads | reads |
//! | whoever adds to a free cell below, or credits below | adds | reads | |
//! | whoever changes a cell below otherwise | adds | reads | reads |
//!
//! Changes below do not conflict there, they meet at their cells.

use super::chunk::Chunk;
use super::order::{Edges, Node, Use};
use crate::cells::Shard;
use crate::evaluate::{LockClaim, TransactionClaims};
use crate::hash::DigestMap;
use crate::rules::Rules;
use crate::stats::Hot;
use mc_container::access::{Kind, Permission};
use mc_container::address::CellKey;
use std::sync::Arc;

/// The locks that the transactions of a block hold.
#[derive(Debug, Default)]
pub(crate) struct HeldLocks {
    index: DigestMap<CellKey, u32>,
    is_written: Vec<bool>,
    rules: Rules,
}

/// The uses of a lock's resources.
#[derive(Clone, Debug, Default)]
struct LockUses {
    changes: Vec<(Node, Use)>,
    observations: Vec<(Node, Use)>,
    additions: Vec<(Node, Use)>,
}

/// What somebody does to a cell or a lock below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Below {
    Look,
    Add,
    Change,
}

impl HeldLocks {
    /// All locks that the transactions hold.
    pub(crate) fn of(chunks: &[Arc<Chunk>], rules: Rules) -> Self {
        let mut held = Self { rules, ..Self::default() };
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

    /// What the locks demand of the order, now that it is known which cells are free, and which of them are
    /// fought for.
    pub(crate) fn edges(&self, chunks: &[Arc<Chunk>], shards: &[Shard]) -> (Edges, Vec<Hot>) {
        if self.is_empty() {
            return Default::default();
        }
        let mut uses = vec![LockUses::default(); self.is_written.len()];
        for chunk in chunks {
            for (node, number) in (chunk.first..).zip(0..chunk.claims.len()) {
                if let Ok(tx) = chunk.claims.transaction(number) {
                    self.transaction((chunk, shards), tx, node, &mut uses);
                }
            }
        }
        let (mut edges, mut hot) = (Edges::default(), Vec::new());
        for (key, number) in &self.index {
            let Some(uses) = uses.get(*number as usize) else { continue };
            let all = [&uses.changes, &uses.observations, &uses.additions];
            let chain = all.iter().map(|uses| edges.add(uses)).max().unwrap_or(0);
            let transactions = all.iter().map(|uses| uses.len()).max().unwrap_or(0) as u32;
            if chain > 1 {
                hot.push(Hot { key: *key, is_lock: true, transactions, chain });
            }
        }
        (edges, hot)
    }

    fn transaction(
        &self,
        (chunk, shards): (&Chunk, &[Shard]),
        tx: TransactionClaims<'_>,
        node: Node,
        uses: &mut [LockUses],
    ) {
        for (number, claim) in (tx.cells_start()..).zip(tx.cells()) {
            let is_free = || chunk.slot(number, shards).is_some_and(|slot| slot.is_free(shards));
            let how = match claim.kind() {
                Kind::Read => Below::Look,
                Kind::Delta if !self.rules.scarce_deltas || is_free() => Below::Add,
                _ => Below::Change,
            };
            self.below(chunk.claims.locks_above(claim), how, node, uses);
        }
        for lock in tx.locks() {
            let how = match lock.permission {
                Permission::Read => Below::Look,
                Permission::Delta(_) => Below::Add,
                _ => Below::Change,
            };
            self.below(tx.locks_above_lock(lock), how, node, uses);
            self.hold(lock, node, uses);
        }
    }

    /// Registers a use of a cell or a lock on every held lock above it.
    fn below(&self, locks: &[CellKey], how: Below, node: Node, uses: &mut [LockUses]) {
        let locks = if self.rules.covering_locks { locks } else { &[] };
        for lock in locks {
            let Some(uses) = self.index.get(lock).and_then(|number| uses.get_mut(*number as usize)) else {
                continue;
            };
            register(&mut uses.observations, node, Use::Read);
            if how != Below::Look {
                register(&mut uses.changes, node, Use::Add);
            }
            let excludes_credits = match how {
                Below::Look => self.rules.credits_exclude_reads,
                Below::Add => false,
                Below::Change => true,
            };
            if excludes_credits {
                register(&mut uses.additions, node, Use::Read);
            }
        }
    }

    fn hold(&self, lock: &LockClaim, node: Node, uses: &mut [LockUses]) {
        let number = self.index.get(&lock.key);
        let Some(uses) = number.and_then(|number| uses.get_mut(*number as usize)) else { return };
        match lock.permission {
            Permission::Read => {
                register(&mut uses.changes, node, Use::Read);
                register(&mut uses.additions, node, Use::Read);
            }
            Permission::Delta(_) => register(&mut uses.additions, node, Use::Add),
            _ => {
                register(&mut uses.changes, node, Use::Write);
                register(&mut uses.observations, node, Use::Write);
                register(&mut uses.additions, node, Use::Read);
            }
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
