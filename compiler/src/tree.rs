//! The typed tree: every name bound, every expression with its type, everything that was only spelling gone.
//!
//! The checker builds it, lowering reads it, and the tests' interpreter runs it. Nothing in it is wrong: a
//! program with errors has no typed tree.

use mc_container::access::VariableId;
use mc_container::arithmetic::Operation;
use mc_container::manifest::EntryKind;
use mc_container::value::{Scalar, Value};
use mc_syntax::source::Span;

/// The number of a local in its function: parameters first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalId(pub u32);

/// The number of a function in its contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionId(pub u32);

/// The number of an error in its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ErrorId(pub u32);

/// The number of an event in its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(pub u32);

/// The number of a unit in its program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitId(pub u32);

/// Everything that was compiled together.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// The contracts and compositions, in the order of their files and places.
    pub units: Vec<Unit>,
    /// The apps.
    pub apps: Vec<App>,
}

impl Program {
    /// The unit with this number.
    #[must_use]
    pub fn unit(&self, id: UnitId) -> Option<&Unit> {
        self.units.get(id.0 as usize)
    }
}

/// A contract or a composition: what becomes one container.
#[derive(Clone, Debug)]
pub struct Unit {
    /// Its name.
    pub name: String,
    /// The name's place.
    pub span: Span,
    /// Its documentation.
    pub doc: String,
    /// Its state; empty for a composition.
    pub variables: Vec<Variable>,
    /// The errors it may fail with, in the order of their codes.
    pub errors: Vec<ErrorSignature>,
    /// The events it may emit.
    pub events: Vec<EventSignature>,
    /// Its functions; a composition has one.
    pub functions: Vec<Function>,
    /// Its slots; empty for a contract.
    pub slots: Vec<Slot>,
}

impl Unit {
    /// The function with this number.
    #[must_use]
    pub fn function(&self, id: FunctionId) -> Option<&Function> {
        self.functions.get(id.0 as usize)
    }

    /// The function with this name.
    #[must_use]
    pub fn function_named(&self, name: &str) -> Option<(FunctionId, &Function)> {
        (0..).map(FunctionId).zip(&self.functions).find(|(_, function)| function.name == name)
    }

    /// The variable with this number.
    #[must_use]
    pub fn variable(&self, id: VariableId) -> Option<&Variable> {
        self.variables.get(usize::from(id.0))
    }
}

/// A `state` or an `immutable`.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// The name's place.
    pub span: Span,
    /// The key type of each map level.
    pub keys: Vec<Scalar>,
    /// The type of a cell.
    pub value: Scalar,
    /// What an absent cell reads as.
    pub default: Value,
    /// Declared with a value.
    pub initialised: bool,
    /// Set in `init` and never again.
    pub immutable: bool,
}

/// A named, typed part of a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Scalar,
    /// Declared `indexed` (events).
    pub indexed: bool,
}

/// An error.
#[derive(Clone, Debug)]
pub struct ErrorSignature {
    /// Its name.
    pub name: String,
    /// Its payload.
    pub fields: Vec<Field>,
}

/// An event.
#[derive(Clone, Debug)]
pub struct EventSignature {
    /// Its name.
    pub name: String,
    /// Its fields.
    pub fields: Vec<Field>,
}

/// A slot of a composition.
#[derive(Clone, Debug)]
pub struct Slot {
    /// Its name.
    pub name: String,
    /// The name's place.
    pub span: Span,
    /// The contract it was written against.
    pub contract: UnitId,
}

/// What kind of function it is: what can be called from outside, or a `fn`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunctionKind {
    /// Can be called by a transaction.
    Callable(EntryKind),
    /// Can be called only by functions of the same contract.
    Internal,
}

/// A local variable.
#[derive(Clone, Debug)]
pub struct Local {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Scalar,
}

/// An `init`, `entry`, `view`, `fn`, or the body of a composition.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// The name's place.
    pub span: Span,
    /// Its documentation.
    pub doc: String,
    /// What kind it is.
    pub kind: FunctionKind,
    /// Declared `@parallel`, and where.
    pub parallel: Option<Span>,
    /// How many of the locals are parameters.
    pub params: u32,
    /// Every local, parameters first.
    pub locals: Vec<Local>,
    /// What it gives.
    pub result: Option<Scalar>,
    /// What it does.
    pub body: Vec<Stmt>,
}

