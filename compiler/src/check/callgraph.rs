//! What only the whole contract shows: recursion, and views that write through what they call.

use crate::tree::{
    Behind, Cells, Expr, ExprKind, Function, FunctionId, FunctionKind, Part, Program, Stmt, StmtKind, Unit,
    UnitId,
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

/// Reports compositions that would run themselves in the end.
pub(crate) fn check_compositions(program: &Program, diagnostics: &mut Vec<Diagnostic>) {
    let mut graph: DiGraphMap<u32, Span> = DiGraphMap::new();
    for (number, unit) in (0..).zip(&program.units) {
        graph.add_node(number);
        for slot in &unit.slots {
            if let Behind::Unit(inner) = slot.behind
                && program.unit(inner).is_some_and(Unit::composes)
            {
                graph.add_edge(number, inner.0, slot.span);
            }
        }
    }
    for component in tarjan_scc(&graph) {
        let Some(start) = component.iter().min() else { continue };
        let Some(chain) = path(*start, *start, &|node| graph.neighbors(node).collect()) else { continue };
        diagnostics.extend(endless(program, &graph, &chain));
    }
}

fn endless(program: &Program, graph: &DiGraphMap<u32, Span>, chain: &[u32]) -> Option<Diagnostic> {
    let name = |node: u32| program.unit(UnitId(node)).map_or("?", |unit| unit.name.as_str());
    let names: Vec<String> = chain.iter().map(|node| format!("`{}`", name(*node))).collect();
    let first = program.unit(UnitId(*chain.first()?))?;
    let text = format!("compositions that run each other: {}", names.join(" → "));
    let mut report = Diagnostic::error("E0505", first.span, text)
        .label("runs itself in the end")
        .help("a Sequence is finite: take the entries themselves as steps, or use a bounded `for`");
    for edge in chain.windows(2) {
        if let [from, to] = edge
            && let Some(span) = graph.edge_weight(*from, *to)
        {
            report = report.also(*span, format!("`{}` runs `{}` here", name(*from), name(*to)));
        }
    }
    Some(report)
}

/// A state that evaluating `condition` writes, itself or through what it calls, and where.
pub(crate) fn writes(unit: &Unit, condition: &Expr) -> Option<(String, Span)> {
    let mut found = Direct::default();
    expr(unit, condition, &mut found);
    let mut seen = std::collections::BTreeSet::new();
    loop {
        if let Some(write) = found.writes.first() {
            return Some(write.clone());
        }
        let (callee, _) = found.calls.pop()?;
        if let Some(function) = unit.function(callee).filter(|_| seen.insert(callee)) {
            stmts(unit, &function.body, &mut found);
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

/// The statements in a statement come before what it computes itself.
fn stmts(unit: &Unit, body: &[Stmt], direct: &mut Direct) {
    for stmt in body {
        match &stmt.kind {
            StmtKind::Store(written, _) | StmtKind::Update(written, ..) => {
                direct.writes.push((state_name(unit, &written.cells), written.span));
            }
            StmtKind::Call(callee, _) => direct.calls.push((*callee, stmt.span)),
            _ => {}
        }
        stmt.parts(&mut |part| {
            if let Part::Stmt(inner) = part {
                stmts(unit, std::slice::from_ref(inner), direct);
            }
        });
        stmt.parts(&mut |part| {
            if let Part::Expr(inner) = part {
                expr(unit, inner, direct);
            }
        });
    }
}

fn expr(unit: &Unit, of: &Expr, direct: &mut Direct) {
    if let ExprKind::Call(callee, _) = &of.kind {
        direct.calls.push((*callee, of.span));
    }
    of.parts(&mut |part| match part {
        Part::Stmt(inner) => stmts(unit, std::slice::from_ref(inner), direct),
        Part::Expr(inner) => expr(unit, inner, direct),
    });
}

/// The state that a place is of, as the source names it.
fn state_name(unit: &Unit, cells: &Cells) -> String {
    let name = cells.first().and_then(|id| unit.variable(id)).map_or("?", |variable| variable.name.as_str());
    name.split(['.', '#']).next().unwrap_or(name).to_owned()
}
