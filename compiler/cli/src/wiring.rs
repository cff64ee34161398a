//! Everything that can be called, with the accesses of all its steps and the names to show them by.

use crate::failure::Complaint;
use crate::output::Output;
use mc_compiler::{Compiled, Container};
use mc_compiler::binding::{Binder, Binding};
use mc_compiler::conflict::Callable;
use mc_compiler::tree::{App, Behind, Unit};
use mc_container::access::link::LinkedStep;
use mc_container::access::show::{Instance, Names};
use mc_container::access::{EntryAccess, Linked, LinkedAccess};
use mc_container::cost::Cost;
use mc_container::manifest::{Entry, EntryKind, Manifest, Variable};
use mc_syntax::source::Span;

/// An entry that can be called, linked.
pub struct Wired<'a> {
    /// The name of the deployment, or of the unit where nothing is deployed.
    pub owner: String,
    /// Its container.
    pub container: &'a Container,
    /// Its signature.
    pub entry: &'a Entry,
    /// Its own formulas.
    pub formulas: &'a EntryAccess,
    /// All accesses, those of the steps included.
    pub linked: Linked,
    /// The containers that the accesses speak of: its own, then what is behind its slots, as linking numbers them.
    instances: Vec<(String, &'a Container)>,
    /// For each of them, the number of its deployment, or of its unit.
    numbers: Vec<u32>,
    /// For each of them, its manifest.
    manifests: Vec<&'a Manifest>,
}

/// Every entry of every deployment of an app, `init` left out.
///
/// # Errors
/// If a composition does not fit what it is bound to.
pub fn of_app<'a>(compiled: &'a Compiled, app: &'a App) -> Result<Vec<Wired<'a>>, Complaint> {
    let mut wired = Vec::new();
    for (number, _) in (0..).zip(&app.deployments) {
        if let Some(deployed) = binder(compiled).deployed(app, number) {
            entries(&deployed, |binding| binding.identity, &mut wired)?;
        }
    }
    Ok(wired)
}

/// Every entry of every unit, `init` left out; a slot stands for the contract it was written against, and a composition
/// over interfaces is left out.
///
/// # Errors
/// If a composition does not fit its slots.
pub fn of_units(compiled: &Compiled) -> Result<Vec<Wired<'_>>, Complaint> {
    let mut wired = Vec::new();
    for container in &compiled.containers {
        if let Some(written) = binder(compiled).written(container.unit) {
            entries(&written, |binding| binding.container.unit.0, &mut wired)?;
        }
    }
    Ok(wired)
}

fn binder(compiled: &Compiled) -> Binder<'_> {
    Binder { program: &compiled.program, containers: &compiled.containers }
}

/// The compositions over interfaces that no app of the program deploys: what they touch, nobody can say.
#[must_use]
pub fn unbound(compiled: &Compiled) -> Vec<&str> {
    let program = &compiled.program;
    let over = |unit: &&Unit| unit.slots.iter().any(|slot| matches!(slot.behind, Behind::Interface(_)));
    let deployments = || program.apps.iter().flat_map(|app| &app.deployments);
    let of =
        |unit: &Unit| deployments().any(|it| program.unit(it.unit).is_some_and(|it| it.span == unit.span));
    program.units.iter().filter(over).filter(|unit| !of(unit)).map(|unit| unit.name.as_str()).collect()
}

/// Says which compositions are left out, if there are any.
pub fn say_unbound(compiled: &Compiled, output: &mut Output) {
    let unbound = unbound(compiled);
    if !unbound.is_empty() {
        let (names, are) = (unbound.join("`, `"), if unbound.len() == 1 { "is" } else { "are" });
        output.status(&format!("`{names}` {are} left out: what an interface stands for, only an app says\n"));
    }
}

fn entries<'a>(
    binding: &Binding<'a>,
    number: impl Fn(&Binding<'a>) -> u32,
    wired: &mut Vec<Wired<'a>>,
) -> Result<(), Complaint> {
    let (instances, manifest) = (binding.instances(), binding.manifest());
    let formulas = manifest.entries.iter().zip(binding.container.package.access());
    for (at, (entry, formulas)) in formulas.enumerate() {
        if entry.kind == EntryKind::Init {
            continue;
        }
        let owner = binding.name.clone();
        let linked = binding
            .linked(at)
            .map_err(|error| Complaint::new(format!("`{owner}` cannot be linked to its slots: {error:?}")))?;
        wired.push(Wired {
            owner,
            container: binding.container,
            entry,
            formulas,
            linked,
            instances: instances.iter().map(|it| (it.name.clone(), it.container)).collect(),
            numbers: instances.iter().map(|it| number(it)).collect(),
            manifests: instances.iter().map(|it| it.manifest()).collect(),
        });
    }
    Ok(())
}

