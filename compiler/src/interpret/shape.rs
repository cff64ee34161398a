//! Where the parts of a value lie in the sequence of its scalars.

use mc_container::ty::{Field, Type};
use std::ops::Range;

/// The number of a list's first element in its scalars: the length stands before it.
pub const FIRST_ELEMENT: usize = 1;

/// The type of a field of a struct or a tuple.
#[must_use]
pub fn field_type(ty: &Type, field: u32) -> Option<&Type> {
    match ty {
        Type::Tuple(parts) => parts.get(field as usize),
        Type::Struct(it) => it.fields.get(field as usize).map(|field| &field.ty),
        _ => None,
    }
}

/// Where a field of a struct or a tuple lies.
#[must_use]
pub fn field_range(ty: &Type, field: u32) -> Option<Range<usize>> {
    let before: usize = (0..field).map(|at| field_type(ty, at).map_or(0, Type::scalar_count)).sum();
    Some(before..before + field_type(ty, field)?.scalar_count())
}

/// Where a field of a variant's payload lies; variant 1 of an option is what is there.
#[must_use]
pub fn payload_range(ty: &Type, variant: u8, field: u32) -> Option<Range<usize>> {
    match ty {
        Type::Option(content) => (variant == 1 && field == 0).then(|| 1..1 + content.scalar_count()),
        Type::Enum(it) => {
            let count = |fields: &[Field]| fields.iter().map(|field| field.ty.scalar_count()).sum::<usize>();
            let (before, variants) = it.variants.split_at_checked(usize::from(variant))?;
            let fields = &variants.first()?.fields;
            let (earlier, rest) = fields.split_at_checked(field as usize)?;
            let start = 1 + before.iter().map(|other| count(&other.fields)).sum::<usize>() + count(earlier);
            Some(start..start + rest.first()?.ty.scalar_count())
        }
        _ => None,
    }
}

/// Where an element of a list lies; `None` beyond its room.
#[must_use]
pub fn element_range(ty: &Type, index: usize) -> Option<Range<usize>> {
    let Type::List(element, max) = ty else { return None };
    let stride = element.scalar_count();
    let start = FIRST_ELEMENT + index.checked_mul(stride)?;
    (index < *max as usize).then(|| start..start + stride)
}
