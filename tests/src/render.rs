//! Diagnostics as plain text for snapshots: everything a diagnostic holds, nothing that a terminal adds.

use mc_syntax::diagnostic::{Diagnostic, Label, Severity};
use mc_syntax::source::{SourceSet, Span};
use std::fmt::Write as _;

/// All of them, in their order.
#[must_use]
pub fn diagnostics(sources: &SourceSet, diagnostics: &[Diagnostic]) -> String {
    let texts: Vec<String> = diagnostics.iter().map(|diagnostic| one(sources, diagnostic)).collect();
    texts.join("\n")
}

fn one(sources: &SourceSet, diagnostic: &Diagnostic) -> String {
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut text = format!("{severity}[{}]: {}\n", diagnostic.code, diagnostic.message);
    label(sources, &diagnostic.primary, '^', &mut text);
    for secondary in &diagnostic.secondary {
        label(sources, secondary, '-', &mut text);
    }
    if let Some(help) = &diagnostic.help {
        let _ = writeln!(text, "  help: {help}");
    }
    for edit in &diagnostic.edits {
        let (line, column) = sources.line_column(edit.span);
        let old = sources.text(edit.span);
        let _ = writeln!(text, "  edit: {line}:{column} {old:?} -> {:?}", edit.replacement);
    }
    text
}

fn label(sources: &SourceSet, label: &Label, mark: char, text: &mut String) {
    let (line, column) = sources.line_column(label.span);
    let file = sources.get(label.span.file);
    let path = file.map_or("?", |file| file.path.as_str());
    let source = file.and_then(|file| file.text.lines().nth(line - 1)).unwrap_or_default();
    let width =
        marked(sources, label.span).clamp(1, source.chars().count().saturating_sub(column - 1).max(1));
    let marks: String = std::iter::repeat_n(mark, width).collect();
    let _ = writeln!(text, "  --> {path}:{line}:{column}");
    let _ = writeln!(text, "   | {}", source.replace('\t', " "));
    let _ = writeln!(text, "   | {}{marks} {}", " ".repeat(column - 1), label.message);
}

fn marked(sources: &SourceSet, span: Span) -> usize {
    sources.text(span).lines().next().unwrap_or_default().chars().count()
}
