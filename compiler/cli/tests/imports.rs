//! Imports of the standard library: they work in every command, and what is not there gets
//! a suggestion.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs, reason = "tests")]

mod common;

use common::mcc;
use mc_stdlib::LIBRARY;
use std::path::Path;
use tempfile::TempDir;

const BANK: &str = r#"import { Token } from "std/token";
import { IToken } from "std/interfaces";
import { basis_points } from "std/math";

contract Fees {
    state total: u128 = 0;
    entry pay(amount: u128) { total += basis_points(amount, 30); }
    view sum() -> u128 { return total; }
}

app Bank {
    let gold = deploy Token(symbol: "GLD", supply: 1_000);
    let fees = deploy Fees();
}

test "both work together" {
    let gold = deploy Token(symbol: "GLD", supply: 1_000);
    let fees = deploy Fees();
    gold.transfer(to: bob, amount: 10);
    fees.pay(amount: 10_000);
    assert gold.balance_of(bob) == 10;
    assert fees.sum() == 30;
}
"#;

fn with(text: &str) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("bank.mc"), text).unwrap();
    directory
}

#[test]
fn the_library_can_be_imported_in_every_command() {
    let directory = with(BANK);
    let here = directory.path();
    mcc(here, &["check", "bank.mc"]).expect(0);
    let built = mcc(here, &["build", "bank.mc"]).expect(0).stdout;
    assert!(built.contains("build/Token.mcpkg") && built.contains("build/Fees.mcpkg"), "{built}");
    let tested = mcc(here, &["test", "bank.mc"]).expect(0).stdout;
    assert!(tested.contains("✓ both work together") && tested.ends_with("\n1 passed\n"), "{tested}");
    let effects = mcc(here, &["effects", "bank.mc", "gold.transfer"]).expect(0).stdout;
    assert!(effects.contains("balances[caller]"), "{effects}");
    mcc(here, &["fmt", "bank.mc"]).expect(0);
    let text = std::fs::read_to_string(here.join("bank.mc")).unwrap();
    assert!(text.contains("from \"std/token\";"));
    assert!(!here.join("std").exists());
}

#[test]
fn a_block_runs_on_a_contract_of_the_library() {
    let directory = with(BANK);
    let here = directory.path();
    std::fs::write(here.join("mcc.toml"), "[project]\nname = \"bank\"\nsources = \"bank.mc\"\n").unwrap();
    let block = "{\"app\": \"Bank\", \"chain\": \"dev\", \"time\": 1700000000}\n\
                 {\"call\": \"gold.transfer\", \"from\": \"deployer\", \"args\": {\"to\": \"bob\", \"amount\": 5}}\n";
    std::fs::write(here.join("day.jsonl"), block).unwrap();
    let ran = mcc(here, &["run", "day.jsonl", "--runs", "0", "--verify-serial"]);
    let ran = ran.expect(0).stdout;
    assert!(ran.contains("1 transaction"), "{ran}");
}

#[test]
fn every_file_of_the_library_can_be_imported() {
    let imports = LIBRARY.iter().map(|file| {
        let name = file.path.strip_suffix(".mc").unwrap();
        format!("import {{ }} from \"{name}\";\n")
    });
    let directory = with(&(imports.collect::<String>() + "app Nothing { }\n"));
    let ran = mcc(directory.path(), &["check", "bank.mc"]);
    assert!(!ran.stdout.contains("E0105"), "{}", ran.stdout);
}

#[test]
fn what_the_library_does_not_have_gets_a_suggestion() {
    for (wrong, near) in [("std/tokn", "std/token"), ("std/token.mc", "std/token")] {
        let directory =
            with(&format!("import {{ Token }} from \"{wrong}\";\napp Bank {{ let t = deploy Token(); }}\n"));
        let ran = mcc(directory.path(), &["check", "bank.mc"]).expect(1).stdout;
        assert!(ran.contains("E0105") && ran.contains(&format!("did you mean `{near}`?")), "{ran}");
        let json = mcc(directory.path(), &["check", "bank.mc", "--json"]).expect(1).json();
        assert_eq!(json[0]["edits"][0]["replacement"], format!("\"{near}\""));
    }
    let directory = with("import { X } from \"std/everything\";\napp Bank { let t = deploy X(); }\n");
    let ran = mcc(directory.path(), &["check", "bank.mc"]).expect(1).stdout;
    assert!(ran.contains("std/amm") && ran.contains("std/voting"), "{ran}");
}

#[test]
fn a_name_that_a_library_file_does_not_declare_is_said() {
    let directory = with("import { Tokens } from \"std/token\";\napp Bank { let t = deploy Tokens(); }\n");
    let ran = mcc(directory.path(), &["check", "bank.mc"]).expect(1).stdout;
    assert!(ran.contains("E0102"), "{ran}");
}

/// In the library's own folder its files are what is on the disk.
#[test]
fn a_file_below_the_working_directory_comes_first() {
    let directory = with("import { Mine } from \"std/token\";\napp Bank { let t = deploy Mine(); }\n");
    std::fs::create_dir(directory.path().join("std")).unwrap();
    let own = Path::new("std/token.mc");
    std::fs::write(directory.path().join(own), "contract Mine { state n: u64 = 0; }\n").unwrap();
    mcc(directory.path(), &["check", "bank.mc"]).expect(0);
}
