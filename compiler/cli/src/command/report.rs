//! What there is to say about a block that ran.

use super::chain;
use crate::deploy::error_name;
use crate::directory::{Directory, call_name};
use crate::measure::{Spread, Timing};
use crate::output::bold;
use crate::people::People;
use crate::text::{digest, flowed, grouped, hex, milliseconds, plural, words};
use mc_container::address::CellKey;
use mc_runtime::inspect::{CellName, footprint_of, name_cell};
use mc_runtime::{Block, Hot, Outcome, Stats, Strategy, Transaction, World};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// How many hot cells are shown, unless more are asked for.
const HOT_MAX: usize = 3;
/// How many transactions of the longest chain are shown by number.
const CHAIN_MAX: usize = 12;

/// Where a block ran.
pub(super) struct Scene<'s> {
    pub(super) world: &'s World,
    pub(super) block: &'s Block,
    pub(super) directory: &'s Directory<'s>,
}

/// How often something happened, the most frequent first.
type Counts = Vec<(String, usize)>;

/// What became of a block.
pub(super) struct Report {
    height: u64,
    strategy: Strategy,
    transactions: usize,
    calls: Counts,
    failures: Counts,
    stats: Stats,
    chain: Counts,
    /// The numbers of the transactions in the longest chain, first to last.
    chained: Vec<usize>,
    hottest: Vec<HotCell>,
    state_root: [u8; 32],
    receipts_root: [u8; 32],
    /// What differs from serial execution; absent if nothing was compared.
    differences: Option<Vec<String>>,
    timing: Option<Timing>,
}

/// A cell that transactions had to be ordered on.
struct HotCell {
    hot: Hot,
    name: Option<CellName>,
    /// Who touches it.
    calls: Counts,
}

impl Report {
    /// Collects what is worth saying.
    pub(super) fn new(
        scene: &Scene<'_>,
        strategy: Strategy,
        (outcome, serial): (&Outcome, Option<&Outcome>),
        timing: Option<Timing>,
    ) -> Self {
        let transactions = &scene.block.transactions;
        let chain = outcome.order.as_deref().map(chain::longest).unwrap_or_default();
        let chained = chain.iter().filter_map(|number| transactions.get(*number));
        Self {
            height: scene.block.height,
            strategy,
            transactions: transactions.len(),
            calls: counted(transactions.iter().map(|tx| scene.call(tx))),
            failures: counted(outcome.receipts.iter().filter_map(|receipt| {
                let failure = receipt.failure.as_ref()?;
                let manifest = scene.directory.container_at(failure.container).map(|it| it.manifest);
                Some(error_name(manifest, failure.code))
            })),
            stats: outcome.stats.clone(),
            chain: counted(chained.map(|tx| scene.call(tx))),
            chained: chain,
            hottest: scene.hottest(&outcome.stats.hottest),
            state_root: outcome.state_root,
            receipts_root: outcome.receipts_root,
            differences: serial.map(|serial| differences(outcome, serial)),
            timing,
        }
    }

    /// True if serial execution came to something else.
    pub(super) fn differs(&self) -> bool {
        self.differences.as_ref().is_some_and(|differences| !differences.is_empty())
    }

    fn failed(&self) -> usize {
        self.failures.iter().map(|(_, count)| count).sum()
    }

    /// For reading; `all` says more about what was ordered.
    pub(super) fn text(&self, people: &People<'_>, all: bool) -> String {
        let number = format!("Block {}", self.height);
        let mut text = format!("\n{} · {}\n", bold(&number), plural(self.transactions, "transaction"));
        line(&mut text, "calls", &listed(&self.calls, 6));
        line(&mut text, "results", &[format!("{} ok", grouped(self.transactions - self.failed()))]);
        if self.failed() > 0 {
            let total = format!("{} in all", grouped(self.failed()));
            let failures = listed(&self.failures, 6).into_iter().chain([total]);
            line(&mut text, "failed", &failures.collect::<Vec<_>>());
        }
        self.schedule(&mut text, people, all);
        let most = if all { usize::MAX } else { HOT_MAX };
        for (number, hot) in self.hottest.iter().take(most).enumerate() {
            line(&mut text, if number == 0 { "hottest" } else { "" }, &hot.parts(people, self.transactions));
            let why = hot.why().filter(|_| all);
            why.iter().for_each(|why| line(&mut text, "", std::slice::from_ref(why)));
        }
        self.times(&mut text);
        self.roots(&mut text);
        text
    }

