//! Values as an author writes them: the source text of an expression.

use mc_compiler::interpret::shape::{element_range, field_range, payload_range};
use mc_container::address::Address;
use mc_container::text::text_of;
use mc_container::ty::{Field, Type};
use mc_container::value::{Scalar, Value};
use std::ops::Range;

/// The name of an address in the source, where it has one.
pub type Names<'n> = &'n dyn Fn(Address) -> Option<String>;

/// The expression for a value.
#[must_use]
pub fn written(ty: &Type, values: &[Value], names: Names<'_>) -> String {
    let first = values.first().copied().unwrap_or_default();
    let part = |ty: &Type, range: Option<Range<usize>>| {
        written(ty, range.and_then(|range| values.get(range)).unwrap_or_default(), names)
    };
    match ty {
        Type::Scalar(scalar) => written_scalar(*scalar, first, names),
        Type::Asset(_) | Type::Seen(_) => number(&first.show(Scalar::U128)),
        Type::String(max) => quoted(&text_of(values, *max).unwrap_or_default()),
        Type::Bytes(_) => mc_container::codec::show(ty, values),
        Type::Tuple(parts) => {
            let parts = (0..).zip(parts).map(|(at, own)| part(own, field_range(ty, at)));
            format!("({})", parts.collect::<Vec<_>>().join(", "))
        }
        Type::Struct(it) => {
            let field = |(at, field): (u32, &Field)| {
                format!("{}: {}", field.name, part(&field.ty, field_range(ty, at)))
            };
            let fields: Vec<String> = (0..).zip(&it.fields).map(field).collect();
            format!("{}({})", it.name, fields.join(", "))
        }
        Type::Option(_) if !first.is_true() => "none".to_owned(),
        Type::Option(content) => format!("some({})", part(content, payload_range(ty, 1, 0))),
        Type::Enum(it) => {
            let tag = u8::try_from(first.low()).unwrap_or_default();
            let Some(variant) = it.variants.get(usize::from(tag)) else { return it.name.clone() };
            let field = |(at, field): (u32, &Field)| part(&field.ty, payload_range(ty, tag, at));
            let fields: Vec<String> = (0..).zip(&variant.fields).map(field).collect();
            let payload = if fields.is_empty() { String::new() } else { format!("({})", fields.join(", ")) };
            format!("{}.{}{payload}", it.name, variant.name)
        }
        Type::List(element, _) => {
            let count = usize::try_from(first.low()).unwrap_or_default();
            let elements = (0..count).map(|at| part(element, element_range(ty, at)));
            format!("[{}]", elements.collect::<Vec<_>>().join(", "))
        }
    }
}

fn written_scalar(ty: Scalar, value: Value, names: Names<'_>) -> String {
    match ty {
        Scalar::Address => {
            let name = names(Address::from_value(value));
            name.unwrap_or_else(|| value.show(ty))
        }
        Scalar::Duration => duration(value.low()),
        Scalar::Bool | Scalar::Id | Scalar::Hash => value.show(ty),
        _ => number(&value.show(ty)),
    }
}

/// The longest unit that leaves nothing over.
#[must_use]
pub fn duration(seconds: u64) -> String {
    let units = [(86_400, "days"), (3_600, "hours"), (60, "minutes")];
    let unit = units.into_iter().find(|(length, _)| seconds > 0 && seconds.is_multiple_of(*length));
    let (length, name) = unit.unwrap_or((1, "seconds"));
    format!("{} {name}", number(&(seconds / length).to_string()))
}

/// Digits in groups of three.
#[must_use]
pub fn number(digits: &str) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |digits| ("-", digits));
    let mut grouped = String::from(sign);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            grouped.push('_');
        }
        grouped.push(digit);
    }
    grouped
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
