//! The registry: the deployed containers, ready to be called.
//!
//! A container enters it linked: for every entry, the accesses of the call with all its steps, and where the
//! cells of each of them live. Nothing in it changes while a block runs.

mod linker;
mod step;
mod turns;

use crate::assets::{AssetId, AssetNumber, AssetNumbers, Book, Held, Number, Part};
use crate::hash::DigestMap;
use crate::observe::Observation;
use crate::source::Source;
use linker::{Linker, Owner};
use mc_container::access::evaluate::Place;
use mc_container::access::link::{Bound, INSTANCES_MAX, LinkError};
use mc_container::access::{Access, EntryAccess, Spend, Term, VariableId, source};
use mc_container::address::{Address, VariableRoot};
use mc_container::compute::Computation;
use mc_container::frame::ModuleLayout;
use mc_container::manifest::{Asset, AssetKind, COIN, ContainerKind, Entry, Holding, Manifest, Variable};
use mc_container::package::Package;
use mc_container::ty::Type;
use mc_container::value::{Scalar, Value};
use mc_container::verify::STACKS_MAX;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
pub(crate) use step::{Declared, LinkedStep};
use turns::Turns;
use wasmtime::{Config, Engine, Module, OptLevel, WasmFeatures};

/// The number of a container in the registry, in the order of deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ContainerId(pub(crate) u32);

impl ContainerId {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A deployed container.
#[derive(Debug)]
pub struct Container {
    pub(crate) id: ContainerId,
    pub(crate) module: Module,
    pub(crate) entries: Vec<LinkedEntry>,
    /// Where the parts of its frames lie.
    pub(crate) layout: ModuleLayout,
    /// Bytes of its memory that its code may store to.
    pub(crate) frame_bytes: usize,
    /// The assets it speaks of.
    pub(crate) book: Book,
    /// What they are, by its own numbers; `None` where nobody declares one.
    assets: Vec<Option<AssetNumber>>,
    /// True if some of its cells, arguments or results hold some of an asset.
    pub(crate) moves_assets: bool,
    /// True if its code or that of its steps may need the transaction's id.
    pub(crate) needs_tx_id: bool,
    /// The operands of each computation that its code asks for.
    operands: Vec<Vec<Scalar>>,
    /// Its formulas, with an access for every cell that they read themselves.
    complete: Vec<EntryAccess>,
    /// Where the cells of each variable live.
    roots: Vec<VariableRoot>,
    /// For each variable, whether some formula reads its cells.
    is_source: Vec<bool>,
    /// What its generic parameters stand for, in the order of its manifest.
    generics: Vec<AssetId>,
    /// Set once, when `init` is over.
    immutables: OnceLock<Vec<Option<Value>>>,
    /// How deep compositions nest in it: 0 for a contract.
    pub(crate) depth: u8,
    /// The most stack that it and all that runs within it use together, in values of 64 bits.
    pub(crate) stack: u64,
    /// What its slots are bound to.
    slots: Vec<Arc<Self>>,
    /// What the instances of its linked entries stand for, from 1 on.
    instances: Vec<Arc<Self>>,
    address: Address,
    module_hash: [u8; 32],
    code: [u8; 32],
    package: Arc<Package>,
}

/// An entry with the accesses of all its steps.
#[derive(Debug)]
pub(crate) struct LinkedEntry {
    /// Its own accesses, then those of its steps.
    pub(crate) accesses: Vec<LinkedAccess>,
    /// All steps, each followed by those that it takes itself.
    pub(crate) steps: Vec<LinkedStep>,
    /// The numbers of its own steps among them.
    pub(crate) own_steps: Vec<u16>,
    /// What it takes and gives.
    pub(crate) shape: Shape,
    /// How much of which asset it takes from its caller at most, if it is a composition; of others, nothing.
    pub(crate) spends: Vec<(AssetNumber, Term)>,
    /// The access that takes the transaction's Value from its sender.
    pub(crate) debit: Option<usize>,
    /// The access that gives the entry's native asset to the caller.
    pub(crate) credit: Option<usize>,
    /// The fuel that its steps use at most.
    pub(crate) steps_fuel: u64,
    /// True if it touches no cell that only execution tells.
    pub(crate) is_exact: bool,
    /// True if what is claimed says all that the frames of its steps and its own are filled with.
    pub(crate) fills_once: bool,
    /// True if what it touches does not depend on the state.
    pub(crate) is_settled: bool,
    /// True if a call may hold a lock.
    pub(crate) may_lock: bool,
}

impl LinkedEntry {
    /// A step with its number among all steps, by its number among those that the entry takes itself, or among those
    /// that `taker` does.
    pub(crate) fn own_step(&self, taker: Option<u16>, number: usize) -> Option<(u16, &LinkedStep)> {
        let own = match taker {
            None => &self.own_steps,
            Some(taker) => &self.steps.get(usize::from(taker))?.steps,
        };
        let number = *own.get(number)?;
        Some((number, self.steps.get(usize::from(number))?))
    }
}

/// What an entry takes and gives, as scalars.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) params: Vec<Scalar>,
    pub(crate) results: Vec<Scalar>,
    /// What its parameters and its result hold of which assets.
    pub(crate) takes: Vec<Part>,
    pub(crate) gives: Vec<Part>,
    /// The scalar of the parameter that takes the transaction's Value.
    pub(crate) value: Option<usize>,
    /// True if only a composition can call it.
    pub(crate) is_port: bool,
}

