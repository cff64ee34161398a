//! The artefact both sides agree on: what the compiler writes and the runtime executes.
//!
//! A [`package::Package`] is a WASM module with its [`manifest::Manifest`] and the [`access`] formulas that
//! say, before a call runs, which state cells it may read, write or add to. Everything here is data and pure
//! functions on it: no engine, no files, no threads.

pub mod error;
pub mod value;
pub mod arithmetic;
pub mod integer;
pub mod ty;
pub mod text;
pub mod codec;
pub mod compute;
pub mod cost;
pub mod lanes;
pub mod address;
pub mod failure;
pub mod access;
pub mod manifest;
pub mod frame;
pub mod publisher;
pub mod package;
pub mod verify;
