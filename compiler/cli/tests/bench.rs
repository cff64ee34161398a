//! `mcc bench`: what it prints, whatever the machine. No time is asked for: a busy machine must not fail a test.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs, reason = "tests")]

mod common;

use common::mcc;
use mcc::command::bench::model;
use serde_json::Value as Json;
use std::path::Path;

/// Every strategy that is compared, as the tables name it.
fn strategies() -> Vec<&'static str> {
    mcc::measure::race::COMPARED.iter().map(|strategy| strategy.name()).collect()
}

#[test]
fn the_committed_schema_is_the_generated_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/bench-paper.json");
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::write(&path, model::schema()).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(committed, model::schema(), "`cargo bless` writes schema/bench-paper.json");
}

/// Holds a value against the parts of JSON Schema that ours uses, types included.
#[track_caller]
fn fits(value: &Json, schema: &Json, root: &Json) {
    if let Some(name) = schema["$ref"].as_str() {
        return fits(value, root.pointer(name.trim_start_matches('#')).unwrap(), root);
    }
    if let Some(options) = schema["anyOf"].as_array() {
        let null = options.iter().any(|option| option["type"] == "null");
        assert!(null || !value.is_null(), "null where the schema has none");
        if !value.is_null() {
            fits(value, options.iter().find(|option| option["type"] != "null").unwrap(), root);
        }
        return;
    }
    let is = |ty: &str| match ty {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        other => panic!("no test for the type `{other}`"),
    };
    match &schema["type"] {
        Json::String(ty) => assert!(is(ty), "{value} is no {ty}"),
        Json::Array(types) => assert!(types.iter().any(|ty| is(ty.as_str().unwrap())), "{value}: {types:?}"),
        _ => {}
    }
    for (name, value) in value.as_object().into_iter().flatten() {
        assert!(!schema["properties"][name].is_null(), "`{name}` is not in the schema");
        fits(value, &schema["properties"][name], root);
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        assert!(value.get(name.as_str().unwrap()).is_some(), "{name} is missing in {value}");
    }
    for (place, value) in value.as_array().into_iter().flatten().enumerate() {
        let own =
            if schema["prefixItems"].is_array() { &schema["prefixItems"][place] } else { &schema["items"] };
        fits(value, own, root);
    }
}

/// Everything that can be asked of one run of the experiment, as it takes a while.
#[test]
fn the_experiment_is_complete_in_every_form() {
    let directory = tempfile::tempdir().unwrap();
    let ran =
        mcc(directory.path(), &["bench", "paper", "--quick", "--runs", "1", "--report", "out", "--json"])
            .expect(0);
    let paper = ran.json().remove(0);
    let schema: Json = serde_json::from_str(&model::schema()).unwrap();
    assert_eq!(paper["$schema"], model::SCHEMA);
    fits(&paper, &schema, &schema);
    rows_are_complete(&paper);
    the_definitions_conflict_as_they_say(&paper);
    growth_and_bars_are_there(&paper);
    the_report_is_written(&directory.path().join("out"), &paper);
}

fn rows_are_complete(paper: &Json) {
    for table in ["table_1", "figure_7", "correlation"] {
        for row in paper[table].as_array().unwrap() {
            let results = row["results"].as_array().unwrap();
            let named: Vec<&str> = results.iter().map(|it| it["strategy"].as_str().unwrap()).collect();
            assert_eq!(named, strategies(), "{table}");
            assert!(results.iter().all(|it| it["us"]["median"].as_f64().unwrap() > 0.0), "{row}");
            // With one thread for each transaction that is ready, nothing takes longer than with two.
            assert!(row["work_us"].as_f64().unwrap() >= row["critical_path_us"].as_f64().unwrap());
        }
    }
    let sealed = |sealed: bool| {
        paper["table_1"].as_array().unwrap().iter().filter(|row| row["sealed"] == sealed).count()
    };
    assert_eq!((sealed(false), sealed(true)), (2, 2));
}

