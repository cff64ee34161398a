//! An entry in consecutive runs of statements, each of one class of states.
//!
//! A statement that holds others, an `if`, a `match` or a short loop, is taken apart where what decides it needs no state:
//! it then stands in the composition, around the steps that its statements become.

use super::groups::Groups;
use super::uses::{Facts, Uses, holds};
use crate::tree::{COIN, Function, LocalId, StateId, Stmt, StmtKind, Unit};
use mc_container::ty::Type;
use mc_syntax::ast;
use mc_syntax::source::{SourceSet, Span};
use std::collections::BTreeSet;

/// A loop of more statements, in all its turns, is not taken apart: each turn of a step is code of its own.
const STEPS_MAX: usize = 64;

/// A statement as written, or the `by` clause, or what stands around the statements of another, with what it uses.
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

impl Atom {
    /// A composition can do it itself.
    fn is_pure(&self) -> bool {
        self.states.is_empty() && !self.inside
    }

    /// It goes on somewhere else than behind itself.
    fn jumps(&self) -> bool {
        self.facts.returns && !self.is_return || self.facts.escapes
    }
}

/// A statement, with those in it where it can be taken apart.
struct Node {
    whole: Atom,
    inner: Result<Inner, Closed>,
}

/// A statement that holds others, taken apart.
struct Inner {
    /// What decides which of them run.
    head: Atom,
    /// Its blocks, each with the text up to its brace.
    blocks: Vec<(String, Vec<Node>)>,
    /// What closes the last one.
    close: &'static str,
    /// For a loop, the greatest number of its turns.
    turns: Option<usize>,
}

/// Why a statement is not taken apart.
#[derive(Clone, Copy)]
enum Closed {
    /// It holds no others.
    Plain,
    /// What decides it needs the state.
    ByState,
    /// It is a loop with too many turns.
    Turns,
    /// Something in it cannot be told apart, or leaves it.
    Tangled,
}

/// An entry in parts.
pub(super) struct Parts<'f> {
    pub(super) function: &'f Function,
    nodes: Vec<Node>,
    /// Why it cannot be cut.
    pub(super) whole: Option<(Span, String)>,
}

/// Where a run of statements goes.
pub(super) struct Run<'p> {
    /// The class it needs; `None` for what the composition does itself.
    pub(super) class: Option<usize>,
    /// Its atoms.
    pub(super) atoms: Vec<&'p Atom>,
    /// For what only stands around others, its text.
    pub(super) frame: Option<String>,
    /// Whether it stands in a statement that was taken apart.
    pub(super) is_inner: bool,
    /// The run with which the outermost loop around it begins.
    repeats_from: Option<usize>,
}

/// What an entry does, statement by statement.
pub(super) fn parts<'f>(
    unit: &Unit,
    uses: &Uses<'_>,
    copied: &BTreeSet<StateId>,
    function: &'f Function,
    (source, sources): (&ast::Function, &SourceSet),
) -> Parts<'f> {
    let clause = source.signature.clauses.iter().find_map(|clause| match clause {
        ast::Clause::By(_, span) => Some(*span),
        _ => None,
    });
    let before = function.body.iter().filter(|it| it.span.start < source.body.span.start);
    let (by, bounds): (Vec<&Stmt>, Vec<&Stmt>) =
        before.partition(|it| clause.is_some_and(|by| by.start <= it.span.start && it.span.start <= by.end));
    let reader = Reader { uses, copied, sources, body: &function.body };
    let clause = clause.map(|span| Node {
        whole: Atom { inside: true, is_clause: true, ..reader.atom(span, uses.of(by), false) },
        inner: Err(Closed::Plain),
    });
    let nodes: Vec<Node> = clause.into_iter().chain(reader.nodes(&source.body)).collect();
    let mut parts = Parts { function, nodes, whole: None };
    parts.whole = whole(unit, source, &parts, &uses.of(bounds));
    parts
}

