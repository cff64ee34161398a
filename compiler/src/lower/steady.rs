//! Which locals of a function never change once they have a value: a list among them needs no copy of its own.

use crate::tree::{Expr, ExprKind, Fail, Failure, Function, LocalId, Place, Stmt, StmtKind};

/// For each local, whether it is given a value at most once and never changed in part.
pub(super) fn steady(function: &Function) -> Vec<bool> {
    let mut changes = Changes { counts: vec![0; function.locals.len()] };
    for number in 0..function.params {
        changes.add(LocalId(number), 1);
    }
    changes.stmts(&function.body);
    changes.counts.into_iter().map(|count| count <= 1).collect()
}

/// How often the text changes each local.
struct Changes {
    counts: Vec<u32>,
}

/// More than once.
const IN_PART: u32 = 2;

impl Changes {
    fn add(&mut self, local: LocalId, times: u32) {
        if let Some(count) = self.counts.get_mut(local.0 as usize) {
            *count = count.saturating_add(times);
        }
    }

    fn stmts(&mut self, stmts: &[Stmt]) {
        for stmt in stmts {
            self.stmt(&stmt.kind);
        }
    }

    fn stmt(&mut self, stmt: &StmtKind) {
        match stmt {
            StmtKind::Set(local, value) => {
                self.add(*local, 1);
                self.expr(value);
            }
            StmtKind::SetElement(local, index, value) => {
                self.add(*local, IN_PART);
                self.expr(index);
                self.expr(value);
            }
            StmtKind::Push(local, value) | StmtKind::SetField(local, _, value) => {
                self.add(*local, IN_PART);
                self.expr(value);
            }
            StmtKind::Store(place, value) => {
                self.place(place);
                self.expr(value);
            }
            StmtKind::Update(place, _, value, failure) => {
                self.place(place);
                self.expr(value);
                self.failure(failure);
            }
            StmtKind::Require(condition, fail) => {
                self.expr(condition);
                self.fail(fail);
            }
            StmtKind::Abort(fail) => self.fail(fail),
            StmtKind::Emit(_, args) | StmtKind::Call(_, args) => self.exprs(args),
            StmtKind::Return(value) => self.exprs(value.as_slice()),
            StmtKind::If(condition, then, otherwise) => {
                self.expr(condition);
                self.stmts(then);
                self.stmts(otherwise);
            }
            StmtKind::For(repeat) => {
                self.add(repeat.index, 1);
                self.expr(&repeat.from);
                self.expr(&repeat.to);
                self.stmts(&repeat.body);
            }
            StmtKind::Step(step) => {
                self.exprs(&step.args);
                step.bind.iter().for_each(|local| self.add(*local, 1));
                step.otherwise.iter().for_each(|fail| self.fail(fail));
            }
            StmtKind::Break | StmtKind::Continue | StmtKind::Spent(_) | StmtKind::Test(_) => {}
        }
    }

    fn place(&mut self, place: &Place) {
        self.exprs(&place.keys);
    }

    fn failure(&mut self, failure: &Failure) {
        if let Some(fail) = failure {
            self.fail(fail);
        }
    }

    fn fail(&mut self, fail: &Fail) {
        if let Fail::Error(_, args) = fail {
            self.exprs(args);
        }
    }

    fn exprs(&mut self, exprs: &[Expr]) {
        for expr in exprs {
            self.expr(expr);
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Const(_) | ExprKind::Local(_) | ExprKind::Context(_) => {}
            // A test is no part of a container.
            ExprKind::Outer(_) | ExprKind::Balance(_) => {}
            ExprKind::Load(place) => self.place(place),
            ExprKind::Not(operand)
            | ExprKind::Field(operand, _)
            | ExprKind::Tag(operand)
            | ExprKind::Payload(operand, ..)
            | ExprKind::Length(operand)
            | ExprKind::Amount(operand)
            | ExprKind::Held(operand) => self.expr(operand),
            ExprKind::Cast(operand, failure) => {
                self.expr(operand);
                self.failure(failure);
            }
            ExprKind::Arithmetic(_, left, right, failure) | ExprKind::Element(left, right, failure) => {
                self.expr(left);
                self.expr(right);
                self.failure(failure);
            }
            ExprKind::Compare(_, left, right)
            | ExprKind::And(left, right)
            | ExprKind::Or(left, right)
            | ExprKind::Contains(left, right) => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::If(condition, then, otherwise) => {
                [condition, then, otherwise].into_iter().for_each(|it| self.expr(it));
            }
            ExprKind::Call(_, args)
            | ExprKind::Record(args)
            | ExprKind::Variant(_, args)
            | ExprKind::List(args) => {
                self.exprs(args);
            }
            ExprKind::Compute(_, args, failure) => {
                self.exprs(args);
                self.failure(failure);
            }
            ExprKind::Block(stmts, value) => {
                self.stmts(stmts);
                self.expr(value);
            }
        }
    }
}
