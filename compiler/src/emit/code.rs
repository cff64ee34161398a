//! The code of one entry: a function `() -> i32` that works on its frame.

use super::asm::{Asm, Limb};
use super::map::{Point, PointKind};
use super::number::{self, Limbs, WideFunctions, at};
use crate::access::Analysis;
use crate::ir::walk::{self, Node};
use crate::ir::{
    Action, Bind, Body, Expr, ExprKind, Fail, Failure, Home, Label, LoopId, OriginId, Repeat, Step, Stmt, Try,
};
use crate::tree::{LocalId, Unit};
use mc_container::compute::Computation;
use mc_container::cost::Turns;
use mc_container::error::{FIRST_USER_ERROR, SUCCESS, SystemError};
use mc_container::frame::{self, Layout};
use mc_container::value::{Scalar, Value};
use std::collections::{BTreeMap, BTreeSet};
use wasm_encoder::{BlockType, Instruction as I};

/// Where the functions stand that an entry's code calls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Functions {
    pub(crate) emit: u32,
    pub(crate) resolve: u32,
    pub(crate) step: u32,
    pub(crate) compute: u32,
    /// Only compositions have it.
    pub(crate) savepoint: Option<u32>,
    /// Only observed code has it.
    pub(crate) observe: Option<u32>,
    pub(crate) store: u32,
    pub(crate) wide: WideFunctions,
}

/// What the code of an entry is generated from.
#[derive(Clone, Copy)]
pub(crate) struct Input<'a> {
    pub(crate) unit: &'a Unit,
    pub(crate) body: &'a Body,
    pub(crate) analysis: &'a Analysis,
    /// The number of the entry.
    pub(crate) number: u32,
    pub(crate) layout: &'a Layout,
    /// Offset of the arguments.
    pub(crate) arguments: u32,
    /// What the module asks of the host, by number.
    pub(crate) computations: &'a [Computation],
    pub(crate) functions: Functions,
}

/// The function of an entry; what observed code tells of is added to `points`.
pub(crate) fn function(input: Input<'_>, points: &mut Vec<Point>) -> Asm {
    let mut coder = Coder {
        input,
        asm: Asm::new(0),
        points,
        origin: OriginId::default(),
        locals: Vec::new(),
        changed: walk::changed(&input.body.stmts).locals,
        turns: BTreeMap::new(),
        blocks: Vec::new(),
    };
    let used = used(&input.body.stmts);
    for (local, ty) in (0..).map(LocalId).zip(&input.body.locals) {
        let limbs = if used.contains(&local) { coder.fresh(*ty) } else { Vec::new() };
        coder.locals.push(limbs);
    }
    coder.point(PointKind::Entry);
    coder.load_params();
    coder.stmts(&input.body.stmts);
    coder.asm.op(I::I32Const(i32::from(SUCCESS)));
    coder.asm
}

/// The locals that anything mentions.
fn used(stmts: &[Stmt]) -> BTreeSet<LocalId> {
    let mut used = walk::changed(stmts).locals;
    walk::stmts(stmts, &mut |node| {
        if let Node::Expr(Expr { kind: ExprKind::Local(local), .. }) = node {
            used.insert(*local);
        }
    });
    used
}

pub(super) struct Coder<'a> {
    pub(super) input: Input<'a>,
    pub(super) asm: Asm,
    points: &'a mut Vec<Point>,
    /// What the code that is being written comes from.
    origin: OriginId,
    /// The limbs of each local of the IR; none for those that nothing mentions.
    locals: Vec<Vec<u32>>,
    /// The locals of the IR that some statement sets.
    changed: BTreeSet<LocalId>,
    /// The number of the current turn of each loop around.
    pub(super) turns: BTreeMap<LoopId, u32>,
    /// The structured blocks around, innermost last.
    blocks: Vec<Block>,
}

/// A structured block of the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Block {
    /// One that nothing leaves by name.
    Plain,
    /// What `Exit` leaves.
    Labelled(Label),
    /// The body of a `try`: a failure leaves it, with its code in this word.
    Attempt(u32),
}

