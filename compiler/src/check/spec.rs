//! Invariants, what entries and functions ensure, and migrations: what a contract says beside what its calls do.
//!
//! An invariant is a condition on the state as a transaction leaves it, an `ensures` one as the call leaves it; both
//! may look at the state before with `old`, and at all keys of a map with `sum`, `count`, `forall` and `exists`.
//! Tests check them, no block does. A migration is a body that runs once, when a version takes over the state of an
//! earlier one, which it finds under `old`; it is checked and not executed.

use super::body::{Body, Header, Purpose};
use super::callgraph;
use super::cursor::Cursor;
use super::declare::BodySource;
use super::expr::{BOOL, made};
use super::linear;
use super::scope::{Context, Scope};
use crate::tree::{
    Each, Elements, Ensure, Expr, ExprKind, Function, FunctionId, FunctionKind, Invariant, Migration, Part,
    Spec, StateKind, Unit, Whole,
};
use mc_container::compute::Computation;
use mc_container::manifest::EntryKind;
use mc_container::ty::Type;
use mc_container::value::{Scalar, Value};
use mc_syntax::ast::{self, Arg, Clause, Contract, Ident, MemberKind, Migrate};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// The functions that only a specification may call.
pub(crate) const FUNCTIONS: [&str; 3] = ["old", "sum", "count"];

/// What a contract says about itself.
#[derive(Clone, Default)]
pub(crate) struct Laws {
    invariants: Vec<Invariant>,
    migrations: Vec<Migration>,
    ensures: Vec<(FunctionId, Ensure)>,
}

impl Laws {
    /// Makes them those of the contract.
    pub(crate) fn give(self, unit: &mut Unit) {
        unit.invariants.extend(self.invariants);
        unit.migrations.extend(self.migrations);
        for (of, ensure) in self.ensures {
            let function = unit.functions.get_mut(of.0 as usize);
            function.into_iter().for_each(|function| function.ensures.push(ensure.clone()));
        }
    }
}

