//! Linking, the runtime's part: where the cells of each linked access live, and what passes through each step.

use super::turns::Turns;
use super::{Container, Cover, Declared, Filling, LinkedAccess, LinkedEntry, LinkedStep, Shape};
use crate::assets::{Book, Held, Part};
use mc_container::access::link::{self, Bound, LinkError};
use mc_container::access::par::{self, Instances};
use mc_container::access::{Access, Delta, EntryAccess, Mode, Op, Term, VariableId};
use mc_container::address::{Address, VariableRoot};
use mc_container::frame::ModuleLayout;
use mc_container::manifest::Entry;
use mc_container::package::Package;
use mc_container::value::{Scalar, Value};
use std::sync::Arc;

/// What linking an entry looks at.
pub(super) struct Linker<'a> {
    pub(super) own: Owner<'a>,
    pub(super) slots: &'a [Arc<Container>],
    pub(super) instances: &'a [Arc<Container>],
    /// The formulas of what the slots are bound to.
    pub(super) bounds: Vec<Bound<'a>>,
}

/// The container whose access or step is linked.
#[derive(Clone, Copy)]
pub(super) struct Owner<'a> {
    pub(super) address: Address,
    pub(super) package: &'a Package,
    pub(super) layout: &'a ModuleLayout,
    pub(super) complete: &'a [EntryAccess],
    pub(super) is_source: &'a [bool],
    pub(super) book: &'a Book,
}

impl<'a> Linker<'a> {
    pub(super) fn entry(&self, number: usize, signature: &Entry) -> Result<LinkedEntry, LinkError> {
        let no_formulas = EntryAccess::default();
        let own = self.own.complete.get(number).unwrap_or(&no_formulas);
        let linked = link::link(own, &self.bounds)?;
        self.check_branches(own, &linked)?;
        let mut steps = Vec::new();
        let own_steps = self.steps((self.own, self.slots), linked.steps, &mut steps)?;
        let accesses = linked.accesses.into_iter().filter_map(|linked| {
            let entry = linked.step.and_then(|step| steps.get(usize::from(step))).map(|step| step.entry);
            self.access(linked, entry.unwrap_or(number))
        });
        let mut accesses: Vec<LinkedAccess> = accesses.collect();
        let is_exact = accesses.iter().all(|access| access.is_exact);
        let fills_once = accesses.iter().all(|access| access.filling == Filling::Once);
        let is_settled = accesses.iter().all(|access| access.cover.is_none());
        let may_lock = accesses.iter().any(LinkedAccess::may_lock);
        let shape = Shape::new(signature, self.own.book);
        let mut add = |mode: Mode| {
            accesses.push(ledger_access(mode));
            accesses.len() - 1
        };
        let value = shape.value.and_then(|value| u16::try_from(value).ok());
        let debit = value.map(|value| add(debit(value)));
        let gives_coin = shape.gives.iter().any(Part::holds_coin);
        // What it gives only execution tells; that there is head-room for it goes without saying.
        let credit = gives_coin.then(|| add(Mode::Delta(Delta::any_credit())));
        let own_fuel = own_steps.iter().filter_map(|step| self.step_fuel(steps.get(usize::from(*step))?));
        let steps_fuel = own_fuel.fold(0, u64::saturating_add);
        Ok(LinkedEntry {
            accesses,
            steps,
            own_steps,
            shape,
            spends: Vec::new(),
            debit,
            credit,
            steps_fuel,
            is_exact,
            fills_once,
            is_settled,
            may_lock,
        })
    }

    /// The compiler has proved that branches of a `par` are independent for the slots as they are written; what is
    /// bound to them may be one container.
    fn check_branches(&self, own: &EntryAccess, linked: &link::Linked) -> Result<(), LinkError> {
        if own.par.is_empty() {
            return Ok(());
        }
        let mut manifests = vec![self.own.package.manifest()];
        manifests.extend(self.instances.iter().map(|instance| instance.manifest()));
        // The composition itself has no cells.
        let mut containers = vec![u32::MAX];
        containers.extend(self.instances.iter().map(|instance| instance.id.0));
        let instances = Instances { manifests: &manifests, containers: &containers };
        par::clash(linked, &own.par, &instances).map_or(Ok(()), |_| Err(LinkError::Branches))
    }

