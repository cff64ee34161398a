//! Inputs for the fuzz targets: a corpus, and mutations of it from a seed.

pub mod targets;

use crate::stage::compile;
use borsh::BorshSerialize;
use mc_container::access::Term;
use mc_syntax::lexer::lex;
use rand::Rng;
use rand::rngs::SmallRng;
use std::path::Path;

/// What the mutations start from.
pub struct Corpus {
    /// Programs, right and wrong ones.
    pub texts: Vec<Vec<u8>>,
    /// Packages.
    pub packages: Vec<Vec<u8>>,
    /// Terms, each entry's in a row.
    pub terms: Vec<Vec<u8>>,
}

impl Corpus {
    /// The programs under the standard library and the tests, and what those compile to that stand alone.
    ///
    /// # Panics
    /// If a file cannot be read.
    #[must_use]
    pub fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let mut texts = Vec::new();
        for folder in ["stdlib", "tests/cases", "tests/samples", "grammar/tests"] {
            collect(&root.join(folder), &mut texts);
        }
        let (mut packages, mut terms) = (Vec::new(), Vec::new());
        for text in &texts {
            let compiled = compile(&String::from_utf8_lossy(text)).compiled;
            for container in compiled.iter().flat_map(|compiled| &compiled.containers) {
                packages.push(container.package.encode());
                for entry in container.package.access() {
                    let of_entry = entry.accesses.iter().flat_map(|access| &access.keys);
                    terms.push(of_entry.flat_map(bytes_of).collect());
                }
            }
        }
        Self { texts, packages, terms }
    }

    /// The inputs that a target starts from.
    #[must_use]
    pub fn of(&self, target: &str) -> &[Vec<u8>] {
        match target {
            "container" => &self.packages,
            "terms" => &self.terms,
            _ => &self.texts,
        }
    }
}

fn bytes_of(term: &Term) -> Vec<u8> {
    let mut bytes = Vec::new();
    term.serialize(&mut bytes).unwrap();
    bytes
}

/// The text of every program below a folder, in the order of the paths.
fn collect(folder: &Path, texts: &mut Vec<Vec<u8>>) {
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(&path, texts);
        } else if path.extension().is_some_and(|extension| extension == "mc") {
            texts.push(std::fs::read(path).unwrap());
        }
    }
}

/// One of the inputs, changed in one to four places; `as_text` also moves whole tokens about.
#[must_use]
pub fn mutated(rng: &mut SmallRng, inputs: &[Vec<u8>], as_text: bool) -> Vec<u8> {
    let mut input = inputs[rng.random_range(0..inputs.len())].clone();
    let other = &inputs[rng.random_range(0..inputs.len())];
    for _ in 0..rng.random_range(1..5) {
        if as_text && rng.random_range(0..3) > 0 {
            input = tokens_moved(rng, &input, other);
        } else {
            bytes_changed(rng, &mut input, other);
        }
    }
    input
}

/// A place in `bytes`, or its end.
fn place(rng: &mut SmallRng, bytes: &[u8]) -> usize {
    rng.random_range(0..bytes.len() + 1)
}

/// A short piece of `bytes`.
fn piece(rng: &mut SmallRng, bytes: &[u8]) -> std::ops::Range<usize> {
    let start = place(rng, bytes);
    start..(start + rng.random_range(0..40)).min(bytes.len())
}

fn bytes_changed(rng: &mut SmallRng, input: &mut Vec<u8>, other: &[u8]) {
    match rng.random_range(0..7) {
        0 => input.truncate(rng.random_range(0..input.len() + 1)),
        1 => {
            let at = place(rng, input);
            input.insert(at, rng.random());
        }
        2 => drop(input.drain(piece(rng, input)).count()),
        3 => {
            let (at, piece) = (place(rng, input), input[piece(rng, input)].to_vec());
            input.splice(at..at, piece);
        }
        4 => {
            let (at, piece) = (place(rng, input), other[piece(rng, other)].to_vec());
            input.splice(at..at, piece);
        }
        5 => {
            let (at, byte) = (place(rng, input), rng.random());
            input.iter_mut().skip(at).take(1).for_each(|it| *it = byte);
        }
        _ => {
            let (at, bit) = (place(rng, input), 1 << rng.random_range(0..8));
            input.iter_mut().skip(at).take(1).for_each(|it| *it ^= bit);
        }
    }
}

/// The tokens of a text that is none at some places, with what is between them.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut before = 0;
    for (start, _, end) in lex(text).tokens {
        words.extend(text.get(before..start));
        words.extend(text.get(start..end));
        before = end;
    }
    words.extend(text.get(before..));
    words
}

fn tokens_moved(rng: &mut SmallRng, input: &[u8], other: &[u8]) -> Vec<u8> {
    let (input, other) = (String::from_utf8_lossy(input), String::from_utf8_lossy(other));
    let (mut list, others) = (words(&input), words(&other));
    let (at, from) = (rng.random_range(0..list.len()), rng.random_range(0..list.len()));
    match rng.random_range(0..5) {
        0 => drop(list.remove(at)),
        1 => list.insert(at, list[from]),
        2 => list.swap(at, from),
        3 => list[at] = others[rng.random_range(0..others.len())],
        _ => {
            let end = (from + rng.random_range(1..30)).min(list.len());
            let piece = list[from..end].to_vec();
            list.splice(at..at, piece);
        }
    }
    list.concat().into_bytes()
}
