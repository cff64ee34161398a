//! Traces: what a transaction did, entry by entry, from what its observed world has told.

use crate::deploy::error_name;
use crate::observatory::Observatory;
use mc_compiler::Compiled;
use mc_compiler::emit::map::PointKind;
use mc_compiler::interpret::show::{Names, show, show_fields};
use mc_compiler::ir::Site;
use mc_compiler::tree::UnitId;
use mc_container::access::Permission;
use mc_container::access::show::split;
use mc_container::address::{Address, CellKey};
use mc_container::manifest::Param;
use mc_container::ty::Field;
use mc_container::value::{Scalar, Value};
use mc_runtime::inspect::{CellName, footprint_of, name_cell};
use mc_runtime::observe::{Happening, Met};
use mc_runtime::{Block, CellWrite, Container, Event, Failure, Outcome, Transaction, World};
use mc_syntax::source::Span;
use std::collections::BTreeMap;

/// What a transaction did.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// The entries that ran, in the order in which they began; the first is the one that was called.
    pub calls: Vec<CallTrace>,
    /// What it declared and did not meet, by name.
    pub untouched: Vec<(String, String)>,
}

/// What one entry did.
#[derive(Clone, Debug)]
pub struct CallTrace {
    /// In how many others it runs.
    pub depth: usize,
    /// The Point: which step of the transaction it is; 0 for the called entry.
    pub point: u8,
    /// The Sequence: how many steps it may take itself.
    pub sequence: u8,
    /// The name of its container, and its own.
    pub name: String,
    /// Its unit, where it is one of the program.
    pub unit: Option<UnitId>,
    /// The name of the entry in its unit.
    pub entry: String,
    /// The names and values of its arguments.
    pub args: Vec<(String, String)>,
    /// The cells of its frame.
    pub cells: Vec<CellTrace>,
    /// Its events, each with its fields.
    pub events: Vec<(String, Vec<(String, String)>)>,
    /// What it gave, or why it failed.
    pub ended: Result<String, Failed>,
    /// The fuel of its own code, that of its steps aside.
    pub fuel: u64,
    /// The same by where in the source it was used: the calls that lead there and the place.
    pub places: BTreeMap<Vec<Span>, u64>,
}

/// Why an entry failed.
#[derive(Clone, Debug)]
pub struct Failed {
    /// The error's name.
    pub error: String,
    /// The names and values of what it carries.
    pub payload: Vec<(String, String)>,
    /// The place that failed.
    pub site: Option<Site>,
}

/// What an entry did to a cell.
#[derive(Clone, Debug)]
pub struct CellTrace {
    /// The cell's name.
    pub cell: String,
    /// What may be done with it.
    pub mode: String,
    /// What it held before.
    pub before: String,
    /// What it held after; the same where it was only looked at.
    pub after: String,
}

/// Where a transaction ran, and what names are given by.
pub struct Scene<'s> {
    /// The program.
    pub compiled: &'s Compiled,
    /// What told.
    pub observatory: &'s Observatory,
    /// The world before the transaction.
    pub world: &'s World,
    /// The time of its block.
    pub time: u64,
    /// The name of an address.
    pub names: Names<'s>,
    /// The name of a cell.
    pub cells: &'s dyn Fn(&CellName) -> String,
}

impl Scene<'_> {
    /// The trace of a transaction that was alone in its block, from what it told.
    #[must_use]
    pub fn trace(&self, tx: &Transaction, outcome: &Outcome, happenings: &[Happening]) -> Trace {
        let declared = footprint_of(self.world, self.time, tx).unwrap_or_default();
        let modes = declared.cells.iter().map(|it| (it.key, mode(it.permission))).collect();
        let block =
            Block { chain: String::new(), height: 0, time: self.time, transactions: vec![tx.clone()] };
        let mut teller = Teller {
            scene: self,
            block,
            modes,
            found: BTreeMap::new(),
            held: BTreeMap::new(),
            running: Vec::new(),
            fuel: 0,
            events: outcome.receipts.first().map_or(&[], |receipt| receipt.events.as_slice()),
            trace: Trace::default(),
        };
        happenings.iter().for_each(|happening| teller.tell(happening));
        outcome.writes.iter().for_each(|write| teller.moved(write));
        let places = declared.cells.iter().chain(&declared.locks);
        let unmet = places.filter(|it| !teller.held.contains_key(&it.key));
        let unmet = unmet.filter_map(|it| {
            let name = name_cell(self.world, &teller.block, it.key)?;
            Some(((self.cells)(&name), mode(it.permission).to_owned()))
        });
        let untouched = unmet.collect();
        Trace { untouched, ..teller.trace }
    }

    fn container(&self, address: Address) -> Option<&Container> {
        self.world.container(address).map(AsRef::as_ref)
    }

    fn unit(&self, container: &Container) -> Option<UnitId> {
        let hash = container.module_hash();
        let of = |it: &&mc_compiler::Container| it.package.module_hash() == *hash;
        self.compiled.containers.iter().find(of).map(|it| it.unit)
    }

    fn address(&self, address: Address) -> String {
        (self.names)(address).unwrap_or_else(|| address.to_string())
    }

    fn scalar(&self, ty: Scalar, value: Value) -> String {
        show(&ty.into(), &[value], self.names)
    }
}

