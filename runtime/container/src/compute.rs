//! Computations that a module asks of the host, because as WASM they would be long: pure functions of scalars.
//!
//! A module's manifest lists the ones it uses; the import `compute` takes the number in that list. Every
//! integer semantics stands here once, for the host, the constants of the compiler and the tests' interpreter.

use crate::arithmetic::Operation;
use crate::ty::Type;
use crate::value::{Scalar, Value};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;

/// A computation.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub enum Computation {
    /// `a op b` in a type that has no WASM of its own (`u256`), checked.
    Arithmetic(Operation, Scalar),
    /// `a < b` in such a type.
    Less(Scalar),
    /// `a as to`, where one of the two is such a type, checked.
    Cast(Scalar, Scalar),
    /// `mul_div(a, b, c)`: `a * b / c`, exact in between; fails where `c` is 0 or the result does not fit.
    MulDiv(Scalar),
    /// `sqrt(a)`, rounded down.
    SquareRoot(Scalar),
    /// `wrapping_add(a, b)` and the like, modulo 2 to the type's bits (`+`, `-` and `*`).
    Wrapping(Operation, Scalar),
    /// `a & b` and the like.
    Bits(BitOperation, Scalar),
    /// `shl(a, n)`, `shr(a, n)` with `n: u32`: zeros come in, `shr` of a signed number keeps the sign; a shift
    /// by the type's bits or more gives 0 (or -1).
    Shift(ShiftDirection, Scalar),
    /// `blake3(value)`, of the canonical encoding.
    Blake3(Type),
    /// `sha256(value)`, of the canonical encoding.
    Sha256(Type),
    /// `verify_signature(key: bytes<32>, message, signature: bytes<64>)`: Ed25519 over the canonical encoding of
    /// the message, by the rules of ZIP-215.
    VerifySignature(Type),
    /// `fresh_id()`: BLAKE3 of the transaction's id, the step it runs in, this place in the code, and the
    /// indexes (`u64` each) of the loops around.
    Fresh {
        /// Which place in the entry.
        site: u16,
        /// How many loops are around it.
        depth: u8,
    },
}

/// An operation on bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub enum BitOperation {
    /// `&`
    And,
    /// `|`
    Or,
    /// `^`
    Xor,
}

/// Where bits move to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize)]
pub enum ShiftDirection {
    /// To the greater places.
    Left,
    /// To the lesser places.
    Right,
}

impl Computation {
    /// The scalars it takes, in order.
    #[must_use]
    pub fn operands(&self) -> Vec<Scalar> {
        match self {
            Self::Arithmetic(_, ty) | Self::Less(ty) | Self::Wrapping(_, ty) | Self::Bits(_, ty) => {
                vec![*ty; 2]
            }
            Self::Cast(from, _) => vec![*from],
            Self::MulDiv(ty) => vec![*ty; 3],
            Self::SquareRoot(ty) => vec![*ty],
            Self::Shift(_, ty) => vec![*ty, Scalar::U32],
            Self::Blake3(ty) | Self::Sha256(ty) => ty.scalars(),
            Self::VerifySignature(message) => {
                let parts = [Type::Bytes(32), message.clone(), Type::Bytes(64)];
                parts.iter().flat_map(Type::scalars).collect()
            }
            Self::Fresh { depth, .. } => vec![Scalar::U64; usize::from(*depth)],
        }
    }

    /// The scalar it gives.
    #[must_use]
    pub fn result(&self) -> Scalar {
        match self {
            Self::Arithmetic(_, ty)
            | Self::MulDiv(ty)
            | Self::SquareRoot(ty)
            | Self::Wrapping(_, ty)
            | Self::Bits(_, ty)
            | Self::Shift(_, ty) => *ty,
            Self::Cast(_, to) => *to,
            Self::Less(_) | Self::VerifySignature(_) => Scalar::Bool,
            Self::Blake3(_) | Self::Sha256(_) => Scalar::Hash,
            Self::Fresh { .. } => Scalar::Id,
        }
    }
}

/// The id that `fresh_id()` gives at place `site` of an entry, in these turns of the loops around it; `step` is
/// 0 in a call of its own, or the number of the composition's step plus one.
#[must_use]
pub fn fresh_id(tx_id: Value, step: u16, site: u16, turns: &[Value]) -> Value {
    let mut hasher = blake3::Hasher::new_derive_key("mcc 2026 fresh id");
    hasher.update(&tx_id.to_bytes()).update(&step.to_le_bytes()).update(&site.to_le_bytes());
    for turn in turns {
        hasher.update(&turn.low().to_le_bytes());
    }
    Value::from_bytes(hasher.finalize().as_bytes())
}
