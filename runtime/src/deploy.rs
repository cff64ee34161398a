//! Deployment: a package becomes a container of the world.

use mc_container::access::link::LinkError;
use mc_container::address::Address;
use mc_container::package::Package;
use crate::receipt::Receipt;
use std::fmt;
use std::sync::Arc;

/// What is to be deployed, and by whom.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// The package.
    pub package: Arc<Package>,
    /// What each slot of a composition is bound to, in the order of its manifest.
    pub slots: Vec<Address>,
    /// Who deploys it: the caller that `init` sees.
    pub deployer: Address,
    /// The deployer's nonce; with `ordinal` it decides the container's address.
    pub nonce: u32,
    /// Which container of this deployment it is.
    pub ordinal: u32,
    /// What `now` is in `init`.
    pub time: u64,
    /// The arguments of `init` in canonical encoding.
    pub arguments: Vec<u8>,
}

/// Why a package cannot be deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeployError {
    /// A container has this address already.
    AddressTaken(Address),
    /// Another number of slots is bound than the composition has.
    SlotCount {
        /// How many it has.
        needed: usize,
        /// How many are bound.
        bound: usize,
    },
    /// A slot is bound to an address without a container.
    NoContainer {
        /// The slot's name.
        slot: String,
        /// The address.
        address: Address,
    },
    /// A slot is bound to a composition, which cannot be a step yet.
    NotAContract {
        /// The slot's name.
        slot: String,
    },
    /// The bound container lacks an entry that the composition calls.
    NoEntry {
        /// The slot's name.
        slot: String,
        /// The entry's name.
        entry: String,
    },
    /// The bound container's entry takes or gives something else than the composition expects.
    OtherSignature {
        /// The slot's name.
        slot: String,
        /// The entry's name.
        entry: String,
    },
    /// The formulas do not fit those of the bound containers.
    Link(LinkError),
    /// The engine refuses the module; the text says why.
    Engine(String),
    /// There is no `init`, but there are arguments for one.
    NoInit,
    /// `init` failed.
    Init(Box<Receipt>),
}

impl fmt::Display for DeployError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AddressTaken(address) => write!(f, "a container stands at {address} already"),
            Self::SlotCount { needed, bound } => write!(f, "{needed} slots to bind, but {bound} bindings"),
            Self::NoContainer { slot, address } => {
                write!(f, "slot `{slot}` is bound to {address}, where no container stands")
            }
            Self::NotAContract { slot } => write!(f, "slot `{slot}` is bound to a composition"),
            Self::NoEntry { slot, entry } => {
                write!(f, "slot `{slot}` is bound to a contract without an entry `{entry}`")
            }
            Self::OtherSignature { slot, entry } => {
                write!(f, "slot `{slot}` is bound to a contract whose `{entry}` has another signature")
            }
            Self::Link(_) => f.write_str("the composition's formulas do not fit the bound contracts"),
            Self::Engine(why) => write!(f, "the engine refuses the module: {why}"),
            Self::NoInit => f.write_str("arguments for `init`, but there is none"),
            Self::Init(receipt) => write!(f, "`init` failed with code {}", receipt.result),
        }
    }
}

impl std::error::Error for DeployError {}
