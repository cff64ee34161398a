//! What a call may touch, as text and as JSON.

use crate::output::bold;
use crate::render::machine::Place;
use crate::text::{COLUMNS, flowed, padded, plural, right, words};
use crate::wiring::Wired;
use mc_compiler::conflict::is_by_state;
use mc_container::access::show::Names;
use mc_container::access::{LinkedAccess, Mode, Op, VariableId};
use mc_container::manifest::EntryKind;
use mc_syntax::source::SourceSet;
use serde_json::{Value as Json, json};

/// The places of cells are shown in a column that is at most this wide.
const PLACE_MAX: usize = 44;

/// The entries, under the names of what they belong to.
#[must_use]
pub fn text(entries: &[&Wired<'_>]) -> String {
    let mut text = String::new();
    let mut owner = "";
    for wired in entries {
        if wired.owner != owner {
            owner = &wired.owner;
            let unit = &wired.container.package.manifest().name;
            if !text.is_empty() {
                text.push('\n');
            }
            if !wired.composes() {
                let of = if unit == owner { String::new() } else { format!(": {unit}") };
                text.push_str(&format!("{}{of}\n", bold(owner)));
            }
        }
        entry(wired, &mut text);
    }
    text
}

fn entry(wired: &Wired<'_>, text: &mut String) {
    let indent = if wired.composes() { "" } else { "  " };
    let head = format!("{indent}{}", wired.signature());
    let view = if wired.entry.kind == EntryKind::View { "  view" } else { "" };
    let proved = if wired.entry.parallel { "@parallel: proved" } else { "" };
    let width = head.chars().count() + view.len() + proved.len();
    if width + 2 <= COLUMNS || width <= COLUMNS && proved.is_empty() {
        let line = format!("{}{view}{}{proved}", bold(&head), " ".repeat(COLUMNS - width));
        text.push_str(line.trim_end());
        text.push('\n');
    } else {
        for line in flowed(indent, &words(head.trim_start()), " ").lines() {
            text.push_str(&format!("{}\n", bold(line)));
        }
        text.push_str(&format!("{}\n", right(&format!("{}{proved}", view.trim_start()), COLUMNS)));
    }
    text.push_str(&accesses(wired, indent));
    text.push_str(&format!("{indent}  size   {}\n", plural(size(wired), "byte")));
}

/// How large the formulas of an entry are, as its package holds them; those of its steps are in other packages.
fn size(wired: &Wired<'_>) -> usize {
    borsh::to_vec(wired.formulas).map_or(0, |bytes| bytes.len())
}

/// A cell, and what is done with it.
pub struct Cell {
    /// One word for what is done.
    pub mode: &'static str,
    /// The cell.
    pub place: String,
}

/// What one entry may touch, each cell once.
#[must_use]
pub fn cells(wired: &Wired<'_>) -> Vec<Cell> {
    rows(wired).into_iter().map(|row| Cell { mode: row.mode, place: row.place }).collect()
}

/// What one access touches.
#[must_use]
pub fn cell(wired: &Wired<'_>, access: &LinkedAccess) -> Cell {
    let row = wired.with_names(wired.composes(), "", |names| row(wired, access, names));
    Cell { mode: row.mode, place: row.place }
}

/// What one entry may touch, line by line, two columns behind `indent`.
#[must_use]
pub fn accesses(wired: &Wired<'_>, indent: &str) -> String {
    let mut text = String::new();
    let rows = rows(wired);
    if rows.is_empty() {
        text.push_str(&format!("{indent}  touches no state\n"));
    }
    let widest = rows.iter().map(|row| row.place.chars().count()).filter(|width| *width <= PLACE_MAX).max();
    let (mut step, mut named) = (None, None);
    for row in &rows {
        if row.step != step {
            step = row.step;
            for called in row.step.map(|number| wired.way(number)).unwrap_or_default() {
                if named.is_none_or(|named| called.number > named) {
                    text.push_str(&format!("{indent}  {}. {}\n", called.number + 1, wired.step_name(called)));
                    named = Some(called.number);
                }
            }
        }
        let deeper = if row.step.is_some() { "   " } else { "" };
        let place = padded(&row.place, widest.unwrap_or(0));
        let mode = format!("{indent}  {deeper}{}  ", padded(row.mode, 5));
        let mut notes: Vec<String> = row.notes.iter().chain(&row.remarks).cloned().collect();
        if mode.chars().count() + place.chars().count() <= COLUMNS {
            text.push_str(&flowed(&format!("{mode}{place}  "), &notes, "  "));
        } else {
            notes.insert(0, row.place.clone());
            text.push_str(&flowed(&mode, &notes, "  "));
        }
    }
    for (asset, most) in spends(wired) {
        text.push_str(&flowed(&format!("{indent}  spends {asset} <= "), &[most], "  "));
    }
    let cost = wired.cost().show(wired.entry.named_params());
    text.push_str(&flowed(&format!("{indent}  cost   <= "), &[cost], "  "));
    text
}

/// What a composition takes from its caller at most: each asset, and how much.
#[must_use]
pub fn spends(wired: &Wired<'_>) -> Vec<(String, String)> {
    let spends = &wired.formulas.spends;
    wired.with_names(true, "", |names| {
        spends.iter().map(|spend| (spend.asset.clone(), names.term(&spend.most))).collect()
    })
}

/// What is shown of one access, or of several that read the same.
#[derive(PartialEq)]
pub struct Row {
    step: Option<u16>,
    variable: VariableId,
    /// What is done.
    pub mode: &'static str,
    /// The cell.
    pub place: String,
    /// How well the cell is known before a block runs: P0 to P4.
    pub level: usize,
    /// When it is done, for which elements of a list, and how much the cell changes.
    pub notes: Vec<String>,
    /// What that means to other calls.
    remarks: Vec<String>,
}

impl Row {
    /// True for another variable that reads the same: both are parts of one value.
    fn is_other_part_of(&self, other: &Self) -> bool {
        self.step == other.step && self.place == other.place && self.variable != other.variable
    }

    fn strength(&self) -> usize {
        ["read", "add", "raise", "lower", "delta", "write"]
            .iter()
            .position(|mode| *mode == self.mode)
            .unwrap_or(0)
    }
}

/// What one entry may touch, in the order of its accesses.
#[must_use]
pub fn rows(wired: &Wired<'_>) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for access in &wired.linked.accesses {
        let row = wired.with_names(wired.composes(), "", |names| row(wired, access, names));
        if rows.contains(&row) {
            continue;
        }
        match rows.iter_mut().find(|known| known.is_other_part_of(&row)) {
            Some(known) if known.strength() < row.strength() => *known = row,
            Some(_) => {}
            None => rows.push(row),
        }
    }
    rows
}