impl Shape {
    fn new(entry: &Entry, book: &Book) -> Self {
        let types = || entry.params.iter().map(|param| &param.ty);
        let (takes, gives) = (book.parts(types()), book.parts([&entry.result]));
        let value = match takes.as_slice() {
            [Part::Amount { asset: 0, at }] => Some(*at),
            _ => None,
        };
        let is_foreign = |ty: &Type| {
            ty.any(&|part| match part {
                Type::Asset(name) => name != COIN,
                Type::Struct(it) => it.asset.is_some(),
                _ => false,
            })
        };
        let value = value.filter(|_| types().any(|ty| *ty == Type::Asset(COIN.to_owned())));
        let is_port = types().chain([&entry.result]).any(is_foreign) || value.is_some() == takes.is_empty();
        let params = types().flat_map(Type::scalars).collect();
        let results = entry.result.scalars();
        Self { params, results, takes, gives, value, is_port }
    }
}

/// One access of a linked entry, with everything that is needed to evaluate it.
#[derive(Debug)]
pub(crate) struct LinkedAccess {
    pub(crate) access: Access,
    /// Whose cells, by [`Container::instance`] of the called container.
    pub(crate) instance: u16,
    pub(crate) root: VariableRoot,
    pub(crate) key_types: Vec<Scalar>,
    pub(crate) value: Scalar,
    pub(crate) default: Value,
    /// True if that is zero.
    pub(crate) is_plain: bool,
    pub(crate) held: Held,
    pub(crate) is_exact: bool,
    /// True for a credit that cannot fail.
    is_credit: bool,
    /// What is claimed instead where a cell that the formulas depend on may change first; `None` where they
    /// depend on no cell.
    pub(crate) cover: Option<Cover>,
    /// False for an access that only the evaluation of the formulas makes.
    pub(crate) is_declared: bool,
    /// True if some formula reads the cells of the variable.
    pub(crate) is_source: bool,
    /// Where its first turn has its place in the table of the frame of the entry that it belongs to.
    table: u32,
    /// Which turns of the access of that entry each of its own stands for.
    turns: Turns,
    pub(crate) filling: Filling,
}

/// How the places of an access in the table of a frame are filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Filling {
    /// What was claimed says it all; or there is nothing to fill, because the code asks for its cells one by one.
    Once,
    /// The same, and a cell that was claimed fills more places than its first.
    Often,
    /// Only the actual arguments, or what the steps before have left, tell the cells.
    Late,
}

/// An access that covers one which depends on the state, whatever the state is.
#[derive(Debug)]
pub(crate) struct Cover {
    access: Access,
    is_credit: bool,
}

