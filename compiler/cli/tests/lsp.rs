//! The language server, asked by fixtures: each file of `editors/lsp/fixtures` is opened in the real server, and the
//! answers to the requests in it are compared with a snapshot.
//!
//! `//   ^ hover` asks about the letter above the `^`, `//= symbols` about the whole file, and `// file: other.mc`
//! starts another file. Every fixture is run with columns of bytes and with columns of UTF-16, and the answers
//! must point at the same text.

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
#[path = "lsp/fixture.rs"]
mod fixture;
#[path = "lsp/shown.rs"]
mod shown;

use editor::{Columns, Editor, position, uri};
use fixture::{Fixture, Request};
use serde_json::{Value as Json, json};
use std::path::Path;

/// The answers to the requests of a fixture.
fn answers(fixture: &Fixture, columns: Columns) -> String {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().canonicalize().unwrap();
    for (name, text) in &fixture.files {
        let path = place.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let mut editor = Editor::start(&place, columns);
    for (name, text) in fixture.files.iter().filter(|(name, _)| name.ends_with(".mc")) {
        editor.open(&uri(&place.join(name)), text);
    }
    let mut told = String::new();
    for request in &fixture.requests {
        let file = uri(&place.join(&request.file));
        let answer = ask(&mut editor, &file, fixture.text(&request.file), request);
        let shown = shown::Shown { fixture, place: &place, columns, request, legend: &editor.legend };
        told.push_str(&shown.answer(&answer));
    }
    editor.stop();
    told
}

fn ask(editor: &mut Editor, file: &str, text: &str, request: &Request) -> Result<Json, String> {
    let at = position(text, request.offset, editor.columns);
    let whole = json!({
        "start": position(text, 0, editor.columns), "end": position(text, text.len(), editor.columns),
    });
    let mut params = json!({ "textDocument": { "uri": file }, "position": at });
    let method = match request.what.as_str() {
        "diagnostics" => return Ok(editor.findings_of(file, 1)),
        "hover" => "textDocument/hover",
        "definition" => "textDocument/definition",
        "type" => "textDocument/typeDefinition",
        "references" => {
            params["context"] = json!({ "includeDeclaration": true });
            "textDocument/references"
        }
        "highlights" => "textDocument/documentHighlight",
        "prepare" => "textDocument/prepareRename",
        "rename" => {
            params["newName"] = json!(request.argument);
            "textDocument/rename"
        }
        "complete" => "textDocument/completion",
        "signature" => "textDocument/signatureHelp",
        "symbols" => "textDocument/documentSymbol",
        "workspace" => {
            params = json!({ "query": request.argument });
            "workspace/symbol"
        }
        "format" => "textDocument/formatting",
        "folding" => "textDocument/foldingRange",
        "selection" => {
            params["positions"] = json!([at]);
            "textDocument/selectionRange"
        }
        "lens" => "textDocument/codeLens",
        "tokens" => "textDocument/semanticTokens/full",
        "inlay" => {
            params["range"] = whole;
            "textDocument/inlayHint"
        }
        "actions" => {
            params["range"] = json!({ "start": at, "end": at });
            params["context"] = json!({ "diagnostics": [] });
            if !request.argument.is_empty() {
                params["context"]["only"] = json!([request.argument]);
            }
            "textDocument/codeAction"
        }
        "conflicts" => "mc/conflicts",
        "command" => {
            let (name, argument) = request.argument.split_once(' ').unwrap_or((&request.argument, ""));
            params = json!({ "command": name, "arguments": [file, argument] });
            "workspace/executeCommand"
        }
        other => panic!("no request `{other}`"),
    };
    editor.try_ask(method, params)
}

#[test]
fn fixtures_are_answered() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../editors/lsp/fixtures");
    let mut paths: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "mc"));
    paths.sort();
    assert!(paths.len() >= 10, "{} fixtures", paths.len());
    for path in paths {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let fixture = Fixture::read(&std::fs::read_to_string(&path).unwrap());
        assert!(!fixture.requests.is_empty(), "{name} asks nothing");
        let told = answers(&fixture, Columns::Utf16);
        assert_eq!(told, answers(&fixture, Columns::Utf8), "{name}: columns change the answers");
        let snapshots = folder.join("snapshots");
        insta::with_settings!({ omit_expression => true, snapshot_path => snapshots, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(name, told);
        });
    }
    for snapshot in std::fs::read_dir(folder.join("snapshots")).unwrap() {
        let name = snapshot.unwrap().file_name().into_string().unwrap();
        let fixture = folder.join(name.replace(".snap", ".mc"));
        assert!(fixture.exists(), "{name} has no fixture");
    }
}

