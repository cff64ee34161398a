//! Small mends: one token changed or put in, after which the text goes on as its author meant.
//!
//! A mend is only a proposal; it is taken where the parser, given the mended tokens, gets past it.

use super::codes;
use super::layout::Layout;
use super::recover::Fault;
use super::unexpected::{self, is_word, quote};
use crate::diagnostic::Diagnostic;
use crate::lexer::{Spanned, lex};
use crate::source::Span;
use crate::token::{Class, Token};
use std::ops::Range;

/// A token in the place of others.
pub(crate) struct Mend<'a> {
    /// The tokens that go; empty where one is put in.
    pub(crate) range: Range<usize>,
    /// The token that comes, if any.
    pub(crate) token: Option<Spanned<'a>>,
    /// What to say.
    pub(crate) finding: Diagnostic,
    /// The keyword that was used as a name.
    pub(crate) renamed: Option<Token<'a>>,
}

/// `(found, wanted, what to say)` of tokens that are easily confused.
const CONFUSED: &[(Token<'static>, Token<'static>, &str)] = &[
    (Token::FatArrow, Token::Arrow, "a result is written `-> u64`"),
    (Token::Colon, Token::Arrow, "a result is written `-> u64`"),
    (Token::Arrow, Token::FatArrow, "an arm of a `match` is written `pattern => ..`"),
    (Token::Assign, Token::Colon, "arguments are named with `:`, as in `Offer(price: 5)`"),
    (Token::Assign, Token::Equal, "`==` compares; an assignment is a statement of its own: `a = b;`"),
    (Token::Semicolon, Token::Comma, "fields, variants and arguments are separated by `,`"),
    (Token::Comma, Token::Semicolon, "statements and declarations end in `;`"),
    (Token::Dot, Token::Semicolon, "statements and declarations end in `;`"),
    (Token::Colon, Token::Semicolon, "statements and declarations end in `;`"),
];

/// The mends worth trying for `fault`, the likeliest first.
pub(crate) fn proposals<'a>(
    layout: &Layout<'a>,
    tokens: &[Spanned<'a>],
    fault: &Fault,
    broken: &Range<usize>,
) -> Vec<Mend<'a>> {
    let mut mends = Vec::new();
    mends.extend(misspelled(layout, tokens, fault, broken.start));
    mends.extend(keyword_as_name(layout, tokens, fault));
    mends.extend(missing_semicolon(layout, tokens, fault));
    mends.extend(needless_separator(layout, tokens, fault));
    mends.extend(confused(layout, tokens, fault, broken));
    mends.extend(missing_comma(layout, tokens, fault, broken));
    mends
}

/// `retrun x;`
fn misspelled<'a>(
    layout: &Layout<'a>,
    tokens: &[Spanned<'a>],
    fault: &Fault,
    first: usize,
) -> Option<Mend<'a>> {
    let before = fault.at.checked_sub(1).filter(|before| *before == first);
    [Some(fault.at), before].into_iter().flatten().find_map(|at| {
        let (start, Token::Name(word), end) = *tokens.get(at)? else { return None };
        let any_keyword = crate::token::FIXED.iter().map(|(spelling, _)| *spelling);
        let candidates: Vec<&str> =
            if at == fault.at { fault.expected.keywords().collect() } else { any_keyword.collect() };
        let meant = closest(word, &candidates)?;
        let (_, token, _) = *lex(meant).tokens.first()?;
        let span = layout.span(start, end);
        let finding = Diagnostic::error(codes::MISSPELLED_KEYWORD, span, format!("`{word}` is no keyword"))
            .label(format!("did you mean `{meant}`?"))
            .help(format!("write `{meant}`"))
            .edit(span, meant);
        Some(Mend { range: at..at + 1, token: Some((start, token, end)), finding, renamed: None })
    })
}

