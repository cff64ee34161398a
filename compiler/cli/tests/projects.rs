//! Projects: every template and example checks, builds, and runs with the serial result.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs, reason = "tests")]

mod common;

use common::{example, mcc, project};
use std::collections::BTreeMap;
use std::path::Path;
use tempfile::TempDir;

fn all() -> Vec<(String, TempDir)> {
    let templates = mc_stdlib::TEMPLATES.iter().map(|it| (it.name.to_owned(), project(it.name)));
    let examples = mc_stdlib::EXAMPLES.iter().map(|it| (it.name.to_owned(), example(it.name)));
    templates.chain(examples).collect()
}

fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(directory).unwrap().map(Result::unwrap);
    entries
        .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap()))
        .collect()
}

#[test]
fn everything_checks_without_a_finding() {
    for (name, directory) in all() {
        let ran = mcc(&directory.path().join("here"), &["check"]).expect(0);
        assert_eq!(ran.stdout, "", "{name}");
        assert!(ran.stderr.ends_with("nothing to report\n"), "{name}: {}", ran.stderr);
    }
}

#[test]
fn everything_runs_with_the_serial_result() {
    for (name, directory) in all() {
        let here = directory.path().join("here");
        for threads in ["1", "2", "4"] {
            let args = ["run", "--verify-serial", "--runs", "0", "--threads", threads, "--json"];
            let ran = mcc(&here, &args).expect(0);
            let blocks = ran.json()[0]["blocks"].as_array().unwrap().clone();
            assert!(blocks.iter().all(|block| block["equals_serial"] == true), "{name}: {}", ran.stdout);
            let last = blocks.last().unwrap();
            let (ok, all) = (last["ok"].as_u64().unwrap(), last["transactions"].as_u64().unwrap());
            assert!(ok * 10 >= all * 8, "{name}: only {ok} of {all} succeed");
            for block in blocks.iter().rev().skip(1) {
                assert_eq!(block["ok"], block["transactions"], "{name}: the set-up fails: {block}");
            }
        }
    }
}

#[test]
fn a_build_is_the_same_every_time_and_everywhere() {
    let emit = ["build", "--emit", "wasm,abi,effects,wat,ir,ast"];
    for name in ["market", "token"] {
        let (one, other) = (project(name), project(name));
        let (here, there) = (one.path().join("here"), other.path().join("here"));
        mcc(&here, &emit).expect(0);
        let first = files(&here.join("build"));
        assert!(first.len() > 7 && first.values().all(|bytes| !bytes.is_empty()), "{:?}", first.keys());
        mcc(&here, &emit).expect(0);
        assert_eq!(files(&here.join("build")), first);
        mcc(&there, &emit).expect(0);
        assert_eq!(files(&there.join("build")), first);
    }
}

#[test]
fn an_interface_says_what_a_client_needs() {
    let directory = project("token");
    let here = directory.path().join("here");
    mcc(&here, &["build", "--emit", "abi"]).expect(0);
    let abi = std::fs::read_to_string(here.join("build/Token.abi.json")).unwrap();
    let abi: serde_json::Value = serde_json::from_str(&abi).unwrap();
    assert_eq!(abi["$schema"], "urn:mcc:abi:1");
    assert_eq!(abi["errors"][0]["name"], "Insufficient");
    assert_eq!(abi["errors"][0]["code"], 32);
    assert_eq!(abi["variables"][0]["default"], "0");
    assert!(abi["entries"].as_array().unwrap().iter().any(|entry| entry["name"] == "transfer"));
    let directory = example("dvp");
    let here = directory.path().join("here");
    mcc(&here, &["build", "--emit", "abi"]).expect(0);
    let abi = std::fs::read_to_string(here.join("build/DeliveryVersusPayment.abi.json")).unwrap();
    let abi: serde_json::Value = serde_json::from_str(&abi).unwrap();
    let spends = abi["entries"][0]["spends"].as_array().unwrap();
    assert!(!spends.is_empty() && spends.iter().all(|it| it["asset"].is_string() && it["most"].is_string()));
}

#[test]
fn new_refuses_what_is_not_empty() {
    let directory = project("token");
    let ran = mcc(directory.path(), &["new", "here"]).expect(2);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains("`here` exists and is not empty"), "{}", ran.stderr);
    std::fs::create_dir(directory.path().join("empty")).unwrap();
    mcc(directory.path(), &["new", "empty"]).expect(0);
    mcc(directory.path(), &["new", "a b"]).expect(2);
    mcc(directory.path(), &["new", "deep/er"]).expect(0);
    let manifest = std::fs::read_to_string(directory.path().join("deep/er/mcc.toml")).unwrap();
    assert!(manifest.contains("name = \"er\""), "{manifest}");
}

#[test]
fn a_project_is_found_from_below() {
    let directory = project("counter");
    let src = directory.path().join("here/src");
    mcc(&src, &["check"]).expect(0);
    mcc(&src, &["effects"]).expect(0);
    mcc(&src, &["run", "--runs", "0"]).expect(0);
    let ran = mcc(directory.path(), &["check", "here/src/counter.mc"]).expect(0);
    assert!(ran.stderr.contains("1 file"), "{}", ran.stderr);
}

#[test]
fn sources_that_cannot_be_read_are_named_with_the_reason() {
    let directory = project("counter");
    let here = directory.path().join("here");
    std::fs::write(here.join("src/latin.mc"), b"// fine\ncontract A\xe9 { }\n").unwrap();
    let check = |args: &[&str]| {
        let ran = mcc(&here, args).expect(2);
        assert_eq!(ran.stdout, "");
        ran.stderr
    };
    let said = [
        check(&["check", "src/nothing.mc"]),
        check(&["check", "src/latin.mc"]),
        check(&["check"]),
        check(&["check", "src", "src/counter.mc"]),
        check(&["check", "/dev/null/x.mc"]),
        check(&["run", "src/counter.mc"]),
    ];
    insta::assert_snapshot!("unreadable", said.join("\n"));
}

#[test]
fn a_manifest_with_a_mistake_is_pointed_at() {
    let directory = project("counter");
    let here = directory.path().join("here");
    let check = |manifest: &str| {
        std::fs::write(here.join("mcc.toml"), manifest).unwrap();
        mcc(&here, &["check"]).expect(2).stderr
    };
    let said = [
        check("[project]\nname = \"counter\"\nsorces = \"src\"\n"),
        check("[project]\nname = 3\n"),
        check("[project]\n"),
        check("[projct]\nname = \"counter\"\n"),
        check("[project\nname = \"counter\"\n"),
        check("[project]\nname = \"counter\"\nsources = \"elsewhere\"\n"),
    ];
    insta::assert_snapshot!("manifest", said.join("\n"));
}
