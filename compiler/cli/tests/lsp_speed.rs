//! How long a keystroke takes in a file of 2,000 lines, from the change to the findings.
//!
//! `cargo test --release -p mcc --test lsp_speed -- --nocapture` prints it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::needless_pass_by_value,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "tests"
)]

#[path = "common/editor.rs"]
mod editor;

use editor::{Columns, Editor, position, uri};
use serde_json::json;
use std::time::{Duration, Instant};

/// How many keys are pressed.
const KEYS: usize = 60;

/// A contract of forty lines.
const CONTRACT: &str = include_str!("lsp/contract.mc");

/// Contracts until there are 2,000 lines.
fn program() -> String {
    let mut text = String::new();
    let mut number = 0;
    while text.lines().count() < 2_000 {
        text.push_str(&CONTRACT.replace("Token", &format!("Token{number}")));
        number += 1;
    }
    text
}

fn show(what: &str, times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    let at = |share: usize| times[(times.len() - 1) * share / 100];
    println!("{what:<42} median {:>6.1?}   95 % {:>6.1?}   most {:>6.1?}", at(50), at(95), at(100));
    at(50)
}

#[test]
fn a_keystroke_in_two_thousand_lines() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().canonicalize().unwrap();
    let file = uri(&place.join("main.mc"));
    let mut editor = Editor::start(&place, Columns::Utf16);
    let mut text = program();
    println!("{} lines, {} bytes", text.lines().count(), text.len());
    editor.open(&file, &text);
    editor.findings_of(&file, 1);
    let key = text.rfind("amount * 2").unwrap() + "amount".len();
    let (mut sound, mut broken, mut asked) = (Vec::new(), Vec::new(), Vec::new());
    for version in 2..i64::try_from(KEYS).unwrap() + 2 {
        // ` ` and ` ` again is sound; a letter behind the name is not.
        let letter = if version % 2 == 0 { "x" } else { " " };
        let at = position(&text, key, editor.columns);
        let end = position(&text, key + 1, editor.columns);
        text.replace_range(key..key + 1, letter);
        let start = Instant::now();
        editor.tell(
            "textDocument/didChange",
            json!({
                "textDocument": { "uri": file, "version": version },
                "contentChanges": [{ "range": { "start": at, "end": end }, "text": letter }],
            }),
        );
        let findings = editor.findings_of(&file, version);
        let took = start.elapsed();
        let errors = findings.as_array().unwrap().iter().any(|it| it["severity"] == 1);
        assert_eq!(errors, letter == "x", "{findings}");
        if errors {
            broken.push(took);
        } else {
            sound.push(took);
        }
        let start = Instant::now();
        editor.ask("textDocument/completion", json!({ "textDocument": { "uri": file }, "position": at }));
        asked.push(start.elapsed());
    }
    let median = show("a key that leaves the program sound", &mut sound);
    show("a key that breaks it", &mut broken);
    show("completion", &mut asked);
    // Ten times what is promised: a busy machine must not fail this, a slow compiler must.
    assert!(median < Duration::from_millis(500), "{median:?}");
    editor.stop();
}
