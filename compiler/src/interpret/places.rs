//! The numbers of the places in a function's code that have one: its `fresh_id()`s and its steps.
//!
//! They count in the order of the text, and a function that is called counts at each call anew.

use crate::tree::{
    Expr, ExprKind, Fail, Failure, Function, FunctionId, Place, Stmt, StmtKind, TestStmt, Unit,
};
use mc_container::compute::Computation;
use std::collections::BTreeMap;
use std::ptr;

/// The places of each function of a unit.
#[derive(Debug, Default)]
pub(super) struct Places {
    functions: BTreeMap<u32, Numbers>,
}

/// The places of one function.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    /// How many `fresh_id()`s there are, those of the functions it calls included.
    fresh: u16,
    /// How many of them stand before an expression or a call.
    before: BTreeMap<usize, u16>,
    /// The number of each step.
    steps: BTreeMap<usize, u16>,
}

/// What identifies a part of the tree.
fn identity<T>(part: &T) -> usize {
    ptr::from_ref(part).addr()
}

impl Numbers {
    /// How many `fresh_id()`s stand before this part of the function.
    pub(super) fn before<T>(&self, part: &T) -> u16 {
        self.before.get(&identity(part)).copied().unwrap_or_default()
    }

    /// The number of a step.
    pub(super) fn step<T>(&self, part: &T) -> u16 {
        self.steps.get(&identity(part)).copied().unwrap_or_default()
    }
}

impl Places {
    /// Those of the functions of a unit.
    pub(super) fn of(unit: &Unit) -> Self {
        let mut places = Self::default();
        for (number, function) in (0..).zip(&unit.functions) {
            places.add(unit, FunctionId(number), function);
        }
        places
    }

    /// Those of one function.
    pub(super) fn get(&self, id: FunctionId) -> Option<&Numbers> {
        self.functions.get(&id.0)
    }

    fn add(&mut self, unit: &Unit, id: FunctionId, function: &Function) -> u16 {
        if let Some(known) = self.functions.get(&id.0) {
            return known.fresh;
        }
        let mut walk = Walk { places: self, unit, numbers: Numbers::default() };
        walk.stmts(&function.body);
        let numbers = walk.numbers;
        let fresh = numbers.fresh;
        self.functions.insert(id.0, numbers);
        fresh
    }
}

struct Walk<'w> {
    places: &'w mut Places,
    unit: &'w Unit,
    numbers: Numbers,
}

impl Walk<'_> {
    fn stmts(&mut self, stmts: &[Stmt]) {
        stmts.iter().for_each(|stmt| self.stmt(stmt));
    }

    fn exprs(&mut self, exprs: &[Expr]) {
        exprs.iter().for_each(|expr| self.expr(expr));
    }

    fn fail(&mut self, fail: &Fail) {
        if let Fail::Error(_, args) = fail {
            self.exprs(args);
        }
    }

    fn otherwise(&mut self, failure: &Failure) {
        if let Some(fail) = failure {
            self.fail(fail);
        }
    }

    fn place(&mut self, place: &Place) {
        self.exprs(&place.keys);
    }

    fn mark<T>(&mut self, part: &T, count: u16) {
        self.numbers.before.insert(identity(part), self.numbers.fresh);
        self.numbers.fresh = self.numbers.fresh.saturating_add(count);
    }

    fn call<T>(&mut self, part: &T, callee: FunctionId, args: &[Expr]) {
        self.exprs(args);
        let unit = self.unit;
        let count = unit.function(callee).map_or(0, |function| self.places.add(unit, callee, function));
        self.mark(part, count);
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Set(_, value) | StmtKind::Push(_, value) | StmtKind::SetField(_, _, value) => {
                self.expr(value);
            }
            StmtKind::SetElement(_, index, value) => {
                self.expr(index);
                self.expr(value);
            }
            StmtKind::Store(place, value) => {
                self.place(place);
                self.expr(value);
            }
            StmtKind::Update(place, _, value, failure) => {
                self.place(place);
                self.expr(value);
                self.otherwise(failure);
            }
            StmtKind::Require(condition, fail) => {
                self.expr(condition);
                self.fail(fail);
            }
            StmtKind::Abort(fail) => self.fail(fail),
            StmtKind::Emit(_, args) => self.exprs(args),
            StmtKind::Return(value) => value.iter().for_each(|value| self.expr(value)),
            StmtKind::If(condition, then, otherwise) => {
                self.expr(condition);
                self.stmts(then);
                self.stmts(otherwise);
            }
            StmtKind::For(repeat) => {
                self.expr(&repeat.from);
                self.expr(&repeat.to);
                self.stmts(&repeat.body);
            }
            StmtKind::Call(callee, args) => self.call(stmt, *callee, args),
            StmtKind::Step(step) => {
                self.exprs(&step.args);
                let number = u16::try_from(self.numbers.steps.len()).unwrap_or(u16::MAX);
                self.numbers.steps.insert(identity(step), number);
                step.otherwise.iter().for_each(|fail| self.fail(fail));
            }
            StmtKind::Test(
                TestStmt::As(_, body) | TestStmt::ExpectAbort(_, body) | TestStmt::Order(_, body),
            ) => self.stmts(body),
            StmtKind::Break | StmtKind::Continue | StmtKind::Spent(_) | StmtKind::Test(_) => {}
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Const(_) | ExprKind::Local(_) | ExprKind::Context(_) | ExprKind::Outer(_) => {}
            ExprKind::Load(place) => self.place(place),
            ExprKind::Not(part)
            | ExprKind::Field(part, _)
            | ExprKind::Tag(part)
            | ExprKind::Payload(part, ..)
            | ExprKind::Length(part)
            | ExprKind::Amount(part)
            | ExprKind::Held(part)
            | ExprKind::Balance(part) => self.expr(part),
            ExprKind::Cast(part, failure) => {
                self.expr(part);
                self.otherwise(failure);
            }
            ExprKind::Arithmetic(_, left, right, failure) | ExprKind::Element(left, right, failure) => {
                self.expr(left);
                self.expr(right);
                self.otherwise(failure);
            }
            ExprKind::Compare(_, left, right)
            | ExprKind::And(left, right)
            | ExprKind::Or(left, right)
            | ExprKind::Contains(left, right) => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::If(condition, then, otherwise) => {
                [condition, then, otherwise].iter().for_each(|part| self.expr(part));
            }
            ExprKind::Call(callee, args) => self.call(expr, *callee, args),
            ExprKind::Compute(Computation::Fresh { .. }, ..) => self.mark(expr, 1),
            ExprKind::Compute(_, args, failure) => {
                self.exprs(args);
                self.otherwise(failure);
            }
            ExprKind::Record(parts) | ExprKind::Variant(_, parts) | ExprKind::List(parts) => {
                self.exprs(parts);
            }
            ExprKind::Block(stmts, value) => {
                self.stmts(stmts);
                self.expr(value);
            }
        }
    }
}
