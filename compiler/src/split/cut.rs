//! An entry in consecutive runs of statements, each of one class of states.

use super::groups::Groups;
use super::uses::{Facts, Uses};
use crate::tree::{Function, LocalId, StateId, Stmt, StmtKind, Unit};
use mc_container::ty::Type;
use mc_syntax::ast;
use mc_syntax::source::Span;
use std::collections::BTreeSet;

/// A statement as written, or the `by` clause, with what it uses.
pub(super) struct Atom {
    pub(super) span: Span,
    pub(super) facts: Facts,
    /// The states that change between transactions; the others are copied to whoever needs them.
    pub(super) states: BTreeSet<StateId>,
    /// It can only stand in a contract.
    pub(super) inside: bool,
    pub(super) is_return: bool,
    /// The clause, and no statement.
    pub(super) is_clause: bool,
}

/// An entry in parts.
pub(super) struct Parts<'f> {
    pub(super) function: &'f Function,
    pub(super) atoms: Vec<Atom>,
    /// Why it cannot be cut.
    pub(super) whole: Option<(Span, String)>,
}

/// Where a run of statements goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// The class it needs; `None` for what the composition does itself.
    pub(super) class: Option<usize>,
    /// Its atoms.
    pub(super) atoms: Vec<usize>,
}

/// What an entry does, statement by statement.
pub(super) fn parts<'f>(
    unit: &Unit,
    uses: &Uses<'_>,
    copied: &BTreeSet<StateId>,
    function: &'f Function,
    source: &ast::Function,
) -> Parts<'f> {
    let clause = source.signature.clauses.iter().find_map(|clause| match clause {
        ast::Clause::By(_, span) => Some(*span),
        _ => None,
    });
    let written = |stmt: &Stmt| {
        let at = stmt.span.start;
        source.body.stmts.iter().position(|it| it.span.start <= at && at <= it.span.end)
    };
    let body: Vec<&Stmt> =
        function.body.iter().filter(|it| it.span.start >= source.body.span.start).collect();
    let before = function.body.iter().filter(|it| it.span.start < source.body.span.start);
    let (by, bounds): (Vec<&Stmt>, Vec<&Stmt>) =
        before.partition(|it| clause.is_some_and(|by| by.start <= it.span.start && it.span.start <= by.end));
    let atom = |span: Span, facts: Facts, is_return: bool, is_clause: bool| {
        let states: BTreeSet<StateId> = facts.states.difference(copied).copied().collect();
        let elsewhere = facts.states.len() > states.len() || !facts.calls.is_empty();
        let inside = elsewhere || facts.address || facts.pays || is_clause;
        Atom { span, facts, states, inside, is_return, is_clause }
    };
    let mut atoms: Vec<Atom> = clause.map(|span| atom(span, uses.of(by), false, true)).into_iter().collect();
    for (number, stmt) in source.body.stmts.iter().enumerate() {
        let own = body.iter().copied().filter(|it| written(it) == Some(number));
        let is_return = matches!(stmt.kind, ast::StmtKind::Return(..));
        atoms.push(atom(stmt.span, uses.of(own), is_return, false));
    }
    let whole = whole(unit, function, source, &atoms, &uses.of(bounds));
    Parts { function, atoms, whole }
}

/// Why an entry has to stay in one piece.
fn whole(
    unit: &Unit,
    function: &Function,
    source: &ast::Function,
    atoms: &[Atom],
    bounds: &Facts,
) -> Option<(Span, String)> {
    let span = function.span;
    let has = |wanted: fn(&ast::Clause) -> bool| source.signature.clauses.iter().any(wanted);
    if function.is_port() {
        return Some((span, "it takes or gives an asset, so that it can only be a step".to_owned()));
    }
    if has(|clause| matches!(clause, ast::Clause::Via(..))) || atoms.iter().any(|atom| atom.facts.via) {
        return Some((span, "it is a step of another composition".to_owned()));
    }
    if !bounds.states.is_empty() {
        return Some((span, "a `where` reads the state".to_owned()));
    }
    if let Some(atom) = atoms.iter().find(|atom| atom.facts.returns && !atom.is_return) {
        return Some((atom.span, "a statement inside of another returns".to_owned()));
    }
    let is_role =
        |state: &StateId| unit.state(*state).is_some_and(|state| state.kind == crate::tree::StateKind::Role);
    let changes_role = atoms.iter().find(|atom| atom.facts.changed.iter().any(is_role));
    changes_role.map(|atom| (atom.span, "it changes a role, which no step may".to_owned()))
}

