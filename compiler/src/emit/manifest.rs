//! The manifest of a unit.

use super::computations::computations;
use crate::access::Analysis;
use crate::ir::Body;
use crate::tree::{self, Function, FunctionKind, Program, Unit};
use mc_container::cost::Cost;
use mc_container::manifest::{
    Asset, AssetKind, ContainerKind, Entry, ErrorSignature, EventField, EventSignature, Manifest, Param,
    Slot, SlotEntry, Variable,
};
use mc_container::ty::{Field, Type};

/// The version of the language.
const LANGUAGE: u16 = 1;

pub(crate) fn manifest(
    program: &Program,
    unit: &Unit,
    entries: &[(Body, Analysis)],
    source_hash: [u8; 32],
) -> Manifest {
    Manifest {
        name: unit.name.clone(),
        kind: if unit.composes() { ContainerKind::Composition } else { ContainerKind::Contract },
        version: unit.version,
        language: LANGUAGE,
        compiler: concat!("mcc ", env!("CARGO_PKG_VERSION")).to_owned(),
        source_hash,
        variables: unit.variables.iter().map(variable).collect(),
        entries: entries.iter().filter_map(|(body, _)| entry(program, unit, body)).collect(),
        errors: unit.errors.iter().map(error).collect(),
        events: unit.events.iter().map(event).collect(),
        slots: unit.slots.iter().enumerate().map(|(number, it)| slot(program, number, it, entries)).collect(),
        assets: assets(unit),
        computations: computations(unit, entries.iter().map(|(body, _)| body)),
    }
}

fn assets(unit: &Unit) -> Vec<Asset> {
    let declared = unit.assets.iter().map(|asset| {
        let kind = if asset.unique.is_some() { AssetKind::Unique } else { AssetKind::Fungible };
        Asset { name: asset.name.clone(), kind }
    });
    let generic = unit.generics.iter().map(|name| Asset { name: name.clone(), kind: AssetKind::Parameter });
    declared.chain(generic).collect()
}

fn variable(variable: &tree::Variable) -> Variable {
    Variable {
        name: variable.name.clone(),
        keys: variable.keys.clone(),
        value: variable.value,
        default: variable.default,
        immutable: variable.immutable,
        holding: variable.holding.clone(),
    }
}

fn entry(program: &Program, unit: &Unit, body: &Body) -> Option<Entry> {
    let (_, function) = unit.function_named(&body.name)?;
    let FunctionKind::Callable(kind) = body.kind else { return None };
    Some(Entry {
        name: body.name.clone(),
        kind,
        params: function
            .param_locals()
            .iter()
            .map(|local| Param { name: local.name.clone(), ty: local.ty.clone() })
            .collect(),
        result: body.result.clone(),
        parallel: function.parallel.is_some(),
        direct: function.direct,
        scratch_limbs: body.scratch_limbs,
        // Read off the code, once there is some.
        cost: Cost::default(),
        sequence: sequence(program, unit, function),
    })
}

fn error(error: &tree::ErrorSignature) -> ErrorSignature {
    let param = |field: &Field| Param { name: field.name.clone(), ty: field.ty.clone() };
    ErrorSignature { name: error.name.clone(), params: error.fields.iter().map(param).collect() }
}

fn event(event: &tree::EventSignature) -> EventSignature {
    let field = |(field, indexed): (&Field, &bool)| EventField {
        name: field.name.clone(),
        ty: field.ty.clone(),
        indexed: *indexed,
    };
    let fields = event.fields.iter().zip(&event.indexed).map(field).collect();
    EventSignature { name: event.name.clone(), fields }
}

/// A slot, with the entries that are called through it in the order of their first step.
fn slot(program: &Program, number: usize, slot: &tree::Slot, entries: &[(Body, Analysis)]) -> Slot {
    let contract = program.behind(slot);
    let mut called: Vec<SlotEntry> = Vec::new();
    let steps = entries.iter().flat_map(|(body, _)| &body.steps);
    for step in steps.filter(|step| usize::from(step.slot) == number) {
        let name = &step.entry;
        let function = contract.and_then(|contract| contract.function_named(name));
        if let Some((_, function)) = function
            && !called.iter().any(|entry| entry.name == *name)
        {
            let rename = |asset: &str| contract.map_or_else(String::new, |it| slot.outside(it, asset));
            let outside = |ty: &Type| ty.rename_assets(&rename);
            let params = function.param_locals().iter().map(|local| outside(&local.ty)).collect();
            let result = function.result.as_ref().map_or_else(Type::unit, outside);
            let sequence = contract.map_or(0, |contract| sequence(program, contract, function));
            called.push(SlotEntry { name: name.clone(), params, result, sequence });
        }
    }
    let contract = contract.map(|contract| contract.name.clone()).unwrap_or_default();
    Slot { name: slot.name.clone(), contract, entries: called }
}

/// The paper's Sequence of an entry; where it would be more than there are, nothing is lowered.
fn sequence(program: &Program, unit: &Unit, function: &Function) -> u8 {
    u8::try_from(program.sequence(unit, &function.body)).unwrap_or(u8::MAX)
}
