//! What a call is told about where it runs, values that are no scalars, and what the host computes for it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::*;
use mc_container::access::term::{Op, Term};
use mc_container::access::{Access, Mode, Range};
use mc_container::codec;
use mc_container::compute::{Computation, fresh_id};
use mc_container::error::SystemError;
use mc_container::frame::{EXCHANGE, HEIGHT, TX_ID, VIA};
use mc_container::manifest::ContainerKind;
use mc_container::text::text_words;
use mc_container::ty::Type;
use mc_container::value::Scalar::{self, Address as A, Bool, Id, U8, U32, U64};
use mc_container::value::Value;
use mc_runtime::{Receipt, Transaction};
use std::sync::Arc;

fn codes(receipts: &[Receipt]) -> Vec<u8> {
    receipts.iter().map(|receipt| receipt.result).collect()
}

fn list(element: Scalar, max: u32) -> Type {
    Type::List(Box::new(element.into()), max)
}

fn copy(to: u32, from: u32, limbs: u32) -> String {
    (0..limbs)
        .map(|limb| {
            let (to, from) = (to + 8 * limb, from + 8 * limb);
            format!("(call $store (i32.const {to}) (i64.load (i32.const {from})))")
        })
        .collect()
}

fn fresh(site: u16) -> Term {
    Term::leaf(Op::Fresh { step: 0, site, depth: 0 })
}

/// 0 `names[id]`, 1 `votes[address]`, 2 `by[address]`.
fn clerk() -> mc_container::package::Package {
    let where_ = Type::Tuple(vec![Bool.into(), A.into(), U64.into(), Id.into()]);
    let voter = Term::leaf(Op::Index(0)).unary(Op::Element { index: U32, first: 1, stride: 1, turns: 3 });
    let range = Range { ty: U32, from: constant(U32, 0), to: param(0), turns_max: 3 };
    let one = wide(constant(U64, 1), U64);
    let vote = Access { ranges: vec![range], ..access(1, &[voter], credit(&one)) };
    let package = Builder::new("Clerk", ContainerKind::Contract)
        .computation(Computation::Fresh { site: 3, depth: 0 })
        .computation(Computation::Blake3(Type::String(40)))
        .computation(Computation::MulDiv(U64))
        .variable("names", &[Id], Bool, Value::ZERO)
        .variable("votes", &[A], U64, Value::ZERO)
        .variable("by", &[A], Bool, Value::ZERO)
        .entry_of("place", (&[], where_), own(vec![]), |_| {
            assert_eq!((VIA + 32, HEIGHT + 8), (HEIGHT, TX_ID));
            format!("{} (i32.const 0)", copy(EXCHANGE, VIA, 9))
        })
        .entry_of("stamp", (&[], Id.into()), own(vec![access(0, &[fresh(3)], Mode::Write)]), |it| {
            format!(
                "(call $store (i32.load (i32.const {})) (i64.const 1)) (call $compute (i32.const 0))",
                it.table_entry(0)
            )
        })
        .entry_of(
            "mark",
            (&[], Type::unit()),
            own(vec![access(2, &[Term::leaf(Op::Via)], Mode::Write)]),
            |it| {
                format!(
                    "(call $store (i32.load (i32.const {})) (i64.const 1)) (i32.const 0)",
                    it.table_entry(0)
                )
            },
        )
        .entry_of("vote", (&[list(A, 3)], Type::unit()), own(vec![vote]), |it| {
            let slot = format!(
                "(i32.load (i32.add (i32.const {}) (i32.shl (local.get $n) (i32.const 2))))",
                it.table_entry(0)
            );
            format!(
                "(local $n i32) (block $end (loop $turn
                (br_if $end (i64.ge_u (i64.extend_i32_u (local.get $n)) (i64.load (i32.const {ARGS}))))
                (call $store {slot} (i64.add (i64.load {slot}) (i64.const 1)))
                (local.set $n (i32.add (local.get $n) (i32.const 1))) (br $turn))) (i32.const 0)"
            )
        })
        // gives its arguments back, and more of the list than it says is there
        .entry_of(
            "echo",
            (&[Type::String(40), list(U8, 3)], Type::Tuple(vec![Type::String(40), list(U8, 3)])),
            own(vec![]),
            |_| {
                let (args, last) = (copy(EXCHANGE, ARGS, 12), EXCHANGE + 8 * 11);
                format!("{args} (call $store (i32.const {last}) (i64.const 9)) (i32.const 0)")
            },
        )
        .entry_of("broken", (&[Type::String(40)], Type::String(3)), own(vec![]), |_| {
            format!("{} (i32.const 0)", copy(EXCHANGE, ARGS, 4))
        })
        .entry_of("digest", (&[Type::String(40)], Scalar::Hash.into()), own(vec![]), |_| {
            format!("{} (call $compute (i32.const 1))", copy(EXCHANGE, ARGS, 8))
        })
        .entry_of("mul_div", (&[U64.into(), U64.into(), U64.into()], U64.into()), own(vec![]), |_| {
            format!("{} (call $compute (i32.const 2))", copy(EXCHANGE, ARGS, 3))
        })
        .entry_of("beyond", (&[], Type::unit()), own(vec![]), |_| "(call $compute (i32.const 3))".to_owned())
        .build();
    Arc::into_inner(package).unwrap()
}