/// What a definition of correlation orders can be counted: pairs once, a chain one behind the other.
fn the_definitions_conflict_as_they_say(paper: &Json) {
    let row = |definition: &str, correlation: u64| {
        let mut rows = paper["correlation"].as_array().unwrap().iter();
        rows.find(|row| row["definition"] == definition && row["correlation"] == correlation).unwrap()
    };
    let of = |definition, correlation| {
        let row = row(definition, correlation);
        (row["edges"].as_u64().unwrap(), row["depth"].as_u64().unwrap())
    };
    assert_eq!(of("pairs", 10), (100, 2));
    assert_eq!(of("pairs", 100), (1000, 2));
    assert_eq!(of("hot chain", 10), (199, 200));
    assert_eq!(of("hot chain", 100), (1999, 2000));
    let (some, _) = of("uniform pool", 10);
    assert!((80..=140).contains(&some), "two hundred meet somebody, mostly in pairs: {some}");
    let (many, depth) = of("uniform pool", 100);
    assert!(many > 3000 && depth < 100, "everything is loosely connected: {many}, {depth}");
    assert_eq!(row("hot chain", 100)["bound_percent"], 0.0);
}

fn growth_and_bars_are_there(paper: &Json) {
    for growth in paper["growth"].as_array().unwrap() {
        assert!(growth["growth"]["exponent"].as_f64().unwrap().is_finite(), "{growth}");
    }
    let bars = paper["bars"].as_array().unwrap();
    let again = bars.iter().find(|bar| bar["name"].as_str().unwrap().starts_with("executed again")).unwrap();
    assert_eq!(again["measured"], 0.0, "dag never executes anything again");
    for bar in bars {
        assert!(bar["met"].as_u64().unwrap() <= bar["rounds"].as_u64().unwrap(), "{bar}");
    }
}

fn the_report_is_written(out: &Path, paper: &Json) {
    let page = std::fs::read_to_string(out.join("paper.md")).unwrap();
    for heading in ["Figure 5", "Figure 6", "Table 1", "Figure 7", "Correlation", "Bars"] {
        assert!(page.contains(&format!("## {heading}")), "{heading}\n{page}");
    }
    assert!(page.contains(paper["machine"]["processor"].as_str().unwrap()));
    assert!(page.contains("not measured"), "a simulation says that it is one");
    // Every row of a table has as many cells as its head.
    for table in page.split("\n\n").filter(|part| part.starts_with('|')) {
        let cells: Vec<usize> = table.lines().map(|line| line.matches('|').count()).collect();
        assert!(cells.iter().all(|count| *count == cells[0]), "{table}");
    }
    let data: Json = serde_json::from_str(&std::fs::read_to_string(out.join("paper.json")).unwrap()).unwrap();
    assert_eq!(data["$schema"], model::SCHEMA);
    for figure in ["figure-5.svg", "figure-6.svg", "figure-7.svg", "saved.svg"] {
        let svg = std::fs::read_to_string(out.join(figure)).unwrap();
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{figure}");
        assert!(page.contains(&format!("]({figure})")), "{figure}");
    }
}

#[test]
fn the_experiment_fits_eighty_columns() {
    let directory = tempfile::tempdir().unwrap();
    let ran = mcc(directory.path(), &["bench", "paper", "--quick", "--runs", "1"]).expect(0);
    for line in ran.stdout.lines() {
        assert!(line.chars().count() <= 80, "{} columns: {line}", line.chars().count());
    }
    assert!(ran.stdout.contains("not measured"));
}

#[test]
fn every_workload_runs_cheap_and_heavy() {
    let directory = tempfile::tempdir().unwrap();
    let args = ["bench", "all", "--txs", "300", "--runs", "1", "--rounds", "50"];
    let ran = mcc(directory.path(), &[&args[..], &["--json"]].concat()).expect(0);
    let documents = ran.json();
    assert_eq!(documents.len(), 11);
    for document in &documents {
        let rows = document["rows"].as_array().unwrap();
        let of = |work: &str| rows.iter().filter(|row| row["work"].as_str().unwrap().ends_with(work)).count();
        assert!(of("cheap") == of("heavy") && [1, 4].contains(&of("cheap")), "{document}");
    }
    let ran = mcc(directory.path(), &args).expect(0);
    for line in ran.stdout.lines() {
        assert!(line.chars().count() <= 80, "{} columns: {line}", line.chars().count());
    }
}

#[test]
fn what_is_no_workload_is_said_with_the_nearest() {
    let directory = tempfile::tempdir().unwrap();
    let ran = mcc(directory.path(), &["bench", "transfers"]).expect(2);
    assert!(ran.stderr.contains("did you mean `transfer`?"), "{}", ran.stderr);
    let ran = mcc(directory.path(), &["bench", "--report", "out"]).expect(2);
    assert!(ran.stderr.contains("`mcc bench paper`"), "{}", ran.stderr);
}
