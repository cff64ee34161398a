//! Symbolic execution: what is read and changed in the state.

use super::analyse::Analyser;
use super::cells::{Cell, CellId};
use super::flow::Symbol;
use super::merge::{self, Merge};
use super::shift::Shift;
use super::symbol::{Ceiling, ceiling, is_pure, is_pure_over, threshold};
use super::terms::{apply, is_deep, is_settled};
use crate::ir::{Expr, ExprKind, Fail, Failure, Place};
use crate::tree::Variable;
use mc_container::access::{Op, Term};
use mc_container::arithmetic::Operation;
use mc_container::manifest::Holding;
use mc_container::value::{Scalar, Value};
use std::rc::Rc;

impl Analyser<'_> {
    /// The cell that a place names; its keys are evaluated here.
    pub(super) fn cell(&mut self, place: &Place) -> CellId {
        let keys = self.exprs(&place.keys);
        let loops: Vec<u32> = self.loops.iter().map(|open| open.around.id.0).collect();
        let conditions = self.settled_conditions();
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
                debited: false,
                bounded: false,
                observed_at: None,
                unknown_at: None,
                moved_at: None,
                raised: false,
                lowered: false,
                conditions: conditions.clone(),
                shift: Some(Shift::zero()),
            });
        }
        self.note(id, |cell| {
            cell.sites.push(place.site);
            cell.conditions.retain(|condition| conditions.contains(condition));
        });
        id
    }

    fn note(&mut self, id: CellId, note: impl FnOnce(&mut Cell)) {
        if let Some(cell) = self.cells.get_mut(id.0 as usize) {
            note(cell);
        }
    }

    pub(super) fn load(&mut self, place: &Place) -> Symbol {
        let id = self.cell(place);
        if self.exempt != Some(id) {
            self.note(id, |cell| {
                cell.observed = true;
                cell.observed_at.get_or_insert(place.site);
            });
        }
        let variable = self.unit.variable(place.variable)?;
        if self.initialises() {
            return None;
        }
        if variable.immutable && variable.keys.is_empty() {
            return Some(Rc::new(Term::leaf(Op::Immutable { instance: 0, variable: place.variable })));
        }
        let keys = &self.cells.get(id.0 as usize)?.keys;
        let state = self.state.as_ref()?;
        let value = state.store.read(place.variable, keys, &variable.keys);
        if value.is_none() && keys.iter().flatten().any(|key| is_deep(key)) {
            self.deep.get_or_insert(place.site);
        }
        state.facts.apply(value)
    }

    /// The branches taken to here whose conditions are the same for the whole block.
    pub(super) fn settled_conditions(&self) -> Vec<Rc<Term>> {
        let conditions = self.state.as_ref().map(|state| state.conditions.iter());
        conditions.into_iter().flatten().filter(|condition| is_settled(condition)).cloned().collect()
    }

    /// What a cell holds from here on.
    fn holds(&mut self, id: CellId, value: Symbol) {
        let Some(cell) = self.cells.get(id.0 as usize) else { return };
        if let Some(state) = &mut self.state {
            state.store.write(cell.variable, cell.keys.clone(), value);
        }
    }

    pub(super) fn store(&mut self, place: &Place, value: &Expr) {
        let cell = self.cell(place);
        if let Some(merge) = self.merges(place, value) {
            let value = self.expr(value);
            return self.merge(
                cell,
                merge,
                value.filter(|value| matches!(value.0.as_slice(), [Op::Const(..)])),
            );
        }
        let mut stored = None;
        if let ExprKind::Arithmetic(operation, left, amount, failure) = &value.kind
            && let ExprKind::Load(read) = &left.kind
            && read.variable == place.variable
            && is_additive(*operation)
            && counts(value.ty)
            && is_pure(amount)
            && read.keys.iter().all(is_pure)
        {
            // `x = x + e` is `x += e`, if both name the same cell.
            let same = self.cell(read);
            let known = self.expr(amount);
            if same == cell {
                self.update(cell, *operation, (&known, amount), failure);
                return;
            }
            self.note(same, |cell| cell.observed = true);
            self.fail_otherwise(failure);
        } else {
            stored = self.expr(value);
        }
        self.note(cell, |cell| {
            cell.observed = true;
            cell.changed = true;
        });
        self.holds(cell, stored);
    }

    /// How storing a value only raises or lowers the cell.
    fn merges(&self, place: &Place, value: &Expr) -> Option<Merge> {
        let merge = merge::put(value).or_else(|| match &value.kind {
            ExprKind::If(_, then, otherwise, _) => {
                let held = |expr: &Expr| match expr.kind {
                    ExprKind::Local(local) => self.held.get(&local).copied(),
                    _ => None,
                };
                held(then).or_else(|| held(otherwise))
            }
            _ => None,
        });
        merge.filter(|_| self.may_merge(place))
    }

    /// True for cells that may be raised and lowered by several calls at once.
    pub(super) fn may_merge(&self, place: &Place) -> bool {
        let variable = self.unit.variable(place.variable);
        !self.initialises()
            && variable.is_some_and(|variable| {
                let ordered = variable.value == Scalar::Bool || counts(variable.value);
                ordered && !variable.immutable && variable.holding == Holding::Nothing
            })
    }

    /// Raises or lowers a cell whatever it was; it holds `after` then.
    pub(super) fn merge(&mut self, id: CellId, merge: Merge, after: Symbol) {
        self.note(id, |cell| {
            cell.changed = true;
            cell.raised |= merge == Merge::Max;
            cell.lowered |= merge == Merge::Min;
        });
        self.holds(id, after);
    }

    /// `cell += amount`, or another operation; the amount is given as it is known and as it is written.
    pub(super) fn update(
        &mut self,
        id: CellId,
        operation: Operation,
        (amount, written): (&Symbol, &Expr),
        failure: &Failure,
    ) {
        let variable = self.cells.get(id.0 as usize).and_then(|cell| self.unit.variable(cell.variable));
        let moves = variable.filter(|variable| counts(variable.value) && is_additive(operation));
        if let Some(variable) = moves {
            self.exempted(id, |this| this.fail_otherwise(failure));
            let any = operation == Operation::Add && variable.holding.is_capped();
            let ty = variable.value;
            let known = amount
                .as_ref()
                .map(|amount| Shift::of(operation, amount, ty))
                .or_else(|| at_most(written).map(|most| Shift::up_to(operation, &most, ty)));
            let unknown = known.is_none();
            self.shift(id, known.or_else(|| any.then(Shift::credit)));
            self.note(id, |cell| {
                cell.debited |= operation != Operation::Add;
                cell.moved_at = cell.moved_at.or(cell.sites.last().copied());
                cell.unknown_at = cell.unknown_at.or(cell.sites.last().copied().filter(|_| unknown));
            });
        } else {
            self.note(id, |cell| cell.observed = true);
            self.fail_otherwise(failure);
        }
        self.note(id, |cell| cell.changed = true);
        let after = self.after(id, operation, amount);
        self.holds(id, after);
    }

    /// What a cell holds after an update.
    fn after(&self, id: CellId, operation: Operation, amount: &Symbol) -> Symbol {
        let (cell, state) = (self.cells.get(id.0 as usize)?, self.state.as_ref()?);
        let variable = self.unit.variable(cell.variable)?;
        let before = state.store.read(cell.variable, &cell.keys, &variable.keys);
        let op = Op::Arithmetic(operation, variable.value);
        apply(op, [before, amount.clone()]).filter(|_| variable.value != Scalar::U256)
    }

    /// What `else E` does: its payload is evaluated, and control leaves.
    pub(super) fn fail_otherwise(&mut self, failure: &Failure) {
        if let Some(fail) = failure {
            self.failing(fail, true);
        }
    }

    /// A failure; `returns` if there is also a way on which nothing fails.
    pub(super) fn failing(&mut self, fail: &Fail, returns: bool) {
        let before = self.state.clone();
        if let Fail::Error(_, first, pieces) = fail {
            self.stmts(first);
            self.pieces(pieces);
        }
        self.abort();
        if returns {
            self.state = before;
        }
    }

    fn exempted(&mut self, cell: CellId, payload: impl FnOnce(&mut Self)) {
        let outer = self.exempt.replace(cell);
        payload(self);
        self.exempt = outer;
    }

    /// True for a number that counts from 0, and that someone may add to.
    fn can_be_delta(&self, variable: &Variable) -> bool {
        let settled = variable.immutable && !self.initialises();
        counts(variable.value) && !variable.value.is_signed() && !settled
    }

    /// True for an expression whose value is the same whatever the block does.
    fn is_still(&self, expr: &Expr) -> bool {
        let is_fixed =
            |variable: &Variable| variable.immutable && variable.keys.is_empty() && !self.initialises();
        is_pure_over(expr, |place| self.unit.variable(place.variable).is_some_and(is_fixed))
    }

    /// The variable of a place that a guard may hold against a number without observing it.
    fn guarded(&self, place: &Place) -> Option<&Variable> {
        self.unit.variable(place.variable).filter(|variable| self.can_be_delta(variable))
    }

    /// A guard that asks for so much in a cell, observing nothing.
    fn floor<'e>(&self, condition: &'e Expr) -> Option<(&'e Place, &'e Expr)> {
        threshold(condition).filter(|(place, amount)| self.guarded(place).is_some() && self.is_still(amount))
    }

    /// A guard that asks for room above a cell of this type, observing nothing.
    fn ceiling<'e>(&self, condition: &'e Expr) -> Option<(Ceiling<'e>, Scalar)> {
        let ceiling = ceiling(condition)?;
        let still = [Some(ceiling.limit), ceiling.amount].into_iter().flatten().all(|it| self.is_still(it));
        // What can never hold too much has no room above that anyone would count.
        let variable = self.guarded(ceiling.place).filter(|it| still && !it.holding.is_capped())?;
        Some((ceiling, variable.value))
    }

    /// True if a part of a guard observes nothing, so that the parts are better taken one by one.
    fn is_absorbed(&self, condition: &Expr) -> bool {
        match &condition.kind {
            ExprKind::And(first, second, _) => self.is_absorbed(first) || self.is_absorbed(second),
            _ => self.floor(condition).is_some() || self.ceiling(condition).is_some(),
        }
    }

    pub(super) fn guard(&mut self, condition: &Expr, fail: &Fail) {
        if let ExprKind::And(first, second, _) = &condition.kind
            && self.is_absorbed(condition)
        {
            self.guard(first, fail);
            return self.guard(second, fail);
        }
        if let Some((place, amount)) = self.floor(condition) {
            let cell = self.cell(place);
            let needed = self.expr(amount);
            self.exempted(cell, |this| this.failing(fail, true));
            self.note(cell, |cell| cell.debited = true);
            self.shift(cell, needed.map(|needed| Shift::threshold(&needed, amount.ty)));
            return;
        }
        if let Some((ceiling, ty)) = self.ceiling(condition) {
            return self.below(ceiling, ty, fail);
        }
        let condition = self.condition(condition);
        let before = self.state.clone();
        self.assume(&condition, false);
        self.failing(fail, false);
        let conditions = before.as_ref().map(|state| state.conditions.clone());
        self.state = before;
        self.assume(&condition, true);
        // A call that fails here leaves nothing, so what follows need not say that it is conditional.
        if let Some((state, before)) = self.state.as_mut().zip(conditions) {
            state.conditions = before;
        }
    }
}

