//! Diagnostics as text: for people, for editors, for machines. All forms show the same [`Diagnostic`].

pub mod human;
pub mod narrow;
pub mod machine;
pub mod github;
pub mod sarif;

use crate::output::Format;
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::SourceSet;

/// All diagnostics, sorted by their files' paths and places, in the format asked for.
#[must_use]
pub fn render(diagnostics: &[Diagnostic], sources: &SourceSet, format: Format) -> String {
    let mut sorted: Vec<&Diagnostic> = diagnostics.iter().collect();
    sorted.sort_by_key(|it| (it.primary.span.file, it.primary.span.start, it.code));
    if format == Format::Sarif {
        return sarif::document(&sorted, sources);
    }
    let one = |diagnostic: &&Diagnostic| match format {
        Format::Human if narrow::is_needed(diagnostic, sources) => narrow::render(diagnostic, sources) + "\n",
        Format::Human => human::render(diagnostic, sources) + "\n",
        Format::Short => machine::short(diagnostic, sources),
        // SARIF is one document, above.
        Format::Json | Format::Sarif => machine::json(diagnostic, sources),
        Format::Github => github::command(diagnostic, sources),
    };
    sorted.iter().map(one).collect()
}

/// Where people read more about the first error; empty if there is none, or nobody reads.
#[must_use]
pub fn advice(diagnostics: &[Diagnostic], format: Format) -> String {
    match diagnostics.iter().find(|it| it.is_error()) {
        Some(first) if format == Format::Human => {
            format!("`mcc explain {}` says more, with an example\n", first.code)
        }
        _ => String::new(),
    }
}

/// `2 errors, 1 warning`; empty if there are none.
#[must_use]
pub fn summary(diagnostics: &[Diagnostic]) -> String {
    let errors = diagnostics.iter().filter(|it| it.is_error()).count();
    let warnings = diagnostics.len() - errors;
    let counts = [(errors, "error"), (warnings, "warning")];
    let shown: Vec<String> =
        counts.iter().filter(|(n, _)| *n > 0).map(|(n, noun)| crate::text::plural(*n, noun)).collect();
    shown.join(", ")
}
