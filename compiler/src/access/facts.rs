//! Facts: which values of cells are known to equal something simpler where code has come to (02 §2.2, point 3).
//!
//! `require owners[id] == some(from)` lets `held[owners[id]]` be `held[from]` from there on. A value is the one
//! the cell had when the call began, so a fact stays true whatever is written later.

use super::flow::Symbol;
use super::terms::{bounded, cell_count, is_outside, rewrite};
use mc_container::access::{Op, Term};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Two terms that are equal.
pub(crate) type Equality = (Rc<Term>, Rc<Term>);

/// For each term with values of cells, the simpler one that it equals.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts(BTreeMap<Vec<Op>, Rc<Term>>);

impl Facts {
    /// Adds that two terms are equal; the one with fewer values of cells stands for both.
    pub(crate) fn add(&mut self, (left, right): &Equality) {
        let (Some(left), Some(right)) = (self.apply(Some(left.clone())), self.apply(Some(right.clone())))
        else {
            return;
        };
        let (from, to) = match cell_count(&left.0).cmp(&cell_count(&right.0)) {
            std::cmp::Ordering::Greater => (left, right),
            std::cmp::Ordering::Less => (right, left),
            std::cmp::Ordering::Equal => return,
        };
        self.0.insert(from.0.clone(), to);
    }

    /// The symbol, as simple as what is known lets it be.
    pub(crate) fn apply(&self, symbol: Symbol) -> Symbol {
        let term = symbol?;
        if self.0.is_empty() || term.is_settled() {
            return Some(term);
        }
        bounded(rewrite(&term, |part| self.0.get(part).map(Rc::as_ref))?)
    }

    /// Keeps what is known on another way, too.
    pub(crate) fn meet(&mut self, other: &Self) {
        self.0.retain(|from, to| other.0.get(from) == Some(to));
    }

    /// Forgets what is said of the indexes of loops at `depth` or deeper.
    pub(crate) fn forget_indexes(&mut self, depth: usize) {
        self.0.retain(|from, to| is_outside(&Term(from.clone()), depth) && is_outside(to, depth));
    }
}
