//! The registry: the deployed containers, ready to be called.
//!
//! A container enters it linked: for every entry, the accesses of the call with all its steps, and where the
//! cells of each of them live. Nothing in it changes while a block runs.

use crate::hash::DigestMap;
use mc_container::access::evaluate::Place;
use mc_container::access::link::{self, Bound, LinkError};
use mc_container::access::{Access, EntryAccess, VariableId};
use mc_container::address::{Address, VariableRoot};
use mc_container::frame::{self, Layout};
use mc_container::manifest::{Entry, Manifest};
use mc_container::package::Package;
use mc_container::value::{Scalar, Value};
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use wasmtime::{Config, Engine, Module, OptLevel};

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
    /// Bytes of its memory that its code may store to.
    pub(crate) frame_bytes: usize,
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
    /// The layout of its own frame.
    pub(crate) layout: Layout,
    /// True if it touches no cell that only execution tells.
    pub(crate) is_exact: bool,
}

/// A step of a composition.
#[derive(Debug)]
pub(crate) struct LinkedStep {
    pub(crate) slot: usize,
    pub(crate) entry: usize,
    pub(crate) accesses_start: usize,
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
    pub(crate) is_exact: bool,
    pub(crate) turns: Turns,
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
        Place {
            root: self.root,
            key_types: &self.key_types,
            keys: &self.access.keys,
            mode: &self.access.mode,
            ranges: &self.access.ranges,
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

    /// Links a container; `slots` are what its slots are bound to.
    pub(crate) fn link(
        id: ContainerId,
        address: Address,
        package: &Arc<Package>,
        module: Module,
        slots: Vec<Arc<Self>>,
    ) -> Result<Self, LinkError> {
        let linker = Linker { address, package, slots: &slots };
        let entries = package.access().iter().map(|access| linker.entry(access)).collect::<Result<_, _>>()?;
        let manifest = package.manifest();
        let frame_bytes = frame::module_bytes(package.access(), &manifest.variables).unwrap_or(0) as usize;
        let package = package.clone();
        Ok(Self { id, module, entries, frame_bytes, immutables: OnceLock::new(), slots, address, package })
    }
}

/// What linking an entry looks at.
struct Linker<'a> {
    address: Address,
    package: &'a Package,
    slots: &'a [Arc<Container>],
}

impl Linker<'_> {
    fn entry(&self, access: &EntryAccess) -> Result<LinkedEntry, LinkError> {
        let bounds: Vec<Bound<'_>> = self
            .slots
            .iter()
            .map(|slot| Bound { manifest: slot.manifest(), access: slot.package.access() })
            .collect();
        let linked = link::link(access, &bounds)?;
        let steps = access.steps.iter().zip(&linked.step_starts).filter_map(|(step, start)| {
            let slot = usize::from(step.slot);
            let entry = self.slots.get(slot)?.manifest().entry_number(&step.entry)?;
            Some(LinkedStep { slot, entry, accesses_start: *start as usize })
        });
        let steps: Vec<LinkedStep> = steps.collect();
        let accesses = linked.accesses.into_iter().filter_map(|linked| {
            let step = linked.step.and_then(|step| steps.get(usize::from(step)));
            self.access(linked, step)
        });
        let accesses: Vec<LinkedAccess> = accesses.collect();
        let is_exact = accesses.iter().all(|access| access.is_exact);
        let layout = Layout::new(access, &self.package.manifest().variables);
        Ok(LinkedEntry { accesses, steps, layout, is_exact })
    }

    fn access(&self, linked: link::LinkedAccess, step: Option<&LinkedStep>) -> Option<LinkedAccess> {
        let link::LinkedAccess { instance, origin, access, ranges, .. } = linked;
        let slot = step.and_then(|step| self.slots.get(step.slot));
        let (address, package) =
            slot.map_or((self.address, self.package), |slot| (slot.address, &slot.package));
        let variable = package.manifest().variable(access.variable)?;
        let own = step.and_then(|step| package.access().get(step.entry)?.accesses.get(usize::from(origin)));
        let all: Vec<u32> = own.unwrap_or(&access).ranges.iter().map(|range| range.turns_max).collect();
        Some(LinkedAccess {
            instance,
            root: VariableRoot::new(address, &variable.name),
            key_types: variable.keys.clone(),
            value: variable.value,
            default: variable.default,
            is_exact: access.is_exact(variable.keys.len()),
            turns: Turns::new(&all, &ranges),
            access,
        })
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
    has_locks: bool,
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

    /// True if some entry touches cells that only execution tells.
    pub(crate) fn has_locks(&self) -> bool {
        self.has_locks
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
        self.has_locks |= container.entries.iter().any(|entry| !entry.is_exact);
        self.by_address.insert(container.address, container.id);
        self.containers.push(container);
    }
}

/// The engine: integers only, one small fixed memory, and fuel, which is what bounds a call.
fn new_engine() -> wasmtime::Result<Engine> {
    let mut config = Config::new();
    config.consume_fuel(true).cranelift_opt_level(OptLevel::Speed);
    config.wasm_backtrace_max_frames(None).generate_address_map(false);
    config.wasm_simd(false).wasm_relaxed_simd(false).wasm_bulk_memory(false).wasm_multi_memory(false);
    config.memory_init_cow(false);
    Engine::new(&config)
}

#[cfg(test)]
mod tests {
    use super::Turns;

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
}
