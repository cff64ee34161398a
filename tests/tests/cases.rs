//! Cases as files: a file in a folder under `cases` is a test, and its snapshot shows the source, then the
//! result.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use mc_compiler::Compiled;
use mc_compiler::tree::FunctionKind;
use mc_container::access::Permission;
use mc_syntax::ast::{File, ItemKind, MemberKind};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::{FileId, SourceSet};
use mc_tests::attack::{self, Arena};
use mc_tests::blockfile::Written;
use mc_tests::stage::{Files, MAIN, Stage, call_of, compile};
use mc_tests::{blockfile, declared, formulas, render};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases").join(name)
}

/// Every `.mc` of a folder, sorted.
fn sources(name: &str) -> Vec<(String, String)> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder(name))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "mc"))
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|path| {
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(&path).unwrap())
        })
        .collect()
}

/// Runs `case` on every file, and tells of all that fail.
fn each(name: &str, case: impl Fn(&str, &str)) -> usize {
    let mut failed = Vec::new();
    let files = sources(name);
    for (stem, text) in &files {
        if std::env::var("MCC_CASE").is_ok_and(|only| only != *stem) {
            continue;
        }
        if std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| case(stem, text))).is_err() {
            failed.push(format!("{name}/{stem}"));
        }
    }
    assert!(failed.is_empty(), "{} cases fail: {}", failed.len(), failed.join(", "));
    files.len()
}

