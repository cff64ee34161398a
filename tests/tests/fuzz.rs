//! The fuzz targets on mutations of the corpus, from seeds: nothing panics, and nothing takes long. `fuzz/` runs the
//! same targets for as long as one likes.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "tests fail by panicking")]

use mc_tests::fuzz::targets::{TARGETS, Target};
use mc_tests::fuzz::{Corpus, mutated};
use mc_tests::generate::rng;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Inputs of each target without `MCC_FUZZ`.
const INPUTS: [(&str, u64); 5] =
    [("lexer", 4_000), ("parser", 4_000), ("checker", 2_500), ("container", 6_000), ("terms", 60_000)];
/// No input takes longer, on a busy machine.
const LONGEST: Duration = Duration::from_secs(5);

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap())
}

fn inputs(name: &str) -> u64 {
    let usual = INPUTS.iter().find(|(target, _)| *target == name).unwrap().1;
    number("MCC_FUZZ").map_or(usual, |times| usual * times)
}

/// The seed's input, and what became of it.
fn run(corpus: &Corpus, (name, target): (&str, Target), seed: u64) -> Result<(), String> {
    let as_text = !matches!(name, "container" | "terms");
    let input = mutated(&mut rng(seed), corpus.of(name), as_text);
    let start = Instant::now();
    let done = catch_unwind(AssertUnwindSafe(|| target(&input)));
    let shown = || if as_text { String::from_utf8_lossy(&input).into_owned() } else { format!("{input:?}") };
    match done {
        Err(_) => Err(format!("{name}, MCC_SEED={seed}: panics on\n{}", shown())),
        Ok(()) if start.elapsed() > LONGEST => {
            Err(format!("{name}, MCC_SEED={seed}: takes {:?} on\n{}", start.elapsed(), shown()))
        }
        Ok(()) => Ok(()),
    }
}

#[test]
fn nothing_panics_and_nothing_hangs() {
    let corpus = Corpus::read();
    let only = number("MCC_SEED");
    let failures = Mutex::new(Vec::new());
    for (name, target) in TARGETS {
        let start = Instant::now();
        let (first, end) = only.map_or((0, inputs(name)), |seed| (seed, seed + 1));
        let next = AtomicU64::new(first);
        std::thread::scope(|scope| {
            for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
                scope.spawn(|| {
                    loop {
                        let seed = next.fetch_add(1, Ordering::Relaxed);
                        if seed >= end || failures.lock().unwrap().len() >= 4 {
                            return;
                        }
                        if let Err(why) = run(&corpus, (name, target), seed) {
                            failures.lock().unwrap().push(why);
                        }
                    }
                });
            }
        });
        println!("{name}: {} inputs in {:?}", end - first, start.elapsed());
    }
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn the_corpus_itself_passes() {
    let corpus = Corpus::read();
    for (name, target) in TARGETS {
        assert!(corpus.of(name).len() > 20, "{name} has no corpus");
        corpus.of(name).iter().for_each(|input| target(input));
    }
}
