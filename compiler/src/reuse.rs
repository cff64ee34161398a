//! Containers that need not be made again: whoever types changes one contract of many.
//!
//! A contract's container follows from its text and from what it can name. What is no contract, composition, app or test
//! counts as something that all of them name. So where a contract names no other and these two are what they were,
//! its container is that of the last time, moved to where the contract stands now. Everything else is made again.

use crate::access::Analysis;
use crate::ir::{Body, Site};
use crate::load::Loaded;
use crate::resolve::name_of;
use crate::tree::{Program, Unit, UnitId};
use crate::{Cause, Container, Sequence};
use mc_syntax::ast::{Item, ItemKind};
use mc_syntax::source::Span;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a container follows from.
type Digest = [u8; 32];

/// The containers of the last compilation that had some.
#[derive(Debug, Default)]
pub struct Reuse {
    known: BTreeMap<Digest, (Span, Container)>,
    /// What the containers of this compilation follow from, and where each contract stands.
    now: BTreeMap<UnitId, (Digest, Span)>,
    taken: usize,
}

impl Reuse {
    /// The containers of a program that are known, in the order of its units.
    pub(crate) fn take(&mut self, loaded: &Loaded, program: &Program) -> Vec<Container> {
        self.now = digests(loaded, program);
        let known = self.now.iter().filter_map(|(id, (digest, at))| {
            let (before, container) = self.known.get(digest)?;
            let mut container = Container { unit: *id, ..container.clone() };
            move_container(&mut container, Move { from: *before, to: *at });
            Some(container)
        });
        let known: Vec<Container> = known.collect();
        self.taken = known.len();
        known
    }

    /// How many containers the last compilation did not have to make.
    #[must_use]
    pub fn taken(&self) -> usize {
        self.taken
    }

    /// Keeps the containers that may be known the next time, and no others.
    pub(crate) fn keep(&mut self, made: &[Container]) {
        let mut before = std::mem::take(&mut self.known);
        for container in made {
            if let Some((digest, at)) = self.now.get(&container.unit) {
                let known = before.remove(digest).unwrap_or_else(|| (*at, container.clone()));
                self.known.insert(*digest, known);
            }
        }
    }
}

/// What each contract follows from that names no other, and where it stands.
fn digests(loaded: &Loaded, program: &Program) -> BTreeMap<UnitId, (Digest, Span)> {
    let units = unit_names(loaded);
    let Some(common) = common(loaded, &units) else { return BTreeMap::new() };
    let items = loaded.files.iter().flat_map(|file| &file.items);
    let contracts = items.filter(|item| matches!(item.kind, ItemKind::Contract(_)));
    let places: BTreeMap<Span, &Item> =
        contracts.filter_map(|item| Some((name_of(&item.kind)?.span, item))).collect();
    let digest = |(id, unit): (UnitId, &Unit)| {
        let item = places.get(&unit.span).filter(|item| !names_one(item, &units, &unit.name))?;
        let mut hasher = common.clone();
        add(&mut hasher, loaded.sources.get(unit.span.file).map_or("", |source| &source.path));
        add(&mut hasher, loaded.sources.text(item.span));
        Some((id, (*hasher.finalize().as_bytes(), item.span)))
    };
    (0..).map(UnitId).zip(&program.units).filter_map(digest).collect()
}

/// What all contracts follow from; `None` if something of it names one, which then follows from the others, too.
fn common(loaded: &Loaded, units: &BTreeSet<&str>) -> Option<blake3::Hasher> {
    let mut hasher = blake3::Hasher::new();
    for ((_, source), file) in loaded.sources.iter().zip(&loaded.files) {
        add(&mut hasher, &source.path);
        for import in &file.imports {
            add(&mut hasher, loaded.sources.text(import.span));
        }
        for item in file.items.iter().filter(|item| !stands_alone(&item.kind)) {
            if names_one(item, units, "") {
                return None;
            }
            // What a contract calls is copied into it with its places.
            if matches!(item.kind, ItemKind::Function(_)) {
                hasher.update(&item.span.start.to_le_bytes());
            }
            add(&mut hasher, loaded.sources.text(item.span));
        }
    }
    Some(hasher)
}

