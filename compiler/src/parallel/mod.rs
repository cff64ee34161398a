//! What serialises: is `@parallel` true, and what makes calls of other entries wait for each other without need?
//!
//! `@parallel` says that calls of the entries that are marked so wait for each other only where they name the
//! same cells (02 §2.2, rule 8). So an entry that is not marked, such as one that pauses a contract, may write what all of
//! them read.

mod free;
mod offence;
mod advice;
mod branches;

use crate::binding::{Binder, Binding};
use crate::tree::{Function, Program, Unit};
use crate::{Cause, Container};
use free::statically_free;
use mc_container::access::{Access, EntryAccess, Linked, Mode, Op, Term, VariableId};
use mc_container::address::COIN_VARIABLE;
use mc_container::manifest::{Entry, Holding, Manifest};
use mc_container::package::Package;
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::Span;
use offence::{Effect, Offence, merged};

/// Reports every access that all calls of a `@parallel` entry or composition share, and warns of those that
/// serialise others.
pub fn check(program: &Program, containers: &[Container], diagnostics: &mut Vec<Diagnostic>) {
    let binder = Binder { program, containers };
    branches::check(binder, diagnostics);
    for container in containers {
        let Some(unit) = program.unit(container.unit) else { continue };
        for (app, binding) in binder.bindings(container.unit) {
            for (number, entry) in container.package.manifest().entries.iter().enumerate() {
                let function = unit.function_named(&entry.name).map(|(_, function)| function);
                let Some(function) = function else { continue };
                let calls = Calls { container, unit, number, function, binding: &binding };
                match function.parallel {
                    Some(asserted) => {
                        for offence in merged(calls.offences()) {
                            diagnostics.push(offence.error(function, app).also(asserted, "asserted here"));
                        }
                    }
                    None => advice::shared(&calls, diagnostics),
                }
                advice::state_dependent(&calls, diagnostics);
            }
        }
    }
}

/// The calls of one entry or composition.
struct Calls<'p> {
    container: &'p Container,
    unit: &'p Unit,
    /// The number of the entry.
    number: usize,
    function: &'p Function,
    /// Its container, and what its slots are bound to.
    binding: &'p Binding<'p>,
}

impl<'p> Calls<'p> {
    /// The entry's own accesses, with the first place that makes each, and why it is no better.
    fn own(&self) -> impl Iterator<Item = (&'p Access, Span, Option<&'p Cause>)> {
        let Self { container, number, function, .. } = self;
        let accesses = container.package.access().get(*number).map(|access| access.accesses.iter());
        let (places, causes) = (container.places.get(*number), container.causes.get(*number));
        accesses.into_iter().flatten().enumerate().map(move |(access, formula)| {
            let place = places.and_then(|places| places.get(access)?.first().copied());
            (formula, place.unwrap_or(function.span), causes.and_then(|causes| causes.get(access)))
        })
    }

    /// Every access that all calls share, the steps' included.
    fn offences(&self) -> Vec<Offence<'p>> {
        let own = Side { unit: self.unit, package: &self.container.package };
        let mut offences: Vec<Offence<'p>> =
            self.own().filter_map(|(access, at, cause)| own.judge(access, at, cause, None)).collect();
        let linked = self.binding.linked(self.number).unwrap_or_default();
        let instances = self.binding.instances();
        offences.extend(linked.accesses.iter().filter(|one| one.instance > 0).filter_map(|one| {
            let instance = instances.get(usize::from(one.instance))?;
            let side = Side { unit: instance.unit, package: &instance.container.package };
            side.judge(&one.access, self.function.span, None, Some(&linked))
        }));
        offences
    }
}

/// A contract whose cells are touched.
#[derive(Clone, Copy)]
struct Side<'p> {
    unit: &'p Unit,
    package: &'p Package,
}

impl<'p> Side<'p> {
    /// What is wrong with an access if calls are to meet only where they name the same cells.
    fn judge(
        self,
        access: &Access,
        at: Span,
        cause: Option<&'p Cause>,
        linked: Option<&Linked>,
    ) -> Option<Offence<'p>> {
        let (manifest, formulas) = (self.package.manifest(), self.package.access());
        let written = || {
            let own = linked.into_iter().flat_map(|linked| &linked.accesses);
            let mut own = own.filter(|one| one.instance > 0).map(|one| &one.access);
            own.any(|one| changes(one, access.variable)) || self.is_written(access.variable)
        };
        let holds = access.mode == Mode::Read && !written()
            || depends_on_call(access)
            || commutes(access, manifest)
            || statically_free(access.variable, manifest, formulas);
        let variable = self.unit.variable(access.variable)?;
        let effect = match access.mode {
            Mode::Read => Effect::Reads,
            Mode::Delta(_) => Effect::AddsTo,
            Mode::Write | Mode::Max | Mode::Min => Effect::Writes,
        };
        let levels = (variable.keys.len(), access.keys.len());
        let name = shown(&variable.name);
        let settled = access.keys.iter().all(Term::is_settled);
        (!holds).then_some(Offence { unit: &self.unit.name, name, effect, levels, settled, at, cause })
    }

    /// True for a variable that an entry marked `@parallel` may change.
    fn is_written(self, variable: VariableId) -> bool {
        let marked = |entry: &Entry| {
            let function = self.unit.function_named(&entry.name);
            function.is_some_and(|(_, function)| function.parallel.is_some())
        };
        entries(self.package.manifest(), self.package.access())
            .filter(|(entry, _)| marked(entry))
            .flat_map(|(_, access)| &access.accesses)
            .any(|access| changes(access, variable))
    }
}

fn changes(access: &Access, variable: VariableId) -> bool {
    access.variable == variable && access.mode != Mode::Read
}

/// The name of a variable without what tells apart the cells of one scalar or text.
fn shown(name: &str) -> &str {
    let name = name.split('#').next().unwrap_or(name);
    name.strip_suffix(".some").unwrap_or(name)
}

/// The name of the state that a variable is a part of.
pub(crate) fn state_of(name: &str) -> &str {
    if name == COIN_VARIABLE { name } else { name.split('.').next().unwrap_or(name) }
}

/// True for a change that commutes with others of its kind: of an amount of an asset, or of a supply, that nobody
/// looks at, while there is head-room, which a credit never needs; raising, and lowering.
fn commutes(access: &Access, manifest: &Manifest) -> bool {
    let holding = manifest.variable(access.variable).map(|variable| &variable.holding);
    match access.mode {
        Mode::Delta(_) => {
            matches!(holding, Some(Holding::Amount(_) | Holding::Supply(_) | Holding::Coin))
        }
        Mode::Max | Mode::Min => true,
        Mode::Read | Mode::Write => false,
    }
}

fn entries<'m>(
    manifest: &'m Manifest,
    formulas: &'m [EntryAccess],
) -> impl Iterator<Item = (&'m Entry, &'m EntryAccess)> {
    manifest.entries.iter().zip(formulas)
}

/// True for an access that two calls have in common only if they name the same.
fn depends_on_call(access: &Access) -> bool {
    let differs = |op: &Op| matches!(op, Op::Param(_) | Op::Caller | Op::Element { .. } | Op::Fresh { .. });
    let mentions = |term: &Term| term.0.iter().any(differs);
    access.keys.iter().any(|key| {
        mentions(key)
            || key.indexes().any(|index| {
                let range = access.ranges.get(usize::from(index));
                range.is_some_and(|range| mentions(&range.from) || mentions(&range.to))
            })
    })
}
