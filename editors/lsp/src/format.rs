//! The one style of the language, as the smallest edit.

use crate::analysis::Snapshot;
use mc_syntax::format::format;
use mc_syntax::source::{FileId, Span};
use serde_json::{Value as Json, json};

/// The edit that brings a file into the style; none where it has mistakes.
#[must_use]
pub fn answer(snapshot: &Snapshot, file: FileId) -> Json {
    let text = snapshot.source(file);
    let Ok(formatted) = format(file, text) else { return json!([]) };
    if formatted == text {
        return json!([]);
    }
    let (span, new) = difference(file, text, &formatted);
    json!([{ "range": snapshot.range(span), "newText": new }])
}

/// What is between the lines that both texts begin with and those that both end with.
fn difference<'n>(file: FileId, old: &str, new: &'n str) -> (Span, &'n str) {
    let lines = |text| str::split_inclusive(text, '\n');
    let same = |one: &(&str, &str)| one.0 == one.1;
    let head: usize = lines(old).zip(lines(new)).take_while(same).map(|(line, _)| line.len()).sum();
    let (old_rest, new_rest) = (old.get(head..).unwrap_or_default(), new.get(head..).unwrap_or_default());
    let tail = lines(old_rest).rev().zip(lines(new_rest).rev()).take_while(same);
    let tail: usize = tail.map(|(line, _)| line.len()).sum();
    let span = Span::new(file, head, old.len() - tail);
    (span, new_rest.get(..new_rest.len() - tail).unwrap_or_default())
}
