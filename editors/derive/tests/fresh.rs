//! What is derived is what is committed.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "tests")]

use std::fs;
use std::path::Path;

#[test]
fn derived_files_are_fresh() {
    let editors = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let files = mc_derive::files::all().unwrap();
    let stale = |file: &&mc_derive::files::File| {
        fs::read_to_string(editors.join(&file.path)).ok().as_ref() != Some(&file.text)
    };
    let stale: Vec<&str> = files.iter().filter(stale).map(|file| file.path.as_str()).collect();
    assert!(
        stale.is_empty(),
        "stale below `editors`: {stale:?}; run `cargo derive`, and look at the changes"
    );
}
