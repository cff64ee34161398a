//! One test: as it stands, or as a property over random parameters.

use super::observed::Observed;
use super::property::{self, Falsified, Tried};
use super::schedules::Schedules;
use crate::command::failed;
use crate::random::choices;
use crate::random::written::written;
use crate::testbed::{Tally, Workbench, name_of};
use mc_compiler::interpret::failure::{TestFailure, What};
use mc_compiler::interpret::run_test;
use mc_compiler::tree::Test;
use mc_container::value::Value;
use mc_syntax::diagnostic::Diagnostic;
use std::time::{Duration, Instant};

/// How tests run.
pub(super) struct Manner<'m> {
    /// How often a property is tried.
    pub(super) runs: u64,
    /// Where its random parameters come from; by default from its name.
    pub(super) seed: Option<u64>,
    /// In which other orders the calls of a test run.
    pub(super) schedules: &'m Schedules,
    /// What watches them.
    pub(super) observed: &'m Observed<'m>,
}

/// What became of a test.
pub(super) struct Report {
    /// Why it failed.
    pub(super) failure: Option<Diagnostic>,
    /// What its dearest run cost.
    pub(super) tally: Tally,
    /// How often a property was tried.
    pub(super) runs: Option<u64>,
    /// What falsifies it.
    pub(super) case: Option<Case>,
    /// How long it took.
    pub(super) took: Duration,
}

/// Parameters for which a property does not hold.
pub(super) struct Case {
    /// The seed that gives them at once.
    pub(super) seed: u64,
    /// Each with its value, as it is written.
    pub(super) params: Vec<(String, String)>,
    /// Their scalars.
    values: Vec<Value>,
}

impl Report {
    /// The scalars of the parameters with which it was last run.
    pub(super) fn values(&self) -> &[Value] {
        self.case.as_ref().map_or(&[], |case| &case.values)
    }
}

/// Runs a test.
pub(super) fn run(workbench: &Workbench<'_>, manner: &Manner<'_>, test: &Test) -> Report {
    let started = Instant::now();
    let mut report = if test.params == 0 {
        let (tally, result) = attempt(workbench, manner, test, &[]);
        let failure = result.err().map(|failure| {
            let diagnostic = failed::diagnostic(&test.name, &failure);
            manner.observed.located(test, &[], &failure, diagnostic)
        });
        Report { failure, tally, runs: None, case: None, took: Duration::ZERO }
    } else {
        random(workbench, manner, test)
    };
    report.took = started.elapsed();
    report
}

/// Runs a test once, with these parameters.
pub(super) fn attempt(
    workbench: &Workbench<'_>,
    manner: &Manner<'_>,
    test: &Test,
    params: &[Value],
) -> (Tally, Result<(), Box<TestFailure>>) {
    let mut testbed = workbench.testbed();
    let result = run_test(&workbench.compiled().program, test, &mut testbed, params);
    let result = result.and_then(|()| match manner.schedules.difference(testbed.stretches()) {
        None => Ok(()),
        Some(why) => Err(Box::new(TestFailure { span: test.span, what: What::Unable(why) })),
    });
    workbench.keep(&testbed);
    (testbed.tally().clone(), result)
}

fn random(workbench: &Workbench<'_>, manner: &Manner<'_>, test: &Test) -> Report {
    let seed = manner.seed.unwrap_or_else(|| choices::of_name(&test.name));
    let Tried { tally, runs, falsified, starved } = property::falsify(workbench, manner, test, seed);
    let mut report = Report { failure: None, tally, runs: Some(runs), case: None, took: Duration::ZERO };
    if let Some(Falsified { seed, values, failure }) = falsified {
        let case = case(test, seed, &values);
        report.failure = Some(shown(manner, test, &case, &failure));
        report.case = Some(case);
    } else if let Some(drawn) = starved {
        let text =
            format!("{}: only {runs} of {drawn} random cases are within the `where` bounds", test.name);
        report.failure = Some(
            Diagnostic::error(failed::CODE, test.span, text)
                .label("too few to say anything")
                .help("compare a parameter with those before it, as in `b: u128 where b <= a`"),
        );
    }
    report
}

fn case(test: &Test, seed: u64, values: &[Vec<Value>]) -> Case {
    let params = test.locals.iter().zip(values);
    let params = params.map(|(local, value)| (local.name.clone(), written(&local.ty, value, &name_of)));
    Case { seed, params: params.collect(), values: values.concat() }
}

/// The failure, with the parameters and how to get it again.
fn shown(manner: &Manner<'_>, test: &Test, case: &Case, failure: &TestFailure) -> Diagnostic {
    let report = failed::diagnostic(&test.name, failure);
    let mut report = manner.observed.located(test, &case.values, failure, report);
    for (local, (name, value)) in test.locals.iter().zip(&case.params) {
        report = report.also(local.span, format!("{name} = {value}"));
    }
    let file = manner.observed.sources().get(test.span.file).map_or("", |file| file.path.as_str());
    report.help(format!("again: mcc test {file} '{}' --seed {}", test.name, case.seed))
}
