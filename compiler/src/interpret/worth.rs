//! What an expression over known locals is worth, outside of any call.

use super::body::{Body, Function as Running};
use super::ledger::NoLedger;
use super::places::Places;
use super::session::{Around, Data, Datum, Session};
use super::wiring::Unwired;
use crate::tree::{Expr, Local, Program, Unit};
use mc_container::address::Address;
use mc_container::value::Value;

/// The locals of a test or of a function, as far as they are known, where there is no state.
#[derive(Clone, Copy)]
pub struct Known<'k, 'p> {
    /// The program.
    pub program: &'p Program,
    /// Whose functions may be called.
    pub unit: Option<&'p Unit>,
    /// Every local.
    pub locals: &'p [Local],
    /// The scalars of the first of them.
    pub values: &'k [Vec<Value>],
    /// Who calls, and when.
    pub around: Around,
}

impl<'p> Known<'_, 'p> {
    /// The scalars of an expression; `None` where it has no value.
    #[must_use]
    pub fn worth(&self, expr: &'p Expr) -> Option<Vec<Value>> {
        let mut ledger = NoLedger;
        let mut session = Session::new(self.program, &Unwired, &mut ledger, self.around);
        let places = self.unit.map(|unit| Places::of(self.program, unit)).unwrap_or_default();
        let container = Address::default();
        let mut locals: Vec<Data> = self.values.iter().map(|values| data(values)).collect();
        let unset = self.locals.iter().skip(locals.len());
        locals.extend(unset.map(|local| super::body::zeros(&local.ty)));
        let mut body = Body {
            session: &mut session,
            running: Running { container, unit: self.unit, places: &places, via: None, step: 0 },
            numbers: None,
            fresh: 0,
            types: self.locals,
            locals,
            turns: Vec::new(),
            ahead: 0,
            actor: self.around.caller,
        };
        let value = body.expr(expr).ok()?;
        Some(value.into_iter().map(|datum| datum.value).collect())
    }

    /// True if a condition holds.
    #[must_use]
    pub fn holds(&self, condition: &'p Expr) -> bool {
        self.worth(condition).is_some_and(|value| value.first().is_some_and(|value| value.is_true()))
    }
}

fn data(values: &[Value]) -> Data {
    values.iter().copied().map(Datum::from).collect()
}
