//! Properties: a test with random parameters, tried many times, and the smallest case for which it fails.

use super::one::{Manner, attempt};
use crate::random::bounds::Params;
use crate::random::choices::{Choices, Drawn, derived};
use crate::random::shrink::shrink;
use crate::random::value::Pool;
use crate::testbed::{START, Tally, Workbench, actors};
use mc_compiler::interpret::Around;
use mc_compiler::interpret::failure::TestFailure;
use mc_compiler::tree::{Expr, Test};
use mc_container::address::Address;
use mc_container::value::{Scalar, Value};
use std::collections::BTreeMap;
use std::mem::discriminant;

/// So many cases in a row may break the bounds.
const REJECTED_MAX: u64 = 100;

/// What became of a property.
pub(super) struct Tried {
    /// What the dearest run cost.
    pub(super) tally: Tally,
    /// How many cases were tried.
    pub(super) runs: u64,
    /// The smallest case for which it fails.
    pub(super) falsified: Option<Falsified>,
    /// How many cases were drawn, where too few of them kept the bounds.
    pub(super) starved: Option<u64>,
}

/// A case for which a property fails.
pub(super) struct Falsified {
    /// The seed whose first case fails so.
    pub(super) seed: u64,
    /// The parameters, made small.
    pub(super) values: Vec<Vec<Value>>,
    /// How it fails.
    pub(super) failure: Box<TestFailure>,
}

/// Tries a property, from a seed.
pub(super) fn falsify(workbench: &Workbench<'_>, manner: &Manner<'_>, test: &Test, seed: u64) -> Tried {
    let property = Property { workbench, manner, test };
    let (mut tally, mut runs, mut drawn) = (Tally::default(), 0, 0);
    while runs < manner.runs {
        let seed = derived(seed, drawn);
        drawn += 1;
        let mut choices = Choices::of_seed(seed);
        let Some(values) = property.draw(&mut choices) else {
            if drawn > REJECTED_MAX * (runs + 1) {
                return Tried { tally, runs, falsified: None, starved: Some(drawn) };
            }
            continue;
        };
        runs += 1;
        let (cost, result) = property.attempt(&values);
        if cost.fuel >= tally.fuel {
            tally = cost;
        }
        if let Err(failure) = result {
            let falsified = property.smallest(seed, choices.taken(), (values, failure));
            return Tried { tally, runs, falsified: Some(falsified), starved: None };
        }
    }
    Tried { tally, runs, falsified: None, starved: None }
}

struct Property<'p> {
    workbench: &'p Workbench<'p>,
    manner: &'p Manner<'p>,
    test: &'p Test,
}

/// A case that fails, and how.
type Case = (Vec<Vec<Value>>, Box<TestFailure>);

impl Property<'_> {
    /// Random parameters; nothing where they break a bound.
    fn draw(&self, choices: &mut Choices) -> Option<Vec<Vec<Value>>> {
        let program = &self.workbench.compiled().program;
        let bounds: Vec<&Expr> = self.test.bounds.iter().collect();
        let params = Params {
            program,
            unit: self.test.library.and_then(|library| program.libraries.get(library as usize)),
            locals: &self.test.locals,
            count: self.test.params as usize,
            bounds: &bounds,
            around: Around {
                caller: Address::of_account(mc_compiler::interpret::ACTOR),
                now: START,
                ..Around::default()
            },
        };
        let known = BTreeMap::from([(Scalar::Address, actors())]);
        params.draw(&Pool { now: START, known: &known }, choices)
    }

    fn attempt(&self, values: &[Vec<Value>]) -> (Tally, Result<(), Box<TestFailure>>) {
        attempt(self.workbench, self.manner, self.test, &values.concat())
    }

    /// The smallest case that fails in the same way.
    fn smallest(&self, seed: u64, taken: Drawn, first: Case) -> Falsified {
        let same = |one: &TestFailure, other: &TestFailure| {
            one.span == other.span && discriminant(&one.what) == discriminant(&other.what)
        };
        let mut best = first;
        shrink(taken, &mut |candidate| {
            let mut choices = Choices::of(candidate.to_vec());
            let values = self.draw(&mut choices)?;
            let failure = self.attempt(&values).1.err().filter(|failure| same(failure, &best.1))?;
            best = (values, failure);
            Some(choices.taken())
        });
        let (values, failure) = best;
        Falsified { seed, values, failure }
    }
}
