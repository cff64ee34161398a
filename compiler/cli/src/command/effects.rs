//! `mcc effects`: what every call may read, write or add to; with arguments, the very cells of one call.

use super::input::state;
use crate::args::Effects;
use crate::blockfile::CHAIN;
use crate::compile::{self, Built};
use crate::course::Course;
use crate::deploy::deploy;
use crate::describe;
use crate::directory::Directory;
use crate::failure::{Complaint, Failure};
use crate::output::Output;
use crate::people::People;
use crate::play::Player;
use crate::project::{Project, paths_among, shown as shown_path};
use crate::text::{flowed, padded, words};
use crate::wiring::{self, Wired};
use mc_compiler::conflict::is_by_state;
use mc_compiler::tree::App;
use mc_container::access::{Permission, Term};
use mc_runtime::inspect::{footprint_of, name_cell};
use mc_runtime::{Block, Transaction, World};
use serde_json::{Value as Json, json};

/// Shows everything, or the items that are named.
pub(super) fn run(args: &Effects, output: &mut Output) -> Result<(), Failure> {
    let (paths, items) = paths_among(&args.items)?;
    let project = Project::of_paths(&paths)?;
    let built = compile::build(&project, args.shown.format(), output)?;
    let is_deployed = args.app.is_some() || project.app.is_some() || !args.args.is_empty();
    let (app, unclear) = match built.app_of(&project, args.app.as_deref()) {
        Ok(app) => (Some(app), None),
        Err(complaint) if is_deployed => return Err(complaint.into()),
        Err(complaint) => (None, Some(complaint)),
    };
    let entries = entries(&built, app)?;
    if args.items.is_empty() {
        wiring::say_unbound(&built.compiled, output);
    }
    let chosen = chosen(&entries, &items).map_err(|unknown| {
        // What an app deploys or binds stands for nothing while nobody knows which app is meant.
        let all_declared = items.iter().all(|item| is_declared(&built, item));
        unclear.filter(|_| all_declared).unwrap_or(unknown)
    })?;
    if args.args.is_empty() {
        if args.shown.is_json() {
            chosen.iter().for_each(|wired| output.json(&describe::json(wired, &built.sources)));
        } else {
            output.result(&describe::text(&chosen));
        }
        return Ok(());
    }
    match (chosen.as_slice(), app) {
        ([wired], Some(app)) => concrete(args, &built, app, wired, output),
        _ => Err(Complaint::new("`--args` needs one entry")
            .help("name it: `mcc effects gold.transfer --args …`")
            .into()),
    }
}

/// True for what the program declares or one of its apps deploys.
fn is_declared(built: &Built, item: &str) -> bool {
    let name = item.split_once('.').map_or(item, |(name, _)| name);
    let program = &built.compiled.program;
    let deployments = program.apps.iter().flat_map(|app| &app.deployments).map(|it| &it.name);
    program.units.iter().map(|unit| &unit.name).chain(deployments).any(|known| known == name)
}

/// The entries of the app's deployments, then of the units it does not deploy.
fn entries<'b>(built: &'b Built, app: Option<&'b App>) -> Result<Vec<Wired<'b>>, Complaint> {
    let mut entries = app.map_or(Ok(Vec::new()), |app| wiring::of_app(&built.compiled, app))?;
    let units = wiring::of_units(&built.compiled)?;
    let deployed = |wired: &Wired<'_>| entries.iter().any(|it| it.container.unit == wired.container.unit);
    let others: Vec<Wired<'_>> = units.into_iter().filter(|wired| !deployed(wired)).collect();
    entries.extend(others);
    Ok(entries)
}

fn chosen<'c, 'b>(entries: &'c [Wired<'b>], items: &[&String]) -> Result<Vec<&'c Wired<'b>>, Complaint> {
    if items.is_empty() {
        return Ok(entries.iter().collect());
    }
    let mut chosen: Vec<&Wired<'_>> = Vec::new();
    for item in items {
        let unit = |wired: &Wired<'_>| wired.container.package.manifest().name.clone();
        let of_unit = |wired: &Wired<'_>| format!("{}.{}", unit(wired), wired.entry.name);
        let named = |wired: &&Wired<'_>| {
            let names = [wired.owner.clone(), wired.name(), unit(wired), of_unit(wired)];
            names.contains(item)
        };
        let found: Vec<&Wired<'_>> = entries.iter().filter(named).collect();
        if found.is_empty() {
            let names = entries.iter().flat_map(|wired| [wired.name(), wired.owner.clone(), of_unit(wired)]);
            let mut known: Vec<String> = names.collect();
            known.sort();
            known.dedup();
            return Err(Complaint::new(format!("nothing is called `{item}`"))
                .nearest(item, known.iter().map(String::as_str)));
        }
        chosen.extend(found);
    }
    Ok(chosen)
}

