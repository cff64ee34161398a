//! Why a call failed: the container, its code, and what the failure carries.

use crate::address::Address;
use crate::error::SystemError;
use borsh::{BorshDeserialize, BorshSerialize};

/// Why a transaction failed.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Failure {
    /// The container that failed: the called one, or that of the step at Point.
    pub container: Address,
    /// The failure's code in that container.
    pub code: u8,
    /// What the failure carries, in canonical encoding.
    pub payload: Vec<u8>,
}

impl Failure {
    /// A failure that no contract declares.
    #[must_use]
    pub fn system(container: Address, error: SystemError) -> Self {
        Self { container, code: error.code(), payload: Vec::new() }
    }
}
