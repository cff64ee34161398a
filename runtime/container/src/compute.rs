//! Computations that a module asks of the host, because as WASM they would be long: pure functions of scalars.
//!
//! A module's manifest lists the ones it uses; the import `compute` takes the number in that list. Every
//! integer semantics stands here once, for the host, the constants of the compiler and the tests' interpreter.

use crate::arithmetic::{self, Operation};
use crate::codec;
use crate::error::SystemError;
use crate::integer::{self, BitOperation, ShiftDirection};
use crate::text::bytes_of;
use crate::ty::Type;
use crate::value::{Scalar, Value};
use borsh::{BorshDeserialize, BorshSerialize};
use ed25519_zebra::{Signature, VerificationKey};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// A computation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize, Serialize)]
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

    /// How many scalars it takes; the greatest number there is where it is beyond that.
    #[must_use]
    pub fn arity(&self) -> usize {
        match self {
            Self::Cast(..) | Self::SquareRoot(_) => 1,
            Self::Arithmetic(..) | Self::Less(_) | Self::Wrapping(..) | Self::Bits(..) | Self::Shift(..) => 2,
            Self::MulDiv(_) => 3,
            Self::Blake3(ty) | Self::Sha256(ty) => ty.scalar_count(),
            Self::VerifySignature(message) => {
                let around = Type::Bytes(32).scalar_count() + Type::Bytes(64).scalar_count();
                message.scalar_count().saturating_add(around)
            }
            Self::Fresh { depth, .. } => usize::from(*depth),
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

/// What a computation knows about the call it runs in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// The transaction's id.
    pub tx_id: Value,
    /// 0 in the called entry itself, or the number of the step among all of the call's plus one.
    pub step: u16,
}

impl Computation {
    /// Computes. Missing operands count as zero.
    ///
    /// # Errors
    /// What the same operation of the language fails with.
    pub fn run(&self, operands: &[Value], context: Context) -> Result<Value, SystemError> {
        let operand = |number: usize| operands.get(number).copied().unwrap_or_default();
        let (a, b) = (operand(0), operand(1));
        let truth = |is_true: bool| Value::from_u64(u64::from(is_true));
        match self {
            Self::Arithmetic(operation, ty) => arithmetic::checked(*operation, *ty, a, b),
            Self::Less(ty) => Ok(truth(arithmetic::compare(*ty, a, b).is_lt())),
            Self::Cast(from, to) => arithmetic::cast(a, *from, *to),
            Self::MulDiv(ty) => integer::mul_div(*ty, a, b, operand(2)),
            Self::SquareRoot(ty) => integer::square_root(*ty, a),
            Self::Wrapping(operation, ty) => integer::wrapping(*operation, *ty, a, b),
            Self::Bits(operation, _) => Ok(integer::bits(*operation, a, b)),
            Self::Shift(direction, ty) => Ok(integer::shift(*direction, *ty, a, b.low())),
            Self::Blake3(ty) => Ok(Value::from_bytes(blake3::hash(&encoded(ty, operands)).as_bytes())),
            Self::Sha256(ty) => Ok(Value::from_bytes(&Sha256::digest(encoded(ty, operands)))),
            Self::VerifySignature(message) => Ok(truth(verify(message, operands))),
            Self::Fresh { site, depth } => {
                let turns = operands.get(..usize::from(*depth)).unwrap_or(operands);
                Ok(fresh_id(context.tx_id, context.step, *site, turns))
            }
        }
    }
}

/// Fuel for a computation on a few limbs.
const FUEL: u64 = 100;
/// Fuel for one that is long division at heart.
const DIVISION_FUEL: u64 = 2_000;
/// Fuel for a hash, and for each limb that is hashed.
const HASH_FUEL: (u64, u64) = (500, 20);
/// Fuel for a signature; the message costs what hashing it costs.
const SIGNATURE_FUEL: u64 = 200_000;

impl Computation {
    /// What it costs, whatever its operands are.
    #[must_use]
    pub fn fuel(&self) -> u64 {
        let hashing = |ty: &Type| {
            let (hash, limb) = HASH_FUEL;
            limb.saturating_mul(ty.limbs() as u64).saturating_add(hash)
        };
        match self {
            Self::Arithmetic(Operation::Divide | Operation::Remainder, _)
            | Self::MulDiv(_)
            | Self::SquareRoot(_) => DIVISION_FUEL,
            Self::Blake3(ty) | Self::Sha256(ty) => hashing(ty),
            Self::VerifySignature(ty) => hashing(ty).saturating_add(SIGNATURE_FUEL),
            Self::Fresh { depth, .. } => {
                let (hash, limb) = HASH_FUEL;
                hash + limb * u64::from(*depth)
            }
            Self::Arithmetic(..)
            | Self::Less(_)
            | Self::Cast(..)
            | Self::Wrapping(..)
            | Self::Bits(..)
            | Self::Shift(..) => FUEL,
        }
    }
}

fn encoded(ty: &Type, values: &[Value]) -> Vec<u8> {
    let mut bytes = Vec::new();
    codec::encode(ty, values, &mut bytes);
    bytes
}

/// Ed25519 by ZIP-215, which says of every key, message and signature whether it is valid.
fn verify(message: &Type, operands: &[Value]) -> bool {
    let Some((key, rest)) = operands.split_first() else { return false };
    let Some((message_values, signature)) = rest.split_at_checked(message.scalar_count()) else {
        return false;
    };
    let signature: Result<[u8; 64], _> = bytes_of(signature).try_into();
    let (Ok(key), Ok(signature)) = (VerificationKey::try_from(key.to_bytes()), signature) else {
        return false;
    };
    key.verify(&Signature::from_bytes(&signature), &encoded(message, message_values)).is_ok()
}

/// The id that `fresh_id()` gives at place `site` of an entry, in these turns of the loops around it; `step` is
/// 0 in the called entry itself, or the number of the step among all of the call's plus one.
#[must_use]
pub fn fresh_id(tx_id: Value, step: u16, site: u16, turns: &[Value]) -> Value {
    let mut hasher = blake3::Hasher::new_derive_key("mcc 2026 fresh id");
    hasher.update(&tx_id.to_bytes()).update(&step.to_le_bytes()).update(&site.to_le_bytes());
    for turn in turns {
        hasher.update(&turn.low().to_le_bytes());
    }
    Value::from_bytes(hasher.finalize().as_bytes())
}
