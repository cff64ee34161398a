//! Statements and blocks.

use super::doc::{Doc, concat, fill, group, nest, nothing};
use super::printer::Printer;
use crate::ast::{Block, Else, Expr, Fail, Ident, Path, Pattern, StepCall, Stmt, StmtArm, StmtKind, Type};

impl<'a> Printer<'a> {
    // --------------------------------------------------------------------------------------------- Blocks

    /// True for a block that was written on one line and may stay there.
    pub(super) fn may_be_one_line(&self, block: &Block) -> bool {
        block.stmts.len() <= 1 && self.is_one_line(block.span.start as usize, block.span.end as usize)
    }

    /// A block, with its breaks where the group around it says.
    pub(super) fn block(&mut self, block: &Block, one_line: bool) -> Doc<'a> {
        if block.stmts.is_empty() && self.may_be_one_line(block) {
            return group([self.braces(&block.stmts, &Doc::Line, Self::stmt)]);
        }
        let edge = if one_line { Doc::Line } else { Doc::Hard };
        self.braces(&block.stmts, &edge, Self::stmt)
    }

    /// `head { .. }`
    fn with_block(&mut self, head: Vec<Doc<'a>>, block: &Block) -> Doc<'a> {
        let one_line = self.may_be_one_line(block);
        let head = group(head);
        group([head, self.block(block, one_line)])
    }

    /// `word operand`, and a break before the `{` if that is too long.
    fn head(&mut self, word: &str, operand: &Expr) -> Vec<Doc<'a>> {
        vec![self.word(word), Doc::Space, self.expr(operand), Doc::Line]
    }

    // ----------------------------------------------------------------------------------------- Statements

    pub(super) fn stmt(&mut self, stmt: &Stmt) -> Doc<'a> {
        use StmtKind as Kind;
        match &stmt.kind {
            Kind::Let { mutable, pattern, ty, value, with, otherwise } => {
                let mut head = self.let_head(*mutable, pattern, ty.as_ref());
                head.push(self.value(value));
                self.with_value(&mut head, with.as_ref());
                self.ended(head, None, otherwise.as_ref())
            }
            Kind::Assign { target, value, otherwise, .. } => {
                let head = vec![self.expr(target), Doc::Space, self.any()];
                self.ended(head, Some(value), otherwise.as_ref())
            }
            Kind::Expr { value, with, otherwise } => {
                let mut head = vec![self.expr(value)];
                self.with_value(&mut head, with.as_ref());
                self.ended(head, None, otherwise.as_ref())
            }
            Kind::Step(pattern, call, otherwise) => {
                let head = self.step(pattern.as_ref(), call);
                self.ended(head, None, otherwise.as_ref())
            }
            Kind::Return(value, otherwise) => {
                let head = vec![self.word("return"), self.operand(value.as_ref())];
                self.ended(head, None, otherwise.as_ref())
            }
            Kind::Require(condition, fail) => self.require(condition, fail),
            Kind::Assert(value) | Kind::Burn(value) | Kind::Advance(value) => {
                concat([self.any(), self.operand(Some(value)), self.word(";")])
            }
            Kind::Abort(fail) => concat([self.any(), Doc::Space, self.fail(fail), self.word(";")]),
            Kind::Emit(path, args) => {
                let event = [self.any(), Doc::Space, self.path(path), self.args(args)];
                concat([concat(event), self.word(";")])
            }
            Kind::Grant(role, who) => self.grant(role, who),
            Kind::Break | Kind::Continue => concat([self.any(), self.word(";")]),
            _ => self.compound(&stmt.kind),
        }
    }

    /// The statements that hold others.
    fn compound(&mut self, kind: &StmtKind) -> Doc<'a> {
        use StmtKind as Kind;
        match kind {
            Kind::If(condition, then, otherwise) => self.if_stmt(condition, then, otherwise.as_ref()),
            Kind::For { pattern, from, to, max, body } => {
                let head = self.for_head(pattern, from, to.as_ref(), max.as_ref());
                self.with_block(head, body)
            }
            Kind::Match(value, arms) => {
                let head = self.head("match", value);
                concat([group(head), self.braces(arms, &Doc::Hard, Self::stmt_arm)])
            }
            Kind::Par(body) => {
                let head = vec![self.word("par"), Doc::Space];
                self.with_block(head, body)
            }
            Kind::Try(body, reason, handler) => self.attempt(body, reason.as_ref(), handler),
            Kind::As(who, body) => {
                let head = self.head("as", who);
                self.with_block(head, body)
            }
            Kind::ExpectAbort(error, body) => self.expect_abort(error.as_ref(), body),
            Kind::Expect(_, body) => {
                let head = vec![self.word("expect"), Doc::Space, self.any(), Doc::Space];
                self.with_block(head, body)
            }
            _ => self.lost(),
        }
    }

    /// `head value else E;`
    fn ended(&mut self, mut parts: Vec<Doc<'a>>, value: Option<&Expr>, otherwise: Option<&Else>) -> Doc<'a> {
        if let Some(value) = value {
            parts.push(self.value(value));
        }
        if let Some(otherwise) = otherwise {
            parts.push(self.otherwise(&otherwise.fail));
        }
        parts.push(self.word(";"));
        group(parts)
    }

    /// `with coin(10)`
    fn with_value(&mut self, head: &mut Vec<Doc<'a>>, with: Option<&Expr>) {
        if let Some(with) = with {
            head.extend([fill(Doc::Line), self.word("with"), Doc::Space, self.expr(with)]);
        }
    }

    fn let_head(&mut self, mutable: bool, pattern: &Pattern, ty: Option<&Type>) -> Vec<Doc<'a>> {
        let mut head = vec![self.word("let"), Doc::Space];
        if mutable {
            head.extend([self.word("mut"), Doc::Space]);
        }
        head.push(self.pattern(pattern));
        if let Some(ty) = ty {
            head.extend([self.word(":"), Doc::Space, self.ty(ty)]);
        }
        head.extend([Doc::Space, self.word("=")]);
        head
    }

    fn step(&mut self, pattern: Option<&Pattern>, call: &StepCall) -> Vec<Doc<'a>> {
        let mut head = vec![self.word("step"), Doc::Space];
        if let Some(pattern) = pattern {
            head.extend([self.pattern(pattern), Doc::Space, self.word("="), fill(Doc::Line)]);
        }
        head.extend([self.path(&call.path), self.args(&call.args)]);
        head
    }

    /// What follows a keyword.
    fn operand(&mut self, value: Option<&Expr>) -> Doc<'a> {
        match value {
            Some(value) => concat([Doc::Space, self.comments(), self.expr(value)]),
            None => nothing(),
        }
    }

    fn require(&mut self, condition: &Expr, fail: &Fail) -> Doc<'a> {
        let head = vec![self.word("require"), self.operand(Some(condition)), self.otherwise(fail)];
        self.ended(head, None, None)
    }

    fn otherwise(&mut self, fail: &Fail) -> Doc<'a> {
        nest([Doc::Line, self.word("else"), Doc::Space, self.fail(fail)])
    }

    fn fail(&mut self, fail: &Fail) -> Doc<'a> {
        let path = self.path(&fail.path);
        concat([path, if self.peek() == "(" { self.args(&fail.args) } else { nothing() }])
    }

    fn grant(&mut self, role: &Expr, who: &Expr) -> Doc<'a> {
        let head = [self.word("grant"), Doc::Space, self.expr(role), fill(Doc::Line)];
        concat([concat(head), self.word("to"), Doc::Space, self.expr(who), self.word(";")])
    }

    fn if_stmt(&mut self, condition: &Expr, then: &Block, otherwise: Option<&Block>) -> Doc<'a> {
        let one_line = self.chain_may_be_one_line(then, otherwise);
        group([self.if_chain(condition, then, otherwise, one_line)])
    }

    /// True if every block of `if .. else if .. else ..` may stay on one line.
    fn chain_may_be_one_line(&self, then: &Block, otherwise: Option<&Block>) -> bool {
        self.may_be_one_line(then)
            && otherwise.is_none_or(|block| match is_else_if(block) {
                Some((_, then, otherwise)) => self.chain_may_be_one_line(then, otherwise),
                None => self.may_be_one_line(block),
            })
    }

    fn if_chain(&mut self, c: &Expr, then: &Block, otherwise: Option<&Block>, one_line: bool) -> Doc<'a> {
        let head = group(self.head("if", c));
        let mut parts = vec![head, self.block(then, one_line)];
        if let Some(block) = otherwise {
            parts.extend([Doc::Space, self.word("else"), Doc::Space]);
            parts.push(match is_else_if(block) {
                Some((c, then, otherwise)) => self.if_chain(c, then, otherwise, one_line),
                None => self.block(block, one_line),
            });
        }
        concat(parts)
    }

    fn for_head(
        &mut self,
        each: &Pattern,
        from: &Expr,
        to: Option<&Expr>,
        max: Option<&Expr>,
    ) -> Vec<Doc<'a>> {
        let mut head = vec![self.word("for"), Doc::Space, self.pattern(each), Doc::Space];
        head.extend([self.word("in"), Doc::Space, self.expr(from)]);
        if let Some(to) = to {
            head.extend([self.word(".."), self.expr(to)]);
        }
        if let Some(max) = max {
            head.extend([fill(Doc::Line), self.word("max"), Doc::Space, self.expr(max)]);
        }
        head.push(Doc::Line);
        head
    }

    fn stmt_arm(&mut self, arm: &StmtArm) -> Doc<'a> {
        let head = vec![self.pattern(&arm.pattern), Doc::Space, self.word("=>"), Doc::Space];
        self.with_block(head, &arm.body)
    }

    fn attempt(&mut self, body: &Block, reason: Option<&Ident>, handler: &Block) -> Doc<'a> {
        let one_line = self.may_be_one_line(body) && self.may_be_one_line(handler);
        let mut parts = vec![self.word("try"), Doc::Space, self.block(body, one_line), Doc::Space];
        parts.extend([self.word("catch"), Doc::Space]);
        if reason.is_some() {
            parts.extend([self.any(), Doc::Space]);
        }
        parts.push(self.block(handler, one_line));
        group(parts)
    }

    fn expect_abort(&mut self, error: Option<&Path>, body: &Block) -> Doc<'a> {
        let mut head = vec![self.word("expect"), Doc::Space, self.word("abort"), Doc::Space];
        if let Some(error) = error {
            head.extend([self.path(error), Doc::Space]);
        }
        self.with_block(head, body)
    }
}

/// The parts of a block that stands for `else if`: unlike one in braces, it is its only statement.
fn is_else_if(block: &Block) -> Option<(&Expr, &Block, Option<&Block>)> {
    match block.stmts.as_slice() {
        [Stmt { kind: StmtKind::If(condition, then, otherwise), span }] if *span == block.span => {
            Some((condition, then, otherwise.as_ref()))
        }
        _ => None,
    }
}
