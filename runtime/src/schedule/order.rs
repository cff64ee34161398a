//! Order: which uses of shared resources must wait for which, given in sequence.
//!
//! On one resource, consecutive uses that are compatible form a group, and each group waits for the one before.
//! Where two groups of several members meet, a barrier node stands between them, so the number of edges is
//! linear in the number of uses. Transactions are nodes `0..n` in sequence; barriers follow.

/// How a resource is used. Every use but [`Use::Write`] is compatible with its like, and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Observes.
    Read,
    /// Adds to, in any order.
    Add,
    /// Raises, in any order.
    Max,
    /// Lowers, in any order.
    Min,
    /// Everything else.
    Write,
}

impl Use {
    /// Both at once.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        if self == other { self } else { Self::Write }
    }
}

/// The number of a transaction in its block.
pub type Node = u32;

/// Marks the number of a barrier, counted from 0 in each [`Edges`].
const BARRIER: Node = 1 << 31;

/// Edges between transactions and barriers, as they are found.
#[derive(Clone, Debug, Default)]
pub struct Edges {
    pairs: Vec<(Node, Node)>,
    barriers: u32,
}

impl Edges {
    /// Adds what the uses of one resource demand, given in the sequence of the transactions, each of which
    /// uses it once; the result is the number of groups.
    pub fn add(&mut self, uses: &[(Node, Use)]) -> u32 {
        let mut groups = uses.chunk_by(|(_, a), (_, b)| a == b && *a != Use::Write);
        let Some(mut before) = groups.next() else { return 0 };
        let mut count = 1;
        for group in groups {
            self.between(before.iter().map(|(from, _)| *from), group.iter().map(|(to, _)| *to));
            before = group;
            count += 1;
        }
        count
    }

    /// Each group waits for the one before it.
    pub fn chain(&mut self, groups: &[Vec<Node>]) {
        for pair in groups.windows(2) {
            if let [before, after] = pair {
                self.between(before.iter().copied(), after.iter().copied());
            }
        }
    }

    fn between(
        &mut self,
        before: impl ExactSizeIterator<Item = Node>,
        after: impl ExactSizeIterator<Item = Node> + Clone,
    ) {
        if before.len() == 1 || after.len() == 1 {
            self.pairs.extend(before.flat_map(|from| after.clone().map(move |to| (from, to))));
            return;
        }
        let barrier = BARRIER | self.barriers;
        self.barriers += 1;
        self.pairs.extend(before.map(|from| (from, barrier)));
        self.pairs.extend(after.map(|to| (barrier, to)));
    }
}

/// A partial order of transactions that respects their sequence.
#[derive(Clone, Debug, Default)]
pub struct Order {
    transactions: usize,
    /// For each node, where its successors start; one more at the end.
    starts: Vec<u32>,
    successors: Vec<Node>,
    /// For each node, how many must be done before it.
    waits: Vec<u32>,
    /// Barriers by the first transaction behind them.
    barriers: Vec<(Node, Node)>,
}

impl Order {
    /// The order of `transactions` that these edges demand.
    #[must_use]
    pub fn new(transactions: usize, parts: &[Edges]) -> Self {
        let barriers: usize = parts.iter().map(|part| part.barriers as usize).sum();
        let nodes = transactions + barriers;
        let mut order = Self { transactions, waits: vec![0; nodes], ..Self::default() };
        if parts.iter().all(|part| part.pairs.is_empty()) {
            order.starts = vec![0; nodes + 1];
            return order;
        }
        let pairs = numbered(transactions, parts);
        order.group(nodes, &pairs);
        order.find_barriers();
        order
    }

