//! `compose` writes what compiles, or says which signatures do not fit.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use mc_compiler::compose::{Request, compose};
use mc_compiler::load::Loader;
use mc_syntax::format::format;
use mc_syntax::source::FileId;

const CONTRACTS: &str = "
contract Token {
    asset Unit;
    state balances: map<address, Unit>;
    entry withdraw(amount: u128) -> Unit { return balances[caller].take(amount); }
    entry deposit(to: address, funds: Unit) { balances[to] += funds; }
    entry transfer(to: address, amount: u128) { balances[to] += balances[caller].take(amount); }
    @direct entry approve(who: address) { balances[who] += mint Unit(1); }
}
contract Vault<G: asset> {
    state held: map<id, G>;
    entry hold(funds: G) -> id {
        let key = fresh_id();
        held[key] += funds;
        return key;
    }
}
contract Book {
    state notes: map<id, u64> = 0;
    struct Page { const number: u64 }
    entry note(key: id, amount: u64) { notes[key] += amount; }
    entry page(page: Page) { notes[tx.id] += page.number; }
    entry give(value: coin) { pay(caller, value); }
}
";

struct One(String);

impl Loader for One {
    fn load(&self, _: &str) -> Result<String, String> {
        Ok(self.0.clone())
    }
}

/// The composition of these steps in the style of the language, which compiles; or the refusal.
fn chained(steps: &[&str]) -> Result<String, String> {
    let output = mc_compiler::compile(&["main.mc".to_owned()], &One(CONTRACTS.to_owned())).unwrap();
    let compiled = output.compiled.unwrap_or_else(|| panic!("{:#?}", output.diagnostics));
    let steps: Vec<(String, String)> = steps
        .iter()
        .filter_map(|step| step.split_once('.').map(|(of, entry)| (of.to_owned(), entry.to_owned())))
        .collect();
    let (program, containers) = (&compiled.program, compiled.containers.as_slice());
    let request = Request { program, containers, steps: &steps, name: "Chained" };
    let composed = compose(&request).map_err(|refusal| {
        let signatures: Vec<String> = refusal.signatures.into_iter().map(|(text, _)| text).collect();
        format!("{} [{}]", refusal.message, signatures.join("; "))
    })?;
    let text = format(FileId(0), &composed.text).unwrap_or_else(|_| panic!("{}", composed.text));
    let whole = format!("{CONTRACTS}\n{text}");
    let output = mc_compiler::compile(&["main.mc".to_owned()], &One(whole)).unwrap();
    assert!(output.compiled.is_some(), "{text}\n{:#?}", output.diagnostics);
    Ok(text)
}

#[test]
fn assets_and_results_are_passed_on() {
    let text = chained(&["Token.withdraw", "Vault.hold", "Book.note"]).unwrap();
    assert!(text.contains("compose Chained(amount: u128, book_amount: u64)"), "{text}");
    assert!(text.contains("token: Token, book: Book, vault: Vault<token.Unit>"), "{text}");
    assert!(text.contains("spends token.Unit <= amount"), "{text}");
    assert!(text.contains("step book.note(key: vault_hold, amount: book_amount);"), "{text}");
}

#[test]
fn parameters_of_one_name_and_type_are_one() {
    let text = chained(&["token.transfer", "token.transfer"]).unwrap();
    assert!(text.contains("compose Chained(to: address, amount: u128)"), "{text}");
    assert!(text.contains("spends token.Unit <= amount + amount"), "{text}");
}

#[test]
fn the_last_result_is_that_of_the_composition() {
    let text = chained(&["token.withdraw", "vault.hold"]).unwrap();
    assert!(text.contains("-> id"), "{text}");
    assert!(text.contains("return vault_hold;"), "{text}");
    let text = chained(&["book.give"]).unwrap();
    assert!(text.contains("value: coin"), "{text}");
}

#[test]
fn what_does_not_fit_is_explained() {
    let refused = |steps: &[&str], why: &str| {
        let refusal = chained(steps).unwrap_err();
        assert!(refusal.contains(why), "{refusal}");
    };
    refused(&["token.withdraw"], "would be lost [token.withdraw(amount: u128) -> Unit]");
    refused(&["token.deposit"], "no step gives what `funds` of `deposit` takes [token.deposit(");
    refused(&["token.withdraw", "token.withdraw", "vault.hold"], "several steps give what `funds`");
    refused(&["token.approve"], "`@direct`");
    refused(&["book.page"], "a type of its contract's own");
    refused(&["token.nothing"], "`Token` has no entry `nothing`");
    refused(&["gold.nothing"], "no contract or deployment `gold`");
}
