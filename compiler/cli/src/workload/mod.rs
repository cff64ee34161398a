//! Workloads: what a project's users send, as data, so that blocks can be generated for any contract.
//!
//! A workload is read by [`parse`] and turned into drafts of blocks by [`generate`]; equal seeds give equal
//! blocks on every machine. What the state holds before the first of them is for [`fill`].

pub mod parse;
pub mod generate;
pub mod fill;

use serde_json::Value as Json;
use std::collections::BTreeMap;

/// The description of `workload.toml`, shown by `mcc block gen --help`.
pub const HELP: &str = "\
The workload (workload.toml in the project):
  [block]                     all of it optional, and overridden by the flags
  transactions = 2000         in the generated block
  accounts = 100              user0, user1, …
  hot = 1                     how many of them are hot
  correlation = 10            percent of the transactions that share variables
  vars = 5                    shared variables of a transaction
  group = 10                  transactions that share the same ones

  [params]                    numbers for `--param`, used as \"param.rounds\"
  rounds = 0

  [table.offer]               rows of values that belong together
  rows = 60
  sku = \"row\"                 0, 1, 2, …
  price = \"5..50\"

  [[cell]]                    set before any block, faster than a setup; for
  of = \"gold.balances\"        `mcc run` and `mcc bench` only
  each = \"account\"
  keys = [\"each\"]
  value = 1000

  [[setup]]                   runs in a block of its own, before
  call = \"gold.issue\"
  each = \"account\"            once for each account, table row, or a number
  from = \"deployer\"
  args = { to = \"each\", amount = 1000 }

  [[call]]                    one of these for each transaction
  call = \"Purchase\"
  weight = 60                 how often, against the others; or \"param.heavy\"
  from = \"account\"
  args = { sku = \"offer.sku\", price = \"offer.price\", order = \"fresh\" }

Where a value stands, these words make one:
  \"1..100\", \"1..=99\"          a number of the range
  \"account\", \"hot-account\"    one of the accounts, one of the hot ones
  \"zipf-account\"              the second half as often as the first, and so on
  \"fresh\"                     a number, id or account that nobody had before
  \"shared\"                    the same in all transactions of a correlated
                              group, its own in every other
  \"pooled\"                    a number of a pool, in which as many transactions
                              meet another as the correlation says
  \"vars\"                      the number of shared variables
  \"offer.price\"               a table's column, one row in a transaction
  \"arg.sku\", \"param.rounds\"   another argument, one of the params
  \"each\"                      in a setup: the account or number of this turn
  [ … ]                       one of a list
  { of = …, count = … }       a list of so many of them
  anything else               stands for itself

Examples:
  mcc block gen                       2000 transactions to stdout
  mcc block gen --txs 500 --correlation 50 --out day.jsonl
  mcc block gen examples/paper --vars 8 --binary --out paper.mcb";

/// What decides the size and shape of a generated block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Transactions in the block.
    pub transactions: usize,
    /// Accounts that make them.
    pub accounts: u64,
    /// How many of the accounts are hot.
    pub hot: u64,
    /// Percentage of transactions that share variables with others.
    pub correlation: u64,
    /// Shared variables of a transaction.
    pub vars: u64,
    /// Transactions that share the same variables.
    pub group: usize,
    /// What `now` is in the first block.
    pub time: u64,
}

impl Default for Shape {
    /// Table 1 of the paper, where it says something.
    fn default() -> Self {
        Self {
            transactions: 2000,
            accounts: 100,
            hot: 1,
            correlation: 10,
            vars: 5,
            group: 10,
            time: 1_700_000_000,
        }
    }
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// Always this.
    Fixed(Json),
    /// A number of a range, the end excluded.
    Range(u64, u64),
    /// One of the accounts.
    Account,
    /// One of the hot accounts.
    HotAccount,
    /// One of the accounts, account `n` with a weight of `1 / (n + 1)`.
    ZipfAccount,
    /// What nobody had before.
    Fresh,
    /// The same in all transactions of a correlated group.
    Shared,
    /// A number of a pool that all transactions draw from, `vars` numbers each.
    Pooled,
    /// The number of shared variables.
    Vars,
    /// The account or number of this turn of a set-up.
    Each,
    /// The number of a table's row.
    Row,
    /// A column of a table.
    Column(String, String),
    /// Another argument of the same call.
    Argument(String),
    /// One of the params.
    Param(String),
    /// One of several.
    Pick(Vec<Source>),
    /// A list of values of one kind, as many as the second says.
    Several(Box<Source>, Box<Source>),
}

/// Rows of values that belong together.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// How many rows.
    pub rows: u64,
    /// Its columns.
    pub columns: Vec<(String, Source)>,
}

/// How often a set-up call is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Each {
    /// Once for each account.
    Account,
    /// Once for each row of a table.
    Row(String),
    /// So many times.
    Times(u64),
}

/// Cells that hold something before the first block.
#[derive(Clone, Debug)]
pub struct Fill {
    /// Its line in the workload.
    pub line: usize,
    /// The variable: `deployment.variable`.
    pub of: String,
    /// How many cells.
    pub each: Each,
    /// The keys of each of them.
    pub keys: Vec<Source>,
    /// What it holds.
    pub value: Source,
}

/// A call to make.
#[derive(Clone, Debug)]
pub struct Template {
    /// Its line in the workload.
    pub line: usize,
    /// What is called.
    pub call: String,
    /// Who calls.
    pub from: Source,
    /// The arguments.
    pub args: Vec<(String, Source)>,
    /// The Value that goes with it.
    pub value: Option<Source>,
}

/// What a project's users send.
#[derive(Clone, Debug)]
pub struct Workload {
    /// The path of its file, as it is shown.
    pub path: String,
    /// The shape of its blocks.
    pub shape: Shape,
    /// The params.
    pub params: BTreeMap<String, u64>,
    /// The tables.
    pub tables: Vec<Table>,
    /// What the state holds before.
    pub cells: Vec<Fill>,
    /// The calls of the set-up block.
    pub setup: Vec<(Each, Template)>,
    /// The calls of the block, with their weights.
    pub calls: Vec<(Source, Template)>,
}

impl Workload {
    /// How often a call is made, against the others: a number, or one of the params.
    #[must_use]
    pub fn weight(&self, weight: &Source) -> u64 {
        match weight {
            Source::Fixed(number) => number.as_u64().unwrap_or_default(),
            Source::Param(name) => self.params.get(name).copied().unwrap_or_default(),
            _ => 0,
        }
    }

    /// How often something is done that is done for `each`.
    #[must_use]
    pub fn times(&self, each: &Each) -> u64 {
        match each {
            Each::Account => self.shape.accounts,
            Each::Times(times) => *times,
            Each::Row(name) => self.tables.iter().find(|it| it.name == *name).map_or(0, |it| it.rows),
        }
    }

    /// True if a value of it depends on the correlation.
    #[must_use]
    pub fn shares(&self) -> bool {
        let shares = |template: &Template| {
            std::iter::once(&template.from)
                .chain(template.args.iter().map(|(_, source)| source))
                .chain(&template.value)
                .any(is_shared)
        };
        self.calls.iter().any(|(_, template)| shares(template))
    }
}

fn is_shared(source: &Source) -> bool {
    match source {
        Source::Shared | Source::Pooled => true,
        Source::Pick(options) => options.iter().any(is_shared),
        Source::Several(of, count) => is_shared(of) || is_shared(count),
        _ => false,
    }
}
