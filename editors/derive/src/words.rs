//! A regular expression for every word but some.
//!
//! Editors' lexers know no reserved words, and regular expressions know no "but not"; a tree of the words that
//! are taken, with a way out at every letter, says the same.

use std::collections::BTreeMap;

const FIRST: &str = "_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const DIGITS: &str = "0123456789";

/// Words by their letters.
#[derive(Default)]
struct Tree {
    next: BTreeMap<char, Tree>,
    /// True where a word ends.
    is_taken: bool,
}

/// A regular expression for every name that is none of `taken`.
#[must_use]
pub fn every_word_but<'w>(taken: impl IntoIterator<Item = &'w str>) -> String {
    let mut tree = Tree::default();
    for word in taken {
        let last = word.chars().fold(&mut tree, |at, letter| at.next.entry(letter).or_default());
        last.is_taken = true;
    }
    tree.ways(FIRST)
}

impl Tree {
    /// What may follow here, beginning with one of `letters`.
    fn ways(&self, letters: &str) -> String {
        let free: String = letters.chars().filter(|letter| !self.next.contains_key(letter)).collect();
        let mut ways: Vec<String> =
            self.next.iter().map(|(letter, tree)| format!("{letter}{}", tree.rest())).collect();
        ways.push(format!("[{}][A-Za-z0-9_]*", ranges(&free)));
        format!("({})", ways.join("|"))
    }

    /// What may follow after a letter: more of them, or nothing where the word so far is free.
    fn rest(&self) -> String {
        let may_end = if self.is_taken { "" } else { "?" };
        self.ways(&format!("{FIRST}{DIGITS}")) + may_end
    }
}

/// Letters as the inside of a class, with `a-z` for neighbours.
fn ranges(letters: &str) -> String {
    let mut sorted: Vec<char> = letters.chars().collect();
    sorted.sort_unstable();
    let mut runs: Vec<(char, char)> = Vec::new();
    for letter in sorted {
        match runs.last_mut() {
            Some((_, end)) if u32::from(*end) + 1 == u32::from(letter) => *end = letter,
            _ => runs.push((letter, letter)),
        }
    }
    let run = |(from, to)| if from == to { format!("{from}") } else { format!("{from}-{to}") };
    runs.into_iter().map(run).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_ranges() {
        assert_eq!(ranges("dcba_fx"), "_a-dfx");
    }

    #[test]
    fn a_taken_word_is_no_name_and_all_around_it_are() {
        let pattern = format!("^(?:{})$", every_word_but(["if", "in", "int", "_"]));
        let pattern = regex::Regex::new(&pattern).unwrap();
        for name in ["i", "iff", "i1", "ina", "ints", "__", "_a", "a", "Z9", "I"] {
            assert!(pattern.is_match(name), "{name}");
        }
        for taken in ["if", "in", "int", "_", "", "1a", "a-"] {
            assert!(!pattern.is_match(taken), "{taken}");
        }
    }
}