fn office() -> Arc<mc_container::package::Package> {
    let where_ = Type::Tuple(vec![Bool.into(), A.into(), U64.into(), Id.into()]);
    let whole: Vec<Option<Term>> = (0..4).map(|n| Some(param(n))).collect();
    let partly = vec![Some(param(0)), Some(param(1)), None, Some(param(3))];
    let step = "(call $step (i32.const 0))";
    let second = "(drop (call $step (i32.const 0))) (call $step (i32.const 1))";
    let voting = format!("{} {step}", copy(EXCHANGE, ARGS, 10));
    let also = voting.clone();
    Builder::new("Office", ContainerKind::Composition)
        .slot_of(
            "clerk",
            &[
                ("place", &[], where_.clone()),
                ("stamp", &[], Id.into()),
                ("mark", &[], Type::unit()),
                ("vote", &[list(A, 3)], Type::unit()),
            ],
        )
        .entry_of("place", (&[], where_), steps(&[(0, "place", &[])]), move |_| step.to_owned())
        .entry_of("stamp", (&[], Id.into()), steps(&[(0, "stamp", &[]), (0, "stamp", &[])]), move |_| {
            second.to_owned()
        })
        .entry_of("mark", (&[], Type::unit()), steps(&[(0, "mark", &[])]), move |_| step.to_owned())
        .entry_of("vote", (&[list(A, 3)], Type::unit()), steps(&[(0, "vote", &whole)]), move |_| {
            voting.clone()
        })
        .entry_of("vague", (&[list(A, 3)], Type::unit()), steps(&[(0, "vote", &partly)]), move |_| {
            also.clone()
        })
        .build()
}

/// A composition of an office.
fn tower() -> Arc<mc_container::package::Package> {
    let where_ = Type::Tuple(vec![Bool.into(), A.into(), U64.into(), Id.into()]);
    let step = |number: u32| format!("(call $step (i32.const {number}))");
    let both = format!("(drop {}) {}", step(0), step(1));
    let place = step(0);
    Builder::new("Tower", ContainerKind::Composition)
        .slot_of(
            "office",
            &[("place", &[], where_.clone()), ("stamp", &[], Id.into()), ("mark", &[], Type::unit())],
        )
        .sequences(2)
        .entry_of("place", (&[], where_), steps(&[(0, "place", &[])]), move |_| place.clone())
        .sequence(2)
        .entry_of("stamp", (&[], Id.into()), steps(&[(0, "mark", &[]), (0, "stamp", &[])]), move |_| {
            both.clone()
        })
        .sequence(5)
        .build()
}

