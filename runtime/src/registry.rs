//! The registry: the deployed containers, ready to be called.
//!
//! A container enters it linked: for every entry, the accesses of the call with all its steps, and where the
//! cells of each of them live. Nothing in it changes while a block runs.

use crate::assets::{AssetId, Book, Held, Part};
use crate::hash::DigestMap;
use crate::source::Source;
use mc_container::access::evaluate::Place;
use mc_container::access::link::{self, Bound, LinkError};
use mc_container::access::{Access, Delta, EntryAccess, Mode, Op, StepCall, Term, VariableId, source};
use mc_container::address::{Address, VariableRoot};
use mc_container::compute::Computation;
use mc_container::frame::ModuleLayout;
use mc_container::manifest::{AssetKind, COIN, Entry, Holding, Manifest, Variable};
use mc_container::package::Package;
use mc_container::ty::Type;
use mc_container::value::{Scalar, Value};
use mc_container::verify::STACK_MAX;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
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
    /// True if some of its cells, arguments or results hold some of an asset.
    pub(crate) moves_assets: bool,
    /// True if its code or that of its steps may need the transaction's id.
    pub(crate) needs_tx_id: bool,
    /// The operands of each computation that its code asks for.
    pub(crate) operands: Vec<Vec<Scalar>>,
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
    pub(crate) slots: Vec<Arc<Container>>,
    address: Address,
    package: Arc<Package>,
}

/// An entry with the accesses of all its steps.
#[derive(Debug)]
pub(crate) struct LinkedEntry {
    /// Its own accesses, then those of its steps.
    pub(crate) accesses: Vec<LinkedAccess>,
    /// For each step, which entry of which slot it calls, and where its accesses start.
    pub(crate) steps: Vec<LinkedStep>,
    /// What it takes and gives.
    pub(crate) shape: Shape,
    /// The access that takes the transaction's Value from its sender.
    pub(crate) debit: Option<usize>,
    /// The access that gives the entry's native asset to the caller.
    pub(crate) credit: Option<usize>,
    /// The fuel that its steps use at most.
    pub(crate) steps_fuel: u64,
    /// True if it touches no cell that only execution tells.
    pub(crate) is_exact: bool,
    /// True if what it touches does not depend on the state.
    pub(crate) is_settled: bool,
    /// True if a call may hold a lock.
    pub(crate) may_lock: bool,
}

/// What an entry takes and gives, as scalars.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) params: Vec<Scalar>,
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
        Self { params, takes, gives, value, is_port }
    }
}

/// A step of a composition.
#[derive(Debug)]
pub(crate) struct LinkedStep {
    pub(crate) slot: usize,
    pub(crate) entry: usize,
    pub(crate) accesses_start: usize,
    /// What its arguments are, and when it is taken, as far as that was known when the accesses were linked.
    pub(crate) known: link::LinkedStep,
    /// What the composition passes to it and gets from it, by the composition's own names for assets.
    pub(crate) takes: Vec<Part>,
    pub(crate) gives: Vec<Part>,
}

/// One access of a linked entry, with everything that is needed to evaluate it.
#[derive(Debug)]
pub(crate) struct LinkedAccess {
    pub(crate) access: Access,
    /// Whose cells: 0 is the called container, `n + 1` what slot `n` is bound to.
    pub(crate) instance: u16,
    pub(crate) root: VariableRoot,
    pub(crate) key_types: Vec<Scalar>,
    pub(crate) value: Scalar,
    pub(crate) default: Value,
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
    pub(crate) turns: Turns,
}

/// An access that covers one which depends on the state, whatever the state is.
#[derive(Debug)]
pub(crate) struct Cover {
    access: Access,
    is_credit: bool,
}

/// Which turns of a step's own access one turn of the linked one stands for: linking drops loops that do not
/// change the cell.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    /// For each loop that is left, its stride among those that are left, its turns, and its stride among all.
    kept: Vec<(u32, u32, u32)>,
    /// What the turns of the loops that are gone add.
    offsets: Vec<u32>,
}

