//! The arguments of what makes, runs and times blocks.

use super::Shown;
use crate::measure::cores;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args as Arguments, Subcommand};
use mc_runtime::Strategy;
use std::path::PathBuf;

/// How a block is executed, by name.
fn strategies() -> impl TypedValueParser<Value = Strategy> {
    PossibleValuesParser::new(Strategy::ALL.map(Strategy::name)).try_map(|name| name.parse::<Strategy>())
}

/// Who executes.
#[derive(Clone, Copy, Debug, Arguments)]
pub struct Workers {
    /// Worker threads; all cores if not given
    #[arg(long, value_name = "N", env = "MCC_THREADS", hide_env_values = true, value_parser = threads)]
    threads: Option<usize>,
}

impl Workers {
    /// How many there are.
    #[must_use]
    pub fn count(self) -> usize {
        self.threads.unwrap_or_else(cores)
    }
}

/// Who shares what in a generated block; the workload's own values hold where nothing is said.
#[derive(Clone, Copy, Debug, Default, Arguments)]
pub struct Sharing {
    /// Decides everything that is random
    #[arg(long, value_name = "N", env = "MCC_SEED", hide_env_values = true, default_value_t = 1)]
    pub seed: u64,
    /// Percentage of transactions that share a variable with another
    #[arg(long, value_name = "PERCENT")]
    pub correlation: Option<u64>,
    /// Shared variables of a transaction
    #[arg(long, value_name = "N")]
    pub vars: Option<u64>,
    /// Transactions that share the same variables
    #[arg(long, value_name = "N")]
    pub group: Option<usize>,
}

/// What decides a generated block; the workload's own values hold where nothing is said.
#[derive(Clone, Debug, Default, Arguments)]
pub struct Generate {
    /// Transactions in the generated block
    #[arg(long, value_name = "N")]
    pub txs: Option<usize>,
    /// Who shares what in it.
    #[command(flatten)]
    pub sharing: Sharing,
    /// Another value for one of the workload's `[params]`
    #[arg(long, value_name = "NAME=N")]
    pub param: Vec<String>,
}

/// The blocks of a command that runs some.
#[derive(Clone, Debug, Arguments)]
pub struct Subject {
    /// A project's directory, or a block file
    #[arg(value_name = "PATH", default_value = ".")]
    pub path: PathBuf,
    /// The project whose app a block file runs on
    #[arg(long, value_name = "DIR")]
    pub project: Option<PathBuf>,
    /// The app, where there are several
    #[arg(long, value_name = "NAME")]
    pub app: Option<String>,
    /// What decides the generated block.
    #[command(flatten)]
    pub generate: Generate,
}

/// Run a block, or a project with a generated one.
#[derive(Debug, Arguments)]
#[command(after_help = "\
Examples:
  mcc run                             with a block from workload.toml
  mcc run examples/shop --threads 2 --verify-serial
  mcc block gen --out day.jsonl && mcc run day.jsonl
  mcc run --txs 5000 --seed 7 --json")]
pub struct Run {
    /// What is run.
    #[command(flatten)]
    pub subject: Subject,
    /// Who executes it.
    #[command(flatten)]
    pub workers: Workers,
    /// How to execute: serial, paper (groups that share no variable, one after the other), dag (in parallel,
    /// ordering true conflicts only), or optimistic (guessing, and running again what guessed wrong)
    #[arg(
        long,
        value_name = "STRATEGY",
        env = "MCC_STRATEGY",
        hide_env_values = true,
        default_value_t = Strategy::Dag,
        value_parser = strategies()
    )]
    #[arg(hide_possible_values = true)]
    pub strategy: Strategy,
    /// Compare roots and every receipt with serial execution; a difference is exit code 1
    #[arg(long)]
    pub verify_serial: bool,
    /// Say more about what was ordered: every hot cell, and who stands in the longest chain
    #[arg(long)]
    pub contention: bool,
    /// How often to time each block
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub runs: usize,
    /// How the result is shown.
    #[command(flatten)]
    pub shown: Shown,
}

/// Work with block files.
#[derive(Debug, Subcommand)]
pub enum Block {
    /// Generate a block file from a project's workload
    #[command(name = "gen")]
    Generate(BlockGen),
}

/// Generate a block file from a project's workload.
#[derive(Debug, Arguments)]
#[command(after_help = crate::workload::HELP)]
pub struct BlockGen {
    /// The project
    #[arg(value_name = "PROJECT", default_value = ".")]
    pub project: PathBuf,
    /// Where to write; stdout if not given
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Write the canonical binary form
    #[arg(long)]
    pub binary: bool,
    /// Let every transaction name the code that it wants to run: it runs no other
    #[arg(long)]
    pub pinned: bool,
    /// The app, where there are several
    #[arg(long, value_name = "NAME")]
    pub app: Option<String>,
    /// What decides the generated block.
    #[command(flatten)]
    pub generate: Generate,
}

/// Time strategies against each other.
#[derive(Debug, Arguments)]
#[command(after_help = "\
What can be timed:
  (nothing)    the workload of the paper, 500 to 3500 transactions
  paper        the experiment of the paper: Table 1, Figures 5, 6 and 7
  bars         what was asked for beforehand, and what comes out
  all          every workload
  accounts     calls on variables of five accounts, out of a million
  transfer     token transfers over a million accounts
  zipf         the same, where some are much busier than others
  receiver     the same; those that correlate go to one account
  payer        the same; those that correlate are paid by one account
  swap         swaps; those that correlate are in one pool
  pools        swaps in a hundred pools
  mint         new deeds; those that correlate are for one collector
  vote         votes for one option
  purchase     purchases in the shop; those that correlate are of one good
  payroll      payrolls for 64 people; those that correlate are one employer's
  DIR          the workload of a project

Examples:
  mcc bench paper --quick
  mcc bench paper --report docs/bench
  mcc bench receiver --correlation 100 --txs 2000,20000
  mcc bench examples/shop --txs 2000 --json")]
pub struct Bench {
    /// What to time
    #[arg(value_name = "WHAT")]
    pub what: Option<String>,
    /// Fewer sizes and runs
    #[arg(long)]
    pub quick: bool,
    /// With `paper`: write page, figures and data into this directory
    #[arg(long, value_name = "DIR")]
    pub report: Option<PathBuf>,
    /// Block sizes
    #[arg(long, value_name = "N,…", value_delimiter = ',')]
    pub txs: Vec<usize>,
    /// Work of each transaction: turns of arithmetic, one table for each
    #[arg(long, value_name = "N,…", value_delimiter = ',')]
    pub rounds: Vec<u64>,
    /// Who shares what in a block.
    #[command(flatten)]
    pub sharing: Sharing,
    /// Who executes them.
    #[command(flatten)]
    pub workers: Workers,
    /// How often each block is executed with each strategy; 15 if not given
    #[arg(long, value_name = "N")]
    pub runs: Option<usize>,
    /// How the result is shown.
    #[command(flatten)]
    pub shown: Shown,
}

fn threads(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(threads @ 1..=256) => Ok(threads),
        _ => Err("a number from 1 to 256".to_owned()),
    }
}
