//! A contract whose entries find their cells through other cells, honest ones and dishonest ones, and a
//! composition of two of them.
//!
//! Variables: 0 `owner[u64]`, 1 `agent[u64]`, 2 `purse[u64]`, 3 `rate`, 4 `best[u64]`, 5 `seen[u64]`,
//! 6 `held[u64]` (of the asset `Unit`), 7 `supply`, 8 `least[u64]`. Every key is a `u64`, and amounts of the asset
//! are so small that one limb is enough for the code.

use super::*;
use mc_container::access::term::{Op, Term};
use mc_container::arithmetic::Comparison;
use mc_container::value::Scalar::{Bool, U64};

const EXCHANGE: u32 = frame::EXCHANGE;
const DONE: &str = "(i32.const 0)";
pub const OWNER: u16 = 0;
pub const AGENT: u16 = 1;
pub const PURSE: u16 = 2;
pub const RATE: u16 = 3;
pub const BEST: u16 = 4;
pub const SEEN: u16 = 5;
pub const HELD: u16 = 6;
pub const LEAST: u16 = 8;
/// The code of the error that says that there is not enough.
pub const SHORT: u8 = 32;
/// The greatest number of turns of `each`.
pub const TURNS: u32 = 4;

/// What a cell held when the call began.
pub fn at(variable: u16, keys: &[Term]) -> Term {
    let ops = keys.iter().flat_map(|key| key.0.clone()).collect();
    Term(ops).unary(Op::At { instance: 0, variable: VariableId(variable), keys: keys.len() as u8 })
}

fn owner() -> Term {
    at(OWNER, &[param(0)])
}

fn look(variable: u16, keys: &[Term]) -> Access {
    access(variable, keys, Mode::Read)
}

fn arg(number: u32) -> String {
    format!("(i64.load (i32.const {}))", ARGS + 8 * number)
}

fn slot(layout: &Layout, access: usize) -> String {
    format!("(i32.load (i32.const {}))", layout.table_entry(access))
}

fn value(layout: &Layout, access: usize) -> String {
    format!("(i64.load {})", slot(layout, access))
}

fn put(layout: &Layout, access: usize, value: &str) -> String {
    format!("(call $store {} {value})", slot(layout, access))
}

fn give(value: &str) -> String {
    format!("(call $store (i32.const {EXCHANGE}) {value})")
}

/// The cell at `slot` becomes more by `amount`, or the call fails with 1.
fn more(slot: &str, amount: &str) -> String {
    format!(
        "(if (i64.gt_u {amount} (i64.sub (i64.const -1) (i64.load {slot}))) (then (return (i32.const 1))))
        (call $store {slot} (i64.add (i64.load {slot}) {amount}))"
    )
}

/// The cell at `slot` becomes less by `amount`, or the call fails and says how much there is.
fn less(slot: &str, amount: &str) -> String {
    format!(
        "(if (i64.lt_u (i64.load {slot}) {amount}) (then {} (return (i32.const {SHORT}))))
        (call $store {slot} (i64.sub (i64.load {slot}) {amount}))",
        give(&format!("(i64.load {slot})"))
    )
}

pub fn estate() -> Arc<Package> {
    let builder = Builder::new("Estate", ContainerKind::Contract)
        .error("Short", &[U64])
        .asset("Unit", AssetKind::Fungible)
        .variable("owner", &[U64], U64, Value::from_u64(1))
        .variable("agent", &[U64], U64, Value::ZERO)
        .variable("purse", &[U64], U64, Value::ZERO)
        .variable("rate", &[], U64, Value::from_u64(2))
        .variable("best", &[U64], U64, Value::ZERO)
        .variable("seen", &[U64], Bool, Value::ZERO)
        .holding("held", &[U64], Holding::Amount("Unit".to_owned()))
        .holding("supply", &[], Holding::Supply("Unit".to_owned()))
        .variable("least", &[U64], U64, Value::from_u64(50));
    hostile(merges(assets(amounts(keys(sources(builder)))))).build()
}

