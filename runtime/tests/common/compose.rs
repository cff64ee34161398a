//! Compositions from a few statements, as WAT and as what they mean: a plain interpreter over maps, which copies
//! everything where a savepoint is opened.
//!
//! A mint has an asset `Unit` of its own: 0 `held[address]`, 1 `supply`, and 2 `cells[u64]`. A composition takes a
//! person and an amount; its slots 0 and 1 are mints, those from 2 on are compositions.

use super::*;
use mc_container::error::SystemError;
use mc_container::value::Scalar::{Address as A, U64, U128};
use std::collections::BTreeMap;

const EXCHANGE: u32 = frame::EXCHANGE;
const DONE: &str = "(i32.const 0)";

/// What a mint fails with where there is too little, and where a cell says so.
pub const SHORT: u8 = 32;
pub const BARRED: u8 = 33;

fn unit() -> Type {
    Type::Asset("Unit".to_owned())
}

fn cell(layout: &Layout, access: usize) -> String {
    format!("(i32.load (i32.const {}))", layout.table_entry(access))
}

fn arg(limb: u32) -> String {
    format!("(i64.load (i32.const {}))", ARGS + 8 * limb)
}

/// Takes an amount from a slot, or fails.
fn less(from: &str, amount: &str) -> String {
    format!(
        "(if (i64.lt_u (i64.load {from}) {amount}) (then (return (i32.const {SHORT}))))
        (call $store {from} (i64.sub (i64.load {from}) {amount}))"
    )
}

fn more(to: &str, amount: &str) -> String {
    format!("(call $store {to} (i64.add (i64.load {to}) {amount}))")
}

/// Moves an amount from one slot to another, or fails.
fn transfer(from: &str, to: &str, amount: &str) -> String {
    format!("{} {}", less(from, amount), more(to, amount))
}

/// Says that something was done, and how much.
fn tell(amount: &str) -> String {
    format!("(call $store (i32.const {EXCHANGE}) {amount}) (call $emit (i32.const 0))")
}

/// Fails where the cell in a slot is more than a limit.
fn bar(slot: &str, limit: &str) -> String {
    format!("(if (i64.gt_u (i64.load {slot}) {limit}) (then (return (i32.const {BARRED}))))")
}

pub fn mint() -> Arc<Package> {
    let held = |key: Term, mode| access(0, &[key], mode);
    let amount = |number| wide(param(number), U128);
    let looked_at = |key| access(2, &[key], Mode::Read);
    Builder::new("Mint", ContainerKind::Contract)
        .error("Short", &[])
        .error("Barred", &[])
        .event("Done", &[U64])
        .asset("Unit", AssetKind::Fungible)
        .holding("held", &[A], Holding::Amount("Unit".to_owned()))
        .holding("supply", &[], Holding::Supply("Unit".to_owned()))
        .variable("cells", &[U64], U64, Value::ZERO)
        .entry(
            "send",
            (&[A, U128], &[]),
            own(vec![held(caller(), debit(&amount(1))), held(param(0), credit(&amount(1)))]),
            |it| format!("{} {} {DONE}", transfer(&cell(it, 0), &cell(it, 1), &arg(3)), tell(&arg(3))),
        )
        // All that the caller has.
        .entry(
            "drain",
            (&[A, U128], &[]),
            own(vec![held(caller(), Mode::Write), held(param(0), Mode::Write)]),
            |it| {
                let (from, to) = (cell(it, 0), cell(it, 1));
                let all = "(local.get $all)";
                format!(
                    "(local $all i64) (local.set $all (i64.load {from})) {} {} {DONE}",
                    transfer(&from, &to, all),
                    tell(all)
                )
            },
        )
        // The same as `send`, in cells that it finds at run time.
        .entry("find", (&[A, U128], &[]), own(vec![below(0, &[], Mode::Write, 2)]), |_| {
            format!(
                "(local $from i32) (local $to i32)
                (call $copy3 (i32.const {EXCHANGE}) (i32.const 0)) (local.set $from (call $resolve (i32.const 0)))
                (call $copy3 (i32.const {EXCHANGE}) (i32.const {ARGS}))
                (local.set $to (call $resolve (i32.const 0))) {} {} {DONE}",
                transfer("(local.get $from)", "(local.get $to)", &arg(3)),
                tell(&arg(3)),
            )
        })
        .entry_of("take", (&[U128.into()], unit()), own(vec![held(caller(), debit(&amount(0)))]), |it| {
            let give = format!("(call $store (i32.const {EXCHANGE}) {})", arg(0));
            format!("{} {} {give} {DONE}", tell(&arg(0)), less(&cell(it, 0), &arg(0)))
        })
        .entry_of(
            "put",
            (&[unit(), U64.into(), U64.into()], Type::unit()),
            own(vec![held(caller(), credit(&amount(0))), looked_at(param(1))]),
            |it| {
                let to = cell(it, 0);
                let barred = bar(&cell(it, 1), &arg(3));
                format!("{} {barred} {} {DONE}", tell(&arg(0)), more(&to, &arg(0)))
            },
        )
        .entry("set", (&[U64, U64], &[]), own(vec![access(2, &[param(0)], Mode::Write)]), |it| {
            format!("(call $store {} {}) {} {DONE}", cell(it, 0), arg(1), tell(&arg(1)))
        })
        .entry("check", (&[U64, U64], &[]), own(vec![looked_at(param(0))]), |it| {
            format!("{} {} {DONE}", tell(&arg(1)), bar(&cell(it, 0), &arg(1)))
        })
        .build()
}

