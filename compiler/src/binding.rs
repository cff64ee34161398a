//! Bindings: a unit with everything behind its slots, as it is written or as an app deploys it.

use crate::Container;
use crate::tree::{App, Behind, Program, Unit, UnitId};
use mc_container::access::link::{Bound, LinkError, link};
use mc_container::access::{EntryAccess, Linked};
use mc_container::manifest::Manifest;

/// A unit, and what its slots are bound to.
#[derive(Clone)]
pub struct Binding<'p> {
    /// The unit.
    pub unit: &'p Unit,
    /// Its container.
    pub container: &'p Container,
    /// What it is called: the way to its slot, or the deployment.
    pub name: String,
    /// Which container it is: equal for what is surely one.
    pub identity: u32,
    /// What its slots are bound to.
    pub slots: Vec<Self>,
}

/// Finds the containers of units.
#[derive(Clone, Copy)]
pub struct Binder<'p> {
    /// The program.
    pub program: &'p Program,
    /// Its containers.
    pub containers: &'p [Container],
}

impl<'p> Binder<'p> {
    /// A unit as it is written, with a container of its own behind each slot; `None` where only an app says what
    /// is behind a slot.
    #[must_use]
    pub fn written(self, id: UnitId) -> Option<Binding<'p>> {
        let name = self.program.unit(id)?.name.clone();
        self.behind(id, (name, ""), &[], &mut 0)
    }

    /// A unit as it is written, or where only apps say what is behind its slots, as each of them deploys it, with
    /// the app's name.
    #[must_use]
    pub fn bindings(self, id: UnitId) -> Vec<(Option<&'p str>, Binding<'p>)> {
        if let Some(written) = self.written(id) {
            return vec![(None, written)];
        }
        let mut bindings = Vec::new();
        for app in &self.program.apps {
            let numbers = (0..).zip(&app.deployments).filter(|(_, deployment)| deployment.unit == id);
            let deployed = numbers.filter_map(|(number, _)| self.deployed(app, number));
            bindings.extend(deployed.map(|binding| (Some(app.name.as_str()), binding)));
        }
        bindings
    }

    /// What is behind a slot is named by the `way` to it. `outer` are the slots of the composition around: a step that
    /// names a composition runs it on these.
    fn behind(
        self,
        id: UnitId,
        (name, way): (String, &str),
        outer: &[Binding<'p>],
        count: &mut u32,
    ) -> Option<Binding<'p>> {
        let (unit, container) = (self.program.unit(id)?, self.container(id)?);
        let identity = *count;
        *count += 1;
        let mut slots: Vec<Binding<'p>> = Vec::new();
        for slot in &unit.slots {
            let Behind::Unit(behind) = slot.behind else { return None };
            let named = format!("{way}{}", slot.name);
            let shared = outer.iter().find(|other| other.name == named && other.container.unit == behind);
            let bound = match shared {
                Some(shared) => shared.clone(),
                None if slot.implied => self.behind(behind, (named, way), &slots, count)?,
                None => {
                    let inside = format!("{named}.");
                    self.behind(behind, (named, &inside), &[], count)?
                }
            };
            slots.push(bound);
        }
        Some(Binding { unit, container, name, identity, slots })
    }

    /// What an app deploys as its deployment with this number.
    #[must_use]
    pub fn deployed(self, app: &'p App, number: u32) -> Option<Binding<'p>> {
        let deployment = app.deployments.get(number as usize)?;
        let unit = self.program.unit(deployment.unit)?;
        let container = self.container(deployment.unit)?;
        // A slot is bound to an earlier deployment, so this ends.
        let earlier = deployment.slots.iter().filter(|slot| **slot < number);
        let slots = earlier.map(|slot| self.deployed(app, *slot)).collect::<Option<_>>()?;
        Some(Binding { unit, container, name: deployment.name.clone(), identity: number, slots })
    }

    fn container(self, id: UnitId) -> Option<&'p Container> {
        self.containers.iter().find(|container| container.unit == id)
    }
}

impl<'p> Binding<'p> {
    /// Every container that a call may touch, by the instance that it is: itself, then what its slots are bound to,
    /// then what is behind those.
    #[must_use]
    pub fn instances(&self) -> Vec<&Self> {
        let mut instances = vec![self];
        instances.extend(self.behind());
        instances
    }

    fn behind(&self) -> Vec<&Self> {
        let mut behind: Vec<&Self> = self.slots.iter().collect();
        self.slots.iter().for_each(|slot| behind.extend(slot.behind()));
        behind
    }

    /// The manifest of its container.
    #[must_use]
    pub fn manifest(&self) -> &'p Manifest {
        self.container.package.manifest()
    }

    /// What its slots are bound to, for the linker.
    #[must_use]
    pub fn bounds(&self) -> Vec<Bound<'p>> {
        let bound = |slot: &Self| Bound {
            manifest: slot.manifest(),
            access: slot.container.package.access(),
            slots: slot.bounds(),
        };
        self.slots.iter().map(bound).collect()
    }

    /// Everything that a call of the entry with this number may touch.
    ///
    /// # Errors
    /// A [`LinkError`] where the slots do not provide what a step calls.
    pub fn linked(&self, entry: usize) -> Result<Linked, LinkError> {
        let nothing = EntryAccess::default();
        link(self.container.package.access().get(entry).unwrap_or(&nothing), &self.bounds())
    }
}
