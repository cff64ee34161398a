//! Orders: which numbers are known not to exceed which others where code has come to.
//!
//! `require price <= limit` says so from there on. A term never changes its meaning, so neither does what is known
//! of its order.

use super::terms::is_outside;
use mc_container::access::{Op, Term};
use mc_container::arithmetic::Comparison;

/// Pairs of unsigned numbers, the first at most the second.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Orders(Vec<(Term, Term)>);

impl Orders {
    /// Adds what follows from a truth that holds.
    pub(crate) fn add(&mut self, holds: &Term) {
        for truth in holds.conjuncts() {
            let (Some(Op::Compare(comparison, ty)), Some(parts)) = (truth.0.last(), truth.parts()) else {
                continue;
            };
            let [left, right] = parts.as_slice() else { continue };
            if !ty.is_integer() || ty.is_signed() {
                continue;
            }
            let (left, right) = (Term(left.to_vec()), Term(right.to_vec()));
            match comparison {
                Comparison::Less | Comparison::LessEqual => self.0.push((left, right)),
                Comparison::Greater | Comparison::GreaterEqual => self.0.push((right, left)),
                Comparison::Equal => self.0.extend([(left.clone(), right.clone()), (right, left)]),
                Comparison::NotEqual => {}
            }
        }
    }

    /// What `term` is known not to exceed.
    pub fn most<'o>(&'o self, term: &'o Term) -> impl Iterator<Item = &'o Term> {
        self.0.iter().filter(move |(less, _)| less == term).map(|(_, most)| most)
    }

    /// Keeps what is known on another way, too.
    pub(crate) fn meet(&mut self, other: &Self) {
        self.0.retain(|known| other.0.contains(known));
    }

    /// Forgets what is said of the indexes of loops at `depth` or deeper.
    pub(crate) fn forget_indexes(&mut self, depth: usize) {
        self.0.retain(|(less, most)| is_outside(less, depth) && is_outside(most, depth));
    }
}
