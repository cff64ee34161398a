//! Coverage: which statements and which branches of the sources the observed code has run.
//!
//! A statement that is compiled in several places is one statement, and so is one of a free function in several
//! contracts. A branch is a condition and its two ways: an `if`, an arm of a `match`, a guard, or what decides
//! whether the other side of `&&`, `||` or `??` is asked for.

pub mod html;
pub mod lcov;

use crate::compile::Built;
use crate::observatory::{Observatory, Passed};
use crate::text::{padded, right};
use mc_compiler::emit::map::{Point, PointKind};
use mc_syntax::source::{FileId, Span};
use std::collections::BTreeMap;

/// The coverage of one file.
#[derive(Clone, Debug)]
pub struct FileCoverage {
    /// Its path.
    pub path: String,
    /// Its text.
    pub text: String,
    /// How often each entry was called, by its line and name.
    pub entries: BTreeMap<(usize, String), u64>,
    /// How often each line with a statement was run.
    pub lines: BTreeMap<usize, u64>,
    /// The branches, in the order of the text.
    pub branches: Vec<Branch>,
}

/// A condition, and how often each way was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Branch {
    /// The line.
    pub line: usize,
    /// True for a guard, whose other way is a failure.
    pub is_guard: bool,
    /// How often it held.
    pub held: u64,
    /// How often it did not hold.
    pub failed: u64,
}

impl Branch {
    /// How many of its ways were taken.
    #[must_use]
    pub fn ways(&self) -> usize {
        usize::from(self.held > 0) + usize::from(self.failed > 0)
    }
}

impl FileCoverage {
    /// How many lines were run, of how many.
    #[must_use]
    pub fn line_count(&self) -> (usize, usize) {
        (self.lines.values().filter(|count| **count > 0).count(), self.lines.len())
    }

    /// How many ways were taken, of how many.
    #[must_use]
    pub fn branch_count(&self) -> (usize, usize) {
        (self.branches.iter().map(Branch::ways).sum(), 2 * self.branches.len())
    }
}

/// The coverage of the files with these paths, in the order of their paths.
#[must_use]
pub fn coverage(
    built: &Built,
    observatory: &Observatory,
    passed: &Passed,
    roots: &[String],
) -> Vec<FileCoverage> {
    let mut tallies: BTreeMap<FileId, Tally> = BTreeMap::new();
    for (unit, points) in observatory.points() {
        let unit_name = built.compiled.program.unit(*unit).map_or("?", |unit| unit.name.as_str());
        let of = |it: &&mc_compiler::Container| it.unit == *unit;
        let manifest = built.compiled.containers.iter().find(of).map(|it| it.package.manifest());
        for (number, point) in (0..).zip(points) {
            let times = passed.get(&(*unit, number)).copied().unwrap_or(0);
            let tally = tallies.entry(point.site.span.file).or_default();
            if point.kind == PointKind::Entry {
                let entry = manifest.and_then(|it| it.entries.get(point.entry as usize));
                let name = format!("{unit_name}.{}", entry.map_or("?", |entry| entry.name.as_str()));
                tally.entries.insert((point.site.span, name), times);
            }
            tally.count(point, times);
        }
    }
    let files = built.sources.iter().filter(|(_, file)| roots.contains(&file.path));
    let mut covered: Vec<FileCoverage> =
        files.filter_map(|(id, _)| file(built, id, tallies.remove(&id)?)).collect();
    covered.sort_by(|a, b| a.path.cmp(&b.path));
    covered
}

/// What is counted of a file.
#[derive(Default)]
struct Tally {
    entries: BTreeMap<(Span, String), u64>,
    statements: BTreeMap<Span, u64>,
    /// How often a condition held, and did not; and whether it is a guard.
    branches: BTreeMap<Span, (u64, u64, bool)>,
}

