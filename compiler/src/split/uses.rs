//! What a piece of code uses: states, locals, functions.

use crate::tree::{
    Cells, Context, Expr, ExprKind, FunctionId, LocalId, Part, Place, StateId, Stmt, StmtKind, Unit,
};
use mc_container::access::VariableId;
use mc_syntax::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// Everything that some statements use.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    /// The states, those of called functions included.
    pub(super) states: BTreeSet<StateId>,
    /// Those of them that may change.
    pub(super) changed: BTreeSet<StateId>,
    /// The locals that are read.
    pub(super) read: BTreeSet<LocalId>,
    /// The locals that get a value, as often as they do.
    pub(super) set: Vec<LocalId>,
    /// Calls a function of the contract.
    pub(super) calls: BTreeSet<FunctionId>,
    /// Speaks of the contract's own address, or of the composition around.
    pub(super) address: bool,
    pub(super) via: bool,
    /// Pays out.
    pub(super) pays: bool,
    pub(super) returns: bool,
    /// Leaves a loop around it, or the turn of it.
    pub(super) escapes: bool,
}

/// True for what begins within a piece of text.
pub(super) fn holds(text: Span, part: Span) -> bool {
    text.start <= part.start && part.start < text.end
}

/// The states behind the variables of a contract.
pub(super) struct Uses<'u> {
    unit: &'u Unit,
    states: BTreeMap<VariableId, StateId>,
}

impl<'u> Uses<'u> {
    pub(super) fn new(unit: &'u Unit) -> Self {
        let mut states = BTreeMap::new();
        // The ledger of the system is nobody's state.
        let own = (0..).map(StateId).zip(&unit.states).filter(|(_, state)| !state.name.contains('.'));
        for (id, state) in own {
            within(&state.cells, &mut |variable| {
                states.insert(variable, id);
            });
        }
        Self { unit, states }
    }

    /// What the statements use, through the functions they call, too.
    pub(super) fn of<'t>(&self, stmts: impl IntoIterator<Item = &'t Stmt>) -> Facts {
        self.around(stmts, &[])
    }

    /// What they use outside of some blocks in them.
    pub(super) fn around<'t>(&self, stmts: impl IntoIterator<Item = &'t Stmt>, blocks: &[Span]) -> Facts {
        let mut facts = Facts::default();
        stmts.into_iter().for_each(|stmt| self.stmt(stmt, blocks, &mut facts));
        let mut pending: Vec<FunctionId> = facts.calls.iter().copied().collect();
        while let Some(id) = pending.pop() {
            let Some(function) = self.unit.function(id) else { continue };
            let mut inner = Facts::default();
            function.body.iter().for_each(|stmt| self.stmt(stmt, &[], &mut inner));
            facts.states.append(&mut inner.states);
            facts.changed.append(&mut inner.changed);
            facts.address |= inner.address;
            facts.via |= inner.via;
            facts.pays |= inner.pays;
            pending.extend(inner.calls.iter().filter(|call| !facts.calls.contains(call)));
            facts.calls.append(&mut inner.calls);
        }
        facts
    }

    /// The outermost statements that begin within a piece of the text.
    pub(super) fn found<'t>(&self, stmts: &'t [Stmt], text: Span) -> Vec<&'t Stmt> {
        let mut found = Vec::new();
        stmts.iter().for_each(|stmt| find(Part::Stmt(stmt), text, &mut found));
        found
    }

    fn stmt(&self, stmt: &Stmt, blocks: &[Span], facts: &mut Facts) {
        let escapes = facts.escapes;
        match &stmt.kind {
            StmtKind::Set(local, _) => facts.set.push(*local),
            StmtKind::SetElement(local, ..) | StmtKind::Push(local, _) | StmtKind::SetField(local, ..) => {
                facts.set.push(*local);
                facts.read.insert(*local);
            }
            StmtKind::Store(place, _) | StmtKind::Update(place, ..) => {
                facts.changed.extend(self.place(place));
                facts.pays |= self.place(place).is_none();
                facts.states.extend(self.place(place));
            }
            StmtKind::Call(function, _) => {
                facts.calls.insert(*function);
            }
            StmtKind::Return(_) => facts.returns = true,
            StmtKind::Break | StmtKind::Continue => facts.escapes = true,
            _ => {}
        }
        stmt.parts(&mut |part| self.part(part, blocks, facts));
        // What leaves a loop in it is still in it.
        if matches!(stmt.kind, StmtKind::For(_)) {
            facts.escapes = escapes;
        }
    }

    fn part(&self, part: Part<'_>, blocks: &[Span], facts: &mut Facts) {
        match part {
            Part::Stmt(stmt) if blocks.iter().any(|block| holds(*block, stmt.span)) => {}
            Part::Stmt(stmt) => self.stmt(stmt, blocks, facts),
            Part::Expr(expr) => self.expr(expr, blocks, facts),
        }
    }

    fn expr(&self, expr: &Expr, blocks: &[Span], facts: &mut Facts) {
        match &expr.kind {
            ExprKind::Local(local) => {
                facts.read.insert(*local);
            }
            ExprKind::Load(place) => facts.states.extend(self.place(place)),
            ExprKind::Call(function, _) => {
                facts.calls.insert(*function);
            }
            ExprKind::Context(Context::SelfAddress) => facts.address = true,
            ExprKind::Context(Context::Via) => facts.via = true,
            _ => {}
        }
        expr.parts(&mut |part| self.part(part, blocks, facts));
    }

    /// The state that cells belong to; none for the system's ledger.
    fn place(&self, place: &Place) -> Option<StateId> {
        self.states.get(&place.cells.first()?).copied()
    }
}

fn find<'t>(part: Part<'t>, text: Span, found: &mut Vec<&'t Stmt>) {
    match part {
        Part::Stmt(stmt) if holds(text, stmt.span) => found.push(stmt),
        Part::Stmt(stmt) => stmt.parts(&mut |part| find(part, text, found)),
        Part::Expr(expr) => expr.parts(&mut |part| find(part, text, found)),
    }
}

/// Every variable of some cells.
fn within(cells: &Cells, visit: &mut dyn FnMut(VariableId)) {
    match cells {
        Cells::Scalar(id) => visit(*id),
        Cells::Words(words) => words.iter().for_each(|id| visit(*id)),
        Cells::Record(parts) => parts.iter().for_each(|part| within(part, visit)),
        Cells::Option(id, content) => {
            visit(*id);
            within(content, visit);
        }
        Cells::Enum(id, variants) => {
            visit(*id);
            variants.iter().flatten().for_each(|part| within(part, visit));
        }
        Cells::List { length, element, .. } => {
            visit(*length);
            within(element, visit);
        }
    }
}
