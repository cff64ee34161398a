//! Receipts: what became of each transaction, equal byte for byte in every strategy and schedule.

use borsh::{BorshDeserialize, BorshSerialize};
use mc_container::address::Address;
use mc_container::error::SUCCESS;
pub use mc_container::failure::Failure;

/// How many receipts one leaf of the receipts' root covers.
pub(crate) const LEAF: usize = 256;

/// Something a container told the world.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Event {
    /// Which container.
    pub container: Address,
    /// The number of the event in its manifest.
    pub event: u16,
    /// The fields in canonical encoding.
    pub data: Vec<u8>,
}

/// What became of a transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Receipt {
    /// Result: 0, or the code of the failure.
    pub result: u8,
    /// Sequence: the greatest number of steps the called entry takes.
    pub sequence: u8,
    /// Point: how many steps were started.
    pub point: u8,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// The entry's results in canonical encoding; empty if it failed.
    pub output: Vec<u8>,
    /// What was emitted, in order; empty if it failed.
    pub events: Vec<Event>,
    /// What the execution cost.
    pub fuel: u64,
    /// ContainerSign: which code ran, in which order, and what went in and came out; zero where nothing ran.
    ///
    /// A BLAKE3 digest (derive key `mcc 2026 container sign`) of one record for each step that was started, in order,
    /// and one for the call itself: the container's address, BLAKE3 of its module, the Point (of the step when it was
    /// started, of the call when it ended), BLAKE3 of the inputs and BLAKE3 of the outputs. Inputs are the arguments
    /// in canonical encoding, those of the call as they came, followed by the Value. Outputs are the results in
    /// canonical encoding, or the one byte of the code that it failed with.
    pub container_sign: [u8; 32],
}

impl Receipt {
    /// The receipt of a transaction that failed.
    #[must_use]
    pub fn failed(failure: Failure) -> Self {
        Self { result: failure.code, failure: Some(failure), ..Self::default() }
    }

    /// True if the transaction did what it was asked.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.result == SUCCESS
    }
}

/// A digest of all receipts of a block, in order.
#[must_use]
pub fn root(receipts: &[Receipt]) -> [u8; 32] {
    root_of(receipts.chunks(LEAF).map(leaf))
}

/// The same, given the digests of the leaves.
pub(crate) fn root_of(leaves: impl IntoIterator<Item = blake3::Hash>) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key("mcc 2026 receipts");
    for leaf in leaves {
        hasher.update(leaf.as_bytes());
    }
    *hasher.finalize().as_bytes()
}

/// The digest of the receipts of one leaf.
pub(crate) fn leaf(receipts: &[Receipt]) -> blake3::Hash {
    let mut bytes = Vec::with_capacity(receipts.len() * 64);
    for receipt in receipts {
        // Writing to memory cannot fail.
        let _ = receipt.serialize(&mut bytes);
    }
    blake3::hash(&bytes)
}
