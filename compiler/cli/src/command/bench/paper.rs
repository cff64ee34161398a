//! The experiment of the paper: what is measured for Table 1 and Figures 5, 6 and 7.

use super::bars;
use super::model::{Comparison, Exponent, Paper, Range, SCHEMA, Setting, Split};
use super::stage::{Opened, Scene, Stage};
use crate::args::Bench as Args;
use crate::failure::Failure;
use crate::measure::ceiling::Ceiling;
use crate::measure::growth::Growth;
use crate::measure::race::{COMPARED, Counted, Raced};
use crate::measure::{Bench, Machine};
use crate::output::{Output, Progress};
use crate::project::WORKLOAD;
use crate::workload::{Shape, Source};
use mc_runtime::Strategy;

/// The amounts of work: what they are called, and microseconds of arithmetic in a transaction.
const WORKS: [(&str, f64); 5] = [("bare", 0.0), ("1 µs", 1.0), ("2 µs", 2.0), ("5 µs", 5.0), ("20 µs", 20.0)];
/// Comparing every two transactions is bearable up to so many of them.
const PAIRWISE_MAX: usize = 20_000;
/// Who finds out beforehand what must wait, so that there is a split to be timed.
const SPLITTERS: [&str; 2] = ["paper", "dag"];
/// The default number of rounds of a race, and of a split.
const RUNS: (usize, usize) = (15, 5);

/// Who correlates with whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Definition {
    /// Tens that share all their variables: what `stdlib/examples/paper` sends.
    Tens,
    /// Twos that share all their variables.
    Pairs,
    /// All that correlate share all their variables.
    Chain,
    /// Every variable is drawn from one pool.
    Pool,
}

impl Definition {
    pub(super) const COMPARED: [Self; 3] = [Self::Pairs, Self::Chain, Self::Pool];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Tens => "tens",
            Self::Pairs => "pairs",
            Self::Chain => "hot chain",
            Self::Pool => "uniform pool",
        }
    }

    fn group(self) -> usize {
        match self {
            Self::Pairs => 2,
            Self::Chain => 1_000_000,
            Self::Tens | Self::Pool => 10,
        }
    }
}

/// The sizes that are measured.
struct Plan {
    variables: Vec<u64>,
    splits: Vec<usize>,
    blocks: Vec<usize>,
    works: Vec<&'static str>,
    correlations: Vec<u64>,
    /// Rounds of a race, and of a split.
    runs: (usize, usize),
}

impl Plan {
    fn new(args: &Args) -> Self {
        let runs = args.runs.unwrap_or(if args.quick { 3 } else { RUNS.0 });
        if args.quick {
            return Self {
                variables: vec![1, 5, 20],
                splits: vec![500, 1000, 2000],
                blocks: vec![500, 2000],
                works: vec!["bare", "5 µs"],
                correlations: vec![10, 100],
                runs: (runs, runs.min(2)),
            };
        }
        Self {
            variables: (1..=20).collect(),
            splits: vec![500, 1000, 2000, 3500, 5000, 10_000, 20_000, 50_000, 100_000],
            blocks: (1..=7).map(|five_hundreds| five_hundreds * 500).collect(),
            works: WORKS.map(|(name, _)| name).to_vec(),
            correlations: vec![0, 10, 50, 100],
            runs: (runs, runs.min(RUNS.1)),
        }
    }

    fn rounds(&self) -> usize {
        let races = self.works.len() * (1 + self.blocks.len()) + 3 * self.correlations.len();
        races * self.runs.0 + (self.variables.len() + self.splits.len()) * self.runs.1
    }
}

/// The app of the experiment, and who executes it.
pub(super) struct Laboratory<'l> {
    pub(super) bench: Bench,
    pub(super) opened: Opened<'l>,
    /// What one turn of arithmetic takes, in nanoseconds.
    pub(super) round: f64,
}

impl<'l> Laboratory<'l> {
    pub(super) fn stage() -> Result<Stage, Failure> {
        Stage::embedded("paper", WORKLOAD)
    }

    pub(super) fn new(stage: &'l Stage, threads: usize, seed: u64) -> Result<Self, Failure> {
        let bench = Bench::new(threads, None)?;
        let mut laboratory = Self { bench, opened: stage.open(seed)?, round: 1.0 };
        laboratory.round = laboratory.calibrate()?;
        Ok(laboratory)
    }

