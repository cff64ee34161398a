//! Which states of a contract belong together, and how a contract comes apart.
//!
//! The state-use graph joins each state with the functions that use it. Where it has several components, the
//! contract is several micro-contracts already (`W0307`). `propose` goes further: it leaves together what one
//! statement uses, makes a micro-contract of each part, and a composition of each entry that needs several.

mod uses;
mod groups;
mod cut;
mod generic;
mod write;
mod file;

pub use groups::{Groups, Tie, advise};
pub(crate) use write::camel;
pub use write::{Cut, Piece, Refusal, Request, Split, propose};
