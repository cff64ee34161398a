//! `mcc fix`: the edits of findings are made, and every one of them takes its finding away.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs, reason = "tests")]

mod common;

use common::mcc;
use mc_compiler::load::Loader;
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::SourceSet;
use mcc::mend::{edited, mend};
use mcc::project::Project;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const BROKEN: &str = "\
contarct Counter {
    state count: u64 = 0
    error Low();
    entry add(amount: u64) {
        let next = cuont + amount
        require 0 < next < 10 else Low();
        for i in 0..next { count += i; }
    }
}
";

const MENDED: &str = "\
contract Counter {
    state count: u64 = 0;
    error Low();
    entry add(amount: u64) {
        let next = count + amount;
        require 0 < next && next < 10 else Low();
        for i in 0..next max 100 { count += i; }
    }
}
";

/// A directory with one file in it.
fn with(text: &str) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("counter.mc");
    std::fs::write(&path, text).unwrap();
    (directory, path)
}

#[test]
fn it_mends_round_after_round_until_nothing_remains() {
    let (directory, path) = with(BROKEN);
    let ran = mcc(directory.path(), &["fix", "counter.mc"]).expect(0);
    assert_eq!(std::fs::read_to_string(path).unwrap(), MENDED);
    assert_eq!(ran.stdout, "");
    assert!(
        ran.stderr.contains("counter.mc:1:1: mended [E0015]: `contarct` is no keyword"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.ends_with("mended 6 mistakes in 1 file; nothing remains\n"), "{}", ran.stderr);
    let again = mcc(directory.path(), &["fix", "counter.mc"]).expect(0);
    assert_eq!(again.stderr, "nothing to mend; nothing remains\n");
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1, "a file was left behind");
}

#[test]
fn a_diff_writes_nothing_and_is_one_that_patch_reads() {
    let (directory, path) = with(BROKEN);
    let ran = mcc(directory.path(), &["fix", "--diff", "counter.mc"]).expect(0);
    assert_eq!(std::fs::read_to_string(path).unwrap(), BROKEN);
    assert!(ran.stderr.ends_with("would mend 6 mistakes; nothing remains\n"), "{}", ran.stderr);
    insta::assert_snapshot!("diff", ran.stdout);
    let quiet = mcc(directory.path(), &["fix", "--diff", "-q", "counter.mc"]).expect(0);
    assert_eq!((quiet.stdout, quiet.stderr), (ran.stdout, String::new()));
}

#[test]
fn what_remains_is_said_and_is_exit_code_one() {
    let (directory, path) = with("contract A {\n    state a: u8 = 300;\n    state b: u46 = 0;\n}\n");
    let ran = mcc(directory.path(), &["fix", "--format", "short", "counter.mc"]).expect(1);
    assert!(std::fs::read_to_string(path).unwrap().contains("state b: u16"));
    assert!(ran.stderr.contains("counter.mc:2:19: error[E0205]:"), "{}", ran.stderr);
    assert!(ran.stderr.ends_with("mended 1 mistake in 1 file; 1 error left for you\n"), "{}", ran.stderr);
}

#[test]
fn machines_get_a_line_for_each_file() {
    let (directory, _) = with(BROKEN);
    let ran = mcc(directory.path(), &["fix", "--json", "counter.mc"]).expect(0);
    let lines = ran.json();
    assert_eq!((lines.len(), &lines[0]["written"]), (1, &true.into()));
    assert_eq!(lines[0]["mends"].as_array().unwrap().len(), 6);
    assert_eq!(lines[0]["mends"][0]["code"], "E0015");
}

#[test]
fn every_file_of_a_project_is_mended() {
    let directory = common::project("market");
    let here = directory.path().join("here");
    let mut broken = 0;
    for entry in std::fs::read_dir(here.join("src")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replacen(";\n", "\n", 1)).unwrap();
        broken += 1;
    }
    let ran = mcc(&here, &["fix"]).expect(0);
    assert!(ran.stderr.contains(&format!("in {broken} file")), "{}", ran.stderr);
    mcc(&here, &["check"]).expect(0);
}

#[cfg(unix)]
#[test]
fn links_modes_and_files_that_may_not_be_written_stay_as_they_are() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let (directory, path) = with(BROKEN);
    let link = directory.path().join("link.mc");
    symlink(&path, &link).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    mcc(directory.path(), &["fix", "link.mc"]).expect(0);
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), MENDED);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    std::fs::write(&path, BROKEN).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o440)).unwrap();
    let ran = mcc(directory.path(), &["fix", "counter.mc"]).expect(2);
    assert!(
        ran.stderr.contains("counter.mc: error: it is read-only, so nothing is written"),
        "{}",
        ran.stderr
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), BROKEN);
    mcc(directory.path(), &["fix", "--diff", "counter.mc"]).expect(0);
}

// --------------------------------------------------------------------------------- every edit there is

struct Files(BTreeMap<String, String>);

impl Loader for Files {
    fn load(&self, path: &str) -> Result<String, String> {
        self.0.get(path).cloned().ok_or_else(|| "no such file".to_owned())
    }
}

/// The files of a case, as `tests/tests/cases.rs` reads them.
fn split(text: &str) -> Files {
    let mut files = BTreeMap::from([("main.mc".to_owned(), String::new())]);
    let mut name = "main.mc".to_owned();
    for line in text.split_inclusive('\n') {
        match line.strip_prefix("//- ") {
            Some(next) => next.trim().clone_into(&mut name),
            None => files.entry(name.clone()).or_default().push_str(line),
        }
    }
    Files(files)
}

