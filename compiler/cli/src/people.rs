//! Addresses back to the names that people gave them.

use crate::blockfile::Draft;
use crate::directory::{DEPLOYER, Directory, is_account};
use mc_container::access::show::split;
use mc_container::address::Address;
use mc_container::manifest::COIN;
use mc_container::value::{Scalar, Value};
use mc_runtime::inspect::CellName;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// The names of an app's deployments and of every account that its blocks speak of.
pub struct People<'a> {
    directory: &'a Directory<'a>,
    accounts: BTreeMap<Address, String>,
}

impl<'a> People<'a> {
    /// Everybody in `drafts`.
    #[must_use]
    pub fn new(directory: &'a Directory<'a>, drafts: &[Draft]) -> Self {
        let mut people = Self { directory, accounts: BTreeMap::new() };
        people.add(DEPLOYER);
        for call in drafts.iter().flat_map(|draft| &draft.calls) {
            people.add(&call.from);
            call.args.iter().for_each(|(_, value)| people.add_all(value));
        }
        people
    }

    /// One more account.
    pub fn add(&mut self, name: &str) {
        if is_account(name) {
            self.accounts.insert(Address::of_account(name), name.to_owned());
        }
    }

    fn add_all(&mut self, json: &Json) {
        match json {
            Json::String(name) => self.add(name),
            Json::Array(items) => items.iter().for_each(|item| self.add_all(item)),
            Json::Object(object) => object.values().for_each(|item| self.add_all(item)),
            _ => {}
        }
    }

    /// The name of an address, or its first digits.
    #[must_use]
    pub fn address(&self, address: Address) -> String {
        if address == Address::of_system(COIN) {
            return COIN.to_owned();
        }
        if let Some(container) = self.directory.container_at(address) {
            return container.name.to_owned();
        }
        self.accounts.get(&address).cloned().unwrap_or_else(|| cut(&address.to_string()))
    }

    /// A value, with the name where it is an address that has one.
    #[must_use]
    pub fn value(&self, value: Value, ty: Scalar) -> String {
        match ty {
            Scalar::Address => self.address(Address::from_value(value)),
            Scalar::Id | Scalar::Hash => cut(&value.show(ty)),
            _ => value.show(ty),
        }
    }

    /// A cell or a lock: `gold.balances[alice]`, `vault.orders[bob][*]`.
    #[must_use]
    pub fn cell(&self, cell: &CellName) -> String {
        let (head, tail) = split(&cell.variable);
        let mut text = format!("{}.{head}", self.address(cell.container));
        for (ty, key) in &cell.keys {
            text.push_str(&format!("[{}]", self.value(*key, *ty)));
        }
        if cell.is_lock {
            text.push_str("[*]");
        }
        text + &tail
    }
}

fn cut(digits: &str) -> String {
    digits.get(..10).map_or_else(|| digits.to_owned(), |head| format!("{head}…"))
}
