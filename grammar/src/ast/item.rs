//! Declarations as written.

use super::{Block, Expr, Ident, Path, Type};
use crate::source::Span;

/// A source file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// The imports, all before the items.
    pub imports: Vec<Import>,
    /// The declarations.
    pub items: Vec<Item>,
}

/// `import { A, B as C } from "./file.mc";`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// What is imported.
    pub names: Vec<ImportName>,
    /// The path as written, with its escapes resolved.
    pub from: String,
    /// The path's place.
    pub from_span: Span,
    /// The whole import.
    pub span: Span,
}

/// One imported name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportName {
    /// The name in the other file.
    pub name: Ident,
    /// The name here, where it differs.
    pub alias: Option<Ident>,
}

/// `@name(args)`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// The attribute.
    pub name: Ident,
    /// Its arguments.
    pub args: Vec<Expr>,
    /// With the `@`.
    pub span: Span,
}

/// A declaration at the top level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The text of the `///` lines before it, without the slashes; empty where there are none.
    pub doc: String,
    /// Its attributes.
    pub attributes: Vec<Attribute>,
    /// What it declares.
    pub kind: ItemKind,
    /// Its place, from the first attribute on.
    pub span: Span,
}

/// The forms of a declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each variant is named as the construct it holds")]
pub enum ItemKind {
    Contract(Contract),
    Interface(Interface),
    Compose(Compose),
    Struct(StructDef),
    Enum(EnumDef),
    Const(ConstDef),
    Error(ErrorDef),
    Event(EventDef),
    Test(TestDef),
    Function(Function),
    App(App),
    /// Could not be read.
    Recovered,
}

/// `contract Name<G: asset> implements I { members }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    /// Its name.
    pub name: Ident,
    /// Its generic parameters.
    pub generics: Vec<GenericParam>,
    /// The interfaces it implements.
    pub implements: Vec<Type>,
    /// Its members.
    pub members: Vec<Member>,
}

/// `G: asset`, or a plain name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenericParam {
    /// Its name.
    pub name: Ident,
    /// Written with `: asset`.
    pub is_asset: bool,
}

/// A member of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The text of the `///` lines before it, without the slashes.
    pub doc: String,
    /// Its attributes.
    pub attributes: Vec<Attribute>,
    /// What it declares.
    pub kind: MemberKind,
    /// Its place, from the first attribute on.
    pub span: Span,
}

/// The forms of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each variant is named as the construct it holds")]
pub enum MemberKind {
    State(StateDef),
    Immutable(StateDef),
    Asset(AssetDef),
    Role(RoleDef),
    Init(Init),
    Entry(Function),
    View(Function),
    Function(Function),
    Invariant(Invariant),
    Migrate(Migrate),
    /// `version 2;`
    Version(String, Span),
    Struct(StructDef),
    Enum(EnumDef),
    Const(ConstDef),
    Error(ErrorDef),
    Event(EventDef),
    Test(TestDef),
    /// Could not be read.
    Recovered,
}

impl MemberKind {
    /// The name that the member declares, if it has one.
    #[must_use]
    pub fn name(&self) -> Option<&Ident> {
        match self {
            Self::State(it) | Self::Immutable(it) => Some(&it.name),
            Self::Asset(it) => Some(&it.name),
            Self::Role(it) => Some(&it.name),
            Self::Entry(it) | Self::View(it) | Self::Function(it) => Some(&it.signature.name),
            Self::Struct(it) => Some(&it.name),
            Self::Enum(it) => Some(&it.name),
            Self::Const(it) => Some(&it.name),
            Self::Error(it) => Some(&it.name),
            Self::Event(it) => Some(&it.name),
            Self::Invariant(it) => Some(&it.name),
            Self::Init(_) | Self::Migrate(_) | Self::Version(..) | Self::Test(_) | Self::Recovered => None,
        }
    }
}

/// `state name: T = init;` or `immutable name: T = init;`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateDef {
    /// Its name.
    pub name: Ident,
    /// Its type.
    pub ty: Type,
    /// Its initial value.
    pub init: Option<Expr>,
}

/// `asset Gold;` or `asset Deed unique { fields }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetDef {
    /// Its name.
    pub name: Ident,
    /// The fields of a unique asset; none for a fungible one.
    pub unique: Option<Vec<Field>>,
}

/// `role keeper = caller;`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleDef {
    /// Its name.
    pub name: Ident,
    /// Its first holder.
    pub init: Option<Expr>,
}

/// `init(params) { body }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Init {
    /// Its parameters.
    pub params: Vec<Param>,
    /// Its body.
    pub body: Block,
    /// The keyword's place.
    pub span: Span,
}

/// An `entry`, a `view` or a `fn`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// What a caller sees.
    pub signature: Signature,
    /// What it does.
    pub body: Block,
}

