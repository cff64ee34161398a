//! `mcc test`: runs the `test` blocks on the compiled contracts, in the real runtime.

use super::failed;
use super::watch::{Ground, Watch};
use crate::args::Test as Args;
use crate::compile::{self, Built};
use crate::failure::{Complaint, Failure};
use crate::output::{Format, Output, bold, dim};
use crate::project::Project;
use crate::render;
use crate::render::machine::Place;
use crate::testbed;
use crate::text::plural;
use anstyle::{AnsiColor, Style};
use mc_compiler::interpret::run_test;
use mc_compiler::tree::Test;
use mc_runtime::{Executor, PoolOptions};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::FileId;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Why a test with random parameters does not run.
const NOT_YET: &str = "property tests: not run yet";

/// Runs the tests that are chosen; one that fails is exit code 1.
pub(super) fn run(args: &Args, output: &mut Output) -> Result<(), Failure> {
    let is_path = |item: &&String| item.ends_with(".mc") || Path::new(item.as_str()).is_dir();
    let paths: Vec<PathBuf> = args.items.iter().filter(is_path).map(PathBuf::from).collect();
    let parts: Vec<&String> = args.items.iter().filter(|item| !is_path(item)).collect();
    let project = Project::of_paths(&paths)?;
    let built = compile::build(&project, args.shown.format(), output)?;
    let tests = chosen(&project, &built, &parts)?;
    let mut shown =
        Shown { built: &built, format: args.shown.format(), file: None, counts: Counts::default() };
    if args.list {
        tests.iter().for_each(|test| shown.list(test, output));
        return Ok(());
    }
    let options = PoolOptions { threads: 1, ..PoolOptions::default() };
    let executor = Executor::new(options)
        .map_err(|error| Failure::unable(format!("cannot start the runtime: {error}")))?;
    let packages = testbed::packages(&built.compiled);
    let ground = Ground { built: &built, packages: &packages, executor: &executor };
    let watch = Watch::new(ground, &args.watched);
    let failed = run_all(args, &watch, &tests, &mut shown, output);
    shown.recap(&failed, tests.len(), output);
    watch.show_coverage(&project, args.shown.is_json(), output)?;
    if failed.is_empty() { Ok(()) } else { Err(Failure::Findings) }
}

/// The tests in the files that are asked for, whose names have one of the parts in them.
fn chosen<'b>(project: &Project, built: &'b Built, parts: &[&String]) -> Result<Vec<&'b Test>, Failure> {
    let is_asked_for = |test: &&Test| {
        let file = built.sources.get(test.span.file);
        file.is_some_and(|file| project.roots.contains(&file.path))
    };
    let all: Vec<&Test> = built.compiled.program.tests.iter().filter(is_asked_for).collect();
    let named = |test: &&Test| parts.is_empty() || parts.iter().any(|part| test.name.contains(part.as_str()));
    let found: Vec<&Test> = all.iter().copied().filter(named).collect();
    if let (true, Some(part)) = (found.is_empty(), parts.first()) {
        let names = all.iter().map(|test| test.name.as_str());
        return Err(Complaint::new(format!("no test has `{part}` in its name")).nearest(part, names).into());
    }
    Ok(found)
}

/// What became of a test.
enum Outcome {
    Passed,
    Failed(Box<Diagnostic>),
    Skipped,
}

fn run_all(
    args: &Args,
    watch: &Watch<'_>,
    tests: &[&Test],
    shown: &mut Shown<'_>,
    output: &mut Output,
) -> Vec<Diagnostic> {
    let mut failed = Vec::new();
    for test in tests {
        let outcome = run_one(shown.built, watch, test);
        shown.show(test, &outcome, output);
        if !matches!(outcome, Outcome::Skipped) {
            watch.show_trace(test, &[], args.shown.is_json(), output);
        }
        if let Outcome::Failed(diagnostic) = outcome {
            failed.push(*diagnostic);
            if args.fail_fast {
                break;
            }
        }
        if output.is_closed() {
            break;
        }
    }
    failed
}

fn run_one(built: &Built, watch: &Watch<'_>, test: &Test) -> Outcome {
    if test.params > 0 {
        return Outcome::Skipped;
    }
    let mut world = watch.testbed();
    match run_test(&built.compiled.program, test, &mut world, &[]) {
        Ok(()) => Outcome::Passed,
        Err(failure) => {
            let diagnostic = failed::diagnostic(&test.name, &failure);
            Outcome::Failed(Box::new(watch.located(test, &[], &failure, diagnostic)))
        }
    }
}

