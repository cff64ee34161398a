//! `mcc compose`: what goes where, what is asked of the caller, and what does not fit.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs, reason = "tests")]

mod common;

use common::{Ran, mcc};
use std::path::Path;
use tempfile::TempDir;

const BANK: &str = r#"
/// What an offer is.
struct Quote { price: u128, until: time }

contract Gold {
    asset Unit;
    state balances: map<address, Unit>;
    role minter = caller;
    entry issue(to: address, amount: u128) by minter { balances[to] += mint Unit(amount); }
    entry withdraw(amount: u128) -> Unit { return balances[caller].take(amount); }
    entry withdraw_all() -> Unit { return balances[caller].take_all(); }
    entry deposit(to: address, funds: Unit) { balances[to] += funds; }
    entry transfer(to: address, amount: u128) { balances[to] += balances[caller].take(amount); }
    @direct entry approve(to: address) { balances[to] += balances[caller].take(1); }
    fn nothing() -> u128 { return 0; }
    view balance(who: address) -> u128 { return balances[who].amount + nothing(); }
}

contract Vault<G: asset> {
    state kept: map<id, G>;
    entry put(funds: G) -> id {
        let key = fresh_id();
        kept[key] += funds;
        return key;
    }
    entry fetch(key: id) -> G { return kept[key].take_all(); }
}

contract Log {
    role writers;
    state noted: map<id, u128> = 0;
    state prices: map<u32, u128> = 0;
    entry note(entry_id: id, amount: u64) via writers { noted[entry_id] += amount as u128; }
    entry compare(one: id, other: id) { noted[one] += noted[other]; }
    view price(sku: u32) -> u128 { return prices[sku]; }
    view quote(sku: u32) -> Quote { return Quote(price: prices[sku], until: now); }
    entry accept(sku: u32, offer: Quote) { prices[sku] = offer.price; }
    entry buy(sku: u32, price: u128) -> u128 { prices[sku] = price; return price; }
}
"#;

fn bank() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("bank.mc"), BANK).unwrap();
    directory
}

fn compose(directory: &Path, args: &[&str]) -> Ran {
    mcc(directory, &[&["compose", "bank.mc", "--as", "both"], args].concat())
}

/// The composition of these entries, which compiles.
#[track_caller]
fn composed(args: &[&str]) -> String {
    let directory = bank();
    let text = compose(directory.path(), args).expect(0).stdout;
    std::fs::write(directory.path().join("both.mc"), &text).unwrap();
    mcc(directory.path(), &["check", "both.mc"]).expect(0);
    mcc(directory.path(), &["fmt", "--check", "both.mc"]).expect(0);
    text
}

#[track_caller]
fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no `{part}` in\n{text}");
    }
}

#[test]
fn an_asset_goes_to_the_step_that_takes_it() {
    insta::assert_snapshot!("compose_asset", composed(&["Gold.withdraw", "Gold.deposit"]));
}

#[test]
fn a_generic_contract_is_of_the_asset_that_flows_in_or_out() {
    let text = composed(&["money:Gold.withdraw", "safe:Vault.put", "Log.note"]);
    insta::assert_snapshot!("compose_generic", text);
    let out = composed(&["Vault.fetch", "Gold.deposit"]);
    has(
        &out,
        &[
            "compose Both(key: id, to: address)",
            "vault: Vault<gold.Unit>",
            "gold.deposit(to: to, funds: funds)",
        ],
    );
    let said = composed(&["a:Gold.withdraw", "b:Gold.withdraw", "safe:Vault<b.Unit>.put", "a.deposit"]);
    has(&said, &["safe: Vault<b.Unit>", "safe.put(b_funds)", "a.deposit(to: to, funds: funds)"]);
}

#[test]
fn what_has_one_name_type_and_meaning_is_one_parameter() {
    let text = composed(&["Gold.transfer", "Gold.issue"]);
    has(&text, &["compose Both(to: address, amount: u128)", "spends gold.Unit <= amount"]);
    // Amounts of two assets, and a number of another type.
    let text = composed(&["a:Gold.transfer", "b:Gold.transfer", "Log.note"]);
    has(
        &text,
        &[
            "to: address,",
            "a_amount: u128",
            "b_amount: u128",
            "log_amount: u64",
            "a.transfer(to: to, amount: a_amount)",
            "spends a.Unit <= a_amount, b.Unit <= b_amount",
        ],
    );
    assert_eq!(text.matches("to: address").count(), 1);
}

#[test]
fn a_value_goes_on_only_where_its_name_or_type_leaves_no_choice() {
    let by_name = composed(&["Log.price", "Log.buy"]);
    has(
        &by_name,
        &[
            "compose Both(sku: u32) -> u128",
            "step price = log.price(sku);",
            "log.buy(sku: sku, price: price)",
        ],
    );
    let by_type = composed(&["Log.quote", "Log.accept"]);
    has(&by_type, &["compose Both(sku: u32)", "log.accept(sku: sku, offer: offer)"]);
    let two_params = composed(&["Gold.withdraw", "Vault.put", "Log.compare"]);
    has(&two_params, &["one: id", "other: id", "step vault.put(funds);"]);
    let asked_before = composed(&["Log.note", "Gold.withdraw", "Vault.put", "Log.note"]);
    assert_eq!(asked_before.matches("entry_id: entry_id").count(), 2, "{asked_before}");
    let two_results = composed(&["Gold.withdraw", "Vault.put", "Gold.withdraw", "Vault.put", "Log.note"]);
    has(&two_results, &["entry_id: id", "step vault.put(funds);", "step vault.put(gold_funds);"]);
}

