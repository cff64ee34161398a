//! IR to access formulas: what an entry may read, write or add to, as terms over what is known before it runs.
//!
//! One symbolic execution of the body (02 §2.2): a local is a term or unknown, a loop body runs once with its
//! index as a term, arms are joined. A load is what was written before, or what the cell held when the call
//! began; a guard that passes tells which terms are equal. It may find too much; it must never find too little.

pub(crate) mod rules;
pub(crate) mod shift;
pub(crate) mod terms;
pub(crate) mod store;
pub(crate) mod facts;
pub(crate) mod orders;
pub(crate) mod outline;
pub(crate) mod flow;
pub(crate) mod cells;
pub(crate) mod analyse;
mod symbol;
mod condition;
mod touch;
mod merge;
mod counter;

pub use cells::{Analysis, Cause, SitePlan};
pub use orders::Orders;
pub use outline::{Outline, Sequence};
#[doc(hidden)]
pub use rules::Rules;

use crate::ir::Body;
use crate::tree::Unit;

/// Infers what `body` may touch.
#[must_use]
pub fn infer(unit: &Unit, body: &Body, rules: Rules) -> Analysis {
    let mut analysis = analyse::Analyser::new(unit, body, rules).run();
    let function = unit.function_named(&body.name);
    analysis.access.spends = function.map(|(_, function)| function.spend_terms()).unwrap_or_default();
    analysis
}
