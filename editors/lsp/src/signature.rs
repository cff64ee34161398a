//! What a call takes, while its arguments are written.

use crate::hover::head;
use crate::index::{Declaration, Kind};
use crate::place::Place;
use crate::words;
use mc_syntax::ast::{Arg, ExprKind, Node, StmtKind};
use mc_syntax::source::Span;
use serde_json::{Value as Json, json};

/// The signature of the innermost call around a place, with the parameter that is being written.
#[must_use]
pub fn answer(place: &Place<'_>) -> Json {
    let calls = place.nodes().into_iter().rev().filter_map(|node| call(place, node));
    let Some((callee, args)) = calls.into_iter().next() else { return Json::Null };
    let Some((label, params, doc)) = told(place, callee) else { return Json::Null };
    let (active, named) = active(place, callee, args);
    let named = named.and_then(|name| params.iter().position(|param| param.split(':').next() == Some(name)));
    let shown: Vec<Json> = params.iter().map(|param| json!({ "label": param })).collect();
    json!({
        "signatures": [{
            "label": label, "parameters": shown, "documentation": { "kind": "markdown", "value": doc },
        }],
        "activeSignature": 0,
        "activeParameter": named.unwrap_or(active),
    })
}

/// The name that is called, and the arguments, if the place is within their parentheses.
fn call<'p>(place: &Place<'p>, node: Node<'p>) -> Option<(Span, &'p [Arg])> {
    let (callee, args) = match node {
        Node::Expr(expr) => match &expr.kind {
            ExprKind::Call(callee, args) => (name_of(&callee.kind)?, args),
            ExprKind::Mint(path, args) => (path.segments.last()?.span, args),
            ExprKind::Deploy(deployed, args) => (deployed.path.segments.last()?.span, args),
            _ => return None,
        },
        Node::Step(call) => (call.path.segments.last()?.span, &call.args),
        Node::Fail(fail) => (fail.path.segments.last()?.span, &fail.args),
        Node::Stmt(stmt) => match &stmt.kind {
            StmtKind::Emit(path, args) => (path.segments.last()?.span, args),
            _ => return None,
        },
        _ => return None,
    };
    let between = place.snapshot.text(Span { start: callee.end, end: place.offset, ..callee });
    let inside = place.offset > callee.end && between.contains('(');
    (inside && (place.offset < node.span().end || !closed(place, node))).then_some((callee, args.as_slice()))
}

fn closed(place: &Place<'_>, node: Node<'_>) -> bool {
    place.snapshot.text(node.span()).trim_end_matches(';').ends_with(')')
}

fn name_of(callee: &ExprKind) -> Option<Span> {
    match callee {
        ExprKind::Name(name) | ExprKind::Field(_, name) | ExprKind::OptionalField(_, name) => Some(name.span),
        _ => None,
    }
}

/// How the call is written, its parameters, and what is said of it.
fn told(place: &Place<'_>, callee: Span) -> Option<(String, Vec<String>, String)> {
    let declared = place.snapshot.index.names.get(&callee).and_then(|declared| place.declaration(*declared));
    let Some(declaration) = declared else {
        let (written, what) = words::find(place.snapshot.text(callee))?;
        let inside = written.split_once('(').and_then(|(_, rest)| rest.rsplit_once(')'));
        let params = inside.map_or("", |(inside, _)| inside).split(", ").filter(|it| !it.is_empty());
        return Some((written.to_owned(), params.map(str::to_owned).collect(), what.to_owned()));
    };
    // Whoever deploys a contract calls its `init`.
    let init = (declaration.kind == Kind::Contract).then(|| place.snapshot.index.part(declaration.span, "init"));
    let of = init.flatten().unwrap_or(declaration);
    let params = |kind: Kind| {
        let parts = place.snapshot.index.parts(of.span).filter(move |part| part.kind == kind);
        parts.map(|part| place.snapshot.text(part.whole).to_owned()).collect::<Vec<String>>()
    };
    let kind = if matches!(of.kind, Kind::Struct | Kind::Asset) { Kind::Field } else { Kind::Parameter };
    let params = params(kind);
    Some((label(place, declaration, of, &params), params, declaration.doc.trim().to_owned()))
}

fn label(place: &Place<'_>, declaration: &Declaration, of: &Declaration, params: &[String]) -> String {
    let result = head(place, of).split_once("->").map(|(_, result)| {
        let result = result.trim().split([' ', '{']).next().unwrap_or_default().to_owned();
        format!(" -> {result}")
    });
    format!("{}({}){}", declaration.name, params.join(", "), result.unwrap_or_default())
}

/// The number of the argument that is being written, and its name if it has one.
fn active<'p>(place: &Place<'p>, callee: Span, args: &'p [Arg]) -> (usize, Option<&'p str>) {
    let done = args.iter().filter(|arg| {
        let end = arg.value.span.end;
        end <= place.offset && place.snapshot.text(Span { start: end, end: place.offset, ..callee }).contains(',')
    });
    let number = done.count();
    let name = args.get(number).and_then(|arg| arg.name.as_ref()).map(|name| name.name.as_str());
    (number, name)
}
