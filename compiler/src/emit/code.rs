//! The code of one entry: a function `() -> i32` that works on its frame.

use super::asm::{Asm, Limb};
use super::number::{self, Limbs, WideFunctions, at};
use crate::access::{Analysis, SitePlan};
use crate::ir::{Body, Expr, ExprKind, Fail, Failure, Label, LoopId, Place, Repeat, SiteId, Step, Stmt};
use crate::tree::{LocalId, Unit};
use mc_container::arithmetic::Operation;
use mc_container::error::{FIRST_USER_ERROR, SUCCESS, SystemError};
use mc_container::frame::{self, Layout};
use mc_container::value::Scalar;
use std::collections::BTreeMap;
use wasm_encoder::{BlockType, Function, Instruction as I};

/// Where the functions stand that an entry's code calls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Functions {
    pub(crate) emit: u32,
    pub(crate) resolve: u32,
    pub(crate) step: u32,
    pub(crate) store: u32,
    pub(crate) wide: WideFunctions,
}

/// What the code of an entry is generated from.
#[derive(Clone, Copy)]
pub(crate) struct Input<'a> {
    pub(crate) unit: &'a Unit,
    pub(crate) body: &'a Body,
    pub(crate) analysis: &'a Analysis,
    pub(crate) layout: &'a Layout,
    pub(crate) functions: Functions,
}

/// The function of an entry.
pub(crate) fn function(input: Input<'_>) -> Function {
    let mut coder =
        Coder { input, asm: Asm::new(0), locals: Vec::new(), turns: BTreeMap::new(), blocks: Vec::new() };
    coder.locals = input.body.locals.iter().map(|ty| coder.fresh(*ty)).collect();
    coder.load_params();
    coder.stmts(&input.body.stmts);
    coder.asm.op(I::I32Const(i32::from(SUCCESS)));
    coder.asm.finish()
}

struct Coder<'a> {
    input: Input<'a>,
    asm: Asm,
    /// The limbs of each local of the IR.
    locals: Vec<Vec<u32>>,
    /// The number of the current turn of each loop around.
    turns: BTreeMap<LoopId, u32>,
    /// The structured blocks around, innermost last; those with a label can be left.
    blocks: Vec<Option<Label>>,
}

