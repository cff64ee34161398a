//! Statements.

use super::value::{Spot, field, field_type, whole, within};
use super::{Lowered, Lowerer};
use crate::ir::{Action, Label, LoopId, Repeat, Stmt};
use crate::tree::{self, LocalId, StmtKind, takes_steps};
use mc_container::value::Scalar;

impl Lowerer<'_> {
    pub(super) fn stmts(&mut self, stmts: &[tree::Stmt], out: &mut Vec<Stmt>) -> Lowered<()> {
        for stmt in stmts {
            self.count()?;
            let own = self.origin(stmt.span);
            let outer = std::mem::replace(&mut self.origin, own);
            let lowered = self.stmt(stmt, out);
            self.origin = outer;
            lowered?;
        }
        Ok(())
    }

    fn stmt(&mut self, stmt: &tree::Stmt, out: &mut Vec<Stmt>) -> Lowered<()> {
        match &stmt.kind {
            StmtKind::Set(local, value) => self.set(*local, value, out),
            StmtKind::SetElement(local, index, value) => self.set_element(*local, index, value, out),
            StmtKind::Push(local, value) => self.push_element(*local, value, out),
            StmtKind::Shorten(local) => self.shorten(*local, out),
            StmtKind::SetField(local, path, value) => self.set_field(*local, path, value, out),
            StmtKind::Store(place, value) => self.store(place, value, out),
            StmtKind::Update(place, operation, value, failure) => {
                self.update((place, *operation), value, failure, out)
            }
            StmtKind::Require(condition, fail) => {
                let condition = self.scalar(condition, out)?;
                let fail = self.fail(fail)?;
                self.push(Action::Guard(condition, fail), out)
            }
            StmtKind::Abort(fail) => {
                let fail = self.fail(fail)?;
                self.push(Action::Fail(fail), out)
            }
            StmtKind::Emit(event, args) => {
                let pieces = self.sent(args, out)?;
                self.push(Action::Emit(*event, pieces), out)
            }
            StmtKind::Return(value) => self.give(value.as_ref(), out),
            StmtKind::Break => self.leave(|(outside, _)| outside, out),
            StmtKind::Continue => self.leave(|(_, turn)| turn, out),
            StmtKind::If(condition, then, otherwise) => {
                let condition = self.scalar(condition, out)?;
                let (mut yes, mut no) = (Vec::new(), Vec::new());
                self.stmts(then, &mut yes)?;
                self.stmts(otherwise, &mut no)?;
                self.push(Action::If(condition, yes, no), out)
            }
            StmtKind::For(repeat) if takes_steps(&repeat.body) => self.unroll(repeat, out),
            StmtKind::For(repeat) => self.repeat(repeat, out),
            StmtKind::Call(callee, args) => self.inline((*callee, stmt.span), args, out).map(drop),
            StmtKind::Step(step) => self.step(step, stmt.span, out),
            StmtKind::Try(attempt) => self.attempt(attempt, out),
            StmtKind::Par(branches) => self.branches(branches, out),
            // A test is no part of a container.
            StmtKind::Spent(_) | StmtKind::Test(_) => Ok(()),
        }
    }

    fn set(&mut self, local: LocalId, value: &tree::Expr, out: &mut Vec<Stmt>) -> Lowered<()> {
        let vals = self.value(value, out)?;
        let mut spots = self.frame.locals.get(local.0 as usize).cloned().unwrap_or_default();
        self.place_lists(&mut spots, &vals, self.is_steady(local));
        if let Some(slot) = self.frame.locals.get_mut(local.0 as usize) {
            slot.clone_from(&spots);
        }
        self.assign(&spots, vals, out)
    }

    fn set_field(
        &mut self,
        local: LocalId,
        path: &[u32],
        value: &tree::Expr,
        out: &mut Vec<Stmt>,
    ) -> Lowered<()> {
        let vals = self.value(value, out)?;
        let Some(mut ty) = self.frame.types.get(local.0 as usize).cloned() else { return Ok(()) };
        let mut range = whole(&ty);
        for number in path {
            range = within(&range, field(&ty, *number));
            let Some(next) = field_type(&ty, *number) else { return Ok(()) };
            ty = next.clone();
        }
        let mut spots = self.frame.locals.get(local.0 as usize).cloned().unwrap_or_default();
        self.place_lists(&mut spots, &[], false);
        if let Some(slot) = self.frame.locals.get_mut(local.0 as usize) {
            slot.clone_from(&spots);
        }
        let part: Vec<Spot> = spots.get(range).unwrap_or_default().to_vec();
        self.assign(&part, vals, out)
    }

    fn leave(&mut self, of: impl Fn((Label, Label)) -> Label, out: &mut Vec<Stmt>) -> Lowered<()> {
        // The checker allows `break` and `continue` only inside of a loop.
        let label = self.frame.loops.last().copied().map_or(Label(u32::MAX), of);
        self.push(Action::Exit(label), out)
    }

    fn repeat(&mut self, repeat: &tree::For, out: &mut Vec<Stmt>) -> Lowered<()> {
        let (from, to) = self.pair(&repeat.from, &repeat.to, out)?;
        let id = LoopId(self.body.loops);
        self.body.loops += 1;
        let (outside, turn) = (self.label(), self.label());
        let spots = self.frame.locals.get(repeat.index.0 as usize).and_then(|spots| spots.first());
        let (index, ty) = match spots {
            Some(Spot::Scalar(local, ty)) => (*local, *ty),
            _ => (self.new_local(Scalar::U64), Scalar::U64),
        };
        self.frame.loops.push((outside, turn));
        self.indexes.push((index, ty));
        let mut body = Vec::new();
        let lowered = self.stmts(&repeat.body, &mut body);
        self.indexes.pop();
        self.frame.loops.pop();
        lowered?;
        let turns_max = repeat.turns_max;
        let body = vec![self.stmt_of(Action::Labelled(turn, body))];
        let repeat = Repeat { id, index, from: *from, to: *to, turns_max, certain: false, body };
        let repeat = self.stmt_of(Action::Repeat(Box::new(repeat)));
        self.push(Action::Labelled(outside, vec![repeat]), out)
    }
}
