//! What a contract stores, and which variables hold it.

use mc_container::access::VariableId;
use mc_container::manifest::Holding;
use mc_container::ty::Type;
use mc_container::value::{Scalar, Value};
use mc_syntax::source::Span;

/// A `state`, an `immutable` or a `role`, as declared; also the hidden ones, whose names no source can write.
#[derive(Clone, Debug)]
pub struct State {
    /// Its name.
    pub name: String,
    /// The name's place.
    pub span: Span,
    /// Its documentation.
    pub doc: String,
    /// The type as people read it.
    pub shown: String,
    /// The key type of each map level; the element type of a set is the last.
    pub keys: Vec<Type>,
    /// What a key leads to: `bool` for a set, `T?` for a map without a default.
    pub value: Type,
    /// The cells of a value.
    pub cells: Cells,
    /// What it is.
    pub kind: StateKind,
    /// Declared with a value.
    pub initialised: bool,
    /// Set in `init` and never again.
    pub immutable: bool,
}

/// What a state is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateKind {
    /// One value.
    Single,
    /// A map whose every key has a value.
    Total,
    /// A map in which a key may be absent.
    Partial,
    /// A set.
    Set,
    /// A set of addresses with rights.
    Role,
}

/// Which variables hold a value in the state, in the shape of its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cells {
    /// A scalar, or an amount of an asset.
    Scalar(VariableId),
    /// A text or a byte string: the variable of each word.
    Words(Vec<VariableId>),
    /// A struct or a tuple: each field.
    Record(Vec<Cells>),
    /// An option: whether it is there, and what.
    Option(VariableId, Box<Cells>),
    /// An enum: its tag, and each field of each variant.
    Enum(VariableId, Vec<Vec<Cells>>),
    /// A list: its length, and an element, whose variables have the index (`u32`) as one more key.
    List {
        /// The length.
        length: VariableId,
        /// An element.
        element: Box<Cells>,
        /// The greatest length.
        max: u32,
    },
}

impl Cells {
    /// The variable that a store of a whole value sets, whatever the value is.
    #[must_use]
    pub fn first(&self) -> Option<VariableId> {
        match self {
            Self::Scalar(id) | Self::Option(id, _) | Self::Enum(id, _) => Some(*id),
            Self::List { length, .. } => Some(*length),
            Self::Words(words) => words.first().copied(),
            Self::Record(parts) => parts.first().and_then(Self::first),
        }
    }
}

/// The amounts that a value in the state holds: the path to each, its asset, and its variable.
#[must_use]
pub fn assets_within(ty: &Type, cells: &Cells) -> Vec<(String, String, VariableId)> {
    let mut found = Vec::new();
    collect_assets(ty, cells, "", &mut found);
    found
}

fn collect_assets(ty: &Type, cells: &Cells, path: &str, found: &mut Vec<(String, String, VariableId)>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match (ty, cells) {
        (Type::Asset(asset), Cells::Scalar(variable)) => {
            found.push((path.to_owned(), asset.clone(), *variable));
        }
        (Type::Struct(it), Cells::Record(parts)) => {
            for (field, cells) in it.fields.iter().zip(parts) {
                collect_assets(&field.ty, cells, &below(&field.name), found);
            }
        }
        (Type::Tuple(types), Cells::Record(parts)) => {
            for (at, (ty, cells)) in types.iter().zip(parts).enumerate() {
                collect_assets(ty, cells, &below(&at.to_string()), found);
            }
        }
        (Type::Option(content), Cells::Option(_, cells)) => collect_assets(content, cells, path, found),
        (Type::Enum(it), Cells::Enum(_, variants)) => {
            for (variant, cells) in it.variants.iter().zip(variants) {
                for (field, cells) in variant.fields.iter().zip(cells) {
                    collect_assets(&field.ty, cells, &below(&field.name), found);
                }
            }
        }
        _ => {}
    }
}

/// One variable: cells of one scalar each.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its name: the state's, and for a part of its value the path to it.
    pub name: String,
    /// The state's place.
    pub span: Span,
    /// The keys' scalars, outermost first.
    pub keys: Vec<Scalar>,
    /// The type of a cell.
    pub value: Scalar,
    /// What an absent cell reads as.
    pub default: Value,
    /// Declared with a value.
    pub initialised: bool,
    /// Set in `init` and never again.
    pub immutable: bool,
    /// What it says about an asset.
    pub holding: Holding,
}
