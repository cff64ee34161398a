//! How many steps a composition takes: on its longest way, and at all places of its code.
//!
//! A step of a loop stands at as many places as the loop has turns at most, and a step that runs another
//! composition is followed by the steps of that one.

use super::{Behind, Program, Step, Stmt, StmtKind, Unit, UnitId};
use mc_container::manifest::EntryKind;
use std::collections::BTreeMap;

impl Unit {
    /// True for a composition.
    #[must_use]
    pub fn composes(&self) -> bool {
        self.functions
            .iter()
            .any(|function| function.kind == super::FunctionKind::Callable(EntryKind::Compose))
    }
}

impl Program {
    /// The paper's Sequence: the greatest number of steps that one run of these statements may take, those inside
    /// of its steps included.
    #[must_use]
    pub fn sequence(&self, unit: &Unit, stmts: &[Stmt]) -> u32 {
        Count::new(self, u32::max).stmts(unit, stmts)
    }

    /// The number of places at which these statements take steps, those inside of their steps included.
    #[must_use]
    pub fn places(&self, unit: &Unit, stmts: &[Stmt]) -> u32 {
        Count::new(self, u32::saturating_add).stmts(unit, stmts)
    }

    /// The composition that a step runs.
    #[must_use]
    pub fn composition(&self, unit: &Unit, step: &Step) -> Option<(UnitId, &Unit)> {
        match unit.slots.get(usize::from(step.slot))?.behind {
            Behind::Unit(id) => self.unit(id).filter(|unit| unit.composes()).map(|unit| (id, unit)),
            Behind::Interface(_) => None,
        }
    }
}

/// True if anything in `stmts` is a step.
#[must_use]
pub fn takes_steps(stmts: &[Stmt]) -> bool {
    stmts.iter().any(|stmt| match &stmt.kind {
        StmtKind::Step(_) => true,
        StmtKind::If(_, then, otherwise) => takes_steps(then) || takes_steps(otherwise),
        StmtKind::For(repeat) => takes_steps(&repeat.body),
        StmtKind::Try(attempt) => takes_steps(&attempt.body) || takes_steps(&attempt.catch),
        StmtKind::Par(branches) => branches.iter().any(|branch| takes_steps(branch)),
        _ => false,
    })
}

/// Counts steps.
struct Count<'p> {
    program: &'p Program,
    /// What two ways of which one is taken come to.
    either: fn(u32, u32) -> u32,
    /// Those inside of each composition met so far.
    known: BTreeMap<UnitId, u32>,
}

impl<'p> Count<'p> {
    fn new(program: &'p Program, either: fn(u32, u32) -> u32) -> Self {
        Self { program, either, known: BTreeMap::new() }
    }

    fn stmts(&mut self, unit: &'p Unit, stmts: &'p [Stmt]) -> u32 {
        stmts.iter().fold(0, |total: u32, stmt| total.saturating_add(self.stmt(unit, stmt)))
    }

    fn stmt(&mut self, unit: &'p Unit, stmt: &'p Stmt) -> u32 {
        match &stmt.kind {
            StmtKind::Step(step) => self.inside(unit, step).saturating_add(1),
            StmtKind::If(_, then, otherwise) => {
                let (then, otherwise) = (self.stmts(unit, then), self.stmts(unit, otherwise));
                (self.either)(then, otherwise)
            }
            StmtKind::For(repeat) => self.stmts(unit, &repeat.body).saturating_mul(repeat.turns_max),
            // What is undone has been taken all the same.
            StmtKind::Try(attempt) => {
                self.stmts(unit, &attempt.body).saturating_add(self.stmts(unit, &attempt.catch))
            }
            StmtKind::Par(branches) => {
                branches.iter().fold(0, |total: u32, branch| total.saturating_add(self.stmts(unit, branch)))
            }
            _ => 0,
        }
    }

    /// The steps inside of a step.
    fn inside(&mut self, unit: &'p Unit, step: &Step) -> u32 {
        let Some((id, composition)) = self.program.composition(unit, step) else { return 0 };
        if let Some(known) = self.known.get(&id) {
            return *known;
        }
        let body = composition.function(step.function).map_or(&[][..], |function| &function.body);
        let inside = self.stmts(composition, body);
        self.known.insert(id, inside);
        inside
    }
}
