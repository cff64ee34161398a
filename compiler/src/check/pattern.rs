//! Patterns: what they match, what they bind, and whether a `match` leaves something out.

use super::body::{Body, Bound};
use super::constant;
use super::expr::{BOOL, made};
use super::value::block;
use crate::error;
use crate::tree::{Comparison, Expr, ExprKind, Stmt, StmtKind};
use mc_container::ty::Type;
use mc_container::value::Value;
use mc_syntax::ast::{self, ExprArm, Ident, Pattern, PatternKind, StmtArm};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::Span;

/// A pattern, with its names resolved.
#[derive(Clone, Debug)]
enum Shape {
    /// Anything.
    Any,
    /// A variant of an enum, of an option (0 is `none`), or a truth, with its parts.
    Variant(u8, Vec<Shape>),
    /// A tuple.
    Tuple(Vec<Shape>),
    /// A number or a text.
    Literal,
}

/// What a pattern asks and binds of a value.
#[derive(Default)]
struct Matched {
    conditions: Vec<Expr>,
    bindings: Vec<(Ident, Expr)>,
}

impl Body<'_> {
    /// `match e { … }` as a statement.
    pub(crate) fn match_stmt(
        &mut self,
        scrutinee: &ast::Expr,
        arms: &[StmtArm],
        span: Span,
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        let value = self.expr(scrutinee, None)?;
        let value = self.keep(value, out);
        let mut shapes = Vec::new();
        let mut bodies = Vec::new();
        for arm in arms {
            let (shape, matched) = self.pattern(&arm.pattern, &value)?;
            let bindings = self.enter();
            let mut body = self.spent(&value, &shape);
            self.bind_all(matched.bindings, &mut body);
            body.extend(self.block(&arm.body));
            self.leave(bindings);
            shapes.push(shape);
            bodies.push((matched.conditions, body, arm.pattern.span));
        }
        self.exhaustive(&shapes, &value.ty, span, true)?;
        let chain = bodies.into_iter().rev().fold(None, |rest: Option<Vec<Stmt>>, (conditions, body, at)| {
            Some(match (all(conditions, span), rest) {
                // The last arm: everything else has been tried.
                (_, None) | (None, _) => body,
                (Some(condition), Some(rest)) => {
                    vec![Stmt { kind: StmtKind::If(condition, body, rest), span: at }]
                }
            })
        });
        out.extend(chain.unwrap_or_default());
        Some(())
    }

    /// `match e { … }` as a value.
    pub(crate) fn match_expr(
        &mut self,
        scrutinee: &ast::Expr,
        arms: &[ExprArm],
        wanted: Option<&Type>,
        span: Span,
    ) -> Option<Expr> {
        let value = self.expr(scrutinee, None)?;
        let mut stmts = Vec::new();
        let value = self.keep(value, &mut stmts);
        let (mut shapes, mut results) = (Vec::new(), Vec::new());
        let mut ty = wanted.cloned();
        for arm in arms {
            let (shape, matched) = self.pattern(&arm.pattern, &value)?;
            let bindings = self.enter();
            let mut before = self.spent(&value, &shape);
            self.bind_all(matched.bindings, &mut before);
            let result = self.expr(&arm.value, ty.as_ref());
            self.leave(bindings);
            let result = result?;
            let result = match &ty {
                Some(ty) => self.fit(result, &ty.clone())?,
                None => result,
            };
            ty.get_or_insert_with(|| result.ty.clone());
            shapes.push(shape);
            results.push((matched.conditions, block(before, result)));
        }
        self.exhaustive(&shapes, &value.ty, span, false)?;
        let chain = results.into_iter().rev().fold(None, |rest: Option<Expr>, (conditions, result)| {
            Some(match (all(conditions, span), rest) {
                (_, None) | (None, _) => result,
                (Some(condition), Some(rest)) => {
                    let ty = result.ty.clone();
                    made(ExprKind::If(Box::new(condition), Box::new(result), Box::new(rest)), ty, span)
                }
            })
        });
        chain.map(|chain| block(stmts, chain))
    }

    /// Where a linear value turns out to have nothing in it, it is done with.
    fn spent(&self, value: &Expr, shape: &Shape) -> Vec<Stmt> {
        let ExprKind::Local(local) = value.kind else { return Vec::new() };
        let empty = match (&value.ty, shape) {
            (Type::Option(_), Shape::Variant(tag, _)) => *tag == 0,
            (Type::Enum(it), Shape::Variant(tag, _)) => it
                .variants
                .get(usize::from(*tag))
                .is_some_and(|variant| !variant.fields.iter().any(|field| field.ty.is_linear())),
            _ => false,
        };
        if empty && value.ty.is_linear() {
            vec![Stmt { kind: StmtKind::Spent(local), span: value.span }]
        } else {
            Vec::new()
        }
    }

    fn bind_all(&mut self, bindings: Vec<(Ident, Expr)>, out: &mut Vec<Stmt>) {
        for (name, value) in bindings {
            let span = name.span;
            let local = self.bind(&name, value.ty.clone(), false);
            self.bound_as(Bound::Part);
            out.push(Stmt { kind: StmtKind::Set(local, value), span });
        }
    }

    /// Binds the names of a pattern that always matches, as in `let` and `for`.
    pub(crate) fn destructure(
        &mut self,
        pattern: &Pattern,
        value: &Expr,
        mutable: bool,
        out: &mut Vec<Stmt>,
    ) -> Option<()> {
        let (shape, matched) = self.pattern(pattern, value)?;
        if let Some(missing) = missing(&[vec![shape]], std::slice::from_ref(&value.ty)) {
            let missing: String = missing.join(", ");
            self.report(
                Diagnostic::error("E0203", pattern.span, "this pattern does not always match")
                    .label(format!("`{missing}` is left out"))
                    .help("use `match`, or `let x = … else SomeError();` for an option"),
            );
            return None;
        }
        for (name, value) in matched.bindings {
            let span = name.span;
            let local = self.bind(&name, value.ty.clone(), mutable);
            self.bound_as(Bound::Part);
            out.push(Stmt { kind: StmtKind::Set(local, value), span });
        }
        Some(())
    }

    /// What a pattern asks of `value`, which may be read any number of times.
    fn pattern(&mut self, pattern: &Pattern, value: &Expr) -> Option<(Shape, Matched)> {
        let mut matched = Matched::default();
        let shape = self.shape(pattern, value, &mut matched)?;
        Some((shape, matched))
    }

    fn shape(&mut self, pattern: &Pattern, value: &Expr, matched: &mut Matched) -> Option<Shape> {
        let span = pattern.span;
        match (&pattern.kind, &value.ty) {
            (PatternKind::Wildcard, _) => Some(Shape::Any),
            (PatternKind::Path(path), Type::Enum(it))
                if path.segments.len() == 2
                    || path.single().is_some_and(|name| it.variants.iter().any(|v| v.name == name.name)) =>
            {
                self.variant_shape(path, &[], value, matched)
            }
            (PatternKind::Path(path), _) => match path.single() {
                Some(name) => {
                    matched.bindings.push((name.clone(), value.clone()));
                    Some(Shape::Any)
                }
                None => self.no_pattern(pattern, &value.ty),
            },
            (PatternKind::Variant(path, parts), Type::Enum(_)) => {
                self.variant_shape(path, parts, value, matched)
            }
            (PatternKind::None, Type::Option(_)) => {
                matched.conditions.push(made(ExprKind::Not(Box::new(tag(value, span))), BOOL, span));
                Some(Shape::Variant(0, Vec::new()))
            }
            (PatternKind::Some(inner), Type::Option(content)) => {
                matched.conditions.push(tag(value, span));
                let content =
                    made(ExprKind::Payload(Box::new(value.clone()), 1, 0), (**content).clone(), span);
                Some(Shape::Variant(1, vec![self.shape(inner, &content, matched)?]))
            }
            (PatternKind::Tuple(parts), Type::Tuple(types)) if parts.len() == types.len() => {
                let mut shapes = Vec::new();
                for (number, (part, ty)) in (0..).zip(parts.iter().zip(types)) {
                    let field = made(ExprKind::Field(Box::new(value.clone()), number), ty.clone(), span);
                    shapes.push(self.shape(part, &field, matched)?);
                }
                Some(Shape::Tuple(shapes))
            }
            (PatternKind::Bool(truth), Type::Scalar(_)) if value.ty == BOOL => {
                let is = value.clone();
                let condition = if *truth { is } else { made(ExprKind::Not(Box::new(is)), BOOL, span) };
                matched.conditions.push(condition);
                Some(Shape::Variant(u8::from(*truth), Vec::new()))
            }
            (PatternKind::Int(digits), Type::Scalar(scalar)) if scalar.is_number() => {
                let literal = constant::decimal(digits, *scalar);
                self.literal_shape(literal.map(|value| vec![value]), value, span, matched)
            }
            (PatternKind::Str(text), ty @ Type::String(_)) => {
                let words = constant::text(text, ty);
                self.literal_shape(words, value, span, matched)
            }
            (_, ty) => self.no_pattern(pattern, &ty.clone()),
        }
    }

    fn no_pattern(&mut self, pattern: &Pattern, ty: &Type) -> Option<Shape> {
        self.report(
            Diagnostic::error("E0201", pattern.span, format!("this pattern never matches `{ty}`"))
                .label(format!("the value is `{ty}`")),
        );
        None
    }

    fn literal_shape(
        &mut self,
        literal: Option<Vec<Value>>,
        value: &Expr,
        span: Span,
        matched: &mut Matched,
    ) -> Option<Shape> {
        let Some(literal) = literal else {
            self.report(
                Diagnostic::error("E0205", span, format!("this literal does not fit `{}`", value.ty))
                    .label("can never match"),
            );
            return None;
        };
        let constant = Box::new(made(ExprKind::Const(literal), value.ty.clone(), span));
        let equal = ExprKind::Compare(Comparison::Equal, Box::new(value.clone()), constant);
        matched.conditions.push(made(equal, BOOL, span));
        Some(Shape::Literal)
    }

    fn variant_shape(
        &mut self,
        path: &ast::Path,
        parts: &[Pattern],
        value: &Expr,
        matched: &mut Matched,
    ) -> Option<Shape> {
        let Type::Enum(it) = &value.ty else { return None };
        let name = path.segments.last()?;
        let right_enum = path.segments.len() == 1 || path.segments.first()?.name == it.name;
        let at = it.variants.iter().position(|variant| variant.name == name.name && right_enum);
        let Some(at) = at else {
            let kind = format!("variant of `{}` named", it.name);
            let known = it.variants.iter().map(|variant| variant.name.as_str());
            self.report(error::unknown(&kind, &name.name, name.span, known));
            return None;
        };
        self.trail().field(name.span, &value.ty, &name.name);
        if let [of, _] = path.segments.as_slice() {
            self.scope.types.mention(of);
        }
        let variant = it.variants.get(at)?;
        if variant.fields.len() != parts.len() {
            self.report(
                Diagnostic::error(
                    "E0207",
                    path.span,
                    format!(
                        "`{}.{}` carries {}, and the pattern names {}",
                        it.name,
                        variant.name,
                        values(variant.fields.len()),
                        parts.len()
                    ),
                )
                .label("one name or `_` for each value")
                .help(match variant.fields.len() {
                    0 => format!("write `{}.{}`", it.name, variant.name),
                    count => format!("write `{}.{}({})`", it.name, variant.name, vec!["_"; count].join(", ")),
                }),
            );
            return None;
        }
        let tag = u8::try_from(at).ok()?;
        let span = path.span;
        if it.variants.len() > 1 {
            let number = made(ExprKind::Const(vec![Value::from_u64(u64::from(tag))]), tag_type(), span);
            let is = ExprKind::Compare(Comparison::Equal, Box::new(self::tag(value, span)), Box::new(number));
            matched.conditions.push(made(is, BOOL, span));
        }
        let mut shapes = Vec::new();
        for (number, (part, field)) in (0..).zip(parts.iter().zip(&variant.fields)) {
            let payload = ExprKind::Payload(Box::new(value.clone()), tag, number);
            shapes.push(self.shape(part, &made(payload, field.ty.clone(), span), matched)?);
        }
        Some(Shape::Variant(tag, shapes))
    }

    fn exhaustive(&mut self, shapes: &[Shape], ty: &Type, span: Span, statement: bool) -> Option<()> {
        let rows: Vec<Vec<Shape>> = shapes.iter().map(|shape| vec![shape.clone()]).collect();
        let Some(missing) = missing(&rows, std::slice::from_ref(ty)) else { return Some(()) };
        let missing = missing.join(", ");
        let end = Span { start: span.end.saturating_sub(1), ..span };
        let report =
            Diagnostic::error("E0203", span, "`match` leaves something out").help(match missing.as_str() {
                "_" => "add an arm `_ => …` for all others".to_owned(),
                missing => format!("add an arm `{missing} => …`, or `_ => …` for all others"),
            });
        let report = report.label(match missing.as_str() {
            "_" => "not every value has an arm".to_owned(),
            missing => format!("`{missing}` has no arm"),
        });
        self.report(if statement {
            report.edit(Span { end: end.start, ..end }, format!("{missing} => {{ }}\n"))
        } else {
            report
        });
        None
    }
}