    /// How it was run, in the words of the strategy.
    fn schedule(&self, text: &mut String, people: &People<'_>, all: bool) {
        let Stats { edges, widest, depth, .. } = self.stats;
        match self.strategy {
            Strategy::Serial => {}
            Strategy::Paper => {
                let groups = plural(self.stats.groups, "group") + " one after the other";
                line(text, "schedule", &[groups, format!("widest group {}", grouped(widest))]);
            }
            Strategy::Optimistic => {
                let again = format!("{} run again", plural(self.stats.reexecutions, "transaction"));
                let aborts = format!("{} taken back", grouped(self.stats.aborts));
                let blocked = format!("{} given up on the way", grouped(self.stats.blocked));
                line(text, "schedule", &[again, aborts, blocked]);
            }
            Strategy::Dag if edges > 0 => {
                let widest = format!("widest level {}", grouped(widest));
                let depth = format!("longest chain {}", grouped(depth));
                line(text, "schedule", &[plural(edges, "conflict") + " ordered", depth, widest]);
                line(text, "chain", &self.chain_parts(people));
                if all {
                    text.push_str(&flowed(&" ".repeat(12), &words(&self.chain_numbers()), " "));
                }
            }
            Strategy::Dag if self.transactions > 0 && widest > 1 => {
                let none = "no conflicts: every transaction may run beside every other";
                line(text, "schedule", &[none.to_owned()]);
            }
            Strategy::Dag => {}
        }
    }

    /// Who stands in the longest chain, and which cell holds it up.
    fn chain_parts(&self, people: &People<'_>) -> Vec<String> {
        let share = format!("{} of the block in a row", percent(self.chained.len(), self.transactions));
        let mut parts = vec![share];
        parts.extend(listed(&self.chain, 4));
        let longest = self.hottest.first().filter(|hot| hot.hot.chain as usize == self.chained.len());
        parts.extend(longest.map(|hot| format!("on {}", hot.cell(people))));
        parts
    }

    /// `transactions 4, 17, 21`: the longest chain by number.
    fn chain_numbers(&self) -> String {
        let numbers: Vec<String> = self.chained.iter().take(CHAIN_MAX).map(ToString::to_string).collect();
        let more = self.chained.len().saturating_sub(CHAIN_MAX);
        let more = if more == 0 { String::new() } else { format!(", and {} more", grouped(more)) };
        format!("transactions {}{more}", numbers.join(", "))
    }

    fn times(&self, text: &mut String) {
        let Some(timing) = &self.timing else { return };
        line(text, "time", &times(timing));
        let steps = [
            ("evaluate", self.stats.evaluate),
            ("intern", self.stats.intern),
            ("order", self.stats.order),
            ("execute", self.stats.execute),
            ("commit", self.stats.commit),
            ("digest", self.stats.digest),
        ];
        let steps = steps.iter().filter(|(_, time)| !time.is_zero());
        let steps: Vec<String> =
            steps.map(|(name, time)| format!("{name} {}", milliseconds(*time))).collect();
        line(text, "phases", &steps);
        let busy = self.stats.busy_per_mille.iter();
        let busy: Vec<String> = busy.map(|share| format!("{:.0} %", f64::from(*share) / 10.0)).collect();
        line(text, "busy", &busy);
        let bound = [
            format!("at most {:.2}× on {}", timing.bound(), plural(timing.threads, "thread")),
            format!("work {}", milliseconds(timing.work)),
            format!("longest chain {}", milliseconds(timing.critical_path)),
        ];
        line(text, "bound", &bound);
    }