impl LinkedAccess {
    /// The access, ready to be evaluated.
    pub(crate) fn place(&self) -> Place<'_> {
        self.place_of(&self.access, self.is_credit)
    }

    /// True if it may be claimed as a lock over cells that only execution tells.
    fn may_lock(&self) -> bool {
        let covers = |cover: &Cover| cover.access.keys.len() < self.key_types.len();
        !self.is_exact || self.cover.as_ref().is_some_and(covers)
    }

    /// What covers the access whatever the state is, ready to be evaluated.
    pub(crate) fn cover_place(&self) -> Option<Place<'_>> {
        self.cover.as_ref().map(|cover| self.place_of(&cover.access, cover.is_credit))
    }

    /// The place in the table that a turn fills, or the first of them.
    #[inline]
    pub(crate) fn table_place(&self, turn: u32) -> u32 {
        self.table.saturating_add(self.turns.first(turn))
    }

    /// The place in the table that a turn of the entry's own access fills.
    pub(crate) fn own_place(&self, turn: u32) -> u32 {
        self.table.saturating_add(turn)
    }

    /// How much further the places are that a turn fills, than its first.
    pub(crate) fn further_places(&self) -> &[u32] {
        self.turns.offsets()
    }

    /// The same cells by other formulas, ready to be evaluated.
    pub(crate) fn place_of<'a>(&'a self, access: &'a Access, is_credit: bool) -> Place<'a> {
        Place {
            root: self.root,
            key_types: &self.key_types,
            keys: &access.keys,
            mode: &access.mode,
            ranges: &access.ranges,
            when: access.when.as_ref(),
            is_credit,
        }
    }
}

impl Container {
    /// Where it lives.
    #[must_use]
    pub fn address(&self) -> Address {
        self.address
    }

    /// BLAKE3 of its module.
    #[must_use]
    pub fn module_hash(&self) -> &[u8; 32] {
        &self.module_hash
    }

    /// What a call of it runs, as [`Package::code`] names it.
    #[must_use]
    pub fn code(&self) -> &[u8; 32] {
        &self.code
    }

    /// What it was deployed from.
    #[must_use]
    pub fn package(&self) -> &Arc<Package> {
        &self.package
    }