fn add(hasher: &mut blake3::Hasher, text: &str) {
    hasher.update(&(text.len() as u64).to_le_bytes());
    hasher.update(text.as_bytes());
}

/// True for what nothing else can depend on without naming it.
fn stands_alone(item: &ItemKind) -> bool {
    matches!(item, ItemKind::Contract(_) | ItemKind::Compose(_) | ItemKind::App(_) | ItemKind::Test(_))
}

/// What contracts and compositions are called, under any name.
fn unit_names(loaded: &Loaded) -> BTreeSet<&str> {
    let items = loaded.files.iter().flat_map(|file| &file.items);
    let units = items.filter(|item| matches!(item.kind, ItemKind::Contract(_) | ItemKind::Compose(_)));
    let own: BTreeSet<&str> = units.filter_map(|item| Some(name_of(&item.kind)?.name.as_str())).collect();
    let imports = loaded.files.iter().flat_map(|file| &file.imports).flat_map(|import| &import.names);
    let aliases = imports
        .filter(|import| own.contains(import.name.name.as_str()))
        .filter_map(|import| Some(import.alias.as_ref()?.name.as_str()));
    own.iter().copied().chain(aliases).collect()
}

/// True if a declaration names one of the units other than itself.
fn names_one(item: &Item, units: &BTreeSet<&str>, own: &str) -> bool {
    let mut found = false;
    item.mentions(&mut |name, _| found |= name.name != own && units.contains(name.name.as_str()));
    found
}

/// From where a contract stood to where it stands.
#[derive(Clone, Copy)]
struct Move {
    from: Span,
    to: Span,
}

impl Move {
    fn span(self, span: &mut Span) {
        let Self { from, to } = self;
        if span.file == from.file && from.start <= span.start && span.end <= from.end {
            let at = |offset: u32| (offset - from.start).saturating_add(to.start);
            *span = Span { file: to.file, start: at(span.start), end: at(span.end) };
        }
    }

    fn spans<'s>(self, spans: impl IntoIterator<Item = &'s mut Span>) {
        spans.into_iter().for_each(|span| self.span(span));
    }

    fn sites(self, sites: &mut [Site]) {
        for site in sites {
            self.span(&mut site.span);
            self.spans(&mut site.calls);
        }
    }

    fn cause(self, cause: &mut Cause) {
        let Cause { calls, observed, amount, deep } = cause;
        self.spans(calls);
        self.spans(observed.iter_mut().flat_map(|(one, other)| [one, other]));
        self.spans(amount.iter_mut().chain(deep));
    }

    fn sequence(self, sequence: &mut Sequence) {
        self.spans(&mut sequence.spans);
    }

    fn entry(self, (body, analysis): &mut (Body, Analysis)) {
        self.sites(&mut body.sites);
        self.sites(&mut body.origins);
        self.spans(body.steps.iter_mut().map(|step| &mut step.span));
        self.spans(analysis.places.iter_mut().flatten());
        analysis.causes.iter_mut().for_each(|cause| self.cause(cause));
        self.sequence(&mut analysis.sequence);
    }
}

/// Moves every place that a container knows.
fn move_container(container: &mut Container, by: Move) {
    if by.from == by.to {
        return;
    }
    container.map.origins.iter_mut().for_each(|sites| by.sites(sites));
    by.spans(container.places.iter_mut().flatten().flatten());
    container.causes.iter_mut().flatten().for_each(|cause| by.cause(cause));
    by.sequence(&mut container.sequence);
    Arc::make_mut(&mut container.entries).iter_mut().for_each(|entry| by.entry(entry));
}