#[test]
fn the_matrix_is_that_of_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().canonicalize().unwrap();
    let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../stdlib/examples/shop");
    let main = shop.canonicalize().unwrap();
    let source = std::fs::read_dir(main.join("src")).unwrap().map(|entry| entry.unwrap().path());
    let source = source.filter(|path| path.extension().is_some_and(|it| it == "mc")).min().unwrap();
    let mut editor = Editor::start(&place, Columns::Utf16);
    let asked = editor.ask("mc/conflicts", json!({ "textDocument": { "uri": uri(&source) } }));
    let printed = std::process::Command::new(env!("CARGO_BIN_EXE_mcc"))
        .args(["conflicts", main.to_str().unwrap(), "--format", "json"])
        .output()
        .unwrap();
    let printed: Json = serde_json::from_slice(&printed.stdout).unwrap();
    assert_eq!(asked, printed);
    editor.stop();
}

#[test]
fn what_is_cancelled_or_outdated_is_not_answered() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().canonicalize().unwrap();
    let file = uri(&place.join("a.mc"));
    let mut editor = Editor::start(&place, Columns::Utf16);
    // Long enough that what follows arrives while it is compiled.
    let text: String = (0..400).map(|n| format!("contract A{n} {{ entry f() {{ }} }}\n")).collect();
    editor.open(&file, &text);
    let at = json!({ "textDocument": { "uri": file }, "position": { "line": 0, "character": 9 } });
    let first = editor.send_request("textDocument/hover", at.clone());
    let cancelled = editor.send_request("textDocument/hover", at.clone());
    let outdated = editor.send_request("textDocument/hover", at.clone());
    editor.tell("$/cancelRequest", json!({ "id": cancelled }));
    editor.tell(
        "textDocument/didChange",
        json!({
            "textDocument": { "uri": file, "version": 2 },
            "contentChanges": [{ "text": "contract B { }\n" }],
        }),
    );
    let last = editor.send_request("textDocument/hover", at);
    while !editor.answers.contains_key(&last) {
        editor.wait();
    }
    assert_eq!(editor.findings_of(&file, 2), json!([]));
    assert!(editor.answers.contains_key(&first));
    let code = |editor: &Editor, id: i64| editor.answers[&id]["error"]["code"].as_i64();
    assert!([Some(-32800), None].contains(&code(&editor, cancelled)), "{:?}", editor.answers[&cancelled]);
    assert!([Some(-32801), None].contains(&code(&editor, outdated)), "{:?}", editor.answers[&outdated]);
    assert!(editor.answers[&last].to_string().contains("contract B"), "{:?}", editor.answers[&last]);
    editor.stop();
}

#[test]
fn folders_and_projects_are_kept_apart() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().canonicalize().unwrap();
    for project in ["one", "two"] {
        std::fs::create_dir_all(place.join(project).join("src")).unwrap();
        let manifest = format!("[project]\nname = \"{project}\"\n");
        std::fs::write(place.join(project).join("mcc.toml"), manifest).unwrap();
        std::fs::write(
            place.join(project).join("src/types.mc"),
            format!("struct Only_{project} {{ n: u64 }}\n"),
        )
        .unwrap();
    }
    let mut editor = Editor::start(&place, Columns::Utf16);
    let main = "import { Only_one } from \"./types\";\ncontract A { state x: Only_one?; }\n";
    let main = main.replace("./types", "./types.mc");
    for project in ["one", "two"] {
        // Not on the disk: a file that was never saved belongs to the project of its folder.
        editor.open(&uri(&place.join(project).join("src/main.mc")), &main);
    }
    let one = editor.findings_of(&uri(&place.join("one/src/main.mc")), 1);
    assert!(!one.to_string().contains("E0"), "{one}");
    let two = editor.findings_of(&uri(&place.join("two/src/main.mc")), 1);
    assert!(two.to_string().contains("E0102"), "{two}");
    let found = editor.ask("workspace/symbol", json!({ "query": "Only_" })).to_string();
    assert!(found.contains("Only_one") && found.contains("Only_two"), "{found}");
    // A text that is in no folder at all.
    editor.open("untitled:Untitled-1", "contract A { entry f() { x = 1; } }\n");
    assert!(editor.findings_of("untitled:Untitled-1", 1).to_string().contains("E0101"));
    // Its findings go with it.
    editor.tell("textDocument/didClose", json!({ "textDocument": { "uri": "untitled:Untitled-1" } }));
    while editor.findings["untitled:Untitled-1"]["diagnostics"] != json!([]) {
        editor.wait();
    }
    editor.stop();
}

