//! What is not written: the types of locals, and the cells that a line changes.

use crate::analysis::Snapshot;
use crate::host::Host;
use gen_lsp_types::InlayHintKind;
use mc_syntax::ast::{Node, PatternKind, StmtKind};
use mc_syntax::source::{FileId, Span};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// Which hints are wanted.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// The types of locals.
    pub types: bool,
    /// The cells that a line changes.
    pub cells: bool,
}

/// The hints within a span.
#[must_use]
pub fn answer(snapshot: &Snapshot, host: &dyn Host, within: Span, wanted: Wanted) -> Json {
    let mut hints: Vec<(u32, Json)> = Vec::new();
    if wanted.types {
        hints.extend(types(snapshot, within.file));
    }
    if wanted.cells {
        hints.extend(cells(snapshot, host, within.file));
    }
    hints.retain(|(offset, _)| within.start <= *offset && *offset <= within.end);
    hints.sort_by_key(|(offset, _)| *offset);
    json!(hints.into_iter().map(|(_, hint)| hint).collect::<Vec<_>>())
}

/// The types of what `let`, `step`, `for` and patterns bind, where none is written.
fn types(snapshot: &Snapshot, file: FileId) -> Vec<(u32, Json)> {
    let notes = &snapshot.output.notes;
    let mut hints = Vec::new();
    let Some(tree) = snapshot.tree(file) else { return hints };
    let mut written: Vec<Span> = Vec::new();
    tree.walk(&mut |node| match node {
        Node::Stmt(stmt) => {
            if let StmtKind::Let { pattern, ty: Some(_), .. } = &stmt.kind {
                written.push(pattern.span);
            }
        }
        Node::Pattern(pattern) => {
            let PatternKind::Path(path) = &pattern.kind else { return };
            let bound = path.single().filter(|name| notes.locals.contains(&name.span));
            let found = bound.and_then(|name| notes.values.get(&name.span));
            if let Some(found) = found.filter(|_| !written.contains(&pattern.span)) {
                let at = Span { start: pattern.span.end, ..pattern.span };
                hints.push((at.start, json!({
                    "position": snapshot.range(at).start, "label": format!(": {}", found.ty),
                    "kind": InlayHintKind::Type,
                })));
            }
        }
        _ => {}
    });
    hints
}

/// At the end of each line that changes cells, which.
fn cells(snapshot: &Snapshot, host: &dyn Host, file: FileId) -> Vec<(u32, Json)> {
    let text = snapshot.source(file);
    let mut of_line: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
    for write in snapshot.effects(host).iter().flat_map(|effects| &effects.writes) {
        if write.span.file == file {
            let end = text.get(write.span.start as usize..).and_then(|rest| rest.find('\n'));
            let end = end.map_or(text.len(), |length| write.span.start as usize + length);
            let cells = of_line.entry(u32::try_from(end).unwrap_or(u32::MAX)).or_default();
            if !cells.contains(&write.cell.as_str()) {
                cells.push(&write.cell);
            }
        }
    }
    let hint = |(end, cells): (u32, Vec<&str>)| {
        let at = Span { file, start: end, end };
        let hint = json!({
            "position": snapshot.range(at).start, "label": cells.join(", "), "paddingLeft": true,
        });
        (end, hint)
    };
    of_line.into_iter().map(hint).collect()
}
