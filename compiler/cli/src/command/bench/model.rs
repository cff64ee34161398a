//! What was measured, as data: the form that tables, plots, pages and `--json` are made from.

use crate::measure::ceiling::Ceiling;
use crate::measure::growth::Growth;
use crate::measure::race::{Counted, Raced};
use crate::measure::replay::replay;
use crate::measure::{Machine, Quartiles};
use crate::text::digits;
use schemars::JsonSchema;
use serde::Serialize;

/// The name of the format of `mcc bench paper --json`.
pub const SCHEMA: &str = "urn:mcc:bench-paper:1";

/// The experiment of the paper, measured.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "PaperExperiment", extend("$id" = SCHEMA))]
pub struct Paper {
    /// The name of this format.
    #[serde(rename = "$schema")]
    #[schemars(extend("const" = SCHEMA))]
    pub schema: &'static str,
    /// Where it was measured.
    pub machine: Machine,
    /// The worker threads.
    pub threads: usize,
    /// What decides everything that is random.
    pub seed: u64,
    /// True if fewer sizes and runs were measured than the paper has.
    pub quick: bool,
    /// What one turn of a contract's arithmetic takes.
    pub nanoseconds_of_a_round: f64,
    /// What the machine gained from its cores before.
    pub before: Ceiling,
    /// What it gained afterwards.
    pub after: Ceiling,
    /// Rounds that were measured.
    pub rounds: usize,
    /// Rounds in which arithmetic scaled as on a machine with nothing else to do; only those count.
    pub quiet: usize,
    /// Figure 5: split time against shared variables.
    pub figure_5: Vec<Split>,
    /// Figure 6: split time against transactions in the block.
    pub figure_6: Vec<Split>,
    /// How the split grows.
    pub growth: Vec<Exponent>,
    /// Table 1: the default values, for each amount of work, with digests and without.
    pub table_1: Vec<Comparison>,
    /// Figure 7: serial against parallel, for each amount of work.
    pub figure_7: Vec<Comparison>,
    /// Three definitions of the paper's correlation.
    pub correlation: Vec<Comparison>,
    /// What was asked for, and what came out.
    pub bars: Vec<Bar>,
}

/// How long a block's split takes.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Split {
    /// The strategy.
    pub strategy: String,
    /// Transactions in the block.
    pub transactions: usize,
    /// Shared variables in a transaction.
    pub variables: u64,
    /// Finding out what the transactions touch, and ordering them, in microseconds.
    pub us: Range,
    /// The last part of it, in which every cell has its place already.
    pub order_us: Range,
    /// The same for each round that counts.
    pub order_each: Vec<f64>,
}

impl Split {
    /// Nanoseconds for each transaction.
    #[must_use]
    pub fn nanoseconds_each(&self) -> f64 {
        1000.0 * self.us.median / self.transactions.max(1) as f64
    }
}

/// How the split of one strategy grows with one size.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Exponent {
    /// The strategy.
    pub strategy: String,
    /// `transactions` or `variables`.
    pub with: String,
    /// The least and the greatest size.
    pub from_to: (usize, usize),
    /// The power law.
    pub growth: Growth,
}

/// Quartiles.
#[derive(Clone, Copy, Debug, Default, Serialize, JsonSchema)]
pub struct Range {
    /// A quarter is lower.
    pub low: f64,
    /// Half is lower.
    pub median: f64,
    /// A quarter is higher.
    pub high: f64,
}

impl From<Quartiles> for Range {
    fn from(Quartiles { low, median, high }: Quartiles) -> Self {
        Self { low, median, high }
    }
}

