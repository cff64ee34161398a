//! What the parser makes of mistakes: each broken case is refused where it says, each sample is accepted, and
//! no damage to a text makes the parser fail.
//!
//! A case says what it expects beside the mistake: `//~ E0005` on the line where the finding starts, or
//! `//~^ E0005` on the line below it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
#![allow(unreachable_pub, reason = "a module of a test")]

mod damage;

use damage::{Dice, damaged};
use mc_syntax::ast::ItemKind;
use mc_syntax::parser::{Parsed, codes::CODES, parse};
use mc_syntax::source::{FileId, SourceSet};
use std::collections::BTreeSet;
use std::{env, fs};

const CASES: &str = "../tests/cases/parse";
const SAMPLES: &str = "../tests/samples";

/// Every case whose name starts with `prefix`, with its text.
fn cases(prefix: &str) -> Vec<(String, String)> {
    texts(CASES, prefix)
}

fn texts(folder: &str, prefix: &str) -> Vec<(String, String)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let named = entries.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), path));
    let chosen = named.filter(|(name, _)| name.starts_with(prefix) && name.ends_with(".mc"));
    let mut cases: Vec<_> = chosen.map(|(name, path)| (name, fs::read_to_string(path).unwrap())).collect();
    cases.sort();
    assert!(!cases.is_empty(), "no cases {prefix}");
    cases
}

/// The findings a case announces, as `(line, code)`.
fn announced(text: &str) -> Vec<(usize, String)> {
    let mut findings = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let Some((_, note)) = line.split_once("//~") else { continue };
        let code = note.trim_start_matches('^');
        let line = index + 1 - (note.len() - code.len());
        findings.extend(code.split_whitespace().map(|code| (line, code.to_owned())));
    }
    findings.sort();
    findings
}

fn found(text: &str) -> Vec<(usize, String)> {
    let mut sources = SourceSet::default();
    let file = sources.add("case.mc", text);
    let findings = parse(file, text).diagnostics;
    findings
        .iter()
        .map(|finding| (sources.line_column(finding.primary.span).0, finding.code.to_owned()))
        .collect()
}

#[test]
fn broken_cases_are_refused_where_they_say() {
    for (name, text) in cases("broken_") {
        assert_eq!(found(&text), announced(&text), "{name}");
    }
}

#[test]
fn samples_are_accepted() {
    for (name, text) in texts(SAMPLES, "") {
        let parsed = parse(FileId(0), &text);
        assert_eq!(parsed.diagnostics, [], "{name}");
        assert!(!parsed.file.items.is_empty(), "{name}");
        assert!(parsed.file.items.iter().all(|item| item.kind != ItemKind::Recovered), "{name}");
    }
}

#[test]
fn every_code_has_a_case() {
    let announced: BTreeSet<String> =
        cases("broken_").iter().flat_map(|(_, text)| announced(text)).map(|(_, code)| code).collect();
    let known: BTreeSet<String> = CODES.iter().map(|(code, _)| (*code).to_owned()).collect();
    assert_eq!(announced, known);
}

#[test]
fn every_finding_says_how_to_mend_it() {
    for (name, text) in cases("broken_") {
        for finding in parse(FileId(0), &text).diagnostics {
            assert!(finding.help.is_some_and(|help| !help.is_empty()), "{name}: {}", finding.message);
            assert!(!finding.message.ends_with('.'), "{name}: {}", finding.message);
            assert!(!finding.message.contains("LOST"), "{name}: {}", finding.message);
        }
    }
}

/// What a machine may apply takes the finding away.
#[test]
fn edits_mend() {
    for (name, text) in cases("broken_") {
        for finding in parse(FileId(0), &text).diagnostics {
            let mut mended = text.clone();
            for edit in finding.edits.iter().rev() {
                mended.replace_range(edit.span.start as usize..edit.span.end as usize, &edit.replacement);
            }
            let place = |code: &str, start: u32| (code.to_owned(), start);
            let this = place(finding.code, finding.primary.span.start);
            let left = parse(FileId(0), &mended).diagnostics;
            let mut places = left.iter().map(|left| place(left.code, left.primary.span.start));
            assert!(finding.edits.is_empty() || !places.any(|left| left == this), "{name}: {mended}");
        }
    }
}

#[test]
fn a_body_behind_a_broken_signature_is_read() {
    let text = "contract A { fn f(a u64) {\n x = ;\n } }\ncontract B implements {\n fn g() {\n y = ; }\n }";
    assert_eq!(found(text).len(), 4);
}

// ------------------------------------------------------------------------------------------------- Damage

/// Holds for every text whatever.
#[track_caller]
fn check_sound(text: &str, parsed: &Parsed) {
    for finding in &parsed.diagnostics {
        let labels = finding.secondary.iter().map(|label| label.span);
        let edits = finding.edits.iter().map(|edit| edit.span);
        for span in labels.chain(edits).chain([finding.primary.span]) {
            assert!(
                text.get(span.start as usize..span.end as usize).is_some(),
                "{span:?} {finding:?}\n{text}"
            );
        }
        assert!(finding.help.is_some(), "{finding:?}\n{text}");
    }
    let tree = format!("{:?}", parsed.file);
    assert!(!parsed.diagnostics.is_empty() || !tree.contains("Recovered"), "a silent loss in\n{text}");
}

#[test]
fn damage_never_breaks_the_parser() {
    let texts: Vec<String> =
        texts(SAMPLES, "").into_iter().chain(cases("broken_")).map(|(_, text)| text).collect();
    let rounds = env::var("MC_DAMAGE_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(3_000);
    let mut dice = Dice::new(7);
    for _ in 0..rounds {
        let mut text = texts[dice.below(texts.len())].clone();
        for _ in 0..=dice.below(4) {
            let other = &texts[dice.below(texts.len())];
            text = damaged(&text, other, &mut dice);
        }
        check_sound(&text, &parse(FileId(0), &text));
    }
}

#[test]
fn long_and_deep_texts_are_read_or_refused() {
    let links = [
        "(",
        "[",
        "{",
        "- ",
        "!",
        "a.",
        "a + ",
        "if a {} else ",
        "map<a, ",
        "a?",
        "(;",
        "{)(;}",
        "-)",
        "\"",
        "/*",
        "é",
        "x ",
        "contract ",
        "entry f() {",
    ];
    let heads = ["", "fn f() { ", "fn f() { return ", "contract A { state x: "];
    for link in links {
        for head in heads {
            let text = format!("{head}{}", link.repeat(3_000));
            let parsed = parse(FileId(0), &text);
            check_sound(&text, &parsed);
            assert!(!parsed.diagnostics.is_empty(), "{link:?}");
        }
    }
}
