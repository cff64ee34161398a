//! A bank, with honest entries and dishonest ones, and compositions of two banks.
//!
//! Variables: 0 `balances[address]`, 1 `total`, 2 `heir[address]`, 3 `allowed[address][address]`.

use super::*;
use mc_container::value::Scalar::{Address as A, U8, U64};

const EXCHANGE: u32 = frame::EXCHANGE;

pub const SHORT: u8 = 32;

/// `slot N = the slot of access N`, one local each.
fn slots(layout: &Layout, count: usize) -> String {
    (0..count)
        .map(|n| format!("(local.set $s{n} (i32.load (i32.const {})))", layout.table_entry(n)))
        .collect()
}

/// `if s < amount { fail Short(s) } s -= amount`
fn take(slot: &str) -> String {
    format!(
        "(if (i64.lt_u (i64.load (local.get {slot})) (local.get $amount)) (then
            (call $store (i32.const {EXCHANGE}) (i64.load (local.get {slot})))
            (return (i32.const 32))))
         (call $store (local.get {slot}) (i64.sub (i64.load (local.get {slot})) (local.get $amount)))"
    )
}

/// `if s + amount > max { overflow } s += amount`
fn put(slot: &str, ty: Scalar) -> String {
    let max = if ty == U8 { 255_u64 } else { u64::MAX }.cast_signed();
    format!(
        "(if (i64.gt_u (local.get $amount) (i64.sub (i64.const {max}) (i64.load (local.get {slot})))) (then
            (return (i32.const 1))))
         (call $store (local.get {slot}) (i64.add (i64.load (local.get {slot})) (local.get $amount)))"
    )
}

fn amount(offset: u32) -> String {
    format!("(local.set $amount (i64.load (i32.const {offset})))")
}

const LOCALS: &str = "(local $s0 i32) (local $s1 i32) (local $s2 i32) (local $amount i64) (local $n i32)";

/// A bank whose balances are of type `ty`.
pub fn bank(ty: Scalar) -> Arc<Package> {
    let value = |number: u16| wide(param(number), ty);
    let builder = Builder::new("Bank", ContainerKind::Contract)
        .variable("balances", &[A], ty, Value::ZERO)
        .variable("total", &[], ty, Value::ZERO)
        .variable("heir", &[A], A, Value::ZERO)
        .variable("allowed", &[A, A], ty, Value::ZERO)
        .error("Short", &[ty])
        .event("Moved", &[A, ty]);
    honest(builder, ty, &value)
        .pipe(|builder| found(builder, ty))
        .pipe(|builder| hostile(builder, ty))
        .build()
}

impl Builder {
    fn pipe(self, then: impl FnOnce(Self) -> Self) -> Self {
        then(self)
    }
}

fn honest(builder: Builder, ty: Scalar, value: &dyn Fn(u16) -> Term) -> Builder {
    let transfer =
        own(vec![access(0, &[caller()], debit(&value(1))), access(0, &[param(0)], credit(&value(1)))]);
    let mint = own(vec![access(0, &[param(0)], credit(&value(1))), access(1, &[], credit(&value(1)))]);
    let set = own(vec![access(0, &[param(0)], Mode::Write)]);
    let peek = own(vec![access(0, &[param(0)], Mode::Read)]);
    let total = own(vec![access(1, &[], Mode::Read)]);
    let name = own(vec![access(2, &[caller()], Mode::Write)]);
    let heir = own(vec![access(2, &[param(0)], Mode::Read)]);
    let allow = own(vec![access(3, &[param(0), param(1)], credit(&value(2)))]);
    builder
        .entry("transfer", (&[A, ty], &[]), transfer, move |layout| {
            format!(
                "{LOCALS} {} {} {} {} (call $copy3 (i32.const {EXCHANGE}) (i32.const {ARGS}))
                (call $store (i32.const {}) (local.get $amount)) (call $emit (i32.const 0)) (i32.const 0)",
                slots(layout, 2), amount(ARGS + 24), take("$s0"), put("$s1", ty), EXCHANGE + 24,
            )
        })
        .entry("mint", (&[A, ty], &[]), mint, move |layout| {
            let (slots, amount) = (slots(layout, 2), amount(ARGS + 24));
            format!("{LOCALS} {slots} {amount} {} {} (i32.const 0)", put("$s0", ty), put("$s1", ty))
        })
        .entry("set", (&[A, ty], &[]), set, |layout| {
            let (slots, amount) = (slots(layout, 1), amount(ARGS + 24));
            format!("{LOCALS} {slots} {amount} (call $store (local.get $s0) (local.get $amount)) (i32.const 0)")
        })
        .entry("peek", (&[A], &[ty]), peek, |layout| {
            let slots = slots(layout, 1);
            format!("{LOCALS} {slots} (call $store (i32.const {EXCHANGE}) (i64.load (local.get $s0))) (i32.const 0)")
        })
        .entry("total", (&[], &[ty]), total, |layout| {
            let slots = slots(layout, 1);
            format!("{LOCALS} {slots} (call $store (i32.const {EXCHANGE}) (i64.load (local.get $s0))) (i32.const 0)")
        })
        .entry("name", (&[A], &[]), name, |layout| {
            let slots = slots(layout, 1);
            format!("{LOCALS} {slots} (call $copy3 (local.get $s0) (i32.const {ARGS})) (i32.const 0)")
        })
        .entry("heir", (&[A], &[A]), heir, |layout| {
            let slots = slots(layout, 1);
            format!("{LOCALS} {slots} (call $copy3 (i32.const {EXCHANGE}) (local.get $s0)) (i32.const 0)")
        })
        .entry("allow", (&[A, A, ty], &[]), allow, move |layout| {
            let (slots, amount) = (slots(layout, 1), amount(ARGS + 48));
            format!("{LOCALS} {slots} {amount} {} (i32.const 0)", put("$s0", ty))
        })
}

