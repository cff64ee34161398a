//! Any text gives tokens in order.

#![no_main]

#[path = "../../tests/src/fuzz/targets.rs"]
#[allow(dead_code, reason = "one target of the five")]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::lexer(bytes));
