//! One thing that completion offers.

use crate::hover;
use crate::index::Declaration;
use crate::place::Place;
use gen_lsp_types::CompletionItemKind;
use mc_syntax::source::Span;

/// What can be chosen.
#[derive(Clone, Debug)]
pub struct Choice {
    /// What is shown and written.
    pub label: String,
    /// How it is drawn.
    pub kind: CompletionItemKind,
    /// What it is: its declaration or its type.
    pub detail: String,
    /// Its documentation.
    pub doc: String,
    /// How near it is: the nearest come first.
    pub rank: u8,
    /// An edit somewhere else that it needs.
    pub import: Option<(Span, String)>,
}

impl Choice {
    /// A choice without documentation.
    #[must_use]
    pub fn new(label: &str, kind: CompletionItemKind, detail: impl Into<String>, rank: u8) -> Self {
        Self { label: label.to_owned(), kind, detail: detail.into(), doc: String::new(), rank, import: None }
    }

    /// What is declared.
    #[must_use]
    pub fn of(place: &Place<'_>, declaration: &Declaration, rank: u8) -> Self {
        let (_, kind) = declaration.kind.drawn();
        let doc = declaration.doc.trim().to_owned();
        Self { doc, ..Self::new(&declaration.name, kind, hover::head(place, declaration), rank) }
    }
}
