//! `mcc run`: deploys an app, runs blocks on it, and says what ran, what conflicted, and what was saved.

use super::report::{Report, Scene};
use crate::args::{Generate, Run, Subject};
use crate::blockfile::{self, CHAIN, Draft};
use crate::compile::{self, Built};
use crate::deploy::deploy;
use crate::directory::Directory;
use crate::failure::{Complaint, Failure, reason};
use crate::funds::fund;
use crate::measure::{Bench, Machine, cores};
use crate::output::{Output, bold};
use crate::people::People;
use crate::project::{MANIFEST, Project, WORKLOAD, read_text, shown};
use crate::text::plural;
use crate::workload::fill::fill;
use crate::workload::{Workload, generate, parse};
use mc_compiler::tree::App;
use mc_runtime::{Block, Strategy, World};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;

/// Runs a project's generated block, or the blocks of a file.
pub(super) fn run(args: &Run, output: &mut Output) -> Result<(), Failure> {
    let input = Input::read(&args.subject)?;
    let built = compile::build(&input.project, args.shown.format(), output)?;
    let app = input.app(&args.subject, &built)?;
    let chain = input.chain();
    let directory = Directory::new(app, &built.compiled, &chain);
    let workload = input.workload().cloned();
    let (drafts, blocks) = input.blocks(&args.subject, &directory, output)?;
    let mut people = People::new(&directory, &drafts);
    people.add("alice");
    let time = blocks.first().map_or(0, |block| block.time);
    let mut world = deploy(app, &built.compiled, &directory, time)?;
    if let Some(workload) = &workload {
        fill(&mut world, &directory, workload, args.subject.generate.seed)?;
    }
    fund(&mut world, &directory, &drafts, &blocks)?;
    let threads = args.threads.unwrap_or_else(cores);
    if !args.shown.is_json() {
        let (app, containers) = (bold(&app.name), plural(directory.containers.len(), "container"));
        output.result(&format!("{app} on chain {chain} · {containers} · {}\n", plural(threads, "thread")));
    }
    let machine = Machine::here();
    if let (Some(caution), true) = (machine.caution(), args.runs > 0) {
        output.warning(&caution);
    }
    let stage = Stage { args, people: &people, bench: Bench::new(threads, None)? };
    let reports = stage.run(world, &directory, blocks, output)?;
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

/// What is to be run.
pub(super) struct Input {
    pub(super) project: Project,
    source: Source,
}

enum Source {
    /// The project's workload.
    Workload(Box<Workload>),
    /// A block file as JSON lines.
    Lines { path: String, drafts: Vec<Draft> },
    /// A block file in binary form.
    Binary(Vec<Block>),
}

impl Source {
    /// A block file in either form.
    fn of_blocks(bytes: Vec<u8>, path: String) -> Result<Self, Failure> {
        if blockfile::is_binary(&bytes) {
            return Ok(Self::Binary(blockfile::decode(&bytes, &path)?));
        }
        let text = String::from_utf8(bytes).map_err(|_| {
            Complaint::new(format!("`{path}` is no block file: neither UTF-8 text nor the binary form"))
        })?;
        let drafts = blockfile::parse(&text, &path).map_err(Failure::Unable)?;
        Ok(Self::Lines { path, drafts })
    }

    /// What a file says of the state before a call: a workload, or a block file.
    fn of_state(path: &Path) -> Result<Self, Failure> {
        let name = shown(path);
        let bytes = std::fs::read(path)
            .map_err(|error| Failure::unable(format!("cannot read `{name}`: {}", reason(&error))))?;
        match path.extension().is_some_and(|extension| extension == "toml") {
            true => Ok(Self::Workload(Box::new(parse::parse(&name, &String::from_utf8_lossy(&bytes))?))),
            false => Self::of_blocks(bytes, name),
        }
    }
}

/// The state that a file leads to, in a world in which nothing has happened yet: what a workload sets up, without its
/// traffic, or what all blocks of a block file leave. And the blocks that were run, for the names in them.
pub(super) fn reach(
    path: &Path,
    mut world: World,
    directory: &Directory<'_>,
) -> Result<(World, Vec<Draft>), Failure> {
    let (drafts, path) = match Source::of_state(path)? {
        Source::Binary(blocks) => return Ok((played(world, blocks)?, Vec::new())),
        Source::Lines { path, drafts } => (drafts, path),
        Source::Workload(workload) => {
            fill(&mut world, directory, &workload, 0)?;
            let mut drafts = generate::generate(&workload, directory, 0).map_err(Failure::Unable)?;
            drafts.pop();
            (drafts, workload.path)
        }
    };
    let blocks = blockfile::resolve(&drafts, directory, &path).map_err(Failure::Unable)?;
    fund(&mut world, directory, &drafts, &blocks)?;
    Ok((played(world, blocks)?, drafts))
}

/// The world after these blocks.
fn played(mut world: World, blocks: Vec<Block>) -> Result<World, Failure> {
    let bench = Bench::new(1, None)?;
    for block in blocks {
        let outcome = bench.execute(&world, &Arc::new(block), Strategy::Serial)?;
        world.commit(&outcome).map_err(|error| Failure::unable(error.to_string()))?;
    }
    Ok(world)
}

impl Input {
    pub(super) fn read(subject: &Subject) -> Result<Self, Failure> {
        if subject.path.is_dir() {
            let project = Project::at_or_around(&subject.path)?;
            let workload = workload(&project, &subject.generate)?;
            return Ok(Self { project, source: Source::Workload(Box::new(workload)) });
        }
        let path = shown(&subject.path);
        if path.ends_with(".mc") {
            return Err(Complaint::new(format!("`{path}` is a source, not a block file"))
                .help("run a project's directory, or a block that `mcc block gen` wrote")
                .into());
        }
        let bytes = std::fs::read(&subject.path)
            .map_err(|error| Failure::unable(format!("cannot read `{path}`: {}", reason(&error))))?;
        let project = match &subject.project {
            Some(directory) => Project::in_directory(directory)?,
            None => project_of(&subject.path)?,
        };
        Ok(Self { project, source: Source::of_blocks(bytes, path)? })
    }

    pub(super) fn app<'b>(&self, subject: &Subject, built: &'b Built) -> Result<&'b App, Complaint> {
        match &self.source {
            Source::Lines { path, drafts } => {
                let draft = drafts.first();
                let place = format!("{path}:{}", draft.map_or(1, |draft| draft.line));
                let named = draft.map(|draft| draft.app.as_str());
                built.app(subject.app.as_deref().or(named)).map_err(|complaint| complaint.at(place))
            }
            _ => built.app(subject.app.as_deref().or(self.project.app.as_deref())),
        }
    }

    fn workload(&self) -> Option<&Workload> {
        match &self.source {
            Source::Workload(workload) => Some(workload),
            _ => None,
        }
    }

    pub(super) fn chain(&self) -> String {
        let named = match &self.source {
            Source::Workload(_) => None,
            Source::Lines { drafts, .. } => drafts.first().map(|draft| draft.chain.clone()),
            Source::Binary(blocks) => blocks.first().map(|block| block.chain.clone()),
        };
        named.unwrap_or_else(|| CHAIN.to_owned())
    }

    pub(super) fn blocks(
        self,
        subject: &Subject,
        directory: &Directory<'_>,
        output: &mut Output,
    ) -> Result<(Vec<Draft>, Vec<Block>), Failure> {
        let (drafts, path) = match self.source {
            Source::Binary(blocks) => return Ok((Vec::new(), blocks)),
            Source::Lines { path, drafts } => (drafts, path),
            Source::Workload(workload) => {
                note_unused(&workload, &subject.generate, output);
                let drafts = generate::generate(&workload, directory, subject.generate.seed)
                    .map_err(Failure::Unable)?;
                (drafts, workload.path)
            }
        };
        let blocks = blockfile::resolve(&drafts, directory, &path).map_err(Failure::Unable)?;
        Ok((drafts, blocks))
    }
}

