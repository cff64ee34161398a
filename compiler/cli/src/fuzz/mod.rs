//! `mcc fuzz`: random sequences of calls by several actors on what an app or a test deploys, or on a
//! contract alone.
//!
//! A stream of numbers decides a sequence, so a sequence that breaks something is made smaller number by number
//! ([`crate::random`]). Sequences that did something new are kept and changed; what counts as new is said in
//! [`signal`], and nowhere else.

pub mod fixture;
pub mod target;
pub mod signal;
pub mod finding;
pub mod play;
pub mod corpus;
pub mod campaign;
pub mod text;