    /// Sorts the pairs by their first node and drops repetitions.
    fn group(&mut self, nodes: usize, pairs: &[(Node, Node)]) {
        let mut places = vec![0_u32; nodes + 1];
        for (from, _) in pairs {
            add(&mut places, *from as usize + 1, 1);
        }
        let mut sum = 0;
        for place in &mut places {
            sum += *place;
            *place = sum;
        }
        let mut sorted = vec![0; pairs.len()];
        let mut next = places.clone();
        for (from, to) in pairs {
            let place = add(&mut next, *from as usize, 1);
            if let Some(target) = sorted.get_mut(place as usize) {
                *target = *to;
            }
        }
        self.starts.push(0);
        for bounds in places.windows(2) {
            let [from, to] = *bounds else { continue };
            self.keep(sorted.get_mut(from as usize..to as usize).unwrap_or_default());
        }
    }

    fn keep(&mut self, successors: &mut [Node]) {
        successors.sort_unstable();
        let mut last = None;
        for successor in successors.iter().copied() {
            if last != Some(successor) {
                self.successors.push(successor);
                add(&mut self.waits, successor as usize, 1);
            }
            last = Some(successor);
        }
        self.starts.push(self.successors.len() as u32);
    }

    fn find_barriers(&mut self) {
        let barriers = (self.transactions..self.waits.len()).map(|node| node as Node);
        self.barriers = barriers.filter_map(|node| Some((*self.successors(node).first()?, node))).collect();
        self.barriers.sort_unstable();
    }

    /// The number of transactions.
    #[must_use]
    pub fn transactions(&self) -> usize {
        self.transactions
    }

    /// True for a transaction, false for a barrier.
    #[must_use]
    pub fn is_transaction(&self, node: Node) -> bool {
        (node as usize) < self.transactions
    }

    /// The nodes that wait for `node`.
    #[must_use]
    pub fn successors(&self, node: Node) -> &[Node] {
        let bounds = self.starts.get(node as usize..node as usize + 2).unwrap_or_default();
        let [from, to] = *bounds else { return &[] };
        self.successors.get(from as usize..to as usize).unwrap_or_default()
    }

    /// For each node, how many nodes it waits for.
    #[must_use]
    pub fn waits(&self) -> &[u32] {
        &self.waits
    }

    /// The number of edges.
    #[must_use]
    pub fn edges(&self) -> usize {
        self.successors.len()
    }

    /// Visits every node after all that it waits for.
    fn in_order(&self, mut visit: impl FnMut(Node)) {
        let mut barriers = self.barriers.iter().peekable();
        for node in 0..self.transactions as Node {
            while let Some((_, barrier)) = barriers.next_if(|(behind, _)| *behind <= node) {
                visit(*barrier);
            }
            visit(node);
        }
    }

    /// For each node, the weight of the heaviest chain that ends with it, and of the heaviest of all.
    fn chains(&self, weight: impl Fn(usize) -> u64) -> (Vec<u64>, u64) {
        let mut chains = vec![0_u64; self.waits.len()];
        let mut heaviest = 0;
        self.in_order(|node| {
            let own = if self.is_transaction(node) { weight(node as usize) } else { 0 };
            let chain = own + chains.get(node as usize).copied().unwrap_or(0);
            heaviest = heaviest.max(chain);
            if let Some(place) = chains.get_mut(node as usize) {
                *place = chain;
            }
            for successor in self.successors(node) {
                if let Some(place) = chains.get_mut(*successor as usize) {
                    *place = chain.max(*place);
                }
            }
        });
        (chains, heaviest)
    }

    /// For each node, how many transactions the longest chain has that starts with it.
    #[must_use]
    pub fn heights(&self) -> Vec<u32> {
        let mut heights = vec![0; self.waits.len()];
        let mut visit = |node: Node| {
            let behind = self.successors(node).iter().filter_map(|next| heights.get(*next as usize)).max();
            let height = behind.copied().unwrap_or(0) + u32::from(self.is_transaction(node));
            if let Some(place) = heights.get_mut(node as usize) {
                *place = height;
            }
        };
        let mut barriers = self.barriers.iter().rev().peekable();
        for node in (0..self.transactions as Node).rev() {
            visit(node);
            while let Some((_, barrier)) = barriers.next_if(|(behind, _)| *behind == node) {
                visit(*barrier);
            }
        }
        heights
    }

