//! Many schedules of one block: whatever the workers do first, the outcome is the serial one.

use crate::testbed::Stretch;
use mc_runtime::{Block, Executor, PoolOptions, Strategy};
use std::io;
use std::sync::Arc;

/// With fewer transactions there is only one schedule.
const LEAST: usize = 2;

/// Workers that each schedule in another way.
pub(super) struct Schedules {
    serial: Executor,
    random: Vec<Executor>,
}

impl Schedules {
    /// So many ways.
    pub(super) fn new(count: u64) -> io::Result<Self> {
        let serial = Executor::new(PoolOptions { threads: 1, ..PoolOptions::default() })?;
        let random = |seed: u64| {
            let threads = 2 + usize::try_from(seed % 3).unwrap_or_default();
            Executor::new(PoolOptions {
                threads,
                parallel_from: 0,
                seed: Some(seed),
                ..PoolOptions::default()
            })
        };
        let random = (1..=count).map(random).collect::<io::Result<Vec<Executor>>>()?;
        Ok(Self { serial, random })
    }

    /// Runs each stretch of transactions as one block in every way; how one of them differs from serial, if one does.
    pub(super) fn difference(&self, stretches: &[Stretch]) -> Option<String> {
        stretches.iter().filter(|it| it.transactions.len() >= LEAST).find_map(|it| self.differs(it))
    }

    fn differs(&self, stretch: &Stretch) -> Option<String> {
        let (height, time) = stretch.at;
        let transactions = stretch.transactions.clone();
        let block = Arc::new(Block { chain: stretch.world.chain().to_owned(), height, time, transactions });
        if self.random.is_empty() {
            return None;
        }
        let serial = match self.serial.execute(&stretch.world, &block, Strategy::Serial) {
            Ok(outcome) => outcome,
            Err(error) => return Some(error.to_string()),
        };
        for (number, executor) in self.random.iter().enumerate() {
            let outcome = executor.execute(&stretch.world, &block, Strategy::Dag);
            let same = outcome.is_ok_and(|it| {
                it.state_root == serial.state_root && it.receipts_root == serial.receipts_root
            });
            if !same {
                let calls = block.transactions.len();
                return Some(format!(
                    "its {calls} calls in one block end differently under schedule {}",
                    number + 1
                ));
            }
        }
        None
    }
}
