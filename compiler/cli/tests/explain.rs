//! `mcc explain`: every code has a page, and the programs of a page do what it says.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs, reason = "tests")]

mod common;

use common::mcc;
use mc_compiler::error::{TESTED, UPGRADED};
use mc_compiler::load::Loader;
use mcc::explain::{PAGES, Page, Part, codes, family, files};
use mcc::output::Format;
use mcc::render::render;
use std::collections::BTreeMap;
use std::path::Path;

struct Files(BTreeMap<String, String>);

impl Loader for Files {
    fn load(&self, path: &str) -> Result<String, String> {
        self.0.get(path).cloned().ok_or_else(|| "there is no such file".to_owned())
    }
}

fn compiled(program: &str) -> mc_compiler::Output {
    let sources = Files(files(program).into_iter().collect());
    mc_compiler::compile(&["main.mc".to_owned()], &sources).unwrap()
}

/// The codes a program gets, the findings as text, and whether it compiles.
fn compile(program: &str) -> (Vec<&'static str>, String, bool) {
    let output = compiled(program);
    let codes = output.diagnostics.iter().map(|it| it.code).collect();
    let said = render(&output.diagnostics, &output.sources, Format::Short);
    (codes, said, output.compiled.is_some())
}

/// What a program gets of the kind that a code is of: from the compiler, from its tests, or beside the package of
/// its file `before.mc`.
fn findings(code: &str, program: &str) -> (Vec<String>, String) {
    let (found, mut said, _) = compile(program);
    let mut found: Vec<String> = found.into_iter().map(ToOwned::to_owned).collect();
    if TESTED.iter().any(|(tested, _)| *tested == code) {
        let here = tempfile::tempdir().unwrap();
        files(program).iter().for_each(|(path, text)| std::fs::write(here.path().join(path), text).unwrap());
        let ran = mcc(here.path(), &["test", "main.mc", "--json"]);
        let failures: Vec<_> = ran.json().into_iter().filter(|it| it["outcome"] == "failed").collect();
        said.push_str(&ran.stdout);
        found.extend(failures.iter().map(|it| it["failure"]["code"].as_str().unwrap().to_owned()));
    }
    if UPGRADED.iter().any(|(upgraded, _)| *upgraded == code) {
        let here = tempfile::tempdir().unwrap();
        files(program).iter().for_each(|(path, text)| std::fs::write(here.path().join(path), text).unwrap());
        let built = mcc(here.path(), &["build", "before.mc", "--out", "before", "-q"]).expect(0);
        let package = built.stdout.trim();
        let ran = mcc(here.path(), &["check", "main.mc", "--upgrades", package, "--json"]);
        said.push_str(&ran.stdout);
        found.extend(ran.json().iter().filter_map(|it| it["code"].as_str().map(ToOwned::to_owned)));
    }
    (found, said)
}

/// The pages themselves, so that a page that no table names is found, too.
fn on_disk() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../explain");
    let names = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

#[test]
fn every_code_has_a_page_and_every_page_a_code() {
    let known: Vec<(String, String)> =
        codes().iter().map(|(code, meaning)| (format!("{code}.md"), (*meaning).to_owned())).collect();
    let pages: Vec<(String, String)> = PAGES
        .iter()
        .map(|(code, text)| (format!("{code}.md"), Page::read(code, text).title.to_owned()))
        .collect();
    assert_eq!(known, pages, "codes with their meanings, and pages with their titles (compiler/explain)");
    assert_eq!(on_disk(), pages.into_iter().map(|(name, _)| name).collect::<Vec<_>>());
    for (code, text) in PAGES {
        assert!(text.starts_with(&format!("# {code}: ")), "{code}: its title");
        assert_ne!(family(code), "Other", "{code}: its family has no name");
    }
}