/// Strategies on one block.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Comparison {
    /// How much work a transaction does besides: `bare`, `1 µs`, ….
    pub work: String,
    /// The same in turns of arithmetic.
    pub work_rounds: u64,
    /// True if digests and state root count.
    pub sealed: bool,
    /// Who correlates with whom.
    pub definition: String,
    /// Transactions in the block.
    pub transactions: usize,
    /// Percentage of them that correlate.
    pub correlation: u64,
    /// Shared variables in a transaction.
    pub variables: u64,
    /// Pairs that had to be ordered.
    pub edges: usize,
    /// The longest chain of them.
    pub depth: usize,
    /// All transactions one after the other, without anything around them, in microseconds.
    pub work_us: f64,
    /// The longest chain.
    pub critical_path_us: f64,
    /// What work, longest chain and threads allow to be saved of execution alone, in percent.
    pub bound_percent: f64,
    /// Rounds that were measured.
    pub rounds: usize,
    /// Rounds in which the machine was quiet. If there is none, all of them count, and nothing should be believed.
    pub quiet: usize,
    /// Each strategy's times.
    pub results: Vec<Measured>,
}

/// The times of one strategy.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Measured {
    /// The strategy.
    pub strategy: String,
    /// Everything that counts, in microseconds.
    pub us: Range,
    /// Finding out what the transactions touch.
    pub evaluate_us: Range,
    /// Giving the cells their places and values.
    pub intern_us: Range,
    /// Ordering them.
    pub order_us: Range,
    /// Executing them.
    pub execute_us: Range,
    /// Collecting what they have written, and what became of them.
    pub commit_us: Range,
    /// Digesting it; part of what counts only where digests do.
    pub digest_us: Range,
    /// What was saved of the serial time of the same round, in percent.
    pub saved_percent: Range,
    /// The same for each round that counts.
    pub saved_each: Vec<f64>,
    /// Executions that were done once more, or given up, in all rounds together.
    pub again: usize,
    /// A simulation with the paper's twelve threads.
    pub simulated: Option<Simulated>,
}

impl Measured {
    /// `12.3 ±0.2`: milliseconds, with half of the middle half.
    #[must_use]
    pub fn time(&self) -> String {
        let half = (self.us.high - self.us.low) / 2000.0;
        format!("{} ±{}", digits(self.us.median / 1000.0), digits(half))
    }

    /// `6.9 44% ±1`: milliseconds and what they save, with half of the middle half of that.
    #[must_use]
    pub fn time_and_saved(&self) -> String {
        let saved = &self.saved_percent;
        let half = (saved.high - saved.low) / 2.0;
        format!("{} {:.0}% ±{half:.0}", digits(self.us.median / 1000.0), saved.median)
    }
}

/// Not measured: measured times, replayed through the order with more threads than the machine has.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct Simulated {
    /// The threads.
    pub threads: usize,
    /// The split as it was measured and the replayed execution, in microseconds.
    pub us: f64,
    /// What that saves of the measured serial time, in percent.
    pub saved_percent: f64,
}

/// One thing that was asked for.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Bar {
    /// What.
    pub name: String,
    /// Of what.
    pub unit: String,
    /// What it has to be at least, or at most.
    pub needed: f64,
    /// What we aim at.
    pub aim: Option<f64>,
    /// True if more is better.
    pub more_is_better: bool,
    /// The median of the rounds that count.
    pub measured: f64,
    /// Rounds that count.
    pub rounds: usize,
    /// Rounds that met it.
    pub met: usize,
    /// True if the machine was never quiet, so that all rounds count.
    pub noisy: bool,
}

impl Bar {
    /// A bar from what was measured in each round: needed, aim, and whether more is better.
    #[must_use]
    pub fn new(
        name: &str,
        unit: &str,
        (needed, aim, more_is_better): (f64, Option<f64>, bool),
        rounds: Vec<f64>,
        noisy: bool,
    ) -> Self {
        let meets = |value: &&f64| if more_is_better { **value >= needed } else { **value <= needed };
        let met = rounds.iter().filter(meets).count();
        let (count, measured) = (rounds.len(), Quartiles::of(rounds).median);
        let (name, unit) = (name.to_owned(), unit.to_owned());
        Self { name, unit, needed, aim, more_is_better, measured, rounds: count, met, noisy }
    }

    /// Whether it is met, in one character.
    #[must_use]
    pub fn mark(&self) -> &'static str {
        match (self.noisy, self.is_met()) {
            (true, _) => "?",
            (false, true) => "✓",
            (false, false) => "✗",
        }
    }

    /// True if the median meets it.
    #[must_use]
    pub fn is_met(&self) -> bool {
        let least =
            if self.more_is_better { self.measured - self.needed } else { self.needed - self.measured };
        self.rounds > 0 && least >= 0.0
    }
}

