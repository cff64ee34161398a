//! Both parsers agree: what mcc reads without a mistake, tree-sitter reads without an error, in the same tokens;
//! and what mcc refuses, tree-sitter does, but for a short list.
//!
//! * Some of mcc's rules are none of the grammar: `OWN_RULES`.
//! * mcc's lexer takes the longest token there is; tree-sitter's takes the longest that can stand there. So
//!   `7days` is a number and a unit to it, and `u8??` twice an option. Such texts are told by their tokens.
//!
//! Held by every text of the repository, and by programs of every production, most of them damaged.
//! `MCC_PROGRAMS` says how many, `MCC_SEED` with which one they start.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs, reason = "tests")]
#![allow(clippy::print_stdout, reason = "what was compared")]
#![allow(unreachable_pub, dead_code, reason = "modules of tests")]

mod common;
#[path = "../../../grammar/tests/damage/mod.rs"]
mod damage;
#[path = "../../../grammar/tests/programs/mod.rs"]
mod programs;
#[path = "../../../grammar/tests/repository/mod.rs"]
mod repository;

use damage::{Dice, damaged};
use mc_syntax::lexer::lex;
use mc_syntax::parser::{codes, parse};
use mc_syntax::source::FileId;
use mc_syntax::token::{Class, Token};
use std::collections::{BTreeMap, BTreeSet};
use tree_sitter::{Node, Parser, Tree};

/// What mcc refuses by rules that are not the grammar's.
const OWN_RULES: &[&str] = &[
    codes::CHAINED_COMPARISON,
    codes::TOO_DEEP,
    codes::UNKNOWN_ESCAPE,
    codes::LATE_IMPORT,
    codes::HIDDEN_CHARACTER,
];

/// How the parsers take a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    BothAccept,
    BothRefuse,
    /// Refused by mcc for a rule of its own.
    OwnRule,
    /// Refused by mcc, and read by tree-sitter as other tokens.
    OtherTokens,
}

/// What both make of a text; an error where they disagree.
fn compare(parser: &mut Parser, text: &str) -> Result<Verdict, String> {
    let tree = common::tree(parser, text);
    let refused: BTreeSet<&str> =
        parse(FileId(0), text).diagnostics.iter().map(|finding| finding.code).collect();
    let same = same_tokens(&tree, text);
    match (refused.is_empty(), !tree.root_node().has_error()) {
        (true, true) => same.map(|()| Verdict::BothAccept),
        (false, false) => Ok(Verdict::BothRefuse),
        (false, true) if refused.iter().all(|code| OWN_RULES.contains(code)) => Ok(Verdict::OwnRule),
        (false, true) if same.is_err() => Ok(Verdict::OtherTokens),
        (true, false) => Err(format!("only mcc accepts it: {}", tree.root_node().to_sexp())),
        (false, true) => Err(format!("only tree-sitter accepts it; mcc: {refused:?}")),
    }
}

/// Every token is a leaf of the tree, in its own words, and every leaf is a token.
fn same_tokens(tree: &Tree, text: &str) -> Result<(), String> {
    let mut leaves = Vec::new();
    collect_leaves(tree.root_node(), &mut leaves);
    let tokens = lex(text).tokens;
    let mut leaves = leaves.into_iter();
    for (start, token, end) in tokens {
        let leaf = leaves.next().ok_or_else(|| format!("no leaf at {start}"))?;
        let is_same = leaf.start_byte() == start && leaf.end_byte() == end && is_read_as(leaf.kind(), token);
        if !is_same {
            let at = (leaf.start_byte(), leaf.end_byte());
            return Err(format!("{token:?} at {start}..{end} is `{}` at {at:?}", leaf.kind()));
        }
    }
    leaves.next().map_or(Ok(()), |leaf| Err(format!("one leaf more: `{}`", leaf.kind())))
}

fn is_read_as(kind: &str, token: Token<'_>) -> bool {
    match token.class() {
        Class::Name => kind == "identifier",
        Class::SoftKeyword => kind == "identifier" || kind == token.text(),
        Class::Literal => ["integer", "hexadecimal", "string"].contains(&kind),
        // A node with nothing in it but one word, such as `caller_expr`, is a leaf itself.
        Class::Constant => kind == token.text() || kind.ends_with("_expr"),
        _ => kind == token.text(),
    }
}

fn collect_leaves<'t>(node: Node<'t>, leaves: &mut Vec<Node<'t>>) {
    if node.child_count() == 0 {
        if !node.is_extra() && node.start_byte() < node.end_byte() {
            leaves.push(node);
        }
        return;
    }
    for child in node.children(&mut node.walk()) {
        collect_leaves(child, leaves);
    }
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

