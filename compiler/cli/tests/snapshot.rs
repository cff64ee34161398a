//! `mcc snapshot`: what is committed is fresh, what became worse is found, and what is no snapshot is refused.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs, reason = "tests")]

mod common;

use common::{Ran, example, mcc, project};
use insta::assert_snapshot;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The folder of everything that is written in the language.
fn stdlib() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../stdlib")
}

#[test]
fn what_is_committed_is_fresh() {
    let mut names: Vec<String> =
        mc_stdlib::EXAMPLES.iter().map(|it| format!("examples/{}", it.name)).collect();
    names.push("std".to_owned());
    for name in names {
        if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
            mcc(&stdlib(), &["snapshot", &name]).expect(0);
        }
        let ran = mcc(&stdlib(), &["snapshot", &name, "--check"]);
        assert_eq!(ran.code, 0, "{name}: `cargo bless` writes it\n{}{}", ran.stdout, ran.stderr);
    }
}

#[test]
fn the_same_sources_give_the_same_bytes_wherever_they_are() {
    let (first, second) = (example("payroll"), example("payroll"));
    mcc(&first.path().join("here"), &["snapshot"]).expect(0);
    mcc(second.path(), &["snapshot", "here"]).expect(0);
    let read = |directory: &TempDir| std::fs::read_to_string(directory.path().join("here/mcc.snap")).unwrap();
    assert_eq!(read(&first), read(&second));
    assert!(read(&first).lines().all(|line| line.chars().count() < 80), "a sign of a diff has no room");
    let diff = mcc(second.path(), &["snapshot", "here", "--diff"]).expect(0);
    assert_eq!(diff.stdout, "");
}

/// The shop, after this was done to its token.
fn changed(edits: &[(&str, &str)]) -> (TempDir, PathBuf) {
    let directory = example("shop");
    let here = directory.path().join("here");
    mcc(&here, &["snapshot"]).expect(0);
    let file = here.join("src/token.mc");
    let mut text = std::fs::read_to_string(&file).unwrap();
    for (before, after) in edits {
        assert!(text.contains(before), "{before}");
        text = text.replacen(before, after, 1);
    }
    std::fs::write(file, text).unwrap();
    (directory, here)
}

/// A guard that looks at the supply, and a transfer that tells nobody.
const WORSE: [(&str, &str); 2] = [
    (
        "        supply += amount;",
        "        require supply != 1000000 else NotIssuer(caller);\n        supply += amount;",
    ),
    ("        emit Transferred(sender: caller, receiver: to, amount: amount);\n", ""),
];

fn check(here: &Path, more: &[&str]) -> Ran {
    mcc(here, &[&["snapshot", "--check"], more].concat())
}

#[test]
fn what_became_worse_or_better_is_found() {
    let (_directory, here) = changed(&WORSE);
    assert_snapshot!("snapshot_changes", check(&here, &[]).expect(1).stdout);
    assert_snapshot!("snapshot_diff", mcc(&here, &["snapshot", "--diff"]).expect(0).stdout);
    let github = check(&here, &["--format", "github"]).expect(1).stdout;
    let serial = "::error file=mcc.snap,line=";
    assert!(
        github.lines().any(|line| line.starts_with(serial) && line.contains("`gold.issue` became serial"))
    );
    let json = check(&here, &["--json"]).expect(1).json();
    let changes: Vec<&str> = json.iter().filter_map(|line| line["change"].as_str()).collect();
    assert_eq!(changes, ["cheaper", "cheaper", "serial", "dearer", "touches-more", "cheaper"]);
    let entry = &json.iter().find(|line| line["change"] == "serial").unwrap()["entry"];
    assert_eq!((&entry["file"], &entry["line"]), (&"src/token.mc".into(), &16.into()));
    let last = json.last().unwrap();
    assert_eq!((&last["worse"], &last["other"]), (&3.into(), &3.into()));
    mcc(&here, &["snapshot"]).expect(0);
    assert_eq!(check(&here, &[]).expect(0).stdout, "");
}

