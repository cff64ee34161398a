//! Random blocks: few accounts, few keys, self-transfers, zero amounts, and values that fail.

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
    let narrow = chance(rng, 40);
    // Sometimes nothing but one or two entries, so that only the limits of their cells order the block.
    let few: Vec<(Address, Function)> = (0..2).map(|_| pick(rng, &entries).clone()).collect();
    let entries = if chance(rng, 35) { few } else { entries };
    let transactions = (0..count)
        .map(|nonce| {
            let (to, function) = if chance(rng, 50) { hot.clone() } else { pick(rng, &entries).clone() };
            transaction(rng, stage, nonce, to, &function, narrow)
        })
        .collect();
    Block { chain: CHAIN.to_owned(), height, time: 2_000 + height, transactions }
}

/// Every entry, view and composition that a transaction can call, with its address.
#[must_use]
pub fn callable(stage: &Stage<'_>) -> Vec<(Address, Function)> {
    let mut entries = Vec::new();
    for (_, address) in &stage.names {
        for function in &stage.machine.unit_at(*address).unwrap().functions {
            if matches!(
                function.kind,
                FunctionKind::Callable(EntryKind::Entry | EntryKind::View | EntryKind::Compose)
            ) {
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
    to: Address,
    function: &Function,
    narrow: bool,
) -> Transaction {
    let mut arguments = Vec::new();
    for param in function.param_locals() {
        if !is_coin(&param.ty) {
            let mut values = Vec::new();
            composite(rng, stage, &param.ty, narrow, &mut values);
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
fn composite(rng: &mut SmallRng, stage: &Stage<'_>, ty: &Type, narrow: bool, out: &mut Vec<Value>) {
    match ty {
        Type::Scalar(scalar) => out.push(value(rng, stage, *scalar, narrow)),
        Type::Asset(_) | Type::Seen(_) => out.push(Value::from_u64(rng.random_range(0..4))),
        Type::String(max) => {
            let length = rng.random_range(0..(*max).min(3) + 1) as usize;
            out.extend(text_words(["", "a", "bb", "c\u{e9}"][length], *max).unwrap());
        }
        Type::Bytes(length) => {
            out.extend(byte_words(&vec![*pick(rng, &IDS); *length as usize], *length).unwrap());
        }
        Type::Tuple(parts) => parts.iter().for_each(|part| composite(rng, stage, part, narrow, out)),
        Type::Struct(it) => it.fields.iter().for_each(|field| composite(rng, stage, &field.ty, narrow, out)),
        Type::Option(content) => {
            out.push(Value::from_u64(rng.random_range(0..2)));
            composite(rng, stage, content, narrow, out);
        }
        Type::Enum(it) => {
            out.push(Value::from_u64(rng.random_range(0..it.variants.len() as u64)));
            let fields = it.variants.iter().flat_map(|variant| &variant.fields);
            fields.for_each(|field| composite(rng, stage, &field.ty, narrow, out));
        }
        Type::List(element, max) => {
            out.push(Value::from_u64(u64::from(rng.random_range(0..*max + 1))));
            (0..*max).for_each(|_| composite(rng, stage, element, narrow, out));
        }
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

fn value(rng: &mut SmallRng, stage: &Stage<'_>, ty: Scalar, narrow: bool) -> Value {
    match ty {
        Scalar::Bool => Value::from_u64(rng.random_range(0..2)),
        Scalar::Address if chance(rng, 4) => pick(rng, &stage.names).1.value(),
        Scalar::Address => Address::of_account(pick::<&str>(rng, &ACCOUNTS)).value(),
        Scalar::Id | Scalar::Hash => Value::from_bytes(&[*pick(rng, &IDS); 32]),
        Scalar::U256 if chance(rng, 10) && !narrow => {
            Value([u64::MAX - rng.random_range(0..3_u64), u64::MAX, u64::MAX, u64::MAX])
        }
        Scalar::U256 => number(rng, Scalar::U128, narrow),
        _ => number(rng, ty, narrow),
    }
}

fn number(rng: &mut SmallRng, ty: Scalar, narrow: bool) -> Value {
    let (least, greatest) = ty.range();
    let wide = if narrow { 0 } else { 1 };
    let number = match weighted(rng, &[24, 4 * wide, 3 * wide, 4 * wide, 4 * wide]) {
        0 => I256::from(rng.random_range(0..4_i128)),
        1 => greatest - rng.random_range(0..5_i128),
        2 => least + rng.random_range(0..3_i128),
        3 => I256::from(rng.random_range(4..120_i128)),
        _ => least.max(I256::from(-rng.random_range(0..4_i128))),
    };
    Value::from_number(number, ty).unwrap()
}
