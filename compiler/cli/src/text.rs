//! Small helpers for text in columns.

use std::time::Duration;

/// The width that every text fits.
pub const COLUMNS: usize = 80;

/// `2000` as `2 000`.
#[must_use]
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// `1 transaction`, `2 transactions`.
#[must_use]
pub fn plural(number: usize, noun: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{} {noun}{s}", grouped(number))
}

/// Milliseconds with three significant digits: `0.412 ms`, `12.3 ms`.
#[must_use]
pub fn milliseconds(duration: Duration) -> String {
    format!("{} ms", bare_milliseconds(duration))
}

/// The same without the unit.
#[must_use]
pub fn bare_milliseconds(duration: Duration) -> String {
    let ms = duration.as_secs_f64() * 1000.0;
    let decimals = if ms >= 100.0 {
        0
    } else if ms >= 10.0 {
        1
    } else if ms >= 1.0 {
        2
    } else {
        3
    };
    format!("{ms:.decimals$}")
}

/// A number with three digits that matter.
#[must_use]
pub fn digits(number: f64) -> String {
    let decimals = match number.abs() {
        100.0.. => 0,
        10.0.. => 1,
        _ => 2,
    };
    format!("{number:.decimals$}")
}

/// Text padded with spaces to a width, counted in characters.
#[must_use]
pub fn padded(text: &str, width: usize) -> String {
    let spaces = width.saturating_sub(text.chars().count());
    format!("{text}{}", " ".repeat(spaces))
}

/// Text with spaces before it, up to a width.
#[must_use]
pub fn right(text: &str, width: usize) -> String {
    let spaces = width.saturating_sub(text.chars().count());
    format!("{}{text}", " ".repeat(spaces))
}

/// Lays `parts` out behind `head`, with `between` them, going on in a new line under the first part where a
/// line would grow wider than [`COLUMNS`]; a part that no line has room for breaks between its words.
#[must_use]
pub fn flowed(head: &str, parts: &[String], between: &str) -> String {
    let indent = head.chars().count();
    // What separates two parts stays at the end of a line that breaks there.
    let kept = between.trim_end();
    let mut text = head.to_owned();
    let mut column = indent;
    for (number, part) in parts.iter().enumerate() {
        let last = number + 1 == parts.len();
        let width = part.chars().count() + if last { 0 } else { kept.chars().count() };
        let (before, kept) = if number == 0 { ("", "") } else { (between, kept) };
        if part.chars().count() > COLUMNS {
            if number > 0 {
                text.push_str(kept);
                column = COLUMNS;
            }
            column = broken(&mut text, part, column, indent.min(COLUMNS / 2));
            continue;
        }
        if column + before.chars().count() + width > COLUMNS {
            text.push_str(kept);
            // What is wider than what is left of a line begins further to the left.
            column = indent.min(COLUMNS.saturating_sub(width));
            text.truncate(text.trim_end().len());
            text.push('\n');
            text.push_str(&" ".repeat(column));
        } else {
            text.push_str(before);
            column += before.chars().count();
        }
        text.push_str(part);
        column += part.chars().count();
    }
    let text = text.trim_end().to_owned();
    text + "\n"
}

/// Adds a part word by word, with new lines that begin at `indent`; gives the column where it ends.
fn broken(text: &mut String, part: &str, mut column: usize, indent: usize) -> usize {
    for (number, word) in part.split(' ').enumerate() {
        let space = usize::from(number > 0);
        let width = word.chars().count();
        if column + space + width > COLUMNS {
            text.truncate(text.trim_end().len());
            text.push('\n');
            text.push_str(&" ".repeat(indent));
            column = indent;
        } else {
            text.push_str(&" ".repeat(space));
            column += space;
        }
        text.push_str(word);
        column += width;
    }
    column
}

/// The words of a sentence, for [`flowed`].
#[must_use]
pub fn words(sentence: &str) -> Vec<String> {
    sentence.split(' ').map(ToOwned::to_owned).collect()
}

/// The first and last bytes of a digest: `9f1c77…e2`.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    let hex = hex(bytes);
    match (hex.get(..8), hex.get(hex.len().saturating_sub(2)..)) {
        (Some(head), Some(tail)) if hex.len() > 12 => format!("{head}…{tail}"),
        _ => hex,
    }
}

/// Text of others without what a terminal would obey.
#[must_use]
pub fn tame(text: &str) -> String {
    text.chars().map(|it| if it.is_control() { char::REPLACEMENT_CHARACTER } else { it }).collect()
}

/// Every byte as two hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_in_threes() {
        let shown: Vec<String> = [0, 999, 1000, 12_345, 1_000_000].map(grouped).to_vec();
        assert_eq!(shown, ["0", "999", "1 000", "12 345", "1 000 000"]);
    }

    #[test]
    fn what_a_terminal_would_obey_is_shown_as_nothing() {
        assert_eq!(tame("an import of `\u{1b}[2J.é\n`"), "an import of `\u{fffd}[2J.é\u{fffd}`");
    }

    #[test]
    fn what_no_line_has_room_for_breaks_between_its_words() {
        let wide = vec!["word".to_owned(); 40].join(" ");
        for head in ["head  ", &"h".repeat(60)] {
            let text = flowed(head, &["one".to_owned(), wide.clone(), "last".to_owned()], "  ");
            assert!(text.lines().all(|line| line.chars().count() <= COLUMNS), "{text}");
            let words: Vec<&str> = text.split_whitespace().collect();
            assert_eq!(words.len(), 43 - usize::from(!head.ends_with(' ')), "{text}");
            assert_eq!(words.last(), Some(&"last"));
        }
    }

    #[test]
    fn lines_break_between_parts() {
        let parts = ["a".repeat(50), "b".repeat(20), "c".to_owned()];
        let text = flowed("head  ", &parts, "  ");
        assert!(text.lines().all(|line| line.chars().count() <= COLUMNS));
        assert_eq!(text.lines().nth(1), Some(format!("      {}", "c").as_str()));
    }
}
