//! An editor that speaks to the real `mcc lsp` over its stdin and stdout.

use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Longer than any answer takes, also on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// What columns count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Columns {
    Utf8,
    Utf16,
}

/// A running server, and what it has told of each text.
pub struct Editor {
    server: Child,
    stdin: ChildStdin,
    messages: Receiver<Json>,
    next: i64,
    pub columns: Columns,
    /// The last findings, by uri.
    pub findings: BTreeMap<String, Json>,
    /// The answers that were not waited for, by the number of their request.
    pub answers: BTreeMap<i64, Json>,
    /// What the server showed.
    pub shown: Vec<String>,
    /// What the numbers of semantic tokens mean.
    pub legend: Json,
}

impl Editor {
    /// Starts the server in a folder.
    pub fn start(folder: &Path, columns: Columns) -> Self {
        let mut server = Command::new(env!("CARGO_BIN_EXE_mcc"))
            .arg("lsp")
            .arg("--carried")
            .arg(folder.join("carried"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let stdin = server.stdin.take().unwrap();
        let mut stdout = BufReader::new(server.stdout.take().unwrap());
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            while let Some(message) = receive(&mut stdout) {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        let mut editor = Self {
            server,
            stdin,
            messages,
            next: 0,
            columns,
            findings: BTreeMap::new(),
            answers: BTreeMap::new(),
            shown: Vec::new(),
            legend: Json::Null,
        };
        let offered = match columns {
            Columns::Utf8 => json!(["utf-8", "utf-16"]),
            Columns::Utf16 => json!(["utf-16"]),
        };
        let said = editor.ask(
            "initialize",
            json!({
                "processId": null,
                "rootUri": null,
                "capabilities": { "general": { "positionEncodings": offered } },
                "workspaceFolders": [{ "uri": uri(folder), "name": "folder" }],
            }),
        );
        let agreed = said["capabilities"]["positionEncoding"].as_str();
        assert_eq!(agreed, Some(if columns == Columns::Utf8 { "utf-8" } else { "utf-16" }));
        editor.legend = said["capabilities"]["semanticTokensProvider"]["legend"].clone();
        editor.tell("initialized", json!({}));
        editor
    }

    /// The number of the server's process.
    pub fn process(&self) -> u32 {
        self.server.id()
    }

    /// Sends a request and waits for its answer, which must not be a failure.
    pub fn ask(&mut self, method: &str, params: Json) -> Json {
        let answer = self.try_ask(method, params);
        answer.unwrap_or_else(|why| panic!("{method}: {why}"))
    }

    /// Sends a request and waits for its answer.
    pub fn try_ask(&mut self, method: &str, params: Json) -> Result<Json, String> {
        let id = self.send_request(method, params);
        while !self.answers.contains_key(&id) {
            self.wait();
        }
        let answer = self.answers.remove(&id).unwrap();
        match answer.get("error") {
            Some(error) => Err(error["message"].as_str().unwrap_or_default().to_owned()),
            None => Ok(answer["result"].clone()),
        }
    }

    /// Sends a request without waiting.
    pub fn send_request(&mut self, method: &str, params: Json) -> i64 {
        self.next += 1;
        let id = self.next;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        id
    }

    /// Sends a notification.
    pub fn tell(&mut self, method: &str, params: Json) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Opens a text.
    pub fn open(&mut self, uri: &str, text: &str) {
        let document = json!({ "uri": uri, "languageId": "mc", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// Waits for the findings of a version of a text.
    pub fn findings_of(&mut self, uri: &str, version: i64) -> Json {
        while self.findings.get(uri).is_none_or(|told| told["version"].as_i64() != Some(version)) {
            self.wait();
        }
        self.findings[uri]["diagnostics"].clone()
    }

    fn send(&mut self, message: &Json) {
        let body = message.to_string();
        write!(self.stdin, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        self.stdin.flush().unwrap();
    }

    /// Takes in one message.
    pub fn wait(&mut self) {
        let message = self.messages.recv_timeout(PATIENCE).expect("the server says nothing");
        if let Some(id) = message.get("id").and_then(Json::as_i64) {
            self.answers.insert(id, message);
        } else if message["method"] == "textDocument/publishDiagnostics" {
            let params = message["params"].clone();
            self.findings.insert(params["uri"].as_str().unwrap().to_owned(), params);
        } else if message["method"] == "window/showMessage" {
            self.shown.push(message["params"]["message"].as_str().unwrap().to_owned());
        }
    }

    /// Says goodbye; the server ends as it should.
    pub fn stop(mut self) {
        self.ask("shutdown", Json::Null);
        self.tell("exit", Json::Null);
        assert!(self.server.wait().unwrap().success());
    }
}

fn receive(stdout: &mut impl BufRead) -> Option<Json> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        stdout.read_line(&mut line).ok().filter(|read| *read > 0)?;
        match line.trim_end() {
            "" => break,
            head => {
                if let Some(found) = head.strip_prefix("Content-Length: ") {
                    length = found.parse().unwrap();
                }
            }
        }
    }
    let mut body = vec![0; length];
    stdout.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

/// What an editor calls a file.
pub fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// Where a byte of a text is, as the editor counts.
pub fn position(text: &str, offset: usize, columns: Columns) -> Json {
    let before = &text[..offset];
    let line = before.matches('\n').count();
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let inside = &text[start..offset];
    let column = match columns {
        Columns::Utf8 => inside.len(),
        Columns::Utf16 => inside.encode_utf16().count(),
    };
    json!({ "line": line, "character": column })
}

/// The byte of a text at a place.
pub fn offset(text: &str, position: &Json, columns: Columns) -> usize {
    let line = usize::try_from(position["line"].as_u64().unwrap()).unwrap();
    let column = usize::try_from(position["character"].as_u64().unwrap()).unwrap();
    let start = text.split_inclusive('\n').take(line).map(str::len).sum::<usize>();
    let mut counted = 0;
    for (at, letter) in text[start..].char_indices() {
        if counted >= column {
            assert_eq!(counted, column, "a column within a letter");
            return start + at;
        }
        counted += match columns {
            Columns::Utf8 => letter.len_utf8(),
            Columns::Utf16 => letter.len_utf16(),
        };
    }
    text.len()
}
