//! The cells that a body names, and the access formulas they come to.

use super::flow::Symbol;
use super::shift::Shift;
use super::touch::is_amount;
use crate::ir::{LoopId, SiteId};
use crate::tree::Unit;
use mc_container::access::{Access, EntryAccess, Mode, Range, Sketch, StepCall, Term, VariableId};
use mc_container::verify::TERM_OPS_MAX;
use mc_syntax::source::Span;
use std::collections::BTreeMap;

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
}

/// Whether cells of one exact name, wherever they stand, are observed, changed, debited, or moved by an unknown
/// amount.
#[derive(Clone, Copy, Debug, Default)]
struct Use {
    observed: bool,
    changed: bool,
    debited: bool,
    unknown: bool,
}

/// Turns the cells of a body into its access formulas.
pub(crate) fn finish(
    unit: &Unit,
    cells: Vec<Cell>,
    steps: Vec<StepCall>,
    sites: &[Span],
    reads_only: bool,
) -> Analysis {
    let mut uses: BTreeMap<Name, Use> = BTreeMap::new();
    for cell in &cells {
        let same = uses.entry(cell.name()).or_default();
        same.observed |= cell.observed;
        same.changed |= cell.changed;
        same.debited |= cell.debited;
        same.unknown |= cell.shift.as_ref().is_none_or(|shift| shift.size() > TERM_OPS_MAX);
    }
    let mut analysis = Analysis {
        access: EntryAccess { accesses: Vec::new(), steps, results: Vec::new() },
        plans: vec![SitePlan::Unreached; sites.len()],
        places: Vec::new(),
    };
    for cell in cells {
        let same = uses.get(&cell.name()).copied().unwrap_or_default();
        let ids: Vec<LoopId> = cell.loops.iter().map(|around| around.id).collect();
        let exact = cell.is_exact();
        let depth = cell.keys.len();
        let mode = mode_of(&cell, same, exact, reads_only);
        let credits = exact && same.changed && !same.observed && !same.debited;
        let credits = credits && unit.variable(cell.variable).is_some_and(is_amount);
        let count = u32::try_from(cell.sites.len()).unwrap_or(u32::MAX);
        let sketch = Sketch {
            variable: cell.variable,
            keys: cell.keys.iter().map(|key| key.as_deref().cloned()).collect(),
            mode,
            ranges: cell.loops.into_iter().map(|around| around.range).collect(),
            touches_max: if exact { 1 } else { count },
            when: None,
            is_capped: credits,
        };
        let mut widened = sketch.widen();
        // Whatever the turns add to it, it is not more than the supply.
        if credits && widened.access.mode == Mode::Write && widened.access.keys.len() == depth {
            widened.access.mode = Mode::Delta(Shift::credit().delta());
        }
        let access = merge(&mut analysis, widened.access, exact);
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

fn mode_of(cell: &Cell, same: Use, exact: bool, reads_only: bool) -> Mode {
    match &cell.shift {
        _ if !same.changed && (same.observed || same.unknown || !exact || reads_only) => Mode::Read,
        Some(shift) if exact && !same.observed && !same.unknown => Mode::Delta(shift.clone().delta()),
        _ => Mode::Write,
    }
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
        if access.mode == Mode::Write {
            earlier.mode = Mode::Write;
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

fn record(analysis: &mut Analysis, site: SiteId, access: u32, plan: SitePlan, sites: &[Span]) {
    if let Some(slot) = analysis.plans.get_mut(site.0 as usize) {
        *slot = plan;
    }
    let places = analysis.places.get_mut(access as usize);
    if let (Some(places), Some(span)) = (places, sites.get(site.0 as usize))
        && !places.contains(span)
    {
        places.push(*span);
    }
}

/// A term that is small enough to keep, or unknown.
pub(crate) fn bounded(term: Term) -> Symbol {
    (term.0.len() <= TERM_OPS_MAX / 4).then(|| std::rc::Rc::new(term))
}
