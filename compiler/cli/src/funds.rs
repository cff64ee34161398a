//! Who starts with how much of the native asset.
//!
//! Where an app speaks of it, every account that its blocks name starts with the same amount, unless the header
//! of the first block says otherwise.

use crate::blockfile::Draft;
use crate::directory::{Directory, is_account};
use crate::failure::Complaint;
use crate::typed::speaks_of_coin;
use mc_container::address::Address;
use mc_runtime::{Block, World};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// What an account starts with.
pub const COINS: u128 = 1_000_000_000;

/// Funds the accounts that the blocks name.
///
/// # Errors
/// If together they would have more than there can be.
pub fn fund(
    world: &mut World,
    directory: &Directory<'_>,
    drafts: &[Draft],
    blocks: &[Block],
) -> Result<(), Complaint> {
    if !directory.containers.iter().any(speaks_of_coin) {
        return Ok(());
    }
    let mut accounts = BTreeMap::new();
    for block in blocks {
        accounts.extend(block.transactions.iter().map(|tx| (tx.from, COINS)));
    }
    for (_, json) in drafts.iter().flat_map(|draft| &draft.calls).flat_map(|call| &call.args) {
        name_accounts(json, directory, &mut accounts);
    }
    for (name, coins) in drafts.iter().flat_map(|draft| &draft.coins) {
        accounts.insert(directory.address(name)?, *coins);
    }
    let accounts: Vec<(Address, u128)> = accounts.into_iter().collect();
    if world.fund_all(&accounts) {
        return Ok(());
    }
    Err(Complaint::new("the accounts together start with more coins than there can be"))
}

fn name_accounts(json: &Json, directory: &Directory<'_>, accounts: &mut BTreeMap<Address, u128>) {
    match json {
        Json::String(name) if is_account(name) && directory.container(name).is_none() => {
            accounts.insert(Address::of_account(name), COINS);
        }
        Json::Array(items) => items.iter().for_each(|item| name_accounts(item, directory, accounts)),
        Json::Object(object) => object.values().for_each(|item| name_accounts(item, directory, accounts)),
        _ => {}
    }
}
