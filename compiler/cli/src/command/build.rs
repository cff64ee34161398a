//! `mcc build`: container packages, and what else is asked for.

use crate::args::{Build, Emit};
use crate::compile::{self, Built};
use crate::describe;
use crate::failure::{Complaint, Failure, reason};
use crate::output::Output;
use crate::project::{Project, shown};
use crate::text;
use crate::upgrade;
use crate::wiring::{self, Wired};
use mc_compiler::Container;
use mc_container::access::show::Names;
use mc_container::access::{EntryAccess, Spend};
use mc_container::manifest::Entry;
use mc_container::value::Value;
use mc_syntax::source::Span;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Compiles and writes.
pub(super) fn run(args: &Build, output: &mut Output) -> Result<(), Failure> {
    let project = Project::of_paths(&args.paths)?;
    let built = compile::build(&project, args.shown.format(), output)?;
    upgrade::report(&built, &args.upgrades, args.shown.format(), output)?;
    if args.timings {
        timings(&built, args.shown.is_json(), output);
    }
    let out = args.out.clone().unwrap_or_else(|| project.file("build"));
    let files = files(&built, &args.emit)?;
    fs::create_dir_all(&out)
        .map_err(|error| Failure::unable(format!("cannot create `{}`: {}", shown(&out), reason(&error))))?;
    for file in &files {
        let path = out.join(&file.name);
        write(&path, &file.bytes)?;
        if args.shown.is_json() {
            output.json(&json!({
                "$schema": "urn:mcc:build:1", "file": shown(&path), "kind": file.kind, "unit": file.unit,
                "bytes": file.bytes.len(), "blake3": blake3::hash(&file.bytes).to_hex().as_str(),
            }));
        } else {
            output.result(&format!("{}\n", shown(&path)));
        }
    }
    Ok(())
}

/// How long each phase took, and how many lines of source it does in a second.
fn timings(built: &Built, json: bool, output: &mut Output) {
    let lines: usize = built.sources.iter().map(|(_, file)| file.text.lines().count()).sum();
    let phases = built.timings.phases();
    let all = ("all", phases.iter().map(|(_, duration)| *duration).sum::<Duration>());
    for (name, duration) in phases.into_iter().chain([all]) {
        let seconds = duration.as_secs_f64();
        let rate = if seconds > 0.0 { lines as f64 / seconds } else { 0.0 };
        if json {
            output.json(&json!({
                "$schema": "urn:mcc:timings:1", "phase": name, "seconds": seconds, "lines": lines,
                "lines_per_second": rate,
            }));
        } else {
            let time = text::right(&text::milliseconds(duration), 10);
            output.result(&format!("{} {time} {rate:>12.0} lines/s\n", text::padded(name, 9)));
        }
    }
}

struct Written {
    name: PathBuf,
    kind: &'static str,
    unit: String,
    bytes: Vec<u8>,
}

fn files(built: &Built, emit: &[Emit]) -> Result<Vec<Written>, Failure> {
    let emit: BTreeSet<Emit> = emit.iter().copied().collect();
    let mut files = Vec::new();
    let wired = wiring::of_units(&built.compiled)?;
    for (number, container) in built.compiled.containers.iter().enumerate() {
        let unit = &container.package.manifest().name;
        if let Some(first) = same_name(built, number) {
            return Err(Complaint::new(format!(
                "two units are called `{unit}`, so their packages would be one file"
            ))
            .help(format!("rename one of them; the other stands in {first}"))
            .into());
        }
        let mut add = |kind: &'static str, bytes: Vec<u8>| {
            files.push(Written { name: format!("{unit}.{kind}").into(), kind, unit: unit.clone(), bytes });
        };
        add("mcpkg", container.package.encode());
        for kind in &emit {
            match kind {
                Emit::Wasm => add("wasm", container.package.module().to_vec()),
                Emit::Wat => add("wat", wat(container)?.into_bytes()),
                Emit::Ir => add("ir", container.ir.clone().into_bytes()),
                Emit::Abi => add("abi.json", pretty(&abi(container))),
                Emit::Effects => {
                    let own: Vec<&Wired<'_>> =
                        wired.iter().filter(|it| it.container.unit == container.unit).collect();
                    let list: Vec<Json> = own.iter().map(|it| describe::json(it, &built.sources)).collect();
                    add("effects.json", pretty(&Json::from(list)));
                    add(
                        "effects.txt",
                        anstream::adapter::strip_str(&describe::text(&own)).to_string().into_bytes(),
                    );
                }
                Emit::Map => add("map.json", map(built, container).into_bytes()),
                Emit::Ast => {}
            }
        }
    }
    if emit.contains(&Emit::Ast) {
        for ((_, source), tree) in built.sources.iter().zip(&built.files) {
            let name = source.path.rsplit('/').next().unwrap_or(&source.path);
            let (kind, unit) = ("ast", String::new());
            let bytes = format!("{tree:#?}\n").into_bytes();
            files.push(Written { name: format!("{name}.ast").into(), kind, unit, bytes });
        }
    }
    Ok(files)
}

