//! Types: what a value is to those who call, and which scalars it is made of.
//!
//! Every value is a sequence of scalars of a length that its type alone decides: the fields of a struct one
//! after the other, an option as its presence and its content, an enum as its tag and every variant's payload,
//! a list as its length and room for all elements. What is not there (the content of `none`, the payload of
//! another variant, the rest of a list) is zero, so that equal values are equal sequences.

use crate::value::Scalar;
use borsh::io::{self, Read};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;
use std::cell::Cell;
use std::fmt;

/// Bytes of a word, the scalar that texts and byte strings are made of.
pub const WORD: u32 = 32;
/// Bytes of the length in front of a text.
pub const TEXT_LENGTH_BYTES: u32 = 2;
/// The scalar of a word.
pub const WORD_SCALAR: Scalar = Scalar::Hash;
/// The greatest `N` of a `string<N>` or `bytes<N>`.
pub const TEXT_MAX: u32 = 1024;

/// How deep types may nest.
const NESTING_MAX: u32 = 16;

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Type {
    /// A scalar.
    Scalar(Scalar),
    /// `string<N>`: at most N bytes of UTF-8.
    String(u32),
    /// `bytes<N>`: N bytes.
    Bytes(u32),
    /// `(A, B)`; `()` is the unit type.
    Tuple(Vec<Type>),
    /// `T?`
    Option(Box<Type>),
    /// `list<T, N>`: at most N values.
    List(Box<Type>, u32),
    /// A struct, or a unique asset.
    Struct(StructType),
    /// An enum.
    Enum(EnumType),
    /// An amount of a fungible asset: the contract's own, a generic parameter, a slot's (`gold.Unit`) or `coin`.
    Asset(String),
    /// An amount of a fungible asset that is only looked at.
    Seen(String),
}

/// A named part of a type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// Written once, when the struct is.
    pub constant: bool,
}

/// A struct.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize, Serialize)]
pub struct StructType {
    /// Its name.
    pub name: String,
    /// The unique asset it is; `None` for plain data, and for an asset that is only looked at.
    pub asset: Option<String>,
    /// Its fields.
    pub fields: Vec<Field>,
}

/// An enum.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize, Serialize)]
pub struct EnumType {
    /// Its name.
    pub name: String,
    /// Its variants, by tag.
    pub variants: Vec<Variant>,
}

/// A variant of an enum.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize, Serialize)]
pub struct Variant {
    /// Its name.
    pub name: String,
    /// Its payload.
    pub fields: Vec<Field>,
}

thread_local! {
    /// How many types are being read, each a part of the one before.
    static NESTING: Cell<u32> = const { Cell::new(0) };
}

/// Derived, but for the bound on nesting: whoever sends a package must not decide how deep we recurse.
impl BorshDeserialize for Type {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
        let depth = NESTING.get();
        if depth >= NESTING_MAX {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "types nest too deeply"));
        }
        NESTING.set(depth + 1);
        let ty = Self::read(reader);
        NESTING.set(depth);
        ty
    }
}

impl From<Scalar> for Type {
    fn from(scalar: Scalar) -> Self {
        Self::Scalar(scalar)
    }
}

impl Type {
    /// The type of no value.
    #[must_use]
    pub fn unit() -> Self {
        Self::Tuple(Vec::new())
    }

    fn read<R: Read>(reader: &mut R) -> io::Result<Self> {
        Ok(match u8::deserialize_reader(reader)? {
            0 => Self::Scalar(Scalar::deserialize_reader(reader)?),
            1 => Self::String(u32::deserialize_reader(reader)?),
            2 => Self::Bytes(u32::deserialize_reader(reader)?),
            3 => Self::Tuple(Vec::deserialize_reader(reader)?),
            4 => Self::Option(Box::deserialize_reader(reader)?),
            5 => Self::List(Box::deserialize_reader(reader)?, u32::deserialize_reader(reader)?),
            6 => Self::Struct(StructType::deserialize_reader(reader)?),
            7 => Self::Enum(EnumType::deserialize_reader(reader)?),
            8 => Self::Asset(String::deserialize_reader(reader)?),
            9 => Self::Seen(String::deserialize_reader(reader)?),
            _ => return Err(io::Error::new(io::ErrorKind::InvalidData, "no type has this number")),
        })
    }