    /// The difference that many turns make, shared among them.
    fn calibrate(&self) -> Result<f64, Failure> {
        const TURNS: u64 = 20_000;
        const TRANSACTIONS: usize = 100;
        let time = |rounds: u64| -> Result<f64, Failure> {
            let scene = self.scene(Definition::Tens, TRANSACTIONS, 0, 1, rounds)?;
            let mut times = Vec::new();
            for _ in 0..5 {
                let outcome = self.bench.execute(&scene.world, &scene.block, Strategy::Serial)?;
                times.push(outcome.stats.execute.as_nanos() as f64);
            }
            Ok(times.into_iter().fold(f64::INFINITY, f64::min))
        };
        let turns = (TURNS * TRANSACTIONS as u64) as f64;
        Ok(((time(TURNS)? - time(0)?) / turns).max(0.01))
    }

    /// So many turns of arithmetic take so many microseconds.
    pub(super) fn rounds_of(&self, microseconds: f64) -> u64 {
        (1000.0 * microseconds / self.round).round() as u64
    }

    /// A block of the experiment, on a state that has every cell it touches.
    pub(super) fn scene(
        &self,
        definition: Definition,
        transactions: usize,
        correlation: u64,
        vars: u64,
        rounds: u64,
    ) -> Result<Scene, Failure> {
        let mut workload = self.opened.workload().clone();
        let group = definition.group();
        workload.shape = Shape { transactions, correlation, vars, group, ..workload.shape };
        workload.params.insert("rounds".to_owned(), rounds);
        if definition == Definition::Pool {
            for (_, template) in &mut workload.calls {
                "paper.visit".clone_into(&mut template.call);
                let places = Source::Several(Box::new(Source::Pooled), Box::new(Source::Vars));
                let rounds = Source::Param("rounds".to_owned());
                template.args = vec![("places".to_owned(), places), ("rounds".to_owned(), rounds)];
            }
        }
        self.opened.scene_of(workload)?.again()
    }
}

/// Measures everything.
pub(super) fn measure(args: &Args, threads: usize, output: &Output) -> Result<Paper, Failure> {
    let plan = Plan::new(args);
    let before = Ceiling::measure(threads);
    let stage = Laboratory::stage()?;
    let laboratory = Laboratory::new(&stage, threads, args.sharing.seed)?;
    let progress = output.progress("timing", plan.rounds() as u64);
    let mut experiment = Experiment { laboratory: &laboratory, plan, progress, rounds: 0, quiet: 0 };
    let defaults = Shape::default();
    let mut figure_5 = Vec::new();
    for variables in experiment.plan.variables.clone() {
        figure_5.extend(experiment.split(defaults.transactions, variables)?);
    }
    let mut figure_6 = Vec::new();
    for transactions in experiment.plan.splits.clone() {
        figure_6.extend(experiment.split(transactions, defaults.vars)?);
    }
    let growth = growth(&figure_5, "variables", |split| split.variables as usize)
        .chain(growth(&figure_6, "transactions", |split| split.transactions))
        .collect();
    let (table_1, figure_7) = experiment.sizes()?;
    let correlation = experiment.correlation()?;
    let mut paper = Paper {
        schema: SCHEMA,
        machine: Machine::here(),
        threads,
        seed: args.sharing.seed,
        quick: args.quick,
        nanoseconds_of_a_round: laboratory.round,
        before,
        after: Ceiling::measure(threads),
        rounds: experiment.rounds,
        quiet: experiment.quiet,
        figure_5,
        figure_6,
        growth,
        table_1,
        figure_7,
        correlation,
        bars: Vec::new(),
    };
    paper.bars = bars::of_paper(&paper);
    Ok(paper)
}

struct Experiment<'e> {
    laboratory: &'e Laboratory<'e>,
    plan: Plan,
    progress: Progress,
    rounds: usize,
    quiet: usize,
}