    /// What it offers, stores and needs.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        self.package.manifest()
    }

    /// What its slots are bound to, in their order.
    #[must_use]
    pub fn slots(&self) -> &[Arc<Container>] {
        &self.slots
    }

    /// What its generic parameters stand for, in the order of its manifest.
    #[must_use]
    pub fn generics(&self) -> &[AssetId] {
        &self.generics
    }

    /// Which asset it means by a name of its own.
    #[must_use]
    pub fn asset(&self, name: &str) -> Option<AssetId> {
        let (address, slots, generics) = (self.address, self.slots.as_slice(), self.generics.as_slice());
        Names { manifest: self.manifest(), address, slots, generics }.asset(name)
    }

    /// An immutable, as `init` has set it.
    #[must_use]
    pub fn immutable(&self, variable: VariableId) -> Option<Value> {
        self.immutables.get()?.get(usize::from(variable.0)).copied().flatten()
    }

    /// Says what `init` has set the immutables to; only the first time counts.
    pub(crate) fn set_immutables(&self, immutables: Vec<Option<Value>>) {
        self.immutables.get_or_init(|| immutables);
    }

    /// The container that `instance` of a linked access stands for: itself, or one behind its slots.
    pub(crate) fn instance(&self, instance: u16) -> Option<&Self> {
        match usize::from(instance).checked_sub(1) {
            None => Some(self),
            Some(behind) => self.instances.get(behind).map(AsRef::as_ref),
        }
    }

    /// Its formulas with everything that its slots are bound to.
    fn bound(&self) -> Bound<'_> {
        let slots = self.slots.iter().map(|slot| slot.bound()).collect();
        Bound { manifest: self.manifest(), access: &self.complete, slots }
    }

    /// What linking looks at of it.
    fn owner(&self) -> Owner<'_> {
        let Self { address, package, layout, complete, is_source, book, .. } = self;
        Owner { address: *address, package, layout, complete, is_source, book }
    }

    /// True if its entries take steps, and have no cells; false for a contract.
    #[inline]
    pub(crate) fn composes(&self) -> bool {
        self.depth > 0
    }

    #[inline]
    pub(crate) fn signature(&self, entry: usize) -> Option<&Entry> {
        self.manifest().entries.get(entry)
    }

    /// What an asset is that it knows by a number.
    pub(crate) fn asset_number(&self, own: Number) -> Option<AssetNumber> {
        self.assets.get(usize::from(own)).copied().flatten()
    }

    /// A computation that its code asks for, with the types of its operands.
    pub(crate) fn computation(&self, number: usize) -> Option<(&Computation, &[Scalar])> {
        let computation = self.manifest().computations.get(number);
        computation.zip(self.operands.get(number).map(Vec::as_slice))
    }

    pub(crate) fn formulas(&self, entry: usize) -> Option<&EntryAccess> {
        self.package.access().get(entry)
    }

    /// A cell that a formula reads: one of a variable of the container itself.
    pub(crate) fn source<'a>(&'a self, variable: VariableId, keys: &'a [Value]) -> Option<Source<'a>> {
        let Variable { keys: key_types, default, .. } = self.manifest().variable(variable)?;
        let root = *self.roots.get(usize::from(variable.0))?;
        Some(Source { root, key_types, keys, default: *default })
    }

    /// Links a container; `slots` are what its slots are bound to, `generics` what it is generic over, and
    /// `numbers` those of the registry's assets.
    pub(crate) fn link(
        id: ContainerId,
        address: Address,
        package: &Arc<Package>,
        module: Module,
        (slots, generics): (Vec<Arc<Self>>, Vec<AssetId>),
        numbers: &mut AssetNumbers,
    ) -> Result<Self, LinkError> {
        let instances = instances(&slots)?;
        let manifest = package.manifest();
        let book = Book::new(manifest);
        let names = Names { manifest, address, slots: &slots, generics: &generics };
        let mut number = |name: &str| names.asset(name).map(|asset| numbers.of(asset));
        let assets = book.names().iter().map(|name| number(name)).collect();
        let mut spends = |access: &EntryAccess| -> Vec<(AssetNumber, Term)> {
            let spend = |spend: &Spend| Some((number(&spend.asset)?, spend.most.clone()));
            access.spends.iter().filter_map(spend).collect()
        };
        let spends: Vec<_> = package.access().iter().map(&mut spends).collect();
        let complete: Vec<EntryAccess> =
            package.access().iter().map(|access| completed(manifest, access)).collect();
        let is_source = sources(manifest, package.access());
        let layout = ModuleLayout::new(manifest, package.access());
        let linker = Linker {
            own: Owner {
                address,
                package,
                layout: &layout,
                complete: &complete,
                is_source: &is_source,
                book: &book,
            },
            slots: &slots,
            instances: &instances,
            bounds: slots.iter().map(|slot| slot.bound()).collect(),
        };
        let entries = manifest.entries.iter().enumerate();
        let entries = entries
            .zip(spends)
            .map(|((number, entry), spends)| Ok(LinkedEntry { spends, ..linker.entry(number, entry)? }));
        let entries = entries.collect::<Result<Vec<_>, _>>()?;
        let holds = |variable: &Variable| variable.holding != Holding::Nothing;
        let moves = |entry: &LinkedEntry| {
            let steps = entry.steps.iter().any(|step| !step.takes.is_empty() || !step.gives.is_empty());
            steps || !entry.shape.takes.is_empty() || !entry.shape.gives.is_empty()
        };
        let moves_assets = manifest.variables.iter().any(holds) || entries.iter().any(moves);
        let composes = manifest.kind == ContainerKind::Composition;
        let depth = slots.iter().map(|slot| slot.depth).max().unwrap_or(0);
        Ok(Self {
            id,
            module,
            entries,
            frame_bytes: layout.bytes().unwrap_or(0) as usize,
            layout,
            moves_assets,
            stack: package.stack() + slots.iter().map(|slot| slot.stack).max().unwrap_or(0),
            depth: depth.saturating_add(u8::from(composes)),
            needs_tx_id: package.needs_tx_id() || slots.iter().any(|slot| slot.needs_tx_id),
            operands: manifest.computations.iter().map(Computation::operands).collect(),
            roots: manifest.variables.iter().map(|variable| variable.root(address)).collect(),
            complete,
            is_source,
            assets,
            generics,
            immutables: OnceLock::new(),
            address,
            module_hash: package.module_hash(),
            code: package.code(slots.iter().map(|slot| (slot.address, slot.code))),
            package: package.clone(),
            book,
            slots,
            instances,
        })
    }
}

/// What the instances stand for of a container with these slots, from 1 on.
fn instances(slots: &[Arc<Container>]) -> Result<Vec<Arc<Container>>, LinkError> {
    let mut instances = slots.to_vec();
    slots.iter().for_each(|slot| instances.extend_from_slice(&slot.instances));
    if instances.len() > usize::from(INSTANCES_MAX) {
        Err(LinkError::TooManyInstances)
    } else {
        Ok(instances)
    }
}

