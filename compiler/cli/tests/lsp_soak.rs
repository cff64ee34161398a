//! The language server under random edits and requests: it never ends, answers about the text as it is, and needs no
//! more memory the longer it runs.
//!
//! `MCC_EDITS=20000 MCC_SEED=7 cargo test --release -p mcc --test lsp_soak -- --nocapture` is a long run.

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
use mcc::compile::analyse;
use mcc::project::Project;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};

/// What is put in: words, halves of constructs, and letters of several bytes.
const PIECES: [&str; 24] = [
    ".",
    "(",
    ")",
    "{",
    "}",
    ";",
    "\n",
    " ",
    "entry g(x: u64) { total += x; }\n",
    "let y = ",
    "self.",
    "// 接收者 🎉\n",
    "state extra: u64;\n",
    "total",
    "balances[caller]",
    "+= 1;",
    "\"",
    "/*",
    "import { Token } from \"std/token\";\n",
    "match x {",
    "@parallel\n",
    "0x",
    "emit ",
    "🎉",
];

/// What is asked at a place.
const AT_PLACE: [&str; 8] = [
    "hover",
    "definition",
    "typeDefinition",
    "completion",
    "signatureHelp",
    "references",
    "prepareRename",
    "documentHighlight",
];

/// What is asked of a file.
const OF_FILE: [&str; 6] =
    ["documentSymbol", "codeLens", "semanticTokens/full", "foldingRange", "formatting", "inlayHint"];

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// The kilobytes that a process holds.
fn memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// A byte of the text where a letter begins.
fn somewhere(random: &mut SmallRng, text: &str) -> usize {
    let mut at = random.random_range(0..=text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A text that is being written, and what the editor knows of it.
struct Typing {
    file: PathBuf,
    text: String,
    version: i64,
}

impl Typing {
    fn edit(&mut self, random: &mut SmallRng, editor: &mut Editor, original: &str) {
        let (start, piece) = (somewhere(random, &self.text), PIECES[random.random_range(0..PIECES.len())]);
        let reach = if random.random_bool(0.4) { random.random_range(0..30) } else { 0 };
        let mut end = (start + reach).min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end += 1;
        }
        self.version += 1;
        let whole = self.text.len() > 3 * original.len() || random.random_bool(0.01);
        let change = if whole {
            self.text = original.to_owned();
            json!({ "text": original })
        } else {
            let piece = if random.random_bool(0.7) { piece } else { "" };
            let range = json!({
                "start": position(&self.text, start, editor.columns),
                "end": position(&self.text, end, editor.columns),
            });
            self.text.replace_range(start..end, piece);
            json!({ "range": range, "text": piece })
        };
        editor.tell("textDocument/didChange", json!({
            "textDocument": { "uri": uri(&self.file), "version": self.version }, "contentChanges": [change],
        }));
    }

    fn ask(&self, random: &mut SmallRng, editor: &mut Editor) -> i64 {
        let at = position(&self.text, somewhere(random, &self.text), editor.columns);
        let end = position(&self.text, self.text.len(), editor.columns);
        let mut params = json!({
            "textDocument": { "uri": uri(&self.file) }, "position": at, "context": { "includeDeclaration": true },
        });
        let method = match random.random_range(0..18) {
            number @ 0..8 => AT_PLACE[number],
            number @ 8..14 => {
                params["range"] = json!({ "start": { "line": 0, "character": 0 }, "end": end });
                OF_FILE[number - 8]
            }
            14 => {
                params["newName"] = json!("another");
                "rename"
            }
            15 => {
                params["positions"] = json!([at]);
                "selectionRange"
            }
            16 => {
                params["range"] = json!({ "start": at, "end": at });
                "codeAction"
            }
            _ => return editor.send_request("workspace/symbol", json!({ "query": "a" })),
        };
        editor.send_request(&format!("textDocument/{method}"), params)
    }

    /// The findings are those of a compilation from nothing.
    fn compare(&self, editor: &mut Editor, seed: u64) {
        let told = editor.findings_of(&uri(&self.file), self.version);
        std::fs::write(&self.file, &self.text).unwrap();
        let project = Project::of_paths(std::slice::from_ref(&self.file)).unwrap();
        let fresh = analyse(&project).unwrap();
        let main = fresh.sources.find(self.file.to_str().unwrap()).unwrap();
        let own = fresh.diagnostics.iter().filter(|it| it.primary.span.file == main);
        let expected: Vec<(String, Json)> = own
            .map(|it| {
                let at = usize::try_from(it.primary.span.start).unwrap();
                (it.code.to_owned(), position(&self.text, at, editor.columns))
            })
            .collect();
        let told: Vec<(String, Json)> = told
            .as_array()
            .unwrap()
            .iter()
            .map(|it| (it["code"].as_str().unwrap().to_owned(), it["range"]["start"].clone()))
            .collect();
        assert_eq!(told, expected, "MCC_SEED={seed}, version {} of\n{}", self.version, self.text);
    }
}

/// Lets an editor type at random; gives what its server holds at the end.
fn soak(original: &str, seed: u64, edits: u64, columns: Columns) {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().canonicalize().unwrap();
    let mut random = SmallRng::seed_from_u64(seed);
    let mut editor = Editor::start(&place, columns);
    let mut typing = Typing { file: place.join("main.mc"), text: original.to_owned(), version: 1 };
    editor.open(&uri(&typing.file), original);
    let (mut warm, mut asked) = (0, 0_u64);
    for number in 0..edits {
        typing.edit(&mut random, &mut editor, original);
        for _ in 0..random.random_range(0..3) {
            let id = typing.ask(&mut random, &mut editor);
            asked += 1;
            if random.random_bool(0.2) {
                editor.tell("$/cancelRequest", json!({ "id": id }));
            }
        }
        if number % 25 == 24 {
            typing.compare(&mut editor, seed);
            for (id, answer) in std::mem::take(&mut editor.answers) {
                let bug = answer["error"]["code"].as_i64() == Some(-32603);
                assert!(!bug, "MCC_SEED={seed}: request {id}: {answer}\n{}", typing.text);
            }
            editor.findings.clear();
            typing.version += 1;
            let change = json!([{ "text": typing.text }]);
            editor.tell("textDocument/didChange", json!({
                "textDocument": { "uri": uri(&typing.file), "version": typing.version }, "contentChanges": change,
            }));
        }
        if number == edits / 3 {
            warm = memory(editor.process());
        }
    }
    let held = memory(editor.process());
    println!(
        "seed {seed}: {edits} edits, {asked} requests; memory {warm} kB after a third, {held} kB at the end"
    );
    assert!(held < warm + warm / 2 + 32 * 1024, "memory grows: {warm} kB, then {held} kB");
    editor.stop();
}

#[test]
fn random_edits_and_requests() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../editors/lsp/fixtures");
    let edits = number("MCC_EDITS", 300);
    let seed = number("MCC_SEED", 1);
    for (number, name) in (0..).zip(["token.mc", "types.mc", "app.mc"]) {
        let text = std::fs::read_to_string(fixtures.join(name)).unwrap();
        let columns = if number % 2 == 0 { Columns::Utf16 } else { Columns::Utf8 };
        soak(&text, seed + number, edits, columns);
    }
}