/// How well a cell is known before a block runs.
///
/// P0: it is always the same cell; P1: parameters and context tell; P2: they tell several; P3: the state tells; P4: only
/// execution tells.
fn level(wired: &Wired<'_>, access: &LinkedAccess) -> usize {
    let terms = &access.access.keys;
    let is = |wanted: fn(&Op) -> bool| terms.iter().flat_map(|term| &term.0).any(wanted);
    if !access.access.is_exact(wired.depth(access)) {
        4
    } else if is_by_state(&access.access) {
        3
    } else if !access.access.ranges.is_empty() {
        2
    } else {
        usize::from(is(|op| !matches!(op, Op::Const(..) | Op::Immutable { .. } | Op::SelfAddress { .. })))
    }
}

/// What is worth saying about a level, where it is worse than P1.
fn remark(level: usize) -> Option<&'static str> {
    match level {
        2 => Some("P2"),
        3 => Some("P3: the state tells which"),
        4 => Some("P4: locks all of them"),
        _ => None,
    }
}

fn row(wired: &Wired<'_>, access: &LinkedAccess, names: &Names<'_>) -> Row {
    let (mut notes, mut remarks) = (Vec::new(), Vec::new());
    notes.extend(access.access.when.as_ref().map(|when| format!("if {}", names.term(when))));
    let ranges = names.ranges(&access.access.ranges);
    if !ranges.is_empty() {
        notes.push(ranges);
    }
    if let Mode::Delta(delta) = &access.access.mode {
        notes.push(names.change(delta));
        notes.extend(names.need(delta).map(|need| format!("guard >= {need}")));
        notes.extend(names.room(delta).map(|room| format!("guard <= {room}")));
        remarks.push("commutes within head-room".to_owned());
    }
    if matches!(access.access.mode, Mode::Max | Mode::Min) {
        remarks.push("commutes".to_owned());
    }
    if wired.is_immutable(access) {
        remarks.push("immutable: never conflicts".to_owned());
    }
    let level = level(wired, access);
    remarks.extend(remark(level).map(ToOwned::to_owned));
    Row {
        step: access.step,
        variable: access.access.variable,
        mode: names.mode(&access.access.mode),
        place: names.place(access.instance, &access.access),
        level,
        notes,
        remarks,
    }
}

/// One entry, for machines.
#[must_use]
pub fn json(wired: &Wired<'_>, sources: &SourceSet) -> Json {
    let params: Vec<Json> = wired
        .entry
        .params
        .iter()
        .map(|param| json!({ "name": param.name, "type": param.ty.to_string() }))
        .collect();
    let steps: Vec<String> = wired.linked.all_steps().into_iter().map(|step| wired.step_name(step)).collect();
    let accesses: Vec<Json> =
        wired.linked.accesses.iter().map(|access| access_json(wired, access, sources)).collect();
    let spends = spends(wired).into_iter().map(|(asset, most)| json!({ "asset": asset, "most": most }));
    json!({
        "$schema": "urn:mcc:effects:1",
        "name": wired.name(),
        "unit": wired.container.package.manifest().name,
        "kind": wired.entry.kind,
        "parallel": wired.entry.parallel,
        "params": params,
        "steps": steps,
        "spends": spends.collect::<Vec<Json>>(),
        "cost": wired.cost().show(wired.entry.named_params()),
        "cost_max": wired.cost().worst(wired.entry.named_params()),
        "bytes": size(wired),
        "accesses": accesses,
    })
}

fn access_json(wired: &Wired<'_>, access: &LinkedAccess, sources: &SourceSet) -> Json {
    let places: Vec<Place> = wired.places(access).iter().map(|span| Place::of(*span, sources)).collect();
    wired.with_names(true, "", |names| {
        let (change, need, room) = match &access.access.mode {
            Mode::Delta(delta) => (Some(names.change(delta)), names.need(delta), names.room(delta)),
            _ => (None, None, None),
        };
        json!({
            "mode": names.mode(&access.access.mode),
            "cell": names.place(access.instance, &access.access),
            "exact": access.access.is_exact(wired.depth(access)),
            "level": format!("P{}", level(wired, access)),
            "when": access.access.when.as_ref().map(|when| names.term(when)),
            "ranges": names.ranges(&access.access.ranges),
            "change": change,
            "guard": need,
            "ceiling": room,
            "step": access.step,
            "cells_max": access.access.cells_max(),
            "places": places,
        })
    })
}
