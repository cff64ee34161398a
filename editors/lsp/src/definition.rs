//! Where a name is declared, and where its type is.

use crate::place::Place;
use serde_json::{Value as Json, json};

/// Where the name at a place is declared; of an import's path, the file.
#[must_use]
pub fn answer(place: &Place<'_>) -> Json {
    match place.name() {
        Some((_, declared)) => json!(place.snapshot.location(declared)),
        None => imported(place).unwrap_or_default(),
    }
}

fn imported(place: &Place<'_>) -> Option<Json> {
    let tree = place.snapshot.tree(place.file)?;
    let within = |import: &&mc_syntax::ast::Import| {
        import.from_span.start <= place.offset && place.offset <= import.from_span.end
    };
    let import = tree.imports.iter().find(within)?;
    let path = mc_compiler::load::path_of(place.snapshot.path(place.file), &import.from)?;
    let file = place.snapshot.file(&path)?;
    Some(json!(place.snapshot.location(mc_syntax::source::Span { file, start: 0, end: 0 })))
}

/// Where the type is declared of what stands at a place.
#[must_use]
pub fn of_type(place: &Place<'_>) -> Json {
    let notes = &place.snapshot.output.notes;
    let named = place.name().map(|(_, declared)| declared);
    let behind = named.and_then(|declared| notes.behind.get(&declared)).copied();
    let of_name = named.and_then(|declared| notes.values.get(&declared));
    let of_value = || place.value().map(|(_, found)| found);
    let declared = behind.or_else(|| notes.declaration(&of_name.or_else(of_value)?.ty));
    declared.map_or(Json::Null, |declared| json!(place.snapshot.location(declared)))
}
