//! Compositions of compositions, savepoints and budgets: random ones against a plain interpreter.
//!
//! Every block runs serially, on 1, 2 and 4 workers, and in an order that a seed perturbs. `MC_TOWNS` changes how many
//! worlds there are; a failure names the seed of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::compose::{Composition, End, Model, Passed, Placed, State, Step, Stmt, mint};
use common::*;
use mc_container::address::Address;
use mc_container::value::Scalar::U128;
use mc_container::value::Value;
use mc_runtime::{Executor, PoolOptions, Transaction};

const PEOPLE: u64 = 4;
const CELLS: u64 = 3;

/// Two mints, and compositions of them and of each other.
struct Town {
    bench: Bench,
    mints: [Address; 2],
    plans: Vec<Address>,
    placed: Vec<Placed>,
}

/// Draws statements; every step that a statement takes is one more of the composition.
struct Drawing<'r> {
    random: &'r mut Random,
    plan: Composition,
}

impl Drawing<'_> {
    fn amount(&mut self) -> Passed {
        match self.random.below(4) {
            0 => Passed::Amount,
            other => Passed::Number([0, 1, 3, 8][(other + self.random.below(2)) as usize % 4]),
        }
    }

    fn step(&mut self, slot: u16, entry: &'static str, args: Vec<Passed>) -> Stmt {
        let number = self.plan.steps.len();
        self.plan.steps.push(Step { slot, entry, args, known: self.random.below(4) > 0 });
        Stmt::Step { number, careless: self.random.below(12) == 0 }
    }

    fn steps(&mut self) -> Vec<Stmt> {
        let slot = self.random.below(2) as u16;
        let cell = Passed::Number(self.random.below(CELLS));
        let limit = Passed::Number(self.random.below(6));
        let amount = self.amount();
        match self.random.below(12) {
            0..3 => vec![self.step(slot, "send", vec![Passed::Person, amount])],
            3 => vec![self.step(slot, "drain", vec![Passed::Person, amount])],
            4 => vec![self.step(slot, "find", vec![Passed::Person, amount])],
            5 | 6 => vec![self.step(slot, "set", vec![cell, limit])],
            7 => vec![self.step(slot, "check", vec![cell, limit])],
            8 => {
                let back = if self.random.below(8) == 0 { self.amount() } else { amount };
                let take = self.step(slot, "take", vec![amount]);
                vec![take, self.step(slot, "put", vec![back, cell, limit])]
            }
            _ if self.plan.nested > 0 => {
                let slot = 2 + self.random.below(self.plan.nested as u64) as u16;
                vec![self.step(slot, "run", vec![Passed::Person, amount])]
            }
            _ => vec![self.step(slot, "check", vec![cell, limit])],
        }
    }

    fn body(&mut self, depth: u64) -> Vec<Stmt> {
        let mut body = Vec::new();
        for _ in 0..=self.random.below(2) {
            match self.random.below(10) {
                _ if self.plan.steps.len() >= 5 => {}
                0..4 if depth > 0 => {
                    let inner = self.body(depth - 1);
                    body.push(Stmt::Try(inner, self.body(depth - 1)));
                }
                4 if depth < 3 && self.random.below(2) == 0 => {
                    body.push(Stmt::Fail);
                    return body;
                }
                _ => body.extend(self.steps()),
            }
        }
        body
    }
}

/// A composition of the two mints and `nested` others, which takes no more than `sequence` steps if its steps take
/// none.
fn draw(random: &mut Random, nested: usize) -> Composition {
    let plan = Composition { nested, ..Composition::default() };
    let mut drawing = Drawing { random, plan };
    let body = drawing.body(3);
    let mut plan = drawing.plan;
    plan.body = body;
    let mut names = vec!["a.Unit".to_owned(), "b.Unit".to_owned()];
    names.extend((0..nested).map(|number| format!("c{number}.a.Unit")));
    for name in names {
        let most = [0, 2, 9, 30, 1_000][random.below(5) as usize];
        if random.below(4) > 0 {
            plan.spends.push((name, most, random.below(3) == 0));
        }
    }
    plan
}

fn town(random: &mut Random) -> Town {
    let mut bench = Bench::new();
    let package = mint();
    let mints = [bench.deploy(&package, &[]), bench.deploy(&package, &[])];
    let (mut plans, mut placed): (Vec<Address>, Vec<Placed>) = (Vec::new(), Vec::new());
    for number in 0..5 {
        let below = [0, 0, 2, 3, 4][number];
        let nested: Vec<usize> = (0..2.min(below)).map(|_| random.below(below as u64) as usize).collect();
        let mut plan = draw(random, nested.len());
        let steps_of = |step: &Step| match step.slot.checked_sub(2) {
            Some(slot) => 1 + u32::from(placed[nested[usize::from(slot)]].plan.sequence),
            None => 1,
        };
        plan.sequence = plan.steps.iter().map(steps_of).sum::<u32>().try_into().unwrap();
        let ours = [random.below(2) as usize, random.below(2) as usize];
        let mut slots: Vec<Address> = ours.iter().map(|mint| mints[*mint]).collect();
        slots.extend(nested.iter().map(|nested| plans[*nested]));
        plans.push(bench.deploy(&plan.build(), &slots));
        placed.push(Placed { plan, mints: ours, nested });
    }
    Town { bench, mints, plans, placed }
}

