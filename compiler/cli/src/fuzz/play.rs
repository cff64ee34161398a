//! One sequence of calls: drawn from a stream of numbers, run block by block, and looked at after each.

use super::finding::{Finding, left_the_rules, lost};
use super::signal::{Signal, signals};
use super::target::{Placed, Target, is_coin};
use crate::random::choices::{Choices, Drawn};
use crate::random::number::Range;
use crate::random::value::Pool;
use crate::testbed::{Ran, Testbed, Workbench, actors};
use ethnum::I256;
use mc_compiler::interpret::Around;
use mc_compiler::interpret::world::{Refusal, TestCall, TestDeployment, TestWorld};
use mc_compiler::tree::{Function, FunctionKind};
use mc_container::address::Address;
use mc_container::manifest::EntryKind;
use mc_container::value::{Scalar, Value};
use mc_runtime::{Executor, Strategy, Transaction};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How many of the actors take part: few, so that they meet.
const ACTORS: usize = 4;
/// One call in so many is followed by one in the same block.
const TOGETHER: u32 = 3;
/// Before one call in so many, time passes.
const LATER: u32 = 12;
/// So many values of a type are drawn from the state.
const KNOWN_MAX: usize = 64;
/// The longest that time stands still, in seconds.
const PAUSE_MAX: u64 = 60 * 24 * 60 * 60;

/// The roots that a block leads to: of the state, and of its receipts.
type Roots = ([u8; 32], [u8; 32]);

/// How sequences are played.
pub struct Table<'t> {
    /// What all of them share.
    pub workbench: &'t Workbench<'t>,
    /// What is called.
    pub target: &'t Target<'t>,
    /// The longest sequence.
    pub calls: u64,
    /// Workers that take transactions in a random order.
    pub parallel: &'t Executor,
}

/// One step of a sequence.
#[derive(Clone, Debug)]
pub enum Step {
    /// What was deployed alone, with these arguments.
    Deployed(Vec<Vec<Value>>),
    /// Time passes, in seconds.
    Advance(u64),
    /// A call.
    Call(Called),
}

/// A call of a sequence.
#[derive(Clone, Debug)]
pub struct Called {
    /// The number of the action.
    pub action: usize,
    /// Who calls.
    pub actor: Address,
    /// The arguments, without the coin.
    pub args: Vec<Vec<Value>>,
    /// The Value.
    pub value: u64,
    /// What it ended with.
    pub result: u8,
}

/// What a sequence came to.
pub struct Played {
    /// Its steps.
    pub steps: Vec<Step>,
    /// What it broke.
    pub finding: Option<Finding>,
    /// What it did.
    pub signals: BTreeSet<Signal>,
    /// The numbers that decided it.
    pub taken: Drawn,
}

impl Played {
    /// How many calls there were.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.steps.iter().filter(|step| matches!(step, Step::Call(_))).count()
    }
}

impl Table<'_> {
    /// Plays a sequence; `flat` puts every call into a block of its own.
    #[must_use]
    pub fn play(&self, mut choices: Choices, flat: bool) -> Played {
        let mut game = Game {
            table: self,
            testbed: self.workbench.testbed(),
            steps: Vec::new(),
            signals: BTreeSet::new(),
            block: Vec::new(),
            last: None,
            flat,
            over: false,
        };
        let finding = game.play(&mut choices).err();
        self.workbench.keep(&game.testbed);
        let (steps, signals) = (game.steps, game.signals);
        Played { steps, finding, signals, taken: choices.taken() }
    }
}

struct Game<'g> {
    table: &'g Table<'g>,
    testbed: Testbed<'g>,
    steps: Vec<Step>,
    signals: BTreeSet<Signal>,
    /// The calls of the next block: the numbers of their steps.
    block: Vec<usize>,
    /// The action that succeeded last.
    last: Option<usize>,
    flat: bool,
    /// Nobody can say any more what must hold.
    over: bool,
}

