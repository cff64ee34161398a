//! Random programs, random blocks.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::print_stderr, reason = "tests")]
use mc_tests::*;

#[test]
fn probe() {
    let mut codes = std::collections::BTreeMap::new();
    let n: u64 = std::env::var("MCC_SEEDS").map_or(200, |v| v.parse().unwrap());
    let start = std::time::Instant::now();
    for seed in 0..n {
        let text = generate::program(seed);
        let output = std::panic::catch_unwind(|| stage::compile(&text));
        let output = match output { Ok(o) => o, Err(_) => { println!("PANIC seed {seed}"); *codes.entry("panic").or_insert(0) += 1; continue } };
        let errors: Vec<_> = output.diagnostics.iter().filter(|d| d.is_error()).cloned().collect();
        for e in &errors { *codes.entry(e.code).or_insert(0) += 1; }
        if let Some(e) = errors.first() {
            println!("seed {seed}: {}", render::diagnostics(&output.sources, std::slice::from_ref(e)));
        } else { *codes.entry("ok").or_insert(0) += 1; }
    }
    println!("{codes:?} {:?}", start.elapsed());
}
