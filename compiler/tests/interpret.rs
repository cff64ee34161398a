//! Test blocks, run on the interpreter alone: what it computes, and what it says when a test fails.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use mc_compiler::interpret::failure::{TestFailure, What};
use mc_compiler::interpret::ledger::{Cell, Ledger, Use};
use mc_compiler::interpret::wiring::Wiring;
use mc_compiler::interpret::world::{Refusal, TestCall, TestDeployment, TestWorld, Together};
use mc_compiler::interpret::{self, Around, Call, run_test};
use mc_compiler::load::{Loader, load};
use mc_compiler::tree::{FunctionId, FunctionKind, Program, UnitId, Variable};
use mc_container::access::VariableId;
use mc_container::address::Address;
use mc_container::manifest::EntryKind;
use mc_container::value::Value;
use std::collections::BTreeMap;

struct One<'t>(&'t str);

impl Loader for One<'_> {
    fn load(&self, _: &str) -> Result<String, String> {
        Ok(self.0.to_owned())
    }
}

/// A world in which the interpreter runs everything.
struct Desk<'p> {
    program: &'p Program,
    placed: BTreeMap<Address, (UnitId, Vec<Address>)>,
    cells: BTreeMap<Cell, Value>,
    now: u64,
}

fn address(instance: u32) -> Address {
    Address::of_container("desk", Address::default(), 0, instance)
}

struct Writes<'d>(&'d BTreeMap<Cell, Value>, BTreeMap<Cell, Value>);

impl Ledger for Writes<'_> {
    fn get(&mut self, cell: &Cell, variable: &Variable) -> Value {
        self.1.get(cell).or_else(|| self.0.get(cell)).copied().unwrap_or(variable.default)
    }

    fn set(&mut self, cell: &Cell, _: &Variable, value: Value) {
        self.1.insert(cell.clone(), value);
    }

    fn touch(&mut self, _: &Cell, _: Use) {}

    fn cells(&mut self, container: Address, variable: &str) -> Vec<Cell> {
        let cells = self.0.keys().chain(self.1.keys());
        cells.filter(|cell| cell.container == container && cell.variable == variable).cloned().collect()
    }
}

impl Wiring for Desk<'_> {
    fn unit(&self, container: Address) -> Option<UnitId> {
        self.placed.get(&container).map(|(unit, _)| *unit)
    }

    fn slot(&self, composition: Address, slot: u16) -> Option<Address> {
        self.placed.get(&composition)?.1.get(usize::from(slot)).copied()
    }
}

impl Desk<'_> {
    fn run(
        &mut self,
        caller: Address,
        at: u32,
        function: FunctionId,
        args: &[Value],
    ) -> Result<Vec<Value>, Refusal> {
        let container = address(at);
        let around = Around { caller, now: self.now, height: 1, tx_id: [7; 32] };
        let call = Call { container, function, arguments: args, around, watched: true };
        let mut writes = Writes(&self.cells, BTreeMap::new());
        let executed = interpret::run(self.program, self, &mut writes, &call).expect("a typed tree");
        match executed.result {
            Ok(values) => {
                let written = writes.1;
                self.cells.extend(written);
                match executed.breaches.into_iter().next() {
                    Some(breach) => Err(Refusal::Broken(Box::new(breach))),
                    None => Ok(values),
                }
            }
            Err(failure) => Err(Refusal::Failed {
                unit: self.unit(failure.container).expect("deployed"),
                code: failure.code,
                payload: failure.payload,
            }),
        }
    }
}

impl TestWorld for Desk<'_> {
    fn deploy(&mut self, deployment: &TestDeployment<'_>) -> Result<(), Refusal> {
        let slots = deployment.slots.iter().map(|slot| address(*slot)).collect();
        self.placed.insert(address(deployment.instance), (deployment.unit, slots));
        let unit = self.program.unit(deployment.unit).expect("a unit");
        let init = unit.functions.iter().position(|it| it.kind == FunctionKind::Callable(EntryKind::Init));
        match init {
            Some(init) => {
                let init = FunctionId(init as u32);
                self.run(deployment.actor, deployment.instance, init, &deployment.args).map(drop)
            }
            None => Ok(()),
        }
    }

    fn call(&mut self, call: &TestCall) -> Result<Vec<Value>, Refusal> {
        self.run(call.actor, call.instance, call.function, &call.args)
    }

    fn grant(&mut self, _: u32, _: VariableId, _: u32) -> Result<(), Refusal> {
        Err(Refusal::Unable("nobody grants anything here".to_owned()))
    }

    fn together(&mut self, _: &[TestCall]) -> Result<Together, Refusal> {
        Err(Refusal::Unable("one after the other".to_owned()))
    }

    fn balance_of(&self, _: Address) -> u128 {
        0
    }

    fn advance(&mut self, seconds: u64) {
        self.now += seconds;
    }

    fn now(&self) -> u64 {
        self.now
    }

    fn height(&self) -> u64 {
        1
    }

    fn name_of(&self, address: Address) -> Option<String> {
        ["alice", "bob"].into_iter().find(|name| Address::of_account(name) == address).map(str::to_owned)
    }
}