impl Coder<'_> {
    fn fresh(&mut self, ty: Scalar) -> Vec<u32> {
        (0..ty.limbs()).map(|_| self.asm.limb()).collect()
    }

    fn load_params(&mut self) {
        let mut offset = frame::ARGUMENTS;
        for local in self.locals.clone().into_iter().take(self.input.body.params as usize) {
            for limb in local {
                let value = self.asm.load(None, offset);
                self.asm.push(value);
                self.asm.pop_to(limb);
                offset += frame::LIMB;
            }
        }
    }

    fn local(&self, local: LocalId) -> Vec<u32> {
        self.locals.get(local.0 as usize).cloned().unwrap_or_default()
    }

    fn assign(&mut self, target: &[u32], value: &[Limb]) {
        // All limbs first: the value may be made of the target's own.
        for limb in value {
            self.asm.push(*limb);
        }
        for limb in target.iter().take(value.len()).rev() {
            self.asm.pop_to(*limb);
        }
    }

    fn stmts(&mut self, stmts: &[Stmt]) {
        for stmt in stmts {
            let mark = self.asm.mark();
            self.stmt(stmt);
            self.asm.release(mark);
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Set(local, value) => {
                let value = self.value(value);
                self.assign(&self.local(*local), &value);
            }
            Stmt::Store(place, value) => {
                let slot = self.place(place);
                let value = self.value(value);
                self.write(slot, &value);
            }
            Stmt::Update(place, operation, value, failure) => {
                let slot = self.place(place);
                let value = self.value(value);
                let ty = self.variable_type(place);
                let before = self.read(slot, ty);
                let after = self.arithmetic((*operation, ty), &before, &value, failure);
                self.write(slot, &after);
            }
            Stmt::Guard(condition, fail) => {
                self.condition(condition);
                self.asm.op(I::I32Eqz);
                self.when(|this| this.fail(fail));
            }
            Stmt::Fail(fail) => self.fail(fail),
            Stmt::Emit(event, args) => {
                self.exchange(args);
                self.asm.ops([I::I32Const(event.0.cast_signed()), I::Call(self.input.functions.emit)]);
            }
            Stmt::Give(value) => {
                self.exchange(value.as_slice());
                self.asm.ops([I::I32Const(i32::from(SUCCESS)), I::Return]);
            }
            Stmt::Labelled(label, body) => {
                self.open(I::Block(BlockType::Empty), Some(*label));
                self.stmts(body);
                self.close();
            }
            Stmt::Exit(label) => self.exit(*label),
            Stmt::If(condition, then, otherwise) => {
                self.condition(condition);
                self.open(I::If(BlockType::Empty), None);
                self.stmts(then);
                self.asm.op(I::Else);
                self.stmts(otherwise);
                self.close();
            }
            Stmt::Repeat(repeat) => self.repeat(repeat),
            Stmt::Step(step) => self.step(step),
        }
    }

    fn open(&mut self, instruction: I<'static>, label: Option<Label>) {
        self.asm.op(instruction);
        self.blocks.push(label);
    }

    fn close(&mut self) {
        self.asm.end();
        self.blocks.pop();
    }

    /// Does something if the truth on the stack holds.
    fn when(&mut self, body: impl FnOnce(&mut Self)) {
        self.open(I::If(BlockType::Empty), None);
        let mark = self.asm.mark();
        body(self);
        self.asm.release(mark);
        self.close();
    }

    fn exit(&mut self, label: Label) {
        let distance = self.blocks.iter().rev().position(|block| *block == Some(label)).unwrap_or(0);
        self.asm.op(I::Br(u32::try_from(distance).unwrap_or(u32::MAX)));
    }

    fn fail_with(&mut self, error: SystemError) {
        self.asm.ops([I::I32Const(i32::from(error.code())), I::Return]);
    }

    fn fail(&mut self, fail: &Fail) {
        self.exchange(&fail.args);
        let code = i32::from(FIRST_USER_ERROR).saturating_add_unsigned(fail.error.0);
        self.asm.ops([I::I32Const(code), I::Return]);
    }

    /// Fails if the truth on the stack holds.
    fn fail_if(&mut self, failure: &Failure, error: SystemError) {
        self.when(|this| match failure {
            Some(fail) => this.fail(fail),
            None => this.fail_with(error),
        });
    }

    /// Puts values into the exchange area, once all of them are known.
    fn exchange(&mut self, values: &[Expr]) {
        let values: Vec<Limbs> = values.iter().map(|value| self.value(value)).collect();
        for (number, limb) in (0..).zip(values.concat()) {
            self.asm.store(None, frame::EXCHANGE + number * frame::LIMB, limb, self.input.functions.store);
        }
    }

    fn repeat(&mut self, repeat: &Repeat) {
        let ty = repeat.from.ty;
        let (from, to) = (self.value(&repeat.from), self.value(&repeat.to));
        let current = self.fresh(ty);
        self.assign(&current, &from);
        let current: Limbs = current.into_iter().map(Limb::Local).collect();
        number::compare(&mut self.asm, crate::tree::Comparison::Less, ty, &current, &to);
        self.open(I::If(BlockType::Empty), None);
        self.check_turns(repeat.turns_max, &current, &to);
        let turn = self.asm.word();
        self.turns.insert(repeat.id, turn);
        self.asm.op(I::I32Const(0));
        self.asm.set_word(turn);
        self.open(I::Loop(BlockType::Empty), None);
        self.assign(&self.local(repeat.index), &current);
        self.stmts(&repeat.body);
        self.next_turn(turn, &current);
        number::compare(&mut self.asm, crate::tree::Comparison::Less, ty, &current, &to);
        self.asm.op(I::BrIf(0));
        self.close();
        self.close();
        self.turns.remove(&repeat.id);
    }

    /// Aborts if `to - from`, which is positive, is more than `turns_max`.
    fn check_turns(&mut self, turns_max: u32, from: &[Limb], to: &[Limb]) {
        let low = self.asm.binary(at(to, 0), at(from, 0), I::I64Sub);
        self.asm.test(low, Limb::Const(u64::from(turns_max)), I::I64GtU);
        if from.len() > 1 {
            self.asm.test(at(to, 0), at(from, 0), I::I64LtU);
            let borrow = self.asm.pop_truth();
            let high = self.asm.binary(at(to, 1), at(from, 1), I::I64Sub);
            self.asm.test(high, borrow, I::I64Ne);
            self.asm.op(I::I32Or);
        }
        self.fail_if(&None, SystemError::TooManyTurns);
    }

    /// The index of the last turn is below `to`, so that adding 1 cannot overflow.
    fn next_turn(&mut self, turn: u32, current: &[Limb]) {
        self.asm.get_word(turn);
        self.asm.ops([I::I32Const(1), I::I32Add]);
        self.asm.set_word(turn);
        let low = self.asm.binary(at(current, 0), Limb::Const(1), I::I64Add);
        let mut next = vec![low];
        if current.len() > 1 {
            self.asm.test(low, Limb::Const(0), I::I64Eq);
            let carry = self.asm.pop_truth();
            next.push(self.asm.binary(at(current, 1), carry, I::I64Add));
        }
        let target: Vec<u32> = current
            .iter()
            .filter_map(|limb| if let Limb::Local(local) = limb { Some(*local) } else { None })
            .collect();
        self.assign(&target, &next);
    }

    fn step(&mut self, step: &Step) {
        self.exchange(&step.args);
        self.asm.ops([I::I32Const(i32::from(step.number)), I::Call(self.input.functions.step)]);
        self.fail_if(&step.otherwise, SystemError::StepFailed);
        if let (Some(local), Some(ty)) = (step.bind, step.result) {
            let result = self.read_limbs(None, frame::EXCHANGE, ty);
            self.assign(&self.local(local), &result);
        }
    }

    fn variable_type(&self, place: &Place) -> Scalar {
        self.input.unit.variable(place.variable).map_or(Scalar::U64, |variable| variable.value)
    }

    fn read(&mut self, slot: u32, ty: Scalar) -> Limbs {
        self.read_limbs(Some(slot), 0, ty)
    }

    fn read_limbs(&mut self, base: Option<u32>, offset: u32, ty: Scalar) -> Limbs {
        (0..).take(ty.limbs()).map(|limb| self.asm.load(base, offset + limb * frame::LIMB)).collect()
    }

    fn write(&mut self, slot: u32, value: &[Limb]) {
        for (number, limb) in (0..).zip(value) {
            self.asm.store(Some(slot), number * frame::LIMB, *limb, self.input.functions.store);
        }
    }

    /// The offset of the slot of a cell, in a word; its keys are evaluated here.
    fn place(&mut self, place: &Place) -> u32 {
        let slot = self.asm.word();
        match self.plan(place.site) {
            SitePlan::Exact { access, loops } => {
                // The runtime knows the keys; they are evaluated only for what they do besides.
                for key in place.keys.iter().filter(|key| may_fail(key)) {
                    self.value(key);
                }
                self.table_entry(access, &loops);
            }
            SitePlan::Resolve { access } => {
                self.exchange(&place.keys);
                self.asm.ops([I::I32Const(access.cast_signed()), I::Call(self.input.functions.resolve)]);
            }
            SitePlan::Unreached => self.asm.op(I::Unreachable),
        }
        self.asm.set_word(slot);
        slot
    }

    fn plan(&self, site: SiteId) -> SitePlan {
        self.input.analysis.plans.get(site.0 as usize).cloned().unwrap_or(SitePlan::Unreached)
    }

    /// Pushes the offset that the table holds for an access in the current turn of its loops.
    fn table_entry(&mut self, access: u32, loops: &[LoopId]) {
        let ranges = self.input.analysis.access.accesses.get(access as usize).map(|access| &access.ranges);
        self.asm.op(I::I32Const(0));
        for (id, range) in loops.iter().zip(ranges.into_iter().flatten()) {
            let Some(turn) = self.turns.get(id).copied() else { continue };
            self.asm.ops([I::I32Const(range.turns_max.cast_signed()), I::I32Mul]);
            self.asm.get_word(turn);
            self.asm.op(I::I32Add);
        }
        if !loops.is_empty() {
            self.asm.ops([I::I32Const(frame::TABLE_ENTRY.cast_signed()), I::I32Mul]);
        }
        self.asm.load_word(self.input.layout.table_entry(access as usize));
    }

    fn arithmetic(
        &mut self,
        (operation, ty): (Operation, Scalar),
        left: &[Limb],
        right: &[Limb],
        failure: &Failure,
    ) -> Limbs {
        if matches!(operation, Operation::Divide | Operation::Remainder) {
            let low = at(right, 0);
            let either = if right.len() > 1 { self.asm.binary(low, at(right, 1), I::I64Or) } else { low };
            self.asm.test(either, Limb::Const(0), I::I64Eq);
            self.fail_if(failure, SystemError::DivisionByZero);
        }
        let wide = self.input.functions.wide;
        let result = number::arithmetic(&mut self.asm, operation, ty, (left, right), wide);
        self.fail_if(failure, SystemError::Overflow);
        result
    }

    /// Pushes a truth.
    fn condition(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Compare(comparison, left, right) => {
                let (ty, left, right) = (left.ty, self.value(left), self.value(right));
                number::compare(&mut self.asm, *comparison, ty, &left, &right);
            }
            ExprKind::Not(operand) => {
                self.condition(operand);
                self.asm.op(I::I32Eqz);
            }
            _ => {
                let value = self.value(expr);
                self.asm.push(at(&value, 0));
                self.asm.op(I::I32WrapI64);
            }
        }
    }

    fn value(&mut self, expr: &Expr) -> Limbs {
        match &expr.kind {
            ExprKind::Const(value) => value.0.into_iter().take(expr.ty.limbs()).map(Limb::Const).collect(),
            ExprKind::Local(local) => self.local(*local).into_iter().map(Limb::Local).collect(),
            ExprKind::Caller => self.read_limbs(None, frame::CALLER, expr.ty),
            ExprKind::Now => self.read_limbs(None, frame::NOW, expr.ty),
            ExprKind::SelfAddress => self.read_limbs(None, frame::SELF_ADDRESS, expr.ty),
            ExprKind::Load(place) => {
                let slot = self.place(place);
                self.read(slot, expr.ty)
            }
            ExprKind::Not(_) | ExprKind::Compare(..) => {
                self.condition(expr);
                vec![self.asm.pop_truth()]
            }
            ExprKind::And(left, right) => self.shortcut(left, right, true),
            ExprKind::Or(left, right) => self.shortcut(left, right, false),
            ExprKind::Arithmetic(operation, left, right, failure) => {
                let (left, right) = (self.value(left), self.value(right));
                self.arithmetic((*operation, expr.ty), &left, &right, failure)
            }
            ExprKind::Cast(operand, failure) => {
                let value = self.value(operand);
                let result = number::cast(&mut self.asm, operand.ty, expr.ty, &value);
                self.fail_if(failure, SystemError::CastOverflow);
                result
            }
            ExprKind::If(condition, then, otherwise) => self.choose(condition, then, otherwise),
            ExprKind::Do(stmts, value) => {
                self.stmts(stmts);
                self.value(value)
            }
        }
    }

    /// `left && right` (`both`) or `left || right`: the right side runs only if it decides.
    fn shortcut(&mut self, left: &Expr, right: &Expr, both: bool) -> Limbs {
        let result = self.fresh(Scalar::Bool);
        let left = self.value(left);
        self.assign(&result, &left);
        self.asm.push(at(&left, 0));
        self.asm.op(I::I32WrapI64);
        if !both {
            self.asm.op(I::I32Eqz);
        }
        let target = result.clone();
        self.when(|this| {
            let right = this.value(right);
            this.assign(&target, &right);
        });
        result.into_iter().map(Limb::Local).collect()
    }

    fn choose(&mut self, condition: &Expr, then: &Expr, otherwise: &Expr) -> Limbs {
        let result = self.fresh(then.ty);
        self.condition(condition);
        self.open(I::If(BlockType::Empty), None);
        let mark = self.asm.mark();
        let value = self.value(then);
        self.assign(&result, &value);
        self.asm.release(mark);
        self.asm.op(I::Else);
        let value = self.value(otherwise);
        self.assign(&result, &value);
        self.asm.release(mark);
        self.close();
        result.into_iter().map(Limb::Local).collect()
    }
}

/// True for an expression that must be evaluated even if nobody wants its value.
fn may_fail(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Arithmetic(..) | ExprKind::Cast(..) | ExprKind::Do(..) => true,
        ExprKind::Load(place) => place.keys.iter().any(may_fail),
        ExprKind::Not(operand) => may_fail(operand),
        ExprKind::Compare(_, left, right) | ExprKind::And(left, right) | ExprKind::Or(left, right) => {
            may_fail(left) || may_fail(right)
        }
        ExprKind::If(condition, then, otherwise) => {
            may_fail(condition) || may_fail(then) || may_fail(otherwise)
        }
        _ => false,
    }
}
