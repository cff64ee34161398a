//! Random uses of the language's functions: arithmetic of the host, bits, hashes, signatures, and what a call is told.

use super::Writer;
use super::rich::Rich;
use super::{pick, weighted};
use mc_container::value::Scalar;
use rand::Rng;

/// A key, the only byte it has signed, and the signature (the second test of RFC 8032).
const KEY: &str = "0x3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
const SIGNED: &str = "114";
const SIGNATURE: &str = "0x92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
    085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

impl Writer<'_> {
    /// A local with what a function gives.
    pub(crate) fn computation(&mut self, rich: Rich) {
        let ty = self.integer();
        let (a, b) = (self.definite(ty, 1), self.definite(ty, 1));
        let (signed, unsigned) = (2 * u32::from(ty.is_signed()), 2 * u32::from(!ty.is_signed()));
        match weighted(self.rng, &[2, unsigned, unsigned, 2, 2, 2, 2, 3, 2 * signed, 1, 1]) {
            0 => {
                let name = *pick(self.rng, &["min", "max"]);
                self.scalar(ty, &format!("{name}({a}, {b})"));
            }
            1 => {
                let third = self.rng.random_range(0..4_u32);
                self.scalar(ty, &format!("mul_div({a}, {b}, {third})"));
            }
            2 => {
                self.scalar(ty, &format!("sqrt({a})"));
            }
            3 => {
                let name = *pick(self.rng, &["wrapping_add", "wrapping_sub", "wrapping_mul"]);
                self.scalar(ty, &format!("{name}({a}, {b})"));
            }
            4 => {
                let (name, bits) = (*pick(self.rng, &["shl", "shr"]), self.rng.random_range(0..9_u32));
                self.scalar(ty, &format!("{name}({a}, {bits})"));
            }
            5 => {
                let op = *pick(self.rng, &["&", "|", "^"]);
                self.scalar(ty, &format!("({a} {op} {b})"));
            }
            6 => {
                let name = *pick(self.rng, &["blake3", "sha256"]);
                self.scalar(Scalar::Hash, &format!("{name}(({a}, {b}))"));
            }
            7 => self.wide(rich),
            8 => {
                let value = *pick(self.rng, &["abs", "-"]);
                self.scalar(ty, &format!("({value}({a}))"));
            }
            9 => self.signature(),
            _ => self.surroundings(),
        }
    }

    /// A number of 256 bits in the state, changed and looked at.
    fn wide(&mut self, rich: Rich) {
        if !self.afford(3) {
            return;
        }
        let at = self.key(rich.key);
        let unsigned = *pick(self.rng, &[Scalar::U64, Scalar::U128]);
        let from = self.definite(unsigned, 1);
        if self.may_write {
            self.wrote = true;
            match weighted(self.rng, &[6, 1, 1]) {
                0 => {
                    let op = *pick(self.rng, &["+=", "-=", "*=", "="]);
                    self.line(&format!("big[{at}] {op} (({from}) as u256);"));
                }
                1 => self.line(&format!("big[{at}] = mul_div(big[{at}], (({from}) as u256), 3);")),
                _ => self.line(&format!("big[{at}] = sqrt(big[{at}]);")),
            }
        }
        let limit = self.rng.random_range(0..9_u32);
        self.scalar(Scalar::Bool, &format!("(big[{at}] / 3 >= {limit})"));
    }

    /// A signature of something: of what was signed, or of something else.
    fn signature(&mut self) {
        let message =
            if self.chance(50) { format!("({SIGNED} as u8)") } else { self.definite(Scalar::U8, 1) };
        self.scalar(Scalar::Bool, &format!("verify_signature({KEY}, {message}, {SIGNATURE})"));
    }

    fn surroundings(&mut self) {
        match self.rng.random_range(0..3) {
            0 => {
                self.scalar(Scalar::Bool, "(block.height > 3)");
            }
            1 => {
                self.scalar(Scalar::Id, "tx.id");
            }
            _ => {
                self.scalar(Scalar::Bool, "(via == none)");
            }
        }
    }
}
