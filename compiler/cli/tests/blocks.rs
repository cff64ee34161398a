//! Block files and workloads: what is refused, and how; what is generated, and that it is right.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs, reason = "tests")]

mod common;

use common::{example, mcc, project};
use std::collections::BTreeMap;
use std::path::Path;

/// Every file of `cases/blocks` is a block file with one mistake or more, for the shop.
#[test]
fn a_malformed_block_file_is_refused_line_by_line() {
    let directory = example("shop");
    let here = directory.path().join("here");
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/blocks");
    let mut paths: Vec<_> = std::fs::read_dir(cases).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 10);
    for path in paths {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read(&path).unwrap();
        std::fs::write(here.join("block.jsonl"), &text).unwrap();
        let ran = mcc(&here, &["run", "block.jsonl"]).expect(2);
        assert_eq!(ran.stdout, "", "{name}: something ran");
        let shown = format!("{}\n---\n{}", String::from_utf8_lossy(&text).trim_end(), ran.stderr);
        insta::assert_snapshot!(format!("block_{name}"), shown);
    }
}

#[test]
fn a_damaged_binary_block_is_refused() {
    let directory = example("shop");
    let here = directory.path().join("here");
    mcc(&here, &["block", "gen", "--txs", "20", "--binary", "--out", "good.mcb"]).expect(0);
    mcc(&here, &["run", "good.mcb", "--runs", "0"]).expect(0);
    let good = std::fs::read(here.join("good.mcb")).unwrap();
    let bad: [(&str, Vec<u8>); 5] = [
        ("cut", good[..good.len() - 1].to_vec()),
        ("longer", [good.as_slice(), b"x"].concat()),
        ("format", [&good[..4], &[9, 0], &good[6..]].concat()),
        ("empty", Vec::new()),
        ("noise", vec![0xff; 40]),
    ];
    for (name, bytes) in bad {
        std::fs::write(here.join("bad.mcb"), bytes).unwrap();
        let ran = mcc(&here, &["run", "bad.mcb"]).expect(2);
        assert!(ran.stdout.is_empty() && ran.stderr.contains("bad.mcb"), "{name}: {}", ran.stderr);
    }
}

#[test]
fn both_forms_of_a_block_file_run_like_the_project() {
    for name in ["shop", "paper"] {
        let directory = example(name);
        let here = directory.path().join("here");
        mcc(&here, &["block", "gen", "--seed", "5", "--txs", "400", "--out", "day.jsonl"]).expect(0);
        mcc(&here, &["block", "gen", "--seed", "5", "--txs", "400", "--binary", "--out", "day.mcb"])
            .expect(0);
        let roots = |input: &str| {
            let ran =
                mcc(&here, &["run", input, "--seed", "5", "--txs", "400", "--runs", "0", "--json"]).expect(0);
            let blocks = ran.json()[0]["blocks"].as_array().unwrap().clone();
            blocks
                .iter()
                .map(|it| (it["state_root"].clone(), it["receipts_root"].clone()))
                .collect::<Vec<_>>()
        };
        assert_eq!(roots("."), roots("day.jsonl"), "{name}");
        assert_eq!(roots("."), roots("day.mcb"), "{name}");
    }
}

#[test]
fn every_strategy_has_the_serial_result() {
    for name in ["shop", "paper"] {
        let directory = example(name);
        let here = directory.path().join("here");
        let mut roots = Vec::new();
        for strategy in ["serial", "paper", "dag", "optimistic"] {
            let flags = ["run", "--txs", "300", "--correlation", "50", "--runs", "0", "--threads", "3"];
            let asked = [&flags[..], &["--verify-serial", "--json", "--strategy", strategy]].concat();
            let block = mcc(&here, &asked).expect(0).json()[0]["blocks"][0].clone();
            assert_eq!(block["strategy"], *strategy);
            assert_eq!(block["equals_serial"], true, "{name} {strategy}");
            assert_eq!(block["groups"].as_u64().unwrap() > 0, strategy == "paper", "{name} {strategy}");
            if strategy != "optimistic" {
                assert_eq!(block["reexecutions"], 0, "{name} {strategy}");
            }
            roots.push((block["state_root"].clone(), block["receipts_root"].clone()));
        }
        assert!(roots.windows(2).all(|pair| pair[0] == pair[1]), "{name}");
    }
    let directory = example("shop");
    let here = directory.path().join("here");
    let text = |strategy| {
        let flags = ["run", "--txs", "60", "--runs", "1", "--verify-serial", "--strategy", strategy];
        mcc(&here, &flags).expect(0).stdout
    };
    let paper = text("paper");
    assert!(paper.contains("one after the other") && paper.contains("both = serial"), "{paper}");
    let optimistic = text("optimistic");
    assert!(optimistic.contains("run again") && optimistic.contains("both = serial"), "{optimistic}");
    let ran = mcc(&here, &["run", "--strategy", "luck"]).expect(2);
    assert!(ran.stderr.contains("serial, paper, dag, optimistic"), "{}", ran.stderr);
}

