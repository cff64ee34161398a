//! A value as people write it.

use super::shape::{element_range, field_range, payload_range};
use mc_container::address::Address;
use mc_container::codec;
use mc_container::text::{bytes_of, text_of};
use mc_container::ty::{Field, Type};
use mc_container::value::{Scalar, Value};

/// The name of an address, where it has one.
pub type Names<'n> = &'n dyn Fn(Address) -> Option<String>;

/// A value of type `ty`, given as its scalars.
#[must_use]
pub fn show(ty: &Type, values: &[Value], names: Names<'_>) -> String {
    let first = values.first().copied().unwrap_or_default();
    let part = |ty: &Type, range: Option<std::ops::Range<usize>>| {
        show(ty, range.and_then(|range| values.get(range)).unwrap_or_default(), names)
    };
    let field =
        |(at, field): (u32, &Field)| format!("{}: {}", field.name, part(&field.ty, field_range(ty, at)));
    match ty {
        Type::Scalar(scalar) => show_scalar(*scalar, first, names),
        Type::Asset(name) | Type::Seen(name) => format!("{} {name}", first.show(Scalar::U128)),
        Type::String(max) => text_of(values, *max).map_or_else(|| "?".to_owned(), |text| format!("{text:?}")),
        Type::Bytes(count) => {
            let bytes = bytes_of(values);
            let digits: String =
                bytes.iter().take(*count as usize).map(|byte| format!("{byte:02x}")).collect();
            format!("0x{digits}")
        }
        Type::Tuple(parts) => {
            let parts: Vec<String> =
                (0..).zip(parts).map(|(at, ty_of)| part(ty_of, field_range(ty, at))).collect();
            format!("({})", parts.join(", "))
        }
        Type::Struct(it) => {
            let fields: Vec<String> = (0..).zip(&it.fields).map(field).collect();
            format!("{}({})", it.name, fields.join(", "))
        }
        Type::Option(_) if !first.is_true() => "none".to_owned(),
        Type::Option(content) => format!("some({})", part(content, payload_range(ty, 1, 0))),
        Type::Enum(it) => {
            let tag = u8::try_from(first.low()).unwrap_or(u8::MAX);
            let Some(variant) = it.variants.get(usize::from(tag)) else { return "?".to_owned() };
            let field = |(at, field): (u32, &Field)| {
                format!("{}: {}", field.name, part(&field.ty, payload_range(ty, tag, at)))
            };
            let fields: Vec<String> = (0..).zip(&variant.fields).map(field).collect();
            let payload = if fields.is_empty() { String::new() } else { format!("({})", fields.join(", ")) };
            format!("{}{payload}", variant.name)
        }
        Type::List(element, _) => {
            let count = usize::try_from(first.low()).unwrap_or_default();
            let elements: Vec<String> = (0..count).map(|at| part(element, element_range(ty, at))).collect();
            format!("[{}]", elements.join(", "))
        }
    }
}

fn show_scalar(scalar: Scalar, value: Value, names: Names<'_>) -> String {
    let name = if scalar == Scalar::Address { names(Address::from_value(value)) } else { None };
    name.unwrap_or_else(|| value.show(scalar))
}

/// The parts of a payload or an event with their names, given in canonical encoding.
#[must_use]
pub fn show_fields(fields: &[Field], mut bytes: &[u8], names: Names<'_>) -> Vec<(String, String)> {
    let mut shown = Vec::new();
    for field in fields {
        let value = codec::decode(&field.ty, &mut bytes);
        let value = value.map_or_else(|| "?".to_owned(), |value| show(&field.ty, &value, names));
        shown.push((field.name.clone(), value));
    }
    shown
}
