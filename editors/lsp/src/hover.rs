//! What something is: its type, its documentation, and what a call of it touches.

use crate::index::{Declaration, Kind};
use crate::place::Place;
use crate::words;
use mc_compiler::trail::Found;
use serde_json::{Value as Json, json};

/// What stands at a place.
#[must_use]
pub fn answer(place: &Place<'_>) -> Json {
    let (span, text) = match place.name() {
        Some((at, declared)) => match place.declaration(declared) {
            Some(declaration) => (at, declared_as(place, declaration)),
            None => (at, local(place, at, declared)),
        },
        None => match of_language(place) {
            Some(told) => told,
            None => return Json::Null,
        },
    };
    json!({ "contents": { "kind": "markdown", "value": text }, "range": place.snapshot.range(span) })
}

/// A block of code.
fn code(text: &str) -> String {
    format!("```mc\n{text}\n```")
}

fn declared_as(place: &Place<'_>, declaration: &Declaration) -> String {
    let mut parts = vec![code(&head(place, declaration))];
    if let Some(owner) = declaration.owner.and_then(|owner| place.declaration(owner)) {
        parts.push(format!("in `{}`", owner.name));
    }
    if !declaration.doc.is_empty() {
        parts.push(declaration.doc.trim().to_owned());
    }
    if declaration.kind.is_called() {
        let effects = place.snapshot.effects(place.host);
        let own = effects.iter().find(|effects| effects.name == declaration.span);
        parts.extend(own.map(|effects| format!("```text\n{}```", effects.text)));
    }
    parts.join("\n\n")
}

/// What is declared, without what stands in its braces and without attributes.
#[must_use]
pub fn head(place: &Place<'_>, declaration: &Declaration) -> String {
    let text = place.snapshot.text(declaration.head);
    let text: Vec<&str> =
        text.lines().map(str::trim).skip_while(|line| line.starts_with('@') || line.is_empty()).collect();
    let text = text.join(" ");
    let text = text.trim_end_matches(';').trim_end();
    match declaration.kind {
        Kind::Contract => format!("contract {text}"),
        Kind::Interface => format!("interface {text}"),
        Kind::App => format!("app {text}"),
        Kind::Test => format!("test {text}"),
        Kind::Generic => format!("{text}: asset"),
        _ => text.to_owned(),
    }
}

fn local(place: &Place<'_>, at: mc_syntax::source::Span, declared: mc_syntax::source::Span) -> String {
    let notes = &place.snapshot.output.notes;
    let name = place.snapshot.text(at);
    let behind = notes.behind.get(&declared).and_then(|unit| place.declaration(*unit));
    match (behind, notes.values.get(&declared)) {
        (Some(unit), _) => code(&format!("let {name} = deploy {}", unit.name)),
        (None, Some(found)) => code(&format!("let {name}: {}", found.ty)),
        (None, None) => code(name),
    }
}

/// What no source declares: a word of the language, or the type of an expression.
fn of_language(place: &Place<'_>) -> Option<(mc_syntax::source::Span, String)> {
    let typed = place.value();
    let word = word_at(place);
    if let Some((written, what)) = word.and_then(|span| words::find(place.snapshot.text(span))) {
        return Some((word?, format!("{}\n\n{what}", code(written))));
    }
    let (span, found) = typed?;
    Some((span, code(&shown(found))))
}

/// The word at a place.
fn word_at(place: &Place<'_>) -> Option<mc_syntax::source::Span> {
    let text = place.snapshot.source(place.file);
    let lexed = mc_syntax::lexer::lex(text);
    let offset = place.offset as usize;
    let token = lexed.tokens.iter().find(|(start, _, end)| *start <= offset && offset < *end)?;
    Some(mc_syntax::source::Span::new(place.file, token.0, token.2))
}

/// The type of what was found.
fn shown(found: &Found) -> String {
    found.ty.to_string()
}
