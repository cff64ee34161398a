//! Random blocks: few accounts, few keys, self-transfers, zero amounts, and values that fail; and single calls with what
//! lies at the edges of every type.

use super::program::{ACCOUNTS, IDS};
use super::{chance, pick, weighted};
use crate::stage::{CHAIN, FUNDS, Stage};
use ethnum::I256;
use mc_compiler::tree::{COIN, Function, FunctionKind};
use mc_container::address::Address;
use mc_container::codec;
use mc_container::manifest::EntryKind;
use mc_container::text::{byte_words, text_words};
use mc_container::ty::Type;
use mc_container::value::{Scalar, Value};
use mc_runtime::{Block, Transaction};
use rand::Rng;
use rand::rngs::SmallRng;

/// Which values arguments have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// Small ones, so that calls meet.
    Narrow,
    /// Mostly small ones.
    Usual,
    /// Those at the edges of their types, or any at all.
    Edges,
}

/// A block of transactions over the deployed program.
#[must_use]
pub fn block(rng: &mut SmallRng, stage: &Stage<'_>, height: u64) -> Block {
    let entries = callable(stage);
    let hot = pick(rng, &entries).clone();
    let count = match weighted(rng, &[2, 96, 1]) {
        0 => rng.random_range(0..2),
        1 => rng.random_range(12..41),
        // More than one run of every part of the scheduler.
        _ => rng.random_range(60..700),
    };
    let reach = if chance(rng, 40) { Reach::Narrow } else { Reach::Usual };
    // Sometimes nothing but one or two entries, so that only the limits of their cells order the block.
    let few: Vec<(Address, Function)> = (0..2).map(|_| pick(rng, &entries).clone()).collect();
    let entries = if chance(rng, 35) { few } else { entries };
    let transactions = (0..count)
        .map(|nonce| {
            let (to, function) = if chance(rng, 50) { hot.clone() } else { pick(rng, &entries).clone() };
            transaction(rng, stage, nonce, (to, &function), reach)
        })
        .collect();
    Block { chain: CHAIN.to_owned(), height, time: 2_000 + height, transactions }
}

/// A block of one call, whose arguments are at the edges of their types or anything at all.
#[must_use]
pub fn call_at_the_edges(
    rng: &mut SmallRng,
    stage: &Stage<'_>,
    (to, function): (Address, &Function),
    height: u64,
) -> Block {
    let reach = if chance(rng, 75) { Reach::Edges } else { Reach::Usual };
    let transactions = vec![transaction(rng, stage, 0, (to, function), reach)];
    let time = 2_000 + height * [0, 1, 1_000_000_007][weighted(rng, &[1, 4, 1])];
    Block { chain: CHAIN.to_owned(), height, time, transactions }
}

/// Every entry, view and composition that a transaction can call, with its address.
#[must_use]
pub fn callable(stage: &Stage<'_>) -> Vec<(Address, Function)> {
    let mut entries = Vec::new();
    for (_, address) in &stage.names {
        for function in &stage.machine.unit_at(*address).unwrap().functions {
            let is_called = matches!(
                function.kind,
                FunctionKind::Callable(EntryKind::Entry | EntryKind::View | EntryKind::Compose)
            );
            if is_called && !function.is_port() {
                entries.push((*address, function.clone()));
            }
        }
    }
    entries
}

fn transaction(
    rng: &mut SmallRng,
    stage: &Stage<'_>,
    nonce: u32,
    (to, function): (Address, &Function),
    reach: Reach,
) -> Transaction {
    let mut arguments = Vec::new();
    for param in function.param_locals() {
        if !is_coin(&param.ty) {
            let mut values = Vec::new();
            composite(rng, stage, &param.ty, reach, &mut values);
            codec::encode(&param.ty, &values, &mut arguments);
        }
    }
    let from = Address::of_account(pick::<&str>(rng, &ACCOUNTS));
    let mut tx = Transaction::call(from, nonce, to, &function.name, arguments);
    if function.param_locals().iter().any(|param| is_coin(&param.ty)) && chance(rng, 90) {
        tx.value = [0, 1, 2, 5, FUNDS / 3, FUNDS, u64::MAX][weighted(rng, &[1, 8, 8, 8, 3, 1, 1])];
    }
    if chance(rng, 1) {
        damage(rng, &mut tx);
    }
    tx
}

fn is_coin(ty: &Type) -> bool {
    matches!(ty, Type::Asset(name) if name == COIN)
}

