//! Instances: the containers of a world in one worker's store, where each has its memory and its code.

use crate::registry::Container;
use std::sync::Arc;
use wasmtime::{Memory, TypedFunc};

/// The number of an instance in its store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InstanceId(u32);

/// A container, instantiated in one worker's store.
pub(crate) struct Instance {
    pub(crate) container: Arc<Container>,
    pub(crate) memory: Memory,
    /// Its entries.
    pub(crate) functions: Functions,
    /// What its slots are bound to.
    pub(crate) slots: Vec<InstanceId>,
}

/// The entries of an instance, in the order of the manifest.
pub(crate) type Functions = Vec<TypedFunc<(), i32>>;

/// The instances of one store. None is ever taken away, so that a number stays good.
#[derive(Default)]
pub(crate) struct Instances {
    all: Vec<Instance>,
    /// The last one of each container, by the number of that.
    last: Vec<Option<InstanceId>>,
}

impl Instances {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    #[inline]
    pub(crate) fn get(&self, id: InstanceId) -> Option<&Instance> {
        self.all.get(id.0 as usize)
    }

    /// That of a container, found by identity: different worlds may number alike.
    #[inline]
    pub(crate) fn of(&self, container: &Arc<Container>) -> Option<InstanceId> {
        let id = (*self.last.get(container.id.index())?)?;
        Arc::ptr_eq(&self.get(id)?.container, container).then_some(id)
    }

    /// Lends the entries of an instance, since the store that they run on has to let go of them. Nothing runs twice at
    /// a time: slots are bound to what was there before.
    #[inline]
    pub(crate) fn start(&mut self, id: InstanceId) -> Functions {
        self.all
            .get_mut(id.0 as usize)
            .map(|instance| std::mem::take(&mut instance.functions))
            .unwrap_or_default()
    }

    /// Takes them back.
    #[inline]
    pub(crate) fn stop(&mut self, id: InstanceId, functions: Functions) {
        if let Some(instance) = self.all.get_mut(id.0 as usize) {
            instance.functions = functions;
        }
    }

    /// Adds one, which is the last of its container.
    pub(crate) fn add(&mut self, instance: Instance) -> InstanceId {
        let (id, index) = (InstanceId(self.all.len() as u32), instance.container.id.index());
        if self.last.len() <= index {
            self.last.resize(index + 1, None);
        }
        if let Some(last) = self.last.get_mut(index) {
            *last = Some(id);
        }
        self.all.push(instance);
        id
    }
}
