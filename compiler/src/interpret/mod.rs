//! The meaning of the typed tree, said directly: a walk over it that computes values.
//!
//! It knows neither the IR nor WASM nor access formulas, so that it can be held against them: it is what the
//! differential tests compare execution with, and what runs the bodies of `test` blocks. State lies behind a
//! [`ledger::Ledger`], deployed containers behind a [`wiring::Wiring`], what a test does to the world behind a
//! [`world::TestWorld`].
//!
//! A value is the sequence of its type's scalars, each with the cell it was loaded from and has not been
//! observed through yet: `let p = pools[k]` touches only the fields that are used later.

pub mod shape;
pub mod show;
pub mod ledger;
pub mod wiring;
pub mod failure;
pub mod world;
mod places;
mod scalar;
mod session;
mod body;
mod expr;
mod list;
mod place;
mod whole;
pub mod worth;
mod law;
pub mod machine;
mod trial;

pub use session::{Around, Branch, Call, EVENTS_MAX, Event, Executed, run};
pub use trial::{ACTOR, run_test};