fn world() -> (Bench, mc_container::address::Address, mc_container::address::Address) {
    let mut bench = Bench::new();
    let clerk = bench.deploy(&Arc::new(clerk()), &[]);
    let office = bench.deploy(&office(), &[clerk]);
    (bench, clerk, office)
}

fn voters(people: &[u64]) -> Args {
    let mut args = Args::new().number(U32, people.len() as u64);
    for person in people {
        args = args.address(who(*person));
    }
    args
}

#[test]
fn a_call_knows_where_it_runs() {
    let (bench, clerk, office) = world();
    let (direct, step) =
        (call(who(0), clerk, "place", Args::new()), call(who(0), office, "place", Args::new()));
    let outcome = bench.execute(vec![direct.clone(), step.clone()]);
    let expect = |via: Option<mc_container::address::Address>, tx: &Transaction| {
        let mut bytes = vec![u8::from(via.is_some())];
        bytes.extend(via.unwrap_or_default().0);
        bytes.extend(block(vec![]).height.to_le_bytes());
        bytes.extend(tx.id());
        bytes
    };
    assert_eq!(outcome.receipts[0].output, expect(None, &direct));
    assert_eq!(outcome.receipts[1].output, expect(Some(office), &step));
}

#[test]
fn fresh_ids_are_known_before_and_differ_by_step() {
    let (mut bench, clerk, office) = world();
    let mut txs: Vec<Transaction> = (0..4).map(|n| call(who(n), clerk, "stamp", Args::new())).collect();
    txs.push(call(who(0), office, "stamp", Args::new()));
    assert_eq!(bench.edges(txs.clone()), 0);
    let outcome = bench.run(txs.clone());
    assert_eq!(codes(&outcome.receipts), [0; 5]);
    assert_eq!(outcome.writes.len(), 6);
    let id = |tx: &Transaction, step| fresh_id(Value::from_bytes(&tx.id()), step, 3, &[]);
    for (tx, receipt) in txs.iter().zip(&outcome.receipts).take(4) {
        assert_eq!(receipt.output, id(tx, 0).to_bytes());
    }
    assert_eq!(outcome.receipts[4].output, id(&txs[4], 2).to_bytes());
    let is_stamped = |id| bench.world.read(clerk, "names", &[id]) == Some(Value::from_u64(1));
    assert!(is_stamped(id(&txs[4], 1)) && is_stamped(id(&txs[4], 2)) && is_stamped(id(&txs[0], 0)));
}

#[test]
fn a_step_of_a_step_knows_its_number_and_the_innermost_composition() {
    let (mut bench, clerk, office) = world();
    let tower = bench.deploy(&tower(), &[office]);
    let [place, stamp] = ["place", "stamp"].map(|entry| call(who(0), tower, entry, Args::new()));
    let outcome = bench.run(vec![place, stamp.clone()]);
    assert_eq!(codes(&outcome.receipts), [0, 0]);
    assert_eq!(outcome.receipts[0].output[1..21], office.0);
    // Its steps are 0 `mark` and its step 1, 2 `stamp` and its steps 3 and 4.
    let id = |step: u16| fresh_id(Value::from_bytes(&stamp.id()), step + 1, 3, &[]);
    assert_eq!((outcome.receipts[1].point, &outcome.receipts[1].output), (5, &id(4).to_bytes().to_vec()));
    let is_stamped = |id| bench.world.read(clerk, "names", &[id]) == Some(Value::from_u64(1));
    assert_eq!([0, 1, 2, 3, 4].map(|step| is_stamped(id(step))), [false, false, false, true, true]);
    let marked = |by: Value| bench.world.read(clerk, "by", &[by]) == Some(Value::from_u64(1));
    assert_eq!([office, tower].map(|by| marked(by.value())), [true, false]);
}

