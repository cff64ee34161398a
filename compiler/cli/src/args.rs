//! The command line, as clap reads it.

mod blocks;
mod editors;
mod observe;

pub use blocks::{Bench, Block, BlockGen, Generate, Run, Sharing, Subject};
pub use editors::{EditorPlace, Editors, EditorsList, InstallEditor};
pub use observe::{Form, Snapshot, Trace, Watched};

use crate::global::Global;
use crate::output::Format;
use clap::{Args as Arguments, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Contracts that say what they touch: check, build, analyse and run them.
#[derive(Debug, Parser)]
#[command(
    name = "mcc",
    version,
    max_term_width = 80,
    arg_required_else_help = true,
    subcommand_required = true
)]
#[command(after_help = "\
Examples:
  mcc new shop --template market      start a project
  mcc check                           look for mistakes
  mcc conflicts                       which calls cannot run side by side
  mcc run --verify-serial             run a generated block, compare with serial")]
pub struct Args {
    /// What every command understands.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start a project from a template
    New(New),
    /// Look for mistakes
    Check(Check),
    /// Make the edits that findings come with
    Fix(Fix),
    /// Say what a code means, with an example
    Explain(Explain),
    /// Write sources in the one style of the language
    Fmt(Fmt),
    /// Compile to container packages
    Build(Build),
    /// Sign a package as its publisher
    Sign(Sign),
    /// Look into a package: who vouches for it, is it what its source says?
    Verify(Verify),
    /// Run the tests of contracts
    Test(Test),
    /// Look for sequences of calls that break what contracts say
    Fuzz(Fuzz),
    /// Show what every call may read, write or add to
    Effects(Effects),
    /// Show which calls may conflict, and when
    Conflicts(Conflicts),
    /// Keep what every call may touch and cost in a file
    Snapshot(Snapshot),
    /// Show the micro-contracts that a contract falls into
    Split(Split),
    /// Write a composition of entries
    Compose(Compose),
    /// Write pages about what a project declares
    Doc(Doc),
    /// Learn the language in twelve short chapters
    Tour(Tour),
    /// Run a block, or a project with a generated one
    Run(Run),
    /// Show step by step what a transaction of a block does
    Trace(Trace),
    /// Work with block files
    #[command(subcommand)]
    Block(Block),
    /// Time strategies against each other
    Bench(Bench),
    /// Put what an editor needs in place
    #[command(subcommand)]
    Editors(Editors),
    /// Serve an editor: access sets while you type (language server protocol)
    Lsp(Lsp),
    /// Print a completion script for a shell
    Completions(Completions),
}

/// How the result is shown.
#[derive(Clone, Copy, Debug, Arguments)]
pub struct Shown {
    /// How to show the result: human, short (one line a finding) or json; findings also as sarif or github
    #[arg(long, value_name = "FORMAT", env = "MCC_FORMAT", hide_env_values = true, default_value = "human")]
    #[arg(hide_possible_values = true)]
    format: Format,
    /// The same as `--format json`
    #[arg(long)]
    json: bool,
}

impl Shown {
    /// The format asked for.
    #[must_use]
    pub fn format(self) -> Format {
        if self.json { Format::Json } else { self.format }
    }

    /// True if the result is for machines.
    #[must_use]
    pub fn is_json(self) -> bool {
        self.format() == Format::Json
    }
}

/// Start a project from a template.
#[derive(Debug, Arguments)]
#[command(after_help = "\
Examples:
  mcc new counter
  mcc new exchange --template market
  mcc new work/polls --template voting && cd work/polls && mcc run")]
pub struct New {
    /// The directory to create; its last part is the project's name
    pub name: PathBuf,
    /// What to start from
    #[arg(long, value_name = "TEMPLATE", default_value = "counter")]
    #[arg(value_parser = ["counter", "token", "voting", "market"])]
    pub template: String,
    /// How the result is shown.
    #[command(flatten)]
    pub shown: Shown,
}

