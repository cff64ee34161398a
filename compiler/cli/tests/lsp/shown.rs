//! Answers as text for people: every place with the text it covers, so that a reader sees what is meant.

use crate::editor::{Columns, offset};
use crate::fixture::{Fixture, Request};
use serde_json::Value as Json;
use std::fmt::Write;
use std::path::Path;

/// How answers are shown.
pub struct Shown<'s> {
    pub fixture: &'s Fixture,
    pub place: &'s Path,
    pub columns: Columns,
    pub request: &'s Request,
    pub legend: &'s Json,
}

/// More of a text is not shown.
const TEXT_MAX: usize = 40;
/// More choices are counted only.
const CHOICES_MAX: usize = 24;

impl Shown<'_> {
    /// The request with the line it points at, then its answer.
    pub fn answer(&self, answer: &Result<Json, String>) -> String {
        let mut text = String::new();
        let source = self.fixture.text(&self.request.file);
        let asked = format!("{} {}", self.request.what, self.request.argument);
        writeln!(text, "--- {}", asked.trim()).unwrap();
        if !self.request.whole {
            let start = source[..self.request.offset].rfind('\n').map_or(0, |at| at + 1);
            let line = source[start..].lines().next().unwrap_or_default();
            let column = source[start..self.request.offset].chars().count();
            let blanks = line.chars().take_while(|letter| *letter == ' ').count();
            writeln!(text, "    {}\n    {}^", line.trim_start(), " ".repeat(column - blanks.min(column)))
                .unwrap();
        }
        match answer {
            Err(why) => writeln!(text, "refused: {why}").unwrap(),
            Ok(Json::Null) => text.push_str("nothing\n"),
            Ok(answer) => match self.request.what.as_str() {
                "complete" => choices(answer, &mut text),
                "tokens" => self.tokens(answer, &mut text),
                "hover" => text.push_str(answer["contents"]["value"].as_str().unwrap().trim_end()),
                _ => self.value(answer, &self.request.file, 0, &mut text),
            },
        }
        if text.trim_end().ends_with(['^']) || text.lines().count() == 1 {
            text.push_str("nothing\n");
        }
        format!("{}\n\n", text.trim_end())
    }

    /// A value, whose places are in `file` unless it says otherwise.
    fn value(&self, value: &Json, file: &str, depth: usize, text: &mut String) {
        let indent = "  ".repeat(depth);
        match value {
            Json::Object(_) if is_range(value) => {
                writeln!(text, "{indent}{}", self.range(file, value)).unwrap();
            }
            Json::Object(fields) => {
                let of = fields.get("uri").and_then(Json::as_str).map(|uri| self.name(uri));
                let file = of.as_deref().unwrap_or(file);
                for (key, value) in fields {
                    match value {
                        Json::Null => {}
                        Json::Array(all) if all.is_empty() => {}
                        Json::String(text) if text.is_empty() => {}
                        value if is_range(value) => {
                            writeln!(text, "{indent}{key}: {}", self.range(file, value)).unwrap();
                        }
                        value if value.get("line").is_some() => {
                            writeln!(text, "{indent}{key}: {}", self.point(value)).unwrap();
                        }
                        Json::Object(_) | Json::Array(_) => {
                            let name = self.name(key);
                            writeln!(text, "{indent}{name}:").unwrap();
                            let file = if key.starts_with("file://") { &name } else { file };
                            self.value(value, file, depth + 1, text);
                        }
                        value => writeln!(text, "{indent}{key}: {}", self.plain(value)).unwrap(),
                    }
                }
            }
            Json::Array(all) => {
                for value in all {
                    let mut inner = String::new();
                    self.value(value, file, depth + 1, &mut inner);
                    let inner = inner.trim_start();
                    write!(text, "{indent}- {inner}").unwrap();
                }
            }
            value => writeln!(text, "{indent}{}", self.plain(value)).unwrap(),
        }
    }

    fn plain(&self, value: &Json) -> String {
        match value {
            Json::String(text) if text.starts_with("file://") => self.name(text),
            Json::String(text) if text.contains('\n') => format!("{text:?}"),
            Json::String(text) => text.replace(self.place.to_str().unwrap(), "."),
            other => other.to_string(),
        }
    }

    /// The name of a file without the folder of this run.
    fn name(&self, uri: &str) -> String {
        let folder = format!("file://{}/", self.place.display());
        uri.strip_prefix(&folder).unwrap_or(uri).to_owned()
    }

    fn point(&self, position: &Json) -> String {
        let source = self.fixture.text(&self.request.file);
        let at = offset(source, position, self.columns);
        let start = source[..at].rfind('\n').map_or(0, |at| at + 1);
        let column = source[start..at].chars().count() + 1;
        format!("{}:{column}", position["line"].as_u64().unwrap() + 1)
    }

    /// `3:5 "total"`
    fn range(&self, file: &str, range: &Json) -> String {
        let known = self.fixture.files.iter().find(|(name, _)| name == file);
        let Some((_, source)) = known else {
            return format!("line {}", range["start"]["line"].as_u64().unwrap() + 1);
        };
        let start = offset(source, &range["start"], self.columns);
        let end = offset(source, &range["end"], self.columns);
        let line_start = source[..start].rfind('\n').map_or(0, |at| at + 1);
        let column = source[line_start..start].chars().count() + 1;
        let inside: String = source[start..end].split_whitespace().collect::<Vec<_>>().join(" ");
        let cut: String = inside.chars().take(TEXT_MAX).collect();
        let more = if cut.len() < inside.len() { "…" } else { "" };
        format!("{}:{column} `{cut}{more}`", range["start"]["line"].as_u64().unwrap() + 1)
    }

    fn tokens(&self, answer: &Json, text: &mut String) {
        let data: Vec<u64> =
            answer["data"].as_array().unwrap().iter().map(|it| it.as_u64().unwrap()).collect();
        let names = |of: &str| -> Vec<&str> {
            self.legend[of].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect()
        };
        let (types, modifiers) = (names("tokenTypes"), names("tokenModifiers"));
        let (mut line, mut column) = (0, 0);
        for token in data.chunks(5) {
            column = if token[0] == 0 { column + token[1] } else { token[1] };
            line += token[0];
            let at = |character: u64| serde_json::json!({ "line": line, "character": character });
            let range = serde_json::json!({ "start": at(column), "end": at(column + token[2]) });
            let bits = modifiers.iter().enumerate().filter(|(bit, _)| token[4] & (1 << bit) != 0);
            let bits: Vec<&str> = bits.map(|(_, name)| *name).collect();
            let shown = self.range(&self.request.file, &range);
            writeln!(text, "{shown} {} {}", types[usize::try_from(token[3]).unwrap()], bits.join(" "))
                .unwrap();
        }
    }
}

fn is_range(value: &Json) -> bool {
    value["start"].get("line").and(value["end"].get("line")).is_some()
}

/// The choices in the order in which an editor shows them.
fn choices(answer: &Json, text: &mut String) {
    let mut all: Vec<&Json> = answer.as_array().unwrap().iter().collect();
    all.sort_by_key(|item| item["sortText"].as_str().unwrap().to_owned());
    for item in all.iter().take(CHOICES_MAX) {
        let detail = item["detail"].as_str().unwrap_or_default();
        let import = item["additionalTextEdits"][0]["newText"].as_str().map(|edit| format!("  + {edit:?}"));
        writeln!(text, "{}  {detail}{}", item["label"].as_str().unwrap(), import.unwrap_or_default())
            .unwrap();
    }
    if all.len() > CHOICES_MAX {
        writeln!(text, "and {} more", all.len() - CHOICES_MAX).unwrap();
    }
}
