//! Every program that stands somewhere in the repository.

use mc_syntax::parser::parse;
use mc_syntax::source::FileId;
use std::fs;
use std::path::Path;

/// Every file below `folder` whose name has this ending, with its path.
pub fn files(folder: &Path, ending: &str, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !["target", "node_modules"].contains(&name.as_str()) && !name.starts_with('.') {
            files(&path, ending, found);
        } else if name.ends_with(ending)
            && let Ok(text) = fs::read_to_string(&path)
        {
            found.push((path.display().to_string(), text));
        }
    }
}

/// Every `.mc` file and every `mc` block below `root`, with its place.
pub fn texts(root: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    files(root, ".mc", &mut found);
    let mut pages = Vec::new();
    files(root, ".md", &mut pages);
    for (name, page) in pages {
        for (at, block) in page.split("```mc\n").skip(1).enumerate() {
            let text = block.split("```").next().unwrap_or_default();
            found.push((format!("{name}, block {at}"), text.to_owned()));
        }
    }
    found
}

/// Those that have no mistakes of syntax.
pub fn repository(root: &Path) -> Vec<(String, String)> {
    let mut found = texts(root);
    found.retain(|(_, text)| parse(FileId(0), text).diagnostics.is_empty());
    found
}
