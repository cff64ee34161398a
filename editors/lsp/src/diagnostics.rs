//! Findings, as an editor shows them: with related places, the page of their code, and the edits that mend them.

use crate::analysis::Snapshot;
use crate::workspace::Workspace;
use gen_lsp_types::{DiagnosticSeverity, DiagnosticTag};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::FileId;
use serde_json::{Value as Json, json};

/// Everything there is to say of a file.
#[must_use]
pub fn of_file(snapshot: &Snapshot, workspace: &Workspace, file: FileId) -> Vec<Json> {
    let own = snapshot.output.diagnostics.iter().filter(|it| it.primary.span.file == file);
    own.map(|diagnostic| shown(snapshot, workspace, diagnostic)).collect()
}

/// A finding as the protocol has it.
#[must_use]
pub fn shown(snapshot: &Snapshot, workspace: &Workspace, diagnostic: &Diagnostic) -> Json {
    let severity =
        if diagnostic.is_error() { DiagnosticSeverity::Error } else { DiagnosticSeverity::Warning };
    let label = diagnostic.primary.message.as_str();
    let help = diagnostic.help.as_deref().unwrap_or_default();
    let lines = [diagnostic.message.as_str(), label, help];
    let message: Vec<&str> = lines.into_iter().filter(|line| !line.is_empty()).collect();
    let related: Vec<Json> = diagnostic
        .secondary
        .iter()
        .map(|label| json!({ "location": snapshot.location(label.span), "message": label.message }))
        .collect();
    // What is never used is shown faintly.
    let tags: Vec<DiagnosticTag> =
        (diagnostic.code == "W0702").then_some(DiagnosticTag::Unnecessary).into_iter().collect();
    json!({
        "range": snapshot.range(diagnostic.primary.span),
        "severity": severity,
        "code": diagnostic.code,
        "codeDescription": { "href": workspace.uri(&format!("explain/{}.md", diagnostic.code)) },
        "source": "mcc",
        "message": message.join("\n"),
        "tags": tags,
        "relatedInformation": related,
    })
}
