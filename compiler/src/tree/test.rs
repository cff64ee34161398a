//! Tests, and what only they do.

use super::{AssetSource, Expr, FunctionId, Local, LocalId, Stmt, UnitId};
use mc_container::access::VariableId;
use mc_syntax::source::Span;

/// A statement of a test.
#[derive(Clone, Debug)]
pub enum TestStmt {
    /// `let t = deploy Token(..);`
    Deploy(Deploy),
    /// What `grant` in an app does, where the app is deployed: the instance, its role, and the instance that gets it.
    Grant(u32, VariableId, u32),
    /// `assert condition`
    Assert(Expr),
    /// `as alice { }`
    As(Expr, Vec<Stmt>),
    /// `expect abort E { }`: with no name, any failure will do; a name is of an error or of the system's.
    ExpectAbort(Option<String>, Vec<Stmt>),
    /// `advance 3 days`
    Advance(Expr),
    /// A call of an instance for its effects.
    Outer(OuterCall),
    /// `expect parallel { }` (true) or `expect serial { }`: the calls inside go into one block.
    Order(bool, Vec<Stmt>),
}

/// A deployment in a test.
#[derive(Clone, Debug)]
pub struct Deploy {
    /// The number of the instance in the test.
    pub instance: u32,
    /// Its name there.
    pub name: String,
    /// What is deployed.
    pub unit: UnitId,
    /// The arguments of `init`.
    pub args: Vec<Expr>,
    /// For each slot, the instance bound to it.
    pub slots: Vec<u32>,
    /// For each generic parameter, the asset it stands for.
    pub generics: Vec<AssetSource>,
}

/// A call of an instance from a test: a transaction of the actor.
#[derive(Clone, Debug)]
pub struct OuterCall {
    /// The instance.
    pub instance: u32,
    /// What it is an instance of.
    pub unit: UnitId,
    /// Which of its functions.
    pub function: FunctionId,
    /// The arguments, without the coin.
    pub args: Vec<Expr>,
    /// The Value that goes with it.
    pub value: Option<Box<Expr>>,
}

/// A `test`.
#[derive(Clone, Debug)]
pub struct Test {
    /// Its name.
    pub name: String,
    /// The name's place.
    pub span: Span,
    /// The library of its file, whose functions it may call.
    pub library: Option<u32>,
    /// Every local, random parameters first.
    pub locals: Vec<Local>,
    /// How many of the locals are random parameters.
    pub params: u32,
    /// What must hold of them.
    pub bounds: Vec<Expr>,
    /// For each instance, what it is one of.
    pub instances: Vec<UnitId>,
    /// What it does.
    pub body: Vec<Stmt>,
}

/// An `ensures`: what tests check after every call that succeeds.
#[derive(Clone, Debug)]
pub struct Ensure {
    /// The parameters, what is given where something is, then what is asked.
    pub locals: Vec<Local>,
    /// The `result`, where something is given.
    pub result: Option<LocalId>,
    /// What a composition asks its slots, those within another before it.
    pub questions: Vec<Question>,
    /// What holds then, over the locals.
    pub condition: Expr,
}

/// A call of a view of a slot, for an `ensures`.
#[derive(Clone, Debug)]
pub struct Question {
    /// Asked before the call, as `old` says, and not after it.
    pub before: bool,
    /// The number of the slot.
    pub slot: u16,
    /// The view, as what the slot is written against declares it.
    pub function: FunctionId,
    /// What it passes.
    pub args: Vec<Expr>,
    /// Where the answer goes.
    pub local: LocalId,
    /// Its place.
    pub span: Span,
}
