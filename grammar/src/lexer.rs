//! Text to tokens.
//!
//! Every byte of the text is in a token, a comment or a blank; nothing fails here. A keyword that touches the
//! dot before it is a name (`block.version`, `gold.entry`), so the grammar has one rule for names.

use crate::token::{Class, Token};
use logos::Logos;
use std::collections::BTreeMap;

/// A token with its first byte and one past its last.
pub type Spanned<'a> = (usize, Token<'a>, usize);

/// The text as tokens.
#[derive(Clone, Debug, Default)]
pub struct Lexed<'a> {
    /// The tokens in order, without comments.
    pub tokens: Vec<Spanned<'a>>,
    /// The text of each run of `///` lines, by the first byte of the token after it.
    pub docs: BTreeMap<usize, String>,
}

/// Cuts `text` into tokens.
#[must_use]
pub fn lex(text: &str) -> Lexed<'_> {
    let mut lexed = Lexed::default();
    let mut doc = Vec::new();
    for (token, range) in Token::lexer(text).spanned() {
        let token = token.unwrap_or(Token::Unknown(text.get(range.clone()).unwrap_or_default()));
        if let Token::Doc(line) = token {
            if stands_first(text, range.start) {
                doc.push(doc_text(line));
            }
            continue;
        }
        if !doc.is_empty() {
            lexed.docs.insert(range.start, std::mem::take(&mut doc).join("\n"));
        }
        let token = as_name(lexed.tokens.last(), token, range.start);
        lexed.tokens.push((range.start, token, range.end));
    }
    lexed
}

/// The first byte of every comment with one past its last, `///` lines among them; a line break is not part of
/// a comment that ends with its line.
#[must_use]
pub fn comments(text: &str) -> Vec<(usize, usize)> {
    let tokens = lex(text).tokens;
    let ends = tokens.iter().map(|(_, _, end)| *end);
    let starts = tokens.iter().map(|(start, _, _)| *start).chain([text.len()]);
    let mut found = Vec::new();
    for (from, to) in [0].into_iter().chain(ends).zip(starts) {
        let mut rest = text.get(from..to).unwrap_or_default();
        while let Some((_, tail)) = rest.split_once('/') {
            let start = to - tail.len() - 1;
            let comment = text.get(start..to).unwrap_or_default();
            let length = comment_length(comment);
            found.push((start, start + length));
            rest = comment.get(length..).unwrap_or_default();
        }
    }
    found
}

/// The length of the comment that `text` starts with.
fn comment_length(text: &str) -> usize {
    let end = match text.strip_prefix("/*") {
        Some(inside) => inside.find("*/").map(|at| at + 4),
        None => text.find('\n'),
    };
    end.unwrap_or(text.len())
}

/// True where only blanks stand before `at` on its line.
fn stands_first(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    line.chars().all(|blank| blank.is_whitespace() || blank == '\u{FEFF}')
}

fn doc_text(line: &str) -> &str {
    let text = line.trim_start_matches('/').trim_end();
    text.strip_prefix(' ').unwrap_or(text)
}

/// The token as a name where it is a keyword that touches the dot before it.
fn as_name<'a>(before: Option<&Spanned<'a>>, token: Token<'a>, start: usize) -> Token<'a> {
    let after_dot = matches!(before, Some((_, Token::Dot | Token::QuestionDot, end)) if *end == start);
    let is_word = matches!(token.class(), Class::Keyword | Class::Constant);
    if after_dot && is_word { Token::Name(token.text()) } else { token }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<Token<'_>> {
        lex(text).tokens.into_iter().map(|(_, token, _)| token).collect()
    }

    #[test]
    fn comments_and_blanks_are_no_tokens() {
        assert_eq!(words("/* a */ // b\r\n/***/ //// c\n/* * / **/"), []);
    }

    #[test]
    fn damage_is_a_token() {
        assert_eq!(words("\"ab"), [Token::UnclosedString("\"ab")]);
        assert_eq!(words("/* ab"), [Token::UnclosedComment("/* ab")]);
        assert_eq!(words("1.5 10k 0x"), ["1.5", "10k", "0x"].map(Token::MalformedNumber));
        assert_eq!(words("größe"), [Token::ForeignName("größe")]);
        assert_eq!(words("$"), [Token::Unknown("$")]);
    }

    #[test]
    fn ranges_are_not_fractions() {
        assert_eq!(words("0..10"), [Token::Int("0"), Token::DotDot, Token::Int("10")]);
    }

    #[test]
    fn a_keyword_after_a_dot_is_a_name() {
        assert_eq!(words("a.entry"), [Token::Name("a"), Token::Dot, Token::Name("entry")]);
        assert_eq!(words("a. entry"), [Token::Name("a"), Token::Dot, Token::Entry]);
    }

    #[test]
    fn comments_are_found_where_they_stand() {
        let text = "// a\n\"//\" /* b\n/ **/x/ /***/// c\n/// d";
        let found: Vec<&str> = comments(text).into_iter().map(|(from, to)| &text[from..to]).collect();
        assert_eq!(found, ["// a", "/* b\n/ **/", "/***/", "// c", "/// d"]);
    }

    #[test]
    fn a_byte_order_mark_hides_no_doc_comment() {
        assert_eq!(lex("\u{FEFF}/// One.\na").docs.len(), 1);
    }

    #[test]
    fn doc_comments_belong_to_the_next_token() {
        let lexed = lex("/// One.\n///\n///  Two.\na /// no\nb");
        assert_eq!(lexed.docs.into_iter().collect::<Vec<_>>(), [(23, "One.\n\n Two.".to_owned())]);
    }
}