    fn roots(&self, text: &mut String) {
        let mut roots = vec![format!("state {}", digest(&self.state_root))];
        roots.push(format!("receipts {}", digest(&self.receipts_root)));
        match &self.differences {
            None => {}
            Some(none) if none.is_empty() => roots.push("both = serial ✓".to_owned()),
            Some(_) => roots.push("≠ serial ✗".to_owned()),
        }
        line(text, "roots", &roots);
        for difference in self.differences.iter().flatten() {
            line(text, "", std::slice::from_ref(difference));
        }
    }

    /// For machines.
    pub(super) fn json(&self, people: &People<'_>) -> Json {
        let counts = |counts: &Counts| -> serde_json::Map<String, Json> {
            counts.iter().map(|(name, count)| (name.clone(), Json::from(*count))).collect()
        };
        let hottest: Vec<Json> = self
            .hottest
            .iter()
            .map(|it| {
                json!({
                    "cell": it.name.as_ref().map(|name| people.cell(name)), "lock": it.hot.is_lock,
                    "transactions": it.hot.transactions, "chain": it.hot.chain, "calls": counts(&it.calls),
                    "share": share(it.hot.transactions as usize, self.transactions),
                })
            })
            .collect();
        json!({
            "height": self.height,
            "strategy": self.strategy.name(),
            "transactions": self.transactions,
            "calls": counts(&self.calls),
            "ok": self.transactions - self.failed(),
            "failures": counts(&self.failures),
            "edges": self.stats.edges,
            "depth": self.stats.depth,
            "widest": self.stats.widest,
            "workers": self.stats.workers,
            "groups": self.stats.groups,
            "reexecutions": self.stats.reexecutions,
            "aborts": self.stats.aborts,
            "blocked": self.stats.blocked,
            "busy_per_mille": self.stats.busy_per_mille,
            "chain": counts(&self.chain),
            "chain_transactions": self.chained,
            "chain_share": share(self.chained.len(), self.transactions),
            "hottest": hottest,
            "state_root": hex(&self.state_root),
            "receipts_root": hex(&self.receipts_root),
            "equals_serial": self.differences.as_ref().map(Vec::is_empty),
            "differences": self.differences,
            "timing": self.timing.as_ref().map(timing_json),
        })
    }
}

impl HotCell {
    fn cell(&self, people: &People<'_>) -> String {
        self.name.as_ref().map_or_else(|| "a cell".to_owned(), |name| people.cell(name))
    }

    fn parts(&self, people: &People<'_>, transactions: usize) -> Vec<String> {
        let count = self.hot.transactions as usize;
        let held = format!("{} ({})", plural(count, "transaction"), percent(count, transactions));
        let mut parts = vec![self.cell(people), held];
        if self.hot.chain > 1 {
            parts.push(format!("{} in a row", grouped(self.hot.chain as usize)));
        }
        parts.push(format!("by {}", listed(&self.calls, 3).join(", ")));
        parts
    }

    /// How to ask why the two who touch it most conflict.
    fn why(&self) -> Option<String> {
        let (first, _) = self.calls.first()?;
        let (second, _) = self.calls.get(1).unwrap_or(self.calls.first()?);
        Some(format!("why: mcc conflicts --why {first} {second}"))
    }
}

/// The share of a block, 0 to 1.
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// `12 %`; below ten with a decimal.
fn percent(part: usize, whole: usize) -> String {
    let percent = share(part, whole) * 100.0;
    if percent < 9.95 { format!("{percent:.1} %") } else { format!("{percent:.0} %") }
}

