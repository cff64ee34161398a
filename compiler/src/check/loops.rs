//! Bounded loops: over a range, and over the elements of a list.

use super::body::{Body, Bound};
use super::constant;
use super::expr::made;
use super::stmt::names_of;
use crate::error;
use crate::tree::{Cells, Expr, ExprKind, For, Place, Stmt, StmtKind};
use mc_container::ty::Type;
use mc_container::value::{Scalar, Value};
use mc_syntax::ast::{self, Pattern, PatternKind};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::Span;

impl Body<'_> {
    pub(crate) fn repeat(
        &mut self,
        pattern: &Pattern,
        (from, to): (&ast::Expr, Option<&ast::Expr>),
        max: Option<&ast::Expr>,
        body: &ast::Block,
        (span, out): (Span, &mut Vec<Stmt>),
    ) -> Option<StmtKind> {
        let Some(to) = to else { return self.each(pattern, from, max, body, (span, out)) };
        let name = match &pattern.kind {
            PatternKind::Path(path) => Some(path.single()?),
            PatternKind::Wildcard => None,
            _ => {
                self.report(
                    Diagnostic::error("E0208", pattern.span, "an index is a name")
                        .label("a number has no parts")
                        .help("write `for i in a..b`"),
                );
                return None;
            }
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
        let index = match (&from, name) {
            (Some(from), Some(name)) => {
                let index = self.bind(name, from.ty.clone(), false);
                self.bound_as(Bound::Index);
                Some(index)
            }
            (Some(from), None) => Some(self.temporary(&from.ty, pattern.span)),
            (None, name) => {
                name.into_iter().for_each(|name| self.bind_broken(name));
                None
            }
        };
        let body = self.turn(body);
        self.leave(bindings);
        let repeat = For { index: index?, from: from?, to: to?, turns_max: turns_max?, body };
        Some(StmtKind::For(Box::new(repeat)))
    }

    fn turn(&mut self, body: &ast::Block) -> Vec<Stmt> {
        self.loops += 1;
        let body = self.block(body);
        self.loops -= 1;
        body
    }

    /// `for x in list { }`
    fn each(
        &mut self,
        pattern: &Pattern,
        list: &ast::Expr,
        max: Option<&ast::Expr>,
        body: &ast::Block,
        (span, out): (Span, &mut Vec<Stmt>),
    ) -> Option<StmtKind> {
        if let Some(max) = max {
            self.report(
                Diagnostic::error("E0208", max.span, "a list bounds its own loop")
                    .label("not needed")
                    .help("leave `max …` out: the list's type says how long it may be"),
            );
        }
        let Some((length, element, most)) = self.elements(list, out) else {
            let bindings = self.enter();
            names_of(pattern).into_iter().for_each(|name| self.bind_broken(name));
            self.turn(body);
            self.leave(bindings);
            return None;
        };
        let index = self.temporary(&Scalar::U32.into(), span);
        let at = made(ExprKind::Local(index), Scalar::U32, list.span);
        let bindings = self.enter();
        let mut turn = Vec::new();
        let value = element(at);
        match &pattern.kind {
            PatternKind::Path(path) if path.single().is_some() => {
                let local = self.bind(path.single()?, value.ty.clone(), false);
                self.bound_as(Bound::Index);
                turn.push(Stmt { kind: StmtKind::Set(local, value), span: pattern.span });
            }
            PatternKind::Wildcard => {}
            _ => {
                let kept = self.keep(value, &mut turn);
                self.destructure(pattern, &kept, false, &mut turn);
            }
        }
        turn.extend(self.turn(body));
        self.leave(bindings);
        let from = made(ExprKind::Const(vec![Value::ZERO]), Scalar::U32, list.span);
        let repeat = For { index, from, to: length, turns_max: most, body: turn };
        Some(StmtKind::For(Box::new(repeat)))
    }

    /// The length of a list, how to get an element, and the greatest length.
    #[allow(clippy::type_complexity, reason = "three parts that are taken apart at once")]
    fn elements(
        &mut self,
        list: &ast::Expr,
        out: &mut Vec<Stmt>,
    ) -> Option<(Expr, Box<dyn Fn(Expr) -> Expr>, u32)> {
        let span = list.span;
        if self.root(list).is_some() {
            let cursor = self.cursor(list)?;
            if cursor.missing() > 0 {
                self.not_a_collection(&cursor.name, cursor.declared, span);
                return None;
            }
            let cursor = self.complete(cursor)?;
            if let (Cells::List { length, element, max }, Type::List(ty, _)) = (&cursor.cells, &cursor.ty) {
                let (length, element, max, ty) = (*length, (**element).clone(), *max, (**ty).clone());
                let cursor = self.pin(cursor, out);
                cursor.check(out);
                let place = Place { cells: Cells::Scalar(length), keys: cursor.keys.clone(), span };
                let length = self.keep(made(ExprKind::Load(place), Scalar::U32, span), out);
                let element = move |index: Expr| {
                    let mut keys = cursor.keys.clone();
                    keys.push(index);
                    let place = Place { cells: element.clone(), keys, span };
                    made(ExprKind::Load(place), ty.clone(), span)
                };
                return Some((length, Box::new(element), max));
            }
        }
        let value = self.expr(list, None)?;
        let Type::List(ty, max) = value.ty.clone() else {
            self.report(
                Diagnostic::error(
                    "E0201",
                    span,
                    format!("`for` runs over a range or a list, not a `{}`", value.ty),
                )
                .label("no elements")
                .help("write `for i in 0..n max 100`"),
            );
            return None;
        };
        let value = if matches!(value.kind, ExprKind::Local(_)) { value } else { self.keep(value, out) };
        let length = made(ExprKind::Length(Box::new(value.clone())), Scalar::U32, span);
        let element = move |index: Expr| {
            let kind = ExprKind::Element(Box::new(value.clone()), Box::new(index), None);
            made(kind, (*ty).clone(), span)
        };
        Some((length, Box::new(element), max))
    }

    fn not_a_collection(&mut self, name: &str, declared: Span, span: Span) {
        self.report(
            Diagnostic::error("E0602", span, format!("nothing bounds a loop over `{name}`"))
                .label("a map or a set may grow without bound")
                .also(declared, "declared here")
                .help("keep the keys to visit in a `list`, or let the caller pass them"),
        );
    }

    /// Both ends of a range, of one integer type: literals follow the other end, two literals are `u64`.
    fn bounds(&mut self, from: &ast::Expr, to: &ast::Expr) -> Option<(Expr, Expr)> {
        let literal = |expr: &ast::Expr| matches!(expr.kind, ast::ExprKind::Int(_) | ast::ExprKind::Hex(_));
        let word = Type::Scalar(Scalar::U64);
        let (from, to) = match (literal(from), literal(to)) {
            (true, true) => (self.expect(from, &word)?, self.expect(to, &word)?),
            (true, false) => {
                let to = self.expr(to, None)?;
                (self.expect(from, &to.ty)?, to)
            }
            _ => {
                let from = self.expr(from, None)?;
                let to = self.expect(to, &from.ty)?;
                (from, to)
            }
        };
        if from.ty.scalar().is_some_and(|ty| ty.is_integer() && ty != Scalar::U256) {
            return Some((from, to));
        }
        self.report(error::mismatch("an integer of at most 128 bits", &from.ty.to_string(), from.span));
        None
    }

    /// The name of a local or a state that an expression reads.
    fn varying<'e>(&self, expr: &'e ast::Expr) -> Option<&'e ast::Ident> {
        use ast::ExprKind as E;
        match &expr.kind {
            E::Name(name) => {
                (self.local(&name.name).is_some() || self.state_named(&name.name).is_some()).then_some(name)
            }
            E::Field(inner, _) | E::Index(inner, _) | E::Paren(inner) | E::Unary(_, inner) => {
                self.varying(inner)
            }
            E::Binary(left, _, _, right) => self.varying(left).or_else(|| self.varying(right)),
            _ => None,
        }
    }

    fn turns_max(&mut self, (from, to): (&Expr, &Expr), max: Option<&ast::Expr>) -> Option<u32> {
        if let Some(max) = max {
            if let Some(name) = self.varying(max) {
                let (name, span) = (name.name.clone(), name.span);
                let what = match self.how_bound(&name) {
                    Some(Bound::Parameter) => "a parameter",
                    Some(_) => "a local",
                    None => "a state",
                };
                self.report(
                    Diagnostic::error("E0212", span, format!("a bound is constant, and `{name}` is {what}"))
                        .label("only execution knows its value")
                        .help("write a number or a `const`, as large as it can ever be: the loop ends at the range's end anyway"),
                );
                return None;
            }
            let scope = self.scope;
            let ty = Type::Scalar(Scalar::U32);
            let value = super::declare::constant_value(max, &ty, scope, self.sink())?;
            return u32::try_from(value.first()?.low()).ok();
        }
        let constant = constant::fold(from).ok().zip(constant::fold(to).ok());
        let ty = from.ty.scalar()?;
        let turns = constant
            .and_then(|(first, end)| Some(end.first()?.number(ty).saturating_sub(first.first()?.number(ty))));
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
}
