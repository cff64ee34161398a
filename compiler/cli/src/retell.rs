//! Traces as text and as JSON.

use crate::output::bold;
use crate::render::machine::Place;
use crate::text::{flowed, grouped, padded, words};
use crate::trace::{CallTrace, Failed, Trace};
use mc_syntax::source::{SourceSet, Span};
use serde_json::{Value as Json, json};

/// The cells of a call stand in a column that is at most this wide.
const CELL_MAX: usize = 40;

/// A trace for reading.
#[must_use]
pub fn text(trace: &Trace, sources: &SourceSet) -> String {
    let mut text = String::new();
    trace.calls.iter().for_each(|call| of_call(call, sources, &mut text));
    for (cell, mode) in &trace.untouched {
        text.push_str(&flowed(
            &format!("  {}  ", padded(mode, 5)),
            &[cell.clone(), "not met".to_owned()],
            "  ",
        ));
    }
    text
}

fn of_call(call: &CallTrace, sources: &SourceSet, text: &mut String) {
    let indent = "  ".repeat(call.depth);
    let point = if call.point > 0 { format!("{}. ", call.point) } else { String::new() };
    let head = format!("{indent}{point}{}(", call.name);
    let args = flowed(&head, &named(&call.args), ", ");
    let shown = args.trim_end().replacen(&call.name, &bold(&call.name), 1);
    text.push_str(&format!("{shown})\n"));
    let mut line = |word: &str, parts: &[String], between: &str| {
        text.push_str(&flowed(&format!("{indent}  {}  ", padded(word, 5)), parts, between));
    };
    let widest = call.cells.iter().map(|it| it.cell.chars().count()).filter(|it| *it <= CELL_MAX).max();
    for it in &call.cells {
        let cell = padded(&it.cell, widest.unwrap_or(0));
        let changed = it.before != it.after;
        let held = if changed {
            vec![it.before.clone(), format!("-> {}", it.after)]
        } else {
            vec![it.before.clone()]
        };
        line(&it.mode, &[vec![cell], held].concat(), "  ");
    }
    for (name, fields) in &call.events {
        line("event", &listed(name, fields), " ");
    }
    match &call.ended {
        Ok(result) if result.is_empty() => {}
        Ok(result) => line("gives", &words(&cut(result)), " "),
        Err(failed) => line("fails", &failure(failed, sources), " "),
    }
    let steps = if call.sequence > 0 {
        format!(" of its own, {} steps at most", call.sequence)
    } else {
        String::new()
    };
    line("cost", &[format!("{}{steps}", grouped(call.fuel as usize))], " ");
}

fn named(parts: &[(String, String)]) -> Vec<String> {
    parts.iter().map(|(name, value)| format!("{name}: {}", cut(value))).collect()
}

/// A value with only the first digits of its digests, which nobody reads to the end.
fn cut(value: &str) -> String {
    let mut text = String::new();
    for (number, part) in value.split("0x").enumerate() {
        let digits = part.chars().take_while(char::is_ascii_hexdigit).count();
        let (head, rest) = part.split_at_checked(digits).unwrap_or((part, ""));
        match head.get(..8).filter(|_| number > 0 && digits > 16) {
            Some(first) => text.push_str(&format!("0x{first}…{rest}")),
            None if number > 0 => text.push_str(&format!("0x{part}")),
            None => text.push_str(part),
        }
    }
    text
}

/// `Name(a: 1, b: 2)` in parts that a line may break between.
fn listed(name: &str, fields: &[(String, String)]) -> Vec<String> {
    let fields = named(fields);
    let count = fields.len();
    let ends = fields.into_iter().enumerate().map(|(number, field)| {
        let open = if number == 0 { format!("{name}(") } else { String::new() };
        format!("{open}{field}{}", if number + 1 == count { ")" } else { "," })
    });
    let parts: Vec<String> = ends.collect();
    if parts.is_empty() { vec![name.to_owned()] } else { parts }
}

fn failure(failed: &Failed, sources: &SourceSet) -> Vec<String> {
    let mut parts = listed(&failed.error, &failed.payload);
    if let Some(site) = &failed.site {
        parts.push(format!("at {}", place(site.span, sources)));
        parts.extend(site.calls.iter().rev().map(|call| format!("called at {}", place(*call, sources))));
    }
    parts
}

/// `src/token.mc:12:9`
#[must_use]
pub fn place(span: Span, sources: &SourceSet) -> String {
    let Place { file, line, column, .. } = Place::of(span, sources);
    format!("{file}:{line}:{column}")
}

/// Puts a trace into an object for machines.
pub fn json(trace: &Trace, sources: &SourceSet, line: &mut Json) {
    let calls: Vec<Json> = trace.calls.iter().map(|call| call_json(call, sources)).collect();
    let untouched: Vec<Json> =
        trace.untouched.iter().map(|(cell, mode)| json!({ "cell": cell, "mode": mode })).collect();
    if let Some(object) = line.as_object_mut() {
        object.insert("calls".to_owned(), Json::from(calls));
        object.insert("not_met".to_owned(), Json::from(untouched));
    }
}

fn call_json(call: &CallTrace, sources: &SourceSet) -> Json {
    let parts = |parts: &[(String, String)]| -> Vec<Json> {
        parts.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect()
    };
    let cells: Vec<Json> = call
        .cells
        .iter()
        .map(|it| json!({ "cell": it.cell, "mode": it.mode, "before": it.before, "after": it.after }))
        .collect();
    let events: Vec<Json> =
        call.events.iter().map(|(name, fields)| json!({ "event": name, "fields": parts(fields) })).collect();
    let places: Vec<Json> = call
        .places
        .iter()
        .filter(|(path, fuel)| !path.is_empty() && **fuel > 0)
        .map(|(path, fuel)| {
            let path: Vec<Place> = path.iter().map(|span| Place::of(*span, sources)).collect();
            json!({ "path": path, "fuel": fuel })
        })
        .collect();
    let failed = call.ended.as_ref().err().map(|failed| {
        json!({
            "error": failed.error, "payload": parts(&failed.payload),
            "place": failed.site.as_ref().map(|site| Place::of(site.span, sources)),
            "calls": failed.site.iter().flat_map(|site| &site.calls)
                .map(|span| Place::of(*span, sources)).collect::<Vec<Place>>(),
        })
    });
    json!({
        "name": call.name, "entry": call.entry, "depth": call.depth, "point": call.point,
        "sequence": call.sequence, "args": parts(&call.args), "cells": cells, "events": events,
        "result": call.ended.as_ref().ok(), "failure": failed, "fuel": call.fuel, "places": places,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_digests_are_cut() {
        let digest = format!("0x{}", "3c".repeat(32));
        assert_eq!(cut(&format!("some({digest})")), "some(0x3c3c3c3c…)");
        assert_eq!(cut(&format!("[{digest}, {digest}]")), "[0x3c3c3c3c…, 0x3c3c3c3c…]");
        assert_eq!(cut("0xff and 10"), "0xff and 10");
        assert_eq!(cut("alice"), "alice");
    }
}
