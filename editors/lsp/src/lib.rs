//! The language server: access sets while you type.
//!
//! Messages are read as they come, texts change, and what is asked is answered from the last compilation of what the
//! texts are now. Where nothing is asked, what has changed is compiled and its findings are told; that is broken off
//! when something arrives. The compiler knows nothing of editors, and the server nothing of the language that the
//! compiler could tell it.

pub mod host;
pub mod json;
pub mod uri;
pub mod positions;
pub mod documents;
pub mod index;
pub mod workspace;
pub mod analysis;
pub mod place;
pub mod words;
pub mod unopened;
pub mod diagnostics;
pub mod hover;
pub mod definition;
pub mod references;
pub mod rename;
pub mod symbols;
pub mod choice;
pub mod imports;
pub mod members;
pub mod completion;
pub mod signature;
pub mod tokens;
pub mod inlay;
pub mod lens;
pub mod folding;
pub mod selection;
pub mod actions;
pub mod format;
pub mod conflicts;
pub mod session;
pub mod commands;
pub mod requests;
pub mod inbox;

use gen_lsp_types::{InitializeParams, PositionEncodingKind};
use host::Host;
use inbox::{Inbox, Next};
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, Response};
use positions::Encoding;
use serde_json::{Value as Json, json};
use session::Session;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use workspace::Workspace;

/// Serves an editor on stdin and stdout until it says goodbye; `shelf` is a directory for files that are carried.
///
/// # Errors
/// If the editor breaks off, or does not speak the protocol.
pub fn serve(host: &dyn Host, shelf: PathBuf, version: &str) -> Result<(), String> {
    let (connection, threads) = Connection::stdio();
    let served = converse(&connection, host, shelf, version);
    drop(connection);
    // The threads end with the streams that they read and write.
    let joined = threads.join().map_err(|error| error.to_string());
    served.and(joined)
}

/// From the greeting to the goodbye.
fn converse(connection: &Connection, host: &dyn Host, shelf: PathBuf, version: &str) -> Result<(), String> {
    let mut session = greet(connection, host, shelf, version)?;
    let mut inbox = Inbox::new(connection);
    let send = |message: Message| drop(connection.sender.send(message));
    let mut leaving = false;
    loop {
        match inbox.next(!session.has_work()) {
            Next::Message(Message::Request(request)) if request.method == "shutdown" => {
                leaving = true;
                send(Response::new_ok(request.id, Json::Null).into());
            }
            Next::Message(Message::Request(request)) => respond(&mut session, &request, connection),
            Next::Message(Message::Notification(notification)) if notification.method == "exit" => {
                return if leaving { Ok(()) } else { Err("the editor left without a goodbye".to_owned()) };
            }
            Next::Message(Message::Notification(notification)) => notice(&mut session, notification),
            Next::Message(Message::Response(_)) => {}
            Next::Idle => work(&mut session, &inbox, &send),
            Next::Closed => return if leaving { Ok(()) } else { Err("the editor is gone".to_owned()) },
        }
        session.clear();
    }
}

/// Agrees with the editor on what columns count, and learns which folders are open.
fn greet<'h>(
    connection: &Connection,
    host: &'h dyn Host,
    shelf: PathBuf,
    version: &str,
) -> Result<Session<'h>, String> {
    let (id, params) = connection.initialize_start().map_err(|error| error.to_string())?;
    let offered = params.pointer("/capabilities/general/positionEncodings").cloned().unwrap_or_default();
    let offered: Vec<PositionEncodingKind> = serde_json::from_value(offered).unwrap_or_default();
    let encoding = Encoding::of(&offered);
    let said = json!({
        "capabilities": requests::capabilities(encoding),
        "serverInfo": { "name": "mcc", "version": version },
    });
    connection.initialize_finish(id, said).map_err(|error| error.to_string())?;
    watch(connection, &params);
    let mut workspace = Workspace::new(Vec::new(), shelf);
    if let Err(why) = workspace.stock(host) {
        log(&format!("{why}: the standard library cannot be opened"));
    }
    let options = params.get("initializationOptions").cloned().unwrap_or_default();
    if let Ok(params) = session::read::<InitializeParams>(params) {
        let folders = params.workspace_folders_initialize_params.workspace_folders;
        let folders = json!(folders);
        let uris = folders.as_array().into_iter().flatten().filter_map(|folder| folder.get("uri")?.as_str());
        let paths = uris.map(|uri| PathBuf::from(workspace.path(uri))).collect();
        workspace.folders = paths;
    }
    let mut session = Session::new(host, workspace, encoding);
    session.configure(&options);
    Ok(session)
}

/// Asks the editor to tell what happens to sources and manifests on the disk, if it can.
fn watch(connection: &Connection, params: &Json) {
    let can = params.pointer("/capabilities/workspace/didChangeWatchedFiles/dynamicRegistration");
    if can.and_then(Json::as_bool) == Some(true) {
        let watchers = ["**/*.mc", "**/mcc.toml"].map(|pattern| json!({ "globPattern": pattern }));
        let method = "workspace/didChangeWatchedFiles";
        let registration =
            json!({ "id": "sources", "method": method, "registerOptions": { "watchers": watchers } });
        let asked = json!({ "registrations": [registration] });
        let request = Request::new("watch".to_owned().into(), "client/registerCapability".to_owned(), asked);
        drop(connection.sender.send(request.into()));
    }
}

/// Answers a request; a bug of ours costs this answer and nothing else.
fn respond(session: &mut Session<'_>, request: &Request, connection: &Connection) {
    let (id, sender) = (request.id.clone(), connection.sender.clone());
    let send = move |message: Message| drop(sender.send(message));
    let done = catch_unwind(AssertUnwindSafe(|| {
        if request.method == "workspace/executeCommand" {
            let editor = (id.clone(), Box::new(send.clone()) as Box<commands::Editor>);
            return commands::run(session, &request.params, editor).map(|()| None);
        }
        requests::answer(session, &request.method, &request.params).map(Some)
    }));
    let response = match done {
        Ok(Ok(Some(answer))) => Response::new_ok(id, answer),
        Ok(Ok(None)) => return,
        Ok(Err(why)) => Response::new_err(id, ErrorCode::RequestFailed as i32, why),
        Err(_) => Response::new_err(id, ErrorCode::InternalError as i32, "a bug of mcc".to_owned()),
    };
    send(response.into());
}

fn notice(session: &mut Session<'_>, notification: Notification) {
    let Notification { method, params } = notification;
    if let Err(why) = session.notice(&method, params) {
        log(&format!("`{method}` is not what the protocol says: {why}"));
    }
}

/// Compiles what has changed, and tells what was found.
fn work(session: &mut Session<'_>, inbox: &Inbox<'_>, send: &dyn Fn(Message)) {
    let told = catch_unwind(AssertUnwindSafe(|| session.work(&|| inbox.is_quiet())));
    for (method, params) in told.unwrap_or_default() {
        send(Notification::new(method.to_owned(), params).into());
    }
}

/// Says something to whoever looks after the server: stdout is the protocol's.
#[allow(clippy::print_stderr, reason = "the protocol has stdout, and what runs the server reads stderr")]
fn log(text: &str) {
    eprintln!("mcc lsp: {text}");
}