#[test]
fn a_change_on_the_disk_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().canonicalize().unwrap();
    let (main, other) = (place.join("main.mc"), place.join("other.mc"));
    std::fs::write(&other, "struct Thing { n: u64 }\n").unwrap();
    let mut editor = Editor::start(&place, Columns::Utf16);
    editor.open(
        &uri(&main),
        "import { Thing } from \"./other.mc\";\ncontract A { state x: Thing?; entry f() { x = none; } }\n",
    );
    let before = editor.findings_of(&uri(&main), 1);
    assert!(!before.to_string().contains("E0102"), "{before}");
    std::fs::write(&other, "struct Other { n: u64 }\n").unwrap();
    editor.findings.clear();
    editor.tell("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": uri(&other), "type": 2 }] }));
    assert!(editor.findings_of(&uri(&main), 1).to_string().contains("E0102"));
    editor.stop();
}

#[test]
fn what_is_not_open_is_found_and_renamed() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().canonicalize().unwrap();
    let write = |name: &str, text: &str| std::fs::write(place.join(name), text).unwrap();
    let types = "struct Order { price: u64 }\n";
    write("types.mc", types);
    write(
        "shop.mc",
        "import { Order as Paid } from \"./types.mc\";\n\
         contract Shop { state last: Paid?; view last_one() -> Paid? { return last; } }\n",
    );
    // It imports no `types.mc`, and names a field that stands there.
    write(
        "desk.mc",
        "import { Shop } from \"./shop.mc\";\n\
         compose Ask() -> u64 uses shop: Shop {\n    step one = shop.last_one();\n    \
         return match one { some(it) => it.price, none => 0 };\n}\n",
    );
    write("alone.mc", "contract Alone { entry order() { } }\n");
    std::fs::create_dir(place.join("target")).unwrap();
    write("target/copy.mc", types);
    let file = uri(&place.join("types.mc"));
    let mut editor = Editor::start(&place, Columns::Utf16);
    editor.open(&file, types);
    assert_eq!(editor.findings_of(&file, 1), json!([]));

    let names = |found: &Json| -> Vec<String> {
        found.as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&editor.ask("workspace/symbol", json!({ "query": "order" }))), ["order", "Order"]);
    write("alone.mc", "contract Alone { entry reorder_all() { } }\n");
    assert_eq!(names(&editor.ask("workspace/symbol", json!({ "query": "order" }))), ["reorder_all", "Order"]);

    let at = |text: &str, name: &str| {
        let position = position(text, text.find(name).unwrap(), Columns::Utf16);
        json!({ "textDocument": { "uri": file }, "position": position, "newName": "cost" })
    };
    let renamed = editor.ask("textDocument/rename", at(types, "price"));
    let files: Vec<&String> = renamed["changes"].as_object().unwrap().keys().collect();
    assert_eq!(files, [&uri(&place.join("desk.mc")), &file], "{renamed}");
    // `Paid` is what the other file calls it: a name of the same, and one of its own.
    let found = editor.ask("textDocument/references", at(types, "Order"));
    assert_eq!(found.as_array().unwrap().len(), 5, "{found}");
    let renamed = editor.ask("textDocument/rename", at(types, "Order"));
    assert_eq!(renamed["changes"].as_object().unwrap().len(), 2, "{renamed}");
    let shop = uri(&place.join("shop.mc"));
    assert_eq!(renamed["changes"][&shop].as_array().unwrap().len(), 1, "{renamed}");
    // Nobody looks at what was read for that.
    assert!(!editor.findings.contains_key(&shop), "{:?}", editor.findings);
    editor.stop();
}
