//! Parallel branches: what two branches of a `par` touch is compatible, whatever the arguments are.
//!
//! Two slots may turn out to be one container, so the answer holds for one binding: the compiler asks for the slots
//! as they are written, and again for every app; deployment asks for what it binds.

use super::{Linked, LinkedAccess, Mode, Op, Term};
use crate::manifest::{Holding, Manifest};

/// Two accesses of different branches that may meet in one cell, where one of them must wait for the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clash {
    /// The number of the earlier branch's access among those of the call.
    pub first: usize,
    /// The number of the later branch's access.
    pub second: usize,
    /// The map levels whose keys are not the same term: the cells are one if these keys are equal.
    pub levels: Vec<usize>,
}

/// What the instances of a linked entry are.
pub struct Instances<'a> {
    /// The manifest of each, the called container's first.
    pub manifests: &'a [&'a Manifest],
    /// For each, the number of the container that it is.
    pub containers: &'a [u32],
}

/// The first clash between two branches of a group; `groups` number the steps of the composition itself.
#[must_use]
pub fn clash(linked: &Linked, groups: &[Vec<Vec<u16>>], instances: &Instances<'_>) -> Option<Clash> {
    for group in groups {
        for (at, branch) in group.iter().enumerate() {
            for later in group.get(at + 1..).unwrap_or_default() {
                let pairs = accesses(linked, branch)
                    .flat_map(|first| accesses(linked, later).map(move |second| (first, second)));
                for (first, second) in pairs {
                    let (a, b) = (linked.accesses.get(first)?, linked.accesses.get(second)?);
                    if let Some(levels) = instances.meet(a, b) {
                        return Some(Clash { first, second, levels });
                    }
                }
            }
        }
    }
    None
}

/// The numbers of the accesses that some steps make, with those that they take themselves.
fn accesses(linked: &Linked, steps: &[u16]) -> impl Iterator<Item = usize> {
    let start = |step: usize| linked.steps.get(step).map(|step| step.accesses_start as usize);
    steps.iter().flat_map(move |step| {
        let step = usize::from(*step);
        let end = start(step + 1).unwrap_or(linked.accesses.len());
        start(step).unwrap_or(end)..end
    })
}

impl Instances<'_> {
    fn holding(&self, access: &LinkedAccess) -> Option<&Holding> {
        let manifest = self.manifests.get(usize::from(access.instance))?;
        manifest.variable(access.access.variable).map(|variable| &variable.holding)
    }

    fn are_same(&self, a: u16, b: u16) -> bool {
        let container = |instance: u16| self.containers.get(usize::from(instance));
        container(a) == container(b)
    }

    /// The map levels on whose keys it depends whether two accesses meet where one must wait for the other; `None`
    /// where they never do.
    fn meet(&self, a: &LinkedAccess, b: &LinkedAccess) -> Option<Vec<usize>> {
        let (held, other) = (self.holding(a)?, self.holding(b)?);
        let is_ledger = *held == Holding::Coin && *other == Holding::Coin;
        let is_one = self.are_same(a.instance, b.instance) && a.access.variable == b.access.variable;
        if !is_ledger && !is_one || commute(&a.access.mode, &b.access.mode, held.is_capped()) {
            return None;
        }
        let mut levels = Vec::new();
        for (level, (key, other)) in a.access.keys.iter().zip(&b.access.keys).enumerate() {
            if self.differ(key, other) {
                return None;
            }
            if key != other {
                levels.push(level);
            }
        }
        Some(levels)
    }

    /// True if two keys of one call are never equal.
    fn differ(&self, a: &Term, b: &Term) -> bool {
        match (a.0.as_slice(), b.0.as_slice()) {
            ([Op::Const(_, a)], [Op::Const(_, b)]) => a != b,
            ([Op::SelfAddress { instance: a }], [Op::SelfAddress { instance: b }]) => !self.are_same(*a, *b),
            (
                [.., Op::Fresh { step: a, site: a_site, .. }],
                [.., Op::Fresh { step: b, site: b_site, .. }],
            ) => (a, a_site) != (b, b_site),
            _ => false,
        }
    }
}

/// True for what has one result in either order, without a look at how much head-room there is.
fn commute(a: &Mode, b: &Mode, is_capped: bool) -> bool {
    match (a, b) {
        (Mode::Read, Mode::Read) | (Mode::Max, Mode::Max) | (Mode::Min, Mode::Min) => true,
        (Mode::Delta(_), Mode::Delta(_)) => is_capped && a.is_credit() && b.is_credit(),
        _ => false,
    }
}
