//! What only the whole contract shows: recursion, and views that write through what they call.

use crate::tree::{
    Cells, Expr, ExprKind, Fail, Function, FunctionId, FunctionKind, Place, Stmt, StmtKind, TestStmt, Unit,
};
use mc_container::manifest::EntryKind;
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::Span;
use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;

/// What the body of one function does directly.
#[derive(Default)]
struct Direct {
    calls: Vec<(FunctionId, Span)>,
    writes: Vec<(String, Span)>,
}

/// Reports recursion, and views that may write.
pub(crate) fn check(unit: &Unit, diagnostics: &mut Vec<Diagnostic>) {
    let direct: Vec<Direct> = unit.functions.iter().map(|function| direct(unit, function)).collect();
    let mut graph: DiGraphMap<u32, Span> = DiGraphMap::new();
    for (caller, direct) in (0..).zip(&direct) {
        graph.add_node(caller);
        for (callee, span) in &direct.calls {
            graph.add_edge(caller, callee.0, *span);
        }
    }
    for component in tarjan_scc(&graph) {
        let cyclic =
            component.len() > 1 || component.first().is_some_and(|only| graph.contains_edge(*only, *only));
        if cyclic {
            diagnostics.extend(recursion(unit, &graph, &component));
        }
    }
    for (number, function) in (0..).zip(&unit.functions) {
        if function.kind == FunctionKind::Callable(EntryKind::View) {
            diagnostics.extend(writing_view(unit, function, number, &direct));
        }
    }
}

/// The shortest cycle through the first function of the component, in the order of the source.
fn recursion(unit: &Unit, graph: &DiGraphMap<u32, Span>, component: &[u32]) -> Option<Diagnostic> {
    let start = *component.iter().min()?;
    let chain = path(start, start, &|node| graph.neighbors(node).collect())?;
    let name = |node: u32| unit.function(FunctionId(node)).map_or("?", |function| function.name.as_str());
    let names: Vec<String> = chain.iter().map(|node| format!("`{}`", name(*node))).collect();
    let first = unit.function(FunctionId(start))?;
    let mut report = Diagnostic::error("E0601", first.span, format!("recursion {}", names.join(" → ")))
        .label("calls itself in the end")
        .help("the language is total: use a bounded `for` instead");
    for edge in chain.windows(2) {
        if let [from, to] = edge
            && let Some(span) = graph.edge_weight(*from, *to)
        {
            report = report.also(*span, format!("`{}` calls `{}` here", name(*from), name(*to)));
        }
    }
    Some(report)
}

/// A shortest path of at least one edge.
fn path(from: u32, to: u32, next: &dyn Fn(u32) -> Vec<u32>) -> Option<Vec<u32>> {
    let mut paths = std::collections::VecDeque::from([vec![from]]);
    let mut seen = std::collections::BTreeSet::new();
    while let Some(path) = paths.pop_front() {
        for node in next(*path.last()?) {
            let mut longer = path.clone();
            longer.push(node);
            if node == to {
                return Some(longer);
            }
            if seen.insert(node) {
                paths.push_back(longer);
            }
        }
    }
    None
}

fn writing_view(unit: &Unit, view: &Function, number: u32, direct: &[Direct]) -> Option<Diagnostic> {
    let of = |node: u32| direct.get(node as usize);
    let mut chain = vec![number];
    if of(number)?.writes.is_empty() {
        let next =
            |node: u32| of(node).map_or_else(Vec::new, |d| d.calls.iter().map(|call| call.0.0).collect());
        let writers = (0..).zip(direct).filter(|(_, direct)| !direct.writes.is_empty());
        chain = writers.filter_map(|(writer, _)| path(number, writer, &next)).min_by_key(Vec::len)?;
    }
    let (state, span) = of(*chain.last()?)?.writes.first()?;
    let name = |node: &u32| unit.function(FunctionId(*node)).map_or("?", |function| function.name.as_str());
    let through: Vec<String> = chain.iter().skip(1).map(|node| format!("`{}`", name(node))).collect();
    let through =
        if through.is_empty() { String::new() } else { format!(" through {}", through.join(" → ")) };
    let mut report = Diagnostic::error(
        "E0402",
        view.span,
        format!("`{}` is a `view` but writes `{state}`{through}", view.name),
    )
    .label("promises not to write");
    for edge in chain.windows(2) {
        if let [from, to] = edge
            && let Some((_, span)) = of(*from)?.calls.iter().find(|(callee, _)| callee.0 == *to)
        {
            report = report.also(*span, format!("`{}` calls `{}` here", name(from), name(to)));
        }
    }
    Some(report.also(*span, "the write").help("make it an `entry`, or leave the write out"))
}

fn direct(unit: &Unit, function: &Function) -> Direct {
    let mut direct = Direct::default();
    stmts(unit, &function.body, &mut direct);
    direct
}

