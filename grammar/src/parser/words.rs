//! What a word says about the construct it starts.

use super::foreign;
use crate::lexer::Spanned;
use crate::token::{Class, Token};

/// What stands between the braces of a construct.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    Statements,
    Members,
}

/// True for a word that, at the start of a line, starts a declaration of the top level.
pub(crate) fn starts_item(token: Token<'_>) -> bool {
    use Token::{App, Compose, Contract, Import, Interface};
    matches!(token, Import | Contract | Interface | Compose | App) || starts_either(token)
}

/// True for a word that, at the start of a line, starts a member of a contract or interface.
pub(crate) fn starts_member(token: Token<'_>) -> bool {
    use Token::{Asset, Entry, Immutable, Init, Invariant, Migrate, Role, State, View};
    matches!(token, State | Immutable | Asset | Role | Init | Entry | View | Invariant | Migrate)
        || starts_either(token)
}

/// `const` is not here: it starts fields, too.
fn starts_either(token: Token<'_>) -> bool {
    matches!(
        token,
        Token::Fn | Token::Struct | Token::Enum | Token::ErrorWord | Token::Event | Token::Test | Token::At
    )
}

/// True for a word that, at the start of a line, starts a statement; `if` and `match` may also go on with an
/// expression.
pub(crate) fn starts_statement(token: Token<'_>) -> bool {
    use Token::{
        Abort, Advance, Assert, Break, Burn, Continue, Emit, Expect, For, Grant, Let, Par, Require, Return,
        Step, Try,
    };
    matches!(
        token,
        Let | Require
            | Assert
            | Abort
            | Emit
            | Burn
            | Grant
            | Advance
            | Return
            | Break
            | Continue
            | For
            | Step
            | Par
            | Try
            | Expect
    )
}

/// True for a token that goes on with what stands before it.
pub(crate) fn continues(token: Token<'_>) -> bool {
    use Token::{
        Arrow, By, Catch, CloseBrace, CloseBracket, CloseParen, Colon, Comma, Dot, DotDot, Else, Ensures,
        FatArrow, Implements, In, Not, OpenBrace, Semicolon, Spends, Uses, Via, Where, With,
    };
    let goes_on = matches!(
        token,
        OpenBrace
            | CloseBrace
            | CloseParen
            | CloseBracket
            | Comma
            | Semicolon
            | Colon
            | Dot
            | DotDot
            | Arrow
            | FatArrow
            | Else
            | Catch
            | By
            | Via
            | Ensures
            | Uses
            | Spends
            | Where
            | With
            | Implements
            | In
    );
    goes_on || (token.class() == Class::Operator && token != Not)
}

/// True where the words before a `{` say that members stand in it.
pub(crate) fn holds_members(head: &[Spanned<'_>]) -> bool {
    head.iter().any(|(_, token, _)| matches!(token, Token::Interface)) || body(head) == Some(Body::Members)
}

/// What the words before a `{` say about what stands in it, if that is a body.
pub(crate) fn body(head: &[Spanned<'_>]) -> Option<Body> {
    head.iter().find_map(|(_, token, _)| match token {
        Token::Name(word) => foreign::body(word).map(Some),
        _ if token.class() == Class::Keyword => Some(keyword_body(*token)),
        _ => None,
    })?
}

fn keyword_body(token: Token<'_>) -> Option<Body> {
    use Token::{
        App, As, Compose, Contract, Entry, Expect, Fn, For, If, Init, Migrate, Par, Test, Try, View,
    };
    match token {
        Contract => Some(Body::Members),
        Entry | View | Fn | Init | Migrate | Compose | App | Test | If | For | Par | Try | As | Expect => {
            Some(Body::Statements)
        }
        _ => None,
    }
}

/// True for the name of a type that every contract knows.
pub(crate) fn is_type_name(word: &str) -> bool {
    matches!(word, "address" | "bool" | "string" | "int" | "uint" | "uint256")
        || word.strip_prefix('u').is_some_and(|bits| bits.parse::<u16>().is_ok())
}
