//! The small typed IR: one flat body for each entry, with every call in its place and every value scalar.
//!
//! Lowering copies a called function into its caller, so analysis and code generation meet no calls at all: a
//! callee's parameters are locals that are set to the arguments. The language has no recursion, and a body
//! that grows too large this way is refused, so this always ends. A composite value is the locals of its
//! scalars; only the elements of lists lie in memory, in a [`Buffer`] at a static place.
//!
//! What always holds: a local is set before it is read; an `Exit` stands inside the `Labelled` it leaves; each
//! site, label and loop occurs once; every expression has the type that its place needs; an index into a
//! buffer has been found to be below its list's length; a buffer of the arguments is never written.

pub mod walk;
pub mod edit;
pub mod forward;
pub mod prune;
pub mod show;

use crate::tree::{Comparison, ErrorId, EventId, FunctionKind, LocalId};
use mc_container::access::VariableId;
use mc_container::arithmetic::Operation;
use mc_container::compute::Computation;
use mc_container::error::SystemError;
use mc_container::ty::Type;
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

/// The number of a list's memory in its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BufferId(pub u32);

/// The number of a statement of the source, in a copy of its function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OriginId(pub u32);

/// One entry, ready for analysis and code generation.
#[derive(Clone, Debug)]
pub struct Body {
    /// Its name.
    pub name: String,
    /// What kind of function it is.
    pub kind: FunctionKind,
    /// The type of each local.
    pub locals: Vec<Scalar>,
    /// The parameters' scalars that are in locals: all but the elements of lists.
    pub inputs: Vec<Input>,
    /// The memory of lists.
    pub buffers: Vec<Buffer>,
    /// Limbs of memory that the buffers take, those of the arguments aside.
    pub scratch_limbs: u32,
    /// What it gives.
    pub result: Type,
    /// Where each site stands in the source.
    pub sites: Vec<Site>,
    /// Where each origin stands in the source; the first is the entry itself.
    pub origins: Vec<Site>,
    /// How many loops it has.
    pub loops: u32,
    /// How many labels it has.
    pub labels: u32,
    /// The steps, by number.
    pub steps: Vec<StepOutline>,
    /// The parallel blocks: the numbers of the steps of each branch.
    pub par: Vec<Vec<Vec<u16>>>,
    /// What it does.
    pub stmts: Vec<Stmt>,
}

impl Body {
    /// The buffer with this number.
    #[must_use]
    pub fn buffer(&self, id: BufferId) -> Option<&Buffer> {
        self.buffers.get(id.0 as usize)
    }
}

/// A place in the source, in one of the copies that lowering makes of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Site {
    /// The place.
    pub span: Span,
    /// The calls that lead there from the entry, outermost first.
    pub calls: Vec<Span>,
}

impl Site {
    /// The places from the outermost call to the place itself.
    pub fn path(&self) -> impl Iterator<Item = Span> + '_ {
        self.calls.iter().copied().chain([self.span])
    }
}

/// A scalar of a parameter, and the local that it starts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Input {
    /// The local.
    pub local: LocalId,
    /// The number of the scalar over all parameters.
    pub number: u16,
    /// How many limbs are before it in the arguments.
    pub limbs: u32,
}

/// The memory of a list's elements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buffer {
    /// The scalars of an element.
    pub element: Vec<Scalar>,
    /// The most elements.
    pub max: u32,
    /// Where the first element is.
    pub home: Home,
}

/// Where a buffer lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// In the arguments.
    Argument {
        /// The number of its first scalar over all parameters.
        first: u16,
        /// How many limbs are before it.
        limbs: u32,
    },
    /// In the scratch area, behind this many limbs.
    Scratch(u32),
}

impl Buffer {
    /// The scalars of all elements.
    #[must_use]
    pub fn scalars(&self) -> usize {
        self.element.len().saturating_mul(self.max as usize)
    }

    /// Limbs of an element.
    #[must_use]
    pub fn stride(&self) -> u32 {
        limbs(&self.element)
    }

    /// Limbs of an element before its scalar with this number.
    #[must_use]
    pub fn offset(&self, part: u32) -> u32 {
        limbs(self.element.get(..part as usize).unwrap_or(&self.element))
    }
}

fn limbs(scalars: &[Scalar]) -> u32 {
    u32::try_from(scalars.iter().map(|scalar| scalar.limbs()).sum::<usize>()).unwrap_or(u32::MAX)
}

/// True for numbers of any width.
#[must_use]
pub fn is_number(ty: Scalar) -> bool {
    ty.is_number() || ty == Scalar::U256
}

/// A statement.
#[derive(Clone, Debug)]
pub struct Stmt {
    /// What it does.
    pub does: Action,
    /// The statement of the source that it is a part of.
    pub origin: OriginId,
}

/// What a statement does.
#[derive(Clone, Debug)]
pub enum Action {
    /// Gives a local its (next) value.
    Set(LocalId, Expr),
    /// Writes a scalar of an element of a list: the index, the scalar's number, its value.
    SetElement(BufferId, Expr, u32, Expr),
    /// Overwrites a cell.
    Store(Place, Expr),
    /// Changes a cell by one read-modify-write.
    Update(Place, Operation, Expr, Failure),
    /// Fails unless the condition holds.
    Guard(Expr, Fail),
    /// Fails.
    Fail(Fail),
    /// Emits an event.
    Emit(EventId, Vec<Piece>),
    /// Ends the entry with its result.
    Give(Vec<Piece>),
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
    /// Does something as a whole, or undoes it as a whole.
    Try(Box<Try>),
}