#[test]
fn via_is_a_key_like_any_other() {
    let (mut bench, clerk, office) = world();
    bench.run(vec![call(who(0), office, "mark", Args::new())]);
    let by = |bench: &Bench, key| bench.world.read(clerk, "by", &[key]).unwrap().low();
    assert_eq!((by(&bench, office.value()), by(&bench, Value::ZERO)), (1, 0));
    bench.run(vec![call(who(0), clerk, "mark", Args::new())]);
    assert_eq!(by(&bench, Value::ZERO), 1);
}

#[test]
fn elements_of_a_list_are_cells_known_before() {
    let (mut bench, clerk, office) = world();
    let vote = |to, entry, people: &[u64]| call(who(9), to, entry, voters(people));
    assert_eq!(bench.edges(vec![vote(clerk, "vote", &[1, 2]), vote(office, "vote", &[2, 2, 3])]), 0);
    // Where one element is not known, the step's cells are.
    let outcome = bench.run(vec![
        vote(clerk, "vote", &[1, 2]),
        vote(office, "vote", &[2, 2, 3]),
        vote(office, "vague", &[1, 4]),
        vote(clerk, "vote", &[]),
    ]);
    assert_eq!(codes(&outcome.receipts), [0; 4]);
    let votes = |person: u64| bench.world.read(clerk, "votes", &[who(person).value()]).unwrap().low();
    assert_eq!([1, 2, 3, 4].map(votes), [2, 3, 1, 1]);
    let long = Args([&4_u32.to_le_bytes()[..], &voters(&[1, 2, 3]).0[4..], &who(4).0].concat());
    let long = call(who(9), clerk, "vote", long);
    assert_eq!(codes(&bench.execute(vec![long]).receipts), [SystemError::BadArguments.code()]);
}

#[test]
fn values_go_in_and_out_in_one_encoding() {
    let (bench, clerk, _) = world();
    let ty = Type::Tuple(vec![Type::String(40), list(U8, 3)]);
    let mut values = text_words("héllo, world — and more", 40).unwrap();
    values.extend([2, 7, 8, 0].map(Value::from_u64));
    let mut bytes = Vec::new();
    codec::encode(&ty, &values, &mut bytes);
    let echo = call(who(0), clerk, "echo", Args(bytes.clone()));
    let mut text = Vec::new();
    codec::encode(&Type::String(40), &text_words("abcd", 40).unwrap(), &mut text);
    let mut short = Vec::new();
    codec::encode(&Type::String(40), &text_words("abc", 40).unwrap(), &mut short);
    let of = |entry, bytes: &[u8]| call(who(0), clerk, entry, Args(bytes.to_vec()));
    let block =
        vec![echo, of("broken", &text), of("broken", &short), of("digest", &text), of("digest", &[1])];
    let outcome = bench.execute(block);
    let [malformed, bad] = [SystemError::Malformed, SystemError::BadArguments].map(SystemError::code);
    assert_eq!(codes(&outcome.receipts), [0, malformed, 0, 0, bad]);
    assert_eq!(outcome.receipts[0].output, bytes);
    assert_eq!(outcome.receipts[2].output, short);
    assert_eq!(outcome.receipts[3].output, blake3::hash(&text).as_bytes());
}

#[test]
fn computations_fail_like_the_code_around_them() {
    let (bench, clerk, _) = world();
    let of = |numbers: [u64; 3]| {
        let args = numbers.iter().fold(Args::new(), |args, number| args.number(U64, *number));
        call(who(0), clerk, "mul_div", args)
    };
    let beyond = call(who(0), clerk, "beyond", Args::new());
    let block = vec![of([u64::MAX, 3, 4]), of([1, 1, 0]), of([u64::MAX, 2, 1]), beyond];
    let outcome = bench.execute(block);
    let [zero, overflow, trap] =
        [SystemError::DivisionByZero, SystemError::Overflow, SystemError::Trap].map(SystemError::code);
    assert_eq!(codes(&outcome.receipts), [0, zero, overflow, trap]);
    assert_eq!(outcome.receipts[0].output, (u64::MAX / 4 * 3 + 2).to_le_bytes());
}
