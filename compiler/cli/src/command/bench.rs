//! `mcc bench`: serial against parallel execution of generated blocks, interleaved, on this machine.

use super::report::timing_json;
use super::run::{shaped, workload};
use crate::args::{Bench as Args, Generate};
use crate::blockfile::{self, CHAIN};
use crate::compile::{self, Built};
use crate::deploy::deploy;
use crate::directory::Directory;
use crate::failure::{Complaint, Failure};
use crate::funds::fund;
use crate::measure::{Bench, Machine, Spread, Timing, cores};
use crate::output::{Output, Progress, bold};
use crate::project::{Project, WORKLOAD};
use crate::text::{bare_milliseconds, grouped, plural, right};
use crate::workload::{Workload, generate, parse};
use mc_compiler::tree::App;
use mc_runtime::{Strategy, World};
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// The param that is the work of a transaction.
const ROUNDS: &str = "rounds";

/// Prints one table for each amount of work.
pub(super) fn run(args: &Args, output: &mut Output) -> Result<(), Failure> {
    let (built, workload, wanted) = match &args.project {
        Some(directory) => {
            let project = Project::in_directory(directory)?;
            let built = compile::build(&project, args.shown.format(), output)?;
            (built, workload(&project, &Generate::default())?, project.app)
        }
        None => paper()?,
    };
    let app = built.app(wanted.as_deref())?;
    let threads = args.threads.unwrap_or_else(cores);
    if args.runs == 0 {
        return Err(Failure::unable("`--runs` must be at least 1"));
    }
    let series = Series { args, built: &built, app, workload: &workload, bench: Bench::new(threads, None)? };
    let machine = Machine::here();
    let rounds: Vec<Option<u64>> = match workload.params.contains_key(ROUNDS) {
        true => args.rounds.iter().copied().map(Some).collect(),
        false => vec![None],
    };
    let mut progress = output.progress("timing", (rounds.len() * args.txs.len() * args.runs) as u64);
    if !args.shown.is_json() {
        output.result(&head(args, app, &workload, threads, &machine));
    }
    let mut rows = Vec::new();
    for rounds in rounds {
        let table = series.table(rounds, &mut progress)?;
        if args.shown.is_json() {
            rows.extend(table.iter().map(|row| row.json(rounds)));
        } else {
            output.result(&text(rounds, &table, &workload));
        }
        if output.is_closed() {
            return Ok(());
        }
    }
    if args.shown.is_json() {
        output.json(&json!({
            "$schema": "urn:mcc:bench:1", "app": app.name, "machine": machine, "threads": threads,
            "seed": args.seed, "rows": rows,
        }));
    }
    Ok(())
}

/// The paper's experiment, as it is embedded.
fn paper() -> Result<(Built, Workload, Option<String>), Failure> {
    let missing = || Failure::unable("the paper's experiment is not embedded");
    let example = mc_stdlib::example("paper").ok_or_else(missing)?;
    let built = compile::embedded(example)?;
    let workload = parse::parse(WORKLOAD, example.text(WORKLOAD).ok_or_else(missing)?)?;
    Ok((built, workload, None))
}

struct Series<'s> {
    args: &'s Args,
    built: &'s Built,
    app: &'s App,
    workload: &'s Workload,
    bench: Bench,
}

/// A block size and its times.
struct Row {
    transactions: usize,
    edges: usize,
    depth: usize,
    timing: Timing,
}

