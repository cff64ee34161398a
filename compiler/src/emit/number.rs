//! Checked arithmetic, conversions and comparisons on limbs: what `mc_container::arithmetic` says, as code.
//!
//! Each function appends code that computes the value and leaves on the stack the truth of "this fails", so
//! that the caller decides what failing means.

use super::asm::{Asm, Limb};
use crate::tree::Comparison;
use mc_container::arithmetic::Operation;
use mc_container::value::Scalar;
use wasm_encoder::Instruction as I;

const ZERO: Limb = Limb::Const(0);
const SIGN: Limb = Limb::Const(63);
const MIN_HIGH: Limb = Limb::Const(1 << 63);

/// Where the module's functions for 128-bit numbers stand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WideFunctions {
    pub(crate) multiply: u32,
    pub(crate) divide: u32,
}

/// A value: one to four limbs, least significant first.
pub(crate) type Limbs = Vec<Limb>;

/// The limb at `at`; beyond the end, zero.
pub(crate) fn at(limbs: &[Limb], at: usize) -> Limb {
    limbs.get(at).copied().unwrap_or(ZERO)
}

/// The greatest value of an unsigned type of at most 64 bits.
fn greatest(ty: Scalar) -> u64 {
    if ty.width() >= 8 { u64::MAX } else { (1 << (8 * ty.width())) - 1 }
}

/// `left operation right`; for `/` and `%` the divisor has been found not to be zero.
pub(crate) fn arithmetic(
    asm: &mut Asm,
    operation: Operation,
    ty: Scalar,
    (left, right): (&[Limb], &[Limb]),
    wide: WideFunctions,
) -> Limbs {
    let (a, b) = (at(left, 0), at(right, 0));
    match (ty.limbs(), ty.is_signed()) {
        (1, false) => vec![narrow_unsigned(asm, operation, ty, a, b)],
        (1, true) => vec![narrow_signed(asm, operation, a, b)],
        (_, signed) => match operation {
            Operation::Add => wide_add(asm, signed, left, right),
            Operation::Subtract => wide_subtract(asm, signed, left, right),
            Operation::Multiply => wide_multiply(asm, signed, left, right, wide),
            Operation::Divide | Operation::Remainder => {
                wide_divide(asm, signed, operation, (left, right), wide)
            }
        },
    }
}

fn narrow_unsigned(asm: &mut Asm, operation: Operation, ty: Scalar, a: Limb, b: Limb) -> Limb {
    let result = match operation {
        Operation::Add => asm.binary(a, b, I::I64Add),
        Operation::Subtract => asm.binary(a, b, I::I64Sub),
        Operation::Multiply => asm.binary(a, b, I::I64Mul),
        Operation::Divide => asm.binary(a, b, I::I64DivU),
        Operation::Remainder => asm.binary(a, b, I::I64RemU),
    };
    match operation {
        Operation::Divide | Operation::Remainder => asm.op(I::I32Const(0)),
        Operation::Subtract => asm.test(a, b, I::I64LtU),
        _ if ty.width() < 8 => asm.test(result, Limb::Const(greatest(ty)), I::I64GtU),
        Operation::Add => asm.test(result, a, I::I64LtU),
        Operation::Multiply => {
            // a * b / b == a, unless b is 0.
            asm.test(b, ZERO, I::I64Ne);
            asm.push(result);
            asm.push(b);
            asm.test(b, ZERO, I::I64Eq);
            asm.ops([I::I64ExtendI32U, I::I64Or, I::I64DivU]);
            asm.push(a);
            asm.ops([I::I64Ne, I::I32And]);
        }
    }
    result
}

fn narrow_signed(asm: &mut Asm, operation: Operation, a: Limb, b: Limb) -> Limb {
    match operation {
        Operation::Add | Operation::Subtract => {
            let adds = operation == Operation::Add;
            let result = asm.binary(a, b, if adds { I::I64Add } else { I::I64Sub });
            // Overflow shows in the sign: of both operands for a sum, of the left one for a difference.
            let left = asm.binary(a, if adds { result } else { b }, I::I64Xor);
            let right = asm.binary(if adds { b } else { a }, result, I::I64Xor);
            let both = asm.binary(left, right, I::I64And);
            asm.test(both, ZERO, I::I64LtS);
            result
        }
        Operation::Multiply => {
            let result = asm.binary(a, b, I::I64Mul);
            // Dividing back tells, but for the divisors 0 and -1, which stand in as 1.
            let minus_one = Limb::Const(u64::MAX);
            asm.test(b, minus_one, I::I64Eq);
            asm.test(b, ZERO, I::I64Eq);
            asm.op(I::I32Or);
            let special = asm.pop_truth();
            asm.push(Limb::Const(1));
            asm.push(b);
            asm.push(special);
            asm.ops([I::I32WrapI64, I::Select]);
            let divisor = asm.pop();
            let back = asm.binary(result, divisor, I::I64DivS);
            asm.test(back, a, I::I64Ne);
            asm.test(special, ZERO, I::I64Eq);
            asm.op(I::I32And);
            asm.test(b, minus_one, I::I64Eq);
            asm.test(a, MIN_HIGH, I::I64Eq);
            asm.ops([I::I32And, I::I32Or]);
            result
        }
        Operation::Divide | Operation::Remainder => {
            asm.test(a, MIN_HIGH, I::I64Eq);
            asm.test(b, Limb::Const(u64::MAX), I::I64Eq);
            asm.op(I::I32And);
            let overflows = asm.pop_truth();
            // The engine traps on MIN / -1, so that pair divides by 1 instead.
            asm.push(Limb::Const(1));
            asm.push(b);
            asm.push(overflows);
            asm.ops([I::I32WrapI64, I::Select]);
            let divisor = asm.pop();
            let divides = operation == Operation::Divide;
            let result = asm.binary(a, divisor, if divides { I::I64DivS } else { I::I64RemS });
            asm.push(overflows);
            asm.op(I::I32WrapI64);
            result
        }
    }
}