/// What the others depend on.
fn sources(builder: Builder) -> Builder {
    let set = |variable: u16, keys: &[Term]| own(vec![access(variable, keys, Mode::Write)]);
    let amount = wide(param(0), U64);
    let mut owner_of = own(vec![look(OWNER, &[param(0)])]);
    owner_of.results = vec![Some(owner())];
    builder
        .entry("set_owner", (&[U64, U64], &[]), set(OWNER, &[param(0)]), |it| {
            format!("{} {DONE}", put(it, 0, &arg(1)))
        })
        .entry("set_agent", (&[U64, U64], &[]), set(AGENT, &[param(0)]), |it| {
            format!("{} {DONE}", put(it, 0, &arg(1)))
        })
        .entry("set_rate", (&[U64], &[]), set(RATE, &[]), |it| format!("{} {DONE}", put(it, 0, &arg(0))))
        .entry("add_rate", (&[U64], &[]), own(vec![access(RATE, &[], credit(&amount))]), |it| {
            format!("{} {DONE}", more(&slot(it, 0), &arg(0)))
        })
        .entry("owner_of", (&[U64], &[U64]), owner_of, |it| format!("{} {DONE}", give(&value(it, 0))))
}

/// Keys that are read from the state.
fn keys(builder: Builder) -> Builder {
    let amount = || wide(param(1), U64);
    let of_owner = |mode| own(vec![look(OWNER, &[param(0)]), access(PURSE, &[owner()], mode)]);
    let agent = at(AGENT, &[owner()]);
    let of_agent = |mode| {
        own(vec![
            look(OWNER, &[param(0)]),
            look(AGENT, &[owner()]),
            access(PURSE, std::slice::from_ref(&agent), mode),
        ])
    };
    let mut guarded = access(PURSE, &[owner()], Mode::Write);
    let is_set = param(2).binary(&constant(U64, 0), Op::Compare(Comparison::NotEqual, U64));
    guarded.when = Some(is_set);
    builder
        .entry("pay_owner", (&[U64, U64], &[]), of_owner(credit(&amount())), |it| {
            format!("{} {DONE}", more(&slot(it, 1), &arg(1)))
        })
        .entry("charge_owner", (&[U64, U64], &[]), of_owner(debit(&amount())), |it| {
            format!("{} {DONE}", less(&slot(it, 1), &arg(1)))
        })
        .entry("purse_of_owner", (&[U64], &[U64]), of_owner(Mode::Read), |it| {
            format!("{} {DONE}", give(&value(it, 1)))
        })
        .entry("set_of_agent", (&[U64, U64], &[]), of_agent(Mode::Write), |it| {
            format!("{} {DONE}", put(it, 2, &arg(1)))
        })
        .entry("charge_agent", (&[U64, U64], &[]), of_agent(debit(&amount())), |it| {
            format!("{} {DONE}", less(&slot(it, 2), &arg(1)))
        })
        // Only where the third argument says so; the owner is looked at in any case.
        .entry("maybe", (&[U64, U64, U64], &[]), own(vec![look(OWNER, &[param(0)]), guarded]), |it| {
            format!("(if (i64.ne (i64.const 0) {}) (then {})) {DONE}", arg(2), put(it, 1, &arg(1)))
        })
        // The owner becomes another, and the purse of the one before gets something.
        .entry(
            "sell",
            (&[U64, U64], &[]),
            own(vec![access(OWNER, &[param(0)], Mode::Write), access(PURSE, &[owner()], credit(&amount()))]),
            |it| format!("{} {} {DONE}", more(&slot(it, 1), &arg(1)), put(it, 0, &arg(1))),
        )
        .entry("pay", (&[U64, U64], &[]), own(vec![access(PURSE, &[param(0)], credit(&amount()))]), |it| {
            format!("{} {DONE}", more(&slot(it, 0), &arg(1)))
        })
        .entry("charge", (&[U64, U64], &[]), own(vec![access(PURSE, &[param(0)], debit(&amount()))]), |it| {
            format!("{} {DONE}", less(&slot(it, 0), &arg(1)))
        })
        .entry("purse", (&[U64], &[U64]), own(vec![look(PURSE, &[param(0)])]), |it| {
            format!("{} {DONE}", give(&value(it, 0)))
        })
}

