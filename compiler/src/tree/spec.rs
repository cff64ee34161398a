//! What a contract says about itself: its invariants, and the forms that only these and `ensures` have.

use super::{Cells, Expr, Local, LocalId, StateKind};
use mc_container::ty::Type;
use mc_syntax::source::Span;

/// A condition on the state that every transaction leaves true; checked by tests, never in a block.
#[derive(Clone, Debug)]
pub struct Invariant {
    /// Its name.
    pub name: String,
    /// The name's place.
    pub span: Span,
    /// What its quantifiers bind.
    pub locals: Vec<Local>,
    /// What holds.
    pub condition: Expr,
}

/// What only a specification may say.
#[derive(Clone, Debug)]
pub enum Spec {
    /// `old(e)`: what `e` was before.
    Old(Expr),
    /// `sum(m)`: everything below the keys that are given.
    Sum(Whole),
    /// `count(m)`: how many keys are there.
    Count(Whole),
    /// `forall x in m: e`, or `exists x in m: e`.
    Each(Box<Each>),
}

/// A quantifier.
#[derive(Clone, Debug)]
pub struct Each {
    /// True for `forall`.
    pub all: bool,
    /// What it binds.
    pub local: LocalId,
    /// What it goes through.
    pub elements: Elements,
    /// What holds of all, or of one.
    pub condition: Expr,
}

/// What a quantifier goes through.
#[derive(Clone, Debug)]
pub enum Elements {
    /// The keys of a map, a set or a role.
    Keys(Whole),
    /// The elements of a list.
    List(Expr),
}

/// A map, a set or a role with at least one key open.
#[derive(Clone, Debug)]
pub struct Whole {
    /// What it is.
    pub kind: StateKind,
    /// The cells of a value.
    pub cells: Cells,
    /// The keys that are given.
    pub keys: Vec<Expr>,
    /// The types of those that are open, outermost first.
    pub open: Vec<Type>,
}
