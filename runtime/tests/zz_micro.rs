#![allow(missing_docs, clippy::all)]
mod common;
use common::*;
use mc_container::address::VariableRoot;
use std::time::Instant;
#[test]
#[ignore]
fn micro() {
    let root = VariableRoot::new(who(1), "x");
    let t = |name: &str, f: &mut dyn FnMut()| {
        let mut best = u128::MAX;
        for _ in 0..20 { let s = Instant::now(); for _ in 0..10_000 { f(); } best = best.min(s.elapsed().as_nanos()); }
        println!("{name}: {} ns", best / 10_000);
    };
    let b = [7u8; 20];
    t("cell", &mut || { std::hint::black_box(root.cell(std::hint::black_box(&b))); });
    t("blake3 keyed", &mut || { std::hint::black_box(blake3::keyed_hash(&[1; 32], std::hint::black_box(&b))); });
    t("blake3 64", &mut || { std::hint::black_box(blake3::hash(std::hint::black_box(&[3u8; 64]))); });
    t("malloc", &mut || { std::hint::black_box(Vec::<u64>::with_capacity(std::hint::black_box(8))); });
    let v = vec![0u64; 1<<22];
    let mut x = 1u64;
    t("cache miss 32MB", &mut || { x = x.wrapping_mul(6364136223846793005).wrapping_add(1 + v[(x >> 42) as usize]); std::hint::black_box(x); });
    t("instant", &mut || { std::hint::black_box(Instant::now()); });
    let a = std::sync::atomic::AtomicU64::new(0);
    t("fetch_add", &mut || { a.fetch_add(1, std::sync::atomic::Ordering::Relaxed); });
}
