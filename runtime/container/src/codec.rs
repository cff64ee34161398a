//! The canonical encoding of values: of arguments, results, events and payloads, and what is hashed.
//!
//! Every value has exactly one encoding: scalars little-endian by width; a text as its length (`u32`) and its
//! bytes; an option as one byte and its content; an enum as its tag and that variant's payload; a list as its
//! length (`u32`) and its elements; the parts of a struct or a tuple one after the other.

use crate::text::{byte_words, bytes_of, text_of, text_words};
use crate::ty::{EnumType, Type};
use crate::value::{Scalar, Value};

/// Appends the encoding of a value, given by its scalars. Scalars of parts that are not there do not count.
pub fn encode(ty: &Type, values: &[Value], out: &mut Vec<u8>) {
    encode_part(ty, &mut Scalars(values), out);
}

/// Reads a value off the front of `bytes`: its scalars, or `None` where that is not how one is encoded.
#[must_use]
pub fn decode(ty: &Type, bytes: &mut &[u8]) -> Option<Vec<Value>> {
    let mut values = Vec::with_capacity(ty.scalar_count());
    decode_into(ty, bytes, &mut values)?;
    Some(values)
}

/// [`decode`], with the scalars appended to `values`; some may be there even where it fails.
pub fn decode_into(ty: &Type, bytes: &mut &[u8], values: &mut Vec<Value>) -> Option<()> {
    match ty {
        Type::Scalar(scalar) => values.push(Value::decode(*scalar, bytes)?),
        Type::Asset(_) | Type::Seen(_) => values.push(Value::decode(Scalar::U128, bytes)?),
        Type::String(max) => {
            let length = Value::decode(Scalar::U32, bytes)?.low();
            let text = take(bytes, usize::try_from(length).ok()?)?;
            values.extend(text_words(std::str::from_utf8(text).ok()?, *max)?);
        }
        Type::Bytes(length) => values.extend(byte_words(take(bytes, *length as usize)?, *length)?),
        Type::Tuple(parts) => parts.iter().try_for_each(|part| decode_into(part, bytes, values))?,
        Type::Struct(it) => it.fields.iter().try_for_each(|field| decode_into(&field.ty, bytes, values))?,
        Type::Option(content) => {
            let presence = Value::decode(Scalar::Bool, bytes)?;
            values.push(presence);
            decode_or_skip(content, presence.is_true(), bytes, values)?;
        }
        Type::List(element, max) => {
            let length =
                Value::decode(Scalar::U32, bytes).filter(|length| length.low() <= u64::from(*max))?;
            values.push(length);
            (0..length.low()).try_for_each(|_| decode_into(element, bytes, values))?;
            let rest = u64::from(*max).saturating_sub(length.low()) as usize;
            skip(element.scalar_count().saturating_mul(rest), values);
        }
        Type::Enum(it) => decode_enum(it, bytes, values)?,
    }
    Some(())
}

fn decode_enum(it: &EnumType, bytes: &mut &[u8], values: &mut Vec<Value>) -> Option<()> {
    let tag = Value::decode(Scalar::U8, bytes).filter(|tag| (tag.low() as usize) < it.variants.len())?;
    values.push(tag);
    for (number, variant) in (0..).zip(&it.variants) {
        let fields = variant.fields.iter();
        fields
            .into_iter()
            .try_for_each(|field| decode_or_skip(&field.ty, tag.low() == number, bytes, values))?;
    }
    Some(())
}

fn decode_or_skip(ty: &Type, is_there: bool, bytes: &mut &[u8], values: &mut Vec<Value>) -> Option<()> {
    if is_there {
        return decode_into(ty, bytes, values);
    }
    skip(ty.scalar_count(), values);
    Some(())
}

fn skip(count: usize, values: &mut Vec<Value>) {
    values.resize(values.len().saturating_add(count), Value::ZERO);
}

fn take<'b>(bytes: &mut &'b [u8], count: usize) -> Option<&'b [u8]> {
    let (head, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    Some(head)
}

