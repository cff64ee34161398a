//! The contract of the command line: what goes to which stream, in which width, with which exit code.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs, reason = "tests")]

mod common;

use common::{command, example, mcc, project};
use std::io::Read;
use std::path::Path;
use std::process::{ExitCode, Stdio};

/// Every command with a result, in the small.
const RESULTS: &[&[&str]] = &[
    &["check"],
    &["explain"],
    &["explain", "E0101"],
    &["fmt"],
    &["fmt", "--check", "--diff"],
    &["build", "--emit", "wasm,abi,effects,wat,ir,ast,map"],
    &["effects"],
    &["effects", "gold.transfer", "--from", "alice", "--args", "to=bob,amount=5"],
    &["conflicts"],
    &["conflicts", "--views"],
    &["conflicts", "--why", "gold.transfer", "Buy"],
    &["snapshot"],
    &["snapshot", "--check"],
    &["snapshot", "--diff", "--check", "--tolerance", "5%"],
    &["doc"],
    &["doc", "--std", "--out", "library"],
    &["tour"],
    &["tour", "3"],
    &["editors", "list"],
    &["editors", "install", "vim", "--dir", "place", "--dry-run"],
    &["run", "--txs", "300", "--runs", "1", "--verify-serial"],
    &["run", "--txs", "300", "--runs", "1", "--strategy", "serial"],
    &["trace", "7", "--txs", "30"],
    &["test", "--coverage", "--trace"],
    &["bench", "--txs", "60", "--runs", "2", "--rounds", "0"],
    &["bench", ".", "--txs", "60", "--runs", "2"],
];

#[test]
fn json_is_all_that_stdout_gets() {
    let directory = project("market");
    let here = directory.path().join("here");
    for args in RESULTS {
        let json = [args, &["--json"][..]].concat();
        let ran = mcc(&here, &json).expect(0);
        if args[0] != "check" {
            assert!(!ran.json().is_empty(), "{args:?}");
        }
        let format = [args, &["--format", "json"][..]].concat();
        mcc(&here, &format).expect(0).json();
    }
    let ran = mcc(directory.path(), &["new", "second", "--json"]).expect(0);
    assert_eq!(ran.json()[0]["template"], "counter");
}

#[test]
fn text_fits_eighty_columns_and_has_no_colours_in_a_pipe() {
    for directory in [project("market"), example("shop"), example("paper")] {
        let here = directory.path().join("here");
        for args in [&["effects"][..], &["conflicts", "--views"], &["run", "--txs", "300", "--runs", "1"]] {
            let ran = mcc(&here, args).expect(0);
            assert_fits(&ran.stdout);
        }
    }
    let directory = project("market");
    let here = directory.path().join("here");
    for args in RESULTS {
        let ran = mcc(&here, args).expect(0);
        assert_fits(&ran.stdout);
        assert!(!ran.stderr.contains('\u{1b}'), "{args:?}: {}", ran.stderr);
        let quiet = mcc(&here, &[args, &["--quiet"][..]].concat()).expect(0);
        assert_eq!(quiet.stderr, "", "{args:?}");
        if !["run", "bench"].contains(&args[0]) {
            assert_eq!(quiet.stdout, ran.stdout, "--quiet changes stdout: {args:?}");
        }
    }
    let ran = mcc(&here, &["effects", "--color", "always"]).expect(0);
    assert!(ran.stdout.contains('\u{1b}'));
}

#[track_caller]
fn assert_fits(text: &str) {
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "wider than 80: {line}");
        assert!(!line.contains('\u{1b}'), "coloured: {line:?}");
        assert_eq!(line, line.trim_end(), "spaces at the end");
    }
}

#[test]
fn help_fits_eighty_columns_and_shows_examples() {
    let here = tempfile::tempdir().unwrap();
    let commands: &[&[&str]] = &[
        &[],
        &["new"],
        &["check"],
        &["fix"],
        &["explain"],
        &["fmt"],
        &["build"],
        &["effects"],
        &["conflicts"],
        &["snapshot"],
        &["split"],
        &["compose"],
        &["doc"],
        &["tour"],
        &["run"],
        &["trace"],
        &["block", "gen"],
        &["bench"],
        &["completions"],
    ];
    for args in commands {
        let ran = mcc(here.path(), &[args, &["--help"][..]].concat()).expect(0);
        for line in ran.stdout.lines() {
            assert!(line.chars().count() <= 80, "{args:?}: wider than 80: {line}");
        }
        let examples = ran.stdout.split("Examples:").nth(1).unwrap_or_default();
        let count = examples.lines().filter(|line| line.trim_start().starts_with("mcc ")).count();
        assert!((2..=4).contains(&count), "{args:?} has {count} examples");
    }
}