/// The cells of one call, by evaluating the formulas as the runtime does.
fn concrete(
    args: &Effects,
    built: &Built,
    app: &App,
    wired: &Wired<'_>,
    output: &mut Output,
) -> Result<(), Failure> {
    let directory = Directory::new(app, &built.compiled, CHAIN);
    let target = directory.call(&wired.name())?;
    let course = args.state.as_deref().map(|path| state(path, &directory)).transpose()?.unwrap_or_default();
    let mut people = People::new(&directory, &course.drafts);
    let deployed = deploy(app, &built.compiled, &directory, course.time)?;
    let world = reached(course, deployed, &directory)?;
    people.add(&args.from);
    let mut given = Vec::new();
    for arg in &args.args {
        let (name, value) = arg.split_once('=').ok_or_else(|| {
            Complaint::new(format!("`{arg}` is not NAME=VALUE")).help("write `--args to=bob,amount=5`")
        })?;
        people.add(value);
        // What is no JSON is a text, so that names of accounts need no quotes.
        let json = serde_json::from_str(value).ok();
        given.push((name.trim().to_owned(), json.unwrap_or_else(|| Json::from(value.trim()))));
    }
    let arguments = directory.arguments(&target, &given).map_err(Failure::Unable)?;
    let from = directory.address(&args.from)?;
    let tx = Transaction::call(from, 0, target.container.address, &target.entry.name, arguments);
    let footprint = footprint_of(&world, 0, &tx)
        .map_err(|error| Failure::unable(format!("this call is refused: {}", error.name())))?;
    let block = Block { chain: CHAIN.to_owned(), height: 1, time: 0, transactions: vec![tx] };
    let touched: Vec<(String, Permission)> = footprint
        .cells
        .iter()
        .chain(&footprint.locks)
        .filter_map(|it| Some((people.cell(&name_cell(&world, &block, it.key)?), it.permission)))
        .collect();
    let by_state = by_state(wired);
    if args.shown.is_json() {
        let cells: Vec<Json> =
            touched.iter().map(|(cell, permission)| cell_json(cell, *permission)).collect();
        output.json(&json!({
            "$schema": "urn:mcc:footprint:1", "call": wired.name(), "from": args.from, "cells": cells,
            "by_state": by_state.iter().map(ByState::json).collect::<Vec<Json>>(),
        }));
        return Ok(());
    }
    let shown: Vec<String> = given.iter().map(|(name, value)| format!("{name}: {}", plain(value))).collect();
    output.result(flowed(&format!("{}(", wired.name()), &shown, ", ").trim_end());
    output.result(&format!(") from {}\n", args.from));
    let widest = touched.iter().map(|(cell, _)| cell.chars().count()).max().unwrap_or(0);
    for (cell, permission) in &touched {
        let (mode, notes) = in_words(*permission);
        let head = format!("  {}  {}  ", padded(mode, 5), padded(cell, widest));
        output.result(&flowed(&head, &notes, "  "));
    }
    if touched.is_empty() && by_state.is_empty() {
        output.result("  touches no state\n");
    }
    if !by_state.is_empty() {
        let when = args.state.as_deref().map_or_else(
            || "it is when the app is deployed; `--state FILE` names another".to_owned(),
            |path| format!("`{}` leaves it", shown_path(path)),
        );
        let why = format!("these depend on the state, taken as {when}:");
        output.result(&flowed("  ", &words(&why), " "));
        by_state.iter().for_each(|it| output.result(&it.text()));
    }
    Ok(())
}

/// The world that a course leads to.
fn reached(course: Course, mut world: World, directory: &Directory<'_>) -> Result<World, Failure> {
    course.prepare(&mut world, directory)?;
    let player = Player::new()?;
    for block in course.blocks {
        player.play(&mut world, block)?;
    }
    Ok(world)
}

/// An access that arguments alone do not decide.
#[derive(PartialEq)]
struct ByState {
    /// What is done with which cell.
    access: String,
    /// The cells that its keys, its amount or its condition are read from.
    reads: Vec<String>,
}

impl ByState {
    fn text(&self) -> String {
        flowed(&format!("    {}  by  ", self.access), &self.reads, ", ")
    }

    fn json(&self) -> Json {
        json!({ "access": self.access, "reads": self.reads })
    }
}

/// The accesses that depend on what the state holds.
fn by_state(wired: &Wired<'_>) -> Vec<ByState> {
    let mut found: Vec<ByState> = Vec::new();
    for access in wired.linked.accesses.iter().filter(|access| is_by_state(&access.access)) {
        let one = wired.with_names(true, "", |names| {
            let mode = names.mode(&access.access.mode);
            let mut reads: Vec<String> = Vec::new();
            for read in access.access.terms().flat_map(Term::reads) {
                let cell = names.read(&read);
                if !reads.contains(&cell) {
                    reads.push(cell);
                }
            }
            ByState { access: format!("{mode} {}", names.place(access.instance, &access.access)), reads }
        });
        if !found.contains(&one) {
            found.push(one);
        }
    }
    found
}

/// A given value; of a digest only its first digits.
fn plain(json: &Json) -> String {
    let text = json.as_str().map_or_else(|| json.to_string(), ToOwned::to_owned);
    match text.get(..10) {
        Some(head) if text.starts_with("0x") && text.len() > 12 => format!("{head}…"),
        _ => text,
    }
}

fn in_words(permission: Permission) -> (&'static str, Vec<String>) {
    match permission {
        Permission::Read => ("read", Vec::new()),
        Permission::Write => ("write", Vec::new()),
        Permission::Max => ("raise", Vec::new()),
        Permission::Min => ("lower", Vec::new()),
        Permission::Delta(span) => {
            let change = if span.low == span.high {
                format!("{:+}", span.low)
            } else {
                format!("{:+}..{:+}", span.low, span.high)
            };
            let guard = (span.need > ethnum::I256::ZERO).then(|| format!("guard >= {}", span.need));
            let mode = if span.low >= ethnum::I256::ZERO { "add" } else { "delta" };
            (mode, [change].into_iter().chain(guard).collect())
        }
    }
}

fn cell_json(cell: &str, permission: Permission) -> Json {
    let (mode, notes) = in_words(permission);
    json!({ "cell": cell, "mode": mode, "notes": notes })
}
