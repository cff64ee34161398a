//! Scalar types and their values.
//!
//! Every scalar is one to four 64-bit limbs, least significant first; the same limbs are a WASM operand, a
//! cell in the frame and, cut to the type's width, the canonical little-endian encoding.

use borsh::{BorshDeserialize, BorshSerialize};
use ethnum::{I256, U256};
use serde::Serialize;
use std::fmt;

/// The type of a scalar.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize, Serialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Scalar {
    /// Truth.
    Bool,
    /// Unsigned, 8 bits.
    U8,
    /// Unsigned, 16 bits.
    U16,
    /// Unsigned, 32 bits.
    U32,
    /// Unsigned, 64 bits.
    U64,
    /// Unsigned, 128 bits.
    U128,
    /// Unsigned, 256 bits.
    U256,
    /// Signed, 64 bits.
    I64,
    /// Signed, 128 bits.
    I128,
    /// Seconds since the Unix epoch, 64 bits.
    Time,
    /// Seconds, 64 bits.
    Duration,
    /// 20 bytes.
    Address,
    /// 32 bytes, a name for something.
    Id,
    /// 32 bytes, a digest of something.
    Hash,
}

impl Scalar {
    /// Every scalar type.
    pub const ALL: [Self; 14] = [
        Self::Bool,
        Self::U8,
        Self::U16,
        Self::U32,
        Self::U64,
        Self::U128,
        Self::U256,
        Self::I64,
        Self::I128,
        Self::Time,
        Self::Duration,
        Self::Address,
        Self::Id,
        Self::Hash,
    ];