/// One of the ways in which people break a program, at `at` and decided by `how`.
fn damaged(text: &str, at: usize, how: u32) -> String {
    let words: Vec<(usize, &str)> = text.match_indices(|char: char| !char.is_whitespace()).collect();
    let (start, letter) = words[at % words.len()];
    let (head, tail) = text.split_at(start);
    let rest = &tail[letter.len()..];
    match how % 6 {
        0 => format!("{head}{rest}"),
        1 => format!("{head}{letter}{letter}{rest}"),
        2 => format!("{head};{rest}"),
        3 => format!("{head} = {tail}"),
        4 => format!("{head}){tail}"),
        _ => format!("{head}“{tail}"),
    }
}

#[test]
fn every_edit_in_damaged_programs_takes_its_finding_away() {
    use rand::{Rng, SeedableRng};
    let mut random = rand::rngs::SmallRng::seed_from_u64(7);
    let runs: usize = std::env::var("MCC_DAMAGED").map_or(100, |runs| runs.parse().unwrap());
    let (mut edits, mut stays) = (0, Vec::new());
    for project in mc_stdlib::TEMPLATES.iter().chain(mc_stdlib::EXAMPLES) {
        for file in project.files.iter().filter(|file| file.path.ends_with(".mc")) {
            for _ in 0..runs {
                let (at, how) = (random.random_range(0..file.text.len()), random.random());
                let text = damaged(file.text, at, how);
                let files = Files(BTreeMap::from([("main.mc".to_owned(), text)]));
                edits += tried(&format!("{} at {at}, {}", file.path, how % 6), &files, parsed, &mut stays);
            }
        }
    }
    assert!(stays.is_empty(), "{} of {edits} stay:\n{}", stays.len(), stays.join("\n"));
}

#[test]
fn mending_comes_to_an_end_with_no_edit_left() {
    use rand::{Rng, SeedableRng};
    let mut random = rand::rngs::SmallRng::seed_from_u64(8);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("main.mc");
    let runs: usize = std::env::var("MCC_DAMAGED").map_or(100, |runs| runs.parse().unwrap());
    let (mut mended, mut left) = (0, Vec::new());
    for run in 0..runs {
        let projects: Vec<_> = mc_stdlib::TEMPLATES.iter().chain(mc_stdlib::EXAMPLES).collect();
        let files = projects.iter().flat_map(|it| it.files).filter(|file| file.path.ends_with(".mc"));
        let files: Vec<_> = files.collect();
        let mut text = files[run % files.len()].text.to_owned();
        for _ in 0..4 {
            text = damaged(&text, random.random_range(0..text.len()), random.random());
        }
        std::fs::write(&path, &text).unwrap();
        let outcome = mend(&Project::of_paths(std::slice::from_ref(&path)).unwrap()).unwrap();
        mended += outcome.mends.len();
        for finding in outcome.compilation.diagnostics.iter().filter(|it| !it.edits.is_empty()) {
            left.push(format!("{} {}\n{text}", finding.code, finding.message));
        }
    }
    assert!(left.is_empty(), "{} edits are left:\n{}", left.len(), left.join("\n"));
    assert!(mended > runs / 4, "only {mended} mends in {runs} programs");
}

type Find = fn(&Files) -> (SourceSet, Vec<Diagnostic>);

fn parsed(files: &Files) -> (SourceSet, Vec<Diagnostic>) {
    let mut sources = SourceSet::default();
    let file = sources.add("main.mc", files.0["main.mc"].as_str());
    let diagnostics = mc_syntax::parser::parse(file, &files.0["main.mc"]).diagnostics;
    (sources, diagnostics)
}

fn compiled(files: &Files) -> (SourceSet, Vec<Diagnostic>) {
    let output = mc_compiler::compile(&["main.mc".to_owned()], files).unwrap();
    (output.sources, output.diagnostics)
}

#[test]
fn every_edit_in_the_cases_takes_its_finding_away() {
    let mut stays = Vec::new();
    let mut edits = 0;
    for (folder, find) in [("parse", parsed as Find), ("check", compiled as Find)] {
        let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases").join(folder);
        let mut paths: Vec<PathBuf> =
            std::fs::read_dir(cases).unwrap().map(|it| it.unwrap().path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "mc"));
        paths.sort();
        for path in paths {
            let files = split(&std::fs::read_to_string(&path).unwrap());
            edits += tried(&path.display().to_string(), &files, find, &mut stays);
        }
    }
    assert!(edits > 60, "only {edits} findings come with edits");
    assert!(stays.is_empty(), "{} of {edits} stay:\n{}", stays.len(), stays.join("\n"));
}

/// Makes the edits of each finding, alone, and names those whose finding is still there. Gives their number.
fn tried(case: &str, files: &Files, find: Find, stays: &mut Vec<String>) -> usize {
    let (sources, found) = find(files);
    let with_edits: Vec<&Diagnostic> = found.iter().filter(|it| !it.edits.is_empty()).collect();
    for finding in &with_edits {
        let mut after = Files(files.0.clone());
        for (id, source) in sources.iter() {
            let own = finding.edits.iter().filter(|edit| edit.span.file == id);
            after.0.insert(source.path.clone(), edited(&source.text, own));
        }
        let count = |found: &[Diagnostic]| {
            found.iter().filter(|it| (it.code, &it.message) == (finding.code, &finding.message)).count()
        };
        let (now, left) = find(&after);
        let (line, _) = sources.line_column(finding.primary.span);
        if count(&left) >= count(&found) || left.len() > found.len() {
            let left: Vec<String> = left
                .iter()
                .map(|it| format!("    {}: {} {}", now.line_column(it.primary.span).0, it.code, it.message))
                .collect();
            stays.push(format!("{case}:{line}: {} {}\n{}", finding.code, finding.message, left.join("\n")));
        }
    }
    with_edits.len()
}
