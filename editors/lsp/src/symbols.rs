//! What is declared: of a file as a tree, of all programs by name.

use crate::analysis::Snapshot;
use crate::index::{Declaration, Kind};
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
    let name =
        if declaration.name.is_empty() { snapshot.text(declaration.span) } else { &declaration.name };
    json!({
        "name": if name.is_empty() { "?" } else { name },
        "detail": detail(snapshot, declaration),
        "kind": declaration.kind.symbol(),
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

/// The declarations whose names have all letters of `wanted` in order; a file that several programs share counts once.
#[must_use]
pub fn by_name<'s>(snapshots: impl Iterator<Item = &'s Snapshot>, wanted: &str) -> Json {
    let mut found: Vec<(String, Json)> = Vec::new();
    for snapshot in snapshots {
        for declaration in snapshot.index.declarations.values() {
            if !declaration.kind.is_symbol() || !has(&declaration.name, wanted) {
                continue;
            }
            let owner = declaration.owner.and_then(|owner| snapshot.index.declarations.get(&owner));
            let location = json!(snapshot.location(declaration.span));
            let key = location.to_string();
            found.push((
                key,
                json!({
                    "name": declaration.name,
                    "kind": declaration.kind.symbol(),
                    "location": location,
                    "containerName": owner.map(|owner| owner.name.as_str()),
                }),
            ));
        }
    }
    found.sort_by(|one, other| one.0.cmp(&other.0));
    found.dedup_by(|one, other| one.0 == other.0);
    json!(found.into_iter().map(|(_, symbol)| symbol).collect::<Vec<_>>())
}

fn has(name: &str, wanted: &str) -> bool {
    let mut letters = name.chars().map(|letter| letter.to_ascii_lowercase());
    wanted.chars().all(|wanted| letters.any(|letter| letter == wanted.to_ascii_lowercase()))
}
