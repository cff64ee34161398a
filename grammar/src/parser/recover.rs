//! Parsing on after a mistake: mend or leave out what is broken, and parse again.
//!
//! The grammar knows no errors. Where it stops, the smallest mend that lets it go on is made: a token changed
//! or put in; otherwise the broken statement, member or declaration is replaced by a mark, of which the
//! tree keeps a `Recovered` node. INVARIANT: everything before the place where the grammar stopped was read,
//! so findings come in the order of the text and none is found twice.

use super::expected::Expected;
use super::findings::Findings;
use super::foreign;
use super::grammar::FileParser;
use super::layout::Layout;
use super::mends::{self, Mend};
use super::segment;
use super::tree::Context;
use super::unexpected;
use super::words::{self, Body};
use crate::ast::File;
use crate::diagnostic::Diagnostic;
use crate::lexer::Spanned;
use crate::token::{Class, Token};
use lalrpop_util::ParseError;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// The most tokens that are read for one file, counting each reading; what a file of a few thousand lines
/// with dozens of mistakes needs.
const TOKENS_READ_MAX: usize = 8_000_000;

/// The fewest readings of one file, however long.
const READINGS_MIN: usize = 8;

/// The most readings of one file, however short.
const READINGS_MAX: usize = 400;

/// Where the grammar stopped.
pub(crate) struct Fault {
    /// The token that cannot follow; the number of tokens where they end too early.
    pub(crate) at: usize,
    /// What could have followed.
    pub(crate) expected: Expected,
}

/// Reads `tokens`, whose brackets pair up.
pub(crate) fn read<'a>(
    layout: &Layout<'a>,
    docs: &BTreeMap<usize, String>,
    tokens: Vec<Spanned<'a>>,
    findings: &mut Findings<'_>,
) -> File {
    let readings = (TOKENS_READ_MAX / (tokens.len() + 1)).clamp(READINGS_MIN, READINGS_MAX);
    let renamed = BTreeSet::new();
    let mut reader = Reader { layout, docs, tokens, findings, readings, renamed, cut_open: false };
    while reader.readings > 0 {
        match reader.attempt(&reader.tokens) {
            Ok((file, said)) => {
                said.into_iter().for_each(|finding| reader.findings.report(finding));
                return file;
            }
            Err(fault) => reader.go_on(&fault),
        }
    }
    File::default()
}

struct Reader<'a, 'r, 'l> {
    layout: &'r Layout<'a>,
    docs: &'r BTreeMap<usize, String>,
    tokens: Vec<Spanned<'a>>,
    findings: &'r mut Findings<'l>,
    readings: usize,
    /// The keywords that were reported as names: they stay names.
    renamed: BTreeSet<&'a str>,
    /// The last mark stands for something whose rest may still be there, and makes no sense without it.
    cut_open: bool,
}

impl<'a> Reader<'a, '_, '_> {
    /// Reads all tokens once.
    fn attempt(&self, tokens: &[Spanned<'a>]) -> Result<(File, Vec<Diagnostic>), Fault> {
        let taken = Cell::new(0_usize);
        let words = tokens.iter().map(|token| {
            taken.set(taken.get() + 1);
            Ok(*token)
        });
        let mut cx = Context::new(self.layout, self.docs);
        let fault = |at: usize, expected| {
            let after_mark = tokens.get(at.wrapping_sub(1)).is_some_and(is_mark);
            let expected = Expected::new(expected);
            // A mark may be followed by the body of what was lost, which nobody is asked to write.
            Err(Fault { at, expected: if after_mark { expected.without("{") } else { expected } })
        };
        match FileParser::new().parse(&mut cx, words) {
            Ok(file) => Ok((file, cx.diagnostics)),
            Err(ParseError::UnrecognizedEof { expected, .. }) => fault(tokens.len(), expected),
            Err(ParseError::UnrecognizedToken { expected, .. }) => {
                fault(taken.get().saturating_sub(1), expected)
            }
            Err(_) => fault(taken.get().saturating_sub(1), Vec::new()),
        }
    }

    fn go_on(&mut self, fault: &Fault) {
        self.readings -= 1;
        if self.is_mark(fault.at) {
            return self.widen(fault.at);
        }
        if let Some(mark) = self.mark_before(fault.at).filter(|_| self.cut_open) {
            return self.absorb(mark, fault.at);
        }
        let could_start = fault.expected.has_start();
        let broken = segment::broken(self.layout, &self.tokens, fault.at, could_start);
        self.cut_open = self.is_cut_open(fault, &broken);
        if let Some(finding) = foreign::find(self.layout, &self.tokens, fault, broken.start) {
            self.findings.report(finding);
            return self.lose(broken, fault.at);
        }
        if let Some(mend) = self.working_mend(fault, &broken) {
            return self.apply(mend);
        }
        let finding = unexpected::finding(self.layout, &self.tokens, fault, &broken);
        for (opener, closer) in [("{", "}"), ("(", ")")] {
            if fault.expected.names(opener) {
                self.findings.forgive_unopened(closer, finding.primary.span.start);
            }
        }
        self.report(fault, finding);
        self.lose(broken, fault.at);
    }

    /// True where what is left out of `broken` leaves a part of it behind: a body without its `{`, or what
    /// stands before the missing `;`.
    fn is_cut_open(&self, fault: &Fault, broken: &Range<usize>) -> bool {
        let tokens = self.tokens.get(broken.clone()).unwrap_or_default();
        let lacks_body = fault.expected.has("{")
            && words::body(tokens).is_some()
            && self.kept_body(broken, fault.at).is_none();
        lacks_body || !segment::ends(tokens.last().map(|(_, token, _)| *token))
    }

    fn report(&mut self, fault: &Fault, finding: Diagnostic) {
        if fault.at == self.tokens.len() {
            self.findings.report_at_end(finding);
        } else {
            self.findings.report(finding);
        }
    }

    // --------------------------------------------------------------------------------------- Mends

    fn working_mend(&mut self, fault: &Fault, broken: &Range<usize>) -> Option<Mend<'a>> {
        mends::proposals(self.layout, &self.tokens, fault, broken).into_iter().find(|mend| {
            self.readings = self.readings.saturating_sub(1);
            let mended = self.mended(mend);
            self.attempt(&mended)
                .map_or_else(|next| next.at > mend.range.start + mend.token.iter().len(), |_| true)
        })
    }

