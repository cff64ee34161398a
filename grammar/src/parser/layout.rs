//! The lines of a text: which one a byte is on, and how far it is indented.

use crate::lexer::Spanned;
use crate::source::{FileId, Span};

/// A text with the first byte of each of its lines.
pub(crate) struct Layout<'a> {
    file: FileId,
    text: &'a str,
    line_starts: Vec<usize>,
}

impl<'a> Layout<'a> {
    pub(crate) fn new(file: FileId, text: &'a str) -> Self {
        let after_breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self { file, text, line_starts: std::iter::once(0).chain(after_breaks).collect() }
    }

    pub(crate) fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, start, end)
    }

    /// The place of a token.
    pub(crate) fn place(&self, (start, _, end): Spanned<'_>) -> Span {
        self.span(start, end)
    }

    pub(crate) fn text(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// The line of a byte, from 0.
    pub(crate) fn line(&self, at: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= at).saturating_sub(1)
    }

    /// The text of the line of a byte.
    pub(crate) fn line_text(&self, at: usize) -> &'a str {
        let start = self.line_starts.get(self.line(at)).copied().unwrap_or_default();
        self.text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default()
    }

    /// The blanks at the start of the line of a byte, a tab as four.
    pub(crate) fn indent(&self, at: usize) -> usize {
        let start = self.line_starts.get(self.line(at)).copied().unwrap_or_default();
        let blanks = self.text.get(start..).unwrap_or_default().chars();
        blanks
            .map_while(|blank| match blank {
                ' ' => Some(1),
                '\t' => Some(4),
                _ => None,
            })
            .sum()
    }

    /// True where only blanks stand before a byte on its line.
    pub(crate) fn starts_line(&self, at: usize) -> bool {
        let start = self.line_starts.get(self.line(at)).copied().unwrap_or_default();
        self.text(start, at).trim().is_empty()
    }
}
