//! Warnings for entries that do not say `@parallel`: what makes their calls wait for each other, and what to do.

use super::offence::{Effect, Offence, merged, with_calls};
use super::{Calls, commutes, depends_on_call, state_of};
use crate::tree::{State, StateKind, Unit};
use mc_container::access::show::{Instance, Names};
use mc_container::access::{Access, Mode, Op, Term};
use mc_container::manifest::{EntryKind, Manifest};
use mc_container::ty::Type;
use mc_syntax::diagnostic::Diagnostic;

/// Warns of what all calls share, if the entry is otherwise one whose calls could run side by side: it changes
/// something that the call names.
pub(super) fn shared(calls: &Calls<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let Some(entry) = calls.container.package.manifest().entries.get(calls.number) else { return };
    let keyed = |(access, ..): (&Access, _, _)| access.mode != Mode::Read && depends_on_call(access);
    if entry.kind != EntryKind::Entry || !calls.own().any(keyed) || is_for_few(calls) {
        return;
    }
    // Whoever only adds waits for nobody while there is room for all.
    for offence in merged(calls.offences()).iter().filter(|offence| offence.effect != Effect::AddsTo) {
        diagnostics.push(offence.warning(calls));
    }
}

/// True for an entry that only the members of a role may call.
fn is_for_few(calls: &Calls<'_>) -> bool {
    let manifest = calls.container.package.manifest();
    let role = |state: &&State| state.kind == StateKind::Role;
    calls.own().any(|(access, ..)| {
        let name = manifest.variable(access.variable).map(|variable| state_of(&variable.name));
        let by_caller = access.keys.iter().any(|key| key.0.as_slice() == [Op::Caller]);
        by_caller && calls.unit.states.iter().filter(role).any(|state| Some(state.name.as_str()) == name)
    })
}

impl Offence<'_> {
    fn warning(&self, calls: &Calls<'_>) -> Diagnostic {
        let (name, what) = (&calls.function.name, self.what());
        let state = calls.unit.states.iter().find(|state| state.name == state_of(self.name));
        let is_list =
            state.is_some_and(|state| state.keys.is_empty() && matches!(state.value, Type::List(..)));
        let say = |code, message: String| Diagnostic::warning(code, self.at, message);
        let diagnostic = match (self.observed(), self.amount()) {
            _ if is_list => say("W0306", format!("calls of `{name}` wait for each other: each {what}"))
                .label("a list has one length, which every call changes")
                .help("a map with `fresh_id()` as its key lets calls add to it side by side"),
            _ if self.levels.1 < self.levels.0 => {
                say("W0302", format!("calls of `{name}` wait for each other: each {what}"))
                    .label("every call meets here")
                    .help("pass the key as a parameter and `require` that it is the right one")
            }
            (Some((observed, moved)), _) => Diagnostic::warning(
                "W0304",
                observed,
                format!("calls of `{name}` wait for each other, because this uses the value of `{}`", self.name),
            )
            .label("used here")
            .also(moved, "otherwise only added to")
            .help("use the value nowhere, neither in an event nor in the result: calls that only add to a number run side by side"),
            (None, Some(amount)) => {
                let message = format!("only the run of `{name}` tells how much it adds to `{}`", self.name);
                Diagnostic::warning("W0305", amount, message)
                    .label("so calls wait for each other here")
                    .help("bound the amount: add a number of a smaller type with `as`, or pass it as a parameter with `where`")
            }
            _ => say("W0301", format!("calls of `{name}` wait for each other: each {what}"))
                .label("every call meets here")
                .help("key it by `caller` or a parameter, take ids from `fresh_id()`, or only add to it with `+=`"),
        };
        with_calls(diagnostic, self.cause)
    }
}

/// Warns of changes under a key that is read from the state: where an earlier transaction of the block may change
/// that state, they wait for everyone who uses the map.
pub(super) fn state_dependent(calls: &Calls<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let manifest = calls.container.package.manifest();
    let Some(entry) = manifest.entries.get(calls.number) else { return };
    if entry.kind != EntryKind::Entry {
        return;
    }
    let instances = [Instance { name: "", manifest }];
    let names = Names { params: &entry.params, instances: &instances, mark: "" };
    let mut seen = Vec::new();
    for (access, at, cause) in calls.own() {
        // What varies with the turns of a loop is an element of a list.
        let found = |key: &&Term| !key.is_settled() && key.indexes().next().is_none();
        let key = access.keys.iter().find(found);
        let name = manifest.variable(access.variable).map_or("", |variable| state_of(&variable.name));
        let of_list = list(calls.unit, name).is_some();
        let fine = seen.contains(&at) || of_list || stays_exact(access, manifest);
        let Some(key) = key.filter(|_| !fine) else { continue };
        seen.push(at);
        let message = format!("`{}` finds its cell of `{name}` through the state", calls.function.name);
        let diagnostic = Diagnostic::warning("W0303", at, message)
            .label(format!("the key is `{}`", names.term(key)))
            .help(mend(&names, key));
        diagnostics.push(with_calls(diagnostic, cause));
    }
}

/// The state that a variable is a part of, if it holds lists.
fn list<'u>(unit: &'u Unit, name: &str) -> Option<&'u State> {
    let lists = |state: &&State| matches!(state.value, Type::List(..));
    unit.states.iter().filter(lists).find(|state| state.name == state_of(name))
}

/// True for an access that hinders nobody if its key is not known: it only reads, or its changes commute.
fn stays_exact(access: &Access, manifest: &Manifest) -> bool {
    let credit = matches!(&access.mode, Mode::Delta(delta) if delta.need == Term::wide_zero());
    access.mode == Mode::Read || credit && commutes(access, manifest)
}

fn mend(names: &Names<'_>, key: &Term) -> String {
    format!(
        "pass it as a parameter and check it: after `require {} == from`, the parameter `from` is the key, known before the call runs",
        names.term(key)
    )
}
