//! Sources: the cells that access formulas themselves read.

use crate::state::State;
use mc_container::address::{CellKey, VariableRoot};
use mc_container::value::{Scalar, Value};

/// A cell that a formula reads.
pub(crate) struct Source<'a> {
    pub(crate) root: VariableRoot,
    pub(crate) key_types: &'a [Scalar],
    pub(crate) keys: &'a [Value],
    pub(crate) default: Value,
}

/// Tells what the cells held when a call began.
pub(crate) trait Cells {
    /// The value of a cell; `None` where it is not known yet.
    fn read(&self, source: &Source<'_>) -> Option<Value>;
}

impl Cells for State {
    fn read(&self, source: &Source<'_>) -> Option<Value> {
        Some(self.get(&source.key()).unwrap_or(source.default))
    }
}

impl Source<'_> {
    /// The cell.
    pub(crate) fn key(&self) -> CellKey {
        self.prefix(self.keys.len())
    }

    /// The locks above it, outermost first.
    pub(crate) fn locks_above(&self) -> impl Iterator<Item = CellKey> {
        (0..self.keys.len()).map(|levels| self.prefix(levels))
    }

    fn prefix(&self, levels: usize) -> CellKey {
        let mut bytes = Vec::with_capacity(levels * 32);
        for (key, ty) in self.keys.iter().zip(self.key_types).take(levels) {
            key.encode(*ty, &mut bytes);
        }
        self.root.cell(&bytes)
    }
}
