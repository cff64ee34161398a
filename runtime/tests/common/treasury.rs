//! Contracts that hold and move assets, honest ones and dishonest ones, and a composition of them.
//!
//! A treasury holds the native asset: 0 `pots[address]`, 1 `coin.balances[address]`. A mint has an asset `Unit`
//! of its own: 0 `held[address]`, 1 `supply`. A vault is generic over an asset: 0 `kept[address]`. Amounts are
//! so small that one limb is enough for the code, but not for the formulas.

use super::*;
use mc_container::access::term::{Op, Term};
use mc_container::address::COIN_VARIABLE;
use mc_container::value::Scalar::{Address as A, U128};

const EXCHANGE: u32 = frame::EXCHANGE;

fn coin() -> Type {
    asset("coin")
}

pub fn asset(name: &str) -> Type {
    Type::Asset(name.to_owned())
}

fn amount_of(name: &str) -> Holding {
    Holding::Amount(name.to_owned())
}

/// An amount that only execution tells: a credit with no bound but that of its type.
fn unknown_credit() -> Mode {
    let greatest = Term::leaf(Op::Const(U128, Value::from_u128(u128::MAX)));
    let zero = Term::wide_zero;
    Mode::Delta(Delta { low: zero(), high: wide(greatest, U128), need: zero(), peak: zero() })
}

fn both(a: Access, b: Access) -> EntryAccess {
    own(vec![a, b])
}

/// `slot of access N`
fn slot(layout: &Layout, access: usize) -> String {
    format!("(i32.load (i32.const {}))", layout.table_entry(access))
}

fn value(layout: &Layout, access: usize) -> String {
    format!("(i64.load {})", slot(layout, access))
}

fn put(layout: &Layout, access: usize, value: &str) -> String {
    format!("(call $store {} {value})", slot(layout, access))
}

/// The cell of an access becomes more by `amount`.
fn more(layout: &Layout, access: usize, amount: &str) -> String {
    put(layout, access, &format!("(i64.add {} {amount})", value(layout, access)))
}

/// The cell of an access becomes less by `amount`, or the call fails with 32.
fn less(layout: &Layout, access: usize, amount: &str) -> String {
    let cell = value(layout, access);
    format!(
        "(if (i64.lt_u {cell} {amount}) (then (return (i32.const 32)))) {}",
        put(layout, access, &format!("(i64.sub {cell} {amount})"))
    )
}

fn arg(limb: u32) -> String {
    format!("(i64.load (i32.const {}))", ARGS + 8 * limb)
}

fn give(amount: &str) -> String {
    format!("(call $store (i32.const {EXCHANGE}) {amount})")
}

const DONE: &str = "(i32.const 0)";

/// Holds the native asset for whoever pays it in.
pub fn treasury() -> Arc<Package> {
    let pot = |mode| access(0, &[caller()], mode);
    let first = || wide(param(0), U128);
    let to = |mode| access(1, &[param(0)], mode);
    let number = || Type::from(U128);
    Builder::new("Treasury", ContainerKind::Contract)
        .error("Short", &[])
        .holding("pots", &[A], amount_of("coin"))
        .holding(COIN_VARIABLE, &[A], Holding::Coin)
        .entry_of("deposit", (&[coin()], Type::unit()), own(vec![pot(credit(&first()))]), |it| {
            format!("{} {DONE}", more(it, 0, &arg(0)))
        })
        .entry_of("withdraw", (&[number()], coin()), own(vec![pot(debit(&first()))]), |it| {
            format!("{} {} {DONE}", less(it, 0, &arg(0)), give(&arg(0)))
        })
        // All there is: what is paid only execution tells.
        .entry_of("empty", (&[A.into()], Type::unit()), both(pot(Mode::Write), to(unknown_credit())), |it| {
            format!("{} {} {DONE}", more(it, 1, &value(it, 0)), put(it, 0, "(i64.const 0)"))
        })
        .entry_of(
            "pay",
            (&[A.into(), coin()], Type::unit()),
            own(vec![to(credit(&wide(param(1), U128)))]),
            |it| format!("{} {DONE}", more(it, 0, &arg(3))),
        )
        .entry_of("balance", (&[A.into()], number()), own(vec![to(Mode::Read)]), |it| {
            format!("{} {DONE}", give(&value(it, 0)))
        })
        // From nothing, to nowhere, from the pockets of others.
        .entry_of("forge", (&[number()], coin()), own(vec![]), |_| format!("{} {DONE}", give(&arg(0))))
        .entry_of("lose", (&[coin()], Type::unit()), own(vec![]), |_| DONE.to_owned())
        .entry_of("inflate", (&[coin()], Type::unit()), own(vec![pot(unknown_credit())]), |it| {
            format!("{} {DONE}", more(it, 0, &format!("(i64.add (i64.const 1) {})", arg(0))))
        })
        .entry_of("shrink", (&[number()], Type::unit()), own(vec![pot(debit(&first()))]), |it| {
            format!("{} {DONE}", less(it, 0, &arg(0)))
        })
        .entry_of(
            "steal",
            (&[A.into(), number()], Type::unit()),
            both(to(debit(&wide(param(1), U128))), pot(credit(&wide(param(1), U128)))),
            |it| format!("{} {} {DONE}", less(it, 0, &arg(3)), more(it, 1, &arg(3))),
        )
        .entry_of("rob", (&[A.into()], Type::unit()), both(to(Mode::Write), pot(Mode::Write)), |it| {
            format!("{} {} {DONE}", more(it, 1, &value(it, 0)), put(it, 0, "(i64.const 0)"))
        })
        .build()
}

