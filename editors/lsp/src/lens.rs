//! Above what can be called: what it touches, what it conflicts with; above a test: run it.

use crate::analysis::Snapshot;
use crate::host::{Effects, Host};
use crate::index::Kind;
use mc_syntax::source::FileId;
use serde_json::{Value as Json, json};

/// A line is not longer than this, so that it stays on the screen.
const SHOWN_MAX: usize = 100;

/// The lenses of a file.
#[must_use]
pub fn answer(snapshot: &Snapshot, host: &dyn Host, file: FileId) -> Json {
    let mut lenses: Vec<Json> = Vec::new();
    let mut lens = |range: Json, title: String, command: &str, arguments: Json| {
        let command = json!({ "title": title, "command": command, "arguments": arguments });
        lenses.push(json!({ "range": range, "command": command }));
    };
    for effects in snapshot.effects(host).iter().filter(|effects| effects.name.file == file) {
        let range = json!(snapshot.range(effects.name));
        let at = json!([snapshot.uri(file), effects.call]);
        lens(range.clone(), touches(effects), "mcc.showEffects", at.clone());
        lens(range, conflicts(effects), "mcc.showConflicts", at);
    }
    let declarations = snapshot.index.declarations.values();
    for test in declarations.filter(|it| it.kind == Kind::Test && it.span.file == file) {
        let arguments = json!([snapshot.uri(file), test.name]);
        lens(json!(snapshot.range(test.span)), "▶ run test".to_owned(), "mcc.runTest", arguments);
    }
    json!(lenses)
}

/// The access set in a line.
fn touches(effects: &Effects) -> String {
    let mut title = String::new();
    for (number, change) in effects.changes.iter().enumerate() {
        let next = if number == 0 { change.clone() } else { format!("{title} · {change}") };
        if next.chars().count() > SHOWN_MAX {
            return format!("{title} · and {} more", effects.changes.len() - number);
        }
        title = next;
    }
    match (title.is_empty(), effects.reads) {
        (true, 0) => "touches no state".to_owned(),
        (true, 1) => "reads 1 cell".to_owned(),
        (true, reads) => format!("reads {reads} cells"),
        (false, 0) => title,
        (false, reads) => format!("{title} · reads {reads}"),
    }
}

fn conflicts(effects: &Effects) -> String {
    match effects.conflicts.len() {
        0 => "conflicts with nothing".to_owned(),
        1 => "conflicts with 1 entry".to_owned(),
        count => format!("conflicts with {count} entries"),
    }
}
