//! Constant expressions: the scalars of a typed expression that reads nothing.

use crate::tree::{Expr, ExprKind};
use mc_container::arithmetic;
use mc_container::error::SystemError;
use mc_container::ty::{TEXT_LENGTH_BYTES, Type, WORD};
use mc_container::value::{Scalar, Value};

/// Why an expression has no value at compile time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotConstant {
    /// It reads something only execution knows.
    Reads,
    /// It would abort.
    Aborts(SystemError),
}

/// The scalars of `expr`.
///
/// # Errors
/// [`NotConstant`] where it has none.
pub(crate) fn fold(expr: &Expr) -> Result<Vec<Value>, NotConstant> {
    let truth = |truth: bool| Ok(vec![Value::from_u64(u64::from(truth))]);
    match &expr.kind {
        ExprKind::Const(values) => Ok(values.clone()),
        ExprKind::Not(operand) => truth(!holds(operand)?),
        ExprKind::Arithmetic(operation, left, right, _) => {
            let ty = scalar_of(expr)?;
            let (left, right) = (single(left)?, single(right)?);
            arithmetic::checked(*operation, ty, left, right)
                .map(|value| vec![value])
                .map_err(NotConstant::Aborts)
        }
        ExprKind::Cast(operand, _) => {
            let (from, to) = (scalar_of(operand)?, scalar_of(expr)?);
            arithmetic::cast(single(operand)?, from, to).map(|value| vec![value]).map_err(NotConstant::Aborts)
        }
        ExprKind::Compare(comparison, left, right) => {
            let (a, b) = (fold(left)?, fold(right)?);
            let ordering = match (left.ty.scalar(), a.as_slice(), b.as_slice()) {
                (Some(ty), [a], [b]) => arithmetic::compare(ty, *a, *b),
                _ => a.cmp(&b),
            };
            truth(comparison.holds(ordering))
        }
        ExprKind::And(left, right) => truth(holds(left)? && holds(right)?),
        ExprKind::Or(left, right) => truth(holds(left)? || holds(right)?),
        ExprKind::If(condition, then, otherwise) => fold(if holds(condition)? { then } else { otherwise }),
        ExprKind::Record(parts) => folds(parts),
        ExprKind::Variant(tag, payload) => Ok(variant(&expr.ty, *tag, &folds(payload)?)),
        ExprKind::Held(amount) | ExprKind::Amount(amount) => fold(amount),
        ExprKind::List(elements) => list(&expr.ty, elements),
        _ => Err(NotConstant::Reads),
    }
}

fn folds(exprs: &[Expr]) -> Result<Vec<Value>, NotConstant> {
    let mut values = Vec::new();
    for expr in exprs {
        values.extend(fold(expr)?);
    }
    Ok(values)
}

fn list(ty: &Type, elements: &[Expr]) -> Result<Vec<Value>, NotConstant> {
    let mut values = vec![Value::from_u64(elements.len() as u64)];
    values.extend(folds(elements)?);
    values.resize(ty.scalar_count(), Value::ZERO);
    Ok(values)
}

fn single(expr: &Expr) -> Result<Value, NotConstant> {
    fold(expr)?.first().copied().ok_or(NotConstant::Reads)
}

fn holds(expr: &Expr) -> Result<bool, NotConstant> {
    single(expr).map(Value::is_true)
}

fn scalar_of(expr: &Expr) -> Result<Scalar, NotConstant> {
    expr.ty.scalar().ok_or(NotConstant::Reads)
}

/// The scalars of a variant: its tag, and its payload in its place among those of all variants.
fn variant(ty: &Type, tag: u8, payload: &[Value]) -> Vec<Value> {
    let before = match ty {
        Type::Enum(it) => {
            let earlier = it.variants.iter().take(usize::from(tag)).flat_map(|variant| &variant.fields);
            earlier.map(|field| field.ty.scalar_count()).sum()
        }
        _ => 0,
    };
    let mut values = vec![Value::from_u64(u64::from(tag))];
    values.resize(1 + before, Value::ZERO);
    values.extend_from_slice(payload);
    values.resize(ty.scalar_count(), Value::ZERO);
    values
}

/// A decimal literal as a value of type `ty`; `None` where it does not fit.
pub(crate) fn decimal(digits: &str, ty: Scalar) -> Option<Value> {
    if ty == Scalar::U256 {
        return Some(of_u256(digits.parse().ok()?));
    }
    Value::from_number(digits.parse().ok()?, ty)
}

/// A hexadecimal literal (without `0x`) as a value of type `ty`: a number, or exactly the type's bytes.
pub(crate) fn hexadecimal(digits: &str, ty: Scalar) -> Option<Value> {
    if ty == Scalar::U256 {
        return Some(of_u256(ethnum::U256::from_str_radix(digits, 16).ok()?));
    }
    if ty.is_number() {
        let number = ethnum::I256::from_str_radix(digits, 16).ok()?;
        return Value::from_number(number, ty);
    }
    if digits.len() != 2 * ty.width() || ty == Scalar::Bool {
        return None;
    }
    Some(Value::from_bytes(&bytes_of(digits)?))
}

fn of_u256(number: ethnum::U256) -> Value {
    Value::from_bytes(&number.to_le_bytes())
}

/// The bytes that hexadecimal digits stand for.
pub(crate) fn bytes_of(digits: &str) -> Option<Vec<u8>> {
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let byte = |at: usize| digits.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    (0..digits.len()).step_by(2).map(byte).collect()
}

/// The words of a text; `None` where it is longer than its type allows.
pub(crate) fn text(text: &str, ty: &Type) -> Option<Vec<Value>> {
    let Type::String(max) = ty else { return None };
    let length = u16::try_from(text.len()).ok().filter(|length| u32::from(*length) <= *max)?;
    let mut bytes = length.to_le_bytes().to_vec();
    debug_assert_eq!(bytes.len(), TEXT_LENGTH_BYTES as usize);
    bytes.extend_from_slice(text.as_bytes());
    Some(words(&bytes, ty))
}

/// The words of a byte string of exactly the type's length.
pub(crate) fn byte_string(bytes: &[u8], ty: &Type) -> Option<Vec<Value>> {
    matches!(ty, Type::Bytes(length) if *length as usize == bytes.len()).then(|| words(bytes, ty))
}

fn words(bytes: &[u8], ty: &Type) -> Vec<Value> {
    let mut words: Vec<Value> = bytes.chunks(WORD as usize).map(Value::from_bytes).collect();
    words.resize(ty.words() as usize, Value::ZERO);
    words
}
