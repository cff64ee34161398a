//! `--upgrades`: what a new version makes of the state that the one before has stored.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs, reason = "tests")]

mod common;

use common::mcc;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const BEFORE: &str = "\
contract Lots {
    struct Lot { const seller: address, floor: u64, note: string<40> }
    enum Mode { Off, On(level: u8) }
    asset Gold;
    state lots: map<id, Lot>;
    state bids: map<address, u64> = 0;
    state paid: map<address, Gold>;
    state kept: map<address, Gold>;
    state mode: Mode = Mode.Off;
    state fee: u64 = 3;
    state gone: u64 = 0;
    role keeper = caller;
    entry give(to: address, n: u128) by keeper { paid[to] += mint Gold(n); }
}
";

/// A directory in which `before/Lots.mcpkg` is the package of [`BEFORE`], and `now.mc` says this.
fn beside(now: &str) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    fs::write(here.join("before.mc"), BEFORE).unwrap();
    fs::write(here.join("now.mc"), now).unwrap();
    mcc(here, &["build", "before.mc", "--out", "before", "-q"]).expect(0);
    directory
}

fn check(here: &Path) -> common::Ran {
    mcc(here, &["check", "now.mc", "--upgrades", "before/Lots.mcpkg", "--format", "short", "-q"])
}

fn errors(text: &str) -> String {
    text.lines().filter(|line| line.contains("E080")).map(|line| format!("{line}\n")).collect()
}

#[test]
fn whatever_is_dropped_or_means_something_else_is_named_once() {
    let directory = beside(
        "\
contract Lots {
    version 2;
    struct Lot { const seller: address, floor: u128 }
    enum Mode { Off, On(level: u8) }
    asset Silver;
    state lots: map<id, Lot>;
    state bids: map<id, u64> = 0;
    state paid: map<address, Silver>;
    state mode: Mode = Mode.On(1);
    state fee: u64 = 4;
    state more: u64 = 0;
    entry give(to: address, n: u128) { paid[to] += mint Silver(n); }
}
",
    );
    let found =
        mcc(directory.path(), &["check", "now.mc", "--upgrades", "before/Lots.mcpkg", "-q"]).expect(1);
    let errors: Vec<&str> = found.stdout.split("\n\n").filter(|it| it.contains("[E080")).collect();
    insta::assert_snapshot!("upgrade", errors.join("\n\n"));
}

#[test]
fn what_the_migration_reads_is_its_business() {
    let now = BEFORE
        .replace(
            "contract Lots {",
            "contract Lots {\n    version 2;\n    migrate from 1 { fee = old.gone + 1; }",
        )
        .replace("    state gone: u64 = 0;\n", "    state more: map<address, u64> = 0;\n");
    let directory = beside(&now);
    let here = directory.path();
    assert_eq!(errors(&check(here).expect(0).stdout), "");
    mcc(here, &["build", "now.mc", "--upgrades", "before/Lots.mcpkg", "-q"]).expect(0);
    // From another version, it says nothing about this one.
    fs::write(here.join("now.mc"), now.replace("version 2", "version 3").replace("from 1", "from 2"))
        .unwrap();
    let found = errors(&check(here).expect(1).stdout);
    assert!(found.contains("`gone` is gone, and version 1 of `Lots` has stored it"), "{found}");
}

#[test]
fn a_version_comes_after_the_one_before_and_nothing_is_written_otherwise() {
    let directory = beside(BEFORE);
    let here = directory.path();
    let ran = mcc(here, &["build", "now.mc", "--out", "now", "--upgrades", "before/Lots.mcpkg"]).expect(1);
    insta::assert_snapshot!("upgrade_version", ran.stderr);
    assert!(!here.join("now").exists());
}

#[test]
fn a_package_of_something_else_and_no_package_are_said_to_be() {
    let directory = beside("contract Other { state n: u64 = 0; entry add() { n += 1; } }\n");
    let other = check(directory.path()).expect(2);
    assert!(other.stderr.contains("nothing here takes over from `before/Lots.mcpkg`"), "{}", other.stderr);
    fs::write(directory.path().join("before/Lots.mcpkg"), "no package").unwrap();
    let broken = check(directory.path()).expect(2);
    assert!(broken.stderr.contains("`before/Lots.mcpkg` is no package"), "{}", broken.stderr);
}