fn stmts(unit: &Unit, body: &[Stmt], direct: &mut Direct) {
    for stmt in body {
        match &stmt.kind {
            StmtKind::Store(written, _) | StmtKind::Update(written, ..) => {
                direct.writes.push((state_name(unit, &written.cells), written.span));
            }
            StmtKind::Call(callee, _) => direct.calls.push((*callee, stmt.span)),
            StmtKind::If(_, then, otherwise) => {
                stmts(unit, then, direct);
                stmts(unit, otherwise, direct);
            }
            StmtKind::For(repeat) => stmts(unit, &repeat.body, direct),
            _ => {}
        }
        each_expr(&stmt.kind, &mut |expr| match &expr.kind {
            ExprKind::Call(callee, _) => direct.calls.push((*callee, expr.span)),
            ExprKind::Block(inner, _) => stmts(unit, inner, direct),
            _ => {}
        });
    }
}

/// The state that a place is of, as the source names it.
fn state_name(unit: &Unit, cells: &Cells) -> String {
    let name = cells.first().and_then(|id| unit.variable(id)).map_or("?", |variable| variable.name.as_str());
    name.split(['.', '#']).next().unwrap_or(name).to_owned()
}

/// Calls `visit` on every expression of a statement, nested ones included, but not those of nested statements.
pub(crate) fn each_expr(stmt: &StmtKind, visit: &mut dyn FnMut(&Expr)) {
    let mut walk = |exprs: &[Expr]| exprs.iter().for_each(|expr| expr_tree(expr, visit));
    match stmt {
        StmtKind::Set(_, value)
        | StmtKind::Return(Some(value))
        | StmtKind::Push(_, value)
        | StmtKind::SetField(_, _, value) => walk(std::slice::from_ref(value)),
        StmtKind::SetElement(_, index, value) => {
            walk(std::slice::from_ref(index));
            walk(std::slice::from_ref(value));
        }
        StmtKind::Store(place, value) => {
            walk(&place.keys);
            walk(std::slice::from_ref(value));
        }
        StmtKind::Update(place, _, value, failure) => {
            walk(&place.keys);
            walk(std::slice::from_ref(value));
            walk(failure.as_deref().map_or(&[], payload));
        }
        StmtKind::Require(condition, fail) => {
            walk(std::slice::from_ref(condition));
            walk(payload(fail));
        }
        StmtKind::Abort(fail) => walk(payload(fail)),
        StmtKind::Emit(_, args) | StmtKind::Call(_, args) => walk(args),
        StmtKind::If(condition, ..) => walk(std::slice::from_ref(condition)),
        StmtKind::For(repeat) => {
            walk(std::slice::from_ref(&repeat.from));
            walk(std::slice::from_ref(&repeat.to));
        }
        StmtKind::Step(step) => {
            walk(&step.args);
            walk(step.otherwise.as_ref().map_or(&[], payload));
        }
        StmtKind::Test(TestStmt::Assert(value) | TestStmt::Advance(value)) => {
            walk(std::slice::from_ref(value));
        }
        StmtKind::Return(None)
        | StmtKind::Break
        | StmtKind::Continue
        | StmtKind::Spent(_)
        | StmtKind::Test(_) => {}
    }
}

fn payload(fail: &Fail) -> &[Expr] {
    match fail {
        Fail::Error(_, args) => args,
        Fail::System(_) => &[],
    }
}

fn expr_tree(expr: &Expr, visit: &mut dyn FnMut(&Expr)) {
    visit(expr);
    let mut walk = |exprs: &[Expr]| exprs.iter().for_each(|expr| expr_tree(expr, visit));
    match &expr.kind {
        ExprKind::Load(Place { keys, .. }) | ExprKind::Call(_, keys) => walk(keys),
        ExprKind::Record(parts) | ExprKind::Variant(_, parts) | ExprKind::List(parts) => walk(parts),
        ExprKind::Not(operand)
        | ExprKind::Field(operand, _)
        | ExprKind::Tag(operand)
        | ExprKind::Payload(operand, ..)
        | ExprKind::Length(operand)
        | ExprKind::Amount(operand)
        | ExprKind::Held(operand)
        | ExprKind::Balance(operand)
        | ExprKind::Block(_, operand) => walk(std::slice::from_ref(operand)),
        ExprKind::Cast(operand, failure) => {
            walk(std::slice::from_ref(operand));
            walk(failure.as_deref().map_or(&[], payload));
        }
        ExprKind::Compute(_, args, failure) => {
            walk(args);
            walk(failure.as_deref().map_or(&[], payload));
        }
        ExprKind::Arithmetic(_, left, right, failure) | ExprKind::Element(left, right, failure) => {
            walk(std::slice::from_ref(left));
            walk(std::slice::from_ref(right));
            walk(failure.as_deref().map_or(&[], payload));
        }
        ExprKind::Compare(_, left, right)
        | ExprKind::And(left, right)
        | ExprKind::Or(left, right)
        | ExprKind::Contains(left, right) => {
            walk(std::slice::from_ref(left));
            walk(std::slice::from_ref(right));
        }
        ExprKind::If(condition, then, otherwise) => {
            walk(std::slice::from_ref(condition));
            walk(std::slice::from_ref(then));
            walk(std::slice::from_ref(otherwise));
        }
        ExprKind::Outer(call) => walk(&call.args),
        ExprKind::Const(_) | ExprKind::Local(_) | ExprKind::Context(_) => {}
    }
}