/// Entries whose cells only execution tells.
fn found(builder: Builder, ty: Scalar) -> Builder {
    let bequeath = own(vec![access(2, &[caller()], Mode::Read), below(0, &[], Mode::Write, 2)]);
    let spy = own(vec![access(2, &[param(0)], Mode::Read), below(0, &[], Mode::Read, 1)]);
    let reset = own(vec![access(2, &[param(0)], Mode::Read), below(3, &[param(0)], Mode::Write, 1)]);
    let spread = own(vec![ranged(3, &[param(0), caller()], Mode::Write, param(1), 4)]);
    builder
        // balances[caller] -= amount; balances[heir[caller]] += amount, both found at run time
        .entry("bequeath", (&[ty], &[]), bequeath, move |layout| {
            format!(
                "{LOCALS} {} {}
                (call $copy3 (i32.const {EXCHANGE}) (i32.const 0)) (local.set $s1 (call $resolve (i32.const 1)))
                (call $copy3 (i32.const {EXCHANGE}) (local.get $s0)) (local.set $s2 (call $resolve (i32.const 1)))
                {} {} (i32.const 0)",
                slots(layout, 1), amount(ARGS), take("$s1"), put("$s2", ty),
            )
        })
        // balances[heir[who]]
        .entry("spy", (&[A], &[ty]), spy, |layout| {
            format!(
                "{LOCALS} {} (call $copy3 (i32.const {EXCHANGE}) (local.get $s0))
                (local.set $s1 (call $resolve (i32.const 1)))
                (call $store (i32.const {EXCHANGE}) (i64.load (local.get $s1))) (i32.const 0)",
                slots(layout, 1),
            )
        })
        // allowed[who][heir[who]] = 1
        .entry("reset", (&[A], &[]), reset, |layout| {
            format!(
                "{LOCALS} {} (call $copy3 (i32.const {EXCHANGE}) (i32.const {ARGS}))
                (call $copy3 (i32.const {}) (local.get $s0)) (local.set $s1 (call $resolve (i32.const 1)))
                (call $store (local.get $s1) (i64.const 1)) (i32.const 0)",
                slots(layout, 1), EXCHANGE + 24,
            )
        })
        // the same cell in every turn: allowed[who][caller] = its last slot's value + 1
        .entry("spread", (&[A, U64], &[]), spread, |layout| {
            let table = layout.table_entry(0);
            format!(
                "{LOCALS} (block $end (loop $turn
                (br_if $end (i64.ge_u (i64.extend_i32_u (local.get $n)) (i64.load (i32.const {}))))
                (local.set $s0 (i32.load (i32.add (i32.const {table}) (i32.shl (local.get $n) (i32.const 2)))))
                (call $store (local.get $s0) (i64.and (i64.const 127) (i64.add (i64.load (local.get $s0)) (i64.const 1))))
                (local.set $n (i32.add (local.get $n) (i32.const 1))) (br $turn))) (i32.const 0)",
                ARGS + 24,
            )
        })
}