    /// The type as it is written in a source.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::U8 => "u8",
            Self::U16 => "u16",
            Self::U32 => "u32",
            Self::U64 => "u64",
            Self::U128 => "u128",
            Self::U256 => "u256",
            Self::I64 => "i64",
            Self::I128 => "i128",
            Self::Time => "time",
            Self::Duration => "duration",
            Self::Address => "address",
            Self::Id => "id",
            Self::Hash => "hash",
        }
    }

    /// The type with this name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scalar| scalar.name() == name)
    }

    /// Length of the canonical encoding, in bytes.
    #[inline]
    #[must_use]
    pub fn width(self) -> usize {
        match self {
            Self::Bool | Self::U8 => 1,
            Self::U16 => 2,
            Self::U32 => 4,
            Self::U64 | Self::I64 | Self::Time | Self::Duration => 8,
            Self::U128 | Self::I128 => 16,
            Self::Address => 20,
            Self::Id | Self::Hash | Self::U256 => 32,
        }
    }

    /// Number of 64-bit limbs, 1 to 4.
    #[inline]
    #[must_use]
    pub fn limbs(self) -> usize {
        self.width().div_ceil(8)
    }

    /// The bits that are zero in every value of the type.
    #[inline]
    fn unused(self) -> [u64; 4] {
        const NONE: u64 = u64::MAX;
        match self {
            Self::Bool => [!1, NONE, NONE, NONE],
            Self::U8 => [!0xff, NONE, NONE, NONE],
            Self::U16 => [!0xffff, NONE, NONE, NONE],
            Self::U32 => [!0xffff_ffff, NONE, NONE, NONE],
            Self::U64 | Self::I64 | Self::Time | Self::Duration => [0, NONE, NONE, NONE],
            Self::U128 | Self::I128 => [0, 0, NONE, NONE],
            Self::Address => [0, 0, !0xffff_ffff, NONE],
            Self::Id | Self::Hash | Self::U256 => [0; 4],
        }
    }

    /// True for the types that can be added to.
    #[must_use]
    pub fn is_integer(self) -> bool {
        matches!(
            self,
            Self::U8 | Self::U16 | Self::U32 | Self::U64 | Self::U128 | Self::U256 | Self::I64 | Self::I128
        )
    }

    /// True for integers, time and duration: the types with an order and a range.
    #[must_use]
    pub fn is_number(self) -> bool {
        self.is_integer() || matches!(self, Self::Time | Self::Duration)
    }

    /// True for the types with negative values.
    #[inline]
    #[must_use]
    pub fn is_signed(self) -> bool {
        matches!(self, Self::I64 | Self::I128)
    }

    /// The least and the greatest number of this type; both zero for `u256`, whose greatest is beyond [`I256`],
    /// and for types that are not numbers.
    #[inline]
    #[must_use]
    pub fn range(self) -> (I256, I256) {
        match self {
            Self::I64 => (I256::from(i64::MIN), I256::from(i64::MAX)),
            Self::I128 => (I256::from(i128::MIN), I256::from(i128::MAX)),
            Self::U128 => (I256::ZERO, I256::from(u128::MAX)),
            Self::U256 => (I256::ZERO, I256::ZERO),
            _ if self.is_number() => (I256::ZERO, I256::from((1_i128 << (8 * self.width())) - 1)),
            _ => (I256::ZERO, I256::ZERO),
        }
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A scalar value, up to 256 bits in four limbs, least significant first.
///
/// The value does not know its type. In canonical form the limbs beyond [`Scalar::limbs`] are zero, an
/// unsigned value is below its type's maximum, and an `i64` fills only its first limb.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub struct Value(pub [u64; 4]);

impl Value {
    /// Zero, `false`, the empty address.
    pub const ZERO: Self = Self([0; 4]);

    /// A one-limb value.
    #[inline]
    #[must_use]
    pub fn from_u64(value: u64) -> Self {
        Self([value, 0, 0, 0])
    }

    /// A two-limb value.
    #[inline]
    #[must_use]
    pub fn from_u128(value: u128) -> Self {
        Self([value as u64, (value >> 64) as u64, 0, 0])
    }

    /// The bytes of an address, an id or a hash; at most 32 of them count.
    #[inline]
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        // From the bytes to the limbs at once: words of what has just been written as bytes have to be waited for.
        let (words, tail) = bytes.as_chunks();
        let tail = tail.iter().rev().fold(0, |limb, byte| limb << 8 | u64::from(*byte));
        let mut words = words.iter().map(|word| u64::from_le_bytes(*word)).chain([tail]);
        Self([0; 4].map(|_: u64| words.next().unwrap_or(0)))
    }

    /// All 32 bytes, little-endian.
    #[inline]
    #[must_use]
    pub fn to_bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (chunk, limb) in bytes.chunks_exact_mut(8).zip(self.0) {
            chunk.copy_from_slice(&limb.to_le_bytes());
        }
        bytes
    }

    /// Appends the canonical encoding of a value of type `ty`.
    #[inline]
    pub fn encode(self, ty: Scalar, out: &mut Vec<u8>) {
        out.extend_from_slice(self.to_bytes().get(..ty.width()).unwrap_or_default());
    }

    /// Reads a canonical value of type `ty` off the front of `bytes`; `None` where there is none.
    #[inline]
    #[must_use]
    pub fn decode(ty: Scalar, bytes: &mut &[u8]) -> Option<Self> {
        let value = match ty.width() {
            1 => Self::take::<1>(bytes),
            2 => Self::take::<2>(bytes),
            4 => Self::take::<4>(bytes),
            8 => Self::take::<8>(bytes),
            16 => Self::take::<16>(bytes),
            20 => Self::take::<20>(bytes),
            _ => Self::take::<32>(bytes),
        };
        value.filter(|value| value.is_canonical(ty))
    }

    fn take<const WIDTH: usize>(bytes: &mut &[u8]) -> Option<Self> {
        let (head, rest) = bytes.split_first_chunk::<WIDTH>()?;
        *bytes = rest;
        Some(Self::from_bytes(head))
    }

    /// The same, with zeros for the bits that no value of type `ty` has.
    #[inline]
    #[must_use]
    pub fn canonical(self, ty: Scalar) -> Self {
        let [a, b, c, d] = self.0;
        let [e, f, g, h] = ty.unused();
        Self([a & !e, b & !f, c & !g, d & !h])
    }

    /// True if this is the one encoding of a value of type `ty`.
    #[inline]
    #[must_use]
    pub fn is_canonical(self, ty: Scalar) -> bool {
        let unused = ty.unused();
        self.0.iter().zip(unused).fold(0, |bits, (limb, unused)| bits | limb & unused) == 0
    }

    /// True for a canonical `true`.
    #[inline]
    #[must_use]
    pub fn is_true(self) -> bool {
        self.0[0] != 0
    }

    /// The first limb.
    #[inline]
    #[must_use]
    pub fn low(self) -> u64 {
        self.0[0]
    }

    /// All 256 bits as an unsigned number: what a `u256` is.
    #[inline]
    #[must_use]
    pub fn unsigned(self) -> U256 {
        self.wide().as_u256()
    }

    /// The limbs of an unsigned 256-bit number.
    #[inline]
    #[must_use]
    pub fn from_unsigned(number: U256) -> Self {
        Self::from_wide(number.as_i256())
    }

    /// The number this value is in type `ty`; of a `u256`, which may be greater, at most the greatest there is.
    #[inline]
    #[must_use]
    pub fn number(self, ty: Scalar) -> I256 {
        let [low, high, ..] = self.0;
        let wide = (u128::from(high) << 64) | u128::from(low);
        match ty {
            Scalar::U256 if self.wide() < I256::ZERO => I256::MAX,
            Scalar::U256 => self.wide(),
            Scalar::I64 => I256::from(low.cast_signed()),
            Scalar::I128 => I256::from(wide.cast_signed()),
            _ => I256::from(wide),
        }
    }

    /// The value of type `ty` that stands for `number`; `None` where it does not fit.
    #[inline]
    #[must_use]
    pub fn from_number(number: I256, ty: Scalar) -> Option<Self> {
        if ty == Scalar::U256 {
            return (number >= I256::ZERO).then(|| Self::from_wide(number));
        }
        let (least, greatest) = ty.range();
        if number < least || number > greatest {
            return None;
        }
        let wide = number.as_i128().cast_unsigned();
        Some(if ty.limbs() == 1 { Self::from_u64(wide as u64) } else { Self::from_u128(wide) })
    }

    /// All 256 bits as a signed number, for the terms of a delta.
    #[inline]
    #[must_use]
    pub fn wide(self) -> I256 {
        let [low, second, third, high] = self.0.map(u128::from);
        I256::from_words(((high << 64) | third).cast_signed(), ((second << 64) | low).cast_signed())
    }

    /// The limbs of a signed 256-bit number.
    #[inline]
    #[must_use]
    pub fn from_wide(number: I256) -> Self {
        let (high, low) = number.into_words();
        let (high, low) = (high.cast_unsigned(), low.cast_unsigned());
        Self([low as u64, (low >> 64) as u64, high as u64, (high >> 64) as u64])
    }

    /// The value as people write it: decimal, `true`, or `0x…`.
    #[must_use]
    pub fn show(self, ty: Scalar) -> String {
        match ty {
            Scalar::Bool => self.is_true().to_string(),
            Scalar::Address | Scalar::Id | Scalar::Hash => {
                let bytes = self.to_bytes();
                let digits: String =
                    bytes.iter().take(ty.width()).map(|byte| format!("{byte:02x}")).collect();
                format!("0x{digits}")
            }
            Scalar::U256 => self.unsigned().to_string(),
            _ => self.number(ty).to_string(),
        }
    }

    /// The number of type `ty` that is written so, in decimal digits with `_` between them.
    #[must_use]
    pub fn parse_number(text: &str, ty: Scalar) -> Option<Self> {
        let (minus, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
        let apart = digits.replace('_', "");
        if !digits.starts_with(|first: char| first.is_ascii_digit())
            || !apart.bytes().all(|b| b.is_ascii_digit())
        {
            return None;
        }
        let number = U256::from_str_radix(&apart, 10).ok()?;
        if ty == Scalar::U256 {
            return (!minus || number == U256::ZERO).then(|| Self::from_unsigned(number));
        }
        let number = I256::try_from(number).ok()?;
        Self::from_number(if minus { -number } else { number }, ty).filter(|_| ty.is_number())
    }
}