#[test]
fn every_page_says_why_then_fails_then_mends() {
    let mut wrong = Vec::new();
    for (code, text) in PAGES {
        let page = Page::read(code, text);
        let shape: Vec<&str> = page
            .parts
            .iter()
            .map(|part| match part {
                Part::Failing(_) => "failing",
                Part::Mended(_) => "mended",
                Part::Paragraph(_) | Part::Point(_) | Part::Sample(_) => "text",
            })
            .collect();
        let mut shape = shape;
        shape.dedup();
        if shape != ["text", "failing", "text", "mended"] {
            wrong.push(format!("{code}: {shape:?}"));
        }
        let (found, said) = findings(code, page.failing());
        if found != [*code] {
            wrong.push(format!("{code}: the failing program gets\n{said}"));
        }
        let (found, said) = findings(code, page.mended());
        if !found.is_empty() || !compile(page.mended()).2 {
            wrong.push(format!("{code}: the mended program gets\n{said}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_page_fits_the_terminal_and_a_pipe_gets_no_colours() {
    let here = tempfile::tempdir().unwrap();
    for (code, _) in PAGES {
        let ran = mcc(here.path(), &["explain", code]).expect(0);
        assert!(ran.stdout.starts_with(&format!("{code}: ")), "{}", ran.stdout);
        assert!(ran.stderr.is_empty());
        fits(&ran.stdout);
    }
    let ran = mcc(here.path(), &["explain", "--color", "always", "E0101"]).expect(0);
    assert!(ran.stdout.contains('\u{1b}'), "{}", ran.stdout);
    insta::assert_snapshot!("page", mcc(here.path(), &["explain", "E0016"]).expect(0).stdout);
}

#[test]
fn a_help_fits_the_terminal() {
    let mut helps = 0;
    for (code, text) in PAGES {
        let output = compiled(Page::read(code, text).failing());
        let shown = render(&output.diagnostics, &output.sources, Format::Human);
        let shown = anstream::adapter::strip_str(&shown).to_string();
        let help: Vec<&str> = shown.lines().skip_while(|line| !line.contains("│ Help: ")).collect();
        helps += usize::from(!help.is_empty());
        fits(&help.join("\n"));
    }
    assert!(helps > 50, "only {helps} pages have a help");
}

#[track_caller]
fn fits(text: &str) {
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "wider than 80: {line}");
        assert!(!line.contains('\u{1b}') && line == line.trim_end(), "{line:?}");
    }
}

#[test]
fn alone_it_lists_every_code() {
    let here = tempfile::tempdir().unwrap();
    let ran = mcc(here.path(), &["explain"]).expect(0);
    fits(&ran.stdout);
    for (code, _) in codes() {
        assert_eq!(ran.stdout.matches(code).count(), 1, "{code}");
    }
    assert!(ran.stdout.starts_with("Syntax\n  E0001  "), "{}", ran.stdout);
    let short = mcc(here.path(), &["explain", "--format", "short"]).expect(0).stdout;
    assert_eq!(short.lines().count(), codes().len());
    assert_eq!(mcc(here.path(), &["explain", "--json"]).expect(0).json().len(), codes().len());
}

#[test]
fn machines_get_the_parts() {
    let here = tempfile::tempdir().unwrap();
    let ran = mcc(here.path(), &["explain", "e0602", "--format", "json"]).expect(0);
    let page = &ran.json()[0];
    assert_eq!((&page["code"], &page["title"]), (&"E0602".into(), &"a loop without a bound".into()));
    assert!(page["text"].as_str().unwrap().contains("max"));
    assert_eq!(compile(page["failing"].as_str().unwrap()).0, ["E0602"]);
    assert!(compile(page["mended"].as_str().unwrap()).2);
}

#[test]
fn an_unknown_code_is_trouble_with_a_suggestion() {
    let here = tempfile::tempdir().unwrap();
    let ran = mcc(here.path(), &["explain", "E0211x"]).expect(2);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains("no code `E0211x`") && ran.stderr.contains("did you mean `E0211`?"));
    let ran = mcc(here.path(), &["explain", "borrow"]).expect(2);
    assert!(ran.stderr.contains("`mcc explain` lists every code"), "{}", ran.stderr);
}
