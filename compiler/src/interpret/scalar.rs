//! Conversions and comparisons of single scalars.

use crate::tree::Comparison;
use mc_container::arithmetic;
use mc_container::error::SystemError;
use mc_container::value::{Scalar, Value};

/// `value as to`; between scalars that are no numbers only the name changes.
pub(super) fn cast(value: Value, from: Scalar, to: Scalar) -> Result<Value, SystemError> {
    if from == to || !to.is_number() { Ok(value) } else { arithmetic::cast(value, from, to) }
}

/// True if two values of type `ty` compare so.
pub(super) fn compares(comparison: Comparison, ty: Scalar, left: Value, right: Value) -> bool {
    comparison.holds(arithmetic::compare(ty, left, right))
}
