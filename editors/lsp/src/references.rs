//! Every place that names the same.

use crate::place::Place;
use gen_lsp_types::DocumentHighlightKind;
use serde_json::{Value as Json, json};

/// The places that name what the name at a place means; `declared` says whether its declaration is one of them.
#[must_use]
pub fn answer(place: &Place<'_>, declared: bool) -> Vec<Json> {
    let Some((_, target)) = place.name() else { return Vec::new() };
    let all = place.snapshot.index.references(target);
    let others = all.iter().skip(usize::from(!declared));
    others.map(|span| json!(place.snapshot.location(*span))).collect()
}

/// What several programs say, each place once.
#[must_use]
pub fn merged(answers: Vec<Vec<Json>>) -> Json {
    let mut all: Vec<Json> = Vec::new();
    for place in answers.into_iter().flatten() {
        if !all.contains(&place) {
            all.push(place);
        }
    }
    if all.is_empty() { Json::Null } else { json!(all) }
}

/// The same in one file, to be shown where they stand.
#[must_use]
pub fn highlights(place: &Place<'_>) -> Json {
    let Some((_, target)) = place.name() else { return Json::Null };
    let all = place.snapshot.index.references(target);
    let here = all.iter().filter(|span| span.file == place.file);
    let shown =
        here.map(|span| json!({ "range": place.snapshot.range(*span), "kind": DocumentHighlightKind::Text }));
    json!(shown.collect::<Vec<_>>())
}