    /// The scalar it is, as it stands.
    #[must_use]
    pub fn scalar(&self) -> Option<Scalar> {
        if let Self::Scalar(scalar) = self { Some(*scalar) } else { None }
    }

    /// The scalars that a value is made of, in order.
    #[must_use]
    pub fn scalars(&self) -> Vec<Scalar> {
        let mut scalars = Vec::new();
        self.each_scalar(&mut |scalar| scalars.push(scalar));
        scalars
    }

    /// Takes the scalars that a value is made of, in order.
    pub fn each_scalar(&self, take: &mut dyn FnMut(Scalar)) {
        match self {
            Self::Scalar(scalar) => take(*scalar),
            Self::Asset(_) | Self::Seen(_) => take(Scalar::U128),
            Self::String(_) | Self::Bytes(_) => (0..self.words()).for_each(|_| take(WORD_SCALAR)),
            Self::Tuple(parts) => parts.iter().for_each(|part| part.each_scalar(take)),
            Self::Option(content) => {
                take(Scalar::Bool);
                content.each_scalar(take);
            }
            Self::List(element, max) => {
                take(Scalar::U32);
                (0..*max).for_each(|_| element.each_scalar(take));
            }
            Self::Struct(it) => it.fields.iter().for_each(|field| field.ty.each_scalar(take)),
            Self::Enum(it) => {
                take(Scalar::U8);
                let fields = it.variants.iter().flat_map(|variant| &variant.fields);
                fields.for_each(|field| field.ty.each_scalar(take));
            }
        }
    }

    /// The number of scalars that a value is made of; the greatest number there is where it is beyond that.
    #[must_use]
    pub fn scalar_count(&self) -> usize {
        self.sum(&|_| 1)
    }

    /// The number of limbs that a value is made of; the greatest number there is where it is beyond that.
    #[must_use]
    pub fn limbs(&self) -> usize {
        self.sum(&Scalar::limbs)
    }

    /// The sum of `of` over all scalars, without listing them: a list may be long.
    fn sum(&self, of: &dyn Fn(Scalar) -> usize) -> usize {
        let all = |parts: &mut dyn Iterator<Item = &Self>| {
            parts.map(|part| part.sum(of)).fold(0, usize::saturating_add)
        };
        match self {
            Self::Scalar(scalar) => of(*scalar),
            Self::Asset(_) | Self::Seen(_) => of(Scalar::U128),
            Self::String(_) | Self::Bytes(_) => of(WORD_SCALAR).saturating_mul(self.words() as usize),
            Self::Tuple(parts) => all(&mut parts.iter()),
            Self::Option(content) => content.sum(of).saturating_add(of(Scalar::Bool)),
            Self::List(element, max) => {
                element.sum(of).saturating_mul(*max as usize).saturating_add(of(Scalar::U32))
            }
            Self::Struct(it) => all(&mut it.fields.iter().map(|field| &field.ty)),
            Self::Enum(it) => {
                let fields = it.variants.iter().flat_map(|variant| &variant.fields);
                all(&mut fields.map(|field| &field.ty)).saturating_add(of(Scalar::U8))
            }
        }
    }

    /// The number of words of a text or a byte string.
    #[must_use]
    pub fn words(&self) -> u32 {
        match self {
            Self::String(max) => max.saturating_add(TEXT_LENGTH_BYTES).div_ceil(WORD),
            Self::Bytes(length) => length.div_ceil(WORD),
            _ => 0,
        }
    }

    /// True if a value holds an asset that must not be lost or copied.
    #[must_use]
    pub fn is_linear(&self) -> bool {
        self.any(&|ty| matches!(ty, Self::Asset(_)) || matches!(ty, Self::Struct(it) if it.asset.is_some()))
    }

    /// True if it is a list or holds one.
    #[must_use]
    pub fn has_list(&self) -> bool {
        self.any(&|ty| matches!(ty, Self::List(..)))
    }

