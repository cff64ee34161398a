//! Scheduling, the second half of the paper's step 2: true conflicts, and nothing else, are ordered.
//!
//! [`order`] knows transactions and resources by number only. [`resolve`] finds out what those transactions touch
//! whose formulas depend on the state. [`intern`] gives every cell of a block one number and its value; [`conflicts`]
//! decides which may be added to in any order, and what must wait for what on the others; [`locks`] does the same for
//! locks over many cells. [`groups`] is the paper's own way to split.

pub mod order;
pub(crate) mod chunk;
pub(crate) mod resolve;
pub(crate) mod locks;
pub(crate) mod intern;
pub(crate) mod conflicts;
pub mod groups;
