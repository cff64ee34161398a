//! Every rule of the verifier has a case that breaks it: each text in its sources is a part of some refusal.

use crate::packages;
use mc_container::verify::Refusal;
use mc_tests::hostile::Case;
use std::path::Path;

/// The texts in a source, those of its tests left out.
fn texts(source: &str) -> Vec<String> {
    let product = source.split("#[cfg(test)]").next().unwrap();
    let code =
        product.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    code.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The pieces of a text between what is filled in.
fn pieces(text: &str) -> Vec<&str> {
    text.split('{').map(|piece| piece.split_once('}').map_or(piece, |(_, rest)| rest)).collect()
}

#[test]
fn every_rule_is_broken_by_a_case() {
    let of_modules = Case::all().into_iter().filter_map(|case| case.package(&case.disguise()).err());
    let of_packages = packages::refusals().into_iter().map(|(_, refusal)| refusal);
    let others = [Refusal::Damaged, Refusal::Signature];
    let shown: Vec<String> =
        of_modules.chain(of_packages).chain(others).map(|refusal| refusal.to_string()).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime/container/src/verify");
    let mut unbroken = Vec::new();
    let mut count = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        for text in texts(&std::fs::read_to_string(file.unwrap().path()).unwrap()) {
            count += 1;
            let shows = |shown: &String| pieces(&text).iter().all(|piece| shown.contains(piece));
            if !shown.iter().any(shows) {
                unbroken.push(text);
            }
        }
    }
    assert!(count > 60, "{count} texts found in the verifier");
    assert!(unbroken.is_empty(), "no case is refused with:\n{}", unbroken.join("\n"));
}
