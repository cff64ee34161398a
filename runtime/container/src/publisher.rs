//! Publishers: who vouches for a package, with Ed25519 by the rules of ZIP-215.
//!
//! What is signed is a digest of the canonical manifest and of the module's hash, so a signature holds for one
//! package only, and nothing of the package can change under it.

use crate::address::Address;
use crate::manifest::Manifest;
use borsh::{BorshDeserialize, BorshSerialize};
use ed25519_zebra::{Signature, VerificationKey};

pub use ed25519_zebra::SigningKey;

/// A publisher's key, and what it has signed a package with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Publisher {
    key: [u8; 32],
    signature: [u8; 64],
}

impl Publisher {
    /// Signs a package.
    #[must_use]
    pub fn sign(key: &SigningKey, manifest: &Manifest, module_hash: [u8; 32]) -> Self {
        let signature = key.sign(&digest(manifest, module_hash)).to_bytes();
        Self { key: public(key), signature }
    }

    /// True if the publisher has signed this manifest and the module with this hash.
    #[must_use]
    pub fn has_signed(&self, manifest: &Manifest, module_hash: [u8; 32]) -> bool {
        let Ok(key) = VerificationKey::try_from(self.key) else { return false };
        let fits = |message: &[u8]| key.verify(&Signature::from_bytes(&self.signature), message).is_ok();
        // By ZIP-215 a key of small order signs every message at once, so it vouches for none.
        fits(&digest(manifest, module_hash)) && !fits(b"another message")
    }

    /// The public key.
    #[must_use]
    pub fn key(&self) -> [u8; 32] {
        self.key
    }

    /// The account that the key belongs to.
    #[must_use]
    pub fn address(&self) -> Address {
        Address::of_key(self.key)
    }
}

/// The public key that belongs to a key.
#[must_use]
pub fn public(key: &SigningKey) -> [u8; 32] {
    VerificationKey::from(key).into()
}

fn digest(manifest: &Manifest, module_hash: [u8; 32]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key("mcc 2026 package");
    // Writing to a hasher cannot fail. Borsh says where a manifest ends, so the hash after it needs no mark.
    let _ = manifest.serialize(&mut hasher);
    hasher.update(&module_hash);
    *hasher.finalize().as_bytes()
}
