//! Diagnostics for editors and machines: one line each.

use mc_syntax::diagnostic::{Diagnostic, Severity};
use mc_syntax::source::{SourceSet, Span};
use serde::Serialize;

/// The name of the format of [`json`] lines.
pub const SCHEMA: &str = "urn:mcc:diagnostic:1";

/// `file:line:column: error[E0101]: message`
#[must_use]
pub fn short(diagnostic: &Diagnostic, sources: &SourceSet) -> String {
    let span = diagnostic.primary.span;
    let path = sources.get(span.file).map_or("?", |file| file.path.as_str());
    let (line, column) = sources.line_column(span);
    let severity = word(diagnostic.severity);
    format!("{path}:{line}:{column}: {severity}[{}]: {}\n", diagnostic.code, diagnostic.message)
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// A place for machines: bytes for editing, line and column (in characters, from 1) for showing.
#[derive(Debug, Serialize)]
pub struct Place {
    /// The file's path.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Place {
    /// The place of a span.
    #[must_use]
    pub fn of(span: Span, sources: &SourceSet) -> Self {
        let file = sources.get(span.file).map_or_else(String::new, |file| file.path.clone());
        let (line, column) = sources.line_column(span);
        Self { file, line, column, start: span.start, end: span.end }
    }
}

#[derive(Serialize)]
struct Line<'d> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    severity: Severity,
    code: &'static str,
    message: &'d str,
    #[serde(flatten)]
    place: Place,
    label: &'d str,
    secondary: Vec<Secondary<'d>>,
    help: Option<&'d str>,
    edits: Vec<Edit<'d>>,
}

#[derive(Serialize)]
struct Secondary<'d> {
    #[serde(flatten)]
    place: Place,
    label: &'d str,
}

#[derive(Serialize)]
struct Edit<'d> {
    #[serde(flatten)]
    place: Place,
    replacement: &'d str,
}

/// One line of JSON.
#[must_use]
pub fn json(diagnostic: &Diagnostic, sources: &SourceSet) -> String {
    let secondary = diagnostic.secondary.iter();
    let line = Line {
        schema: SCHEMA,
        severity: diagnostic.severity,
        code: diagnostic.code,
        message: &diagnostic.message,
        place: Place::of(diagnostic.primary.span, sources),
        label: &diagnostic.primary.message,
        secondary: secondary
            .map(|label| Secondary { place: Place::of(label.span, sources), label: &label.message })
            .collect(),
        help: diagnostic.help.as_deref(),
        edits: diagnostic
            .edits
            .iter()
            .map(|edit| Edit { place: Place::of(edit.span, sources), replacement: &edit.replacement })
            .collect(),
    };
    // A value of texts and numbers always serialises.
    serde_json::to_string(&line).map(|line| line + "\n").unwrap_or_default()
}
