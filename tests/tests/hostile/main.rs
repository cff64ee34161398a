//! Hostile containers: each file of `tests/hostile`, and each damage to a package, is refused before anything is
//! compiled, or contained: it fails alike in every executor, changes nothing and touches nobody's transactions.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod modules;
mod packages;
mod rules;
