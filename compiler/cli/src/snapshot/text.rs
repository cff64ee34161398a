//! A snapshot as a text: TOML in one order, in lines that fit a review.

use super::{SCHEMA, Shape, Snapshot, Touch};

/// The lines of a snapshot; a diff puts a sign before each.
const COLUMNS: usize = 79;

const HEAD: &str = "\
# What each call may touch, waits for and costs at most. `mcc snapshot` writes
# this file, and `mcc snapshot --check` fails where the code has changed that.
";

/// The file's text.
#[must_use]
pub fn write(snapshot: &Snapshot) -> String {
    let mut text = format!("{HEAD}schema = {SCHEMA}\ncompiler = {}\n", quoted(&snapshot.compiler));
    for (name, shape) in &snapshot.calls {
        text.push_str(&format!("\n[call.{}]\n", quoted(name)));
        call(shape, &mut text);
    }
    text
}

fn call(shape: &Shape, text: &mut String) {
    if !shape.params.is_empty() {
        line("params", &shape.params.join(", "), text);
    }
    if shape.parallel {
        text.push_str("parallel = true\n");
    }
    match shape.cost.at.get(&0) {
        Some(fuel) => text.push_str(&format!("cost = {fuel}\n")),
        None => {
            line("cost", &shape.cost.formula, text);
            let at: Vec<String> =
                shape.cost.at.iter().map(|(length, fuel)| format!("{length} = {fuel}")).collect();
            text.push_str(&format!("cost_at = {{ {} }}\n", at.join(", ")));
        }
    }
    let serial: Vec<String> = shape.serial.iter().cloned().collect();
    list("serial", &serial, text);
    let touches: Vec<String> = shape.touches.iter().map(touch).collect();
    list("touches", &touches, text);
    let spends: Vec<String> = shape.spends.iter().map(|(asset, most)| format!("{asset} <= {most}")).collect();
    list("spends", &spends, text);
}

/// A touch in a line: `P1  delta  balances[caller]  -amount  guard >= amount`.
#[must_use]
pub fn touch(touch: &Touch) -> String {
    let Touch { cell, mode, level, notes } = touch;
    let head = [format!("P{level}"), mode.clone(), cell.clone()];
    let parts: Vec<String> = head.into_iter().chain(notes.iter().cloned()).collect();
    parts.join("  ")
}

fn line(key: &str, value: &str, text: &mut String) {
    let head = format!("{key} = ");
    text.push_str(&format!("{head}{}\n", folded(value, head.chars().count(), 0)));
}

fn list(key: &str, items: &[String], text: &mut String) {
    if items.is_empty() {
        return;
    }
    let inline: Vec<String> = items.iter().map(|item| quoted(item)).collect();
    let short = format!("{key} = [{}]\n", inline.join(", "));
    if key == "serial" && short.chars().count() <= COLUMNS {
        return text.push_str(&short);
    }
    text.push_str(&format!("{key} = [\n"));
    for item in items {
        text.push_str(&format!("  {},\n", folded(item, 2, 1)));
    }
    text.push_str("]\n");
}

/// A text in quotes, in several lines where one that starts at this column and goes on for `more` would be too long.
fn folded(value: &str, column: usize, more: usize) -> String {
    let short = quoted(value);
    if column + short.chars().count() + more <= COLUMNS {
        return short;
    }
    let mut text = "\"\"\"\\\n    ".to_owned();
    let mut width = 4;
    let escaped = escaped(value);
    let whole = |part: &str| part.chars().count() + 9 + more <= COLUMNS;
    let parts = escaped.split_inclusive("  ");
    let words =
        parts.flat_map(|part| if whole(part) { vec![part] } else { part.split_inclusive(' ').collect() });
    for word in words {
        let letters = word.chars().count();
        if width > 4 && width + letters + 5 + more > COLUMNS {
            // A backslash takes away the break and what follows it, but not the spaces before it.
            text.push_str("\\\n    ");
            width = 4;
        }
        text.push_str(word);
        width += letters;
    }
    text + "\"\"\""
}

fn quoted(value: &str) -> String {
    format!("\"{}\"", escaped(value))
}

fn escaped(value: &str) -> String {
    let mut text = String::new();
    for letter in value.chars() {
        match letter {
            '"' | '\\' => text.extend(['\\', letter]),
            _ if letter.is_control() => text.push_str(&format!("\\u{:04X}", u32::from(letter))),
            _ => text.push(letter),
        }
    }
    text
}