/// `name(params) -> T by e via r ensures e`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Its name.
    pub name: Ident,
    /// Its parameters.
    pub params: Vec<Param>,
    /// Its result.
    pub result: Option<Type>,
    /// Its clauses, in order.
    pub clauses: Vec<Clause>,
    /// Its place.
    pub span: Span,
}

/// `mut name: T where e`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param {
    /// Written with `mut`.
    pub mutable: bool,
    /// Its name.
    pub name: Ident,
    /// Its type.
    pub ty: Type,
    /// Its bound.
    pub bound: Option<Expr>,
}

/// A clause of a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clause {
    /// `by e1, e2`
    By(Vec<Expr>, Span),
    /// `via e1, e2`
    Via(Vec<Expr>, Span),
    /// `ensures e`
    Ensures(Expr, Span),
    /// `uses slot: T, ..` (compositions)
    Uses(Vec<Slot>, Span),
    /// `spends Asset <= e, ..` (compositions and interfaces)
    Spends(Vec<Spend>, Span),
}

/// `slot: ContractOrInterface`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Its name.
    pub name: Ident,
    /// What it must be bound to.
    pub ty: Type,
}

/// `Asset <= bound`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spend {
    /// The asset.
    pub asset: Path,
    /// The most that may be spent.
    pub bound: Expr,
}

/// `invariant name: e;`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invariant {
    /// Its name.
    pub name: Ident,
    /// What always holds.
    pub condition: Expr,
}

/// `migrate from 1 { body }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migrate {
    /// The version it starts from, as digits.
    pub from: String,
    /// Its body.
    pub body: Block,
}

/// `struct Name { fields }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StructDef {
    /// Its name.
    pub name: Ident,
    /// Its generic parameters.
    pub generics: Vec<GenericParam>,
    /// Its fields.
    pub fields: Vec<Field>,
}

/// `const name: T`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Written with `const`.
    pub constant: bool,
    /// Its name.
    pub name: Ident,
    /// Its type.
    pub ty: Type,
}

/// `enum Name { variants }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnumDef {
    /// Its name.
    pub name: Ident,
    /// Its variants.
    pub variants: Vec<Variant>,
}

/// `Name(payload)`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// Its name.
    pub name: Ident,
    /// Its payload.
    pub params: Vec<Param>,
}

/// `const NAME: T = e;`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConstDef {
    /// Its name.
    pub name: Ident,
    /// Its type.
    pub ty: Type,
    /// Its value.
    pub value: Expr,
}

/// `error Name(fields);`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorDef {
    /// Its name.
    pub name: Ident,
    /// Its payload.
    pub params: Vec<Param>,
}

/// `event Name(fields);`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventDef {
    /// Its name.
    pub name: Ident,
    /// Its fields.
    pub params: Vec<EventParam>,
}

/// `name: T indexed`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventParam {
    /// Its name.
    pub name: Ident,
    /// Its type.
    pub ty: Type,
    /// Written with `indexed`.
    pub indexed: bool,
}

/// `test "name" (params) { body }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestDef {
    /// Its name.
    pub name: String,
    /// The name's place.
    pub name_span: Span,
    /// Its random parameters.
    pub params: Vec<Param>,
    /// Its body.
    pub body: Block,
}

/// `interface Name<G: asset> { members }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Its name.
    pub name: Ident,
    /// Its generic parameters.
    pub generics: Vec<GenericParam>,
    /// Its members.
    pub members: Vec<InterfaceMember>,
}

/// A member of an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterfaceMember {
    /// The text of the `///` lines before it, without the slashes.
    pub doc: String,
    /// What it declares.
    pub kind: InterfaceMemberKind,
    /// Its place.
    pub span: Span,
}

/// The forms of a member of an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each variant is named as the construct it holds")]
pub enum InterfaceMemberKind {
    Asset(Ident),
    /// Its clauses may hold `spends`.
    Entry(Signature),
    View(Signature),
    Error(ErrorDef),
    Event(EventDef),
    Struct(StructDef),
    /// Could not be read.
    Recovered,
}

impl InterfaceMemberKind {
    /// The name that the member declares.
    #[must_use]
    pub fn name(&self) -> Option<&Ident> {
        match self {
            Self::Asset(name) => Some(name),
            Self::Entry(it) | Self::View(it) => Some(&it.name),
            Self::Error(it) => Some(&it.name),
            Self::Event(it) => Some(&it.name),
            Self::Struct(it) => Some(&it.name),
            Self::Recovered => None,
        }
    }
}

/// `compose Name(params) -> T uses .. spends .. { body }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compose {
    /// What a caller sees; its clauses hold `uses` and `spends`.
    pub signature: Signature,
    /// Its body.
    pub body: Block,
}

/// `app Name { body }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    /// Its name.
    pub name: Ident,
    /// `let` and `deploy` and `grant`.
    pub body: Block,
}
