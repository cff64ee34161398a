//! Another name for what is declared, wherever it is named.
//!
//! A renamed program is compiled before the answer is given: it must mean what it meant, so a name that is taken,
//! or that another one would hide, is refused whatever the reason.

use crate::analysis::{self, Overlay};
use crate::place::Place;
use crate::words;
use mc_compiler::check::ACTORS;
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::lexer::lex;
use mc_syntax::source::Span;
use mc_syntax::token::Class;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// What would be renamed, or why nothing can be.
///
/// # Errors
/// Why the name cannot change.
pub fn prepare(place: &Place<'_>) -> Result<Json, String> {
    let (at, _) = target(place)?;
    Ok(json!({ "range": place.snapshot.range(at), "placeholder": place.snapshot.text(at) }))
}

/// Edits, by the file that they are of.
pub type Edits = BTreeMap<String, Vec<Json>>;

/// The edits that give a new name in one program.
///
/// # Errors
/// Why it cannot have that name.
pub fn answer(place: &Place<'_>, new: &str) -> Result<Edits, String> {
    let (at, declared) = target(place)?;
    is_name(new)?;
    let old = place.snapshot.text(at);
    let mut all = place.snapshot.index.references(declared);
    // An import may give another name, which is another one to change.
    all.retain(|span| {
        place.snapshot.text(*span) == old && (old == place.snapshot.text(declared) || span.file == at.file)
    });
    if new != old {
        means_the_same(place, (&all, declared), new)?;
    }
    let mut changes = Edits::new();
    for span in &all {
        let edit = json!({ "range": place.snapshot.range(*span), "newText": new });
        changes.entry(place.snapshot.uri(span.file).to_owned()).or_default().push(edit);
    }
    Ok(changes)
}

/// What several programs ask for, each edit once.
#[must_use]
pub fn merged(answers: Vec<Edits>) -> Json {
    let mut all = Edits::new();
    for (uri, edits) in answers.into_iter().flatten() {
        let known = all.entry(uri).or_default();
        for edit in edits {
            if !known.contains(&edit) {
                known.push(edit);
            }
        }
    }
    json!({ "changes": all })
}

/// The name at a place, and where it is declared, if that may change.
fn target(place: &Place<'_>) -> Result<(Span, Span), String> {
    let (at, declared) = place.name().ok_or_else(|| undeclared(place))?;
    if !place.snapshot.text(at).chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_') {
        return Err("this is a text, not a name".to_owned());
    }
    if place.snapshot.text(declared) == "init" && place.declaration(declared).is_some() {
        return Err("`init` is a word of the language".to_owned());
    }
    if place.workspace.is_carried(place.snapshot.path(declared.file)) {
        let name = place.snapshot.text(at);
        return Err(format!("`{name}` is declared in the standard library, which stays as it is"));
    }
    Ok((at, declared))
}

/// Why what no source declares keeps its name.
fn undeclared(place: &Place<'_>) -> String {
    match place.word() {
        Some(word) if ACTORS.contains(&word) => {
            format!("`{word}` is one of the accounts that every test has, and declared nowhere")
        }
        Some(word) if words::find(word).is_some() => format!("`{word}` is a part of the language"),
        _ => "only what is declared has a name that can change".to_owned(),
    }
}

/// A name of the language, and nothing else.
fn is_name(new: &str) -> Result<(), String> {
    match lex(new).tokens.as_slice() {
        [(0, token, end)] if *end == new.len() => match token.class() {
            Class::Name | Class::SoftKeyword => Ok(()),
            Class::Keyword | Class::Constant => Err(format!("`{new}` is a word of the language")),
            _ => Err(format!("`{new}` is no name")),
        },
        _ => Err(format!("`{new}` is no name")),
    }
}

/// The renamed program has no other mistakes, and each of its names means what it meant.
fn means_the_same(place: &Place<'_>, (all, declared): (&[Span], Span), new: &str) -> Result<(), String> {
    let old = place.snapshot;
    let mut overlay = Overlay::new(place.documents, place.host);
    for (file, source) in old.output.sources.iter() {
        let own: Vec<Span> = all.iter().copied().filter(|span| span.file == file).collect();
        if !own.is_empty() {
            overlay.instead.insert(source.path.clone(), replaced(&source.text, own, new));
        }
    }
    let checked = analysis::check(&old.roots, &overlay).ok_or("the program cannot be read")?;
    let after = checked.finish(&overlay);
    if let Some(mistake) = added(&old.output.diagnostics, &after.diagnostics) {
        return Err(format!("`{new}` cannot be its name: {}", mistake.message));
    }
    let index = crate::index::Index::new(&after.files, &after.notes);
    let moved = |span: Span| shifted(span, all, new);
    let same = old.index.names.iter().all(|(at, to)| index.names.get(&moved(*at)) == Some(&moved(*to)));
    if same && index.references(moved(declared)).len() == old.index.references(declared).len() {
        return Ok(());
    }
    Err(format!("`{new}` means something else where it would stand"))
}

fn replaced(text: &str, mut spans: Vec<Span>, new: &str) -> String {
    spans.sort_unstable();
    let mut text = text.to_owned();
    for span in spans.iter().rev() {
        text.replace_range(span.start as usize..span.end as usize, new);
    }
    text
}

/// Where a span is once names before it have another length.
fn shifted(span: Span, renamed: &[Span], new: &str) -> Span {
    let length = i64::try_from(new.len()).unwrap_or(0);
    let grows = |one: &Span| length - i64::from(one.end - one.start);
    let before = renamed.iter().filter(|one| one.file == span.file && **one < span);
    let by: i64 = before.map(grows).sum();
    let own: i64 = renamed.iter().find(|one| **one == span).map_or(0, grows);
    let at = |offset: u32, by: i64| u32::try_from(i64::from(offset) + by).unwrap_or(0);
    Span { start: at(span.start, by), end: at(span.end, by + own), ..span }
}

/// The first error of which there are more than before.
fn added<'d>(before: &[Diagnostic], after: &'d [Diagnostic]) -> Option<&'d Diagnostic> {
    let count = |all: &[Diagnostic], code: &str| all.iter().filter(|it| it.code == code).count();
    after.iter().find(|it| it.is_error() && count(after, it.code) > count(before, it.code))
}