/// Entries that no compiler would make.
fn hostile(builder: Builder, ty: Scalar) -> Builder {
    let peek = || own(vec![access(0, &[param(0)], Mode::Read)]);
    let value = wide(param(1), ty);
    let timid = Mode::Delta(Delta {
        low: Term::wide_zero(),
        high: wide(constant(U64, 1), U64),
        need: Term::wide_zero(),
        peak: Term::wide_zero(),
    });
    let greedy = own(vec![
        access(0, &[param(0)], Mode::Write),
        access(1, &[], Mode::Write),
        access(2, &[param(0)], Mode::Write),
    ]);
    let below_allowed = own(vec![below(3, &[param(0)], Mode::Write, 2)]);
    builder
        .entry("lie", (&[A], &[]), peek(), |layout| {
            format!("{LOCALS} {} (call $store (local.get $s0) (i64.const 9)) (i32.const 0)", slots(layout, 1))
        })
        .entry("greedy", (&[A], &[]), greedy, |_| "(i32.const 0)".to_owned())
        .entry("more", (&[A, ty], &[]), own(vec![access(0, &[param(0)], timid)]), move |layout| {
            format!("{LOCALS} {} {} {} (i32.const 0)", slots(layout, 1), amount(ARGS + 24), put("$s0", ty))
        })
        .entry("leak", (&[A, ty], &[ty]), own(vec![access(0, &[param(0)], credit(&value))]), |layout| {
            let (slots, amount) = (slots(layout, 1), amount(ARGS + 24));
            format!(
                "{LOCALS} {slots} {amount} (call $store (i32.const {EXCHANGE}) (i64.load (local.get $s0)))
                (call $store (local.get $s0) (i64.add (i64.load (local.get $s0)) (local.get $amount))) (i32.const 0)"
            )
        })
        .entry("stray", (&[A, A], &[]), below_allowed, |_| {
            // asks for allowed[second][first], which does not lie below allowed[first]
            format!(
                "(call $copy3 (i32.const {EXCHANGE}) (i32.const {})) (call $copy3 (i32.const {}) (i32.const {ARGS}))
                (drop (call $resolve (i32.const 0))) (i32.const 0)",
                ARGS + 24, EXCHANGE + 24,
            )
        })
        .entry("hoard", (&[], &[]), own(vec![below(0, &[], Mode::Read, 2)]), |_| {
            format!(
                "{LOCALS} (loop $turn (call $store (i32.const {EXCHANGE}) (i64.extend_i32_u (local.get $n)))
                (drop (call $resolve (i32.const 0)))
                (local.set $n (i32.add (local.get $n) (i32.const 1)))
                (br_if $turn (i32.lt_u (local.get $n) (i32.const 3)))) (i32.const 0)"
            )
        })
        .entry("again", (&[], &[U64]), own(vec![]), |_| {
            let place = EXCHANGE + 320;
            format!(
                "(local $old i64) (local.set $old (i64.load (i32.const {place})))
                (call $store (i32.const {place}) (i64.const 77))
                (call $store (i32.const {EXCHANGE}) (local.get $old)) (i32.const 0)"
            )
        })
        .entry("spin", (&[], &[]), own(vec![]), |_| "(loop $turn (br $turn)) (i32.const 0)".to_owned())
        .entry("trap", (&[], &[]), own(vec![]), |_| "unreachable".to_owned())
        .entry("odd", (&[], &[Scalar::Bool]), own(vec![]), |_| {
            format!("(call $store (i32.const {EXCHANGE}) (i64.const 2)) (i32.const 0)")
        })
        .entry("status", (&[U64], &[]), own(vec![]), |_| {
            format!("(i32.wrap_i64 (i64.load (i32.const {ARGS})))")
        })
        .entry("shout", (&[U64], &[]), own(vec![]), |_| {
            format!(
                "{LOCALS} (block $end (loop $turn
                (br_if $end (i64.ge_u (i64.extend_i32_u (local.get $n)) (i64.load (i32.const {ARGS}))))
                (call $emit (i32.const 0))
                (local.set $n (i32.add (local.get $n) (i32.const 1))) (br $turn))) (i32.const 0)"
            )
        })
}

