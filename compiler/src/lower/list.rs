//! Lists: copying them element by element, looking into them, changing them.

use super::value::{Items, List, ListSpot, Spot, Val, leaf_count};
use super::{Lowered, Lowerer, index_constant, is_atom};
use crate::ir::{Action, BufferId, Expr, ExprKind, Fail, LoopId, Place, Repeat, Stmt};
use crate::tree::{self, Comparison, LocalId};
use mc_container::arithmetic::Operation;
use mc_container::error::SystemError;
use mc_container::value::{Scalar, Value};
use mc_syntax::source::Span;
use std::ops::Range;

impl Lowerer<'_> {
    /// Memory of its own for each list of a parameter that the function changes.
    pub(super) fn own_copies(&mut self, spots: Vec<Spot>, out: &mut Vec<Stmt>) -> Lowered<Vec<Spot>> {
        let mut own = Vec::with_capacity(spots.len());
        for spot in spots {
            own.push(match spot {
                Spot::List(ListSpot { length, buffer: Some(from), element, max }) => {
                    let buffer = self.new_buffer(&element, max, true);
                    let items = Items::Buffer(from);
                    let length_now = Expr::local(length, Scalar::U32);
                    let list = List { length: length_now, items, element: element.clone(), max };
                    self.fill(buffer, &list, out)?;
                    Spot::List(ListSpot { length, buffer: Some(buffer), element, max })
                }
                other => other,
            });
        }
        Ok(own)
    }

    /// A loop over the indexes of a list of this length, which is an atom.
    fn over(
        &mut self,
        length: &Expr,
        max: u32,
        turn: impl FnOnce(&mut Self, &Expr, &mut Vec<Stmt>) -> Lowered<()>,
        out: &mut Vec<Stmt>,
    ) -> Lowered<()> {
        let index = self.new_local(Scalar::U32);
        let id = LoopId(self.body.loops);
        self.body.loops += 1;
        let mut body = Vec::new();
        turn(self, &Expr::local(index, Scalar::U32), &mut body)?;
        let (from, to) = (index_constant(0), length.clone());
        let repeat = Repeat { id, index, from, to, turns_max: max, certain: true, body };
        self.push(Action::Repeat(Box::new(repeat)), out)
    }

    /// Copies the elements of a list, whose length is an atom.
    pub(super) fn fill(&mut self, to: BufferId, list: &List, out: &mut Vec<Stmt>) -> Lowered<()> {
        if let Items::These(rows) = &list.items {
            for (number, row) in rows.iter().enumerate() {
                for (part, value) in (0..).zip(row) {
                    let stmt = Action::SetElement(to, index_constant(number), part, value.clone());
                    self.push(stmt, out)?;
                }
            }
            return Ok(());
        }
        let turn = |this: &mut Self, index: &Expr, body: &mut Vec<Stmt>| {
            for part in 0..list.element.len() {
                let value = this.element_part(list, index, part);
                let part = u32::try_from(part).unwrap_or(u32::MAX);
                this.push(Action::SetElement(to, index.clone(), part, value), body)?;
            }
            Ok(())
        };
        self.over(&list.length, list.max, turn, out)
    }

    /// A scalar of the element at `index`, a number of type `u32` and an atom, of a list in memory or the state.
    fn element_part(&mut self, list: &List, index: &Expr, part: usize) -> Expr {
        let ty = list.element.get(part).copied().unwrap_or(Scalar::U64);
        let kind = match &list.items {
            Items::Buffer(buffer) => {
                let part = u32::try_from(part).unwrap_or(u32::MAX);
                ExprKind::Element(*buffer, Box::new(index.clone()), part)
            }
            Items::Cells(variables, keys, span) => match variables.get(part) {
                Some(variable) => {
                    let keys = keys.iter().chain([index]).cloned().collect();
                    ExprKind::Load(Place { site: self.site(*span), variable: *variable, keys })
                }
                None => ExprKind::Const(Value::ZERO),
            },
            Items::These(_) => ExprKind::Const(Value::ZERO),
        };
        Expr { kind, ty }
    }

    /// Gives a local list its (next) value.
    pub(super) fn assign_list(&mut self, spot: &ListSpot, list: List, out: &mut Vec<Stmt>) -> Lowered<()> {
        let length = match list.length {
            length if is_atom(&length) => length,
            length => self.temporary(length, out)?,
        };
        let list = List { length, ..list };
        let own = match spot.buffer {
            Some(buffer) => buffer,
            None => self.new_buffer(&spot.element, spot.max, true),
        };
        let same = matches!(&list.items, Items::Buffer(buffer) if *buffer == own);
        if !same {
            self.fill(own, &list, out)?;
        }
        self.push(Action::Set(spot.length, list.length), out)
    }

    /// Gives each list among `spots` memory: that of the value it is about to get where neither of the two
    /// changes from then on, else its own.
    pub(super) fn place_lists(&mut self, spots: &mut [Spot], vals: &[Val], steady: bool) {
        let mut vals = vals.iter();
        for spot in spots {
            let val = vals.next();
            let Spot::List(spot) = spot else { continue };
            if spot.buffer.is_some() {
                continue;
            }
            spot.buffer = match val {
                Some(Val::List(List { items: Items::Buffer(buffer), .. }))
                    if steady && !self.is_changing(*buffer) =>
                {
                    Some(*buffer)
                }
                _ => Some(self.new_buffer(&spot.element, spot.max, !steady)),
            };
        }
    }

    /// `list[index]`, or some leaves of it.
    pub(super) fn element(
        &mut self,
        (list, index): (&tree::Expr, &tree::Expr),
        range: Range<usize>,
        failure: &tree::Failure,
        out: &mut Vec<Stmt>,
    ) -> Lowered<Vec<Val>> {
        let mut vals = self.sequence([list, index], out)?.into_iter().flatten();
        let (Some(Val::List(mut list)), Some(Val::Scalar(index))) = (vals.next(), vals.next()) else {
            return Ok(Vec::new());
        };
        let mut index = self.atoms(vec![index], out)?;
        let Some(index) = index.pop() else { return Ok(Vec::new()) };
        if let Items::These(_) = list.items {
            let buffer = self.new_buffer(&list.element, list.max, false);
            self.fill(buffer, &list, out)?;
            list.items = Items::Buffer(buffer);
        }
        let index = self.bounded(index, list.length.clone(), failure, out)?;
        Ok(range.map(|part| Val::Scalar(self.element_part(&list, &index, part))).collect())
    }

    /// Fails unless an index, an atom, is below a length; gives the index as a `u32`.
    fn bounded(
        &mut self,
        index: Expr,
        length: Expr,
        failure: &tree::Failure,
        out: &mut Vec<Stmt>,
    ) -> Lowered<Expr> {
        let wider = index.ty.width() > Scalar::U32.width();
        let cast = |expr: Expr, ty| Expr { kind: ExprKind::Cast(Box::new(expr), None), ty };
        let narrow = index.ty.width() < Scalar::U32.width();
        let index = if narrow { cast(index, Scalar::U32) } else { index };
        let length = if wider { cast(length, index.ty) } else { length };
        let mut inside = compare(Comparison::Less, index.clone(), length);
        if index.ty.is_signed() {
            let zero = Expr::constant(Value::ZERO, index.ty);
            let negative = compare(Comparison::Less, index.clone(), zero);
            let not = Expr { kind: ExprKind::Not(Box::new(negative)), ty: Scalar::Bool };
            inside = Expr { kind: ExprKind::And(Box::new(not), Box::new(inside), None), ty: Scalar::Bool };
        }
        let fail = match failure {
            Some(fail) => self.fail(fail)?,
            None => Fail::System(SystemError::IndexOutOfRange),
        };
        self.push(Action::Guard(inside, fail), out)?;
        if wider { self.temporary(cast(index, Scalar::U32), out) } else { Ok(index) }
    }

    /// `[a, b, c]`
    pub(super) fn literal(
        &mut self,
        ty: &mc_container::ty::Type,
        items: &[tree::Expr],
        out: &mut Vec<Stmt>,
    ) -> Lowered<List> {
        let vals = self.sequence(items, out)?;
        let mut rows = Vec::with_capacity(vals.len());
        for row in vals {
            let row = row.into_iter().map(Val::into_scalar).collect();
            // A local may be set again before the list is read.
            rows.push(self.fresh_copies(row, out)?);
        }
        let (element, max) = match ty {
            mc_container::ty::Type::List(element, max) => (element.scalars(), *max),
            _ => (Vec::new(), 0),
        };
        Ok(List { length: index_constant(rows.len()), items: Items::These(rows), element, max })
    }

    fn fresh_copies(&mut self, row: Vec<Expr>, out: &mut Vec<Stmt>) -> Lowered<Vec<Expr>> {
        let fixed = |expr: &Expr| matches!(expr.kind, ExprKind::Const(_) | ExprKind::Known(_));
        row.into_iter().map(|it| if fixed(&it) { Ok(it) } else { self.temporary(it, out) }).collect()
    }

    /// `value in list`
    pub(super) fn contains(
        &mut self,
        value: &tree::Expr,
        list: &tree::Expr,
        out: &mut Vec<Stmt>,
    ) -> Lowered<Expr> {
        let vals = self.sequence([value, list], out)?.into_iter().flatten().collect();
        let mut vals: Vec<Val> = vals;
        let Some(Val::List(list)) = vals.pop() else { return Ok(truth(false)) };
        let value = vals.into_iter().map(Val::into_scalar).collect();
        let value = self.atoms(value, out)?;
        if let Items::These(rows) = &list.items {
            let found = rows.iter().map(|row| all_equal(&value, row.clone()));
            let either = |left, right| either(left, right);
            return Ok(found.reduce(either).unwrap_or_else(|| truth(false)));
        }
        let mut length = self.atoms(vec![list.length.clone()], out)?;
        let length = length.pop().unwrap_or_else(|| index_constant(0));
        let list = List { length: length.clone(), ..list };
        let found = self.new_local(Scalar::Bool);
        self.push(Action::Set(found, truth(false)), out)?;
        let turn = |this: &mut Self, index: &Expr, body: &mut Vec<Stmt>| {
            let parts = 0..list.element.len();
            let row = parts.map(|part| this.element_part(&list, index, part)).collect();
            let row = this.atoms(row, body)?;
            let seen = either(Expr::local(found, Scalar::Bool), all_equal(&value, row));
            this.push(Action::Set(found, seen), body)
        };
        self.over(&length, list.max, turn, out)?;
        Ok(Expr::local(found, Scalar::Bool))
    }

    /// `local[index] = value`
    pub(super) fn set_element(
        &mut self,
        local: LocalId,
        index: &tree::Expr,
        value: &tree::Expr,
        out: &mut Vec<Stmt>,
    ) -> Lowered<()> {
        let mut vals = self.sequence([index, value], out)?.into_iter().flatten();
        let index = vals.next().map_or_else(|| index_constant(0), Val::into_scalar);
        let rest = vals.map(Val::into_scalar).collect();
        let mut atoms = self.atoms(vec![index], out)?;
        let row = self.atoms(rest, out)?;
        let Some((spot, buffer)) = self.own_list(local) else { return Ok(()) };
        let Some(index) = atoms.pop() else { return Ok(()) };
        let index = self.bounded(index, Expr::local(spot.length, Scalar::U32), &None, out)?;
        self.write_element(buffer, &index, row, out)
    }

    /// `local.push(value)`
    pub(super) fn push_element(
        &mut self,
        local: LocalId,
        value: &tree::Expr,
        out: &mut Vec<Stmt>,
    ) -> Lowered<()> {
        let row = self.scalars([value], out)?;
        let row = self.atoms(row, out)?;
        debug_assert_eq!(row.len(), leaf_count(&value.ty), "an element holds no list");
        let Some((spot, buffer)) = self.own_list(local) else { return Ok(()) };
        let length = Expr::local(spot.length, Scalar::U32);
        let max = Expr::constant(Value::from_u64(u64::from(spot.max)), Scalar::U32);
        let room = compare(Comparison::Less, length.clone(), max);
        self.push(Action::Guard(room, Fail::System(SystemError::ListFull)), out)?;
        self.write_element(buffer, &length, row, out)?;
        self.change_length(&spot, Operation::Add, out)
    }

    /// The last element of a local list, which has one, is gone.
    pub(super) fn shorten(&mut self, local: LocalId, out: &mut Vec<Stmt>) -> Lowered<()> {
        match self.own_list(local) {
            Some((spot, _)) => self.change_length(&spot, Operation::Subtract, out),
            None => Ok(()),
        }
    }

    fn change_length(&mut self, spot: &ListSpot, by_one: Operation, out: &mut Vec<Stmt>) -> Lowered<()> {
        let length = Box::new(Expr::local(spot.length, Scalar::U32));
        let kind = ExprKind::Arithmetic(by_one, length, Box::new(index_constant(1)), None);
        self.push(Action::Set(spot.length, Expr { kind, ty: Scalar::U32 }), out)
    }

    fn write_element(
        &mut self,
        buffer: BufferId,
        index: &Expr,
        row: Vec<Expr>,
        out: &mut Vec<Stmt>,
    ) -> Lowered<()> {
        for (part, value) in (0..).zip(row) {
            self.push(Action::SetElement(buffer, index.clone(), part, value), out)?;
        }
        Ok(())
    }

    /// The list that a local is, in memory of its own.
    fn own_list(&mut self, local: LocalId) -> Option<(ListSpot, BufferId)> {
        let mut spots = self.frame.locals.get(local.0 as usize).cloned()?;
        self.place_lists(&mut spots, &[], false);
        if let Some(slot) = self.frame.locals.get_mut(local.0 as usize) {
            slot.clone_from(&spots);
        }
        match spots.into_iter().next()? {
            Spot::List(spot) => spot.buffer.map(|buffer| (spot, buffer)),
            Spot::Scalar(..) => None,
        }
    }

    /// Writes a list to the state: its length, and each element.
    pub(super) fn store_list(
        &mut self,
        (length, variables): (mc_container::access::VariableId, &[mc_container::access::VariableId]),
        (keys, span): (&[Expr], Span),
        list: List,
        out: &mut Vec<Stmt>,
    ) -> Lowered<()> {
        let place = Place { site: self.site(span), variable: length, keys: keys.to_vec() };
        self.push(Action::Store(place, list.length.clone()), out)?;
        let store = |this: &mut Self, index: &Expr, part: usize, value: Expr, out: &mut Vec<Stmt>| {
            let Some(variable) = variables.get(part).copied() else { return Ok(()) };
            let keys = keys.iter().chain([index]).cloned().collect();
            let place = Place { site: this.site(span), variable, keys };
            this.push(Action::Store(place, value), out)
        };
        if let Items::These(rows) = list.items {
            for (number, row) in rows.into_iter().enumerate() {
                for (part, value) in row.into_iter().enumerate() {
                    store(self, &index_constant(number), part, value, out)?;
                }
            }
            return Ok(());
        }
        let turn = |this: &mut Self, index: &Expr, body: &mut Vec<Stmt>| {
            for part in 0..list.element.len() {
                let value = this.element_part(&list, index, part);
                store(this, index, part, value, body)?;
            }
            Ok(())
        };
        self.over(&list.length, list.max, turn, out)
    }
}

pub(super) fn truth(value: bool) -> Expr {
    Expr::constant(Value::from_u64(u64::from(value)), Scalar::Bool)
}

pub(super) fn compare(comparison: Comparison, left: Expr, right: Expr) -> Expr {
    let kind = ExprKind::Compare(comparison, Box::new(left), Box::new(right));
    Expr { kind, ty: Scalar::Bool }
}

fn either(left: Expr, right: Expr) -> Expr {
    Expr { kind: ExprKind::Or(Box::new(left), Box::new(right), None), ty: Scalar::Bool }
}

/// True where all scalars are equal.
pub(super) fn all_equal(left: &[Expr], right: Vec<Expr>) -> Expr {
    let each = left.iter().zip(right).map(|(left, right)| compare(Comparison::Equal, left.clone(), right));
    let both =
        |left, right| Expr { kind: ExprKind::And(Box::new(left), Box::new(right), None), ty: Scalar::Bool };
    each.reduce(both).unwrap_or_else(|| truth(true))
}