/// Amounts and turns that are read from the state.
fn amounts(builder: Builder) -> Builder {
    let rate = || wide(at(RATE, &[]), U64);
    let by_rate = |mode| own(vec![look(RATE, &[]), access(PURSE, &[param(0)], mode)]);
    let index = Term::leaf(Op::Index(0));
    let each = own(vec![look(RATE, &[]), ranged(PURSE, &[index], Mode::Write, at(RATE, &[]), TURNS)]);
    builder
        .entry("pay_rate", (&[U64], &[]), by_rate(credit(&rate())), |it| {
            format!("{} {DONE}", more(&slot(it, 1), &value(it, 0)))
        })
        .entry("charge_rate", (&[U64], &[]), by_rate(debit(&rate())), |it| {
            format!("{} {DONE}", less(&slot(it, 1), &value(it, 0)))
        })
        // purse[i] += 1 for i in 0..rate
        .entry("each", (&[U64], &[]), each, |it| {
            let cell = format!(
                "(i32.load (i32.add (i32.const {}) (i32.shl (i32.wrap_i64 (local.get $i)) (i32.const 2))))",
                it.table_entry(1)
            );
            format!(
                "(local $i i64)
                (if (i64.gt_u {rate} (i64.const {TURNS})) (then (return (i32.const 1))))
                (block $end (loop $turn
                (br_if $end (i64.ge_u (local.get $i) {rate}))
                {}
                (local.set $i (i64.add (local.get $i) (i64.const 1))) (br $turn))) {DONE}",
                more(&cell, "(i64.const 1)"),
                rate = value(it, 0),
            )
        })
}

/// An asset, with credits whose cells the state or only execution tells.
fn assets(builder: Builder) -> Builder {
    let amount = |number| wide(param(number), U64);
    let from = |mode| access(HELD, &[param(0)], mode);
    let anywhere = below(HELD, &[], Mode::Delta(Delta::any_credit()), 1);
    let two = || own(vec![from(debit(&amount(2))), access(HELD, &[param(1)], credit(&amount(2)))]);
    let to_owner = own(vec![
        from(debit(&amount(2))),
        look(OWNER, &[param(1)]),
        access(HELD, &[at(OWNER, &[param(1)])], credit(&amount(2))),
    ]);
    let observed = own(vec![from(Mode::Write), access(HELD, &[param(1)], Mode::Write)]);
    builder
        .entry("send", (&[U64, U64, U64], &[]), two(), |it| {
            format!("{} {} {DONE}", less(&slot(it, 0), &arg(2)), more(&slot(it, 1), &arg(2)))
        })
        .entry("send_owner", (&[U64, U64, U64], &[]), to_owner, |it| {
            format!("{} {} {DONE}", less(&slot(it, 0), &arg(2)), more(&slot(it, 2), &arg(2)))
        })
        .entry("send_anywhere", (&[U64, U64, U64], &[]), own(vec![from(debit(&amount(2))), anywhere]), |it| {
            format!(
                "(local $to i32) {} {} (local.set $to (call $resolve (i32.const 1))) {} {DONE}",
                less(&slot(it, 0), &arg(2)),
                give(&arg(1)),
                more("(local.get $to)", &arg(2))
            )
        })
        .entry("held", (&[U64], &[U64]), own(vec![look(HELD, &[param(0)])]), |it| {
            format!("{} {DONE}", give(&value(it, 0)))
        })
        // Everything that the first holds becomes the second's.
        .entry("inherit", (&[U64, U64], &[]), observed, |it| {
            format!(
                "(local $all i64) (local.set $all {}) {} {} {DONE}",
                value(it, 0),
                put(it, 0, "(i64.const 0)"),
                more(&slot(it, 1), "(local.get $all)")
            )
        })
}