#[test]
fn equal_seeds_give_equal_blocks() {
    let directory = project("market");
    let here = directory.path().join("here");
    let generated = |seed: &str| mcc(&here, &["block", "gen", "--seed", seed]).expect(0).stdout;
    assert_eq!(generated("1"), generated("1"));
    assert_ne!(generated("1"), generated("2"));
}

/// Counts, in the generated block, the transactions that touch a cell another one touches.
#[test]
fn the_papers_correlation_is_what_was_asked_for() {
    let directory = example("paper");
    let here = directory.path().join("here");
    for (correlation, vars) in [("10", "5"), ("0", "5"), ("50", "3"), ("100", "1")] {
        let args = ["block", "gen", "--correlation", correlation, "--vars", vars];
        let text = mcc(&here, &args).expect(0).stdout;
        let mut touched: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for (number, line) in text.lines().skip(1).enumerate() {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let (first, vars) =
                (line["args"]["first"].as_u64().unwrap(), line["args"]["vars"].as_u64().unwrap());
            (first..first + vars).for_each(|cell| touched.entry(cell).or_default().push(number));
        }
        let mut sharing: Vec<usize> = touched.into_values().filter(|it| it.len() > 1).flatten().collect();
        sharing.sort_unstable();
        sharing.dedup();
        assert_eq!(sharing.len() as u64 * 100, correlation.parse::<u64>().unwrap() * 2000);
    }
}

#[test]
fn a_workload_with_a_mistake_is_pointed_at() {
    let directory = project("counter");
    let here = directory.path().join("here");
    let run = |workload: &str| {
        std::fs::write(here.join("workload.toml"), workload).unwrap();
        let ran = mcc(&here, &["run"]).expect(2);
        assert_eq!(ran.stdout, "");
        ran.stderr
    };
    let said = [
        run("[blok]\n"),
        run("[block]\ntransactions = \"many\"\n"),
        run("[block]\ncorrelation = 101\n"),
        run("[[call]]\nargs = { by = 1 }\n"),
        run("[[call]]\ncall = \"countr.bump\"\nargs = { by = 1 }\n"),
        run("[[call]]\ncall = \"counter.bmp\"\nargs = { by = 1 }\n"),
        run("[[call]]\ncall = \"counter.bump\"\nargs = { buy = 1 }\n"),
        run("[[call]]\ncall = \"counter.bump\"\nargs = { by = \"10..1\" }\n"),
        run("[[call]]\ncall = \"counter.bump\"\nargs = { by = \"acount\" }\n"),
        run("[[call]]\ncall = \"counter.bump\"\nargs = { by = \"offer.price\" }\n"),
        run("[[call]]\ncall = \"counter.bump\"\nargs = { by = true }\n"),
        run("[[call]]\ncall = \"counter.bump\"\nweight = 0\nargs = { by = 1 }\n"),
        run("[[call]]\ncall = \"counter.bump\"\nargs = { by = 1.5 }\n"),
        run("[block]\nacounts = 3\n"),
    ];
    insta::assert_snapshot!("workload", said.join("\n"));
}

#[test]
fn flags_that_change_nothing_say_so() {
    let directory = project("counter");
    let here = directory.path().join("here");
    let ran = mcc(&here, &["run", "--runs", "0", "--correlation", "50"]).expect(0);
    assert!(ran.stderr.contains("--correlation changes nothing"), "{}", ran.stderr);
    let ran = mcc(&here, &["run", "--runs", "0", "--param", "rounds=3"]).expect(2);
    assert!(ran.stderr.contains("no param `rounds`"), "{}", ran.stderr);
}