impl Scene<'_> {
    fn call(&self, tx: &Transaction) -> String {
        let container = tx.to.and_then(|to| self.directory.container_at(to));
        let target = container.and_then(|container| {
            let entry = container.manifest.entry(&tx.data.entry)?;
            Some(crate::directory::Target { container, entry })
        });
        target.map_or_else(|| "unknown".to_owned(), |target| call_name(&target))
    }

    /// The cells that hold up most, longest chains first.
    fn hottest(&self, hottest: &[Hot]) -> Vec<HotCell> {
        let mut hottest = hottest.to_vec();
        hottest.sort_by_key(|hot| std::cmp::Reverse((hot.chain, hot.transactions)));
        let mut callers: BTreeMap<CellKey, Vec<String>> =
            hottest.iter().map(|hot| (hot.key, Vec::new())).collect();
        for tx in &self.block.transactions {
            let Ok(footprint) = footprint_of(self.world, self.block.time, tx) else { continue };
            for declared in footprint.cells.iter().chain(&footprint.locks) {
                if let Some(callers) = callers.get_mut(&declared.key) {
                    callers.push(self.call(tx));
                }
            }
        }
        let named = hottest.iter().map(|hot| HotCell {
            hot: *hot,
            name: name_cell(self.world, self.block, hot.key),
            calls: counted(callers.remove(&hot.key).unwrap_or_default().into_iter()),
        });
        named.collect()
    }
}

/// Times for reading, the honest way: with their spread where it is wide, and without a ratio then.
pub(super) fn times(timing: &Timing) -> Vec<String> {
    let shown = |spread: &Spread| milliseconds(spread.median);
    let parallel = if timing.strategy == Strategy::Dag { "parallel" } else { timing.strategy.name() };
    let mut parts =
        vec![format!("{parallel} {}", shown(&timing.dag)), format!("serial {}", shown(&timing.serial))];
    let saved = timing.saved_percent();
    parts.push(if timing.is_noisy() {
        "the machine is too noisy for a ratio".to_owned()
    } else if saved >= 0.0 {
        format!("{saved:.0} % saved ({:.2}×)", timing.ratio())
    } else {
        format!("{parallel} is slower ({:.2}×)", timing.ratio())
    });
    parts.push(format!("median of {}", timing.runs));
    parts
}

/// Times for machines, in microseconds.
pub(super) fn timing_json(timing: &Timing) -> Json {
    let micros = |time: std::time::Duration| Json::from((time.as_nanos() as f64) / 1000.0);
    let spread = |spread: &Spread| json!([micros(spread.low), micros(spread.median), micros(spread.high)]);
    json!({
        "runs": timing.runs,
        "threads": timing.threads,
        "serial_us": spread(&timing.serial),
        (format!("{}_us", timing.strategy)): spread(&timing.dag),
        "work_us": micros(timing.work),
        "critical_path_us": micros(timing.critical_path),
        "saved_percent": timing.saved_percent(),
        "ratio": timing.ratio(),
        "bound": timing.bound(),
        "noisy": timing.is_noisy(),
    })
}

fn line(text: &mut String, label: &str, parts: &[String]) {
    text.push_str(&flowed(&format!("  {label:<10}"), parts, " · "));
}

fn counted(names: impl Iterator<Item = String>) -> Counts {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    names.for_each(|name| *counts.entry(name).or_default() += 1);
    let mut counts: Counts = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

/// `gold.transfer 700`, the first few of them.
fn listed(counts: &Counts, most: usize) -> Vec<String> {
    let mut parts: Vec<String> =
        counts.iter().take(most).map(|(name, count)| format!("{name} {}", grouped(*count))).collect();
    if counts.len() > most {
        parts.push(format!("and {} more", counts.len() - most));
    }
    parts
}

fn differences(outcome: &Outcome, serial: &Outcome) -> Vec<String> {
    let mut found = Vec::new();
    if outcome.state_root != serial.state_root {
        found.push(format!("state root: serial has {}", digest(&serial.state_root)));
    }
    if outcome.receipts_root != serial.receipts_root {
        found.push(format!("receipts root: serial has {}", digest(&serial.receipts_root)));
    }
    let pairs = outcome.receipts.iter().zip(&serial.receipts);
    let other = pairs.enumerate().find(|(_, (one, other))| one != other);
    if let Some((number, (one, other))) = other {
        found.push(format!("transaction {number}: result {} here, {} in serial", one.result, other.result));
    }
    if outcome.receipts.len() != serial.receipts.len() {
        found.push(format!("{} receipts here, {} in serial", outcome.receipts.len(), serial.receipts.len()));
    }
    found
}
