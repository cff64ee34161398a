//! Expressions: names, operators and places, each with its type.

use super::body::Body;
use super::constant;
use super::scope::UnitScope;
use crate::error;
use crate::tree::{Comparison, Expr, ExprKind, Place};
use mc_container::access::VariableId;
use mc_container::arithmetic::Operation;
use mc_container::value::{Scalar, Value};
use mc_syntax::ast::{self, BinaryOp, Ident, TimeUnit, UnaryOp};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::Span;

/// A constant expression of type `ty`.
pub(crate) fn constant(
    value: &ast::Expr,
    ty: Scalar,
    scope: &UnitScope,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Expr> {
    Body::new(None, None, scope, None, diagnostics).expect(value, ty)
}

impl Body<'_> {
    /// `expr` as a value of type `ty`: unsigned integers widen, everything else must fit exactly.
    pub(crate) fn expect(&mut self, expr: &ast::Expr, ty: Scalar) -> Option<Expr> {
        let typed = self.expr(expr, Some(ty))?;
        if typed.ty == ty {
            return Some(typed);
        }
        let unsigned = |ty: Scalar| ty.is_integer() && !ty.is_signed();
        if unsigned(typed.ty) && unsigned(ty) && typed.ty.width() < ty.width() {
            let span = typed.span;
            return Some(Expr { kind: ExprKind::Cast(Box::new(typed), None), ty, span });
        }
        let mismatch = error::mismatch(ty.name(), typed.ty.name(), expr.span);
        self.report(if typed.ty.is_integer() && ty.is_integer() {
            mismatch.help(format!("convert it with `as {ty}`, which aborts where the value does not fit"))
        } else {
            mismatch
        });
        None
    }

    /// `expr` with its own type; a literal takes `wanted` where it can.
    pub(crate) fn expr(&mut self, expr: &ast::Expr, wanted: Option<Scalar>) -> Option<Expr> {
        use ast::ExprKind as A;
        let span = expr.span;
        let is = |kind: ExprKind, ty: Scalar| Some(Expr { kind, ty, span });
        match &expr.kind {
            A::Int(digits) => self.literal(span, wanted, |ty| constant::decimal(digits, ty)),
            A::Hex(digits) => self.literal(span, wanted, |ty| constant::hexadecimal(digits, ty)),
            A::Duration(digits, unit) => {
                let seconds = digits.parse::<u64>().ok().and_then(|n| n.checked_mul(seconds_of(*unit)));
                self.literal(span, Some(Scalar::Duration), |_| seconds.map(Value::from_u64))
            }
            A::Bool(truth) => is(ExprKind::Const(Value::from_u64(u64::from(*truth))), Scalar::Bool),
            A::Paren(inner) => self.expr(inner, wanted),
            A::Name(name) => self.name(name),
            A::Caller if self.unit.is_some() => is(ExprKind::Caller, Scalar::Address),
            A::Now if self.unit.is_some() => is(ExprKind::Now, Scalar::Time),
            A::SelfValue if self.unit.is_some() => is(ExprKind::SelfAddress, Scalar::Address),
            A::Caller | A::Now | A::SelfValue => {
                self.report(
                    Diagnostic::error("E0212", span, "this is not constant")
                        .label("only a transaction has it"),
                );
                None
            }
            A::Field(..) | A::Index(..) => {
                let place = self.place(expr)?;
                let ty = self.variable_type(place.variable)?;
                is(ExprKind::Load(place), ty)
            }
            A::Call(callee, args) => self.call_expr(callee, args, span),
            A::Unary(op, operand) => self.unary(*op, operand, wanted, span),
            A::Binary(left, op, op_span, right) => self.binary(left, *op, *op_span, right, (wanted, span)),
            A::Cast(operand, to) => self.cast(operand, to, span),
            A::If(condition, then, otherwise) => self.conditional(condition, then, otherwise, (wanted, span)),
            A::Recovered => None,
            other => {
                self.report(error::not_compiled(construct(other), span));
                None
            }
        }
    }

    fn literal(
        &mut self,
        span: Span,
        wanted: Option<Scalar>,
        read: impl Fn(Scalar) -> Option<Value>,
    ) -> Option<Expr> {
        let Some(ty) = wanted else {
            self.report(
                Diagnostic::error("E0206", span, "nothing tells the type of this literal")
                    .label("which integer type?")
                    .help("write the type: `let x: u64 = …`, or `(… as u64)`"),
            );
            return None;
        };
        if let Some(value) = read(ty) {
            return Some(Expr { kind: ExprKind::Const(value), ty, span });
        }
        let misfit = if ty.is_number() {
            let (least, greatest) = ty.range();
            Diagnostic::error("E0205", span, format!("this literal does not fit `{ty}`"))
                .label(format!("`{ty}` holds {least} to {greatest}"))
        } else if matches!(ty, Scalar::Address | Scalar::Id | Scalar::Hash) {
            Diagnostic::error("E0205", span, format!("this literal is no `{ty}`"))
                .label(format!("`{ty}` is `0x` and {} hexadecimal digits", 2 * ty.width()))
        } else {
            error::mismatch(ty.name(), "a number", span)
        };
        self.report(misfit);
        None
    }

    fn name(&mut self, name: &Ident) -> Option<Expr> {
        let span = name.span;
        if self.is_silenced(&name.name) {
            return None;
        }
        if let Some((local, ty, _)) = self.local(&name.name) {
            return Some(Expr { kind: ExprKind::Local(local), ty, span });
        }
        if let Some(constant) = self.scope.constants.get(&name.name) {
            return Some(Expr { kind: ExprKind::Const(constant.value), ty: constant.ty, span });
        }
        if self.variable(&name.name).is_some() {
            let place = self.state(name, &[], span)?;
            let ty = self.variable_type(place.variable)?;
            return Some(Expr { kind: ExprKind::Load(place), ty, span });
        }
        let known = self.value_names();
        let unknown = error::unknown("name", &name.name, span, known.iter().map(String::as_str));
        self.report_unknown(unknown);
        None
    }

    fn variable(&self, name: &str) -> Option<VariableId> {
        let at = self.unit?.variables.iter().position(|variable| variable.name == name)?;
        u16::try_from(at).ok().map(VariableId)
    }

    pub(crate) fn variable_type(&self, id: VariableId) -> Option<Scalar> {
        self.unit?.variable(id).map(|variable| variable.value)
    }

    /// `name`, `self.name` and `name[key]…` as a cell of the contract's state.
    pub(crate) fn place(&mut self, expr: &ast::Expr) -> Option<Place> {
        let mut keys = Vec::new();
        let mut base = expr;
        while let ast::ExprKind::Index(inner, key) = &base.kind {
            keys.push(key.as_ref());
            base = inner;
        }
        keys.reverse();
        match &base.kind {
            ast::ExprKind::Name(name) if self.is_silenced(&name.name) => None,
            ast::ExprKind::Name(name) if self.local(&name.name).is_none() => {
                self.state(name, &keys, expr.span)
            }
            ast::ExprKind::Field(of, name) if matches!(of.kind, ast::ExprKind::SelfValue) => {
                if self.scope.silenced.contains(&name.name) {
                    self.silent = true;
                    return None;
                }
                self.state(name, &keys, expr.span)
            }
            ast::ExprKind::Field(of, name) => {
                if let ast::ExprKind::Name(of) = &of.kind
                    && self.is_silenced(&of.name)
                {
                    return None;
                }
                self.report(error::not_compiled(&format!("the field `.{}`", name.name), base.span));
                None
            }
            ast::ExprKind::Recovered => None,
            _ => {
                self.report(
                    Diagnostic::error("E0208", base.span, "this is not a state of the contract")
                        .label("has no cells"),
                );
                None
            }
        }
    }

    fn state(&mut self, name: &Ident, keys: &[&ast::Expr], span: Span) -> Option<Place> {
        let Some(variable) = self.variable(&name.name) else {
            let states: Vec<&str> =
                self.unit.into_iter().flat_map(|unit| &unit.variables).map(|v| v.name.as_str()).collect();
            self.report_unknown(error::unknown("state", &name.name, name.span, states));
            return None;
        };
        let declared = self.unit?.variable(variable)?;
        if declared.keys.len() != keys.len() {
            let count = declared.keys.len();
            let what = match count {
                0 => format!("`{}` is no map", name.name),
                1 => format!("`{}` needs one key", name.name),
                _ => format!("`{}` needs {count} keys", name.name),
            };
            let help = match count {
                0 => "leave the brackets out".to_owned(),
                _ => {
                    let brackets: String = declared.keys.iter().map(|ty| format!("[{ty}]")).collect();
                    format!("write `{}{brackets}` with values of these types", name.name)
                }
            };
            self.report(
                Diagnostic::error("E0208", span, what)
                    .label(format!("{} given", keys.len()))
                    .also(declared.span, "declared here")
                    .help(help),
            );
            return None;
        }
        let types = declared.keys.clone();
        let typed: Option<Vec<Expr>> = keys.iter().zip(types).map(|(key, ty)| self.expect(key, ty)).collect();
        Some(Place { variable, keys: typed?, span })
    }

    fn unary(
        &mut self,
        op: UnaryOp,
        operand: &ast::Expr,
        wanted: Option<Scalar>,
        span: Span,
    ) -> Option<Expr> {
        if op == UnaryOp::Not {
            let operand = self.expect(operand, Scalar::Bool)?;
            return Some(Expr { kind: ExprKind::Not(Box::new(operand)), ty: Scalar::Bool, span });
        }
        if let ast::ExprKind::Int(digits) = &operand.kind {
            return self.literal(span, wanted, |ty| constant::decimal(&format!("-{digits}"), ty));
        }
        let typed = self.expr(operand, wanted)?;
        if !typed.ty.is_signed() {
            self.report(
                Diagnostic::error("E0209", span, format!("`{}` has no negative values", typed.ty))
                    .label("cannot be negated"),
            );
            return None;
        }
        let ty = typed.ty;
        let zero = Box::new(Expr { kind: ExprKind::Const(Value::ZERO), ty, span });
        let kind = ExprKind::Arithmetic(Operation::Subtract, zero, Box::new(typed), None);
        Some(Expr { kind, ty, span })
    }

    fn cast(&mut self, operand: &ast::Expr, to: &Ident, span: Span) -> Option<Expr> {
        let Some(ty) = Scalar::by_name(&to.name).filter(|ty| ty.is_number()) else {
            let numbers = Scalar::ALL.iter().filter(|ty| ty.is_number()).map(|ty| ty.name());
            self.report_unknown(error::unknown("number type", &to.name, to.span, numbers));
            return None;
        };
        let literal = matches!(operand.kind, ast::ExprKind::Int(_) | ast::ExprKind::Hex(_));
        let typed = self.expr(operand, literal.then_some(ty))?;
        if !typed.ty.is_number() {
            self.report(
                error::mismatch("a number", typed.ty.name(), operand.span)
                    .help("only numbers convert into each other"),
            );
            return None;
        }
        if typed.ty == ty {
            return Some(typed);
        }
        Some(Expr { kind: ExprKind::Cast(Box::new(typed), None), ty, span })
    }

    fn conditional(
        &mut self,
        condition: &ast::Expr,
        then: &ast::Expr,
        otherwise: &ast::Expr,
        (wanted, span): (Option<Scalar>, Span),
    ) -> Option<Expr> {
        let condition = self.expect(condition, Scalar::Bool);
        let (then, otherwise) = self.operands(then, otherwise, wanted)?;
        let ty = then.ty;
        if ty != otherwise.ty {
            self.report(
                error::mismatch(ty.name(), otherwise.ty.name(), otherwise.span)
                    .also(then.span, format!("the other arm is `{ty}`")),
            );
            return None;
        }
        Some(Expr { kind: ExprKind::If(Box::new(condition?), Box::new(then), Box::new(otherwise)), ty, span })
    }

    /// Two operands of one type: a literal takes the expected type, else the other operand's.
    fn operands(
        &mut self,
        left: &ast::Expr,
        right: &ast::Expr,
        wanted: Option<Scalar>,
    ) -> Option<(Expr, Expr)> {
        if wanted.is_none() && is_literal(left) && !is_literal(right) {
            let right = self.expr(right, None);
            let left = self.expr(left, Some(right.as_ref()?.ty));
            return left.zip(right);
        }
        let left = self.expr(left, wanted);
        if left.is_none() && is_literal(right) {
            return None;
        }
        let right_wanted = left.as_ref().map(|left| left.ty).or(wanted);
        let right = self.expr(right, right_wanted);
        left.zip(right)
    }

    fn binary(
        &mut self,
        left: &ast::Expr,
        op: BinaryOp,
        op_span: Span,
        right: &ast::Expr,
        (wanted, span): (Option<Scalar>, Span),
    ) -> Option<Expr> {
        match op {
            BinaryOp::And | BinaryOp::Or => {
                let left = self.expect(left, Scalar::Bool);
                let right = Box::new(self.expect(right, Scalar::Bool)?);
                let kind = if op == BinaryOp::And { ExprKind::And } else { ExprKind::Or };
                Some(Expr { kind: kind(Box::new(left?), right), ty: Scalar::Bool, span })
            }
            BinaryOp::Coalesce | BinaryOp::In | BinaryOp::BitOr | BinaryOp::BitXor | BinaryOp::BitAnd => {
                self.report(error::not_compiled("this operator", op_span));
                None
            }
            _ => match comparison_of(op) {
                Some(comparison) => self.compare(left, (comparison, op_span), right, span),
                None => self.arithmetic(left, (operation_of(op), op_span), right, (wanted, span)),
            },
        }
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
        if !equality && !left.ty.is_number() {
            self.report(
                Diagnostic::error("E0209", op_span, format!("`{}` has no order", left.ty))
                    .label(format!("`{}` compares numbers", comparison.symbol()))
                    .help("only `==` and `!=` compare values of this type"),
            );
            return None;
        }
        let kind = ExprKind::Compare(comparison, Box::new(left), Box::new(right));
        Some(Expr { kind, ty: Scalar::Bool, span })
    }

    fn arithmetic(
        &mut self,
        left: &ast::Expr,
        (operation, op_span): (Operation, Span),
        right: &ast::Expr,
        (wanted, span): (Option<Scalar>, Span),
    ) -> Option<Expr> {
        let wanted = wanted.filter(|ty| ty.is_integer() || *ty == Scalar::Duration);
        let (left, right) = self.operands(left, right, wanted)?;
        let Some(ty) = result_type(operation, left.ty, right.ty) else {
            if left.ty == right.ty {
                self.report(
                    Diagnostic::error(
                        "E0209",
                        op_span,
                        format!("`{}` does not apply to `{}`", operation.symbol(), left.ty),
                    )
                    .label("not defined for this type"),
                );
            } else {
                self.operands_differ(&left, &right, op_span);
            }
            return None;
        };
        Some(Expr { kind: ExprKind::Arithmetic(operation, Box::new(left), Box::new(right), None), ty, span })
    }

    fn operands_differ(&mut self, left: &Expr, right: &Expr, op_span: Span) {
        let (narrow, wide) = if left.ty.width() <= right.ty.width() { (left, right) } else { (right, left) };
        let differ = Diagnostic::error(
            "E0201",
            op_span,
            format!("the operands have two types, `{}` and `{}`", left.ty, right.ty),
        )
        .label("needs one type on both sides")
        .also(left.span, format!("this is `{}`", left.ty))
        .also(right.span, format!("this is `{}`", right.ty));
        self.report(if narrow.ty.is_integer() && wide.ty.is_integer() {
            differ.help(format!("convert one of them with `as {}`", wide.ty))
        } else {
            differ
        });
    }
}

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
fn is_literal(expr: &ast::Expr) -> bool {
    match &expr.kind {
        ast::ExprKind::Int(_) | ast::ExprKind::Hex(_) => true,
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

/// What an expression that does not compile yet is called.
fn construct(kind: &ast::ExprKind) -> &'static str {
    use ast::ExprKind as A;
    match kind {
        A::Str(_) => "a string",
        A::None | A::Some(_) | A::OptionalField(..) => "an option",
        A::Via => "`via`",
        A::Tuple(_) => "a tuple",
        A::List(_) => "a list",
        A::Match(..) => "`match`",
        A::Forall(..) | A::Exists(..) => "a quantifier",
        A::Mint(..) => "`mint`",
        A::Deploy(..) => "`deploy` outside of an app",
        _ => "this expression",
    }
}
