//! Symbolic execution of one body: the flow of control.

use super::cells::{self, Analysis, Around, Cause, Cell, CellId, Found};
use super::condition::Condition;
use super::facts::Facts;
use super::flow::{Ends, Milestone, Shifts, State, Symbol, join};
use super::merge::{self, Merge};
use super::orders::Orders;
use super::outline::{Sequence, outline};
use super::rules::Rules;
use super::shift::Shift;
use super::store::Store;
use super::terms::bounded;
use crate::ir::walk;
use crate::ir::{
    Action, Bind, Body, Buffer, Expr, ExprKind, Home, Label, LoopId, Piece, Place, Repeat, SiteId, Step,
    Stmt, Try,
};
use crate::tree::{FunctionKind, LocalId, Unit};
use mc_container::access::{Op, Range, StepCall, Term};
use mc_container::manifest::EntryKind;
use std::collections::{BTreeMap, BTreeSet};

/// A loop that is being executed.
pub(super) struct OpenLoop {
    pub(super) around: Around,
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
    pub(super) unit: &'b Unit,
    pub(super) body: &'b Body,
    /// `None` where control does not come.
    pub(super) state: Option<State>,
    pub(super) cells: Vec<Cell>,
    /// The cells by what names them.
    pub(super) names: BTreeMap<(u16, Vec<Symbol>, Vec<u32>), CellId>,
    pub(super) loops: Vec<OpenLoop>,
    blocks: BTreeMap<u32, OpenBlock>,
    /// How far the cells outside of all loops move, over every way the body may end.
    ends: Ends,
    /// The cell whose guard has failed: its value in the payload is not observed by anyone who passes.
    pub(super) exempt: Option<CellId>,
    /// The first place whose value lies too deep to be followed.
    pub(super) deep: Option<SiteId>,
    /// The locals that hold a cell's value only for it to be raised or lowered.
    pub(super) held: BTreeMap<LocalId, Merge>,
    steps: Vec<StepCall>,
    /// What is known where each step is taken.
    orders: Vec<Orders>,
    /// What every way that gives something gives.
    results: Option<Vec<Symbol>>,
    /// The loops outside of all others.
    outermost: Vec<LoopId>,
    /// Loops whose turns, as many as their bounds say, may not all come.
    uncertain: BTreeSet<LoopId>,
    /// How many `try`s are around: what is done in one may be undone.
    attempts: u32,
    pub(super) rules: Rules,
}