impl Action {
    /// True if it has statements inside of it.
    #[must_use]
    pub fn is_nested(&self) -> bool {
        matches!(self, Self::Labelled(..) | Self::If(..) | Self::Repeat(_) | Self::Try(_))
    }
}

/// What is undone where it fails.
#[derive(Clone, Debug)]
pub struct Try {
    /// What is done. Where it fails, its steps are undone; what it has set is still set.
    pub body: Vec<Stmt>,
    /// Where the code of the failure goes.
    pub reason: Option<LocalId>,
    /// What is done after a failure.
    pub catch: Vec<Stmt>,
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
    /// There are never more turns than that: the loop runs over a list.
    pub certain: bool,
    /// What each turn does.
    pub body: Vec<Stmt>,
}

/// A step of a composition, as its callers know it.
#[derive(Clone, Debug)]
pub struct StepOutline {
    /// The number of the slot.
    pub slot: u16,
    /// The name of the entry.
    pub entry: String,
    /// How many scalars it takes.
    pub args: usize,
    /// Where it stands in the source.
    pub span: Span,
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
    pub args: Vec<Piece>,
    /// Where the parts of its result go; empty where nobody wants it.
    pub bind: Vec<Bind>,
    /// What replaces its failure.
    pub otherwise: Failure,
}

/// Where a part of a step's result goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bind {
    /// A scalar, into a local.
    Scalar(LocalId),
    /// A list: its length into a local, its elements into a buffer.
    List(LocalId, BufferId),
}

/// A part of a sequence of values that leaves the code.
#[derive(Clone, Debug)]
pub enum Piece {
    /// A scalar.
    Scalar(Expr),
    /// A list: its length, and where its elements are.
    List(Expr, BufferId),
}

/// Why a call ends.
#[derive(Clone, Debug)]
pub enum Fail {
    /// An own error: what is done first, and its payload, evaluated at the failure.
    Error(ErrorId, Vec<Stmt>, Vec<Piece>),
    /// The system's.
    System(SystemError),
}

/// What a fallible operation fails with instead of the system's error.
pub type Failure = Option<Box<Fail>>;

/// A cell.
#[derive(Clone, Debug)]
pub struct Place {
    /// Which place in the code this is.
    pub site: SiteId,
    /// The variable.
    pub variable: VariableId,
    /// The keys' scalars.
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

/// A scalar that the call knows about where it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// The signer of the transaction.
    Caller,
    /// The time of the block.
    Now,
    /// The container's own address.
    SelfAddress,
    /// Whether a composition runs this entry as a step.
    IsStep,
    /// The composition's address, or zero.
    Via,
    /// The height of the block.
    Height,
    /// The transaction's id.
    TxId,
}

/// The forms of an expression.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// A constant.
    Const(Value),
    /// A local.
    Local(LocalId),
    /// What the call knows about where it runs.
    Known(Known),
    /// The value of a cell.
    Load(Place),
    /// A scalar of an element of a list: the index, and the scalar's number.
    Element(BufferId, Box<Expr>, u32),
    /// The length of a text, from its first word.
    TextLength(Box<Expr>),
    /// Negation of a truth.
    Not(Box<Expr>),
    /// Checked arithmetic in the expression's type.
    Arithmetic(Operation, Box<Expr>, Box<Expr>, Failure),
    /// A checked conversion to the expression's type.
    Cast(Box<Expr>, Failure),
    /// A comparison of two values of one type.
    Compare(Comparison, Box<Expr>, Box<Expr>),
    /// Both, the second only if the first holds; where it stands in the source, if it does.
    And(Box<Expr>, Box<Expr>, Option<OriginId>),
    /// Either, the second only if the first does not hold; where it stands.
    Or(Box<Expr>, Box<Expr>, Option<OriginId>),
    /// One of two; where it stands.
    If(Box<Expr>, Box<Expr>, Box<Expr>, Option<OriginId>),
    /// A computation by the host.
    Compute(Box<Computation>, Vec<Piece>, Failure),
    /// Does something first.
    Do(Vec<Stmt>, Box<Expr>),
}

impl Expr {
    /// A constant.
    #[must_use]
    pub fn constant(value: Value, ty: Scalar) -> Self {
        Self { kind: ExprKind::Const(value), ty }
    }

    /// The value of a local.
    #[must_use]
    pub fn local(local: LocalId, ty: Scalar) -> Self {
        Self { kind: ExprKind::Local(local), ty }
    }

    /// The expression, after some statements.
    #[must_use]
    pub fn after(self, stmts: Vec<Stmt>) -> Self {
        if stmts.is_empty() {
            return self;
        }
        let ty = self.ty;
        Self { kind: ExprKind::Do(stmts, Box::new(self)), ty }
    }
}

impl Piece {
    /// The scalar, or the list's length.
    #[must_use]
    pub fn head(&self) -> &Expr {
        match self {
            Self::Scalar(expr) | Self::List(expr, _) => expr,
        }
    }
}