/// Reads the statements of an entry, as written and as they are typed.
struct Reader<'r> {
    uses: &'r Uses<'r>,
    copied: &'r BTreeSet<StateId>,
    sources: &'r SourceSet,
    body: &'r [Stmt],
}

impl Reader<'_> {
    fn atom(&self, span: Span, facts: Facts, is_return: bool) -> Atom {
        let states: BTreeSet<StateId> = facts.states.difference(self.copied).copied().collect();
        let elsewhere = facts.states.len() > states.len() || !facts.calls.is_empty();
        let inside = elsewhere || facts.address || facts.pays;
        Atom { span, facts, states, inside, is_return, is_clause: false }
    }

    fn nodes(&self, block: &ast::Block) -> Vec<Node> {
        block.stmts.iter().map(|stmt| self.node(stmt)).collect()
    }

    fn node(&self, stmt: &ast::Stmt) -> Node {
        let typed = self.uses.found(self.body, stmt.span);
        let is_return = matches!(stmt.kind, ast::StmtKind::Return(..));
        let whole = self.atom(stmt.span, self.uses.of(typed.iter().copied()), is_return);
        Node { whole, inner: self.inner(stmt, &typed) }
    }

    /// The statement taken apart.
    fn inner(&self, stmt: &ast::Stmt, typed: &[&Stmt]) -> Result<Inner, Closed> {
        let written = blocks(stmt).ok_or(Closed::Plain)?;
        let spans: Vec<Span> = written.iter().map(|(_, block)| block.span).collect();
        let head = self.atom(stmt.span, self.uses.around(typed.iter().copied(), &spans), false);
        if !head.is_pure() {
            return Err(Closed::ByState);
        }
        let all_told = written.iter().all(|(_, block)| {
            let told = |it: &&Stmt| block.stmts.iter().any(|stmt| holds(stmt.span, it.span));
            self.uses.found(self.body, block.span).iter().all(told)
        });
        let mut close = "";
        let mut blocks: Vec<(String, Vec<Node>)> = Vec::new();
        for (before, block) in &written {
            blocks.push((format!("{close}{}{{", self.sources.text(*before)), self.nodes(block)));
            close = "}";
        }
        let turns = turns(typed);
        let steps: usize = blocks.iter().flat_map(|(_, nodes)| nodes).map(Node::steps).sum();
        let leaves: Vec<&Atom> = blocks.iter().flat_map(|(_, nodes)| nodes).flat_map(Node::leaves).collect();
        let leaves_loop = |atom: &&Atom| atom.facts.escapes && !atom.is_pure();
        match turns {
            _ if !all_told => Err(Closed::Tangled),
            Some(turns) if steps.saturating_mul(turns) > STEPS_MAX => Err(Closed::Turns),
            Some(_) if leaves.iter().any(leaves_loop) => Err(Closed::Tangled),
            _ => {
                let close = if matches!(stmt.kind, ast::StmtKind::Match(..)) { "}\n}" } else { "}" };
                Ok(Inner { head, blocks, close, turns })
            }
        }
    }
}

/// The blocks of a statement that holds others, each with the text before its brace.
fn blocks(stmt: &ast::Stmt) -> Option<Vec<(Span, &ast::Block)>> {
    let blocks: Vec<&ast::Block> = match &stmt.kind {
        ast::StmtKind::If(_, then, otherwise) => std::iter::once(then).chain(otherwise).collect(),
        ast::StmtKind::For { body, .. } => vec![body],
        ast::StmtKind::Match(_, arms) => arms.iter().map(|arm| &arm.body).collect(),
        _ => return None,
    };
    let ends = blocks.iter().map(|block| block.span.end);
    let starts: Vec<u32> = std::iter::once(stmt.span.start).chain(ends).collect();
    let before = |start: u32, block: &ast::Block| Span { start, end: block.span.start, ..stmt.span };
    Some(starts.into_iter().zip(blocks).map(|(start, block)| (before(start, block), block)).collect())
}

