//! The cells that a body names, and the access formulas they come to.

use super::flow::Symbol;
use super::outline::Sequence;
use super::shift::Shift;
use super::terms::both;
use crate::ir::{LoopId, Site, SiteId};
use crate::tree::Unit;
use mc_container::access::source::missing;
use mc_container::access::{Access, Delta, EntryAccess, Mode, Range, Sketch, StepCall, Term, VariableId};
use mc_container::verify::TERM_OPS_MAX;
use mc_syntax::source::Span;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The number of a cell (or of a set of cells) that a body names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct CellId(pub(crate) u32);

/// A loop around a place in the code.
#[derive(Clone, Debug)]
pub(crate) struct Around {
    pub(crate) id: LoopId,
    /// Its bounds, or at least its greatest number of turns.
    pub(crate) range: Result<Range, u32>,
}

/// A cell as the code names it, in the loops it stands in.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    pub(crate) variable: VariableId,
    pub(crate) keys: Vec<Symbol>,
    pub(crate) loops: Vec<Around>,
    /// The places in the code that name it so.
    pub(crate) sites: Vec<SiteId>,
    /// Its value is used for something.
    pub(crate) observed: bool,
    /// It may change.
    pub(crate) changed: bool,
    /// Something may be taken from it, or must be in it.
    pub(crate) debited: bool,
    /// No more than so much may be in it.
    pub(crate) bounded: bool,
    /// It may be raised to some value, or lowered, whatever it was.
    pub(crate) raised: bool,
    pub(crate) lowered: bool,
    /// Truths that hold wherever the code names it.
    pub(crate) conditions: Vec<Rc<Term>>,
    /// The first places where its value is used, where it is added to, and where by an unknown amount.
    pub(crate) observed_at: Option<SiteId>,
    pub(crate) moved_at: Option<SiteId>,
    pub(crate) unknown_at: Option<SiteId>,
    /// How far a turn of the loops around it moves it; `None` for an unknown amount.
    pub(crate) shift: Option<Shift>,
}

/// What makes two cells the same wherever they stand: keys that use an index mean another cell in another loop.
type Name = (VariableId, Vec<Symbol>, Vec<LoopId>);

impl Cell {
    fn is_exact(&self) -> bool {
        self.keys.iter().all(Option::is_some)
    }

    fn name(&self) -> Name {
        let indexed = self.keys.iter().flatten().any(|key| key.indexes().next().is_some());
        let loops = self.loops.iter().filter(|_| indexed).map(|around| around.id).collect();
        (self.variable, self.keys.clone(), loops)
    }
}

/// How code finds the cell of a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SitePlan {
    /// In the slot that the table gives for the access, in the turn of these loops.
    Exact {
        /// The number of the access.
        access: u32,
        /// The loops whose turns count, outermost first.
        loops: Vec<LoopId>,
    },
    /// Through the host, with the keys that execution computes.
    Resolve {
        /// The number of the access.
        access: u32,
    },
    /// Never reached.
    Unreached,
}

/// What analysis knows about a body.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// The access formulas.
    pub access: EntryAccess,
    /// How each site finds its cell.
    pub plans: Vec<SitePlan>,
    /// For each access, the places in the source that make it.
    pub places: Vec<Vec<Span>>,
    /// For each access, why it is no better than it is.
    pub causes: Vec<Cause>,
    /// The steps of a composition, and what is known of each.
    pub sequence: Sequence,
}

/// Why an access is no better than it is, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cause {
    /// The calls that lead from the entry to the first place that makes it, outermost first.
    pub calls: Vec<Span>,
    /// Where the value of a number is used that is otherwise only added to, and where it is added to before.
    pub observed: Option<(Span, Span)>,
    /// Where something is added whose amount only execution tells.
    pub amount: Option<Span>,
    /// Where a value is read that lies too deep for a key to be made of it.
    pub deep: Option<Span>,
}

/// What is done to the cells of one exact name, wherever they stand.
#[derive(Clone, Copy, Debug, Default)]
struct Use {
    observed: bool,
    changed: bool,
    debited: bool,
    bounded: bool,
    raised: bool,
    lowered: bool,
    /// It is added to, or taken from.
    moved: bool,
    /// By an unknown amount.
    unknown: bool,
    observed_at: Option<SiteId>,
    moved_at: Option<SiteId>,
    unknown_at: Option<SiteId>,
}

