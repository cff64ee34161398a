//! The typed tree: every name bound, every expression with its type, everything that was only spelling gone.
//!
//! The checker builds it, lowering reads it, and the interpreter runs it. Nothing in it is wrong: a program
//! with errors has no typed tree. It has few forms, because the checker says the rest of the language with
//! them: `match` is a chain of `If` over [`ExprKind::Tag`], `take` an [`StmtKind::Update`] in a
//! [`ExprKind::Block`], a `by` clause a [`StmtKind::Require`] before the body.

mod state;
mod test;
mod walk;
mod sequence;
mod spend;
mod spec;

pub use sequence::takes_steps;
pub use spec::{Each, Elements, Invariant, Spec, Whole};
pub use spend::Spend;
pub use state::{Cells, State, StateKind, Variable, assets_within};
pub use test::{Deploy, Ensure, OuterCall, Question, Test, TestStmt};
pub use walk::Part;

use mc_container::access::VariableId;
pub use mc_container::arithmetic::Comparison;
use mc_container::arithmetic::Operation;
use mc_container::compute::Computation;
use mc_container::error::SystemError;
use mc_container::manifest::EntryKind;
use mc_container::ty::{Field, StructType, Type};
use mc_container::value::Value;
use mc_syntax::source::Span;
use std::collections::BTreeSet;

/// The number of a local in its function: parameters first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalId(pub u32);

/// The number of a function in its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionId(pub u32);

/// The number of an error in its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ErrorId(pub u32);

/// The number of an event in its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(pub u32);

/// The number of a state in its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateId(pub u32);

/// The number of a unit in its program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitId(pub u32);

/// The number of an interface in its program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InterfaceId(pub u32);

/// Everything that was compiled together.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// The contracts and compositions, in the order of their files and places.
    pub units: Vec<Unit>,
    /// The apps.
    pub apps: Vec<App>,
    /// The tests.
    pub tests: Vec<Test>,
    /// The free functions of each file that may call some, as a unit that is never deployed.
    pub libraries: Vec<Unit>,
    /// The interfaces, as units whose functions have no bodies and that are never deployed.
    pub interfaces: Vec<Unit>,
}

impl Program {
    /// The unit with this number.
    #[must_use]
    pub fn unit(&self, id: UnitId) -> Option<&Unit> {
        self.units.get(id.0 as usize)
    }

    /// What a slot is written against.
    #[must_use]
    pub fn behind(&self, slot: &Slot) -> Option<&Unit> {
        match slot.behind {
            Behind::Unit(id) => self.unit(id),
            Behind::Interface(id) => self.interfaces.get(id.0 as usize),
        }
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
    /// Its version, 1 where none is written.
    pub version: u32,
    /// The assets it is generic over.
    pub generics: Vec<String>,
    /// The assets it declares.
    pub assets: Vec<Asset>,
    /// Its state as declared; empty for a composition.
    pub states: Vec<State>,
    /// The variables its state is made of.
    pub variables: Vec<Variable>,
    /// The errors it may fail with, in the order of their codes.
    pub errors: Vec<ErrorSignature>,
    /// The events it may emit.
    pub events: Vec<EventSignature>,
    /// Its functions, and the free ones that it may call; a composition has one that can be called.
    pub functions: Vec<Function>,
    /// Its slots; empty for a contract.
    pub slots: Vec<Slot>,
    /// What every transaction leaves true of its state.
    pub invariants: Vec<Invariant>,
    /// How it takes over the state of earlier versions.
    pub migrations: Vec<Migration>,
}

/// A `migrate from N { }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    /// The version that it starts from.
    pub from: u32,
    /// What it reads under `old`, of its own version's state and of what only the other declares.
    pub reads: BTreeSet<String>,
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

    /// The state with this number.
    #[must_use]
    pub fn state(&self, id: StateId) -> Option<&State> {
        self.states.get(id.0 as usize)
    }

    /// Which asset it means by a name of its own, deployed as number `number` with `generics`.
    #[must_use]
    pub fn own_asset(&self, name: &str, number: u32, generics: &[AssetSource]) -> AssetSource {
        if name == COIN {
            return AssetSource::Coin;
        }
        let generic = self.generics.iter().position(|generic| generic == name);
        let given = generic.and_then(|at| generics.get(at)).cloned();
        given.unwrap_or_else(|| AssetSource::Of(number, name.to_owned()))
    }

    /// Which asset it means by `coin`, or by `gold.Unit`, where its slots are bound to these deployments.
    #[must_use]
    pub fn asset_behind(&self, name: &str, slots: &[u32]) -> Option<AssetSource> {
        let Some((of, asset)) = name.split_once('.') else { return Some(AssetSource::Coin) };
        let at = self.slots.iter().position(|slot| slot.name == of)?;
        Some(AssetSource::Of(*slots.get(at)?, asset.to_owned()))
    }
}