/// The asset that a value of this type is or holds.
fn asset_of(ty: &Type) -> Option<&str> {
    match ty {
        Type::Asset(name) => Some(name),
        Type::Struct(it) => it.asset.as_deref(),
        Type::Option(content) => asset_of(content),
        Type::List(element, _) => asset_of(element),
        Type::Tuple(parts) => parts.iter().find_map(asset_of),
        _ => None,
    }
}

/// The greatest number of turns of a loop.
fn turns(typed: &[&Stmt]) -> Option<usize> {
    typed.iter().find_map(|stmt| match &stmt.kind {
        StmtKind::For(repeat) => Some(repeat.turns_max as usize),
        _ => None,
    })
}

/// Why an entry has to stay in one piece.
fn whole(unit: &Unit, source: &ast::Function, parts: &Parts<'_>, bounds: &Facts) -> Option<(Span, String)> {
    let span = parts.function.span;
    let atoms = parts.leaves();
    let has = |wanted: fn(&ast::Clause) -> bool| source.signature.clauses.iter().any(wanted);
    if has(|clause| matches!(clause, ast::Clause::Via(..))) || atoms.iter().any(|atom| atom.facts.via) {
        return Some((span, "it is a step of another composition".to_owned()));
    }
    if !bounds.states.is_empty() {
        return Some((span, "a `where` reads the state".to_owned()));
    }
    if let Some(atom) = atoms.iter().find(|atom| atom.jumps() && !atom.is_pure()) {
        return Some((atom.span, "a statement inside of another returns".to_owned()));
    }
    let is_role =
        |state: &StateId| unit.state(*state).is_some_and(|state| state.kind == crate::tree::StateKind::Role);
    let changes_role = atoms.iter().find(|atom| atom.facts.changed.iter().any(is_role));
    changes_role.map(|atom| (atom.span, "it changes a role, which no step may".to_owned()))
}

impl Node {
    /// What is left when everything is taken apart that can be.
    fn leaves(&self) -> Vec<&Atom> {
        match &self.inner {
            Err(_) => vec![&self.whole],
            Ok(inner) => {
                let blocks = inner.blocks.iter().flat_map(|(_, nodes)| nodes);
                std::iter::once(&inner.head).chain(blocks.flat_map(Node::leaves)).collect()
            }
        }
    }

    /// How many steps it is at most.
    fn steps(&self) -> usize {
        self.inner.as_ref().map_or(1, |inner| {
            let all: usize = inner.blocks.iter().flat_map(|(_, nodes)| nodes).map(Self::steps).sum();
            all.saturating_mul(inner.turns.unwrap_or(1))
        })
    }

    /// What cannot be taken apart, each with the reason.
    fn closed(&self) -> Vec<(&Atom, Closed)> {
        match &self.inner {
            Err(why) => vec![(&self.whole, *why)],
            Ok(inner) => inner.blocks.iter().flat_map(|(_, nodes)| nodes).flat_map(Node::closed).collect(),
        }
    }

    /// The statement taken apart, where it needs several classes or leaves its entry.
    fn opened(&self, groups: &Groups<'_>) -> Option<&Inner> {
        let must = groups.classes(&self.whole.states).len() > 1 || self.whole.jumps();
        self.inner.as_ref().ok().filter(|_| must && !self.whole.is_pure())
    }
}

/// Puts statements into runs, in their order.
struct Placing<'p, 'g> {
    groups: &'g Groups<'g>,
    runs: Vec<Run<'p>>,
    /// What the composition could do itself, since the last run.
    pure: Vec<&'p Atom>,
    /// The class of code that no state places, where nothing was placed before it.
    home: usize,
    /// How many statements around were taken apart, and where the outermost loop of them begins.
    depth: usize,
    repeats_from: Option<usize>,
}

