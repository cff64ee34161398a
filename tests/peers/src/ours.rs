//! Our side: blocks of the workloads that `mcc bench` has, executed serially and on two threads.

use mc_container::address::Address;
use mc_runtime::{Block, Outcome, Strategy};
use mcc::args::{Generate, Sharing};
use mcc::command::bench::stage::{Scene, Stage};
use mcc::failure::Failure;
use mcc::measure::Bench;
use mcc::measure::race::Counted;
use std::sync::Arc;

/// A block of ours, and who executes it.
pub struct Ours {
    /// Shared by all blocks.
    pub bench: Arc<Bench>,
    /// The block and its world.
    pub scene: Scene,
}

impl Ours {
    /// Executes the block; what it comes to is dropped, so every round starts from the same state.
    ///
    /// # Errors
    /// If it cannot be executed.
    pub fn execute(&self, strategy: Strategy) -> Result<Outcome, Failure> {
        self.bench.execute_plain(&self.scene.world, &self.scene.block, strategy)
    }

    /// Wakes the workers.
    ///
    /// # Errors
    /// If one has panicked.
    pub fn rouse(&self) -> Result<(), Failure> {
        self.bench.rouse(Counted::Plain)
    }

    /// The block.
    pub fn block(&self) -> &Block {
        &self.scene.block
    }
}

/// The token transfers of a workload of `examples/street`, of which `correlation` percent share an account.
///
/// # Errors
/// If the workload is broken.
pub fn transfers(
    bench: &Arc<Bench>,
    name: &str,
    (accounts, transactions, correlation): (u64, usize, u64),
    seed: u64,
) -> Result<Ours, Failure> {
    let mut stage = Stage::embedded("street", &format!("bench/{name}.toml"))?;
    stage.workload.shape.accounts = accounts;
    let sharing = Sharing { correlation: Some(correlation), ..Sharing::default() };
    let flags = Generate { txs: Some(transactions), sharing, ..Generate::default() };
    let scene = stage.open(seed)?.scene(&flags)?;
    Ok(Ours { bench: bench.clone(), scene })
}

/// The calls of the paper's experiment without work besides, on cells that are there.
///
/// # Errors
/// If the workload is broken.
pub fn slots(bench: &Arc<Bench>, transactions: usize, seed: u64) -> Result<Ours, Failure> {
    let stage = Stage::embedded("paper", "workload.toml")?;
    let flags = Generate { txs: Some(transactions), ..Generate::default() };
    let scene = stage.open(seed)?.scene(&flags)?.again()?;
    Ok(Ours { bench: bench.clone(), scene })
}

/// A transfer, as it stands in a block of ours.
pub struct Transfer {
    /// Who pays.
    pub from: Address,
    /// Who is paid.
    pub to: Address,
    /// How much.
    pub amount: u64,
}

/// The transfers of a block, so that others make the same.
pub fn transfers_of(block: &Block) -> Vec<Transfer> {
    let transfer = |tx: &mc_runtime::Transaction| {
        let (to, amount) = tx.data.arguments.split_at(20);
        let address: [u8; 20] = to.try_into().expect("an address has 20 bytes");
        let amount: [u8; 8] = amount[..8].try_into().expect("an amount has 16 bytes");
        Transfer { from: tx.from, to: Address(address), amount: u64::from_le_bytes(amount) }
    };
    block.transactions.iter().map(transfer).collect()
}

/// The first cells and the numbers of cells of the paper's calls.
pub fn touches_of(block: &Block) -> Vec<(u64, u64)> {
    let number = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().expect("a number has 8 bytes"));
    let touch =
        |tx: &mc_runtime::Transaction| (number(&tx.data.arguments[..8]), number(&tx.data.arguments[8..16]));
    block.transactions.iter().map(touch).collect()
}

/// True if every transaction of a block did what it should.
pub fn all_succeed(outcome: &Outcome) -> bool {
    outcome.receipts.iter().all(|receipt| receipt.failure.is_none())
}