    /// The time that no number of workers could go below, given how long each transaction takes.
    #[must_use]
    pub fn critical_path(&self, durations: &[u64]) -> u64 {
        self.chains(|node| durations.get(node).copied().unwrap_or(0)).1
    }

    /// The longest chain and the greatest number of transactions on one level, in transactions.
    #[must_use]
    pub fn depth_and_width(&self) -> (usize, usize) {
        if self.successors.is_empty() {
            return (self.transactions.min(1), self.transactions);
        }
        let (levels, depth) = self.chains(|_| 1);
        let mut widths = vec![0_u32; depth as usize + 1];
        for level in levels.iter().take(self.transactions) {
            add(&mut widths, *level as usize, 1);
        }
        (depth as usize, widths.into_iter().max().unwrap_or(0) as usize)
    }
}

/// All pairs, with the barriers of every part numbered after the transactions.
fn numbered(transactions: usize, parts: &[Edges]) -> Vec<(Node, Node)> {
    let mut first = transactions as Node;
    let mut pairs = Vec::with_capacity(parts.iter().map(|part| part.pairs.len()).sum());
    for part in parts {
        let number = |node: Node| if node & BARRIER == 0 { node } else { first + (node ^ BARRIER) };
        pairs.extend(part.pairs.iter().map(|(from, to)| (number(*from), number(*to))));
        first += part.barriers;
    }
    pairs
}