impl<'p> Placing<'p, '_> {
    fn run(&mut self, class: Option<usize>, atoms: Vec<&'p Atom>, frame: Option<String>) {
        let (is_inner, repeats_from) = (self.depth > 0, self.repeats_from);
        self.runs.push(Run { class, atoms, frame, is_inner, repeats_from });
    }

    fn flush(&mut self) {
        if !self.pure.is_empty() {
            let pure = std::mem::take(&mut self.pure);
            self.run(None, pure, None);
        }
    }

    fn node(&mut self, node: &'p Node) {
        match node.opened(self.groups) {
            Some(inner) => self.open(inner),
            None => self.atom(&node.whole),
        }
    }

    fn open(&mut self, inner: &'p Inner) {
        self.flush();
        let outer = self.repeats_from;
        if inner.turns.is_some() && outer.is_none() {
            self.repeats_from = Some(self.runs.len());
        }
        self.depth += 1;
        let mut head = vec![&inner.head];
        for (before, nodes) in &inner.blocks {
            self.run(None, std::mem::take(&mut head), Some(before.clone()));
            nodes.iter().for_each(|node| self.node(node));
            self.flush();
        }
        self.run(None, Vec::new(), Some(inner.close.to_owned()));
        self.depth -= 1;
        self.repeats_from = outer;
    }

    fn atom(&mut self, atom: &'p Atom) {
        let placed = || self.runs.iter().rev().find_map(|run| run.class).unwrap_or(self.home);
        let class = match atom.states.first() {
            Some(state) => Some(self.groups.class(*state)),
            None => atom.inside.then(placed),
        };
        if class.is_none() {
            self.pure.push(atom);
            if atom.jumps() {
                self.flush();
            }
            return;
        }
        if self.runs.last().is_none_or(|run| run.class != class) {
            self.flush();
            self.run(class, Vec::new(), None);
        }
        if let Some(run) = self.runs.last_mut() {
            run.atoms.append(&mut self.pure);
            run.atoms.push(atom);
        }
    }
}

