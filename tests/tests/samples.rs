//! The samples of the design read and check as far as the compiler goes: what is wrong with one is a construct that is
//! not compiled yet, and nothing else.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use mc_compiler::load::Loader;
use mc_tests::render;
use std::path::{Path, PathBuf};

/// What is still missing shows as this.
const MISSING: [&str; 1] = ["E0901"];
/// The samples that compile.
const WHOLE: [&str; 9] = ["amm", "auction", "desk", "dvp", "escrow", "registry", "shop", "token", "voting"];

struct Folder(PathBuf);

impl Loader for Folder {
    fn load(&self, path: &str) -> Result<String, String> {
        std::fs::read_to_string(self.0.join(path)).map_err(|error| error.to_string())
    }
}

#[test]
fn every_sample_checks_as_far_as_the_compiler_goes() {
    let folder = Folder(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples"));
    let mut wrong = Vec::new();
    let mut names: Vec<String> = std::fs::read_dir(&folder.0)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(names.len(), 10, "nine samples, and the desk that one of them imports: {names:?}");
    for name in names {
        let output = mc_compiler::compile(std::slice::from_ref(&name), &folder).unwrap();
        let stem = name.trim_end_matches(".mc");
        if WHOLE.contains(&stem) && output.compiled.is_none() {
            wrong.push(format!("{name} does not compile any more"));
        }
        let other = output.diagnostics.iter().filter(|it| it.is_error() && !MISSING.contains(&it.code));
        let other: Vec<_> = other.cloned().collect();
        if !other.is_empty() {
            wrong.push(render::diagnostics(&output.sources, &other));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
