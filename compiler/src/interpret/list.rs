//! Lists, and the parts of locals that change.

use super::body::{Body, scalar_of, zeros};
use super::expr::put;
use super::failure::{Run, Stop};
use super::session::{Data, Datum};
use super::shape::{element_range, field_range, field_type};
use crate::tree::{Comparison, Expr, Failure as Otherwise, LocalId};
use mc_container::error::SystemError;
use mc_container::ty::Type;
use mc_container::value::Value;
use std::ops::Range;

fn content(ty: &Type) -> Run<(&Type, u32)> {
    match ty {
        Type::List(element, max) => Ok((element, *max)),
        _ => Err(Stop::Broken("an element of what is no list")),
    }
}

impl<'p> Body<'_, '_, 'p> {
    pub(super) fn list(&mut self, ty: &Type, elements: &'p [Expr]) -> Run<Data> {
        let mut data = zeros(ty);
        for (at, element) in elements.iter().enumerate() {
            let value = self.expr(element)?;
            put(element_range(ty, at).and_then(|range| data.get_mut(range)), value)?;
        }
        put(data.get_mut(0..1), vec![Value::from_u64(elements.len() as u64).into()])?;
        Ok(data)
    }

    fn length(&mut self, list: &[Datum]) -> Run<u64> {
        let length = list.first().ok_or(Stop::Broken("a list without a length"))?;
        Ok(self.session.observe(length).low())
    }

    /// Where the element at `index` is, if the list has it.
    fn at(&mut self, ty: &Type, list: &[Datum], index: Value, index_ty: &Type) -> Run<Option<Range<usize>>> {
        let index = index.number(scalar_of(index_ty)?);
        let is_there = index >= 0 && index < i128::from(self.length(list)?);
        Ok(if is_there { element_range(ty, index.as_usize()) } else { None })
    }

    pub(super) fn element(&mut self, list: &'p Expr, index: &'p Expr, otherwise: &'p Otherwise) -> Run<Data> {
        let data = self.expr(list)?;
        let value = self.scalar(index)?;
        let range = self.at(&list.ty, &data, value, &index.ty)?;
        let range = self.checked(range.ok_or(SystemError::IndexOutOfRange), otherwise)?;
        data.get(range).map(<[Datum]>::to_vec).ok_or(Stop::Broken("a list shorter than its length"))
    }

    pub(super) fn contains(&mut self, value: &'p Expr, list: &'p Expr) -> Run<bool> {
        let (wanted, data) = (self.expr(value)?, self.expr(list)?);
        for index in 0..self.length(&data)? {
            let range = element_range(&list.ty, usize::try_from(index).unwrap_or(usize::MAX));
            let element = range.and_then(|range| data.get(range)).unwrap_or_default();
            if self.compare(Comparison::Equal, &value.ty, &wanted, element)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(super) fn set_element(&mut self, local: LocalId, index: &'p Expr, value: &'p Expr) -> Run<()> {
        let ty = self.type_of(local)?;
        let at = self.scalar(index)?;
        let value = self.expr(value)?;
        let list = self.local(local)?.clone();
        match self.at(ty, &list, at, &index.ty)? {
            Some(range) => put(self.local(local)?.get_mut(range), value),
            None => self.system(SystemError::IndexOutOfRange),
        }
    }

    pub(super) fn push(&mut self, local: LocalId, value: &'p Expr) -> Run<()> {
        let ty = self.type_of(local)?;
        let value = self.expr(value)?;
        let list = self.local(local)?.clone();
        let length = self.length(&list)?;
        if length >= u64::from(content(ty)?.1) {
            return self.system(SystemError::ListFull);
        }
        let range = element_range(ty, usize::try_from(length).unwrap_or(usize::MAX));
        let list = self.local(local)?;
        put(range.and_then(|range| list.get_mut(range)), value)?;
        put(list.get_mut(0..1), vec![Value::from_u64(length + 1).into()])
    }

    pub(super) fn shorten(&mut self, local: LocalId) -> Run<()> {
        let ty = self.type_of(local)?;
        let list = self.local(local)?.clone();
        let last = self.length(&list)?.checked_sub(1).ok_or(Stop::Broken("an empty list gets shorter"))?;
        let range = element_range(ty, usize::try_from(last).unwrap_or(usize::MAX));
        let list = self.local(local)?;
        put(range.and_then(|range| list.get_mut(range)), zeros(content(ty)?.0))?;
        put(list.get_mut(0..1), vec![Value::from_u64(last).into()])
    }

    pub(super) fn set_field(&mut self, local: LocalId, path: &[u32], value: &'p Expr) -> Run<()> {
        let mut ty = self.type_of(local)?;
        let mut start = 0;
        for field in path {
            start += field_range(ty, *field).ok_or(Stop::Broken("no such field"))?.start;
            ty = field_type(ty, *field).ok_or(Stop::Broken("no such field"))?;
        }
        let value = self.expr(value)?;
        put(self.local(local)?.get_mut(start..start + ty.scalar_count()), value)
    }
}