/// Makes an asset of its own.
pub fn mint() -> Arc<Package> {
    let first = || wide(param(0), U128);
    let held = |mode| access(0, &[caller()], mode);
    let supply = |mode| access(1, &[], mode);
    let number = || Type::from(U128);
    let unit = || asset("Unit");
    let to = |mode| access(0, &[param(0)], mode);
    Builder::new("Mint", ContainerKind::Contract)
        .error("Short", &[])
        .asset("Unit", AssetKind::Fungible)
        .holding("held", &[A], amount_of("Unit"))
        .holding("supply", &[], Holding::Supply("Unit".to_owned()))
        .entry_of(
            "make",
            (&[number()], Type::unit()),
            both(held(credit(&first())), supply(credit(&first()))),
            |it| format!("{} {} {DONE}", more(it, 0, &arg(0)), more(it, 1, &arg(0))),
        )
        .entry_of(
            "burn",
            (&[number()], Type::unit()),
            both(held(debit(&first())), supply(debit(&first()))),
            |it| format!("{} {} {DONE}", less(it, 0, &arg(0)), less(it, 1, &arg(0))),
        )
        .entry_of(
            "send",
            (&[A.into(), number()], Type::unit()),
            both(held(debit(&wide(param(1), U128))), to(credit(&wide(param(1), U128)))),
            |it| format!("{} {} {DONE}", less(it, 0, &arg(3)), more(it, 1, &arg(3))),
        )
        .entry_of("take", (&[number()], unit()), own(vec![held(debit(&first()))]), |it| {
            format!("{} {} {DONE}", less(it, 0, &arg(0)), give(&arg(0)))
        })
        .entry_of("put", (&[unit()], Type::unit()), own(vec![held(credit(&first()))]), |it| {
            format!("{} {DONE}", more(it, 0, &arg(0)))
        })
        .entry_of("conjure", (&[number()], Type::unit()), own(vec![held(credit(&first()))]), |it| {
            format!("{} {DONE}", more(it, 0, &arg(0)))
        })
        .entry_of("vanish", (&[number()], Type::unit()), own(vec![supply(credit(&first()))]), |it| {
            format!("{} {DONE}", more(it, 0, &arg(0)))
        })
        .build()
}

/// Keeps some of an asset that it is generic over.
pub fn vault() -> Arc<Package> {
    let first = || wide(param(0), U128);
    let kept = |mode| access(0, &[caller()], mode);
    Builder::new("Vault", ContainerKind::Contract)
        .error("Short", &[])
        .asset("Thing", AssetKind::Parameter)
        .holding("kept", &[A], amount_of("Thing"))
        .entry_of("store", (&[asset("Thing")], Type::unit()), own(vec![kept(credit(&first()))]), |it| {
            format!("{} {DONE}", more(it, 0, &arg(0)))
        })
        .entry_of("fetch", (&[U128.into()], asset("Thing")), own(vec![kept(debit(&first()))]), |it| {
            format!("{} {} {DONE}", less(it, 0, &arg(0)), give(&arg(0)))
        })
        .entry_of("plain", (&[U128.into()], Type::unit()), own(vec![]), |_| DONE.to_owned())
        .direct()
        .build()
}

fn run(number: u32) -> String {
    format!("(if (call $step (i32.const {number})) (then (return (i32.const 5))))")
}

/// Moves units between a mint and a vault, and coins through a treasury.
pub fn mover() -> Arc<Package> {
    let unit = || asset("mint.Unit");
    let number = || Type::from(U128);
    let amount = || [Some(param(0))];
    let pass = format!("(call $store (i32.const {EXCHANGE}) {})", arg(0));
    let two = |first: &str| format!("{pass} {} {first} {} {DONE}", run(0), run(1));
    let [keep, short] = ["", &give(&format!("(i64.shr_u {} (i64.const 1))", arg(0)))].map(two);
    let fetch = two("");
    let forget = format!("{pass} {} {DONE}", run(0));
    let through = format!("{pass} {} {DONE}", run(0));
    let of_unit = |access| spending(access, "mint.Unit", param(0));
    let keep_steps = || of_unit(steps(&[(0, "take", &amount()), (1, "store", &amount())]));
    Builder::new("Mover", ContainerKind::Composition)
        .slot_of("mint", &[("take", &[number()], unit()), ("put", &[unit()], Type::unit())])
        .slot_of("vault", &[("store", &[unit()], Type::unit()), ("fetch", &[number()], unit())])
        .slot_of("treasury", &[("deposit", &[coin()], Type::unit()), ("withdraw", &[number()], coin())])
        .entry_of("keep", (&[number()], Type::unit()), keep_steps(), move |_| keep.clone())
        .entry_of(
            "fetch",
            (&[number()], Type::unit()),
            of_unit(steps(&[(1, "fetch", &amount()), (0, "put", &amount())])),
            move |_| fetch.clone(),
        )
        .entry_of("deposit", (&[coin()], Type::unit()), steps(&[(2, "deposit", &amount())]), {
            let through = through.clone();
            move |_| through.clone()
        })
        .entry_of(
            "withdraw",
            (&[number()], coin()),
            spending(steps(&[(2, "withdraw", &amount())]), "coin", param(0)),
            move |_| through.clone(),
        )
        // Takes and does not pass on, passes on less than it has taken, pockets the Value.
        .entry_of(
            "forget",
            (&[number()], Type::unit()),
            of_unit(steps(&[(0, "take", &amount())])),
            move |_| forget.clone(),
        )
        .entry_of(
            "short",
            (&[number()], Type::unit()),
            of_unit(steps(&[(0, "take", &amount()), (1, "store", &[None])])),
            move |_| short.clone(),
        )
        .entry_of("pocket", (&[coin()], Type::unit()), steps(&[]), |_| DONE.to_owned())
        .build()
}
