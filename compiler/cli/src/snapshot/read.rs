//! Reading a snapshot: what it says, and where it says so.

use super::{FILE, Fuel, SCHEMA, Shape, Snapshot, Touch};
use crate::failure::Complaint;
use crate::settings::{Document, Section, kind, unsigned};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Where a call stands in the file.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// Its name.
    pub name: Range<usize>,
    /// What stands under each key.
    pub keys: BTreeMap<String, Range<usize>>,
    /// What it may touch.
    pub touches: BTreeMap<Touch, Range<usize>>,
}

/// A snapshot that was written down.
#[derive(Clone, Debug)]
pub struct Written {
    /// What it says.
    pub snapshot: Snapshot,
    /// Where each call stands.
    pub places: BTreeMap<String, Places>,
}

/// Reads the text of a snapshot.
///
/// # Errors
/// Where it is none, or of another version.
pub fn read(path: &str, text: &str) -> Result<Written, Complaint> {
    let document = Document { path, text };
    let damaged = |complaint: Complaint| match complaint.help {
        None => complaint.help(AGAIN),
        Some(_) => complaint,
    };
    read_document(document).map_err(damaged)
}

const AGAIN: &str = "`mcc snapshot` writes it anew; look at what changes with `git diff`";

fn read_document(document: Document<'_>) -> Result<Written, Complaint> {
    let table = document.parse()?;
    let (entries, span) = (table.get_ref(), table.span());
    version(document, entries)?;
    let whole = Section::new(document, "", (entries, span), &["schema", "compiler", "call"])?;
    let compiler = whole.text("compiler")?.unwrap_or_default().to_owned();
    let (mut calls, mut places) = (BTreeMap::new(), BTreeMap::new());
    for (name, item) in whole.table("call")?.into_iter().flatten() {
        let Some(table) = item.get_ref().as_table() else {
            let found = kind(item.get_ref());
            return Err(Complaint::new(format!("`call.{}` must be a table, but is {found}", name.get_ref()))
                .at(document.place(&item.span())));
        };
        let section = Section::new(document, name.get_ref(), (table, item.span()), &KEYS)?;
        let (shape, found) = call(&section, name.span())?;
        calls.insert(name.get_ref().to_string(), shape);
        places.insert(name.get_ref().to_string(), found);
    }
    Ok(Written { snapshot: Snapshot { compiler, calls }, places })
}

const KEYS: [&str; 7] = ["params", "parallel", "cost", "cost_at", "serial", "touches", "spends"];

/// A file of another version may have anything else in it, so this comes first.
fn version(document: Document<'_>, table: &DeTable<'_>) -> Result<(), Complaint> {
    let Some(schema) = table.get("schema") else {
        return Err(Complaint::new(format!("no `schema` here, so this is no {FILE}")).at(document.path));
    };
    match unsigned(schema.get_ref()) {
        Some(SCHEMA) => Ok(()),
        found => {
            let found = found.map_or_else(|| "unknown".to_owned(), |number| number.to_string());
            Err(Complaint::new(format!("its schema is {found}, and this mcc reads and writes {SCHEMA}"))
                .at(document.place(&schema.span())))
        }
    }
}

fn call(section: &Section<'_, '_>, name: Range<usize>) -> Result<(Shape, Places), Complaint> {
    let keys = section.entries().iter().map(|(key, item)| (key.get_ref().to_string(), item.span()));
    let mut places = Places { name, keys: keys.collect(), touches: BTreeMap::new() };
    let params = section.text("params")?.unwrap_or_default();
    for (line, span) in list(section, "touches")? {
        let touch = touch(line).ok_or_else(|| {
            Complaint::new(format!("`{line}` is not LEVEL  MODE  CELL")).at(section.document.place(&span))
        })?;
        places.touches.insert(touch, span);
    }
    let mut spends = BTreeMap::new();
    for (line, span) in list(section, "spends")? {
        let (asset, most) = line.split_once(" <= ").ok_or_else(|| {
            Complaint::new(format!("`{line}` is not ASSET <= AMOUNT")).at(section.document.place(&span))
        })?;
        spends.insert(asset.to_owned(), most.to_owned());
    }
    let serial: BTreeSet<String> =
        list(section, "serial")?.into_iter().map(|(name, _)| name.to_owned()).collect();
    let shape = Shape {
        params: params.split(", ").filter(|name| !name.is_empty()).map(ToOwned::to_owned).collect(),
        parallel: section.get("parallel").is_some_and(|item| item.get_ref().as_bool() == Some(true)),
        cost: cost(section)?,
        serial,
        touches: places.touches.keys().cloned().collect(),
        spends,
    };
    Ok((shape, places))
}

/// A number, or a formula and its values.
fn cost(section: &Section<'_, '_>) -> Result<Fuel, Complaint> {
    let item = section.get("cost").ok_or_else(|| section.missing("cost"))?;
    if let Some(fuel) = unsigned(item.get_ref()) {
        return Ok(Fuel { formula: fuel.to_string(), at: BTreeMap::from([(0, fuel)]) });
    }
    let formula = section.text("cost")?.unwrap_or_default().to_owned();
    let mut at = BTreeMap::new();
    for (length, fuel) in section.table("cost_at")?.into_iter().flatten() {
        let pair = length.get_ref().parse().ok().zip(unsigned(fuel.get_ref()));
        let (length, fuel) = pair.ok_or_else(|| {
            Complaint::new("`cost_at` must hold LENGTH = FUEL").at(section.document.place(&length.span()))
        })?;
        at.insert(length, fuel);
    }
    if at.is_empty() {
        return Err(section.missing("cost_at"));
    }
    Ok(Fuel { formula, at })
}

/// The texts of a list, each with its place.
fn list<'s>(section: &Section<'s, '_>, key: &str) -> Result<Vec<(&'s str, Range<usize>)>, Complaint> {
    let Some(item) = section.get(key) else { return Ok(Vec::new()) };
    let wrong = |item: &Spanned<DeValue<'_>>| {
        Complaint::new(format!("`{key}` must be a list of texts, but has {}", kind(item.get_ref())))
            .at(section.document.place(&item.span()))
    };
    let items = item.get_ref().as_array().ok_or_else(|| wrong(item))?;
    items.iter().map(|it| Ok((it.get_ref().as_str().ok_or_else(|| wrong(it))?, it.span()))).collect()
}

fn touch(line: &str) -> Option<Touch> {
    let mut parts = line.split("  ");
    let level = parts.next()?.strip_prefix('P')?.parse().ok()?;
    let (mode, cell) = (parts.next()?.to_owned(), parts.next()?.to_owned());
    Some(Touch { cell, mode, level, notes: parts.map(ToOwned::to_owned).collect() })
}
