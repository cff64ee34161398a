//! The small typed IR: one flat body for each entry, with every call in its place.
//!
//! Lowering copies a called function into its caller, so analysis and code generation meet no calls at all: a
//! callee's parameters are locals that are set to the arguments. The language has no recursion, and a body
//! that grows too large this way is refused, so this always ends.
//!
//! What always holds: a local is set before it is read; an `Exit` stands inside the `Labelled` it leaves; each
//! site, label and loop occurs once; every expression has the type that its place needs.

pub mod show;

use crate::tree::{Comparison, ErrorId, EventId, FunctionKind, LocalId};
use mc_container::access::VariableId;
use mc_container::arithmetic::Operation;
use mc_container::value::{Scalar, Value};
use mc_syntax::source::Span;

/// The number of a place in the code that reaches a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SiteId(pub u32);

/// The number of a loop in its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LoopId(pub u32);

/// The number of a labelled block in its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(pub u32);

/// One entry, ready for analysis and code generation.
#[derive(Clone, Debug)]
pub struct Body {
    /// Its name.
    pub name: String,
    /// What kind of function it is.
    pub kind: FunctionKind,
    /// The type of each local; the parameters come first.
    pub locals: Vec<Scalar>,
    /// How many of the locals are parameters.
    pub params: u32,
    /// What it gives.
    pub result: Option<Scalar>,
    /// The place in the source of each site.
    pub sites: Vec<Span>,
    /// How many loops it has.
    pub loops: u32,
    /// How many labels it has.
    pub labels: u32,
    /// The steps, by number: the slot, the entry, and how many arguments it takes.
    pub steps: Vec<(u16, String, usize)>,
    /// What it does.
    pub stmts: Vec<Stmt>,
}

/// A statement.
#[derive(Clone, Debug)]
pub enum Stmt {
    /// Gives a local its (next) value.
    Set(LocalId, Expr),
    /// Overwrites a cell.
    Store(Place, Expr),
    /// Changes a cell by one read-modify-write.
    Update(Place, Operation, Expr, Failure),
    /// Fails unless the condition holds.
    Guard(Expr, Fail),
    /// Fails.
    Fail(Fail),
    /// Emits an event.
    Emit(EventId, Vec<Expr>),
    /// Ends the entry with its result.
    Give(Option<Expr>),
    /// A block that `Exit` can leave.
    Labelled(Label, Vec<Stmt>),
    /// Leaves a block.
    Exit(Label),
    /// Does one of two things.
    If(Expr, Vec<Stmt>, Vec<Stmt>),
    /// Repeats.
    Repeat(Box<Repeat>),
    /// Runs a step of the composition.
    Step(Box<Step>),
}

/// A bounded loop.
#[derive(Clone, Debug)]
pub struct Repeat {
    /// Which.
    pub id: LoopId,
    /// The index, set at the start of each turn.
    pub index: LocalId,
    /// The first index.
    pub from: Expr,
    /// One past the last index.
    pub to: Expr,
    /// More turns than this abort before the first.
    pub turns_max: u32,
    /// What each turn does.
    pub body: Vec<Stmt>,
}

/// A step of a composition.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its number in the body: the paper's Point, less one.
    pub number: u16,
    /// The number of the slot.
    pub slot: u16,
    /// The name of the entry.
    pub entry: String,
    /// What it passes.
    pub args: Vec<Expr>,
    /// What it gives.
    pub result: Option<Scalar>,
    /// Where that goes.
    pub bind: Option<LocalId>,
    /// What replaces its failure.
    pub otherwise: Failure,
}

/// An own error with its payload, evaluated at the failure.
#[derive(Clone, Debug)]
pub struct Fail {
    /// The error.
    pub error: ErrorId,
    /// Its payload.
    pub args: Vec<Expr>,
}

/// What a fallible operation fails with: an own error, or the system's.
pub type Failure = Option<Box<Fail>>;

