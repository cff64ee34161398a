//! The order of evaluation: what must be put into temporaries because something happens before it is used.

use super::value::{Items, List, Spot, Val};
use super::{Lowered, Lowerer, is_atom};
use crate::ir::walk::{self, Changed, Node};
use crate::ir::{Action, Expr, ExprKind, Piece, Stmt};
use crate::tree;

/// A lowered expression: what is done first, and its leaves.
type Operand = (Vec<Stmt>, Vec<Val>);

impl Lowerer<'_> {
    /// Lowers expressions that are evaluated one after the other; what their leaves need first goes to `out`.
    pub(super) fn sequence<'e>(
        &mut self,
        exprs: impl IntoIterator<Item = &'e tree::Expr>,
        out: &mut Vec<Stmt>,
    ) -> Lowered<Vec<Vec<Val>>> {
        let mut operands: Vec<Operand> = Vec::new();
        for expr in exprs {
            let mut before = Vec::new();
            let vals = self.value(expr, &mut before)?;
            operands.push((before, vals));
        }
        let mut later = Later::default();
        for (before, vals) in operands.iter_mut().rev() {
            let own = Later::of(before, vals);
            if later.acts {
                let taken = std::mem::take(vals);
                *vals = self.settle_against(taken, &later.changed, before)?;
            }
            later.join(own);
        }
        Ok(operands
            .into_iter()
            .map(|(before, vals)| {
                out.extend(before);
                vals
            })
            .collect())
    }

    /// The same of two scalars.
    pub(super) fn pair(
        &mut self,
        left: &tree::Expr,
        right: &tree::Expr,
        out: &mut Vec<Stmt>,
    ) -> Lowered<(Box<Expr>, Box<Expr>)> {
        let mut scalars = self.scalars([left, right], out)?.into_iter();
        let mut next = || Box::new(scalars.next().unwrap_or_else(|| super::index_constant(0)));
        Ok((next(), next()))
    }

    /// The scalars of all values, for values without lists.
    pub(super) fn scalars<'e>(
        &mut self,
        exprs: impl IntoIterator<Item = &'e tree::Expr>,
        out: &mut Vec<Stmt>,
    ) -> Lowered<Vec<Expr>> {
        let vals = self.sequence(exprs, out)?;
        Ok(vals.into_iter().flatten().map(Val::into_scalar).collect())
    }

    /// Evaluates the leaves now: what remains are atoms, and buffers that nothing changes.
    pub(super) fn settle(&mut self, vals: Vec<Val>, out: &mut Vec<Stmt>) -> Lowered<Vec<Val>> {
        self.settle_against(vals, &Changed::default(), out)
    }

    /// The same, where some locals and buffers are about to change.
    fn settle_against(
        &mut self,
        vals: Vec<Val>,
        changed: &Changed,
        out: &mut Vec<Stmt>,
    ) -> Lowered<Vec<Val>> {
        let mut settled = Vec::with_capacity(vals.len());
        for val in vals {
            settled.push(match val {
                Val::Scalar(expr) => Val::Scalar(self.settle_scalar(expr, changed, out)?),
                Val::List(list) => Val::List(self.settle_list(list, changed, out)?),
            });
        }
        Ok(settled)
    }

    pub(super) fn settle_scalar(
        &mut self,
        expr: Expr,
        changed: &Changed,
        out: &mut Vec<Stmt>,
    ) -> Lowered<Expr> {
        let moves = matches!(expr.kind, ExprKind::Local(local) if changed.locals.contains(&local));
        if is_atom(&expr) && !moves { Ok(expr) } else { self.temporary(expr, out) }
    }

    fn settle_list(&mut self, list: List, changed: &Changed, out: &mut Vec<Stmt>) -> Lowered<List> {
        let length = self.settle_scalar(list.length.clone(), changed, out)?;
        let list = List { length, ..list };
        match &list.items {
            Items::Buffer(buffer) if !changed.buffers.contains(buffer) => Ok(list),
            _ => {
                let buffer = self.new_buffer(&list.element, list.max, false);
                self.fill(buffer, &list, out)?;
                Ok(List { items: Items::Buffer(buffer), ..list })
            }
        }
    }

    /// Evaluates scalars now.
    pub(super) fn atoms(&mut self, exprs: Vec<Expr>, out: &mut Vec<Stmt>) -> Lowered<Vec<Expr>> {
        let none = Changed::default();
        exprs.into_iter().map(|expr| self.settle_scalar(expr, &none, out)).collect()
    }

    /// Gives locals the leaves of a value.
    pub(super) fn assign(&mut self, spots: &[Spot], vals: Vec<Val>, out: &mut Vec<Stmt>) -> Lowered<()> {
        // A later leaf may be made of what an earlier one is about to replace.
        let tangled = vals.len() > 1 && vals.iter().any(|val| mentions_any(val, spots));
        let vals = if tangled { self.copies(vals, out)? } else { vals };
        for (spot, val) in spots.iter().zip(vals) {
            match (spot, val) {
                (Spot::Scalar(local, _), Val::Scalar(expr)) => self.push(Action::Set(*local, expr), out)?,
                (Spot::List(spot), Val::List(list)) => self.assign_list(spot, list, out)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Evaluates the leaves into temporaries, those that are in locals as well.
    fn copies(&mut self, vals: Vec<Val>, out: &mut Vec<Stmt>) -> Lowered<Vec<Val>> {
        let mut all = Changed::default();
        for val in &vals {
            visit(val, &mut |node| {
                if let Node::Expr(Expr { kind: ExprKind::Local(local), .. }) = node {
                    all.locals.insert(*local);
                }
            });
            if let Val::List(List { items: Items::Buffer(buffer), .. }) = val
                && self.is_changing(*buffer)
            {
                all.buffers.insert(*buffer);
            }
        }
        self.settle_against(vals, &all, out)
    }

    /// What leaves the code through the exchange area.
    pub(super) fn pieces(&mut self, vals: Vec<Val>, out: &mut Vec<Stmt>) -> Lowered<Vec<Piece>> {
        let mut pieces = Vec::with_capacity(vals.len());
        for val in vals {
            pieces.push(match val {
                Val::Scalar(expr) => Piece::Scalar(expr),
                Val::List(list) => {
                    let list = self.settle_list(list, &Changed::default(), out)?;
                    match list.items {
                        Items::Buffer(buffer) => Piece::List(list.length, buffer),
                        Items::Cells(..) | Items::These(_) => Piece::Scalar(list.length),
                    }
                }
            });
        }
        Ok(pieces)
    }

    /// The values of some expressions as what leaves the code.
    pub(super) fn sent(&mut self, exprs: &[tree::Expr], out: &mut Vec<Stmt>) -> Lowered<Vec<Piece>> {
        let vals = self.sequence(exprs, out)?;
        self.pieces(vals.into_iter().flatten().collect(), out)
    }
}

/// What happens after an operand has been lowered and before it is used.
#[derive(Default)]
struct Later {
    acts: bool,
    changed: Changed,
}

impl Later {
    fn of(before: &[Stmt], vals: &[Val]) -> Self {
        let mut changed = walk::changed(before);
        let mut acts = !before.is_empty();
        for val in vals {
            visit(val, &mut |node| {
                acts |= matches!(node, Node::Stmt(_));
                changed.note(node);
            });
        }
        Self { acts, changed }
    }

    fn join(&mut self, mut other: Self) {
        self.acts |= other.acts;
        self.changed.locals.append(&mut other.changed.locals);
        self.changed.buffers.append(&mut other.changed.buffers);
    }
}

/// Visits the expressions that a leaf is made of.
fn visit(val: &Val, visit: &mut dyn FnMut(Node<'_>)) {
    match val {
        Val::Scalar(expr) => walk::expr(expr, visit),
        Val::List(list) => {
            walk::expr(&list.length, visit);
            match &list.items {
                Items::Buffer(_) => {}
                Items::Cells(_, keys, _) => keys.iter().for_each(|key| walk::expr(key, visit)),
                Items::These(rows) => rows.iter().flatten().for_each(|it| walk::expr(it, visit)),
            }
        }
    }
}

/// True if a leaf is made of something in `spots`.
fn mentions_any(val: &Val, spots: &[Spot]) -> bool {
    let is_spot = |local: tree::LocalId| {
        spots.iter().any(|spot| match spot {
            Spot::Scalar(own, _) => *own == local,
            Spot::List(own) => own.length == local,
        })
    };
    let is_buffer =
        |buffer| spots.iter().any(|spot| matches!(spot, Spot::List(it) if it.buffer == Some(buffer)));
    let mut found = matches!(val, Val::List(List { items: Items::Buffer(buffer), .. }) if is_buffer(*buffer));
    visit(val, &mut |node| match node {
        Node::Expr(Expr { kind: ExprKind::Local(local), .. }) => found |= is_spot(*local),
        Node::Expr(Expr { kind: ExprKind::Element(buffer, ..), .. }) => found |= is_buffer(*buffer),
        _ => {}
    });
    found
}
