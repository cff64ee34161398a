//! The manifest of a unit.

use crate::access::Analysis;
use crate::ir::{Body, Stmt};
use crate::tree::{self, FunctionKind, Program, Unit};
use mc_container::manifest::{
    ContainerKind, Entry, EntryKind, ErrorSignature, EventField, EventSignature, Manifest, Param, Slot,
    SlotEntry, Variable,
};

/// The version of the language.
const LANGUAGE: u16 = 1;

pub(crate) fn manifest(
    program: &Program,
    unit: &Unit,
    entries: &[(Body, Analysis)],
    source_hash: [u8; 32],
) -> Manifest {
    let composes =
        unit.functions.iter().any(|function| function.kind == FunctionKind::Callable(EntryKind::Compose));
    Manifest {
        name: unit.name.clone(),
        kind: if composes { ContainerKind::Composition } else { ContainerKind::Contract },
        language: LANGUAGE,
        compiler: concat!("mcc ", env!("CARGO_PKG_VERSION")).to_owned(),
        source_hash,
        variables: unit.variables.iter().map(variable).collect(),
        entries: entries.iter().filter_map(|(body, _)| entry(unit, body)).collect(),
        errors: unit.errors.iter().map(error).collect(),
        events: unit.events.iter().map(event).collect(),
        slots: unit.slots.iter().enumerate().map(|(number, it)| slot(program, number, it, entries)).collect(),
    }
}

fn variable(variable: &tree::Variable) -> Variable {
    Variable {
        name: variable.name.clone(),
        keys: variable.keys.clone(),
        value: variable.value,
        default: variable.default,
        immutable: variable.immutable,
    }
}

fn entry(unit: &Unit, body: &Body) -> Option<Entry> {
    let (_, function) = unit.function_named(&body.name)?;
    let FunctionKind::Callable(kind) = body.kind else { return None };
    Some(Entry {
        name: body.name.clone(),
        kind,
        params: function
            .param_locals()
            .iter()
            .map(|local| Param { name: local.name.clone(), ty: local.ty })
            .collect(),
        results: body.result.into_iter().collect(),
        parallel: function.parallel.is_some(),
        sequence: u8::try_from(sequence(&body.stmts)).unwrap_or(u8::MAX),
    })
}

fn error(error: &tree::ErrorSignature) -> ErrorSignature {
    let params = error.fields.iter().map(|field| Param { name: field.name.clone(), ty: field.ty }).collect();
    ErrorSignature { name: error.name.clone(), params }
}

fn event(event: &tree::EventSignature) -> EventSignature {
    let field =
        |field: &tree::Field| EventField { name: field.name.clone(), ty: field.ty, indexed: field.indexed };
    EventSignature { name: event.name.clone(), fields: event.fields.iter().map(field).collect() }
}

/// A slot, with the entries that are called through it in the order of their first step.
fn slot(program: &Program, number: usize, slot: &tree::Slot, entries: &[(Body, Analysis)]) -> Slot {
    let contract = program.unit(slot.contract);
    let mut called: Vec<SlotEntry> = Vec::new();
    let steps = entries.iter().flat_map(|(body, _)| &body.steps);
    for (_, name, _) in steps.filter(|(of, ..)| usize::from(*of) == number) {
        let function = contract.and_then(|contract| contract.function_named(name));
        if let Some((_, function)) = function
            && !called.iter().any(|entry| entry.name == *name)
        {
            let params = function.param_locals().iter().map(|local| local.ty).collect();
            let results = function.result.into_iter().collect();
            called.push(SlotEntry { name: name.clone(), params, results });
        }
    }
    let contract = contract.map(|contract| contract.name.clone()).unwrap_or_default();
    Slot { name: slot.name.clone(), contract, entries: called }
}

/// The paper's Sequence: the greatest number of steps that one call may take.
fn sequence(stmts: &[Stmt]) -> usize {
    let steps = stmts.iter().map(|stmt| match stmt {
        Stmt::Step(_) => 1,
        Stmt::Labelled(_, body) => sequence(body),
        Stmt::If(_, then, otherwise) => sequence(then).max(sequence(otherwise)),
        _ => 0,
    });
    steps.sum()
}
