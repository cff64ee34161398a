//! What stands directly in a statement or an expression: the one place that knows every form for a walk.

use super::{Elements, Expr, ExprKind, Fail, Failure, LocalId, Spec, Stmt, StmtKind, TestStmt};

/// A statement or an expression.
#[derive(Clone, Copy, Debug)]
pub enum Part<'t> {
    /// A statement.
    Stmt(&'t Stmt),
    /// An expression.
    Expr(&'t Expr),
}

/// Hands the parts to a visitor.
struct Visit<'v, 't>(&'v mut dyn FnMut(Part<'t>));

impl<'t> Visit<'_, 't> {
    fn stmts(&mut self, stmts: &'t [Stmt]) {
        stmts.iter().for_each(|stmt| (self.0)(Part::Stmt(stmt)));
    }

    fn exprs(&mut self, exprs: impl IntoIterator<Item = &'t Expr>) {
        exprs.into_iter().for_each(|expr| (self.0)(Part::Expr(expr)));
    }

    fn fail(&mut self, fail: &'t Fail) {
        if let Fail::Error(_, payload) = fail {
            self.exprs(payload);
        }
    }

    fn failure(&mut self, failure: &'t Failure) {
        failure.iter().for_each(|fail| self.fail(fail));
    }

    fn test(&mut self, test: &'t TestStmt) {
        match test {
            TestStmt::Assert(value) | TestStmt::Advance(value) => self.exprs([value]),
            TestStmt::As(who, body) => {
                self.exprs([who]);
                self.stmts(body);
            }
            TestStmt::ExpectAbort(_, body) | TestStmt::Order(_, body) => self.stmts(body),
            TestStmt::Deploy(deploy) => self.exprs(&deploy.args),
            TestStmt::Grant(..) => {}
            TestStmt::Outer(call) => self.exprs(call.args.iter().chain(call.value.as_deref())),
        }
    }
}

impl Stmt {
    /// Calls `visit` on every statement and expression that stands directly in this one, in the order of the text.
    pub fn parts<'t>(&'t self, visit: &mut dyn FnMut(Part<'t>)) {
        let mut to = Visit(visit);
        match &self.kind {
            StmtKind::Set(_, value) | StmtKind::Push(_, value) | StmtKind::SetField(_, _, value) => {
                to.exprs([value]);
            }
            StmtKind::SetElement(_, index, value) => to.exprs([index, value]),
            StmtKind::Store(place, value) => to.exprs(place.keys.iter().chain([value])),
            StmtKind::Update(place, _, value, failure) => {
                to.exprs(place.keys.iter().chain([value]));
                to.failure(failure);
            }
            StmtKind::Require(condition, fail) => {
                to.exprs([condition]);
                to.fail(fail);
            }
            StmtKind::Abort(fail) => to.fail(fail),
            StmtKind::Emit(_, args) | StmtKind::Call(_, args) => to.exprs(args),
            StmtKind::Return(value) => to.exprs(value),
            StmtKind::If(condition, then, otherwise) => {
                to.exprs([condition]);
                to.stmts(then);
                to.stmts(otherwise);
            }
            StmtKind::For(repeat) => {
                to.exprs([&repeat.from, &repeat.to]);
                to.stmts(&repeat.body);
            }
            StmtKind::Step(step) => {
                to.exprs(&step.args);
                step.otherwise.iter().for_each(|fail| to.fail(fail));
            }
            StmtKind::Try(attempt) => {
                to.stmts(&attempt.body);
                to.stmts(&attempt.catch);
            }
            StmtKind::Par(branches) => branches.iter().for_each(|branch| to.stmts(branch)),
            StmtKind::Test(test) => to.test(test),
            StmtKind::Break | StmtKind::Continue | StmtKind::Spent(_) | StmtKind::Shorten(_) => {}
        }
    }
}

impl Stmt {
    /// The local that the statement itself gives a value, in whole or in part.
    #[must_use]
    pub fn sets(&self) -> Option<LocalId> {
        match &self.kind {
            StmtKind::Set(local, _)
            | StmtKind::SetElement(local, ..)
            | StmtKind::Push(local, _)
            | StmtKind::Shorten(local)
            | StmtKind::SetField(local, ..) => Some(*local),
            StmtKind::For(repeat) => Some(repeat.index),
            StmtKind::Step(step) => step.bind,
            StmtKind::Try(attempt) => attempt.reason,
            _ => None,
        }
    }
}

impl Expr {
    /// Calls `visit` on every statement and expression that stands directly in this one, in the order of the text.
    pub fn parts<'t>(&'t self, visit: &mut dyn FnMut(Part<'t>)) {
        let mut to = Visit(visit);
        match &self.kind {
            ExprKind::Const(_) | ExprKind::Local(_) | ExprKind::Context(_) => {}
            ExprKind::Load(place) => to.exprs(&place.keys),
            ExprKind::Not(part)
            | ExprKind::Field(part, _)
            | ExprKind::Tag(part)
            | ExprKind::Payload(part, ..)
            | ExprKind::Length(part)
            | ExprKind::Amount(part)
            | ExprKind::Held(part)
            | ExprKind::Balance(part) => to.exprs([part.as_ref()]),
            ExprKind::Cast(part, failure) => {
                to.exprs([part.as_ref()]);
                to.failure(failure);
            }
            ExprKind::Arithmetic(_, left, right, failure) | ExprKind::Element(left, right, failure) => {
                to.exprs([left.as_ref(), right]);
                to.failure(failure);
            }
            ExprKind::Compare(_, left, right)
            | ExprKind::And(left, right)
            | ExprKind::Or(left, right)
            | ExprKind::Contains(left, right) => to.exprs([left.as_ref(), right]),
            ExprKind::If(condition, then, otherwise) => to.exprs([condition.as_ref(), then, otherwise]),
            ExprKind::Call(_, parts)
            | ExprKind::Record(parts)
            | ExprKind::Variant(_, parts)
            | ExprKind::List(parts) => to.exprs(parts),
            ExprKind::Compute(_, args, failure) => {
                to.exprs(args);
                to.failure(failure);
            }
            ExprKind::Block(stmts, value) => {
                to.stmts(stmts);
                to.exprs([value.as_ref()]);
            }
            ExprKind::Outer(call) => to.exprs(call.args.iter().chain(call.value.as_deref())),
            ExprKind::Spec(spec) => match spec.as_ref() {
                Spec::Old(part) => to.exprs([part]),
                Spec::Sum(whole) | Spec::Count(whole) => to.exprs(&whole.keys),
                Spec::Each(each) => match &each.elements {
                    Elements::Keys(whole) => to.exprs(whole.keys.iter().chain([&each.condition])),
                    Elements::List(list) => to.exprs([list, &each.condition]),
                },
            },
        }
    }
}
