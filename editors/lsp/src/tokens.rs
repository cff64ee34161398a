//! What names mean, as colours: states, locals, parameters, and writes that commute.

use crate::analysis::Snapshot;
use crate::host::Host;
use crate::index::Kind;
use mc_syntax::source::{FileId, Span};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// The types of tokens, by their numbers.
const TYPES: [&str; 13] = [
    "class", "interface", "struct", "enum", "enumMember", "type", "event", "function", "method", "property",
    "parameter", "variable", "namespace",
];

/// The modifiers of tokens, by their bits.
const MODIFIERS: [&str; 5] = ["declaration", "readonly", "state", "commutative", "defaultLibrary"];

/// What an editor has to know before it asks.
#[must_use]
pub fn legend() -> Json {
    json!({ "tokenTypes": TYPES, "tokenModifiers": MODIFIERS })
}

/// The names of a file, each as where it stands behind the last one.
#[must_use]
pub fn answer(snapshot: &Snapshot, host: &dyn Host, file: FileId) -> Json {
    let mut data: Vec<u32> = Vec::new();
    let (mut line, mut column) = (0, 0);
    for (span, (kind, modifiers)) in meanings(snapshot, host, file) {
        let range = snapshot.range(span);
        if range.start.line != range.end.line {
            continue;
        }
        let bits = (0..).zip(MODIFIERS).filter(|(_, it)| modifiers.contains(it));
        let bits: u32 = bits.map(|(bit, _): (u32, _)| 1 << bit).sum();
        let number = (0..).zip(TYPES).find(|(_, known)| *known == kind).map_or(0, |(number, _)| number);
        let gap = if range.start.line == line { range.start.character - column } else { range.start.character };
        data.extend([range.start.line - line, gap, range.end.character - range.start.character, number, bits]);
        (line, column) = (range.start.line, range.start.character);
    }
    json!({ "data": data })
}

type Meaning = (&'static str, Vec<&'static str>);

fn meanings(snapshot: &Snapshot, host: &dyn Host, file: FileId) -> BTreeMap<Span, Meaning> {
    let (index, notes) = (&snapshot.index, &snapshot.output.notes);
    let whole = Span { file, start: 0, end: 0 }..=Span { file, start: u32::MAX, end: u32::MAX };
    let mut found: BTreeMap<Span, Meaning> = BTreeMap::new();
    for span in notes.locals.range(whole.clone()) {
        found.insert(*span, ("variable", vec!["declaration"]));
    }
    for (span, declaration) in index.declarations.range(whole.clone()) {
        if !matches!(declaration.kind, Kind::Test | Kind::Init | Kind::Migrate) {
            let (kind, mut modifiers) = of_kind(declaration.kind);
            modifiers.push("declaration");
            found.insert(*span, (kind, modifiers));
        }
    }
    let commuting = commuting(snapshot, host, file);
    for (at, declared) in index.names.range(whole) {
        let meant = index.declarations.get(declared);
        let (kind, mut modifiers) = match meant {
            Some(declaration) => of_kind(declaration.kind),
            None if notes.behind.contains_key(declared) => ("namespace", Vec::new()),
            None => ("variable", Vec::new()),
        };
        if snapshot.path(declared.file).starts_with("std/") && declared.file != file {
            modifiers.push("defaultLibrary");
        }
        let is_state = meant.is_some_and(|it| it.kind == Kind::State);
        if is_state && commuting.iter().any(|write| write.start <= at.start && at.end <= write.end) {
            modifiers.push("commutative");
        }
        found.insert(*at, (kind, modifiers));
    }
    found
}

fn of_kind(kind: Kind) -> Meaning {
    match kind {
        Kind::Contract | Kind::App => ("class", Vec::new()),
        Kind::Interface => ("interface", Vec::new()),
        Kind::Struct => ("struct", Vec::new()),
        Kind::Enum => ("enum", Vec::new()),
        Kind::Variant => ("enumMember", Vec::new()),
        Kind::Asset | Kind::Generic => ("type", Vec::new()),
        Kind::Error | Kind::Event => ("event", Vec::new()),
        Kind::Compose | Kind::Function => ("function", Vec::new()),
        Kind::Entry | Kind::View | Kind::Test | Kind::Init | Kind::Migrate => ("method", Vec::new()),
        Kind::State => ("property", vec!["state"]),
        Kind::Immutable => ("property", vec!["state", "readonly"]),
        Kind::Role => ("property", vec!["state"]),
        Kind::Invariant | Kind::Field => ("property", Vec::new()),
        Kind::Const => ("variable", vec!["readonly"]),
        Kind::Parameter => ("parameter", Vec::new()),
        Kind::Slot => ("namespace", Vec::new()),
    }
}

/// The places of a file that change a cell in a way that commutes.
fn commuting(snapshot: &Snapshot, host: &dyn Host, file: FileId) -> Vec<Span> {
    let writes = snapshot.effects(host).iter().flat_map(|effects| &effects.writes);
    writes.filter(|write| write.commutes && write.span.file == file).map(|write| write.span).collect()
}
