//! `mcc test`: runs the `test` blocks on the compiled contracts, in the real runtime.

mod schedules;
mod observed;
mod one;
mod property;
mod remembered;
mod junit;
mod shown;
mod watch;

use crate::args::Test as Args;
use crate::compile::{self, Built};
use crate::failure::{Complaint, Failure, reason};
use crate::output::Output;
use crate::project::{Project, paths_among};
use mc_compiler::tree::Test;
use observed::Observed;
use one::{Manner, Report};
use remembered::Remembered;
use schedules::Schedules;
use shown::Shown;

/// Runs the tests that are chosen; one that fails is exit code 1.
pub(super) fn run(args: &Args, output: &mut Output) -> Result<(), Failure> {
    if args.watch { watch::run(args, output) } else { once(args, output) }
}

fn once(args: &Args, output: &mut Output) -> Result<(), Failure> {
    let (paths, parts) = paths_among(&args.items)?;
    let project = Project::of_paths(&paths)?;
    let built = compile::build(&project, args.shown.format(), output)?;
    let mut remembered = Remembered::read(&project);
    let mut tests = chosen(&project, &built, &parts)?;
    if args.rerun {
        tests.retain(|test| remembered.failed(&built, test));
    }
    let mut shown = Shown::new(&built, args.shown.format());
    if args.list {
        tests.iter().for_each(|test| shown.list(test, output));
        return Ok(());
    }
    let observed = Observed::new(&built, &args.watched);
    let reports = run_all(args, &observed, &tests, &mut shown, output)?;
    remembered.note(&built, &reports);
    if let Err(why) = remembered.write() {
        output.warning(&format!("{why}, so `--rerun` does not know what failed"));
    }
    shown.recap(&reports, tests.len(), output);
    if let Some(path) = &args.junit {
        std::fs::write(path, junit::document(&reports, &built.sources)).map_err(|error| {
            Failure::unable(format!("cannot write `{}`: {}", path.display(), reason(&error)))
        })?;
    }
    observed.show_coverage(&project, args.shown.is_json(), output)?;
    let failed = reports.iter().any(|(_, report)| report.failure.is_some());
    if failed { Err(Failure::Findings) } else { Ok(()) }
}

/// The tests in the files that are asked for, whose names have one of the parts in them.
fn chosen<'b>(project: &Project, built: &'b Built, parts: &[&String]) -> Result<Vec<&'b Test>, Failure> {
    let is_asked_for = |test: &&Test| {
        let file = built.sources.get(test.span.file);
        file.is_some_and(|file| project.roots.contains(&file.path))
    };
    let all: Vec<&Test> = built.compiled.program.tests.iter().filter(is_asked_for).collect();
    let named = |test: &Test, part: &String| test.name.contains(part.as_str());
    if let Some(part) = parts.iter().find(|part| !all.iter().any(|test| named(test, part))) {
        let names = all.iter().map(|test| test.name.as_str());
        return Err(Complaint::new(format!("no test has `{part}` in its name")).nearest(part, names).into());
    }
    let is_chosen = |test: &&Test| parts.is_empty() || parts.iter().any(|part| named(test, part));
    Ok(all.into_iter().filter(is_chosen).collect())
}

fn run_all<'b>(
    args: &Args,
    observed: &Observed<'_>,
    tests: &[&'b Test],
    shown: &mut Shown<'_>,
    output: &mut Output,
) -> Result<Vec<(&'b Test, Report)>, Failure> {
    let cannot = |error: std::io::Error| Failure::unable(format!("cannot start the runtime: {error}"));
    let workbench = observed.workbench().map_err(cannot)?;
    let schedules = Schedules::new(args.schedules).map_err(cannot)?;
    let manner = Manner { runs: args.runs, seed: args.seed, schedules: &schedules, observed };
    let mut reports = Vec::new();
    for test in tests {
        let report = one::run(&workbench, &manner, test);
        shown.show(test, &report, output);
        observed.show_trace(test, report.values(), args.shown.is_json(), output);
        let failed = report.failure.is_some();
        reports.push((*test, report));
        if failed && args.fail_fast || output.is_closed() {
            break;
        }
    }
    Ok(reports)
}
