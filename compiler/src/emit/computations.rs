//! What the code of a unit asks of the host.

use crate::ir::walk::{self, Node};
use crate::ir::{Action, Body, Expr, ExprKind, Stmt, is_number};
use crate::tree::{Comparison, Unit};
use mc_container::compute::Computation;
use mc_container::value::Scalar;

/// Every computation of the bodies, each once, in the order of the code.
pub(crate) fn computations<'b>(unit: &Unit, bodies: impl Iterator<Item = &'b Body>) -> Vec<Computation> {
    let mut all: Vec<Computation> = Vec::new();
    for body in bodies {
        walk::stmts(&body.stmts, &mut |node| {
            let needed = match node {
                Node::Stmt(stmt) => of_stmt(unit, stmt),
                Node::Expr(expr) => of_expr(expr),
                Node::Piece(_) => None,
            };
            all.extend(needed.filter(|needed| !all.contains(needed)));
        });
    }
    all
}

fn of_stmt(unit: &Unit, stmt: &Stmt) -> Option<Computation> {
    let Action::Update(place, operation, ..) = &stmt.does else { return None };
    let ty = unit.variable(place.variable)?.value;
    (ty == Scalar::U256).then_some(Computation::Arithmetic(*operation, ty))
}

/// WASM has no numbers of 256 bits, so their arithmetic is the host's.
fn of_expr(expr: &Expr) -> Option<Computation> {
    let wide = |ty: Scalar| ty == Scalar::U256;
    match &expr.kind {
        ExprKind::Compute(computation, ..) => Some(computation.as_ref().clone()),
        ExprKind::Arithmetic(operation, ..) if wide(expr.ty) => {
            Some(Computation::Arithmetic(*operation, expr.ty))
        }
        ExprKind::Compare(Comparison::Equal | Comparison::NotEqual, ..) => None,
        ExprKind::Compare(_, left, _) if wide(left.ty) => Some(Computation::Less(left.ty)),
        ExprKind::Cast(operand, _) => {
            let numbers = is_number(operand.ty) && is_number(expr.ty);
            let cast = Computation::Cast(operand.ty, expr.ty);
            (numbers && (wide(operand.ty) || wide(expr.ty))).then_some(cast)
        }
        _ => None,
    }
}