#[test]
fn exit_codes_say_what_happened() {
    let directory = project("token");
    let here = directory.path().join("here");
    mcc(&here, &["check"]).expect(0);
    mcc(&here, &["--help"]).expect(0);
    mcc(&here, &["--version"]).expect(0);
    // 2: the tool could not do its job.
    mcc(&here, &[]).expect(2);
    mcc(&here, &["chekc"]).expect(2);
    mcc(&here, &["run", "--threads", "0"]).expect(2);
    mcc(&here, &["check", "nowhere.mc"]).expect(2);
    mcc(&here, &["run", "nowhere.jsonl"]).expect(2);
    mcc(&here, &["effects", "gold.nothing"]).expect(2);
    mcc(&here, &["-C", "nowhere", "check"]).expect(2);
    mcc(directory.path(), &["check"]).expect(2);
    // 1: something was found.
    std::fs::write(here.join("src/token.mc"), "contract Token { state x: u65 = 0; }\n").unwrap();
    for command in ["check", "build", "effects", "conflicts", "run"] {
        let ran = mcc(&here, &[command]).expect(1);
        let findings = if command == "check" { &ran.stdout } else { &ran.stderr };
        assert!(findings.contains("u65"), "{command}: {findings}");
        assert!(command == "check" || ran.stdout.is_empty());
    }
}

#[test]
fn findings_have_three_forms() {
    let directory = project("token");
    let here = directory.path().join("here");
    let text = std::fs::read_to_string(here.join("src/token.mc")).unwrap();
    std::fs::write(
        here.join("src/token.mc"),
        text.replace("balances[to] += amount;", "balnces[to] += amount;"),
    )
    .unwrap();
    let short = mcc(&here, &["check", "--format", "short"]).expect(1).stdout;
    assert_eq!(short.lines().count(), 2);
    assert!(short.starts_with("src/token.mc:22:9: error[E0101]:"), "{short}");
    let json = mcc(&here, &["check", "--json"]).expect(1).json();
    assert_eq!((json.len(), &json[0]["code"], &json[0]["line"]), (2, &"E0101".into(), &22.into()));
    assert_eq!(json[0]["edits"][0]["replacement"], "balances");
    let human = mcc(&here, &["check"]).expect(1).stdout;
    assert!(human.contains("did you mean `balances`?"), "{human}");
    assert_fits(&human);
}

#[test]
fn a_reader_that_goes_away_ends_the_command_silently() {
    let directory = project("market");
    let here = directory.path().join("here");
    for args in
        [&["block", "gen", "--txs", "20000"][..], &["effects"], &["completions", "zsh"], &["trace", "0"]]
    {
        let mut child = command(&here, args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = [0; 1];
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{args:?}");
    }
}

#[test]
fn a_full_disk_is_an_error() {
    if !Path::new("/dev/full").exists() {
        return;
    }
    let directory = project("counter");
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let here = directory.path().join("here");
    let output = command(&here, &["effects"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("cannot write the result: no space left"));
}

#[test]
fn the_environment_mirrors_flags() {
    let directory = project("counter");
    let here = directory.path().join("here");
    let with =
        |name: &str, value: &str, args: &[&str]| command(&here, args).env(name, value).output().unwrap();
    let json = with("MCC_FORMAT", "json", &["effects"]);
    assert!(json.stdout.starts_with(b"{"));
    let quiet = with("MCC_QUIET", "1", &["check"]);
    assert_eq!(quiet.stderr, b"");
    let elsewhere = command(directory.path(), &["check"]).env("MCC_DIR", "here").output().unwrap();
    assert_eq!(elsewhere.status.code(), Some(0));
    assert_eq!(with("MCC_THREADS", "many", &["run"]).status.code(), Some(2));
}

#[test]
fn a_bug_is_reported_as_one() {
    if std::env::var_os("MCC_TEST_BUG").is_some() {
        let code = mcc::guarded(|| panic!("the impossible has happened"));
        assert!(format!("{code:?}") == format!("{:?}", ExitCode::from(mcc::EXIT_BUG)));
        return;
    }
    let test = std::env::current_exe().unwrap();
    let output = std::process::Command::new(test)
        .args(["a_bug_is_reported_as_one", "--exact", "--nocapture"])
        .env("MCC_TEST_BUG", "1")
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    assert!(stderr.contains("mcc 0.1.0 has a bug: the impossible has happened"), "{stderr}");
    assert!(stderr.contains("contract.rs") && stderr.contains("report"), "{stderr}");
    assert!(!stderr.contains("RUST_BACKTRACE"), "{stderr}");
}
