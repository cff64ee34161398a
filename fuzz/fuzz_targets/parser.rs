//! Any text gives a tree, and findings that point into it.

#![no_main]

#[path = "../../tests/src/fuzz/targets.rs"]
#[allow(dead_code, reason = "one target of the five")]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::parser(bytes));
