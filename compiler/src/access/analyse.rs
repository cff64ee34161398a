//! Symbolic execution of one body.

use super::cells::{self, Analysis, Around, Cell, CellId, bounded};
use super::flow::{Ends, Milestone, Shifts, State, Symbol, join};
use super::shift::Shift;
use crate::ir::{self, Body, Expr, ExprKind, Fail, Failure, Label, LoopId, Place, Repeat, Step, Stmt};
use crate::tree::{Comparison, FunctionKind, LocalId, Unit, Variable};
use mc_container::access::{Op, Range, StepCall, Term};
use mc_container::arithmetic::Operation;
use mc_container::manifest::EntryKind;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// A loop that is being executed.
struct OpenLoop {
    around: Around,
    /// How far the cells had moved in the turn of the loop outside of it.
    outer: Shifts,
    /// How far its cells move in a turn, over every way a turn may end.
    turn: Ends,
    /// Some turns may never come, because an earlier one left the loop.
    left_early: bool,
    /// The loops directly inside of it.
    inner: Vec<LoopId>,
}

/// A block that is being executed.
struct OpenBlock {
    /// How many loops are around it.
    depth: usize,
    /// What holds at its `Exit`s.
    exits: Option<State>,
}

pub(crate) struct Analyser<'b> {
    unit: &'b Unit,
    body: &'b Body,
    /// `None` where control does not come.
    state: Option<State>,
    cells: Vec<Cell>,
    /// The cells by what names them.
    names: BTreeMap<(u16, Vec<Symbol>, Vec<u32>), CellId>,
    loops: Vec<OpenLoop>,
    blocks: BTreeMap<u32, OpenBlock>,
    /// How far the cells outside of all loops move, over every way the body may end.
    ends: Ends,
    /// The cell whose guard has failed: its value in the payload is not observed by anyone who passes.
    exempt: Option<CellId>,
    steps: Vec<StepCall>,
    /// The loops outside of all others.
    outermost: Vec<LoopId>,
    /// Loops whose turns, as many as their bounds say, may not all come.
    uncertain: BTreeSet<LoopId>,
}

impl<'b> Analyser<'b> {
    pub(crate) fn new(unit: &'b Unit, body: &'b Body) -> Self {
        let param = |number: u32| bounded(Term::leaf(Op::Param(u16::try_from(number).unwrap_or(u16::MAX))));
        let count = u32::try_from(body.locals.len()).unwrap_or(u32::MAX);
        let locals =
            (0..count).map(|number| if number < body.params { param(number) } else { None }).collect();
        let steps = body.steps.iter().map(|(slot, entry, args)| StepCall {
            slot: *slot,
            entry: entry.clone(),
            args: vec![None; *args],
            certain: false,
        });
        Self {
            unit,
            body,
            state: Some(State { locals, shifts: Shifts::new(), passed: BTreeSet::new() }),
            cells: Vec::new(),
            names: BTreeMap::new(),
            loops: Vec::new(),
            blocks: BTreeMap::new(),
            ends: Ends::default(),
            exempt: None,
            steps: steps.collect(),
            outermost: Vec::new(),
            uncertain: BTreeSet::new(),
        }
    }

    pub(crate) fn run(mut self) -> Analysis {
        self.stmts(&self.body.stmts);
        self.succeed();
        for (number, step) in (0..).zip(&mut self.steps) {
            step.certain = self.ends.always_pass(Milestone::Step(number));
        }
        let ends = std::mem::take(&mut self.ends);
        let outermost = std::mem::take(&mut self.outermost);
        self.doubt(&ends, &outermost, false);
        self.settle(ends.shifts());
        for cell in &mut self.cells {
            // The formula counts every turn of its loops; those that may not come move nothing.
            if cell.loops.iter().any(|around| self.uncertain.contains(&around.id)) {
                cell.shift = cell.shift.take().map(|shift| shift.or(&Shift::zero()));
            }
        }
        let reads_only = self.body.kind == FunctionKind::Callable(EntryKind::View);
        cells::finish(self.cells, self.steps, &self.body.sites, reads_only)
    }

    /// Marks those of `loops` that not every way passes.
    fn doubt(&mut self, ends: &Ends, loops: &[LoopId], all: bool) {
        let doubtful = loops.iter().filter(|id| all || !ends.always_pass(Milestone::Loop(**id)));
        self.uncertain.extend(doubtful);
    }

    fn initialises(&self) -> bool {
        self.body.kind == FunctionKind::Callable(EntryKind::Init)
    }

