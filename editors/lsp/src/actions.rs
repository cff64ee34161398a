//! What can be done at a place: the mends of findings, and other ways to write the same.

use crate::analysis::Snapshot;
use crate::diagnostics;
use crate::index::{Declaration, Kind};
use crate::json::with;
use crate::place::Place;
use mc_container::ty::Type;
use mc_container::value::Scalar;
use mc_syntax::ast::{AssignOp, BinaryOp, Block, Expr, ExprKind, ItemKind, MemberKind, Node, Stmt, StmtKind};
use mc_syntax::diagnostic::{Diagnostic, Edit};
use mc_syntax::source::Span;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// The actions for a span, which begins at the place.
#[must_use]
pub fn answer(place: &Place<'_>, within: Span, only: Option<&str>) -> Json {
    let snapshot = place.snapshot;
    let mut actions: Vec<Json> = Vec::new();
    for diagnostic in snapshot.output.diagnostics.iter().filter(|it| touches(it.primary.span, within)) {
        let mend = mend(snapshot, diagnostic).or_else(|| fresh(snapshot, diagnostic));
        actions.extend(mend.map(|(title, edits)| {
            let shown = diagnostics::shown(snapshot, place.workspace, diagnostic);
            let action = action(snapshot, &title, "quickfix", &edits);
            with(with(action, "diagnostics", json!([shown])), "isPreferred", json!(true))
        }));
    }
    let rewrites = [shorter(place), longer(place), require(place)];
    for (title, edits) in rewrites.into_iter().flatten() {
        actions.push(action(snapshot, &title, "refactor.rewrite", &edits));
    }
    actions.extend(split(place));
    let all = all_mends(snapshot, place);
    // What changes a whole file is for those who ask for it.
    if !all.is_empty() && only.is_some() {
        actions.push(action(snapshot, "Apply every edit of `mcc fix` in this file", "source.fixAll", &all));
    }
    let is = |action: &Json, kind: &str| {
        action.get("kind").and_then(Json::as_str).is_some_and(|it| it.starts_with(kind))
    };
    actions.retain(|action| only.is_none_or(|kind| is(action, kind)));
    json!(actions)
}

fn touches(one: Span, other: Span) -> bool {
    one.file == other.file && one.start <= other.end && other.start <= one.end
}

fn action(snapshot: &Snapshot, title: &str, kind: &str, edits: &[Edit]) -> Json {
    let mut changes: BTreeMap<&str, Vec<Json>> = BTreeMap::new();
    for edit in edits {
        let text = json!({ "range": snapshot.range(edit.span), "newText": edit.replacement });
        changes.entry(snapshot.uri(edit.span.file)).or_default().push(text);
    }
    json!({ "title": title, "kind": kind, "edit": { "changes": changes } })
}

type Rewrite = Option<(String, Vec<Edit>)>;

/// The edits that a finding comes with.
fn mend(snapshot: &Snapshot, diagnostic: &Diagnostic) -> Rewrite {
    let first = diagnostic.edits.first()?;
    let old = snapshot.text(first.span);
    let new = first.replacement.trim();
    let title = match (&diagnostic.help, diagnostic.edits.len()) {
        (_, 1) if old.is_empty() && !new.is_empty() && !new.contains('\n') => format!("Insert `{new}`"),
        (_, 1) if new.is_empty() && !old.contains('\n') => format!("Remove `{}`", old.trim()),
        (_, 1) if !old.contains('\n') && !new.contains('\n') => format!("Replace `{old}` with `{new}`"),
        (Some(help), _) => help.clone(),
        (None, _) => format!("Mend {}", diagnostic.code),
    };
    Some((title, diagnostic.edits.clone()))
}

/// Where an id is needed, one that no other call gets.
fn fresh(_: &Snapshot, diagnostic: &Diagnostic) -> Rewrite {
    let needed = match diagnostic.code {
        "E0201" => diagnostic.message.starts_with("expected `id`"),
        "E0205" => diagnostic.message.ends_with("is no `id`"),
        _ => false,
    };
    let edit = Edit { span: diagnostic.primary.span, replacement: "fresh_id()".to_owned() };
    needed.then(|| ("Replace with `fresh_id()`".to_owned(), vec![edit]))
}

/// The edits of all findings of a file that do not touch each other.
fn all_mends(snapshot: &Snapshot, place: &Place<'_>) -> Vec<Edit> {
    let mut all: Vec<Edit> = Vec::new();
    for diagnostic in snapshot.output.diagnostics.iter().filter(|it| !it.edits.is_empty()) {
        let own = diagnostic.edits.iter().all(|edit| edit.span.file == place.file);
        let free = |edit: &Edit| !all.iter().any(|known| touches(known.span, edit.span));
        if own && diagnostic.edits.iter().all(free) {
            all.extend(diagnostic.edits.iter().cloned());
        }
    }
    all
}

fn statement<'p>(place: &Place<'p>) -> Option<&'p Stmt> {
    place.nodes().into_iter().rev().find_map(|node| match node {
        Node::Stmt(stmt) => Some(stmt),
        _ => None,
    })
}

const OPERATORS: [(AssignOp, BinaryOp, &str); 4] = [
    (AssignOp::Add, BinaryOp::Add, "+"),
    (AssignOp::Subtract, BinaryOp::Subtract, "-"),
    (AssignOp::Multiply, BinaryOp::Multiply, "*"),
    (AssignOp::Divide, BinaryOp::Divide, "/"),
];

