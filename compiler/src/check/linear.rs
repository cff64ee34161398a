//! Linearity: an asset in hand is used exactly once on every way that does not abort.
//!
//! What is in a local is followed leaf by leaf: a struct with two assets may give them away one after the
//! other. Looking at an amount or at plain data uses nothing up.

use crate::tree::{Expr, ExprKind, Fail, Function, FunctionKind, Local, LocalId, Place, Stmt, StmtKind};
use mc_container::manifest::EntryKind;
use mc_container::ty::Type;
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// The way from a value to an asset in it: (255, field) of a struct or tuple, (variant, field) of a payload.
type Path = Vec<(u8, u32)>;

const FIELD: u8 = u8::MAX;

/// What a local still holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Held {
    live: BTreeSet<Path>,
    /// Where something was moved out last.
    moved: Option<Span>,
}

/// What every local with assets holds; `None` where control does not come.
type State = Option<BTreeMap<LocalId, Held>>;

/// Reports every asset that is lost or used twice.
pub(crate) fn check(function: &Function, diagnostics: &mut Vec<Diagnostic>) {
    let mut checker = Checker {
        locals: &function.locals,
        composes: function.kind == FunctionKind::Callable(EntryKind::Compose),
        state: Some(BTreeMap::new()),
        turns: Vec::new(),
        reported: BTreeSet::new(),
        diagnostics,
    };
    for (number, _) in (0..function.params).zip(&function.locals) {
        checker.receive(LocalId(number));
    }
    checker.stmts(&function.body);
    checker.end();
}

struct Checker<'c> {
    composes: bool,
    locals: &'c [Local],
    state: State,
    /// What was held before each loop around.
    turns: Vec<BTreeMap<LocalId, Held>>,
    reported: BTreeSet<LocalId>,
    diagnostics: &'c mut Vec<Diagnostic>,
}

/// The assets in a value of type `ty`.
fn leaves(ty: &Type) -> Vec<Path> {
    let below = |step: (u8, u32), ty: &Type| {
        leaves(ty).into_iter().map(move |rest| std::iter::once(step).chain(rest).collect::<Path>())
    };
    match ty {
        Type::Asset(_) => vec![Vec::new()],
        Type::Struct(it) if it.asset.is_some() => vec![Vec::new()],
        Type::Struct(it) => {
            (0..).zip(&it.fields).flat_map(|(at, field)| below((FIELD, at), &field.ty)).collect()
        }
        Type::Tuple(parts) => (0..).zip(parts).flat_map(|(at, part)| below((FIELD, at), part)).collect(),
        Type::Option(content) => below((1, 0), content).collect(),
        Type::Enum(it) => {
            let variants = (0..).zip(&it.variants);
            let fields = variants.flat_map(|(tag, variant)| {
                (0..).zip(&variant.fields).map(move |(at, field)| ((tag, at), &field.ty))
            });
            fields.flat_map(|(step, ty)| below(step, ty)).collect()
        }
        _ => Vec::new(),
    }
}

/// The local and the path that `expr` looks at, if it is nothing but parts of a local.
fn part_of(expr: &Expr) -> Option<(LocalId, Path)> {
    match &expr.kind {
        ExprKind::Local(local) => Some((*local, Vec::new())),
        ExprKind::Field(inner, at) => part_of(inner).map(|(local, mut path)| {
            path.push((FIELD, *at));
            (local, path)
        }),
        ExprKind::Payload(inner, variant, at) => part_of(inner).map(|(local, mut path)| {
            path.push((*variant, *at));
            (local, path)
        }),
        _ => None,
    }
}

