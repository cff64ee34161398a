//! Diagnostics as workflow commands of GitHub Actions, which shows them beside the lines of a change.

use super::machine::{Place, end_of, word};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::SourceSet;

/// `::error file=…,line=…,col=…,endLine=…,title=E0101::message`
#[must_use]
pub fn command(diagnostic: &Diagnostic, sources: &SourceSet) -> String {
    let span = diagnostic.primary.span;
    let place = Place::of(span, sources);
    let (end_line, _) = end_of(span, sources);
    format!(
        "::{} file={},line={},col={},endLine={end_line},title={}::{}\n",
        word(diagnostic.severity),
        property(&place.file),
        place.line,
        place.column,
        property(diagnostic.code),
        data(&message(diagnostic, sources)),
    )
}

/// Everything the diagnostic says, as the annotation has one text only.
fn message(diagnostic: &Diagnostic, sources: &SourceSet) -> String {
    let mut text = diagnostic.message.clone();
    if !diagnostic.primary.message.is_empty() {
        text.push_str(&format!(": {}", diagnostic.primary.message));
    }
    for label in &diagnostic.secondary {
        let place = Place::of(label.span, sources);
        text.push_str(&format!("\n{}:{}:{}: {}", place.file, place.line, place.column, label.message));
    }
    if let Some(help) = &diagnostic.help {
        text.push_str(&format!("\nhelp: {help}"));
    }
    text
}

/// A text that may hold line breaks, in one line.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A text between the `,` and `:` of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
