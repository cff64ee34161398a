//! The canonical encoding: every value has one, nothing else is one; and what is hashed and signed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use mc_container::codec::{decode, encode, normalise, show};
use mc_container::compute::{Computation, Context, fresh_id};
use mc_container::text::{byte_words, text_words};
use mc_container::ty::{EnumType, Field, StructType, Type, Variant};
use mc_container::value::{Scalar, Value};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, RngCore, SeedableRng};

fn field(name: &str, ty: impl Into<Type>) -> Field {
    Field { name: name.to_owned(), ty: ty.into(), constant: false }
}

fn list(element: impl Into<Type>, max: u32) -> Type {
    Type::List(Box::new(element.into()), max)
}

fn option(content: impl Into<Type>) -> Type {
    Type::Option(Box::new(content.into()))
}

fn lot() -> Type {
    let fields = vec![field("seller", Scalar::Address), field("pot", Type::Asset("coin".to_owned()))];
    Type::Struct(StructType { name: "Lot".to_owned(), asset: None, fields })
}

fn phase() -> Type {
    let variants = vec![
        Variant { name: "Open".to_owned(), fields: vec![] },
        Variant {
            name: "Sold".to_owned(),
            fields: vec![field("to", Scalar::U8), field("note", Type::String(3))],
        },
    ];
    Type::Enum(EnumType { name: "Phase".to_owned(), variants })
}

fn encoded(ty: &Type, values: &[Value]) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(ty, values, &mut bytes);
    bytes
}

fn decoded(ty: &Type, bytes: &[u8]) -> Option<Vec<Value>> {
    let mut rest = bytes;
    decode(ty, &mut rest).filter(|_| rest.is_empty())
}

#[test]
fn encodings_stand_as_published() {
    let n = Value::from_u64;
    assert_eq!(encoded(&Type::String(40), &text_words("é!", 40).unwrap()), [3, 0, 0, 0, 0xc3, 0xa9, b'!']);
    assert_eq!(encoded(&Type::Bytes(2), &byte_words(&[7, 8], 2).unwrap()), [7, 8]);
    assert_eq!(encoded(&option(Scalar::U16), &[n(1), n(258)]), [1, 2, 1]);
    assert_eq!(encoded(&option(Scalar::U16), &[n(0), n(0)]), [0]);
    assert_eq!(encoded(&list(Scalar::U8, 3), &[n(2), n(5), n(6), n(0)]), [2, 0, 0, 0, 5, 6]);
    assert_eq!(encoded(&phase(), &[n(0), n(0), n(0)]), [0]);
    let note = text_words("hi", 3).unwrap()[0];
    assert_eq!(encoded(&phase(), &[n(1), n(9), note]), [1, 9, 2, 0, 0, 0, b'h', b'i']);
    assert_eq!(encoded(&Type::unit(), &[]), []);
}

#[test]
fn what_is_no_encoding_is_refused() {
    let refuse = |ty: &Type, bytes: &[u8]| assert_eq!(decoded(ty, bytes), None, "{ty} of {bytes:?}");
    refuse(&Scalar::Bool.into(), &[2]);
    refuse(&Scalar::U8.into(), &[1, 0]);
    refuse(&Scalar::U8.into(), &[]);
    refuse(&option(Scalar::U8), &[2, 1]);
    refuse(&option(Scalar::U8), &[1]);
    refuse(&option(Scalar::U8), &[0, 0]);
    refuse(&list(Scalar::U8, 2), &[3, 0, 0, 0, 1, 2, 3]);
    refuse(&list(Scalar::U8, 2), &[2, 0, 0, 0, 1]);
    refuse(&list(Scalar::U8, 2), &[0xff; 4]);
    refuse(&Type::String(3), &[4, 0, 0, 0, b'a', b'b', b'c', b'd']);
    refuse(&Type::String(3), &[1, 0, 0, 0, 0xff]);
    refuse(&Type::String(3), &[2, 0, 0, 0, 0xc0, 0x80]);
    refuse(&Type::String(3), &[0xff, 0xff, 0xff, 0xff]);
    refuse(&phase(), &[2]);
    refuse(&phase(), &[1, 9]);
    refuse(&Type::Enum(EnumType { name: String::new(), variants: vec![] }), &[0]);
}