/// `x = x + e` as `x += e`.
fn shorter(place: &Place<'_>) -> Rewrite {
    let StmtKind::Assign { target, op: AssignOp::Set, value, .. } = &statement(place)?.kind else {
        return None;
    };
    let ExprKind::Binary(left, op, _, right) = &value.kind else { return None };
    let (.., sign) = OPERATORS.iter().find(|(_, known, _)| known == op)?;
    let text = |span: Span| place.snapshot.text(span);
    if text(left.span) != text(target.span) {
        return None;
    }
    let span = Span { start: target.span.end, ..right.span };
    let edit = Edit { span: Span { end: right.span.start, ..span }, replacement: format!(" {sign}= ") };
    Some((format!("Write `{} {sign}= …`", text(target.span)), vec![edit]))
}

/// `x += e` as `x = x + e`.
fn longer(place: &Place<'_>) -> Rewrite {
    let StmtKind::Assign { target, op, value, .. } = &statement(place)?.kind else { return None };
    let (.., sign) = OPERATORS.iter().find(|(known, ..)| known == op)?;
    let ty = &place.snapshot.output.notes.values.get(&target.span)?.ty;
    if !ty.scalar().is_some_and(Scalar::is_number) {
        return None;
    }
    let target_text = place.snapshot.text(target.span);
    let gap = Span { start: target.span.end, end: value.span.start, ..value.span };
    let mut edits = vec![Edit { span: gap, replacement: format!(" = {target_text} {sign} ") }];
    if is_compound(value) {
        let end = Span { start: value.span.end, ..value.span };
        edits = vec![
            Edit { span: gap, replacement: format!(" = {target_text} {sign} (") },
            Edit { span: end, replacement: ")".to_owned() },
        ];
    }
    Some((format!("Write `{target_text} = {target_text} {sign} …`"), edits))
}

fn is_compound(value: &Expr) -> bool {
    matches!(value.kind, ExprKind::Binary(..) | ExprKind::If(..) | ExprKind::Match(..))
}

/// At a number that an entry takes, a guard that it is not zero.
fn require(place: &Place<'_>) -> Rewrite {
    let index = &place.snapshot.index;
    let (_, declared) = place.name()?;
    let param = index.declarations.get(&declared).filter(|it| it.kind == Kind::Parameter)?;
    let owner = index.declarations.get(&param.owner?)?;
    let found = place.snapshot.output.notes.values.get(&declared)?;
    let number = matches!(&found.ty, Type::Scalar(it) if it.is_integer());
    let body = body(place, owner)?;
    if !number || declared.file != place.file || !matches!(owner.kind, Kind::Entry | Kind::Function) {
        return None;
    }
    let mut edits = Vec::new();
    let unit = owner.owner?;
    let plain = |it: &&Declaration| it.kind == Kind::Error && index.parts(it.span).next().is_none();
    let error = match index.parts(unit).find(plain) {
        Some(error) => error.name.clone(),
        None => {
            let first = index.parts(unit).find(|it| it.kind.is_symbol())?;
            let at = Span {
                end: line_start(place, first.whole.start),
                start: line_start(place, first.whole.start),
                ..first.whole
            };
            edits.push(Edit { span: at, replacement: "    error NothingGiven();\n".to_owned() });
            "NothingGiven".to_owned()
        }
    };
    let at = Span { start: body.span.start + 1, end: body.span.start + 1, ..body.span };
    let guard = format!("\n        require {} > 0 else {error}();", param.name);
    edits.push(Edit { span: at, replacement: guard });
    Some((format!("Require `{} > 0`", param.name), edits))
}

fn line_start(place: &Place<'_>, offset: u32) -> u32 {
    let before = place.snapshot.source(place.file).get(..offset as usize).unwrap_or_default();
    u32::try_from(before.rfind('\n').map_or(0, |at| at + 1)).unwrap_or(0)
}

/// The body of a function.
fn body<'p>(place: &Place<'p>, owner: &Declaration) -> Option<&'p Block> {
    let tree = place.snapshot.tree(owner.span.file)?;
    let mut found = None;
    tree.walk(&mut |node| {
        let function = match node {
            Node::Item(item) => match &item.kind {
                ItemKind::Function(it) => it,
                _ => return,
            },
            Node::Member(member) => match &member.kind {
                MemberKind::Entry(it) | MemberKind::View(it) | MemberKind::Function(it) => it,
                _ => return,
            },
            _ => return,
        };
        if function.signature.name.span == owner.span {
            found = Some(&function.body);
        }
    });
    found
}

/// At the name of a contract, its parts.
fn split(place: &Place<'_>) -> Option<Json> {
    let (at, declared) = place.name()?;
    let contract = place.declaration(declared).filter(|it| it.kind == Kind::Contract && at == declared)?;
    place.snapshot.output.compiled.as_ref()?;
    let title = format!("Show the micro-contracts of `{}`", contract.name);
    let arguments = json!([place.snapshot.uri(place.file), contract.name]);
    let command = json!({ "title": title, "command": "mcc.split", "arguments": arguments });
    Some(json!({ "title": title, "kind": "refactor.extract", "command": command }))
}
