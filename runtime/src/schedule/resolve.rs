//! Resolution: what the transactions touch whose formulas depend on the state.
//!
//! They are taken one after the other, in the order of the block. Where no transaction before may change a cell
//! that a formula reads, it holds what it held before the block; else the access is claimed as what covers it
//! whatever the state is, and evaluated when the transaction starts.

use super::chunk::Chunk;
use super::order::Node;
use crate::evaluate::{ClaimScratch, Settled, TransactionClaims};
use crate::hash::DigestMap;
use crate::registry::Registry;
use crate::rules::Rules;
use crate::source::{Cells, Source};
use crate::state::State;
use mc_container::access::{Kind, Permission};
use mc_container::address::CellKey;
use mc_container::value::Value;

/// For each cell that formulas depend on, and for each lock, the first transaction that may change it.
#[derive(Debug, Default)]
struct Changes {
    first: DigestMap<CellKey, Node>,
    has_locks: bool,
}

impl Changes {
    fn note(&mut self, registry: &Registry, tx: TransactionClaims<'_>, node: Node) {
        let accesses = tx.accesses(registry);
        for claim in tx.cells().iter().filter(|claim| claim.kind() != Kind::Read) {
            if claim.access(accesses).is_some_and(|access| access.is_source) {
                self.change(claim.key, node);
            }
        }
        for lock in tx.locks().iter().filter(|lock| lock.permission != Permission::Read) {
            self.has_locks = true;
            self.change(lock.key, node);
        }
    }

    fn change(&mut self, key: CellKey, node: Node) {
        let first = self.first.entry(key).or_insert(node);
        *first = node.min(*first);
    }

    fn is_before(&self, key: &CellKey, node: Node) -> bool {
        self.first.get(key).is_some_and(|first| *first < node)
    }
}

/// The cells as a transaction finds them, as far as that is certain before the block runs.
struct Certain<'a> {
    changes: &'a Changes,
    state: &'a State,
    node: Node,
    rules: Rules,
}

impl Cells for Certain<'_> {
    fn read(&self, source: &Source<'_>) -> Option<Value> {
        let Self { changes, state, node, rules } = *self;
        let key = source.key();
        let mut locks = source.locks_above();
        let may_change = changes.is_before(&key, node)
            || (changes.has_locks && locks.any(|lock| changes.is_before(&lock, node)));
        (!may_change || !rules.stable_read).then(|| state.get(&key).unwrap_or(source.default))
    }
}

/// Resolves what waits in the chunks of a block, and spreads their claims over the shards.
pub(crate) fn resolve(
    registry: &Registry,
    state: &State,
    now: u64,
    chunks: &mut [Chunk],
    rules: Rules,
) -> Settled {
    let mut all = Settled::default();
    if !chunks.iter().any(|chunk| chunk.claims.has_waiting()) {
        return all;
    }
    let (mut changes, mut scratch) = (Changes::default(), ClaimScratch::default());
    for chunk in chunks.iter() {
        for (node, number) in (chunk.first..).zip(0..chunk.claims.len()) {
            if let Ok(tx) = chunk.claims.transaction(number) {
                changes.note(registry, tx, node);
            }
        }
    }
    for chunk in chunks.iter_mut().filter(|chunk| chunk.claims.has_waiting()) {
        for (node, number) in (chunk.first..).zip(0..chunk.claims.len()) {
            if !chunk.claims.is_waiting(number) {
                continue;
            }
            let certain = Certain { changes: &changes, state, node, rules };
            let settled = chunk.claims.resolve(registry, now, number, &certain, &mut scratch);
            all.exact += settled.exact;
            all.widened += settled.widened;
            if let Ok(tx) = chunk.claims.transaction(number) {
                changes.note(registry, tx, node);
            }
        }
        chunk.spread(registry);
    }
    all
}
