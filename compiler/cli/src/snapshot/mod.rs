//! Snapshots: what every call of a project may touch, waits for and costs at most, in a file that is reviewed.
//!
//! [`Snapshot::of`] looks at what was compiled, [`text`] writes it down, [`read`] reads it with its places, and
//! [`compare`] says what became better or worse. The same sources always give the same bytes.

mod fold;
pub mod text;
pub mod read;
pub mod compare;

use crate::compile::Built;
use crate::describe;
use crate::failure::Complaint;
use crate::project::Project;
use crate::wiring::{self, Wired};
use mc_compiler::conflict::{Callable, Matrix, Verdict};
use mc_compiler::tree::App;
use mc_container::manifest::EntryKind;
use mc_syntax::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// The name of a project's snapshot.
pub const FILE: &str = "mcc.snap";
/// The version of the file's form.
pub const SCHEMA: u64 = 1;
/// The lengths of lists for which a cost is written down, besides the greatest.
const LENGTHS: [u32; 3] = [1, 16, 256];

/// What a call may touch in one place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Touch {
    /// The cell.
    pub cell: String,
    /// What is done: `read`, `add` and so on.
    pub mode: String,
    /// How well the cell is known before a block runs: P0 to P4.
    pub level: usize,
    /// When, for which elements of a list, and by how much.
    pub notes: Vec<String>,
}

/// What a call uses at most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fuel {
    /// As a formula.
    pub formula: String,
    /// For calls whose lists have this many elements; under 0 where it is the same for every call.
    pub at: BTreeMap<u32, u64>,
}

/// One call, as a snapshot holds it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// The names of its parameters.
    pub params: Vec<String>,
    /// It is marked `@parallel`.
    pub parallel: bool,
    /// What it costs at most.
    pub cost: Fuel,
    /// The calls that every call of it waits for, and that wait for it; itself may be one.
    pub serial: BTreeSet<String>,
    /// What it may touch.
    pub touches: BTreeSet<Touch>,
    /// Each asset that a composition takes of its caller, and how much at most.
    pub spends: BTreeMap<String, String>,
}

/// Every call of a project, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Which compiler it is of.
    pub compiler: String,
    /// The calls.
    pub calls: BTreeMap<String, Shape>,
}

impl Snapshot {
    /// What the app deploys and what else the project's own files declare, and where each call stands in them.
    ///
    /// # Errors
    /// If two calls have one name, or a composition does not fit what it is bound to.
    pub fn of(
        built: &Built,
        project: &Project,
        app: Option<&App>,
    ) -> Result<(Self, BTreeMap<String, Span>), Complaint> {
        let mut entries = app.map_or(Ok(Vec::new()), |app| wiring::of_app(&built.compiled, app))?;
        let deployed = |wired: &Wired<'_>| entries.iter().any(|it| it.container.unit == wired.container.unit);
        let others: Vec<Wired<'_>> = wiring::of_units(&built.compiled)?
            .into_iter()
            .filter(|it| is_own(built, project, it) && !deployed(it))
            .collect();
        entries.extend(others);
        let serial = serial(&entries);
        let (mut calls, mut places) = (BTreeMap::new(), BTreeMap::new());
        for wired in &entries {
            let name = wired.name();
            let shape = Shape {
                params: wired.entry.params.iter().map(|param| param.name.clone()).collect(),
                parallel: wired.entry.parallel,
                cost: cost(wired),
                serial: serial.get(&name).cloned().unwrap_or_default(),
                touches: fold::fold(&describe::rows(wired).into_iter().map(Touch::from).collect()),
                spends: describe::spends(wired).into_iter().collect(),
            };
            if calls.insert(name.clone(), shape).is_some() {
                return Err(Complaint::new(format!(
                    "two calls are named `{name}`, so a snapshot is not clear"
                ))
                .help("rename one of the contracts, or snapshot their files one at a time"));
            }
            places.extend(place(built, wired).map(|span| (name, span)));
        }
        Ok((Self { compiler: compiler(), calls }, places))
    }
}

/// This compiler, as a snapshot names it.
#[must_use]
pub fn compiler() -> String {
    format!("mcc {}", env!("CARGO_PKG_VERSION"))
}

impl From<describe::Row> for Touch {
    fn from(row: describe::Row) -> Self {
        Self { cell: row.place, mode: row.mode.to_owned(), level: row.level, notes: row.notes }
    }
}

fn cost(wired: &Wired<'_>) -> Fuel {
    let (cost, params) = (wired.cost(), || wired.entry.named_params());
    let lengths: BTreeSet<u32> = match cost.longest(params()) {
        None => BTreeSet::from([0]),
        Some(longest) => LENGTHS.into_iter().filter(|length| *length < longest).chain([longest]).collect(),
    };
    let at = lengths.into_iter().map(|length| (length, cost.at_length(params(), length))).collect();
    Fuel { formula: cost.show(params()), at }
}

/// For each call that is no view, the calls that always conflict with it.
fn serial(entries: &[Wired<'_>]) -> BTreeMap<String, BTreeSet<String>> {
    let changing: Vec<&Wired<'_>> =
        entries.iter().filter(|wired| wired.entry.kind != EntryKind::View).collect();
    let callables: Vec<Callable<'_>> = changing.iter().map(|wired| wired.callable()).collect();
    let mut serial: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (a, b) in Matrix::new(&callables).pairs(Verdict::Always) {
        let Some((a, b)) = changing.get(a).zip(changing.get(b)) else { continue };
        serial.entry(a.name()).or_default().insert(b.name());
        serial.entry(b.name()).or_default().insert(a.name());
    }
    serial
}

/// True for what one of the project's own files declares, not one that they import.
fn is_own(built: &Built, project: &Project, wired: &Wired<'_>) -> bool {
    let unit = built.compiled.program.unit(wired.container.unit);
    let file = unit.and_then(|unit| built.sources.get(unit.span.file));
    file.is_some_and(|file| project.roots.contains(&file.path))
}

/// Where the called entry stands.
fn place(built: &Built, wired: &Wired<'_>) -> Option<Span> {
    let unit = built.compiled.program.unit(wired.container.unit)?;
    unit.function_named(&wired.entry.name).map(|(_, function)| function.span)
}