fn wide_add(asm: &mut Asm, signed: bool, left: &[Limb], right: &[Limb]) -> Limbs {
    let (a_low, a_high, b_low, b_high) = (at(left, 0), at(left, 1), at(right, 0), at(right, 1));
    let low = asm.binary(a_low, b_low, I::I64Add);
    asm.test(low, a_low, I::I64LtU);
    let carry = asm.pop_truth();
    let sum = asm.binary(a_high, b_high, I::I64Add);
    let high = asm.binary(sum, carry, I::I64Add);
    if signed {
        let left = asm.binary(a_high, high, I::I64Xor);
        let right = asm.binary(b_high, high, I::I64Xor);
        let both = asm.binary(left, right, I::I64And);
        asm.test(both, ZERO, I::I64LtS);
    } else {
        asm.test(sum, a_high, I::I64LtU);
        asm.test(high, sum, I::I64LtU);
        asm.op(I::I32Or);
    }
    vec![low, high]
}

fn wide_subtract(asm: &mut Asm, signed: bool, left: &[Limb], right: &[Limb]) -> Limbs {
    let (a_low, a_high, b_low, b_high) = (at(left, 0), at(left, 1), at(right, 0), at(right, 1));
    let low = asm.binary(a_low, b_low, I::I64Sub);
    asm.test(a_low, b_low, I::I64LtU);
    let borrow = asm.pop_truth();
    let difference = asm.binary(a_high, b_high, I::I64Sub);
    let high = asm.binary(difference, borrow, I::I64Sub);
    if signed {
        let signs = asm.binary(a_high, b_high, I::I64Xor);
        let turned = asm.binary(a_high, high, I::I64Xor);
        let both = asm.binary(signs, turned, I::I64And);
        asm.test(both, ZERO, I::I64LtS);
    } else {
        less(asm, Scalar::U128, left, right);
    }
    vec![low, high]
}

fn wide_multiply(asm: &mut Asm, signed: bool, left: &[Limb], right: &[Limb], wide: WideFunctions) -> Limbs {
    if !signed {
        let (low, high, overflow) = call_multiply(asm, left, right, wide);
        asm.push(overflow);
        asm.op(I::I32WrapI64);
        return vec![low, high];
    }
    let negative = asm.binary(at(left, 1), at(right, 1), I::I64Xor);
    let negative = asm.binary(negative, SIGN, I::I64ShrU);
    let (left, right) = (absolute(asm, left), absolute(asm, right));
    let (low, high, overflow) = call_multiply(asm, &left, &right, wide);
    let result = negate_if(asm, negative, &[low, high]);
    // The magnitude may be 2^127 only for a negative result.
    asm.push(overflow);
    asm.op(I::I32WrapI64);
    asm.test(high, MIN_HIGH, I::I64GtU);
    asm.op(I::I32Or);
    asm.test(high, MIN_HIGH, I::I64Eq);
    asm.test(low, ZERO, I::I64Ne);
    asm.test(negative, ZERO, I::I64Eq);
    asm.ops([I::I32Or, I::I32And, I::I32Or]);
    result
}

fn call_multiply(asm: &mut Asm, left: &[Limb], right: &[Limb], wide: WideFunctions) -> (Limb, Limb, Limb) {
    for limb in [at(left, 0), at(left, 1), at(right, 0), at(right, 1)] {
        asm.push(limb);
    }
    asm.op(I::Call(wide.multiply));
    let overflow = asm.pop();
    let high = asm.pop();
    (asm.pop(), high, overflow)
}

