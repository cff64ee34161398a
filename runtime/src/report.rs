//! Reports: what each worker has done, and all of it in the order of the block.

use crate::receipt::Receipt;
use crate::schedule::order::Node;
use std::time::Duration;

/// What one worker has done.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) receipts: Vec<(Node, Receipt)>,
    pub(crate) nanoseconds: Vec<(Node, u64)>,
    pub(crate) busy: Duration,
    /// Why it could not go on.
    pub(crate) error: Option<String>,
}

/// What all workers have done.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    /// What became of each transaction.
    pub(crate) receipts: Vec<Receipt>,
    /// How long each has taken, if that was measured.
    pub(crate) nanoseconds: Vec<u64>,
    /// How long each worker was busy.
    pub(crate) busy: Vec<Duration>,
    /// Why one could not go on.
    pub(crate) error: Option<String>,
}

impl Gathered {
    /// What these say of so many transactions.
    pub(crate) fn new(reports: Vec<Report>, transactions: usize) -> Self {
        let is_timed = reports.iter().any(|report| !report.nanoseconds.is_empty());
        let mut gathered = Self::default();
        gathered.receipts.resize_with(transactions, Receipt::default);
        gathered.nanoseconds.resize(if is_timed { transactions } else { 0 }, 0);
        for Report { receipts, nanoseconds, busy, error } in reports {
            place(&mut gathered.receipts, receipts);
            place(&mut gathered.nanoseconds, nanoseconds);
            gathered.busy.push(busy);
            gathered.error = gathered.error.or(error);
        }
        gathered
    }
}

fn place<T>(all: &mut [T], some: Vec<(Node, T)>) {
    for (node, one) in some {
        if let Some(place) = all.get_mut(node as usize) {
            *place = one;
        }
    }
}