impl Turns {
    /// All loops by their greatest number of turns, and which of them are left.
    fn new(all: &[u32], left: &[usize]) -> Self {
        let (mut kept, mut offsets) = (Vec::new(), vec![0]);
        let (mut stride, mut stride_left) = (1_u32, 1_u32);
        for (number, turns) in all.iter().enumerate().rev() {
            if left.contains(&number) {
                kept.push((stride_left, *turns, stride));
                stride_left = stride_left.saturating_mul(*turns);
            } else {
                let moved = |offset: u32| {
                    (0..*turns).map(move |turn| turn.saturating_mul(stride).saturating_add(offset))
                };
                offsets = offsets.into_iter().flat_map(moved).collect();
            }
            stride = stride.saturating_mul(*turns);
        }
        Self { kept, offsets }
    }

    /// The turns of the step's own access that `turn` stands for.
    pub(crate) fn of(&self, turn: u32) -> impl Iterator<Item = u32> + '_ {
        let place = |(left, turns, stride): &(u32, u32, u32)| {
            let index = turn.checked_div(*left).and_then(|index| index.checked_rem(*turns));
            index.unwrap_or(0).saturating_mul(*stride)
        };
        let base = self.kept.iter().map(place).fold(0, u32::saturating_add);
        self.offsets.iter().map(move |offset| base.saturating_add(*offset))
    }
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
        asset_of(self.manifest(), self.address, &self.generics, name)
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

    /// The container that `instance` of a linked access stands for: itself, or what a slot is bound to.
    pub(crate) fn instance(&self, instance: u16) -> Option<&Self> {
        match usize::from(instance).checked_sub(1) {
            None => Some(self),
            Some(slot) => self.slots.get(slot).map(AsRef::as_ref),
        }
    }

    pub(crate) fn signature(&self, entry: usize) -> Option<&Entry> {
        self.manifest().entries.get(entry)
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

    /// Links a container; `slots` are what its slots are bound to, and `generics` what it is generic over.
    pub(crate) fn link(
        id: ContainerId,
        address: Address,
        package: &Arc<Package>,
        module: Module,
        (slots, generics): (Vec<Arc<Self>>, Vec<AssetId>),
    ) -> Result<Self, LinkError> {
        let manifest = package.manifest();
        let book = Book::new(manifest);
        let complete: Vec<EntryAccess> =
            package.access().iter().map(|access| completed(manifest, access)).collect();
        let is_source = sources(manifest, package.access());
        let linker = Linker {
            address,
            package,
            complete: &complete,
            is_source: &is_source,
            slots: &slots,
            book: &book,
        };
        let entries = manifest.entries.iter().enumerate();
        let entries =
            entries.map(|(number, entry)| linker.entry(number, entry)).collect::<Result<Vec<_>, _>>()?;
        let layout = ModuleLayout::new(manifest, package.access());
        let holds = |variable: &Variable| variable.holding != Holding::Nothing;
        let moves = |entry: &LinkedEntry| {
            let steps = entry.steps.iter().any(|step| !step.takes.is_empty() || !step.gives.is_empty());
            steps || !entry.shape.takes.is_empty() || !entry.shape.gives.is_empty()
        };
        let moves_assets = manifest.variables.iter().any(holds) || entries.iter().any(moves);
        Ok(Self {
            id,
            module,
            entries,
            frame_bytes: layout.bytes().unwrap_or(0) as usize,
            layout,
            moves_assets,
            needs_tx_id: package.needs_tx_id() || slots.iter().any(|slot| slot.needs_tx_id),
            operands: manifest.computations.iter().map(Computation::operands).collect(),
            roots: manifest.variables.iter().map(|variable| variable.root(address)).collect(),
            complete,
            is_source,
            generics,
            immutables: OnceLock::new(),
            address,
            package: package.clone(),
            book,
            slots,
        })
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

/// Which asset a container at `address` means by a name of its own.
pub(crate) fn asset_of(
    manifest: &Manifest,
    address: Address,
    generics: &[AssetId],
    name: &str,
) -> Option<AssetId> {
    if name == COIN {
        return Some(AssetId::Coin);
    }
    let asset = manifest.assets.iter().find(|asset| asset.name == name)?;
    if asset.kind != AssetKind::Parameter {
        return Some(AssetId::Of(address, name.to_owned()));
    }
    let mut parameters = manifest.assets.iter().filter(|asset| asset.kind == AssetKind::Parameter);
    parameters.position(|asset| asset.name == name).and_then(|number| generics.get(number).cloned())
}

/// What linking an entry looks at.
struct Linker<'a> {
    address: Address,
    package: &'a Package,
    complete: &'a [EntryAccess],
    is_source: &'a [bool],
    slots: &'a [Arc<Container>],
    book: &'a Book,
}

/// The container whose access is linked.
struct Owner<'a> {
    address: Address,
    package: &'a Package,
    complete: &'a [EntryAccess],
    is_source: &'a [bool],
    book: &'a Book,
}