/// The file of an earlier unit with the same name as the unit with this number.
fn same_name(built: &Built, number: usize) -> Option<String> {
    let units = &built.compiled.program.units;
    let unit = units.get(number)?;
    let first = units.iter().take(number).find(|earlier| earlier.name == unit.name)?;
    built.sources.get(first.span.file).map(|file| file.path.clone())
}

fn wat(container: &Container) -> Result<String, Failure> {
    wasmprinter::print_bytes(container.package.module())
        .map_err(|error| Failure::unable(format!("the module cannot be printed: {error}")))
}

/// Where each run of the module's code comes from: a line of it for each run.
fn map(built: &Built, container: &Container) -> String {
    let hash = text::hex(&container.package.module_hash());
    let files: Vec<&str> = built.sources.iter().map(|(_, file)| file.path.as_str()).collect();
    let head = json!({ "$schema": "urn:mcc:map:1", "module_hash": hash, "files": files });
    let place = |span: Span| {
        let (line, column) = built.sources.line_column(span);
        json!([span.file.0, line, column, span.start, span.end])
    };
    let entries = &container.package.manifest().entries;
    let ranges = container.map.ranges.iter().filter_map(|range| {
        let (site, entry) = (container.map.site(range)?, entries.get(range.entry as usize)?);
        let calls: Vec<Json> = site.calls.iter().map(|span| place(*span)).collect();
        Some(json!({
            "start": range.start, "end": range.end, "entry": entry.name, "place": place(site.span), "calls": calls,
        }))
    });
    std::iter::once(head).chain(ranges).map(|line| format!("{line}\n")).collect()
}

/// The manifest with what its encoding for machines leaves out: defaults, hashes, error codes and what is spent.
fn abi(container: &Container) -> Json {
    let manifest = container.package.manifest();
    let mut abi = json!({
        "$schema": "urn:mcc:abi:1",
        "source_hash": text::hex(&manifest.source_hash),
        "module_hash": text::hex(&container.package.module_hash()),
    });
    let Ok(Json::Object(members)) = serde_json::to_value(manifest) else { return abi };
    let Some(object) = abi.as_object_mut() else { return abi };
    object.extend(members);
    annotate(
        object,
        "variables",
        manifest.variables.iter().map(|it| ("default", shown_value(it.default, it.value))),
    );
    let codes = (mc_container::error::FIRST_USER_ERROR..).map(|code| ("code", Json::from(code)));
    annotate(object, "errors", codes);
    let entries = manifest.entries.iter().zip(container.package.access());
    annotate(object, "entries", entries.map(|(entry, formulas)| ("spends", spends(entry, formulas))));
    abi
}

/// What an entry takes from its caller at most.
fn spends(entry: &Entry, formulas: &EntryAccess) -> Json {
    let names = Names { params: &entry.params, instances: &[], mark: "" };
    let spend = |spend: &Spend| json!({ "asset": spend.asset, "most": names.term(&spend.most) });
    formulas.spends.iter().map(spend).collect()
}

fn shown_value(value: Value, ty: mc_container::value::Scalar) -> Json {
    Json::from(value.show(ty))
}

fn annotate(
    object: &mut serde_json::Map<String, Json>,
    list: &str,
    notes: impl Iterator<Item = (&'static str, Json)>,
) {
    let members = object.get_mut(list).and_then(Json::as_array_mut);
    for (member, (key, note)) in members.into_iter().flatten().zip(notes) {
        if let Some(member) = member.as_object_mut() {
            member.insert(key.to_owned(), note);
        }
    }
}

fn pretty(json: &Json) -> Vec<u8> {
    let mut text = serde_json::to_string_pretty(json).unwrap_or_default();
    text.push('\n');
    text.into_bytes()
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    fs::write(path, bytes)
        .map_err(|error| Failure::unable(format!("cannot write `{}`: {}", shown(path), reason(&error))))
}
