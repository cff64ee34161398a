//! The sequences that did something new, kept in a directory from one run to the next.

use rand::Rng;
use rand::rngs::StdRng;
use std::io;
use std::path::{Path, PathBuf};

/// So many sequences are kept at most.
const KEPT_MAX: usize = 256;

/// The sequences of one target, each as the numbers that decide it.
#[derive(Debug, Default)]
pub struct Corpus {
    directory: Option<PathBuf>,
    entries: Vec<Vec<u64>>,
}

impl Corpus {
    /// What is kept in a directory; nothing, where there is none, and damaged files do not count.
    #[must_use]
    pub fn in_directory(directory: &Path) -> Self {
        let files = std::fs::read_dir(directory).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = files.map(|file| file.path()).collect();
        paths.sort();
        let read = |path: &PathBuf| serde_json::from_str(&std::fs::read_to_string(path).ok()?).ok();
        let entries = paths.iter().filter_map(read).take(KEPT_MAX).collect();
        Self { directory: Some(directory.to_owned()), entries }
    }

    /// The sequences.
    #[must_use]
    pub fn entries(&self) -> &[Vec<u64>] {
        &self.entries
    }

    /// Keeps a sequence.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn keep(&mut self, taken: &[u64]) -> io::Result<()> {
        if self.entries.len() >= KEPT_MAX || self.entries.iter().any(|entry| entry == taken) {
            return Ok(());
        }
        self.entries.push(taken.to_vec());
        let Some(directory) = &self.directory else { return Ok(()) };
        std::fs::create_dir_all(directory)?;
        let text = serde_json::to_string(taken)?;
        let name = blake3::hash(text.as_bytes()).to_hex();
        std::fs::write(directory.join(format!("{}.json", name.as_str().get(..16).unwrap_or_default())), text)
    }

    /// A sequence that was kept, changed somewhere; nothing where there is none.
    pub fn changed(&self, chance: &mut StdRng) -> Option<Vec<u64>> {
        let last = self.entries.len().checked_sub(1)?;
        let mut numbers = self.entries.get(chance.random_range(0..=last))?.clone();
        let at = chance.random_range(0..=numbers.len());
        match chance.random_range(0..4_u8) {
            // The rest is left to chance.
            0 => numbers.truncate(at),
            1 => {
                let other = self.entries.get(chance.random_range(0..=last))?;
                let from = chance.random_range(0..=other.len());
                numbers.truncate(at);
                numbers.extend(other.iter().skip(from));
            }
            2 => {
                let end = (at + chance.random_range(1..=16)).min(numbers.len());
                let again: Vec<u64> = numbers.get(at..end).unwrap_or_default().to_vec();
                numbers.splice(at..at, again);
            }
            _ => {
                for _ in 0..chance.random_range(1..=4) {
                    let at = chance.random_range(0..numbers.len().max(1));
                    let number = chance.random_range(0..=8_u64);
                    numbers.iter_mut().skip(at).take(1).for_each(|it| *it = number);
                }
            }
        }
        Some(numbers)
    }
}
