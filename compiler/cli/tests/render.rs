//! Findings as people see them: labels in two files, tabs, wide letters, the end of a file, very long lines.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "tests")]

use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::{FileId, SourceSet, Span};
use mcc::output::Format;
use mcc::render::render;

#[track_caller]
fn check(name: &str, files: &[(&str, &str)], diagnostics: &[Diagnostic]) {
    let mut sources = SourceSet::default();
    for (path, text) in files {
        sources.add(*path, *text);
    }
    let mut shown = String::new();
    for format in [Format::Human, Format::Short, Format::Json] {
        let text = anstream::adapter::strip_str(&render(diagnostics, &sources, format)).to_string();
        assert!(text.lines().all(|line| line == line.trim_end()), "spaces at the end:\n{text}");
        shown.push_str(&text);
    }
    insta::assert_snapshot!(name, shown);
}

/// The span of `what` in `text`.
fn span(file: u16, text: &str, what: &str) -> Span {
    let start = text.find(what).unwrap();
    Span::new(FileId(file), start, start + what.len())
}

#[test]
fn labels_in_two_files() {
    let one = "contract A {\n    state x: u64 = 0;\n}\n";
    let two = "import { A } from \"./one.mc\";\n\ncompose B() uses a: A {\n    step a.y();\n}\n";
    let finding = Diagnostic::error("E0101", span(1, two, "y"), "no entry of `A` named `y`")
        .label("not declared there")
        .also(span(0, one, "A"), "the slot's contract")
        .also(span(1, two, "a: A"), "the slot")
        .help("did you mean `x`?")
        .edit(span(1, two, "y"), "x");
    check("two_files", &[("one.mc", one), ("src/two.mc", two)], &[finding]);
}

#[test]
fn tabs_and_wide_letters() {
    let text = "contract A {\n\t/// 接收者 🎉\n\tentry f() { let 接 = \"🎉\"; }\n}\n";
    let finding = Diagnostic::warning("W0702", span(0, text, "🎉\""), "a party nobody sees").label("here");
    check("wide", &[("a.mc", text)], &[finding]);
}

#[test]
fn the_end_of_a_file_and_an_empty_file() {
    let text = "contract A {\n    state x: u64 = 0;\n";
    let end = Span::new(FileId(0), text.len(), text.len());
    let empty = Span::new(FileId(1), 0, 0);
    let findings = [
        Diagnostic::error("E0006", end, "`{` is never closed").label("`}` is missing here"),
        Diagnostic::error("E0001", empty, "nothing in it").label("here"),
    ];
    check("end", &[("a.mc", text), ("empty.mc", "")], &findings);
}

#[test]
fn spans_that_lie_are_cut_to_the_file() {
    let text = "contract é { }\n";
    let findings = [
        Diagnostic::error("E0001", Span::new(FileId(0), 4, 4000), "too long").label("here"),
        Diagnostic::error("E0002", Span::new(FileId(0), 10, 11), "inside of a letter").label("here"),
        Diagnostic::error("E0003", Span::new(FileId(9), 0, 1), "in no file").label("here"),
    ];
    check("lying", &[("a.mc", text)], &findings);
}

#[test]
fn a_very_long_line_is_shown_through_a_window() {
    let text = format!(
        "contract A {{ state {}: u64 = 0; entry f() {{ {} = y; }} }}\n",
        "x".repeat(90),
        "x".repeat(90)
    );
    let finding = Diagnostic::error("E0101", span(0, &text, "y;"), "no name `y`")
        .label("not declared here")
        .also(span(0, &text, "state"), "perhaps this")
        .help("declare it");
    check("long", &[("a.mc", &text)], &[finding]);
}
