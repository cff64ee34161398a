//! Tells Zed how to start the language server.

use zed_extension_api::{self as zed, Command, LanguageServerId, Result, Worktree};

struct Mc;

impl zed::Extension for Mc {
    fn new() -> Self {
        Self
    }

    fn language_server_command(&mut self, _: &LanguageServerId, worktree: &Worktree) -> Result<Command> {
        let mcc = worktree.which("mcc").ok_or("`mcc` is not on the path")?;
        Ok(Command { command: mcc, args: vec!["lsp".to_owned()], env: worktree.shell_env() })
    }
}

zed::register_extension!(Mc);
