//! Which slots there are, and which entry each step is.

use super::choice::{is_reserved, is_word};
use super::{Choice, Refusal, Request, misfit};
use crate::tree::{Function, FunctionKind, Program, Unit, UnitId};
use mc_container::manifest::EntryKind;

/// The steps, and the slots they go through.
pub(super) struct Chain<'p> {
    pub(super) slots: Vec<Socket<'p>>,
    pub(super) steps: Vec<Link<'p>>,
}

/// A slot.
pub(super) struct Socket<'p> {
    pub(super) name: String,
    pub(super) id: UnitId,
    pub(super) unit: &'p Unit,
    /// The assets that were said to stand for the generic parameters.
    pub(super) assets: Vec<String>,
}

/// A step.
pub(super) struct Link<'p> {
    /// The number of the slot.
    pub(super) slot: usize,
    pub(super) function: &'p Function,
}

impl<'p> Chain<'p> {
    /// The slot of a step, and what it takes there.
    pub(super) fn step(&self, number: usize) -> Option<(&Socket<'p>, &'p Function)> {
        let link = self.steps.get(number)?;
        Some((self.slots.get(link.slot)?, link.function))
    }

    /// A step as `slot.entry`.
    pub(super) fn shown(&self, number: usize) -> String {
        let name = |(slot, function): (&Socket<'_>, &Function)| format!("{}.{}", slot.name, function.name);
        self.step(number).map_or_else(String::new, name)
    }

    /// The slot of a choice, a new one where there is none yet.
    fn slot(
        &mut self,
        program: &'p Program,
        choice: &Choice,
        request: &Request<'_>,
    ) -> Result<usize, Refusal> {
        let named = |name: &str| self.slots.iter().position(|slot| slot.name == name);
        if let (None, Some(known)) = (&choice.slot, named(&choice.of)) {
            return Ok(known);
        }
        let (id, unit) = contract(program, &choice.of, request)?;
        let name = choice.slot.clone().unwrap_or_else(|| slot_name(&unit.name));
        if let Some((number, known)) = self.slots.iter_mut().enumerate().find(|(_, slot)| slot.name == name) {
            if known.id != id {
                let other = &known.unit.name;
                return Err(Refusal::Unclear(format!(
                    "the slot `{name}` is for `{other}`, and for `{}`",
                    unit.name
                )));
            }
            if known.assets.is_empty() {
                known.assets.clone_from(&choice.assets);
            }
            return Ok(number);
        }
        if is_reserved(&name) {
            return Err(Refusal::Unclear(format!(
                "no slot can be called `{name}`: it is a word of the language"
            )));
        }
        if !choice.assets.is_empty() && choice.assets.len() != unit.generics.len() {
            let (contract, takes) = (&unit.name, unit.generics.len());
            return Err(Refusal::Unclear(format!(
                "`{contract}` is generic over {takes} assets, not {}",
                choice.assets.len()
            )));
        }
        self.slots.push(Socket { name, id, unit, assets: choice.assets.clone() });
        Ok(self.slots.len() - 1)
    }
}

/// The slots and steps that are asked for.
pub(super) fn chain<'p>(request: &Request<'p>) -> Result<Chain<'p>, Refusal> {
    if !is_word(request.name) || is_reserved(request.name) {
        return Err(Refusal::Unclear(format!("no composition can be called `{}`", request.name)));
    }
    let mut chain = Chain { slots: Vec::new(), steps: Vec::new() };
    for choice in request.choices {
        let slot = chain.slot(request.program, choice, request)?;
        let Some(unit) = chain.slots.get(slot).map(|slot| slot.unit) else { continue };
        let function = entry(unit, &choice.entry)?;
        chain.steps.push(Link { slot, function });
    }
    Ok(chain)
}

/// `Token` as `token`.
fn slot_name(contract: &str) -> String {
    let name = contract.to_lowercase();
    if is_reserved(&name) { format!("{name}_slot") } else { name }
}

/// The contract with this name, or with this name in lower case.
fn contract<'p>(
    program: &'p Program,
    name: &str,
    request: &Request<'_>,
) -> Result<(UnitId, &'p Unit), Refusal> {
    let units = || (0..).map(UnitId).zip(&program.units);
    let mut found: Vec<(UnitId, &Unit)> = units().filter(|(_, unit)| unit.name == name).collect();
    if found.is_empty() {
        found = units().filter(|(_, unit)| !unit.composes() && slot_name(&unit.name) == name).collect();
    }
    match found.as_slice() {
        [(_, unit)] if unit.composes() => Err(misfit::composition(unit)),
        [one] => Ok(*one),
        [] => Err(Refusal::Unknown {
            kind: "contract".to_owned(),
            name: name.to_owned(),
            known: units().filter(|(_, unit)| !unit.composes()).map(|(_, unit)| unit.name.clone()).collect(),
        }),
        several => {
            let path =
                |unit: &Unit| request.sources.get(unit.span.file).map_or("", |file| file.path.as_str());
            let paths: Vec<&str> = several.iter().map(|(_, unit)| path(unit)).collect();
            Err(Refusal::Unclear(format!("several contracts are called `{name}`: {}", paths.join(", "))))
        }
    }
}

fn entry<'p>(unit: &'p Unit, name: &str) -> Result<&'p Function, Refusal> {
    let is_step = |function: &Function| {
        matches!(function.kind, FunctionKind::Callable(EntryKind::Entry | EntryKind::View))
    };
    match unit.function_named(name) {
        Some((_, function)) if function.direct => Err(misfit::direct(function)),
        Some((_, function)) if is_step(function) => Ok(function),
        Some((_, function)) if function.span.file == unit.span.file => Err(misfit::no_step(unit, function)),
        _ => Err(Refusal::Unknown {
            kind: format!("entry of `{}` named", unit.name),
            name: name.to_owned(),
            known: unit
                .functions
                .iter()
                .filter(|it| is_step(it) && !it.direct)
                .map(|it| it.name.clone())
                .collect(),
        }),
    }
}
