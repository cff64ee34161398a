//! How a block runs: from transactions to a state root, on all cores, with the serial result.
//!
//! The modules stand in the order in which a block passes through them, and each uses only those above it.
//! A [`block::Block`] of [`transaction::Transaction`]s is admitted, its access formulas are evaluated to
//! concrete cells, true conflicts are ordered, workers execute what is ready in their sandboxes, and the
//! cells that changed are committed. [`execute::Executor::execute`] is the one way in.

// The hand-made containers of the tests, which name this crate as its users do.
#[cfg(test)]
extern crate self as mc_runtime;
#[cfg(test)]
#[path = "../tests/common/mod.rs"]
mod common;

pub mod transaction;
pub mod receipt;
pub mod block;
mod hash;
mod assets;
mod table;
mod digest;
pub mod state;
mod source;
mod rules;
#[doc(hidden)]
pub mod observe;
pub mod registry;
mod admit;
mod arguments;
mod evaluate;
pub mod stats;
pub mod strategy;
mod overlay;
mod index;
mod cells;
pub mod schedule;
mod versions;
mod live;
mod guard;
mod memory;
mod journal;
mod composition;
mod trace;
mod instance;
mod host;
mod call;
pub mod sandbox;
mod serial;
pub mod deploy;
pub mod outcome;
pub mod world;
mod rest;
mod pin;
pub mod pool;
mod share;
mod shelf;
mod stir;
mod ready;
mod report;
mod worker;
mod optimistic;
mod phases;
pub mod execute;
pub mod inspect;

pub use assets::AssetId;
pub use block::{Block, BlockError};
pub use deploy::{DeployError, Deployment};
pub use execute::Executor;
pub use outcome::{ExecuteError, Outcome};
pub use pin::pin;
pub use pool::PoolOptions;
pub use receipt::{Event, Failure, Receipt};
pub use registry::{Container, Registry};
#[doc(hidden)]
pub use rules::Rules;
pub use schedule::order::Order;
pub use state::{CellWrite, State};
pub use stats::{Hot, Stats};
pub use strategy::Strategy;
pub use transaction::{Call, Kind, Transaction};
pub use world::World;