/// The formulas of an entry, with an access for every cell that they read and that no access allows to be seen.
fn completed(manifest: &Manifest, access: &EntryAccess) -> EntryAccess {
    let depth = |id| manifest.variable(id).map_or(0, |variable| variable.keys.len());
    let mut complete = access.clone();
    complete.accesses.extend(source::missing(access, &access.accesses, depth));
    complete
}

/// For each variable, whether some formula reads its cells.
fn sources(manifest: &Manifest, access: &[EntryAccess]) -> Vec<bool> {
    let depth = |id| manifest.variable(id).map_or(0, |variable| variable.keys.len());
    let needed: Vec<VariableId> = access
        .iter()
        .flat_map(|access| source::needed(access, depth))
        .map(|needed| needed.variable)
        .collect();
    (0..).zip(&manifest.variables).map(|(number, _)| needed.contains(&VariableId(number))).collect()
}

/// What the names of assets in a container depend on.
#[derive(Clone, Copy)]
pub(crate) struct Names<'a> {
    pub(crate) manifest: &'a Manifest,
    pub(crate) address: Address,
    pub(crate) slots: &'a [Arc<Container>],
    pub(crate) generics: &'a [AssetId],
}

impl Names<'_> {
    /// Which asset is meant by a name: one that a contract declares or is generic over, or one that is known by a
    /// name behind a slot of a composition (`gold.Unit`).
    pub(crate) fn asset(self, name: &str) -> Option<AssetId> {
        if name == COIN {
            return Some(AssetId::Coin);
        }
        let Some(asset) = self.manifest.assets.iter().find(|asset| asset.name == name) else {
            let (slot, asset) = name.split_once('.')?;
            let number = self.manifest.slots.iter().position(|other| other.name == slot)?;
            return self.slots.get(number)?.asset(asset);
        };
        let is_parameter = |asset: &&Asset| asset.kind == AssetKind::Parameter;
        if is_parameter(&asset) {
            let mut parameters = self.manifest.assets.iter().filter(is_parameter);
            let number = parameters.position(|asset| asset.name == name)?;
            return self.generics.get(number).cloned();
        }
        // Nothing that a composition declares has a supply.
        let is_own = self.manifest.kind == ContainerKind::Contract;
        is_own.then(|| AssetId::Of(self.address, name.to_owned()))
    }
}

/// All deployed containers.
#[derive(Clone, Default)]
pub struct Registry {
    engine: Option<Engine>,
    /// Compiled code by the module's hash: equal modules share it.
    modules: HashMap<[u8; 32], Module>,
    containers: Vec<Arc<Container>>,
    by_address: DigestMap<Address, ContainerId>,
    /// The assets that they speak of.
    pub(crate) assets: AssetNumbers,
    /// The variables whose cells somebody may hold a lock over.
    lockable: DigestMap<VariableRoot, ()>,
    /// What observes the world.
    observation: Option<Arc<Observation>>,
}

impl Registry {
    /// The registry of an observed world.
    pub(crate) fn observed(observation: Arc<Observation>) -> Self {
        Self { observation: Some(observation), ..Self::default() }
    }

    /// What observes the world.
    pub(crate) fn observation(&self) -> Option<&Arc<Observation>> {
        self.observation.as_ref()
    }

    /// The container at `address`.
    #[must_use]
    pub fn get(&self, address: Address) -> Option<&Arc<Container>> {
        self.by_address.get(&address).and_then(|id| self.containers.get(id.index()))
    }

    /// All containers, in the order of their deployment.
    #[must_use]
    pub fn containers(&self) -> &[Arc<Container>] {
        &self.containers
    }

    pub(crate) fn by_id(&self, id: ContainerId) -> Option<&Arc<Container>> {
        self.containers.get(id.index())
    }

    /// The container and the entry that a transaction calls.
    pub(crate) fn called(&self, container: ContainerId, entry: usize) -> Option<(&Container, &LinkedEntry)> {
        let container = self.by_id(container)?;
        Some((container, container.entries.get(entry)?))
    }

    /// True if somebody may hold a lock.
    pub(crate) fn has_locks(&self) -> bool {
        !self.lockable.is_empty()
    }

