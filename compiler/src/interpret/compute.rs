//! Arithmetic, conversions and comparisons of single scalars, in every type.

use crate::tree::Comparison;
use mc_container::arithmetic::{self, Operation};
use mc_container::compute::Computation;
use mc_container::error::SystemError;
use mc_container::value::{Scalar, Value};
use std::cmp::Ordering;

/// `left operation right` in type `ty`.
pub(super) fn arithmetic(
    operation: Operation,
    ty: Scalar,
    left: Value,
    right: Value,
) -> Result<Value, SystemError> {
    match ty {
        Scalar::U256 => computed(&Computation::Arithmetic(operation, ty), &[left, right]),
        _ => arithmetic::checked(operation, ty, left, right),
    }
}

/// `value as to`.
pub(super) fn cast(value: Value, from: Scalar, to: Scalar) -> Result<Value, SystemError> {
    let is_wide = from == Scalar::U256 || to == Scalar::U256;
    match from == to || !to.is_number() && to != Scalar::U256 {
        // Between scalars that are no numbers only the name changes.
        true => Ok(value),
        false if is_wide => computed(&Computation::Cast(from, to), &[value]),
        false => arithmetic::cast(value, from, to),
    }
}

/// True if two values of type `ty` compare so.
pub(super) fn compares(comparison: Comparison, ty: Scalar, left: Value, right: Value) -> bool {
    comparison.holds(match ty {
        Scalar::U256 => compare_limbs(left, right),
        _ => arithmetic::compare(ty, left, right),
    })
}

fn compare_limbs(left: Value, right: Value) -> Ordering {
    left.0.iter().rev().cmp(right.0.iter().rev())
}

/// A computation by the host.
pub(super) fn computed(computation: &Computation, operands: &[Value]) -> Result<Value, SystemError> {
    let _ = (computation, operands);
    Err(SystemError::Malformed)
}
