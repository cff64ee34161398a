//! Expressions and patterns.

use super::doc::{Doc, concat, fill, group, nest, nothing};
use super::lists::Style;
use super::printer::Printer;
use crate::ast::{Arg, BinaryOp, Expr, ExprArm, ExprKind, Pattern, PatternKind};

impl<'a> Printer<'a> {
    pub(super) fn expr(&mut self, expr: &Expr) -> Doc<'a> {
        use ExprKind as Kind;
        match &expr.kind {
            Kind::Int(_) | Kind::Hex(_) | Kind::Str(_) | Kind::Bool(_) | Kind::None => self.any(),
            Kind::Name(_) | Kind::Caller | Kind::SelfValue | Kind::Now | Kind::Via => self.any(),
            Kind::Duration(..) => concat([self.any(), Doc::Space, self.any()]),
            Kind::Some(inner) => concat([self.word("some"), self.enclosed(("(", ")"), |it| it.expr(inner))]),
            Kind::Field(base, _) => self.field(base, "."),
            Kind::OptionalField(base, _) => self.field(base, "?."),
            Kind::Call(callee, args) => concat([self.expr(callee), self.args(args)]),
            Kind::Index(base, key) => concat([self.expr(base), self.enclosed(("[", "]"), |it| it.expr(key))]),
            Kind::Unary(_, operand) => concat([self.any(), self.expr(operand)]),
            Kind::Binary(_, op, ..) => self.chain(expr, *op),
            Kind::Cast(value, _) => {
                concat([self.expr(value), fill(Doc::Line), self.word("as"), Doc::Space, self.any()])
            }
            Kind::Paren(inner) => self.enclosed(("(", ")"), |it| it.expr(inner)),
            Kind::Tuple(parts) => self.tuple(parts),
            Kind::List(parts) => self.list(("[", "]"), parts, Style::Tight, Self::expr),
            Kind::If(condition, then, otherwise) => group([self.if_expr(condition, then, otherwise)]),
            Kind::Match(value, arms) => {
                let head = [self.word("match"), Doc::Space, self.expr(value), Doc::Space];
                concat([concat(head), self.list(("{", "}"), arms, Style::Rows, Self::expr_arm)])
            }
            Kind::Forall(_, all, body) => self.quantified("forall", all, body),
            Kind::Exists(_, all, body) => self.quantified("exists", all, body),
            Kind::Mint(path, args) => {
                concat([self.word("mint"), Doc::Space, self.path(path), self.args(args)])
            }
            Kind::Deploy(what, args) => {
                let head = [self.word("deploy"), Doc::Space, self.path(&what.path)];
                concat([concat(head), self.angles(&what.args, Self::type_arg), self.args(args)])
            }
            Kind::Recovered => self.lost(),
        }
    }

    pub(super) fn args(&mut self, args: &[Arg]) -> Doc<'a> {
        self.parens(args, Self::arg)
    }

    fn arg(&mut self, arg: &Arg) -> Doc<'a> {
        if arg.name.is_none() {
            return self.expr(&arg.value);
        }
        concat([self.any(), self.word(":"), Doc::Space, self.expr(&arg.value)])
    }

    fn field(&mut self, base: &Expr, dot: &str) -> Doc<'a> {
        concat([self.expr(base), fill(Doc::SoftLine), self.word(dot), self.any()])
    }

    /// What follows an `=` or a `:`: behind it, if its first piece fits and it breaks well inside; else in a
    /// line of its own.
    pub(super) fn value(&mut self, value: &Expr) -> Doc<'a> {
        if breaks_inside(value) {
            return concat([fill(Doc::Line), nest([self.comments()]), self.expr(value)]);
        }
        group([nest([Doc::Line, self.comments(), self.expr(value)])])
    }

    /// Operands of one level: all on one line, or each with its operator on its own.
    fn chain(&mut self, expr: &Expr, op: BinaryOp) -> Doc<'a> {
        let mut parts = Vec::new();
        self.operands(expr, level(op), &mut parts);
        let mut parts = parts.into_iter();
        let first = parts.next().unwrap_or_else(nothing);
        group([first, nest(parts.collect::<Vec<_>>())])
    }

    fn operands(&mut self, expr: &Expr, level_of_chain: u8, parts: &mut Vec<Doc<'a>>) {
        match &expr.kind {
            ExprKind::Binary(left, op, _, right) if level(*op) == level_of_chain => {
                self.operands(left, level_of_chain, parts);
                parts.extend([Doc::Line, self.any(), Doc::Space, self.comments()]);
                self.operands(right, level_of_chain, parts);
            }
            _ => parts.push(self.expr(expr)),
        }
    }

    fn tuple(&mut self, parts: &[Expr]) -> Doc<'a> {
        if let [only] = parts {
            // The comma is what makes it a tuple.
            let inner = |it: &mut Self| concat([it.expr(only), it.word(",")]);
            return self.enclosed(("(", ")"), inner);
        }
        self.parens(parts, Self::expr)
    }

    fn if_expr(&mut self, condition: &Expr, then: &Expr, otherwise: &Expr) -> Doc<'a> {
        let head = [self.word("if"), Doc::Space, self.expr(condition), Doc::Space];
        let then = [self.arm_of_if(then), Doc::Space, self.word("else"), Doc::Space];
        let otherwise = match (&otherwise.kind, self.peek()) {
            (ExprKind::If(condition, then, otherwise), "if") => self.if_expr(condition, then, otherwise),
            _ => self.arm_of_if(otherwise),
        };
        concat([concat(head), concat(then), otherwise])
    }

    fn arm_of_if(&mut self, value: &Expr) -> Doc<'a> {
        let open = self.word("{");
        let inner = [Doc::Line, self.comments(), self.expr(value), self.comments_of_end(false, false)];
        concat([open, nest(inner), Doc::Line, self.word("}")])
    }

    fn expr_arm(&mut self, arm: &ExprArm) -> Doc<'a> {
        concat([self.pattern(&arm.pattern), Doc::Space, self.word("=>"), self.value(&arm.value)])
    }

    fn quantified(&mut self, word: &str, all: &Expr, body: &Expr) -> Doc<'a> {
        let head = [self.word(word), Doc::Space, self.any(), Doc::Space, self.word("in"), Doc::Space];
        concat([concat(head), self.expr(all), self.word(":"), fill(Doc::Line), self.expr(body)])
    }

    // ------------------------------------------------------------------------------------------- Patterns

    pub(super) fn pattern(&mut self, pattern: &Pattern) -> Doc<'a> {
        use PatternKind as Kind;
        match &pattern.kind {
            Kind::Wildcard | Kind::Int(_) | Kind::Str(_) | Kind::Bool(_) | Kind::None => self.any(),
            Kind::Path(path) => self.path(path),
            Kind::Variant(path, parts) => concat([self.path(path), self.parens(parts, Self::pattern)]),
            Kind::Tuple(parts) => self.parens(parts, Self::pattern),
            Kind::Some(inner) => self.some_pattern(inner),
        }
    }

    fn some_pattern(&mut self, inner: &Pattern) -> Doc<'a> {
        concat([self.word("some"), self.enclosed(("(", ")"), |it| it.pattern(inner))])
    }
}

/// True for an expression that has brackets to break in.
fn breaks_inside(expr: &Expr) -> bool {
    use ExprKind as Kind;
    match &expr.kind {
        Kind::Call(_, args) | Kind::Mint(_, args) | Kind::Deploy(_, args) => !args.is_empty(),
        Kind::Some(_) | Kind::Paren(_) | Kind::If(..) | Kind::Match(..) => true,
        Kind::Tuple(parts) | Kind::List(parts) => !parts.is_empty(),
        Kind::Field(base, _) | Kind::OptionalField(base, _) => breaks_inside(base),
        _ => false,
    }
}

/// How tightly an operator binds; those of one level make one chain.
fn level(op: BinaryOp) -> u8 {
    use BinaryOp as Op;
    match op {
        Op::Coalesce => 0,
        Op::Or => 1,
        Op::And => 2,
        Op::Equal | Op::NotEqual | Op::Less | Op::Greater | Op::LessEqual | Op::GreaterEqual | Op::In => 3,
        Op::BitOr => 4,
        Op::BitXor => 5,
        Op::BitAnd => 6,
        Op::Add | Op::Subtract => 7,
        Op::Multiply | Op::Divide | Op::Remainder => 8,
    }
}
