//! Statements.

use super::body::Body;
use super::constant;
use crate::error;
use crate::tree::{Expr, ExprKind, Fail, Failure, For, LocalId, Place, Stmt, StmtKind};
use mc_container::arithmetic::Operation;
use mc_container::value::Scalar;
use mc_syntax::ast::{self, AssignOp, Else, Ident, Pattern, PatternKind};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::Span;

/// True if control never comes out at the end of `stmts`.
pub(crate) fn ends(stmts: &[Stmt]) -> bool {
    stmts.iter().any(|stmt| match &stmt.kind {
        StmtKind::Abort(_) | StmtKind::Return(_) | StmtKind::Break | StmtKind::Continue => true,
        StmtKind::If(_, then, otherwise) => ends(then) && ends(otherwise),
        _ => false,
    })
}

impl Body<'_> {
    pub(crate) fn block(&mut self, block: &ast::Block) -> Vec<Stmt> {
        let bindings = self.enter();
        let mut stmts = Vec::new();
        for stmt in &block.stmts {
            self.stmt(stmt, &mut stmts);
        }
        self.leave(bindings);
        stmts
    }

    fn stmt(&mut self, stmt: &ast::Stmt, out: &mut Vec<Stmt>) {
        use ast::StmtKind as A;
        let span = stmt.span;
        let kind = match &stmt.kind {
            A::Let { with: Some(with), .. } => {
                self.report(error::not_compiled("`with`", with.span));
                None
            }
            A::Let { mutable, pattern, ty, value, with: None, otherwise } => {
                self.declare_local((*mutable, pattern), ty.as_ref(), value, otherwise.as_ref())
            }
            A::Assign { target, op, value, otherwise } => self.assign(target, *op, value, otherwise.as_ref()),
            A::Expr { value, with, otherwise } => {
                self.expression(value, with.as_ref(), otherwise.as_ref(), span)
            }
            A::Require(condition, fail) => {
                let condition = self.expect(condition, Scalar::Bool);
                let fail = self.fail(fail);
                condition.zip(fail).map(|(condition, fail)| StmtKind::Require(condition, fail))
            }
            A::Abort(fail) => self.fail(fail).map(StmtKind::Abort),
            A::Emit(path, args) => {
                self.event(path, args, span).map(|(event, args)| StmtKind::Emit(event, args))
            }
            A::Return(value, otherwise) => self.give(value.as_ref(), otherwise.as_ref(), span),
            A::Break => self.leave_loop(StmtKind::Break, "break", span),
            A::Continue => self.leave_loop(StmtKind::Continue, "continue", span),
            A::If(condition, then, otherwise) => {
                let condition = self.expect(condition, Scalar::Bool);
                let then = self.block(then);
                let otherwise = otherwise.as_ref().map_or_else(Vec::new, |block| self.block(block));
                condition.map(|condition| StmtKind::If(condition, then, otherwise))
            }
            A::For { pattern, from, to, max, body } => {
                self.repeat(pattern, (from, to.as_ref()), max.as_ref(), body)
            }
            A::Step(pattern, call, otherwise) => self.step_stmt(pattern.as_ref(), call, otherwise.as_ref()),
            A::Recovered => {
                self.lost = true;
                self.silent = true;
                None
            }
            other => {
                self.report(error::not_compiled(construct(other), span));
                None
            }
        };
        out.extend(kind.map(|kind| Stmt { kind, span }));
    }

    fn declare_local(
        &mut self,
        (mutable, pattern): (bool, &Pattern),
        ty: Option<&ast::Type>,
        value: &ast::Expr,
        otherwise: Option<&Else>,
    ) -> Option<StmtKind> {
        let name = match &pattern.kind {
            PatternKind::Path(path) if path.single().is_some() => path.single(),
            PatternKind::Wildcard => None,
            _ => {
                self.report(error::not_compiled("a pattern in `let`", pattern.span));
                return None;
            }
        };
        let declared = ty.map(|ty| super::types::scalar(ty, self.sink()));
        let value = match declared {
            Some(Some(ty)) => self.expect(value, ty),
            Some(None) => None,
            None => self.expr(value, None),
        };
        let value = match (value, otherwise) {
            (Some(value), Some(otherwise)) => self.attach(value, otherwise),
            (value, _) => value,
        };
        let Some(value) = value else {
            // The mistake is reported; the name still exists, with the declared type or any.
            if let Some(name) = name {
                match declared.flatten() {
                    Some(ty) => drop(self.bind(name, ty, true)),
                    None => self.bind_broken(name),
                }
            }
            return None;
        };
        let local = match name {
            Some(name) => self.bind(name, value.ty, mutable),
            None => self.temporary("_", value.ty),
        };
        Some(StmtKind::Set(local, value))
    }

    /// Lets the outermost fallible operation of `value` fail with `otherwise`.
    fn attach(&mut self, mut value: Expr, otherwise: &Else) -> Option<Expr> {
        let fail = Box::new(self.fail(&otherwise.fail)?);
        match &mut value.kind {
            ExprKind::Arithmetic(_, _, _, failure) | ExprKind::Cast(_, failure) => {
                *failure = Some(fail);
                Some(value)
            }
            _ => {
                self.nothing_fails(otherwise.span);
                None
            }
        }
    }

    fn nothing_fails(&mut self, span: Span) {
        self.report(
            Diagnostic::error("E0213", span, "nothing before this `else` can fail")
                .label("never used")
                .help("`else` replaces the failure of arithmetic, of `as` and of a step; for a condition use `require`"),
        );
    }

    fn assign(
        &mut self,
        target: &ast::Expr,
        op: AssignOp,
        value: &ast::Expr,
        otherwise: Option<&Else>,
    ) -> Option<StmtKind> {
        if let ast::ExprKind::Name(name) = &target.kind
            && !self.is_silenced(&name.name)
            && let Some((local, ty, mutable)) = self.local(&name.name)
        {
            if let Err(bound) = mutable {
                self.report(
                    Diagnostic::error("E0208", name.span, format!("`{}` does not change", name.name))
                        .label("assigned here")
                        .also(bound, "bound without `mut`")
                        .help(format!("write `let mut {}` where it is bound", name.name)),
                );
            }
            return self.assign_local((local, ty, target.span), op, value, otherwise);
        }
        let place = self.place(target)?;
        let ty = self.variable_type(place.variable)?;
        self.check_immutable(&place);
        let Some(operation) = operation_of(op) else {
            let value = self.expect(value, ty)?;
            let value = match otherwise {
                Some(otherwise) => self.attach(value, otherwise)?,
                None => value,
            };
            return Some(StmtKind::Store(place, value));
        };
        let (value, failure) = self.operand(ty, operation, target.span, value, otherwise)?;
        Some(StmtKind::Update(place, operation, value, failure))
    }

    fn assign_local(
        &mut self,
        (local, ty, span): (LocalId, Scalar, Span),
        op: AssignOp,
        value: &ast::Expr,
        otherwise: Option<&Else>,
    ) -> Option<StmtKind> {
        let Some(operation) = operation_of(op) else {
            let value = self.expect(value, ty)?;
            let value = match otherwise {
                Some(otherwise) => self.attach(value, otherwise)?,
                None => value,
            };
            return Some(StmtKind::Set(local, value));
        };
        let (value, failure) = self.operand(ty, operation, span, value, otherwise)?;
        let before = Box::new(Expr { kind: ExprKind::Local(local), ty, span });
        let kind = ExprKind::Arithmetic(operation, before, Box::new(value), failure);
        Some(StmtKind::Set(local, Expr { kind, ty, span }))
    }

    /// The right side of `target op= value else E`.
    fn operand(
        &mut self,
        ty: Scalar,
        operation: Operation,
        target: Span,
        value: &ast::Expr,
        otherwise: Option<&Else>,
    ) -> Option<(Expr, Failure)> {
        let additive = matches!(operation, Operation::Add | Operation::Subtract);
        let timed = ty == Scalar::Time || ty == Scalar::Duration;
        if !(ty.is_integer() || timed && additive) {
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
        let value = self.expect(value, if timed { Scalar::Duration } else { ty });
        let failure = match otherwise {
            Some(otherwise) => Some(Box::new(self.fail(&otherwise.fail)?)),
            None => None,
        };
        Some((value?, failure))
    }

    fn check_immutable(&mut self, place: &Place) {
        let Some(variable) = self.unit.and_then(|unit| unit.variable(place.variable)) else { return };
        if variable.immutable && !self.initialises() {
            let report = Diagnostic::error("E0208", place.span, format!("`{}` is immutable", variable.name))
                .label("assigned outside of `init`")
                .also(variable.span, "declared here")
                .help("set it in `init`, or declare it as `state`");
            self.report(report);
        }
    }

    fn expression(
        &mut self,
        value: &ast::Expr,
        with: Option<&ast::Expr>,
        otherwise: Option<&Else>,
        span: Span,
    ) -> Option<StmtKind> {
        if let Some(with) = with {
            self.report(error::not_compiled("`with`", with.span));
            return None;
        }
        if let Some(otherwise) = otherwise {
            self.nothing_fails(otherwise.span);
        }
        match &value.kind {
            ast::ExprKind::Call(callee, args) => {
                let (id, args) = self.call(callee, args, span)?;
                Some(StmtKind::Call(id, args))
            }
            ast::ExprKind::Recovered => None,
            ast::ExprKind::Deploy(..) => {
                self.report(error::not_compiled("`deploy` outside of an app", span));
                None
            }
            _ => {
                self.report(
                    Diagnostic::error("E0208", span, "this does nothing")
                        .label("its value is not used")
                        .help("bind it with `let`, or assign it"),
                );
                None
            }
        }
    }

    fn give(&mut self, value: Option<&ast::Expr>, otherwise: Option<&Else>, span: Span) -> Option<StmtKind> {
        let header = self.header?;
        if self.scope.silenced.contains(header.name) {
            self.silent = true;
            return None;
        }
        match (value, header.result) {
            (None, None) => Some(StmtKind::Return(None)),
            (Some(value), Some(ty)) => {
                let value = self.expect(value, ty)?;
                let value = match otherwise {
                    Some(otherwise) => self.attach(value, otherwise)?,
                    None => value,
                };
                Some(StmtKind::Return(Some(value)))
            }
            (None, Some(ty)) => {
                let name = header.name;
                self.report(
                    Diagnostic::error("E0201", span, format!("`{name}` gives a `{ty}`"))
                        .label("returns nothing")
                        .help("write the value after `return`"),
                );
                None
            }
            (Some(value), None) => {
                let name = header.name;
                self.report(
                    Diagnostic::error("E0201", value.span, format!("`{name}` gives no value"))
                        .label("returns one")
                        .help("declare the result with `-> T` after the parameters"),
                );
                None
            }
        }
    }

    fn leave_loop(&mut self, kind: StmtKind, word: &str, span: Span) -> Option<StmtKind> {
        if self.loops > 0 {
            return Some(kind);
        }
        self.report(
            Diagnostic::error("E0214", span, format!("`{word}` outside of a loop")).label("no loop to leave"),
        );
        None
    }

    fn repeat(
        &mut self,
        pattern: &Pattern,
        (from, to): (&ast::Expr, Option<&ast::Expr>),
        max: Option<&ast::Expr>,
        body: &ast::Block,
    ) -> Option<StmtKind> {
        let name = match &pattern.kind {
            PatternKind::Path(path) => path.single()?,
            _ => {
                self.report(error::not_compiled("a pattern in `for`", pattern.span));
                return None;
            }
        };
        let Some(to) = to else {
            self.report(error::not_compiled("a loop over a collection", from.span));
            return self.turn_of_unknown(name, body);
        };
        let bounds = self.bounds(from, to);
        let (from, to) = match bounds {
            Some((from, to)) => (Some(from), Some(to)),
            None => (None, None),
        };
        let turns_max = match (&from, &to) {
            (Some(from), Some(to)) => self.turns_max((from, to), max),
            _ => None,
        };
        let bindings = self.enter();
        let index = match &from {
            Some(from) => Some(self.bind(name, from.ty, false)),
            None => {
                self.bind_broken(name);
                None
            }
        };
        self.loops += 1;
        let body = self.block(body);
        self.loops -= 1;
        self.leave(bindings);
        let repeat = For { index: index?, from: from?, to: to?, turns_max: turns_max?, body };
        Some(StmtKind::For(Box::new(repeat)))
    }

    /// The body of a loop whose range has been reported: its own mistakes are reported, too.
    fn turn_of_unknown(&mut self, name: &Ident, body: &ast::Block) -> Option<StmtKind> {
        let bindings = self.enter();
        self.bind_broken(name);
        self.loops += 1;
        self.block(body);
        self.loops -= 1;
        self.leave(bindings);
        None
    }

    /// Both ends of a range, of one integer type: literals follow the other end, two literals are `u64`.
    fn bounds(&mut self, from: &ast::Expr, to: &ast::Expr) -> Option<(Expr, Expr)> {
        let literal = |expr: &ast::Expr| matches!(expr.kind, ast::ExprKind::Int(_) | ast::ExprKind::Hex(_));
        let (from, to) = match (literal(from), literal(to)) {
            (true, true) => (self.expect(from, Scalar::U64)?, self.expect(to, Scalar::U64)?),
            (true, false) => {
                let to = self.expr(to, None)?;
                (self.expect(from, to.ty)?, to)
            }
            _ => {
                let from = self.expr(from, None)?;
                let to = self.expect(to, from.ty)?;
                (from, to)
            }
        };
        if from.ty.is_integer() {
            return Some((from, to));
        }
        self.report(error::mismatch("an integer", from.ty.name(), from.span));
        None
    }

    fn turns_max(&mut self, (from, to): (&Expr, &Expr), max: Option<&ast::Expr>) -> Option<u32> {
        if let Some(max) = max {
            let scope = self.scope;
            let value = super::declare::constant_value(max, Scalar::U32, scope, self.sink())?;
            return u32::try_from(value.low()).ok();
        }
        let constant = constant::fold(from).ok().zip(constant::fold(to).ok());
        let turns = constant.map(|(first, end)| end.number(to.ty).saturating_sub(first.number(from.ty)));
        match turns {
            Some(turns) => Some(u32::try_from(turns.max(ethnum::I256::ZERO)).unwrap_or(u32::MAX)),
            None => {
                self.report(
                    Diagnostic::error("E0602", from.span.to(to.span), "nothing bounds this loop")
                        .label("the number of turns depends on values")
                        .help("write `max N` after the range: more turns than that abort")
                        .edit(Span { start: to.span.end, ..to.span }, " max 100"),
                );
                None
            }
        }
    }

    fn step_stmt(
        &mut self,
        pattern: Option<&Pattern>,
        call: &ast::StepCall,
        otherwise: Option<&Else>,
    ) -> Option<StmtKind> {
        let step = self.step(call);
        let fail: Option<Option<Fail>> = match otherwise {
            Some(otherwise) => self.fail(&otherwise.fail).map(Some),
            None => Some(None),
        };
        let name = match pattern.map(|pattern| &pattern.kind) {
            Some(PatternKind::Path(path)) => path.single(),
            Some(PatternKind::Wildcard) | None => None,
            Some(_) => {
                self.report(error::not_compiled("a pattern in `step`", call.span));
                return None;
            }
        };
        let Some((mut step, result)) = step else {
            if let Some(name) = name {
                self.bind_broken(name);
            }
            return None;
        };
        if let Some(name) = name {
            let Some(ty) = result else {
                let report =
                    Diagnostic::error("E0201", name.span, format!("`{}` gives no value", call.path.text()))
                        .label("nothing to bind")
                        .help(format!("write `step {}(…);`", call.path.text()));
                self.report(report);
                return None;
            };
            step.bind = Some(self.bind(name, ty, false));
        }
        step.otherwise = fail?;
        Some(StmtKind::Step(step))
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

/// What a statement that does not compile yet is called.
fn construct(kind: &ast::StmtKind) -> &'static str {
    use ast::StmtKind as A;
    match kind {
        A::Assert(_) => "`assert`",
        A::Burn(_) => "`burn`",
        A::Grant(..) => "`grant`",
        A::Advance(_) => "`advance`",
        A::Match(..) => "`match`",
        A::Par(_) => "`par`",
        A::Try(..) => "`try`",
        A::As(..) => "`as`",
        A::Expect(..) | A::ExpectAbort(..) => "`expect`",
        _ => "this statement",
    }
}
