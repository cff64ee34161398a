//! Tokens to syntax tree.

pub mod codes;
pub(crate) mod tree;

use crate::ast;
use crate::diagnostic::Diagnostic;
use crate::lexer;
use crate::source::{FileId, Span};
use lalrpop_util::{ParseError, lalrpop_mod};
use tree::Context;

lalrpop_mod!(
    #[allow(warnings, clippy::all, clippy::pedantic, reason = "generated from mc.lalrpop")]
    grammar,
    "mc.rs"
);

/// What a text holds.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// The tree; what could not be read is a `Recovered` node in it.
    pub file: ast::File,
    /// What was wrong, in the order of the text; empty for a text without mistakes.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a file.
#[must_use]
pub fn parse(file: FileId, text: &str) -> Parsed {
    let lexed = lexer::lex(text);
    let mut cx = Context::new(file, text, &lexed.docs);
    let tokens = lexed.tokens.iter().copied().map(Ok);
    match grammar::FileParser::new().parse(&mut cx, tokens) {
        Ok(tree) => Parsed { file: tree, diagnostics: cx.diagnostics },
        Err(error) => {
            let (start, end) = match &error {
                ParseError::UnrecognizedToken { token, .. } => (token.0, token.2),
                _ => (text.len(), text.len()),
            };
            let finding = Diagnostic::error("E0001", Span::new(file, start, end), format!("{error:?}"));
            Parsed { file: ast::File::default(), diagnostics: vec![finding] }
        }
    }
}
