//! Diagnostics as one SARIF 2.1.0 document, for code scanning.

use super::machine::{Place, end_of, word};
use crate::explain;
use mc_syntax::diagnostic::{Diagnostic, Label};
use mc_syntax::source::{SourceSet, Span};
use serde_json::{Value as Json, json};

/// Where the format is described.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The document, in one line; a run without findings has one, too.
#[must_use]
pub fn document(diagnostics: &[&Diagnostic], sources: &SourceSet) -> String {
    let codes = explain::codes();
    let rules: Vec<Json> = codes.iter().map(|(code, meaning)| rule(code, meaning)).collect();
    let results: Vec<Json> = diagnostics
        .iter()
        .map(|diagnostic| {
            let rule = codes.iter().position(|(code, _)| *code == diagnostic.code);
            result(diagnostic, rule, sources)
        })
        .collect();
    let driver = json!({ "name": "mcc", "semanticVersion": env!("CARGO_PKG_VERSION"), "rules": rules });
    let document = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": driver },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{document}\n")
}

fn rule(code: &str, meaning: &str) -> Json {
    let level = if code.starts_with('W') { "warning" } else { "error" };
    let mut rule = json!({
        "id": code,
        "shortDescription": { "text": meaning },
        "defaultConfiguration": { "level": level },
        "properties": { "family": explain::family(code) },
    });
    let page = explain::PAGES.iter().find(|(known, _)| *known == code);
    if let (Some((_, page)), Some(members)) = (page, rule.as_object_mut()) {
        members.insert("help".to_owned(), json!({ "text": format!("mcc explain {code}"), "markdown": page }));
    }
    rule
}

fn result(diagnostic: &Diagnostic, rule: Option<usize>, sources: &SourceSet) -> Json {
    let help = diagnostic.help.iter().map(|help| format!("\n{help}"));
    let text: String = std::iter::once(diagnostic.message.clone()).chain(help).collect();
    let related: Vec<Json> = diagnostic.secondary.iter().map(|label| location(label, sources)).collect();
    let mut result = json!({
        "ruleId": diagnostic.code,
        "level": word(diagnostic.severity),
        "message": { "text": text },
        "locations": [location(&diagnostic.primary, sources)],
    });
    let Some(members) = result.as_object_mut() else { return result };
    if let Some(rule) = rule {
        members.insert("ruleIndex".to_owned(), Json::from(rule));
    }
    if !related.is_empty() {
        members.insert("relatedLocations".to_owned(), Json::from(related));
    }
    if !diagnostic.edits.is_empty() {
        members.insert("fixes".to_owned(), json!([fix(diagnostic, sources)]));
    }
    result
}

fn location(label: &Label, sources: &SourceSet) -> Json {
    let place =
        json!({ "artifactLocation": artifact(label.span, sources), "region": region(label.span, sources) });
    if label.message.is_empty() {
        return json!({ "physicalLocation": place });
    }
    json!({ "physicalLocation": place, "message": { "text": label.message } })
}

/// The edits, a change of a file for each: the edits of a diagnostic apply all or not at all.
fn fix(diagnostic: &Diagnostic, sources: &SourceSet) -> Json {
    let changes = diagnostic.edits.iter().map(|edit| {
        json!({
            "artifactLocation": artifact(edit.span, sources),
            "replacements": [{
                "deletedRegion": region(edit.span, sources),
                "insertedContent": { "text": edit.replacement },
            }],
        })
    });
    let changes: Vec<Json> = changes.collect();
    let description = diagnostic.help.as_deref().unwrap_or(&diagnostic.message);
    json!({ "description": { "text": description }, "artifactChanges": changes })
}

fn region(span: Span, sources: &SourceSet) -> Json {
    let place = Place::of(span, sources);
    let (end_line, end_column) = end_of(span, sources);
    json!({
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": end_line,
        "endColumn": end_column,
        "byteOffset": span.start,
        "byteLength": span.end.saturating_sub(span.start),
    })
}

fn artifact(span: Span, sources: &SourceSet) -> Json {
    json!({ "uri": uri(&Place::of(span, sources).file) })
}

/// A path as a URI: relative to where `mcc` runs, unless it is absolute.
fn uri(path: &str) -> String {
    let mut uri = if path.starts_with('/') { "file://".to_owned() } else { String::new() };
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}