impl Parts<'_> {
    /// What the entry consists of, taken apart as far as it can be.
    pub(super) fn leaves(&self) -> Vec<&Atom> {
        self.nodes.iter().flat_map(Node::leaves).collect()
    }

    /// What cannot be taken apart, each with the states it uses and why it holds them together.
    pub(super) fn ties(&self) -> impl Iterator<Item = (&Atom, String)> {
        let name = &self.function.name;
        self.nodes.iter().flat_map(Node::closed).map(move |(atom, closed)| {
            let why = match closed {
                Closed::Plain => format!("one statement of `{name}` uses both"),
                Closed::ByState => {
                    format!("what `{name}` decides here is up to the state: bind it with `let` before")
                }
                Closed::Turns => {
                    format!("a loop of `{name}` uses both, and may take too many turns for steps")
                }
                Closed::Tangled => {
                    format!("one statement of `{name}` uses both, and something in it leaves it")
                }
            };
            (atom, why)
        })
    }

    /// Every state that the entry uses.
    pub(super) fn states(&self) -> BTreeSet<StateId> {
        self.nodes.iter().flat_map(|node| node.whole.states.iter().copied()).collect()
    }

    /// The entry as runs, in order; `first` is the class of code that no state places.
    pub(super) fn runs<'p>(&'p self, groups: &Groups<'_>, first: usize) -> Vec<Run<'p>> {
        let states = self.leaves().into_iter().find_map(|atom| atom.states.first());
        let home = states.map_or(first, |state| groups.class(*state));
        let mut placing =
            Placing { groups, runs: Vec::new(), pure: Vec::new(), home, depth: 0, repeats_from: None };
        self.nodes.iter().for_each(|node| placing.node(node));
        placing.flush();
        placing.runs
    }

    fn named(&self, id: LocalId) -> bool {
        self.function.locals.get(id.0 as usize).is_some_and(|local| !local.name.is_empty())
    }

    fn ty(&self, id: LocalId) -> Option<&Type> {
        self.function.locals.get(id.0 as usize).map(|local| &local.ty)
    }

    fn read_in(&self, run: &Run<'_>) -> BTreeSet<LocalId> {
        run.atoms
            .iter()
            .flat_map(|atom| atom.facts.read.iter().copied())
            .filter(|id| self.named(*id))
            .collect()
    }

    fn set_in(&self, run: &Run<'_>) -> BTreeSet<LocalId> {
        run.atoms
            .iter()
            .flat_map(|atom| atom.facts.set.iter().copied())
            .filter(|id| self.named(*id))
            .collect()
    }

    /// The locals that are there before run `number`: parameters, and what earlier runs have set.
    pub(super) fn known_before(&self, runs: &[Run<'_>], number: usize) -> BTreeSet<LocalId> {
        let set = runs.iter().take(number).flat_map(|run| self.set_in(run));
        (0..self.function.params).map(LocalId).chain(set).collect()
    }

    /// What run `number` takes.
    pub(super) fn takes(&self, runs: &[Run<'_>], number: usize) -> BTreeSet<LocalId> {
        let Some(run) = runs.get(number) else { return BTreeSet::new() };
        let mut used = self.read_in(run);
        used.extend(self.set_in(run));
        used.intersection(&self.known_before(runs, number)).copied().collect()
    }

    /// What run `number` gives to later ones, those of the next turn of a loop among them.
    pub(super) fn gives(&self, runs: &[Run<'_>], number: usize) -> BTreeSet<LocalId> {
        let Some(run) = runs.get(number) else { return BTreeSet::new() };
        let mut later: BTreeSet<LocalId> =
            runs.iter().skip(number + 1).flat_map(|run| self.read_in(run)).collect();
        if let Some(start) = run.repeats_from {
            let turn = runs.iter().take(number + 1).skip(start).flat_map(|run| self.read_in(run)).collect();
            later.extend(self.known_before(runs, start).intersection(&turn));
        }
        self.set_in(run).intersection(&later).copied().collect()
    }

    /// True if the local has more than one value in its life.
    pub(super) fn is_mutable(&self, id: LocalId) -> bool {
        let set =
            self.leaves().into_iter().flat_map(|atom| &atom.facts.set).filter(|set| **set == id).count();
        let parameter = id.0 < self.function.params;
        set + usize::from(parameter) > 1
    }

    /// Why the runs cannot pass on what they need: an asset that is looked at in one and used up in another, or that
    /// comes to a part of the state that does not know it, or a value without a type of its own.
    pub(super) fn refuses(&self, groups: &Groups<'_>, first: usize) -> Option<(Span, String)> {
        let runs = &self.runs(groups, first);
        for (number, run) in runs.iter().enumerate() {
            let abroad =
                |asset: &str| groups.class_of_asset(asset).is_some_and(|class| run.class != Some(class));
            for id in self.takes(runs, number).union(&self.gives(runs, number)) {
                let ty = self.ty(*id)?;
                if run.class.is_some() && asset_of(ty).is_some_and(abroad) {
                    let name = self.function.locals.get(id.0 as usize).map_or("", |local| &local.name);
                    let why =
                        format!("the asset `{name}` would come to a part of the state that has none of it");
                    return Some((self.function.span, why));
                }
            }
            for id in self.takes(runs, number) {
                let ty = self.ty(id)?;
                let span = self.function.span;
                let name = self.function.locals.get(id.0 as usize).map_or("", |local| &local.name);
                // A composition may look at what it passes on.
                let steps = runs.iter().filter(|run| run.class.is_some());
                let reading = steps.filter(|run| self.read_in(run).contains(&id)).count();
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

    /// The assets of the contract that come in or go out.
    pub(super) fn ports(&self) -> impl Iterator<Item = &str> {
        let params = self.function.param_locals().iter().map(|local| &local.ty);
        params.chain(&self.function.result).filter_map(asset_of).filter(|asset| *asset != COIN)
    }

    /// True if the body does nothing but the statement itself: no statement is left out.
    pub(super) fn is_complete(&self) -> bool {
        let placed = |stmt: &Stmt| {
            matches!(stmt.kind, StmtKind::Spent(_))
                || self.nodes.iter().any(|node| holds(node.whole.span, stmt.span))
        };
        let first = self.nodes.iter().map(|node| node.whole.span.start).min().unwrap_or(u32::MAX);
        self.function.body.iter().filter(|stmt| stmt.span.start >= first).all(placed)
    }
}