impl Use {
    fn add(&mut self, cell: &Cell) {
        self.observed |= cell.observed;
        self.changed |= cell.changed;
        self.debited |= cell.debited;
        self.bounded |= cell.bounded;
        self.raised |= cell.raised;
        self.lowered |= cell.lowered;
        self.moved |= cell.shift.as_ref() != Some(&Shift::zero());
        self.unknown |= cell.shift.as_ref().is_none_or(|shift| shift.size() > TERM_OPS_MAX);
        self.observed_at = self.observed_at.or(cell.observed_at);
        self.moved_at = self.moved_at.or(cell.moved_at);
        self.unknown_at = self.unknown_at.or(cell.unknown_at);
    }

    /// True where amounts of an asset are only ever added, so that nobody needs head-room.
    fn only_credits(&self, unit: &Unit, variable: VariableId) -> bool {
        let adds = self.moved && !self.observed && !self.debited && !self.raised && !self.lowered;
        adds && unit.variable(variable).is_some_and(|variable| variable.holding.is_capped())
    }
}

/// What else is known of a body.
#[derive(Clone, Copy)]
pub(crate) struct Found<'b> {
    /// Where its sites stand.
    pub(crate) sites: &'b [Site],
    /// The first place whose value lies too deep to be followed.
    pub(crate) deep: Option<SiteId>,
    /// It is a view.
    pub(crate) reads_only: bool,
}

/// Turns the cells of a body into its access formulas.
pub(crate) fn finish(
    unit: &Unit,
    cells: Vec<Cell>,
    steps: Vec<StepCall>,
    Found { sites, deep, reads_only }: Found<'_>,
) -> Analysis {
    let mut uses: BTreeMap<Name, Use> = BTreeMap::new();
    for cell in &cells {
        uses.entry(cell.name()).or_default().add(cell);
    }
    let mut analysis = Analysis {
        access: EntryAccess { steps, ..EntryAccess::default() },
        plans: vec![SitePlan::Unreached; sites.len()],
        places: Vec::new(),
        causes: Vec::new(),
        sequence: Sequence::default(),
    };
    for cell in cells {
        let same = uses.get(&cell.name()).copied().unwrap_or_default();
        let ids: Vec<LoopId> = cell.loops.iter().map(|around| around.id).collect();
        let exact = cell.is_exact();
        let credits = same.only_credits(unit, cell.variable);
        let mut mode = mode_of(&cell, same, exact, reads_only);
        if credits && !mode.is_settled() {
            // Whatever the amount, it is not more than the supply, so nobody needs to look it up.
            mode = Mode::Delta(Delta::any_credit());
        }
        let count = u32::try_from(cell.sites.len()).unwrap_or(u32::MAX);
        let sketch = Sketch {
            variable: cell.variable,
            keys: cell.keys.iter().map(|key| key.as_deref().cloned()).collect(),
            mode,
            ranges: cell.loops.into_iter().map(|around| around.range).collect(),
            touches_max: if exact { 1 } else { count },
            when: all(&cell.conditions),
            is_capped: unit.variable(cell.variable).is_some_and(|variable| variable.holding.is_capped()),
        };
        let mut widened = sketch.widen();
        // Whatever is added, and to whichever cell: it is not more than the supply.
        if credits && widened.access.mode == Mode::Write {
            widened.access.mode = Mode::Delta(Delta::any_credit());
        }
        let access = merge(&mut analysis, widened.access, exact);
        let cause = cause(same, cell.sites.first().copied(), deep.filter(|_| !exact), sites);
        if access as usize == analysis.causes.len() {
            analysis.causes.push(cause);
        }
        let loops: Vec<LoopId> = widened.ranges.iter().filter_map(|range| ids.get(*range).copied()).collect();
        for site in cell.sites {
            let plan = if exact {
                SitePlan::Exact { access, loops: loops.clone() }
            } else {
                SitePlan::Resolve { access }
            };
            record(&mut analysis, site, access, plan, sites);
        }
    }
    analysis
}

