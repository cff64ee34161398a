//! The command lines of what watches calls: snapshots, traces and coverage.

use super::{Shown, Subject};
use crate::snapshot::compare::Tolerance;
use clap::{Args as Arguments, ValueEnum};
use std::path::PathBuf;

/// Keep what every call may touch and cost in a file.
#[derive(Debug, Arguments)]
#[command(after_help = "\
Examples:
  mcc snapshot                        writes mcc.snap, to be committed
  mcc snapshot --check                fails if a call is no longer as it says
  mcc snapshot --check --tolerance 5% --format github    for continuous integration
  mcc snapshot --diff                 shows what would change in the file")]
pub struct Snapshot {
    /// A project's directory, or `.mc` files
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Write nothing; exit with code 1 if a call became serial, dearer, touches more, or is better than written
    #[arg(long)]
    pub check: bool,
    /// Write nothing; show how the file would change
    #[arg(long)]
    pub diff: bool,
    /// With `--check`: a cost may change by this much
    #[arg(long, value_name = "PERCENT", requires = "check", value_parser = tolerance)]
    pub tolerance: Option<Tolerance>,
    /// The app, where there are several
    #[arg(long, value_name = "NAME")]
    pub app: Option<String>,
    /// How the result is shown.
    #[command(flatten)]
    pub shown: Shown,
}

/// Show step by step what a transaction of a block does.
#[derive(Debug, Arguments)]
#[command(after_help = "\
Examples:
  mcc trace 0                         the first transaction of the project's block
  mcc trace 17 day.jsonl --block 2    one of the second block of a file
  mcc trace 3 --json | jq .calls
  mcc trace 3 --flamegraph cost.svg   a picture of what it costs, down to lines")]
pub struct Trace {
    /// The transaction's number in its block, from 0 on as `mcc run --contention` counts
    #[arg(value_name = "TX")]
    pub number: usize,
    /// The block, from 1 on; the last one if not given
    #[arg(long, value_name = "N")]
    pub block: Option<usize>,
    /// What is run.
    #[command(flatten)]
    pub subject: Subject,
    /// Write a picture of where the fuel goes: containers, entries, lines
    #[arg(long, value_name = "FILE")]
    pub flamegraph: Option<PathBuf>,
    /// How the result is shown.
    #[command(flatten)]
    pub shown: Shown,
}

/// How coverage is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// A table of the files.
    Summary,
    /// A file that other tools read.
    Lcov,
    /// A page with the sources.
    Html,
}

/// What is watched while tests run.
#[derive(Clone, Debug, Arguments)]
pub struct Watched {
    /// Show what the tests have run: summary, lcov (a file for other tools) or html (a page)
    #[arg(long, value_name = "FORM", num_args = 0..=1, require_equals = true, default_missing_value = "summary")]
    #[arg(hide_possible_values = true)]
    pub coverage: Option<Form>,
    /// Where the lcov file or the page is written; `build/coverage.lcov` and `build/coverage.html` if not given
    #[arg(long, value_name = "FILE", requires = "coverage")]
    pub coverage_out: Option<PathBuf>,
    /// Show what every call does, step by step
    #[arg(long)]
    pub trace: bool,
}

/// `5%`, `5` or `0.25%`.
fn tolerance(text: &str) -> Result<Tolerance, String> {
    let refused = || "a percentage such as 5% or 0.25%, from 0 to 100".to_owned();
    let number = text.strip_suffix('%').unwrap_or(text);
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.chars().all(|letter| letter.is_ascii_digit());
    if whole.is_empty() || part.len() > 2 || !digits(whole) || !digits(part) {
        return Err(refused());
    }
    let hundredths = format!("{part:0<2}").parse::<u64>().map_err(|_| refused())?;
    match whole.parse::<u64>() {
        Ok(whole @ 0..=100) => Ok(Tolerance(whole * 100 + hundredths)),
        _ => Err(refused()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tolerances_are_percentages() {
        let read = |text: &str| tolerance(text).ok().map(|tolerance| tolerance.0);
        let read: Vec<_> =
            ["5%", "5", "0.25%", "0.5", "100%", "101", "", "%", "5.", ".5", "-1", "1.234"].map(read).to_vec();
        let expected = [
            Some(500),
            Some(500),
            Some(25),
            Some(50),
            Some(10_000),
            None,
            None,
            None,
            Some(500),
            None,
            None,
            None,
        ];
        assert_eq!(read, expected);
    }
}
