//! What can be folded away: blocks, declarations, imports and comments of several lines.

use crate::analysis::Snapshot;
use gen_lsp_types::FoldingRangeKind;
use mc_syntax::ast::Node;
use mc_syntax::lexer::comments;
use mc_syntax::source::{FileId, Span};
use serde_json::{Value as Json, json};

/// What can be folded in a file.
#[must_use]
pub fn answer(snapshot: &Snapshot, file: FileId) -> Json {
    let Some(tree) = snapshot.tree(file) else { return Json::Null };
    let mut folds: Vec<(Span, Option<FoldingRangeKind>)> = Vec::new();
    if let (Some(first), Some(last)) = (tree.imports.first(), tree.imports.last()) {
        folds.push((first.span.to(last.span), Some(FoldingRangeKind::Imports)));
    }
    tree.walk(&mut |node| match node {
        Node::Item(_) | Node::Member(_) | Node::Block(_) => folds.push((node.span(), None)),
        _ => {}
    });
    for run in runs(snapshot.source(file)) {
        folds.push((Span::new(file, run.0, run.1), Some(FoldingRangeKind::Comment)));
    }
    let mut lines: Vec<(u32, u32, Option<FoldingRangeKind>)> = folds
        .into_iter()
        .map(|(span, kind)| (snapshot.range(span), kind))
        .filter(|(range, _)| range.end.line > range.start.line)
        .map(|(range, kind)| (range.start.line, range.end.line, kind))
        .collect();
    lines.sort_by_key(|(start, end, _)| (*start, *end));
    lines.dedup_by_key(|(start, end, _)| (*start, *end));
    let shown = lines.iter().map(|(start, end, kind)| match kind {
        Some(kind) => json!({ "startLine": start, "endLine": end, "kind": kind }),
        None => json!({ "startLine": start, "endLine": end }),
    });
    json!(shown.collect::<Vec<_>>())
}

/// Comments that follow each other with nothing but one line break between them.
fn runs(text: &str) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (start, end) in comments(text) {
        let between = runs.last().and_then(|(_, last)| text.get(*last..start));
        let follows = between.is_some_and(|between| between.trim().is_empty() && between.matches('\n').count() == 1);
        match runs.last_mut().filter(|_| follows) {
            Some(run) => run.1 = end,
            None => runs.push((start, end)),
        }
    }
    runs
}