/// Why an access is no better, which stands at the site `first`.
fn cause(same: Use, first: Option<SiteId>, deep: Option<SiteId>, sites: &[Site]) -> Cause {
    let site = |id: SiteId| sites.get(id.0 as usize);
    let span = |id: Option<SiteId>| id.and_then(site).map(|site| site.span);
    Cause {
        calls: first.and_then(site).map(|site| site.calls.clone()).unwrap_or_default(),
        observed: span(same.observed_at.filter(|used| same.moved_at.is_some_and(|moved| moved < *used)))
            .zip(span(same.moved_at)),
        amount: span(same.unknown_at.filter(|_| same.unknown && !same.observed)),
        deep: span(deep),
    }
}

/// The truth that all of these hold, or as many of them as a formula has room for.
pub(super) fn all(conditions: &[Rc<Term>]) -> Option<Term> {
    let all = conditions.iter().cloned().reduce(|all, one| both(&all, &one).unwrap_or(all));
    all.as_deref().cloned()
}

fn mode_of(cell: &Cell, same: Use, exact: bool, reads_only: bool) -> Mode {
    let blind = exact && !same.observed;
    match &cell.shift {
        _ if !same.changed && (same.observed || same.bounded || same.unknown || !exact || reads_only) => {
            Mode::Read
        }
        _ if blind && same.raised && !same.lowered && !same.moved => Mode::Max,
        _ if blind && same.lowered && !same.raised && !same.moved => Mode::Min,
        Some(shift) if blind && !same.raised && !same.lowered && !same.unknown => {
            Mode::Delta(shift.clone().delta())
        }
        _ => Mode::Write,
    }
}

/// Adds a read of every cell that a formula needs and that no access lets it look at.
pub(crate) fn cover_sources(unit: &Unit, access: &mut EntryAccess) {
    let added = missing(access, &access.accesses, |id| depth(unit, id));
    access.accesses.extend(added);
}

/// Forgets results that need a cell which the call does not look at anyway: who only adds to it is to stay so.
pub(crate) fn keep_observed_results(unit: &Unit, access: &mut EntryAccess) {
    let mut results = std::mem::take(&mut access.results);
    for result in &mut results {
        let alone = EntryAccess { results: vec![result.clone()], ..EntryAccess::default() };
        if !missing(&alone, &access.accesses, |id| depth(unit, id)).is_empty() {
            *result = None;
        }
    }
    access.results = results;
}

fn depth(unit: &Unit, variable: VariableId) -> usize {
    unit.variable(variable).map_or(0, |variable| variable.keys.len())
}

/// Adds an access, or joins it with one that names the same cells; gives its number.
fn merge(analysis: &mut Analysis, access: Access, exact: bool) -> u32 {
    let accesses = &mut analysis.access.accesses;
    let counts = |mode: &Mode| matches!(mode, Mode::Delta(_));
    let same = accesses.iter_mut().enumerate().find(|(_, earlier)| {
        earlier.variable == access.variable
            && earlier.keys == access.keys
            && earlier.ranges == access.ranges
            && !counts(&earlier.mode)
            && !counts(&access.mode)
    });
    if let Some((number, earlier)) = same {
        if access.mode != earlier.mode {
            earlier.mode = Mode::Write;
        }
        if access.when != earlier.when {
            earlier.when = None;
        }
        // An exact access has one cell a turn, however many places name it.
        if !exact {
            earlier.touches_max = earlier.touches_max.saturating_add(access.touches_max);
        }
        return u32::try_from(number).unwrap_or(u32::MAX);
    }
    accesses.push(access);
    analysis.places.push(Vec::new());
    u32::try_from(accesses.len() - 1).unwrap_or(u32::MAX)
}

fn record(analysis: &mut Analysis, site: SiteId, access: u32, plan: SitePlan, sites: &[Site]) {
    if let Some(slot) = analysis.plans.get_mut(site.0 as usize) {
        *slot = plan;
    }
    let places = analysis.places.get_mut(access as usize);
    if let (Some(places), Some(site)) = (places, sites.get(site.0 as usize))
        && !places.contains(&site.span)
    {
        places.push(site.span);
    }
}
