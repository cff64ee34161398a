//! The state of symbolic execution at one point: what each local is, how far each cell has moved, and what
//! is known to hold.

use super::cells::CellId;
use super::facts::Facts;
use super::orders::Orders;
use super::rules::Rules;
use super::shift::Shift;
use super::store::Store;
use super::terms::{is_outside, negation, select};
use crate::ir::LoopId;
use crate::tree::LocalId;
use mc_container::access::Term;
use mc_container::verify::TERM_OPS_MAX;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// A term, or `None` for what only execution knows.
pub(crate) type Symbol = Option<Rc<Term>>;

/// How far each cell has moved in the current turn of the innermost loop; `None` for an unknown amount.
pub(crate) type Shifts = BTreeMap<CellId, Option<Shift>>;

/// The state at one point.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) locals: Vec<Symbol>,
    pub(crate) shifts: Shifts,
    /// What has been reached on every way to here.
    pub(crate) passed: BTreeSet<Milestone>,
    /// What the cells hold.
    pub(crate) store: Store,
    /// What is known to be equal.
    pub(crate) facts: Facts,
    /// What is known not to exceed what.
    pub(crate) orders: Orders,
    /// The branches taken on every way to here: these truths hold.
    pub(crate) conditions: Vec<Rc<Term>>,
    pub(crate) rules: Rules,
}

/// Something that a call may pass by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Milestone {
    /// The step with this number.
    Step(u16),
    /// A loop.
    Loop(LoopId),
}

impl State {
    /// Forgets what depends on the index of a loop that is being left.
    pub(crate) fn forget_indexes(&mut self, depth: usize) {
        for local in &mut self.locals {
            if local.as_ref().is_some_and(|term| !is_outside(term, depth)) {
                *local = None;
            }
        }
        self.store.forget_indexes(depth);
        self.facts.forget_indexes(depth);
        self.orders.forget_indexes(depth);
        self.conditions.retain(|condition| is_outside(condition, depth));
    }

    pub(crate) fn get(&self, local: LocalId) -> Symbol {
        self.locals.get(local.0 as usize).cloned().flatten()
    }

    pub(crate) fn set(&mut self, local: LocalId, symbol: Symbol) {
        if let Some(slot) = self.locals.get_mut(local.0 as usize) {
            *slot = symbol;
        }
    }

    /// Moves a cell.
    pub(crate) fn shift(&mut self, cell: CellId, shift: Option<Shift>) {
        let moved = match (self.shifts.remove(&cell), shift) {
            (None, shift) => shift,
            (Some(before), shift) => before.zip(shift).map(|(before, shift)| before.then(&shift)),
        };
        // Terms that grow without end would cost more than the head-room they describe is worth.
        let moved = moved.filter(|shift| shift.size() <= TERM_OPS_MAX);
        self.shifts.insert(cell, moved);
    }
}

/// What holds where two ways meet; a way that does not come through adds nothing.
pub(crate) fn join(a: Option<State>, b: Option<State>) -> Option<State> {
    let (a, b) = match (a, b) {
        (Some(a), Some(b)) => (a, b),
        (one, other) => return one.or(other),
    };
    let common = a.conditions.iter().zip(&b.conditions).take_while(|(a, b)| a == b).count();
    let parting = a.conditions.get(common).zip(b.conditions.get(common));
    let parting = parting.filter(|(a, b)| negation(a).as_ref() == Some(*b)).map(|(a, _)| a.clone());
    let one = |(a, b): (Symbol, Symbol)| either_symbol(parting.as_deref(), a, b);
    let locals = a.locals.into_iter().zip(b.locals).map(one).collect();
    let passed = a.passed.intersection(&b.passed).copied().collect();
    let (mut facts, mut orders, mut conditions) = (a.facts, a.orders, a.conditions);
    let rules = a.rules;
    if rules.guards_dominate {
        facts.meet(&b.facts);
        orders.meet(&b.orders);
    }
    if rules.branches_end {
        conditions.truncate(common);
    }
    let store = if rules.stores_join { a.store.join(b.store) } else { a.store };
    let shifts =
        if rules.arms_exclude { join_shifts(a.shifts, b.shifts) } else { add_shifts(a.shifts, b.shifts) };
    Some(State { locals, shifts, passed, store, facts, orders, conditions, rules })
}

/// The first if `parting` holds, else the second.
pub(crate) fn either_symbol(parting: Option<&Term>, a: Symbol, b: Symbol) -> Symbol {
    if a == b { a } else { select(parting?, a?.as_ref(), b?.as_ref()) }
}

/// Either of the two; a cell that one of them does not touch may stay where it is.
pub(crate) fn join_shifts(a: Shifts, mut b: Shifts) -> Shifts {
    let mut joined = Shifts::new();
    for (cell, a) in a {
        let b = b.remove(&cell).unwrap_or_else(|| Some(Shift::zero()));
        joined.insert(cell, either(a, b));
    }
    for (cell, b) in b {
        joined.insert(cell, either(b, Some(Shift::zero())));
    }
    joined
}

/// Both of the two, which is wrong.
fn add_shifts(mut a: Shifts, b: Shifts) -> Shifts {
    for (cell, b) in b {
        let both = match a.remove(&cell) {
            Some(a) => a.zip(b).map(|(a, b)| a.then(&b)).filter(|shift| shift.size() <= TERM_OPS_MAX),
            None => b,
        };
        a.insert(cell, both);
    }
    a
}

fn either(a: Option<Shift>, b: Option<Shift>) -> Option<Shift> {
    match (a, b) {
        (Some(a), Some(b)) if a == b => Some(a),
        (Some(a), Some(b)) => Some(a.or(&b)).filter(|shift| shift.size() <= TERM_OPS_MAX),
        _ => None,
    }
}

/// How far cells move over every way that code may end, and what every such way has passed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ends {
    success: Option<Shifts>,
    failure: Shifts,
    passed: Option<BTreeSet<Milestone>>,
}

impl Ends {
    /// A way that goes on.
    pub(crate) fn succeed(&mut self, shifts: Shifts, passed: &BTreeSet<Milestone>) {
        self.passed = Some(match self.passed.take() {
            Some(earlier) => earlier.intersection(passed).copied().collect(),
            None => passed.clone(),
        });
        self.success = Some(match self.success.take() {
            Some(earlier) => join_shifts(earlier, shifts),
            None => shifts,
        });
    }

    /// A way that aborts the transaction: it uses head-room until then, and changes nothing in the end.
    pub(crate) fn fail(&mut self, shifts: Shifts) {
        self.failure = join_shifts(std::mem::take(&mut self.failure), shifts);
    }

    /// True for what every way that goes on has passed.
    pub(crate) fn always_pass(&self, milestone: Milestone) -> bool {
        self.passed.as_ref().is_some_and(|passed| passed.contains(&milestone))
    }

    /// The hull of all ways.
    pub(crate) fn shifts(self) -> Shifts {
        let mut hull = self.success.unwrap_or_default();
        for (cell, failed) in self.failure {
            let success = hull.remove(&cell).unwrap_or_else(|| Some(Shift::zero()));
            let reached = success.zip(failed).map(|(success, failed)| success.reaching(&failed));
            hull.insert(cell, reached.filter(|shift| shift.size() <= TERM_OPS_MAX));
        }
        hull
    }
}
