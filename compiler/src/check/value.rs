//! Values of several parts: structs, enums, tuples, options and lists.

use super::body::Body;
use super::call::of_fields;
use super::expr::{BOOL, is_literal, made};
use crate::error;
use crate::tree::{Cells, Context, Expr, ExprKind, Fail, StateKind, Stmt, StmtKind};
use mc_container::ty::{EnumType, Type};
use mc_container::value::{Scalar, Value};
use mc_syntax::ast::{self, Arg, Ident};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::Span;

impl Body<'_> {
    /// `none`, `some(e)`, `(a, b)` and `[a, b]`.
    pub(crate) fn structured(&mut self, expr: &ast::Expr, wanted: Option<&Type>) -> Option<Expr> {
        let span = expr.span;
        match &expr.kind {
            ast::ExprKind::None => match wanted {
                Some(ty @ Type::Option(_)) => Some(none(ty, span)),
                Some(other) => {
                    self.report(error::mismatch(&other.to_string(), "`none`", span));
                    None
                }
                None => {
                    self.report(
                        Diagnostic::error("E0206", span, "nothing tells the type of this `none`")
                            .label("no value of which type?")
                            .help("write the type: `let x: address? = none;`"),
                    );
                    None
                }
            },
            ast::ExprKind::Some(inner) => {
                let inner = match wanted {
                    Some(Type::Option(content)) => self.expect(inner, content)?,
                    _ => self.expr(inner, None)?,
                };
                let ty = Type::Option(Box::new(inner.ty.clone()));
                Some(made(ExprKind::Variant(1, vec![inner]), ty, span))
            }
            ast::ExprKind::Tuple(parts) => self.tuple(parts, wanted, span),
            ast::ExprKind::List(elements) => self.list(elements, wanted, span),
            _ => None,
        }
    }

    fn tuple(&mut self, parts: &[ast::Expr], wanted: Option<&Type>, span: Span) -> Option<Expr> {
        let types = match wanted {
            Some(Type::Tuple(types)) if types.len() == parts.len() => Some(types),
            _ => None,
        };
        let typed = parts.iter().enumerate().map(|(at, part)| match types.and_then(|types| types.get(at)) {
            Some(ty) => self.expect(part, ty),
            None => self.expr(part, None),
        });
        let typed: Vec<Option<Expr>> = typed.collect();
        let typed: Vec<Expr> = typed.into_iter().collect::<Option<_>>()?;
        let ty = Type::Tuple(typed.iter().map(|part| part.ty.clone()).collect());
        Some(made(ExprKind::Record(typed), ty, span))
    }

    fn list(&mut self, elements: &[ast::Expr], wanted: Option<&Type>, span: Span) -> Option<Expr> {
        let count = u32::try_from(elements.len()).unwrap_or(u32::MAX);
        if let Some(ty @ Type::List(element, max)) = wanted {
            let typed: Vec<Option<Expr>> = elements.iter().map(|value| self.expect(value, element)).collect();
            if count > *max {
                self.report(
                    Diagnostic::error("E0205", span, format!("this list does not fit `{ty}`"))
                        .label(format!("{count} elements")),
                );
                return None;
            }
            return Some(made(ExprKind::List(typed.into_iter().collect::<Option<_>>()?), ty.clone(), span));
        }
        let Some((first, rest)) = elements.split_first() else {
            self.report(
                Diagnostic::error("E0206", span, "nothing tells the type of this list")
                    .label("of what?")
                    .help("write the type: `let xs: list<u64, 10> = [];`"),
            );
            return None;
        };
        let first = self.expr(first, None)?;
        let ty = first.ty.clone();
        let mut typed = vec![first];
        for value in rest {
            typed.push(self.expect(value, &ty)?);
        }
        Some(made(ExprKind::List(typed), Type::List(Box::new(ty), count), span))
    }

    /// `Offer(seller: caller, price: 5)`, for a struct of this name.
    pub(crate) fn construct(&mut self, ty: &Type, args: &[Arg], span: Span) -> Option<Expr> {
        let Type::Struct(it) = ty else {
            self.report(
                Diagnostic::error("E0208", span, format!("`{ty}` is not made like this"))
                    .label("no struct")
                    .help(match ty {
                        Type::Scalar(it) if it.is_number() => format!("a number converts with `… as {ty}`"),
                        Type::Scalar(_) => format!("a literal is `0x` and its digits; where there may be none, the type is `{ty}?` and the value `none`"),
                        Type::Asset(_) => format!("only the contract that declares it makes it: `mint {ty}(n)`"),
                        _ => "a struct is made with `Name(field: value)`, an enum with `Name.Variant`".to_owned(),
                    }),
            );
            return None;
        };
        if it.asset.is_some() {
            self.report(
                Diagnostic::error("E0305", span, format!("`{}` comes into being by `mint` only", it.name))
                    .label("would make an asset out of nothing")
                    .help(format!("write `mint {}(…)`, in the contract that declares it", it.name)),
            );
            return None;
        }
        self.name_fields(args, ty);
        let fields = self.arguments(&it.name, args, &of_fields(&it.fields), span)?;
        Some(made(ExprKind::Record(fields), ty.clone(), span))
    }

    /// `Phase.Funded`, or with its payload; `None` where `of` is no enum.
    pub(crate) fn variant(
        &mut self,
        of: &ast::Expr,
        name: &Ident,
        args: Option<&[Arg]>,
        span: Span,
    ) -> Option<Option<Expr>> {
        let ast::ExprKind::Name(ty_name) = &of.kind else { return None };
        if self.local(&ty_name.name).is_some() || !self.scope.types.is_declared(&ty_name.name) {
            return None;
        }
        let Some(Type::Enum(it)) = self.type_named(ty_name) else {
            self.report(
                Diagnostic::error("E0208", of.span, format!("`{}` is a type, not a value", ty_name.name))
                    .label("has no fields of its own"),
            );
            return Some(None);
        };
        Some(self.variant_of(&it, name, args, span))
    }

    fn variant_of(&mut self, it: &EnumType, name: &Ident, args: Option<&[Arg]>, span: Span) -> Option<Expr> {
        let Some(tag) = it.variants.iter().position(|variant| variant.name == name.name) else {
            let known = it.variants.iter().map(|variant| variant.name.as_str());
            let kind = format!("variant of `{}` named", it.name);
            self.report(error::unknown(&kind, &name.name, name.span, known));
            return None;
        };
        self.trail().field(name.span, &Type::Enum(it.clone()), &name.name);
        let variant = it.variants.get(tag)?;
        let callee = format!("{}.{}", it.name, variant.name);
        let payload = self.arguments(&callee, args.unwrap_or_default(), &of_fields(&variant.fields), span)?;
        let kind = ExprKind::Variant(u8::try_from(tag).ok()?, payload);
        Some(made(kind, Type::Enum(it.clone()), span))
    }

    /// The type that a name stands for, where it is one.
    pub(crate) fn type_named(&mut self, name: &Ident) -> Option<Type> {
        let path = ast::Path { segments: vec![name.clone()], span: name.span };
        let kind = ast::TypeKind::Named { path, args: Vec::new() };
        self.read_type(&ast::Type { kind, span: name.span })
    }

    pub(crate) fn read_type(&mut self, ty: &ast::Type) -> Option<Type> {
        let scope = self.scope;
        super::types::Reader::new(scope.types, &scope.constants, self.sink()).read(ty)
    }

    /// `inner.name`
    pub(crate) fn field(&mut self, inner: &ast::Expr, name: &Ident, whole: &ast::Expr) -> Option<Expr> {
        let span = whole.span;
        let of_state = matches!(inner.kind, ast::ExprKind::SelfValue) && self.has_transaction();
        if of_state || self.is_old(inner) {
            let cursor = self.cursor(whole)?;
            return self.load(cursor);
        }
        if let Some(value) = self.environment(inner, name, span) {
            return Some(value);
        }
        if let Some(variant) = self.variant(inner, name, None, span) {
            return variant;
        }
        if self.root(inner).is_none() {
            let base = self.expr(inner, None)?;
            return self.part(base, name, span);
        }
        if matches!(name.name.as_str(), "amount" | "len")
            && let Some(measure) = self.measure(inner, name, span)?
        {
            return Some(measure);
        }
        let cursor = self.cursor(whole)?;
        self.load(cursor)
    }

    /// `.amount` and `.len` of a place in the state: only the cells that tell.
    fn measure(&mut self, inner: &ast::Expr, name: &Ident, span: Span) -> Option<Option<Expr>> {
        let mut cursor = self.cursor(inner)?;
        match (&cursor.ty, &cursor.cells) {
            (Type::Asset(_) | Type::String(_), _) => {}
            (Type::List(..), Cells::List { length, .. }) if name.name == "len" => {
                (cursor.cells, cursor.ty) = (Cells::Scalar(*length), Scalar::U32.into());
                return self.load(cursor).map(Some);
            }
            _ => return Some(None),
        }
        let base = self.load(cursor)?;
        self.part(base, name, span).map(Some)
    }

    /// A part of a value.
    pub(crate) fn part(&mut self, base: Expr, name: &Ident, span: Span) -> Option<Expr> {
        match (&base.ty, name.name.as_str()) {
            (Type::Asset(_) | Type::Seen(_), "amount") => {
                Some(made(ExprKind::Amount(Box::new(base)), Scalar::U128, span))
            }
            (Type::List(..) | Type::String(_), "len") => {
                Some(made(ExprKind::Length(Box::new(base)), Scalar::U32, span))
            }
            (Type::Struct(it), field) => {
                let Some(at) = it.fields.iter().position(|known| known.name == field) else {
                    self.no_field(&base.ty, name);
                    return None;
                };
                self.trail().field(name.span, &base.ty, field);
                let ty = it.fields.get(at)?.ty.clone();
                Some(made(ExprKind::Field(Box::new(base), u32::try_from(at).ok()?), ty, span))
            }
            (Type::Option(content), _) if matches!(**content, Type::Struct(_)) => {
                self.handle_none(&base.ty.clone(), base.span, Some(name));
                None
            }
            _ => {
                self.no_field(&base.ty, name);
                None
            }
        }
    }

    pub(crate) fn no_field(&mut self, ty: &Type, name: &Ident) {
        let known: Vec<&str> = match ty {
            Type::Struct(it) => it.fields.iter().map(|field| field.name.as_str()).collect(),
            Type::List(..) | Type::String(_) => vec!["len"],
            Type::Asset(_) | Type::Seen(_) => vec!["amount"],
            _ => Vec::new(),
        };
        let report = Diagnostic::error("E0204", name.span, format!("`{ty}` has no field `{}`", name.name))
            .label("no such field");
        self.report(match error::nearest(&name.name, known.iter().copied()) {
            Some(near) => report.help(format!("did you mean `{near}`?")).edit(name.span, near),
            None if known.is_empty() => report,
            None => report.help(format!("it has `{}`", known.join("`, `"))),
        });
    }

    /// `block.height` and `tx.id`.
    fn environment(&mut self, inner: &ast::Expr, name: &Ident, span: Span) -> Option<Expr> {
        let ast::ExprKind::Name(of) = &inner.kind else { return None };
        if self.local(&of.name).is_some() || self.state_named(&of.name).is_some() {
            return None;
        }
        match (of.name.as_str(), name.name.as_str()) {
            ("block", "height") => self.context(Context::Height, Scalar::U64, span),
            ("block", "time") => self.context(Context::Now, Scalar::Time, span),
            ("tx", "id") => self.context(Context::TxId, Scalar::Id, span),
            _ => None,
        }
    }

    /// `inner?.name`: the field of what is there.
    pub(crate) fn optional_field(&mut self, inner: &ast::Expr, name: &Ident, span: Span) -> Option<Expr> {
        let base = self.expr(inner, None)?;
        let Type::Option(content) = base.ty.clone() else {
            self.report(
                Diagnostic::error("E0202", span, format!("`{}` is always there", base.ty))
                    .label("`?.` asks an option")
                    .help(format!("write `.{}`", name.name)),
            );
            return None;
        };
        let mut stmts = Vec::new();
        let base = self.keep(base, &mut stmts);
        let there = made(ExprKind::Tag(Box::new(base.clone())), BOOL, span);
        let content = made(ExprKind::Payload(Box::new(base), 1, 0), *content, span);
        let field = self.part(content, name, span)?;
        let (ty, field) = match &field.ty {
            Type::Option(_) => (field.ty.clone(), field),
            ty => {
                let ty = Type::Option(Box::new(ty.clone()));
                (ty.clone(), made(ExprKind::Variant(1, vec![field]), ty, span))
            }
        };
        let choice = ExprKind::If(Box::new(there), Box::new(field), Box::new(none(&ty, span)));
        Some(block(stmts, made(choice, ty, span)))
    }

    /// `a ?? b`
    pub(crate) fn coalesce(
        &mut self,
        left: &ast::Expr,
        right: &ast::Expr,
        (wanted, span): (Option<&Type>, Span),
    ) -> Option<Expr> {
        let option = wanted.filter(|ty| !matches!(ty, Type::Option(_)));
        let option = option.map(|ty| Type::Option(Box::new(ty.clone())));
        let left = self.expr(left, option.as_ref().filter(|_| is_literal(left)))?;
        let Type::Option(content) = left.ty.clone() else {
            self.report(
                Diagnostic::error("E0202", left.span, format!("`{}` is always there", left.ty))
                    .label("`??` needs an option on its left")
                    .help("leave `??` and what follows out"),
            );
            return None;
        };
        let mut stmts = Vec::new();
        let left = self.keep(left, &mut stmts);
        let right = self.expr(right, Some(&content))?;
        let there = made(ExprKind::Tag(Box::new(left.clone())), BOOL, span);
        let value = match &right.ty {
            // `a ?? b ?? c`
            Type::Option(_) if right.ty == left.ty => left.clone(),
            _ => made(ExprKind::Payload(Box::new(left), 1, 0), *content, span),
        };
        let right = self.fit(right, &value.ty)?;
        let ty = value.ty.clone();
        let choice = ExprKind::If(Box::new(there), Box::new(value), Box::new(right));
        Some(block(stmts, made(choice, ty, span)))
    }

    /// `inner[key]`
    pub(crate) fn index_expr(
        &mut self,
        inner: &ast::Expr,
        key: &ast::Expr,
        whole: &ast::Expr,
    ) -> Option<Expr> {
        if self.root(inner).is_some() {
            let cursor = self.cursor(whole)?;
            return self.load(cursor);
        }
        if let ast::ExprKind::Name(name) = &inner.kind
            && self.local(&name.name).is_none()
            && !self.is_silenced(&name.name)
            && self.unit.is_some()
        {
            let states = self.state_names();
            let known = states.iter().map(String::as_str);
            self.report_unknown(error::unknown("state", &name.name, name.span, known));
            return None;
        }
        let list = self.expr(inner, None)?;
        let Type::List(element, _) = list.ty.clone() else {
            self.report(
                Diagnostic::error("E0208", inner.span, "this is not a state of the contract")
                    .label(format!("a `{}` has no elements", list.ty)),
            );
            return None;
        };
        let index = self.expect(key, &Type::Scalar(Scalar::U32))?;
        let kind = ExprKind::Element(Box::new(list), Box::new(index), None);
        Some(made(kind, *element, whole.span))
    }

    /// `key in map`, `x in set`, `who in role`, `x in list`
    pub(crate) fn contains(&mut self, left: &ast::Expr, right: &ast::Expr, span: Span) -> Option<Expr> {
        if self.root(right).is_some() {
            let mut cursor = self.cursor(right)?;
            if cursor.missing() == 1 {
                let ty = cursor.key_types.last()?.clone();
                let key = self.expect(left, &ty)?;
                // The key on the left is written first, the others with the map.
                cursor.keys.push(key);
                cursor.span = span;
                return match cursor.kind {
                    StateKind::Set | StateKind::Role => Some(cursor.look()),
                    StateKind::Partial => cursor.presence(),
                    _ => {
                        self.report(
                            Diagnostic::error(
                                "E0208",
                                span,
                                format!("every key of `{}` has a value", cursor.name),
                            )
                            .label("always true")
                            .also(cursor.declared, "declared with a value for absent keys"),
                        );
                        None
                    }
                };
            }
            if cursor.missing() > 1 {
                self.wrong_keys(&cursor, cursor.keys.len());
                return None;
            }
        }
        let list = self.expr(right, None)?;
        let Type::List(element, _) = list.ty.clone() else {
            self.report(
                Diagnostic::error("E0209", right.span, format!("`in` does not apply to `{}`", list.ty))
                    .label("no map, set, role or list"),
            );
            return None;
        };
        let value = self.expect(left, &element)?;
        Some(made(ExprKind::Contains(Box::new(value), Box::new(list)), BOOL, span))
    }

    /// `let x = option else E`: the content, or the failure.
    pub(crate) fn unwrap(&mut self, option: Expr, fail: Fail) -> Expr {
        let span = option.span;
        let Type::Option(content) = option.ty.clone() else { return option };
        let mut stmts = Vec::new();
        let option = self.keep(option, &mut stmts);
        let there = made(ExprKind::Tag(Box::new(option.clone())), BOOL, span);
        stmts.push(Stmt { kind: StmtKind::Require(there, fail), span });
        block(stmts, made(ExprKind::Payload(Box::new(option), 1, 0), *content, span))
    }
}

/// Some statements, then a value.
pub(crate) fn block(stmts: Vec<Stmt>, value: Expr) -> Expr {
    if stmts.is_empty() {
        return value;
    }
    let (ty, span) = (value.ty.clone(), value.span);
    made(ExprKind::Block(stmts, Box::new(value)), ty, span)
}

/// `none` of this type.
pub(crate) fn none(ty: &Type, span: Span) -> Expr {
    made(ExprKind::Const(vec![Value::ZERO; ty.scalar_count()]), ty.clone(), span)
}