fn mode(permission: Permission) -> &'static str {
    match permission {
        Permission::Read => "read",
        Permission::Write => "write",
        Permission::Max => "raise",
        Permission::Min => "lower",
        Permission::Delta(span) if span.low >= ethnum::I256::ZERO => "add",
        Permission::Delta(_) => "delta",
    }
}

/// Retells what happened as a trace.
struct Teller<'t, 's> {
    scene: &'t Scene<'s>,
    /// The transaction alone.
    block: Block,
    /// What may be done with each declared cell.
    modes: BTreeMap<CellKey, &'static str>,
    /// The names of cells that only execution could name.
    found: BTreeMap<CellKey, CellName>,
    /// What each cell holds by now.
    held: BTreeMap<CellKey, Value>,
    /// The entries that are running, and where each of them is.
    running: Vec<(usize, Vec<Span>, Option<Site>)>,
    /// The fuel that was left at the last happening.
    fuel: u64,
    /// The events of the transaction that nobody has told of yet.
    events: &'t [Event],
    trace: Trace,
}

impl Teller<'_, '_> {
    fn tell(&mut self, happening: &Happening) {
        match happening {
            Happening::Began { container, entry, args, point, fuel } => {
                self.spend(*fuel);
                self.begin((*container, *entry), args, *point);
            }
            Happening::Passed { point, fuel } => {
                self.spend(*fuel);
                self.pass(*point);
            }
            Happening::Found { key, container, variable, keys } => {
                let manifest = self.scene.container(*container).map(Container::manifest);
                let Some((manifest, of)) = manifest.and_then(|it| Some((it, it.variable(*variable)?))) else {
                    return;
                };
                let name = CellName {
                    container: *container,
                    contract: manifest.name.clone(),
                    variable: of.name.clone(),
                    keys: keys.clone(),
                    is_lock: false,
                };
                self.found.insert(*key, name);
            }
            Happening::Ended { result, cells, events, fuel } => {
                self.spend(*fuel);
                self.end(result, cells, *events);
            }
        }
    }

    /// What was used since the last happening, the running entry has used.
    fn spend(&mut self, fuel: u64) {
        let used = self.fuel.saturating_sub(fuel);
        self.fuel = fuel;
        let Some((call, place, _)) = self.running.last() else { return };
        let Some(call) = self.trace.calls.get_mut(*call) else { return };
        call.fuel += used;
        *call.places.entry(place.clone()).or_default() += used;
    }

    fn begin(&mut self, (container, entry): (Address, usize), args: &[Value], point: u8) {
        let scene = self.scene;
        let of = scene.container(container);
        let entry = of.and_then(|of| of.manifest().entries.get(entry));
        let composes = entry.is_some_and(|entry| entry.kind == mc_container::manifest::EntryKind::Compose);
        let own = entry.map_or("?", |entry| entry.name.as_str());
        let owner = scene.address(container);
        let call = CallTrace {
            depth: self.running.len(),
            point: if self.running.is_empty() { 0 } else { point },
            sequence: entry.map_or(0, |entry| entry.sequence),
            name: if composes { owner } else { format!("{owner}.{own}") },
            unit: of.and_then(|of| scene.unit(of)),
            entry: own.to_owned(),
            args: entry.map_or_else(Vec::new, |entry| self.arguments(&entry.params, args)),
            cells: Vec::new(),
            events: Vec::new(),
            ended: Ok(String::new()),
            fuel: 0,
            places: BTreeMap::new(),
        };
        self.running.push((self.trace.calls.len(), Vec::new(), None));
        self.trace.calls.push(call);
    }

    fn arguments(&self, params: &[Param], mut args: &[Value]) -> Vec<(String, String)> {
        let mut shown = Vec::new();
        for param in params {
            let (own, rest) = args.split_at_checked(param.ty.scalar_count()).unwrap_or((args, &[]));
            shown.push((param.name.clone(), show(&param.ty, own, self.scene.names)));
            args = rest;
        }
        shown
    }

    fn pass(&mut self, number: u32) {
        let Some((call, place, failed)) = self.running.last_mut() else { return };
        let unit = self.trace.calls.get(*call).and_then(|call| call.unit);
        let points = unit.and_then(|unit| self.scene.observatory.points().get(&unit));
        let Some(point) = points.and_then(|points| points.get(number as usize)) else { return };
        // A way within a statement is a part of it.
        if !matches!(point.kind, PointKind::Yes | PointKind::No) {
            *place = point.site.path().collect();
        }
        if point.kind == PointKind::Failed {
            *failed = Some(point.site.clone());
        }
    }