impl Function {
    /// True for what a transaction can call.
    #[must_use]
    pub fn is_callable(&self) -> bool {
        matches!(self.kind, FunctionKind::Callable(_))
    }

    /// The parameters.
    #[must_use]
    pub fn param_locals(&self) -> &[Local] {
        self.locals.get(..self.params as usize).unwrap_or_default()
    }
}

/// A statement.
#[derive(Clone, Debug)]
pub struct Stmt {
    /// What it does.
    pub kind: StmtKind,
    /// Its place.
    pub span: Span,
}

/// The forms of a statement.
#[derive(Clone, Debug)]
pub enum StmtKind {
    /// Gives a local its (next) value.
    Set(LocalId, Expr),
    /// `place = value`
    Store(Place, Expr),
    /// `place += value else E` and the like: one read-modify-write.
    Update(Place, Operation, Expr, Failure),
    /// `require condition else E`
    Require(Expr, Fail),
    /// `abort E`
    Abort(Fail),
    /// `emit E(..)`
    Emit(EventId, Vec<Expr>),
    /// `return e`
    Return(Option<Expr>),
    /// `break`
    Break,
    /// `continue`
    Continue,
    /// `if c { } else { }`
    If(Expr, Vec<Stmt>, Vec<Stmt>),
    /// `for index in from..to max n { }`
    For(Box<For>),
    /// A call for its effects.
    Call(FunctionId, Vec<Expr>),
    /// `step local = slot.entry(args) else E`
    Step(Step),
}

/// A bounded loop.
#[derive(Clone, Debug)]
pub struct For {
    /// The index, a new one each turn.
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
    /// The number of the slot.
    pub slot: u16,
    /// The function of the slot's contract.
    pub function: FunctionId,
    /// What it passes.
    pub args: Vec<Expr>,
    /// Where its result goes.
    pub bind: Option<LocalId>,
    /// What replaces its failure.
    pub otherwise: Option<Fail>,
}

/// An own error with its payload.
#[derive(Clone, Debug)]
pub struct Fail {
    /// The error.
    pub error: ErrorId,
    /// Its payload, evaluated at the failure.
    pub args: Vec<Expr>,
}

/// What a fallible operation fails with: an own error, or the system's.
pub type Failure = Option<Box<Fail>>;

/// A cell of the contract's state.
#[derive(Clone, Debug)]
pub struct Place {
    /// The variable.
    pub variable: VariableId,
    /// One key for each map level.
    pub keys: Vec<Expr>,
    /// Its place in the source.
    pub span: Span,
}

/// An expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// The type of its value.
    pub ty: Scalar,
    /// Its place.
    pub span: Span,
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
    /// A cell.
    Load(Place),
    /// `!e`
    Not(Box<Expr>),
    /// Checked arithmetic in the expression's type.
    Arithmetic(Operation, Box<Expr>, Box<Expr>, Failure),
    /// A checked conversion to the expression's type.
    Cast(Box<Expr>, Failure),
    /// A comparison of two values of one type.
    Compare(Comparison, Box<Expr>, Box<Expr>),
    /// `a && b`
    And(Box<Expr>, Box<Expr>),
    /// `a || b`
    Or(Box<Expr>, Box<Expr>),
    /// `if c { a } else { b }`
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// A call of a function of the same contract.
    Call(FunctionId, Vec<Expr>),
}

/// How two values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
}

impl Comparison {
    /// The operator as written.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
        }
    }

    /// What it says of two values that compare so.
    #[must_use]
    pub fn holds(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::NotEqual => ordering.is_ne(),
            Self::Less => ordering.is_lt(),
            Self::LessEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterEqual => ordering.is_ge(),
        }
    }
}

/// An `app`: which containers are deployed, and what their slots are bound to.
#[derive(Clone, Debug)]
pub struct App {
    /// Its name.
    pub name: String,
    /// The name's place.
    pub span: Span,
    /// In order; a slot is bound to an earlier one.
    pub deployments: Vec<Deployment>,
}

/// One `deploy` of an app.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// The name it is known by: the `let`'s, or the unit's.
    pub name: String,
    /// The `deploy`'s place.
    pub span: Span,
    /// What is deployed.
    pub unit: UnitId,
    /// The arguments of `init`.
    pub args: Vec<Value>,
    /// For each slot, the number of the deployment bound to it.
    pub slots: Vec<u32>,
}
