//! Groups: the paper's transaction split module, as it is published ("Smart Contract Microservitization", section IV
//! with Fig. 4, steps 2 and 3, and the complexity that section V.B claims: the square of the transactions times the
//! shared variables).
//!
//! > Transaction splitting module analyzes each transaction to get information about shared variables. Then divided
//! > these transactions into different groups, within each group, no transaction will use same shared variables with
//! > others. Then these transactions will send to parallel execution module.
//!
//! Every two transactions are compared, and each group runs on all worker threads once the group before it is done.
//! The paper leaves open
//!
//! * what using is: here two transactions share a variable if both name it, whatever they do with it;
//! * in which order groups run: here each transaction belongs to the group behind the last one that it shares a
//!   variable with, so that the result is the serial one;
//! * how the variables are known: here by the access formulas. Whoever may touch cells that only execution tells
//!   shares with everybody;
//! * how variables are compared: here by number, in order, which is the cheapest way there is.

use super::chunk::Chunk;
use super::order::{Edges, Node, Order};
use crate::cells::Shard;
use std::sync::Arc;

/// The variables of each transaction, and where those of each start.
#[derive(Debug, Default)]
struct Variables {
    numbers: Vec<u32>,
    starts: Vec<usize>,
    /// For each transaction, whether it may touch variables that are not known.
    is_open: Vec<bool>,
}

impl Variables {
    fn of(chunks: &[Arc<Chunk>], shards: &[Shard]) -> Self {
        let mut variables = Self { starts: vec![0], ..Self::default() };
        for chunk in chunks {
            for number in 0..chunk.claims.len() {
                variables.add((chunk, shards), number);
            }
        }
        variables
    }

    fn add(&mut self, (chunk, shards): (&Chunk, &[Shard]), number: usize) {
        let start = self.numbers.len();
        let mut is_open = false;
        if let Ok(tx) = chunk.claims.transaction(number) {
            let cells = tx.cells_start()..tx.cells_start() + tx.cells().len();
            self.numbers.extend(cells.filter_map(|cell| chunk.slot(cell, shards)).map(|slot| slot.0));
            is_open = !tx.locks().is_empty();
        }
        self.numbers.get_mut(start..).unwrap_or_default().sort_unstable();
        self.starts.push(self.numbers.len());
        self.is_open.push(is_open);
    }

    fn iter(&self) -> impl Iterator<Item = (&[u32], bool)> {
        let bounds = self.starts.windows(2);
        let numbers = bounds.map(|bounds| match bounds {
            [from, to] => self.numbers.get(*from..*to).unwrap_or_default(),
            _ => &[],
        });
        numbers.zip(self.is_open.iter().copied())
    }
}

/// True if two sorted lists have a number in common.
fn meet(mut a: &[u32], mut b: &[u32]) -> bool {
    while let (Some((first, a_rest)), Some((second, b_rest))) = (a.split_first(), b.split_first()) {
        match first.cmp(second) {
            std::cmp::Ordering::Less => a = a_rest,
            std::cmp::Ordering::Greater => b = b_rest,
            std::cmp::Ordering::Equal => return true,
        }
    }
    false
}

/// The transactions of a block in groups that run one after the other: the order, and how many groups there are.
pub(crate) fn order(transactions: usize, chunks: &[Arc<Chunk>], shards: &[Shard]) -> (Order, usize) {
    let variables = Variables::of(chunks, shards);
    let mut places: Vec<usize> = Vec::with_capacity(transactions);
    let mut groups: Vec<Vec<Node>> = Vec::new();
    for (node, (own, is_open)) in (0..).zip(variables.iter()) {
        let before = places.iter().zip(variables.iter());
        let shared = before.filter(|(_, (other, other_open))| is_open || *other_open || meet(own, other));
        let place = shared.map(|(place, _)| place + 1).max().unwrap_or(0);
        places.push(place);
        match groups.get_mut(place) {
            Some(group) => group.push(node),
            None => groups.push(vec![node]),
        }
    }
    let mut edges = Edges::default();
    edges.chain(&groups);
    (Order::new(transactions, &[edges]), groups.len())
}

#[cfg(test)]
mod tests {
    use super::meet;

    #[test]
    fn two_lists_meet_where_they_have_a_number_in_common() {
        assert!(meet(&[1, 4, 9], &[0, 2, 3, 9]));
        assert!(!meet(&[1, 4, 9], &[0, 2, 3, 10]));
        assert!(!meet(&[], &[1]));
    }
}
