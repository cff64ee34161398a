//! Signatures of packages: they hold for what was signed, and for nothing else.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use mc_container::address::Address;
use mc_container::manifest::{ContainerKind, Manifest};
use mc_container::publisher::{Publisher, SigningKey};

fn manifest(name: &str) -> Manifest {
    Manifest {
        name: name.to_owned(),
        kind: ContainerKind::Contract,
        version: 1,
        language: 1,
        compiler: "hand".to_owned(),
        source_hash: [0; 32],
        variables: Vec::new(),
        entries: Vec::new(),
        errors: Vec::new(),
        events: Vec::new(),
        slots: Vec::new(),
        assets: Vec::new(),
        computations: Vec::new(),
    }
}

fn read(bytes: &[u8]) -> Publisher {
    borsh::from_slice(bytes).unwrap()
}

#[test]
fn a_signature_is_of_one_manifest_and_one_module() {
    let key = SigningKey::from([7; 32]);
    let signed = Publisher::sign(&key, &manifest("Token"), [1; 32]);
    assert!(signed.has_signed(&manifest("Token"), [1; 32]));
    assert!(!signed.has_signed(&manifest("Tokens"), [1; 32]));
    assert!(!signed.has_signed(&manifest("Token"), [2; 32]));
    let other = Publisher::sign(&SigningKey::from([8; 32]), &manifest("Token"), [1; 32]);
    assert_ne!(signed.key(), other.key());
    assert_eq!(signed.address(), Address::of_key(signed.key()));
    assert_ne!(signed.address(), other.address());
    assert_eq!(signed, Publisher::sign(&key, &manifest("Token"), [1; 32]), "signing has no randomness");
}

#[test]
fn a_signature_with_any_bit_changed_is_none() {
    let signed = Publisher::sign(&SigningKey::from([7; 32]), &manifest("Token"), [1; 32]);
    let bytes = borsh::to_vec(&signed).unwrap();
    assert_eq!(bytes.len(), 32 + 64);
    for bit in 0..bytes.len() * 8 {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(!read(&damaged).has_signed(&manifest("Token"), [1; 32]), "bit {bit}");
    }
}

#[test]
fn a_key_that_signs_everything_vouches_for_nothing() {
    // A point of small order, with the signature that ZIP-215 lets pass for every message.
    let mut bytes = [0; 96];
    bytes[..2].copy_from_slice(&[1, 0]);
    bytes[32] = 1;
    let (key, signature) = bytes.split_first_chunk::<32>().unwrap();
    let key = ed25519_zebra::VerificationKey::try_from(*key).unwrap();
    let signature = ed25519_zebra::Signature::from_bytes(signature.try_into().unwrap());
    assert!(key.verify(&signature, b"this").is_ok() && key.verify(&signature, b"that").is_ok());
    assert!(!read(&bytes).has_signed(&manifest("Token"), [1; 32]));
}
