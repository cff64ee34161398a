//! Addresses and the keys of state cells, all derived with BLAKE3 under a context of their own.

use crate::value::{Scalar, Value};
use borsh::{BorshDeserialize, BorshSerialize};
use std::fmt;

/// The name of the system's ledger of the native asset, and of the variable through which a container pays.
pub const COIN_VARIABLE: &str = "coin.balances";

/// The address of an account or a container (paper, section III.D: 20 bytes).
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct Address(pub [u8; 20]);

impl Address {
    /// The address of a named development account, the same everywhere.
    #[must_use]
    pub fn of_account(name: &str) -> Self {
        Self::derive("mcc 2026 development account", &[name.as_bytes()])
    }

    /// The address of the account that an Ed25519 key belongs to.
    #[must_use]
    pub fn of_key(key: [u8; 32]) -> Self {
        Self::derive("mcc 2026 account key", &[&key])
    }

    /// The address of the `ordinal`-th container that `deployer`'s deployment `nonce` creates on `chain`.
    #[must_use]
    pub fn of_container(chain: &str, deployer: Self, nonce: u32, ordinal: u32) -> Self {
        let parts: [&[u8]; 4] = [&deployer.0, &nonce.to_le_bytes(), &ordinal.to_le_bytes(), chain.as_bytes()];
        Self::derive("mcc 2026 container address", &parts)
    }

    /// The address of a container that the system itself provides.
    #[must_use]
    pub fn of_system(name: &str) -> Self {
        Self::derive("mcc 2026 system container", &[name.as_bytes()])
    }

    fn derive(context: &str, parts: &[&[u8]]) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key(context);
        for part in parts {
            hasher.update(part);
        }
        let mut address = [0; 20];
        hasher.finalize_xof().fill(&mut address);
        Self(address)
    }

    /// The address as a scalar.
    #[must_use]
    pub fn value(self) -> Value {
        Value::from_bytes(&self.0)
    }

    /// The address a scalar of that type stands for.
    #[must_use]
    pub fn from_value(value: Value) -> Self {
        let bytes = value.to_bytes();
        let mut address = [0; 20];
        for (to, from) in address.iter_mut().zip(bytes) {
            *to = from;
        }
        Self(address)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.value().show(Scalar::Address))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The key of a cell in the state, or of the lock that covers every cell below a prefix of its keys.
///
/// Two cells have one key exactly if they are the same variable of the same container under equal keys.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct CellKey(pub [u8; 32]);

impl fmt::Debug for CellKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Value::from_bytes(&self.0).show(Scalar::Hash))
    }
}

/// Where the cells of one variable of one container live: the part of a [`CellKey`] that its keys do not
/// change. Cells are keyed by name, so that a variable keeps its cells when its place in the source moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VariableRoot([u8; 32]);

impl VariableRoot {
    /// The root of variable `name` of the container at `container`.
    #[must_use]
    pub fn new(container: Address, name: &str) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("mcc 2026 state variable");
        hasher.update(&container.0);
        hasher.update(name.as_bytes());
        Self(*hasher.finalize().as_bytes())
    }

    /// The root of the native asset's ledger: the same for every container that pays.
    #[must_use]
    pub fn of_coin() -> Self {
        Self::new(Address::of_system("coin"), "balances")
    }

    /// The cell (or, with fewer keys than the variable has, the lock) under the encoded `keys`.
    #[must_use]
    pub fn cell(self, keys: &[u8]) -> CellKey {
        CellKey(*blake3::keyed_hash(&self.0, keys).as_bytes())
    }
}
