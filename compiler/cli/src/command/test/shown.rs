//! How tests are shown: a line for each, then the failures with their sources and how many there were.

use super::one::Report;
use crate::command::failed::CODE;
use crate::compile::Built;
use crate::output::{Format, Output, bold, dim};
use crate::render;
use crate::render::machine::Place;
use crate::text::{COLUMNS, grouped, plural};
use anstyle::{AnsiColor, Style};
use mc_compiler::tree::Test;
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::FileId;
use serde_json::json;

#[derive(Clone, Copy, Default)]
struct Counts {
    passed: usize,
    failed: usize,
}

/// How the tests are shown, and what was shown of them.
pub(super) struct Shown<'b> {
    built: &'b Built,
    format: Format,
    /// The file whose tests are being shown.
    file: Option<FileId>,
    counts: Counts,
}

impl<'b> Shown<'b> {
    pub(super) fn new(built: &'b Built, format: Format) -> Self {
        Self { built, format, file: None, counts: Counts::default() }
    }

    fn heading(&mut self, test: &Test, output: &mut Output) {
        if self.file.replace(test.span.file) != Some(test.span.file) {
            let path = self.built.sources.get(test.span.file).map_or("?", |file| file.path.as_str());
            output.result(&format!("{}\n", bold(path)));
        }
    }

    pub(super) fn list(&mut self, test: &Test, output: &mut Output) {
        if self.format == Format::Json {
            let place = Place::of(test.span, &self.built.sources);
            return output.json(&json!({
                "$schema": "urn:mcc:test:1", "name": test.name, "place": place,
            }));
        }
        self.heading(test, output);
        output.result(&format!("  {}\n", test.name));
    }

    pub(super) fn show(&mut self, test: &Test, report: &Report, output: &mut Output) {
        let passed = report.failure.is_none();
        *(if passed { &mut self.counts.passed } else { &mut self.counts.failed }) += 1;
        match (self.format, &report.failure) {
            (Format::Json, _) => self.show_json(test, report, output),
            (Format::Short | Format::Github, Some(failure)) => {
                let failure = std::slice::from_ref(failure);
                output.result(&render::render(failure, &self.built.sources, self.format));
            }
            // SARIF is one document, in the end.
            (Format::Short | Format::Sarif | Format::Github, _) => {}
            (Format::Human, failure) => {
                self.heading(test, output);
                let mark =
                    if failure.is_none() { ("✓", AnsiColor::Green) } else { ("✗", AnsiColor::Red) };
                output.result(&line(&painted(mark), &test.name, &cost(report)));
            }
        }
    }

    fn show_json(&self, test: &Test, report: &Report, output: &mut Output) {
        let failure = report.failure.as_ref().and_then(|failure| {
            let text = render::machine::json(failure, &self.built.sources);
            serde_json::from_str::<serde_json::Value>(&text).ok()
        });
        let case = report.case.as_ref().map(|case| {
            let params: serde_json::Map<String, serde_json::Value> =
                case.params.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
            json!({ "seed": case.seed, "params": params })
        });
        let word = if failure.is_some() { "failed" } else { "passed" };
        output.json(&json!({
            "$schema": "urn:mcc:test:1", "name": test.name,
            "place": Place::of(test.span, &self.built.sources), "outcome": word,
            "runs": report.runs, "calls": report.tally.calls, "fuel": report.tally.fuel,
            "cells": report.tally.cells.len(), "case": case, "failure": failure,
        }));
    }

    /// The failures once more with their sources, how many there were of everything, and what to do next.
    pub(super) fn recap(&self, reports: &[(&Test, Report)], asked: usize, output: &mut Output) {
        let failed: Vec<Diagnostic> =
            reports.iter().filter_map(|(_, report)| report.failure.clone()).collect();
        if self.format == Format::Human && !failed.is_empty() {
            output.result("\n");
        }
        if self.format == Format::Sarif || self.format == Format::Human && !failed.is_empty() {
            output.result(&render::render(&failed, &self.built.sources, self.format));
        }
        let Counts { passed, failed: wrong } = self.counts;
        let left = asked - (passed + wrong);
        match self.format {
            Format::Json => output.json(&json!({
                "$schema": "urn:mcc:tests:1", "passed": passed, "failed": wrong, "left": left,
            })),
            Format::Human if asked == 0 => output.result("no tests\n"),
            Format::Human => output.result(&summary(self.counts, left)),
            Format::Short | Format::Sarif | Format::Github => output.status(&summary(self.counts, left)),
        }
        if self.format == Format::Human && wrong > 0 {
            output.status("`mcc test --rerun` runs those that failed\n");
            let published: Vec<Diagnostic> = failed.into_iter().filter(|it| it.code != CODE).collect();
            output.status(&render::advice(&published, self.format));
        }
    }
}

/// `12 passed, 1 failed`
fn summary(counts: Counts, left: usize) -> String {
    let parts = [(counts.passed, "passed"), (counts.failed, "failed"), (left, "not reached")];
    let shown: Vec<String> = parts
        .iter()
        .enumerate()
        .filter(|(number, (count, _))| *number == 0 || *count > 0)
        .map(|(_, (count, word))| format!("{count} {word}"))
        .collect();
    format!("{}\n", shown.join(", "))
}

/// What a test has cost: `100 runs · 1 204 units · 7 cells`.
fn cost(report: &Report) -> String {
    let runs = report.runs.map(|runs| plural(usize::try_from(runs).unwrap_or(usize::MAX), "run"));
    let fuel = usize::try_from(report.tally.fuel).unwrap_or(usize::MAX);
    let spent = (report.tally.calls > 0)
        .then(|| format!("{} units · {}", grouped(fuel), plural(report.tally.cells.len(), "cell")));
    runs.into_iter().chain(spent).collect::<Vec<String>>().join(" · ")
}

/// A test with its cost at the right end of the line, or below where there is no room.
fn line(mark: &str, name: &str, cost: &str) -> String {
    let (wide, own) = (cost.chars().count(), 4 + name.chars().count());
    if cost.is_empty() {
        return format!("  {mark} {name}\n");
    }
    if own + 2 + wide <= COLUMNS {
        let gap = " ".repeat(COLUMNS - own - wide);
        return format!("  {mark} {name}{gap}{}\n", dim(cost));
    }
    format!("  {mark} {name}\n{}{}\n", " ".repeat(COLUMNS.saturating_sub(wide)), dim(cost))
}

fn painted((mark, color): (&str, AnsiColor)) -> String {
    let style: Style = color.on_default();
    format!("{style}{mark}{style:#}")
}
