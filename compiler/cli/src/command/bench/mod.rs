//! `mcc bench`: strategies against each other on generated blocks, interleaved, on this machine.
//!
//! [`stage`] makes the blocks. [`series`] times the workload of a project, or one of [`workloads`], as a table;
//! [`paper`] is the experiment of the paper, whose result, [`model`], is shown by [`tables`], drawn by [`plot`] and
//! put on a [`page`]; [`bars`] compares it with what was asked for, [`ground`] what needs a large state.

pub mod stage;
pub mod model;
mod series;
mod workloads;
mod bars;
mod paper;
mod ground;
mod tables;
mod plot;
mod page;

use crate::args::Bench as Args;
use crate::failure::{Complaint, Failure};
use crate::output::Output;
use crate::project::WORKLOAD;
use serde_json::json;
use stage::Stage;
use std::path::Path;

/// Times what is asked for.
pub(super) fn run(args: &Args, output: &mut Output) -> Result<(), Failure> {
    if args.runs == Some(0) {
        return Err(Failure::unable("`--runs` must be at least 1"));
    }
    let what = args.what.as_deref();
    if let (Some(_), false) = (&args.report, what == Some("paper")) {
        return Err(Failure::unable("`--report` goes with `mcc bench paper`"));
    }
    match what {
        None => series::project(args, &Stage::embedded("paper", WORKLOAD)?, output),
        Some("paper") => experiment(args, output),
        Some("bars") => all_bars(args, output),
        Some("all") => workloads::all(args, output),
        Some(name) => match workloads::named(name) {
            Some(workload) => workloads::one(args, workload, output),
            None if Path::new(name).is_dir() => {
                let stage = Stage::of_project(Path::new(name), args.shown.format(), output)?;
                series::project(args, &stage, output)
            }
            None => {
                let known = workloads::names().chain(["paper", "bars", "all"]);
                Err(Complaint::new(format!("`{name}` is no workload and no project's directory"))
                    .nearest(name, known)
                    .into())
            }
        },
    }
}

fn experiment(args: &Args, output: &mut Output) -> Result<(), Failure> {
    let paper = paper::measure(args, args.workers.count(), output)?;
    if let Some(directory) = &args.report {
        page::write(&paper, directory)?;
        output.status(&format!("wrote {}\n", directory.join(page::NAME).display()));
    }
    match args.shown.is_json() {
        true => output.json(&paper),
        false => output.result(&tables::text(&paper)),
    }
    Ok(())
}

/// The bars of the experiment, and those that need a large state.
fn all_bars(args: &Args, output: &mut Output) -> Result<(), Failure> {
    let threads = args.workers.count();
    let paper = paper::measure(args, threads, output)?;
    let ground = ground::measure(args, threads, output)?;
    let all: Vec<_> = paper.bars.iter().chain(&ground.bars).cloned().collect();
    if args.shown.is_json() {
        output.json(&json!({
            "$schema": "urn:mcc:bench-bars:1", "machine": paper.machine, "threads": threads,
            "before": paper.before, "after": paper.after, "rounds": paper.rounds, "quiet": paper.quiet,
            "bars": all, "bytes_of_a_cell": ground.bytes_of_a_cell,
            "bytes_of_a_transaction": ground.bytes_of_a_transaction,
        }));
        return Ok(());
    }
    output.result(&format!("{}\n{}{}", tables::head(&paper), bars::text(&all), ground.text()));
    Ok(())
}
