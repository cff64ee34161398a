//! The oracle: runs transactions on the typed tree, one after the other, over a plain map.
//!
//! It is the compiler's own machine, which knows neither the IR nor WASM nor access formulas; the random tests hold
//! everything else against it.

pub use mc_compiler::interpret::ledger::Cell;
pub use mc_compiler::interpret::machine::{Call, Executed, Instance, Machine, Run, Usage, Verdict};
