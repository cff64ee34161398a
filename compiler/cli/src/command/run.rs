//! `mcc run`: deploys an app, runs blocks on it, and says what ran, what conflicted, and what was saved.

use super::input::Input;
use super::report::{Report, Scene};
use crate::args::Run;
use crate::compile;
use crate::deploy::deploy;
use crate::directory::Directory;
use crate::failure::Failure;
use crate::measure::{Bench, Machine};
use crate::output::{Output, bold};
use crate::people::People;
use crate::text::plural;
use mc_runtime::{Block, Strategy, World};
use serde_json::json;
use std::sync::Arc;

/// Runs a project's generated block, or the blocks of a file.
pub(super) fn run(args: &Run, output: &mut Output) -> Result<(), Failure> {
    let input = Input::read(&args.subject)?;
    let built = compile::build(&input.project, args.shown.format(), output)?;
    let app = input.app(&args.subject, &built)?;
    let chain = input.chain();
    let directory = Directory::new(app, &built.compiled, &chain);
    let course = input.course(&args.subject, &directory, output)?;
    let mut people = People::new(&directory, &course.drafts);
    people.add("alice");
    let mut world = deploy(app, &built.compiled, &directory, course.time)?;
    course.prepare(&mut world, &directory)?;
    let threads = args.workers.count();
    if !args.shown.is_json() {
        let (app, containers) = (bold(&app.name), plural(directory.containers.len(), "container"));
        output.result(&format!("{app} on chain {chain} · {containers} · {}\n", plural(threads, "thread")));
    }
    let machine = Machine::here();
    if let (Some(caution), true) = (machine.caution(), args.runs > 0) {
        output.warning(&caution);
    }
    let stage = Stage { args, people: &people, bench: Bench::new(threads, None)? };
    let reports = stage.run(world, &directory, course.blocks, output)?;
    if args.shown.is_json() {
        let blocks: Vec<_> = reports.iter().map(|report| report.json(&people)).collect();
        output.json(&json!({
            "$schema": "urn:mcc:run:1", "app": directory.app, "chain": chain, "threads": threads,
            "machine": machine, "blocks": blocks,
        }));
    }
    if reports.iter().any(Report::differs) { Err(Failure::Findings) } else { Ok(()) }
}

struct Stage<'s> {
    args: &'s Run,
    people: &'s People<'s>,
    bench: Bench,
}

impl Stage<'_> {
    /// Runs the blocks one after the other, each on the state that the one before it leaves.
    fn run(
        &self,
        mut world: World,
        directory: &Directory<'_>,
        blocks: Vec<Block>,
        output: &mut Output,
    ) -> Result<Vec<Report>, Failure> {
        let strategy = self.args.strategy;
        // Serial execution is what others are timed against.
        let parallel = if strategy == Strategy::Serial { Strategy::Dag } else { strategy };
        let mut reports = Vec::new();
        let mut progress = output.progress("timing", (blocks.len() * self.args.runs) as u64);
        for block in blocks {
            let block = Arc::new(block);
            let outcome = self.bench.execute(&world, &block, strategy)?;
            let serial = match self.args.verify_serial {
                true => Some(self.bench.execute(&world, &block, Strategy::Serial)?),
                false => None,
            };
            let timing = match self.args.runs {
                0 => None,
                runs => Some(self.bench.time(&world, &block, (parallel, runs), &mut progress)?),
            };
            let scene = Scene { world: &world, block: &block, directory };
            let report = Report::new(&scene, strategy, (&outcome, serial.as_ref()), timing);
            if !self.args.shown.is_json() {
                output.result(&report.text(self.people, self.args.contention));
            }
            world.commit(&outcome).map_err(|error| Failure::unable(error.to_string()))?;
            reports.push(report);
            if output.is_closed() {
                break;
            }
        }
        Ok(reports)
    }
}
