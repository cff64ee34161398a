//! A simulation: how long a block takes with as many workers as one likes, by its order and measured times.
//!
//! List scheduling: whenever a worker is free, it takes the first transaction of the block that waits for nobody.
//! Workers cost nothing to hand a transaction to, and never get into each other's way; so this is what the order
//! allows, not what a machine does.

use mc_runtime::Order;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The time at which the last of `workers` is done, if transaction `n` takes `durations[n]`.
#[must_use]
pub fn replay(order: &Order, durations: &[u64], workers: usize) -> u64 {
    let mut replay =
        Replay { order, waits: order.waits().to_vec(), ready: BinaryHeap::new(), running: BinaryHeap::new() };
    for node in (0..).take(replay.waits.len()) {
        // Barriers that nothing stands before do not exist, and one behind something is opened by it.
        if replay.waits.get(node as usize) == Some(&0) {
            replay.ready.push(Reverse(node));
        }
    }
    let mut now = 0;
    loop {
        while replay.running.len() < workers.max(1)
            && let Some(Reverse(node)) = replay.ready.pop()
        {
            let duration = durations.get(node as usize).copied().unwrap_or_default();
            replay.running.push(Reverse((now + duration, node)));
        }
        let Some(Reverse((end, node))) = replay.running.pop() else { return now };
        now = end;
        replay.finish(node);
    }
}

struct Replay<'o> {
    order: &'o Order,
    /// For each node, how many it still waits for.
    waits: Vec<u32>,
    ready: BinaryHeap<Reverse<u32>>,
    running: BinaryHeap<Reverse<(u64, u32)>>,
}

impl Replay<'_> {
    /// Makes ready what waited for this node alone; barriers take no time.
    fn finish(&mut self, node: u32) {
        let mut done = vec![node];
        while let Some(node) = done.pop() {
            for successor in self.order.successors(node) {
                let Some(waits) = self.waits.get_mut(*successor as usize) else { continue };
                *waits = waits.saturating_sub(1);
                match (*waits, self.order.is_transaction(*successor)) {
                    (0, true) => self.ready.push(Reverse(*successor)),
                    (0, false) => done.push(*successor),
                    _ => {}
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mc_runtime::schedule::order::{Edges, Use};
    use std::collections::BTreeMap;

    /// An order from words: transaction `n` uses the resources that its word names, `a` reads, `A` writes.
    fn order(words: &[&str]) -> Order {
        let mut uses: BTreeMap<char, Vec<(u32, Use)>> = BTreeMap::new();
        for (node, word) in (0..).zip(words) {
            for letter in word.chars() {
                let how = if letter.is_uppercase() { Use::Write } else { Use::Read };
                uses.entry(letter.to_ascii_lowercase()).or_default().push((node, how));
            }
        }
        let mut edges = Edges::default();
        uses.values().for_each(|uses| {
            edges.add(uses);
        });
        Order::new(words.len(), &[edges])
    }

    #[test]
    fn without_conflicts_the_work_is_shared() {
        let four = order(&["A", "B", "C", "D"]);
        assert_eq!([1, 2, 3, 4, 12].map(|workers| replay(&four, &[3; 4], workers)), [12, 6, 6, 3, 3]);
        assert_eq!(replay(&order(&[]), &[], 2), 0);
    }

    #[test]
    fn a_chain_takes_its_length_whoever_works() {
        let chain = order(&["A", "A", "A", "B"]);
        assert_eq!(replay(&chain, &[2, 3, 4, 5], 1), 14);
        assert_eq!(replay(&chain, &[2, 3, 4, 5], 2), 9);
        assert_eq!(replay(&chain, &[2, 3, 4, 5], 12), chain.critical_path(&[2, 3, 4, 5]));
    }

    #[test]
    fn a_diamond_waits_for_its_longer_side() {
        // 0 writes what 1 and 2 read; 3 writes it again.
        let diamond = order(&["A", "a", "a", "A"]);
        assert_eq!(replay(&diamond, &[1, 5, 2, 1], 2), 7);
        assert_eq!(replay(&diamond, &[1, 5, 2, 1], 1), 9);
    }

    #[test]
    fn the_first_of_the_block_goes_first() {
        // One worker is busy with 0; the other takes 1, then 2, and the long 3 comes last.
        let free = order(&["A", "B", "C", "D"]);
        assert_eq!(replay(&free, &[4, 1, 1, 6], 2), 8);
    }

    #[test]
    fn barriers_take_no_time_and_hold_everyone() {
        let words: Vec<&str> = [["a"; 3].as_slice(), &["A"], &["a"; 3]].concat();
        assert_eq!(replay(&order(&words), &[2; 7], 3), 6);
        // Three writers of one variable each, then three readers of all: a barrier stands between.
        let groups = order(&["a", "a", "A", "A", "a", "a"]);
        assert_eq!(replay(&groups, &[1; 6], 8), 4);
    }

    #[test]
    fn it_stays_between_the_bounds() {
        let words = ["A", "AB", "B", "C", "aC", "D", "bD", "E", "cdE", "F"];
        let order = order(&words);
        let durations = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3];
        let work: u64 = durations.iter().sum();
        for workers in 1..12 {
            let took = replay(&order, &durations, workers);
            let path = order.critical_path(&durations);
            assert!(took >= path.max(work / workers as u64), "{workers}");
            assert!(took <= path + work / workers as u64, "Graham's bound: {workers}");
        }
        assert_eq!(replay(&order, &durations, 1), work);
    }
}
