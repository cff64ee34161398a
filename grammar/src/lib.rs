//! How a contract is written: text to syntax tree.
//!
//! `source` holds the text and its positions, `diagnostic` what went wrong in it, `token` and `lexer` its
//! words, `ast` the tree, `parser` the way from words to tree (the productions stand in `mc.lalrpop`), and
//! `format` the way back, in the one style of the language.
//! Nothing here knows what a contract means.

pub mod source;
pub mod diagnostic;
pub mod token;
pub mod lexer;
pub mod ast;
pub mod parser;
pub mod format;
