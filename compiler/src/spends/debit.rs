//! What one step may take from the caller.

use super::measure::Measure;
use super::sum::Sum;
use crate::Container;
use crate::access::Orders;
use crate::tree::{Behind, Program, Slot, Unit, UnitId};
use ethnum::I256;
use mc_container::access::term::Substitution;
use mc_container::access::{Access, EntryAccess, Mode, Op, Spend, StepCall, Term};
use mc_container::manifest::{Entry, EntryKind, Holding, Manifest};
use mc_container::ty::Type;
use mc_container::value::Scalar;
use std::collections::BTreeMap;

/// Some of an asset that a step may take from the caller.
pub(super) struct Debit {
    /// The asset, by the composition's name for it.
    pub(super) asset: String,
    /// How much at most; `None` where only execution tells.
    pub(super) most: Option<Sum>,
}

/// The containers that a composition's slots are written against.
pub(super) struct Behinds<'p> {
    pub(super) program: &'p Program,
    pub(super) containers: &'p [Container],
    pub(super) slots: &'p [Slot],
    /// What the composition says it takes at most, by asset.
    pub(super) bounds: &'p BTreeMap<String, Sum>,
}

impl<'p> Behinds<'p> {
    fn container(&self, id: UnitId) -> Option<&'p Container> {
        self.containers.iter().find(|container| container.unit == id)
    }

    /// Everything that a step may take from the caller, where `orders` is known.
    pub(super) fn debits(&self, number: u16, call: &StepCall, orders: &Orders) -> Vec<Debit> {
        let Some(slot) = self.slots.get(usize::from(call.slot)) else { return Vec::new() };
        let Some(behind) = self.program.behind(slot) else { return Vec::new() };
        let by =
            Substitution { args: &call.args, instance: call.slot.saturating_add(1), behind: 0, step: number };
        let step = Step { slot, behind, by, orders, bounds: self.bounds };
        match slot.behind {
            Behind::Interface(_) => {
                let promised = behind.function_named(&call.entry).map(|(_, function)| function.spend_terms());
                step.promised(&promised.unwrap_or_default())
            }
            Behind::Unit(id) => self.container(id).map_or_else(Vec::new, |container| {
                let manifest = container.package.manifest();
                let entry = manifest.entry_number(&call.entry);
                let formulas = entry.and_then(|entry| container.package.access().get(entry));
                match manifest.entry(&call.entry).zip(formulas) {
                    Some((entry, formulas)) if entry.kind == EntryKind::Compose => {
                        step.promised(&formulas.spends)
                    }
                    Some((entry, formulas)) => {
                        let called = Called { manifest, entry, formulas };
                        formulas.accesses.iter().filter_map(|access| step.debit(called, access)).collect()
                    }
                    None => Vec::new(),
                }
            }),
        }
    }
}

/// A step, and what its names mean in the composition.
struct Step<'s> {
    slot: &'s Slot,
    behind: &'s Unit,
    by: Substitution<'s>,
    orders: &'s Orders,
    bounds: &'s BTreeMap<String, Sum>,
}

impl Step<'_> {
    fn measure(&self, asset: &str) -> Measure<'_> {
        Measure { orders: self.orders, bound: self.bounds.get(asset) }
    }

    /// What a composition, or an entry of an interface, says it takes at most.
    fn promised(&self, spends: &[Spend]) -> Vec<Debit> {
        let debit = |spend: &Spend| {
            let asset = self.slot.outside(self.behind, &spend.asset);
            let most = spend.most.substitute(&self.by);
            Debit { most: most.and_then(|most| self.measure(&asset).amount(&most)), asset }
        };
        spends.iter().map(debit).collect()
    }

    /// What an access may take from a cell of the caller's.
    fn debit(&self, called: Called<'_>, access: &Access) -> Option<Debit> {
        let variable = called.manifest.variable(access.variable)?;
        let (Holding::Amount(asset) | Holding::Unique(asset)) = &variable.holding else { return None };
        let may_be_caller = |(level, ty): (usize, &Scalar)| {
            let key = access.keys.get(level).and_then(|key| key.substitute(&self.by));
            *ty == Scalar::Address && key.is_none_or(|key| may_be_caller(&key))
        };
        if !variable.keys.iter().enumerate().any(may_be_caller) {
            return None;
        }
        if matches!(variable.holding, Holding::Unique(_)) && called.only_receives(asset) {
            return None;
        }
        let asset = self.slot.outside(self.behind, asset);
        let is_unique = matches!(variable.holding, Holding::Unique(_));
        let cells = I256::from(access.cells_max());
        let most = match &access.mode {
            Mode::Read | Mode::Max => return None,
            Mode::Delta(delta) if delta.is_credit() => return None,
            Mode::Delta(delta) if cells == I256::ONE => {
                let low = delta.low.substitute(&self.by);
                low.and_then(|low| self.measure(&asset).taken(&low))
            }
            Mode::Write | Mode::Min if is_unique => Some(Sum::constant(cells)),
            Mode::Write | Mode::Min | Mode::Delta(_) => None,
        };
        let nothing = most.as_ref().is_some_and(Sum::is_zero);
        (!nothing).then_some(Debit { asset, most })
    }
}

/// An entry of a contract.
#[derive(Clone, Copy)]
struct Called<'c> {
    manifest: &'c Manifest,
    entry: &'c Entry,
    formulas: &'c EntryAccess,
}

impl Called<'_> {
    /// True if the one cell of a unique asset that the entry touches can only gain one: the entry takes one, gives none
    /// and burns none, and nothing is lost.
    fn only_receives(self, asset: &str) -> bool {
        let holds = |ty: &Type| {
            ty.any(&|part| matches!(part, Type::Struct(it) if it.asset.as_deref() == Some(asset)))
        };
        let of = |access: &&Access| self.manifest.variable(access.variable).map(|variable| &variable.holding);
        let changed = || self.formulas.accesses.iter().filter(|access| access.mode != Mode::Read);
        let cells =
            changed().filter(|access| matches!(of(access), Some(Holding::Unique(name)) if name == asset));
        self.entry.params.iter().any(|param| holds(&param.ty))
            && !holds(&self.entry.result)
            && !changed().any(|access| matches!(of(&access), Some(Holding::Supply(name)) if name == asset))
            && cells.map(Access::cells_max).fold(0, u32::saturating_add) == 1
    }
}

/// True unless a key is the address of something that signs no transaction.
fn may_be_caller(key: &Term) -> bool {
    !matches!(key.0.as_slice(), [Op::SelfAddress { .. } | Op::Via])
}