impl Series<'_> {
    fn table(&self, rounds: Option<u64>, progress: &mut Progress) -> Result<Vec<Row>, Failure> {
        self.args.txs.iter().map(|transactions| self.row(*transactions, rounds, progress)).collect()
    }

    fn row(&self, transactions: usize, rounds: Option<u64>, progress: &mut Progress) -> Result<Row, Failure> {
        let flags = Generate {
            seed: self.args.seed,
            txs: Some(transactions),
            correlation: self.args.correlation,
            vars: self.args.vars,
            group: self.args.group,
            param: rounds.map(|rounds| format!("{ROUNDS}={rounds}")).into_iter().collect(),
        };
        let workload = shaped(self.workload.clone(), &flags)?;
        let directory = Directory::new(self.app, &self.built.compiled, CHAIN);
        let drafts = generate::generate(&workload, &directory, flags.seed).map_err(Failure::Unable)?;
        let mut blocks = blockfile::resolve(&drafts, &directory, &workload.path).map_err(Failure::Unable)?;
        let mut world: World = deploy(self.app, &self.built.compiled, &directory, workload.shape.time)?;
        fund(&mut world, &directory, &drafts, &blocks)?;
        let measured = blocks.pop().ok_or_else(|| Complaint::new("the workload sends nothing"))?;
        for block in blocks {
            let outcome = self.bench.execute(&world, &Arc::new(block), Strategy::Serial)?;
            world.commit(&outcome).map_err(|error| Failure::unable(error.to_string()))?;
        }
        let block = Arc::new(measured);
        let outcome = self.bench.execute(&world, &block, Strategy::Dag)?;
        let serial = self.bench.execute(&world, &block, Strategy::Serial)?;
        if (outcome.state_root, outcome.receipts_root) != (serial.state_root, serial.receipts_root) {
            return Err(Failure::unable(
                "parallel and serial execution differ, so there is nothing to compare",
            ));
        }
        let timing = self.bench.time(&world, &block, (Strategy::Dag, self.args.runs), progress)?;
        Ok(Row { transactions, edges: outcome.stats.edges, depth: outcome.stats.depth, timing })
    }
}

impl Row {
    fn json(&self, rounds: Option<u64>) -> Json {
        json!({
            "transactions": self.transactions, "rounds": rounds, "edges": self.edges, "depth": self.depth,
            "timing": timing_json(&self.timing),
        })
    }

    fn text(&self) -> String {
        let timing = &self.timing;
        let ms = |spread: &Spread| {
            let [median, low, high] = [spread.median, spread.low, spread.high].map(bare_milliseconds);
            format!("{median} ({low}–{high})")
        };
        let (saved, ratio) = match timing.is_noisy() {
            true => ("noisy".to_owned(), "–".to_owned()),
            false => (format!("{:.0} %", timing.saved_percent()), format!("{:.2}×", timing.ratio())),
        };
        let columns = [
            right(&grouped(self.transactions), 6),
            right(&ms(&timing.serial), 22),
            right(&ms(&timing.dag), 22),
            right(&saved, 7),
            right(&ratio, 7),
            right(&format!("{:.2}×", timing.bound()), 7),
        ];
        format!(" {}\n", columns.concat())
    }
}

fn head(args: &Args, app: &App, workload: &Workload, threads: usize, machine: &Machine) -> String {
    let shape = &workload.shape;
    let correlation = args.correlation.unwrap_or(shape.correlation);
    let vars = args.vars.unwrap_or(shape.vars);
    let mut text = format!("{} · {}", bold(&app.name), plural(threads, "thread"));
    if workload.shares() {
        text.push_str(&format!(
            " · correlation {correlation} % · {} each",
            plural(usize_of(vars), "shared variable")
        ));
    }
    text.push_str(&format!("\n{}, {}\n", machine.processor, plural(machine.cores, "core")));
    if let Some(caution) = machine.caution() {
        text.push_str(&format!("{caution}\n"));
    }
    text.push_str(&format!(
        "milliseconds: median (middle half) of {}, serial and parallel in turns\n\
         bound: what work, longest chain and threads allow for execution alone\n",
        plural(args.runs, "run")
    ));
    text
}

fn usize_of(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn text(rounds: Option<u64>, table: &[Row], workload: &Workload) -> String {
    let mut text = String::from("\n");
    if let (Some(rounds), Some(row)) = (rounds, table.last()) {
        let each = row.timing.work.as_nanos() as f64 / 1000.0 / row.transactions.max(1) as f64;
        let rounds = plural(usize_of(rounds), "round");
        let what = format!("{rounds} of arithmetic: {each:.1} µs a transaction");
        text.push_str(&format!("{}\n", bold(&what)));
    } else {
        text.push_str(&format!("{}\n", bold(&workload.path)));
    }
    let heads = [
        right("txs", 6),
        right("serial", 22),
        right("parallel", 22),
        right("saved", 7),
        right("ratio", 7),
        right("bound", 7),
    ];
    text.push_str(&format!(" {}\n", heads.concat()));
    table.iter().for_each(|row| text.push_str(&row.text()));
    if table.iter().any(|row| row.timing.is_noisy()) {
        text.push_str(" noisy: times varied by more than a quarter of their median; no ratio is given\n");
    }
    text
}
