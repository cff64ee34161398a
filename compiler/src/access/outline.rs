//! The outline of a composition: its steps in the order of its code, and which of them exclude each other.

use super::orders::Orders;
use crate::ir::{Action, Stmt};

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
}

/// The outline of some statements.
pub(crate) fn outline(stmts: &[Stmt]) -> Vec<Outline> {
    let mut parts = Vec::new();
    for stmt in stmts {
        match &stmt.does {
            Action::Step(step) => parts.push(Outline::Step(step.number)),
            Action::Labelled(_, body) => parts.extend(outline(body)),
            Action::If(_, then, otherwise) => match (outline(then), outline(otherwise)) {
                (then, otherwise) if then.is_empty() && otherwise.is_empty() => {}
                (then, otherwise) => parts.push(Outline::Either(then, otherwise)),
            },
            _ => {}
        }
    }
    parts
}
