//! What only compositions have: loops that take steps, what is undone as a whole, and parallel branches.

use super::list::compare;
use super::value::Spot;
use super::{Lowered, Lowerer};
use crate::ir::{Action, Expr, ExprKind, Fail, Stmt, Try};
use crate::tree::{self, Comparison, Function, LocalId, Part, Program, StmtKind, Unit};
use mc_container::arithmetic::Operation;
use mc_container::error::SystemError;
use mc_container::value::Value;
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::Span;
use std::collections::BTreeSet;

/// The greatest number of steps that a call may take, and of places at which a composition takes them.
const STEPS_MAX: u32 = 255;

/// Reports a composition that may take more steps than there are.
pub(super) fn too_many_steps(program: &Program, unit: &Unit, function: &Function) -> Option<Diagnostic> {
    let steps = program.sequence(unit, &function.body).max(program.places(unit, &function.body));
    if steps <= STEPS_MAX {
        return None;
    }
    let report =
        Diagnostic::error("E0603", function.span, format!("`{}` takes too many steps", function.name))
            .label(format!("up to {steps} with those inside of them, and a call may take {STEPS_MAX}"));
    Some(match dearest_loop(program, unit, &function.body) {
        Some((span, turns, each)) => report.also(span, format!("{turns} turns of {each} steps")).help(
            "lower the `max` of the loop or the greatest length of its list, or take fewer steps in a turn",
        ),
        None => report.help("take fewer steps, or split the composition into several transactions"),
    })
}

/// The loop that takes most steps: its place, its turns, and the steps of each.
fn dearest_loop(program: &Program, unit: &Unit, stmts: &[tree::Stmt]) -> Option<(Span, u32, u32)> {
    let mut loops = Vec::new();
    let mut rest: Vec<&tree::Stmt> = stmts.iter().collect();
    while let Some(stmt) = rest.pop() {
        if let StmtKind::For(repeat) = &stmt.kind {
            let each = program.places(unit, &repeat.body);
            loops.push((repeat.from.span.to(repeat.to.span), repeat.turns_max, each));
        }
        stmt.parts(&mut |part| {
            if let Part::Stmt(inner) = part {
                rest.push(inner);
            }
        });
    }
    let steps = |(_, turns, each): &(Span, u32, u32)| turns.saturating_mul(*each);
    loops.into_iter().filter(|it| steps(it) > 0).max_by_key(steps)
}

