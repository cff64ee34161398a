//! What the tests stand on: an interpreter of the typed tree, generators of programs and blocks, and the
//! stage on which both the interpreter and the runtime run the same blocks.
//!
//! A test that fails panics, so unwrapping and indexing are the right way to say "this must hold" here.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "tests fail by panicking and speak to the console"
)]

pub mod render;
pub mod interpreter;
pub mod stage;
pub mod formulas;
pub mod declared;
pub mod generate;
pub mod promise;
pub mod reduce;
pub mod reorder;
pub mod attack;
pub mod repack;
pub mod blockfile;
pub mod fuzz;
pub mod hostile;
