//! `mcc effects`: which names it knows, and the cells of one call in one state.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs, reason = "tests")]

mod common;

use common::{mcc, project};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Keys that are read from the state: one that formulas follow, one that only execution finds.
const BOOK: &str = "\
contract Book {
    state leads_to: map<address, address> = 0x0000000000000000000000000000000000000000;
    state held: map<address, u64> = 0;
    state stamps: map<time, u64> = 0;
    immutable opened: time;

    init() { self.opened = now; }

    entry aim(to: address) { leads_to[caller] = to; }

    @allow(W0303)
    entry follow(n: u64) { held[leads_to[caller]] += n; }

    entry stamp(n: u64) { stamps[opened] += n; }

    entry wander(turns: u64, n: u64) {
        let mut at = caller;
        for _turn in 0..turns max 3 {
            at = leads_to[at];
        }
        held[at] = n;
    }
}

app Reading { let book = deploy Book(); }
";

fn book() -> (TempDir, PathBuf) {
    let directory = project("counter");
    let here = directory.path().join("here");
    std::fs::write(here.join("src/counter.mc"), BOOK).unwrap();
    (directory, here)
}

/// What a call touches once the file's state is reached.
fn touched(here: &Path, call: &[&str], state: &str, text: &str) -> String {
    std::fs::write(here.join(state), text).unwrap();
    let args = [&["effects"], call, &["--state", state]].concat();
    let ran = mcc(here, &args).expect(0);
    format!("mcc {}\n\n{}", args.join(" "), ran.stdout)
}

const HEADER: &str = "{\"app\":\"Reading\",\"time\":7}\n";
const TO_BOB: &str = "{\"from\":\"alice\",\"call\":\"book.aim\",\"args\":{\"to\":\"bob\"}}\n";
const TO_CAROL: &str = "{\"from\":\"alice\",\"call\":\"book.aim\",\"args\":{\"to\":\"carol\"}}\n";

#[test]
fn the_state_says_which_cells_a_call_touches() {
    let (_directory, here) = book();
    let follow = &["book.follow", "--args", "n=5"];
    let said = [
        // The last block counts, and in it the last call.
        touched(&here, follow, "day.jsonl", &format!("{HEADER}{TO_CAROL}{HEADER}{TO_CAROL}{TO_BOB}")),
        // A workload sets cells and sets up; what it sends is not played.
        touched(
            &here,
            follow,
            "cells.toml",
            "[[cell]]\nof = \"book.leads_to\"\neach = 1\nkeys = [\"alice\"]\nvalue = \"carol\"\n\n\
             [[call]]\ncall = \"book.aim\"\nfrom = \"alice\"\nargs = { to = \"dave\" }\n",
        ),
        touched(
            &here,
            follow,
            "setup.toml",
            "[[setup]]\ncall = \"book.aim\"\nfrom = \"alice\"\nargs = { to = \"erin\" }\n\n\
             [[call]]\ncall = \"book.aim\"\nfrom = \"alice\"\nargs = { to = \"dave\" }\n",
        ),
        // The app is deployed when the first block says that it is.
        touched(&here, &["book.stamp", "--args", "n=1"], "day.jsonl", HEADER),
        // No state tells which cell it is: the whole map.
        touched(&here, &["book.wander", "--args", "turns=2,n=5"], "day.jsonl", &format!("{HEADER}{TO_BOB}")),
    ];
    insta::assert_snapshot!("effects_in_a_state", said.join("\n"));
    // Both forms of a block file lead to one state.
    std::fs::write(here.join("workload.toml"), "[block]\ntransactions = 1\n\n[[call]]\ncall = \"book.aim\"\nfrom = \"alice\"\nargs = { to = \"erin\" }\n").unwrap();
    mcc(&here, &["block", "gen", "--binary", "--out", "day.mcb"]).expect(0);
    let ran = mcc(&here, &["effects", "book.follow", "--args", "n=5", "--state", "day.mcb"]).expect(0);
    assert!(ran.stdout.contains("held[0x"), "an account that no name is known of: {}", ran.stdout);
    let of_erin = touched(&here, follow, "erin.jsonl", &format!("{HEADER}{}", TO_BOB.replace("bob", "erin")));
    assert!(of_erin.contains("held[erin]"), "{of_erin}");
}

#[test]
fn a_state_that_does_not_fit_is_refused() {
    let (_directory, here) = book();
    let refused = |state: &str, text: Option<&str>| {
        if let Some(text) = text {
            std::fs::write(here.join(state), text).unwrap();
        }
        let args = ["effects", "book.follow", "--args", "n=5", "--state", state];
        let ran = mcc(&here, &args).expect(2);
        assert_eq!(ran.stdout, "", "{state}");
        ran.stderr
    };
    let cells = "[[cell]]\nof = \"book.nothing\"\neach = 1\nkeys = []\nvalue = 1\n\n\
                 [[call]]\ncall = \"book.aim\"\nargs = { to = \"bob\" }\n";
    let said = [
        refused("nowhere.jsonl", None),
        refused("nowhere.toml", None),
        refused("other.jsonl", Some("{\"app\":\"Writing\",\"time\":7}\n")),
        refused("calls.jsonl", Some(&format!("{HEADER}{}", TO_BOB.replace("book.aim", "book.point")))),
        refused("cells.toml", Some(cells)),
        refused("bytes.jsonl", Some("no block")),
    ];
    insta::assert_snapshot!("effects_state_refused", said.join("\n"));
    mcc(&here, &["effects", "book.follow", "--state", "other.jsonl"]).expect(2);
}

#[test]
fn the_app_of_the_file_is_the_one_that_is_meant() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    let shelf = "\
interface IShelf { entry take(n: u64); }
contract Shelf implements IShelf {
    state has: u64 = 9;
    entry take(n: u64) { has -= n; }
}
compose Snack(n: u64) uses tea: IShelf { step tea.take(n: n); }
";
    let app = |name: &str, shelf: &str| {
        format!("app {name} {{ let {shelf} = deploy Shelf(); let snack = deploy Snack(tea: {shelf}); }}\n")
    };
    std::fs::write(here.join("cafe.mc"), format!("{shelf}{}", app("Cafe", "counter"))).unwrap();
    let import = "import { Shelf, Snack } from \"./cafe.mc\";\n";
    std::fs::write(here.join("bar.mc"), format!("{import}{}", app("Bar", "board"))).unwrap();
    std::fs::write(here.join("both.mc"), format!("{import}{}{}", app("One", "first"), app("Two", "second")))
        .unwrap();
    let cells = |args: &[&str]| mcc(here, &[&["effects"], args].concat()).expect(0).stdout;
    assert!(cells(&["bar.mc", "snack"]).contains("board.has"));
    assert!(cells(&["bar.mc", "snack", "--args", "n=2"]).contains("board.has"));
    assert!(cells(&["bar.mc", "snack", "--app", "Cafe"]).contains("counter.has"));
    let asked = |args: &[&str]| mcc(here, &[&["effects"], args].concat()).expect(2).stderr;
    for item in ["snack", "Snack", "first.take"] {
        let said = asked(&["both.mc", item]);
        assert!(said.contains("several apps") && said.contains("One, Two"), "{item}: {said}");
    }
    assert!(asked(&["both.mc", "snak"]).contains("nothing is called `snak`"));
    // What every app has in common needs none.
    assert!(cells(&["both.mc", "Shelf.take"]).contains("has"));
    assert!(asked(&["menu.md", "Shelf"]).contains("`menu.md` does not exist"));
    assert!(asked(&["menus/today", "Shelf"]).contains("`menus/today` does not exist"));
}