/// What becomes of each test of a text.
fn outcomes(text: &str) -> Vec<Result<(), Box<TestFailure>>> {
    let mut diagnostics = Vec::new();
    let loaded = load(&["main.mc".to_owned()], &One(text), &mut diagnostics).expect("it loads");
    let names =
        mc_compiler::resolve::resolve(&loaded, mc_compiler::trail::Trail::default(), &mut diagnostics);
    let program = mc_compiler::check::check(&loaded, &names, &mut diagnostics);
    let wrong: Vec<_> =
        diagnostics.iter().filter(|it| it.is_error()).map(|it| (&it.message, &it.help)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let run = |test| {
        let (placed, cells) = (BTreeMap::new(), BTreeMap::new());
        run_test(&program, test, &mut Desk { program: &program, placed, cells, now: 1_000 }, &[])
    };
    program.tests.iter().map(run).collect()
}

#[test]
fn calls_actors_time_and_expected_failures() {
    let text = "
        error TooFew(have: u64, need: u64);
        contract Counter {
            state counts: map<address, u64> = 0;
            state at: time? = none;
            entry add(n: u64) { counts[caller] += n; at = some(now); }
            entry take(n: u64) { counts[caller] -= n else TooFew(have: counts[caller], need: n); }
            view of(who: address) -> u64 { return counts[who]; }
            view last() -> time? { return at; }
        }
        test \"adds\" {
            let c = deploy Counter();
            c.add(3);
            as bob { c.add(4); as alice { c.add(1); } }
            assert c.of(alice) == 4 && c.of(bob) == 4;
            let before = c.last();
            advance 2 days;
            c.add(1);
            assert c.last() != before;
            expect abort TooFew { c.take(6); }
            assert c.of(alice) == 5;
        }";
    assert_eq!(outcomes(text), [Ok(())]);
}

#[test]
fn a_failed_test_says_what_happened() {
    let text = "
        error TooFew(have: u64, need: u64);
        error Never;
        contract Counter {
            state count: u64 = 2;
            entry take(n: u64) { count -= n else TooFew(have: count, need: n); }
            view get() -> u64 { return count; }
            entry never() { abort Never; }
        }
        test \"sides\" { let c = deploy Counter(); assert c.get() == 3; }
        test \"abort\" { let c = deploy Counter(); c.take(5); }
        test \"none\" { let c = deploy Counter(); expect abort TooFew { c.take(1); } }
        test \"other\" { let c = deploy Counter(); expect abort TooFew { c.never(); } }";
    let outcomes = outcomes(text);
    let what = |at: usize| &outcomes[at].as_ref().expect_err("it fails").what;
    assert!(matches!(what(0), What::Assertion(Some(sides)) if sides.left.1 == "2" && sides.right.1 == "3"));
    assert!(
        matches!(what(1), What::Aborted(it) if it.to_string() == "TooFew(have: 2, need: 5) in Counter"),
        "{:?}",
        what(1)
    );
    assert!(matches!(what(2), What::NotAborted(Some(name)) if name == "TooFew"));
    assert!(matches!(what(3), What::OtherAbort { found, .. } if found.error == "Never"));
}

#[test]
fn composite_values() {
    let text = "
        error NoLot;
        struct Lot { seller: address, price: u64 }
        enum Phase { Open, Sold(to: address, at: u64) }
        contract Shop {
            state lots: map<u64, Lot>;
            state phase: map<u64, Phase> = Phase.Open;
            entry offer(n: u64, price: u64) { lots.insert(n, Lot(seller: caller, price: price)); }
            entry sell(n: u64) {
                let lot = lots[n] else NoLot;
                phase[n] = Phase.Sold(to: caller, at: lot.price);
            }
            view price(n: u64) -> u64 {
                match phase[n] { Open => { return 0; } Sold(to, at) => { return at; } }
            }
        }
        test \"lots\" {
            let s = deploy Shop();
            s.offer(1, 7);
            expect abort Exists { s.offer(1, 8); }
            expect abort NoLot { s.sell(2); }
            as bob { s.sell(1); }
            assert s.price(1) == 7;
        }";
    assert_eq!(outcomes(text), [Ok(())]);
}
