//! What may be written at a place in a text that is being written: the grammar is asked, so no list of words is
//! kept beside it.

use super::expected::Expected;
use super::grammar::FileParser;
use super::layout::Layout;
use super::tree::Context;
use crate::lexer::{self, Spanned};
use crate::source::FileId;
use crate::token::{Class, FIXED, Token};
use lalrpop_util::ParseError;
use std::collections::BTreeMap;

/// What may be written at a place.
#[derive(Clone, Debug, Default)]
pub struct Place {
    expected: Expected,
    before: Vec<String>,
}

/// What may be written at the byte `offset`, in place of the word that reaches up to it.
#[must_use]
pub fn place(text: &str, offset: usize) -> Place {
    let lexed = lexer::lex(text);
    let word = |(start, token, end): &Spanned<'_>| *start < offset && offset <= *end && is_word(*token);
    let start = lexed.tokens.iter().find(|token| word(token)).map_or(offset, |(start, ..)| *start);
    let before: Vec<Spanned<'_>> =
        lexed.tokens.into_iter().take_while(|(_, _, end)| *end <= start).collect();
    let (mut open, done) = unfinished(&before);
    let layout = Layout::new(FileId::default(), text);
    let mut expected = follow(&layout, &open).unwrap_or_default();
    if let Some(done) = done {
        // Behind a block, what it belongs to may go on, or something new may begin.
        open.truncate(done);
        expected = expected.or(follow(&layout, &open).unwrap_or_default());
    }
    Place { expected, before: open.iter().map(|(_, token, _)| token.text().to_owned()).collect() }
}

fn is_word(token: Token<'_>) -> bool {
    matches!(token.class(), Class::Keyword | Class::SoftKeyword | Class::Constant | Class::Name)
}

impl Place {
    /// The words of the language that may stand here, and are no names here.
    #[must_use]
    pub fn keywords(&self) -> Vec<&'static str> {
        let is_keyword = |class: Class| match class {
            Class::Keyword | Class::Constant => true,
            Class::SoftKeyword => !self.name(),
            _ => false,
        };
        let words = FIXED.iter().filter(|(word, class)| is_keyword(*class) && self.expected.has(word));
        words.map(|(word, _)| *word).collect()
    }

    /// True where a name may stand.
    #[must_use]
    pub fn name(&self) -> bool {
        self.expected.has("name")
    }

    /// True where an expression may begin.
    #[must_use]
    pub fn value(&self) -> bool {
        self.expected.has("caller")
    }

    /// True where a statement may begin.
    #[must_use]
    pub fn statement(&self) -> bool {
        self.expected.has("require")
    }

    /// The word or sign before the place, counted from it: 0 is the nearest. What is done with is left out: of
    /// all that stands before, the statement that is not finished, and the heads of the blocks around it.
    #[must_use]
    pub fn before(&self, back: usize) -> &str {
        self.before.iter().rev().nth(back).map_or("", String::as_str)
    }

    /// The words and signs before the place, as [`Self::before`] counts them, from the first.
    #[must_use]
    pub fn line(&self) -> &[String] {
        &self.before
    }
}

/// What may follow `tokens`; `None` where they are no beginning of a file.
fn follow(layout: &Layout<'_>, tokens: &[Spanned<'_>]) -> Option<Expected> {
    let docs = BTreeMap::new();
    let mut context = Context::new(layout, &docs);
    // A sign that fits nowhere ends every text, also one that could end here.
    let end = tokens.last().map_or(0, |(_, _, end)| *end);
    let stop: Spanned<'_> = (end, Token::Unknown(""), end);
    let words = tokens.iter().chain([&stop]).map(|token| Ok(*token));
    match FileParser::new().parse(&mut context, words) {
        Err(ParseError::UnrecognizedToken { token: (_, Token::Unknown(""), _), expected }) => {
            Some(Expected::new(expected))
        }
        _ => None,
    }
}

/// The tokens without the statements, members and declarations that are finished: whatever is wrong in them, and
/// however many there are, what may follow does not depend on them. Where a block ends the tokens, with the number of
/// those before what it belongs to.
fn unfinished<'a>(tokens: &[Spanned<'a>]) -> (Vec<Spanned<'a>>, Option<usize>) {
    let mut kept: Vec<Spanned<'a>> = Vec::new();
    // Where the unfinished piece begins, in the file and in each open block.
    let mut starts = vec![0];
    let mut closed = false;
    for token in tokens {
        let start = starts.last().copied().unwrap_or_default();
        if closed && !goes_on(token.1) {
            kept.truncate(start);
        }
        closed = false;
        kept.push(*token);
        match token.1 {
            Token::OpenBrace => starts.push(kept.len()),
            Token::CloseBrace if starts.len() > 1 => {
                // What was in the block goes, and its braces stay until it is clear that nothing follows them.
                kept.truncate(start);
                kept.push(*token);
                starts.pop();
                closed = true;
            }
            Token::Semicolon => kept.truncate(start),
            _ => {}
        }
    }
    (kept, closed.then(|| starts.last().copied().unwrap_or_default()))
}

/// True for what goes on with a piece that has a block in it.
fn goes_on(token: Token<'_>) -> bool {
    match token {
        Token::Else | Token::Catch | Token::From => true,
        Token::OpenBrace | Token::CloseBrace | Token::At | Token::OpenParen | Token::Underscore => false,
        _ => matches!(token.class(), Class::Operator | Class::Punctuation),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The keywords that may stand at `|`.
    fn keywords(text: &str) -> String {
        let offset = text.find('|').unwrap();
        place(&text.replace('|', ""), offset).keywords().join(" ")
    }

    #[test]
    fn the_grammar_says_what_may_follow() {
        assert_eq!(keywords("|"), "import contract interface compose app fn struct enum const error event test");
        assert_eq!(keywords("contract A { entry f() { } } con|"), keywords("|"));
        assert!(keywords("contract A { st|").starts_with("fn struct enum const error event test state"));
        assert!(keywords("contract A { entry f() { re|").contains("require"));
        assert!(keywords("contract A { entry f() |").contains("by"));
        assert_eq!(keywords("contract A { entry f(|"), "mut");
        assert!(keywords("contract A { entry f() { let x = |").contains("caller"));
        assert!(!keywords("contract A { entry f() { let x = |").contains("require"));
        assert!(keywords("contract A { entry f() { if a { } |").contains("else"));
        assert!(keywords("contract A { entry f() { if a { } |").contains("require"));
        assert_eq!(keywords("contract A { state x: |"), "");
    }

    #[test]
    fn what_is_wrong_before_does_not_matter() {
        let wrong = "contract A { entry g( { ) let; } state ; entry f() { x y z; let a = ; re|";
        assert!(keywords(wrong).contains("require"));
    }
}