#[test]
fn the_repository_is_read_alike() {
    let mut parser = common::parser();
    let mut verdicts: BTreeMap<Verdict, usize> = BTreeMap::new();
    for (name, text) in repository::texts(&common::editors().join("..")) {
        let verdict = compare(&mut parser, &text).unwrap_or_else(|why| panic!("{name}: {why}\n{text}"));
        *verdicts.entry(verdict).or_default() += 1;
    }
    println!("{verdicts:?}");
    assert!(verdicts[&Verdict::BothAccept] > 300, "{verdicts:?}");
    assert!(verdicts[&Verdict::BothRefuse] > 30, "{verdicts:?}");
}

#[test]
fn programs_and_damaged_programs_are_read_alike() {
    let mut parser = common::parser();
    let (count, first) = (setting("MCC_PROGRAMS", 20_000), setting("MCC_SEED", 0));
    let mut verdicts: BTreeMap<Verdict, u64> = BTreeMap::new();
    let mut before = programs::program(first);
    for seed in first..first + count {
        let whole = programs::program(seed);
        let mut dice = Dice::new(seed);
        // One in four stays whole; the others get up to three wounds.
        let wounds = dice.below(4);
        let text = (0..wounds).fold(whole.clone(), |text, _| damaged(&text, &before, &mut dice));
        let verdict =
            compare(&mut parser, &text).unwrap_or_else(|why| panic!("MCC_SEED={seed}: {why}\n{text}"));
        assert!(wounds > 0 || verdict == Verdict::BothAccept, "MCC_SEED={seed}: {verdict:?}\n{text}");
        *verdicts.entry(verdict).or_default() += 1;
        before = whole;
    }
    println!("{count} programs: {verdicts:?}");
    let of = |verdict| verdicts.get(&verdict).copied().unwrap_or_default();
    assert!(of(Verdict::BothAccept) * 5 > count && of(Verdict::BothRefuse) * 5 > count, "{verdicts:?}");
    assert!((of(Verdict::OwnRule) + of(Verdict::OtherTokens)) * 50 < count, "{verdicts:?}");
}

#[test]
fn the_list_of_differences_is_no_longer_than_it_has_to_be() {
    let mut parser = common::parser();
    let own = [
        "fn f() { let x = a < b < c; }",
        "fn f() { let x = \"\\q\"; }",
        "fn f() {} import { a } from \"b\";",
        "// \u{202e}\nfn f() {}",
    ];
    let mut found: BTreeSet<&str> = BTreeSet::new();
    let deep = format!("fn f() {{ let x = {}1{}; }}", "(".repeat(2_000), ")".repeat(2_000));
    for text in own.into_iter().chain([deep.as_str()]) {
        let codes: Vec<&str> =
            parse(FileId(0), text).diagnostics.iter().map(|finding| finding.code).collect();
        if compare(&mut parser, text) == Ok(Verdict::OwnRule) {
            found.extend(codes);
        }
    }
    assert_eq!(found, OWN_RULES.iter().copied().collect(), "what stands in `OWN_RULES`, and what has to");
    for text in ["fn f() { return 7days; }", "fn f(a: u8??) {}", "fn f(a: list<u8, 2>= 1) {}"] {
        let verdict = compare(&mut parser, text);
        let expected = if text.contains("= 1") { Verdict::BothRefuse } else { Verdict::OtherTokens };
        assert_eq!(verdict, Ok(expected), "{text}");
    }
}

#[test]
fn keywords_are_names_behind_a_dot_and_nowhere_else() {
    let mut parser = common::parser();
    for (word, class) in mc_syntax::token::FIXED {
        let verdict = |parser: &mut Parser, text: &str| {
            compare(parser, text).unwrap_or_else(|why| panic!("{text}: {why}"))
        };
        match class {
            Class::Keyword | Class::Constant => {
                let behind = verdict(&mut parser, &format!("fn f() {{ return a.{word}; }}"));
                assert_eq!(behind, Verdict::BothAccept, "{word}");
                for text in
                    ["fn f() { let mut a = b.c(%: 1); }", "fn %() {}", "fn f(%: u8) {}", "contract % {}"]
                {
                    let verdict = verdict(&mut parser, &text.replace('%', word));
                    assert_eq!(verdict, Verdict::BothRefuse, "{word} in {text}");
                }
            }
            Class::SoftKeyword => {
                for text in ["fn f() { let % = %.%; }", "fn %(%: %) {}", "contract % {}"] {
                    let verdict = verdict(&mut parser, &text.replace('%', word));
                    assert_eq!(verdict, Verdict::BothAccept, "{word} in {text}");
                }
            }
            _ => {}
        }
    }
}
