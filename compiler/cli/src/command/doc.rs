//! `mcc doc`: pages about what a project declares, and what each call of it touches.

use crate::args::Doc as Args;
use crate::compile;
use crate::doc::{gather, site};
use crate::failure::{Complaint, Failure, reason};
use crate::output::Output;
use crate::project::{Project, library_names, shown};
use crate::text::plural;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Writes the pages, or prints what they say.
pub(super) fn run(args: &Args, output: &mut Output) -> Result<(), Failure> {
    let project = if args.std { library() } else { Project::of_paths(&args.paths)? };
    let built = compile::build(&project, args.shown.format(), output)?;
    let title = if project.name.is_empty() { "Contracts" } else { &project.name };
    let (docs, links) = gather::gather(title, &built)?;
    if args.shown.is_json() {
        docs.pages.iter().for_each(|page| output.json(page));
        return Ok(());
    }
    let out = args.out.clone().unwrap_or_else(|| project.file("build").join("doc"));
    let pages = site::pages(&docs, &links);
    write(&out, &pages)?;
    let index = out.join(site::INDEX);
    output.result(&format!("{}\n", shown(&index)));
    output.status(&format!("wrote {}\n", plural(pages.len(), "page")));
    if args.open {
        open(&index, output);
    }
    Ok(())
}

/// The standard library as a project.
fn library() -> Project {
    let roots = library_names().iter().map(|name| format!("{name}.mc")).collect();
    Project { directory: PathBuf::from("."), name: "The standard library".to_owned(), app: None, roots }
}

/// Writes all pages, or none where one would replace a file of somebody else.
fn write(out: &Path, pages: &[(String, String)]) -> Result<(), Failure> {
    for (name, _) in pages {
        let path = out.join(name);
        let is_ours = || fs::read_to_string(&path).is_ok_and(|text| text.contains(site::MARK));
        if fs::symlink_metadata(&path).is_ok() && !is_ours() {
            return Err(Complaint::new(
                "`mcc doc` did not write it and does not replace it; nothing was written",
            )
            .help("choose another directory with `--out`")
            .at(shown(&path))
            .into());
        }
    }
    fs::create_dir_all(out)
        .map_err(|error| Failure::unable(format!("cannot create `{}`: {}", shown(out), reason(&error))))?;
    for (name, text) in pages {
        let path = out.join(name);
        fs::write(&path, text).map_err(|error| {
            Failure::unable(format!("cannot write `{}`: {}", shown(&path), reason(&error)))
        })?;
    }
    Ok(())
}

/// Asks the system to show a page.
fn open(page: &Path, output: &mut Output) {
    let opener = match std::env::consts::OS {
        "macos" => "open",
        "windows" => "explorer",
        _ => "xdg-open",
    };
    let mut command = Command::new(opener);
    command.arg(page).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if let Err(error) = command.spawn() {
        output.warning(&format!("cannot start `{opener}`: {}", reason(&error)));
    }
}
