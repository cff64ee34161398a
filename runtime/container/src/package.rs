//! Packages: a container as one file, `NAME.mcpkg`.
//!
//! ```text
//! "MCPK"  u16 format  manifest  u32 length  module  u8 0, or u8 1  key  signature
//! ```
//!
//! The last part is the publisher's, who may have signed the package ([`crate::publisher`]).
//!
//! The module is ordinary WASM with the access formulas in its custom section `mc.access`. Manifest and
//! formulas are encoded with Borsh, which has one encoding for every value; a package that is not the encoding
//! of what it decodes to is refused, so equal containers are equal bytes.

use crate::access::EntryAccess;
use crate::address::Address;
use crate::compute::Computation;
use crate::manifest::Manifest;
use crate::publisher::{Publisher, SigningKey};
use crate::verify::{self, PACKAGE_BYTES_MAX, Refusal, Verified};
use borsh::{BorshDeserialize, BorshSerialize};

/// The first bytes of every package.
pub const MAGIC: [u8; 4] = *b"MCPK";
/// The version of this layout.
pub const FORMAT: u16 = 2;

#[derive(BorshSerialize, BorshDeserialize)]
struct File {
    magic: [u8; 4],
    format: u16,
    manifest: Manifest,
    module: Vec<u8>,
    publisher: Option<Publisher>,
}

/// A container that passed the verifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    manifest: Manifest,
    access: Vec<EntryAccess>,
    reads_tx_id: bool,
    stack: u64,
    module: Vec<u8>,
    publisher: Option<Publisher>,
}

impl Package {
    /// The container of this manifest and module, signed by nobody.
    ///
    /// # Errors
    /// The verifier's [`Refusal`].
    pub fn new(manifest: Manifest, module: Vec<u8>) -> Result<Self, Refusal> {
        let Verified { access, reads_tx_id, stack } = verify::verify(&manifest, &module)?;
        Ok(Self { manifest, access, reads_tx_id, stack, module, publisher: None })
    }

    /// Reads a package.
    ///
    /// # Errors
    /// [`Refusal::Damaged`] for bytes that are no package, [`Refusal::Signature`] where the publisher has not
    /// signed it, else the verifier's [`Refusal`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Refusal> {
        if bytes.len() > PACKAGE_BYTES_MAX {
            return Err(Refusal::Damaged);
        }
        let file = File::try_from_slice(bytes).map_err(|_| Refusal::Damaged)?;
        if file.magic != MAGIC || file.format != FORMAT {
            return Err(Refusal::Damaged);
        }
        let package = Self { publisher: file.publisher, ..Self::new(file.manifest, file.module)? };
        let forged = package
            .publisher
            .is_some_and(|publisher| !publisher.has_signed(&package.manifest, package.module_hash()));
        if forged { Err(Refusal::Signature) } else { Ok(package) }
    }

    /// The package, signed.
    #[must_use]
    pub fn signed(self, key: &SigningKey) -> Self {
        let publisher = Publisher::sign(key, &self.manifest, self.module_hash());
        Self { publisher: Some(publisher), ..self }
    }

    /// Who has signed it.
    #[must_use]
    pub fn publisher(&self) -> Option<&Publisher> {
        self.publisher.as_ref()
    }

    /// The package as bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let file = File {
            magic: MAGIC,
            format: FORMAT,
            manifest: self.manifest.clone(),
            module: self.module.clone(),
            publisher: self.publisher,
        };
        encode(&file)
    }

    /// What the container offers, stores and needs.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The access formulas, one for each entry of the manifest.
    #[must_use]
    pub fn access(&self) -> &[EntryAccess] {
        &self.access
    }

    /// True if the code may read the transaction's id, or make others of it.
    #[must_use]
    pub fn needs_tx_id(&self) -> bool {
        let fresh = |computation: &Computation| matches!(computation, Computation::Fresh { .. });
        self.reads_tx_id || self.manifest.computations.iter().any(fresh)
    }

    /// The most stack that a call of its code uses, in values of 64 bits.
    #[must_use]
    pub fn stack(&self) -> u64 {
        self.stack
    }

    /// The WASM module.
    #[must_use]
    pub fn module(&self) -> &[u8] {
        &self.module
    }

    /// BLAKE3 of the module.
    #[must_use]
    pub fn module_hash(&self) -> [u8; 32] {
        *blake3::hash(&self.module).as_bytes()
    }

    /// What a call runs: this module under its manifest, and behind each slot the container at an address with its
    /// own code. A transaction that names it runs this and nothing else (03 §3.2).
    #[must_use]
    pub fn code(&self, slots: impl IntoIterator<Item = (Address, [u8; 32])>) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_derive_key("mcc 2026 code");
        hasher.update(&self.module_hash());
        hasher.update(blake3::hash(&encode(&self.manifest)).as_bytes());
        for (address, code) in slots {
            hasher.update(&address.0).update(&code);
        }
        *hasher.finalize().as_bytes()
    }
}

/// The canonical encoding of a value.
pub fn encode<T: BorshSerialize>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing to memory cannot fail.
    let _ = value.serialize(&mut bytes);
    bytes
}
