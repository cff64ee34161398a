//! Brackets that lack their partner: reported, and mended in the tokens before parsing.
//!
//! INVARIANT: tokens whose brackets pair up come out as they went in, however they are indented; and what
//! comes out always pairs up, unless it nests too deeply to be read at all.
//!
//! Where brackets do not pair up, indentation and the words that start a line say which one is missing: a
//! missing `}` would otherwise be noticed at the end of the file, after it has swallowed all that follows.

use super::codes;
use super::depth::DEPTH_MAX;
use super::findings::Findings;
use super::layout::Layout;
use super::words;
use crate::diagnostic::Diagnostic;
use crate::lexer::Spanned;
use crate::source::Span;
use crate::token::Token;

/// Reports brackets without partner and gives tokens in which all pair up.
pub(crate) fn mend<'a>(
    layout: &Layout<'a>,
    tokens: Vec<Spanned<'a>>,
    findings: &mut Findings<'_>,
) -> Vec<Spanned<'a>> {
    if pair_up(&tokens) {
        return tokens;
    }
    let surplus = surplus(&tokens);
    let mut mender = Mender { layout, findings, open: Vec::new(), mended: Vec::new(), surplus };
    for token in tokens {
        mender.take(token);
        if mender.open.len() > DEPTH_MAX {
            return mender.mended;
        }
    }
    mender.finish()
}

