//! Deployment: a package becomes a container of the world.

use crate::admit::Origin;
use crate::assets::{self, AssetId};
use crate::block::Block;
use crate::receipt::Receipt;
use crate::registry::{Container, LinkedAccess, Names, Registry};
use crate::sandbox::{Manner, Sandbox};
use crate::serial;
use crate::state::State;
use crate::transaction::Transaction;
use mc_container::access::link::{FLAT_STEPS_MAX, INSTANCES_MAX, LINKED_OPS_MAX, LinkError};
use mc_container::access::{Access, Op, StepCall, Term};
use mc_container::address::Address;
use mc_container::manifest::{AssetKind, EntryKind, Manifest, Slot, SlotEntry, Variable};
use mc_container::package::Package;
use mc_container::ty::Type;
use mc_container::value::Value;
use mc_container::verify::STACKS_MAX;
use std::fmt;
use std::sync::Arc;

/// The greatest number of places that the formulas of one entry may name, its steps included.
pub const PLACES_MAX: u32 = 16_384;
/// How deep compositions may nest: one whose slots are bound to contracts only is 1 deep. It bounds the stack of
/// whoever runs them.
pub const DEPTH_MAX: u8 = 16;
/// The most operations that it may take to find these places.
pub const OPERATIONS_MAX: u64 = 1_000_000;
/// The most operations that it may take to join the formulas of an entry with those of its steps.
pub const LINKING_MAX: u64 = 64_000_000;

/// What is to be deployed, and by whom.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// The package.
    pub package: Arc<Package>,
    /// What each slot of a composition is bound to, in the order of its manifest.
    pub slots: Vec<Address>,
    /// What each generic parameter stands for, in the order of its manifest.
    pub generics: Vec<AssetId>,
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
    /// A slot is bound to a composition that takes more steps than this one expects.
    TooManySteps {
        /// The slot's name.
        slot: String,
        /// The entry's name.
        entry: String,
    },
    /// Compositions would nest more than [`DEPTH_MAX`] deep, or use more than [`STACKS_MAX`] of stack together.
    TooDeep,
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
    /// The composition takes a step that is `@direct`, which no composition may.
    OnlyDirect {
        /// The slot's name.
        slot: String,
        /// The entry's name.
        entry: String,
    },
    /// Another number of assets is given than the container is generic over.
    GenericCount {
        /// How many it is generic over.
        needed: usize,
        /// How many are given.
        given: usize,
    },
    /// No container declares the asset that a generic parameter is to stand for.
    NoAsset(AssetId),
    /// The formulas do not fit those of the bound containers.
    Link(LinkError),
    /// The formulas of an entry name more than [`PLACES_MAX`] places, or take more than [`OPERATIONS_MAX`] operations,
    /// or [`LINKING_MAX`] to join them with those of its steps.
    TooWide {
        /// The entry's name.
        entry: String,
    },
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
            Self::TooManySteps { slot, entry } => {
                write!(f, "`{entry}` of slot `{slot}` takes more steps than the composition allows")
            }
            Self::TooDeep => {
                write!(f, "compositions nest more than {DEPTH_MAX} deep, or use too much stack together")
            }
            Self::NoEntry { slot, entry } => {
                write!(f, "slot `{slot}` is bound to a contract without an entry `{entry}`")
            }
            Self::OtherSignature { slot, entry } => {
                write!(f, "slot `{slot}` is bound to a contract whose `{entry}` has another signature")
            }
            Self::OnlyDirect { slot, entry } => {
                write!(f, "`{entry}` of slot `{slot}` is @direct, so it cannot be a step")
            }
            Self::GenericCount { needed, given } => {
                write!(f, "generic over {needed} assets, but {given} are given")
            }
            Self::NoAsset(AssetId::Of(address, name)) => {
                write!(f, "the container at {address} declares no asset `{name}`")
            }
            Self::NoAsset(AssetId::Coin) => f.write_str("no native asset"),
            Self::Link(LinkError::TooManySteps) => {
                write!(f, "more than {FLAT_STEPS_MAX} steps, those of its steps included")
            }
            Self::Link(LinkError::TooManyInstances) => {
                write!(f, "more than {INSTANCES_MAX} containers behind its slots")
            }
            Self::Link(LinkError::Branches) => {
                f.write_str("two branches of its `par` may touch one cell with what its slots are bound to")
            }
            Self::Link(LinkError::TooLong) => f.write_str("the formulas of its steps are too long together"),
            Self::Link(_) => f.write_str("the composition's formulas do not fit what its slots are bound to"),
            Self::TooWide { entry } => write!(
                f,
                "one call of `{entry}` could touch more than {PLACES_MAX} places, or finding them takes too long"
            ),
            Self::Engine(why) => write!(f, "the engine refuses the module: {why}"),
            Self::NoInit => f.write_str("arguments for `init`, but there is none"),
            Self::Init(receipt) => write!(f, "`init` failed with code {}", receipt.result),
        }
    }
}

