//! Types as written.

use super::Path;
use crate::source::Span;

/// A type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Type {
    /// What it is.
    pub kind: TypeKind,
    /// Its place.
    pub span: Span,
}

/// The forms of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeKind {
    /// `u128`, `Offer`, `gold.Unit`, `map<address, u128>`.
    Named {
        /// The name.
        path: Path,
        /// What stands between `<` and `>`.
        args: Vec<TypeArg>,
    },
    /// `T?`.
    Option(Box<Type>),
    /// `(A, B)`; `()` is the unit type.
    Tuple(Vec<Type>),
}

/// What may stand between `<` and `>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeArg {
    /// A type.
    Type(Type),
    /// A length, as digits without `_`.
    Length(String, Span),
}