fn wide_divide(
    asm: &mut Asm,
    signed: bool,
    operation: Operation,
    (left, right): (&[Limb], &[Limb]),
    wide: WideFunctions,
) -> Limbs {
    let divides = operation == Operation::Divide;
    if !signed {
        let result = call_divide(asm, left, right, divides, wide);
        asm.op(I::I32Const(0));
        return result;
    }
    let own_sign = asm.binary(at(left, 1), SIGN, I::I64ShrU);
    let signs = asm.binary(at(left, 1), at(right, 1), I::I64Xor);
    let signs = asm.binary(signs, SIGN, I::I64ShrU);
    let (dividend, divisor) = (absolute(asm, left), absolute(asm, right));
    let magnitude = call_divide(asm, &dividend, &divisor, divides, wide);
    let result = negate_if(asm, if divides { signs } else { own_sign }, &magnitude);
    // MIN / -1 and MIN % -1.
    let minus_one = asm.binary(at(right, 0), at(right, 1), I::I64And);
    asm.test(at(left, 0), ZERO, I::I64Eq);
    asm.test(at(left, 1), MIN_HIGH, I::I64Eq);
    asm.op(I::I32And);
    asm.test(minus_one, Limb::Const(u64::MAX), I::I64Eq);
    asm.op(I::I32And);
    result
}

fn call_divide(asm: &mut Asm, left: &[Limb], right: &[Limb], divides: bool, wide: WideFunctions) -> Limbs {
    for limb in [at(left, 0), at(left, 1), at(right, 0), at(right, 1)] {
        asm.push(limb);
    }
    asm.op(I::Call(wide.divide));
    let rest_high = asm.pop();
    let rest_low = asm.pop();
    let high = asm.pop();
    let low = asm.pop();
    if divides { vec![low, high] } else { vec![rest_low, rest_high] }
}

/// The magnitude of a signed 128-bit number, unsigned.
fn absolute(asm: &mut Asm, value: &[Limb]) -> Limbs {
    let negative = asm.binary(at(value, 1), SIGN, I::I64ShrU);
    negate_if(asm, negative, value)
}

/// The two's complement where `negative` is 1: every bit turned, plus 1.
fn negate_if(asm: &mut Asm, negative: Limb, value: &[Limb]) -> Limbs {
    let turn = asm.binary(ZERO, negative, I::I64Sub);
    let low = asm.binary(at(value, 0), turn, I::I64Xor);
    let high = asm.binary(at(value, 1), turn, I::I64Xor);
    let low = asm.binary(low, negative, I::I64Add);
    asm.test(low, negative, I::I64LtU);
    let carry = asm.pop_truth();
    vec![low, asm.binary(high, carry, I::I64Add)]
}

/// `value as to`.
pub(crate) fn cast(asm: &mut Asm, from: Scalar, to: Scalar, value: &[Limb]) -> Limbs {
    let low = at(value, 0);
    let high = match (from.limbs(), from.is_signed()) {
        (1, true) => asm.binary(low, SIGN, I::I64ShrS),
        _ => at(value, 1),
    };
    match (to.limbs(), to.is_signed()) {
        (1, false) => {
            asm.test(high, ZERO, I::I64Ne);
            asm.test(low, Limb::Const(greatest(to)), I::I64GtU);
            asm.op(I::I32Or);
            vec![low]
        }
        (1, true) => {
            let sign = asm.binary(low, SIGN, I::I64ShrS);
            asm.test(high, sign, I::I64Ne);
            if !from.is_signed() {
                asm.test(high, ZERO, I::I64Ne);
                asm.op(I::I32Or);
                asm.test(low, ZERO, I::I64LtS);
                asm.op(I::I32Or);
            }
            vec![low]
        }
        (_, signed) => {
            if from.is_signed() == signed {
                asm.op(I::I32Const(0));
            } else {
                asm.test(high, ZERO, I::I64LtS);
            }
            vec![low, high]
        }
    }
}

/// Pushes the truth of a comparison.
pub(crate) fn compare(asm: &mut Asm, comparison: Comparison, ty: Scalar, left: &[Limb], right: &[Limb]) {
    match comparison {
        Comparison::Equal => equal(asm, ty, left, right),
        Comparison::NotEqual => negated(asm, |asm| equal(asm, ty, left, right)),
        Comparison::Less => less(asm, ty, left, right),
        Comparison::Greater => less(asm, ty, right, left),
        Comparison::LessEqual => negated(asm, |asm| less(asm, ty, right, left)),
        Comparison::GreaterEqual => negated(asm, |asm| less(asm, ty, left, right)),
    }
}

fn negated(asm: &mut Asm, truth: impl FnOnce(&mut Asm)) {
    truth(asm);
    asm.op(I::I32Eqz);
}

fn equal(asm: &mut Asm, ty: Scalar, left: &[Limb], right: &[Limb]) {
    for limb in 0..ty.limbs() {
        asm.test(at(left, limb), at(right, limb), I::I64Eq);
        if limb > 0 {
            asm.op(I::I32And);
        }
    }
}

fn less(asm: &mut Asm, ty: Scalar, left: &[Limb], right: &[Limb]) {
    let top = if ty.is_signed() { I::I64LtS } else { I::I64LtU };
    if ty.limbs() == 1 {
        asm.test(at(left, 0), at(right, 0), top);
        return;
    }
    asm.test(at(left, 1), at(right, 1), top);
    asm.test(at(left, 1), at(right, 1), I::I64Eq);
    asm.test(at(left, 0), at(right, 0), I::I64LtU);
    asm.ops([I::I32And, I::I32Or]);
}
