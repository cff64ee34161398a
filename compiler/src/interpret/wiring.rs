//! Which containers stand where.

use crate::tree::UnitId;
use mc_container::address::Address;

/// The deployed containers.
pub trait Wiring {
    /// What stands at an address.
    fn unit(&self, container: Address) -> Option<UnitId>;
    /// What a slot of a composition is bound to.
    fn slot(&self, composition: Address, slot: u16) -> Option<Address>;
    /// What an address is called, for what people read.
    fn name(&self, _: Address) -> Option<String> {
        None
    }
}

/// Nothing is deployed: what the body of a `test` sees, which reaches containers through its world only.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwired;

impl Wiring for Unwired {
    fn unit(&self, _: Address) -> Option<UnitId> {
        None
    }

    fn slot(&self, _: Address, _: u16) -> Option<Address> {
        None
    }
}