/// A cell.
#[derive(Clone, Debug)]
pub struct Place {
    /// Which place in the code this is.
    pub site: SiteId,
    /// The variable.
    pub variable: VariableId,
    /// One key for each map level.
    pub keys: Vec<Expr>,
}

/// An expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// The type of its value.
    pub ty: Scalar,
}

/// The forms of an expression.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// A constant.
    Const(Value),
    /// A local.
    Local(LocalId),
    /// The signer of the transaction.
    Caller,
    /// The time of the block.
    Now,
    /// The container's own address.
    SelfAddress,
    /// The value of a cell.
    Load(Place),
    /// Negation of a truth.
    Not(Box<Expr>),
    /// Checked arithmetic in the expression's type.
    Arithmetic(Operation, Box<Expr>, Box<Expr>, Failure),
    /// A checked conversion to the expression's type.
    Cast(Box<Expr>, Failure),
    /// A comparison of two values of one type.
    Compare(Comparison, Box<Expr>, Box<Expr>),
    /// Both, the second only if the first holds.
    And(Box<Expr>, Box<Expr>),
    /// Either, the second only if the first does not hold.
    Or(Box<Expr>, Box<Expr>),
    /// One of two.
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// Does something first: a call, in its place.
    Do(Vec<Stmt>, Box<Expr>),
}

/// Every local that `stmts` set, however deep.
pub fn assigned(stmts: &[Stmt], visit: &mut dyn FnMut(LocalId)) {
    for stmt in stmts {
        match stmt {
            Stmt::Set(local, value) => {
                visit(*local);
                assigned_in(value, visit);
            }
            Stmt::Store(place, value) | Stmt::Update(place, _, value, _) => {
                place.keys.iter().for_each(|key| assigned_in(key, visit));
                assigned_in(value, visit);
            }
            Stmt::Guard(condition, _) => assigned_in(condition, visit),
            Stmt::Emit(_, args) => args.iter().for_each(|arg| assigned_in(arg, visit)),
            Stmt::Give(Some(value)) => assigned_in(value, visit),
            Stmt::Labelled(_, body) => assigned(body, visit),
            Stmt::If(condition, then, otherwise) => {
                assigned_in(condition, visit);
                assigned(then, visit);
                assigned(otherwise, visit);
            }
            Stmt::Repeat(repeat) => {
                visit(repeat.index);
                assigned_in(&repeat.from, visit);
                assigned_in(&repeat.to, visit);
                assigned(&repeat.body, visit);
            }
            Stmt::Step(step) => {
                step.args.iter().for_each(|arg| assigned_in(arg, visit));
                step.bind.iter().for_each(|local| visit(*local));
            }
            Stmt::Fail(_) | Stmt::Exit(_) | Stmt::Give(None) => {}
        }
    }
}

fn assigned_in(expr: &Expr, visit: &mut dyn FnMut(LocalId)) {
    match &expr.kind {
        ExprKind::Load(place) => place.keys.iter().for_each(|key| assigned_in(key, visit)),
        ExprKind::Not(operand) | ExprKind::Cast(operand, _) => assigned_in(operand, visit),
        ExprKind::Arithmetic(_, left, right, _)
        | ExprKind::Compare(_, left, right)
        | ExprKind::And(left, right)
        | ExprKind::Or(left, right) => {
            assigned_in(left, visit);
            assigned_in(right, visit);
        }
        ExprKind::If(condition, then, otherwise) => {
            assigned_in(condition, visit);
            assigned_in(then, visit);
            assigned_in(otherwise, visit);
        }
        ExprKind::Do(stmts, value) => {
            assigned(stmts, visit);
            assigned_in(value, visit);
        }
        ExprKind::Const(_)
        | ExprKind::Local(_)
        | ExprKind::Caller
        | ExprKind::Now
        | ExprKind::SelfAddress => {}
    }
}