/// The scalars that are still to be read; zero where they end too soon.
struct Scalars<'v>(&'v [Value]);

impl<'v> Scalars<'v> {
    fn next(&mut self) -> Value {
        self.take(1).first().copied().unwrap_or_default()
    }

    fn take(&mut self, count: usize) -> &'v [Value] {
        let (head, rest) = self.0.split_at_checked(count).unwrap_or((self.0, &[]));
        self.0 = rest;
        head
    }
}

fn encode_part(ty: &Type, values: &mut Scalars<'_>, out: &mut Vec<u8>) {
    match ty {
        Type::Scalar(scalar) => values.next().encode(*scalar, out),
        Type::Asset(_) | Type::Seen(_) => values.next().encode(Scalar::U128, out),
        Type::String(max) => {
            let text = text_of(values.take(ty.words() as usize), *max).unwrap_or_default();
            out.extend_from_slice(&(text.len() as u32).to_le_bytes());
            out.extend_from_slice(text.as_bytes());
        }
        Type::Bytes(length) => {
            let bytes = bytes_of(values.take(ty.words() as usize));
            out.extend_from_slice(bytes.get(..*length as usize).unwrap_or_default());
        }
        Type::Tuple(parts) => parts.iter().for_each(|part| encode_part(part, values, out)),
        Type::Struct(it) => it.fields.iter().for_each(|field| encode_part(&field.ty, values, out)),
        Type::Option(content) => {
            let presence = values.next();
            presence.encode(Scalar::Bool, out);
            encode_or_skip(content, presence.is_true(), values, out);
        }
        Type::List(element, max) => {
            let length = values.next().low().min(u64::from(*max));
            Value::from_u64(length).encode(Scalar::U32, out);
            (0..length).for_each(|_| encode_part(element, values, out));
            values.take(element.scalar_count().saturating_mul((u64::from(*max) - length) as usize));
        }
        Type::Enum(it) => {
            let tag = values.next();
            tag.encode(Scalar::U8, out);
            for (number, variant) in (0..).zip(&it.variants) {
                for field in &variant.fields {
                    encode_or_skip(&field.ty, tag.low() == number, values, out);
                }
            }
        }
    }
}

fn encode_or_skip(ty: &Type, is_there: bool, values: &mut Scalars<'_>, out: &mut Vec<u8>) {
    if is_there {
        encode_part(ty, values, out);
    } else {
        values.take(ty.scalar_count());
    }
}

/// Makes the scalars that code has left behind those of a value: what is not there becomes zero. False where
/// they are no value of the type, whatever is done about the parts that are not there.
#[must_use]
pub fn normalise(ty: &Type, values: &mut [Value]) -> bool {
    values.len() == ty.scalar_count() && normalise_part(ty, &mut { values }, true)
}

fn normalise_part(ty: &Type, values: &mut &mut [Value], is_there: bool) -> bool {
    match ty {
        Type::Tuple(parts) => parts.iter().all(|part| normalise_part(part, values, is_there)),
        Type::Struct(it) => it.fields.iter().all(|field| normalise_part(&field.ty, values, is_there)),
        Type::Option(content) => {
            let Some(presence) = normalise_scalar(Scalar::Bool, values, is_there) else { return false };
            normalise_part(content, values, presence.is_true())
        }
        Type::List(element, max) => {
            let Some(length) = normalise_scalar(Scalar::U32, values, is_there) else { return false };
            length.low() <= u64::from(*max)
                && (0..u64::from(*max)).all(|number| normalise_part(element, values, number < length.low()))
        }
        Type::Enum(it) => {
            let Some(tag) = normalise_scalar(Scalar::U8, values, is_there) else { return false };
            let fields = (0..)
                .zip(&it.variants)
                .flat_map(|(number, variant)| variant.fields.iter().map(move |field| (number, field)));
            (tag.low() as usize) < it.variants.len().max(1) && { fields }
                .all(|(number, field)| normalise_part(&field.ty, values, is_there && tag.low() == number))
        }
        Type::String(_) | Type::Bytes(_) => {
            normalise_words(ty, take_mut(values, ty.words() as usize), is_there)
        }
        Type::Scalar(scalar) => normalise_scalar(*scalar, values, is_there).is_some(),
        Type::Asset(_) | Type::Seen(_) => normalise_scalar(Scalar::U128, values, is_there).is_some(),
    }
}

