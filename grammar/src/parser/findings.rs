//! What was found wrong, one finding a line.
//!
//! INVARIANT: a mistake is reported once. What goes wrong on a line that has a finding already is most often
//! the same mistake seen again; if it is not, it is reported when the first one is mended.

use super::codes;
use super::layout::Layout;
use crate::diagnostic::Diagnostic;
use std::collections::BTreeSet;

/// The findings of one file.
pub(crate) struct Findings<'a> {
    layout: &'a Layout<'a>,
    list: Vec<Diagnostic>,
    lines: BTreeSet<usize>,
    cut_short: bool,
}

impl<'a> Findings<'a> {
    pub(crate) fn new(layout: &'a Layout<'a>) -> Self {
        Self { layout, list: Vec::new(), lines: BTreeSet::new(), cut_short: false }
    }

    /// Adds a finding, unless its line has one; further edits of the same kind join the first.
    pub(crate) fn report(&mut self, finding: Diagnostic) {
        let line = self.layout.line(finding.primary.span.start as usize);
        if self.lines.insert(line) {
            self.list.push(finding);
        } else if let Some(last) = self.list.last_mut() {
            let same_line = self.layout.line(last.primary.span.start as usize) == line;
            if same_line && last.code == finding.code && !last.edits.is_empty() {
                last.edits.extend(finding.edits);
            }
        }
    }

    /// From here on, nothing about the end of the file is worth saying: it was swallowed by a comment.
    pub(crate) fn cut_short(&mut self) {
        self.cut_short = true;
    }

    /// Adds a finding that is about the end of the file.
    pub(crate) fn report_at_end(&mut self, finding: Diagnostic) {
        if !self.cut_short {
            self.report(finding);
        }
    }

    /// Takes back the first `closer` without partner behind `start`: what it closes is missing there,
    /// and that is reported.
    pub(crate) fn forgive_unopened(&mut self, closer: &str, start: u32) {
        let is_meant = |finding: &Diagnostic| {
            let span = finding.primary.span;
            let same = self.layout.text(span.start as usize, span.end as usize) == closer;
            finding.code == codes::UNOPENED_BRACKET && same && span.start > start
        };
        if let Some(at) = self.list.iter().position(is_meant) {
            let forgiven = self.list.remove(at);
            self.lines.remove(&self.layout.line(forgiven.primary.span.start as usize));
        }
    }

    /// Everything found, in the order of the text.
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        self.list.sort_by_key(|finding| (finding.primary.span.start, finding.code));
        self.list
    }
}