/// Look for mistakes.
#[derive(Debug, Arguments)]
#[command(after_help = "\
Examples:
  mcc check                           the project here
  mcc check src/token.mc              one file and what it imports
  mcc check --format short            one line a finding, for editors
  mcc check --format sarif > mcc.sarif    for code scanning; github for a log")]
pub struct Check {
    /// A project's directory, or `.mc` files
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The package that what is checked takes over from: nothing that it stored may be lost
    #[arg(long, value_name = "PKG")]
    pub upgrades: Vec<PathBuf>,
    /// How the result is shown.
    #[command(flatten)]
    pub shown: Shown,
}

/// Make the edits that findings come with.
#[derive(Debug, Arguments)]
#[command(after_help = "\
Examples:
  mcc fix                             the project here
  mcc fix --diff                      show the edits, write nothing
  mcc fix --diff src/token.mc | patch -p1")]
pub struct Fix {
    /// A project's directory, or `.mc` files
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Print the edits as a unified diff, and write nothing
    #[arg(long)]
    pub diff: bool,
    /// How the result is shown.
    #[command(flatten)]
    pub shown: Shown,
}

/// Say what a code means, with an example.
#[derive(Debug, Arguments)]
#[command(after_help = "\
Examples:
  mcc explain E0101
  mcc explain                         every code
  mcc explain E0602 --json | jq -r .mended")]
pub struct Explain {
    /// A code such as E0101; every code if not given
    pub code: Option<String>,
    /// How the result is shown.
    #[command(flatten)]
    pub shown: Shown,
}

/// Write sources in the one style of the language.
#[derive(Debug, Arguments)]
#[command(after_help = "\
Examples:
  mcc fmt                             every source of the project here
  mcc fmt src/token.mc
  mcc fmt --check                     exit code 1 if a file would change
  mcc fmt --stdin < draft.mc          for editors")]
pub struct Fmt {
    /// A project's directory, or `.mc` files
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Write nothing; list the files that would change
    #[arg(long)]
    pub check: bool,
    /// Write nothing; show what would change, as a unified diff
    #[arg(long)]
    pub diff: bool,
    /// Format the text on stdin to stdout
    #[arg(long, conflicts_with_all = ["paths", "check", "diff"])]
    pub stdin: bool,
    /// How the result is shown.
    #[command(flatten)]
    pub shown: Shown,
}

/// Something that `build` can write besides the packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Emit {
    /// The WASM module.
    Wasm,
    /// What can be called, stored and emitted, as JSON.
    Abi,
    /// The access formulas, as JSON and as text.
    Effects,
    /// The WASM module as text.
    Wat,
    /// The intermediate representation.
    Ir,
    /// The syntax tree of each file.
    Ast,
    /// Where the module's code comes from, as JSON lines.
    Map,
}

/// Compile to container packages.
#[derive(Debug, Arguments)]
#[command(after_help = "\
Examples:
  mcc build                           build/NAME.mcpkg for every contract
  mcc build --emit abi,effects
  mcc build src/token.mc --emit wat --out /tmp/token
  mcc build --upgrades old/Token.mcpkg    what it stored must not be lost")]
pub struct Build {
    /// A project's directory, or `.mc` files
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Write these, too: wasm, abi, effects, wat, ir, ast, map
    #[arg(long, value_name = "KINDS", value_delimiter = ',', hide_possible_values = true)]
    pub emit: Vec<Emit>,
    /// Where to write; `build` in the project if not given
    #[arg(long, value_name = "DIR", env = "MCC_OUT", hide_env_values = true)]
    pub out: Option<PathBuf>,
    /// The package that what is built takes over from: nothing that it stored may be lost
    #[arg(long, value_name = "PKG")]
    pub upgrades: Vec<PathBuf>,
    /// Show how long each phase of the compiler took, and for how many lines
    #[arg(long)]
    pub timings: bool,
    /// How the result is shown.
    #[command(flatten)]
    pub shown: Shown,
}

