//! Calls: a copy of the called function in its place, and the steps of compositions.

use super::value::{Spot, Val};
use super::{Frame, Lowered, Lowerer, steady};
use crate::ir::{self, Action, Bind, Expr, Step, StepOutline, Stmt};
use crate::tree::{self, FunctionId};
use mc_container::ty::Type;
use mc_syntax::source::Span;

impl Lowerer<'_> {
    /// Puts a copy of a called function into `out`; gives where the leaves of its result are.
    pub(super) fn inline(
        &mut self,
        (callee, span): (FunctionId, Span),
        args: &[tree::Expr],
        out: &mut Vec<Stmt>,
    ) -> Lowered<Vec<Spot>> {
        let Some(function) = self.unit.function(callee) else { return Ok(Vec::new()) };
        let args = self.sequence(args, out)?;
        let steady = steady::steady(function);
        let mut locals: Vec<Vec<Spot>> = function.locals.iter().map(|local| self.spots(&local.ty)).collect();
        for ((spots, arg), steady) in locals.iter_mut().zip(args).zip(&steady) {
            self.place_lists(spots, &arg, *steady);
            self.assign(spots, arg, out)?;
        }
        let mut result = function.result.as_ref().map_or_else(Vec::new, |ty| self.spots(ty));
        self.place_lists(&mut result, &[], true);
        let label = self.label();
        let types = function.locals.iter().map(|local| local.ty.clone()).collect();
        let frame =
            Frame { types, locals, steady, inlined: Some((label, result.clone())), loops: Vec::new() };
        let outer = std::mem::replace(&mut self.frame, frame);
        self.calls.push(span);
        let mut body = Vec::new();
        let lowered = self.stmts(&function.body, &mut body);
        self.calls.pop();
        self.frame = outer;
        lowered?;
        self.push(Action::Labelled(label, body), out)?;
        Ok(result)
    }

    /// `return value`
    pub(super) fn give(&mut self, value: Option<&tree::Expr>, out: &mut Vec<Stmt>) -> Lowered<()> {
        let vals = match value {
            Some(value) => self.value(value, out)?,
            None => Vec::new(),
        };
        match self.frame.inlined.clone() {
            None => {
                let pieces = self.pieces(vals, out)?;
                self.push(Action::Give(pieces), out)
            }
            Some((label, result)) => {
                self.assign(&result, vals, out)?;
                self.push(Action::Exit(label), out)
            }
        }
    }

    /// The values of leaves in locals.
    pub(super) fn read(spots: &[Spot]) -> Vec<Val> {
        spots.iter().map(super::expr::read_spot).collect()
    }

    /// `step local = slot.entry(args) else E`
    pub(super) fn step(&mut self, step: &tree::Step, span: Span, out: &mut Vec<Stmt>) -> Lowered<()> {
        let args = self.sent(&step.args, out)?;
        let callee = self
            .unit
            .slots
            .get(usize::from(step.slot))
            .and_then(|slot| self.program.behind(slot))
            .and_then(|contract| contract.function(step.function));
        let entry = callee.map(|callee| callee.name.clone()).unwrap_or_default();
        let ty = callee.and_then(|callee| callee.result.clone()).unwrap_or_else(Type::unit);
        let bind = self.binds(step.bind, &ty);
        let otherwise = match &step.otherwise {
            Some(fail) => Some(Box::new(self.fail(fail)?)),
            None => None,
        };
        let number = u16::try_from(self.body.steps.len()).unwrap_or(u16::MAX);
        let scalars = step.args.iter().map(|arg| arg.ty.scalar_count()).sum();
        self.body.steps.push(StepOutline { slot: step.slot, entry: entry.clone(), args: scalars, span });
        self.push(Action::Step(Box::new(Step { number, slot: step.slot, entry, args, bind, otherwise })), out)
    }

    /// Where the result of a step goes.
    fn binds(&mut self, local: Option<tree::LocalId>, ty: &Type) -> Vec<Bind> {
        let Some(local) = local else { return Vec::new() };
        let mut spots = self.frame.locals.get(local.0 as usize).cloned().unwrap_or_else(|| self.spots(ty));
        self.place_lists(&mut spots, &[], self.is_steady(local));
        if let Some(slot) = self.frame.locals.get_mut(local.0 as usize) {
            slot.clone_from(&spots);
        }
        let bind = |spot: &Spot| match spot {
            Spot::Scalar(local, _) => Some(Bind::Scalar(*local)),
            Spot::List(list) => list.buffer.map(|buffer| Bind::List(list.length, buffer)),
        };
        spots.iter().filter_map(bind).collect()
    }

    pub(super) fn fail(&mut self, fail: &tree::Fail) -> Lowered<ir::Fail> {
        Ok(match fail {
            tree::Fail::System(error) => ir::Fail::System(*error),
            tree::Fail::Error(error, args) => {
                let mut before = Vec::new();
                let pieces = self.sent(args, &mut before)?;
                ir::Fail::Error(*error, before, pieces)
            }
        })
    }

    pub(super) fn failure(&mut self, failure: &tree::Failure) -> Lowered<ir::Failure> {
        failure.as_ref().map(|fail| Ok(Box::new(self.fail(fail)?))).transpose()
    }

    pub(super) fn is_steady(&self, local: tree::LocalId) -> bool {
        self.frame.steady.get(local.0 as usize).copied().unwrap_or(false)
    }

    /// An expression with what must be done before it.
    pub(super) fn alone(&mut self, expr: &tree::Expr) -> Lowered<Expr> {
        let mut before = Vec::new();
        let scalar = self.scalar(expr, &mut before)?;
        Ok(scalar.after(before))
    }
}