#[derive(Default)]
struct Counts {
    passed: usize,
    failed: usize,
    skipped: usize,
}

/// How the tests are shown, and what was shown of them.
struct Shown<'b> {
    built: &'b Built,
    format: Format,
    /// The file whose tests are being shown.
    file: Option<FileId>,
    counts: Counts,
}

impl Shown<'_> {
    fn heading(&mut self, test: &Test, output: &mut Output) {
        if self.file.replace(test.span.file) != Some(test.span.file) {
            let path = self.built.sources.get(test.span.file).map_or("?", |file| file.path.as_str());
            output.result(&format!("{}\n", bold(path)));
        }
    }

    fn list(&mut self, test: &Test, output: &mut Output) {
        if self.format == Format::Json {
            let place = Place::of(test.span, &self.built.sources);
            return output.json(&json!({
                "$schema": "urn:mcc:test:1", "name": test.name, "place": place,
            }));
        }
        self.heading(test, output);
        output.result(&format!("  {}\n", test.name));
    }

    fn show(&mut self, test: &Test, outcome: &Outcome, output: &mut Output) {
        let (word, counted) = match outcome {
            Outcome::Passed => ("passed", &mut self.counts.passed),
            Outcome::Failed(_) => ("failed", &mut self.counts.failed),
            Outcome::Skipped => ("skipped", &mut self.counts.skipped),
        };
        *counted += 1;
        match self.format {
            Format::Json => self.show_json(test, word, outcome, output),
            Format::Short | Format::Sarif | Format::Github => {
                if let Outcome::Failed(diagnostic) = outcome {
                    output.result(&render::machine::short(diagnostic, &self.built.sources));
                }
            }
            Format::Human => {
                self.heading(test, output);
                let name = &test.name;
                output.result(&match outcome {
                    Outcome::Passed => format!("  {} {name}\n", painted("✓", AnsiColor::Green)),
                    Outcome::Failed(_) => format!("  {} {name}\n", painted("✗", AnsiColor::Red)),
                    Outcome::Skipped => {
                        format!(
                            "  {} {name} {}\n",
                            painted("?", AnsiColor::Yellow),
                            dim(&format!("({NOT_YET})"))
                        )
                    }
                });
            }
        }
    }

    fn show_json(&self, test: &Test, word: &str, outcome: &Outcome, output: &mut Output) {
        let failure = match outcome {
            Outcome::Failed(diagnostic) => {
                serde_json::from_str(&render::machine::json(diagnostic, &self.built.sources)).ok()
            }
            _ => None::<serde_json::Value>,
        };
        output.json(&json!({
            "$schema": "urn:mcc:test:1", "name": test.name,
            "place": Place::of(test.span, &self.built.sources), "outcome": word,
            "why": matches!(outcome, Outcome::Skipped).then_some(NOT_YET), "failure": failure,
        }));
    }

    /// The failures once more with their sources, and how many there were of everything.
    fn recap(&self, failed: &[Diagnostic], asked: usize, output: &mut Output) {
        let Counts { passed, failed: wrong, skipped } = self.counts;
        if self.format == Format::Human && !failed.is_empty() {
            output.result("\n");
            output.result(&render::render(failed, &self.built.sources, Format::Human));
        }
        if skipped > 0 {
            let are = if skipped == 1 { "takes" } else { "take" };
            let what = plural(skipped, "test");
            output.warning(&format!("{what} {are} random parameters and did not run ({NOT_YET})"));
        }
        let left = asked - (passed + wrong + skipped);
        match self.format {
            Format::Json => output.json(&json!({
                "$schema": "urn:mcc:tests:1", "passed": passed, "failed": wrong, "skipped": skipped, "left": left,
            })),
            Format::Human if asked == 0 => output.result("no tests\n"),
            Format::Human => output.result(&summary(&self.counts, left)),
            Format::Short | Format::Sarif | Format::Github => output.status(&summary(&self.counts, left)),
        }
    }
}

/// `12 passed, 1 failed`
fn summary(counts: &Counts, left: usize) -> String {
    let parts = [
        (counts.passed, "passed"),
        (counts.failed, "failed"),
        (counts.skipped, "skipped"),
        (left, "not reached"),
    ];
    let shown: Vec<String> = parts
        .iter()
        .enumerate()
        .filter(|(number, (count, _))| *number == 0 || *count > 0)
        .map(|(_, (count, word))| format!("{count} {word}"))
        .collect();
    format!("{}\n", shown.join(", "))
}

fn painted(mark: &str, color: AnsiColor) -> String {
    let style: Style = color.on_default();
    format!("{style}{mark}{style:#}")
}