impl std::error::Error for DeployError {}

/// The registry and the state with one more container.
pub(crate) fn deploy(
    chain: &str,
    mut registry: Registry,
    state: &Arc<State>,
    deployment: &Deployment,
) -> Result<(Address, Registry, Arc<State>), DeployError> {
    let Deployment { package, deployer, nonce, ordinal, .. } = deployment;
    let address = Address::of_container(chain, *deployer, *nonce, *ordinal);
    if registry.get(address).is_some() {
        return Err(DeployError::AddressTaken(address));
    }
    let generics = generics(&registry, package.manifest(), &deployment.generics)?;
    let slots = bind(&registry, package, &deployment.slots)?;
    let names = Names { manifest: package.manifest(), address, slots: &slots, generics: &generics };
    check_slots(names)?;
    check_spends(names, package)?;
    brief(package, &slots)?;
    let engine = |error: wasmtime::Error| DeployError::Engine(format!("{error:#}"));
    let module = registry.compile(package).map_err(engine)?;
    let (id, numbers) = (registry.next_id(), &mut registry.assets);
    let container = Container::link(id, address, package, module, (slots, generics), numbers);
    let container = Arc::new(container.map_err(DeployError::Link)?);
    narrow(&container)?;
    registry.add(container.clone());
    let state = init(chain, &registry, state, address, deployment)?;
    container.set_immutables(immutables(&container, &state));
    Ok((address, registry, state))
}

/// What the generic parameters stand for; a parameter of another container stands for what that one was given.
fn generics(
    registry: &Registry,
    manifest: &Manifest,
    given: &[AssetId],
) -> Result<Vec<AssetId>, DeployError> {
    let needed = manifest.assets.iter().filter(|asset| asset.kind == AssetKind::Parameter).count();
    if needed != given.len() {
        return Err(DeployError::GenericCount { needed, given: given.len() });
    }
    let known = |id: &AssetId| match id {
        AssetId::Coin => Some(AssetId::Coin),
        AssetId::Of(address, name) => {
            let container = registry.get(*address)?;
            let mut assets = container.manifest().assets.iter();
            assets.find(|asset| asset.name == *name && asset.kind != AssetKind::Unique)?;
            container.asset(name)
        }
    };
    given.iter().map(|id| known(id).ok_or_else(|| DeployError::NoAsset(id.clone()))).collect()
}

/// The containers that the slots are bound to.
fn bind(
    registry: &Registry,
    package: &Package,
    bound: &[Address],
) -> Result<Vec<Arc<Container>>, DeployError> {
    let slots = &package.manifest().slots;
    if slots.len() != bound.len() {
        return Err(DeployError::SlotCount { needed: slots.len(), bound: bound.len() });
    }
    let bind = |(slot, address): (&Slot, &Address)| {
        let (name, address) = (slot.name.clone(), *address);
        match registry.get(address) {
            None => Err(DeployError::NoContainer { slot: name, address }),
            Some(container) if container.depth >= DEPTH_MAX => Err(DeployError::TooDeep),
            Some(container) if package.stack() + container.stack > STACKS_MAX => Err(DeployError::TooDeep),
            Some(container) => Ok(container.clone()),
        }
    };
    slots.iter().zip(bound).map(bind).collect()
}

/// Checks that each slot of a composition has everything that it calls through it; a contract has none.
fn check_slots(names: Names<'_>) -> Result<(), DeployError> {
    for (slot, container) in names.manifest.slots.iter().zip(names.slots) {
        slot.entries.iter().try_for_each(|needed| check_entry(names, slot, container, needed))?;
    }
    Ok(())
}

fn check_entry(
    names: Names<'_>,
    slot: &Slot,
    bound: &Container,
    needed: &SlotEntry,
) -> Result<(), DeployError> {
    let (name, entry) = (slot.name.clone(), needed.name.clone());
    let offered = bound.manifest().entry(&needed.name).filter(|offered| offered.kind != EntryKind::Init);
    let Some(offered) = offered else { return Err(DeployError::NoEntry { slot: name, entry }) };
    if offered.direct {
        return Err(DeployError::OnlyDirect { slot: name, entry });
    }
    let same_asset = |a: &str, b: &str| {
        let asset = bound.asset(a);
        asset.is_some() && asset == names.asset(b)
    };
    let are_alike = |a: &Type, b: &Type| assets::are_alike(a, b, &same_asset);
    let params = offered.params.len() == needed.params.len()
        && offered.params.iter().zip(&needed.params).all(|(param, ty)| are_alike(&param.ty, ty));
    if !params || !are_alike(&offered.result, &needed.result) {
        return Err(DeployError::OtherSignature { slot: name, entry });
    }
    if offered.sequence > needed.sequence {
        return Err(DeployError::TooManySteps { slot: name, entry });
    }
    Ok(())
}

