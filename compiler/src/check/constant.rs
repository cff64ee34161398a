//! Constant expressions: the value of a typed expression that reads nothing.

use crate::tree::{Expr, ExprKind};
use mc_container::arithmetic;
use mc_container::error::SystemError;
use mc_container::value::{Scalar, Value};

/// Why an expression has no value at compile time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotConstant {
    /// It reads something only execution knows.
    Reads,
    /// It would abort.
    Aborts(SystemError),
}

/// The value of `expr`.
///
/// # Errors
/// [`NotConstant`] where it has none.
pub(crate) fn fold(expr: &Expr) -> Result<Value, NotConstant> {
    let truth = |truth: bool| Value::from_u64(u64::from(truth));
    match &expr.kind {
        ExprKind::Const(value) => Ok(*value),
        ExprKind::Not(operand) => Ok(truth(!fold(operand)?.is_true())),
        ExprKind::Arithmetic(operation, left, right, _) => {
            let (left_value, right_value) = (fold(left)?, fold(right)?);
            arithmetic::checked(*operation, expr.ty, left_value, right_value).map_err(NotConstant::Aborts)
        }
        ExprKind::Cast(operand, _) => {
            arithmetic::cast(fold(operand)?, operand.ty, expr.ty).map_err(NotConstant::Aborts)
        }
        ExprKind::Compare(comparison, left, right) => {
            let ordering = arithmetic::compare(left.ty, fold(left)?, fold(right)?);
            Ok(truth(comparison.holds(ordering)))
        }
        ExprKind::And(left, right) => Ok(truth(fold(left)?.is_true() && fold(right)?.is_true())),
        ExprKind::Or(left, right) => Ok(truth(fold(left)?.is_true() || fold(right)?.is_true())),
        ExprKind::If(condition, then, otherwise) => {
            fold(if fold(condition)?.is_true() { then } else { otherwise })
        }
        _ => Err(NotConstant::Reads),
    }
}

/// A decimal literal as a value of type `ty`; `None` where it does not fit.
pub(crate) fn decimal(digits: &str, ty: Scalar) -> Option<Value> {
    Value::from_number(digits.parse().ok()?, ty)
}

/// A hexadecimal literal (without `0x`) as a value of type `ty`: a number, or exactly the type's bytes.
pub(crate) fn hexadecimal(digits: &str, ty: Scalar) -> Option<Value> {
    if ty.is_number() {
        let number = ethnum::I256::from_str_radix(digits, 16).ok()?;
        return Value::from_number(number, ty);
    }
    if digits.len() != 2 * ty.width() || ty == Scalar::Bool {
        return None;
    }
    let byte = |at: usize| digits.get(2 * at..2 * at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    let bytes: Option<Vec<u8>> = (0..ty.width()).map(byte).collect();
    Some(Value::from_bytes(&bytes?))
}