/// Sign a package as its publisher.
#[derive(Debug, Arguments)]
#[command(after_help = "\
Examples:
  mcc sign --new-key publisher.key    a key of your own, which nobody else may read
  mcc sign build/Token.mcpkg --key publisher.key")]
pub struct Sign {
    /// The package; the signature goes into it
    #[arg(value_name = "PKG", requires = "key", required_unless_present = "new_key")]
    pub package: Option<PathBuf>,
    /// The file with the key to sign with
    #[arg(long, value_name = "FILE", env = "MCC_KEY", hide_env_values = true)]
    pub key: Option<PathBuf>,
    /// Make a key, and write it to a file that does not exist yet
    #[arg(long, value_name = "FILE", conflicts_with = "package")]
    pub new_key: Option<PathBuf>,
    /// How the result is shown.
    #[command(flatten)]
    pub shown: Shown,
}

/// Look into a package: who vouches for it, and is it what its source says?
#[derive(Debug, Arguments)]
#[command(after_help = "\
Examples:
  mcc verify build/Token.mcpkg
  mcc verify Token.mcpkg --source src/token.mc    build it again, and compare
  mcc verify Token.mcpkg --publisher 0x5b38…      exit code 1 if it is somebody else's")]
pub struct Verify {
    /// The package
    #[arg(value_name = "PKG")]
    pub package: PathBuf,
    /// The project's directory or `.mc` file that it should be made of
    #[arg(long, value_name = "PATH")]
    pub source: Option<PathBuf>,
    /// The public key or the address of who should have signed it
    #[arg(long, value_name = "KEY")]
    pub publisher: Option<String>,
    /// How the result is shown.
    #[command(flatten)]
    pub shown: Shown,
}

/// Run the tests of contracts.
#[derive(Debug, Arguments)]
#[command(after_help = "\
Examples:
  mcc test                            every test of the project here
  mcc test src/token.mc               those of one file
  mcc test transfer                   those with `transfer` in their names
  mcc test --rerun                    those that failed last time
  mcc test --runs 10000               properties with more random cases
  mcc test --list --json | jq .name")]
pub struct Test {
    /// A project's directory or `.mc` files, and parts of the names of the tests to run
    #[arg(value_name = "PATH|NAME")]
    pub items: Vec<String>,
    /// Show the tests' names, and run nothing
    #[arg(long)]
    pub list: bool,
    /// Stop at the first test that fails
    #[arg(long)]
    pub fail_fast: bool,
    /// Only those that failed when they last ran
    #[arg(long)]
    pub rerun: bool,
    /// How many random cases a test with parameters is tried with
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    pub runs: u64,
    /// Where random cases come from; by default from the test's name, so that they are the same each time
    #[arg(long, value_name = "SEED")]
    pub seed: Option<u64>,
    /// Run the calls of each test in one block, too, under N random schedules that must all end as serial
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub schedules: u64,
    /// Write the result as JUnit XML, too
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Run them again whenever a source changes
    #[arg(long)]
    pub watch: bool,
    /// What is watched while they run.
    #[command(flatten)]
    pub watched: Watched,
    /// How the result is shown.
    #[command(flatten)]
    pub shown: Shown,
}

/// Look for sequences of calls that break what contracts say.
#[derive(Debug, Arguments)]
#[command(after_help = "\
Examples:
  mcc fuzz                            what the project's app deploys
  mcc fuzz src/token.mc               the contracts of a file, each alone
  mcc fuzz --time 60                  for a minute
  mcc fuzz --runs 5000 --seed 7       other sequences, and more of them")]