impl Checker<'_> {
    fn local(&self, local: LocalId) -> Option<&Local> {
        self.locals.get(local.0 as usize)
    }

    /// The local gets a new value.
    fn receive(&mut self, local: LocalId) {
        let Some(ty) = self.local(local).map(|local| &local.ty).filter(|ty| ty.is_linear()) else { return };
        let live: BTreeSet<Path> = leaves(ty).into_iter().collect();
        if let Some(state) = &mut self.state {
            state.insert(local, Held { live, moved: None });
        }
    }

    fn stmts(&mut self, stmts: &[Stmt]) {
        for stmt in stmts {
            self.stmt(stmt);
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Set(local, value) => {
                self.consume(value);
                self.receive(*local);
            }
            StmtKind::SetElement(_, index, value) => {
                self.consume(index);
                self.consume(value);
            }
            StmtKind::Push(_, value) | StmtKind::SetField(_, _, value) => self.consume(value),
            StmtKind::Store(place, value) | StmtKind::Update(place, _, value, _) => {
                self.place(place);
                self.consume(value);
            }
            StmtKind::Require(condition, _) => self.consume(condition),
            StmtKind::Abort(fail) => {
                if let Fail::Error(_, args) = fail {
                    self.all(args);
                }
                self.state = None;
            }
            StmtKind::Emit(_, args) | StmtKind::Call(_, args) => self.all(args),
            StmtKind::Return(value) => {
                if let Some(value) = value {
                    self.consume(value);
                }
                self.end();
                self.state = None;
            }
            StmtKind::Break | StmtKind::Continue => {
                self.turn_ends();
                self.state = None;
            }
            StmtKind::If(condition, then, otherwise) => {
                self.consume(condition);
                self.branch(stmt.span, |this| this.stmts(then), |this| this.stmts(otherwise));
            }
            StmtKind::For(repeat) => {
                self.consume(&repeat.from);
                self.consume(&repeat.to);
                let Some(before) = self.state.clone() else { return };
                self.turns.push(before.clone());
                self.stmts(&repeat.body);
                self.turn_ends();
                self.turns.pop();
                self.state = Some(before);
            }
            StmtKind::Step(step) => {
                self.all(&step.args);
                if let Some(local) = step.bind {
                    self.receive(local);
                }
            }
            StmtKind::Spent(local) => {
                if let Some(held) = self.state.as_mut().and_then(|state| state.get_mut(local)) {
                    held.live.clear();
                }
            }
            // What the body has used up is there again where it is undone.
            StmtKind::Try(attempt) => {
                self.branch(stmt.span, |this| this.stmts(&attempt.body), |this| this.stmts(&attempt.catch));
            }
            StmtKind::Par(branches) => branches.iter().for_each(|branch| self.stmts(branch)),
            StmtKind::Shorten(_) | StmtKind::Test(_) => {}
        }
    }

    fn all(&mut self, exprs: &[Expr]) {
        for expr in exprs {
            self.consume(expr);
        }
    }

    fn place(&mut self, place: &Place) {
        self.all(&place.keys);
    }

    /// The value of `expr` goes to whoever asked for it.
    fn consume(&mut self, expr: &Expr) {
        if let Some((local, path)) = part_of(expr) {
            if expr.ty.is_linear() {
                self.take(local, &path, expr.span);
            }
            return;
        }
        match &expr.kind {
            ExprKind::Amount(inner) | ExprKind::Tag(inner) | ExprKind::Length(inner) => {
                match part_of(inner) {
                    Some((local, path)) => self.look(local, &path, inner),
                    None => self.drop_all_but(inner, None),
                }
            }
            ExprKind::Field(inner, at) => self.drop_all_but(inner, Some((FIELD, *at))),
            ExprKind::Payload(inner, variant, at) => self.drop_all_but(inner, Some((*variant, *at))),
            ExprKind::Block(stmts, value) => {
                self.stmts(stmts);
                self.consume(value);
            }
            ExprKind::If(condition, then, otherwise) => {
                self.consume(condition);
                self.branch(expr.span, |this| this.consume(then), |this| this.consume(otherwise));
            }
            ExprKind::And(left, right) | ExprKind::Or(left, right) => {
                self.consume(left);
                self.branch(expr.span, |this| this.consume(right), |_| ());
            }
            ExprKind::Load(place) => self.place(place),
            ExprKind::Not(inner) | ExprKind::Cast(inner, _) | ExprKind::Held(inner) => self.consume(inner),
            ExprKind::Arithmetic(_, left, right, _)
            | ExprKind::Compare(_, left, right)
            | ExprKind::Element(left, right, _)
            | ExprKind::Contains(left, right) => {
                self.consume(left);
                self.consume(right);
            }
            ExprKind::Call(_, parts)
            | ExprKind::Compute(_, parts, _)
            | ExprKind::Record(parts)
            | ExprKind::Variant(_, parts)
            | ExprKind::List(parts) => self.all(parts),
            ExprKind::Const(_)
            | ExprKind::Local(_)
            | ExprKind::Context(_)
            | ExprKind::Outer(_)
            | ExprKind::Balance(_)
            | ExprKind::Spec(_) => {}
        }
    }

    /// A value that nothing holds gives one part away; the assets in the others are lost.
    fn drop_all_but(&mut self, value: &Expr, kept: Option<(u8, u32)>) {
        self.consume(value);
        let lost = leaves(&value.ty).into_iter().any(|path| path.first().copied() != kept || kept.is_none());
        if lost && value.ty.is_linear() {
            self.diagnostics.push(
                Diagnostic::error(
                    "E0301",
                    value.span,
                    format!("this `{}` is never used: value would be lost", value.ty),
                )
                .label("made here, and gone with this line")
                .help("bind it with `let`, and put it somewhere"),
            );
        }
    }

    /// Moves what is under `path` out of a local.
    fn take(&mut self, local: LocalId, path: &[(u8, u32)], span: Span) {
        let Some(held) = self.state.as_mut().and_then(|state| state.get_mut(&local)) else { return };
        let all = self.locals.get(local.0 as usize).map(|local| leaves(&local.ty)).unwrap_or_default();
        let wanted = all.into_iter().filter(|leaf| leaf.starts_with(path));
        let mut twice = false;
        for leaf in wanted {
            twice |= !held.live.remove(&leaf);
        }
        let before = held.moved.replace(span);
        if twice {
            self.used_after_move(local, span, before);
        }
    }

    /// Looks at what a local holds.
    fn look(&mut self, local: LocalId, path: &[(u8, u32)], at: &Expr) {
        let Some(held) = self.state.as_ref().and_then(|state| state.get(&local)) else { return };
        let measured = matches!(at.ty, Type::Asset(_));
        if measured && !held.live.iter().any(|leaf| leaf.starts_with(path)) {
            let before = held.moved;
            self.used_after_move(local, at.span, before);
        }
    }

    fn used_after_move(&mut self, local: LocalId, span: Span, before: Option<Span>) {
        if !self.reported.insert(local) {
            return;
        }
        let name = self.name(local);
        let mut report = Diagnostic::error("E0302", span, format!("{name} is used after it was moved"))
            .label("not there any more")
            .help("an asset is used exactly once; note its `.amount` in a `let` before it moves");
        if let Some(before) = before {
            report = report.also(before, "moved here");
        }
        self.diagnostics.push(report);
    }

    fn name(&self, local: LocalId) -> String {
        match self.local(local).map(|local| local.name.as_str()) {
            Some("") | None => "this value".to_owned(),
            Some(name) => format!("`{name}`"),
        }
    }

    /// Everything that is still held is lost.
    fn end(&mut self) {
        let Some(state) = self.state.clone() else { return };
        for (local, held) in &state {
            if !held.live.is_empty() {
                self.lost(*local);
            }
        }
    }

    fn lost(&mut self, local: LocalId) {
        if !self.reported.insert(local) {
            return;
        }
        let Some(Local { name, span, ty }) = self.local(local).cloned() else { return };
        let help = if self.composes {
            "hand it to a step that takes it, or return it"
        } else {
            "put it into a cell with `+=`, `pay` it, return it, pass it on, or `burn` it"
        };
        let what = if name.is_empty() { "this value".to_owned() } else { format!("`{name}`") };
        self.diagnostics.push(
            Diagnostic::error(
                "E0301",
                span,
                format!("{what} holds `{ty}` and is never used: value would be lost"),
            )
            .label("must be used exactly once on every way")
            .help(help),
        );
    }

    /// Follows both ways, and compares what they leave.
    fn branch(&mut self, span: Span, then: impl FnOnce(&mut Self), otherwise: impl FnOnce(&mut Self)) {
        let before = self.state.clone();
        then(self);
        let first = std::mem::replace(&mut self.state, before.clone());
        otherwise(self);
        let second = self.state.take();
        self.state = match (first, second) {
            (Some(first), Some(second)) => {
                Some(self.join(&before.unwrap_or_default(), &first, &second, span))
            }
            (first, second) => first.or(second),
        };
    }

    fn join(
        &mut self,
        before: &BTreeMap<LocalId, Held>,
        first: &BTreeMap<LocalId, Held>,
        second: &BTreeMap<LocalId, Held>,
        span: Span,
    ) -> BTreeMap<LocalId, Held> {
        let mut joined = BTreeMap::new();
        let locals: BTreeSet<LocalId> = first.keys().chain(second.keys()).copied().collect();
        for local in locals {
            let (a, b) = (first.get(&local), second.get(&local));
            match (a, b) {
                (Some(a), Some(b)) if a.live == b.live => {
                    let moved = a.moved.or(b.moved);
                    joined.insert(local, Held { live: a.live.clone(), moved });
                }
                (Some(a), Some(b)) => {
                    self.differs(local, span, a.moved.or(b.moved));
                    joined.insert(local, Held { live: BTreeSet::new(), moved: a.moved.or(b.moved) });
                }
                (Some(only), None) | (None, Some(only)) => {
                    // Born on one way: it must be gone where the ways meet.
                    if !only.live.is_empty() && !before.contains_key(&local) {
                        self.lost(local);
                    }
                }
                (None, None) => {}
            }
        }
        joined
    }

    fn differs(&mut self, local: LocalId, span: Span, moved: Option<Span>) {
        if !self.reported.insert(local) {
            return;
        }
        let name = self.name(local);
        let declared = self.local(local).map_or(span, |local| local.span);
        let mut report =
            Diagnostic::error("E0303", span, format!("{name} is used up on one way and not on the other"))
                .label("the ways differ here")
                .also(declared, "held here")
                .help("use it on both ways, or on none");
        if let Some(moved) = moved {
            report = report.also(moved, "used up on this way");
        }
        self.diagnostics.push(report);
    }

    /// A turn leaves outer values alone, and its own used up: the next turn starts where this one did.
    fn turn_ends(&mut self) {
        let (Some(state), Some(before)) = (self.state.clone(), self.turns.last().cloned()) else { return };
        for (local, held) in &state {
            match before.get(local) {
                Some(outer) if outer.live != held.live => {
                    let span = held.moved.unwrap_or_default();
                    if self.reported.insert(*local) {
                        let name = self.name(*local);
                        self.diagnostics.push(
                            Diagnostic::error(
                                "E0302",
                                span,
                                format!("{name} would be moved in every turn of this loop"),
                            )
                            .label("gone after the first turn")
                            .help("take what each turn needs inside of the loop"),
                        );
                    }
                }
                None if !held.live.is_empty() => self.lost(*local),
                _ => {}
            }
        }
    }
}
