//! `mcc new`: a project from a template.

use crate::args::New;
use crate::failure::{Complaint, Failure, reason};
use crate::output::Output;
use crate::project::{MANIFEST, shown};
use serde_json::json;
use std::fs;
use std::path::Path;

const IGNORED: &str = "build/\n";

/// Writes the files of a template into a new directory.
pub(super) fn run(args: &New, output: &mut Output) -> Result<(), Failure> {
    let name = args.name.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let allowed = |it: char| it.is_ascii_alphanumeric() || it == '-' || it == '_';
    if name.is_empty() || !name.chars().all(allowed) {
        return Err(Complaint::new(format!("`{}` cannot be a project's name", args.name.display()))
            .help("use letters, digits, `-` and `_`")
            .into());
    }
    let template = mc_stdlib::template(&args.template)
        .ok_or_else(|| Failure::unable(format!("no template `{}`", args.template)))?;
    refuse_occupied(&args.name)?;
    let mut written = Vec::new();
    for file in template.files {
        let text = if file.path == MANIFEST {
            file.text.replace(&format!("name = \"{}\"", template.name), &format!("name = \"{name}\""))
        } else {
            file.text.to_owned()
        };
        write(&args.name.join(file.path), &text)?;
        written.push(file.path);
    }
    write(&args.name.join(".gitignore"), IGNORED)?;
    written.push(".gitignore");
    let place = shown(&args.name);
    if args.shown.is_json() {
        output.json(&json!({
            "$schema": "urn:mcc:new:1", "directory": place, "template": template.name, "files": written,
        }));
        return Ok(());
    }
    for path in written {
        output.result(&format!("{place}/{path}\n"));
    }
    output.status(&format!(
        "{}: {}. Next:\n  cd {place}\n  mcc effects\n  mcc test\n  mcc run --verify-serial\n",
        template.name, template.about
    ));
    Ok(())
}

fn refuse_occupied(directory: &Path) -> Result<(), Failure> {
    if !directory.exists() {
        return Ok(());
    }
    let mut entries = fs::read_dir(directory)
        .map_err(|error| Failure::unable(format!("cannot use `{}`: {}", shown(directory), reason(&error))))?;
    match entries.next() {
        None => Ok(()),
        Some(_) => Err(Complaint::new(format!("`{}` exists and is not empty", shown(directory)))
            .help("choose another name, or empty it; nothing was written")
            .into()),
    }
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let parent = path.parent().unwrap_or(path);
    fs::create_dir_all(parent)
        .and_then(|()| fs::write(path, text))
        .map_err(|error| Failure::unable(format!("cannot write `{}`: {}", shown(path), reason(&error))))
}
