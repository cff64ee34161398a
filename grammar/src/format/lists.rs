//! Everything that is a number of parts between brackets.

use super::doc::{Doc, concat, group, nest, nothing};
use super::printer::Printer;

/// How a list looks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// `(a, b)`
    Tight,
    /// `{ a, b }`
    Padded,
    /// `{ a, b }`, and one a line if it was written so.
    Rows,
}

impl<'a> Printer<'a> {
    /// Parts between brackets, with a comma behind the last one where they are one a line.
    pub(super) fn list<T>(
        &mut self,
        brackets: (&str, &str),
        parts: &[T],
        style: Style,
        print: fn(&mut Self, &T) -> Doc<'a>,
    ) -> Doc<'a> {
        let edge = match style {
            Style::Rows if self.breaks_after_next() => Doc::Hard,
            Style::Tight => Doc::SoftLine,
            _ => Doc::Line,
        };
        let open = self.word(brackets.0);
        let mut inner = Vec::new();
        for (at, part) in parts.iter().enumerate() {
            inner.push(if at == 0 { edge.clone() } else { Doc::Line });
            inner.push(self.comments());
            inner.push(print(self, part));
            if at + 1 < parts.len() {
                inner.push(self.word(","));
            }
        }
        self.skip_comma();
        let is_bare = parts.is_empty() && !self.has_comments();
        inner.push(if parts.is_empty() { edge.clone() } else { Doc::BrokenComma });
        inner.push(self.comments_of_end(false, false));
        let close = self.word(brackets.1);
        match (is_bare, style) {
            (true, Style::Tight) => concat([open, close]),
            (true, _) => concat([open, Doc::Space, close]),
            (false, _) => group([open, nest(inner), edge, close]),
        }
    }

    /// A list in parentheses.
    pub(super) fn parens<T>(&mut self, parts: &[T], print: fn(&mut Self, &T) -> Doc<'a>) -> Doc<'a> {
        self.list(("(", ")"), parts, Style::Tight, print)
    }

    /// A list in parentheses, where it was written.
    pub(super) fn parens_if_written<T>(
        &mut self,
        parts: &[T],
        print: fn(&mut Self, &T) -> Doc<'a>,
    ) -> Doc<'a> {
        if self.peek() == "(" { self.parens(parts, print) } else { nothing() }
    }

    /// Parts with commas between them and without brackets.
    pub(super) fn bare_list<T>(&mut self, parts: &[T], print: fn(&mut Self, &T) -> Doc<'a>) -> Doc<'a> {
        let mut docs = Vec::new();
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                docs.push(Doc::Line);
            }
            docs.push(self.comments());
            docs.push(print(self, part));
            if at + 1 < parts.len() {
                docs.push(self.word(","));
            }
        }
        group([nest(docs)])
    }

    /// Parts between `<` and `>`, where there are some; no comma may follow the last one.
    pub(super) fn angles<T>(&mut self, parts: &[T], print: fn(&mut Self, &T) -> Doc<'a>) -> Doc<'a> {
        if parts.is_empty() {
            return nothing();
        }
        let open = self.word("<");
        let mut inner = vec![Doc::SoftLine];
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                inner.extend([self.word(","), Doc::Line]);
            }
            inner.push(self.comments());
            inner.push(print(self, part));
        }
        inner.push(self.comments_of_end(false, false));
        group([open, nest(inner), Doc::SoftLine, self.word(">")])
    }

    /// One part between brackets.
    pub(super) fn enclosed(
        &mut self,
        brackets: (&str, &str),
        print: impl FnOnce(&mut Self) -> Doc<'a>,
    ) -> Doc<'a> {
        let open = self.word(brackets.0);
        let edge = if brackets.0 == "{" { Doc::Line } else { Doc::SoftLine };
        let inner = [edge.clone(), self.comments(), print(self), self.comments_of_end(false, false)];
        group([open, nest(inner), edge, self.word(brackets.1)])
    }

    /// Parts in braces, one a line; `edge` is `Line` where they may stand on one line.
    pub(super) fn braces<T>(
        &mut self,
        parts: &[T],
        edge: &Doc<'a>,
        print: fn(&mut Self, &T) -> Doc<'a>,
    ) -> Doc<'a> {
        let open = self.word("{");
        if parts.is_empty() && !self.has_comments() {
            return concat([open, Doc::Space, self.word("}")]);
        }
        let mut inner = Vec::new();
        for (at, part) in parts.iter().enumerate() {
            inner.push(edge.clone());
            inner.push(self.comments_of_line(at == 0));
            inner.push(print(self, part));
        }
        if parts.is_empty() {
            inner.push(edge.clone());
        }
        inner.push(self.comments_of_end(true, parts.is_empty()));
        concat([open, nest(inner), edge.clone(), self.word("}")])
    }
}
