//! The manifest: what a container offers and stores, as the world outside needs to know it.

use crate::access::VariableId;
use crate::address::{Address, VariableRoot};
use crate::compute::Computation;
use crate::cost::Cost;
use crate::ty::Type;
use crate::value::{Scalar, Value};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;

/// The name of the native asset.
pub const COIN: &str = "coin";

/// What a container is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ContainerKind {
    /// A micro-contract, with state of its own.
    Contract,
    /// A composition, which only chains the entries of others.
    Composition,
}

/// What the cells of a variable say about an asset.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Holding {
    /// Nothing.
    #[default]
    Nothing,
    /// Each cell holds this much of a fungible asset.
    Amount(String),
    /// Each cell that is true holds one of a unique asset.
    Unique(String),
    /// How much of an own asset there is anywhere.
    Supply(String),
    /// The native asset of each account, in the system's ledger: containers may only add to it (`pay`).
    Coin,
}

impl Holding {
    /// True for cells that can never hold too much, because all cells of an asset together hold its supply.
    #[must_use]
    pub fn is_capped(&self) -> bool {
        matches!(self, Self::Amount(_) | Self::Coin)
    }
}

/// A variable of a container's state: cells of one scalar each.
///
/// A state of a composite type is several variables: `lots` (is it there?), `lots.seller`, `lots.pot`. A part
/// beyond the first word of a text ends in `#1`, `#2` and so on, the content of an option in `.some`.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// The key type of each map level, outermost first; none for a scalar.
    pub keys: Vec<Scalar>,
    /// The type of a cell.
    pub value: Scalar,
    /// What an absent cell reads as.
    #[serde(skip)]
    pub default: Value,
    /// Set in `init` and never again.
    pub immutable: bool,
    /// What it says about an asset.
    pub holding: Holding,
}

impl Variable {
    /// Where its cells live, if the container stands at `container`.
    #[must_use]
    pub fn root(&self, container: Address) -> VariableRoot {
        match self.holding {
            Holding::Coin => VariableRoot::of_coin(),
            _ => VariableRoot::new(container, &self.name),
        }
    }
}

/// What kind of call an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EntryKind {
    /// Runs once, when the container is deployed.
    Init,
    /// May write.
    Entry,
    /// May not write.
    View,
    /// Runs a sequence of steps.
    Compose,
}

/// A named, typed part of a signature.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
}

/// Something that can be called.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Entry {
    /// Its name, which is also the module's export.
    pub name: String,
    /// What kind of call it is.
    pub kind: EntryKind,
    /// What it takes.
    pub params: Vec<Param>,
    /// What it gives.
    pub result: Type,
    /// Declared `@parallel`.
    pub parallel: bool,
    /// Declared `@direct`: may not be a step.
    pub direct: bool,
    /// Limbs of memory that its code needs for lists.
    pub scratch_limbs: u32,
    /// The fuel that a call uses at most, its steps aside.
    pub cost: Cost,
    /// The paper's Sequence: the greatest number of steps, those of its steps included; 0 but for compositions.
    pub sequence: u8,
}

impl Entry {
    /// The name and the type of each parameter.
    pub fn named_params(&self) -> impl Iterator<Item = (&str, &Type)> {
        self.params.iter().map(|param| (param.name.as_str(), &param.ty))
    }
}

/// An error a container may fail with; its code is 32 plus its place in the manifest.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct ErrorSignature {
    /// Its name.
    pub name: String,
    /// Its payload.
    pub params: Vec<Param>,
}

/// A field of an event.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct EventField {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// Declared `indexed`.
    pub indexed: bool,
}

/// An event a container may emit.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct EventSignature {
    /// Its name.
    pub name: String,
    /// Its fields.
    pub fields: Vec<EventField>,
}

/// An entry that a composition calls through a slot.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct SlotEntry {
    /// Its name.
    pub name: String,
    /// What it must take.
    pub params: Vec<Type>,
    /// What it must give.
    pub result: Type,
    /// The greatest number of steps that it may take itself: 0 unless it is another composition.
    pub sequence: u8,
}

/// A slot of a composition, bound at deployment.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Slot {
    /// Its name.
    pub name: String,
    /// The contract, interface or composition it was written against.
    pub contract: String,
    /// The entries the composition calls through it.
    pub entries: Vec<SlotEntry>,
}

/// What a container offers, stores and needs.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Manifest {
    /// The contract's or composition's name.
    pub name: String,
    /// Which of the two it is.
    pub kind: ContainerKind,
    /// Its own version, which an upgrade raises; 1 where none is written.
    pub version: u32,
    /// The language version it was written in.
    pub language: u16,
    /// The compiler that wrote it.
    pub compiler: String,
    /// BLAKE3 of the sources it was compiled from.
    #[serde(skip)]
    pub source_hash: [u8; 32],
    /// Its state.
    pub variables: Vec<Variable>,
    /// What can be called.
    pub entries: Vec<Entry>,
    /// What it may fail with.
    pub errors: Vec<ErrorSignature>,
    /// What it may emit.
    pub events: Vec<EventSignature>,
    /// What must be bound before it can run.
    pub slots: Vec<Slot>,
    /// The assets it declares or is generic over.
    pub assets: Vec<Asset>,
    /// The computations that its module asks of the host.
    pub computations: Vec<Computation>,
}

/// What an asset of a container is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AssetKind {
    /// Declared here, fungible.
    Fungible,
    /// Declared here, unique.
    Unique,
    /// A generic parameter, bound at deployment.
    Parameter,
}

/// An asset that a container declares or is generic over.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Asset {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: AssetKind,
}

impl Manifest {
    /// The number of the entry with this name.
    #[must_use]
    pub fn entry_number(&self, name: &str) -> Option<usize> {
        self.entries.iter().position(|entry| entry.name == name)
    }

    /// The entry with this name.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// The variable with this number.
    #[must_use]
    pub fn variable(&self, id: VariableId) -> Option<&Variable> {
        self.variables.get(usize::from(id.0))
    }
}
