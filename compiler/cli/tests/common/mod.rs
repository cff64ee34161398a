//! The real binary, run in a directory of its own.

#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, unreachable_pub, reason = "tests")]

use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// What a run of the binary came to.
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// `mcc` with these arguments, in this directory, without a terminal and without our environment's `MCC_*`.
pub fn command(directory: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mcc"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("MCC_")) {
        command.env_remove(name);
    }
    command
        .args(args)
        .current_dir(directory)
        .stdin(Stdio::null())
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE");
    command
}

pub fn mcc(directory: &Path, args: &[&str]) -> Ran {
    let output = command(directory, args).output().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Ran {
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\n--- stdout\n{}\n--- stderr\n{}", self.stdout, self.stderr);
        self
    }

    /// Every line of stdout as JSON; each says what it is.
    #[track_caller]
    pub fn json(&self) -> Vec<serde_json::Value> {
        let lines = self.stdout.lines().map(|line| match serde_json::from_str::<serde_json::Value>(line) {
            Ok(value) => value,
            Err(error) => panic!("not JSON: {error}\n{line}"),
        });
        let lines: Vec<serde_json::Value> = lines.collect();
        assert!(lines.iter().all(|line| line.get("$schema").is_some()), "{}", self.stdout);
        lines
    }
}

/// A directory with a fresh project in `here/`.
pub fn project(template: &str) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    mcc(directory.path(), &["new", "here", "--template", template, "-q"]).expect(0);
    directory
}

/// A directory with an embedded example in `here/`.
pub fn example(name: &str) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for file in mc_stdlib::example(name).unwrap().files {
        let path = directory.path().join("here").join(file.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, file.text).unwrap();
    }
    directory
}
