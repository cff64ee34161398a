//! Values while they are lowered: a composite value is the sequence of its leaves, scalars and lists.

use crate::ir::{BufferId, Expr};
use crate::tree::{Cells, LocalId};
use mc_container::access::VariableId;
use mc_container::ty::{Field, Type};
use mc_container::value::{Scalar, Value};
use mc_syntax::source::Span;
use std::ops::Range;

/// A leaf of a type: what is one local, or one buffer with its length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Leaf {
    Scalar(Scalar),
    /// A list: the scalars of an element, and the greatest length.
    List(Vec<Scalar>, u32),
}

/// The leaves of a value.
pub(super) fn leaves(ty: &Type) -> Vec<Leaf> {
    let of_fields = |fields: &[Field]| fields.iter().flat_map(|field| leaves(&field.ty)).collect();
    match ty {
        Type::List(element, max) => vec![Leaf::List(element.scalars(), *max)],
        Type::Tuple(parts) => parts.iter().flat_map(leaves).collect(),
        Type::Option(content) => {
            let mut all = vec![Leaf::Scalar(Scalar::Bool)];
            all.extend(leaves(content));
            all
        }
        Type::Struct(it) => of_fields(&it.fields),
        Type::Enum(it) => {
            let mut all = vec![Leaf::Scalar(Scalar::U8)];
            all.extend(it.variants.iter().flat_map(|variant| of_fields(&variant.fields)));
            all
        }
        Type::Scalar(_) | Type::String(_) | Type::Bytes(_) | Type::Asset(_) | Type::Seen(_) => {
            ty.scalars().into_iter().map(Leaf::Scalar).collect()
        }
    }
}

/// The number of leaves of a value.
pub(super) fn leaf_count(ty: &Type) -> usize {
    if ty.has_list() { leaves(ty).len() } else { ty.scalar_count() }
}

/// All leaves of a value.
pub(super) fn whole(ty: &Type) -> Range<usize> {
    0..leaf_count(ty)
}

/// The part `inner` of the part `outer`.
pub(super) fn within(outer: &Range<usize>, inner: Range<usize>) -> Range<usize> {
    outer.start + inner.start..outer.start + inner.end
}

/// The leaves of a field of a struct or a tuple.
pub(super) fn field(ty: &Type, number: u32) -> Range<usize> {
    let types: Vec<&Type> = match ty {
        Type::Struct(it) => it.fields.iter().map(|field| &field.ty).collect(),
        Type::Tuple(parts) => parts.iter().collect(),
        _ => Vec::new(),
    };
    nth(0, &types, number)
}

/// The type of a field of a struct or a tuple.
pub(super) fn field_type(ty: &Type, number: u32) -> Option<&Type> {
    match ty {
        Type::Struct(it) => it.fields.get(number as usize).map(|field| &field.ty),
        Type::Tuple(parts) => parts.get(number as usize),
        _ => None,
    }
}

/// The leaves of a field of a variant's payload.
pub(super) fn payload(ty: &Type, tag: u8, number: u32) -> Range<usize> {
    match ty {
        Type::Option(content) => 1..1 + leaf_count(content),
        Type::Enum(it) => {
            let (before, rest) = it.variants.split_at(usize::from(tag).min(it.variants.len()));
            let fields = before.iter().flat_map(|variant| &variant.fields);
            let start = 1 + fields.map(|field| leaf_count(&field.ty)).sum::<usize>();
            let own = rest.first().into_iter().flat_map(|variant| &variant.fields);
            nth(start, &own.map(|field| &field.ty).collect::<Vec<_>>(), number)
        }
        _ => 0..0,
    }
}

fn nth(start: usize, types: &[&Type], number: u32) -> Range<usize> {
    let (before, rest) = types.split_at((number as usize).min(types.len()));
    let start = start + before.iter().map(|ty| leaf_count(ty)).sum::<usize>();
    start..start + rest.first().map_or(0, |ty| leaf_count(ty))
}

/// A leaf of a value: still to be evaluated, exactly once and before anything else happens.
#[derive(Clone, Debug)]
pub(super) enum Val {
    Scalar(Expr),
    List(List),
}

