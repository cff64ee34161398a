//! Puts the words of the language into files that are written by hand.
//!
//! `%keyword%` in a line stands for the words of a class, and `%"keyword"%` for the same words in quotes. What
//! stands before it on its line is repeated on every line that the words take.

use crate::Error;
use mc_syntax::token::{Class, FIXED, TYPES};

/// The greatest width of a line that is written.
const WIDTH: usize = 100;

/// What may stand between the signs, and the class that it stands for.
const CLASSES: &[(&str, Class)] = &[
    ("keyword", Class::Keyword),
    ("soft", Class::SoftKeyword),
    ("constant", Class::Constant),
    ("operator", Class::Operator),
    ("punctuation", Class::Punctuation),
];

/// `template` with the words in their places.
///
/// # Errors
/// A place is named that does not exist.
pub fn fill(template: &str) -> Result<String, Error> {
    let mut filled = String::new();
    for line in template.lines() {
        match place(line) {
            Some((before, name, after)) => {
                let quoted = name.starts_with('"');
                let words = words(name.trim_matches('"')).ok_or_else(|| format!("no words `{name}`"))?;
                filled.push_str(&lines(before, &words, quoted, after));
            }
            None => filled.push_str(&format!("{line}\n")),
        }
    }
    Ok(filled)
}

/// What stands before and after a place, and its name.
fn place(line: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = line.split_once('%')?;
    let (name, after) = rest.split_once('%')?;
    let is_name = !name.is_empty() && name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '"');
    is_name.then_some((before, name, after))
}

/// The words with a name.
fn words(name: &str) -> Option<Vec<&'static str>> {
    if name == "type" {
        return Some(TYPES.to_vec());
    }
    let (_, class) = CLASSES.iter().find(|(known, _)| *known == name)?;
    Some(spelled(*class))
}

/// The spelling of every token of a class.
#[must_use]
pub fn spelled(class: Class) -> Vec<&'static str> {
    FIXED.iter().filter(|(_, of)| *of == class).map(|(spelling, _)| *spelling).collect()
}

fn lines(before: &str, words: &[&str], quoted: bool, after: &str) -> String {
    let mut lines = vec![before.to_owned()];
    for word in words {
        let word = if quoted { format!("\"{word}\"") } else { (*word).to_owned() };
        let is_full = lines.last().is_some_and(|line| line.len() + 1 + word.len() > WIDTH);
        if is_full {
            lines.push(before.to_owned());
        }
        if let Some(line) = lines.last_mut() {
            let gap = if *line == before { "" } else { " " };
            line.push_str(&format!("{gap}{word}"));
        }
    }
    format!("{}{after}\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_take_the_place() {
        assert_eq!(
            fill("100% x\n[ %\"constant\"% ] y\n").unwrap(),
            "100% x\n[ \"true\" \"false\" \"none\" \"caller\" \"self\" \"now\" ] y\n"
        );
        assert!(fill("%nothing%").is_err());
    }

    #[test]
    fn long_lines_repeat_what_stands_before() {
        let filled = fill("syn keyword mcKeyword %keyword%").unwrap();
        assert!(filled.lines().count() > 2);
        assert!(filled.lines().all(|line| line.starts_with("syn keyword mcKeyword ") && line.len() <= WIDTH));
    }
}
