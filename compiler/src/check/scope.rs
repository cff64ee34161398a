//! What a body may name: constants, functions, types, and the names that are declared wrongly.

use super::types::Types;
use crate::load::Loaded;
use crate::resolve::Names;
use crate::tree::{Behind, FunctionId, InterfaceId, Program, UnitId};
use mc_container::ty::Type;
use mc_container::value::Value;
use mc_syntax::source::FileId;
use std::collections::{BTreeMap, BTreeSet};

/// A constant.
#[derive(Clone, Debug)]
pub(crate) struct Constant {
    pub(crate) ty: Type,
    /// The scalars it is made of.
    pub(crate) value: Vec<Value>,
}

/// The names of one unit, or of a free function, beyond those in its [`crate::tree::Unit`].
#[derive(Clone)]
pub(crate) struct Scope<'a> {
    /// What its types mean.
    pub(crate) types: Types<'a>,
    /// The constants it may name: its own, and those of its file.
    pub(crate) constants: BTreeMap<String, Constant>,
    /// The functions it may call, by the name they have here.
    pub(crate) functions: BTreeMap<String, FunctionId>,
    /// Names whose declaration has been reported; naming them again is not another mistake.
    pub(crate) silenced: BTreeSet<String>,
    /// A declaration could not be read: a name that nothing declares may have been declared there.
    pub(crate) lost: bool,
    /// The unit's own signature has been reported: deploying it is not another mistake.
    pub(crate) incomplete: bool,
}

impl<'a> Scope<'a> {
    /// The scope of something in this file that declares nothing yet.
    pub(crate) fn new(types: Types<'a>) -> Self {
        Self {
            types,
            constants: BTreeMap::new(),
            functions: BTreeMap::new(),
            silenced: BTreeSet::new(),
            lost: false,
            incomplete: false,
        }
    }

    pub(crate) fn silence(&mut self, name: &str) {
        self.silenced.insert(name.to_owned());
    }
}

/// The interfaces that are declared.
#[derive(Default)]
pub(crate) struct Interfaces<'a> {
    /// Which interface an item became.
    pub(crate) numbers: BTreeMap<(FileId, usize), InterfaceId>,
    pub(crate) scopes: Vec<Scope<'a>>,
}

/// Everything the checker knows besides the body it is in.
pub(crate) struct Context<'a> {
    pub(crate) loaded: &'a Loaded,
    pub(crate) names: &'a Names,
    /// The units with their signatures; bodies may be empty still.
    pub(crate) program: &'a Program,
    /// The scope of each unit.
    pub(crate) scopes: &'a [Scope<'a>],
    /// Which unit an item became.
    pub(crate) units: &'a BTreeMap<(FileId, usize), UnitId>,
    /// Which interface an item became, and their scopes.
    pub(crate) interfaces: &'a Interfaces<'a>,
}

impl<'a> Context<'a> {
    /// The unit that `name` means in `file`.
    pub(crate) fn unit(&self, file: FileId, name: &str) -> Option<UnitId> {
        let definition = self.names.get(file, name)?;
        self.units.get(&(definition.file, definition.item)).copied()
    }

    /// The interface that `name` means in `file`.
    pub(crate) fn interface(&self, file: FileId, name: &str) -> Option<InterfaceId> {
        let definition = self.names.get(file, name)?;
        self.interfaces.numbers.get(&(definition.file, definition.item)).copied()
    }

    /// The scope of what is behind a slot.
    pub(crate) fn scope_behind(&self, behind: Behind) -> Option<&'a Scope<'a>> {
        match behind {
            Behind::Unit(id) => self.scope(id),
            Behind::Interface(id) => self.interfaces.scopes.get(id.0 as usize),
        }
    }

    /// The scope of a unit.
    pub(crate) fn scope(&self, unit: UnitId) -> Option<&'a Scope<'a>> {
        self.scopes.get(unit.0 as usize)
    }
}