#[test]
fn a_tolerance_is_of_costs_only() {
    let (_directory, here) = changed(&WORSE);
    let changes = |tolerance: &str| -> Vec<String> {
        let json = check(&here, &["--json", "--tolerance", tolerance]).expect(1).json();
        json.iter().filter_map(|line| Some(line["change"].as_str()?.to_owned())).collect()
    };
    assert_eq!(changes("12.5%"), ["serial", "touches-more", "cheaper"]);
    assert_eq!(changes("100"), ["serial", "touches-more"]);
    check(&here, &["--tolerance", "much"]).expect(2);
    mcc(&here, &["snapshot", "--tolerance", "5"]).expect(2);
}

#[test]
fn entries_come_and_go() {
    let added = "view held_by(who: address) -> u128 { return balances[who]; }\n    view balance_of(";
    let (_directory, here) = changed(&[("view balance_of(", added)]);
    let change = || {
        let json = check(&here, &["--json"]).expect(1).json();
        let of = |line: &serde_json::Value| format!("{} {}", line["call"], line["change"]);
        json.iter().filter(|line| !line["change"].is_null()).map(of).collect::<Vec<_>>()
    };
    assert_eq!(change(), [r#""gold.held_by" "new""#]);
    mcc(&here, &["snapshot"]).expect(0);
    let file = here.join("src/token.mc");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replacen(added, "view balance_of(", 1)).unwrap();
    assert_eq!(change(), [r#""gold.held_by" "gone""#]);
}

#[test]
fn a_loop_over_a_list_is_held_to_its_values() {
    let directory = project("counter");
    let here = directory.path().join("here");
    let sum = "contract Sum {\n    state total: u64 = 0;\n    entry add(items: list<u64, 40>) {\n        \
               for item in items {\n            total += item;\n        }\n    }\n}\n";
    std::fs::write(here.join("src/sum.mc"), sum).unwrap();
    mcc(&here, &["snapshot"]).expect(0);
    let text = std::fs::read_to_string(here.join("mcc.snap")).unwrap();
    let own = text.split("[call.\"Sum.add\"]").nth(1).unwrap();
    assert!(own.contains("items.len\"\ncost_at = { 1 = ") && own.contains(", 40 = "), "{own}");
    std::fs::write(here.join("src/sum.mc"), sum.replace("total += item;", "total += item;\n total += 1;"))
        .unwrap();
    let dearer = check(&here, &["--format", "short"]).expect(1).stdout;
    assert!(
        dearer.contains("`Sum.add` became dearer") && dearer.contains("for lists of 40 elements"),
        "{dearer}"
    );
}

#[test]
fn what_is_no_snapshot_is_refused() {
    let directory = example("paper");
    let here = directory.path().join("here");
    let missing = check(&here, &[]).expect(2).stderr;
    assert!(
        missing.contains("cannot read `mcc.snap`") && missing.contains("`mcc snapshot` writes it"),
        "{missing}"
    );
    mcc(&here, &["snapshot"]).expect(0);
    let file = here.join("mcc.snap");
    let text = std::fs::read_to_string(&file).unwrap();
    let damages = [
        text.replace("schema = 1", "schema = 9"),
        text.replace("schema = 1\n", ""),
        text.replacen("cost = ", "cots = ", 1),
        text.replacen("cost = ", "cost = true #", 1),
        text.replacen("cost = ", "#", 1),
        text.replacen("\"P", "\"Q", 1),
        text.replacen("touches = [", "touches = [ 5,", 1),
        text.replacen("]\n", "\n", 1),
        "call = 3\nschema = 1\n".to_owned(),
        "<<<<<<< ours\n".to_owned() + &text,
    ];
    let mut refusals = String::new();
    for damage in damages {
        assert_ne!(damage, text);
        std::fs::write(&file, damage).unwrap();
        refusals.push_str(&check(&here, &[]).expect(2).stderr);
    }
    assert_snapshot!("snapshot_refused", refusals);
    std::fs::write(&file, text.replace("mcc 0.1.0", "mcc 0.0.9")).unwrap();
    check(&here, &[]).expect(0);
}
