//! Damaged programs: the compiler never panics, never hangs, points into the text, and refuses or compiles;
//! what still compiles runs as the interpreter says.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests fail by panicking"
)]

use mc_syntax::source::Span;
use mc_tests::attack::{self, Arena};
use mc_tests::{generate, stage};
use rand::Rng;
use rand::rngs::SmallRng;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Words that turn a program into another one.
const WORDS: [&str; 42] = [
    "0",
    "1",
    "255",
    "256",
    "18446744073709551615",
    "-",
    "+",
    "*",
    "/",
    "%",
    "==",
    "<=",
    ">",
    "&&",
    "!",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    ";",
    ",",
    "as",
    "u8",
    "i128",
    "address",
    "caller",
    "now",
    "self",
    "return",
    "break",
    "continue",
    "else",
    "if",
    "for",
    "let",
    "mut",
    "require",
    "step",
    "bool",
    "..",
];

/// The words of a text, with the spaces between them.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for letter in text.chars() {
        let joins = words.last().and_then(|word| word.chars().last()).is_some_and(|last| {
            let word = |letter: char| letter.is_alphanumeric() || letter == '_';
            (word(last) && word(letter)) || (last == ' ' && letter == ' ')
        });
        match words.last_mut() {
            Some(word) if joins => word.push(letter),
            _ => words.push(letter.to_string()),
        }
    }
    words
}

fn damage(rng: &mut SmallRng, text: &str) -> String {
    let mut words = words(text);
    for _ in 0..rng.random_range(1..4) {
        let (at, other) = (rng.random_range(0..words.len()), rng.random_range(0..words.len()));
        match rng.random_range(0..6) {
            0 => drop(words.remove(at)),
            1 => words.insert(at, words[other].clone()),
            2 => words.swap(at, other),
            3 => words[at] = words[other].clone(),
            4 => words[at] = WORDS[rng.random_range(0..WORDS.len())].to_owned(),
            _ => {
                let end = (at + rng.random_range(1..30)).min(words.len());
                let piece: Vec<String> = words[at..end].to_vec();
                words.splice(other..other, piece);
            }
        }
    }
    words.concat()
}

/// Compiles a damaged program; true if it compiled, and then ran.
fn survive(seed: u64, rng: &mut SmallRng, text: &str, arena: &Arena) -> Result<bool, String> {
    let start = Instant::now();
    let output = stage::compile(text);
    if start.elapsed() > Duration::from_secs(1) {
        return Err(format!("took {:?}", start.elapsed()));
    }
    let inside = |span: Span| {
        let file = output.sources.get(span.file);
        let text = file.map_or("", |file| file.text.as_str());
        span.start <= span.end
            && text.is_char_boundary(span.start as usize)
            && text.is_char_boundary(span.end as usize)
    };
    for diagnostic in &output.diagnostics {
        let labels = std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary);
        if !labels.map(|label| label.span).chain(diagnostic.edits.iter().map(|edit| edit.span)).all(inside) {
            return Err(format!("points outside of the text: {diagnostic:?}"));
        }
    }
    let errors = output.diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count();
    let Some(compiled) = &output.compiled else {
        return if errors > 0 { Ok(false) } else { Err("no error, and nothing compiled".to_owned()) };
    };
    if errors > 0 {
        return Err("errors, and something compiled".to_owned());
    }
    if compiled.program.apps.is_empty() {
        return Ok(true);
    }
    // An `init` that fails is no mistake, and neither is an app without anything to call.
    let deployed = stage::Stage::try_new(compiled);
    let refused = |why: &String| why.contains("`init` failed") || why.contains("could touch more");
    match deployed {
        Err(why) if refused(&why) => Ok(true),
        Err(why) => Err(why),
        Ok(deployed) if !attack::can_run(&deployed) => Ok(true),
        Ok(_) => attack::text(text, seed ^ rng.random::<u64>(), 2, arena).map(|_| true),
    }
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().unwrap())
}

#[test]
fn a_damaged_program_is_refused_or_runs() {
    let only = std::env::var("MCC_SEED").ok().map(|seed| seed.parse::<u64>().unwrap());
    let (first, end) = only.map_or((0, number("MCC_DAMAGED", 4_000)), |seed| (seed, seed + 1));
    let (next, ran, failures) = (AtomicU64::new(first), AtomicU64::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for worker in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            let (next, ran, failures) = (&next, &ran, &failures);
            scope.spawn(move || {
                let arena = Arena::new(worker as u64);
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end || failures.lock().unwrap().len() >= 6 {
                        return;
                    }
                    let mut rng = generate::rng(seed);
                    let text = damage(&mut rng, &generate::program(seed / 8));
                    let run = std::panic::AssertUnwindSafe(|| survive(seed, &mut rng, &text, &arena));
                    let result = std::panic::catch_unwind(run).unwrap_or_else(|_| Err("panic".to_owned()));
                    match result {
                        Ok(compiled) => drop(ran.fetch_add(u64::from(compiled), Ordering::Relaxed)),
                        Err(why) => {
                            let shown = if only.is_some() { text.as_str() } else { "" };
                            failures.lock().unwrap().push(format!("MCC_SEED={seed}: {why}\n{shown}"));
                        }
                    }
                }
            });
        }
    });
    let ran = ran.into_inner();
    println!("{} damaged programs, {ran} of them compile", end - first);
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{} fail:\n{}", failures.len(), failures.join("\n"));
}
