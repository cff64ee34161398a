//! Planted bugs: each is found by what its first line says, and not once it is mended.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::mcc;
use std::fs;
use std::path::Path;

/// A program with a bug, and what its header says.
struct Planted {
    name: String,
    text: String,
    found_by: Vec<String>,
    bug: String,
    mend: String,
}

fn planted() -> Vec<Planted> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/planted");
    let mut files: Vec<_> = fs::read_dir(directory).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> Planted {
    let text = fs::read_to_string(path).unwrap();
    let line = |key: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("// {key}: ")));
        line.unwrap_or_else(|| panic!("{}: no `{key}`", path.display())).to_owned()
    };
    let (bug, mend) = (line("bug"), line("mend"));
    let found_by = line("found by").split(", ").map(ToOwned::to_owned).collect();
    let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
    // The header is no part of the program: it says the bug once more.
    let text = text.lines().skip(3).collect::<Vec<_>>().join("\n") + "\n";
    assert_eq!(text.matches(&bug).count(), 1, "{name}: the bug stands once");
    Planted { name, text, found_by, bug, mend }
}

/// `mcc` in a directory that holds this text as `here.mc`.
fn run(text: &str, args: &[&str]) -> common::Ran {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("here.mc"), text).unwrap();
    mcc(directory.path(), args)
}

/// The JSON line of a fuzz run with something in it.
fn fuzz(text: &str, expected: i32) -> Vec<serde_json::Value> {
    run(text, &["fuzz", "here.mc", "--json"]).expect(expected).json()
}

#[test]
fn every_planted_bug_is_found_and_nothing_once_it_is_mended() {
    for Planted { name, text, found_by, bug, mend } in planted() {
        let mended = text.replace(&bug, &mend);
        for how in found_by {
            match how.split_once(' ') {
                None => {
                    run(&text, &["test", "here.mc"]).expect(1);
                    run(&mended, &["test", "here.mc", "--runs", "300"]).expect(0);
                }
                Some(("check", code)) => {
                    let found = run(&text, &["check", "here.mc"]).expect(1);
                    assert!(found.stdout.contains(code), "{name}: {}", found.stdout);
                    run(&mended, &["check", "here.mc"]).expect(0);
                }
                Some((_, law)) => {
                    fuzzed(&name, &text, law);
                    fuzz(&mended, 0);
                }
            }
        }
    }
}

/// Fuzzing finds that the law is broken, and what it writes fails as a test.
fn fuzzed(name: &str, text: &str, law: &str) {
    let lines = fuzz(text, 1);
    let line = lines.iter().find(|line| !line["finding"].is_null()).unwrap();
    let said = |key: &str| line["finding"][key].as_str().unwrap();
    let (code, message, test) = (said("code"), said("message"), line["test"].as_str().unwrap());
    assert!(test.starts_with(&format!("test \"fuzz: {law}\"")), "{name}: {test}");
    let failed = run(&format!("{text}\n{test}"), &["test", "here.mc", "fuzz:"]).expect(1);
    assert!(failed.stdout.contains("0 passed, 1 failed"), "{name}: {}", failed.stdout);
    // Made small: each of these takes no more than a few calls.
    let own = test.lines().filter(|line| !line.contains(" = deploy "));
    assert!(own.count() <= 7, "{name}: {test}");
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(format!("planted_{name}"), format!("error[{code}]: {message}\n\n{test}"));
    });
}

#[test]
fn the_same_seed_finds_the_same() {
    let text = planted().into_iter().find(|it| it.name == "self_transfer").unwrap().text;
    let (one, other) = (fuzz(&text, 1), fuzz(&text, 1));
    assert_eq!(one, other);
}

#[test]
fn a_view_that_ensures_something_is_called() {
    let text = "contract Meter {
            state n: u64 = 0;
            entry add() { n += 1; }
            fn next(by_how: u64) -> u64 ensures result > n { return n + by_how; }
            view after(steps: u8) -> u64 { return next(steps as u64); }
            view now_at() -> u64 { return n; }
        }";
    let found = fuzz(text, 1);
    let message = found[0]["finding"]["message"].as_str().unwrap();
    assert!(message.starts_with("fuzz: what Meter's `next` ensures does not hold: "), "{message}");
}

#[test]
fn what_nothing_deploys_is_named() {
    let text =
        "contract Box<G: asset> { state held: map<address, G>; entry take() { held[caller] += empty(G); } }
        contract Alone { state n: u64 = 0; entry add() { n += 1; } }
        contract Port { asset A; entry gain() -> A { return empty(A); } }";
    let ran = run(text, &["fuzz", "here.mc", "--runs", "5"]).expect(0);
    assert!(ran.stdout.starts_with("Alone: "), "{}", ran.stdout);
    let skipped: Vec<&str> = ran.stderr.lines().filter(|line| line.contains("skipped")).collect();
    assert_eq!(
        skipped,
        [
            "Port: skipped, as only a composition can call it",
            "Box: skipped, as no app and no test deploys it"
        ]
    );
}

#[test]
fn what_was_found_is_kept_and_played_first() {
    let text = planted().into_iter().find(|it| it.name == "self_transfer").unwrap().text;
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("here.mc"), text).unwrap();
    let first = mcc(directory.path(), &["fuzz", "here.mc", "--json"]).expect(1).json();
    assert!(directory.path().join(".mcc/corpus/Bank").is_dir());
    // Without a single new sequence.
    let again = mcc(directory.path(), &["fuzz", "here.mc", "--json", "--runs", "0"]).expect(1).json();
    assert_eq!(first[0]["finding"]["message"], again[0]["finding"]["message"]);
}