/// What a step is passed.
#[derive(Clone, Copy, Debug)]
pub enum Passed {
    /// The composition's person, or its amount.
    Person,
    Amount,
    Number(u64),
}

/// A step: the slot, the entry, the arguments, and whether the formulas tell them.
#[derive(Clone, Debug)]
pub struct Step {
    pub slot: u16,
    pub entry: &'static str,
    pub args: Vec<Passed>,
    pub known: bool,
}

#[derive(Clone, Debug)]
pub enum Stmt {
    /// Takes the step with this number; where it fails, so does the composition, unless it does not care.
    Step {
        number: usize,
        careless: bool,
    },
    Try(Vec<Stmt>, Vec<Stmt>),
    Fail,
}

/// A composition.
#[derive(Clone, Debug, Default)]
pub struct Composition {
    pub steps: Vec<Step>,
    pub body: Vec<Stmt>,
    /// How much of an asset it takes from its caller at most, beside its amount if so.
    pub spends: Vec<(String, u64, bool)>,
    /// How many compositions it has slots for.
    pub nested: usize,
    pub sequence: u8,
}

/// The code of its own error.
pub const GAVE_UP: u8 = 32;

impl Composition {
    pub fn build(&self) -> Arc<Package> {
        let mut builder = Builder::new("Plan", ContainerKind::Composition).error("GaveUp", &[]);
        for mint in ["a", "b"] {
            let unit = || Type::Asset(format!("{mint}.Unit"));
            let plain = [A.into(), U128.into()];
            let put = [unit(), U64.into(), U64.into()];
            let cell = [U64.into(), U64.into()];
            builder = builder.slot_of(
                mint,
                &[
                    ("send", &plain, Type::unit()),
                    ("drain", &plain, Type::unit()),
                    ("find", &plain, Type::unit()),
                    ("take", &[U128.into()], unit()),
                    ("put", &put, Type::unit()),
                    ("set", &cell, Type::unit()),
                    ("check", &cell, Type::unit()),
                ],
            );
        }
        for number in 0..self.nested {
            let run: (&str, &[Type], Type) = ("run", &[A.into(), U128.into()], Type::unit());
            builder = builder.slot_of(&format!("c{number}"), &[run]).sequences(u8::MAX);
        }
        let (access, text) = (self.access(), self.text());
        builder.entry("run", (&[A, U128], &[]), access, move |_| text.clone()).sequence(self.sequence).build()
    }

    fn access(&self) -> EntryAccess {
        let term = |passed: &Passed, ty: Scalar| match passed {
            Passed::Person => param(0),
            Passed::Amount => param(1),
            Passed::Number(number) => constant(ty, *number),
        };
        let types = |entry: &str| match entry {
            "set" | "check" => vec![U64, U64],
            "take" => vec![U128],
            "put" => vec![U128, U64, U64],
            _ => vec![A, U128],
        };
        let args = |step: &Step| -> Vec<Option<Term>> {
            let args = step.args.iter().zip(types(step.entry));
            args.map(|(passed, ty)| step.known.then(|| term(passed, ty))).collect()
        };
        let args: Vec<Vec<Option<Term>>> = self.steps.iter().map(args).collect();
        let calls: Vec<_> = self
            .steps
            .iter()
            .zip(&args)
            .map(|(step, args)| (step.slot, step.entry, args.as_slice()))
            .collect();
        let mut access = steps(&calls);
        access.steps.iter_mut().for_each(|step| step.certain = false);
        let add = |most: u64, amount: bool| {
            let most = constant(U128, most);
            let op = Op::Arithmetic(mc_container::arithmetic::Operation::Add, U128);
            if amount { param(1).binary(&most, op) } else { most }
        };
        let spend = |(asset, most, amount): &(String, u64, bool)| Spend {
            asset: asset.clone(),
            most: add(*most, *amount),
        };
        access.spends = self.spends.iter().map(spend).collect();
        access
    }

