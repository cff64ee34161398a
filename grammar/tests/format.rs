//! The one style: it changes no program, loses no comment, and is its own style.
//!
//! Held by every `.mc` file and every `mc` block of the repository, and by random programs with comments
//! wherever one may stand. `MCC_PROGRAMS` says how many, `MCC_SEED` with which one they start.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs, reason = "tests")]
#![allow(clippy::print_stdout, reason = "what was covered")]
#![allow(unreachable_pub, reason = "a module of a test")]

mod programs;
mod repository;

use mc_syntax::ast::File;
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::format::{Refusal, format};
use mc_syntax::lexer;
use mc_syntax::parser::parse;
use mc_syntax::source::FileId;
use repository::{files, repository};
use std::collections::BTreeSet;
use std::path::Path;
use std::{env, fs, thread};

const WIDTH: usize = 110;

/// The tree as text, without its places.
fn erased(file: &File) -> String {
    let text = format!("{file:?}");
    let mut erased = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find("0:") {
        erased.push_str(&rest[..at]);
        let place = &rest[at + 2..];
        let end = place.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(place.len());
        rest = &place[end..];
    }
    erased + rest
}

fn comments(text: &str) -> Vec<String> {
    let tidy =
        |(from, to): (usize, usize)| text[from..to].lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    lexer::comments(text).into_iter().map(tidy).collect()
}

/// A formatted text and its tree.
struct Checked {
    text: String,
    tree: String,
}

/// Everything that holds of a program and its formatted text, which it gives.
fn check(text: &str) -> Result<Checked, String> {
    let before = parse(FileId(0), text);
    if let Some(mistake) = before.diagnostics.first() {
        return Err(format!("no program: {mistake:?}"));
    }
    let formatted = format(FileId(0), text).map_err(|refusal| format!("refused: {refusal:?}"))?;
    let after = parse(FileId(0), &formatted);
    let twice = format(FileId(0), &formatted);
    let tree = erased(&before.file);
    let lines = || formatted.lines();
    let faults = [
        (!after.diagnostics.is_empty(), "does not parse"),
        (tree != erased(&after.file), "has another tree"),
        (comments(text) != comments(&formatted), "has other comments"),
        (lines().any(|line| line.ends_with([' ', '\t', '\r'])), "has blanks at the end of a line"),
        (formatted.contains("\n\n\n") || !formatted.ends_with('\n'), "has empty lines"),
        (twice.as_ref() != Ok(&formatted), "is not its own style"),
    ];
    match faults.iter().find(|(is_fault, _)| *is_fault) {
        None => Ok(Checked { text: formatted, tree }),
        Some((_, fault)) => {
            let mistake = after.diagnostics.first();
            let twice = twice.unwrap_or_default();
            Err(format!(
                "{fault}: {mistake:?}\n----\n{text}\n---- formatted\n{formatted}\n---- twice\n{twice}"
            ))
        }
    }
}

// ---------------------------------------------------------------------------------------- The repository

/// Every file below a folder with this ending.

#[test]
fn every_program_of_the_repository_keeps_its_meaning() {
    let programs = repository(Path::new(".."));
    assert!(programs.len() > 100, "only {} programs", programs.len());
    for (name, text) in programs {
        let formatted = check(&text).unwrap_or_else(|fault| panic!("{name} {fault}"));
        for line in formatted.text.lines() {
            let code = line.split("//").next().unwrap_or_default().trim_end();
            assert!(code.chars().count() <= WIDTH, "{name}: wider than {WIDTH}: {line}");
        }
    }
}

#[test]
fn what_is_handed_out_is_in_the_style() {
    let mut shown = repository(Path::new(".."));
    shown.retain(|(name, _)| name.starts_with("../stdlib/") || name.contains("README.md"));
    assert!(shown.len() > 10, "only {} programs", shown.len());
    for (name, text) in shown {
        assert_eq!(format(FileId(0), &text).unwrap(), text, "{name}");
    }
}

/// The style, to look at: what stands in `tests/format` and what becomes of it.
#[test]
fn samples_look_as_they_should() {
    let mut samples = Vec::new();
    files(Path::new("tests/format"), ".mc", &mut samples);
    for (path, text) in samples {
        let name = Path::new(&path).file_stem().unwrap().to_str().unwrap().to_owned();
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, format(FileId(0), &text).unwrap());
        });
    }
}

#[test]
fn what_does_not_parse_is_refused() {
    let mut broken = Vec::new();
    files(Path::new("../tests/cases/parse"), ".mc", &mut broken);
    broken.retain(|(_, text)| parse(FileId(0), text).diagnostics.iter().any(Diagnostic::is_error));
    assert!(broken.len() > 20);
    for (name, text) in broken {
        assert!(matches!(format(FileId(0), &text), Err(Refusal::Mistakes(_))), "{name}");
    }
}

/// Whatever parses is formatted in the stack of a thread, and in a time that its length bounds.
#[test]
fn deep_and_long_programs_are_formatted() {
    let shapes = [
        ("const X: T = ", "(", "a", ")", ";"),
        ("const X: T = ", "f(a, ", "a", ")", ";"),
        ("const X: T = ", "a[", "a", "]", ";"),
        ("const X: T = ", "- ", "a", "", ";"),
        ("const X: T = ", "a + ", "a", "", ";"),
        ("const X: T = ", "a.", "a", "", ";"),
        ("const X: T = ", "some(", "a", ")", ";"),
        ("const X: T = ", "if a { ", "a", " } else { b }", ";"),
        ("const X: T = ", "if a { b } else ", "if a { b } else { c }", "", ";"),
        ("const X: T = ", "forall a in b: ", "a", "", ";"),
        ("const X: ", "map<a, ", "a", ">", " = 1;"),
        ("const X: ", "(", "a", ")", " = 1;"),
        ("fn f() { ", "if a { ", "a();", " }", " }"),
        ("fn f() { ", "if a { } else ", "if a { }", "", " }"),
        ("fn f() { ", "match a { _ => { ", "a();", " } }", " }"),
        ("fn f() { let ", "(", "a", ")", " = 1; }"),
    ];
    for (head, open, middle, close, tail) in shapes {
        let text = |depth| format!("{head}{}{middle}{}{tail}", open.repeat(depth), close.repeat(depth));
        let depth = (1..600).rev().find(|depth| parse(FileId(0), &text(*depth)).diagnostics.is_empty());
        check(&text(depth.unwrap())).unwrap_or_else(|fault| panic!("{open} {fault}"));
    }
    let long = format!("const X: T = [{}];", "f(a, b) + c, ".repeat(20_000));
    check(&long).unwrap_or_else(|fault| panic!("{}", &fault[..80]));
}

