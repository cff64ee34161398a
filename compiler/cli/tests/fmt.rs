//! `mcc fmt`: what it writes, what it says, and what it leaves alone.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs, reason = "tests")]

mod common;

use common::{Ran, command, example, mcc, project};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use tempfile::TempDir;

const UGLY: &str = "contract  A{state x:u64=0;// a comment\n}";
const PRETTY: &str = "contract A {\n    state x: u64 = 0; // a comment\n}\n";

/// A directory with one file of this text.
fn file(text: &str) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("a.mc"), text).unwrap();
    directory
}

fn text(directory: &TempDir) -> String {
    fs::read_to_string(directory.path().join("a.mc")).unwrap()
}

fn with_stdin(directory: &Path, args: &[&str], text: &[u8]) -> Ran {
    let mut child = command(directory, args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text).unwrap();
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn everything_that_comes_with_mcc_is_in_the_style() {
    let templates = mc_stdlib::TEMPLATES.iter().map(|it| project(it.name));
    for directory in templates.chain(mc_stdlib::EXAMPLES.iter().map(|it| example(it.name))) {
        let ran = mcc(&directory.path().join("here"), &["fmt", "--check"]).expect(0);
        assert_eq!(ran.stdout, "");
    }
}

#[test]
fn files_are_formatted_in_place_and_only_once() {
    let directory = file(UGLY);
    let ran = mcc(directory.path(), &["fmt"]).expect(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("a.mc\n", "formatted 1 of 1 file\n"));
    assert_eq!(text(&directory), PRETTY);
    let before = fs::metadata(directory.path().join("a.mc")).unwrap().modified().unwrap();
    let ran = mcc(directory.path(), &["fmt", "a.mc", "."]).expect(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", "formatted 0 of 1 file\n"));
    assert_eq!(fs::metadata(directory.path().join("a.mc")).unwrap().modified().unwrap(), before);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "a file was left behind");
}

#[test]
fn a_project_is_formatted_from_within() {
    let directory = project("market");
    let here = directory.path().join("here");
    fs::write(here.join("src/a.mc"), UGLY).unwrap();
    let ran = mcc(&here.join("src"), &["fmt"]).expect(0);
    assert!(ran.stdout.ends_with("src/a.mc\n") && ran.stdout.lines().count() == 1, "{}", ran.stdout);
    assert_eq!(fs::read_to_string(here.join("src/a.mc")).unwrap(), PRETTY);
}

#[test]
fn check_and_diff_write_nothing() {
    let directory = file(UGLY);
    assert_eq!(mcc(directory.path(), &["fmt", "--check"]).expect(1).stdout, "a.mc\n");
    let shown = mcc(directory.path(), &["fmt", "--diff"]).expect(0).stdout;
    assert!(shown.starts_with("--- a/a.mc\n+++ b/a.mc\n@@ "), "{shown}");
    assert!(shown.contains("\n+    state x: u64 = 0; // a comment\n"), "{shown}");
    assert_eq!(mcc(directory.path(), &["fmt", "--check", "--diff"]).expect(1).stdout, shown);
    assert_eq!(text(&directory), UGLY);
    fs::write(directory.path().join("a.mc"), PRETTY).unwrap();
    assert_eq!(mcc(directory.path(), &["fmt", "--check", "--diff"]).expect(0).stdout, "");
}

#[test]
fn stdin_goes_to_stdout() {
    let here = tempfile::tempdir().unwrap();
    let ran = with_stdin(here.path(), &["fmt", "--stdin"], UGLY.as_bytes()).expect(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), (PRETTY, ""));
    let json = with_stdin(here.path(), &["fmt", "--stdin", "--json"], UGLY.as_bytes()).expect(0).json();
    assert_eq!(json[0]["text"], PRETTY);
    let ran = with_stdin(here.path(), &["fmt", "--stdin"], b"contract A {").expect(1);
    assert!(ran.stdout.is_empty() && ran.stderr.contains("stdin:1:"), "{}", ran.stderr);
    let ran = with_stdin(here.path(), &["fmt", "--stdin"], b"\xff").expect(2);
    assert!(ran.stderr.contains("cannot read `stdin`: it is not UTF-8"), "{}", ran.stderr);
    mcc(here.path(), &["fmt", "--stdin", "a.mc"]).expect(2);
    mcc(here.path(), &["fmt", "--stdin", "--check"]).expect(2);
}

#[test]
fn a_file_with_mistakes_is_left_alone_and_the_others_are_not() {
    let directory = file(UGLY);
    fs::write(directory.path().join("b.mc"), "contract B{state x u64;}").unwrap();
    let ran = mcc(directory.path(), &["fmt", "--format", "short"]).expect(1);
    assert_eq!(ran.stdout, "a.mc\n");
    assert!(ran.stderr.contains("b.mc:1:") && ran.stderr.contains("error[E0001]"), "{}", ran.stderr);
    assert_eq!(text(&directory), PRETTY);
    let left = fs::read_to_string(directory.path().join("b.mc")).unwrap();
    assert_eq!(left, "contract B{state x u64;}");
}

#[test]
fn what_cannot_be_read_or_written_is_said() {
    let directory = file(UGLY);
    let ran = mcc(directory.path(), &["fmt", "a.mc", "b.mc"]).expect(2);
    assert!(ran.stderr.contains("cannot read `b.mc`: there is no such file"), "{}", ran.stderr);
    assert_eq!(text(&directory), UGLY);
    let path = directory.path().join("a.mc");
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    let ran = mcc(directory.path(), &["fmt"]).expect(2);
    assert!(ran.stderr.contains("cannot write `a.mc`: permission denied"), "{}", ran.stderr);
    assert_eq!(text(&directory), UGLY);
}

#[test]
fn json_says_what_changed() {
    let directory = file(UGLY);
    let json = mcc(directory.path(), &["fmt", "--json", "--diff"]).expect(0).json();
    assert_eq!((&json[0]["files"], &json[0]["written"]), (&1.into(), &false.into()));
    assert!(json[0]["changed"][0]["diff"].as_str().unwrap().contains("+contract A {"));
    let json = mcc(directory.path(), &["fmt", "--json"]).expect(0).json();
    assert_eq!((&json[0]["changed"][0]["file"], &json[0]["written"]), (&"a.mc".into(), &true.into()));
}

#[cfg(unix)]
#[test]
fn links_and_permissions_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let directory = file(UGLY);
    let (path, link) = (directory.path().join("a.mc"), directory.path().join("link.mc"));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("a.mc", &link).unwrap();
    mcc(directory.path(), &["fmt", "link.mc"]).expect(0);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(text(&directory), PRETTY);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
}