fn normalise_scalar(ty: Scalar, values: &mut &mut [Value], is_there: bool) -> Option<Value> {
    let value = take_mut(values, 1).first_mut()?;
    if !is_there {
        *value = Value::ZERO;
    }
    value.is_canonical(ty).then_some(*value)
}

fn normalise_words(ty: &Type, words: &mut [Value], is_there: bool) -> bool {
    let canonical = match ty {
        _ if !is_there => Some(Vec::new()),
        Type::String(max) => text_of(words, *max).and_then(|text| text_words(&text, *max)),
        Type::Bytes(length) => {
            bytes_of(words).get(..*length as usize).and_then(|bytes| byte_words(bytes, *length))
        }
        _ => None,
    };
    let Some(canonical) = canonical else { return false };
    words.fill(Value::ZERO);
    words.iter_mut().zip(canonical).for_each(|(word, canonical)| *word = canonical);
    true
}

fn take_mut<'v>(values: &mut &'v mut [Value], count: usize) -> &'v mut [Value] {
    let all = std::mem::take(values);
    let count = count.min(all.len());
    let (head, rest) = all.split_at_mut_checked(count).unwrap_or_default();
    *values = rest;
    head
}

/// A value as people read it: `Lot(seller: 0x…, pot: 5)`, `"text"`, `[1, 2]`, `none`, `some(3)`, `Open(at: 7)`.
#[must_use]
pub fn show(ty: &Type, values: &[Value]) -> String {
    show_part(ty, &mut Scalars(values))
}

fn show_part(ty: &Type, values: &mut Scalars<'_>) -> String {
    match ty {
        Type::Scalar(scalar) => values.next().show(*scalar),
        Type::Asset(_) | Type::Seen(_) => values.next().show(Scalar::U128),
        Type::String(max) => {
            let text = text_of(values.take(ty.words() as usize), *max);
            text.map_or_else(|| "?".to_owned(), |text| format!("{text:?}"))
        }
        Type::Bytes(length) => {
            let bytes = bytes_of(values.take(ty.words() as usize));
            let digits = bytes.iter().take(*length as usize).map(|byte| format!("{byte:02x}"));
            format!("0x{}", digits.collect::<String>())
        }
        Type::Tuple(parts) => {
            let parts: Vec<String> = parts.iter().map(|part| show_part(part, values)).collect();
            format!("({})", parts.join(", "))
        }
        Type::Struct(it) => {
            let parts: Vec<String> = it
                .fields
                .iter()
                .map(|field| format!("{}: {}", field.name, show_part(&field.ty, values)))
                .collect();
            format!("{}({})", it.name, parts.join(", "))
        }
        Type::Option(content) => {
            let is_there = values.next().is_true();
            let content = show_part(content, values);
            if is_there { format!("some({content})") } else { "none".to_owned() }
        }
        Type::List(element, max) => {
            let length = values.next().low().min(u64::from(*max));
            let parts: Vec<String> = (0..length).map(|_| show_part(element, values)).collect();
            values.take(element.scalar_count().saturating_mul((u64::from(*max) - length) as usize));
            format!("[{}]", parts.join(", "))
        }
        Type::Enum(it) => show_enum(it, values),
    }
}

fn show_enum(it: &EnumType, values: &mut Scalars<'_>) -> String {
    let tag = values.next().low();
    let mut shown = "?".to_owned();
    for (number, variant) in (0..).zip(&it.variants) {
        let fields: Vec<String> = variant
            .fields
            .iter()
            .map(|field| format!("{}: {}", field.name, show_part(&field.ty, values)))
            .collect();
        if number == tag {
            let payload = if fields.is_empty() { String::new() } else { format!("({})", fields.join(", ")) };
            shown = format!("{}{payload}", variant.name);
        }
    }
    shown
}
