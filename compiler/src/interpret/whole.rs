//! Whole maps: what `old`, `sum`, `count`, `forall` and `exists` look at.
//!
//! The keys of a map without a default, of a set and of a role are those that are there. A map with a default has every
//! key; those count under which something else than the default lies, now or before.

use super::body::Body;
use super::failure::{Run, Stop};
use super::ledger::Cell;
use super::session::{Data, Datum};
use super::shape::element_range;
use crate::tree::{Cells, Each, Elements, Spec, StateKind, Variable, Whole};
use mc_container::access::VariableId;
use mc_container::arithmetic::{self, Operation};
use mc_container::ty::Type;
use mc_container::value::{Scalar, Value};
use std::collections::BTreeSet;

impl<'p> Body<'_, '_, 'p> {
    /// What a specification says is worth.
    pub(super) fn spec(&mut self, spec: &'p Spec, ty: &Type) -> Run<Data> {
        match spec {
            Spec::Old(value) => {
                let outer = std::mem::replace(&mut self.session.in_past, true);
                let value = self.expr(value);
                self.session.in_past = outer;
                value
            }
            Spec::Sum(whole) => self.sum(whole, ty.scalar().unwrap_or(Scalar::U128)),
            Spec::Count(whole) => {
                let count = self.rows(whole, whole.open.len())?.len();
                Ok(vec![Value::from_u64(count as u64).into()])
            }
            Spec::Each(each) => {
                let Each { all, local, elements, condition } = each.as_ref();
                for element in self.elements(elements)? {
                    *self.local(*local)? = element;
                    if self.is_true(condition)? != *all {
                        return Ok(vec![Value::from_u64(u64::from(!*all)).into()]);
                    }
                }
                Ok(vec![Value::from_u64(u64::from(*all)).into()])
            }
        }
    }

    /// What a quantifier goes through.
    pub(super) fn elements(&mut self, elements: &'p Elements) -> Run<Vec<Data>> {
        match elements {
            Elements::Keys(whole) => {
                let given: usize = whole.keys.iter().map(|key| key.ty.scalar_count()).sum();
                let rows = self.rows(whole, 1)?;
                let own = |row: Vec<Value>| row.into_iter().skip(given).map(Datum::from).collect();
                Ok(rows.into_iter().map(own).collect())
            }
            Elements::List(list) => {
                let data = self.expr(list)?;
                let count = data.first().map_or(0, |length| length.value.low());
                let count = usize::try_from(count).unwrap_or(usize::MAX);
                let element = |at| data.get(element_range(&list.ty, at)?).map(<[Datum]>::to_vec);
                Ok((0..count).map_while(element).collect())
            }
        }
    }

    /// Everything below the given keys, added up.
    fn sum(&mut self, whole: &'p Whole, ty: Scalar) -> Run<Data> {
        let amount = match &whole.cells {
            Cells::Option(_, content) => content.first(),
            cells => cells.first(),
        };
        let amount = amount.ok_or(Stop::Broken("a sum of nothing"))?;
        let mut sum = Value::ZERO;
        for row in self.rows(whole, whole.open.len())? {
            let (cell, variable) = self.cell(amount, &row)?;
            let value = self.session.get(&cell, variable);
            let added = arithmetic::cast(value, variable.value, ty)
                .and_then(|value| arithmetic::checked(Operation::Add, ty, sum, value));
            sum = self.checked(added, &None)?;
        }
        Ok(vec![sum.into()])
    }

    /// The keys that are there, each with those that are given and as many of the open ones.
    fn rows(&mut self, whole: &'p Whole, levels: usize) -> Run<BTreeSet<Vec<Value>>> {
        let given = self.flat(&whole.keys)?;
        let given = self.observe_all(&given);
        let width = |types: &[Type]| types.iter().map(Type::scalar_count).sum::<usize>();
        let all = given.len() + width(&whole.open);
        let shown = given.len() + width(whole.open.get(..levels).unwrap_or(&whole.open));
        let mut variables = Vec::new();
        match (&whole.cells, whole.kind) {
            (Cells::Option(present, _), StateKind::Partial) => variables.push(*present),
            (cells, _) => leaves(cells, &mut variables),
        }
        let mut rows = BTreeSet::new();
        for id in variables {
            let variable = self.running.unit.and_then(|unit| unit.variable(id));
            let variable = variable.ok_or(Stop::Broken("no such variable"))?;
            for cell in self.session.cells(self.running.container, &variable.name) {
                let Some(keys) = decoded(&cell, variable) else { continue };
                let is_below = keys.starts_with(&given);
                if is_below && self.holds_something(&cell, variable, whole.kind) && keys.len() >= all {
                    rows.extend(keys.get(..shown).map(<[Value]>::to_vec));
                }
            }
        }
        Ok(rows)
    }

    fn holds_something(&mut self, cell: &Cell, variable: &Variable, kind: StateKind) -> bool {
        if kind != StateKind::Total {
            return self.session.get(cell, variable).is_true();
        }
        let past = self.session.past.as_ref().and_then(|past| past.get(cell).copied());
        let now = self.session.ledger.get(cell, variable);
        now != variable.default || past.is_some_and(|past| past != variable.default)
    }
}

/// The variables of a value.
fn leaves(cells: &Cells, out: &mut Vec<VariableId>) {
    match cells {
        Cells::Scalar(id) => out.push(*id),
        Cells::Words(ids) => out.extend(ids),
        Cells::Record(parts) => parts.iter().for_each(|part| leaves(part, out)),
        Cells::Option(id, content) => {
            out.push(*id);
            leaves(content, out);
        }
        Cells::Enum(id, variants) => {
            out.push(*id);
            variants.iter().flatten().for_each(|part| leaves(part, out));
        }
        Cells::List { length, element, .. } => {
            out.push(*length);
            leaves(element, out);
        }
    }
}

/// The keys of a cell as values.
fn decoded(cell: &Cell, variable: &Variable) -> Option<Vec<Value>> {
    let keys = variable.keys.iter().zip(&cell.keys);
    keys.map(|(ty, key)| Value::decode(*ty, &mut key.as_slice())).collect()
}
