//! Which locals of a function never change once they have a value: a list among them needs no copy of its own.

use crate::tree::{Function, LocalId, Part, Stmt, StmtKind};

/// For each local, whether it is given a value at most once and never changed in part.
pub(super) fn steady(function: &Function) -> Vec<bool> {
    let mut changes = Changes { counts: vec![0; function.locals.len()] };
    for number in 0..function.params {
        changes.add(LocalId(number), 1);
    }
    function.body.iter().for_each(|stmt| changes.part(Part::Stmt(stmt)));
    changes.counts.into_iter().map(|count| count <= 1).collect()
}

/// How often the text changes each local.
struct Changes {
    counts: Vec<u32>,
}

/// More than once.
const IN_PART: u32 = 2;

impl Changes {
    fn add(&mut self, local: LocalId, times: u32) {
        if let Some(count) = self.counts.get_mut(local.0 as usize) {
            *count = count.saturating_add(times);
        }
    }

    fn part(&mut self, part: Part<'_>) {
        match part {
            Part::Stmt(stmt) => {
                self.changed_by(stmt);
                stmt.parts(&mut |part| self.part(part));
            }
            Part::Expr(expr) => expr.parts(&mut |part| self.part(part)),
        }
    }

    /// What a statement changes itself.
    fn changed_by(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Set(local, _) => self.add(*local, 1),
            StmtKind::SetElement(local, ..)
            | StmtKind::Push(local, _)
            | StmtKind::Shorten(local)
            | StmtKind::SetField(local, ..) => self.add(*local, IN_PART),
            StmtKind::For(repeat) => self.add(repeat.index, 1),
            StmtKind::Step(step) => step.bind.iter().for_each(|local| self.add(*local, 1)),
            StmtKind::Try(attempt) => attempt.reason.iter().for_each(|local| self.add(*local, 1)),
            _ => {}
        }
    }
}