    /// True if somebody may hold a lock over cells of the variable.
    pub(crate) fn may_be_locked(&self, variable: VariableRoot) -> bool {
        self.lockable.contains_key(&variable)
    }

    /// No containers, with the compiled code of these.
    pub(crate) fn emptied(&self) -> Self {
        let (engine, modules, observation) =
            (self.engine.clone(), self.modules.clone(), self.observation.clone());
        Self { engine, modules, observation, ..Self::default() }
    }

    pub(crate) fn next_id(&self) -> ContainerId {
        ContainerId(u32::try_from(self.containers.len()).unwrap_or(u32::MAX))
    }

    /// The engine that all code is compiled for; none before the first deployment.
    pub(crate) fn engine(&self) -> Option<&Engine> {
        self.engine.as_ref()
    }

    /// The package's module, compiled, or its twin in an observed world.
    pub(crate) fn compile(&mut self, package: &Package) -> wasmtime::Result<Module> {
        let hash = package.module_hash();
        if let Some(module) = self.modules.get(&hash) {
            return Ok(module.clone());
        }
        let engine = match &self.engine {
            Some(engine) => engine,
            None => self.engine.insert(new_engine()?),
        };
        let twin = self.observation.as_ref().and_then(|observation| observation.twin(&hash));
        let module = Module::new(engine, twin.unwrap_or(package.module()))?;
        self.modules.insert(hash, module.clone());
        Ok(module)
    }

    pub(crate) fn add(&mut self, container: Arc<Container>) {
        let accesses = container.entries.iter().flat_map(|entry| &entry.accesses);
        self.lockable.extend(accesses.filter(|access| access.may_lock()).map(|access| (access.root, ())));
        self.by_address.insert(container.address, container.id);
        self.containers.push(container);
    }
}

/// The engine: integers only, one small fixed memory, and fuel, which is what bounds a call. It knows no more of WASM
/// than the verifier lets pass, so that what one of the two overlooks the other still refuses.
fn new_engine() -> wasmtime::Result<Engine> {
    let mut config = Config::new();
    config.wasm_features(WasmFeatures::all(), false).wasm_features(WasmFeatures::MULTI_VALUE, true);
    config.consume_fuel(true).cranelift_opt_level(OptLevel::Speed);
    config.wasm_backtrace_max_frames(None).generate_address_map(false);
    config.max_wasm_stack(STACK_BYTES).memory_init_cow(false);
    Engine::new(&config)
}

/// The engine's stack: that of a composition and all that runs within it, with room to spare.
const STACK_BYTES: usize = 512 * 1024;
const _: () = assert!(8 * STACKS_MAX <= STACK_BYTES as u64 * 3 / 4);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::new_engine;
    use wasmtime::Module;

    #[test]
    fn the_engine_knows_integers_and_nothing_else() {
        let engine = new_engine().unwrap();
        let compiles = |text: &str| Module::new(&engine, wat::parse_str(text).unwrap()).is_ok();
        assert!(compiles(
            "(module (memory 1 1) (func (param i32 i64) (result i64 i64) i64.const 1 i64.const 2))"
        ));
        for text in [
            "(module (func (result f64) f64.const 1))",
            "(module (func (param v128)))",
            "(module (func (param externref)))",
            "(module (table 1 externref))",
            "(module (memory i64 1 1))",
            "(module (memory 1 1 shared))",
            "(module (memory 1 1) (memory 1 1))",
            "(module (memory 1 1 (pagesize 1)))",
            "(module (memory 1 1) (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 0))))",
            "(module (memory 1 1) (func (result i32) (i32.atomic.load (i32.const 0))))",
            "(module (func $f return_call $f))",
            "(module (func (result i64 i64) (i64.add128 (i64.const 1) (i64.const 1) (i64.const 1) (i64.const 1))))",
            "(module (type (struct)))",
            "(module (type $t (func)) (func (param (ref $t))))",
            "(module (tag))",
            "(module (func (result i32) (i32.extend8_s (i32.const 1))))",
            "(module (import \"a\" \"g\" (global (mut i32))))",
            "(module (global i32 (i32.add (i32.const 1) (i32.const 1))))",
            "(component)",
        ] {
            assert!(!compiles(text), "{text}");
        }
    }
}
