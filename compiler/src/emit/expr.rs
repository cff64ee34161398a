//! The code of an entry: expressions.

use super::asm::Limb;
use super::code::{Block, Coder};
use super::map::PointKind;
use super::number::{self, Limbs, at};
use crate::ir::{Expr, ExprKind, Failure, Known, OriginId, is_number};
use crate::tree::Comparison;
use mc_container::arithmetic::Operation;
use mc_container::compute::Computation;
use mc_container::error::SystemError;
use mc_container::frame;
use mc_container::ty::TEXT_LENGTH_BYTES;
use mc_container::value::Scalar;
use wasm_encoder::{BlockType, Instruction as I};

/// The bits of a text's first word that hold its length.
const TEXT_LENGTH: u64 = (1 << (8 * TEXT_LENGTH_BYTES)) - 1;

impl Coder<'_> {
    /// What the host computes from the operands in the exchange area.
    fn host(&mut self, computation: &Computation, failure: &Failure) -> Limbs {
        let number = self.input.computations.iter().position(|known| known == computation).unwrap_or(0);
        let number = i32::try_from(number).unwrap_or(i32::MAX);
        let status = self.asm.word();
        self.asm.ops([I::I32Const(number), I::Call(self.input.functions.compute)]);
        self.asm.set_word(status);
        self.fail_on(status, failure);
        self.read_limbs(None, frame::EXCHANGE, computation.result())
    }

    pub(super) fn arithmetic(
        &mut self,
        (operation, ty): (Operation, Scalar),
        left: &[Limb],
        right: &[Limb],
        failure: &Failure,
    ) -> Limbs {
        if ty == Scalar::U256 {
            self.exchange(&[left.to_vec(), right.to_vec()]);
            return self.host(&Computation::Arithmetic(operation, ty), failure);
        }
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
    pub(super) fn condition(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Compare(comparison, left, right) => {
                let (ty, left, right) = (left.ty, self.value(left), self.value(right));
                if ty == Scalar::U256 {
                    self.compare_wide(*comparison, left, right);
                } else {
                    number::compare(&mut self.asm, *comparison, ty, &left, &right);
                }
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

    /// Pushes the truth of a comparison of 256-bit numbers.
    fn compare_wide(&mut self, comparison: Comparison, left: Limbs, right: Limbs) {
        use Comparison::{Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual};
        if matches!(comparison, Equal | NotEqual) {
            number::compare(&mut self.asm, comparison, Scalar::U256, &left, &right);
            return;
        }
        let turned = matches!(comparison, Greater | LessEqual);
        self.exchange(&if turned { [right, left] } else { [left, right] });
        let less = self.host(&Computation::Less(Scalar::U256), &None);
        self.asm.push(at(&less, 0));
        self.asm.op(I::I32WrapI64);
        if !matches!(comparison, Less | Greater) {
            debug_assert!(matches!(comparison, LessEqual | GreaterEqual), "the rest");
            self.asm.op(I::I32Eqz);
        }
    }

    fn cast(&mut self, operand: &Expr, to: Scalar, failure: &Failure) -> Limbs {
        let (from, value) = (operand.ty, self.value(operand));
        if !is_number(from) || !is_number(to) {
            // The same bits under another name.
            return (0..to.limbs()).map(|limb| at(&value, limb)).collect();
        }
        if from == Scalar::U256 || to == Scalar::U256 {
            self.exchange(&[value]);
            return self.host(&Computation::Cast(from, to), failure);
        }
        let result = number::cast(&mut self.asm, from, to, &value);
        self.fail_if(failure, SystemError::CastOverflow);
        result
    }

    fn known(&mut self, known: Known, ty: Scalar) -> Limbs {
        let offset = match known {
            Known::Caller => frame::CALLER,
            Known::Now => frame::NOW,
            Known::SelfAddress => frame::SELF_ADDRESS,
            Known::IsStep => frame::VIA,
            Known::Via => frame::VIA + frame::LIMB,
            Known::Height => frame::HEIGHT,
            Known::TxId => frame::TX_ID,
        };
        self.read_limbs(None, offset, ty)
    }

    pub(super) fn value(&mut self, expr: &Expr) -> Limbs {
        match &expr.kind {
            ExprKind::Const(value) => value.0.into_iter().take(expr.ty.limbs()).map(Limb::Const).collect(),
            ExprKind::Local(local) => self.local(*local).into_iter().map(Limb::Local).collect(),
            ExprKind::Known(known) => self.known(*known, expr.ty),
            ExprKind::Element(buffer, index, part) => {
                let index = self.value(index);
                self.read_element(*buffer, at(&index, 0), *part, expr.ty)
            }
            ExprKind::TextLength(word) => {
                let word = self.value(word);
                vec![self.asm.binary(at(&word, 0), Limb::Const(TEXT_LENGTH), I::I64And)]
            }
            ExprKind::Compute(computation, pieces, failure) => {
                self.send(pieces);
                self.host(computation, failure)
            }
            ExprKind::Load(place) => {
                let slot = self.place(place);
                self.read(slot, expr.ty)
            }
            ExprKind::Not(_) | ExprKind::Compare(..) => {
                self.condition(expr);
                vec![self.asm.pop_truth()]
            }
            ExprKind::And(left, right, at) => self.shortcut(left, right, (true, *at)),
            ExprKind::Or(left, right, at) => self.shortcut(left, right, (false, *at)),
            ExprKind::Arithmetic(operation, left, right, failure) => {
                let (left, right) = (self.value(left), self.value(right));
                self.arithmetic((*operation, expr.ty), &left, &right, failure)
            }
            ExprKind::Cast(operand, failure) => self.cast(operand, expr.ty, failure),
            ExprKind::If(condition, then, otherwise, at) => self.choose(condition, (then, otherwise), *at),
            ExprKind::Do(stmts, value) => {
                self.stmts(stmts);
                self.value(value)
            }
        }
    }

    /// `left && right` (`both`) or `left || right`: the right side runs only if it decides.
    fn shortcut(&mut self, left: &Expr, right: &Expr, (both, at_source): (bool, Option<OriginId>)) -> Limbs {
        let result = self.fresh(Scalar::Bool);
        let left = self.value(left);
        self.assign(&result, &left);
        self.asm.push(at(&left, 0));
        self.asm.op(I::I32WrapI64);
        if !both {
            self.asm.op(I::I32Eqz);
        }
        let (asked, passed) =
            if both { (PointKind::Yes, PointKind::No) } else { (PointKind::No, PointKind::Yes) };
        self.open(I::If(BlockType::Empty), Block::Plain);
        let mark = self.asm.mark();
        self.way(at_source, asked);
        let right = self.value(right);
        self.assign(&result, &right);
        self.asm.release(mark);
        if self.observes() && at_source.is_some() {
            self.asm.op(I::Else);
            self.way(at_source, passed);
        }
        self.close();
        result.into_iter().map(Limb::Local).collect()
    }

    fn choose(&mut self, condition: &Expr, (then, otherwise): (&Expr, &Expr), at: Option<OriginId>) -> Limbs {
        let result = self.fresh(then.ty);
        self.condition(condition);
        self.open(I::If(BlockType::Empty), Block::Plain);
        let mark = self.asm.mark();
        self.way(at, PointKind::Yes);
        let value = self.value(then);
        self.assign(&result, &value);
        self.asm.release(mark);
        self.asm.op(I::Else);
        self.way(at, PointKind::No);
        let value = self.value(otherwise);
        self.assign(&result, &value);
        self.asm.release(mark);
        self.close();
        result.into_iter().map(Limb::Local).collect()
    }
}

/// True for an expression that must be evaluated even if nobody wants its value.
pub(super) fn may_fail(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Arithmetic(..) | ExprKind::Cast(..) | ExprKind::Compute(..) | ExprKind::Do(..) => true,
        ExprKind::Load(place) => place.keys.iter().any(may_fail),
        ExprKind::Not(operand) | ExprKind::TextLength(operand) | ExprKind::Element(_, operand, _) => {
            may_fail(operand)
        }
        ExprKind::Compare(_, left, right) | ExprKind::And(left, right, _) | ExprKind::Or(left, right, _) => {
            may_fail(left) || may_fail(right)
        }
        ExprKind::If(condition, then, otherwise, _) => {
            may_fail(condition) || may_fail(then) || may_fail(otherwise)
        }
        _ => false,
    }
}
