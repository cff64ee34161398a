//! The outline of a composition: its steps in the order of its code, and which of them exclude each other.

use super::orders::Orders;
use crate::ir::{Action, Stmt};
use mc_syntax::source::Span;

/// A part of a composition that takes steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outline {
    /// The step with this number.
    Step(u16),
    /// One of two ways.
    Either(Vec<Outline>, Vec<Outline>),
}

/// The steps of a body, and what is known where each is taken.
#[derive(Clone, Debug, Default)]
pub struct Sequence {
    /// The steps, in the order of the code.
    pub outline: Vec<Outline>,
    /// For each step, which numbers are known not to exceed which others.
    pub orders: Vec<Orders>,
    /// For each step, where it stands in the source.
    pub spans: Vec<Span>,
}

/// The outline of some statements.
pub(crate) fn outline(stmts: &[Stmt]) -> Vec<Outline> {
    let mut parts = Vec::new();
    for stmt in stmts {
        match &stmt.does {
            Action::Step(step) => parts.push(Outline::Step(step.number)),
            Action::Labelled(_, body) => parts.extend(outline(body)),
            Action::If(_, one, other) => parts.extend(either(one, other)),
            // What is undone was never taken.
            Action::Try(attempt) => parts.extend(either(&attempt.body, &attempt.catch)),
            // A loop that takes steps is unrolled before.
            Action::Repeat(_)
            | Action::Set(..)
            | Action::SetElement(..)
            | Action::Store(..)
            | Action::Update(..)
            | Action::Guard(..)
            | Action::Fail(_)
            | Action::Emit(..)
            | Action::Give(_)
            | Action::Exit(_) => {}
        }
    }
    parts
}

/// One of two ways, if one of them takes steps.
fn either(one: &[Stmt], other: &[Stmt]) -> Option<Outline> {
    let (one, other) = (outline(one), outline(other));
    (!one.is_empty() || !other.is_empty()).then_some(Outline::Either(one, other))
}