    /// What the cells moved by is what their formulas say.
    fn settle(&mut self, shifts: Shifts) {
        for (id, shift) in shifts {
            if let Some(cell) = self.cells.get_mut(id.0 as usize) {
                cell.shift = shift;
            }
        }
    }

    /// Control leaves every loop down to `depth`, and the state goes with it.
    fn leave_loops(&mut self, depth: usize) -> Option<State> {
        let mut state = self.state.take()?;
        for open in self.loops.iter_mut().skip(depth).rev() {
            let turn = std::mem::replace(&mut state.shifts, open.outer.clone());
            open.turn.succeed(turn, &state.passed);
            open.left_early = true;
        }
        state.forget_indexes(depth);
        Some(state)
    }

    /// Control leaves the body with success.
    fn succeed(&mut self) {
        if let Some(state) = self.leave_loops(0) {
            self.ends.succeed(state.shifts, &state.passed);
        }
    }

    /// Control leaves the body, and nothing of it remains.
    fn abort(&mut self) {
        let Some(mut state) = self.state.take() else { return };
        for open in self.loops.iter_mut().rev() {
            open.turn.fail(std::mem::replace(&mut state.shifts, open.outer.clone()));
        }
        self.ends.fail(state.shifts);
    }

    fn stmts(&mut self, stmts: &[Stmt]) {
        for stmt in stmts {
            if self.state.is_none() {
                return;
            }
            self.stmt(stmt);
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Set(local, value) => {
                let value = self.expr(value);
                self.set(*local, value);
            }
            Stmt::Store(place, value) => self.store(place, value),
            Stmt::Update(place, operation, value, failure) => {
                let cell = self.cell(place);
                let amount = self.expr(value);
                self.update(cell, *operation, &amount, failure);
            }
            Stmt::Guard(condition, fail) => self.guard(condition, fail),
            Stmt::Fail(fail) => {
                self.exprs(&fail.args);
                self.abort();
            }
            Stmt::Emit(_, args) => drop(self.exprs(args)),
            Stmt::Give(value) => {
                if let Some(value) = value {
                    self.expr(value);
                }
                self.succeed();
            }
            Stmt::Labelled(label, body) => self.labelled(*label, body),
            Stmt::Exit(label) => self.exit(*label),
            Stmt::If(condition, then, otherwise) => {
                self.expr(condition);
                self.arms(|this| this.stmts(then), |this| this.stmts(otherwise));
            }
            Stmt::Repeat(repeat) => self.repeat(repeat),
            Stmt::Step(step) => self.step(step),
        }
    }

    fn set(&mut self, local: LocalId, symbol: Symbol) {
        if let Some(state) = &mut self.state {
            state.set(local, symbol);
        }
    }

    fn shift(&mut self, cell: CellId, shift: Option<Shift>) {
        if let Some(state) = &mut self.state {
            state.shift(cell, shift);
        }
    }

    fn arms(&mut self, then: impl FnOnce(&mut Self), otherwise: impl FnOnce(&mut Self)) {
        let before = self.state.clone();
        then(self);
        let after = std::mem::replace(&mut self.state, before);
        otherwise(self);
        self.state = join(after, self.state.take());
    }

    /// The cell that a place names; its keys are evaluated here.
    fn cell(&mut self, place: &Place) -> CellId {
        let keys = self.exprs(&place.keys);
        let loops: Vec<u32> = self.loops.iter().map(|open| open.around.id.0).collect();
        let next = CellId(u32::try_from(self.cells.len()).unwrap_or(u32::MAX));
        let id = *self.names.entry((place.variable.0, keys.clone(), loops)).or_insert(next);
        if id == next {
            self.cells.push(Cell {
                variable: place.variable,
                keys,
                loops: self.loops.iter().map(|open| open.around.clone()).collect(),
                sites: Vec::new(),
                observed: false,
                changed: false,
                shift: Some(Shift::zero()),
            });
        }
        self.note(id, |cell| cell.sites.push(place.site));
        id
    }

    fn note(&mut self, id: CellId, note: impl FnOnce(&mut Cell)) {
        if let Some(cell) = self.cells.get_mut(id.0 as usize) {
            note(cell);
        }
    }

    fn load(&mut self, place: &Place) -> Symbol {
        let id = self.cell(place);
        if self.exempt != Some(id) {
            self.note(id, |cell| cell.observed = true);
        }
        let variable = self.unit.variable(place.variable)?;
        let known = variable.immutable && !self.initialises();
        known.then(|| Rc::new(Term::leaf(Op::Immutable { instance: 0, variable: place.variable })))
    }

