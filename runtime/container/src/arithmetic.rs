//! Checked arithmetic on scalars: the one meaning of `+ - * / %`, `as` and the comparisons.
//!
//! The emitted WASM computes the same; access formulas, constants and the tests' interpreter compute here.
//! Every operation is exact on 256-bit numbers and then checked against the range of its type.

use crate::error::SystemError;
use crate::value::{Scalar, Value};
use borsh::{BorshDeserialize, BorshSerialize};
use ethnum::{I256, U256};
use serde::Serialize;

/// A checked operation on two numbers of one type.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize, Serialize,
)]
pub enum Operation {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`, truncating
    Divide,
    /// `%`, with the sign of the left operand
    Remainder,
}

impl Operation {
    /// The operator as written.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
        }
    }
}

/// How two scalars compare.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize, Serialize,
)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
}

impl Comparison {
    /// The comparison of the right side with the left one.
    #[must_use]
    pub fn mirrored(self) -> Self {
        match self {
            Self::Equal | Self::NotEqual => self,
            Self::Less => Self::Greater,
            Self::LessEqual => Self::GreaterEqual,
            Self::Greater => Self::Less,
            Self::GreaterEqual => Self::LessEqual,
        }
    }

    /// The operator as written.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
        }
    }

    /// What it says of two values that compare so.
    #[must_use]
    pub fn holds(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::NotEqual => ordering.is_ne(),
            Self::Less => ordering.is_lt(),
            Self::LessEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterEqual => ordering.is_ge(),
        }
    }
}

/// `left operation right` in type `ty`.
///
/// # Errors
/// [`SystemError::DivisionByZero`], or [`SystemError::Overflow`] where the result does not fit `ty`.
pub fn checked(operation: Operation, ty: Scalar, left: Value, right: Value) -> Result<Value, SystemError> {
    if ty == Scalar::U256 {
        return unsigned(operation, left.unsigned(), right.unsigned());
    }
    let (left, right) = (left.number(ty), right.number(ty));
    let divides = matches!(operation, Operation::Divide | Operation::Remainder);
    if divides && right == I256::ZERO {
        return Err(SystemError::DivisionByZero);
    }
    let exact = match operation {
        Operation::Add => left.checked_add(right),
        Operation::Subtract => left.checked_sub(right),
        Operation::Multiply => left.checked_mul(right),
        Operation::Divide => left.checked_div(right),
        // `MIN % -1` overflows like `MIN / -1` does.
        Operation::Remainder => left
            .checked_div(right)
            .filter(|quotient| Value::from_number(*quotient, ty).is_some())
            .and_then(|_| left.checked_rem(right)),
    };
    exact.and_then(|number| Value::from_number(number, ty)).ok_or(SystemError::Overflow)
}

/// The same in `u256`, whose numbers no signed number of 256 bits holds.
fn unsigned(operation: Operation, left: U256, right: U256) -> Result<Value, SystemError> {
    let exact = match operation {
        Operation::Add => left.checked_add(right),
        Operation::Subtract => left.checked_sub(right),
        Operation::Multiply => left.checked_mul(right),
        Operation::Divide | Operation::Remainder if right == U256::ZERO => {
            return Err(SystemError::DivisionByZero);
        }
        Operation::Divide => left.checked_div(right),
        Operation::Remainder => left.checked_rem(right),
    };
    exact.map(Value::from_unsigned).ok_or(SystemError::Overflow)
}

/// `value as to`, where `value` is a number of type `from`.
///
/// # Errors
/// [`SystemError::CastOverflow`] where the number does not fit `to`.
pub fn cast(value: Value, from: Scalar, to: Scalar) -> Result<Value, SystemError> {
    let result = match (from, to) {
        (Scalar::U256, Scalar::U256) => Some(value),
        // Whatever is greater than a signed number of 256 bits fits no other type.
        _ => Value::from_number(value.number(from), to),
    };
    result.ok_or(SystemError::CastOverflow)
}

/// How two values of type `ty` compare: numbers by size, everything else by its limbs for equality only.
#[must_use]
pub fn compare(ty: Scalar, left: Value, right: Value) -> std::cmp::Ordering {
    match ty {
        Scalar::U256 => left.unsigned().cmp(&right.unsigned()),
        _ if ty.is_number() => left.number(ty).cmp(&right.number(ty)),
        _ => left.cmp(&right),
    }
}
