//! States that belong together, as classes that grow by what ties them.

use super::uses::Uses;
use crate::tree::{FunctionKind, Program, State, StateId, StateKind, Unit, assets_within};
use mc_container::manifest::{EntryKind, Holding};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::Span;
use petgraph::unionfind::UnionFind;
use std::collections::BTreeSet;

/// Why two states stay together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tie {
    /// The two states.
    pub states: (String, String),
    /// What ties them.
    pub span: Span,
    /// In words: `one statement uses both`.
    pub why: String,
}

/// The states of a contract in classes.
pub struct Groups<'u> {
    unit: &'u Unit,
    classes: UnionFind<usize>,
    /// What has joined two classes, in order.
    pub ties: Vec<Tie>,
}

impl<'u> Groups<'u> {
    /// Every state by itself, but for those that hold one asset, with its supply.
    #[must_use]
    pub fn new(unit: &'u Unit) -> Self {
        let mut groups = Self { unit, classes: UnionFind::new(unit.states.len()), ties: Vec::new() };
        for asset in &unit.assets {
            let holds = |state: &State| {
                let variable = state.cells.first().and_then(|first| unit.variable(first));
                let unique = variable.is_some_and(|it| it.holding == Holding::Unique(asset.name.clone()));
                let supply = state.cells.first() == Some(asset.supply);
                let held = assets_within(&state.value, &state.cells);
                unique || supply || held.iter().any(|(_, held, _)| *held == asset.name)
            };
            let holders = (0..).map(StateId).zip(&unit.states).filter(|(_, state)| holds(state));
            let holders: BTreeSet<StateId> = holders.map(|(id, _)| id).collect();
            groups.tie(&holders, asset.span, &format!("both hold `{}`", asset.name));
        }
        groups
    }

    /// Puts states into one class.
    pub fn tie(&mut self, states: &BTreeSet<StateId>, span: Span, why: &str) {
        let mut states = states.iter();
        let Some(first) = states.next() else { return };
        for other in states {
            if self.classes.union(first.0 as usize, other.0 as usize) {
                let name = |id: &StateId| self.unit.state(*id).map_or("", |state| &state.name).to_owned();
                self.ties.push(Tie { states: (name(first), name(other)), span, why: why.to_owned() });
            }
        }
    }

    /// The class of a state.
    #[must_use]
    pub fn class(&self, state: StateId) -> usize {
        self.classes.find(state.0 as usize)
    }

    /// The class that holds an asset of the contract: that of its supply.
    #[must_use]
    pub fn class_of_asset(&self, name: &str) -> Option<usize> {
        let supply = self.unit.assets.iter().find(|asset| asset.name == name)?.supply;
        let is = |state: &State| state.cells.first() == Some(supply);
        (0..).map(StateId).zip(&self.unit.states).find(|(_, state)| is(state)).map(|(id, _)| self.class(id))
    }

    /// The classes of some states.
    #[must_use]
    pub fn classes(&self, states: &BTreeSet<StateId>) -> BTreeSet<usize> {
        states.iter().map(|state| self.class(*state)).collect()
    }
}

/// True for a state that a source declares: not a supply, nor the ledger of the system.
pub(super) fn is_declared(state: &State) -> bool {
    !state.name.contains(['.', '('])
}

/// Warns of every contract that is several: parts of its state that no entry or view brings together.
pub fn advise(program: &Program, diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.extend(program.units.iter().filter(|unit| unit.slots.is_empty()).filter_map(unrelated));
}

fn unrelated(unit: &Unit) -> Option<Diagnostic> {
    let (uses, mut groups) = (Uses::new(unit), Groups::new(unit));
    let mut entries: Vec<BTreeSet<StateId>> = Vec::new();
    for function in &unit.functions {
        let FunctionKind::Callable(kind) = function.kind else { continue };
        if kind == EntryKind::Init {
            continue;
        }
        let facts = uses.of(&function.body);
        groups.tie(&facts.states, function.span, "");
        if !facts.changed.is_empty() {
            entries.push(facts.states);
        }
    }
    let main = |id: &StateId| {
        unit.state(*id)
            .is_some_and(|state| is_declared(state) && !state.immutable && state.kind != StateKind::Role)
    };
    // The state each part is named by, and how many entries change something in it.
    let mut parts: Vec<(usize, StateId, usize)> = Vec::new();
    for states in &entries {
        let Some(class) = states.iter().next().map(|first| groups.class(*first)) else { continue };
        match parts.iter_mut().find(|(known, ..)| *known == class) {
            Some((.., entries)) => *entries += 1,
            None => {
                let ids = (0..).map(StateId).take(unit.states.len());
                let first = ids.filter(main).find(|id| groups.class(*id) == class);
                parts.extend(first.map(|first| (class, first, 1)));
            }
        }
    }
    // One entry alone is no service: a switch or a setting of its own does not make a contract two.
    parts.retain(|(.., entries)| *entries > 1);
    let [(_, first, _), (_, second, _), rest @ ..] = parts.as_slice() else { return None };
    let (first, second) = (unit.state(*first)?, unit.state(*second)?);
    let count = match rest.len() {
        0 => "two".to_owned(),
        more => (more + 2).to_string(),
    };
    let message = format!("`{}` is {count} micro-contracts: nothing it offers joins them", unit.name);
    let report = Diagnostic::warning("W0307", unit.span, message)
        .label("unrelated state in one contract")
        .also(first.span, format!("no entry or view uses `{}` …", first.name))
        .also(second.span, format!("… together with `{}`", second.name))
        .help(format!("`mcc split {}` shows them apart", unit.name));
    Some(report)
}
