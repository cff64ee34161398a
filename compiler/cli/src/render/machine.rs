//! Diagnostics for editors and machines: one line each.

use mc_syntax::diagnostic::{Diagnostic, Severity};
use mc_syntax::source::{SourceSet, Span};
use schemars::JsonSchema;
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

/// `error` or `warning`.
#[must_use]
pub fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// A place for machines: bytes for editing, line and column (in characters, from 1) for showing.
#[derive(Clone, Debug, Serialize, JsonSchema)]
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

/// A finding of `mcc`: one line of `--format json`.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Diagnostic", extend("$id" = SCHEMA))]
struct Line<'d> {
    /// The name of this format.
    #[serde(rename = "$schema")]
    #[schemars(extend("const" = SCHEMA))]
    schema: &'static str,
    /// An error stops the build, a warning does not.
    #[schemars(with = "String", extend("enum" = ["error", "warning"]))]
    severity: Severity,
    /// The published code, for `mcc explain`; or what the finding comes from.
    #[schemars(regex(pattern = "^([EW][0-9]{4}|test|fuzz|snapshot)$"))]
    code: &'static str,
    /// One sentence in lower case without a period.
    message: &'d str,
    #[serde(flatten)]
    place: Place,
    /// What to say at the place; may be empty.
    label: &'d str,
    /// Places that explain it.
    secondary: Vec<Secondary<'d>>,
    /// How to mend it.
    help: Option<&'d str>,
    /// The mend, all of it or none.
    edits: Vec<Edit<'d>>,
}

/// A place that explains a finding.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Secondary")]
struct Secondary<'d> {
    #[serde(flatten)]
    place: Place,
    /// What to say there.
    label: &'d str,
}

/// A replacement: the text that goes is at the place.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Edit")]
struct Edit<'d> {
    #[serde(flatten)]
    place: Place,
    /// The text that comes.
    replacement: &'d str,
}

/// The line and column, from 1, behind the last character of a span.
#[must_use]
pub fn end_of(span: Span, sources: &SourceSet) -> (usize, usize) {
    sources.line_column(Span { start: span.end.max(span.start), ..span })
}

/// The JSON Schema of the lines that [`json`] gives.
#[must_use]
pub fn schema() -> String {
    let schema = schemars::schema_for!(Line<'static>);
    // A schema of texts and numbers always serialises.
    serde_json::to_string_pretty(&schema).map(|text| text + "\n").unwrap_or_default()
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
