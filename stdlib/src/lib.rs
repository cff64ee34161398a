//! Contracts written in mc, embedded as text: the standard library, the examples, and the templates of `mcc new`.
//!
//! A project is its files with their paths inside the project; nothing here is compiled or checked.

/// One file of a [`Project`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path inside the project, with `/` between its parts.
    pub path: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// A whole project: contracts, manifest and workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Project {
    /// Its name.
    pub name: &'static str,
    /// What it shows, in one line.
    pub about: &'static str,
    /// Its files.
    pub files: &'static [File],
}

macro_rules! project {
    ($kind:literal, $name:literal, $about:literal, [$($path:literal),+ $(,)?]) => {
        Project {
            name: $name,
            about: $about,
            files: &[$(File { path: $path, text: include_str!(concat!("../", $kind, "/", $name, "/", $path)) }),+],
        }
    };
}

macro_rules! library {
    ($($name:literal),+ $(,)?) => {
        &[$(File { path: concat!("std/", $name, ".mc"), text: include_str!(concat!("../std/", $name, ".mc")) }),+]
    };
}

/// The standard library: what `import { .. } from "std/token";` finds, as `std/token.mc`.
pub const LIBRARY: &[File] = library![
    "amm",
    "auction",
    "desk",
    "escrow",
    "interfaces",
    "math",
    "multisig",
    "registry",
    "roles",
    "timelock",
    "token",
    "vesting",
    "voting",
];

/// What `mcc new` starts from.
pub const TEMPLATES: &[Project] = &[
    project!(
        "templates",
        "counter",
        "a counter that many callers add to at once",
        ["mcc.toml", "src/counter.mc", "workload.toml",]
    ),
    project!(
        "templates",
        "token",
        "a fungible token with approvals",
        ["mcc.toml", "src/token.mc", "workload.toml",]
    ),
    project!(
        "templates",
        "voting",
        "polls with one vote for each account",
        ["mcc.toml", "src/voting.mc", "workload.toml",]
    ),
    project!(
        "templates",
        "market",
        "a composition that buys: token and listings in one transaction",
        ["mcc.toml", "src/token.mc", "src/listings.mc", "src/buy.mc", "workload.toml",]
    ),
];

/// What to read and run.
pub const EXAMPLES: &[Project] = &[
    project!(
        "examples",
        "corner",
        "the shop's purchase as `mcc bench purchase` sends it",
        [
            "mcc.toml",
            "src/corner.mc",
            "../shop/src/catalog.mc",
            "../shop/src/token.mc",
            "../shop/src/vault.mc",
            "../shop/src/inventory.mc",
            "../shop/src/purchase.mc",
            "../street/src/work.mc",
            "workload.toml",
            "bench/purchase.toml",
        ]
    ),
    project!(
        "examples",
        "dvp",
        "delivery versus payment over interfaces: both legs happen, or neither does",
        ["mcc.toml", "src/desk.mc", "src/dvp.mc", "workload.toml",]
    ),
    project!(
        "examples",
        "loan",
        "a loan for the time of one transaction, with a debt that cannot be dropped",
        ["mcc.toml", "src/lender.mc", "src/loan.mc", "workload.toml",]
    ),
    project!(
        "examples",
        "payroll",
        "a payroll over a list: everybody is paid or nobody, or as many as there is money for",
        ["mcc.toml", "src/payroll.mc", "workload.toml",]
    ),
    project!(
        "examples",
        "route",
        "a route through two markets over interfaces",
        ["mcc.toml", "src/route.mc", "workload.toml",]
    ),
    project!(
        "examples",
        "paper",
        "the experiment of the paper: shared variables in every transaction",
        ["mcc.toml", "src/paper.mc", "workload.toml", "bench/accounts.toml",]
    ),
    project!(
        "examples",
        "shop",
        "catalog, token, vault and inventory, chained by `Purchase`",
        [
            "mcc.toml",
            "src/catalog.mc",
            "src/token.mc",
            "src/vault.mc",
            "src/inventory.mc",
            "src/purchase.mc",
            "src/basket.mc",
            "src/shop.mc",
            "workload.toml",
        ]
    ),
    project!(
        "examples",
        "street",
        "the standard library under traffic: what `mcc bench` sends",
        [
            "mcc.toml",
            "src/street.mc",
            "src/work.mc",
            "workload.toml",
            "bench/transfer.toml",
            "bench/zipf.toml",
            "bench/receiver.toml",
            "bench/payer.toml",
            "bench/swap.toml",
            "bench/pools.toml",
            "bench/mint.toml",
            "bench/vote.toml",
            "bench/payroll.toml",
        ]
    ),
];

impl Project {
    /// The text of the file at this path.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&'static str> {
        self.files.iter().find(|file| file.path == path).map(|file| file.text)
    }
}

/// The text of a file of the standard library, by what an import calls it: `std/token`.
#[must_use]
pub fn library(import: &str) -> Option<&'static str> {
    let named = |file: &&File| file.path.strip_suffix(".mc") == Some(import);
    LIBRARY.iter().find(named).map(|file| file.text)
}

/// The template with this name.
#[must_use]
pub fn template(name: &str) -> Option<&'static Project> {
    TEMPLATES.iter().find(|project| project.name == name)
}

/// The example with this name.
#[must_use]
pub fn example(name: &str) -> Option<&'static Project> {
    EXAMPLES.iter().find(|project| project.name == name)
}
