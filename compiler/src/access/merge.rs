//! Cells that are only ever raised or lowered: `x = max(x, e)`, `if e > x { x = e; }`, `set.add(k)`.
//!
//! Nobody observes what was there before: code that is shown the least value leaves `e`, and the greater of
//! that and what the cell holds is the result, in whatever order several calls do so.

use crate::ir::walk::{self, Node};
use crate::ir::{Action, Expr, ExprKind, Place, Stmt};
use crate::tree::{Comparison, LocalId};
use mc_container::value::{Scalar, Value};
use std::collections::BTreeMap;

/// Which of two values a cell keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Merge {
    /// The greater.
    Max,
    /// The lesser.
    Min,
}

/// How often a local is set and read.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Uses {
    sets: u32,
    reads: u32,
}

/// The locals that hold a cell's value only for it to be raised or lowered.
pub(super) fn held(stmts: &[Stmt]) -> BTreeMap<LocalId, Merge> {
    let mut uses: BTreeMap<LocalId, Uses> = BTreeMap::new();
    walk::stmts(stmts, &mut |node| match node {
        Node::Expr(Expr { kind: ExprKind::Local(local), .. }) => uses.entry(*local).or_default().reads += 1,
        Node::Stmt(Stmt { does: Action::Set(local, _), .. }) => uses.entry(*local).or_default().sets += 1,
        _ => {}
    });
    let mut held = BTreeMap::new();
    let mut look = |stmts: &[Stmt]| {
        for number in 0..stmts.len() {
            held.extend(stmts.get(number..).and_then(|stmts| held_first(stmts, &uses)));
        }
    };
    look(stmts);
    walk::stmts(stmts, &mut |node| match node {
        Node::Stmt(Stmt { does: Action::Labelled(_, body), .. })
        | Node::Expr(Expr { kind: ExprKind::Do(body, _), .. }) => {
            look(body);
        }
        Node::Stmt(Stmt { does: Action::Repeat(repeat), .. }) => look(&repeat.body),
        Node::Stmt(Stmt { does: Action::If(_, then, otherwise), .. }) => {
            look(then);
            look(otherwise);
        }
        _ => {}
    });
    held
}

/// The local that the first of these sets to a cell's value, if what follows raises or lowers that cell.
fn held_first(stmts: &[Stmt], uses: &BTreeMap<LocalId, Uses>) -> Option<(LocalId, Merge)> {
    let (first, rest) = stmts.split_first()?;
    let Action::Set(local, Expr { kind: ExprKind::Load(from), .. }) = &first.does else { return None };
    let between = |stmt: &&Stmt| matches!(&stmt.does, Action::Set(set, value) if leaves(*set, value, from));
    let Action::Store(to, value) = &rest.iter().find(|stmt| !between(stmt))?.does else { return None };
    let only_here = uses.get(local) == Some(&Uses { sets: 1, reads: 2 });
    let merge = kept(value, *local)?;
    (only_here && same_place(from, to)).then_some((*local, merge))
}

/// True if setting a local to a value does nothing to a place.
fn leaves(set: LocalId, value: &Expr, place: &Place) -> bool {
    let mut leaves = true;
    walk::expr(value, &mut |node| leaves &= !matches!(node, Node::Expr(Expr { kind: ExprKind::Do(..), .. })));
    for key in &place.keys {
        walk::expr(key, &mut |node| {
            leaves &= !matches!(node, Node::Expr(Expr { kind: ExprKind::Local(local), .. }) if *local == set);
        });
    }
    leaves
}

/// `if local > e { local } else { e }` and its like.
fn kept(value: &Expr, local: LocalId) -> Option<Merge> {
    let ExprKind::If(condition, then, otherwise, _) = &value.kind else { return None };
    let ExprKind::Compare(comparison, left, right) = &condition.kind else { return None };
    let is_held = |expr: &Expr| matches!(expr.kind, ExprKind::Local(read) if read == local);
    let as_compared = same(left, then) && same(right, otherwise);
    let crosswise = same(left, otherwise) && same(right, then);
    if !(as_compared || crosswise) || is_held(left) == is_held(right) {
        return None;
    }
    direction(*comparison, as_compared)
}

/// What is kept if the first of the compared is, where the comparison holds.
fn direction(comparison: Comparison, first: bool) -> Option<Merge> {
    let greater = match comparison {
        Comparison::Greater | Comparison::GreaterEqual => true,
        Comparison::Less | Comparison::LessEqual => false,
        Comparison::Equal | Comparison::NotEqual => return None,
    };
    Some(if greater == first { Merge::Max } else { Merge::Min })
}

/// `if e > x { x = e; }`: the cell, and what it becomes.
pub(super) fn replaced<'a>(condition: &'a Expr, then: &'a [Stmt]) -> Option<(&'a Place, &'a Expr, Merge)> {
    let [Stmt { does: Action::Store(place, value), .. }] = then else { return None };
    let ExprKind::Compare(comparison, left, right) = &condition.kind else { return None };
    let loads = |expr: &Expr| matches!(&expr.kind, ExprKind::Load(read) if same_place(read, place));
    let (new_first, new) = if loads(right) { (true, left) } else { (false, right) };
    if !(loads(left) || loads(right)) || !same(new, value) {
        return None;
    }
    let ExprKind::Load(read) = &if new_first { right } else { left }.kind else { return None };
    Some((read, new, direction(*comparison, new_first)?))
}

/// A truth that is put into a cell whatever was there: `set.add(k)` raises, `set.remove(k)` lowers.
pub(super) fn put(value: &Expr) -> Option<Merge> {
    match value.kind {
        ExprKind::Const(truth) if value.ty == Scalar::Bool => {
            Some(if truth == Value::ZERO { Merge::Min } else { Merge::Max })
        }
        _ => None,
    }
}

fn same_place(a: &Place, b: &Place) -> bool {
    a.variable == b.variable
        && a.keys.len() == b.keys.len()
        && a.keys.iter().zip(&b.keys).all(|(a, b)| same(a, b))
}

/// True for two expressions that have one value, and do nothing.
fn same(a: &Expr, b: &Expr) -> bool {
    match (&a.kind, &b.kind) {
        (ExprKind::Const(a), ExprKind::Const(b)) => a == b,
        (ExprKind::Local(a), ExprKind::Local(b)) => a == b,
        (ExprKind::Known(a), ExprKind::Known(b)) => a == b,
        (ExprKind::Element(a, i, part), ExprKind::Element(b, j, other)) => {
            a == b && part == other && same(i, j)
        }
        (ExprKind::Arithmetic(a, x, y, None), ExprKind::Arithmetic(b, v, w, None)) => {
            a == b && same(x, v) && same(y, w)
        }
        (ExprKind::Cast(x, None), ExprKind::Cast(y, None)) => x.ty == y.ty && a.ty == b.ty && same(x, y),
        _ => false,
    }
}