/// The candidate that differs from `word` least, if the difference can be a slip.
fn closest(word: &str, candidates: &[&'static str]) -> Option<&'static str> {
    let slips_max = if word.len() < 5 { 1 } else { 2 };
    let slips = |candidate: &str| strsim::osa_distance(&word.to_ascii_lowercase(), candidate);
    let nearest = candidates.iter().min_by_key(|candidate| slips(candidate))?;
    (word.len() > 2 && slips(nearest) <= slips_max).then_some(*nearest)
}

/// `let state = 1;`
fn keyword_as_name<'a>(layout: &Layout<'a>, tokens: &[Spanned<'a>], fault: &Fault) -> Option<Mend<'a>> {
    let (start, token, end) = *tokens.get(fault.at)?;
    if !is_word(token) || !fault.expected.has("name") || layout.starts_line(start) {
        return None;
    }
    let word = token.text();
    let span = layout.span(start, end);
    let finding = match context(token) {
        Some((means, other)) => shadows_context(word, span, means, other),
        None => Diagnostic::error(
            codes::KEYWORD_AS_NAME,
            span,
            format!("`{word}` is a keyword and cannot be a name"),
        )
        .label("expected a name")
        .help(format!("choose another name, such as `{word}_`")),
    };
    Some(Mend {
        range: fault.at..fault.at + 1,
        token: Some((start, Token::Name(word), end)),
        finding,
        renamed: Some(token),
    })
}

/// What a word of the transaction's context means, and a name that something else may have.
fn context(token: Token<'_>) -> Option<(&'static str, &'static str)> {
    match token {
        Token::Caller => Some(("the signer of the transaction", "sender")),
        Token::Now => Some(("the time of the block", "moment")),
        Token::SelfValue => Some(("the contract itself", "contract_address")),
        Token::Via => Some(("the composition that runs this", "route")),
        _ => None,
    }
}

/// A name that would hide what every body knows.
#[must_use]
pub fn shadows_context(word: &str, span: Span, means: &str, other: &str) -> Diagnostic {
    let message = format!("`{word}` shadows the transaction context");
    Diagnostic::error(codes::SHADOWS_CONTEXT, span, message)
        .label(format!("`{word}` is {means}"))
        .help(format!("choose another name, such as `{other}`"))
}

/// A `;` that is missing at the end of a line or body.
fn missing_semicolon<'a>(layout: &Layout<'a>, tokens: &[Spanned<'a>], fault: &Fault) -> Option<Mend<'a>> {
    let (before_start, before, end) = *tokens.get(fault.at.checked_sub(1)?)?;
    let at_break = match tokens.get(fault.at) {
        Some((_, Token::OpenBrace, _)) => false,
        Some((_, Token::CloseBrace, _)) | None => true,
        Some((start, ..)) => layout.line(*start) > layout.line(before_start),
    };
    if !at_break || !fault.expected.has(";") {
        return None;
    }
    let gap = layout.span(end, end);
    let message = format!("`;` is missing after {}", quote(before));
    let finding = Diagnostic::error(codes::MISSING_SEMICOLON, layout.span(before_start, end), message)
        .label("a `;` belongs behind this")
        .help(format!("put a `;` after {}", quote(before)))
        .edit(gap, ";");
    Some(put_in(fault.at, Token::Semicolon, end, finding))
}

/// `};` and `},`
fn needless_separator<'a>(layout: &Layout<'a>, tokens: &[Spanned<'a>], fault: &Fault) -> Option<Mend<'a>> {
    let (_, before, _) = *tokens.get(fault.at.checked_sub(1)?)?;
    let (start, found, end) = *tokens.get(fault.at)?;
    let is_needless = match found {
        Token::Semicolon => matches!(before, Token::CloseBrace | Token::Semicolon | Token::OpenBrace),
        Token::Comma => before == Token::CloseBrace,
        _ => false,
    };
    if !is_needless {
        return None;
    }
    let span = layout.span(start, end);
    let message = format!("{} separates nothing after {}", quote(found), quote(before));
    let finding = Diagnostic::error(codes::UNEXPECTED, span, message)
        .label("not needed")
        .help(format!("remove it: what ends in braces needs no {}", quote(found)))
        .edit(span, "");
    Some(Mend { range: fault.at..fault.at + 1, token: None, finding, renamed: None })
}

/// `entry f() => u64 {`
fn confused<'a>(
    layout: &Layout<'a>,
    tokens: &[Spanned<'a>],
    fault: &Fault,
    broken: &Range<usize>,
) -> Vec<Mend<'a>> {
    let Some(&(start, found, end)) = tokens.get(fault.at) else { return Vec::new() };
    let fits =
        |(one, wanted, _): &&(Token<'_>, Token<'_>, &str)| *one == found && fault.expected.has(wanted.text());
    CONFUSED
        .iter()
        .filter(fits)
        .map(|(_, wanted, help)| {
            let span = layout.span(start, end);
            let finding =
                unexpected::finding(layout, tokens, fault, broken).help(*help).edit(span, wanted.text());
            Mend { range: fault.at..fault.at + 1, token: Some((start, *wanted, end)), finding, renamed: None }
        })
        .collect()
}

/// `struct Lot { bids: u64 open: bool }`
fn missing_comma<'a>(
    layout: &Layout<'a>,
    tokens: &[Spanned<'a>],
    fault: &Fault,
    broken: &Range<usize>,
) -> Option<Mend<'a>> {
    let (_, before, end) = *tokens.get(fault.at.checked_sub(1)?)?;
    let (_, found, _) = *tokens.get(fault.at)?;
    if !fault.expected.has(",") || matches!(found.class(), Class::Operator | Class::Punctuation) {
        return None;
    }
    let gap: Span = layout.span(end, end);
    let finding = unexpected::finding(layout, tokens, fault, broken)
        .help(format!("put a `,` after {}", quote(before)))
        .edit(gap, ",");
    Some(put_in(fault.at, Token::Comma, end, finding))
}

fn put_in<'a>(at: usize, token: Token<'a>, end: usize, finding: Diagnostic) -> Mend<'a> {
    Mend { range: at..at, token: Some((end, token, end)), finding, renamed: None }
}
