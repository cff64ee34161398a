//! Statements.

use super::body::Body;
use super::expr::{BOOL, made};
use crate::error;
use crate::tree::{Expr, ExprKind, Fail, Stmt, StmtKind};
use mc_container::ty::Type;
use mc_syntax::ast::{self, Else, Ident, Pattern, PatternKind};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::Span;

/// True if control never comes out at the end of `stmts`.
pub(crate) fn ends(stmts: &[Stmt]) -> bool {
    stmts.iter().any(|stmt| match &stmt.kind {
        StmtKind::Abort(_) | StmtKind::Return(_) | StmtKind::Break | StmtKind::Continue => true,
        StmtKind::If(_, then, otherwise) => ends(then) && ends(otherwise),
        StmtKind::Try(attempt) => ends(&attempt.body) && ends(&attempt.catch),
        StmtKind::Par(branches) => branches.iter().any(|branch| ends(branch)),
        _ => false,
    })
}

/// Where control gets past `stmts` to their end, and how.
pub(crate) fn open_end(stmts: &[Stmt]) -> Option<(Span, &'static str)> {
    let last = stmts.last()?;
    Some(match &last.kind {
        StmtKind::If(_, then, _) if !ends(then) && !then.is_empty() => open_end(then)?,
        StmtKind::If(condition, _, otherwise) if otherwise.is_empty() => {
            (condition.span, "where this is false, nothing is returned")
        }
        StmtKind::If(_, _, otherwise) => open_end(otherwise)?,
        StmtKind::Try(attempt) if !ends(&attempt.catch) && !attempt.catch.is_empty() => {
            open_end(&attempt.catch)?
        }
        StmtKind::Try(attempt) if ends(&attempt.catch) => open_end(&attempt.body)?,
        StmtKind::For(repeat) => (repeat.from.span.to(repeat.to.span), "this loop may take no turn"),
        _ => (last.span, "nothing is returned after this"),
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

    pub(crate) fn stmt(&mut self, stmt: &ast::Stmt, out: &mut Vec<Stmt>) {
        use ast::StmtKind as A;
        let span = stmt.span;
        if self.test_stmt(stmt, out).is_some() {
            return;
        }
        let kind = match &stmt.kind {
            A::Let { mutable, pattern, ty, value, with, otherwise } => {
                if let Some(with) = with {
                    self.no_value_goes(with.span);
                }
                self.declare_local((*mutable, pattern), ty.as_ref(), value, otherwise.as_ref(), out);
                None
            }
            A::Assign { target, op, value, otherwise } => {
                self.assign(target, *op, value, otherwise.as_ref(), (span, out));
                None
            }
            A::Expr { value, with, otherwise } => {
                self.expression(value, with.as_ref(), otherwise.as_ref(), (span, out));
                None
            }
            A::Require(condition, fail) => {
                let condition = self.expect(condition, &BOOL);
                let fail = self.fail(fail);
                condition.zip(fail).map(|(condition, fail)| StmtKind::Require(condition, fail))
            }
            A::Abort(fail) => self.fail(fail).map(StmtKind::Abort),
            A::Emit(path, args) => {
                self.event(path, args, span).map(|(event, args)| StmtKind::Emit(event, args))
            }
            A::Burn(value) => {
                self.burn(value, span, out);
                None
            }
            A::Return(value, otherwise) => self.give(value.as_ref(), otherwise.as_ref(), span),
            A::Break => self.leave_loop(StmtKind::Break, "break", span),
            A::Continue => self.leave_loop(StmtKind::Continue, "continue", span),
            A::If(condition, then, otherwise) => self.if_stmt(condition, then, otherwise.as_ref()),
            A::Match(value, arms) => {
                self.match_stmt(value, arms, span, out);
                None
            }
            A::For { pattern, from, to, max, body } => {
                self.repeat(pattern, (from, to.as_ref()), max.as_ref(), body, (span, out))
            }
            A::Try(body, reason, catch) => self.attempt((body, reason.as_ref(), catch), span),
            A::Par(block) => self.branches(block, span),
            A::Step(pattern, call, otherwise) => {
                self.step_stmt(pattern.as_ref(), call, otherwise.as_ref(), (span, out));
                None
            }
            A::Recovered => {
                self.lost = true;
                self.silent = true;
                None
            }
            A::Assert(_) | A::Advance(_) | A::As(..) | A::Expect(..) | A::ExpectAbort(..) => {
                self.only_in_tests(&stmt.kind, span);
                None
            }
            other => {
                self.report(error::not_compiled(construct(other), span));
                None
            }
        };
        out.extend(kind.map(|kind| Stmt { kind, span }));
    }

    fn if_stmt(
        &mut self,
        condition: &ast::Expr,
        then: &ast::Block,
        otherwise: Option<&ast::Block>,
    ) -> Option<StmtKind> {
        let condition = self.expect(condition, &BOOL);
        let then = self.block(then);
        let otherwise = otherwise.map_or_else(Vec::new, |block| self.block(block));
        condition.map(|condition| StmtKind::If(condition, then, otherwise))
    }

    fn only_in_tests(&mut self, kind: &ast::StmtKind, span: Span) {
        let word = construct(kind);
        let test = self.test.is_some();
        self.report(if test {
            error::not_compiled(word, span)
        } else {
            Diagnostic::error("E0208", span, format!("{word} stands in tests only"))
                .label("not in a contract")
                .help(match kind {
                    ast::StmtKind::Assert(_) => {
                        "for a condition that must hold, write `require … else SomeError();`"
                    }
                    ast::StmtKind::Advance(_) => "time passes by itself: `now` is the time of the block",
                    ast::StmtKind::As(..) => "an entry runs for its caller, and nobody else",
                    _ => "write it in `test \"what holds\" { … }`",
                })
        });
    }

    fn declare_local(
        &mut self,
        (mutable, pattern): (bool, &Pattern),
        ty: Option<&ast::Type>,
        value: &ast::Expr,
        otherwise: Option<&Else>,
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        let declared = ty.map(|ty| self.read_type(ty));
        let value = match &declared {
            Some(None) => None,
            Some(Some(ty)) => self.value_or_fail(value, Some(ty), otherwise),
            None => self.value_or_fail(value, None, otherwise),
        };
        let Some(value) = value else {
            // The mistake is reported; the names still exist, with the declared type or any.
            for name in names_of(pattern) {
                match declared.clone().flatten() {
                    Some(ty) if matches!(pattern.kind, PatternKind::Path(_)) => {
                        self.bind(name, ty, true);
                    }
                    _ => self.bind_broken(name),
                }
            }
            return None;
        };
        let span = pattern.span;
        match &pattern.kind {
            PatternKind::Path(path) if path.single().is_some() => {
                let local = self.bind(path.single()?, value.ty.clone(), mutable);
                out.push(Stmt { kind: StmtKind::Set(local, value), span });
            }
            PatternKind::Wildcard => self.discard(value, out),
            _ => {
                let kept = self.keep(value, out);
                self.destructure(pattern, &kept, mutable, out)?;
            }
        }
        Some(())
    }

    /// A value of type `wanted` (or its own); what cannot be had of it fails with `otherwise`.
    pub(crate) fn value_or_fail(
        &mut self,
        value: &ast::Expr,
        wanted: Option<&Type>,
        otherwise: Option<&Else>,
    ) -> Option<Expr> {
        let Some(otherwise) = otherwise else {
            return match wanted {
                Some(ty) => self.expect(value, ty),
                None => self.expr(value, None),
            };
        };
        let fail = self.fail(&otherwise.fail);
        let typed = self.expr(value, wanted)?;
        let unwraps = matches!(&typed.ty, Type::Option(_)) && !matches!(wanted, Some(Type::Option(_)));
        let typed =
            if unwraps { self.unwrap(typed, fail?) } else { self.attach(typed, fail?, otherwise.span)? };
        match wanted {
            Some(ty) => self.fit(typed, ty),
            None => Some(typed),
        }
    }

    /// Lets the outermost fallible operation of `value` fail with `otherwise`.
    fn attach(&mut self, mut value: Expr, fail: Fail, span: Span) -> Option<Expr> {
        match attach(&mut value, fail) {
            Ok(()) => Some(value),
            Err(_) => {
                self.nothing_fails(span);
                None
            }
        }
    }

    fn nothing_fails(&mut self, span: Span) {
        self.report(
            Diagnostic::error("E0213", span, "nothing before this `else` can fail")
                .label("this failure cannot happen")
                .edit(span, "")
                .help("leave it out: `else` replaces the failure of arithmetic, of `as`, of a missing key, of `take` and of a step; for a condition use `require`"),
        );
    }

    fn expression(
        &mut self,
        value: &ast::Expr,
        with: Option<&ast::Expr>,
        otherwise: Option<&Else>,
        (span, out): (Span, &mut Vec<Stmt>),
    ) -> Option<()> {
        if let Some(with) = with {
            self.no_value_goes(with.span);
            return None;
        }
        if let ast::ExprKind::Call(callee, args) = &value.kind {
            let before = out.len();
            self.call_stmt(callee, args, (span, out))?;
            if let Some(otherwise) = otherwise {
                let fail = self.fail(&otherwise.fail)?;
                let added = out.get_mut(before..).unwrap_or_default();
                if attach_last(added, fail).is_err() {
                    self.nothing_fails(otherwise.span);
                }
            }
            return Some(());
        }
        match &value.kind {
            ast::ExprKind::Recovered => {}
            ast::ExprKind::Deploy(..) => {
                self.expr(value, None);
            }
            _ => {
                self.overlook([value]);
                self.report(
                    Diagnostic::error("E0208", span, "this does nothing")
                        .label("its value is not used")
                        .help("bind it with `let`, assign it, or `return` it"),
                );
            }
        }
        None
    }

    fn no_value_goes(&mut self, span: Span) {
        self.report(
            Diagnostic::error("E0208", span, "`with` stands in tests only")
                .label("the Value of a transaction")
                .help("take a `coin` parameter: the Value arrives there"),
        );
    }

    fn call_stmt(
        &mut self,
        callee: &ast::Expr,
        args: &[ast::Arg],
        (span, out): (Span, &mut Vec<Stmt>),
    ) -> Option<()> {
        match &callee.kind {
            ast::ExprKind::Name(name) if name.name == "pay" && !self.scope.functions.contains_key("pay") => {
                return self.pay(args, span, out);
            }
            ast::ExprKind::Name(name)
                if !self.scope.functions.contains_key(&name.name)
                    && super::builtin::FUNCTIONS.contains(&name.name.as_str()) =>
            {
                let value = self.call_expr(callee, args, None, span)?;
                self.discard(value, out);
                return Some(());
            }
            ast::ExprKind::Field(of, name)
                if !matches!(of.kind, ast::ExprKind::SelfValue) && !self.is_slot(of) =>
            {
                if let Some(done) = self.method_stmt(of, name, args, (span, out)) {
                    return done;
                }
            }
            _ => {}
        }
        let Some((id, args)) = self.call(callee, args, span) else {
            self.offer_step(span);
            return None;
        };
        let result = self.unit?.function(id)?.result.clone();
        match result {
            Some(ty) if ty.is_linear() => {
                self.discard(Expr { kind: ExprKind::Call(id, args), ty, span }, out);
            }
            _ => out.push(Stmt { kind: StmtKind::Call(id, args), span }),
        }
        Some(())
    }

    /// A call of a slot that stands alone becomes a step by one word.
    fn offer_step(&mut self, span: Span) {
        let last = self.sink().last_mut();
        if let Some(report) =
            last.filter(|it| it.code == "E0508" && it.primary.span == span && it.edits.is_empty())
        {
            *report = report.clone().edit(Span { end: span.start, ..span }, "step ");
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
                let value = self.value_or_fail(value, Some(ty), otherwise)?;
                Some(StmtKind::Return(Some(value)))
            }
            (None, Some(ty)) => {
                let name = header.name;
                self.report(
                    Diagnostic::error("E0201", span, format!("`{name}` gives `{ty}`"))
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
            Diagnostic::error("E0214", span, format!("`{word}` outside of a loop"))
                .label("no loop to leave")
                .help("`return` leaves the entry, `abort` undoes it"),
        );
        None
    }

    fn step_stmt(
        &mut self,
        pattern: Option<&Pattern>,
        call: &ast::StepCall,
        otherwise: Option<&Else>,
        (span, out): (Span, &mut Vec<Stmt>),
    ) -> Option<()> {
        let step = self.step(call);
        let fail: Option<Option<Fail>> = match otherwise {
            Some(otherwise) => self.fail(&otherwise.fail).map(Some),
            None => Some(None),
        };
        let Some((mut step, result)) = step else {
            pattern.map(names_of).into_iter().flatten().for_each(|name| self.bind_broken(name));
            return None;
        };
        let (Some(pattern), Some(ty)) = (pattern, result.clone()) else {
            if let Some(pattern) = pattern {
                let report = Diagnostic::error(
                    "E0201",
                    pattern.span,
                    format!("`{}` gives no value", call.path.text()),
                )
                .label("nothing to bind")
                .help(format!("write `step {}(…);`", call.path.text()));
                self.report(report);
                return None;
            }
            step.bind = result.filter(Type::is_linear).map(|ty| self.temporary(&ty, span));
            step.otherwise = fail?;
            out.push(Stmt { kind: StmtKind::Step(step), span });
            return Some(());
        };
        let single = match &pattern.kind {
            PatternKind::Path(path) => path.single(),
            _ => None,
        };
        let local = match single {
            Some(name) => self.bind(name, ty.clone(), false),
            None => self.temporary(&ty, pattern.span),
        };
        step.bind = Some(local);
        step.otherwise = fail?;
        out.push(Stmt { kind: StmtKind::Step(step), span });
        if single.is_none() && !matches!(pattern.kind, PatternKind::Wildcard) {
            let bound = made(ExprKind::Local(local), ty, pattern.span);
            self.destructure(pattern, &bound, false, out)?;
        }
        Some(())
    }
}

/// Lets the outermost fallible operation of `value` fail with `fail`; gives it back where nothing can fail.
fn attach(value: &mut Expr, fail: Fail) -> Result<(), Fail> {
    match &mut value.kind {
        ExprKind::Arithmetic(_, _, _, failure)
        | ExprKind::Cast(_, failure)
        | ExprKind::Element(_, _, failure)
        | ExprKind::Compute(_, _, failure) => {
            *failure = Some(Box::new(fail));
            Ok(())
        }
        ExprKind::Block(stmts, value) => attach(value, fail).or_else(|fail| attach_last(stmts, fail)),
        ExprKind::Field(inner, _) | ExprKind::Amount(inner) => attach(inner, fail),
        _ => Err(fail),
    }
}

/// The same for the last statement that the language has made and that can fail.
fn attach_last(stmts: &mut [Stmt], mut fail: Fail) -> Result<(), Fail> {
    for stmt in stmts.iter_mut().rev() {
        match &mut stmt.kind {
            StmtKind::Require(_, failure @ Fail::System(_)) => {
                *failure = fail;
                return Ok(());
            }
            StmtKind::Update(_, _, _, failure @ None) => {
                *failure = Some(Box::new(fail));
                return Ok(());
            }
            StmtKind::Set(_, value) => match attach(value, fail) {
                Ok(()) => return Ok(()),
                Err(back) => fail = back,
            },
            _ => {}
        }
    }
    Err(fail)
}

/// The names that a pattern binds, or may bind.
pub(crate) fn names_of(pattern: &Pattern) -> Vec<&Ident> {
    match &pattern.kind {
        PatternKind::Path(path) => path.single().into_iter().collect(),
        PatternKind::Variant(_, parts) | PatternKind::Tuple(parts) => {
            parts.iter().flat_map(names_of).collect()
        }
        PatternKind::Some(inner) => names_of(inner),
        _ => Vec::new(),
    }
}

/// What a statement is called.
fn construct(kind: &ast::StmtKind) -> &'static str {
    use ast::StmtKind as A;
    match kind {
        A::Assert(_) => "`assert`",
        A::Grant(..) => "`grant`",
        A::Advance(_) => "`advance`",
        A::As(..) => "`as`",
        A::Expect(..) | A::ExpectAbort(..) => "`expect`",
        _ => "this statement",
    }
}