impl<'b> Analyser<'b> {
    pub(crate) fn new(unit: &'b Unit, body: &'b Body, rules: Rules) -> Self {
        let mut state = State {
            locals: vec![None; body.locals.len()],
            shifts: Shifts::new(),
            passed: BTreeSet::new(),
            store: Store::default(),
            facts: Facts::default(),
            orders: Orders::default(),
            conditions: Vec::new(),
            rules,
        };
        for input in &body.inputs {
            state.set(input.local, bounded(Term::leaf(Op::Param(input.number))));
        }
        let steps = body.steps.iter().map(|step| StepCall {
            slot: step.slot,
            entry: step.entry.clone(),
            args: vec![None; step.args],
            certain: false,
            when: None,
        });
        Self {
            unit,
            body,
            state: Some(state),
            cells: Vec::new(),
            names: BTreeMap::new(),
            loops: Vec::new(),
            blocks: BTreeMap::new(),
            ends: Ends::default(),
            exempt: None,
            deep: None,
            held: merge::held(&body.stmts),
            steps: steps.collect(),
            orders: vec![Orders::default(); body.steps.len()],
            results: None,
            outermost: Vec::new(),
            uncertain: BTreeSet::new(),
            attempts: 0,
            rules,
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
        let of = Found { sites: &self.body.sites, deep: self.deep, reads_only };
        let results = self.results();
        let spans = self.body.steps.iter().map(|step| step.span).collect();
        let sequence = Sequence { outline: outline(&self.body.stmts), orders: self.orders, spans };
        let mut analysis = cells::finish(self.unit, self.cells, self.steps, of);
        analysis.sequence = sequence;
        cells::cover_sources(self.unit, &mut analysis.access);
        analysis.access.results = results;
        analysis.access.par.clone_from(&self.body.par);
        cells::keep_observed_results(self.unit, &mut analysis.access);
        let count = analysis.access.accesses.len();
        analysis.places.resize(count, Vec::new());
        analysis.causes.resize(count, Cause::default());
        analysis
    }

    /// Each scalar of the result, as far as it is known.
    fn results(&mut self) -> Vec<Option<Term>> {
        let count = self.body.result.scalar_count();
        let known = self.results.take().filter(|results| results.len() == count);
        let outside = |symbol: Symbol| symbol.filter(|term| term.indexes().next().is_none());
        let results = known.unwrap_or_else(|| vec![None; count]).into_iter();
        results.map(|symbol| outside(symbol).as_deref().cloned()).collect()
    }

    /// Marks those of `loops` that not every way passes.
    fn doubt(&mut self, ends: &Ends, loops: &[LoopId], all: bool) {
        let doubtful = loops.iter().filter(|id| all || !ends.always_pass(Milestone::Loop(**id)));
        self.uncertain.extend(doubtful);
    }

    pub(super) fn initialises(&self) -> bool {
        self.body.kind == FunctionKind::Callable(EntryKind::Init)
    }

    /// What the cells moved by is what their formulas say.
    fn settle(&mut self, shifts: Shifts) {
        for (id, shift) in shifts {
            if let Some(cell) = self.cells.get_mut(id.0 as usize) {
                cell.shift = if self.rules.takers_need { shift } else { shift.map(Shift::needless) };
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
    pub(super) fn abort(&mut self) {
        let Some(mut state) = self.state.take() else { return };
        for open in self.loops.iter_mut().rev() {
            open.turn.fail(std::mem::replace(&mut state.shifts, open.outer.clone()));
        }
        self.ends.fail(state.shifts);
    }

    pub(super) fn stmts(&mut self, stmts: &[Stmt]) {
        for stmt in stmts {
            if self.state.is_none() {
                return;
            }
            self.stmt(stmt);
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.does {
            Action::Set(local, Expr { kind: ExprKind::Load(place), .. })
                if self.holds_to_merge(*local, place) =>
            {
                self.cell(place);
                self.set(*local, None);
            }
            Action::Set(local, value) => {
                let value = self.expr(value);
                self.set(*local, value);
            }
            Action::SetElement(_, index, _, value) => {
                self.expr(index);
                self.expr(value);
            }
            Action::Store(place, value) => self.store(place, value),
            Action::Update(place, operation, value, failure) => {
                let cell = self.cell(place);
                let amount = self.expr(value);
                self.update(cell, *operation, (&amount, value), failure);
            }
            Action::Guard(condition, fail) => self.guard(condition, fail),
            Action::Fail(fail) => self.failing(fail, false),
            Action::Emit(_, pieces) => self.pieces(pieces),
            Action::Give(pieces) => {
                self.give(pieces);
                self.succeed();
            }
            Action::Labelled(label, body) => self.labelled(*label, body),
            Action::Exit(label) => self.exit(*label),
            Action::If(condition, then, otherwise) => {
                if otherwise.is_empty() && self.replaces(condition, then) {
                    return;
                }
                let condition = self.condition(condition);
                self.arms(&condition, |this| this.stmts(then), |this| this.stmts(otherwise));
            }
            Action::Repeat(repeat) => self.repeat(repeat),
            Action::Step(step) => self.step(step),
            Action::Try(attempt) => self.attempt(attempt),
        }
    }

    /// What is caught goes on with what was before.
    fn attempt(&mut self, attempt: &Try) {
        let mut caught = self.state.clone();
        if let (Some(state), Some(reason)) = (&mut caught, attempt.reason) {
            state.set(reason, None);
        }
        self.attempts += 1;
        self.stmts(&attempt.body);
        let done = std::mem::replace(&mut self.state, caught);
        self.stmts(&attempt.catch);
        self.attempts -= 1;
        self.state = join(done, self.state.take());
    }

    fn set(&mut self, local: LocalId, symbol: Symbol) {
        if let Some(state) = &mut self.state {
            state.set(local, symbol);
        }
    }

    pub(super) fn shift(&mut self, cell: CellId, shift: Option<Shift>) {
        if let Some(state) = &mut self.state {
            state.shift(cell, shift);
        }
    }

    fn holds_to_merge(&self, local: LocalId, place: &Place) -> bool {
        self.held.contains_key(&local) && self.may_merge(place)
    }

    /// `if e > x { x = e; }`, which only raises the cell.
    fn replaces(&mut self, condition: &Expr, then: &[Stmt]) -> bool {
        let Some((read, new, merge)) = merge::replaced(condition, then) else { return false };
        let [Stmt { does: Action::Store(place, _), .. }] = then else { return false };
        if !self.may_merge(place) {
            return false;
        }
        let (cell, other) = (self.cell(read), self.cell(place));
        self.expr(new);
        self.merge(cell, merge, None);
        self.merge(other, merge, None);
        true
    }

    /// Notes what the entry gives here.
    fn give(&mut self, pieces: &[Piece]) {
        let mut given = Vec::new();
        for piece in pieces {
            given.push(self.expr(piece.head()));
            if let Piece::List(_, buffer) = piece {
                let count = self.body.buffer(*buffer).map_or(0, Buffer::scalars);
                given.extend(std::iter::repeat_n(None, count));
            }
        }
        self.results = Some(match self.results.take() {
            Some(earlier) => {
                earlier.into_iter().zip(given).map(|(a, b)| if a == b { a } else { None }).collect()
            }
            None => given,
        });
    }

    pub(super) fn arms(
        &mut self,
        condition: &Condition,
        then: impl FnOnce(&mut Self),
        otherwise: impl FnOnce(&mut Self),
    ) {
        let before = self.state.clone();
        self.assume(condition, true);
        then(self);
        let after = std::mem::replace(&mut self.state, before);
        self.assume(condition, false);
        otherwise(self);
        self.state = join(after, self.state.take());
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
        let depth = u8::try_from(self.loops.len()).ok().filter(|_| range.is_ok());
        let index = depth.and_then(|depth| bounded(Term::leaf(Op::Index(depth))));
        let bounds = range.as_ref().ok().zip(index.as_deref()).map(|(range, index)| (&range.from, index));
        let counters = self.counters(&state, repeat, bounds);
        // The body runs once for all turns, so what it sets is unknown before, during and after.
        for local in walk::changed(&repeat.body).locals {
            state.set(local, None);
        }
        walk::written(&repeat.body).into_iter().for_each(|variable| state.store.forget(variable));
        let mut turn = State { shifts: Shifts::new(), ..state.clone() };
        turn.set(repeat.index, index);
        for (local, symbol) in counters {
            turn.set(local, symbol);
        }
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
        let args: Vec<Option<Term>> = step.args.iter().flat_map(|piece| self.argument(piece)).collect();
        let when = self.when();
        if let Some(call) = self.steps.get_mut(usize::from(step.number))
            && call.args.len() == args.len()
        {
            call.args = args;
            call.when = when;
        }
        if let Some((known, state)) = self.orders.get_mut(usize::from(step.number)).zip(self.state.as_ref()) {
            known.clone_from(&state.orders);
        }
        self.fail_otherwise(&step.otherwise);
        if let Some(state) = self.state.as_mut().filter(|_| self.attempts == 0) {
            state.passed.insert(Milestone::Step(step.number));
        }
        let mut scalar = 0_u16;
        for bind in &step.bind {
            let (Bind::Scalar(local) | Bind::List(local, _)) = bind;
            self.set(*local, bounded(Term::leaf(Op::Result { step: step.number, scalar })));
            let more = match bind {
                Bind::Scalar(_) => 0,
                Bind::List(_, buffer) => self.body.buffer(*buffer).map_or(0, Buffer::scalars),
            };
            scalar = scalar.saturating_add(u16::try_from(more).unwrap_or(u16::MAX)).saturating_add(1);
        }
    }

    /// The truth that holds wherever control comes to here, as far as it is the same for the whole block.
    fn when(&self) -> Option<Term> {
        cells::all(&self.settled_conditions())
    }

    /// The scalars of an argument of a step, as far as they are known.
    fn argument(&mut self, piece: &Piece) -> Vec<Option<Term>> {
        let head = self.expr(piece.head()).as_deref().cloned();
        let mut scalars = vec![head];
        if let Piece::List(_, buffer) = piece
            && let Some(buffer) = self.body.buffer(*buffer)
        {
            let count = buffer.scalars();
            let first = if let Home::Argument { first, .. } = buffer.home { Some(first) } else { None };
            // What comes after the list's end is zero in the arguments, and in what the step gets.
            let scalar = |number: usize| {
                let number = u16::try_from(number).ok()?.checked_add(first?)?;
                Some(Term::leaf(Op::Param(number)))
            };
            scalars.extend((0..count).map(scalar));
        }
        scalars
    }
}