    /// True if it, or a type it is made of, is what `is` says.
    #[must_use]
    pub fn any(&self, is: &dyn Fn(&Self) -> bool) -> bool {
        is(self)
            || match self {
                Self::Scalar(_) | Self::String(_) | Self::Bytes(_) | Self::Asset(_) | Self::Seen(_) => false,
                Self::Tuple(parts) => parts.iter().any(|part| part.any(is)),
                Self::Option(content) | Self::List(content, _) => content.any(is),
                Self::Struct(it) => it.fields.iter().any(|field| field.ty.any(is)),
                Self::Enum(it) => {
                    it.variants.iter().flat_map(|variant| &variant.fields).any(|field| field.ty.any(is))
                }
            }
    }

    /// The type of a look at such a value: its assets can be measured, and not moved.
    #[must_use]
    pub fn seen(&self) -> Self {
        self.map(&|ty| match ty {
            Self::Asset(name) => Self::Seen(name),
            Self::Struct(it) => Self::Struct(StructType { asset: None, ..it }),
            other => other,
        })
    }

    /// The type with every asset's name replaced.
    #[must_use]
    pub fn rename_assets(&self, rename: &dyn Fn(&str) -> String) -> Self {
        self.map(&|ty| match ty {
            Self::Asset(name) => Self::Asset(rename(&name)),
            Self::Seen(name) => Self::Seen(rename(&name)),
            Self::Struct(it) => {
                let asset = it.asset.as_deref().map(rename);
                Self::Struct(StructType { asset, ..it })
            }
            other => other,
        })
    }

    /// The type with `change` applied to every type it is made of, innermost first.
    #[must_use]
    pub fn map(&self, change: &dyn Fn(Self) -> Self) -> Self {
        let field = |field: &Field| Field { ty: field.ty.map(change), ..field.clone() };
        change(match self {
            Self::Scalar(_) | Self::String(_) | Self::Bytes(_) | Self::Asset(_) | Self::Seen(_) => {
                self.clone()
            }
            Self::Tuple(parts) => Self::Tuple(parts.iter().map(|part| part.map(change)).collect()),
            Self::Option(content) => Self::Option(Box::new(content.map(change))),
            Self::List(element, max) => Self::List(Box::new(element.map(change)), *max),
            Self::Struct(it) => {
                Self::Struct(StructType { fields: it.fields.iter().map(field).collect(), ..it.clone() })
            }
            Self::Enum(it) => {
                let variant = |variant: &Variant| Variant {
                    name: variant.name.clone(),
                    fields: variant.fields.iter().map(field).collect(),
                };
                Self::Enum(EnumType {
                    name: it.name.clone(),
                    variants: it.variants.iter().map(variant).collect(),
                })
            }
        })
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scalar(scalar) => scalar.fmt(f),
            Self::String(max) => write!(f, "string<{max}>"),
            Self::Bytes(length) => write!(f, "bytes<{length}>"),
            Self::Tuple(parts) => {
                let parts: Vec<String> = parts.iter().map(ToString::to_string).collect();
                write!(f, "({})", parts.join(", "))
            }
            Self::Option(content) => write!(f, "{content}?"),
            Self::List(element, max) => write!(f, "list<{element}, {max}>"),
            Self::Struct(it) => f.write_str(&it.name),
            Self::Enum(it) => f.write_str(&it.name),
            Self::Asset(name) => f.write_str(name),
            Self::Seen(name) => write!(f, "a view of {name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_survive_encoding_but_not_endless_nesting() {
        let field = |ty| Field { name: "f".to_owned(), ty, constant: true };
        let fields = vec![field(Type::String(3)), field(Type::Bytes(4)), field(Type::Seen("a".to_owned()))];
        let record = StructType { name: "S".to_owned(), asset: Some("a".to_owned()), fields: fields.clone() };
        let variants = vec![Variant { name: "V".to_owned(), fields }];
        let choice = EnumType { name: "E".to_owned(), variants };
        let parts = vec![Type::Struct(record), Type::Enum(choice), Type::Asset("b".to_owned())];
        let mut ty = Type::List(Box::new(Type::Tuple(parts)), 7);
        for _ in 0..12 {
            ty = Type::Option(Box::new(ty));
            assert_eq!(Type::try_from_slice(&borsh::to_vec(&ty).unwrap_or_default()).ok(), Some(ty.clone()));
        }
        let endless = vec![4; 1_000_000];
        assert!(Type::try_from_slice(&endless).is_err());
        assert!(Type::try_from_slice(&borsh::to_vec(&ty).unwrap_or_default()).is_ok());
    }
}
