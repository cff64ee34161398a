//! Expressions: literals, names and operators, each with its type.

use super::body::{Body, Purpose};
use super::constant;
use super::scope::Scope;
use crate::error;
use crate::tree::{Comparison, Context, Expr, ExprKind};
use mc_container::arithmetic::Operation;
use mc_container::compute::Computation;
use mc_container::integer::BitOperation;
use mc_container::ty::Type;
use mc_container::value::{Scalar, Value};
use mc_syntax::ast::{self, BinaryOp, Ident, TimeUnit, UnaryOp};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::Span;

/// The type of truths.
pub(crate) const BOOL: Type = Type::Scalar(Scalar::Bool);

/// A constant expression of type `ty`.
pub(crate) fn constant(
    value: &ast::Expr,
    ty: &Type,
    scope: &Scope<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Expr> {
    Body::new(None, None, scope, None, diagnostics).expect(value, ty)
}

/// True for what is known without a transaction.
fn holds_between(context: Context) -> bool {
    matches!(context, Context::SelfAddress | Context::Now | Context::Height)
}

/// Two unsigned integers in the type of the wider one; anything else as it is.
fn same_width(left: Expr, right: Expr) -> (Expr, Expr) {
    let width = |expr: &Expr| {
        expr.ty.scalar().filter(|ty| ty.is_integer() && !ty.is_signed()).map(|ty| (ty.width(), ty))
    };
    let widened = |expr: Expr, to: Scalar| {
        let span = expr.span;
        made(ExprKind::Cast(Box::new(expr), None), to, span)
    };
    match (width(&left), width(&right)) {
        (Some((less, _)), Some((more, to))) if less < more => (widened(left, to), right),
        (Some((more, to)), Some((less, _))) if less < more => {
            let right = widened(right, to);
            (left, right)
        }
        _ => (left, right),
    }
}

/// An expression of the language's own making.
pub(crate) fn made(kind: ExprKind, ty: impl Into<Type>, span: Span) -> Expr {
    Expr { kind, ty: ty.into(), span }
}

impl Body<'_> {
    /// `expr` as a value of type `ty`: unsigned integers widen, everything else must fit exactly.
    pub(crate) fn expect(&mut self, expr: &ast::Expr, ty: &Type) -> Option<Expr> {
        let typed = self.expr(expr, Some(ty))?;
        self.fit(typed, ty)
    }

    /// `typed` as a value of type `ty`.
    pub(crate) fn fit(&mut self, typed: Expr, ty: &Type) -> Option<Expr> {
        if typed.ty == *ty {
            return Some(typed);
        }
        let span = typed.span;
        if let (Some(from), Some(to)) = (typed.ty.scalar(), ty.scalar()) {
            let unsigned = |ty: Scalar| ty.is_integer() && !ty.is_signed();
            if unsigned(from) && unsigned(to) && from.width() < to.width() {
                return Some(made(ExprKind::Cast(Box::new(typed), None), to, span));
            }
        }
        self.misfit(&typed, ty);
        None
    }

    fn misfit(&mut self, typed: &Expr, ty: &Type) {
        let span = typed.span;
        let integer = |ty: &Type| ty.scalar().is_some_and(Scalar::is_integer);
        let mismatch = error::mismatch(&ty.to_string(), &typed.ty.to_string(), span);
        let report = match (&typed.ty, ty) {
            (Type::Option(content), ty) if **content == *ty => {
                self.handle_none(&typed.ty.clone(), span, None);
                return;
            }
            (found, Type::Option(content)) if **content == *found => {
                let (start, end) = (Span { end: span.start, ..span }, Span { start: span.end, ..span });
                mismatch.help("wrap it: `some(…)`").edit(start, "some(").edit(end, ")")
            }
            (Type::Seen(_), Type::Scalar(Scalar::U128)) => mismatch
                .help("an asset is no number: its number is `.amount`")
                .edit(Span { start: span.end, ..span }, ".amount"),
            (found, Type::Asset(_)) if integer(found) => mismatch.help(OUT_OF_A_CELL),
            (found, wanted) if *wanted == BOOL && integer(found) => {
                mismatch.help("a number is no truth: compare it, as in `… > 0`")
            }
            (Type::Option(_), wanted) if *wanted == BOOL => mismatch.help("ask with `… != none`"),
            (found, wanted) if *found == wanted.seen() => {
                Diagnostic::error("E0306", span, format!("this only looks at `{wanted}`, and cannot move it"))
                    .label("a view of what stays where it is")
                    .help("take the value out with `.take(…)`, `.take_all()` or `.remove(…)`")
            }
            (found, wanted) if integer(found) && integer(wanted) => mismatch
                .help(format!("convert it with `as {wanted}`, which aborts where the value does not fit")),
            (found, wanted) if found.to_string() == wanted.to_string() => {
                mismatch.help("the two are declared in different files and have different fields")
            }
            _ => mismatch,
        };
        self.report(report);
    }

    /// `expr` with its own type; a literal takes `wanted` where it can.
    pub(crate) fn expr(&mut self, expr: &ast::Expr, wanted: Option<&Type>) -> Option<Expr> {
        let typed = self.typed(expr, wanted)?;
        self.trail().value(expr.span, &typed.ty);
        Some(typed)
    }

    fn typed(&mut self, expr: &ast::Expr, wanted: Option<&Type>) -> Option<Expr> {
        use ast::ExprKind as A;
        let span = expr.span;
        match &expr.kind {
            A::Int(digits) => self.number(span, wanted, |ty| constant::decimal(digits, ty)),
            A::Hex(digits) => self.hexadecimal(digits, wanted, span),
            A::Str(text) => self.text(text, wanted, span),
            A::Duration(digits, unit) => {
                let seconds = digits.parse::<u64>().ok().and_then(|n| n.checked_mul(seconds_of(*unit)));
                self.number(span, Some(&Type::Scalar(Scalar::Duration)), |_| seconds.map(Value::from_u64))
            }
            A::Bool(truth) => {
                Some(made(ExprKind::Const(vec![Value::from_u64(u64::from(*truth))]), BOOL, span))
            }
            A::None | A::Some(_) | A::Tuple(_) | A::List(_) => self.structured(expr, wanted),
            A::Paren(inner) => self.expr(inner, wanted),
            A::Name(name) => self.name(name, span),
            A::Caller => self.context(Context::Caller, Scalar::Address, span),
            A::Now => self.context(Context::Now, Scalar::Time, span),
            A::SelfValue => self.context(Context::SelfAddress, Scalar::Address, span),
            A::Via => self.context(Context::Via, Type::Option(Box::new(Scalar::Address.into())), span),
            A::Field(inner, name) => self.field(inner, name, expr),
            A::OptionalField(inner, name) => self.optional_field(inner, name, span),
            A::Index(inner, key) => self.index_expr(inner, key, expr),
            A::Call(callee, args) => self.call_expr(callee, args, wanted, span),
            A::Unary(op, operand) => self.unary(*op, operand, wanted, span),
            A::Binary(left, op, op_span, right) => self.binary(left, *op, *op_span, right, (wanted, span)),
            A::Cast(operand, to) => self.cast(operand, to, span),
            A::If(condition, then, otherwise) => self.conditional(condition, then, otherwise, (wanted, span)),
            A::Match(scrutinee, arms) => self.match_expr(scrutinee, arms, wanted, span),
            A::Mint(path, args) => self.mint(path, args, span),
            A::Recovered => {
                self.silent = true;
                None
            }
            A::Forall(name, of, condition) => self.quantifier("forall", (name, of, condition), span),
            A::Exists(name, of, condition) => self.quantifier("exists", (name, of, condition), span),
            A::Deploy(..) => {
                self.report(
                    Diagnostic::error("E0208", span, "`deploy` cannot stand here")
                        .label("only an app or a test deploys")
                        .help("write `let name = deploy …;` as a statement of an `app` or a `test`"),
                );
                None
            }
        }
    }

    pub(crate) fn context(&mut self, context: Context, ty: impl Into<Type>, span: Span) -> Option<Expr> {
        if !holds_between(context) {
            self.outside_of_transactions(span)?;
        }
        if self.has_transaction() {
            return Some(made(ExprKind::Context(context), ty, span));
        }
        if self.test.is_some() && matches!(context, Context::Now | Context::Caller) {
            return Some(made(ExprKind::Context(context), ty, span));
        }
        let name = match context {
            Context::Caller => "caller",
            Context::Now => "now",
            Context::SelfAddress => "self",
            _ => "via",
        };
        self.report(
            Diagnostic::error("E0212", span, format!("`{name}` is not constant"))
                .label("only a transaction has it")
                .help("keep it in an `immutable` that `init` sets"),
        );
        None
    }

    /// Reports what only a transaction has, in an invariant.
    pub(crate) fn outside_of_transactions(&mut self, span: Span) -> Option<()> {
        if self.purpose != Purpose::Invariant {
            return Some(());
        }
        self.report(
            Diagnostic::error("E0704", span, "an invariant knows no transaction")
                .label("holds between transactions, whoever sends them")
                .help("say what holds of the state; who may do what stands in `by` and `require`"),
        );
        None
    }

    fn number(
        &mut self,
        span: Span,
        wanted: Option<&Type>,
        read: impl Fn(Scalar) -> Option<Value>,
    ) -> Option<Expr> {
        // An option of a number is told apart from a number where it is used.
        let wanted = match wanted {
            Some(Type::Option(content)) => Some(content.as_ref()),
            other => other,
        };
        let Some(ty) = wanted else {
            self.report(
                Diagnostic::error("E0206", span, "nothing tells the type of this literal")
                    .label("which integer type?")
                    .help("write the type: `let x: u64 = …`, or `(… as u64)`"),
            );
            return None;
        };
        let Some(scalar) = ty.scalar() else {
            let mismatch = error::mismatch(&ty.to_string(), "a number", span);
            let asset = matches!(ty, Type::Asset(_));
            self.report(if asset { mismatch.help(OUT_OF_A_CELL) } else { mismatch });
            return None;
        };
        if let Some(value) = read(scalar) {
            return Some(made(ExprKind::Const(vec![value]), scalar, span));
        }
        let misfit = if scalar.is_number() {
            let (least, greatest) = scalar.range();
            let label = match scalar {
                Scalar::U256 => "`u256` holds 0 to 2^256 - 1".to_owned(),
                _ => format!("`{ty}` holds {least} to {greatest}"),
            };
            Diagnostic::error("E0205", span, format!("this literal does not fit `{ty}`")).label(label)
        } else if matches!(scalar, Scalar::Address | Scalar::Id | Scalar::Hash) {
            Diagnostic::error("E0205", span, format!("this literal is no `{ty}`"))
                .label(format!("`{ty}` is `0x` and {} hexadecimal digits", 2 * scalar.width()))
        } else {
            error::mismatch(&ty.to_string(), "a number", span)
        };
        self.report(misfit);
        None
    }

    fn hexadecimal(&mut self, digits: &str, wanted: Option<&Type>, span: Span) -> Option<Expr> {
        let Some(ty @ Type::Bytes(length)) = wanted else {
            return self.number(span, wanted, |ty| constant::hexadecimal(digits, ty));
        };
        let bytes = constant::bytes_of(digits).and_then(|bytes| constant::byte_string(&bytes, ty));
        let Some(words) = bytes else {
            self.report(
                Diagnostic::error("E0205", span, format!("this literal is no `{ty}`"))
                    .label(format!("`{ty}` is `0x` and {} hexadecimal digits", 2 * length)),
            );
            return None;
        };
        Some(made(ExprKind::Const(words), ty.clone(), span))
    }

    fn text(&mut self, text: &str, wanted: Option<&Type>, span: Span) -> Option<Expr> {
        let own = Type::String(u32::try_from(text.len().max(1)).unwrap_or(u32::MAX));
        let wanted = match wanted {
            Some(Type::Option(content)) => Some(content.as_ref()),
            other => other,
        };
        let ty = match wanted {
            Some(ty @ Type::String(_)) => ty.clone(),
            Some(other) => {
                self.report(error::mismatch(&other.to_string(), "a text", span));
                return None;
            }
            None => own,
        };
        let Some(words) = constant::text(text, &ty) else {
            let length = text.len();
            self.report(
                Diagnostic::error("E0205", span, format!("this text does not fit `{ty}`"))
                    .label(format!("{length} bytes of UTF-8")),
            );
            return None;
        };
        Some(made(ExprKind::Const(words), ty, span))
    }

    fn name(&mut self, name: &Ident, span: Span) -> Option<Expr> {
        self.mention(name);
        if self.is_silenced(&name.name) || self.has_no_result(name) {
            return None;
        }
        if let Some((local, ty)) = self.read_local(&name.name) {
            return Some(Expr { kind: ExprKind::Local(local), ty, span });
        }
        if let Some(constant) = self.scope.constants.get(&name.name) {
            return Some(made(ExprKind::Const(constant.value.clone()), constant.ty.clone(), span));
        }
        if self.state_named(&name.name).is_some() {
            let place = ast::Expr { kind: ast::ExprKind::Name(name.clone()), span };
            let cursor = self.cursor(&place)?;
            return self.load(cursor);
        }
        if let Some(actor) = self.actor(&name.name, span) {
            return Some(actor);
        }
        if self.is_slot(&ast::Expr { kind: ast::ExprKind::Name(name.clone()), span }) {
            self.report(
                Diagnostic::error("E0508", span, format!("`{}` is a slot, not a value", name.name))
                    .label("another contract")
                    .help(format!(
                        "a composition reaches it through steps only: `step {}.entry(…);`",
                        name.name
                    )),
            );
            return None;
        }
        let known = self.value_names();
        let unknown = error::unknown("name", &name.name, name.span, known.iter().map(String::as_str));
        self.report_unknown(unknown);
        None
    }

    fn unary(&mut self, op: UnaryOp, operand: &ast::Expr, wanted: Option<&Type>, span: Span) -> Option<Expr> {
        if op == UnaryOp::Not {
            let operand = self.expect(operand, &BOOL)?;
            return Some(made(ExprKind::Not(Box::new(operand)), BOOL, span));
        }
        if let ast::ExprKind::Int(digits) = &operand.kind {
            return self.number(span, wanted, |ty| constant::decimal(&format!("-{digits}"), ty));
        }
        let typed = self.expr(operand, wanted)?;
        let Some(ty) = typed.ty.scalar().filter(|ty| ty.is_signed()) else {
            self.report(
                Diagnostic::error("E0209", span, format!("`{}` has no negative values", typed.ty))
                    .label("cannot be negated")
                    .help("a signed integer has: convert it first, as in `-(n as i64)`"),
            );
            return None;
        };
        let zero = Box::new(made(ExprKind::Const(vec![Value::ZERO]), ty, span));
        Some(made(ExprKind::Arithmetic(Operation::Subtract, zero, Box::new(typed), None), ty, span))
    }

    fn cast(&mut self, operand: &ast::Expr, to: &Ident, span: Span) -> Option<Expr> {
        let Some(ty) = Scalar::by_name(&to.name).filter(|ty| ty.is_number()) else {
            let numbers = Scalar::ALL.iter().filter(|ty| ty.is_number()).map(|ty| ty.name());
            self.report_unknown(error::unknown("number type", &to.name, to.span, numbers));
            return None;
        };
        let literal = is_literal(operand);
        let typed = self.expr(operand, literal.then_some(Type::Scalar(ty)).as_ref())?;
        if !typed.ty.scalar().is_some_and(Scalar::is_number) {
            self.report(
                Diagnostic::error("E0201", operand.span, "`as` converts numbers only")
                    .label(format!("this is `{}`", typed.ty)),
            );
            return None;
        }
        if typed.ty == Type::Scalar(ty) {
            return Some(typed);
        }
        Some(made(ExprKind::Cast(Box::new(typed), None), ty, span))
    }

    fn conditional(
        &mut self,
        condition: &ast::Expr,
        then: &ast::Expr,
        otherwise: &ast::Expr,
        (wanted, span): (Option<&Type>, Span),
    ) -> Option<Expr> {
        let condition = self.expect(condition, &BOOL);
        let (then, otherwise) = self.operands(then, otherwise, wanted)?;
        let ty = then.ty.clone();
        if ty != otherwise.ty {
            self.report(
                error::mismatch(&ty.to_string(), &otherwise.ty.to_string(), otherwise.span)
                    .also(then.span, format!("the other arm is `{ty}`")),
            );
            return None;
        }
        Some(made(ExprKind::If(Box::new(condition?), Box::new(then), Box::new(otherwise)), ty, span))
    }

    /// Two operands of one type: a literal takes the expected type, else the other operand's.
    pub(crate) fn operands(
        &mut self,
        left: &ast::Expr,
        right: &ast::Expr,
        wanted: Option<&Type>,
    ) -> Option<(Expr, Expr)> {
        if wanted.is_none() && is_literal(left) && !is_literal(right) {
            let right = self.expr(right, None);
            let left = self.expr(left, Some(&right.as_ref()?.ty));
            return left.zip(right);
        }
        let left = self.expr(left, wanted);
        if left.is_none() && is_literal(right) {
            return None;
        }
        let right_wanted = left.as_ref().map(|left| left.ty.clone());
        let right = self.expr(right, right_wanted.as_ref().or(wanted));
        let (left, right) = left.zip(right)?;
        // What an invariant adds up is as wide as it gets, and compared with what is narrower.
        Some(if self.purpose.is_law() { same_width(left, right) } else { (left, right) })
    }

    fn binary(
        &mut self,
        left: &ast::Expr,
        op: BinaryOp,
        op_span: Span,
        right: &ast::Expr,
        (wanted, span): (Option<&Type>, Span),
    ) -> Option<Expr> {
        match op {
            BinaryOp::And | BinaryOp::Or => {
                let left = self.expect(left, &BOOL);
                let right = Box::new(self.expect(right, &BOOL)?);
                let kind = if op == BinaryOp::And { ExprKind::And } else { ExprKind::Or };
                Some(made(kind(Box::new(left?), right), BOOL, span))
            }
            BinaryOp::Coalesce => self.coalesce(left, right, (wanted, span)),
            BinaryOp::In => self.contains(left, right, span),
            BinaryOp::BitOr | BinaryOp::BitXor | BinaryOp::BitAnd => {
                self.bits(left, (op, op_span), right, (wanted, span))
            }
            _ => match comparison_of(op) {
                Some(comparison) => self.compare(left, (comparison, op_span), right, span),
                None => self.arithmetic(left, (operation_of(op), op_span), right, (wanted, span)),
            },
        }
    }

    fn bits(
        &mut self,
        left: &ast::Expr,
        (op, op_span): (BinaryOp, Span),
        right: &ast::Expr,
        (wanted, span): (Option<&Type>, Span),
    ) -> Option<Expr> {
        let wanted = wanted.filter(|ty| ty.scalar().is_some_and(Scalar::is_integer));
        let (left, right) = self.operands(left, right, wanted)?;
        let Some(ty) = left.ty.scalar().filter(|ty| ty.is_integer() && left.ty == right.ty) else {
            if left.ty == right.ty {
                self.no_operator(op_span, "a bit operation", &left.ty);
            } else {
                self.operands_differ(&left, &right, op_span);
            }
            return None;
        };
        let operation = match op {
            BinaryOp::BitOr => BitOperation::Or,
            BinaryOp::BitXor => BitOperation::Xor,
            _ => BitOperation::And,
        };
        Some(made(ExprKind::Compute(Computation::Bits(operation, ty), vec![left, right], None), ty, span))
    }

    fn no_operator(&mut self, op_span: Span, operator: &str, ty: &Type) {
        self.report(
            Diagnostic::error("E0209", op_span, format!("{operator} does not apply to `{ty}`"))
                .label("not defined for this type")
                .help(match ty {
                    Type::Scalar(Scalar::Time | Scalar::Duration) => {
                        "`time + duration` is a `time`, and `time - time` a `duration`"
                    }
                    Type::Asset(_) | Type::Seen(_) => {
                        "an asset is moved, not counted: `cell += asset;`, `cell.take(n)`; `.amount` is its number"
                    }
                    Type::Option(_) => "handle `none` first: `… ?? default`, or `let x = … else SomeError();`",
                    _ => "arithmetic is for integers of one type",
                }),
        );
    }

    fn compare(
        &mut self,
        left: &ast::Expr,
        (comparison, op_span): (Comparison, Span),
        right: &ast::Expr,
        span: Span,
    ) -> Option<Expr> {
        let (left, right) = self.operands(left, right, None)?;
        if left.ty != right.ty {
            self.operands_differ(&left, &right, op_span);
            return None;
        }
        let equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        let ordered = left.ty.scalar().is_some_and(Scalar::is_number);
        let help = match &left.ty {
            Type::Asset(_) | Type::Seen(_) => "compare the amounts: `.amount`",
            ty if ty.has_list() => "compare the elements one by one",
            _ if !equality && !ordered => "only `==` and `!=` compare values of this type",
            _ => {
                let kind = ExprKind::Compare(comparison, Box::new(left), Box::new(right));
                return Some(made(kind, BOOL, span));
            }
        };
        self.report(
            Diagnostic::error(
                "E0209",
                op_span,
                format!("`{}` does not compare {}", comparison.symbol(), error::named(&left.ty.to_string())),
            )
            .label("not defined for this type")
            .help(help),
        );
        None
    }

    fn arithmetic(
        &mut self,
        left: &ast::Expr,
        (operation, op_span): (Operation, Span),
        right: &ast::Expr,
        (wanted, span): (Option<&Type>, Span),
    ) -> Option<Expr> {
        let numeric = |ty: &&Type| ty.scalar().is_some_and(|ty| ty.is_integer() || ty == Scalar::Duration);
        let (left, right) = self.operands(left, right, wanted.filter(numeric))?;
        let types = left.ty.scalar().zip(right.ty.scalar());
        let Some(ty) = types.and_then(|(left, right)| result_type(operation, left, right)) else {
            if left.ty == right.ty {
                self.no_operator(op_span, &format!("`{}`", operation.symbol()), &left.ty);
            } else {
                self.operands_differ(&left, &right, op_span);
            }
            return None;
        };
        Some(made(ExprKind::Arithmetic(operation, Box::new(left), Box::new(right), None), ty, span))
    }

    fn operands_differ(&mut self, left: &Expr, right: &Expr, op_span: Span) {
        for (option, other) in [(left, right), (right, left)] {
            if matches!(&option.ty, Type::Option(content) if **content == other.ty) {
                self.handle_none(&option.ty.clone(), option.span, None);
                return;
            }
        }
        let shown = |expr: &Expr| error::named(&expr.ty.to_string());
        let width = |expr: &Expr| expr.ty.scalar().map_or(0, Scalar::width);
        let (narrow, wide) = if width(left) <= width(right) { (left, right) } else { (right, left) };
        let differ = Diagnostic::error(
            "E0201",
            op_span,
            format!("the operands have two types, {} and {}", shown(left), shown(right)),
        )
        .label("needs one type on both sides")
        .also(left.span, format!("this is {}", shown(left)))
        .also(right.span, format!("this is {}", shown(right)));
        for asset in [left, right] {
            if let Type::Seen(_) = &asset.ty {
                let end = Span { start: asset.span.end, ..asset.span };
                self.report(
                    differ.help("an asset is no number: its number is `.amount`").edit(end, ".amount"),
                );
                return;
            }
        }
        let integer = |expr: &Expr| expr.ty.scalar().is_some_and(Scalar::is_integer);
        if !integer(narrow) || !integer(wide) {
            self.report(differ);
            return;
        }
        let signed = |expr: &Expr| expr.ty.scalar().is_some_and(Scalar::is_signed);
        self.report(if signed(narrow) == signed(wide) {
            let whole = matches!(
                narrow.kind,
                ExprKind::Local(_) | ExprKind::Load(_) | ExprKind::Call(..) | ExprKind::Field(..)
            );
            let differ = differ.help(format!("widen the other: `… as {}`", wide.ty));
            let end = Span { start: narrow.span.end, ..narrow.span };
            if whole { differ.edit(end, format!(" as {}", wide.ty)) } else { differ }
        } else {
            let unsigned = if signed(left) { right } else { left };
            let bytes = unsigned.ty.scalar().map_or(0, Scalar::width).saturating_mul(2).max(width(wide));
            let both = Scalar::ALL.iter().find(|ty| ty.is_signed() && ty.width() == bytes);
            differ.help(match both {
                Some(both) => {
                    format!("convert both to `{both}`, which holds every value of either", both = both.name())
                }
                None => {
                    "no type holds both: choose one, and `as` aborts where a value does not fit it".to_owned()
                }
            })
        });
    }
}