/// An asset that a contract declares.
#[derive(Clone, Debug)]
pub struct Asset {
    /// Its name.
    pub name: String,
    /// The name's place.
    pub span: Span,
    /// What a unique asset carries; `None` for a fungible one.
    pub unique: Option<StructType>,
    /// The variable with its supply.
    pub supply: VariableId,
}

/// An error.
#[derive(Clone, Debug)]
pub struct ErrorSignature {
    /// Its name.
    pub name: String,
    /// The name's place.
    pub span: Span,
    /// Its payload.
    pub fields: Vec<Field>,
}

/// An event.
#[derive(Clone, Debug)]
pub struct EventSignature {
    /// Its name.
    pub name: String,
    /// The name's place.
    pub span: Span,
    /// Its fields.
    pub fields: Vec<Field>,
    /// For each field, whether it is `indexed`.
    pub indexed: Vec<bool>,
}

/// What a slot is written against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behind {
    /// A contract, or another composition.
    Unit(UnitId),
    /// An interface: any contract that has everything in it.
    Interface(InterfaceId),
}

/// A slot of a composition.
#[derive(Clone, Debug)]
pub struct Slot {
    /// Its name; for an implied slot, that of the composition it takes as a step.
    pub name: String,
    /// The name's place; for an implied slot, that of the first step.
    pub span: Span,
    /// What it is written against.
    pub behind: Behind,
    /// The asset that each generic parameter stands for.
    pub generics: Vec<String>,
    /// Not in `uses`, but made by a step that names another composition: an app binds it to the deployment of that
    /// composition whose slots are bound as the slots of the same names are here.
    pub implied: bool,
}

impl Slot {
    /// What an asset of the contract behind the slot is called in the composition.
    #[must_use]
    pub fn outside(&self, contract: &Unit, asset: &str) -> String {
        // An implied slot shares the slots that its composition names assets by.
        if asset == COIN || self.implied {
            return asset.to_owned();
        }
        match contract.generics.iter().position(|generic| generic == asset) {
            Some(at) => self.generics.get(at).cloned().unwrap_or_default(),
            None => format!("{}.{asset}", self.name),
        }
    }
}

/// What kind of function it is: what can be called from outside, or a `fn`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunctionKind {
    /// Can be called by a transaction.
    Callable(EntryKind),
    /// Can be called only by functions of the same unit.
    Internal,
}

/// A local variable.
#[derive(Clone, Debug)]
pub struct Local {
    /// Its name; no name for one that the checker has made.
    pub name: String,
    /// The name's place.
    pub span: Span,
    /// Its type.
    pub ty: Type,
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
    /// Declared `@direct`.
    pub direct: bool,
    /// How many of the locals are parameters.
    pub params: u32,
    /// Every local, parameters first.
    pub locals: Vec<Local>,
    /// What it gives; `None` for nothing.
    pub result: Option<Type>,
    /// What it takes from its caller at most: of compositions, and of what interfaces declare.
    pub spends: Vec<Spend>,
    /// What holds when it has succeeded, checked by tests only.
    pub ensures: Vec<Ensure>,
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

    /// True if it takes or gives an asset other than `coin`, so that only a composition can call it.
    #[must_use]
    pub fn is_port(&self) -> bool {
        let foreign = |ty: &Type| {
            ty.any(&|part| match part {
                Type::Asset(name) => name != COIN,
                Type::Struct(it) => it.asset.is_some(),
                _ => false,
            })
        };
        self.param_locals().iter().any(|local| foreign(&local.ty))
            || self.result.as_ref().is_some_and(foreign)
    }
}

/// The name of the native asset.
pub const COIN: &str = "coin";

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
    /// `local[index] = value`, in a list; fails where there is no such element.
    SetElement(LocalId, Expr, Expr),
    /// `local.push(value)`, in a list; fails where it is full.
    Push(LocalId, Expr),
    /// The last element of a list that has one is gone.
    Shorten(LocalId),
    /// `local.field = value`, in a struct; the path leads to the field.
    SetField(LocalId, Vec<u32>, Expr),
    /// `place = value`
    Store(Place, Expr),
    /// `place += value else E` and the like, on one scalar: one read-modify-write.
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
    /// `try { } catch reason { }`
    Try(Box<Try>),
    /// `par { }`: its branches.
    Par(Vec<Vec<Stmt>>),
    /// The local has no asset in it on this way; says so to the check of assets, and does nothing.
    Spent(LocalId),
    /// What only a test does.
    Test(TestStmt),
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

