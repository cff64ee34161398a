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
use mc_tests::stage::Files;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

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

/// The entries that are marked `@parallel`.
fn claimed(text: &str) -> BTreeSet<&str> {
    let marked = headers(text).into_iter().filter(|(above, _)| above.contains("@parallel"));
    marked.map(|(_, name)| name).collect()
}

/// True if the claim holds where these entries, and no others, are marked `@parallel`.
fn holds(text: &str, marked: &BTreeSet<&str>) -> bool {
    let names = headers(text).into_iter().map(|(_, name)| name);
    let mut names = names.map(|name| marked.contains(name)).collect::<Vec<bool>>().into_iter();
    let mut claiming = String::new();
    for line in text.replace("@parallel", "").lines() {
        if is_header(line) && names.next() == Some(true) {
            claiming.push_str("    @parallel\n");
        }
        let _ = writeln!(claiming, "{line}");
    }
    let output = mc_tests::stage::compile(&claiming);
    let mut errors = output.diagnostics.iter().filter(|diagnostic| diagnostic.is_error());
    errors.all(|error| {
        assert_eq!(error.code, "E0401", "{}", error.message);
        false
    })
}

/// The first line of an entry or a view.
fn is_header(line: &str) -> bool {
    line.starts_with("    entry ") || line.starts_with("    view ")
}

/// The entries and views of a contract, by name, each with the line above it.
fn headers(text: &str) -> Vec<(&str, &str)> {
    let mut headers = Vec::new();
    for (above, line) in text.lines().zip(text.lines().skip(1)).filter(|(_, line)| is_header(line)) {
        let name = line.split([' ', '(']).filter(|word| !word.is_empty()).nth(1);
        headers.push((above, name.unwrap()));
    }
    headers
}

#[test]
fn every_parallel_stands_where_it_holds() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let claimed = claimed(&text);
        if !holds(&text, &claimed) {
            wrong.push(format!("{file}: does not hold"));
        }
        for (_, name) in headers(&text).into_iter().filter(|(_, name)| !claimed.contains(name)) {
            let one_more: BTreeSet<&str> = claimed.iter().copied().chain([name]).collect();
            if holds(&text, &one_more) {
                wrong.push(format!("{file}: `{name}` could be `@parallel`, too"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn their_tests_pass() {
    let mut wrong = Vec::new();
    for (file, _) in sources() {
        let compiled = compile(&file);
        let workbench = mcc::testbed::Workbench::new(&compiled).unwrap();
        for test in &compiled.program.tests {
            let mut world = workbench.testbed();
            let result = mc_compiler::interpret::run_test(&compiled.program, test, &mut world, &[]);
            wrong.extend(result.err().map(|failure| format!("{file}: `{}`: {failure:?}", test.name)));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
