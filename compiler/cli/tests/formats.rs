//! Findings for machines: SARIF, annotations of GitHub Actions, and the schema of the JSON lines.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs, reason = "tests")]

mod common;

use common::{mcc, project};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::{FileId, SourceSet, Span};
use mcc::output::Format;
use mcc::render::machine;
use mcc::render::render;
use serde_json::Value as Json;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A project with a misspelled state, which is found twice.
fn broken() -> (TempDir, PathBuf) {
    let directory = project("token");
    let here = directory.path().join("here");
    let file = here.join("src/token.mc");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("balances[to] += amount;", "balnces[to] += amount;")).unwrap();
    (directory, here)
}

#[test]
fn the_committed_schema_is_the_generated_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/diagnostic.json");
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::write(&path, machine::schema()).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(committed, machine::schema(), "`cargo bless` writes schema/diagnostic.json");
}

#[test]
fn lines_of_json_are_as_the_schema_says() {
    let (_directory, here) = broken();
    let schema: Json = serde_json::from_str(&machine::schema()).unwrap();
    for line in mcc(&here, &["check", "--json"]).expect(1).json() {
        assert_eq!(line["$schema"], machine::SCHEMA);
        fits(&line, &schema, &schema);
    }
}

/// Holds a value against the parts of JSON Schema that ours uses.
#[track_caller]
fn fits(value: &Json, schema: &Json, root: &Json) {
    let schema = match schema["$ref"].as_str() {
        Some(name) => root.pointer(name.trim_start_matches('#')).unwrap(),
        None => schema,
    };
    for (name, value) in value.as_object().into_iter().flatten() {
        assert!(!schema["properties"][name].is_null(), "`{name}` is not in the schema");
        fits(value, &schema["properties"][name], root);
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        assert!(value.get(name.as_str().unwrap()).is_some(), "{name} is missing in {value}");
    }
    for value in value.as_array().into_iter().flatten() {
        fits(value, &schema["items"], root);
    }
}

#[test]
fn sarif_is_one_document_with_rules_places_and_fixes() {
    let (_directory, here) = broken();
    let ran = mcc(&here, &["check", "--format", "sarif"]).expect(1);
    let document: Json = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(document["version"], "2.1.0");
    let run = &document["runs"][0];
    let result = &run["results"][0];
    let rule =
        &run["tool"]["driver"]["rules"][usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
    assert_eq!((&rule["id"], &result["ruleId"]), (&"E0101".into(), &"E0101".into()));
    assert!(rule["help"]["markdown"].as_str().unwrap().starts_with("# E0101: "));
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "src/token.mc");
    let region = &place["region"];
    assert_eq!((&region["startLine"], &region["startColumn"]), (&22.into(), &9.into()));
    assert_eq!((&region["endColumn"], &region["byteLength"]), (&16.into(), &7.into()));
    let change = &result["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(change["insertedContent"]["text"], "balances");
    assert_eq!(change["deletedRegion"], *region);
}

#[test]
fn sarif_of_no_findings_is_a_document() {
    let directory = project("token");
    let ran = mcc(&directory.path().join("here"), &["check", "--format", "sarif"]).expect(0);
    let document: Json = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(document["runs"][0]["results"], serde_json::json!([]));
}

#[test]
fn annotations_stand_in_one_line_each() {
    let (_directory, here) = broken();
    let ran = mcc(&here, &["check", "--format", "github"]).expect(1);
    let expected = "::error file=src/token.mc,line=22,col=9,endLine=22,title=E0101::no state `balnces`: \
                    not declared here%0Ahelp: did you mean `balances`?";
    assert_eq!(ran.stdout.lines().next(), Some(expected));
    let built = mcc(&here, &["build", "--format", "github"]).expect(1);
    assert_eq!(built.stdout, "");
    assert!(built.stderr.contains(expected), "{}", built.stderr);
}

#[test]
fn what_a_command_reserves_is_escaped() {
    let mut sources = SourceSet::default();
    let text = "contract A {\n    state x: u64 = 100%;\n}\n";
    sources.add("a b,c:d/é.mc", text);
    let span = Span::new(FileId(0), 10, text.find("%;").unwrap());
    let finding = Diagnostic::warning("W0702", span, "100% unused").also(span, "here\r\nor there");
    let github = render(std::slice::from_ref(&finding), &sources, Format::Github);
    assert_eq!(
        github,
        "::warning file=a b%2Cc%3Ad/é.mc,line=1,col=11,endLine=2,title=W0702::100%25 unused%0A\
         a b,c:d/é.mc:1:11: here%0D%0Aor there\n"
    );
    let sarif: Json = serde_json::from_str(&render(&[finding], &sources, Format::Sarif)).unwrap();
    let result = &sarif["runs"][0]["results"][0];
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "a%20b%2Cc%3Ad/%C3%A9.mc");
    assert_eq!((&place["region"]["startLine"], &place["region"]["endLine"]), (&1.into(), &2.into()));
    assert_eq!(result["relatedLocations"].as_array().unwrap().len(), 1);
}
