//! What is done once an editor's files are there, with the tools of the machine.
//!
//! A step that lacks its tool is no failure: what it would have given is told, and how to have it.

use super::Step;
use std::fs;
use std::io::{self, Cursor, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// The packed extension.
const PACKED: &str = "mc.vsix";

/// What a step has made.
#[derive(Debug, Default)]
pub struct Made {
    /// Files, by their paths from the editor's folder.
    pub files: Vec<String>,
    /// What could not be done, and what to do instead.
    pub lacks: Option<String>,
}

/// Does a step in the folder of an editor; nothing outside of it is touched unless the editor is `told`.
#[must_use]
pub fn take(step: Step, folder: &Path, files: &[(&str, &str)], told: bool) -> Made {
    match step {
        Step::Compile(source, library) => compile(folder, source, library),
        Step::Pack => pack(folder, files, told),
        Step::Repository => repository(folder),
    }
}

/// The parser as a library, which is what editors load.
fn compile(folder: &Path, source: &str, library: &str) -> Made {
    let parser = format!("{source}/parser.c");
    let arguments = ["-shared", "-fPIC", "-Os", "-I", source, "-o", library, &parser];
    let parent = folder.join(library);
    let made =
        fs::create_dir_all(parent.parent().unwrap_or(folder)).and_then(|()| run(folder, "cc", &arguments));
    match made {
        Ok(_) => Made { files: vec![library.to_owned()], lacks: None },
        Err(error) => {
            let by_hand = arguments.join(" ");
            let lacks = format!(
                "colours come from words alone, since the parser was not compiled ({error}):\n  cc {by_hand}"
            );
            Made { files: Vec::new(), lacks: Some(lacks) }
        }
    }
}

/// The extension in one file, which VS Code is told to install.
fn pack(folder: &Path, files: &[(&str, &str)], told: bool) -> Made {
    let path = folder.join(PACKED);
    let written = zipped(files).and_then(|bytes| fs::write(&path, bytes));
    if let Err(error) = written {
        return Made { files: Vec::new(), lacks: Some(format!("the extension was not packed: {error}")) };
    }
    let install = ["--install-extension", PACKED, "--force"];
    let is_installed = told && ["code", "codium"].iter().any(|code| run(folder, code, &install).is_ok());
    let by_hand = || format!("VS Code has not been told yet:\n  code --install-extension {}", path.display());
    Made { files: vec![PACKED.to_owned()], lacks: (!is_installed).then(by_hand) }
}

/// A file of the form that VS Code installs.
fn zipped(files: &[(&str, &str)]) -> io::Result<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (path, text) in files {
        archive.start_file(*path, stored)?;
        archive.write_all(text.as_bytes())?;
    }
    Ok(archive.finish()?.into_inner())
}

/// The grammar as a repository of its own: Zed fetches grammars by address and revision.
fn repository(folder: &Path) -> Made {
    let grammar = folder.join("grammar");
    let commit = [
        "-c",
        "user.name=mcc",
        "-c",
        "user.email=mcc@localhost",
        "commit",
        "--quiet",
        "-m",
        "mc",
        "--allow-empty",
    ];
    let revision = run(&grammar, "git", &["init", "--quiet"])
        .and_then(|_| run(&grammar, "git", &["add", "--all"]))
        .and_then(|_| run(&grammar, "git", &commit))
        .and_then(|_| run(&grammar, "git", &["rev-parse", "HEAD"]));
    let extension = folder.join("extension.toml");
    let named = revision.and_then(|revision| {
        let address = format!("file://{}", fs::canonicalize(&grammar)?.display());
        let text = fs::read_to_string(&extension)?;
        fs::write(&extension, text.replace("GRAMMAR", &address).replace("REVISION", revision.trim()))
    });
    match named {
        Ok(()) => Made { files: vec!["extension.toml".to_owned()], lacks: None },
        Err(error) => {
            let lacks = format!("`grammar` is not a repository yet, which Zed asks for ({error})");
            Made { files: Vec::new(), lacks: Some(lacks) }
        }
    }
}

/// What a tool prints; an error if there is none, or if it fails.
fn run(folder: &Path, tool: &str, arguments: &[&str]) -> io::Result<String> {
    let output = Command::new(tool).args(arguments).current_dir(folder).stdin(Stdio::null()).output();
    let output =
        output.map_err(|error| io::Error::other(format!("`{tool}`: {}", crate::failure::reason(&error))))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(io::Error::other(format!("`{tool}`: {}", said.lines().next().unwrap_or("it failed"))))
}
