//! Integer operations beyond `+ - * / %`: exact in between, modulo, on bits.
//!
//! Each is computed on 256 or 512 bits and then cut or checked to its type; none can fail but as it says.

use crate::arithmetic::{self, Operation};
use crate::error::SystemError;
use crate::value::{Scalar, Value};
use borsh::{BorshDeserialize, BorshSerialize};
use ethnum::{I256, U256};
use serde::Serialize;

/// An operation on bits.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize, Serialize,
)]
pub enum BitOperation {
    /// `&`
    And,
    /// `|`
    Or,
    /// `^`
    Xor,
}

/// Where bits move to.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize, Serialize,
)]
pub enum ShiftDirection {
    /// To the greater places.
    Left,
    /// To the lesser places.
    Right,
}

/// `a * b / c` in type `ty`, exact in between, truncating.
///
/// # Errors
/// [`SystemError::DivisionByZero`], or [`SystemError::Overflow`] where the result does not fit `ty`.
pub fn mul_div(ty: Scalar, a: Value, b: Value, c: Value) -> Result<Value, SystemError> {
    let (a_minus, a) = magnitude(ty, a);
    let (b_minus, b) = magnitude(ty, b);
    let (c_minus, c) = magnitude(ty, c);
    if c == U256::ZERO {
        return Err(SystemError::DivisionByZero);
    }
    let (high, low) = product(a, b);
    let quotient = quotient(high, low, c).ok_or(SystemError::Overflow)?;
    if ty == Scalar::U256 {
        return Ok(Value::from_unsigned(quotient));
    }
    let quotient = I256::try_from(quotient).map_err(|_| SystemError::Overflow)?;
    let signed = if a_minus ^ b_minus ^ c_minus { -quotient } else { quotient };
    Value::from_number(signed, ty).ok_or(SystemError::Overflow)
}

/// The square root of a number of type `ty`, rounded down.
///
/// # Errors
/// [`SystemError::Overflow`] for a negative number, which has none.
pub fn square_root(ty: Scalar, value: Value) -> Result<Value, SystemError> {
    let (minus, number) = magnitude(ty, value);
    if minus {
        return Err(SystemError::Overflow);
    }
    if number == U256::ZERO {
        return Ok(Value::ZERO);
    }
    let bits = U256::BITS - number.leading_zeros();
    // Newton's method from above: falls until it has reached the root.
    let mut root = U256::ONE << bits.div_ceil(2);
    loop {
        let next = (root + number / root) >> 1_u32;
        if next >= root {
            return Ok(Value::from_unsigned(root));
        }
        root = next;
    }
}

/// `a + b`, `a - b` or `a * b` modulo 2 to the bits of type `ty`; `/` and `%` are the checked ones.
///
/// # Errors
/// Those of `/` and `%`.
pub fn wrapping(operation: Operation, ty: Scalar, a: Value, b: Value) -> Result<Value, SystemError> {
    let (left, right) = (a.unsigned(), b.unsigned());
    let result = match operation {
        Operation::Add => left.wrapping_add(right),
        Operation::Subtract => left.wrapping_sub(right),
        Operation::Multiply => left.wrapping_mul(right),
        Operation::Divide | Operation::Remainder => return arithmetic::checked(operation, ty, a, b),
    };
    Ok(cut(result, ty))
}

/// `a & b`, `a | b` or `a ^ b`.
#[must_use]
pub fn bits(operation: BitOperation, a: Value, b: Value) -> Value {
    let (a, b) = (a.unsigned(), b.unsigned());
    Value::from_unsigned(match operation {
        BitOperation::And => a & b,
        BitOperation::Or => a | b,
        BitOperation::Xor => a ^ b,
    })
}

/// The bits of a number of type `ty` moved by `count` places.
#[must_use]
pub fn shift(direction: ShiftDirection, ty: Scalar, value: Value, count: u64) -> Value {
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    match direction {
        ShiftDirection::Left => cut(value.unsigned().checked_shl(count).unwrap_or(U256::ZERO), ty),
        ShiftDirection::Right if ty.is_signed() => {
            let shifted = value.number(ty) >> count.min(U256::BITS - 1);
            cut(shifted.as_u256(), ty)
        }
        ShiftDirection::Right => {
            Value::from_unsigned(value.unsigned().checked_shr(count).unwrap_or(U256::ZERO))
        }
    }
}

/// Whether a number is below zero, and how large it is without its sign.
fn magnitude(ty: Scalar, value: Value) -> (bool, U256) {
    if !ty.is_signed() {
        return (false, value.unsigned());
    }
    let number = value.number(ty);
    (number < I256::ZERO, number.unsigned_abs())
}

/// The low bits of a number, as many as type `ty` has.
fn cut(number: U256, ty: Scalar) -> Value {
    let unused = U256::BITS - 8 * ty.width() as u32;
    Value::from_unsigned(number & (U256::MAX >> unused))
}

/// All 512 bits of `a * b`: the high and the low half.
fn product(a: U256, b: U256) -> (U256, U256) {
    let half = |number: U256| (number >> 128_u32, number & U256::from(u128::MAX));
    let ((a_high, a_low), (b_high, b_low)) = (half(a), half(b));
    // Each is below 2^256; the sum of the middle ones is `middle`, plus 2^256 if it has carried.
    let (middle, carried) = (a_high * b_low).overflowing_add(a_low * b_high);
    let (low, carried_low) = (a_low * b_low).overflowing_add(middle << 128_u32);
    let carries = (U256::from(carried) << 128_u32) + U256::from(carried_low);
    (a_high * b_high + (middle >> 128_u32) + carries, low)
}

/// A number of 512 bits divided by one that is not zero; `None` where the quotient has more than 256 bits.
fn quotient(high: U256, low: U256, divisor: U256) -> Option<U256> {
    if high >= divisor {
        return None;
    }
    if high == U256::ZERO {
        return low.checked_div(divisor);
    }
    // Bit by bit: `rest` stays below the divisor, so one bit more than 256 is all that a step can need.
    let (mut rest, mut quotient) = (high, U256::ZERO);
    for place in (0..U256::BITS).rev() {
        let carried = rest >> (U256::BITS - 1) == U256::ONE;
        rest = (rest << 1_u32) | ((low >> place) & U256::ONE);
        quotient <<= 1_u32;
        if carried || rest >= divisor {
            rest = rest.wrapping_sub(divisor);
            quotient |= U256::ONE;
        }
    }
    Some(quotient)
}