impl Parts<'_> {
    /// Every state that the entry uses.
    pub(super) fn states(&self) -> BTreeSet<StateId> {
        self.atoms.iter().flat_map(|atom| atom.states.iter().copied()).collect()
    }

    /// The entry as runs, in order; `first` is the class of code that no state places.
    pub(super) fn runs(&self, groups: &Groups<'_>, first: usize) -> Vec<Run> {
        let class = |atom: &Atom| atom.states.iter().next().map(|state| groups.class(*state));
        let mut runs: Vec<Run> = Vec::new();
        let mut pure: Vec<usize> = Vec::new();
        for (number, atom) in self.atoms.iter().enumerate() {
            let last = runs.last().and_then(|run| run.class);
            let next = || self.atoms.iter().skip(number).find_map(class);
            let Some(class) =
                class(atom).or_else(|| atom.inside.then(|| last.or_else(next).unwrap_or(first)))
            else {
                pure.push(number);
                continue;
            };
            match runs.last_mut().filter(|run| run.class == Some(class)) {
                Some(run) => run.atoms.append(&mut pure),
                None => {
                    if !pure.is_empty() {
                        runs.push(Run { class: None, atoms: std::mem::take(&mut pure) });
                    }
                    runs.push(Run { class: Some(class), atoms: Vec::new() });
                }
            }
            if let Some(run) = runs.last_mut() {
                run.atoms.push(number);
            }
        }
        if !pure.is_empty() {
            runs.push(Run { class: None, atoms: pure });
        }
        runs
    }

    fn named(&self, id: LocalId) -> bool {
        self.function.locals.get(id.0 as usize).is_some_and(|local| !local.name.is_empty())
    }

    fn ty(&self, id: LocalId) -> Option<&Type> {
        self.function.locals.get(id.0 as usize).map(|local| &local.ty)
    }

    fn atoms_of<'a>(&'a self, run: &'a Run) -> impl Iterator<Item = &'a Atom> {
        run.atoms.iter().filter_map(|number| self.atoms.get(*number))
    }

    fn read_in(&self, run: &Run) -> BTreeSet<LocalId> {
        self.atoms_of(run)
            .flat_map(|atom| atom.facts.read.iter().copied())
            .filter(|id| self.named(*id))
            .collect()
    }

    fn set_in(&self, run: &Run) -> BTreeSet<LocalId> {
        self.atoms_of(run)
            .flat_map(|atom| atom.facts.set.iter().copied())
            .filter(|id| self.named(*id))
            .collect()
    }

    /// The locals that are there before run `number`: parameters, and what earlier runs have set.
    pub(super) fn known_before(&self, runs: &[Run], number: usize) -> BTreeSet<LocalId> {
        let set = runs.iter().take(number).flat_map(|run| self.set_in(run));
        (0..self.function.params).map(LocalId).chain(set).collect()
    }

    /// What run `number` takes.
    pub(super) fn takes(&self, runs: &[Run], number: usize) -> BTreeSet<LocalId> {
        let Some(run) = runs.get(number) else { return BTreeSet::new() };
        let mut used = self.read_in(run);
        used.extend(self.set_in(run));
        used.intersection(&self.known_before(runs, number)).copied().collect()
    }

    /// What run `number` gives to later ones.
    pub(super) fn gives(&self, runs: &[Run], number: usize) -> BTreeSet<LocalId> {
        let Some(run) = runs.get(number) else { return BTreeSet::new() };
        let later: BTreeSet<LocalId> =
            runs.iter().skip(number + 1).flat_map(|run| self.read_in(run)).collect();
        self.set_in(run).intersection(&later).copied().collect()
    }

    /// True if the local has more than one value in its life.
    pub(super) fn is_mutable(&self, id: LocalId) -> bool {
        let set = self.atoms.iter().flat_map(|atom| &atom.facts.set).filter(|set| **set == id).count();
        let parameter = id.0 < self.function.params;
        set + usize::from(parameter) > 1
    }

    /// Why the runs cannot pass on what they need: an asset that is looked at in one and used up in another, or
    /// a value without a type of its own.
    pub(super) fn refuses(&self, runs: &[Run]) -> Option<(Span, String)> {
        for number in 0..runs.len() {
            for id in self.takes(runs, number) {
                let ty = self.ty(id)?;
                let span = self.function.span;
                let name = self.function.locals.get(id.0 as usize).map_or("", |local| &local.name);
                let reading = runs.iter().filter(|run| self.read_in(run).contains(&id)).count();
                if ty.any(&|part| matches!(part, Type::Seen(_))) {
                    return Some((span, format!("`{name}` only looks at an asset, and cannot be passed on")));
                }
                let linear = ty.any(&|part| {
                    matches!(part, Type::Asset(_)) || matches!(part, Type::Struct(it) if it.asset.is_some())
                });
                if linear && reading > 1 {
                    return Some((span, format!("the asset `{name}` is used in several parts of the state")));
                }
            }
        }
        None
    }

    /// True if the body does nothing but the statement itself: no statement is left out.
    pub(super) fn is_complete(&self) -> bool {
        let placed = |stmt: &Stmt| {
            matches!(stmt.kind, StmtKind::Spent(_))
                || self
                    .atoms
                    .iter()
                    .any(|atom| atom.span.start <= stmt.span.start && stmt.span.start <= atom.span.end)
        };
        let first = self.atoms.iter().map(|atom| atom.span.start).min().unwrap_or(u32::MAX);
        self.function.body.iter().filter(|stmt| stmt.span.start >= first).all(placed)
    }
}
