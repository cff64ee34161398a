//! The texts that are open in the editor, as it has changed them.

use crate::positions::{Encoding, Lines};
use gen_lsp_types::TextDocumentContentChangeEvent as Change;
use std::collections::BTreeMap;

/// An open text.
#[derive(Clone, Debug)]
pub struct Document {
    /// What the editor calls it.
    pub uri: String,
    /// The number of its version.
    pub version: i32,
    /// The text.
    pub text: String,
}

/// The open texts, by path.
#[derive(Debug, Default)]
pub struct Documents {
    open: BTreeMap<String, Document>,
}

impl Documents {
    /// The open text at a path.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Document> {
        self.open.get(path)
    }

    /// Every open text with its path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Document)> {
        self.open.iter().map(|(path, document)| (path.as_str(), document))
    }

    /// A text was opened.
    pub fn open(&mut self, path: &str, document: Document) {
        self.open.insert(path.to_owned(), document);
    }

    /// A text was closed: the file counts again.
    pub fn close(&mut self, path: &str) {
        self.open.remove(path);
    }

    /// Applies changes, each to what the one before has left.
    pub fn change(&mut self, path: &str, version: i32, changes: Vec<Change>, encoding: Encoding) {
        let Some(document) = self.open.get_mut(path) else { return };
        document.version = version;
        for change in changes {
            match change {
                Change::TextDocumentContentChangePartial(part) => {
                    let lines = Lines::new(&document.text, encoding);
                    let start = lines.offset(&document.text, part.range.start) as usize;
                    let end = lines.offset(&document.text, part.range.end) as usize;
                    document.text.replace_range(start.min(end)..end.max(start), &part.text);
                }
                Change::TextDocumentContentChangeWholeDocument(whole) => document.text = whole.text,
            }
        }
    }
}
