//! The numbers of the places in a function's code that have one: its `fresh_id()`s and its steps.
//!
//! They count in the order of the text, and a function that is called counts at each call anew.

use crate::tree::{Expr, ExprKind, Function, FunctionId, Part, Program, Stmt, StmtKind, Unit};
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
    /// How many places of steps there are, those inside of its steps included.
    taken: u16,
    /// How many of them stand before each step, and before the first turn of each loop with steps.
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

    /// The number of a step in the first turn of each loop around.
    pub(super) fn step<T>(&self, part: &T) -> u16 {
        self.steps.get(&identity(part)).copied().unwrap_or_default()
    }
}

impl Places {
    /// Those of the functions of a unit.
    pub(super) fn of(program: &Program, unit: &Unit) -> Self {
        let mut places = Self::default();
        for (number, function) in (0..).zip(&unit.functions) {
            places.add((program, unit), FunctionId(number), function);
        }
        places
    }

    /// Those of one function.
    pub(super) fn get(&self, id: FunctionId) -> Option<&Numbers> {
        self.functions.get(&id.0)
    }

    fn add(&mut self, of: (&Program, &Unit), id: FunctionId, function: &Function) -> u16 {
        if let Some(known) = self.functions.get(&id.0) {
            return known.fresh;
        }
        let mut walk = Walk { places: self, of, numbers: Numbers::default() };
        walk.stmts(&function.body);
        let numbers = walk.numbers;
        let fresh = numbers.fresh;
        self.functions.insert(id.0, numbers);
        fresh
    }
}

struct Walk<'w> {
    places: &'w mut Places,
    of: (&'w Program, &'w Unit),
    numbers: Numbers,
}

impl Walk<'_> {
    fn stmts(&mut self, stmts: &[Stmt]) {
        stmts.iter().for_each(|stmt| self.stmt(stmt));
    }

    fn mark<T>(&mut self, part: &T, count: u16) {
        self.numbers.before.insert(identity(part), self.numbers.fresh);
        self.numbers.fresh = self.numbers.fresh.saturating_add(count);
    }

    /// A call counts what it calls, behind its arguments.
    fn call<T>(&mut self, part: &T, callee: FunctionId) {
        let of = self.of;
        let count = of.1.function(callee).map_or(0, |function| self.places.add(of, callee, function));
        self.mark(part, count);
    }

    fn stmt(&mut self, stmt: &Stmt) {
        let taken = self.numbers.taken;
        if let StmtKind::Step(step) = &stmt.kind {
            self.numbers.steps.insert(identity(step), taken);
        }
        let of_test = matches!(stmt.kind, StmtKind::Test(_));
        stmt.parts(&mut |part| match part {
            Part::Stmt(inner) => self.stmt(inner),
            // What a statement of a test computes itself has no places.
            Part::Expr(inner) if !of_test => self.expr(inner),
            Part::Expr(_) => {}
        });
        if let StmtKind::Call(callee, _) = &stmt.kind {
            self.call(stmt, *callee);
        }
        // However the statement's own parts were counted: a loop counts all of its turns.
        let (program, unit) = self.of;
        let count = program.places(unit, std::slice::from_ref(stmt));
        self.numbers.taken = taken.saturating_add(u16::try_from(count).unwrap_or(u16::MAX));
    }

    fn expr(&mut self, expr: &Expr) {
        if matches!(expr.kind, ExprKind::Outer(_)) {
            return;
        }
        expr.parts(&mut |part| match part {
            Part::Stmt(inner) => self.stmt(inner),
            Part::Expr(inner) => self.expr(inner),
        });
        match &expr.kind {
            ExprKind::Call(callee, _) => self.call(expr, *callee),
            ExprKind::Compute(Computation::Fresh { .. }, ..) => self.mark(expr, 1),
            _ => {}
        }
    }
}
