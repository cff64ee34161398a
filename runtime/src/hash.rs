//! Hash maps over keys that are digests already.
//!
//! One multiplication with a secret of the process spreads them, so nobody can grind keys that collide.
//! Nothing observable may depend on the order of these maps.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::OnceLock;

/// A map whose keys are digests.
pub(crate) type DigestMap<K, V> = HashMap<K, V, DigestState>;

/// Makes [`DigestHasher`]s.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DigestState(u64);

/// Looks at the first eight bytes of a key only.
pub(crate) struct DigestHasher {
    secret: u64,
    hash: u64,
}

impl Default for DigestState {
    fn default() -> Self {
        static SECRET: OnceLock<u64> = OnceLock::new();
        Self(*SECRET.get_or_init(|| RandomState::new().hash_one(0)))
    }
}

impl BuildHasher for DigestState {
    type Hasher = DigestHasher;

    fn build_hasher(&self) -> DigestHasher {
        DigestHasher { secret: self.0, hash: 0 }
    }
}

impl Hasher for DigestHasher {
    fn write(&mut self, bytes: &[u8]) {
        let head = bytes.first_chunk().map_or(0, |head| u64::from_le_bytes(*head));
        let wide = u128::from(head ^ self.secret).wrapping_mul(u128::from(self.secret | 1));
        self.hash = (wide as u64) ^ ((wide >> 64) as u64);
    }

    fn write_usize(&mut self, _length: usize) {}

    fn finish(&self) -> u64 {
        self.hash
    }
}