pub struct Fuzz {
    /// A project's directory or `.mc` files
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The app, where there are several
    #[arg(long, value_name = "NAME")]
    pub app: Option<String>,
    /// How many sequences
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub runs: u64,
    /// For so many seconds, instead
    #[arg(long, value_name = "SECONDS", conflicts_with = "runs")]
    pub time: Option<u64>,
    /// The longest sequence, in calls
    #[arg(long, value_name = "N", default_value_t = 40, value_parser = clap::value_parser!(u64).range(1..))]
    pub calls: u64,
    /// Where sequences come from; by default from the name of what is fuzzed
    #[arg(long, value_name = "SEED")]
    pub seed: Option<u64>,
    /// Where sequences that did something new are kept
    #[arg(long, value_name = "DIR")]
    pub corpus: Option<PathBuf>,
    /// How the result is shown.
    #[command(flatten)]
    pub shown: Shown,
}

/// Show what every call may read, write or add to.
#[derive(Debug, Arguments)]
#[command(after_help = "\
Examples:
  mcc effects                         everything the project's app deploys
  mcc effects gold.transfer           one entry of a deployment
  mcc effects gold.transfer --from alice --args to=bob,amount=5
  mcc effects ballot.vote --args option=0 --state workload.toml")]
pub struct Effects {
    /// What to show: a deployment, a contract, a composition, or an entry of one; `.mc` files and directories
    /// say where to look
    #[arg(value_name = "ITEM")]
    pub items: Vec<String>,
    /// Show the very cells of a call with these arguments
    #[arg(long, value_name = "NAME=VALUE", value_delimiter = ',')]
    pub args: Vec<String>,
    /// Who makes that call
    #[arg(long, value_name = "ACCOUNT", default_value = "alice")]
    pub from: String,
    /// What the state is then: what a workload sets up, or what the blocks of a file leave
    #[arg(long, value_name = "FILE", requires = "args")]
    pub state: Option<PathBuf>,
    /// The app, where there are several
    #[arg(long, value_name = "NAME")]
    pub app: Option<String>,
    /// How the result is shown.
    #[command(flatten)]
    pub shown: Shown,
}

/// What makes `conflicts` fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Deny {
    /// A pair of calls that always conflicts.
    Serial,
}

/// Show which calls may conflict, and when.
#[derive(Debug, Arguments)]
#[command(after_help = "\
Examples:
  mcc conflicts                       every entry against every other
  mcc conflicts --why gold.transfer gold.issue
  mcc conflicts --deny serial --allow token.pause    for continuous integration
  mcc conflicts --svg > matrix.svg")]
pub struct Conflicts {
    /// A project's directory, or `.mc` files
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Explain one pair
    #[arg(long, value_names = ["A", "B"], num_args = 2)]
    pub why: Vec<String>,
    /// Compare views, too
    #[arg(long)]
    pub views: bool,
    /// `serial`: exit with code 1 if some pair of calls always conflicts
    #[arg(long, value_name = "WHAT", hide_possible_values = true, conflicts_with = "why")]
    pub deny: Option<Deny>,
    /// Entries that may be in such pairs
    #[arg(long, value_name = "ENTRY,…", value_delimiter = ',', requires = "deny")]
    pub allow: Vec<String>,
    /// Print the matrix as a picture
    #[arg(long, conflicts_with_all = ["why", "dot"])]
    pub svg: bool,
    /// Print the conflicts as a graph, for Graphviz
    #[arg(long, conflicts_with = "why")]
    pub dot: bool,
    /// The app, where there are several
    #[arg(long, value_name = "NAME")]
    pub app: Option<String>,
    /// How the result is shown.
    #[command(flatten)]
    pub shown: Shown,
}

/// Show the micro-contracts that a contract falls into.
#[derive(Debug, Arguments)]
#[command(after_help = "\
Examples:
  mcc split Shop                      what it falls into, and the conflicts before and after
  mcc split Shop --keep stock,sold    the same, but these two states stay together
  mcc split src/shop.mc --write pieces")]
