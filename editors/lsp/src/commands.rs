//! What an editor can have done by name: from a lens, an action, or a menu.

use crate::session::Session;
use gen_lsp_types::MessageType;
use lsp_server::{ErrorCode, Message, Notification, RequestId, Response};
use serde_json::{Value as Json, json};
use std::path::PathBuf;
use std::process::Command;
use std::thread;

/// The commands.
pub const NAMES: [&str; 5] =
    ["mcc.runTest", "mcc.showEffects", "mcc.showConflicts", "mcc.split", "mcc.explain"];

/// A channel to the editor.
pub type Editor = dyn Fn(Message) + Send;

/// Runs a command; what takes its time is done beside, and answers when it is done.
///
/// # Errors
/// If there is no such command, or it cannot be done.
pub fn run(
    session: &mut Session<'_>,
    params: &Json,
    (id, editor): (RequestId, Box<Editor>),
) -> Result<(), String> {
    let name = params.get("command").and_then(Json::as_str).unwrap_or_default();
    let argument = |number: usize| {
        let argument = params.get("arguments").and_then(|all| all.get(number)?.as_str());
        argument.ok_or_else(|| format!("`{name}` needs more arguments"))
    };
    let file = || argument(0).map(|uri| session.workspace.path(uri));
    let args = match name {
        "mcc.runTest" => vec!["test".to_owned(), file()?, argument(1)?.to_owned()],
        "mcc.split" => vec!["split".to_owned(), file()?, argument(1)?.to_owned()],
        "mcc.explain" => vec!["explain".to_owned(), argument(0)?.to_owned()],
        "mcc.showEffects" | "mcc.showConflicts" => {
            let (path, call) = (file()?, argument(1)?);
            let text = shown(session, &path, call, name == "mcc.showEffects")?;
            tell(editor.as_ref(), id, &text);
            return Ok(());
        }
        _ => return Err(format!("there is no command `{name}`")),
    };
    beside(session.host.tool(), args, id, editor);
    Ok(())
}

/// What a call touches, or what it conflicts with.
fn shown(session: &mut Session<'_>, path: &str, call: &str, effects: bool) -> Result<String, String> {
    let host = session.host;
    let snapshot = session.snapshot(path).ok_or("there is no such file")?;
    let of_call = snapshot.effects(host).iter().find(|it| it.call == call);
    let of_call = of_call.ok_or_else(|| format!("nothing is called `{call}`"))?;
    if effects {
        return Ok(format!("{call}\n{}", of_call.text));
    }
    let lines: Vec<String> = of_call.conflicts.iter().map(|(other, when)| format!("  {other}: {when}")).collect();
    let lines = if lines.is_empty() { "  with nothing".to_owned() } else { lines.join("\n") };
    Ok(format!("{call} conflicts\n{lines}\n"))
}

fn tell(editor: &Editor, id: RequestId, text: &str) {
    let message = json!({ "type": MessageType::Info, "message": text });
    editor(Notification::new("window/showMessage".to_owned(), message).into());
    editor(Response::new_ok(id, text).into());
}

/// Runs the tool and answers with what it has printed.
fn beside(tool: PathBuf, args: Vec<String>, id: RequestId, editor: Box<Editor>) {
    thread::spawn(move || {
        let run = Command::new(tool).args(args).args(["--color", "never"]).output();
        match run {
            Ok(output) => {
                let both = [output.stdout, output.stderr].concat();
                tell(editor.as_ref(), id, &String::from_utf8_lossy(&both));
            }
            Err(error) => {
                let why = format!("the tool cannot be run: {error}");
                editor(Response::new_err(id, ErrorCode::InternalError as i32, why).into());
            }
        }
    });
}