/// A composition of two banks.
pub fn pair(ty: Scalar) -> Arc<Package> {
    let transfer: (&str, &[Scalar], &[Scalar]) = ("transfer", &[A, ty], &[]);
    let (peek_results, heir_results) = ([ty], [A]);
    let needs = [
        transfer,
        ("peek", &[A], &peek_results),
        ("heir", &[A], &heir_results),
        ("spread", &[A, U64], &[]),
        ("reset", &[A], &[]),
    ];
    let both = |second: Option<Term>| {
        let (to, amount) = (Some(param(0)), Some(param(1)));
        steps(&[(0, "transfer", &[to.clone(), amount]), (1, "transfer", &[to, second])])
    };
    let to_heir = steps(&[(0, "heir", &[Some(param(0))]), (1, "transfer", &[None, Some(param(1))])]);
    let of_balance = steps(&[(0, "peek", &[Some(param(0))]), (1, "transfer", &[Some(param(0)), None])]);
    let loops = steps(&[
        (0, "heir", &[Some(param(0))]),
        (1, "spread", &[Some(param(0)), None]),
        (1, "spread", &[None, Some(param(1))]),
    ]);
    let resets = steps(&[(0, "heir", &[Some(param(0))]), (1, "reset", &[None])]);
    let run = |number: u32| {
        format!(
            "(call $copy3 (i32.const {EXCHANGE}) (i32.const {ARGS}))
            (call $store (i32.const {}) (i64.load (i32.const {})))
            (local.set $status (call $step (i32.const {number})))",
            EXCHANGE + 24,
            ARGS + 24,
        )
    };
    let or_fail = "(if (local.get $status) (then (return (i32.const 5))))";
    let local = "(local $status i32)";
    let [pay, careless, own_error, lying, twice] = [
        format!("{local} {} {or_fail} {} {or_fail} (i32.const 0)", run(0), run(1)),
        format!("{local} {} {} (i32.const 0)", run(0), run(1)),
        format!(
            "{local} {} {} (if (local.get $status) (then (return (i32.const 32)))) (i32.const 0)",
            run(0),
            run(1)
        ),
        format!(
            "{local} {} {or_fail} (call $copy3 (i32.const {EXCHANGE}) (i32.const {ARGS}))
            (call $store (i32.const {}) (i64.const 1)) (local.set $status (call $step (i32.const 1)))
            {or_fail} (i32.const 0)",
            run(0),
            EXCHANGE + 24,
        ),
        format!("{local} {} {} {} (i32.const 0)", run(0), run(0), run(0)),
    ];
    let then_second = format!(
        "{local} {} {or_fail} (call $store (i32.const {}) (i64.load (i32.const {})))
        (local.set $status (call $step (i32.const 1))) {or_fail} (i32.const 0)",
        run(0),
        EXCHANGE + 24,
        ARGS + 24,
    );
    let then_result = format!(
        "{local} {} {or_fail} (call $store (i32.const {}) (i64.load (i32.const {EXCHANGE})))
        (call $copy3 (i32.const {EXCHANGE}) (i32.const {ARGS}))
        (local.set $status (call $step (i32.const 1))) {or_fail} (i32.const 0)",
        run(0),
        EXCHANGE + 24,
    );
    let looping =
        format!("{local} {} {or_fail} {} {or_fail} {} {or_fail} (i32.const 0)", run(0), run(1), run(2));
    let resetting = format!(
        "{local} {} {or_fail} (local.set $status (call $step (i32.const 1))) {or_fail} (i32.const 0)",
        run(0)
    );
    let types: (&[Scalar], &[Scalar]) = (&[A, ty], &[]);
    let amount = || Some(param(1));
    Builder::new("Pair", ContainerKind::Composition)
        .error("Refused", &[])
        .slot("first", &needs)
        .slot("second", &needs)
        .entry("pay", types, both(amount()), move |_| pay.clone())
        .entry("careless", types, both(amount()), move |_| careless.clone())
        .entry("own_error", types, both(amount()), move |_| own_error.clone())
        .entry("lying", types, both(amount()), move |_| lying.clone())
        .entry("twice", types, both(amount()), move |_| twice.clone())
        .entry("to_heir", types, to_heir, move |_| then_second.clone())
        .entry("of_balance", types, of_balance, move |_| then_result.clone())
        .entry("loops", (&[A, U64], &[]), loops, move |_| looping.clone())
        .entry("resets", types, resets, move |_| resetting.clone())
        .build()
}
