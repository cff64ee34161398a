//! What can follow a dot: fields, methods, entries, variants.

use crate::choice::Choice;
use crate::index::Kind;
use crate::place::Place;
use crate::words;
use gen_lsp_types::CompletionItemKind;
use mc_compiler::trail::Found;
use mc_compiler::tree::StateKind;
use mc_container::ty::Type;
use mc_syntax::ast::{Expr, ExprKind, Node};
use mc_syntax::parser::Place as Grammar;
use mc_syntax::source::Span;

/// What can follow the dot at a place where a name was put in.
#[must_use]
pub fn of(place: &Place<'_>, grammar: &Grammar) -> Vec<Choice> {
    let receiver = receiver(place);
    let path = path(place);
    let index = &place.snapshot.index;
    if matches!(receiver.map(|it| &it.kind), Some(ExprKind::SelfValue)) {
        return own(place);
    }
    let name = receiver.map(|it| it.span).or(path);
    if let Some(of) = name {
        match place.snapshot.text(of) {
            "block" => return ["height", "time"].map(word).into_iter().collect(),
            "tx" => return vec![word("id")],
            _ => {}
        }
        let declared = index.names.get(&of);
        let behind = declared.and_then(|declared| place.snapshot.output.notes.behind.get(declared));
        if let Some(unit) = behind {
            return offered(place, *unit, grammar);
        }
        let meant = declared.and_then(|declared| place.declaration(*declared));
        if let Some(it) = meant.filter(|it| it.kind == Kind::Enum) {
            return index.parts(it.span).map(|part| Choice::of(place, part, 0)).collect();
        }
    }
    let found = receiver.and_then(|it| place.snapshot.output.notes.values.get(&it.span));
    found.map_or_else(Vec::new, |found| of_value(place, found))
}

/// The expression before the dot.
fn receiver<'p>(place: &Place<'p>) -> Option<&'p Expr> {
    place.nodes().into_iter().rev().find_map(|node| match node {
        Node::Expr(expr) => match &expr.kind {
            ExprKind::Field(of, name) | ExprKind::OptionalField(of, name)
                if name.span.start == place.offset =>
            {
                Some(&**of)
            }
            _ => None,
        },
        _ => None,
    })
}

/// The name before the dot, where no expression stands: in a step, a type, a clause.
fn path(place: &Place<'_>) -> Option<Span> {
    let dot = place.offset.checked_sub(1)?;
    let names = &place.snapshot.index.names;
    let before = names.range(..Span { file: place.file, start: dot, end: 0 }).next_back();
    before.map(|(at, _)| *at).filter(|at| at.file == place.file && at.end == dot)
}

fn word(word: &str) -> Choice {
    let (written, what) = words::find(word).unwrap_or_default();
    Choice { doc: what.to_owned(), ..Choice::new(word, CompletionItemKind::Field, written, 0) }
}

fn method(name: &str) -> Choice {
    Choice { kind: CompletionItemKind::Method, rank: 1, ..word(name) }
}

/// The states and functions of the contract around the place.
fn own(place: &Place<'_>) -> Vec<Choice> {
    let unit = place.nodes().iter().find_map(|node| match node {
        Node::Item(item) => mc_compiler::resolve::name_of(&item.kind).map(|name| name.span),
        _ => None,
    });
    let wanted =
        |kind: Kind| matches!(kind, Kind::State | Kind::Immutable | Kind::Role | Kind::Function | Kind::View);
    let parts = unit.into_iter().flat_map(|unit| place.snapshot.index.parts(unit));
    parts.filter(|part| wanted(part.kind)).map(|part| Choice::of(place, part, 0)).collect()
}

/// What a slot or an instance offers: its entries, or its assets where a type stands.
fn offered(place: &Place<'_>, unit: Span, grammar: &Grammar) -> Vec<Choice> {
    let has = |word: &str| grammar.line().iter().any(|it| it == word);
    let in_type = match grammar.before(2) {
        ":" | "<" | "->" | "spends" => true,
        "," => has("<") || has("spends"),
        _ => false,
    };
    let parts = place.snapshot.index.parts(unit);
    let wanted = |kind: Kind| match kind {
        Kind::Entry | Kind::View => !in_type,
        Kind::Asset => true,
        _ => false,
    };
    let rank = |kind: Kind| u8::from((kind == Kind::Asset) != in_type);
    parts.filter(|part| wanted(part.kind)).map(|part| Choice::of(place, part, rank(part.kind))).collect()
}

fn of_value(place: &Place<'_>, found: &Found) -> Vec<Choice> {
    if let Some((kind, missing @ 1..)) = found.state {
        // Only the last key is still to come where a map has methods.
        return match kind {
            StateKind::Set | StateKind::Role => vec![method("add"), method("remove")],
            StateKind::Partial if missing == 1 => vec![method("insert"), method("remove")],
            _ => Vec::new(),
        };
    }
    let stored = found.state.is_some();
    // A key that is not there aborts, so the fields of what it leads to can be named.
    let ty = match (&found.ty, found.state) {
        (Type::Option(content), Some((StateKind::Partial, _))) => content,
        (ty, _) => ty,
    };
    match ty {
        Type::Struct(it) => {
            let declared = place.snapshot.output.notes.declaration(ty);
            let part = |name: &str| declared.and_then(|at| place.snapshot.index.part(at, name));
            let field = |field: &mc_container::ty::Field| match part(&field.name) {
                Some(part) => Choice::of(place, part, 0),
                None => Choice::new(&field.name, CompletionItemKind::Field, field.ty.to_string(), 0),
            };
            it.fields.iter().map(field).collect()
        }
        Type::Asset(_) if stored => vec![word("amount"), method("take"), method("take_all")],
        Type::Asset(_) => vec![word("amount"), method("expect_empty")],
        Type::Seen(_) => vec![word("amount")],
        Type::List(..) => vec![word("len"), method("push"), method("pop")],
        Type::String(_) => vec![word("len")],
        Type::Option(_) if stored => vec![method("insert"), method("remove")],
        _ => Vec::new(),
    }
}
