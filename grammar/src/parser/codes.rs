//! Every code the parser reports, with its meaning in a line.
//!
//! A code is published: it is never given a second meaning.

/// Something else has to stand here.
pub const UNEXPECTED: &str = "E0001";
/// A character the language does not have.
pub const UNKNOWN_CHARACTER: &str = "E0002";
/// A string without its end.
pub const UNCLOSED_STRING: &str = "E0003";
/// A comment without its end.
pub const UNCLOSED_COMMENT: &str = "E0004";
/// A statement or declaration without its `;`.
pub const MISSING_SEMICOLON: &str = "E0005";
/// A bracket without its partner.
pub const UNCLOSED_BRACKET: &str = "E0006";
/// A closing bracket without its partner.
pub const UNOPENED_BRACKET: &str = "E0007";
/// `a < b < c`.
pub const CHAINED_COMPARISON: &str = "E0008";
/// More levels than the compiler follows.
pub const TOO_DEEP: &str = "E0009";
/// A keyword where a name is declared or used.
pub const KEYWORD_AS_NAME: &str = "E0010";
/// A name with letters beyond ASCII.
pub const FOREIGN_NAME: &str = "E0011";
/// A number that is none.
pub const MALFORMED_NUMBER: &str = "E0012";
/// A `\` with a letter that means nothing.
pub const UNKNOWN_ESCAPE: &str = "E0013";
/// An import that is not at the top.
pub const LATE_IMPORT: &str = "E0014";
/// A word that is a keyword but for a letter or two.
pub const MISSPELLED_KEYWORD: &str = "E0015";
/// A construct of another language.
pub const FOREIGN_CONSTRUCT: &str = "E0016";
/// A character that changes how the text reads without being seen.
pub const HIDDEN_CHARACTER: &str = "E0017";

/// A name that a transaction's context has.
pub const SHADOWS_CONTEXT: &str = "E0103";

/// `(code, meaning)` of every code of the parser.
pub const CODES: &[(&str, &str)] = &[
    (UNEXPECTED, "something else has to stand here"),
    (UNKNOWN_CHARACTER, "a character the language does not have"),
    (UNCLOSED_STRING, "a string does not end on its line"),
    (UNCLOSED_COMMENT, "a comment does not end"),
    (MISSING_SEMICOLON, "a statement or declaration lacks its `;`"),
    (UNCLOSED_BRACKET, "a bracket is never closed"),
    (UNOPENED_BRACKET, "a closing bracket closes nothing, or the wrong bracket"),
    (CHAINED_COMPARISON, "comparisons do not chain"),
    (TOO_DEEP, "nested more deeply than the compiler follows"),
    (KEYWORD_AS_NAME, "a keyword cannot be a name"),
    (FOREIGN_NAME, "a name is written with ASCII letters, digits and `_`"),
    (MALFORMED_NUMBER, "a number is digits, `_` between them, or `0x` and hexadecimal digits"),
    (UNKNOWN_ESCAPE, "a `\\` in a string with a letter that means nothing"),
    (LATE_IMPORT, "an import stands after a declaration"),
    (MISSPELLED_KEYWORD, "a misspelled keyword"),
    (FOREIGN_CONSTRUCT, "a construct of another language"),
    (HIDDEN_CHARACTER, "a hidden character changes the direction of the text"),
    (SHADOWS_CONTEXT, "a name that shadows the context of the transaction"),
];
