//! Blocks: an ordered list of transactions and the circumstances they run in.
//!
//! ```text
//! "MCBK"  u16 format  chain  u64 height  u64 time  transactions
//! ```
//!
//! The encoding is Borsh, which has one form for every value; whatever is not the encoding of what it decodes
//! to is refused.

use crate::transaction::Transaction;
use borsh::{BorshDeserialize, BorshSerialize};
use std::fmt;

/// The first bytes of every block.
pub const MAGIC: [u8; 4] = *b"MCBK";
/// The version of this layout.
pub const FORMAT: u16 = 2;

/// A block of transactions.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Block {
    /// The chain it belongs to.
    pub chain: String,
    /// Its number on the chain.
    pub height: u64,
    /// What `now` is in it, in seconds since the Unix epoch.
    pub time: u64,
    /// Its transactions, in the order whose result counts.
    pub transactions: Vec<Transaction>,
}

/// Why bytes are no block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockError {
    /// They do not start like one.
    NotABlock,
    /// They are of another version of the layout.
    Format(u16),
    /// They end too soon, go on too long, or hold what no block holds.
    Damaged,
}

impl fmt::Display for BlockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotABlock => f.write_str("not a block file"),
            Self::Format(format) => write!(f, "a block file of format {format}, not {FORMAT}"),
            Self::Damaged => f.write_str("a damaged block file"),
        }
    }
}

impl std::error::Error for BlockError {}

impl Block {
    /// The block as bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        // Writing to memory cannot fail.
        let _ = FORMAT.serialize(&mut bytes);
        let _ = self.serialize(&mut bytes);
        bytes
    }

    /// Reads a block.
    ///
    /// # Errors
    /// A [`BlockError`] for anything but the bytes that [`Block::encode`] gives.
    pub fn decode(bytes: &[u8]) -> Result<Self, BlockError> {
        let body = bytes.strip_prefix(&MAGIC).ok_or(BlockError::NotABlock)?;
        let (format, body) = body.split_first_chunk().ok_or(BlockError::Damaged)?;
        match u16::from_le_bytes(*format) {
            FORMAT => Self::try_from_slice(body).map_err(|_| BlockError::Damaged),
            other => Err(BlockError::Format(other)),
        }
    }
}