impl Game<'_> {
    fn play(&mut self, choices: &mut Choices) -> Result<(), Finding> {
        if !self.deploy(choices)? {
            return Ok(());
        }
        let mut calls = 0;
        while calls < self.table.calls && !self.over {
            let begun = choices.begin();
            if !choices.chance(31, 32) {
                break;
            }
            if choices.chance(1, LATER) {
                self.run()?;
                self.advance(choices);
            }
            calls += 1;
            let drawn = self.call(choices);
            let together = choices.chance(1, TOGETHER) && !self.flat;
            choices.end(begun);
            if drawn && !together {
                self.run()?;
            }
        }
        self.run()
    }

    /// Deploys everything; false where an `init` refuses its arguments.
    fn deploy(&mut self, choices: &mut Choices) -> Result<bool, Finding> {
        let target = self.table.target;
        let actor = Address::of_account(mc_compiler::interpret::ACTOR);
        for (instance, placed) in (0..).zip(&target.deployments) {
            let init = FunctionKind::Callable(EntryKind::Init);
            let init = placed.unit.functions.iter().find(|function| function.kind == init);
            let args = match (&placed.args, init) {
                (Some(args), _) => args.clone(),
                (None, None) => Vec::new(),
                (None, Some(init)) => {
                    let Some(args) = self.args_of_init((placed, init), actor, choices) else {
                        return Ok(false);
                    };
                    self.steps.push(Step::Deployed(args.clone()));
                    args.concat()
                }
            };
            let (slots, generics) = (placed.slots.as_slice(), placed.generics.as_slice());
            let wanted = TestDeployment { actor, instance, unit: placed.id, args, slots, generics };
            match self.testbed.deploy(&wanted) {
                Ok(()) => {}
                Err(Refusal::Failed { .. }) if placed.args.is_none() => return Ok(false),
                Err(refusal) => return Err(refusal.into()),
            }
        }
        for grant in &target.grants {
            self.testbed.grant(grant.deployment, grant.role, grant.to)?;
        }
        Ok(true)
    }

    /// What an `init` gets: what tests pass to it, or random values.
    fn args_of_init(
        &self,
        (placed, init): (&Placed<'_>, &Function),
        actor: Address,
        choices: &mut Choices,
    ) -> Option<Vec<Vec<Value>>> {
        let examples = placed.examples.as_slice();
        if !examples.is_empty() {
            let number = usize::try_from(choices.draw(examples.len() as u64)).ok()?;
            if let Some(example) = examples.get(number) {
                return Some(example.clone());
            }
        }
        let bounds = super::target::bounds(init);
        let params = self.table.target.params(placed.unit, init, &bounds, self.around(actor));
        params.draw(&self.pool(&self.known()), choices)
    }

    fn around(&self, caller: Address) -> Around {
        Around { caller, now: self.testbed.now(), height: self.testbed.height(), ..Around::default() }
    }

    fn advance(&mut self, choices: &mut Choices) {
        let range = Range { low: I256::ONE, high: I256::from(PAUSE_MAX) };
        let seconds = range.draw(choices).map_or(1, I256::as_u64);
        self.testbed.advance(seconds);
        self.steps.push(Step::Advance(seconds));
    }

    /// Known values by type: who acts, what the program speaks of, and what lies in the state.
    fn known(&self) -> BTreeMap<Scalar, Vec<Value>> {
        let mut known = self.table.target.constants.clone();
        let actors: Vec<Value> = actors().into_iter().take(ACTORS).collect();
        known.insert(Scalar::Address, actors);
        let machine = self.testbed.machine();
        for (cell, value) in machine.state() {
            let Some(variable) = machine.variable(cell) else { continue };
            let keys = variable.keys.iter().zip(&cell.keys);
            let keys = keys.filter_map(|(ty, key)| Some((*ty, Value::decode(*ty, &mut key.as_slice())?)));
            for (ty, value) in keys.chain([(variable.value, *value)]) {
                let values = known.entry(ty).or_default();
                let is_new = !matches!(ty, Scalar::Address | Scalar::Bool) && !values.contains(&value);
                if is_new && values.len() < KNOWN_MAX {
                    values.push(value);
                }
            }
        }
        known
    }

    fn pool<'k>(&self, known: &'k BTreeMap<Scalar, Vec<Value>>) -> Pool<'k> {
        Pool { now: self.testbed.now(), known }
    }

    /// Draws a call, and puts it into the next block; false where its arguments break a bound.
    fn call(&mut self, choices: &mut Choices) -> bool {
        let target = self.table.target;
        let last = (target.actions.len() as u64).saturating_sub(1);
        let number = usize::try_from(choices.draw(last)).unwrap_or_default();
        let Some(action) = target.actions.get(number) else { return false };
        let acting: Vec<Value> = actors().into_iter().take(ACTORS).collect();
        let actor = choices.pick(&acting).copied().map_or_else(Address::default, Address::from_value);
        let params = target.params(action.unit, action.function, &action.bounds, self.around(actor));
        let Some(drawn) = params.draw(&self.pool(&self.known()), choices) else { return false };
        let (mut args, mut value) = (Vec::new(), 0);
        for (local, drawn) in action.function.param_locals().iter().zip(drawn) {
            if is_coin(&local.ty) {
                value = drawn.first().map_or(0, |amount| amount.low());
            } else {
                args.push(drawn);
            }
        }
        self.block.push(self.steps.len());
        self.steps.push(Step::Call(Called { action: number, actor, args, value, result: 0 }));
        true
    }

    fn transaction(&mut self, step: usize) -> Result<Option<Transaction>, Finding> {
        let Some(Step::Call(called)) = self.steps.get(step) else { return Ok(None) };
        let Some(action) = self.table.target.actions.get(called.action) else { return Ok(None) };
        let call = TestCall {
            actor: called.actor,
            instance: action.instance,
            unit: action.id,
            function: action.entry,
            args: called.args.concat(),
            value: called.value,
        };
        Ok(Some(self.testbed.transaction(&call)?.0))
    }

    /// Runs the next block, and looks at everything that must hold.
    fn run(&mut self) -> Result<(), Finding> {
        let steps = std::mem::take(&mut self.block);
        let mut transactions = Vec::new();
        for step in &steps {
            transactions.extend(self.transaction(*step)?);
        }
        if transactions.is_empty() {
            return Ok(());
        }
        let roots = self.in_parallel(&transactions)?;
        let Ran { outcome, executed } = self.testbed.run(transactions, Strategy::Serial)?;
        if !self.testbed.is_followed() {
            self.over = true;
            return Ok(());
        }
        for ((step, receipt), executed) in steps.iter().zip(&outcome.receipts).zip(&executed) {
            if let Some(Step::Call(called)) = self.steps.get_mut(*step) {
                called.result = receipt.result;
                self.signals.extend(signals(called.action, receipt.result, executed, self.last));
                self.last = if receipt.is_success() { Some(called.action) } else { self.last };
            }
            if let Some(breach) = executed.breaches.first() {
                return Err(Finding::Breach(Box::new(breach.clone())));
            }
            left_the_rules(receipt.result).map_or(Ok(()), Err)?;
        }
        if roots.is_some_and(|roots| roots != (outcome.state_root, outcome.receipts_root)) {
            return Err(Finding::Schedule);
        }
        lost(self.table.target, &self.testbed).map_or(Ok(()), Err)
    }

    /// What a block comes to on several workers; one alone in its block has only one way.
    fn in_parallel(&self, transactions: &[Transaction]) -> Result<Option<Roots>, Finding> {
        if transactions.len() < 2 {
            return Ok(None);
        }
        let block = Arc::new(self.testbed.block(transactions.to_vec()));
        let outcome = self.table.parallel.execute(self.testbed.world(), &block, Strategy::Dag);
        let outcome = outcome.map_err(|error| Finding::Unable(error.to_string()))?;
        Ok(Some((outcome.state_root, outcome.receipts_root)))
    }
}
