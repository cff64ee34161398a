//! Changing IR in place.

use super::{Action, Expr, ExprKind, Fail, Failure, Piece, Stmt};

/// What an editor does to the parts it meets.
pub trait Edit {
    /// A list of statements, after everything inside of it.
    fn stmts(&mut self, _stmts: &mut Vec<Stmt>) {}

    /// An expression, after everything inside of it.
    fn expr(&mut self, _expr: &mut Expr) {}
}

/// Shows everything that `stmts` is made of to the editor, and then `stmts`.
pub fn stmts(stmts: &mut Vec<Stmt>, edit: &mut dyn Edit) {
    for stmt in stmts.iter_mut() {
        of_stmt(stmt, edit);
    }
    edit.stmts(stmts);
}

fn of_stmt(stmt: &mut Stmt, edit: &mut dyn Edit) {
    match &mut stmt.does {
        Action::Set(_, value) => expr(value, edit),
        Action::SetElement(_, index, _, value) => {
            expr(index, edit);
            expr(value, edit);
        }
        Action::Store(place, value) => {
            exprs(&mut place.keys, edit);
            expr(value, edit);
        }
        Action::Update(place, _, value, failure) => {
            exprs(&mut place.keys, edit);
            expr(value, edit);
            of_failure(failure, edit);
        }
        Action::Guard(condition, fail) => {
            expr(condition, edit);
            of_fail(fail, edit);
        }
        Action::Fail(fail) => of_fail(fail, edit),
        Action::Emit(_, pieces) | Action::Give(pieces) => of_pieces(pieces, edit),
        Action::Labelled(_, body) => stmts(body, edit),
        Action::If(condition, then, otherwise) => {
            expr(condition, edit);
            stmts(then, edit);
            stmts(otherwise, edit);
        }
        Action::Repeat(repeat) => {
            expr(&mut repeat.from, edit);
            expr(&mut repeat.to, edit);
            stmts(&mut repeat.body, edit);
        }
        Action::Step(step) => {
            of_pieces(&mut step.args, edit);
            of_failure(&mut step.otherwise, edit);
        }
        Action::Try(attempt) => {
            stmts(&mut attempt.body, edit);
            stmts(&mut attempt.catch, edit);
        }
        Action::Exit(_) => {}
    }
}

fn exprs(exprs: &mut [Expr], edit: &mut dyn Edit) {
    for one in exprs {
        expr(one, edit);
    }
}

fn of_pieces(pieces: &mut [Piece], edit: &mut dyn Edit) {
    for piece in pieces {
        let (Piece::Scalar(head) | Piece::List(head, _)) = piece;
        expr(head, edit);
    }
}

fn of_failure(failure: &mut Failure, edit: &mut dyn Edit) {
    if let Some(fail) = failure {
        of_fail(fail, edit);
    }
}

fn of_fail(fail: &mut Fail, edit: &mut dyn Edit) {
    if let Fail::Error(_, before, pieces) = fail {
        stmts(before, edit);
        of_pieces(pieces, edit);
    }
}

fn expr(it: &mut Expr, edit: &mut dyn Edit) {
    match &mut it.kind {
        ExprKind::Const(_) | ExprKind::Local(_) | ExprKind::Known(_) => {}
        ExprKind::Load(place) => exprs(&mut place.keys, edit),
        ExprKind::Element(_, operand, _) | ExprKind::TextLength(operand) | ExprKind::Not(operand) => {
            expr(operand, edit);
        }
        ExprKind::Cast(operand, failure) => {
            expr(operand, edit);
            of_failure(failure, edit);
        }
        ExprKind::Arithmetic(_, left, right, failure) => {
            expr(left, edit);
            expr(right, edit);
            of_failure(failure, edit);
        }
        ExprKind::Compare(_, left, right) | ExprKind::And(left, right, _) | ExprKind::Or(left, right, _) => {
            expr(left, edit);
            expr(right, edit);
        }
        ExprKind::If(condition, then, otherwise, _) => {
            [condition, then, otherwise].into_iter().for_each(|part| expr(part, edit));
        }
        ExprKind::Compute(_, pieces, failure) => {
            of_pieces(pieces, edit);
            of_failure(failure, edit);
        }
        ExprKind::Do(inner, value) => {
            stmts(inner, edit);
            expr(value, edit);
        }
    }
    edit.expr(it);
}