#[test]
fn types_of_the_signature_are_imported() {
    let text = composed(&["Log.accept"]);
    has(&text, &["import { Log, Quote } from \"./bank.mc\";", "compose Both(sku: u32, offer: Quote)"]);
    let text = composed(&["Log.quote"]);
    has(&text, &["-> Quote", "return quote;"]);
}

#[test]
fn what_only_execution_tells_has_a_limit() {
    let directory = bank();
    let ran = compose(directory.path(), &["Gold.withdraw_all", "Gold.deposit"]).expect(0);
    has(&ran.stdout, &["limit: u128", "spends gold.Unit <= limit"]);
    has(&ran.stderr, &["`limit` is the most"]);
}

#[test]
fn what_is_said_of_entries_that_do_not_fit() {
    let directory = bank();
    std::fs::write(
        directory.path().join("more.mc"),
        "import { Gold } from \"./bank.mc\";\n\
         contract Hidden { struct Inner { n: u8 } state n: u8 = 0; entry f(it: Inner) { n = it.n; } }\n\
         contract Purse { state n: u128 = 0; entry put(value: coin) { coins += value; n += 1; } state coins: coin; }\n\
         compose Ready(to: address, amount: u128) uses gold: Gold spends gold.Unit <= amount {\n\
         step gold.transfer(to: to, amount: amount); }\n",
    )
    .unwrap();
    let refused = |args: &[&str]| {
        let ran = compose(directory.path(), &[&["more.mc"], args].concat()).expect(1);
        assert!(ran.stdout.is_empty(), "{}", ran.stdout);
        assert!(!ran.stderr.contains('\u{1b}'));
        format!("$ {}\n{}", args.join(" "), ran.stderr)
    };
    let said = [
        refused(&["Gold.withdraw"]),
        refused(&["Gold.deposit"]),
        refused(&["a:Gold.withdraw", "b:Gold.deposit"]),
        refused(&["Gold.withdraw", "Gold.deposit", "Gold.deposit"]),
        refused(&["a:Gold.withdraw", "b:Gold.withdraw", "Vault.put"]),
        refused(&["Gold.transfer", "Vault.put"]),
        refused(&["Gold.approve"]),
        refused(&["Gold.nothing"]),
        refused(&["Hidden.f"]),
        refused(&["Purse.put", "Purse.put"]),
        refused(&["Ready.Ready"]),
    ];
    insta::assert_snapshot!("compose_refused", said.join("\n"));
}

#[test]
fn names_that_nothing_has_are_no_findings() {
    let directory = bank();
    let said = |args: &[&str]| compose(directory.path(), args).expect(2).stderr;
    has(&said(&["Gold.withdrow"]), &["no entry of `Gold` named `withdrow`", "did you mean `withdraw`?"]);
    has(&said(&["Gilt.withdraw"]), &["no contract `Gilt`"]);
    has(&said(&["Gold"]), &["`Gold` names no entry"]);
    has(&said(&["a:Gold.withdraw", "a:Log.note"]), &["the slot `a` is for `Gold`"]);
    has(&said(&["state:Gold.withdraw"]), &["a word of the language"]);
    has(&said(&["v:Vault<a.Unit, b.Unit>.put"]), &["generic over 1"]);
    has(&said(&["--as", "one"]), &["cannot be used multiple times"]);
    has(
        &mcc(directory.path(), &["compose", "Gold.issue", "bank.mc", "--as", "1x"]).expect(2).stderr,
        &["`1x`"],
    );
    has(
        &mcc(directory.path(), &["compose", "Gold.issue", "bank.mc", "--as", "gold"]).expect(2).stderr,
        &["Gold"],
    );
}

#[test]
fn a_file_is_written_once() {
    let directory = bank();
    std::fs::create_dir(directory.path().join("out")).unwrap();
    let args = ["Gold.transfer", "--write", "out/both.mc"];
    let ran = compose(directory.path(), &args).expect(0);
    assert!(ran.stdout.is_empty() && ran.stderr.contains("wrote out/both.mc"), "{}", ran.stderr);
    let path = directory.path().join("out/both.mc");
    let text = std::fs::read_to_string(&path).unwrap();
    has(&text, &["from \"../bank.mc\";"]);
    mcc(directory.path(), &["check", "out/both.mc"]).expect(0);
    compose(directory.path(), &args).expect(2);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    compose(directory.path(), &["Gold.transfer", "--write", "nowhere/both.mc"]).expect(2);
}

#[test]
fn the_library_is_imported_by_its_name() {
    let directory = bank();
    let args = ["compose", "std/token.mc", "token.withdraw", "token.deposit", "--as", "pay_on", "--json"];
    let ran = mcc(directory.path(), &args).expect(0);
    let json = &ran.json()[0];
    has(json["text"].as_str().unwrap(), &["import { Token } from \"std/token\";"]);
    assert_eq!(json["composition"], "PayOn");
    assert_eq!(json["slots"][0]["contract"], "Token");
    assert_eq!(json["spends"][0]["most"], "amount");
}

#[test]
fn who_may_take_a_step_is_noted() {
    let directory = bank();
    let ran = compose(directory.path(), &["Log.note"]).expect(0);
    let said = ran.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    has(&said, &["`log.note` is a step of compositions in `writers` only", "`grant log.writers to both;`"]);
}
