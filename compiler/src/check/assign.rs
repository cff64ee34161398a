//! Assignments: to a place in the state, to a local, to an element or a field of one.

use super::body::{Body, Bound};
use super::cursor::Cursor;
use super::expr::made;
use crate::tree::{Expr, ExprKind, Failure, LocalId, StateKind, Stmt, StmtKind};
use mc_container::arithmetic::Operation;
use mc_container::ty::Type;
use mc_container::value::Scalar;
use mc_syntax::ast::{self, AssignOp, Else, Ident};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::Span;

impl Body<'_> {
    pub(crate) fn assign(
        &mut self,
        target: &ast::Expr,
        op: AssignOp,
        value: &ast::Expr,
        otherwise: Option<&Else>,
        (span, out): (Span, &mut Vec<Stmt>),
    ) -> Option<()> {
        if self.root(target).is_some() {
            let Some(cursor) = self.cursor(target) else {
                self.overlook([value]);
                return None;
            };
            return self.assign_state(cursor, op, value, otherwise, (span, out));
        }
        match &target.kind {
            ast::ExprKind::Name(name) => {
                if self.is_silenced(&name.name) {
                    return None;
                }
                match self.local(&name.name) {
                    Some((local, ty, mutable)) => {
                        self.check_mutable(name, mutable);
                        let local = (local, ty, target.span);
                        self.assign_local(local, op, value, otherwise, (span, out))
                    }
                    None => {
                        self.expr(target, None)?;
                        self.not_assignable(target.span);
                        None
                    }
                }
            }
            ast::ExprKind::Index(list, index) => self.assign_element((list, index), op, value, (span, out)),
            ast::ExprKind::Field(..) => self.assign_field(target, op, value, otherwise, (span, out)),
            ast::ExprKind::Recovered => None,
            _ => {
                self.not_assignable(target.span);
                None
            }
        }
    }

    fn not_assignable(&mut self, span: Span) {
        self.report(
            Diagnostic::error("E0208", span, "this cannot be assigned")
                .label("neither a state of the contract nor a local")
                .help("assign to a state, or to a local that `let mut` binds"),
        );
    }

    pub(crate) fn check_mutable(&mut self, name: &Ident, mutable: Result<(), Span>) {
        self.mention(name);
        self.change_local(&name.name);
        if let Err(bound) = mutable {
            let how = self.how_bound(&name.name);
            let name = (&name.name, name.span);
            let report = Diagnostic::error("E0208", name.1, format!("`{}` does not change", name.0))
                .label("changed here");
            let begins = Span { end: bound.start, ..bound };
            self.report(match how {
                Some(Bound::Index) => report
                    .also(bound, "the loop sets it anew in every turn")
                    .help(format!("copy it into a local of its own: `let mut copy = {};`", name.0)),
                Some(Bound::Part) => report
                    .also(bound, "bound here by a pattern")
                    .help(format!("copy it into a local of its own: `let mut copy = {};`", name.0)),
                Some(Bound::Parameter) => report
                    .also(bound, "a parameter without `mut`")
                    .help(format!("write `mut {}: …`", name.0))
                    .edit(begins, "mut "),
                Some(Bound::Result) => report.help("an `ensures` only looks"),
                Some(Bound::Let) | None => report
                    .also(bound, "bound without `mut`")
                    .help(format!("write `let mut {}`", name.0))
                    .edit(begins, "mut "),
            });
        }
    }

    fn assign_state(
        &mut self,
        cursor: Cursor,
        op: AssignOp,
        value: &ast::Expr,
        otherwise: Option<&Else>,
        (span, out): (Span, &mut Vec<Stmt>),
    ) -> Option<()> {
        let cursor = self.complete(cursor)?;
        self.check_writable(&cursor);
        let cursor = if cursor.guards.is_empty() { cursor } else { self.pin(cursor, out) };
        cursor.check(out);
        let Some(operation) = operation_of(op) else {
            return self.store(&cursor, value, otherwise, (span, out));
        };
        if let Type::Asset(_) = &cursor.ty {
            return self.credit(&cursor, operation, value, otherwise, (span, out));
        }
        let (value, failure) = self.operand(&cursor.ty, operation, cursor.span, value, otherwise)?;
        let kind = StmtKind::Update(cursor.place(), operation, value, failure);
        out.push(Stmt { kind, span });
        Some(())
    }

    fn store(
        &mut self,
        cursor: &Cursor,
        value: &ast::Expr,
        otherwise: Option<&Else>,
        (span, out): (Span, &mut Vec<Stmt>),
    ) -> Option<()> {
        if cursor.ty.is_linear() {
            let name = match &cursor.ty {
                Type::Option(content) => content.to_string(),
                ty => ty.to_string(),
            };
            let report = Diagnostic::error(
                "E0304",
                span,
                format!("assigning would destroy the `{name}` already there"),
            )
            .label("value would be lost");
            self.report(if matches!(cursor.ty, Type::Asset(_)) {
                report
                    .help("add to it with `+=`, or empty it with `.take_all()`")
                    .edit(equals_sign(cursor.span, value.span), " += ")
            } else {
                report.help(match cursor.kind {
                    StateKind::Partial => "put it where nothing is with `.insert(key, value)`",
                    _ => "put it where nothing is with `.insert(value)`",
                })
            });
            return None;
        }
        // `m[k] = v` puts a value where there may be none.
        if let Type::Option(content) = &cursor.ty
            && cursor.kind == StateKind::Partial
            && cursor.guards.is_empty()
        {
            let typed = self.value_or_fail(value, Some(content), otherwise)?;
            let kind = ExprKind::Variant(1, vec![typed]);
            let there = made(kind, cursor.ty.clone(), value.span);
            out.push(Stmt { kind: StmtKind::Store(cursor.place(), there), span });
            return Some(());
        }
        let value = self.value_or_fail(value, Some(&cursor.ty), otherwise)?;
        out.push(Stmt { kind: StmtKind::Store(cursor.place(), value), span });
        Some(())
    }

    /// `cell += asset`
    fn credit(
        &mut self,
        cursor: &Cursor,
        operation: Operation,
        value: &ast::Expr,
        otherwise: Option<&Else>,
        (span, out): (Span, &mut Vec<Stmt>),
    ) -> Option<()> {
        if operation != Operation::Add {
            self.report(
                Diagnostic::error(
                    "E0304",
                    cursor.span,
                    format!("`{}=` would destroy value", operation.symbol()),
                )
                .label(format!("this holds `{}`", cursor.ty))
                .help("take it out with `.take(n)`, which gives it to you"),
            );
            return None;
        }
        let value = self.value_or_fail(value, Some(&cursor.ty), otherwise)?;
        out.push(Stmt { kind: StmtKind::Update(cursor.place(), operation, value, None), span });
        Some(())
    }

    fn assign_local(
        &mut self,
        (local, ty, target): (LocalId, Type, Span),
        op: AssignOp,
        value: &ast::Expr,
        otherwise: Option<&Else>,
        (span, out): (Span, &mut Vec<Stmt>),
    ) -> Option<()> {
        if ty.is_linear() {
            self.report(
                Diagnostic::error(
                    "E0304",
                    target,
                    format!("assigning would destroy the `{ty}` already there"),
                )
                .label("an asset in hand does not change")
                .help("bind the new value under a name of its own"),
            );
            return None;
        }
        let value = match operation_of(op) {
            None => self.value_or_fail(value, Some(&ty), otherwise)?,
            Some(operation) => {
                let (value, failure) = self.operand(&ty, operation, target, value, otherwise)?;
                let before = made(ExprKind::Local(local), ty.clone(), target);
                let kind = ExprKind::Arithmetic(operation, Box::new(before), Box::new(value), failure);
                made(kind, ty, target)
            }
        };
        out.push(Stmt { kind: StmtKind::Set(local, value), span });
        Some(())
    }

    fn assign_element(
        &mut self,
        (list, index): (&ast::Expr, &ast::Expr),
        op: AssignOp,
        value: &ast::Expr,
        (span, out): (Span, &mut Vec<Stmt>),
    ) -> Option<()> {
        let local = match &list.kind {
            ast::ExprKind::Name(name) => self.local(&name.name).map(|found| (name, found)),
            _ => None,
        };
        let Some((name, (local, Type::List(element, _), mutable))) = local else {
            let whole = ast::ExprKind::Index(Box::new(list.clone()), Box::new(index.clone()));
            self.expr(&ast::Expr { kind: whole, span: list.span.to(index.span) }, None)?;
            self.not_assignable(list.span);
            return None;
        };
        self.check_mutable(name, mutable);
        let index = self.expect(index, &Scalar::U32.into())?;
        let index = self.keep(index, out);
        let value = match operation_of(op) {
            None => self.expect(value, &element)?,
            Some(operation) => {
                let (value, failure) = self.operand(&element, operation, list.span, value, None)?;
                let ty = self.locals.get(local.0 as usize)?.ty.clone();
                let of = Box::new(made(ExprKind::Local(local), ty, list.span));
                let before = ExprKind::Element(of, Box::new(index.clone()), None);
                let before = Box::new(made(before, (*element).clone(), list.span));
                made(ExprKind::Arithmetic(operation, before, Box::new(value), failure), *element, span)
            }
        };
        out.push(Stmt { kind: StmtKind::SetElement(local, index, value), span });
        Some(())
    }

    /// `local.field = value`
    fn assign_field(
        &mut self,
        target: &ast::Expr,
        op: AssignOp,
        value: &ast::Expr,
        otherwise: Option<&Else>,
        (span, out): (Span, &mut Vec<Stmt>),
    ) -> Option<()> {
        let before = self.expr(target, None)?;
        let mut path = Vec::new();
        let mut base = &before;
        while let ExprKind::Field(inner, at) = &base.kind {
            path.push(*at);
            base = inner;
        }
        path.reverse();
        let ExprKind::Local(local) = base.kind else {
            self.not_assignable(target.span);
            return None;
        };
        if let Some(name) = root_name(target)
            && let Some((.., mutable)) = self.local(&name.name)
        {
            self.check_mutable(name, mutable);
        }
        if before.ty.is_linear() || matches!(before.ty, Type::Seen(_)) {
            self.report(
                Diagnostic::error(
                    "E0304",
                    target.span,
                    format!("assigning would destroy the `{}` there", before.ty),
                )
                .label("an asset in hand does not change"),
            );
            return None;
        }
        let ty = before.ty.clone();
        let value = match operation_of(op) {
            None => self.value_or_fail(value, Some(&ty), otherwise)?,
            Some(operation) => {
                let (value, failure) = self.operand(&ty, operation, target.span, value, otherwise)?;
                let kind = ExprKind::Arithmetic(operation, Box::new(before), Box::new(value), failure);
                made(kind, ty, span)
            }
        };
        out.push(Stmt { kind: StmtKind::SetField(local, path, value), span });
        Some(())
    }

    /// The right side of `target op= value else E`.
    fn operand(
        &mut self,
        ty: &Type,
        operation: Operation,
        target: Span,
        value: &ast::Expr,
        otherwise: Option<&Else>,
    ) -> Option<(Expr, Failure)> {
        let additive = matches!(operation, Operation::Add | Operation::Subtract);
        let timed = matches!(ty.scalar(), Some(Scalar::Time | Scalar::Duration));
        let integer = ty.scalar().is_some_and(Scalar::is_integer);
        if !(integer || timed && additive) {
            if let Type::Option(_) = ty {
                self.handle_none(ty, target, None);
                return None;
            }
            self.report(
                Diagnostic::error(
                    "E0209",
                    target,
                    format!("`{}=` does not apply to `{ty}`", operation.symbol()),
                )
                .label(format!("this is `{ty}`")),
            );
            return None;
        }
        let value = self.expect(value, &if timed { Scalar::Duration.into() } else { ty.clone() });
        let failure = match otherwise {
            Some(otherwise) => Some(Box::new(self.fail(&otherwise.fail)?)),
            None => None,
        };
        Some((value?, failure))
    }
}

/// The place of the operator between a target and a value.
fn equals_sign(target: Span, value: Span) -> Span {
    Span { start: target.end, end: value.start, ..target }
}

fn root_name(expr: &ast::Expr) -> Option<&Ident> {
    match &expr.kind {
        ast::ExprKind::Name(name) => Some(name),
        ast::ExprKind::Field(inner, _) | ast::ExprKind::Paren(inner) => root_name(inner),
        _ => None,
    }
}

fn operation_of(op: AssignOp) -> Option<Operation> {
    match op {
        AssignOp::Set => None,
        AssignOp::Add => Some(Operation::Add),
        AssignOp::Subtract => Some(Operation::Subtract),
        AssignOp::Multiply => Some(Operation::Multiply),
        AssignOp::Divide => Some(Operation::Divide),
    }
}