impl Town {
    fn furnish(&mut self, random: &mut Random) -> State {
        let mut state = State::default();
        for (number, mint) in self.mints.into_iter().enumerate() {
            let mut supply = 0;
            for person in (0..PEOPLE).map(who) {
                let amount = random.below(25);
                supply += amount;
                state.held.insert((number, person), amount);
                self.bench.world.put(mint, "held", &[person.value()], Value::from_u64(amount));
            }
            self.bench.world.put(mint, "supply", &[], Value::from_u64(supply));
            for cell in 0..CELLS {
                let value = random.below(5);
                state.cells.insert((number, cell), value);
                self.bench.world.put(mint, "cells", &[Value::from_u64(cell)], Value::from_u64(value));
            }
        }
        state
    }

    fn read(&self) -> State {
        let mut state = State::default();
        let read = |mint, name, key| self.bench.world.read(mint, name, &[key]).unwrap().low();
        for (number, mint) in self.mints.into_iter().enumerate() {
            for person in (0..PEOPLE).map(who) {
                state.held.insert((number, person), read(mint, "held", person.value()));
            }
            for cell in 0..CELLS {
                state.cells.insert((number, cell), read(mint, "cells", Value::from_u64(cell)));
            }
        }
        state
    }

    /// A transaction, and what becomes of it by the book: its result and its Point.
    fn transaction(&self, random: &mut Random, state: &mut State) -> (Transaction, (u8, u8)) {
        let (caller, person) = (who(random.below(PEOPLE)), who(random.below(PEOPLE)));
        let amount = [0, 1, 4, 12][random.below(4) as usize];
        let args = Args::new().address(person).number(U128, amount);
        state.events.clear();
        let mut model = Model::new(&self.placed, state.clone(), caller);
        let number = random.below(self.plans.len() as u64 + 1) as usize;
        let (to, entry, ended) = match self.plans.get(number) {
            Some(to) => (*to, "run", model.run(number, person, amount)),
            None => (self.mints[0], "send", model.call(0, "send", person, &[0, amount])),
        };
        let result = match ended {
            Ok(()) => {
                *state = model.state;
                0
            }
            Err(End::Failed(code) | End::Contained(code)) => {
                state.events.clear();
                code
            }
        };
        (call(caller, to, entry, args), (result, model.point))
    }
}

#[test]
fn random_compositions_do_what_they_say() {
    let (mut results, mut deepest) = ([0_u64; 256], 0);
    let seeds = std::env::var("MC_TOWNS").ok().and_then(|text| text.parse().ok()).unwrap_or(250);
    for seed in 0..seeds {
        let mut random = Random(seed);
        let mut town = town(&mut random);
        let perturbed =
            PoolOptions { threads: 4, parallel_from: 0, seed: Some(seed), ..PoolOptions::default() };
        town.bench.executors.push(Executor::new(perturbed).unwrap());
        for _ in 0..4 {
            let mut state = town.furnish(&mut random);
            let (mut block, mut expected) = (Vec::new(), Vec::new());
            for _ in 0..=random.below(12) {
                let (transaction, (result, point)) = town.transaction(&mut random, &mut state);
                block.push(transaction);
                expected.push((result, point, state.events.clone()));
            }
            let outcome = town.bench.run(block);
            for (number, (receipt, expected)) in outcome.receipts.iter().zip(expected).enumerate() {
                let told: Vec<u64> = receipt
                    .events
                    .iter()
                    .map(|event| u64::from_le_bytes(event.data.as_slice().try_into().unwrap()))
                    .collect();
                let found = (receipt.result, receipt.point, told);
                assert_eq!(found, expected, "seed {seed}, transaction {number}: {:?}", town.placed);
                results[usize::from(receipt.result)] += 1;
                deepest = deepest.max(receipt.point);
            }
            state.events.clear();
            assert_eq!(town.read(), state, "seed {seed}");
        }
    }
    // Everything that may happen does.
    for code in [0, 18, 21, 25, 32, 33] {
        assert!(results[code] > 10, "{code}: {results:?}");
    }
    assert!(deepest > 8, "{deepest}");
}
