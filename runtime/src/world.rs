//! The world: the deployed containers and their state.

use crate::deploy::{self, DeployError, Deployment};
use crate::observe::Observation;
use crate::outcome::Outcome;
use crate::registry::{Container, Registry};
use crate::state::{CellWrite, State};
use mc_container::address::{Address, CellKey, VariableRoot};
use mc_container::value::{Scalar, Value};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The deployed containers and their state. A clone is cheap, and independent of the original.
#[derive(Clone)]
pub struct World {
    chain: Arc<str>,
    registry: Arc<Registry>,
    state: Arc<State>,
    /// How much there is of the native asset.
    coins: u128,
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

/// An account in the system's ledger of the native asset.
fn coin_cell(address: Address) -> CellKey {
    let mut key = Vec::new();
    address.value().encode(Scalar::Address, &mut key);
    VariableRoot::of_coin().cell(&key)
}

impl World {
    /// A chain without containers.
    #[must_use]
    pub fn new(chain: &str) -> Self {
        Self { chain: chain.into(), registry: Arc::default(), state: Arc::default(), coins: 0 }
    }

    /// A chain without containers that need not compile again what this one has compiled.
    #[must_use]
    pub fn anew(&self) -> Self {
        Self { registry: Arc::new(self.registry.emptied()), ..Self::new(&self.chain) }
    }

    /// The same, observed.
    #[doc(hidden)]
    #[must_use]
    pub fn observed(chain: &str, observation: Arc<Observation>) -> Self {
        Self { registry: Arc::new(Registry::observed(observation)), ..Self::new(chain) }
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
        let (key, default) = self.cell(container, variable, keys)?;
        Some(self.state.get(&key).unwrap_or(default))
    }

    /// Sets a cell by name, outside of any block: for the first state of a test or a measurement. False if
    /// there is no such cell.
    pub fn put(&mut self, container: Address, variable: &str, keys: &[Value], value: Value) -> bool {
        let Some((key, default)) = self.cell(container, variable, keys) else { return false };
        let write = CellWrite { key, value: (value != default).then_some(value) };
        Arc::make_mut(&mut self.state).apply(&[write]);
        true
    }

    /// Sets many cells of one variable, faster than one by one.
    pub fn put_all(&mut self, container: Address, variable: &str, cells: &[(Vec<Value>, Value)]) -> bool {
        let write = |(keys, value): &(Vec<Value>, Value)| {
            let (key, default) = self.cell(container, variable, keys)?;
            Some(CellWrite { key, value: (*value != default).then_some(*value) })
        };
        let Some(mut writes) = cells.iter().map(write).collect::<Option<Vec<_>>>() else { return false };
        writes.sort_by_key(|write| write.key);
        writes.dedup_by_key(|write| write.key);
        Arc::make_mut(&mut self.state).apply(&writes);
        true
    }

    /// Gives an account some of the native asset, out of nothing: for the first state of a chain. False if
    /// there would be more of it than 128 bits can count.
    pub fn fund(&mut self, address: Address, amount: u128) -> bool {
        self.fund_all(&[(address, amount)])
    }

    /// The same for many accounts, faster than one by one.
    pub fn fund_all(&mut self, accounts: &[(Address, u128)]) -> bool {
        let mut coins = self.coins;
        let mut balances = BTreeMap::new();
        for (address, amount) in accounts {
            let Some(more) = coins.checked_add(*amount) else { return false };
            coins = more;
            let balance = balances.entry(coin_cell(*address)).or_insert_with(|| self.coins_of(*address));
            // No account has more than there is.
            *balance = balance.saturating_add(*amount);
        }
        let value = |balance: u128| (balance != 0).then(|| Value::from_u128(balance));
        let writes = balances.into_iter().map(|(key, balance)| CellWrite { key, value: value(balance) });
        let writes: Vec<CellWrite> = writes.collect();
        Arc::make_mut(&mut self.state).apply(&writes);
        self.coins = coins;
        true
    }

    /// How much of the native asset an account has.
    #[must_use]
    pub fn coins_of(&self, address: Address) -> u128 {
        let value = self.state.get(&coin_cell(address)).unwrap_or_default();
        value.number(Scalar::U128).as_u128()
    }

    /// Gives an account or a composition a right that a container keeps, as the deployment of an app does.
    /// False if there is no such role.
    pub fn grant(&mut self, container: Address, role: &str, to: Address) -> bool {
        let manifest = self.registry.get(container).map(|container| container.manifest());
        let variable = manifest.and_then(|it| it.variables.iter().find(|variable| variable.name == role));
        let is_role = variable.is_some_and(|it| it.value == Scalar::Bool && it.keys == [Scalar::Address]);
        is_role && self.put(container, role, &[to.value()], Value::from_u64(1))
    }

    /// The key of a cell by name, and what it is worth where it is absent.
    #[must_use]
    pub fn cell(&self, container: Address, variable: &str, keys: &[Value]) -> Option<(CellKey, Value)> {
        let manifest = self.registry.get(container)?.manifest();
        let variable = manifest.variables.iter().find(|other| other.name == variable)?;
        if variable.keys.len() != keys.len() {
            return None;
        }
        let mut bytes = Vec::new();
        variable.keys.iter().zip(keys).for_each(|(ty, key)| key.encode(*ty, &mut bytes));
        Some((variable.root(container).cell(&bytes), variable.default))
    }

    pub(crate) fn shared_registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    pub(crate) fn shared_state(&self) -> &Arc<State> {
        &self.state
    }

    /// Deploys a container, `init` included, or changes nothing.
    ///
    /// # Errors
    /// A [`DeployError`].
    pub fn deploy(&mut self, deployment: &Deployment) -> Result<Address, DeployError> {
        let registry = Registry::clone(&self.registry);
        let (address, registry, state) = deploy::deploy(&self.chain, registry, &self.state, deployment)?;
        (self.registry, self.state) = (Arc::new(registry), state);
        Ok(address)
    }

    /// Takes over what a block wrote.
    ///
    /// # Errors
    /// [`StaleOutcome`] if the block was executed on another state.
    pub fn commit(&mut self, outcome: &Outcome) -> Result<(), StaleOutcome> {
        if outcome.parent != self.state.root() {
            return Err(StaleOutcome);
        }
        Arc::make_mut(&mut self.state).apply_digested(&outcome.writes, &outcome.digests);
        Ok(())
    }
}
