//! Statements and patterns as written.

use super::{Arg, Expr, Ident, Path, Type};
use crate::source::Span;

/// `{ statements }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// In order.
    pub stmts: Vec<Stmt>,
    /// With both braces.
    pub span: Span,
}

/// A statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stmt {
    /// What it is.
    pub kind: StmtKind,
    /// Its place, with the `;`.
    pub span: Span,
}

/// The forms of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StmtKind {
    /// `let pattern: T = value with coin(10) else E;`
    Let {
        /// `let mut`.
        mutable: bool,
        /// What it binds.
        pattern: Pattern,
        /// The declared type.
        ty: Option<Type>,
        /// The value.
        value: Expr,
        /// The Value that goes with a call in a test.
        with: Option<Expr>,
        /// The trailing failure.
        otherwise: Option<Else>,
    },
    /// `target op value else E;`
    Assign {
        /// What changes.
        target: Expr,
        /// How.
        op: AssignOp,
        /// By what.
        value: Expr,
        /// The trailing failure.
        otherwise: Option<Else>,
    },
    /// `e with coin(10) else E;`
    Expr {
        /// The expression, mostly a call.
        value: Expr,
        /// The Value that goes with a call in a test.
        with: Option<Expr>,
        /// The trailing failure.
        otherwise: Option<Else>,
    },
    /// `require condition else E;`
    Require(Expr, Fail),
    /// `assert condition;`
    Assert(Expr),
    /// `abort E;`
    Abort(Fail),
    /// `emit E(args);`
    Emit(Path, Vec<Arg>),
    /// `burn e;`
    Burn(Expr),
    /// `grant role to who;`
    Grant(Expr, Expr),
    /// `advance 3 days;`
    Advance(Expr),
    /// `return e else E;`
    Return(Option<Expr>, Option<Else>),
    /// `break;`
    Break,
    /// `continue;`
    Continue,
    /// `if c { } else { }`; an `else if` is a block of one `If`.
    If(Expr, Block, Option<Block>),
    /// `for pattern in from..to max n { }`; without `to`, `from` is a collection.
    For {
        /// What each turn binds.
        pattern: Pattern,
        /// The first index, or the collection.
        from: Expr,
        /// One past the last index.
        to: Option<Expr>,
        /// The greatest number of turns.
        max: Option<Expr>,
        /// What each turn does.
        body: Block,
    },
    /// `match e { pattern => { } }`
    Match(Expr, Vec<StmtArm>),
    /// `step pattern = call else E;`
    Step(Option<Pattern>, StepCall, Option<Else>),
    /// `par { }`
    Par(Block),
    /// `try { } catch reason { }`
    Try(Block, Option<Ident>, Block),
    /// `as alice { }`
    As(Expr, Block),
    /// `expect abort E { }`
    ExpectAbort(Option<Path>, Block),
    /// `expect parallel { }`
    Expect(Ident, Block),
    /// Could not be read.
    Recovered,
}

/// A trailing `else E`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Else {
    /// What to fail with.
    pub fail: Fail,
    /// With the `else`.
    pub span: Span,
}

/// An error and its payload: `Insufficient(have: h, need: n)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fail {
    /// The error.
    pub path: Path,
    /// Its payload.
    pub args: Vec<Arg>,
    /// Its place.
    pub span: Span,
}

/// `slot.entry(args)` or `Composition(args)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepCall {
    /// What is called.
    pub path: Path,
    /// With what.
    pub args: Vec<Arg>,
    /// Its place.
    pub span: Span,
}

/// An arm of a `match` statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StmtArm {
    /// What it matches.
    pub pattern: Pattern,
    /// What it does.
    pub body: Block,
}

/// How a target changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssignOp {
    /// `=`
    Set,
    /// `+=`
    Add,
    /// `-=`
    Subtract,
    /// `*=`
    Multiply,
    /// `/=`
    Divide,
}

/// A pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// What it is.
    pub kind: PatternKind,
    /// Its place.
    pub span: Span,
}

/// The forms of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatternKind {
    /// `_`
    Wildcard,
    /// A name to bind, or a variant without payload.
    Path(Path),
    /// A variant with payload.
    Variant(Path, Vec<Pattern>),
    /// `(a, b)`
    Tuple(Vec<Pattern>),
    /// An integer, as digits without `_`.
    Int(String),
    /// A string, with its escapes resolved.
    Str(String),
    /// `true` or `false`.
    Bool(bool),
    /// `none`
    None,
    /// `some(p)`
    Some(Box<Pattern>),
}
