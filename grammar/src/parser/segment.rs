//! Where constructs begin and end, judged from the tokens alone.
//!
//! A segment is what stands between two boundaries in one pair of braces, or at the top level: a statement, a
//! member, a declaration, or what should have been one. INVARIANT: brackets pair up in a segment, so leaving
//! one out never moves the end of anything around it.

use super::brackets::{closer, closes};
use super::layout::Layout;
use super::words;
use crate::lexer::Spanned;
use crate::token::{Class, Token};
use std::ops::Range;

/// The `{` that are open at token `at`, outermost first; a `}` is inside the braces it closes.
pub(crate) fn open_braces(tokens: &[Spanned<'_>], at: usize) -> Vec<usize> {
    let mut open = Vec::new();
    for (index, (_, token, _)) in tokens.iter().enumerate().take(at) {
        match token {
            Token::OpenBrace => open.push(index),
            Token::CloseBrace => drop(open.pop()),
            _ => {}
        }
    }
    open
}

/// The token that closes the bracket at `open`.
pub(crate) fn partner(tokens: &[Spanned<'_>], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, (_, token, _)) in tokens.iter().enumerate().skip(open) {
        if closer(*token).is_some() {
            depth += 1;
        } else if closes(*token) {
            depth = depth.checked_sub(1)?;
        }
        if depth == 0 {
            return Some(index);
        }
    }
    None
}

/// The smallest segment that holds the reason why token `at` cannot follow what stands before it: its own,
/// or, where `at` is the first of a segment but none could start there, the one before.
pub(crate) fn broken(
    layout: &Layout<'_>,
    tokens: &[Spanned<'_>],
    at: usize,
    could_start: bool,
) -> Range<usize> {
    let mut at = at;
    let mut open = open_braces(tokens, at);
    loop {
        let brace = open.pop();
        let found = pick(&segments(layout, tokens, brace.map_or(0, |brace| brace + 1)), at, could_start);
        match (found, brace) {
            (Some(segment), _) => return segment,
            (None, Some(brace)) => at = brace,
            (None, None) => return 0..tokens.len(),
        }
    }
}

/// The segment that holds token `at`, with the one before it.
pub(crate) fn with_previous(layout: &Layout<'_>, tokens: &[Spanned<'_>], at: usize) -> Option<Range<usize>> {
    let start = open_braces(tokens, at).last().map_or(0, |brace| brace + 1);
    let segments = segments(layout, tokens, start);
    let index = segments.iter().position(|segment| segment.contains(&at))?;
    let previous = segments.get(index.checked_sub(1)?)?;
    Some(previous.start..segments.get(index)?.end)
}

/// The segment around the braces that hold token `at`.
pub(crate) fn around(layout: &Layout<'_>, tokens: &[Spanned<'_>], at: usize) -> Range<usize> {
    match open_braces(tokens, at).last() {
        Some(brace) => broken_around(layout, tokens, *brace),
        None => 0..tokens.len(),
    }
}

fn broken_around(layout: &Layout<'_>, tokens: &[Spanned<'_>], brace: usize) -> Range<usize> {
    let start = open_braces(tokens, brace).last().map_or(0, |outer| outer + 1);
    let holds = |segment: &Range<usize>| segment.contains(&brace);
    segments(layout, tokens, start).into_iter().find(holds).unwrap_or(0..tokens.len())
}

/// The segment that `broken` means, among those of one pair of braces; the last one where `at` is behind all.
fn pick(segments: &[Range<usize>], at: usize, could_start: bool) -> Option<Range<usize>> {
    let Some(index) = segments.iter().position(|segment| segment.contains(&at)) else {
        return segments.last().cloned();
    };
    let starts = segments.get(index).is_some_and(|segment| segment.start == at);
    let index = if starts && !could_start { index.saturating_sub(1) } else { index };
    segments.get(index).cloned()
}

/// True where a segment that ends in `token` is whole.
pub(crate) fn ends(token: Option<Token<'_>>) -> bool {
    match token {
        Some(token) => matches!(token, Token::Semicolon | Token::CloseBrace) || token.class() == Class::Mark,
        None => true,
    }
}

/// The segments from `start` to the end of the braces it is in.
fn segments(layout: &Layout<'_>, tokens: &[Spanned<'_>], start: usize) -> Vec<Range<usize>> {
    let mut segments = Vec::new();
    let mut from = start;
    let mut depth = 0_usize;
    let mut end = tokens.len();
    for index in start..tokens.len() {
        let Some((_, token, _)) = tokens.get(index) else { break };
        if closes(*token) {
            let Some(outer) = depth.checked_sub(1) else {
                end = index;
                break;
            };
            depth = outer;
        } else if depth == 0 && index > from && is_boundary(layout, tokens, index) {
            segments.push(from..index);
            from = index;
        }
        depth += usize::from(closer(*token).is_some());
    }
    if from < end {
        segments.push(from..end);
    }
    segments
}

/// True where a construct starts at `index`.
fn is_boundary(layout: &Layout<'_>, tokens: &[Spanned<'_>], index: usize) -> bool {
    let before = index.checked_sub(1).and_then(|before| tokens.get(before)).map(|(_, token, _)| *token);
    let Some((start, token, _)) = tokens.get(index) else { return true };
    if token.class() == Class::Mark {
        return true;
    }
    if before == Some(Token::Semicolon) {
        return !matches!(token, Token::Else | Token::Catch);
    }
    if ends(before) {
        let goes_on = words::continues(*token) || (*token == Token::From && !layout.starts_line(*start));
        return !goes_on;
    }
    let starts =
        words::starts_item(*token) || words::starts_member(*token) || words::starts_statement(*token);
    starts && layout.starts_line(*start)
}
