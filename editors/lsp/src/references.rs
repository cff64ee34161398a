//! Every place that names the same.

use crate::place::Place;
use gen_lsp_types::DocumentHighlightKind;
use serde_json::{Value as Json, json};

/// The places that name what the name at a place means; `declared` says whether its declaration is one of them.
#[must_use]
pub fn answer(place: &Place<'_>, declared: bool) -> Json {
    let Some((_, target)) = place.name() else { return Json::Null };
    let all = place.snapshot.index.references(target);
    json!(all
        .iter()
        .skip(usize::from(!declared))
        .map(|span| place.snapshot.location(*span))
        .collect::<Vec<_>>())
}

/// The same in one file, to be shown where they stand.
#[must_use]
pub fn highlights(place: &Place<'_>) -> Json {
    let Some((_, target)) = place.name() else { return Json::Null };
    let all = place.snapshot.index.references(target);
    let here = all.iter().filter(|span| span.file == place.file);
    let shown = here.map(|span| {
        json!({ "range": place.snapshot.range(*span), "kind": DocumentHighlightKind::Text })
    });
    json!(shown.collect::<Vec<_>>())
}
