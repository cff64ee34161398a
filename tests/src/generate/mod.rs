//! Random programs and blocks, from a seed: small types, few keys and values near the limits, so that
//! transactions meet each other.

pub mod expr;
pub mod stmt;
pub mod program;
pub mod block;
pub mod rich;
pub mod constructs;
mod compute;
mod found;
mod compose;
mod market;

pub use block::block;
pub use program::program;

use mc_container::value::Scalar;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

/// The generator of random numbers for `seed`.
#[must_use]
pub fn rng(seed: u64) -> SmallRng {
    SmallRng::seed_from_u64(seed)
}

pub(crate) fn chance(rng: &mut SmallRng, percent: u32) -> bool {
    rng.random_range(0..100) < percent
}

pub(crate) fn pick<'l, T>(rng: &mut SmallRng, list: &'l [T]) -> &'l T {
    &list[rng.random_range(0..list.len())]
}

/// The number of one of the weights, the more likely the greater it is.
pub(crate) fn weighted(rng: &mut SmallRng, weights: &[u32]) -> usize {
    let mut at = rng.random_range(0..weights.iter().sum());
    for (number, weight) in weights.iter().enumerate() {
        if at < *weight {
            return number;
        }
        at -= weight;
    }
    weights.len() - 1
}

/// A state variable of a generated contract.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) keys: Vec<Scalar>,
    pub(crate) value: Scalar,
    pub(crate) immutable: bool,
}

/// A name with its type: a constant, a parameter, a field.
pub(crate) type Named = (String, Scalar);

/// A function of a generated contract.
#[derive(Clone, Debug)]
pub(crate) struct Signature {
    pub(crate) name: String,
    pub(crate) params: Vec<Named>,
    pub(crate) result: Option<Scalar>,
    pub(crate) writes: bool,
    pub(crate) cost: u32,
}

/// What the bodies of a generated contract may name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Contract {
    pub(crate) name: String,
    pub(crate) palette: Vec<Scalar>,
    /// Its entries only add to cells and guard them.
    pub(crate) plain: bool,
    /// Its composite state, if it has some.
    pub(crate) rich: Option<rich::Rich>,
    pub(crate) variables: Vec<Variable>,
    pub(crate) constants: Vec<Named>,
    pub(crate) errors: Vec<(String, Vec<Named>)>,
    pub(crate) events: Vec<(String, Vec<Named>)>,
    /// The `fn`s that are written already.
    pub(crate) functions: Vec<Signature>,
    /// The entries and views that are written already.
    pub(crate) entries: Vec<Signature>,
}

/// A local of a generated body.
#[derive(Clone, Debug)]
pub(crate) struct Local {
    pub(crate) name: String,
    pub(crate) ty: Scalar,
    pub(crate) mutable: bool,
}

/// Writes one body.
pub(crate) struct Writer<'w> {
    pub(crate) rng: &'w mut SmallRng,
    pub(crate) contract: &'w Contract,
    /// The slots of a composition, with what they are bound to.
    pub(crate) slots: Vec<(String, &'w Contract)>,
    /// Those that are bound to other compositions.
    pub(crate) nested: Vec<(String, compose::Composition)>,
    pub(crate) locals: Vec<Local>,
    pub(crate) result: Option<Scalar>,
    pub(crate) may_write: bool,
    /// Only what adds to cells and guards them, so that nothing in a block but their limits orders it.
    pub(crate) plain: bool,
    pub(crate) loops: u32,
    /// How often the code being written may run.
    pub(crate) turns: u32,
    /// Cells touched at most, of those that still fit.
    pub(crate) spent: u32,
    pub(crate) steps: u32,
    pub(crate) wrote: bool,
    pub(crate) names: u32,
    pub(crate) out: String,
    pub(crate) indent: usize,
}

/// Cells that one call may touch at most.
pub(crate) const COST_MAX: u32 = 300;

impl<'w> Writer<'w> {
    pub(crate) fn new(rng: &'w mut SmallRng, contract: &'w Contract, params: &[Named]) -> Self {
        let local = |(name, ty): &Named| Local { name: name.clone(), ty: *ty, mutable: false };
        Self {
            rng,
            contract,
            slots: Vec::new(),
            nested: Vec::new(),
            locals: params.iter().map(local).collect(),
            result: None,
            may_write: true,
            plain: false,
            loops: 0,
            turns: 1,
            spent: 0,
            steps: 0,
            wrote: false,
            names: 0,
            out: String::new(),
            indent: 2,
        }
    }

    pub(crate) fn chance(&mut self, percent: u32) -> bool {
        chance(self.rng, percent)
    }

    pub(crate) fn fresh(&mut self) -> String {
        self.names += 1;
        format!("v{}", self.names)
    }

    pub(crate) fn line(&mut self, text: &str) {
        for _ in 0..self.indent {
            self.out.push_str("    ");
        }
        self.out.push_str(text);
        self.out.push('\n');
    }

    /// Takes `cells` from the budget, as often as the code being written may run.
    pub(crate) fn afford(&mut self, cells: u32) -> bool {
        let cost = cells.saturating_mul(self.turns);
        let fits = self.spent.saturating_add(cost) <= COST_MAX;
        if fits {
            self.spent += cost;
        }
        fits
    }

    /// The locals that no later one hides.
    pub(crate) fn visible(&self) -> Vec<Local> {
        let hidden = |at: usize, name: &str| self.locals.iter().skip(at + 1).any(|later| later.name == name);
        let locals = self.locals.iter().enumerate();
        locals.filter(|(at, local)| !hidden(*at, &local.name)).map(|(_, local)| local.clone()).collect()
    }

    pub(crate) fn locals_of(&self, ty: Scalar) -> Vec<String> {
        self.visible().into_iter().filter(|local| local.ty == ty).map(|local| local.name).collect()
    }
}