/// Cells that are raised and lowered.
fn merges(builder: Builder) -> Builder {
    let one = |variable: u16, key: Term, mode: Mode| own(vec![access(variable, &[key], mode)]);
    let raise = |cell: String| {
        format!("(if (i64.gt_u {} (i64.load {cell})) (then (call $store {cell} {})))", arg(1), arg(1))
    };
    let lower = |cell: String| {
        format!("(if (i64.lt_u {} (i64.load {cell})) (then (call $store {cell} {})))", arg(1), arg(1))
    };
    let of_owner = own(vec![look(OWNER, &[param(0)]), access(BEST, &[owner()], Mode::Max)]);
    builder
        .entry("raise", (&[U64, U64], &[]), one(BEST, param(0), Mode::Max), move |it| {
            format!("{} {DONE}", raise(slot(it, 0)))
        })
        .entry("raise_owner", (&[U64, U64], &[]), of_owner, move |it| {
            format!("{} {DONE}", raise(slot(it, 1)))
        })
        .entry("lower", (&[U64, U64], &[]), one(BEST, param(0), Mode::Min), move |it| {
            format!("{} {DONE}", lower(slot(it, 0)))
        })
        .entry("lower_least", (&[U64, U64], &[]), one(LEAST, param(0), Mode::Min), move |it| {
            format!("{} {DONE}", lower(slot(it, 0)))
        })
        .entry("best", (&[U64], &[U64]), one(BEST, param(0), Mode::Read), |it| {
            format!("{} {DONE}", give(&value(it, 0)))
        })
        .entry("enter", (&[U64], &[]), one(SEEN, param(0), Mode::Max), |it| {
            format!("{} {DONE}", put(it, 0, "(i64.const 1)"))
        })
        .entry("forget", (&[U64], &[]), one(SEEN, param(0), Mode::Min), |it| {
            format!("{} {DONE}", put(it, 0, "(i64.const 0)"))
        })
        .entry("seen", (&[U64], &[Bool]), one(SEEN, param(0), Mode::Read), |it| {
            format!("{} {DONE}", give(&value(it, 0)))
        })
}

/// Entries that no compiler would make.
fn hostile(builder: Builder) -> Builder {
    let amount = || wide(param(1), U64);
    let of_owner = |mode| own(vec![look(OWNER, &[param(0)]), access(PURSE, &[owner()], mode)]);
    let mut hidden = look(OWNER, &[param(0)]);
    hidden.when = Some(Term::never());
    let secret = own(vec![hidden, access(PURSE, &[owner()], credit(&amount()))]);
    let drain = below(HELD, &[], Mode::Delta(Delta::any_credit()), 1);
    let show = |it: &Layout| format!("{} {} {DONE}", give(&value(it, 1)), more(&slot(it, 1), &arg(1)));
    builder
        // What a delta shows, under a lock or not.
        .entry("leak", (&[U64, U64], &[U64]), of_owner(credit(&amount())), show)
        .entry("leak_debit", (&[U64, U64], &[U64]), of_owner(debit(&amount())), |it| {
            format!("{} {} {DONE}", give(&value(it, 1)), less(&slot(it, 1), &arg(1)))
        })
        .entry("leak_best", (&[U64, U64], &[U64]), own(vec![access(BEST, &[param(0)], Mode::Max)]), |it| {
            format!("{} {} {DONE}", give(&value(it, 0)), put(it, 0, &arg(1)))
        })
        // Says that it never looks at the owner, whose purse it pays into.
        .entry("secret", (&[U64, U64], &[U64]), secret, show)
        // Asks for another cell than the formula says.
        .entry("astray", (&[U64, U64], &[]), of_owner(Mode::Write), |_| {
            format!("{} (drop (call $resolve (i32.const 1))) {DONE}", give(&arg(1)))
        })
        // Takes through a lock that only lets it give.
        .entry("drain", (&[U64, U64], &[]), own(vec![drain]), |_| {
            format!(
                "(local $to i32) {} (local.set $to (call $resolve (i32.const 0)))
                (call $store (local.get $to) (i64.sub (i64.load (local.get $to)) {})) {DONE}",
                give(&arg(0)),
                arg(1)
            )
        })
        // Writes what it only claims to pay.
        .entry("overpay", (&[U64, U64], &[]), of_owner(credit(&amount())), |it| {
            format!("{} {DONE}", put(it, 1, "(i64.const 77)"))
        })
}

