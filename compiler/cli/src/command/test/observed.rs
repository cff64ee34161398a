//! What watches the tests of `mcc test`: coverage, traces, and the place where a call failed.
//!
//! The tests that count run as they always do. For coverage they run in an observed world, which changes nothing of
//! what they do; a trace, or the place of a failure, comes from running a test once more.

use crate::args::{Form, Watched};
use crate::compile::Built;
use crate::coverage::{FileCoverage, coverage, html, lcov, table};
use crate::failure::{Failure, reason};
use crate::observatory::Observatory;
use crate::output::{Output, dim};
use crate::project::{Project, shown};
use crate::retell;
use crate::testbed::{Traced, Workbench};
use mc_compiler::interpret::failure::{TestFailure, What};
use mc_compiler::interpret::run_test;
use mc_compiler::tree::Test;
use mc_container::value::Value;
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::SourceSet;
use serde_json::{Value as Json, json};
use std::cell::OnceCell;
use std::fs;
use std::path::Path;

/// What watches the tests of a program.
pub(super) struct Observed<'g> {
    built: &'g Built,
    args: &'g Watched,
    /// What counts for coverage.
    counting: Option<Observatory>,
    /// What sees everything; made when it is first needed.
    detailed: OnceCell<Observatory>,
}

impl<'g> Observed<'g> {
    pub(super) fn new(built: &'g Built, args: &'g Watched) -> Self {
        let counting = args.coverage.map(|_| Observatory::new(&built.compiled, false));
        Self { built, args, counting, detailed: OnceCell::new() }
    }

    /// The sources.
    pub(super) fn sources(&self) -> &'g SourceSet {
        &self.built.sources
    }

    /// What the tests run on.
    ///
    /// # Errors
    /// If the system gives no threads.
    pub(super) fn workbench(&self) -> std::io::Result<Workbench<'g>> {
        match &self.counting {
            Some(observatory) => Workbench::observed(&self.built.compiled, observatory),
            None => Workbench::new(&self.built.compiled),
        }
    }

    /// Runs a test once more, and gives the traces of its transactions.
    fn traces(&self, test: &Test, args: &[Value]) -> Vec<Traced> {
        let compiled = &self.built.compiled;
        let observatory = self.detailed.get_or_init(|| Observatory::new(compiled, true));
        let Ok(workbench) = Workbench::observed(compiled, observatory) else { return Vec::new() };
        let mut world = workbench.testbed().traced(observatory);
        // What becomes of it is known already.
        let _ = run_test(&compiled.program, test, &mut world, args);
        world.into_traces()
    }

    /// The failure of a test, with the place in the contract that failed.
    pub(super) fn located(
        &self,
        test: &Test,
        args: &[Value],
        failure: &TestFailure,
        diagnostic: Diagnostic,
    ) -> Diagnostic {
        if !matches!(failure.what, What::Aborted(_) | What::OtherAbort { .. }) {
            return diagnostic;
        }
        let traces = self.traces(test, args);
        let calls = traces.last().map(|traced| traced.trace.calls.as_slice()).unwrap_or_default();
        let mut sites = calls.iter().rev().filter_map(|call| call.ended.as_ref().err()?.site.as_ref());
        let Some(site) = sites.next() else { return diagnostic };
        let diagnostic = diagnostic.also(site.span, "it fails here");
        let diagnostic = site.calls.iter().rev().fold(diagnostic, |it, call| it.also(*call, "called here"));
        sites.fold(diagnostic, |it, site| it.also(site.span, "in this step"))
    }

    /// Shows what the calls of a test did, if that is asked for.
    pub(super) fn show_trace(&self, test: &Test, args: &[Value], json: bool, output: &mut Output) {
        if !self.args.trace {
            return;
        }
        let sources = &self.built.sources;
        for (number, traced) in self.traces(test, args).iter().enumerate() {
            let Traced { from, receipt, trace } = traced;
            if json {
                let mut line = json!({
                    "$schema": "urn:mcc:trace:1", "test": test.name, "transaction": number, "from": from,
                    "result": receipt.result, "fuel": receipt.fuel,
                });
                retell::json(trace, sources, &mut line);
                output.json(&line);
                continue;
            }
            output.result(&format!(
                "    {}\n",
                dim(&format!("{number} from {from}, {} of fuel", receipt.fuel))
            ));
            let text = retell::text(trace, sources);
            text.lines().for_each(|line| output.result(&format!("{}\n", indented(line))));
        }
    }

    /// Shows what the tests have run, if that is asked for.
    pub(super) fn show_coverage(
        &self,
        project: &Project,
        json: bool,
        output: &mut Output,
    ) -> Result<(), Failure> {
        let (Some(observatory), Some(form)) = (&self.counting, self.args.coverage) else { return Ok(()) };
        let files = coverage(self.built, observatory, &observatory.passed(), &project.roots);
        if json {
            files.iter().for_each(|file| output.json(&described(file)));
        } else {
            output.result(&format!("\n{}", table(&files)));
        }
        match form {
            Form::Summary => Ok(()),
            Form::Lcov => self.write(project, "coverage.lcov", &lcov::write(&files), output),
            Form::Html => self.write(project, "coverage.html", &html::write(&files), output),
        }
    }

    fn write(&self, project: &Project, name: &str, text: &str, output: &mut Output) -> Result<(), Failure> {
        let path = self.args.coverage_out.clone().unwrap_or_else(|| project.file("build").join(name));
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        let written = folder.map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, text));
        written.map_err(|error| {
            Failure::unable(format!("cannot write `{}`: {}", shown(&path), reason(&error)))
        })?;
        output.status(&format!("{}\n", shown(&path)));
        Ok(())
    }
}

/// A line of a trace, below the name of its test.
fn indented(line: &str) -> String {
    let room = crate::text::COLUMNS.saturating_sub(line.chars().count()).min(4);
    format!("{}{line}", " ".repeat(room))
}

fn described(file: &FileCoverage) -> Json {
    let lines: Vec<Json> = file.lines.iter().map(|(line, times)| json!([line, times])).collect();
    let branches: Vec<Json> = file
        .branches
        .iter()
        .map(|it| json!({ "line": it.line, "guard": it.is_guard, "held": it.held, "failed": it.failed }))
        .collect();
    let ((lines_run, lines_all), (ways, ways_all)) = (file.line_count(), file.branch_count());
    json!({
        "$schema": "urn:mcc:coverage:1", "file": file.path, "lines_run": lines_run, "lines": lines_all,
        "branches_taken": ways, "branches": ways_all, "counts": lines, "branch_counts": branches,
    })
}
