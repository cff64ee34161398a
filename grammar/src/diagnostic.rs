//! What the compiler has to say about a source, as data; renderers live in `mcc`.
//!
//! A code's first two digits name its family: 00 syntax, 01 names, 02 types, 03 assets, 04 parallelism,
//! 05 composition, 06 totality, 07 rights and specification, 08 link and upgrade, 09 not compiled yet.

use crate::source::Span;
use serde::Serialize;

/// How much a [`Diagnostic`] matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing is built.
    Error,
    /// The build goes on.
    Warning,
}

/// A place in the source and what to say there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What, in lower case and without a period; may be empty.
    pub message: String,
}

/// A replacement a machine can apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The text that goes.
    pub span: Span,
    /// The text that comes.
    pub replacement: String,
}

/// One finding, with everything a renderer needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: Severity,
    /// The published code, such as `E0101`.
    pub code: &'static str,
    /// One sentence in lower case without a period, names in backticks.
    pub message: String,
    /// The place it is about.
    pub primary: Label,
    /// Places that explain it.
    pub secondary: Vec<Label>,
    /// How to mend it, as a sentence.
    pub help: Option<String>,
    /// The mend as edits, all of them or none.
    pub edits: Vec<Edit>,
}

impl Diagnostic {
    /// An error at `span`.
    #[must_use]
    pub fn error(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, span, message)
    }

    /// A warning at `span`.
    #[must_use]
    pub fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, span, message)
    }

    fn new(severity: Severity, code: &'static str, span: Span, message: impl Into<String>) -> Self {
        let primary = Label { span, message: String::new() };
        Self {
            severity,
            code,
            message: message.into(),
            primary,
            secondary: Vec::new(),
            help: None,
            edits: Vec::new(),
        }
    }

    /// Says something at the primary place.
    #[must_use]
    pub fn label(mut self, message: impl Into<String>) -> Self {
        self.primary.message = message.into();
        self
    }

    /// Points at a second place.
    #[must_use]
    pub fn also(mut self, span: Span, message: impl Into<String>) -> Self {
        self.secondary.push(Label { span, message: message.into() });
        self
    }

    /// Says how to mend it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds an edit to the mend.
    #[must_use]
    pub fn edit(mut self, span: Span, replacement: impl Into<String>) -> Self {
        self.edits.push(Edit { span, replacement: replacement.into() });
        self
    }

    /// True for an error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