#[track_caller]
fn snapshot(folder_name: &str, stem: &str, source: &str, result: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder(folder_name).join("snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let shown = format!("{}\n\n==== result ====\n\n{}", source.trim_end(), result.trim_end());
    settings.bind(|| insta::assert_snapshot!(stem, shown));
}

// ---------------------------------------------------------------------------------------------- parse

#[test]
fn parse() {
    each("parse", |stem, text| {
        let mut sources = SourceSet::default();
        let file = sources.add(format!("{stem}.mc"), text);
        let parsed = mc_syntax::parser::parse(file, text);
        let mut result = render::diagnostics(&sources, &parsed.diagnostics);
        if parsed.diagnostics.is_empty() {
            result = outline(&parsed.file);
        }
        snapshot("parse", stem, text, &result);
    });
}

/// What a file declares, a line each.
fn outline(file: &File) -> String {
    let mut text = String::new();
    for import in &file.imports {
        let names: Vec<&str> = import.names.iter().map(|name| name.name.name.as_str()).collect();
        let _ = writeln!(text, "import {} from {}", names.join(", "), import.from);
    }
    for item in &file.items {
        let _ = writeln!(text, "{}", item_line(&item.kind));
        if let ItemKind::Contract(contract) = &item.kind {
            for member in &contract.members {
                let _ = writeln!(text, "  {}", member_line(&member.kind));
            }
        }
    }
    text
}

fn item_line(item: &ItemKind) -> String {
    match item {
        ItemKind::Contract(it) => format!("contract {} ({} members)", it.name.name, it.members.len()),
        ItemKind::Interface(it) => format!("interface {} ({} members)", it.name.name, it.members.len()),
        ItemKind::Compose(it) => {
            format!("compose {} ({} statements)", it.signature.name.name, it.body.stmts.len())
        }
        ItemKind::Struct(it) => format!("struct {} ({} fields)", it.name.name, it.fields.len()),
        ItemKind::Enum(it) => format!("enum {} ({} variants)", it.name.name, it.variants.len()),
        ItemKind::Const(it) => format!("const {}", it.name.name),
        ItemKind::Error(it) => format!("error {} ({} fields)", it.name.name, it.params.len()),
        ItemKind::Event(it) => format!("event {} ({} fields)", it.name.name, it.params.len()),
        ItemKind::Test(it) => format!("test {:?} ({} statements)", it.name, it.body.stmts.len()),
        ItemKind::Function(it) => format!("fn {}", it.signature.name.name),
        ItemKind::App(it) => format!("app {} ({} statements)", it.name.name, it.body.stmts.len()),
        ItemKind::Recovered => "?".to_owned(),
    }
}

fn member_line(member: &MemberKind) -> String {
    let function = |word: &str, it: &mc_syntax::ast::Function| {
        format!(
            "{word} {}/{} ({} statements)",
            it.signature.name.name,
            it.signature.params.len(),
            it.body.stmts.len()
        )
    };
    match member {
        MemberKind::State(it) => format!("state {}", it.name.name),
        MemberKind::Immutable(it) => format!("immutable {}", it.name.name),
        MemberKind::Asset(it) => format!("asset {}", it.name.name),
        MemberKind::Role(it) => format!("role {}", it.name.name),
        MemberKind::Init(it) => format!("init/{}", it.params.len()),
        MemberKind::Entry(it) => function("entry", it),
        MemberKind::View(it) => function("view", it),
        MemberKind::Function(it) => function("fn", it),
        MemberKind::Invariant(it) => format!("invariant {}", it.name.name),
        MemberKind::Migrate(it) => format!("migrate from {}", it.from),
        MemberKind::Version(number, _) => format!("version {number}"),
        MemberKind::Struct(it) => format!("struct {}", it.name.name),
        MemberKind::Enum(it) => format!("enum {}", it.name.name),
        MemberKind::Const(it) => format!("const {}", it.name.name),
        MemberKind::Error(it) => format!("error {}", it.name.name),
        MemberKind::Event(it) => format!("event {}", it.name.name),
        MemberKind::Test(it) => format!("test {:?}", it.name),
        MemberKind::Recovered => "?".to_owned(),
    }
}

// ---------------------------------------------------------------------------------------------- check

#[test]
fn check() {
    let seen = std::cell::RefCell::new(BTreeSet::new());
    each("check", |stem, text| {
        let files = split(text);
        let output = mc_compiler::compile(&[MAIN.to_owned()], &files).unwrap();
        let found = found_codes(&output.sources, &output.diagnostics);
        let expected = expected_codes(&files);
        seen.borrow_mut().extend(output.diagnostics.iter().map(|diagnostic| diagnostic.code));
        let rendered = render::diagnostics(&output.sources, &output.diagnostics);
        assert_eq!(expected, found, "{stem}: written beside the lines, and found\n{rendered}");
        snapshot("check", stem, text, if rendered.is_empty() { "no mistakes" } else { &rendered });
    });
    if std::env::var("MCC_CASE").is_err() {
        let seen = seen.into_inner();
        let missing: Vec<&str> = mc_compiler::error::CODES
            .iter()
            .map(|(code, _)| *code)
            .filter(|code| !seen.contains(code))
            .collect();
        assert!(missing.is_empty(), "no case shows {}", missing.join(", "));
    }
}

/// The files of a case: `//- name` starts another one.
fn split(text: &str) -> Files {
    let mut files = BTreeMap::from([(MAIN.to_owned(), String::new())]);
    let mut name = MAIN.to_owned();
    for line in text.lines() {
        if let Some(next) = line.strip_prefix("//- ") {
            name = next.trim().to_owned();
            continue;
        }
        let file = files.entry(name.clone()).or_default();
        file.push_str(line);
        file.push('\n');
    }
    Files(files)
}

type Codes = BTreeMap<(String, usize), Vec<String>>;

fn expected_codes(files: &Files) -> Codes {
    let mut codes = Codes::new();
    for (name, text) in &files.0 {
        for (number, line) in text.lines().enumerate() {
            if let Some((_, written)) = line.split_once("//~") {
                let mut list: Vec<String> = written.split_whitespace().map(str::to_owned).collect();
                list.sort();
                codes.insert((name.clone(), number + 1), list);
            }
        }
    }
    codes
}

fn found_codes(sources: &SourceSet, diagnostics: &[Diagnostic]) -> Codes {
    let mut codes = Codes::new();
    for diagnostic in diagnostics {
        let span = diagnostic.primary.span;
        let path = sources.get(span.file).unwrap().path.clone();
        let list = codes.entry((path, sources.line_column(span).0)).or_default();
        list.push(diagnostic.code.to_owned());
        list.sort();
    }
    codes
}

// --------------------------------------------------------------------------------------------- access

#[track_caller]
fn clean(text: &str) -> (SourceSet, Compiled) {
    let output = compile(text);
    let rendered = render::diagnostics(&output.sources, &output.diagnostics);
    let compiled = output.compiled.unwrap_or_else(|| panic!("does not compile:\n{rendered}"));
    (output.sources, compiled)
}

#[test]
fn access() {
    each("access", |stem, text| {
        let (sources, compiled) = clean(text);
        let mut found: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        let mut listing = String::new();
        for container in &compiled.containers {
            for (number, entry) in container.package.manifest().entries.iter().enumerate() {
                let _ = writeln!(listing, "{}.{}", container.package.manifest().name, entry.name);
                let mut lines = formulas::of_entry(&compiled, container, number);
                lines.sort_by_key(|line| line.span);
                for line in lines {
                    let _ = writeln!(listing, "  {}", line.text);
                    found.entry(sources.line_column(line.span).0).or_default().insert(line.text);
                }
            }
        }
        let expected = expected_sets(text);
        if expected != found {
            let at = |sets: &BTreeMap<usize, BTreeSet<String>>| {
                let lines: Vec<String> = sets.iter().map(|(line, set)| format!("{line}: {set:?}")).collect();
                lines.join("\n  ")
            };
            panic!("{stem}: written\n  {}\nfound\n  {}", at(&expected), at(&found));
        }
        snapshot("access", stem, text, &listing);
    });
}

/// What is written behind `//=`, parted by `;`.
fn expected_sets(text: &str) -> BTreeMap<usize, BTreeSet<String>> {
    let mut sets = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        if let Some((_, written)) = line.split_once("//=") {
            let set: BTreeSet<String> = written.split(';').map(|access| access.trim().to_owned()).collect();
            sets.insert(number + 1, set);
        }
    }
    sets
}