// ------------------------------------------------------------------------------------- Random programs

fn setting(name: &str, default: u64) -> u64 {
    env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// The kinds of nodes, as the modules of the tree declare them.
fn declared_kinds() -> BTreeSet<String> {
    let mut kinds = BTreeSet::new();
    let modules = ["expr", "item", "stmt", "ty"].map(|name| format!("src/ast/{name}.rs"));
    for module in modules {
        let text = fs::read_to_string(module).unwrap();
        for part in text.split("pub enum ").skip(1) {
            let (name, rest) = part.split_once(" {\n").unwrap();
            let (body, _) = rest.split_once("\n}").unwrap();
            let variants = body.lines().filter_map(|line| line.strip_prefix("    "));
            let words = variants.filter(|line| line.starts_with(|first: char| first.is_ascii_uppercase()));
            for line in words {
                let variant: String = line.chars().take_while(char::is_ascii_alphanumeric).collect();
                if variant != "Recovered" {
                    kinds.insert(key(name, &variant));
                }
            }
        }
    }
    kinds
}

fn key(kind: &str, variant: &str) -> String {
    match (kind, kind.strip_suffix("Kind")) {
        (_, Some(node)) => format!("{node}::{variant}"),
        ("AssignOp", _) => format!("op: {variant}"),
        _ => variant.to_owned(),
    }
}

/// The kinds of nodes in a tree, read from its text.
fn kinds(tree: &str, found: &mut BTreeSet<String>) {
    let mut nodes: Vec<&str> = Vec::new();
    let mut field = "";
    let mut rest = tree;
    while let Some(letter) = rest.chars().next() {
        let length = rest.find(|it: char| !it.is_ascii_alphanumeric() && it != '_').unwrap_or(rest.len());
        let (word, tail) = rest.split_at(length.max(letter.len_utf8()));
        rest = tail;
        match word {
            "\"" => rest = after_string(rest),
            "}" => drop(nodes.pop()),
            _ if rest.starts_with(": ") => field = word,
            _ if length > 0 => {
                let node = nodes.last().copied().unwrap_or_default();
                match field {
                    "kind" => drop(found.insert(format!("{node}::{word}"))),
                    "op" => drop(found.insert(format!("op: {word}"))),
                    _ if rest.starts_with(" {") => {}
                    _ => drop(found.insert(word.to_owned())),
                }
                field = "";
                if rest.starts_with(" {") {
                    nodes.push(word);
                }
            }
            _ => {}
        }
    }
}

fn after_string(rest: &str) -> &str {
    let mut letters = rest.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => drop(letters.next()),
            '"' => return &rest[at + 1..],
            _ => {}
        }
    }
    ""
}

/// What some random programs came to.
#[derive(Default)]
struct Tally {
    kinds: BTreeSet<String>,
    lines: usize,
    wide: usize,
}

/// Checks the programs of these seeds.
fn check_programs(seeds: impl Iterator<Item = u64>) -> Tally {
    let mut tally = Tally::default();
    for seed in seeds {
        let text = programs::program(seed);
        let checked = check(&text).unwrap_or_else(|fault| {
            panic!(
                "the program of seed {seed} {fault}\n---- again with\n  MCC_SEED={seed} MCC_PROGRAMS=1 cargo test \
                 --release -p mc-syntax --test format random"
            )
        });
        kinds(&checked.tree, &mut tally.kinds);
        tally.lines += checked.text.lines().count();
        tally.wide += checked.text.lines().filter(|line| line.chars().count() > WIDTH).count();
    }
    tally
}

#[test]
fn random_programs_keep_their_meaning() {
    let (first, count) = (setting("MCC_SEED", 1), setting("MCC_PROGRAMS", 10_000));
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let share = |thread: usize| (first..first + count).skip(thread).step_by(threads);
    let tallies: Vec<Tally> = thread::scope(|scope| {
        let running: Vec<_> =
            (0..threads).map(|thread| scope.spawn(move || check_programs(share(thread)))).collect();
        running.into_iter().map(|running| running.join().unwrap()).collect()
    });
    let found: BTreeSet<String> = tallies.iter().flat_map(|tally| tally.kinds.clone()).collect();
    let (lines, wide): (usize, usize) =
        (tallies.iter().map(|tally| tally.lines).sum(), tallies.iter().map(|tally| tally.wide).sum());
    let declared = declared_kinds();
    let missing: Vec<&String> = declared.difference(&found).collect();
    println!(
        "{count} programs, {lines} lines, {wide} of them wide; {} of {} kinds of nodes",
        declared.len() - missing.len(),
        declared.len()
    );
    assert!(count < 1_000 || missing.is_empty(), "no program has {missing:?}");
    // Tokens, comments and depth alone make a line wide.
    assert!(wide * 1_000 <= lines.max(1_000), "{wide} of {lines} lines are wide");
}