impl Linker<'_> {
    fn entry(&self, number: usize, signature: &Entry) -> Result<LinkedEntry, LinkError> {
        let bounds: Vec<Bound<'_>> = self
            .slots
            .iter()
            .map(|slot| Bound { manifest: slot.manifest(), access: &slot.complete })
            .collect();
        let no_formulas = EntryAccess::default();
        let own = self.complete.get(number).unwrap_or(&no_formulas);
        let linked = link::link(own, &bounds)?;
        let steps = own.steps.iter().zip(&linked.step_starts).zip(linked.steps);
        let steps: Vec<LinkedStep> =
            steps.filter_map(|((step, start), known)| self.step(step, *start, known)).collect();
        let accesses = linked.accesses.into_iter().filter_map(|linked| {
            let step = linked.step.and_then(|step| steps.get(usize::from(step)));
            self.access(linked, number, step)
        });
        let mut accesses: Vec<LinkedAccess> = accesses.collect();
        let is_exact = accesses.iter().all(|access| access.is_exact);
        let is_settled = accesses.iter().all(|access| access.cover.is_none());
        let may_lock = accesses.iter().any(LinkedAccess::may_lock);
        let shape = Shape::new(signature, self.book);
        let mut add = |mode: Mode| {
            accesses.push(ledger_access(mode));
            accesses.len() - 1
        };
        let value = shape.value.and_then(|value| u16::try_from(value).ok());
        let debit = value.map(|value| add(debit(value)));
        let gives_coin = shape.gives.iter().any(Part::holds_coin);
        // What it gives only execution tells; that there is head-room for it goes without saying.
        let credit = gives_coin.then(|| add(Mode::Delta(Delta::any_credit())));
        let steps_fuel = steps.iter().map(|step| self.step_fuel(step)).fold(0, u64::saturating_add);
        Ok(LinkedEntry { accesses, steps, shape, debit, credit, steps_fuel, is_exact, is_settled, may_lock })
    }

    fn step_fuel(&self, step: &LinkedStep) -> u64 {
        let called = self.slots.get(step.slot).and_then(|slot| slot.manifest().entries.get(step.entry));
        called.map_or(0, |entry| entry.cost.worst(entry.named_params()))
    }

    fn step(&self, step: &StepCall, start: u32, known: link::LinkedStep) -> Option<LinkedStep> {
        let slot = usize::from(step.slot);
        let entry = self.slots.get(slot)?.manifest().entry_number(&step.entry)?;
        let needed = self.package.manifest().slots.get(slot)?.entries.iter();
        let needed = needed.into_iter().find(|needed| needed.name == step.entry)?;
        let (takes, gives) = (self.book.parts(&needed.params), self.book.parts([&needed.result]));
        Some(LinkedStep { slot, entry, accesses_start: start as usize, known, takes, gives })
    }

    fn owner(&self, step: Option<&LinkedStep>) -> Owner<'_> {
        let Self { address, package, complete, is_source, book, .. } = *self;
        match step.and_then(|step| self.slots.get(step.slot)) {
            None => Owner { address, package, complete, is_source, book },
            Some(slot) => Owner {
                address: slot.address,
                package: &slot.package,
                complete: &slot.complete,
                is_source: &slot.is_source,
                book: &slot.book,
            },
        }
    }

    fn access(
        &self,
        linked: link::LinkedAccess,
        entry: usize,
        step: Option<&LinkedStep>,
    ) -> Option<LinkedAccess> {
        let link::LinkedAccess { instance, origin, access, ranges, .. } = linked;
        let owner = self.owner(step);
        let variable = owner.package.manifest().variable(access.variable)?;
        let (entry, origin) = (step.map_or(entry, |step| step.entry), usize::from(origin));
        let own = owner.complete.get(entry)?.accesses.get(origin)?;
        let all: Vec<u32> = own.ranges.iter().map(|range| range.turns_max).collect();
        let (held, depth) = (owner.book.held(&variable.holding), variable.keys.len());
        let is_capped = held.is_capped();
        let cover = access.cover(depth, is_capped);
        Some(LinkedAccess {
            instance,
            root: variable.root(owner.address),
            held,
            key_types: variable.keys.clone(),
            value: variable.value,
            default: variable.default,
            is_exact: access.is_exact(depth),
            is_credit: is_capped && access.mode.is_credit(),
            cover: cover.map(|access| Cover { is_credit: is_capped && access.mode.is_credit(), access }),
            is_declared: owner.package.access().get(entry)?.accesses.len() > origin,
            is_source: owner.is_source.get(usize::from(access.variable.0)) == Some(&true),
            turns: Turns::new(&all, &ranges),
            access,
        })
    }
}

