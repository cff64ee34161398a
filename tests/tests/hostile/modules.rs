//! The files of `tests/hostile`.

use mc_container::error::SystemError;
use mc_runtime::{Block, Outcome, Receipt};
use mc_tests::attack::Arena;
use mc_tests::hostile::{Case, Expected, is_innocent};
use mc_tests::stage::Stage;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// What became of a case, or how that is not what its file says.
fn attempt(case: &Case, arena: &Arena) -> Result<(), String> {
    let disguise = case.disguise();
    let package = match (case.package(&disguise), &case.expected) {
        (Err(refusal), Expected::Refused(why)) if refusal.to_string().contains(why) => return Ok(()),
        (Err(refusal), _) => return Err(format!("refused: {refusal}")),
        (Ok(_), Expected::Refused(_)) => return Err("passes the verifier".to_owned()),
        (Ok(package), _) => package,
    };
    let stage = case.stage(&disguise, package)?;
    let block = case.block(&stage);
    let outcome = arena.execute_world(&stage.world, &block)?;
    let of_attack = |receipt: &&Receipt| receipt.result;
    let (attacks, innocents) = split(&block, &outcome);
    let results: Vec<u8> = attacks.iter().map(of_attack).collect();
    match &case.expected {
        Expected::Fails(error) if results.iter().any(|result| *result != error.code()) => {
            return Err(format!("fails with {results:?} and not with {error:?}"));
        }
        Expected::OwnError(code) if results.iter().any(|result| result != code) => {
            return Err(format!("fails with {results:?} and not with {code}"));
        }
        Expected::Gives(given) => {
            if let Some(other) = attacks.iter().find(|it| it.result != 0 || it.output != *given) {
                return Err(format!("gives {:?} with code {}", other.output, other.result));
            }
            return untouched(&stage, &innocents, &block, arena).map(|_| ());
        }
        _ => {}
    }
    let alone = untouched(&stage, &innocents, &block, arena)?;
    if alone.writes == outcome.writes { Ok(()) } else { Err("changes the state".to_owned()) }
}

/// The receipts of a block's attacks, and those of the others.
fn split<'o>(block: &Block, outcome: &'o Outcome) -> (Vec<&'o Receipt>, Vec<&'o Receipt>) {
    let (mut attacks, mut innocents) = (Vec::new(), Vec::new());
    for (tx, receipt) in block.transactions.iter().zip(&outcome.receipts) {
        if is_innocent(tx) { &mut innocents } else { &mut attacks }.push(receipt);
    }
    (attacks, innocents)
}

/// What the block does without the attacks, if its innocent transactions do not notice them.
fn untouched(
    stage: &Stage<'_>,
    innocents: &[&Receipt],
    block: &Block,
    arena: &Arena,
) -> Result<Outcome, String> {
    let transactions = block.transactions.iter().filter(|tx| is_innocent(tx)).cloned().collect();
    let alone = arena.execute_world(&stage.world, &Arc::new(Block { transactions, ..block.clone() }))?;
    let same = innocents.iter().all(|it| it.is_success()) && innocents.iter().copied().eq(&alone.receipts);
    if same { Ok(alone) } else { Err("the innocent notice it".to_owned()) }
}

#[test]
fn every_hostile_module_is_refused_or_contained() {
    let arena = Arena::new(11);
    let only = std::env::var("MCC_CASE").ok();
    let cases = Case::all().into_iter().filter(|case| only.as_ref().is_none_or(|name| *name == case.name));
    let wrong: Vec<String> = cases
        .filter_map(|case| {
            let attempt = AssertUnwindSafe(|| attempt(&case, &arena));
            let why = catch_unwind(attempt).unwrap_or_else(|_| Err("panics".to_owned())).err()?;
            Some(format!("{}: {why}", case.name))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn there_are_many_and_each_failure_of_containment_has_one() {
    let cases = Case::all();
    assert!(cases.len() >= 60, "{} cases", cases.len());
    let missing: Vec<SystemError> = SystemError::ALL
        .into_iter()
        .filter(|error| error.is_containment())
        .filter(|error| !cases.iter().any(|case| case.expected == Expected::Fails(*error)))
        .collect();
    assert!(missing.is_empty(), "no case fails with {missing:?}");
}
