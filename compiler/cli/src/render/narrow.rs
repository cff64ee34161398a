//! Diagnostics in very long lines: a window around the place, where drawing the whole line would help nobody.

use crate::output::{bold, dim};
use crate::text::{flowed, words};
use mc_syntax::diagnostic::{Diagnostic, Label, Severity};
use mc_syntax::source::{SourceSet, Span};

/// A line with more characters is not drawn as a whole.
const LINE_MAX: usize = 120;
/// Characters of the line that are shown.
const WINDOW: usize = 66;
/// Characters of them before the place.
const BEFORE: usize = 20;

/// True if a label of the diagnostic stands in a line that is too long to be drawn.
#[must_use]
pub fn is_needed(diagnostic: &Diagnostic, sources: &SourceSet) -> bool {
    let labels = std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary);
    labels.map(|label| line_of(label.span, sources).0).any(|line| line.chars().count() > LINE_MAX)
}

/// The diagnostic with a window for each of its labels.
#[must_use]
pub fn render(diagnostic: &Diagnostic, sources: &SourceSet) -> String {
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut text =
        format!("{}: {}\n", bold(&format!("[{}] {severity}", diagnostic.code)), diagnostic.message);
    for label in std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary) {
        text.push_str(&window(label, sources));
    }
    if let Some(help) = &diagnostic.help {
        text.push_str(&flowed("  help: ", &words(help), " "));
    }
    text
}

/// The line a span starts in, and the number of characters before it.
fn line_of(span: Span, sources: &SourceSet) -> (&str, usize) {
    let (number, column) = sources.line_column(span);
    let text = sources.get(span.file).map_or("", |file| file.text.as_str());
    (text.lines().nth(number.saturating_sub(1)).unwrap_or_default(), column.saturating_sub(1))
}

fn window(label: &Label, sources: &SourceSet) -> String {
    let (line, before) = line_of(label.span, sources);
    let path = sources.get(label.span.file).map_or("?", |file| file.path.as_str());
    let (number, column) = sources.line_column(label.span);
    let skipped = before.saturating_sub(BEFORE);
    let shown: String =
        line.chars().skip(skipped).take(WINDOW).map(|it| if it == '\t' { ' ' } else { it }).collect();
    let cut = if skipped > 0 { "…" } else { " " };
    let more = if line.chars().count() > skipped + WINDOW { "…" } else { "" };
    let room = WINDOW.saturating_sub(before - skipped).max(1);
    let marks = "─".repeat(sources.text(label.span).chars().count().clamp(1, room));
    let indent = " ".repeat(before - skipped);
    format!(
        "  {}\n  {cut}{shown}{more}\n   {indent}{marks} {}\n",
        dim(&format!("{path}:{number}:{column}")),
        label.message
    )
}