/// What is done as a whole, or undone as a whole.
#[derive(Clone, Debug)]
pub struct Try {
    /// What is done.
    pub body: Vec<Stmt>,
    /// How many of the function's locals are declared before it: undone, these are what they were.
    pub outside: u32,
    /// Where the code of the failure goes (`u8`).
    pub reason: Option<LocalId>,
    /// What is done where the body has failed.
    pub catch: Vec<Stmt>,
}

/// Why a call ends: an own error with its payload, evaluated at the failure, or the system's.
#[derive(Clone, Debug)]
pub enum Fail {
    /// An own error.
    Error(ErrorId, Vec<Expr>),
    /// The system's.
    System(SystemError),
}

/// What a fallible operation fails with instead of the system's error.
pub type Failure = Option<Box<Fail>>;

/// Cells of the contract's state.
#[derive(Clone, Debug)]
pub struct Place {
    /// Which variables.
    pub cells: Cells,
    /// One key for each map level, and the index of an element.
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
    pub ty: Type,
    /// Its place.
    pub span: Span,
}

/// The forms of an expression.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// A constant: its scalars, as many as the type has.
    Const(Vec<Value>),
    /// A local.
    Local(LocalId),
    /// What the call knows about where it runs.
    Context(Context),
    /// What cells hold.
    Load(Place),
    /// `!e`
    Not(Box<Expr>),
    /// Checked arithmetic in the expression's type.
    Arithmetic(Operation, Box<Expr>, Box<Expr>, Failure),
    /// A checked conversion to the expression's type.
    Cast(Box<Expr>, Failure),
    /// A comparison of two values of one type; any type but a list has `==` and `!=`.
    Compare(Comparison, Box<Expr>, Box<Expr>),
    /// `a && b`
    And(Box<Expr>, Box<Expr>),
    /// `a || b`
    Or(Box<Expr>, Box<Expr>),
    /// `if c { a } else { b }`
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// A call of a function of the same unit.
    Call(FunctionId, Vec<Expr>),
    /// A computation by the host; [`Computation::Fresh`] takes no arguments here.
    Compute(Computation, Vec<Expr>, Failure),
    /// A struct or a tuple: its fields, in order.
    Record(Vec<Expr>),
    /// A field of a struct or a tuple.
    Field(Box<Expr>, u32),
    /// A variant of an enum with its payload; `none` is variant 0 of an option, `some(e)` variant 1.
    Variant(u8, Vec<Expr>),
    /// The tag of an enum (`u8`), or whether an option is there (`bool`).
    Tag(Box<Expr>),
    /// A field of a variant's payload, where the tag is known to be that variant's.
    Payload(Box<Expr>, u8, u32),
    /// A list of these values.
    List(Vec<Expr>),
    /// The length of a list, or of a text in bytes (`u32`).
    Length(Box<Expr>),
    /// An element of a list; fails where there is none.
    Element(Box<Expr>, Box<Expr>, Failure),
    /// `value in list`
    Contains(Box<Expr>, Box<Expr>),
    /// How much of a fungible asset a value is (`u128`); does not use it up.
    Amount(Box<Expr>),
    /// An asset out of an amount that the statements before have taken from somewhere.
    Held(Box<Expr>),
    /// Does something first.
    Block(Vec<Stmt>, Box<Expr>),
    /// A call of an instance, in a test.
    Outer(Box<OuterCall>),
    /// How much of the native asset an account has (`u128`), in a test: `coin.balance_of(who)`.
    Balance(Box<Expr>),
    /// What only an invariant or an `ensures` says.
    Spec(Box<Spec>),
}

/// What a call knows about where it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Context {
    /// The signer of the transaction (`address`).
    Caller,
    /// The time of the block (`time`).
    Now,
    /// The container's own address.
    SelfAddress,
    /// The composition that runs this entry as a step (`address?`).
    Via,
    /// The height of the block (`u64`).
    Height,
    /// The transaction's id (`id`).
    TxId,
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
    /// The rights that compositions get.
    pub grants: Vec<Grant>,
}

/// `grant stock.sellers to purchase;`
#[derive(Clone, Debug)]
pub struct Grant {
    /// The deployment whose role it is.
    pub deployment: u32,
    /// The role's variable.
    pub role: VariableId,
    /// The deployment that gets it.
    pub to: u32,
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
    /// The arguments of `init`: the scalars of each.
    pub args: Vec<Vec<Value>>,
    /// For each slot, the number of the deployment bound to it.
    pub slots: Vec<u32>,
    /// For each generic parameter, the asset it stands for.
    pub generics: Vec<AssetSource>,
}

/// Which asset a generic parameter stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AssetSource {
    /// The native asset.
    Coin,
    /// An asset of an earlier deployment.
    Of(u32, String),
}