/// An access of the runtime's own to the caller's account in the system's ledger.
fn ledger_access(mode: Mode) -> LinkedAccess {
    let (keys, is_credit) = (vec![Term::leaf(Op::Caller)], mode.is_credit());
    LinkedAccess {
        // No variable of any container, so it has no number.
        access: Access {
            variable: VariableId(u16::MAX),
            keys,
            mode,
            ranges: Vec::new(),
            touches_max: 1,
            when: None,
        },
        instance: 0,
        root: VariableRoot::of_coin(),
        key_types: vec![Scalar::Address],
        value: Scalar::U128,
        default: Value::ZERO,
        held: Held::Ledger,
        is_exact: true,
        is_credit,
        cover: None,
        is_declared: true,
        is_source: false,
        turns: Turns::new(&[], &[]),
    }
}

/// Takes exactly what the parameter says.
fn debit(value: u16) -> Mode {
    let amount = Term::leaf(Op::Param(value)).unary(Op::Widen(Scalar::U128));
    let change = Term::wide_zero().binary(&amount, Op::WideSubtract);
    Mode::Delta(Delta { low: change.clone(), high: change, need: amount, peak: Term::wide_zero() })
}

/// All deployed containers.
#[derive(Clone, Default)]
pub struct Registry {
    engine: Option<Engine>,
    /// Compiled code by the module's hash: equal modules share it.
    modules: HashMap<[u8; 32], Module>,
    containers: Vec<Arc<Container>>,
    by_address: DigestMap<Address, ContainerId>,
    /// The variables whose cells somebody may hold a lock over.
    lockable: DigestMap<VariableRoot, ()>,
}

impl Registry {
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

    pub(crate) fn next_id(&self) -> ContainerId {
        ContainerId(u32::try_from(self.containers.len()).unwrap_or(u32::MAX))
    }

    /// The engine that all code is compiled for; none before the first deployment.
    pub(crate) fn engine(&self) -> Option<&Engine> {
        self.engine.as_ref()
    }

    /// The package's module, compiled.
    pub(crate) fn compile(&mut self, package: &Package) -> wasmtime::Result<Module> {
        let hash = package.module_hash();
        if let Some(module) = self.modules.get(&hash) {
            return Ok(module.clone());
        }
        let engine = match &self.engine {
            Some(engine) => engine,
            None => self.engine.insert(new_engine()?),
        };
        let module = Module::new(engine, package.module())?;
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

/// The engine's stack: a composition's and its step's, with room to spare.
const STACK_BYTES: usize = 512 * 1024;
const _: () = assert!(2 * 8 * STACK_MAX <= STACK_BYTES as u64 * 3 / 4);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::{Turns, new_engine};
    use wasmtime::Module;

    fn turns(all: &[u32], left: &[usize], turn: u32) -> Vec<u32> {
        let mut turns: Vec<u32> = Turns::new(all, left).of(turn).collect();
        turns.sort_unstable();
        turns
    }

    #[test]
    fn a_turn_stands_for_all_turns_of_the_loops_that_are_gone() {
        assert_eq!(turns(&[], &[], 0), [0]);
        assert_eq!(turns(&[3, 4], &[0, 1], 7), [7]);
        assert_eq!(turns(&[3, 4], &[0], 2), [8, 9, 10, 11]);
        assert_eq!(turns(&[3, 4], &[1], 2), [2, 6, 10]);
        assert_eq!(turns(&[2, 3, 2], &[0, 2], 3), [7, 9, 11]);
        assert_eq!(turns(&[2, 2], &[], 0), [0, 1, 2, 3]);
    }

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
