//! What a body may name: the constants, and the names that are declared but not compiled.

use crate::load::Loaded;
use crate::resolve::Names;
use crate::tree::{Program, UnitId};
use mc_container::value::{Scalar, Value};
use mc_syntax::source::FileId;
use std::collections::{BTreeMap, BTreeSet};

/// A constant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Constant {
    pub(crate) ty: Scalar,
    pub(crate) value: Value,
}

/// The names of one unit beyond those in its [`crate::tree::Unit`].
#[derive(Clone, Debug, Default)]
pub(crate) struct UnitScope {
    /// The constants it may name: its own, and those of its file.
    pub(crate) constants: BTreeMap<String, Constant>,
    /// Names whose declaration has been reported; naming them again is not another mistake.
    pub(crate) silenced: BTreeSet<String>,
    /// A declaration could not be read: a name that nothing declares may have been declared there.
    pub(crate) lost: bool,
    /// The unit's own signature has been reported: deploying it is not another mistake.
    pub(crate) incomplete: bool,
}

/// Everything the checker knows besides the body it is in.
pub(crate) struct Context<'a> {
    pub(crate) loaded: &'a Loaded,
    pub(crate) names: &'a Names,
    /// The units with their signatures; bodies may be empty still.
    pub(crate) program: &'a Program,
    /// The scope of each unit.
    pub(crate) scopes: &'a [UnitScope],
    /// Which unit an item became.
    pub(crate) units: &'a BTreeMap<(FileId, usize), UnitId>,
}

impl Context<'_> {
    /// The unit that `name` means in `file`.
    pub(crate) fn unit(&self, file: FileId, name: &str) -> Option<UnitId> {
        let definition = self.names.get(file, name)?;
        self.units.get(&(definition.file, definition.item)).copied()
    }
}