/// A list.
#[derive(Clone, Debug)]
pub(super) struct List {
    pub(super) length: Expr,
    pub(super) items: Items,
    /// The scalars of an element.
    pub(super) element: Vec<Scalar>,
    pub(super) max: u32,
}

/// Where the elements of a list are.
#[derive(Clone, Debug)]
pub(super) enum Items {
    Buffer(BufferId),
    /// In the state: the variables of an element's scalars, the keys before the index, which are atoms, and the
    /// list's place in the source.
    Cells(Vec<VariableId>, Vec<Expr>, Span),
    /// The scalars of each element, which are atoms.
    These(Vec<Vec<Expr>>),
}

impl Val {
    /// The scalar; a list is its length.
    pub(super) fn into_scalar(self) -> Expr {
        match self {
            Self::Scalar(expr) => expr,
            Self::List(list) => list.length,
        }
    }
}

/// The value of a leaf that is not there.
pub(super) fn zero(leaf: Leaf) -> Val {
    match leaf {
        Leaf::Scalar(ty) => Val::Scalar(Expr::constant(Value::ZERO, ty)),
        Leaf::List(element, max) => Val::List(empty(element, max)),
    }
}

/// A list of nothing.
pub(super) fn empty(element: Vec<Scalar>, max: u32) -> List {
    let length = Expr::constant(Value::ZERO, Scalar::U32);
    List { length, items: Items::These(Vec::new()), element, max }
}

/// The leaves of a constant, from its scalars.
pub(super) fn constant(ty: &Type, values: &[Value]) -> Vec<Val> {
    let mut rest = values.iter().copied();
    let mut next = |ty: Scalar| Expr::constant(rest.next().unwrap_or_default(), ty);
    let leaf = |leaf| match leaf {
        Leaf::Scalar(ty) => Val::Scalar(next(ty)),
        Leaf::List(element, max) => {
            let length = next(Scalar::U32);
            let mut rows: Vec<Vec<Expr>> =
                (0..max).map(|_| element.iter().map(|ty| next(*ty)).collect()).collect();
            if let crate::ir::ExprKind::Const(count) = &length.kind {
                rows.truncate(usize::try_from(count.low()).unwrap_or(usize::MAX));
            }
            Val::List(List { length, items: Items::These(rows), element, max })
        }
    };
    leaves(ty).into_iter().map(leaf).collect()
}

/// Where a leaf of a local variable is.
#[derive(Clone, Debug)]
pub(super) enum Spot {
    Scalar(LocalId, Scalar),
    List(ListSpot),
}

/// Where a list of a local variable is.
#[derive(Clone, Debug)]
pub(super) struct ListSpot {
    pub(super) length: LocalId,
    /// Where its elements are; none before the first value.
    pub(super) buffer: Option<BufferId>,
    pub(super) element: Vec<Scalar>,
    pub(super) max: u32,
}

/// A leaf of a value in the state.
#[derive(Clone, Debug)]
pub(super) enum CellLeaf {
    Scalar(VariableId),
    /// A list: its length, the variables of an element's scalars, and the greatest length.
    List(VariableId, Vec<VariableId>, u32),
}

/// The leaves of a value in the state, in the order of its type's.
pub(super) fn cell_leaves(cells: &Cells) -> Vec<CellLeaf> {
    match cells {
        Cells::Scalar(variable) => vec![CellLeaf::Scalar(*variable)],
        Cells::Words(words) => words.iter().copied().map(CellLeaf::Scalar).collect(),
        Cells::Record(parts) => parts.iter().flat_map(cell_leaves).collect(),
        Cells::Option(there, content) => {
            let mut all = vec![CellLeaf::Scalar(*there)];
            all.extend(cell_leaves(content));
            all
        }
        Cells::Enum(tag, variants) => {
            let mut all = vec![CellLeaf::Scalar(*tag)];
            all.extend(variants.iter().flatten().flat_map(cell_leaves));
            all
        }
        Cells::List { length, element, max } => {
            let leaves = cell_leaves(element);
            let scalar = |leaf: &CellLeaf| match leaf {
                CellLeaf::Scalar(variable) | CellLeaf::List(variable, ..) => *variable,
            };
            vec![CellLeaf::List(*length, leaves.iter().map(scalar).collect(), *max)]
        }
    }
}
