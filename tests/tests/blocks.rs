//! Random programs under random blocks: the interpreter, the serial strategy and every pool of workers come
//! to the same, and no transaction touches what it has not declared.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::print_stderr, reason = "tests")]

use mc_compiler::check::{FUNCTIONS, METHODS};
use mc_syntax::lexer::lex;
use mc_syntax::token::{FIXED, TYPES};
use mc_tests::attack::{self, Arena, Tally};
use mc_tests::generate;
use mc_tests::generate::constructs::{CONSTRUCTS, ELSEWHERE};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Programs without `MCC_SEEDS`.
const SEEDS: u64 = 600;
/// Blocks for each of them without `MCC_BLOCKS`.
const BLOCKS: u64 = 20;
/// Failures after which there is no point in going on.
const FAILURES_MAX: usize = 8;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap())
}

#[test]
fn every_strategy_agrees_with_the_interpreter() {
    let blocks = number("MCC_BLOCKS").unwrap_or(BLOCKS);
    if let Some(seed) = number("MCC_SEED") {
        return replay(seed, blocks);
    }
    let first = number("MCC_FIRST").unwrap_or(0);
    let end = first + number("MCC_SEEDS").unwrap_or(SEEDS);
    let (next, total, failures) =
        (AtomicU64::new(first), Mutex::new(Tally::default()), Mutex::new(Vec::new()));
    let start = Instant::now();
    std::thread::scope(|scope| {
        for worker in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            let (next, total, failures) = (&next, &total, &failures);
            scope.spawn(move || {
                let arena = Arena::new(worker as u64);
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end || failures.lock().unwrap().len() >= FAILURES_MAX {
                        return;
                    }
                    match guarded(seed, blocks, &arena) {
                        Ok(tally) => {
                            let mut total = total.lock().unwrap();
                            *total = total.plus(tally);
                        }
                        Err(why) => failures.lock().unwrap().push((seed, why)),
                    }
                }
            });
        }
    });
    let total = total.into_inner().unwrap();
    let uses = coverage(first..end);
    println!("constructs, and how many programs use them: {uses:?}");
    println!("seeds {first}..{end}: {total:?} in {:?}", start.elapsed());
    let failures = failures.into_inner().unwrap();
    for (seed, why) in &failures {
        let short: String = why.chars().take(1500).collect();
        println!(
            "\nseed {seed}: {short}\nreplay: MCC_SEED={seed} MCC_BLOCKS={blocks} cargo test --release -p mc-tests --test blocks -- --nocapture"
        );
    }
    if end - first >= SEEDS {
        let missing: Vec<_> = uses.iter().filter(|(_, programs)| *programs == 0).collect();
        assert!(missing.is_empty(), "no program uses {missing:?}");
        assert!(total.reordered * 10 > total.blocks * 9, "too few blocks ran in another order");
        assert!(total.proved > 0, "no program has a bound of `spends` that is proved");
    }
    assert!(failures.is_empty(), "{} programs fail", failures.len());
}

/// In how many of the programs each construct occurs, and each word and sign, function and method of the language.
fn coverage(seeds: std::ops::Range<u64>) -> Vec<(&'static str, usize)> {
    let texts: Vec<String> = seeds.map(generate::program).collect();
    let count = |written: &str| texts.iter().filter(|text| text.contains(written)).count();
    let constructs = CONSTRUCTS.iter().map(|(name, written)| (*name, count(written)));
    let mut words: BTreeMap<&str, usize> = BTreeMap::new();
    for text in &texts {
        let used: BTreeSet<&str> = lex(text).tokens.iter().map(|token| token.1.text()).collect();
        used.into_iter().for_each(|word| *words.entry(word).or_default() += 1);
    }
    let signs = FIXED.iter().map(|(spelling, _)| *spelling).filter(|spelling| !ELSEWHERE.contains(spelling));
    let spelled = signs.chain(TYPES.iter().copied()).chain(FUNCTIONS).chain(METHODS);
    constructs.chain(spelled.map(|word| (word, words.get(word).copied().unwrap_or_default()))).collect()
}

/// One program; a panic is a failure like any other.
fn guarded(seed: u64, blocks: u64, arena: &Arena) -> Result<Tally, String> {
    let run = std::panic::AssertUnwindSafe(|| attack::program(seed, blocks, arena));
    std::panic::catch_unwind(run).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        Err(format!("panic: {}", text.unwrap_or_else(|| "without words".to_owned())))
    })
}

fn replay(seed: u64, blocks: u64) {
    let arena = Arena::new(seed);
    match guarded(seed, blocks, &arena) {
        Ok(tally) => println!("seed {seed} holds: {tally:?}"),
        Err(why) => {
            println!("{}", attack::report(seed, blocks, &arena));
            panic!("seed {seed}: {why}");
        }
    }
}