/// The project that a block file belongs to: around the file, or around the working directory.
fn project_of(file: &Path) -> Result<Project, Failure> {
    let beside = file.parent().filter(|parent| parent != &Path::new("")).unwrap_or(Path::new("."));
    if beside.join(MANIFEST).is_file() {
        return Project::in_directory(beside);
    }
    Project::around(Path::new(".")).map_err(|failure| match failure {
        Failure::Unable(complaints) => Failure::Unable(
            complaints
                .into_iter()
                .map(|complaint| match complaint.place.is_empty() {
                    true => {
                        complaint.help("a block file runs on an app: name its project with `--project DIR`")
                    }
                    false => complaint,
                })
                .collect(),
        ),
        other => other,
    })
}

/// The project's workload, with the shape that the flags ask for.
pub(super) fn workload(project: &Project, flags: &Generate) -> Result<Workload, Failure> {
    let path = shown(&project.file(WORKLOAD));
    let text = read_text(&path).map_err(|why| {
        Complaint::new(format!("cannot read `{path}`: {why}"))
            .help("a workload says what to send; `mcc block gen --help` describes it")
    })?;
    shaped(parse::parse(&path, &text)?, flags)
}

/// A workload with the shape that the flags ask for.
pub(super) fn shaped(mut workload: Workload, flags: &Generate) -> Result<Workload, Failure> {
    let shape = &mut workload.shape;
    shape.transactions = flags.txs.unwrap_or(shape.transactions);
    shape.correlation = flags.correlation.unwrap_or(shape.correlation);
    shape.vars = flags.vars.unwrap_or(shape.vars);
    shape.group = flags.group.unwrap_or(shape.group);
    shape.check()?;
    for param in &flags.param {
        let split =
            param.split_once('=').and_then(|(name, value)| Some((name.trim(), value.trim().parse().ok()?)));
        let Some((name, value)) = split else {
            return Err(Complaint::new(format!("`--param {param}` is not NAME=NUMBER")).into());
        };
        let Some(known) = workload.params.get_mut(name) else {
            let names = workload.params.keys().map(String::as_str);
            return Err(Complaint::new(format!("`{}` has no param `{name}`", workload.path))
                .nearest(name, names)
                .into());
        };
        *known = value;
    }
    workload.check_weights()?;
    Ok(workload)
}

/// Says so where a flag changes nothing.
pub(super) fn note_unused(workload: &Workload, flags: &Generate, output: &mut Output) {
    let given = [("--correlation", flags.correlation.is_some()), ("--group", flags.group.is_some())];
    for (flag, given) in given {
        if given && !workload.shares() {
            let path = &workload.path;
            output.warning(&format!("{flag} changes nothing: no value in {path} is \"shared\""));
        }
    }
}