impl Analyser<'_> {
    /// A guard that asks for room above a cell.
    fn below(&mut self, ceiling: Ceiling<'_>, ty: Scalar, fail: &Fail) {
        let cell = self.cell(ceiling.place);
        let amount = match ceiling.amount {
            Some(amount) => self.expr(amount),
            None => Some(Rc::new(Term::leaf(Op::Const(ty, Value::ZERO)))),
        };
        let limit = self.expr(ceiling.limit);
        self.exempted(cell, |this| this.failing(fail, true));
        self.note(cell, |cell| cell.bounded = true);
        let known = amount.zip(limit);
        let shift = known.map(|(amount, limit)| Shift::ceiling(&amount, &limit, ceiling.is_strict, ty));
        self.shift(cell, if self.rules.ceilings_need { shift } else { Some(Shift::zero()) });
    }
}

/// The greatest value of an unsigned number, where its form tells: one of a smaller type, or a remainder.
fn at_most(expr: &Expr) -> Option<Term> {
    let most = match &expr.kind {
        ExprKind::Cast(operand, _) if counts(operand.ty) && !operand.ty.is_signed() => {
            let most = Value::from_number(operand.ty.range().1, expr.ty)?;
            (operand.ty.range().1 < expr.ty.range().1).then_some(most)?
        }
        ExprKind::Arithmetic(Operation::Remainder, _, divisor, _) => match divisor.kind {
            ExprKind::Const(divisor) => divisor,
            _ => return None,
        },
        _ => return None,
    };
    (counts(expr.ty) && !expr.ty.is_signed()).then(|| Term::leaf(Op::Const(expr.ty, most)))
}

/// True for a type whose cells may be added to without being looked at; 256 bits leave no room for a hull.
fn counts(ty: Scalar) -> bool {
    ty.is_integer() && ty != Scalar::U256
}

fn is_additive(operation: Operation) -> bool {
    matches!(operation, Operation::Add | Operation::Subtract)
}