    fn text(&self) -> String {
        let mut text = "(local $status i32) ".to_owned();
        self.write(&self.body, None, &mut 0, &mut text);
        text + DONE
    }

    fn write(&self, body: &[Stmt], catch: Option<usize>, labels: &mut usize, text: &mut String) {
        let leave = |code: u8| match catch {
            Some(label) => format!("(call $savepoint (i32.const 2)) (br $catch{label})"),
            None => format!("(return (i32.const {code}))"),
        };
        for stmt in body {
            match stmt {
                Stmt::Step { number, careless } => {
                    let mut offset = EXCHANGE;
                    for passed in &self.steps[*number].args {
                        let (limbs, write) = match passed {
                            Passed::Person => {
                                (3, format!("(call $copy3 (i32.const {offset}) (i32.const {ARGS}))"))
                            }
                            Passed::Amount => (2, format!("(call $store (i32.const {offset}) {})", arg(3))),
                            Passed::Number(value) => {
                                (1, format!("(call $store (i32.const {offset}) (i64.const {value}))"))
                            }
                        };
                        // An amount is two limbs, whoever it comes from.
                        let entry = self.steps[*number].entry;
                        let is_amount = offset == EXCHANGE && matches!(entry, "take" | "put")
                            || offset > EXCHANGE && !matches!(entry, "set" | "check" | "put");
                        let limbs = if is_amount { 2 } else { limbs };
                        text.push_str(&write);
                        if limbs == 2 {
                            text.push_str(&format!("(call $store (i32.const {}) (i64.const 0))", offset + 8));
                        }
                        offset += 8 * limbs;
                    }
                    text.push_str(&format!("(local.set $status (call $step (i32.const {number})))"));
                    if !careless {
                        text.push_str(&format!("(if (local.get $status) (then {}))", leave(5)));
                    }
                }
                Stmt::Try(body, otherwise) => {
                    *labels += 1;
                    let label = *labels;
                    text.push_str(&format!(
                        "(block $done{label} (block $catch{label} (call $savepoint (i32.const 0))"
                    ));
                    self.write(body, Some(label), labels, text);
                    text.push_str(&format!("(call $savepoint (i32.const 1)) (br $done{label}))"));
                    self.write(otherwise, catch, labels, text);
                    text.push(')');
                }
                Stmt::Fail => text.push_str(&leave(GAVE_UP)),
            }
        }
    }
}

/// What there is: units by mint and person, and cells by mint and number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    pub held: BTreeMap<(usize, Address), u64>,
    pub cells: BTreeMap<(usize, u64), u64>,
    pub events: Vec<u64>,
}

/// Where a composition stands: the mints that its first two slots are, and what the others are.
#[derive(Clone, Debug)]
pub struct Placed {
    pub plan: Composition,
    pub mints: [usize; 2],
    pub nested: Vec<usize>,
}

/// How something has ended: a failure is caught, anything else ends the transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Failed(u8),
    Contained(u8),
}

/// One transaction, by the book.
pub struct Model<'p> {
    pub placed: &'p [Placed],
    pub state: State,
    pub caller: Address,
    pub point: u8,
    /// For each composition that is running, what is left of its budget of each mint's units.
    budgets: Vec<[u64; 2]>,
}

impl<'p> Model<'p> {
    pub fn new(placed: &'p [Placed], state: State, caller: Address) -> Self {
        Self { placed, state, caller, point: 0, budgets: Vec::new() }
    }

    /// The mint whose units an asset is, by a composition's name for it: `a.Unit`, `c0.b.Unit`.
    fn asset(&self, placed: &Placed, name: &str) -> usize {
        let (slot, rest) = name.split_once('.').unwrap();
        match slot {
            "a" => placed.mints[0],
            "b" => placed.mints[1],
            nested => {
                let number: usize = nested[1..].parse().unwrap();
                self.asset(&self.placed[placed.nested[number]], rest)
            }
        }
    }

    pub fn run(&mut self, number: usize, person: Address, amount: u64) -> Result<(), End> {
        let placed = &self.placed[number];
        let mut budget = [0_u64; 2];
        for (asset, most, also) in &placed.plan.spends {
            budget[self.asset(placed, asset)] += most + if *also { amount } else { 0 };
        }
        self.budgets.push(budget);
        let mut frame = Running { placed, person, amount, failed: None, tally: [0; 2] };
        let mut ended = self.body(&placed.plan.body, &mut frame);
        // Whoever takes more than it gives, or the other way round, is stopped before anything else.
        if ended.is_ok() && frame.tally != [0; 2] {
            ended = Err(End::Contained(SystemError::NotConserved.code()));
        }
        self.budgets.pop();
        match (ended, frame.failed) {
            (Ok(()) | Err(End::Failed(5)), Some(code)) => Err(End::Failed(code)),
            (ended, _) => ended,
        }
    }

