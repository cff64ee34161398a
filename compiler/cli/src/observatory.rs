//! The observatory: a program's observed twins, and what they have told.
//!
//! [`Observatory::new`] makes the twin of every container, [`Observatory::observation`] is what a world is made with,
//! and [`Observatory::passed`] says which points of the source were passed since it was last asked: for coverage, and
//! for whoever looks for calls that come to new places.

use mc_compiler::Compiled;
use mc_compiler::emit::map::Point;
use mc_compiler::tree::UnitId;
use mc_runtime::observe::{Happening, ModuleHash, Observation};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How often each point was passed, by the unit and the point's number.
pub type Passed = BTreeMap<(UnitId, u32), u64>;

/// The observed twins of a program.
pub struct Observatory {
    observation: Arc<Observation>,
    /// The units by the hashes of their modules; equal modules are of equal sources.
    units: BTreeMap<ModuleHash, UnitId>,
    points: BTreeMap<UnitId, Vec<Point>>,
}

impl Observatory {
    /// The twins of everything in a program; `is_detailed` says whether more is told than what was passed.
    #[must_use]
    pub fn new(compiled: &Compiled, is_detailed: bool) -> Self {
        let (mut units, mut points, mut twins) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for container in &compiled.containers {
            let Some(observed) = container.observed(&compiled.program) else { continue };
            let hash = container.package.module_hash();
            units.entry(hash).or_insert(container.unit);
            twins.insert(hash, observed.module);
            points.insert(container.unit, observed.points);
        }
        Self { observation: Arc::new(Observation::new(twins, is_detailed)), units, points }
    }

    /// What observed worlds are made with.
    #[must_use]
    pub fn observation(&self) -> Arc<Observation> {
        self.observation.clone()
    }

    /// The points of each unit, by number.
    #[must_use]
    pub fn points(&self) -> &BTreeMap<UnitId, Vec<Point>> {
        &self.points
    }

    /// A point of the unit whose module this is.
    #[must_use]
    pub fn point(&self, module: &ModuleHash, number: u32) -> Option<&Point> {
        self.points.get(self.units.get(module)?)?.get(number as usize)
    }

    /// The points that were passed since this was last asked.
    #[must_use]
    pub fn passed(&self) -> Passed {
        let mut passed = Passed::new();
        for (module, points) in self.observation.take().passed {
            let Some(unit) = self.units.get(&module) else { continue };
            passed.extend(points.into_iter().map(|(point, times)| ((*unit, point), times)));
        }
        passed
    }

    /// What happened in each transaction since this was last asked.
    #[must_use]
    pub fn happened(&self) -> Vec<Vec<Happening>> {
        self.observation.take().transactions
    }
}
