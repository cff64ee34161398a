//! A workload as a table: one row for each block, one column for each strategy.

use super::model::{Comparison, Measured, Setting};
use super::stage::{Opened, Stage};
use crate::args::{Bench as Args, Generate, Sharing};
use crate::failure::Failure;
use crate::measure::race::{COMPARED, Counted};
use crate::measure::{Bench, Machine};
use crate::output::{Output, Progress, bold};
use crate::text::{digits, grouped, plural, right};
use serde_json::{Value as Json, json};

/// The param that is the work of a transaction.
pub(super) const ROUNDS: &str = "rounds";
/// The sizes of Figure 7.
const BLOCKS: [usize; 7] = [500, 1000, 1500, 2000, 2500, 3000, 3500];
/// How often each block is executed with each strategy.
pub(super) const RUNS: usize = 15;

/// The blocks of one table.
pub(super) struct Series<'s> {
    pub(super) args: &'s Args,
    pub(super) bench: &'s Bench,
    pub(super) opened: &'s Opened<'s>,
    pub(super) title: String,
    /// Values for the workload's params.
    pub(super) params: Vec<(&'static str, u64)>,
    pub(super) blocks: Vec<usize>,
    /// The workload's own where there is no other.
    pub(super) correlations: Vec<Option<u64>>,
}

impl Series<'_> {
    /// Rounds to be run.
    pub(super) fn rounds(&self) -> usize {
        self.blocks.len() * self.correlations.len() * self.args.runs.unwrap_or(RUNS)
    }

    /// Times every block, each in every round.
    pub(super) fn run(&self, progress: &mut Progress) -> Result<Vec<Comparison>, Failure> {
        let sizes = self.blocks.iter();
        let blocks: Vec<_> = self
            .correlations
            .iter()
            .flat_map(|correlation| sizes.clone().map(move |size| (*size, *correlation)))
            .collect();
        let scene = |(transactions, correlation): &(usize, Option<u64>)| {
            self.opened.scene(&Generate {
                txs: Some(*transactions),
                sharing: Sharing { correlation: *correlation, ..self.args.sharing },
                param: self.params.iter().map(|(name, value)| format!("{name}={value}")).collect(),
            })
        };
        let scenes = blocks.iter().map(scene).collect::<Result<Vec<_>, _>>()?;
        let places: Vec<_> = scenes.iter().map(|scene| (&scene.world, &scene.block)).collect();
        let runs = self.args.runs.unwrap_or(RUNS);
        let raced = self.bench.races(&places, COMPARED, Counted::Sealed, runs, progress)?;
        let row = |(&(transactions, correlation), raced)| {
            let setting = self.setting(transactions, correlation);
            Comparison::of(&setting, Counted::Sealed, raced)
        };
        Ok(blocks.iter().zip(&raced).map(row).collect())
    }

    fn setting(&self, transactions: usize, correlation: Option<u64>) -> Setting {
        let shape = self.opened.workload().shape;
        Setting {
            work: self.title.clone(),
            work_rounds: self.params.iter().find(|(name, _)| *name == ROUNDS).map_or(0, |(_, it)| *it),
            definition: self.opened.workload().path.clone(),
            transactions,
            correlation: correlation.unwrap_or(shape.correlation),
            variables: self.args.sharing.vars.unwrap_or(shape.vars),
        }
    }
}

