//! The longest chain of a block's order: the transactions that must follow one another.

use mc_runtime::Order;

/// The transactions of a longest chain, first to last.
pub(super) fn longest(order: &Order) -> Vec<usize> {
    let nodes = order.waits().len();
    let mut waits = order.waits().to_vec();
    let mut length = vec![0_usize; nodes];
    let mut before: Vec<Option<usize>> = vec![None; nodes];
    let mut ready: Vec<usize> = (0..nodes).filter(|node| waits.get(*node) == Some(&0)).collect();
    while let Some(node) = ready.pop() {
        let counts = usize::from(is_transaction(order, node));
        let reached = length.get(node).copied().unwrap_or(0) + counts;
        if let Some(own) = length.get_mut(node) {
            *own = reached;
        }
        for next in successors(order, node) {
            let (Some(longest), Some(wait)) = (length.get_mut(next), waits.get_mut(next)) else { continue };
            if reached >= *longest {
                *longest = reached;
                if let Some(place) = before.get_mut(next) {
                    *place = Some(node);
                }
            }
            *wait = wait.saturating_sub(1);
            if *wait == 0 {
                ready.push(next);
            }
        }
    }
    let last = (0..nodes).max_by_key(|node| (length.get(*node).copied(), std::cmp::Reverse(*node)));
    let back = std::iter::successors(last, |node| before.get(*node).copied().flatten());
    let mut chain: Vec<usize> = back.filter(|node| is_transaction(order, *node)).collect();
    chain.reverse();
    chain
}

fn is_transaction(order: &Order, node: usize) -> bool {
    u32::try_from(node).is_ok_and(|node| order.is_transaction(node))
}

fn successors(order: &Order, node: usize) -> impl Iterator<Item = usize> {
    let next = u32::try_from(node).map(|node| order.successors(node)).unwrap_or_default();
    next.iter().map(|node| *node as usize)
}