impl Experiment<'_> {
    fn races(
        &mut self,
        scenes: &[Scene],
        strategies: &[Strategy],
        counted: Counted,
        runs: usize,
    ) -> Result<Vec<Raced>, Failure> {
        let places: Vec<_> = scenes.iter().map(|scene| (&scene.world, &scene.block)).collect();
        let bench = &self.laboratory.bench;
        let all = bench.races(&places, strategies, counted, runs, &mut self.progress)?;
        self.rounds += all.iter().map(|raced| raced.rounds.len()).sum::<usize>();
        self.quiet += all.iter().map(Raced::quiet).sum::<usize>();
        Ok(all)
    }

    /// The split of one block by each strategy that splits.
    fn split(&mut self, transactions: usize, variables: u64) -> Result<Vec<Split>, Failure> {
        let correlation = Shape::default().correlation;
        let scene = self.laboratory.scene(Definition::Tens, transactions, correlation, variables, 0)?;
        let splits = |strategy: &&Strategy| {
            let name = strategy.name();
            let bearable = name != "paper" || transactions <= PAIRWISE_MAX;
            SPLITTERS.contains(&name) && bearable
        };
        let strategies: Vec<Strategy> = COMPARED.iter().filter(splits).copied().collect();
        let raced = self.races(&[scene], &strategies, Counted::Plain, self.plan.runs.1)?;
        let split = |raced: &Raced, (place, strategy): (usize, &Strategy)| Split {
            strategy: strategy.name().to_owned(),
            transactions,
            variables,
            us: Range::from(raced.spread(place, |lap| lap.split())),
            order_us: Range::from(raced.spread(place, |lap| lap.order)),
            order_each: raced.each(place, |lap| lap.order),
        };
        let splits = |raced| strategies.iter().enumerate().map(move |strategy| split(raced, strategy));
        Ok(raced.iter().flat_map(splits).collect())
    }

    /// All strategies on blocks of so many transactions, of which so many correlate, each block in every round.
    fn compare(
        &mut self,
        work: &str,
        definition: Definition,
        blocks: &[(usize, u64)],
        counted: Counted,
    ) -> Result<Vec<Comparison>, Failure> {
        let microseconds = WORKS.iter().find(|(name, _)| *name == work).map_or(0.0, |(_, it)| *it);
        let work_rounds = self.laboratory.rounds_of(microseconds);
        let variables = Shape::default().vars;
        let scene = |(transactions, correlation): &(usize, u64)| {
            self.laboratory.scene(definition, *transactions, *correlation, variables, work_rounds)
        };
        let scenes = blocks.iter().map(scene).collect::<Result<Vec<_>, _>>()?;
        let raced = self.races(&scenes, COMPARED, counted, self.plan.runs.0)?;
        let comparison = |(&(transactions, correlation), raced): (&(usize, u64), &Raced)| {
            let (work, definition) = (work.to_owned(), definition.name().to_owned());
            let setting = Setting { work, work_rounds, definition, transactions, correlation, variables };
            Comparison::of(&setting, counted, raced)
        };
        Ok(blocks.iter().zip(&raced).map(comparison).collect())
    }

    /// Table 1 and Figure 7. What Table 1 tells without digests is Figure 7's block of that size.
    fn sizes(&mut self) -> Result<(Vec<Comparison>, Vec<Comparison>), Failure> {
        let Shape { transactions, correlation, .. } = Shape::default();
        let (mut table, mut figure) = (Vec::new(), Vec::new());
        let blocks: Vec<_> = self.plan.blocks.iter().map(|size| (*size, correlation)).collect();
        for work in self.plan.works.clone() {
            let plain = self.compare(work, Definition::Tens, &blocks, Counted::Plain)?;
            let sealed =
                self.compare(work, Definition::Tens, &[(transactions, correlation)], Counted::Sealed)?;
            table.extend(plain.iter().find(|row| row.transactions == transactions).cloned());
            table.extend(sealed);
            figure.extend(plain);
        }
        Ok((table, figure))
    }

    fn correlation(&mut self) -> Result<Vec<Comparison>, Failure> {
        let transactions = Shape::default().transactions;
        let blocks: Vec<_> = self.plan.correlations.iter().map(|percent| (transactions, *percent)).collect();
        let mut comparisons = Vec::new();
        for definition in Definition::COMPARED {
            comparisons.extend(self.compare("2 µs", definition, &blocks, Counted::Plain)?);
        }
        Ok(comparisons)
    }
}

/// How each strategy's split grows with a size.
fn growth<'s>(
    splits: &'s [Split],
    with: &'s str,
    size: fn(&Split) -> usize,
) -> impl Iterator<Item = Exponent> + 's {
    SPLITTERS.iter().filter_map(move |strategy| {
        let own: Vec<&Split> = splits.iter().filter(|split| split.strategy == *strategy).collect();
        let points: Vec<(f64, f64)> = own.iter().map(|it| (size(it) as f64, it.us.median)).collect();
        let from_to = (size(own.first()?), size(own.last()?));
        let growth = Growth::of(&points)?;
        Some(Exponent { strategy: (*strategy).to_owned(), with: with.to_owned(), from_to, growth })
    })
}
