//! Cells: reading, overwriting and changing them.

use super::value::{CellLeaf, Items, List, Val, cell_leaves};
use super::{Lowered, Lowerer};
use crate::ir::{Action, Expr, ExprKind, Place, Stmt};
use crate::tree;
use mc_container::access::VariableId;
use mc_container::arithmetic::Operation;
use mc_container::value::Scalar;
use mc_syntax::source::Span;
use std::ops::Range;

impl Lowerer<'_> {
    fn cell(&mut self, variable: VariableId, keys: Vec<Expr>, span: Span) -> Place {
        Place { site: self.site(span), variable, keys }
    }

    fn scalar_of(&self, variable: VariableId) -> Scalar {
        self.unit.variable(variable).map_or(Scalar::U64, |variable| variable.value)
    }

    fn element_scalars(&self, variables: &[VariableId]) -> Vec<Scalar> {
        variables.iter().map(|variable| self.scalar_of(*variable)).collect()
    }

    /// Some leaves of what cells hold.
    pub(super) fn load(
        &mut self,
        place: &tree::Place,
        range: Range<usize>,
        out: &mut Vec<Stmt>,
    ) -> Lowered<Vec<Val>> {
        let keys = self.scalars(&place.keys, out)?;
        let leaves: Vec<CellLeaf> =
            cell_leaves(&place.cells).drain(..).skip(range.start).take(range.len()).collect();
        if let [CellLeaf::Scalar(variable)] = leaves.as_slice() {
            let place = self.cell(*variable, keys, place.span);
            let ty = self.scalar_of(*variable);
            return Ok(vec![Val::Scalar(Expr { kind: ExprKind::Load(place), ty })]);
        }
        let keys = self.atoms(keys, out)?;
        let mut vals = Vec::with_capacity(leaves.len());
        for leaf in leaves {
            self.count()?;
            let (CellLeaf::Scalar(variable) | CellLeaf::List(variable, ..)) = &leaf;
            let cell = self.cell(*variable, keys.clone(), place.span);
            let loaded = Expr { kind: ExprKind::Load(cell), ty: self.scalar_of(*variable) };
            vals.push(match leaf {
                CellLeaf::Scalar(_) => Val::Scalar(loaded),
                CellLeaf::List(_, variables, max) => {
                    let element = self.element_scalars(&variables);
                    let items = Items::Cells(variables, keys.clone(), place.span);
                    Val::List(List { length: loaded, items, element, max })
                }
            });
        }
        Ok(vals)
    }

    /// `place = value`
    pub(super) fn store(
        &mut self,
        place: &tree::Place,
        value: &tree::Expr,
        out: &mut Vec<Stmt>,
    ) -> Lowered<()> {
        let mut vals = self.sequence(place.keys.iter().chain([value]), out)?;
        let value = vals.pop().unwrap_or_default();
        let keys: Vec<Expr> = vals.into_iter().flatten().map(Val::into_scalar).collect();
        let leaves = cell_leaves(&place.cells);
        if let ([CellLeaf::Scalar(variable)], [Val::Scalar(scalar)]) = (leaves.as_slice(), value.as_slice()) {
            let place = self.cell(*variable, keys, place.span);
            return self.push(Action::Store(place, scalar.clone()), out);
        }
        let keys = self.atoms(keys, out)?;
        // Everything is read before anything is written.
        let value = self.settle_for_store(value, out)?;
        for (leaf, val) in leaves.into_iter().zip(value) {
            match (leaf, val) {
                (CellLeaf::Scalar(variable), val) => {
                    let cell = self.cell(variable, keys.clone(), place.span);
                    self.push(Action::Store(cell, val.into_scalar()), out)?;
                }
                (CellLeaf::List(length, variables, _), Val::List(list)) => {
                    self.store_list((length, &variables), (&keys, place.span), list, out)?;
                }
                (CellLeaf::List(..), Val::Scalar(_)) => {}
            }
        }
        Ok(())
    }

    /// Evaluates the leaves now, but leaves lists of known elements as they are.
    fn settle_for_store(&mut self, vals: Vec<Val>, out: &mut Vec<Stmt>) -> Lowered<Vec<Val>> {
        let mut settled = Vec::with_capacity(vals.len());
        for val in vals {
            match val {
                Val::List(List { items: Items::These(_), .. }) => settled.push(val),
                other => settled.extend(self.settle(vec![other], out)?),
            }
        }
        Ok(settled)
    }

    /// `place op= value else E`
    pub(super) fn update(
        &mut self,
        (place, operation): (&tree::Place, Operation),
        value: &tree::Expr,
        failure: &tree::Failure,
        out: &mut Vec<Stmt>,
    ) -> Lowered<()> {
        let mut vals = self.sequence(place.keys.iter().chain([value]), out)?;
        let value = vals.pop().and_then(|vals| vals.into_iter().next()).map(Val::into_scalar);
        let keys: Vec<Expr> = vals.into_iter().flatten().map(Val::into_scalar).collect();
        let failure = self.failure(failure)?;
        let leaves = cell_leaves(&place.cells);
        if let ([CellLeaf::Scalar(variable)], Some(value)) = (leaves.as_slice(), value) {
            let cell = self.cell(*variable, keys, place.span);
            self.push(Action::Update(cell, operation, value, failure), out)?;
        }
        Ok(())
    }
}
