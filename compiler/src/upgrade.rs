//! An upgrade: what a version of a contract makes of the state that an earlier one has stored.
//!
//! A container keeps its address and its cells, which are found by the names of their variables. So what the earlier
//! version declares and this one does not is lost, and what is declared otherwise means something else, unless the
//! `migrate` from that version reads it.

use crate::tree::{self, Migration, Unit};
use mc_container::manifest::{Holding, Manifest, Variable};
use mc_container::value::{Scalar, Value};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::Span;
use std::collections::BTreeSet;

/// What is wrong with putting `unit` in the place of a container with this manifest.
#[must_use]
pub fn check(unit: &Unit, old: &Manifest) -> Vec<Diagnostic> {
    let upgrade = Upgrade { unit, old };
    let mut findings: Vec<Diagnostic> = upgrade.version().into_iter().collect();
    let mut told = BTreeSet::new();
    for before in &old.variables {
        if let Some(finding) = upgrade.variable(before).filter(|_| told.insert(state_of(before))) {
            findings.push(finding);
        }
    }
    findings
}

/// The state that a variable is a part of: `lots` of `lots.note#1`.
fn state_of(variable: &Variable) -> &str {
    variable.name.split(['.', '#']).next().unwrap_or_default()
}

struct Upgrade<'u> {
    unit: &'u Unit,
    old: &'u Manifest,
}

impl Upgrade<'_> {
    fn version(&self) -> Option<Diagnostic> {
        let (unit, before) = (self.unit, self.old.version);
        if unit.version > before {
            return None;
        }
        let message = format!("`{}` is version {}, and upgrades version {before}", unit.name, unit.version);
        let next = before.saturating_add(1);
        Some(
            Diagnostic::error("E0803", unit.span, message)
                .label("not a later version")
                .help(format!("declare `version {next};`")),
        )
    }

    /// What is wrong with a variable that does not stay as it is.
    fn variable(&self, before: &Variable) -> Option<Diagnostic> {
        let now = self.unit.variables.iter().find(|now| now.name == before.name);
        if let Holding::Supply(asset) = &before.holding {
            let help = "keep it: what cells hold of it is still there".to_owned();
            return now.is_none().then(|| self.lost(self.unit.span, &format!("the asset `{asset}`"), help));
        }
        let state = state_of(before);
        if self.migration().is_some_and(|migration| migration.reads.contains(state)) {
            return None;
        }
        let from = self.old.version;
        let help = format!(
            "keep it as it was, or say what becomes of it: `migrate from {from} {{ … old.{state} … }}`"
        );
        let span = self.unit.states.iter().find(|it| it.name == state).map_or(self.unit.span, |it| it.span);
        let Some(now) = now else { return Some(self.lost(span, &format!("`{}`", before.name), help)) };
        let message = format!("`{}` {}", before.name, otherwise(before, now)?);
        Some(
            Diagnostic::error("E0801", span, message)
                .label(format!("version {from} stored it otherwise"))
                .help(help),
        )
    }

    /// The migration that takes over the state.
    fn migration(&self) -> Option<&Migration> {
        self.unit.migrations.iter().find(|migration| migration.from == self.old.version)
    }

    fn lost(&self, span: Span, what: &str, help: String) -> Diagnostic {
        let Manifest { name, version, .. } = self.old;
        let message = format!("{what} is gone, and version {version} of `{name}` has stored it");
        Diagnostic::error("E0801", span, message).label("drops what is still stored").help(help)
    }
}

/// How the cells of a variable mean something else than before; `None` where they do not.
fn otherwise(before: &Variable, now: &tree::Variable) -> Option<String> {
    let cells = |keys: &[Scalar], value: Scalar| {
        let path: String = keys.iter().map(|key| format!("{key} -> ")).collect();
        format!("`{path}{value}`")
    };
    let (was, is) = (cells(&before.keys, before.value), cells(&now.keys, now.value));
    if was != is {
        return Some(format!("was {was}, and is {is}"));
    }
    if before.holding != now.holding {
        return Some(format!("held {}, and holds {}", held(&before.holding), held(&now.holding)));
    }
    let worth = |value: Value| value.show(before.value);
    let (was, is) = (worth(before.default), worth(now.default));
    (was != is).then(|| format!("was {was} where nothing is stored, and is {is}"))
}

/// What cells hold of an asset.
fn held(holding: &Holding) -> String {
    match holding {
        Holding::Amount(asset) | Holding::Unique(asset) | Holding::Supply(asset) => format!("`{asset}`"),
        Holding::Nothing | Holding::Coin => "no asset".to_owned(),
    }
}
