//! Diagnostics for people, drawn by ariadne.

use crate::text::{flowed, words};
use ariadne::{Color, Config, IndexType, Label, Report, ReportKind};
use mc_syntax::diagnostic::{Diagnostic, Severity};
use mc_syntax::source::{SourceSet, Span};
use std::ops::Range;

/// One diagnostic with the lines it is about.
#[must_use]
pub fn render(diagnostic: &Diagnostic, sources: &SourceSet) -> String {
    let color = match diagnostic.severity {
        Severity::Error => Color::Red,
        Severity::Warning => Color::Yellow,
    };
    let kind = match diagnostic.severity {
        Severity::Error => ReportKind::Custom("error", Color::Red),
        Severity::Warning => ReportKind::Custom("warning", Color::Yellow),
    };
    let primary = placed(sources, diagnostic.primary.span);
    let mut labels = vec![(primary.clone(), diagnostic.primary.message.clone(), color)];
    for label in &diagnostic.secondary {
        labels.push((placed(sources, label.span), label.message.clone(), Color::Blue));
    }
    // ariadne draws the files in the order of their labels: the primary's first.
    let main = primary.0.clone();
    labels.sort_by_key(|((path, range), ..)| (*path != main, path.clone(), range.start));
    let config = Config::new().with_index_type(IndexType::Byte).with_compact(false);
    let mut report = Report::build(kind, primary)
        .with_config(config)
        .with_code(diagnostic.code)
        .with_message(&diagnostic.message)
        .with_labels(labels.into_iter().map(|(place, message, color)| {
            let label = Label::new(place).with_color(color);
            if message.is_empty() { label } else { label.with_message(message) }
        }));
    if let Some(help) = &diagnostic.help {
        report = report.with_help(broken(help, diagnostic, sources));
    }
    let mut bytes = Vec::new();
    match report.finish().write(cache(sources), &mut bytes) {
        Ok(()) => tidied(&String::from_utf8_lossy(&bytes)),
        Err(_) => super::machine::short(diagnostic, sources),
    }
}

/// A help text in lines that fit beside the numbers of the lines that are drawn.
fn broken(help: &str, diagnostic: &Diagnostic, sources: &SourceSet) -> String {
    let labels = std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary);
    let greatest = labels.map(|label| sources.line_column(label.span).0).max().unwrap_or(0);
    let head = " ".repeat(format!(" {greatest} │ Help: ").chars().count());
    let lines = flowed(&head, &words(help), " ");
    lines.lines().map(str::trim_start).collect::<Vec<&str>>().join("\n")
}

type Placed = (String, Range<usize>);

/// The span with its file's path, cut to lie inside the file: ariadne does not draw a label that does not.
fn placed(sources: &SourceSet, span: Span) -> Placed {
    let (path, text) =
        sources.get(span.file).map_or(("?", ""), |file| (file.path.as_str(), file.text.as_str()));
    let boundary = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let (mut start, mut end) = (boundary(span.start as usize), boundary(span.end as usize));
    end = end.max(start);
    if start == end && end == text.len() {
        // Nothing stands at the end of a file to point at; point at the last visible character.
        end = text.trim_end().len();
        start = text.get(..end).and_then(|text| text.char_indices().last()).map_or(0, |(at, _)| at);
    }
    (path.to_owned(), start..end)
}

fn cache(sources: &SourceSet) -> impl ariadne::Cache<String> + '_ {
    ariadne::sources(sources.iter().map(|(_, file)| (file.path.clone(), file.text.as_str())))
}

/// Without spaces at the ends of lines, even where a colour is switched off behind them.
fn tidied(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    for line in text.lines() {
        let mut visible = line;
        let mut codes: Vec<&str> = Vec::new();
        loop {
            visible = visible.trim_end_matches(' ');
            let code = visible.rfind('\u{1b}').map(|at| visible.split_at(at));
            match code {
                Some((before, code)) if code.ends_with('m') && code.matches('m').count() == 1 => {
                    codes.push(code);
                    visible = before;
                }
                _ => break,
            }
        }
        tidy.push_str(visible);
        tidy.extend(codes.into_iter().rev());
        tidy.push('\n');
    }
    tidy
}