/// Where a number stands instead of an asset.
const OUT_OF_A_CELL: &str = "an asset is no number: take it out of a cell with `.take(n)`";

/// The type of `left operation right`; time and duration combine as in 01 §1.2.
fn result_type(operation: Operation, left: Scalar, right: Scalar) -> Option<Scalar> {
    use Operation::{Add, Subtract};
    use Scalar::{Duration, Time};
    match (operation, left, right) {
        (Add | Subtract, Time, Duration) | (Add, Duration, Time) => Some(Time),
        (Subtract, Time, Time) | (Add | Subtract, Duration, Duration) => Some(Duration),
        _ if left == right && left.is_integer() => Some(left),
        _ => None,
    }
}

/// True for what takes its type from its surroundings.
pub(crate) fn is_literal(expr: &ast::Expr) -> bool {
    match &expr.kind {
        ast::ExprKind::Int(_) | ast::ExprKind::Hex(_) | ast::ExprKind::None | ast::ExprKind::Str(_) => true,
        ast::ExprKind::Paren(inner) | ast::ExprKind::Unary(UnaryOp::Negate, inner) => is_literal(inner),
        ast::ExprKind::Binary(left, op, _, right) => {
            comparison_of(*op).is_none() && is_literal(left) && is_literal(right)
        }
        _ => false,
    }
}

fn comparison_of(op: BinaryOp) -> Option<Comparison> {
    Some(match op {
        BinaryOp::Equal => Comparison::Equal,
        BinaryOp::NotEqual => Comparison::NotEqual,
        BinaryOp::Less => Comparison::Less,
        BinaryOp::LessEqual => Comparison::LessEqual,
        BinaryOp::Greater => Comparison::Greater,
        BinaryOp::GreaterEqual => Comparison::GreaterEqual,
        _ => return None,
    })
}

fn operation_of(op: BinaryOp) -> Operation {
    match op {
        BinaryOp::Subtract => Operation::Subtract,
        BinaryOp::Multiply => Operation::Multiply,
        BinaryOp::Divide => Operation::Divide,
        BinaryOp::Remainder => Operation::Remainder,
        _ => Operation::Add,
    }
}

fn seconds_of(unit: TimeUnit) -> u64 {
    match unit {
        TimeUnit::Seconds => 1,
        TimeUnit::Minutes => 60,
        TimeUnit::Hours => 3_600,
        TimeUnit::Days => 86_400,
    }
}
