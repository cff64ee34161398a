//! What a selection grows to: the nodes around a place.

use crate::place::Place;
use mc_syntax::ast::Node;
use mc_syntax::source::Span;
use serde_json::{Value as Json, json};

/// The ranges around a place, each with the next wider one in it.
#[must_use]
pub fn answer(place: &Place<'_>) -> Json {
    let text = place.snapshot.source(place.file);
    let mut spans = vec![Span::new(place.file, 0, text.len())];
    spans.extend(place.nodes().into_iter().map(Node::span));
    spans.extend(place.name().map(|(at, _)| at));
    spans.dedup();
    spans.iter().fold(Json::Null, |parent, span| {
        let range = place.snapshot.range(*span);
        if parent.is_null() { json!({ "range": range }) } else { json!({ "range": range, "parent": parent }) }
    })
}
