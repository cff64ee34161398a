//! Where a request points: a byte of a file of a program.

use crate::analysis::Snapshot;
use crate::documents::Documents;
use crate::host::Host;
use crate::index::Declaration;
use crate::workspace::Workspace;
use mc_compiler::trail::Found;
use mc_syntax::ast::Node;
use mc_syntax::source::{FileId, Span};

/// A byte of a file of a program.
#[derive(Clone, Copy)]
pub struct Place<'p> {
    /// The program.
    pub snapshot: &'p Snapshot,
    /// The tool around the server.
    pub host: &'p dyn Host,
    /// The open texts.
    pub documents: &'p Documents,
    /// Which files belong together.
    pub workspace: &'p Workspace,
    /// The file.
    pub file: FileId,
    /// The byte.
    pub offset: u32,
}

impl<'p> Place<'p> {
    /// The name here, and where what it means is declared.
    #[must_use]
    pub fn name(&self) -> Option<(Span, Span)> {
        self.snapshot.index.at(&self.snapshot.output.notes, self.file, self.offset)
    }

    /// The word here, whatever it is.
    #[must_use]
    pub fn word(&self) -> Option<&'p str> {
        let text = self.snapshot.source(self.file);
        let part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let (before, behind) = text.split_at_checked(self.offset as usize)?;
        let start = before.trim_end_matches(part).len();
        let end = text.len() - behind.trim_start_matches(part).len();
        text.get(start..end).filter(|word| !word.is_empty())
    }

    /// What is declared at a name.
    #[must_use]
    pub fn declaration(&self, name: Span) -> Option<&'p Declaration> {
        self.snapshot.index.declarations.get(&name)
    }

    /// The smallest expression here that has a type, with its place.
    #[must_use]
    pub fn value(&self) -> Option<(Span, &'p Found)> {
        let values = &self.snapshot.output.notes.values;
        let nodes = self.nodes().into_iter().rev().filter(|node| matches!(node, Node::Expr(_)));
        nodes.map(Node::span).find_map(|span| Some((span, values.get(&span)?)))
    }

    /// The nodes around the byte, from the widest to the narrowest.
    #[must_use]
    pub fn nodes(&self) -> Vec<Node<'p>> {
        self.snapshot.tree(self.file).map(|tree| tree.around(self.offset)).unwrap_or_default()
    }

    /// Where the name here is declared, as every program says it: a path and a byte. `None` for what only this file
    /// calls so.
    #[must_use]
    pub fn declared(&self) -> Option<(String, u32)> {
        let (at, declared) = self.name()?;
        let path = self.snapshot.path(declared.file);
        let same = self.snapshot.text(at) == self.snapshot.text(declared);
        (same && !self.workspace.is_carried(path)).then(|| (path.to_owned(), declared.start))
    }
}