pub struct Split {
    /// The contract; `.mc` files and directories say where to look
    #[arg(value_name = "CONTRACT")]
    pub items: Vec<String>,
    /// States that stay in one micro-contract
    #[arg(long, value_name = "STATE,…")]
    pub keep: Vec<String>,
    /// Write the micro-contracts, the compositions and an app into this directory
    #[arg(long, value_name = "DIR")]
    pub write: Option<PathBuf>,
    /// How the result is shown.
    #[command(flatten)]
    pub shown: Shown,
}

/// Write a composition of entries.
#[derive(Debug, Arguments)]
#[command(after_help = "\
Examples:
  mcc compose Token.withdraw Vault.put --as save
  mcc compose gold:Token.withdraw gold.deposit --as pay std/token.mc
  mcc compose catalog.confirm token.transfer --as buy --write src/buy.mc
  mcc compose gold:Token.withdraw 'safe:Vault<gold.Unit>.put' --as save")]
pub struct Compose {
    /// The entries in the order of their steps: CONTRACT.ENTRY, SLOT:CONTRACT.ENTRY to name the slot, or
    /// SLOT.ENTRY for a slot named before; `.mc` files and directories say where to look
    #[arg(value_name = "ENTRY", required = true)]
    pub items: Vec<String>,
    /// What the composition is called
    #[arg(long = "as", value_name = "NAME")]
    pub name: String,
    /// Write it into this new file
    #[arg(long, value_name = "FILE")]
    pub write: Option<PathBuf>,
    /// How the result is shown.
    #[command(flatten)]
    pub shown: Shown,
}

/// Write pages about what a project declares.
#[derive(Debug, Arguments)]
#[command(after_help = "\
Examples:
  mcc doc                             build/doc/index.html
  mcc doc src/token.mc --out /tmp/doc
  mcc doc --std --open yes            the standard library, in the browser
  mcc doc --json | jq '.items[].name'")]
pub struct Doc {
    /// A project's directory, or `.mc` files; what they import is documented, too
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Where to write; `build/doc` in the project if not given
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Document the standard library, and not a project
    #[arg(long, conflicts_with = "paths")]
    pub std: bool,
    /// Show the pages in the browser: yes or no
    #[arg(long, value_name = "WHETHER", default_value = "no", action = clap::ArgAction::Set)]
    #[arg(value_parser = clap::builder::BoolishValueParser::new())]
    pub open: bool,
    /// How the result is shown; json prints what the pages say, and writes nothing.
    #[command(flatten)]
    pub shown: Shown,
}

/// Learn the language in twelve short chapters.
#[derive(Debug, Arguments)]
#[command(after_help = "\
Examples:
  mcc tour                            the chapters
  mcc tour 1                          the first one
  mcc tour --all | less")]
pub struct Tour {
    /// The number of a chapter; the list of all if not given
    #[arg(value_name = "CHAPTER", conflicts_with = "all")]
    pub chapter: Option<String>,
    /// Every chapter, one after the other
    #[arg(long)]
    pub all: bool,
    /// How the result is shown.
    #[command(flatten)]
    pub shown: Shown,
}

/// Print a completion script for a shell.
#[derive(Debug, Arguments)]
#[command(after_help = "\
Examples:
  mcc completions bash > ~/.local/share/bash-completion/completions/mcc
  mcc completions zsh > ~/.zfunc/_mcc
  mcc completions fish > ~/.config/fish/completions/mcc.fish")]
pub struct Completions {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// The arguments of `mcc lsp`.
#[derive(Debug, Arguments)]
#[command(after_help = "Examples:
  mcc lsp             started by an editor; see editors/lsp/README.md")]
pub struct Lsp {
    /// Where to write the standard library and the pages of the codes, for the
    /// editor to open [default: the user's cache]
    #[arg(long, value_name = "DIR")]
    pub carried: Option<PathBuf>,
    /// Speak on stdin and stdout: what it always does, and editors say anyway
    #[arg(long)]
    pub stdio: bool,
}
