//! Visiting everything that IR is made of.

use super::{Action, Bind, BufferId, Expr, ExprKind, Fail, Failure, Piece, Stmt};
use crate::tree::LocalId;
use mc_container::access::VariableId;
use std::collections::BTreeSet;

/// A statement or an expression that is visited.
#[derive(Clone, Copy, Debug)]
pub enum Node<'a> {
    /// A statement, before what it is made of.
    Stmt(&'a Stmt),
    /// An expression, before what it is made of.
    Expr(&'a Expr),
    /// A part of a sequence of values, before what it is made of.
    Piece(&'a Piece),
}

/// Visits every statement and expression of `stmts`, however deep.
pub fn stmts<'a>(stmts: &'a [Stmt], visit: &mut dyn FnMut(Node<'a>)) {
    for stmt in stmts {
        visit(Node::Stmt(stmt));
        parts_of_stmt(stmt, visit);
    }
}

fn parts_of_stmt<'a>(stmt: &'a Stmt, visit: &mut dyn FnMut(Node<'a>)) {
    match &stmt.does {
        Action::Set(_, value) => expr(value, visit),
        Action::SetElement(_, index, _, value) => {
            expr(index, visit);
            expr(value, visit);
        }
        Action::Store(place, value) => {
            exprs(&place.keys, visit);
            expr(value, visit);
        }
        Action::Update(place, _, value, failure) => {
            exprs(&place.keys, visit);
            expr(value, visit);
            of_failure(failure, visit);
        }
        Action::Guard(condition, fail) => {
            expr(condition, visit);
            of_fail(fail, visit);
        }
        Action::Fail(fail) => of_fail(fail, visit),
        Action::Emit(_, pieces) | Action::Give(pieces) => of_pieces(pieces, visit),
        Action::Labelled(_, body) => stmts(body, visit),
        Action::If(condition, then, otherwise) => {
            expr(condition, visit);
            stmts(then, visit);
            stmts(otherwise, visit);
        }
        Action::Repeat(repeat) => {
            expr(&repeat.from, visit);
            expr(&repeat.to, visit);
            stmts(&repeat.body, visit);
        }
        Action::Step(step) => {
            of_pieces(&step.args, visit);
            of_failure(&step.otherwise, visit);
        }
        Action::Try(attempt) => {
            stmts(&attempt.body, visit);
            stmts(&attempt.catch, visit);
        }
        Action::Exit(_) => {}
    }
}

fn of_pieces<'a>(pieces: &'a [Piece], visit: &mut dyn FnMut(Node<'a>)) {
    for piece in pieces {
        visit(Node::Piece(piece));
        expr(piece.head(), visit);
    }
}

fn of_failure<'a>(failure: &'a Failure, visit: &mut dyn FnMut(Node<'a>)) {
    if let Some(fail) = failure {
        of_fail(fail, visit);
    }
}

fn of_fail<'a>(fail: &'a Fail, visit: &mut dyn FnMut(Node<'a>)) {
    if let Fail::Error(_, before, pieces) = fail {
        stmts(before, visit);
        of_pieces(pieces, visit);
    }
}

fn exprs<'a>(exprs: &'a [Expr], visit: &mut dyn FnMut(Node<'a>)) {
    for one in exprs {
        expr(one, visit);
    }
}

/// Visits an expression and everything it is made of.
pub fn expr<'a>(it: &'a Expr, visit: &mut dyn FnMut(Node<'a>)) {
    visit(Node::Expr(it));
    match &it.kind {
        ExprKind::Const(_) | ExprKind::Local(_) | ExprKind::Known(_) => {}
        ExprKind::Load(place) => exprs(&place.keys, visit),
        ExprKind::Element(_, operand, _) | ExprKind::TextLength(operand) | ExprKind::Not(operand) => {
            expr(operand, visit);
        }
        ExprKind::Cast(operand, failure) => {
            expr(operand, visit);
            of_failure(failure, visit);
        }
        ExprKind::Arithmetic(_, left, right, failure) => {
            expr(left, visit);
            expr(right, visit);
            of_failure(failure, visit);
        }
        ExprKind::Compare(_, left, right) | ExprKind::And(left, right, _) | ExprKind::Or(left, right, _) => {
            expr(left, visit);
            expr(right, visit);
        }
        ExprKind::If(condition, then, otherwise, _) => {
            expr(condition, visit);
            expr(then, visit);
            expr(otherwise, visit);
        }
        ExprKind::Compute(_, pieces, failure) => {
            of_pieces(pieces, visit);
            of_failure(failure, visit);
        }
        ExprKind::Do(inner, value) => {
            stmts(inner, visit);
            expr(value, visit);
        }
    }
}

/// What code changes besides the state.
#[derive(Clone, Debug, Default)]
pub struct Changed {
    /// Locals that are set.
    pub locals: BTreeSet<LocalId>,
    /// Lists that are written to.
    pub buffers: BTreeSet<BufferId>,
}

impl Changed {
    /// Adds what a node itself changes.
    pub fn note(&mut self, node: Node<'_>) {
        let Node::Stmt(stmt) = node else { return };
        match &stmt.does {
            Action::Set(local, _) => {
                self.locals.insert(*local);
            }
            Action::SetElement(buffer, ..) => {
                self.buffers.insert(*buffer);
            }
            Action::Repeat(repeat) => {
                self.locals.insert(repeat.index);
            }
            Action::Try(attempt) => self.locals.extend(attempt.reason),
            Action::Step(step) => {
                for bind in &step.bind {
                    let (Bind::Scalar(local) | Bind::List(local, _)) = bind;
                    self.locals.insert(*local);
                    if let Bind::List(_, buffer) = bind {
                        self.buffers.insert(*buffer);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Everything that `of` changes, however deep.
#[must_use]
pub fn changed(of: &[Stmt]) -> Changed {
    let mut changed = Changed::default();
    stmts(of, &mut |node| changed.note(node));
    changed
}

/// The variables of the state that `of` may change, however deep.
#[must_use]
pub fn written(of: &[Stmt]) -> BTreeSet<VariableId> {
    let mut written = BTreeSet::new();
    stmts(of, &mut |node| {
        if let Node::Stmt(Stmt { does: Action::Store(place, _) | Action::Update(place, ..), .. }) = node {
            written.insert(place.variable);
        }
    });
    written
}