    fn mended(&self, mend: &Mend<'a>) -> Vec<Spanned<'a>> {
        let mut tokens = self.tokens.clone();
        tokens.splice(mend.range.clone(), mend.token);
        tokens
    }

    fn apply(&mut self, mend: Mend<'a>) {
        self.tokens = self.mended(&mend);
        let again = mend.renamed.is_some_and(|word| !self.renamed.insert(word.text()));
        if !again {
            self.findings.report(mend.finding);
        }
    }

    // --------------------------------------------------------------------------------------- Marks

    fn is_mark(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(is_mark)
    }

    /// The mark that stands before token `at`, with or without the body that was kept behind it.
    fn mark_before(&self, at: usize) -> Option<usize> {
        let before = at.checked_sub(1)?;
        if self.is_mark(before) {
            return Some(before);
        }
        let open = (0..before).rev().find(|open| {
            self.is_mark(open.wrapping_sub(1)) && segment::partner(&self.tokens, *open) == Some(before)
        })?;
        open.checked_sub(1)
    }

    /// Replaces more than a mark that cannot stand where it is: what comes before it, if that is enough, or
    /// else all that surrounds it.
    fn widen(&mut self, mark: usize) {
        let previous = segment::with_previous(self.layout, &self.tokens, mark).filter(|range| {
            let merged = self.lost(range.clone(), range.end);
            self.readings = self.readings.saturating_sub(1);
            self.attempt(&merged).map_or_else(|next| next.at > range.start, |_| true)
        });
        let range = previous.unwrap_or_else(|| segment::around(self.layout, &self.tokens, mark));
        self.lose(range.clone(), range.end);
    }

    /// Replaces what follows a mark and makes no sense without what was lost.
    fn absorb(&mut self, mark: usize, at: usize) {
        let range = segment::broken(self.layout, &self.tokens, at, true);
        if range.contains(&at) {
            self.lose(mark..range.end, range.end);
        } else {
            self.widen(mark);
        }
    }

    /// Puts a mark in the place of a segment that is broken at `at`.
    fn lose(&mut self, range: Range<usize>, at: usize) {
        self.tokens = self.lost(range, at);
    }

    /// The tokens with a mark in the place of a segment; a body behind `at` is kept, so that its mistakes are
    /// found.
    fn lost(&self, range: Range<usize>, at: usize) -> Vec<Spanned<'a>> {
        let kept = self.kept_body(&range, at);
        let end = kept.as_ref().map_or(range.end, |(open, ..)| *open);
        let mark = match kept {
            Some((_, _, Body::Members)) => Token::LostMembers,
            _ => Token::Lost,
        };
        let first = self.tokens.get(range.start).map_or(0, |(start, ..)| *start);
        let last = self.tokens.get(end.saturating_sub(1)).map_or(first, |(_, _, end)| *end);
        let mut put = vec![(first, mark, last.max(first))];
        if let Some((open, close, _)) = kept {
            put.extend_from_slice(self.tokens.get(open..=close).unwrap_or_default());
        }
        let mut tokens = self.tokens.clone();
        tokens.splice(range, put);
        tokens
    }

    /// The braces of the first body behind `at`, and what stands in them.
    fn kept_body(&self, range: &Range<usize>, at: usize) -> Option<(usize, usize, Body)> {
        let is_open = |index: &usize| matches!(self.tokens.get(*index), Some((_, Token::OpenBrace, _)));
        let open = (at.max(range.start)..range.end).find(is_open)?;
        let body = words::body(self.tokens.get(range.start..open)?)?;
        let close = segment::partner(&self.tokens, open).filter(|close| *close < range.end)?;
        Some((open, close, body))
    }
}

fn is_mark((_, token, _): &Spanned<'_>) -> bool {
    token.class() == Class::Mark
}
