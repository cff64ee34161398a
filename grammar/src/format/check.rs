//! Nothing of a text may be lost: the proof, made for each text that was formatted.

use super::words::tidy;
use crate::lexer;

/// True if both texts have the same tokens, commas before closing brackets apart, and the same comments.
pub(super) fn is_same(before: &str, after: &str) -> bool {
    tokens(before) == tokens(after) && comments(before) == comments(after)
}

fn tokens(text: &str) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    for (_, token, _) in lexer::lex(text).tokens {
        if matches!(token.text(), ")" | "]" | "}") && found.last() == Some(&",") {
            found.pop();
        }
        found.push(token.text());
    }
    found
}

fn comments(text: &str) -> Vec<String> {
    lexer::comments(text).into_iter().map(|(from, to)| tidy(text.get(from..to).unwrap_or_default())).collect()
}
