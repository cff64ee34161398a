//! The grammars of editors, derived from the grammar of the language.
//!
//! `mc.lalrpop` has every production once and `mc_syntax::token` every word once; nothing here repeats either.
//! `lalrpop` reads the productions, `nodes` decides which of them are nodes of a tree, `words` tells names from
//! keywords by a regular expression, `tree_sitter` writes a grammar of them; `fill` puts words into what is
//! written by hand (`editors/derive/templates`), `textmate` into rules, and `files` says which file holds what.

pub mod lalrpop;
pub mod nodes;
pub mod words;
pub mod tree_sitter;
pub mod fill;
pub mod textmate;
pub mod files;

/// Why nothing could be derived.
pub type Error = Box<dyn std::error::Error>;
