//! Transactions, with the fields of the paper's section III.D that the sender fixes.
//!
//! Result, Sequence and Point are the network's to fill in: they stand in the [`crate::receipt::Receipt`].

use borsh::{BorshDeserialize, BorshSerialize};
use mc_container::address::Address;

/// What kind of transaction it is: the paper's Type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Kind {
    /// Moves Value and calls nothing; that is not served yet, so it fails.
    Ordinary = 0,
    /// Calls an entry of a container.
    Call = 1,
}

/// The paper's Data: which entry is called, and with what.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Call {
    /// The entry's name.
    pub entry: String,
    /// Its arguments in canonical encoding, one after the other.
    pub arguments: Vec<u8>,
}

/// A transaction.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Transaction {
    /// From: who signs it.
    pub from: Address,
    /// To: the container it calls; empty where it creates one.
    pub to: Option<Address>,
    /// Type.
    pub kind: Kind,
    /// Nonce: how many the sender has sent before.
    pub nonce: u32,
    /// Value: how much of the native asset goes with it.
    pub value: u64,
    /// Timestamp, in seconds since the Unix epoch.
    pub timestamp: u64,
    /// Data.
    pub data: Call,
    /// The code that the sender wants to run and no other, as [`mc_container::package::Package::code`] names it;
    /// not in the paper (03 §3.2).
    pub code: Option<[u8; 32]>,
}

impl Transaction {
    /// A call of `entry` of the container at `to`, without Value.
    #[must_use]
    pub fn call(from: Address, nonce: u32, to: Address, entry: &str, arguments: Vec<u8>) -> Self {
        let data = Call { entry: entry.to_owned(), arguments };
        Self { from, to: Some(to), kind: Kind::Call, nonce, value: 0, timestamp: 0, data, code: None }
    }

    /// The transaction's name: a digest of its canonical encoding.
    #[must_use]
    pub fn id(&self) -> [u8; 32] {
        self.id_in(&mut Vec::new())
    }

    /// The same, worked out in memory that is there already.
    pub(crate) fn id_in(&self, bytes: &mut Vec<u8>) -> [u8; 32] {
        bytes.clear();
        // Writing to memory cannot fail.
        let _ = self.serialize(bytes);
        blake3::derive_key("mcc 2026 transaction", bytes)
    }
}
