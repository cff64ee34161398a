//! `mcc fuzz`: looks for sequences of calls that break what contracts say, and writes them as tests.

use super::failed;
use crate::args::Fuzz as Args;
use crate::compile::{self, Built};
use crate::failure::{Complaint, Failure, reason};
use crate::fuzz::campaign::{self, Campaign, Enough, Found};
use crate::fuzz::corpus::Corpus;
use crate::fuzz::finding::Finding;
use crate::fuzz::play::Table;
use crate::fuzz::signal;
use crate::fuzz::target::{Skipped, Target, Targets, targets};
use crate::fuzz::text;
use crate::output::{Format, Output, bold};
use crate::project::Project;
use crate::random::choices;
use crate::render;
use crate::testbed::Workbench;
use crate::text::{grouped, plural};
use mc_runtime::{Executor, PoolOptions};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::FileId;
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;

/// Where sequences are kept, in the project's directory.
const CORPUS: &str = ".mcc/corpus";
/// How many workers hold a block against its serial outcome.
const WORKERS: usize = 3;

/// Fuzzes what is asked for; something that breaks is exit code 1.
pub(super) fn run(args: &Args, output: &mut Output) -> Result<(), Failure> {
    let project = Project::of_paths(&args.paths)?;
    let built = compile::build(&project, args.shown.format(), output)?;
    let asked = |file: &FileId| built.sources.get(*file).is_some_and(|it| project.roots.contains(&it.path));
    let files: BTreeSet<FileId> = (0..u16::MAX).map(FileId).take(built.files.len()).filter(asked).collect();
    if let Some(app) = &args.app {
        built.app(Some(app))?;
    }
    let Targets { all: targets, skipped } = targets(&built.compiled.program, &files, args.app.as_deref());
    if targets.is_empty() {
        let none = Complaint::new("nothing here can be called by itself");
        return Err(none.help("write an `app` that deploys what belongs together, or a test").into());
    }
    for Skipped { name, why } in skipped {
        output.status(&format!("{name}: skipped, as {why}\n"));
    }
    let format = args.shown.format();
    let mut findings = Vec::new();
    for target in &targets {
        let (campaign, seed) = fuzz(args, &project, &built, target, output)?;
        findings.extend(show(&built, target, (&campaign, seed), format, output));
    }
    if format == Format::Sarif {
        output.result(&render::render(&findings, &built.sources, format));
    }
    if findings.is_empty() { Ok(()) } else { Err(Failure::Findings) }
}

fn fuzz(
    args: &Args,
    project: &Project,
    built: &Built,
    target: &Target<'_>,
    output: &Output,
) -> Result<(Campaign, u64), Failure> {
    let cannot = |error: std::io::Error| Failure::unable(format!("cannot start the runtime: {error}"));
    let workbench = Workbench::new(&built.compiled).map_err(cannot)?;
    let seed = args.seed.unwrap_or_else(|| choices::of_name(target.name));
    let options =
        PoolOptions { threads: WORKERS, parallel_from: 0, seed: Some(seed), ..PoolOptions::default() };
    let parallel = Executor::new(options).map_err(cannot)?;
    let table = Table { workbench: &workbench, target, calls: args.calls, parallel: &parallel };
    let place = args.corpus.clone().unwrap_or_else(|| project.beside_sources().join(CORPUS));
    let mut corpus = Corpus::in_directory(&place.join(target.name));
    let enough = Enough { runs: args.runs, time: args.time.map(Duration::from_secs) };
    let mut progress = output.progress("fuzzing", args.runs);
    let campaign = campaign::run(&table, &mut corpus, seed, enough, &mut || progress.step());
    let campaign = campaign.map_err(|error| {
        Failure::unable(format!("cannot write to `{}`: {}", place.display(), reason(&error)))
    })?;
    Ok((campaign, seed))
}

/// What was found, as a finding.
fn diagnostic(target: &Target<'_>, found: &Found) -> Diagnostic {
    let report = match &found.finding {
        Finding::Breach(breach) => failed::breached("fuzz", breach),
        other => {
            let text = format!("{}: {}", target.name, other.text());
            Diagnostic::error("fuzz", target.span, text).label("found in what this deploys")
        }
    };
    report.help("paste the test below, and run `mcc test`")
}

/// Shows what came of a target, and gives what was found.
fn show(
    built: &Built,
    target: &Target<'_>,
    (campaign, seed): (&Campaign, u64),
    format: Format,
    output: &mut Output,
) -> Option<Diagnostic> {
    let found = campaign.found.as_ref().map(|found| (found, diagnostic(target, found)));
    let branches = signal::branches(&campaign.signals);
    if format == Format::Json {
        let finding = found.as_ref().and_then(|(_, report)| {
            serde_json::from_str::<serde_json::Value>(&render::machine::json(report, &built.sources)).ok()
        });
        output.json(&json!({
            "$schema": "urn:mcc:fuzz:1", "target": target.name, "seed": seed, "sequences": campaign.sequences,
            "calls": campaign.calls, "branches": branches, "signals": campaign.signals.len(),
            "finding": finding, "test": found.as_ref().map(|(found, _)| text::test(target, found, &built.sources)),
        }));
        return found.map(|(_, report)| report);
    }
    let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let line = format!(
        "{}: {} · {} · {}",
        bold(target.name),
        plural(count(campaign.sequences), "sequence"),
        plural(count(campaign.calls), "call"),
        branch_count(branches),
    );
    let is_human = format == Format::Human;
    if is_human {
        output.result(&format!("{line}\n"));
    } else {
        output.status(&format!("{line}\n"));
    }
    let (found, report) = found?;
    let test = text::test(target, found, &built.sources);
    let shown = || render::render(std::slice::from_ref(&report), &built.sources, format);
    match format {
        Format::Human => output.result(&format!("\n{}{test}", shown())),
        // SARIF is one document, in the end.
        Format::Sarif => output.status(&test),
        _ => {
            output.result(&shown());
            output.status(&test);
        }
    }
    let steps = found.steps.len();
    output.status(&format!(
        "made small: {} at first, {} left\n",
        plural(found.calls_before, "call"),
        grouped(steps)
    ));
    Some(report)
}

/// `1 branch`, `2 branches`.
fn branch_count(branches: usize) -> String {
    format!("{} {}", grouped(branches), if branches == 1 { "branch" } else { "branches" })
}