/// One table for each amount of work of a project's workload.
pub(super) fn project(args: &Args, stage: &Stage, output: &mut Output) -> Result<(), Failure> {
    let bench = Bench::new(args.workers.count(), None)?;
    let opened = stage.open(args.sharing.seed)?;
    let has_rounds = stage.workload.params.contains_key(ROUNDS);
    let works: Vec<Option<u64>> = match has_rounds {
        true if args.rounds.is_empty() => [0, 1000, 4000].map(Some).to_vec(),
        true => args.rounds.iter().copied().map(Some).collect(),
        false => vec![None],
    };
    let series = works.into_iter().map(|rounds| Series {
        args,
        bench: &bench,
        opened: &opened,
        title: rounds.map_or_else(
            || stage.workload.path.clone(),
            |it| format!("{} of arithmetic", plural(usize::try_from(it).unwrap_or(usize::MAX), "round")),
        ),
        params: rounds.map(|rounds| (ROUNDS, rounds)).into_iter().collect(),
        blocks: if args.txs.is_empty() { BLOCKS.to_vec() } else { args.txs.clone() },
        correlations: vec![args.sharing.correlation],
    });
    show(&stage.app()?.name, &series.collect::<Vec<_>>(), output)
}

/// Runs some series and shows each as a table.
pub(super) fn show(app: &str, series: &[Series<'_>], output: &mut Output) -> Result<(), Failure> {
    let Some(first) = series.first() else { return Ok(()) };
    let (args, threads, machine) = (first.args, first.bench.threads(), Machine::here());
    let mut progress = output.progress("timing", series.iter().map(|it| it.rounds() as u64).sum());
    if !args.shown.is_json() {
        output.result(&head(app, threads, &machine));
    }
    let mut rows = Vec::new();
    for series in series {
        let table = series.run(&mut progress)?;
        match args.shown.is_json() {
            true => rows.extend(table.iter().map(|row| json!(row))),
            false => output.result(&text(&series.title, &table)),
        }
        if output.is_closed() {
            return Ok(());
        }
    }
    if args.shown.is_json() {
        output.json(&document(app, threads, args.sharing.seed, &machine, &rows));
    }
    Ok(())
}

fn document(app: &str, threads: usize, seed: u64, machine: &Machine, rows: &[Json]) -> Json {
    json!({
        "$schema": "urn:mcc:bench:1", "app": app, "machine": machine, "threads": threads, "seed": seed,
        "rows": rows,
    })
}

fn head(app: &str, threads: usize, machine: &Machine) -> String {
    let mut text = format!("{} · {}\n", bold(app), plural(threads, "thread"));
    text.push_str(&format!("{}, {}\n", machine.processor, plural(machine.cores, "core")));
    if let Some(caution) = machine.caution() {
        text.push_str(&format!("{caution}\n"));
    }
    text.push_str(
        "milliseconds, percent saved of serial, each ± half of the middle half; digests\n\
         and state root count; bound: what execution alone could save at best\n",
    );
    text
}

/// Rows of blocks, columns of strategies.
pub(super) fn text(title: &str, table: &[Comparison]) -> String {
    let each = table.last().map_or(0.0, |row| row.work_us / row.transactions.max(1) as f64);
    let mut text = format!("\n{}\n", bold(&format!("{title}: {} µs a transaction", digits(each))));
    text.push_str(&format!(" {}{}", right("txs", 6), right("corr", 6)));
    for strategy in table.iter().take(1).flat_map(|row| &row.results) {
        text.push_str(&right(&strategy.strategy, width(strategy)));
    }
    text.push_str(&format!("{}\n", right("bound", 6)));
    table.iter().for_each(|row| text.push_str(&line(row)));
    if table.iter().any(Comparison::is_noisy) {
        text.push_str(" ? other work was running all the time: do not trust these times\n");
    }
    text
}

fn line(row: &Comparison) -> String {
    let correlation = format!("{} %", row.correlation);
    let mut line = format!(" {}{}", right(&grouped(row.transactions), 6), right(&correlation, 6));
    for result in &row.results {
        let shown = if is_serial(result) { result.time() } else { result.time_and_saved() };
        line.push_str(&right(&shown, width(result)));
    }
    let mark = if row.is_noisy() { " ?" } else { "" };
    format!("{line}{}{mark}\n", right(&format!("{:.0}%", row.bound_percent), 6))
}

fn is_serial(result: &Measured) -> bool {
    result.strategy == "serial"
}

fn width(result: &Measured) -> usize {
    if is_serial(result) { 11 } else { 16 }
}
