//! Prints a generated program.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::indexing_slicing, reason="tests")]
use mc_tests::{generate, reduce, stage, render, formulas};
#[test]
fn dump() {
    if let Ok(file) = std::env::var("FILE") {
        let text = std::fs::read_to_string(file).unwrap();
        let out = stage::compile(&text);
        println!("{}", render::diagnostics(&out.sources, &out.diagnostics));
        let Some(c) = out.compiled else { return };
        for k in &c.containers { for (n, e) in k.package.manifest().entries.iter().enumerate() {
            println!("{}.{}", k.package.manifest().name, e.name);
            for l in formulas::of_entry(&c, k, n) { println!("  {:?} {}", out.sources.line_column(l.span).0, l.text); }
            if std::env::var("RAW").is_ok() { println!("{:#?}", k.package.access()[n]); }
        } if std::env::var("IR").is_ok() { println!("{}", k.ir); println!("{}", wasmprinter::print_bytes(k.package.module()).unwrap()); } }
        return;
    }
    let Ok(seed) = std::env::var("MCC_SEED") else { return };
    let text = generate::program(seed.parse().unwrap());
    let Ok(needle) = std::env::var("NEEDLE") else { println!("{text}"); return };
    let panics = needle == "PANIC"; let fails = |text: &str| {
        let text = text.to_owned(); let needle = needle.clone();
        std::panic::catch_unwind(move || {
            let output = stage::compile(&text);
            let errors: Vec<_> = output.diagnostics.iter().filter(|d| d.is_error()).cloned().collect();
            errors.len() == 1 && render::diagnostics(&output.sources, &errors).contains(&needle)
        }).unwrap_or(panics)
    };
    println!("{}", reduce::reduce(&text, &fails));
}