impl Coder<'_> {
    pub(super) fn fresh(&mut self, ty: Scalar) -> Vec<u32> {
        (0..ty.limbs()).map(|_| self.asm.limb()).collect()
    }

    fn load_params(&mut self) {
        for input in &self.input.body.inputs {
            let mut offset = self.input.arguments + input.limbs * frame::LIMB;
            for limb in self.local(input.local) {
                let mark = self.asm.mark();
                let value = self.asm.load(None, offset);
                self.asm.push(value);
                self.asm.pop_to(limb);
                self.asm.release(mark);
                offset += frame::LIMB;
            }
        }
    }

    pub(super) fn local(&self, local: LocalId) -> Vec<u32> {
        self.locals.get(local.0 as usize).cloned().unwrap_or_default()
    }

    pub(super) fn assign(&mut self, target: &[u32], value: &[Limb]) {
        // All limbs first: the value may be made of the target's own.
        for limb in value {
            self.asm.push(*limb);
        }
        for limb in target.iter().take(value.len()).rev() {
            self.asm.pop_to(*limb);
        }
    }

    pub(super) fn stmts(&mut self, stmts: &[Stmt]) {
        let outer = self.origin;
        let mut nested = false;
        for stmt in stmts {
            let mark = self.asm.mark();
            if stmt.origin != self.origin {
                self.begin(stmt.origin, PointKind::Statement);
            } else if nested {
                self.point(PointKind::Resumed);
            }
            self.stmt(stmt);
            nested = stmt.does.is_nested();
            self.asm.release(mark);
        }
        self.origin = outer;
        self.asm.comes_from(outer);
    }

    /// What follows comes from another place of the source.
    fn begin(&mut self, origin: OriginId, kind: PointKind) {
        self.origin = origin;
        self.asm.comes_from(origin);
        self.point(kind);
    }

    /// Observed code tells that it is here.
    fn point(&mut self, kind: PointKind) {
        let Some(observe) = self.input.functions.observe else { return };
        let site = self.input.body.origins.get(self.origin.0 as usize).cloned().unwrap_or_default();
        let number = i32::try_from(self.points.len()).unwrap_or(i32::MAX);
        self.points.push(Point { entry: self.input.number, kind, site });
        self.asm.ops([I::I32Const(number), I::Call(observe)]);
    }

    /// Observed code tells which way it goes within a statement, where that stands in the source.
    pub(super) fn way(&mut self, at: Option<OriginId>, kind: PointKind) {
        let Some(at) = at else { return };
        let outer = std::mem::replace(&mut self.origin, at);
        self.point(kind);
        self.origin = outer;
    }

    /// True for code that tells where it is.
    pub(super) fn observes(&self) -> bool {
        self.input.functions.observe.is_some()
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.does {
            Action::Set(local, value) => {
                let value = self.value(value);
                self.assign(&self.local(*local), &value);
            }
            Action::SetElement(buffer, index, part, value) => {
                let (index, value) = (self.value(index), self.value(value));
                self.write_element(*buffer, at(&index, 0), *part, &value);
            }
            Action::Store(place, value) => {
                let slot = self.place(place);
                let value = self.value(value);
                self.write(slot, &value);
            }
            Action::Update(place, operation, value, failure) => {
                let slot = self.place(place);
                let value = self.value(value);
                let ty = self.variable_type(place);
                let before = self.read(slot, ty);
                let after = self.arithmetic((*operation, ty), &before, &value, failure);
                self.write(slot, &after);
            }
            Action::Guard(condition, fail) => {
                self.condition(condition);
                self.asm.op(I::I32Eqz);
                self.when(|this| {
                    this.point(PointKind::Refused);
                    this.fail(fail);
                });
                self.point(PointKind::Held);
            }
            Action::Fail(fail) => self.fail(fail),
            Action::Emit(event, args) => {
                self.send(args);
                self.asm.ops([I::I32Const(event.0.cast_signed()), I::Call(self.input.functions.emit)]);
            }
            Action::Give(pieces) => {
                self.send(pieces);
                self.keep_savepoints(self.blocks.len());
                self.asm.ops([I::I32Const(i32::from(SUCCESS)), I::Return]);
            }
            Action::Labelled(label, body) => {
                self.open(I::Block(BlockType::Empty), Block::Labelled(*label));
                self.stmts(body);
                self.close();
            }
            Action::Exit(label) => self.exit(*label),
            Action::If(condition, then, otherwise) => {
                self.condition(condition);
                self.open(I::If(BlockType::Empty), Block::Plain);
                self.point(PointKind::Then);
                self.stmts(then);
                self.asm.op(I::Else);
                self.point(PointKind::Otherwise);
                self.stmts(otherwise);
                self.close();
            }
            Action::Repeat(repeat) => self.repeat(repeat),
            Action::Step(step) => self.step(step),
            Action::Try(attempt) => self.attempt(attempt),
        }
    }

    pub(super) fn open(&mut self, instruction: I<'static>, block: Block) {
        self.asm.op(instruction);
        self.blocks.push(block);
    }

    pub(super) fn open_loop(&mut self, turns: Turns) {
        self.asm.begin_loop(turns);
        self.blocks.push(Block::Plain);
    }

    /// How often a loop turns: once for each element of a list parameter, or up to its bound.
    fn turns_of(&self, repeat: &Repeat) -> Turns {
        let from_zero = matches!(&repeat.from.kind, ExprKind::Const(value) if *value == Value::ZERO);
        if let ExprKind::Local(local) = &repeat.to.kind
            && from_zero
            && !self.changed.contains(local)
            && let Some(input) = self.input.body.inputs.iter().find(|input| input.local == *local)
            && self.is_length(input.number)
        {
            return Turns::Length(input.number);
        }
        Turns::AtMost(u64::from(repeat.turns_max))
    }

    /// True for the scalar of the parameters that is the length of a list no longer than a loop may be.
    fn is_length(&self, number: u16) -> bool {
        let first = |home| matches!(home, Home::Argument { first, .. } if first == number + 1);
        self.input.body.buffers.iter().any(|buffer| first(buffer.home))
    }

    pub(super) fn close(&mut self) {
        self.asm.end();
        self.blocks.pop();
    }

    /// Does something if the truth on the stack holds.
    pub(super) fn when(&mut self, body: impl FnOnce(&mut Self)) {
        self.open(I::If(BlockType::Empty), Block::Plain);
        let mark = self.asm.mark();
        body(self);
        self.asm.release(mark);
        self.close();
    }

    fn exit(&mut self, label: Label) {
        let left = self.distance(|block| *block == Block::Labelled(label)).unwrap_or(0);
        self.keep_savepoints(left);
        self.branch(left);
    }

    /// How many blocks are inside of the innermost block of this kind.
    fn distance(&self, of: impl Fn(&Block) -> bool) -> Option<usize> {
        self.blocks.iter().rev().position(of)
    }

    fn branch(&mut self, distance: usize) {
        self.asm.op(I::Br(u32::try_from(distance).unwrap_or(u32::MAX)));
    }

    /// Closes the savepoints of the innermost blocks, which control is about to leave with success.
    fn keep_savepoints(&mut self, blocks: usize) {
        let attempts =
            self.blocks.iter().rev().take(blocks).filter(|block| matches!(block, Block::Attempt(_)));
        for _ in 0..attempts.count() {
            self.savepoint(frame::SAVEPOINT_KEEP);
        }
    }

    fn savepoint(&mut self, action: i32) {
        if let Some(savepoint) = self.input.functions.savepoint {
            self.asm.ops([I::I32Const(action), I::Call(savepoint)]);
        }
    }

    /// Fails with the code on the stack: to the innermost `try` around, or out of the entry.
    fn leave_failed(&mut self) {
        self.point(PointKind::Failed);
        match self.distance(|block| matches!(block, Block::Attempt(_))) {
            Some(distance) => {
                if let Some(Block::Attempt(reason)) = self.blocks.iter().rev().nth(distance) {
                    self.asm.set_word(*reason);
                }
                self.branch(distance);
            }
            None => self.asm.op(I::Return),
        }
    }

    fn fail_with(&mut self, error: SystemError) {
        self.asm.op(I::I32Const(i32::from(error.code())));
        self.leave_failed();
    }

    /// `try { } catch reason { }`
    fn attempt(&mut self, attempt: &Try) {
        let reason = self.asm.word();
        self.open(I::Block(BlockType::Empty), Block::Plain);
        self.open(I::Block(BlockType::Empty), Block::Attempt(reason));
        self.savepoint(frame::SAVEPOINT_OPEN);
        self.stmts(&attempt.body);
        self.savepoint(frame::SAVEPOINT_KEEP);
        self.branch(1);
        self.close();
        self.savepoint(frame::SAVEPOINT_UNDO);
        for target in attempt.reason.map_or_else(Vec::new, |local| self.local(local)) {
            self.asm.get_word(reason);
            self.asm.op(I::I64ExtendI32U);
            self.asm.pop_to(target);
        }
        self.stmts(&attempt.catch);
        self.close();
    }

    fn fail(&mut self, fail: &Fail) {
        match fail {
            Fail::System(error) => self.fail_with(*error),
            Fail::Error(error, before, pieces) => {
                self.stmts(before);
                self.send(pieces);
                let code = i32::from(FIRST_USER_ERROR).saturating_add_unsigned(error.0);
                self.asm.op(I::I32Const(code));
                self.leave_failed();
            }
        }
    }

    /// Fails if the word, a status of the host, is not 0: as asked, or with the status.
    pub(super) fn fail_on(&mut self, status: u32, failure: &Failure) {
        self.asm.get_word(status);
        self.when(|this| match failure {
            Some(fail) => this.fail(fail),
            None => {
                this.asm.get_word(status);
                this.leave_failed();
            }
        });
    }

    /// Fails if the truth on the stack holds.
    pub(super) fn fail_if(&mut self, failure: &Failure, error: SystemError) {
        self.when(|this| match failure {
            Some(fail) => this.fail(fail),
            None => this.fail_with(error),
        });
    }

    fn repeat(&mut self, repeat: &Repeat) {
        let ty = repeat.from.ty;
        let (from, to) = (self.value(&repeat.from), self.value(&repeat.to));
        // The turns may set what the bound was read from.
        let bound = self.fresh(ty);
        self.assign(&bound, &to);
        let to: Limbs = bound.into_iter().map(Limb::Local).collect();
        let current = self.fresh(ty);
        self.assign(&current, &from);
        let current: Limbs = current.into_iter().map(Limb::Local).collect();
        number::compare(&mut self.asm, crate::tree::Comparison::Less, ty, &current, &to);
        self.open(I::If(BlockType::Empty), Block::Plain);
        if !repeat.certain {
            self.check_turns(repeat.turns_max, &current, &to);
        }
        let turn = self.asm.word();
        self.turns.insert(repeat.id, turn);
        self.asm.op(I::I32Const(0));
        self.asm.set_word(turn);
        self.open_loop(self.turns_of(repeat));
        self.assign(&self.local(repeat.index), &current);
        self.stmts(&repeat.body);
        self.point(PointKind::Resumed);
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
        self.send(&step.args);
        self.asm.ops([I::I32Const(i32::from(step.number)), I::Call(self.input.functions.step)]);
        if self.distance(|block| matches!(block, Block::Attempt(_))).is_some() {
            // What is caught is the step's own failure.
            let status = self.asm.word();
            self.asm.set_word(status);
            self.fail_on(status, &step.otherwise);
        } else {
            self.fail_if(&step.otherwise, SystemError::StepFailed);
        }
        let mut offset = frame::EXCHANGE;
        for bind in &step.bind {
            let (Bind::Scalar(local) | Bind::List(local, _)) = bind;
            let ty = self.input.body.locals.get(local.0 as usize).copied().unwrap_or(Scalar::U64);
            let mark = self.asm.mark();
            let value = self.read_limbs(None, offset, ty);
            let target = self.local(*local);
            if !target.is_empty() {
                self.assign(&target, &value);
            }
            offset += limb_bytes(value.len());
            if let Bind::List(_, buffer) = bind {
                let (to, bytes) = self.buffer_place(*buffer);
                self.copy(to, offset, at(&value, 0), self.stride(*buffer), bytes);
                offset += bytes;
            }
            self.asm.release(mark);
        }
    }
}

/// The bytes of some limbs.
pub(super) fn limb_bytes(limbs: usize) -> u32 {
    u32::try_from(limbs).unwrap_or(u32::MAX).saturating_mul(frame::LIMB)
}
