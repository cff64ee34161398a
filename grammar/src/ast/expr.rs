//! Expressions as written.

use super::{Ident, Path, Pattern, TypeArg};
use crate::source::Span;

/// An expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its place.
    pub span: Span,
}

/// The forms of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExprKind {
    /// `1_000`, as digits without `_`.
    Int(String),
    /// `7 days`.
    Duration(String, TimeUnit),
    /// `0xff`, as lower-case digits without `0x` and `_`.
    Hex(String),
    /// `"text"`, with its escapes resolved.
    Str(String),
    /// `true` or `false`.
    Bool(bool),
    /// `none`.
    None,
    /// `some(e)`.
    Some(Box<Expr>),
    /// A name.
    Name(Ident),
    /// `caller`.
    Caller,
    /// `self`.
    SelfValue,
    /// `now`.
    Now,
    /// `via`.
    Via,
    /// `e.name`.
    Field(Box<Expr>, Ident),
    /// `e?.name`.
    OptionalField(Box<Expr>, Ident),
    /// `e(args)`.
    Call(Box<Expr>, Vec<Arg>),
    /// `e[key]`.
    Index(Box<Expr>, Box<Expr>),
    /// `!e` or `-e`.
    Unary(UnaryOp, Box<Expr>),
    /// `a + b` and the like; the span is the operator's.
    Binary(Box<Expr>, BinaryOp, Span, Box<Expr>),
    /// `e as u64`.
    Cast(Box<Expr>, Ident),
    /// `(e)`, kept so that a formatter can print it.
    Paren(Box<Expr>),
    /// `(a, b)`; `()` is the unit value.
    Tuple(Vec<Expr>),
    /// `[a, b]`.
    List(Vec<Expr>),
    /// `if c { a } else { b }`.
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `match e { pattern => value, }`.
    Match(Box<Expr>, Vec<ExprArm>),
    /// `forall k in m: e`.
    Forall(Ident, Box<Expr>, Box<Expr>),
    /// `exists k in m: e`.
    Exists(Ident, Box<Expr>, Box<Expr>),
    /// `mint Gold(n)`.
    Mint(Path, Vec<Arg>),
    /// `deploy Token(symbol: "GLD")`.
    Deploy(Deployed, Vec<Arg>),
    /// Could not be read.
    Recovered,
}

/// A unit of time in a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeUnit {
    /// 1 second.
    Seconds,
    /// 60 seconds.
    Minutes,
    /// 3,600 seconds.
    Hours,
    /// 86,400 seconds.
    Days,
}

/// An operator before its operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `!`
    Not,
    /// `-`
    Negate,
}

/// An operator between its operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    /// `??`
    Coalesce,
    /// `||`
    Or,
    /// `&&`
    And,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `>`
    Greater,
    /// `<=`
    LessEqual,
    /// `>=`
    GreaterEqual,
    /// `in`
    In,
    /// `|`
    BitOr,
    /// `^`
    BitXor,
    /// `&`
    BitAnd,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
}

/// An argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arg {
    /// The parameter it names, where it does.
    pub name: Option<Ident>,
    /// Its value.
    pub value: Expr,
}

/// An arm of a `match` expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExprArm {
    /// What it matches.
    pub pattern: Pattern,
    /// What it gives.
    pub value: Expr,
}

/// What a `deploy` creates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployed {
    /// The contract or composition.
    pub path: Path,
    /// What stands between `<` and `>`.
    pub args: Vec<TypeArg>,
}