/// `no value`, `1 value`, `2 values`
fn values(count: usize) -> String {
    match count {
        0 => "no value".to_owned(),
        1 => "1 value".to_owned(),
        n => format!("{n} values"),
    }
}

/// Whether an enum has this variant, or an option content.
fn tag(value: &Expr, span: Span) -> Expr {
    let ty = if matches!(value.ty, Type::Option(_)) { BOOL } else { tag_type() };
    made(ExprKind::Tag(Box::new(value.clone())), ty, span)
}

fn tag_type() -> Type {
    Type::Scalar(mc_container::value::Scalar::U8)
}

/// All conditions together; `None` where there are none.
fn all(conditions: Vec<Expr>, span: Span) -> Option<Expr> {
    conditions.into_iter().reduce(|all, next| made(ExprKind::And(Box::new(all), Box::new(next)), BOOL, span))
}

/// What no row matches, as patterns for the columns; `None` where every value is matched.
fn missing(rows: &[Vec<Shape>], types: &[Type]) -> Option<Vec<String>> {
    let Some((first, rest)) = types.split_first() else {
        return if rows.is_empty() { Some(Vec::new()) } else { None };
    };
    let constructors = constructors(first);
    if let Type::Tuple(parts) = first {
        let inner: Vec<Type> = parts.iter().chain(rest).cloned().collect();
        let rows: Vec<Vec<Shape>> = rows.iter().filter_map(|row| open(row, None, parts.len())).collect();
        let mut found = missing(&rows, &inner)?;
        let tail = found.split_off(parts.len().min(found.len()));
        return Some(std::iter::once(format!("({})", found.join(", "))).chain(tail).collect());
    }
    for (tag, name, fields) in &constructors {
        let inner: Vec<Type> = fields.iter().chain(rest).cloned().collect();
        let rows: Vec<Vec<Shape>> =
            rows.iter().filter_map(|row| open(row, Some(*tag), fields.len())).collect();
        if let Some(mut found) = missing(&rows, &inner) {
            let tail = found.split_off(fields.len().min(found.len()));
            let shown = if found.is_empty() { name.clone() } else { format!("{name}({})", found.join(", ")) };
            return Some(std::iter::once(shown).chain(tail).collect());
        }
    }
    if !constructors.is_empty() {
        return None;
    }
    // Numbers and texts: only a row that asks nothing matches them all.
    let rows: Vec<Vec<Shape>> = rows
        .iter()
        .filter(|row| matches!(row.first(), Some(Shape::Any)))
        .map(|row| row.iter().skip(1).cloned().collect())
        .collect();
    missing(&rows, rest).map(|found| std::iter::once("_".to_owned()).chain(found).collect())
}

