//! Values in the state: leaf by leaf, one cell for each scalar.

use super::body::Body;
use super::failure::{Run, Stop};
use super::ledger::{Cell, Use};
use super::session::{Data, Datum};
use super::shape::FIRST_ELEMENT;
use crate::tree::{Cells, Expr, Place, Variable};
use mc_container::access::VariableId;
use mc_container::manifest::Holding;
use mc_container::ty::Type;
use mc_container::value::Value;
use std::rc::Rc;

impl<'p> Body<'_, '_, 'p> {
    /// The keys of a place: evaluated once, left to right.
    fn keys(&mut self, place: &'p Place) -> Run<Vec<Value>> {
        let keys = self.flat(&place.keys)?;
        Ok(self.observe_all(&keys))
    }

    /// The cell of a variable under these keys.
    pub(super) fn cell(&self, id: VariableId, keys: &[Value]) -> Run<(Cell, &'p Variable)> {
        let variable = self.running.unit.and_then(|unit| unit.variable(id));
        let variable = variable.ok_or(Stop::Broken("no such variable"))?;
        if variable.keys.len() != keys.len() {
            return Err(Stop::Broken("a cell with other keys than its variable has"));
        }
        let encode = |(key, ty): (&Value, &mc_container::value::Scalar)| {
            let mut bytes = Vec::new();
            key.encode(*ty, &mut bytes);
            bytes
        };
        let keys = keys.iter().zip(&variable.keys).map(encode).collect();
        let cell = match variable.holding {
            Holding::Coin => Cell::of_coin(keys),
            _ => Cell { container: self.running.container, variable: variable.name.clone(), keys },
        };
        Ok((cell, variable))
    }

    /// The one cell of a place that has no more.
    pub(super) fn single_cell(&mut self, place: &'p Place) -> Run<(Cell, &'p Variable)> {
        let keys = self.keys(place)?;
        match &place.cells {
            Cells::Scalar(id) => self.cell(*id, &keys),
            _ => Err(Stop::Broken("a compound assignment to several cells")),
        }
    }

    pub(super) fn load(&mut self, place: &'p Place, ty: &Type) -> Run<Data> {
        let keys = self.keys(place)?;
        let mut data = Vec::with_capacity(ty.scalar_count());
        self.load_cells(&place.cells, &keys, &mut data)?;
        if let (Cells::Scalar(_), [datum]) = (&place.cells, data.as_mut_slice()) {
            let value = self.session.observe(datum);
            *datum = value.into();
        }
        Ok(data)
    }

    fn load_cells(&mut self, cells: &'p Cells, keys: &[Value], out: &mut Data) -> Run<()> {
        match cells {
            Cells::Scalar(id) => self.load_cell(*id, keys, out),
            Cells::Words(ids) => ids.iter().try_for_each(|id| self.load_cell(*id, keys, out)),
            Cells::Record(parts) => parts.iter().try_for_each(|part| self.load_cells(part, keys, out)),
            Cells::Option(id, content) => {
                self.load_cell(*id, keys, out)?;
                self.load_cells(content, keys, out)
            }
            Cells::Enum(id, variants) => {
                self.load_cell(*id, keys, out)?;
                variants.iter().flatten().try_for_each(|part| self.load_cells(part, keys, out))
            }
            Cells::List { length, element, max } => {
                let start = out.len();
                self.load_cell(*length, keys, out)?;
                let length = out.last().map_or(0, |length| length.value.low());
                let length = u32::try_from(length).unwrap_or(*max).min(*max);
                (0..length).try_for_each(|at| self.load_cells(element, &indexed(keys, at), out))?;
                // Behind the last element stands nothing, whatever the cells hold.
                out.resize(start + FIRST_ELEMENT + leaves(element) * *max as usize, Datum::default());
                Ok(())
            }
        }
    }

    fn load_cell(&mut self, id: VariableId, keys: &[Value], out: &mut Data) -> Run<()> {
        let (cell, variable) = self.cell(id, keys)?;
        let value = self.session.get(&cell, variable);
        out.push(Datum { value, origin: Some(Rc::new(cell)) });
        Ok(())
    }

    pub(super) fn store(&mut self, place: &'p Place, value: &'p Expr) -> Run<()> {
        let keys = self.keys(place)?;
        let data = self.expr(value)?;
        let values = self.observe_all(&data);
        let mut values = values.as_slice();
        self.store_cells(&place.cells, &keys, &mut values)?;
        if values.is_empty() { Ok(()) } else { Err(Stop::Broken("a value larger than its cells")) }
    }

    fn store_cells(&mut self, cells: &'p Cells, keys: &[Value], values: &mut &[Value]) -> Run<()> {
        match cells {
            Cells::Scalar(id) => self.store_cell(*id, keys, values),
            Cells::Words(ids) => ids.iter().try_for_each(|id| self.store_cell(*id, keys, values)),
            Cells::Record(parts) => parts.iter().try_for_each(|part| self.store_cells(part, keys, values)),
            Cells::Option(id, content) => {
                self.store_cell(*id, keys, values)?;
                self.store_cells(content, keys, values)
            }
            Cells::Enum(id, variants) => {
                self.store_cell(*id, keys, values)?;
                variants.iter().flatten().try_for_each(|part| self.store_cells(part, keys, values))
            }
            Cells::List { length, element, max } => {
                let count = values.first().map_or(0, |length| length.low());
                let count = u32::try_from(count).unwrap_or(*max).min(*max);
                self.store_cell(*length, keys, values)?;
                (0..count).try_for_each(|at| self.store_cells(element, &indexed(keys, at), values))?;
                let unused = leaves(element) * (*max - count) as usize;
                *values = values.get(unused..).ok_or(Stop::Broken("a value smaller than its cells"))?;
                Ok(())
            }
        }
    }

    fn store_cell(&mut self, id: VariableId, keys: &[Value], values: &mut &[Value]) -> Run<()> {
        let (value, rest) = values.split_first().ok_or(Stop::Broken("a value smaller than its cells"))?;
        *values = rest;
        let (cell, variable) = self.cell(id, keys)?;
        self.session.ledger.touch(&cell, Use::Store);
        self.session.set(cell, variable, *value);
        Ok(())
    }
}

/// The number of scalars of what cells hold.
fn leaves(cells: &Cells) -> usize {
    match cells {
        Cells::Scalar(_) => 1,
        Cells::Words(ids) => ids.len(),
        Cells::Record(parts) => parts.iter().map(leaves).sum(),
        Cells::Option(_, content) => 1 + leaves(content),
        Cells::Enum(_, variants) => 1 + variants.iter().flatten().map(leaves).sum::<usize>(),
        Cells::List { element, max, .. } => FIRST_ELEMENT + leaves(element) * *max as usize,
    }
}

/// The keys of a list's element.
fn indexed(keys: &[Value], index: u32) -> Vec<Value> {
    let mut keys = keys.to_vec();
    keys.push(Value::from_u64(u64::from(index)));
    keys
}
