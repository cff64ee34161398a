//! Random values of any type, as their scalars.

use super::choices::Choices;
use super::number::Range;
use ethnum::I256;
use mc_container::text::{byte_words, text_words};
use mc_container::ty::Type;
use mc_container::value::{Scalar, Value};
use std::collections::BTreeMap;

/// How long a random text or list is, most of the time.
const USUAL: u32 = 8;
/// The letters of random texts, the simplest first.
const LETTERS: [char; 16] =
    ['a', 'b', 'c', 'd', 'e', 'z', 'A', 'Z', '0', '9', ' ', '_', '"', '\\', 'é', '接'];
/// The most of the native asset that goes with a call.
const VALUE_MAX: u64 = 1_000_000;
/// Thirty days, in seconds.
const MONTH: u64 = 30 * 24 * 60 * 60;

/// What random values are drawn from.
pub struct Pool<'p> {
    /// The time that is now.
    pub now: u64,
    /// Known values of a type, the simplest first: who acts, what lies in the state.
    pub known: &'p BTreeMap<Scalar, Vec<Value>>,
}

impl Pool<'_> {
    /// A random value, within `range` where it is a number.
    pub fn draw(&self, ty: &Type, range: Option<Range>, choices: &mut Choices) -> Option<Vec<Value>> {
        let mut out = Vec::with_capacity(ty.scalar_count());
        match (ty, range) {
            (Type::Scalar(scalar), Some(range)) => out.push(self.within(*scalar, range, choices)?),
            _ => self.add(ty, choices, &mut out),
        }
        Some(out)
    }

    fn known_of(&self, ty: Scalar) -> &[Value] {
        self.known.get(&ty).map_or(&[], Vec::as_slice)
    }

    fn within(&self, ty: Scalar, range: Range, choices: &mut Choices) -> Option<Value> {
        let mut known = self.known_of(ty).to_vec();
        known.retain(|value| (range.low..=range.high).contains(&value.number(ty)));
        if !known.is_empty() && choices.chance(1, 3) {
            return choices.pick(&known).copied();
        }
        range.value(ty, choices)
    }

    fn add(&self, ty: &Type, choices: &mut Choices, out: &mut Vec<Value>) {
        match ty {
            Type::Scalar(scalar) => out.push(self.scalar(*scalar, choices)),
            Type::Asset(_) | Type::Seen(_) => {
                let range = Range { low: I256::ZERO, high: I256::from(VALUE_MAX) };
                out.extend(range.value(Scalar::U128, choices));
            }
            Type::String(max) => {
                let text = text(*max, choices);
                out.extend(text_words(&text, *max).unwrap_or_default());
            }
            Type::Bytes(length) => {
                let bytes: Vec<u8> = (0..*length).map(|_| choices.draw(255) as u8).collect();
                out.extend(byte_words(&bytes, *length).unwrap_or_default());
            }
            Type::Tuple(parts) => parts.iter().for_each(|part| self.add(part, choices, out)),
            Type::Struct(it) => it.fields.iter().for_each(|field| self.add(&field.ty, choices, out)),
            Type::Option(content) => {
                let is_there = choices.chance(3, 4);
                out.push(Value::from_u64(u64::from(is_there)));
                self.add_if(is_there, content, choices, out);
            }
            Type::Enum(it) => {
                let tag = choices.draw((it.variants.len() as u64).saturating_sub(1));
                out.push(Value::from_u64(tag));
                for (number, variant) in (0..).zip(&it.variants) {
                    for field in &variant.fields {
                        self.add_if(number == tag, &field.ty, choices, out);
                    }
                }
            }
            Type::List(element, max) => self.list(element, *max, choices, out),
        }
    }

    /// A part that is there, or the zeros of one that is not.
    fn add_if(&self, is_there: bool, ty: &Type, choices: &mut Choices, out: &mut Vec<Value>) {
        if is_there {
            self.add(ty, choices, out);
        } else {
            out.resize(out.len() + ty.scalar_count(), Value::ZERO);
        }
    }

    fn list(&self, element: &Type, max: u32, choices: &mut Choices, out: &mut Vec<Value>) {
        let (mut elements, mut count) = (Vec::new(), 0);
        while count < max {
            let begun = choices.begin();
            if !goes_on(max, choices) {
                break;
            }
            self.add(element, choices, &mut elements);
            choices.end(begun);
            count += 1;
        }
        out.push(Value::from_u64(u64::from(count)));
        elements.resize(element.scalar_count() * max as usize, Value::ZERO);
        out.extend(elements);
    }

    fn scalar(&self, ty: Scalar, choices: &mut Choices) -> Value {
        let known = self.known_of(ty);
        let often = match ty {
            Scalar::Address => 1,
            Scalar::Id | Scalar::Hash => 4,
            _ => 3,
        };
        if !known.is_empty() && (ty == Scalar::Address || choices.chance(1, often)) {
            return choices.pick(known).copied().unwrap_or_default();
        }
        match ty {
            Scalar::Bool => Value::from_u64(choices.draw(1)),
            Scalar::Address | Scalar::Id | Scalar::Hash => Value::from_u64(choices.draw(255)),
            Scalar::Time => Value::from_u64(self.time(choices)),
            Scalar::Duration if !choices.chance(1, 16) => Value::from_u64(duration(choices)),
            _ => Range::of(ty).value(ty, choices).unwrap_or_default(),
        }
    }

    /// Mostly around now.
    fn time(&self, choices: &mut Choices) -> u64 {
        match choices.draw(8) {
            0 => self.now,
            1..=4 => self.now.saturating_add(duration(choices)),
            5..=7 => self.now.saturating_sub(duration(choices)),
            _ => Range::of(Scalar::U64).draw(choices).map_or(0, I256::as_u64),
        }
    }
}

/// Up to a few months, in seconds.
fn duration(choices: &mut Choices) -> u64 {
    let range = Range { low: I256::ZERO, high: I256::from(6 * MONTH) };
    range.draw(choices).map_or(0, I256::as_u64)
}

/// Whether there is one more.
fn goes_on(max: u32, choices: &mut Choices) -> bool {
    let usual = max.min(USUAL);
    choices.chance(usual, usual + 1)
}

fn text(max: u32, choices: &mut Choices) -> String {
    let mut text = String::new();
    while goes_on(max, choices) {
        let letter = choices.pick(&LETTERS).copied().unwrap_or('a');
        if text.len() + letter.len_utf8() > max as usize {
            break;
        }
        text.push(letter);
    }
    text
}
