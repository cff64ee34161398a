//! 128-bit multiplication and division, as functions of the module: WASM has them for 64 bits only.

use super::asm::{Asm, Limb};
use mc_container::cost::Turns;
use wasm_encoder::{Instruction as I, ValType};

/// `(a.lo, a.hi, b.lo, b.hi) -> (lo, hi, overflow)`
pub(crate) const MULTIPLY_RESULTS: [ValType; 3] = [ValType::I64, ValType::I64, ValType::I64];
/// `(a.lo, a.hi, b.lo, b.hi) -> (quotient lo, hi, remainder lo, hi)`; the divisor must not be zero.
pub(crate) const DIVIDE_RESULTS: [ValType; 4] = [ValType::I64; 4];

const LOW_HALF: Limb = Limb::Const(0xffff_ffff);
const HALF: Limb = Limb::Const(32);
const ZERO: Limb = Limb::Const(0);
const ONE: Limb = Limb::Const(1);

/// The full product of two limbs, low and high, by halves.
fn full_product(asm: &mut Asm, a: Limb, b: Limb) -> (Limb, Limb) {
    let (a0, a1) = (asm.binary(a, LOW_HALF, I::I64And), asm.binary(a, HALF, I::I64ShrU));
    let (b0, b1) = (asm.binary(b, LOW_HALF, I::I64And), asm.binary(b, HALF, I::I64ShrU));
    let p00 = asm.binary(a0, b0, I::I64Mul);
    let p01 = asm.binary(a0, b1, I::I64Mul);
    let p10 = asm.binary(a1, b0, I::I64Mul);
    let p11 = asm.binary(a1, b1, I::I64Mul);
    let carry = asm.binary(p00, HALF, I::I64ShrU);
    let low01 = asm.binary(p01, LOW_HALF, I::I64And);
    let low10 = asm.binary(p10, LOW_HALF, I::I64And);
    let middle = asm.binary(carry, low01, I::I64Add);
    let middle = asm.binary(middle, low10, I::I64Add);
    let low = asm.binary(p00, LOW_HALF, I::I64And);
    let shifted = asm.binary(middle, HALF, I::I64Shl);
    let low = asm.binary(low, shifted, I::I64Or);
    let mut high = p11;
    for part in [p01, p10, middle] {
        let part = asm.binary(part, HALF, I::I64ShrU);
        high = asm.binary(high, part, I::I64Add);
    }
    (low, high)
}

/// Unsigned multiplication with an overflow flag.
pub(crate) fn multiply() -> Asm {
    let mut asm = Asm::new(4);
    let [a_low, a_high, b_low, b_high] = [0, 1, 2, 3].map(Limb::Local);
    let (low, high) = full_product(&mut asm, a_low, b_low);
    // At most one operand may have a high limb; its product with the other's low limb lands in the high limb.
    let (first_low, first_high) = full_product(&mut asm, a_high, b_low);
    let (second_low, second_high) = full_product(&mut asm, b_high, a_low);
    let x_low = asm.binary(first_low, second_low, I::I64Or);
    let x_high = asm.binary(first_high, second_high, I::I64Or);
    let sum = asm.binary(high, x_low, I::I64Add);
    asm.push(low);
    asm.push(sum);
    asm.test(sum, high, I::I64LtU);
    asm.test(x_high, ZERO, I::I64Ne);
    asm.op(I::I32Or);
    asm.test(a_high, ZERO, I::I64Ne);
    asm.test(b_high, ZERO, I::I64Ne);
    asm.ops([I::I32And, I::I32Or, I::I64ExtendI32U]);
    asm
}

/// Unsigned division: one limb at once where both fit one, else bit by bit.
pub(crate) fn divide() -> Asm {
    let mut asm = Asm::new(4);
    let [a_low, a_high, b_low, b_high] = [0, 1, 2, 3].map(Limb::Local);
    let either = asm.binary(a_high, b_high, I::I64Or);
    asm.test(either, ZERO, I::I64Eq);
    asm.begin_if();
    asm.test(a_low, b_low, I::I64DivU);
    asm.push(ZERO);
    asm.test(a_low, b_low, I::I64RemU);
    asm.push(ZERO);
    asm.op(I::Return);
    asm.end();
    let [quotient_low, quotient_high, rest_low, rest_high, turn] = [(); 5].map(|()| asm.limb());
    for local in [quotient_low, quotient_high, rest_low, rest_high, turn] {
        asm.push(ZERO);
        asm.pop_to(local);
    }
    asm.begin_loop(Turns::AtMost(128));
    // The next bit of the dividend goes from its top to the bottom of the rest.
    let carry = asm.binary(Limb::Local(rest_high), Limb::Const(63), I::I64ShrU);
    let bit = asm.binary(a_high, Limb::Const(63), I::I64ShrU);
    shift_in(&mut asm, (rest_low, rest_high), bit);
    shift_in(&mut asm, (0, 1), ZERO);
    shift_in(&mut asm, (quotient_low, quotient_high), ZERO);
    let (rest_low, rest_high) = (Limb::Local(rest_low), Limb::Local(rest_high));
    asm.push(carry);
    asm.op(I::I32WrapI64);
    asm.test(rest_high, b_high, I::I64GtU);
    asm.op(I::I32Or);
    asm.test(rest_high, b_high, I::I64Eq);
    asm.test(rest_low, b_low, I::I64GeU);
    asm.ops([I::I32And, I::I32Or]);
    asm.begin_if();
    asm.test(rest_low, b_low, I::I64LtU);
    let borrow = asm.pop_truth();
    let high = asm.binary(rest_high, b_high, I::I64Sub);
    let high = asm.binary(high, borrow, I::I64Sub);
    let low = asm.binary(rest_low, b_low, I::I64Sub);
    for (value, target) in [(low, rest_low), (high, rest_high)] {
        asm.push(value);
        if let Limb::Local(local) = target {
            asm.pop_to(local);
        }
    }
    asm.test(Limb::Local(quotient_low), ONE, I::I64Or);
    asm.pop_to(quotient_low);
    asm.end();
    asm.test(Limb::Local(turn), ONE, I::I64Add);
    asm.pop_to(turn);
    asm.test(Limb::Local(turn), Limb::Const(128), I::I64LtU);
    asm.op(I::BrIf(0));
    asm.end();
    for limb in [Limb::Local(quotient_low), Limb::Local(quotient_high), rest_low, rest_high] {
        asm.push(limb);
    }
    asm
}

/// Shifts two limbs left by one bit and fills in `bit`.
fn shift_in(asm: &mut Asm, (low, high): (u32, u32), bit: Limb) {
    let top = asm.binary(Limb::Local(low), Limb::Const(63), I::I64ShrU);
    let shifted = asm.binary(Limb::Local(high), ONE, I::I64Shl);
    asm.test(shifted, top, I::I64Or);
    asm.pop_to(high);
    let shifted = asm.binary(Limb::Local(low), ONE, I::I64Shl);
    asm.test(shifted, bit, I::I64Or);
    asm.pop_to(low);
}