/// Checks that everything a composition says it spends is an asset.
fn check_spends(names: Names<'_>, package: &Package) -> Result<(), DeployError> {
    let mut spent = package.access().iter().flat_map(|access| &access.spends);
    let unknown = spent.find(|spend| names.asset(&spend.asset).is_none());
    unknown.map_or(Ok(()), |spend| Err(DeployError::NoAsset(AssetId::Of(names.address, spend.asset.clone()))))
}

/// Nobody may make a block's evaluation long: what an entry could touch is bounded, and what it takes to find it.
fn narrow(container: &Container) -> Result<(), DeployError> {
    for (entry, linked) in container.manifest().entries.iter().zip(&container.entries) {
        let (mut places, mut operations) = (0_u32, 0_u64);
        for LinkedAccess { access, .. } in &linked.accesses {
            // An access that claims to touch nothing is evaluated all the same.
            let turns = access.ranges.iter().map(|range| range.turns_max);
            let turns = turns.fold(access.touches_max.max(1), u32::saturating_mul);
            places = places.saturating_add(turns);
            operations = operations.saturating_add(u64::from(turns).saturating_mul(length(access)));
        }
        if places > PLACES_MAX || operations > OPERATIONS_MAX {
            return Err(DeployError::TooWide { entry: entry.name.clone() });
        }
    }
    Ok(())
}

/// The operations of an access's formulas.
fn length(access: &Access) -> u64 {
    access.terms().map(|term| term.0.len() as u64).sum()
}

/// Nobody may make linking long: it copies the arguments of a step into its formulas, and looks for each cell that they
/// read whether an access before it may change it.
fn brief(package: &Package, slots: &[Arc<Container>]) -> Result<(), DeployError> {
    let callee = |step: &StepCall| {
        let container = slots.get(usize::from(step.slot))?;
        container.formulas(container.manifest().entry_number(&step.entry)?)
    };
    for (entry, own) in package.manifest().entries.iter().zip(package.access()) {
        let (mut accesses, mut reads, mut copies) = (own.accesses.len() as u64, 0_u64, 0_u64);
        for (step, formulas) in own.steps.iter().filter_map(|step| Some((step, callee(step)?))) {
            let longest = step.args.iter().flatten().map(linked_length).max().unwrap_or(0);
            let length: u64 = formulas.accesses.iter().map(length).sum();
            let terms = formulas.accesses.iter().flat_map(Access::terms);
            let is_read = |op: &&Op| matches!(op, Op::At { .. });
            accesses = accesses.saturating_add(formulas.accesses.len() as u64);
            reads = reads.saturating_add(terms.flat_map(|term| &term.0).filter(is_read).count() as u64);
            copies = copies.saturating_add(length.saturating_mul(longest + 1));
        }
        let effort = copies.saturating_add(reads.saturating_mul(accesses));
        if accesses > u64::from(PLACES_MAX) || effort > LINKING_MAX {
            return Err(DeployError::TooWide { entry: entry.name.clone() });
        }
    }
    Ok(())
}

/// The operations that an argument may have once the results of earlier steps stand in it.
fn linked_length(term: &Term) -> u64 {
    let takes_a_result = term.0.iter().any(|op| matches!(op, Op::Result { .. }));
    if takes_a_result { LINKED_OPS_MAX as u64 } else { term.0.len() as u64 }
}

/// The state after the container's `init`, if it has one.
fn init(
    chain: &str,
    registry: &Registry,
    state: &Arc<State>,
    address: Address,
    deployment: &Deployment,
) -> Result<Arc<State>, DeployError> {
    let Deployment { package, deployer, nonce, time, arguments, .. } = deployment;
    let Some(entry) = package.manifest().entries.iter().find(|entry| entry.kind == EntryKind::Init) else {
        return if arguments.is_empty() { Ok(state.clone()) } else { Err(DeployError::NoInit) };
    };
    let call = Transaction::call(*deployer, *nonce, address, &entry.name, arguments.clone());
    let block = Block { chain: chain.to_owned(), height: 0, time: *time, transactions: vec![call] };
    let manner = Manner { timed: false, signed: true };
    let executed =
        serial::execute(&mut Sandbox::default(), registry, state, &block, Origin::Deployment, manner)
            .map_err(|error| DeployError::Engine(format!("{error:#}")))?;
    match executed.receipts.into_iter().find(|receipt| !receipt.is_success()) {
        Some(receipt) => Err(DeployError::Init(Box::new(receipt))),
        None => {
            let mut state = State::clone(state);
            state.apply(&executed.writes);
            Ok(Arc::new(state))
        }
    }
}

/// The container's immutables, as `init` has left them.
fn immutables(container: &Container, state: &State) -> Vec<Option<Value>> {
    let variables = container.manifest().variables.iter();
    let value = |variable: &Variable| {
        let key = variable.root(container.address()).cell(&[]);
        variable.immutable.then(|| state.get(&key).unwrap_or(variable.default))
    };
    variables.map(value).collect()
}
