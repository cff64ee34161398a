//! Other orders: whatever a schedule leaves open comes to what the order of the block comes to.
//!
//! The interpreter runs the transactions one after the other in an order that the schedule allows. Each must end as it
//! does in the block's own order, and the state must be the same.

use crate::interpreter::Machine;
use crate::stage::{call_of, verdict_of};
use mc_runtime::{Block, Order, Receipt};
use rand::Rng;
use rand::rngs::SmallRng;

/// What a block came to in its own order, from the state before it.
pub struct Ran<'r, 'p> {
    /// The block.
    pub block: &'r Block,
    /// The state before it.
    pub before: &'r Machine<'p>,
    /// The state after it.
    pub after: &'r Machine<'p>,
    /// What became of each transaction.
    pub receipts: &'r [Receipt],
    /// What the schedule orders.
    pub order: &'r Order,
}

impl Ran<'_, '_> {
    /// Runs the block in an order that `rng` chooses among those that the schedule allows.
    ///
    /// # Errors
    /// What comes out differently.
    pub fn at_random(&self, rng: &mut SmallRng) -> Result<(), String> {
        let mut open = Open::of(self.order);
        let mut chosen = Vec::with_capacity(self.block.transactions.len());
        while !open.ready.is_empty() {
            let node = open.ready.swap_remove(rng.random_range(0..open.ready.len()));
            open.take(self.order, node);
            chosen.extend(transaction(self.order, node));
        }
        self.check(&chosen)
    }

    /// Runs the block in every order that the schedule allows, and gives how many there are.
    ///
    /// # Errors
    /// What comes out differently.
    pub fn everywhere(&self) -> Result<usize, String> {
        let mut count = 0;
        self.extend(&Open::of(self.order), &mut Vec::new(), &mut count)?;
        Ok(count)
    }

    fn extend(&self, open: &Open, chosen: &mut Vec<usize>, count: &mut usize) -> Result<(), String> {
        if chosen.len() == self.block.transactions.len() {
            *count += 1;
            return self.check(chosen);
        }
        // What is no transaction runs nothing, so when it is taken makes no difference.
        if let Some(at) = open.ready.iter().position(|node| transaction(self.order, *node).is_none()) {
            let mut next = open.clone();
            let node = next.ready.swap_remove(at);
            next.take(self.order, node);
            return self.extend(&next, chosen, count);
        }
        for (at, node) in open.ready.iter().enumerate() {
            let mut next = open.clone();
            next.ready.swap_remove(at);
            next.take(self.order, *node);
            chosen.extend(transaction(self.order, *node));
            self.extend(&next, chosen, count)?;
            chosen.pop();
        }
        Ok(())
    }

    fn check(&self, chosen: &[usize]) -> Result<(), String> {
        if chosen.len() != self.block.transactions.len() {
            return Err(format!("the schedule never comes to all transactions: {chosen:?}"));
        }
        let mut machine = self.before.clone();
        for number in chosen {
            let found = machine.run(&call_of(&self.block.transactions[*number], self.block)).verdict;
            let expected = verdict_of(&self.receipts[*number]);
            if found != expected {
                return Err(format!(
                    "in the order {chosen:?}, transaction {number}\n  found:    {found:?}\n  expected: {expected:?}"
                ));
            }
        }
        if machine.state() == self.after.state() {
            Ok(())
        } else {
            Err(format!("in the order {chosen:?}, the state is another"))
        }
    }
}

/// What has not been taken yet.
#[derive(Clone)]
struct Open {
    /// For each node, how many it still waits for.
    waits: Vec<u32>,
    /// Those that wait for none.
    ready: Vec<u32>,
}

impl Open {
    fn of(order: &Order) -> Self {
        let waits = order.waits().to_vec();
        let ready = (0..).zip(&waits).filter(|(_, waits)| **waits == 0).map(|(node, _)| node).collect();
        Self { waits, ready }
    }

    fn take(&mut self, order: &Order, node: u32) {
        for next in order.successors(node) {
            self.waits[*next as usize] -= 1;
            if self.waits[*next as usize] == 0 {
                self.ready.push(*next);
            }
        }
    }
}

fn transaction(order: &Order, node: u32) -> Option<usize> {
    order.is_transaction(node).then_some(node as usize)
}