    fn body(&mut self, body: &[Stmt], frame: &mut Running<'p>) -> Result<(), End> {
        for stmt in body {
            match stmt {
                Stmt::Step { number, careless } => match self.step(frame, *number) {
                    Err(End::Failed(code)) => {
                        frame.failed.get_or_insert(code);
                        if !careless {
                            return Err(End::Failed(5));
                        }
                    }
                    ended => ended?,
                },
                Stmt::Fail => return Err(End::Failed(GAVE_UP)),
                Stmt::Try(inner, otherwise) => {
                    if frame.failed.is_some() {
                        return Err(End::Contained(SystemError::Trap.code()));
                    }
                    let before = (self.state.clone(), self.budgets.clone(), frame.tally);
                    match self.body(inner, frame) {
                        Err(End::Failed(_)) => {
                            (self.state, self.budgets, frame.tally) = before;
                            frame.failed = None;
                            self.body(otherwise, frame)?;
                        }
                        ended => ended?,
                    }
                }
            }
        }
        Ok(())
    }

    fn step(&mut self, frame: &mut Running<'p>, number: usize) -> Result<(), End> {
        let Step { slot, entry, args, .. } = &frame.placed.plan.steps[number];
        let number = |passed: &Passed| match passed {
            Passed::Amount => frame.amount,
            Passed::Number(number) => *number,
            Passed::Person => 0,
        };
        let numbers: Vec<u64> = args.iter().map(number).collect();
        self.point += 1;
        if let Some(nested) = slot.checked_sub(2) {
            return self.run(frame.placed.nested[usize::from(nested)], frame.person, numbers[1]);
        }
        let mint = frame.placed.mints[usize::from(*slot)];
        let at = usize::from(*slot);
        match *entry {
            "take" => {
                self.call(mint, entry, frame.person, &numbers)?;
                frame.tally[at] -= i128::from(numbers[0]);
            }
            "put" => {
                self.call(mint, entry, frame.person, &numbers)?;
                frame.tally[at] += i128::from(numbers[0]);
            }
            _ => self.call(mint, entry, frame.person, &numbers)?,
        }
        Ok(())
    }

    /// A call of a mint's entry; what it has written when it fails is forgotten, what it has told is not.
    pub fn call(&mut self, mint: usize, entry: &str, to: Address, numbers: &[u64]) -> Result<(), End> {
        let caller = self.caller;
        let have = self.state.held.get(&(mint, caller)).copied().unwrap_or(0);
        let cell = |key: u64| self.state.cells.get(&(mint, key)).copied().unwrap_or(0);
        let (mut after, failed) = (self.state.clone(), |code| Err(End::Failed(code)));
        let mut spent = 0;
        match entry {
            "send" | "find" | "drain" => {
                let amount = if entry == "drain" { have } else { numbers[1] };
                if have < amount {
                    return failed(SHORT);
                }
                after.held.insert((mint, caller), have - amount);
                *after.held.entry((mint, to)).or_default() += amount;
                spent = if to == caller { 0 } else { amount };
                after.events.push(amount);
            }
            "take" => {
                self.state.events.push(numbers[0]);
                after.events.push(numbers[0]);
                if have < numbers[0] {
                    return failed(SHORT);
                }
                after.held.insert((mint, caller), have - numbers[0]);
                spent = numbers[0];
            }
            "put" => {
                let barred = cell(numbers[1]) > numbers[2];
                self.state.events.push(numbers[0]);
                after.events.push(numbers[0]);
                if barred {
                    return failed(BARRED);
                }
                after.held.insert((mint, caller), have + numbers[0]);
            }
            "set" => {
                after.cells.insert((mint, numbers[0]), numbers[1]);
                after.events.push(numbers[1]);
            }
            _ => {
                let barred = cell(numbers[0]) > numbers[1];
                self.state.events.push(numbers[1]);
                after.events.push(numbers[1]);
                if barred {
                    return failed(BARRED);
                }
            }
        }
        if spent > 0 && self.budgets.iter().any(|budget| budget[mint] < spent) {
            self.state.events = after.events;
            return failed(SystemError::Overspent.code());
        }
        self.budgets.iter_mut().for_each(|budget| budget[mint] -= spent);
        self.state = after;
        Ok(())
    }
}

/// A composition that is running.
struct Running<'p> {
    placed: &'p Placed,
    person: Address,
    amount: u64,
    failed: Option<u8>,
    /// What it has put into its first two slots, less what it has got from them.
    tally: [i128; 2],
}
