//! The slots that no `uses` names: those of the compositions that a composition takes as steps.

use super::unit::Declarer;
use crate::load::Loaded;
use crate::tree::{Behind, Slot};
use mc_syntax::ast::{Block, Ident, ItemKind, Stmt, StmtKind};

impl Declarer<'_, '_> {
    /// A slot for each composition that the body takes as a step by its own name.
    pub(super) fn implied_slots(&mut self, loaded: &Loaded, body: &Block) {
        let mut named = Vec::new();
        steps(body, &mut named);
        for name in named {
            if self.unit.slots.iter().any(|slot| slot.name == name.name)
                || self.scope.silenced.contains(&name.name)
            {
                continue;
            }
            let Some(at) = self.names.get(self.file, &name.name) else {
                if self.names.is_missing(self.file, &name.name) {
                    self.scope.silence(&name.name);
                }
                continue;
            };
            let item = loaded.files.get(usize::from(at.file.0)).and_then(|file| file.items.get(at.item));
            let composes = item.is_some_and(|item| matches!(item.kind, ItemKind::Compose(_)));
            if let Some(unit) = self.numbers.units.get(&(at.file, at.item)).filter(|_| composes) {
                self.unit.slots.push(Slot {
                    name: name.name.clone(),
                    span: name.span,
                    behind: Behind::Unit(*unit),
                    generics: Vec::new(),
                    implied: true,
                });
            }
        }
    }
}

/// The names of the steps that have no other, in the order of the text.
fn steps<'b>(block: &'b Block, named: &mut Vec<&'b Ident>) {
    block.stmts.iter().for_each(|stmt| step(stmt, named));
}

fn step<'b>(stmt: &'b Stmt, named: &mut Vec<&'b Ident>) {
    match &stmt.kind {
        StmtKind::Step(_, call, _) => named.extend(call.path.single()),
        StmtKind::If(_, then, otherwise) => {
            steps(then, named);
            otherwise.iter().for_each(|block| steps(block, named));
        }
        StmtKind::For { body, .. } | StmtKind::Par(body) => steps(body, named),
        StmtKind::Match(_, arms) => arms.iter().for_each(|arm| steps(&arm.body, named)),
        StmtKind::Try(tried, _, caught) => {
            steps(tried, named);
            steps(caught, named);
        }
        _ => {}
    }
}
