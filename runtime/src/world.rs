//! The world: the deployed containers and their state.

use crate::deploy::{DeployError, Deployment};
use crate::execute::Outcome;
use crate::registry::{Container, Registry};
use crate::state::State;
use mc_container::address::Address;
use mc_container::value::Value;
use std::fmt;
use std::sync::Arc;

/// The deployed containers and their state. A clone is cheap, and independent of the original.
#[derive(Clone)]
pub struct World {
    chain: Arc<str>,
    registry: Arc<Registry>,
    state: Arc<State>,
}

/// The outcome was computed on another state than the world's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StaleOutcome;

impl fmt::Display for StaleOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the block was executed on another state")
    }
}

impl std::error::Error for StaleOutcome {}

impl World {
    /// A chain without containers.
    #[must_use]
    pub fn new(chain: &str) -> Self {
        Self { chain: chain.into(), registry: Arc::default(), state: Arc::default() }
    }

    /// The chain's name.
    #[must_use]
    pub fn chain(&self) -> &str {
        &self.chain
    }

    /// The deployed containers.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The container at `address`.
    #[must_use]
    pub fn container(&self, address: Address) -> Option<&Arc<Container>> {
        self.registry.get(address)
    }

    /// The cells.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The value of a cell by name; `None` if there is no such variable, or it has other keys.
    #[must_use]
    pub fn read(&self, container: Address, variable: &str, keys: &[Value]) -> Option<Value> {
        let _ = (container, variable, keys);
        None
    }

    /// Deploys a container, `init` included, or changes nothing.
    ///
    /// # Errors
    /// A [`DeployError`].
    pub fn deploy(&mut self, deployment: &Deployment) -> Result<Address, DeployError> {
        Err(DeployError::AddressTaken(deployment.deployer))
    }

    /// Takes over what a block wrote.
    ///
    /// # Errors
    /// [`StaleOutcome`] if the block was executed on another state.
    pub fn commit(&mut self, outcome: &Outcome) -> Result<(), StaleOutcome> {
        let _ = outcome;
        Ok(())
    }
}
