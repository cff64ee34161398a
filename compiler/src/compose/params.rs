//! The parameters of the composition: what the steps want from outside, one of each meaning.

use super::Refusal;
use super::chain::Chain;
use super::flow::{Flow, Wanted, is_unknown};
use crate::Container;
use crate::tree::Local;
use mc_container::access::{Mode, Op};
use mc_container::manifest::Holding;
use std::collections::BTreeMap;

/// How far a name is from the step's own: with the slot, the entry and the number of the step before it.
const FARTHEST: usize = 3;

/// The parameters, and which of them each wanted value is.
pub(super) struct Params {
    pub(super) locals: Vec<Local>,
    pub(super) of: Vec<usize>,
}

/// Merges what has one name, one type and one meaning; puts the slot before the rest.
pub(super) fn params(flow: &Flow<'_, '_>, containers: &[Container]) -> Result<Params, Refusal> {
    let meanings: Vec<Option<String>> = flow.wanted.iter().map(|it| meaning(flow, it, containers)).collect();
    let mut distance = vec![0; flow.wanted.len()];
    for _ in 0..FARTHEST {
        for (name, group) in groups(flow, &distance) {
            let types = group.iter().filter_map(|at| flow.wanted.get(*at)).map(|it| &it.ty);
            let meant = group.iter().filter_map(|at| meanings.get(*at)?.as_ref());
            let is_slot = flow.chain.slots.iter().any(|slot| slot.name == name);
            if is_slot || !all_equal(types) || !all_equal(meant) {
                group.iter().filter_map(|at| distance.get_mut(*at).map(|it| *it += 1)).for_each(drop);
            }
        }
    }
    let mut params = Params { locals: Vec::new(), of: vec![0; flow.wanted.len()] };
    for (at, (wanted, distance)) in flow.wanted.iter().zip(&distance).enumerate() {
        let name = named(flow.chain, wanted, *distance);
        let known = params.locals.iter().position(|local| local.name == name);
        let number = known.unwrap_or(params.locals.len());
        if known.is_none() {
            let span =
                flow.chain.step(wanted.step).map_or_else(Default::default, |(_, function)| function.span);
            params.locals.push(Local { name, span, ty: flow.resolved(&wanted.ty) });
        }
        if let Some(of) = params.of.get_mut(at) {
            *of = number;
        }
    }
    Ok(params)
}

fn all_equal<T: PartialEq>(mut items: impl Iterator<Item = T>) -> bool {
    items.next().is_none_or(|first| items.all(|item| item == first))
}

/// What is wanted, by the names at these distances.
fn groups(flow: &Flow<'_, '_>, distance: &[usize]) -> BTreeMap<String, Vec<usize>> {
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, (wanted, distance)) in flow.wanted.iter().zip(distance).enumerate() {
        groups.entry(named(flow.chain, wanted, *distance)).or_default().push(at);
    }
    groups
}

fn named(chain: &Chain<'_>, wanted: &Wanted, distance: usize) -> String {
    let Some((slot, function)) = chain.step(wanted.step) else { return wanted.name.clone() };
    let (slot, entry, name) = (&slot.name, &function.name, &wanted.name);
    match distance {
        0 => name.clone(),
        1 => format!("{slot}_{name}"),
        2 => format!("{slot}_{entry}_{name}"),
        _ => format!("{slot}_{entry}_{name}_{}", wanted.step + 1),
    }
}

/// The asset that a number is an amount of, where the entry adds it to or takes it from what holds that asset.
fn meaning(flow: &Flow<'_, '_>, wanted: &Wanted, containers: &[Container]) -> Option<String> {
    let (slot, function) = flow.chain.step(wanted.step)?;
    let before = function.param_locals().get(..wanted.param)?;
    wanted.ty.scalar()?;
    let number = u16::try_from(before.iter().map(|local| local.ty.scalar_count()).sum::<usize>()).ok()?;
    let package = &containers.iter().find(|container| container.unit == slot.id)?.package;
    let entry = package.manifest().entry_number(&function.name)?;
    let accesses = &package.access().get(entry)?.accesses;
    accesses.iter().find_map(|access| {
        let Mode::Delta(delta) = &access.mode else { return None };
        let Holding::Amount(asset) = &package.manifest().variable(access.variable)?.holding else {
            return None;
        };
        let is_by = [&delta.low, &delta.high].iter().any(|term| term.0.contains(&Op::Param(number)));
        let asset = flow.asset(slot, asset);
        (is_by && !is_unknown(&asset)).then_some(asset)
    })
}