impl Lowerer<'_> {
    /// A loop that takes steps. Each step of the Sequence is one place of the code, so each turn is code of its own:
    /// turn `k` under the condition that there are more than `k` turns.
    pub(super) fn unroll(&mut self, repeat: &tree::For, out: &mut Vec<Stmt>) -> Lowered<()> {
        let (from, to) = self.pair(&repeat.from, &repeat.to, out)?;
        // The turns may set what the bounds were read from.
        let (from, to) = (self.fixed(*from, out)?, self.fixed(*to, out)?);
        let ty = from.ty;
        let turns = self.turns(&from, &to, out)?;
        let known = if let ExprKind::Const(turns) = turns.kind { Some(turns.number(ty)) } else { None };
        let over_list = matches!(repeat.to.kind, tree::ExprKind::Length(_));
        let within = over_list || known.is_some_and(|turns| turns <= i128::from(repeat.turns_max));
        if !within && let Some(max) = Value::from_number(i128::from(repeat.turns_max).into(), ty) {
            let few = compare(Comparison::LessEqual, turns.clone(), Expr::constant(max, ty));
            self.push(Action::Guard(few, Fail::System(SystemError::TooManyTurns)), out)?;
        }
        let outside = self.label();
        let mut all = Vec::new();
        // Each turn is a copy of the same text, as a turn of any other loop is, so what it counts starts anew.
        let fresh_sites = self.fresh_sites;
        for number in 0..repeat.turns_max {
            let Some(value) = Value::from_number(i128::from(number).into(), ty) else { break };
            let number = Expr::constant(value, ty);
            self.fresh_sites = fresh_sites;
            let mut turn = Vec::new();
            self.turn(repeat, (&from, &number), outside, &mut turn)?;
            if known.is_some_and(|turns| value.number(ty) < turns) {
                all.extend(turn);
                continue;
            }
            let comes = compare(Comparison::Less, number, turns.clone());
            self.push(Action::If(comes, turn, Vec::new()), &mut all)?;
        }
        self.push(Action::Labelled(outside, all), out)
    }

    /// A value that nothing changes.
    fn fixed(&mut self, expr: Expr, out: &mut Vec<Stmt>) -> Lowered<Expr> {
        if matches!(expr.kind, ExprKind::Const(_)) { Ok(expr) } else { self.temporary(expr, out) }
    }

    /// How many turns there are between two ends; more than the type can say fails.
    fn turns(&mut self, from: &Expr, to: &Expr, out: &mut Vec<Stmt>) -> Lowered<Expr> {
        let ty = from.ty;
        let from_zero = matches!(from.kind, ExprKind::Const(Value::ZERO));
        if from_zero && !ty.is_signed() {
            return Ok(to.clone());
        }
        if let (ExprKind::Const(from), ExprKind::Const(to)) = (&from.kind, &to.kind)
            && let Some(turns) =
                Value::from_number((to.number(ty) - from.number(ty)).max(ethnum::I256::ZERO), ty)
        {
            return Ok(Expr::constant(turns, ty));
        }
        let too_many = Some(Box::new(Fail::System(SystemError::TooManyTurns)));
        let (left, right) = (Box::new(to.clone()), Box::new(from.clone()));
        let between = Expr { kind: ExprKind::Arithmetic(Operation::Subtract, left, right, too_many), ty };
        let some = compare(Comparison::Less, from.clone(), to.clone());
        let none = Expr::constant(Value::ZERO, ty);
        let kind = ExprKind::If(Box::new(some), Box::new(between), Box::new(none), None);
        self.temporary(Expr { kind, ty }, out)
    }

    /// One turn, with locals of its own.
    fn turn(
        &mut self,
        repeat: &tree::For,
        (from, number): (&Expr, &Expr),
        outside: crate::ir::Label,
        out: &mut Vec<Stmt>,
    ) -> Lowered<()> {
        let mut own = assigned(&repeat.body);
        own.insert(repeat.index);
        for local in own.into_iter().filter(|local| *local >= repeat.index) {
            let ty = self.frame.types.get(local.0 as usize).cloned();
            let spots = ty.map(|ty| self.spots(&ty)).unwrap_or_default();
            self.frame.locals.get_mut(local.0 as usize).into_iter().for_each(|slot| slot.clone_from(&spots));
        }
        let spots = self.frame.locals.get(repeat.index.0 as usize).and_then(|spots| spots.first());
        let Some(Spot::Scalar(index, ty)) = spots.cloned() else { return Ok(()) };
        let from_zero = matches!(from.kind, ExprKind::Const(Value::ZERO));
        let (left, right) = (Box::new(from.clone()), Box::new(number.clone()));
        let sum = Expr { kind: ExprKind::Arithmetic(Operation::Add, left, right, None), ty };
        self.push(Action::Set(index, if from_zero { number.clone() } else { sum }), out)?;
        let end = self.label();
        self.frame.loops.push((outside, end));
        self.indexes.push((index, ty));
        let mut body = Vec::new();
        let lowered = self.stmts(&repeat.body, &mut body);
        self.indexes.pop();
        self.frame.loops.pop();
        lowered?;
        self.push(Action::Labelled(end, body), out)
    }

    /// `try { } catch reason { }`: what the body sets outside of itself is put back where it fails.
    pub(super) fn attempt(&mut self, attempt: &tree::Try, out: &mut Vec<Stmt>) -> Lowered<()> {
        let mut kept = Vec::new();
        for local in assigned(&attempt.body).into_iter().filter(|local| local.0 < attempt.outside) {
            let own = self.frame.locals.get(local.0 as usize).cloned().unwrap_or_default();
            let ty = self.frame.types.get(local.0 as usize).cloned();
            let mut copy = ty.map(|ty| self.spots(&ty)).unwrap_or_default();
            self.place_lists(&mut copy, &[], true);
            self.assign(&copy, Self::read(&own), out)?;
            kept.push((own, copy));
        }
        let (mut body, mut catch) = (Vec::new(), Vec::new());
        self.stmts(&attempt.body, &mut body)?;
        for (own, copy) in kept {
            self.assign(&own, Self::read(&copy), &mut catch)?;
        }
        self.stmts(&attempt.catch, &mut catch)?;
        let reason =
            attempt.reason.and_then(|local| match self.frame.locals.get(local.0 as usize)?.first()? {
                Spot::Scalar(local, _) => Some(*local),
                Spot::List(_) => None,
            });
        self.push(Action::Try(Box::new(Try { body, reason, catch })), out)
    }

    /// `par { }`: the branches one after the other, and which steps are whose.
    pub(super) fn branches(&mut self, branches: &[Vec<tree::Stmt>], out: &mut Vec<Stmt>) -> Lowered<()> {
        let mut group = Vec::new();
        for branch in branches {
            let first = self.steps();
            self.stmts(branch, out)?;
            group.push((first..self.steps()).collect::<Vec<u16>>());
        }
        group.retain(|steps| !steps.is_empty());
        if group.len() > 1 {
            self.body.par.push(group);
        }
        Ok(())
    }

    fn steps(&self) -> u16 {
        u16::try_from(self.body.steps.len()).unwrap_or(u16::MAX)
    }
}

/// The locals that statements give a value, in whole or in part.
fn assigned(stmts: &[tree::Stmt]) -> BTreeSet<LocalId> {
    let mut assigned = BTreeSet::new();
    stmts.iter().for_each(|stmt| collect(Part::Stmt(stmt), &mut assigned));
    assigned
}

fn collect(part: Part<'_>, assigned: &mut BTreeSet<LocalId>) {
    match part {
        Part::Expr(expr) => expr.parts(&mut |part| collect(part, assigned)),
        Part::Stmt(stmt) => {
            assigned.extend(stmt.sets());
            stmt.parts(&mut |part| collect(part, assigned));
        }
    }
}