// ----------------------------------------------------------------------------------------------- emit

#[test]
fn emit() {
    each("emit", |stem, text| {
        let (_, compiled) = clean(text);
        let (_, again) = clean(text);
        let mut result = String::new();
        for (container, twin) in compiled.containers.iter().zip(&again.containers) {
            assert_eq!(container.package.encode(), twin.package.encode(), "{stem}: two builds differ");
            let decoded = mc_container::package::Package::decode(&container.package.encode()).unwrap();
            assert_eq!(decoded, container.package, "{stem}: a package does not come back from its bytes");
            let _ = writeln!(result, "{}", wasmprinter::print_bytes(container.package.module()).unwrap());
        }
        snapshot("emit", stem, text, &result);
    });
}

// ------------------------------------------------------------------------------------------------ run

#[test]
fn run() {
    let arena = Arena::new(7);
    each("run", |stem, text| {
        let (_, compiled) = clean(text);
        let blocks = std::fs::read_to_string(folder("run").join(format!("{stem}.block"))).unwrap();
        let mut stage = Stage::new(&compiled);
        let mut result = String::new();
        for Written { block, asks_fuel } in blockfile::read(&mut stage, &blocks) {
            let _ = writeln!(result, "block {} at {}", block.height, block.time);
            let outcome = arena
                .execute(&stage, &std::sync::Arc::new(block.clone()))
                .unwrap_or_else(|why| panic!("{why}"));
            for (number, (tx, receipt)) in block.transactions.iter().zip(&outcome.receipts).enumerate() {
                let _ = writeln!(result, "  {number} {}", blockfile::show_receipt(&stage, tx, receipt));
            }
            if asks_fuel {
                let _ = writeln!(result, "  fuel: {}", blockfile::show_fuel(&outcome.receipts));
            }
            let _ = writeln!(result, "  {}", declarations(&stage, &block));
            if let Err(why) = attack::block(&mut stage, &arena, block) {
                panic!("{stem}: {why}\n{result}");
            }
        }
        let _ = write!(result, "state\n{}", blockfile::show_state(&stage));
        snapshot(
            "run",
            stem,
            &format!("{}\n\n---- blocks ----\n\n{}", text.trim_end(), blocks.trim_end()),
            &result,
        );
    });
}

/// How many cells and locks the transactions of a block declare, by mode.
fn declarations(stage: &Stage<'_>, block: &mc_runtime::Block) -> String {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    let mode = |permission: &Permission| match permission {
        Permission::Read => "read",
        Permission::Write => "write",
        Permission::Max => "raise",
        Permission::Min => "lower",
        Permission::Delta(_) => "delta",
    };
    for tx in &block.transactions {
        let Some(declared) = declared::of(&stage.machine, &stage.packages, &call_of(tx, block)) else {
            continue;
        };
        declared.cells.values().for_each(|it| *counts.entry(format!("{} cells", mode(it))).or_default() += 1);
        declared.locks.values().for_each(|it| *counts.entry(format!("{} locks", mode(it))).or_default() += 1);
    }
    let counts: Vec<String> = counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
    format!("declared: {}", if counts.is_empty() { "nothing".to_owned() } else { counts.join(", ") })
}

// ---------------------------------------------------------------------------------------------- others

/// Every function that can be called is exported, and every case of the folders above is a file with a name
/// that says what it shows.
#[test]
fn every_entry_has_its_formulas() {
    for (stem, text) in sources("access") {
        let (_, compiled) = clean(&text);
        for container in &compiled.containers {
            let unit = compiled.program.unit(container.unit).unwrap();
            let callable =
                unit.functions.iter().filter(|function| function.kind != FunctionKind::Internal).count();
            assert_eq!(container.package.access().len(), callable, "{stem}");
            for (access, places) in container.package.access().iter().zip(&container.places) {
                assert_eq!(access.accesses.len(), places.len(), "{stem}: an access without its places");
            }
        }
    }
    let _ = FileId::default();
}
