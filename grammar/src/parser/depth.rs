//! How deep a tree can become, judged from the tokens, with their brackets mended, before there is one.
//!
//! INVARIANT: no path in the tree is longer than a small multiple of [`DEPTH_MAX`], whatever the text; so
//! whoever walks or drops a tree may recurse.

use super::codes;
use super::layout::Layout;
use crate::diagnostic::Diagnostic;
use crate::lexer::Spanned;
use crate::token::{Class, Token};

/// The most brackets (each counts two) and operators that may enclose one another.
pub const DEPTH_MAX: usize = 512;

/// What one open bracket holds so far.
#[derive(Clone, Copy, Default)]
struct Level {
    /// Operators and keywords since the last separator: each may be a level of the tree.
    operators: usize,
    /// `<` without `>`: a separator in a type does not end them.
    angles: usize,
}

/// The finding for a text that nests too deeply.
pub(crate) fn check(layout: &Layout<'_>, tokens: &[Spanned<'_>]) -> Option<Diagnostic> {
    let mut levels = vec![Level::default()];
    let mut depth = 0_usize;
    for (index, (start, token, end)) in tokens.iter().enumerate() {
        let next = tokens.get(index + 1).map(|(_, next, _)| *next);
        depth = step(&mut levels, depth, *token, next);
        if depth > DEPTH_MAX {
            return Some(too_deep(layout, *start, *end));
        }
    }
    None
}

/// The depth after `token`.
fn step(levels: &mut Vec<Level>, depth: usize, token: Token<'_>, next: Option<Token<'_>>) -> usize {
    let Some(level) = levels.last_mut() else { return depth };
    match token {
        Token::OpenBrace | Token::OpenParen | Token::OpenBracket => {
            level.operators += 1;
            levels.push(Level::default());
            depth + 2
        }
        Token::CloseBrace | Token::CloseParen | Token::CloseBracket => {
            let inner = level.operators + level.angles + 1;
            levels.pop();
            let ends = token == Token::CloseBrace && next != Some(Token::Else);
            let left = depth.saturating_sub(inner);
            if ends { left.saturating_sub(separate(levels, true)) } else { left }
        }
        Token::Comma => depth.saturating_sub(separate(levels, false)),
        Token::Semicolon => depth.saturating_sub(separate(levels, true)),
        Token::Less => {
            level.angles += 1;
            depth + 1
        }
        Token::Greater => {
            let closed = level.angles.min(1);
            level.angles -= closed;
            depth - closed
        }
        _ if matches!(token.class(), Class::Name | Class::Literal | Class::Constant) => depth,
        _ => {
            level.operators += 1;
            depth + 1
        }
    }
}

/// Ends what stands between two separators and gives how much less deep it is now.
fn separate(levels: &mut [Level], types_end: bool) -> usize {
    let Some(level) = levels.last_mut() else { return 0 };
    let mut ended = std::mem::take(&mut level.operators);
    if types_end {
        ended += std::mem::take(&mut level.angles);
    }
    ended
}

fn too_deep(layout: &Layout<'_>, start: usize, end: usize) -> Diagnostic {
    let message = format!("nested more deeply than {} levels", DEPTH_MAX / 2);
    Diagnostic::error(codes::TOO_DEEP, layout.span(start, end), message)
        .label("one level too many; nothing behind it was read")
        .help("give inner parts a name with `let`, or move them into a `fn`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexer::lex;
    use crate::source::FileId;

    fn is_too_deep(text: &str) -> bool {
        check(&Layout::new(FileId(0), text), &lex(text).tokens).is_some()
    }

    #[test]
    fn every_way_down_is_counted() {
        for link in
            ["(", "[", "{", "- ", "!", "a.", "a + ", "if a {} else ", "map<a, ", "a[0]", "forall a in b: "]
        {
            assert!(is_too_deep(&link.repeat(600)), "{link}");
            assert!(!is_too_deep(&link.repeat(40)), "{link}");
        }
    }

    #[test]
    fn what_stands_side_by_side_is_not_deep() {
        for piece in
            ["a + b, ", "f(a.b);", "if a { b; } ", "x: map<a, b>, ", "[a, b], ", "state x: list<u8, 4>;"]
        {
            assert!(!is_too_deep(&piece.repeat(2_000)), "{piece}");
        }
    }
}