/// The scalars of a value of any type; parts that are not there are anything, for the encoding drops them.
fn composite(rng: &mut SmallRng, stage: &Stage<'_>, ty: &Type, reach: Reach, out: &mut Vec<Value>) {
    match ty {
        Type::Scalar(scalar) => out.push(value(rng, stage, *scalar, reach)),
        Type::Asset(_) | Type::Seen(_) => out.push(Value::from_u64(rng.random_range(0..4))),
        Type::String(max) => out.extend(text_words(&text(rng, *max as usize, reach), *max).unwrap()),
        Type::Bytes(length) => {
            let byte = if reach == Reach::Edges { *pick(rng, &[0, 0xff, 0x80]) } else { *pick(rng, &IDS) };
            out.extend(byte_words(&vec![byte; *length as usize], *length).unwrap());
        }
        Type::Tuple(parts) => parts.iter().for_each(|part| composite(rng, stage, part, reach, out)),
        Type::Struct(it) => it.fields.iter().for_each(|field| composite(rng, stage, &field.ty, reach, out)),
        Type::Option(content) => {
            out.push(Value::from_u64(rng.random_range(0..2)));
            composite(rng, stage, content, reach, out);
        }
        Type::Enum(it) => {
            out.push(Value::from_u64(rng.random_range(0..it.variants.len() as u64)));
            let fields = it.variants.iter().flat_map(|variant| &variant.fields);
            fields.for_each(|field| composite(rng, stage, &field.ty, reach, out));
        }
        Type::List(element, max) => {
            let any = rng.random_range(0..*max + 1);
            let length = if reach == Reach::Edges { *pick(rng, &[0, *max, any]) } else { any };
            out.push(Value::from_u64(u64::from(length)));
            (0..*max).for_each(|_| composite(rng, stage, element, reach, out));
        }
    }
}

/// A text of at most `max` bytes.
fn text(rng: &mut SmallRng, max: usize, reach: Reach) -> String {
    let short = ["", "a", "bb", "c\u{e9}"];
    match (reach, rng.random_range(0..4)) {
        (Reach::Edges, 0) => "z".repeat(max),
        // As many letters of several bytes as there is room for.
        (Reach::Edges, 1) => "\u{1f600}".repeat(max / 4),
        (Reach::Edges, 2) => String::new(),
        _ => short[rng.random_range(0..max.min(3) + 1)].to_owned(),
    }
}

/// Makes a transaction that cannot even start.
fn damage(rng: &mut SmallRng, tx: &mut Transaction) {
    match rng.random_range(0..6) {
        0 => tx.data.arguments.push(0),
        1 => tx.data.entry.push('x'),
        2 => tx.data.entry = "init".to_owned(),
        3 => tx.value = 1,
        4 => tx.to = Some(Address::of_account("nobody")),
        _ => drop(tx.data.arguments.pop()),
    }
}

fn value(rng: &mut SmallRng, stage: &Stage<'_>, ty: Scalar, reach: Reach) -> Value {
    match ty {
        Scalar::Bool => Value::from_u64(rng.random_range(0..2)),
        Scalar::Address if reach == Reach::Edges && chance(rng, 20) => {
            Address([*pick(rng, &[0, 0xff]); 20]).value()
        }
        Scalar::Address if chance(rng, 4) => pick(rng, &stage.names).1.value(),
        Scalar::Address => Address::of_account(pick::<&str>(rng, &ACCOUNTS)).value(),
        Scalar::Id | Scalar::Hash if reach == Reach::Edges && chance(rng, 30) => {
            Value::from_bytes(&[*pick(rng, &[0, 0xff]); 32])
        }
        Scalar::Id | Scalar::Hash => Value::from_bytes(&[*pick(rng, &IDS); 32]),
        Scalar::U256 => wide(rng, reach),
        _ if reach == Reach::Edges => edge(rng, ty),
        _ => number(rng, ty, reach),
    }
}

/// A number of 256 bits.
fn wide(rng: &mut SmallRng, reach: Reach) -> Value {
    let often = if reach == Reach::Edges { 60 } else { 10 };
    if reach == Reach::Narrow || !chance(rng, often) {
        return number(rng, Scalar::U128, reach);
    }
    let limb = |rng: &mut SmallRng| match rng.random_range(0..3) {
        0 => 0,
        1 => u64::MAX,
        _ => rng.random(),
    };
    let full = Value([u64::MAX - rng.random_range(0..3_u64), u64::MAX, u64::MAX, u64::MAX]);
    if chance(rng, 40) { full } else { Value([limb(rng), limb(rng), limb(rng), limb(rng)]) }
}

/// A number at an edge of its type, or with any bits.
fn edge(rng: &mut SmallRng, ty: Scalar) -> Value {
    let (least, greatest) = ty.range();
    let number = match rng.random_range(0..9) {
        0 => I256::ZERO,
        1 => I256::ONE,
        2 => greatest,
        3 => greatest - 1,
        4 => least,
        5 => least + 1,
        6 => greatest >> 1,
        // Around a power of two.
        7 => (I256::ONE << rng.random_range(0..127_u32)) - rng.random_range(0..2_i128),
        // Any bits, of any length.
        _ => I256::from(rng.random::<i128>() >> rng.random_range(0..120_u32)),
    };
    let turned = if ty.is_signed() && chance(rng, 50) { -number } else { number };
    Value::from_number(turned.clamp(least, greatest), ty).unwrap()
}

fn number(rng: &mut SmallRng, ty: Scalar, reach: Reach) -> Value {
    let (least, greatest) = ty.range();
    let wide = if reach == Reach::Narrow { 0 } else { 1 };
    let number = match weighted(rng, &[24, 4 * wide, 3 * wide, 4 * wide, 4 * wide]) {
        0 => I256::from(rng.random_range(0..4_i128)),
        1 => greatest - rng.random_range(0..5_i128),
        2 => least + rng.random_range(0..3_i128),
        3 => I256::from(rng.random_range(4..120_i128)),
        _ => least.max(I256::from(-rng.random_range(0..4_i128))),
    };
    Value::from_number(number, ty).unwrap()
}