impl Tally {
    fn count(&mut self, point: &Point, times: u64) {
        let span = point.site.span;
        match point.kind {
            PointKind::Entry | PointKind::Statement => {
                let count = self.statements.entry(span).or_default();
                *count = count.saturating_add(times);
            }
            PointKind::Then | PointKind::Yes | PointKind::Held => {
                let branch = self.branches.entry(span).or_default();
                branch.0 = branch.0.saturating_add(times);
                branch.2 |= point.kind == PointKind::Held;
            }
            PointKind::Otherwise | PointKind::No | PointKind::Refused => {
                let branch = self.branches.entry(span).or_default();
                branch.1 = branch.1.saturating_add(times);
            }
            PointKind::Resumed | PointKind::Failed => {}
        }
    }
}

fn file(built: &Built, id: FileId, tally: Tally) -> Option<FileCoverage> {
    let source = built.sources.get(id)?;
    let line = |span: Span| built.sources.line_column(span).0;
    let mut lines: BTreeMap<usize, u64> = BTreeMap::new();
    for (span, times) in tally.statements {
        let count = lines.entry(line(span)).or_default();
        *count = times.max(*count);
    }
    let branch = |(span, (held, failed, is_guard)): (Span, (u64, u64, bool))| Branch {
        line: line(span),
        is_guard,
        held,
        failed,
    };
    Some(FileCoverage {
        path: source.path.clone(),
        text: source.text.clone(),
        entries: tally.entries.into_iter().map(|((span, name), times)| ((line(span), name), times)).collect(),
        lines,
        branches: tally.branches.into_iter().map(branch).collect(),
    })
}

/// A table of the files, with what no test has run.
#[must_use]
pub fn table(files: &[FileCoverage]) -> String {
    let longest = files.iter().map(|file| file.path.chars().count()).max().unwrap_or(0);
    let width = longest.clamp(5, 34);
    let mut text = format!("{}      lines           branches       not run\n", padded("", width));
    let (mut lines, mut branches) = ((0, 0), (0, 0));
    for file in files {
        let (own_lines, own_branches) = (file.line_count(), file.branch_count());
        lines = (lines.0 + own_lines.0, lines.1 + own_lines.1);
        branches = (branches.0 + own_branches.0, branches.1 + own_branches.1);
        let row = format!(
            "{}{}{}",
            padded(&short(&file.path, width), width),
            share(own_lines),
            share(own_branches)
        );
        let room = crate::text::COLUMNS.saturating_sub(row.chars().count() + 2);
        text.push_str(format!("{row}  {}", missed(file, room)).trim_end());
        text.push('\n');
    }
    text + &format!("{}{}{}\n", padded("all", width), share(lines), share(branches))
}

/// `  12/15   80 %`, in as many columns as any other.
fn share((hit, all): (usize, usize)) -> String {
    let percent = (hit * 100).checked_div(all);
    let percent = percent.map_or_else(|| "-".to_owned(), |percent| format!("{percent} %"));
    format!("{}{}", right(&format!("{hit}/{all}"), 11), right(&percent, 7))
}

/// The end of a path that is too long.
fn short(path: &str, width: usize) -> String {
    let over = path.chars().count().saturating_sub(width);
    if over == 0 {
        path.to_owned()
    } else {
        format!("…{}", path.chars().skip(over + 1).collect::<String>())
    }
}

/// The lines that were not run: `12-14, 30`, in so many columns.
fn missed(file: &FileCoverage, room: usize) -> String {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    let mut is_open = false;
    for (line, times) in &file.lines {
        match runs.last_mut() {
            Some((_, last)) if *times == 0 && is_open => *last = *line,
            _ if *times == 0 => runs.push((*line, *line)),
            _ => {}
        }
        is_open = *times == 0;
    }
    let mut text = String::new();
    for (first, last) in runs {
        let run = if first == last { first.to_string() } else { format!("{first}-{last}") };
        let next = if text.is_empty() { run } else { format!(", {run}") };
        if text.chars().count() + next.chars().count() + 2 > room {
            return text + " …";
        }
        text.push_str(&next);
    }
    text
}
