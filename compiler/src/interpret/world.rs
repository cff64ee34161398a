//! The world of a test: what its statements do, done by whoever runs it.

use super::failure::Breach;
use crate::tree::{AssetSource, FunctionId, UnitId};
use mc_container::access::VariableId;
use mc_container::address::Address;
use mc_container::value::Value;

/// A deployment that a test asks for.
#[derive(Clone, Debug)]
pub struct TestDeployment<'t> {
    /// Who deploys.
    pub actor: Address,
    /// The number of the instance in the test.
    pub instance: u32,
    /// What is deployed.
    pub unit: UnitId,
    /// The scalars of the arguments of `init`.
    pub args: Vec<Value>,
    /// For each slot, the instance bound to it.
    pub slots: &'t [u32],
    /// For each generic parameter, the asset it stands for.
    pub generics: &'t [AssetSource],
}

/// A call that a test makes: a transaction alone in its block.
#[derive(Clone, Debug)]
pub struct TestCall {
    /// Who signs it.
    pub actor: Address,
    /// The instance.
    pub instance: u32,
    /// What it is an instance of.
    pub unit: UnitId,
    /// Which of its functions.
    pub function: FunctionId,
    /// The scalars of the arguments, without the coin.
    pub args: Vec<Value>,
    /// The Value.
    pub value: u64,
}

/// Why the world did not do it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A container failed.
    Failed {
        /// Which: what it is an instance of.
        unit: UnitId,
        /// Its code.
        code: u8,
        /// What it carries, in canonical encoding.
        payload: Vec<u8>,
    },
    /// The call succeeded and left something untrue that a contract says about itself.
    Broken(Box<Breach>),
    /// The world cannot; the text says why.
    Unable(String),
}

/// What became of calls in one block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Together {
    /// For each that failed its number, and why.
    pub failed: Vec<(usize, Refusal)>,
    /// How many calls had to wait for an earlier one.
    pub ordered: usize,
    /// The longest chain of calls that waited for one another.
    pub longest: usize,
    /// The cell that most of them meet in, by name.
    pub hottest: Option<String>,
}

/// The world of a test.
pub trait TestWorld {
    /// Deploys a container.
    ///
    /// # Errors
    /// A [`Refusal`].
    fn deploy(&mut self, deployment: &TestDeployment<'_>) -> Result<(), Refusal>;

    /// Gives a deployed composition a right that an instance keeps.
    ///
    /// # Errors
    /// A [`Refusal`].
    fn grant(&mut self, instance: u32, role: VariableId, to: u32) -> Result<(), Refusal>;

    /// Runs a call, and gives the scalars of its result.
    ///
    /// # Errors
    /// A [`Refusal`].
    fn call(&mut self, call: &TestCall) -> Result<Vec<Value>, Refusal>;

    /// Runs several calls in one block.
    ///
    /// # Errors
    /// A [`Refusal`], if none of them ran.
    fn together(&mut self, calls: &[TestCall]) -> Result<Together, Refusal>;

    /// How much of the native asset an account has.
    fn balance_of(&self, account: Address) -> u128;

    /// Lets time pass.
    fn advance(&mut self, seconds: u64);

    /// The time of the next block.
    fn now(&self) -> u64;

    /// The height of the next block.
    fn height(&self) -> u64;

    /// The name of an address, where it has one.
    fn name_of(&self, address: Address) -> Option<String>;
}
