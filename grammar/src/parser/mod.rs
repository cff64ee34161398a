//! Text to syntax tree.
//!
//! INVARIANT: every text gives a tree, within time and stack that its length bounds; a text that is not a
//! program gives findings, too, and one mistake gives one finding as far as that can be judged.
//!
//! The modules stand in the order of the work: damaged tokens and brackets are mended in the tokens, what
//! nests too deeply is refused, and `recover` drives the grammar over what is left, however often it takes.

pub mod codes;
mod layout;
mod findings;
mod damage;
mod foreign;
mod words;
pub mod depth;
mod brackets;
mod segment;
mod expected;
mod unexpected;
mod mends;
pub(crate) mod tree;
mod recover;
mod place;

use crate::ast;
use crate::diagnostic::Diagnostic;
use crate::lexer;
use crate::source::FileId;
use findings::Findings;
use lalrpop_util::lalrpop_mod;
use layout::Layout;

pub use mends::shadows_context;
pub use place::{Place, place};

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
    /// What is wrong, in the order of the text; empty for a text without mistakes.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a file.
#[must_use]
pub fn parse(file: FileId, text: &str) -> Parsed {
    let layout = Layout::new(file, text);
    let mut findings = Findings::new(&layout);
    let lexed = lexer::lex(text);
    let whole = damage::mend(&layout, &lexed.tokens, text, &mut findings);
    let paired = brackets::mend(&layout, whole, &mut findings);
    let file = match depth::check(&layout, &paired) {
        Some(too_deep) => {
            findings.report(too_deep);
            ast::File::default()
        }
        None => recover::read(&layout, &lexed.docs, paired, &mut findings),
    };
    Parsed { file, diagnostics: findings.finish() }
}