/// What a block was generated with.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    pub(super) work: String,
    pub(super) work_rounds: u64,
    pub(super) definition: String,
    pub(super) transactions: usize,
    pub(super) correlation: u64,
    pub(super) variables: u64,
}

/// How many threads the paper has.
const PAPERS_THREADS: usize = 12;

impl Comparison {
    /// A race as data.
    pub(super) fn of(setting: &Setting, counted: Counted, raced: &Raced) -> Self {
        let Setting { work, work_rounds, definition, transactions, correlation, variables } = setting.clone();
        let (work_us, critical_path_us) = raced.work_and_path();
        let (edges, depth) = raced.edges_and_depth;
        Self {
            work,
            work_rounds,
            sealed: counted == Counted::Sealed,
            definition,
            transactions,
            correlation,
            variables,
            edges,
            depth,
            work_us,
            critical_path_us,
            bound_percent: raced.bound_percent(),
            rounds: raced.rounds.len(),
            quiet: raced.quiet(),
            results: (0..raced.strategies.len()).filter_map(|place| measured(raced, place)).collect(),
        }
    }

    /// The times of a strategy.
    #[must_use]
    pub fn result(&self, strategy: &str) -> Option<&Measured> {
        self.results.iter().find(|result| result.strategy == strategy)
    }

    /// True if the machine was never quiet.
    #[must_use]
    pub fn is_noisy(&self) -> bool {
        self.quiet == 0
    }
}

fn measured(raced: &Raced, place: usize) -> Option<Measured> {
    let strategy = raced.strategies.get(place)?;
    let saved = raced.saved(place);
    let range = |part: fn(&crate::measure::race::Lap) -> f64| Range::from(raced.spread(place, part));
    Some(Measured {
        strategy: strategy.name().to_owned(),
        us: range(|lap| lap.total),
        evaluate_us: range(|lap| lap.evaluate),
        intern_us: range(|lap| lap.intern),
        order_us: range(|lap| lap.order),
        execute_us: range(|lap| lap.execute),
        commit_us: range(|lap| lap.commit),
        digest_us: range(|lap| lap.digest),
        saved_percent: Quartiles::of(saved.clone()).into(),
        saved_each: saved,
        again: raced.rounds.iter().filter_map(|round| round.laps.get(place)).map(|lap| lap.again).sum(),
        simulated: simulated(raced, place),
    })
}

/// The block with twelve threads: what was measured outside of execution, and execution replayed.
fn simulated(raced: &Raced, place: usize) -> Option<Simulated> {
    let order = raced.orders.get(place)?.as_deref()?;
    let replayed = replay(order, &raced.alone, PAPERS_THREADS) as f64 / 1000.0;
    let us = raced.spread(place, |lap| lap.total - lap.execute).median + replayed;
    let serial = raced.spread(0, |lap| lap.total).median;
    let saved_percent = if serial > 0.0 { 100.0 * (serial - us) / serial } else { 0.0 };
    Some(Simulated { threads: PAPERS_THREADS, us, saved_percent })
}

/// The JSON Schema of `mcc bench paper --json`.
#[must_use]
pub fn schema() -> String {
    let schema = schemars::schema_for!(Paper);
    // A schema of texts and numbers always serialises.
    serde_json::to_string_pretty(&schema).map(|text| text + "\n").unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_met_by_the_median_and_counted_by_rounds() {
        let more = Bar::new("saved", "%", (40.0, Some(44.0), true), vec![39.0, 41.0, 45.0], false);
        assert!(more.is_met());
        assert_eq!((more.measured, more.met, more.rounds), (41.0, 2, 3));
        let less = Bar::new("split", "ns", (120.0, Some(60.0), false), vec![150.0, 130.0, 90.0], false);
        assert!(!less.is_met());
        assert_eq!((less.measured, less.met), (130.0, 1));
        assert!(!Bar::new("nothing", "%", (1.0, None, false), Vec::new(), false).is_met());
    }
}