/// A composition of two estates.
pub fn chain() -> Arc<Package> {
    let two: &[Scalar] = &[U64, U64];
    let one = [U64];
    let needs = [
        ("set_owner", two, &[][..]),
        ("owner_of", &one[..], &one[..]),
        ("charge_owner", two, &[]),
        ("pay_owner", two, &[]),
        ("pay", two, &[]),
        ("sell", two, &[]),
        ("each", &one, &[]),
        ("add_rate", &one, &[]),
    ];
    let (id, who) = (|| Some(param(0)), || Some(param(1)));
    let result = || Some(Term::leaf(Op::Result { step: 0, scalar: 0 }));
    let step = |number: u32, args: &[&str]| {
        let args: String = args
            .iter()
            .enumerate()
            .map(|(n, arg)| format!("(call $store (i32.const {}) {arg})", EXCHANGE + 8 * n as u32))
            .collect();
        format!("{args} (if (call $step (i32.const {number})) (then (return (i32.const 5))))")
    };
    let (a, b) = (arg(0), arg(1));
    let [change, sell, pay, lie] = [
        format!("{} {} {DONE}", step(0, &[&a, &b]), step(1, &[&a, &b])),
        format!("{} {} {DONE}", step(0, &[&a, &b]), step(1, &[&a, &b])),
        format!(
            "(local $o i64) {} (local.set $o (i64.load (i32.const {EXCHANGE}))) {} {DONE}",
            step(0, &[&a]),
            step(1, &["(local.get $o)", &b])
        ),
        format!("{} {} {DONE}", step(0, &[&a]), step(1, &["(i64.const 3)", &b])),
    ];
    let rate_then_each = format!("{} {} {DONE}", step(0, &[&b]), step(1, &[&a]));
    let mut guarded = steps(&[(0, "owner_of", &[id()]), (1, "charge_owner", &[id(), who()])]);
    let even = |term: Term| term.binary(&constant(U64, 3), Op::Compare(Comparison::Less, U64));
    guarded.steps[1].when = Some(even(param(1)));
    let guarded_code = |honest: bool| {
        let taken = step(1, &[&arg(0), &arg(1)]);
        let condition =
            if honest { format!("(i64.lt_u {} (i64.const 3))", arg(1)) } else { ALWAYS.to_owned() };
        format!("{} (if {condition} (then {taken})) {DONE}", step(0, &[&arg(0)]))
    };
    let (honest, dishonest) = (guarded_code(true), guarded_code(false));
    Builder::new("Chain", ContainerKind::Composition)
        .slot("first", &needs)
        .slot("second", &needs)
        // The second step depends on what the first has changed, if both slots are one estate.
        .entry(
            "change",
            (&[U64, U64], &[]),
            steps(&[(0, "set_owner", &[id(), who()]), (1, "charge_owner", &[id(), who()])]),
            move |_| change.clone(),
        )
        .entry(
            "resell",
            (&[U64, U64], &[]),
            steps(&[(0, "sell", &[id(), who()]), (1, "pay_owner", &[id(), who()])]),
            move |_| sell.clone(),
        )
        .entry(
            "through",
            (&[U64, U64], &[]),
            steps(&[(0, "owner_of", &[id()]), (1, "pay", &[result(), who()])]),
            move |_| pay.clone(),
        )
        .entry(
            "unknown",
            (&[U64, U64], &[]),
            steps(&[(0, "owner_of", &[id()]), (1, "pay_owner", &[None, who()])]),
            {
                let code = format!(
                    "(local $o i64) {} (local.set $o (i64.load (i32.const {EXCHANGE}))) {} {DONE}",
                    step(0, &[&arg(0)]),
                    step(1, &["(local.get $o)", &arg(1)])
                );
                move |_| code.clone()
            },
        )
        .entry(
            "rated",
            (&[U64, U64], &[]),
            steps(&[(0, "add_rate", &[who()]), (1, "each", &[id()])]),
            move |_| rate_then_each.clone(),
        )
        // Passes another than the owner.
        .entry(
            "lying",
            (&[U64, U64], &[]),
            steps(&[(0, "owner_of", &[id()]), (1, "pay", &[result(), who()])]),
            move |_| lie.clone(),
        )
        .entry("guarded", (&[U64, U64], &[]), guarded.clone(), move |_| honest.clone())
        .entry("unguarded", (&[U64, U64], &[]), guarded, move |_| dishonest.clone())
        .build()
}

const ALWAYS: &str = "(i32.const 1)";
