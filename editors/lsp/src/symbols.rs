//! What is declared: of a file as a tree, of all programs and folders by name.

use crate::analysis::Snapshot;
use crate::index::{Declaration, Index, Kind};
use crate::unopened::Source;
use gen_lsp_types::{Location, Uri};
use mc_syntax::source::{FileId, Span};
use serde_json::{Value as Json, json};

/// The declarations of a file, each with those within it.
#[must_use]
pub fn of_file(snapshot: &Snapshot, file: FileId) -> Json {
    let top = snapshot.index.top_level(file);
    json!(top.map(|declaration| shown(snapshot, declaration)).collect::<Vec<_>>())
}

fn shown(snapshot: &Snapshot, declaration: &Declaration) -> Json {
    let parts = snapshot.index.parts(declaration.span).filter(|part| part.kind.is_symbol());
    let name = if declaration.name.is_empty() { snapshot.text(declaration.span) } else { &declaration.name };
    json!({
        "name": if name.is_empty() { "?" } else { name },
        "detail": detail(snapshot, declaration),
        "kind": declaration.kind.drawn().0,
        "range": snapshot.range(declaration.whole),
        "selectionRange": snapshot.range(declaration.span),
        "children": parts.map(|part| shown(snapshot, part)).collect::<Vec<_>>(),
    })
}

/// What stands behind the name, where it says something: parameters, or a type.
fn detail(snapshot: &Snapshot, declaration: &Declaration) -> String {
    let worth = !matches!(declaration.kind, Kind::Contract | Kind::Interface | Kind::App | Kind::Test);
    let behind = Span { start: declaration.span.end, ..declaration.head };
    let text = if worth && behind.start <= behind.end { snapshot.text(behind) } else { "" };
    let text = text.split(['{', '=', ';']).next().unwrap_or_default();
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").trim_start_matches(": ").to_owned()
}

/// Declarations that were found by name, each with the text of its place.
pub type Found = Vec<(String, Json)>;

/// The declarations of programs whose names have all letters of `wanted` in order.
#[must_use]
pub fn of_programs<'s>(snapshots: impl Iterator<Item = &'s Snapshot>, wanted: &str) -> Found {
    let found = |snapshot: &'s Snapshot| matching(&snapshot.index, wanted, |span| snapshot.location(span));
    snapshots.flat_map(found).collect()
}

/// The same of a file that no program needs.
#[must_use]
pub fn of_source(source: &Source, uri: &str, wanted: &str) -> Found {
    let location = |span| Location { uri: Uri(uri.to_owned()), range: source.lines.range(span) };
    matching(&source.index, wanted, location)
}

/// What was found, as an answer; a file that several programs share counts once.
#[must_use]
pub fn told(mut found: Found) -> Json {
    found.sort_by(|one, other| one.0.cmp(&other.0));
    found.dedup_by(|one, other| one.0 == other.0);
    json!(found.into_iter().map(|(_, symbol)| symbol).collect::<Vec<_>>())
}

fn matching(index: &Index, wanted: &str, location: impl Fn(Span) -> Location) -> Found {
    let is_wanted = |it: &&Declaration| it.kind.is_symbol() && has(&it.name, wanted);
    let found = index.declarations.values().filter(is_wanted).map(|declaration| {
        let owner = declaration.owner.and_then(|owner| index.declarations.get(&owner));
        let location = json!(location(declaration.span));
        let key = location.to_string();
        let symbol = json!({
            "name": declaration.name,
            "kind": declaration.kind.drawn().0,
            "location": location,
            "containerName": owner.map(|owner| owner.name.as_str()),
        });
        (key, symbol)
    });
    found.collect()
}

fn has(name: &str, wanted: &str) -> bool {
    let mut letters = name.chars().map(|letter| letter.to_ascii_lowercase());
    wanted.chars().all(|wanted| letters.any(|letter| letter == wanted.to_ascii_lowercase()))
}