/// The bracket that closes `token`, where it opens one.
pub(crate) fn closer(token: Token<'_>) -> Option<Token<'static>> {
    match token {
        Token::OpenBrace => Some(Token::CloseBrace),
        Token::OpenParen => Some(Token::CloseParen),
        Token::OpenBracket => Some(Token::CloseBracket),
        _ => None,
    }
}

/// True for a bracket that closes.
pub(crate) fn closes(token: Token<'_>) -> bool {
    matches!(token, Token::CloseBrace | Token::CloseParen | Token::CloseBracket)
}

fn pair_up(tokens: &[Spanned<'_>]) -> bool {
    let mut open = Vec::new();
    for (_, token, _) in tokens {
        if let Some(closer) = closer(*token) {
            open.push(closer);
        } else if closes(*token) && open.pop() != Some(*token) {
            return false;
        }
    }
    open.is_empty()
}

fn is_beyond_group(token: Token<'_>) -> bool {
    use Token::{AddAssign, Arrow, DivideAssign, MultiplyAssign, Semicolon, SubtractAssign};
    matches!(token, Semicolon | Arrow | AddAssign | SubtractAssign | MultiplyAssign | DivideAssign)
}

/// How many more `}` than `{` there are.
fn surplus(tokens: &[Spanned<'_>]) -> isize {
    tokens.iter().fold(0, |surplus, (_, token, _)| match token {
        Token::OpenBrace => surplus - 1,
        Token::CloseBrace => surplus + 1,
        _ => surplus,
    })
}

/// A bracket that is open.
struct Open<'a> {
    opener: Spanned<'a>,
    closer: Token<'static>,
    /// The indentation of the line on which the construct starts that the bracket belongs to.
    indent: usize,
    /// A `{` that holds members.
    holds_members: bool,
    /// Where the first token stands, among the mended ones, that a `(` or `[` cannot reach beyond.
    limit: Option<usize>,
    /// An `if` or `match` stands directly in it.
    holds_choice: bool,
}

fn is_brace(open: &Open<'_>) -> bool {
    open.closer == Token::CloseBrace
}

struct Mender<'a, 'f, 'l> {
    layout: &'f Layout<'a>,
    findings: &'f mut Findings<'l>,
    open: Vec<Open<'a>>,
    mended: Vec<Spanned<'a>>,
    surplus: isize,
}

impl<'a> Mender<'a, '_, '_> {
    fn take(&mut self, word: Spanned<'a>) {
        let (start, token, _) = word;
        if self.layout.starts_line(start) && !closes(token) {
            self.close_before_line(word);
        }
        if let Some(closer) = closer(token) {
            self.push(word, closer);
        } else if token == Token::CloseBrace {
            self.close_brace(word);
        } else if closes(token) {
            self.close_group(word);
        } else {
            self.note(token);
            self.mended.push(word);
        }
    }

    fn push(&mut self, opener: Spanned<'a>, closer: Token<'static>) {
        if opener.1 == Token::OpenBrace && self.is_in_plain_group() {
            self.open_until(is_brace);
        }
        let head = self.head(opener);
        let holds_members = opener.1 == Token::OpenBrace && words::holds_members(self.segment());
        let indent = self.layout.indent(head);
        self.open.push(Open { opener, closer, indent, holds_members, limit: None, holds_choice: false });
        self.mended.push(opener);
    }

    /// True inside a `(` or `[` in which no expression has started that may hold a `{`.
    fn is_in_plain_group(&self) -> bool {
        self.open.last().is_some_and(|open| !is_brace(open) && !open.holds_choice)
    }

    /// The mended tokens since the last `;`, `{` or `}`.
    fn segment(&self) -> &[Spanned<'a>] {
        let ends = |(_, token, _): &Spanned<'_>| {
            matches!(token, Token::Semicolon | Token::OpenBrace | Token::CloseBrace)
        };
        let start = self.mended.iter().rposition(ends).map_or(0, |at| at + 1);
        self.mended.get(start..).unwrap_or_default()
    }

    /// The first byte of the construct that `opener` belongs to.
    fn head(&self, opener: Spanned<'_>) -> usize {
        if opener.1 == Token::OpenBrace {
            self.segment().first().map_or(opener.0, |(start, _, _)| *start)
        } else {
            opener.0
        }
    }

    /// Remembers what `token` says about the bracket it stands in.
    fn note(&mut self, token: Token<'_>) {
        let at = self.mended.len();
        let Some(open) = self.open.last_mut() else { return };
        open.holds_choice |= matches!(token, Token::If | Token::Match);
        let beyond = match open.closer {
            Token::CloseParen => is_beyond_group(token),
            Token::CloseBracket => is_beyond_group(token) || token == Token::Assign,
            _ => false,
        };
        if beyond {
            open.limit.get_or_insert(at);
        }
    }

    /// Closes what cannot reach beyond a line that starts with `word`.
    fn close_before_line(&mut self, (start, token, _): Spanned<'a>) {
        let indent = self.layout.indent(start);
        if words::starts_member(token) {
            self.open_until(|open| open.holds_members);
            if words::starts_item(token) && self.surplus < 0 {
                self.open_until(|open| open.indent < indent);
            }
        } else if words::starts_item(token) {
            self.open_until(|_| false);
        } else if words::starts_statement(token) {
            self.open_until(is_brace);
        } else if !words::continues(token) {
            self.open_until(|open| is_brace(open) || open.indent < indent);
        }
    }

    /// Closes what is open above the topmost bracket that `stays`.
    fn open_until(&mut self, stays: impl Fn(&Open<'a>) -> bool) {
        let kept = self.open.iter().rposition(stays).map_or(0, |at| at + 1);
        self.close_down_to(kept, false);
    }

    /// Closes every bracket but the first `kept`, as one mistake.
    fn close_down_to(&mut self, kept: usize, at_end: bool) {
        let mut finding: Option<Diagnostic> = None;
        while self.open.len() > kept {
            let Some(open) = self.open.pop() else { break };
            let place = self.layout.place(open.opener);
            let at = self.close(&open);
            self.surplus += isize::from(open.closer == Token::CloseBrace);
            finding = Some(match finding {
                None => self.unclosed(&open, at),
                Some(first) if first.secondary.len() < 4 => first.also(place, "open, too"),
                Some(first) => first,
            });
        }
        match finding {
            Some(finding) if at_end => self.findings.report_at_end(finding),
            Some(finding) => self.findings.report(finding),
            None => {}
        }
    }

    /// Puts in the bracket that closes `open` and gives its place.
    fn close(&mut self, open: &Open<'a>) -> Span {
        let at = open.limit.unwrap_or(self.mended.len());
        let end = at.checked_sub(1).and_then(|before| self.mended.get(before)).map_or(0, |(_, _, end)| *end);
        self.mended.insert(at, (end, open.closer, end));
        self.layout.span(end, end)
    }

    fn unclosed(&self, open: &Open<'_>, at: Span) -> Diagnostic {
        let (opener, closer) = (open.opener.1.text(), open.closer.text());
        let message = format!("`{opener}` is never closed");
        let finding = Diagnostic::error(codes::UNCLOSED_BRACKET, self.layout.place(open.opener), message)
            .label("opened here")
            .also(at, format!("`{closer}` is missing here at the latest"));
        if is_brace(open) {
            finding.help("put a `}` where the body ends, at the latest at the second place shown")
        } else {
            finding.help(format!("close it with `{closer}`")).edit(at, closer)
        }
    }

    fn close_brace(&mut self, word: Spanned<'a>) {
        if !self.open.iter().any(is_brace) {
            return self.unopened(word);
        }
        self.open_until(is_brace);
        if self.layout.starts_line(word.0) {
            let indent = self.layout.indent(word.0);
            if self.surplus > 0 && self.is_deeper(word, indent) {
                self.surplus -= 1;
                return self.unopened(word);
            }
            if self.surplus < 0 && self.open.iter().any(|open| is_brace(open) && open.indent == indent) {
                self.open_until(|open| open.indent <= indent);
            }
        }
        self.open.pop();
        self.mended.push(word);
    }

    /// True where a `}` stands deeper than the construct it would close, on a line of its own.
    fn is_deeper(&self, (start, ..): Spanned<'_>, indent: usize) -> bool {
        self.open.last().is_some_and(|open| {
            open.indent < indent && self.layout.line(open.opener.0) < self.layout.line(start)
        })
    }

    /// A `)` or `]`.
    fn close_group(&mut self, (start, token, end): Spanned<'a>) {
        let groups = self.open.iter().rposition(is_brace).map_or(0, |at| at + 1);
        let partner = self.open.iter().rposition(|open| open.closer == token).filter(|at| *at >= groups);
        match (partner, self.open.last()) {
            (Some(partner), _) => {
                self.close_down_to(partner + 1, false);
                self.open.pop();
                self.mended.push((start, token, end));
            }
            (None, Some(open)) if !is_brace(open) => {
                let closer = open.closer;
                let finding = self.mismatch(open, (start, token, end));
                self.findings.report(finding);
                self.open.pop();
                self.mended.push((start, closer, end));
            }
            _ => self.unopened((start, token, end)),
        }
    }

    fn mismatch(&self, open: &Open<'_>, word: Spanned<'_>) -> Diagnostic {
        let (opener, closer) = (open.opener.1.text(), open.closer.text());
        let place = self.layout.place(word);
        let message = format!("`{opener}` is closed by `{}`", word.1.text());
        Diagnostic::error(codes::UNOPENED_BRACKET, place, message)
            .label(format!("`{closer}` belongs here"))
            .also(self.layout.place(open.opener), "opened here")
            .help(format!("write `{closer}` in its place"))
            .edit(place, closer)
    }

    /// Reports a closing bracket that closes nothing and leaves it out.
    fn unopened(&mut self, word: Spanned<'a>) {
        let place = self.layout.place(word);
        let text = word.1.text();
        let finding = Diagnostic::error(codes::UNOPENED_BRACKET, place, format!("`{text}` closes nothing"))
            .label("no open bracket is left for it")
            .help("remove it, or open what it should close");
        self.findings.report(finding);
    }

    fn finish(mut self) -> Vec<Spanned<'a>> {
        self.close_down_to(0, true);
        self.mended
    }
}
