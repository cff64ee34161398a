//! The syntax tree: what was written, with the place of every part.
//!
//! The tree says nothing about meaning; a node that could not be read is a `Recovered` node, and whoever
//! meets one stays silent, because the parser has spoken already.

pub mod item;
pub mod stmt;
pub mod expr;
pub mod ty;
mod mention;
mod node;

pub use expr::{Arg, BinaryOp, Deployed, Expr, ExprArm, ExprKind, TimeUnit, UnaryOp};
pub use item::{
    App, AssetDef, Attribute, Clause, Compose, ConstDef, Contract, EnumDef, ErrorDef, EventDef, EventParam,
    Field, File, Function, GenericParam, Import, ImportName, Init, Interface, InterfaceMember,
    InterfaceMemberKind, Invariant, Item, ItemKind, Member, MemberKind, Migrate, Param, RoleDef, Signature,
    Slot, Spend, StateDef, StructDef, TestDef, Variant,
};
pub use mention::Mention;
pub use node::Node;
pub use stmt::{AssignOp, Block, Else, Fail, Pattern, PatternKind, StepCall, Stmt, StmtArm, StmtKind};
pub use ty::{Type, TypeArg, TypeKind};

use crate::source::Span;

/// A name where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ident {
    /// The name.
    pub name: String,
    /// Its place.
    pub span: Span,
}

/// Names joined by dots: `gold.Unit`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// At least one name.
    pub segments: Vec<Ident>,
    /// From the first to the last.
    pub span: Span,
}

impl Path {
    /// The only name of a path of one.
    #[must_use]
    pub fn single(&self) -> Option<&Ident> {
        match self.segments.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// The path as it is written.
    #[must_use]
    pub fn text(&self) -> String {
        let names: Vec<&str> = self.segments.iter().map(|segment| segment.name.as_str()).collect();
        names.join(".")
    }
}
