//! Invariants and migrations: checked like every other piece of a contract, and not executed.
//!
//! An invariant is a condition on the state as a transaction leaves it; it may look at the state before with `old`,
//! and at all keys of a map with `sum`, `count`, `forall` and `exists`. A migration is a body that runs once, when a
//! version takes over the state of an earlier one, which it finds under `old`.

use super::body::{Body, Header, Purpose};
use super::callgraph;
use super::cursor::Cursor;
use super::expr::{BOOL, made};
use super::linear;
use super::scope::{Context, Scope};
use crate::tree::{Expr, ExprKind, Function, FunctionKind, StateKind, Unit};
use mc_container::manifest::EntryKind;
use mc_container::ty::Type;
use mc_container::value::{Scalar, Value};
use mc_syntax::ast::{self, Arg, Contract, Ident, Invariant, MemberKind, Migrate};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::Span;
use std::collections::BTreeMap;

/// The functions that only a specification may call.
pub(crate) const FUNCTIONS: [&str; 3] = ["old", "sum", "count"];

/// Checks the invariants and migrations of a contract, whose functions have been checked.
pub(crate) fn check(
    context: &Context<'_>,
    (unit, scope): (&Unit, &Scope<'_>),
    contract: &Contract,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut versions: BTreeMap<&str, Span> = BTreeMap::new();
    for member in &contract.members {
        match &member.kind {
            MemberKind::Invariant(it) => invariant(context, (unit, scope), it, diagnostics),
            MemberKind::Migrate(it) => {
                let span = Span { end: it.body.span.start, ..member.span };
                let first = versions.insert(&it.from, span);
                diagnostics.extend(never_runs(unit, it, span, first));
                migration(context, (unit, scope), it, span, diagnostics);
            }
            _ => {}
        }
    }
}

fn invariant(
    context: &Context<'_>,
    (unit, scope): (&Unit, &Scope<'_>),
    invariant: &Invariant,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut body = Body::new(Some(context), Some(unit), scope, None, diagnostics);
    body.purpose = Purpose::Invariant;
    let Some(condition) = body.expect(&invariant.condition, &BOOL) else { return };
    if let Some((state, span)) = callgraph::writes(unit, &condition) {
        let name = &invariant.name;
        let message = format!("`{}` is an invariant, and writes `{state}`", name.name);
        body.report(
            Diagnostic::error("E0704", name.span, message)
                .label("only looks at the state")
                .also(span, "the write")
                .help("compare what is there: `.amount`, `sum(m)`, `count(m)`, `supply(A)`"),
        );
    }
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

fn migration(
    context: &Context<'_>,
    (unit, scope): (&Unit, &Scope<'_>),
    migrate: &Migrate,
    span: Span,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let kind = FunctionKind::Callable(EntryKind::Init);
    let header = Header { kind, direct: true, result: None, name: "migrate" };
    let mut body = Body::new(Some(context), Some(unit), scope, Some(header), diagnostics);
    body.purpose = Purpose::Migration;
    let stmts = body.block(&migrate.body);
    let sound = !body.has_mistakes();
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
}

/// A value that is only checked.
fn checked(ty: impl Into<Type>, span: Span) -> Expr {
    let ty = ty.into();
    made(ExprKind::Const(vec![Value::ZERO; ty.scalar_count()]), ty, span)
}

impl Body<'_> {
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
        if self.purpose != Purpose::Invariant {
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
            "old" => self.expr(&arg.value, wanted),
            "sum" => self.sum(&arg.value, span),
            _ => self.count(&arg.value, span),
        })
    }

    fn no_specification(&mut self, what: &str, span: Span) -> Option<Expr> {
        self.report(
            Diagnostic::error("E0208", span, format!("`{what}` stands in an `invariant` only"))
                .label("not computed by a call")
                .help("it would look at every key of a map, or at what is gone: keep what you need in a `state`"),
        );
        None
    }

    /// All of `m`, added up: wide enough for people, not for a type.
    fn sum(&mut self, of: &ast::Expr, span: Span) -> Option<Expr> {
        let cursor = self.whole(of, "sum")?;
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
        Some(checked(ty, span))
    }

    fn count(&mut self, of: &ast::Expr, span: Span) -> Option<Expr> {
        let cursor = self.whole(of, "count")?;
        if cursor.kind == StateKind::Total {
            self.report(
                Diagnostic::error("E0208", of.span, format!("every key of `{}` has a value", cursor.name))
                    .label("there is nothing to count")
                    .also(cursor.declared, "declared with a value for absent keys"),
            );
            return None;
        }
        Some(checked(Scalar::U128, span))
    }

    /// A map, a set or a role of the state, with at least one key open.
    fn whole(&mut self, of: &ast::Expr, function: &str) -> Option<Cursor> {
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
        if self.purpose != Purpose::Invariant {
            return self.no_specification(word, span);
        }
        let ty = self.range(word, of);
        let bindings = self.enter();
        let condition = match &ty {
            Some(ty) => {
                self.bind(name, ty.clone(), false);
                self.expect(condition, &BOOL)
            }
            None => {
                self.bind_broken(name);
                None
            }
        };
        self.leave(bindings);
        // The condition stays, so that what it writes is found.
        let condition = condition?;
        ty.map(|_| made(ExprKind::Not(Box::new(condition)), BOOL, span))
    }

    /// What a quantifier's name goes through.
    fn range(&mut self, word: &str, of: &ast::Expr) -> Option<Type> {
        if self.root(of).is_some() {
            let cursor = self.cursor(of)?;
            match (cursor.key_types.get(cursor.keys.len()), &cursor.ty) {
                (Some(key), _) => return Some(key.clone()),
                (None, Type::List(element, _)) => return Some((**element).clone()),
                _ => {}
            }
        } else if let Type::List(element, _) = self.expr(of, None)?.ty {
            return Some(*element);
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
