//! The one style of the language.
//!
//! INVARIANT: what comes out has the tokens and the comments of what went in, in their order; only commas
//! before closing brackets come and go. It is checked for each text. So the tree is the same, and formatting
//! twice is formatting once.
//!
//! The tree decides where lines may break; the words are taken from the text, one after the other, each with
//! the comments before it (`words`, `printer`). `doc` chooses the breaks. What the writer decided stays where
//! the style has no better answer: single empty lines, a body of one statement on one line, fields one a line.

mod doc;
mod words;
mod check;
mod printer;
mod lists;
mod ty;
mod expr;
mod stmt;
mod item;

use crate::diagnostic::Diagnostic;
use crate::parser::parse;
use crate::source::FileId;
use printer::Printer;

/// Why a text was not formatted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is no program; these are its mistakes.
    Mistakes(Vec<Diagnostic>),
    /// The formatter would have lost something, which is a bug in it.
    Bug,
}

/// The text in the style of the language.
///
/// # Errors
/// If the text has mistakes.
pub fn format(file: FileId, text: &str) -> Result<String, Refusal> {
    let parsed = parse(file, text);
    if parsed.diagnostics.iter().any(Diagnostic::is_error) {
        return Err(Refusal::Mistakes(parsed.diagnostics));
    }
    let formatted = Printer::new(text).file(&parsed.file).ok_or(Refusal::Bug)?;
    if check::is_same(text, &formatted) { Ok(formatted) } else { Err(Refusal::Bug) }
}
