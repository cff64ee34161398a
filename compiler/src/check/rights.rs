//! What happens before a body: initial values, `where`, `by` and `via`.

use super::body::Body;
use super::cursor::Cursor;
use super::declare::BodySource;
use super::expr::{BOOL, made};
use super::value::block;
use crate::tree::{Comparison, Context, Expr, ExprKind, Fail, Place, StateId, StateKind, Stmt, StmtKind};
use mc_container::error::SystemError;
use mc_container::ty::Type;
use mc_container::value::{Scalar, Value};
use mc_syntax::ast::{self, Clause};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::Span;

impl Body<'_> {
    /// The statements before the body's own: `where`, then `by` and `via` from left to right.
    pub(crate) fn before(&mut self, source: &BodySource<'_>) -> Vec<Stmt> {
        let mut out = Vec::new();
        for (state, value) in &source.initials {
            self.initial(*state, value, &mut out);
        }
        for bound in source.params.iter().filter_map(|param| param.bound.as_ref()) {
            if let Some(condition) = self.expect(bound, &BOOL) {
                let kind = StmtKind::Require(condition, Fail::System(SystemError::Refused));
                out.push(Stmt { kind, span: bound.span });
            }
        }
        for clause in source.clauses {
            match clause {
                Clause::By(who, span) => self.one_of(who, *span, &mut out, Self::allowed),
                Clause::Via(roles, span) => self.one_of(roles, *span, &mut out, Self::reached_through),
                _ => {}
            }
        }
        out
    }

    fn initial(&mut self, state: StateId, value: &ast::Expr, out: &mut Vec<Stmt>) {
        let Some(declared) = self.unit.and_then(|unit| unit.state(state)) else { return };
        let span = value.span;
        let (cells, kind, ty) = (declared.cells.clone(), declared.kind, declared.value.clone());
        let stored = if kind == StateKind::Role {
            self.expect(value, &Scalar::Address.into()).map(|holder| (vec![holder], truth(true, span)))
        } else {
            self.expect(value, &ty).map(|value| (Vec::new(), value))
        };
        if let Some((keys, value)) = stored {
            out.push(Stmt { kind: StmtKind::Store(Place { cells, keys, span }, value), span });
        }
    }

    /// One of several must hold.
    fn one_of(
        &mut self,
        who: &[ast::Expr],
        span: Span,
        out: &mut Vec<Stmt>,
        holds: impl Fn(&mut Self, &ast::Expr) -> Option<Expr>,
    ) {
        let any = who.iter().map(|who| holds(self, who)).collect::<Vec<_>>().into_iter().flatten();
        let any = any.reduce(|any, next| made(ExprKind::Or(Box::new(any), Box::new(next)), BOOL, span));
        if let Some(any) = any {
            out.push(Stmt { kind: StmtKind::Require(any, Fail::System(SystemError::Unauthorized)), span });
        }
    }

    fn role(&mut self, who: &ast::Expr) -> Option<Cursor> {
        let name = self.root(who)?.name.clone();
        let (_, state) = self.state_named(&name)?;
        if !matches!(state.kind, StateKind::Role | StateKind::Set) {
            return None;
        }
        let cursor = self.cursor(who)?;
        (cursor.missing() == 1 && cursor.key_types.last() == Some(&Scalar::Address.into())).then_some(cursor)
    }

    /// `by who`: the caller is who, or has the role.
    fn allowed(&mut self, who: &ast::Expr) -> Option<Expr> {
        let span = who.span;
        let caller = made(ExprKind::Context(Context::Caller), Scalar::Address, span);
        if let Some(mut cursor) = self.role(who) {
            cursor.keys.push(caller);
            return Some(cursor.look());
        }
        if self.root(who).is_some() {
            let cursor = self.cursor(who)?;
            let cursor = self.complete(cursor)?;
            return self.is_caller_at(cursor, caller);
        }
        let value = self.expr(who, None)?;
        self.is_caller(value, caller)
    }

    /// A place that is not there allows nobody.
    fn is_caller_at(&mut self, cursor: Cursor, caller: Expr) -> Option<Expr> {
        let span = cursor.span;
        let mut stmts = Vec::new();
        let cursor = self.pin(cursor, &mut stmts);
        let there = cursor.guards.iter().map(|(condition, _)| condition.clone());
        let there = there.reduce(|all, next| made(ExprKind::And(Box::new(all), Box::new(next)), BOOL, span));
        let equal = self.is_caller(cursor.look(), caller)?;
        let both = match there {
            Some(there) => made(ExprKind::And(Box::new(there), Box::new(equal)), BOOL, span),
            None => equal,
        };
        Some(block(stmts, both))
    }

    fn is_caller(&mut self, value: Expr, caller: Expr) -> Option<Expr> {
        let span = value.span;
        let address = Type::Scalar(Scalar::Address);
        let caller = match &value.ty {
            ty if *ty == address => caller,
            Type::Option(content) if **content == address => {
                made(ExprKind::Variant(1, vec![caller]), value.ty.clone(), span)
            }
            other => {
                let report =
                    Diagnostic::error("E0702", span, "`by` takes an `address`, an `address?` or a role")
                        .label(format!("this is `{other}`"))
                        .help("name who may call: `by owner`, `by lots[lot].seller`, `by keeper`");
                self.report(report);
                return None;
            }
        };
        let equal = ExprKind::Compare(Comparison::Equal, Box::new(value), Box::new(caller));
        Some(made(equal, BOOL, span))
    }

    /// `via role`: the entry runs as a step of a composition with the role.
    fn reached_through(&mut self, role: &ast::Expr) -> Option<Expr> {
        let span = role.span;
        let option = Type::Option(Box::new(Scalar::Address.into()));
        let via = || made(ExprKind::Context(Context::Via), option.clone(), span);
        let there = made(ExprKind::Tag(Box::new(via())), BOOL, span);
        let composition = made(ExprKind::Payload(Box::new(via()), 1, 0), Scalar::Address, span);
        let admitted = match self.role(role) {
            Some(mut cursor) => {
                cursor.keys.push(composition);
                cursor.look()
            }
            None => {
                let value = self.expect(role, &Scalar::Address.into())?;
                let equal = ExprKind::Compare(Comparison::Equal, Box::new(composition), Box::new(value));
                made(equal, BOOL, span)
            }
        };
        Some(made(ExprKind::And(Box::new(there), Box::new(admitted)), BOOL, span))
    }
}

fn truth(truth: bool, span: Span) -> Expr {
    made(ExprKind::Const(vec![Value::from_u64(u64::from(truth))]), BOOL, span)
}