    fn end(&mut self, result: &Result<Vec<Value>, Failure>, cells: &[Met], events: usize) {
        let Some((number, _, site)) = self.running.pop() else { return };
        let cells = cells.iter().map(|met| self.met(met)).collect();
        let told = self.trace.calls.iter().map(|call| call.events.len()).sum::<usize>();
        let own = self.events.get(told..events.max(told)).unwrap_or_default();
        let events = own.iter().filter_map(|event| self.event(event)).collect();
        let ended = match result {
            Ok(values) => Ok(self.result(number, values)),
            Err(failure) => Err(self.failed(failure, site)),
        };
        if let Some(call) = self.trace.calls.get_mut(number) {
            (call.cells, call.events, call.ended) = (cells, events, ended);
        }
    }

    fn result(&self, number: usize, values: &[Value]) -> String {
        let call = self.trace.calls.get(number);
        let of = |it: &&mc_compiler::Container| Some(it.unit) == call.and_then(|call| call.unit);
        let container = self.scene.compiled.containers.iter().find(of);
        let entry = container.zip(call).and_then(|(it, call)| it.package.manifest().entry(&call.entry));
        let entry = entry.filter(|entry| entry.result.scalar_count() > 0);
        entry.map_or_else(String::new, |entry| show(&entry.result, values, self.scene.names))
    }

    fn failed(&self, failure: &Failure, site: Option<Site>) -> Failed {
        let manifest = self.scene.container(failure.container).map(Container::manifest);
        let error = error_name(manifest, failure.code);
        let number = failure.code.checked_sub(mc_container::error::FIRST_USER_ERROR).map(usize::from);
        let own = manifest.zip(number).and_then(|(manifest, number)| manifest.errors.get(number));
        let fields: Vec<Field> = own.into_iter().flat_map(|own| &own.params).map(field).collect();
        Failed { error, payload: show_fields(&fields, &failure.payload, self.scene.names), site }
    }

    fn event(&self, event: &Event) -> Option<(String, Vec<(String, String)>)> {
        let signature =
            self.scene.container(event.container)?.manifest().events.get(usize::from(event.event))?;
        let fields: Vec<Field> = signature
            .fields
            .iter()
            .map(|it| Field { name: it.name.clone(), ty: it.ty.clone(), constant: false })
            .collect();
        Some((signature.name.clone(), show_fields(&fields, &event.data, self.scene.names)))
    }

    /// A cell that no entry met and that has changed is one of the native asset's: the Value came from it, or what the
    /// called entry gave went to it.
    fn moved(&mut self, write: &CellWrite) {
        if self.held.contains_key(&write.key) {
            return;
        }
        let Some(name) = name_cell(self.scene.world, &self.block, write.key) else { return };
        let before = self.scene.world.state().get(&write.key).unwrap_or_default();
        let after = write.value.unwrap_or_default();
        self.held.insert(write.key, after);
        let shown = |value| self.scene.scalar(Scalar::U128, value);
        let cell = CellTrace {
            cell: (self.scene.cells)(&name),
            mode: self.modes.get(&write.key).copied().unwrap_or("delta").to_owned(),
            before: shown(before),
            after: shown(after),
        };
        if let Some(call) = self.trace.calls.first_mut() {
            call.cells.insert(0, cell);
        }
    }

    /// What an entry did to a cell. What a delta shows is not what the cell holds, but it moves as far.
    fn met(&mut self, met: &Met) -> CellTrace {
        let found = self.found.get(&met.key).cloned();
        let name = found.or_else(|| name_cell(self.scene.world, &self.block, met.key));
        let default = name.as_ref().and_then(|name| {
            let manifest = self.scene.container(name.container)?.manifest();
            Some(manifest.variables.iter().find(|variable| variable.name == name.variable)?.default)
        });
        let stored = || self.scene.world.state().get(&met.key).or(default).unwrap_or_default();
        let before = self.held.get(&met.key).copied().unwrap_or_else(stored);
        let after = if met.mode == "delta" {
            let moved = met.left.number(met.ty) - met.entered.number(met.ty);
            Value::from_number(before.number(met.ty) + moved, met.ty).unwrap_or(met.left)
        } else if met.left == met.entered {
            before
        } else {
            met.left
        };
        self.held.insert(met.key, after);
        CellTrace {
            cell: name.map_or_else(|| "?".to_owned(), |name| (self.scene.cells)(&name)),
            mode: self.modes.get(&met.key).copied().unwrap_or(met.mode).to_owned(),
            before: self.scene.scalar(met.ty, before),
            after: self.scene.scalar(met.ty, after),
        }
    }
}

/// The name of a cell: `Token.balances[alice]`.
#[must_use]
pub fn cell_name(cell: &CellName, names: Names<'_>) -> String {
    let (head, tail) = split(&cell.variable);
    let mut text = format!("{}.{head}", names(cell.container).unwrap_or_else(|| cell.contract.clone()));
    for (ty, key) in &cell.keys {
        text.push_str(&format!("[{}]", show(&(*ty).into(), &[*key], names)));
    }
    text + if cell.is_lock { "[*]" } else { "" } + &tail
}

fn field(param: &Param) -> Field {
    Field { name: param.name.clone(), ty: param.ty.clone(), constant: false }
}