/// Checks the invariants and migrations of a contract, whose functions have been checked.
pub(crate) fn check(
    context: &Context<'_>,
    (unit, scope): (&Unit, &Scope<'_>),
    contract: &Contract,
    diagnostics: &mut Vec<Diagnostic>,
) -> Laws {
    let mut laws = Laws::default();
    let mut versions: BTreeMap<&str, Span> = BTreeMap::new();
    for member in &contract.members {
        match &member.kind {
            MemberKind::Invariant(it) => {
                laws.invariants.extend(invariant(context, (unit, scope), it, diagnostics));
            }
            MemberKind::Migrate(it) => {
                let span = Span { end: it.body.span.start, ..member.span };
                let first = versions.insert(&it.from, span);
                diagnostics.extend(never_runs(unit, it, span, first));
                let reads = migration(context, (unit, scope), it, span, diagnostics);
                laws.migrations.extend(it.from.parse().ok().map(|from| Migration { from, reads }));
            }
            _ => {}
        }
    }
    laws
}

/// What the entries, views and functions of a unit ensure, whose bodies have been checked.
pub(crate) fn promises(
    context: &Context<'_>,
    (unit, scope): (&Unit, &Scope<'_>),
    sources: &[BodySource<'_>],
    diagnostics: &mut Vec<Diagnostic>,
) -> Laws {
    let mut laws = Laws::default();
    for ((number, function), source) in (0..).map(FunctionId).zip(&unit.functions).zip(sources) {
        let composes = function.kind == FunctionKind::Callable(EntryKind::Compose);
        for clause in source.clauses.iter().filter(|_| !composes) {
            if let Clause::Ensures(condition, _) = clause {
                let of = (function, source);
                let ensure = promise(context, (unit, scope), of, condition, diagnostics);
                laws.ensures.extend(ensure.map(|ensure| (number, ensure)));
            }
        }
    }
    laws
}

fn promise(
    context: &Context<'_>,
    (unit, scope): (&Unit, &Scope<'_>),
    (function, source): (&Function, &BodySource<'_>),
    condition: &ast::Expr,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Ensure> {
    let header = Header { kind: function.kind, direct: false, result: None, name: &function.name };
    let scope = source.free.as_deref().unwrap_or(scope);
    let mut body = Body::new(Some(context), Some(unit), scope, Some(header), diagnostics);
    body.purpose = Purpose::Ensures;
    body.free = source.free.is_some();
    for (param, local) in source.params.iter().zip(function.param_locals()) {
        body.bind_param(&param.name, &local.ty.seen(), false);
    }
    let result = function.result.as_ref().map(|ty| body.bind_result(&ty.seen()));
    let condition = body.law(unit, condition, &format!("`{}` ensures it", function.name))?;
    Some(Ensure { locals: body.locals, result, questions: Vec::new(), condition })
}

/// The first `fresh_id()` in a condition.
fn fresh(condition: &Expr) -> Option<Span> {
    if let ExprKind::Compute(Computation::Fresh { .. }, ..) = &condition.kind {
        return Some(condition.span);
    }
    let mut found = None;
    condition.parts(&mut |part| {
        if let (None, Part::Expr(part)) = (found, part) {
            found = fresh(part);
        }
    });
    found
}

fn invariant(
    context: &Context<'_>,
    (unit, scope): (&Unit, &Scope<'_>),
    invariant: &ast::Invariant,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Invariant> {
    let mut body = Body::new(Some(context), Some(unit), scope, None, diagnostics);
    body.purpose = Purpose::Invariant;
    let Ident { name, span } = &invariant.name;
    let condition = body.law(unit, &invariant.condition, &format!("`{name}` is an invariant"))?;
    Some(Invariant { name: name.clone(), span: *span, locals: body.locals, condition })
}

fn never_runs(unit: &Unit, migrate: &Migrate, span: Span, first: Option<Span>) -> Option<Diagnostic> {
    let error = |message: String| Diagnostic::error("E0705", span, message);
    if let Some(first) = first {
        let twice = format!("there are two ways from version {}", migrate.from);
        return Some(
            error(twice).label("the second one").also(first, "the first one").help("keep one of them"),
        );
    }
    let from: Option<u32> = migrate.from.parse().ok();
    if from.is_some_and(|from| (1..unit.version).contains(&from)) {
        return None;
    }
    let message = format!("no upgrade to version {} starts from version {}", unit.version, migrate.from);
    Some(
        error(message).label("never runs").also(unit.span, "the contract").help(
            "a contract migrates from versions before its own: declare the new one, such as `version 2;`",
        ),
    )
}

/// Checks a migration; gives what it reads of the version before.
fn migration(
    context: &Context<'_>,
    (unit, scope): (&Unit, &Scope<'_>),
    migrate: &Migrate,
    span: Span,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeSet<String> {
    let kind = FunctionKind::Callable(EntryKind::Init);
    let header = Header { kind, direct: true, result: None, name: "migrate" };
    let mut body = Body::new(Some(context), Some(unit), scope, Some(header), diagnostics);
    body.purpose = Purpose::Migration;
    let stmts = body.block(&migrate.body);
    let (sound, reads) = (!body.has_mistakes(), std::mem::take(&mut body.olds));
    let function = Function {
        name: "migrate".to_owned(),
        span,
        doc: String::new(),
        kind,
        parallel: None,
        direct: true,
        params: 0,
        locals: body.locals,
        result: None,
        spends: Vec::new(),
        ensures: Vec::new(),
        body: stmts,
    };
    if sound {
        linear::check(&function, diagnostics);
    }
    reads
}

/// What only a specification says.
fn said(spec: Spec, ty: impl Into<Type>, span: Span) -> Expr {
    made(ExprKind::Spec(Box::new(spec)), ty, span)
}

impl Cursor {
    /// The map, the set or the role, below the keys that are given.
    fn whole(self) -> Whole {
        let open = self.key_types.into_iter().skip(self.keys.len()).collect();
        Whole { kind: self.kind, cells: self.cells, keys: self.keys, open }
    }
}

impl Body<'_> {
    /// A condition that only looks at the state; `what` says whose it is.
    fn law(&mut self, unit: &Unit, condition: &ast::Expr, what: &str) -> Option<Expr> {
        let condition = self.expect(condition, &BOOL)?;
        if let Some((state, span)) = callgraph::writes(unit, &condition) {
            let message = format!("{what}, and writes `{state}`");
            self.report(
                Diagnostic::error("E0704", condition.span, message)
                    .label("only looks at the state")
                    .also(span, "the write")
                    .help("compare what is there: `.amount`, `sum(m)`, `count(m)`, `supply(A)`"),
            );
            return None;
        }
        if let Some(span) = fresh(&condition) {
            self.report(
                Diagnostic::error("E0704", span, format!("{what}, and makes an id"))
                    .label("only a call does")
                    .help("compare ids that are there"),
            );
            return None;
        }
        (!self.has_mistakes()).then_some(condition)
    }

    /// `old(e)`, `sum(m)` or `count(m)`; `None` where it is something else that is called.
    pub(crate) fn specification(
        &mut self,
        name: &Ident,
        args: &[Arg],
        wanted: Option<&Type>,
        span: Span,
    ) -> Option<Option<Expr>> {
        if !FUNCTIONS.contains(&name.name.as_str()) {
            return None;
        }
        if let ("old", Some(_), [arg]) = (name.name.as_str(), &self.asks, args) {
            return Some(self.old(&arg.value, wanted));
        }
        if !self.purpose.is_law() {
            return if self.lost { None } else { Some(self.no_specification(&name.name, span)) };
        }
        let [arg] = args else {
            let what = if name.name == "old" { "a value" } else { "a map" };
            self.report(
                Diagnostic::error("E0207", span, format!("`{}` takes {what}", name.name))
                    .label(format!("{} given", args.len())),
            );
            return Some(None);
        };
        Some(match name.name.as_str() {
            "old" => self.expr(&arg.value, wanted).map(|of| said(Spec::Old(of.clone()), of.ty, span)),
            "sum" => self.sum(&arg.value, span),
            _ => self.count(&arg.value, span),
        })
    }

    fn no_specification(&mut self, what: &str, span: Span) -> Option<Expr> {
        self.report(
            Diagnostic::error(
                "E0208",
                span,
                format!("`{what}` stands in an `invariant` or an `ensures` only"),
            )
            .label("not computed by a call")
            .help("it would look at every key of a map, or at what is gone: keep what you need in a `state`"),
        );
        None
    }

    /// All of `m`, added up: wide enough for people, not for a type.
    fn sum(&mut self, of: &ast::Expr, span: Span) -> Option<Expr> {
        let cursor = self.open(of, "sum")?;
        let value = match &cursor.ty {
            Type::Option(content) if cursor.kind == StateKind::Partial => content.as_ref(),
            ty => ty,
        };
        let ty = match value {
            Type::Asset(_) => Scalar::U128,
            Type::Scalar(Scalar::U256) => Scalar::U256,
            Type::Scalar(scalar) if scalar.is_integer() && scalar.is_signed() => Scalar::I128,
            Type::Scalar(scalar) if scalar.is_integer() => Scalar::U128,
            other => {
                let report = Diagnostic::error("E0201", of.span, format!("`{other}` cannot be added up"))
                    .label("`sum` adds numbers and amounts")
                    .also(cursor.declared, "declared here");
                self.report(report);
                return None;
            }
        };
        if self.starts_with_something(&cursor) {
            self.report(
                Diagnostic::error(
                    "E0208",
                    of.span,
                    format!("absent keys of `{}` hold something", cursor.name),
                )
                .label("there is no end to the sum")
                .also(cursor.declared, "declared with a value other than zero"),
            );
            return None;
        }
        Some(said(Spec::Sum(cursor.whole()), ty, span))
    }

    /// True for a map whose absent keys are worth something.
    fn starts_with_something(&self, cursor: &Cursor) -> bool {
        let first = cursor.cells.first().filter(|_| cursor.kind == StateKind::Total);
        let variable = first.and_then(|first| self.unit?.variable(first));
        variable.is_some_and(|variable| variable.default != Value::ZERO)
    }

    fn count(&mut self, of: &ast::Expr, span: Span) -> Option<Expr> {
        let cursor = self.open(of, "count")?;
        if cursor.kind == StateKind::Total {
            self.report(
                Diagnostic::error("E0208", of.span, format!("every key of `{}` has a value", cursor.name))
                    .label("there is nothing to count")
                    .also(cursor.declared, "declared with a value for absent keys"),
            );
            return None;
        }
        Some(said(Spec::Count(cursor.whole()), Scalar::U128, span))
    }

    /// A map, a set or a role of the state, with at least one key open.
    fn open(&mut self, of: &ast::Expr, function: &str) -> Option<Cursor> {
        if self.root(of).is_some() {
            let cursor = self.cursor(of)?;
            if cursor.missing() > 0 {
                return Some(cursor);
            }
        } else {
            self.expr(of, None)?;
        }
        self.report(
            Diagnostic::error("E0208", of.span, format!("`{function}` is of a map or a set of the state"))
                .label("neither"),
        );
        None
    }

    /// `forall k in m: e` and `exists k in m: e`
    pub(crate) fn quantifier(
        &mut self,
        word: &str,
        (name, of, condition): (&Ident, &ast::Expr, &ast::Expr),
        span: Span,
    ) -> Option<Expr> {
        if !self.purpose.is_law() {
            return self.no_specification(word, span);
        }
        let range = self.range(word, of);
        let bindings = self.enter();
        let each = match range {
            Some((elements, ty)) => {
                let local = self.bind(name, ty, false);
                let condition = self.expect(condition, &BOOL);
                let all = word == "forall";
                condition.map(|condition| Spec::Each(Box::new(Each { all, local, elements, condition })))
            }
            None => {
                self.bind_broken(name);
                None
            }
        };
        self.leave(bindings);
        each.map(|each| said(each, BOOL, span))
    }

    /// What a quantifier's name goes through, and its type.
    fn range(&mut self, word: &str, of: &ast::Expr) -> Option<(Elements, Type)> {
        if self.root(of).is_some() {
            let cursor = self.cursor(of)?;
            match (cursor.key_types.get(cursor.keys.len()).cloned(), cursor.ty.clone()) {
                (Some(key), _) => return Some((Elements::Keys(cursor.whole()), key)),
                (None, Type::List(element, _)) => {
                    return self.load(cursor).map(|list| (Elements::List(list), *element));
                }
                _ => {}
            }
        } else {
            let list = self.expr(of, None)?;
            if let Type::List(element, _) = list.ty.clone() {
                return Some((Elements::List(list), *element));
            }
        }
        self.report(
            Diagnostic::error("E0208", of.span, format!("`{word}` goes through a map, a set or a list"))
                .label("has no elements"),
        );
        None
    }

    /// True for the `old` of a migration: the state of the version before.
    pub(crate) fn is_old(&self, of: &ast::Expr) -> bool {
        let ast::ExprKind::Name(name) = &of.kind else { return false };
        self.purpose == Purpose::Migration && name.name == "old" && self.local("old").is_none()
    }
}