    fn store(&mut self, place: &Place, value: &Expr) {
        let cell = self.cell(place);
        if let ExprKind::Arithmetic(operation, left, amount, failure) = &value.kind
            && let ExprKind::Load(read) = &left.kind
            && read.variable == place.variable
            && is_additive(*operation)
            && value.ty.is_integer()
            && is_pure(amount)
            && read.keys.iter().all(is_pure)
        {
            // `x = x + e` is `x += e`, if both name the same cell.
            let same = self.cell(read);
            let amount = self.expr(amount);
            if same == cell {
                self.update(cell, *operation, &amount, failure);
                return;
            }
            self.note(same, |cell| cell.observed = true);
            self.fail_otherwise(failure);
        } else {
            self.expr(value);
        }
        self.note(cell, |cell| {
            cell.observed = true;
            cell.changed = true;
        });
    }

    fn update(&mut self, id: CellId, operation: Operation, amount: &Symbol, failure: &Failure) {
        let variable = self.cells.get(id.0 as usize).and_then(|cell| self.unit.variable(cell.variable));
        let ty = variable.map(|variable| variable.value);
        let moves = ty.filter(|ty| ty.is_integer() && is_additive(operation));
        if let Some(ty) = moves {
            self.exempted(id, |this| this.fail_otherwise(failure));
            self.shift(id, amount.as_ref().map(|amount| Shift::of(operation, amount, ty)));
        } else {
            self.note(id, |cell| cell.observed = true);
            self.fail_otherwise(failure);
        }
        self.note(id, |cell| cell.changed = true);
    }

    /// What `else E` does: its payload is evaluated, and control leaves.
    fn fail_otherwise(&mut self, failure: &Failure) {
        if let Some(fail) = failure {
            self.failing(fail);
        }
    }

    fn failing(&mut self, fail: &Fail) {
        let before = self.state.clone();
        self.exprs(&fail.args);
        self.abort();
        self.state = before;
    }

    fn exempted(&mut self, cell: CellId, payload: impl FnOnce(&mut Self)) {
        let outer = self.exempt.replace(cell);
        payload(self);
        self.exempt = outer;
    }

    /// True for a number that counts from 0, and that someone may add to.
    fn can_be_delta(&self, variable: &Variable) -> bool {
        let settled = variable.immutable && !self.initialises();
        variable.value.is_integer() && !variable.value.is_signed() && !settled
    }

    fn guard(&mut self, condition: &Expr, fail: &Fail) {
        if let Some((place, amount)) = threshold(condition)
            && self.unit.variable(place.variable).is_some_and(|variable| self.can_be_delta(variable))
        {
            let cell = self.cell(place);
            let needed = self.expr(amount);
            self.exempted(cell, |this| this.failing(fail));
            self.shift(cell, needed.map(|needed| Shift::threshold(&needed, amount.ty)));
            return;
        }
        self.expr(condition);
        self.failing(fail);
    }

    fn labelled(&mut self, label: Label, body: &[Stmt]) {
        self.blocks.insert(label.0, OpenBlock { depth: self.loops.len(), exits: None });
        self.stmts(body);
        let exits = self.blocks.remove(&label.0).and_then(|block| block.exits);
        self.state = join(self.state.take(), exits);
    }

    fn exit(&mut self, label: Label) {
        let Some(depth) = self.blocks.get(&label.0).map(|block| block.depth) else { return };
        let state = self.leave_loops(depth);
        if let Some(block) = self.blocks.get_mut(&label.0) {
            block.exits = join(block.exits.take(), state);
        }
    }

    fn repeat(&mut self, repeat: &Repeat) {
        let (from, to) = (self.expr(&repeat.from), self.expr(&repeat.to));
        let range = match (from, to) {
            (Some(from), Some(to)) => Ok(Range {
                ty: repeat.from.ty,
                from: from.as_ref().clone(),
                to: to.as_ref().clone(),
                turns_max: repeat.turns_max,
            }),
            _ => Err(repeat.turns_max),
        };
        let Some(mut state) = self.state.take() else { return };
        // The body runs once for all turns, so what it sets is unknown before, during and after.
        ir::assigned(&repeat.body, &mut |local| state.set(local, None));
        let index = u8::try_from(self.loops.len()).ok().filter(|_| range.is_ok());
        let mut turn = State { shifts: Shifts::new(), ..state.clone() };
        turn.set(repeat.index, index.and_then(|index| bounded(Term::leaf(Op::Index(index)))));
        let around = Around { id: repeat.id, range };
        self.loops.push(OpenLoop {
            around,
            outer: state.shifts.clone(),
            turn: Ends::default(),
            left_early: false,
            inner: Vec::new(),
        });
        self.state = Some(turn);
        self.stmts(&repeat.body);
        if let Some(mut open) = self.loops.pop() {
            if let Some(turn) = self.state.take() {
                open.turn.succeed(turn.shifts, &turn.passed);
            }
            self.doubt(&open.turn, &open.inner, open.left_early);
            self.uncertain.extend(open.left_early.then_some(repeat.id));
            self.settle(open.turn.shifts());
        }
        match self.loops.last_mut() {
            Some(outer) => outer.inner.push(repeat.id),
            None => self.outermost.push(repeat.id),
        }
        state.passed.insert(Milestone::Loop(repeat.id));
        state.set(repeat.index, None);
        self.state = Some(state);
    }

