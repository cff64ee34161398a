//! Public contracts in their original shape: how exactly their accesses are known, beside the counts that CoSplit
//! publishes; that their tests pass; and that random blocks of them run in parallel as they run serially.
//! `tests/precision/README.md` says what is compared.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "tests"
)]

mod table;
mod blocks;

use mc_compiler::Compiled;
use mc_runtime::{Executor, PoolOptions};
use mc_tests::stage::Files;
use std::path::{Path, PathBuf};

/// What stands before an entry that should be `@parallel` by the design, and is not yet.
const NOT_YET: &str = "// not yet: @parallel";

/// Tests that should pass by the design, and do not yet.
const PENDING: [(&str, &str); 3] = [
    ("auction", "bids on different lots run in parallel"),
    ("ballot", "votes for one proposal run in parallel"),
    ("htlc", "locks run in parallel"),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("precision")
}

/// Every `.mc` of a folder: the name of its file, and its text.
fn texts(folder: &Path) -> Vec<(String, String)> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|extension| extension == "mc")).collect();
    files.sort();
    let stem = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    files.iter().map(|path| (stem(path), std::fs::read_to_string(path).unwrap())).collect()
}

/// Every contract.
fn sources() -> Vec<(String, String)> {
    texts(&folder())
}

/// Compositions of the contracts.
fn chains() -> Vec<(String, String)> {
    texts(&folder().join("composed"))
}

/// A program of this folder; `file` is a contract, or `composed/` and the name of compositions.
fn compile(file: &str) -> Compiled {
    let contracts = sources().into_iter().map(|(name, text)| (format!("{name}.mc"), text));
    let chains = chains().into_iter().map(|(name, text)| (format!("composed/{name}.mc"), text));
    let files = Files(contracts.chain(chains).collect());
    mc_compiler::compile(&[format!("{file}.mc")], &files).unwrap().compiled.unwrap()
}

/// The entries and views of a contract, by name, each with the line above it.
fn headers(text: &str) -> Vec<(&str, &str)> {
    let mut headers = Vec::new();
    for (above, line) in text.lines().zip(text.lines().skip(1)) {
        if let Some(rest) = line.strip_prefix("    entry ").or(line.strip_prefix("    view ")) {
            headers.push((above, rest.split('(').next().unwrap()));
        }
    }
    headers
}

#[test]
fn every_parallel_stands_where_it_holds() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let refused = table::refused(&text);
        for (above, name) in headers(&text) {
            let (claimed, holds) = (above.contains("@parallel"), !refused.contains_key(name));
            let pending = above.trim() == NOT_YET;
            if (claimed && !pending) != holds {
                let what = if holds { "holds, and is not claimed" } else { "does not hold" };
                wrong.push(format!("{file}: `@parallel` of `{name}` {what}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn their_tests_pass() {
    let executor = Executor::new(PoolOptions { threads: 1, ..PoolOptions::default() }).unwrap();
    let mut wrong = Vec::new();
    for (file, _) in sources() {
        let compiled = compile(&file);
        let packages = mcc::testbed::packages(&compiled);
        for test in &compiled.program.tests {
            let mut world = mcc::testbed::Testbed::new(&compiled, &packages, &executor);
            let result = mc_compiler::interpret::run_test(&compiled.program, test, &mut world, &[]);
            let pending = PENDING.contains(&(file.as_str(), test.name.as_str()));
            match result {
                Ok(()) if pending => wrong.push(format!("{file}: `{}` passes: not pending", test.name)),
                Err(failure) if !pending => wrong.push(format!("{file}: `{}`: {failure:?}", test.name)),
                _ => {}
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