#[test]
fn values_read_like_the_language() {
    let seller = Value::from_bytes(&[0xab; 20]);
    let pot = Value::from_u64(5);
    assert_eq!(show(&lot(), &[seller, pot]), format!("Lot(seller: 0x{}, pot: 5)", "ab".repeat(20)));
    let texts = [text_words("a\"b", 9).unwrap(), text_words("", 9).unwrap()].concat();
    let ty = list(Type::String(9), 2);
    assert_eq!(show(&ty, &[&[Value::from_u64(2)], texts.as_slice()].concat()), r#"["a\"b", ""]"#);
    assert_eq!(show(&ty, &[&[Value::from_u64(1)], texts.as_slice()].concat()), r#"["a\"b"]"#);
    assert_eq!(show(&option(Scalar::U8), &[Value::from_u64(1), pot]), "some(5)");
    assert_eq!(show(&option(Scalar::U8), &[Value::ZERO, Value::ZERO]), "none");
    let pair = Type::Tuple(vec![Scalar::U8.into(), Scalar::Bool.into()]);
    assert_eq!(show(&pair, &[pot, Value::ZERO]), "(5, false)");
    assert_eq!(show(&phase(), &[Value::ZERO; 3]), "Open");
    let note = text_words("hi", 3).unwrap()[0];
    assert_eq!(show(&phase(), &[Value::from_u64(1), pot, note]), "Sold(to: 5, note: \"hi\")");
    assert_eq!(show(&Type::Bytes(2), &byte_words(&[1, 0xfe], 2).unwrap()), "0x01fe");
    assert_eq!(show(&Scalar::U256.into(), &[Value([u64::MAX; 4])]).len(), 78);
}

fn random_type(random: &mut StdRng, depth: u32) -> Type {
    let scalar = |random: &mut StdRng| Type::Scalar(*Scalar::ALL.choose(random).unwrap());
    if depth == 0 {
        return match random.random_range(0..5) {
            0 => Type::String(random.random_range(0..70)),
            1 => Type::Bytes(random.random_range(0..70)),
            2 => Type::Asset("a".to_owned()),
            _ => scalar(random),
        };
    }
    let fields = |random: &mut StdRng| {
        (0..random.random_range(0..4)).map(|_| field("f", random_type(random, depth - 1))).collect::<Vec<_>>()
    };
    match random.random_range(0..6) {
        0 => option(random_type(random, depth - 1)),
        1 => list(random_type(random, depth - 1), random.random_range(0..5)),
        2 => Type::Tuple(fields(random).into_iter().map(|field| field.ty).collect()),
        3 => Type::Struct(StructType { name: "S".to_owned(), asset: None, fields: fields(random) }),
        4 => {
            let variant = |random: &mut StdRng| Variant { name: "V".to_owned(), fields: fields(random) };
            let variants = (0..random.random_range(1..4)).map(|_| variant(random)).collect();
            Type::Enum(EnumType { name: "E".to_owned(), variants })
        }
        _ => random_type(random, 0),
    }
}

/// A value whose absent parts are garbage, which `normalise` takes away.
fn random_value(ty: &Type, random: &mut StdRng, out: &mut Vec<Value>) {
    match ty {
        Type::Scalar(Scalar::Bool) => out.push(Value::from_u64(random.random_range(0..2))),
        Type::Scalar(_) | Type::Asset(_) | Type::Seen(_) => {
            let mut bytes = [0; 32];
            let width = ty.scalars()[0].width();
            random.fill_bytes(&mut bytes[..width]);
            out.push(Value::from_bytes(&bytes));
        }
        Type::String(max) => {
            let length = random.random_range(0..=*max);
            let text: String =
                (0..length / 3).map(|_| *['a', 'é', '√', '0'].choose(random).unwrap()).collect();
            out.extend(text_words(&text, *max).unwrap());
        }
        Type::Bytes(length) => {
            let bytes: Vec<u8> = (0..*length).map(|_| random.random()).collect();
            out.extend(byte_words(&bytes, *length).unwrap());
        }
        Type::Tuple(parts) => parts.iter().for_each(|part| random_value(part, random, out)),
        Type::Struct(it) => it.fields.iter().for_each(|field| random_value(&field.ty, random, out)),
        Type::Option(content) => {
            out.push(Value::from_u64(random.random_range(0..2)));
            random_value(content, random, out);
        }
        Type::List(element, max) => {
            out.push(Value::from_u64(random.random_range(0..=*max).into()));
            (0..*max).for_each(|_| random_value(element, random, out));
        }
        Type::Enum(it) => {
            out.push(Value::from_u64(random.random_range(0..it.variants.len()) as u64));
            let fields = it.variants.iter().flat_map(|variant| &variant.fields);
            fields.for_each(|field| random_value(&field.ty, random, out));
        }
    }
}

#[test]
fn every_value_has_one_encoding() {
    let mut random = StdRng::seed_from_u64(1);
    for _ in 0..3_000 {
        let ty = random_type(&mut random, 3);
        assert_eq!(ty.scalars().len(), ty.scalar_count(), "{ty:?}");
        assert_eq!(ty.limbs(), ty.scalars().iter().map(|scalar| scalar.limbs()).sum::<usize>(), "{ty:?}");
        let mut values = Vec::new();
        random_value(&ty, &mut random, &mut values);
        let with_garbage = encoded(&ty, &values);
        assert!(normalise(&ty, &mut values), "{ty:?}");
        let bytes = encoded(&ty, &values);
        assert_eq!(bytes, with_garbage);
        assert_eq!(decoded(&ty, &bytes).as_ref(), Some(&values), "{ty:?}");
        let _ = show(&ty, &values);
        assert!(bytes.is_empty() || decoded(&ty, &bytes[..bytes.len() - 1]).is_none());
        assert_eq!(decoded(&ty, &[bytes.as_slice(), &[0]].concat()), None);
        // Whatever else decodes is the encoding of what it decodes to.
        for _ in 0..8.min(bytes.len()) {
            let mut other = bytes.clone();
            other[random.random_range(0..bytes.len())] = random.random();
            if let Some(values) = decoded(&ty, &other) {
                assert_eq!(encoded(&ty, &values), other, "{ty:?}");
                assert!(normalise(&ty, &mut values.clone()));
            }
        }
    }
}

#[test]
fn whatever_code_leaves_behind_is_a_value_or_is_refused() {
    let mut random = StdRng::seed_from_u64(2);
    for _ in 0..3_000 {
        let ty = random_type(&mut random, 3);
        let word = |random: &mut StdRng| match random.random_range(0..3) {
            0 => Value::ZERO,
            1 => Value::from_u64(random.random_range(0..4)),
            _ => Value([random.random(), 0, random.random(), 0]),
        };
        let mut values: Vec<Value> = (0..ty.scalar_count()).map(|_| word(&mut random)).collect();
        if normalise(&ty, &mut values) {
            assert_eq!(decoded(&ty, &encoded(&ty, &values)), Some(values), "{ty:?}");
        }
    }
}

fn run(computation: &Computation, operands: &[Value]) -> Value {
    computation.run(operands, Context::default()).unwrap()
}

fn hex(digits: &str) -> Vec<u8> {
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn hashes_are_of_the_encoding() {
    let text = text_words("abc", 3).unwrap();
    let bytes = byte_words(b"abc", 3).unwrap();
    let sha256 = hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_eq!(run(&Computation::Sha256(Type::Bytes(3)), &bytes).to_bytes()[..], sha256);
    let with_length = [&[3, 0, 0, 0][..], b"abc"].concat();
    let expected = *blake3::hash(&with_length).as_bytes();
    assert_eq!(run(&Computation::Blake3(Type::String(3)), &text).to_bytes(), expected);
}

#[test]
fn signatures_are_those_of_rfc_8032_and_zip_215() {
    let key = hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    let signature = hex(concat!(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da",
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    ));
    let verify = |key: &[u8], message: u8, signature: &[u8]| {
        let mut operands = byte_words(key, 32).unwrap();
        operands.push(Value::from_u64(message.into()));
        operands.extend(byte_words(signature, 64).unwrap());
        run(&Computation::VerifySignature(Scalar::U8.into()), &operands).is_true()
    };
    assert!(verify(&key, 0x72, &signature));
    assert!(!verify(&key, 0x73, &signature));
    for place in 0..64 {
        let mut other = signature.clone();
        other[place] ^= 1;
        assert!(!verify(&key, 0x72, &other));
    }
    assert!(!verify(&[0xff; 32], 0x72, &signature));
    // The point of small order that ZIP-215 lets pass for every message, written in a form that is not its
    // shortest.
    let small = hex("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
    let of_small = [small.as_slice(), &[0; 32]].concat();
    assert!(verify(&small, 0x72, &of_small));
    assert!(verify(&small, 0x73, &of_small));
}

#[test]
fn too_few_operands_are_zero() {
    for computation in [
        Computation::Blake3(lot()),
        Computation::Sha256(list(phase(), 3)),
        Computation::VerifySignature(lot()),
        Computation::Fresh { site: 1, depth: 2 },
    ] {
        let _ = computation.run(&[], Context::default());
    }
}

#[test]
fn fresh_ids_differ_by_place_and_turn() {
    let n = Value::from_u64;
    let ids = [
        fresh_id(n(1), 0, 0, &[]),
        fresh_id(n(2), 0, 0, &[]),
        fresh_id(n(1), 1, 0, &[]),
        fresh_id(n(1), 0, 1, &[]),
        fresh_id(n(1), 0, 0, &[n(0)]),
        fresh_id(n(1), 0, 0, &[n(1)]),
        fresh_id(n(1), 0, 0, &[n(0), n(0)]),
    ];
    let mut distinct = ids.to_vec();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), ids.len());
    let context = Context { tx_id: n(1), step: 1 };
    assert_eq!(Computation::Fresh { site: 0, depth: 0 }.run(&[], context), Ok(ids[2]));
}