/// The tags of a type with the name and the parts of each.
fn constructors(ty: &Type) -> Vec<(u8, String, Vec<Type>)> {
    match ty {
        Type::Option(content) => {
            vec![(0, "none".to_owned(), Vec::new()), (1, "some".to_owned(), vec![(**content).clone()])]
        }
        Type::Enum(it) => {
            let variant = |(tag, variant): (u8, &mc_container::ty::Variant)| {
                let fields = variant.fields.iter().map(|field| field.ty.clone()).collect();
                (tag, format!("{}.{}", it.name, variant.name), fields)
            };
            (0..).zip(&it.variants).map(variant).collect()
        }
        ty if *ty == BOOL => {
            vec![(0, "false".to_owned(), Vec::new()), (1, "true".to_owned(), Vec::new())]
        }
        _ => Vec::new(),
    }
}

/// The row with its first column taken apart, if it may match this constructor.
fn open(row: &[Shape], tag: Option<u8>, parts: usize) -> Option<Vec<Shape>> {
    let (first, rest) = row.split_first()?;
    let opened = match first {
        Shape::Any => vec![Shape::Any; parts],
        Shape::Variant(own, shapes) if Some(*own) == tag => shapes.clone(),
        Shape::Tuple(shapes) if tag.is_none() => shapes.clone(),
        _ => return None,
    };
    Some(opened.into_iter().chain(rest.iter().cloned()).collect())
}