    /// The fuel that a step uses at most, with those that it takes itself.
    fn step_fuel(&self, step: &LinkedStep) -> Option<u64> {
        let called = self.slots.get(step.slot)?;
        let entry = called.manifest().entries.get(step.entry)?;
        let own = entry.cost.worst(entry.named_params());
        Some(own.saturating_add(called.entries.get(step.entry)?.steps_fuel))
    }

    /// Appends steps that `taker` takes through its slots, each followed by those that it takes itself, and gives
    /// their numbers.
    fn steps(
        &self,
        (taker, slots): (Owner<'_>, &[Arc<Container>]),
        steps: Vec<link::LinkedStep>,
        all: &mut Vec<LinkedStep>,
    ) -> Result<Vec<u16>, LinkError> {
        let mut numbers = Vec::with_capacity(steps.len());
        for step in steps {
            let link::LinkedStep { number, slot, entry, args, when, accesses_start, steps: nested, .. } =
                step;
            let slot_number = usize::from(slot);
            let bound = slots.get(slot_number).ok_or(LinkError::Unbound(slot))?;
            let name =
                bound.manifest().entries.get(entry).map(|entry| entry.name.as_str()).unwrap_or_default();
            let declared = taker.package.manifest().slots.get(slot_number);
            let needed = declared.and_then(|slot| slot.entries.iter().find(|needed| needed.name == name));
            let needed = needed.ok_or_else(|| LinkError::NoEntry(slot, name.to_owned()))?;
            let (takes, gives) = (taker.book.parts(&needed.params), taker.book.parts([&needed.result]));
            numbers.push(number);
            let place = all.len();
            all.push(LinkedStep {
                slot: slot_number,
                entry,
                accesses_start: accesses_start as usize,
                declared: Declared::new(args, when),
                steps: Vec::new(),
                takes,
                gives,
            });
            let own = self.steps((bound.owner(), &bound.slots), nested, all)?;
            if let Some(step) = all.get_mut(place) {
                step.steps = own;
            }
        }
        Ok(numbers)
    }

    fn owner(&self, instance: u16) -> Option<Owner<'a>> {
        match usize::from(instance).checked_sub(1) {
            None => Some(self.own),
            Some(behind) => self.instances.get(behind).map(|container| container.owner()),
        }
    }

    /// An access of the called container's entry, or of the entry of one behind its slots.
    fn access(&self, linked: link::LinkedAccess, entry: usize) -> Option<LinkedAccess> {
        let link::LinkedAccess { instance, origin, access, ranges, .. } = linked;
        let owner = self.owner(instance)?;
        let variable = owner.package.manifest().variable(access.variable)?;
        let origin = usize::from(origin);
        let own = owner.complete.get(entry)?.accesses.get(origin)?;
        let all: Vec<u32> = own.ranges.iter().map(|range| range.turns_max).collect();
        let turns = Turns::new(&all, &ranges);
        let table = owner.layout.entries.get(entry)?.table_starts.get(origin).copied();
        let (held, depth) = (owner.book.held(&variable.holding), variable.keys.len());
        let filling = match (access.is_exact(depth), own.is_exact(depth)) {
            (true, _) if !turns.is_same() => Filling::Often,
            (false, true) => Filling::Late,
            _ => Filling::Once,
        };
        let is_capped = held.is_capped();
        let cover = access.cover(depth, is_capped);
        Some(LinkedAccess {
            instance,
            root: variable.root(owner.address),
            held,
            key_types: variable.keys.clone(),
            value: variable.value,
            default: variable.default,
            is_plain: variable.default == Value::ZERO,
            is_exact: access.is_exact(depth),
            is_credit: is_capped && access.mode.is_credit(),
            cover: cover.map(|access| Cover { is_credit: is_capped && access.mode.is_credit(), access }),
            is_declared: owner.package.access().get(entry)?.accesses.len() > origin,
            is_source: owner.is_source.get(usize::from(access.variable.0)) == Some(&true),
            table: table.unwrap_or(0),
            turns,
            filling,
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
        is_plain: true,
        held: Held::Ledger,
        is_exact: true,
        is_credit,
        cover: None,
        is_declared: true,
        is_source: false,
        table: 0,
        turns: Turns::new(&[], &[]),
        filling: Filling::Once,
    }
}

/// Takes exactly what the parameter says.
fn debit(value: u16) -> Mode {
    let amount = Term::leaf(Op::Param(value)).unary(Op::Widen(Scalar::U128));
    let change = Term::wide_zero().binary(&amount, Op::WideSubtract);
    Mode::Delta(Delta { low: change.clone(), high: change, need: amount, peak: Term::wide_zero() })
}