/// Adds to one of many counters and gives what it was.
fn add(counters: &mut [u32], place: usize, more: u32) -> u32 {
    counters.get_mut(place).map_or(0, |counter| {
        *counter += more;
        *counter - more
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "tests")]
    use super::Use::{Add, Read, Write};
    use super::*;
    use std::collections::BTreeMap;

    /// An order from words: transaction `n` uses the resources its word names, `a` reads, `A` writes, `+a` adds.
    fn order(words: &[&str]) -> Order {
        let mut uses: BTreeMap<char, Vec<(Node, Use)>> = BTreeMap::new();
        for (node, word) in (0..).zip(words) {
            let mut adds = false;
            for letter in word.chars() {
                if letter == '+' {
                    adds = true;
                    continue;
                }
                let how = if adds {
                    Add
                } else if letter.is_uppercase() {
                    Write
                } else {
                    Read
                };
                uses.entry(letter.to_ascii_lowercase()).or_default().push((node, how));
                adds = false;
            }
        }
        let mut edges = Edges::default();
        for uses in uses.values() {
            edges.add(uses);
        }
        Order::new(words.len(), &[edges])
    }

    /// Every pair of transactions where the second waits, directly or not, for the first.
    fn waits(order: &Order) -> Vec<(Node, Node)> {
        let mut reached = Vec::new();
        for from in 0..order.transactions() as Node {
            let mut stack = order.successors(from).to_vec();
            while let Some(node) = stack.pop() {
                if order.is_transaction(node) {
                    reached.push((from, node));
                }
                stack.extend(order.successors(node));
            }
        }
        reached.sort_unstable();
        reached.dedup();
        reached
    }

    #[test]
    fn compatible_uses_are_not_ordered() {
        assert_eq!(waits(&order(&["a", "ab", "b", "+c", "+c"])), []);
        assert_eq!(order(&["a", "a"]).depth_and_width(), (1, 2));
        assert_eq!(order(&[]).depth_and_width(), (0, 0));
    }

    #[test]
    fn conflicts_are_ordered_in_sequence() {
        assert_eq!(waits(&order(&["A", "a", "a", "A"])), [(0, 1), (0, 2), (0, 3), (1, 3), (2, 3)]);
        assert_eq!(waits(&order(&["+a", "a", "+a"])), [(0, 1), (0, 2), (1, 2)]);
        assert_eq!(order(&["A", "a", "a", "A"]).depth_and_width(), (3, 2));
        assert_eq!(order(&["AB", "AB"]).edges(), 1);
    }

    #[test]
    fn a_chain_is_as_high_as_what_waits_for_it() {
        let heights = |words: &[&str]| order(words).heights()[..words.len()].to_vec();
        assert_eq!(heights(&["A", "b", "a", "A", "b"]), [3, 1, 2, 1, 1]);
        // Barriers count for nothing.
        assert_eq!(heights(&["a", "a", "+a", "+a", "A"]), [3, 3, 2, 2, 1]);
        for words in [&["A", "AB", "b", "+c", "bc", "B", "C"][..], &["+a", "+a", "a", "a", "+a", "a"]] {
            let order = order(words);
            assert_eq!(order.heights().into_iter().max(), Some(order.depth_and_width().0 as u32));
        }
    }

    #[test]
    fn a_barrier_between_groups_keeps_the_edges_linear() {
        let words: Vec<&str> = [["a"; 50], ["+a"; 50]].concat();
        let order = order(&words);
        assert_eq!(order.edges(), 100);
        assert_eq!(waits(&order).len(), 2500);
        assert_eq!(order.depth_and_width(), (2, 50));
        assert_eq!(order.critical_path(&[3; 100]), 6);
    }

    #[test]
    fn any_two_incompatible_uses_are_ordered_and_no_others() {
        let mut seed = 7_u64;
        let mut random = move |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) % below
        };
        for _ in 0..300 {
            let uses: Vec<Vec<(u64, Use)>> = (0..12)
                .map(|_| {
                    let mut own: Vec<u64> = (0..random(4)).map(|_| random(4)).collect();
                    own.sort_unstable();
                    own.dedup();
                    own.into_iter().map(|r| (r, [Read, Add, Write][random(3) as usize])).collect()
                })
                .collect();
            let mut parts = Vec::new();
            for resource in 0..4 {
                let of = |own: &[(u64, Use)]| own.iter().find(|(r, _)| *r == resource).map(|(_, how)| *how);
                let list: Vec<(Node, Use)> =
                    (0..).zip(&uses).filter_map(|(node, own)| Some((node, of(own)?))).collect();
                let mut edges = Edges::default();
                edges.add(&list);
                parts.push(edges);
            }
            check(&uses, &Order::new(uses.len(), &parts));
        }
    }

    fn check(uses: &[Vec<(u64, Use)>], order: &Order) {
        let conflict = |a: &[(u64, Use)], b: &[(u64, Use)]| {
            a.iter().any(|(r, how)| b.iter().any(|(s, other)| r == s && (how != other || *how == Write)))
        };
        // The transitive closure of all conflicts in sequence is what must wait.
        let n = uses.len();
        let mut must = vec![vec![false; n]; n];
        for from in (0..n).rev() {
            for to in from + 1..n {
                if conflict(&uses[from], &uses[to]) {
                    must[from][to] = true;
                    let reached = must[to].clone();
                    must[from].iter_mut().zip(reached).for_each(|(must, reach)| *must |= reach);
                }
            }
        }
        let expected: Vec<(Node, Node)> = (0..n)
            .flat_map(|a| (0..n).map(move |b| (a, b)))
            .filter(|(a, b)| must[*a][*b])
            .map(|(a, b)| (a as Node, b as Node))
            .collect();
        assert_eq!(waits(order), expected);
        let longest =
            |to: usize, depth: &[usize]| (0..to).filter(|from| must[*from][to]).map(|f| depth[f]).max();
        let mut depth = vec![0; n];
        for to in 0..n {
            depth[to] = 1 + longest(to, &depth).unwrap_or(0);
        }
        assert_eq!(order.depth_and_width().0, depth.into_iter().max().unwrap_or(0));
    }
}