    fn step(&mut self, step: &Step) {
        let args = self.exprs(&step.args);
        if let Some(call) = self.steps.get_mut(usize::from(step.number)) {
            call.args = args.into_iter().map(|arg| arg.as_deref().cloned()).collect();
        }
        self.fail_otherwise(&step.otherwise);
        if let Some(state) = &mut self.state {
            state.passed.insert(Milestone::Step(step.number));
        }
        if let Some(local) = step.bind {
            self.set(local, None);
        }
    }

    fn exprs(&mut self, exprs: &[Expr]) -> Vec<Symbol> {
        exprs.iter().map(|expr| self.expr(expr)).collect()
    }

    fn expr(&mut self, expr: &Expr) -> Symbol {
        match &expr.kind {
            ExprKind::Const(value) => bounded(Term::leaf(Op::Const(expr.ty, *value))),
            ExprKind::Local(local) => self.state.as_ref()?.get(*local),
            ExprKind::Caller => bounded(Term::leaf(Op::Caller)),
            ExprKind::Now => bounded(Term::leaf(Op::Now)),
            ExprKind::SelfAddress => bounded(Term::leaf(Op::SelfAddress { instance: 0 })),
            ExprKind::Load(place) => self.load(place),
            ExprKind::Not(operand) => {
                self.expr(operand);
                None
            }
            ExprKind::Arithmetic(operation, left, right, failure) => {
                let (left, right) = (self.expr(left), self.expr(right));
                self.fail_otherwise(failure);
                bounded(left?.as_ref().clone().binary(right?.as_ref(), Op::Arithmetic(*operation, expr.ty)))
            }
            ExprKind::Cast(operand, failure) => {
                let (from, value) = (operand.ty, self.expr(operand));
                self.fail_otherwise(failure);
                bounded(value?.as_ref().clone().unary(Op::Cast(from, expr.ty)))
            }
            ExprKind::Compare(_, left, right) => {
                self.expr(left);
                self.expr(right);
                None
            }
            ExprKind::And(left, right) | ExprKind::Or(left, right) => {
                self.expr(left);
                self.arms(|this| drop(this.expr(right)), |_| {});
                None
            }
            ExprKind::If(condition, then, otherwise) => {
                self.expr(condition);
                let (mut a, mut b) = (None, None);
                self.arms(|this| a = this.expr(then), |this| b = this.expr(otherwise));
                if a == b { a } else { None }
            }
            ExprKind::Do(stmts, value) => {
                self.stmts(stmts);
                self.expr(value)
            }
        }
    }
}

fn is_additive(operation: Operation) -> bool {
    matches!(operation, Operation::Add | Operation::Subtract)
}

/// `cell >= amount` or `amount <= cell`, where the amount reads no cell.
fn threshold(condition: &Expr) -> Option<(&Place, &Expr)> {
    let ExprKind::Compare(comparison, left, right) = &condition.kind else { return None };
    let (cell, amount) = match comparison {
        Comparison::GreaterEqual => (left, right),
        Comparison::LessEqual => (right, left),
        _ => return None,
    };
    match &cell.kind {
        ExprKind::Load(place) if is_pure(amount) => Some((place, amount)),
        _ => None,
    }
}

/// True for an expression that reads no cell and does nothing, so that it can be evaluated in any order.
fn is_pure(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Load(_) | ExprKind::Do(..) => false,
        ExprKind::Not(operand) => is_pure(operand),
        ExprKind::Arithmetic(_, left, right, failure) => failure.is_none() && is_pure(left) && is_pure(right),
        ExprKind::Cast(operand, failure) => failure.is_none() && is_pure(operand),
        ExprKind::Compare(_, left, right) | ExprKind::And(left, right) | ExprKind::Or(left, right) => {
            is_pure(left) && is_pure(right)
        }
        ExprKind::If(condition, then, otherwise) => is_pure(condition) && is_pure(then) && is_pure(otherwise),
        _ => true,
    }
}
