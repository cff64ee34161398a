//! Every file that is derived, with its text.

use crate::{Error, fill, lalrpop, textmate, tree_sitter};
use std::path::Path;
use std::{fs, io};
use tree_sitter_generate::{OptLevel, generate_parser_in_directory};

/// What tree-sitter's tables look like. The oldest libraries in use read this; newer ones read it, too.
const ABI: usize = 14;

/// The colours, which several editors share.
const HIGHLIGHTS: &str = include_str!("../templates/highlights.scm");

/// Files with words in them: where they go, and the templates.
const FILLED: &[(&str, &str)] = &[
    ("tree-sitter/queries/highlights.scm", HIGHLIGHTS),
    ("zed/languages/mc/highlights.scm", HIGHLIGHTS),
    ("helix/queries/highlights.scm", HIGHLIGHTS),
    ("vim/syntax/mc.vim", include_str!("../templates/mc.vim")),
    ("emacs/mc-mode.el", include_str!("../templates/mc-mode.el")),
];

/// What Helix calls the colours that others call otherwise.
const IN_HELIX: &[(&str, &str)] = &[
    ("@number", "@constant.numeric"),
    ("@boolean", "@constant.builtin.boolean"),
    ("@property", "@variable.other.member"),
    ("@comment.documentation", "@comment.line.documentation"),
];

/// A derived file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path from the folder `editors`.
    pub path: String,
    /// All that is in it.
    pub text: String,
}

/// Every derived file.
///
/// # Errors
/// The productions or a template cannot be read, or tree-sitter refuses the grammar.
pub fn all() -> Result<Vec<File>, Error> {
    let rules = lalrpop::read(include_str!("../../../grammar/mc.lalrpop"))?;
    let grammar = pretty(&tree_sitter::grammar(&rules)?)?;
    let mut files = parser(&grammar)?;
    files.push(File { path: "tree-sitter/src/grammar.json".to_owned(), text: grammar });
    let painted = pretty(&textmate::grammar())?;
    files.push(File { path: "textmate/mc.tmLanguage.json".to_owned(), text: painted });
    for (path, template) in FILLED {
        let mut text = fill::fill(template)?;
        if path.starts_with("helix/") {
            text = IN_HELIX.iter().fold(text, |text, (ours, theirs)| text.replace(ours, theirs));
        }
        files.push(File { path: (*path).to_owned(), text });
    }
    Ok(files)
}

/// Writes every derived file into the folder `editors`.
///
/// # Errors
/// As for [`all`], or a file cannot be written.
pub fn write(editors: &Path) -> Result<(), Error> {
    for file in all()? {
        let path = editors.join(file.path);
        fs::create_dir_all(path.parent().unwrap_or(editors))?;
        fs::write(path, file.text)?;
    }
    Ok(())
}

/// What tree-sitter makes of the grammar.
fn parser(grammar: &str) -> Result<Vec<File>, Error> {
    let folder = tempfile::tempdir()?;
    let (input, output) = (folder.path().join("grammar.json"), folder.path().join("src"));
    fs::write(&input, grammar)?;
    fs::write(folder.path().join("tree-sitter.json"), include_str!("../../tree-sitter/tree-sitter.json"))?;
    let mut notes = Vec::new();
    generate_parser_in_directory(
        folder.path(),
        Some(&output),
        Some(&input),
        ABI,
        None,
        None,
        true,
        OptLevel::default(),
        &mut notes,
    )?;
    if let Some(note) = notes.first() {
        return Err(note.to_string().into());
    }
    let read = |name: &str| -> io::Result<File> {
        let text = fs::read_to_string(output.join(name))?;
        Ok(File { path: format!("tree-sitter/src/{name}"), text })
    };
    Ok(vec![read("parser.c")?, read("node-types.json")?, read("tree_sitter/parser.h")?])
}

fn pretty(value: &serde_json::Value) -> Result<String, Error> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}
