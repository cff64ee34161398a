//! The standard library: every file is embedded, reads without a mistake, imports its neighbours and has tests.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs, reason = "tests")]

use mc_stdlib::{LIBRARY, library};
use mc_syntax::ast::{ItemKind, MemberKind};
use mc_syntax::parser::parse;
use mc_syntax::source::FileId;

#[test]
fn every_file_is_embedded() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../stdlib/std");
    let mut found: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| format!("std/{}", entry.unwrap().file_name().into_string().unwrap()))
        .filter(|path| path.ends_with(".mc"))
        .collect();
    found.sort();
    let embedded: Vec<&str> = LIBRARY.iter().map(|file| file.path).collect();
    assert_eq!(embedded, found);
}

#[test]
fn every_file_reads_and_imports_its_neighbours() {
    for file in LIBRARY {
        let parsed = parse(FileId(0), file.text);
        assert_eq!(parsed.diagnostics, [], "{}", file.path);
        for import in &parsed.file.imports {
            let neighbour = import.from.strip_prefix("./").and_then(|name| name.strip_suffix(".mc")).unwrap();
            assert!(library(&format!("std/{neighbour}")).is_some(), "{} imports {neighbour}", file.path);
        }
    }
}

#[test]
fn every_contract_has_documentation_and_its_file_tests() {
    for file in LIBRARY {
        let items = parse(FileId(0), file.text).file.items;
        let mut tests = items.iter().filter(|item| matches!(item.kind, ItemKind::Test(_))).count();
        for item in &items {
            let ItemKind::Contract(contract) = &item.kind else { continue };
            assert!(!item.doc.is_empty(), "{}: {}", file.path, contract.name.name);
            for member in &contract.members {
                let public = matches!(member.kind, MemberKind::Entry(_) | MemberKind::View(_));
                assert!(!public || !member.doc.is_empty(), "{}: {:?}", file.path, member.kind);
                tests += usize::from(matches!(member.kind, MemberKind::Test(_)));
            }
        }
        assert!(tests > 0 || file.path == "std/interfaces.mc", "{} has no test", file.path);
    }
}