impl<'a> Wired<'a> {
    /// How a call of it is written: `gold.transfer`, `Purchase`.
    #[must_use]
    pub fn name(&self) -> String {
        if self.composes() { self.owner.clone() } else { format!("{}.{}", self.owner, self.entry.name) }
    }

    /// True for a composition.
    #[must_use]
    pub fn composes(&self) -> bool {
        self.entry.kind == EntryKind::Compose
    }

    /// Its signature without types: `transfer(to, amount)`.
    #[must_use]
    pub fn signature(&self) -> String {
        let params: Vec<&str> = self.entry.params.iter().map(|param| param.name.as_str()).collect();
        let name = if self.composes() { &self.owner } else { &self.entry.name };
        format!("{name}({})", params.join(", "))
    }

    /// The fuel that a call uses at most, its steps included.
    #[must_use]
    pub fn cost(&self) -> Cost {
        let steps = self.linked.all_steps().into_iter().map(|step| {
            let called = self.called(step);
            called.map_or(0, |(_, entry)| entry.cost.worst(entry.named_params()))
        });
        self.entry.cost.then(&Cost::fixed(steps.fold(0, u64::saturating_add)))
    }

    /// For the conflict analysis.
    #[must_use]
    pub fn callable(&self) -> Callable<'_> {
        Callable { linked: &self.linked, containers: &self.numbers, manifests: &self.manifests }
    }

    /// What `show` is given the names by; `own` says whether its own container's name is shown, too.
    pub fn with_names<T>(&self, own: bool, mark: &str, show: impl FnOnce(&Names<'_>) -> T) -> T {
        let instances: Vec<Instance<'_>> = (0..)
            .zip(&self.instances)
            .map(|(number, (name, container))| {
                let name = if number == 0 && !own { "" } else { name.as_str() };
                Instance { name, manifest: container.package.manifest() }
            })
            .collect();
        show(&Names { params: &self.entry.params, instances: &instances, mark })
    }

    fn variable(&self, access: &LinkedAccess) -> Option<&Variable> {
        let (_, container) = self.instances.get(usize::from(access.instance))?;
        container.package.manifest().variable(access.access.variable)
    }

    /// The number of map levels of the accessed variable.
    #[must_use]
    pub fn depth(&self, access: &LinkedAccess) -> usize {
        self.variable(access).map_or(0, |variable| variable.keys.len())
    }

    /// True if the accessed variable never changes.
    #[must_use]
    pub fn is_immutable(&self, access: &LinkedAccess) -> bool {
        self.variable(access).is_some_and(|variable| variable.immutable)
    }

    /// The step an access comes from.
    #[must_use]
    pub fn step_of(&self, access: &LinkedAccess) -> Option<&LinkedStep> {
        self.step(access.step?)
    }

    /// The step with this number, counted with those inside of the steps before it.
    #[must_use]
    pub fn step(&self, number: u16) -> Option<&LinkedStep> {
        self.linked.all_steps().into_iter().find(|step| step.number == number)
    }

    /// The step with this number, after the compositions that it is a step of.
    #[must_use]
    pub fn way(&self, number: u16) -> Vec<&LinkedStep> {
        let mut way = Vec::new();
        let mut steps = &self.linked.steps;
        // What a step takes itself has the numbers up to the next one's.
        while let Some(step) = steps.iter().rfind(|step| step.number <= number) {
            way.push(step);
            steps = &step.steps;
        }
        way
    }

    /// The container and the entry that a step calls.
    fn called(&self, step: &LinkedStep) -> Option<(&'a Container, &'a Entry)> {
        let (_, container) = self.instances.get(usize::from(step.instance))?;
        Some((container, container.package.manifest().entries.get(step.entry)?))
    }

    /// What a step calls: `gold.transfer`, `Purchase`.
    #[must_use]
    pub fn step_name(&self, step: &LinkedStep) -> String {
        let bound = self.instances.get(usize::from(step.instance)).map_or("?", |(name, _)| name.as_str());
        match self.called(step) {
            Some((_, entry)) if entry.kind != EntryKind::Compose => format!("{bound}.{}", entry.name),
            _ => bound.to_owned(),
        }
    }

    /// The places in the source that make an access.
    #[must_use]
    pub fn places(&self, access: &LinkedAccess) -> &[Span] {
        let (container, entry) = match self.step_of(access) {
            None => (Some(self.container), self.entry.name.as_str()),
            Some(step) => {
                let called = self.called(step);
                (called.map(|(container, _)| container), called.map_or("", |(_, entry)| entry.name.as_str()))
            }
        };
        let found = container.and_then(|container| {
            let number = container.package.manifest().entry_number(entry)?;
            container.places.get(number)?.get(usize::from(access.origin))
        });
        found.map_or(&[], Vec::as_slice)
    }
}
