//! Admission, the paper's step 1: which transactions call what exists, with arguments it takes.

use crate::registry::{ContainerId, Registry, Shape};
use crate::transaction::{Kind, Transaction};
use mc_container::codec;
use mc_container::error::SystemError;
use mc_container::manifest::{Entry, EntryKind};
use mc_container::ty::Type;
use mc_container::value::Value;

/// Who asks for an entry to be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A transaction of a block.
    Block,
    /// A deployment, which alone may call `init`.
    Deployment,
}

/// The entry that a transaction calls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    pub(crate) container: ContainerId,
    pub(crate) entry: usize,
}

/// Finds what a transaction calls.
pub(crate) fn target(registry: &Registry, tx: &Transaction, origin: Origin) -> Result<Target, SystemError> {
    let container = match (tx.kind, tx.to) {
        (Kind::Call, Some(to)) => registry.get(to).ok_or(SystemError::NoSuchEntry)?,
        _ => return Err(SystemError::NoSuchEntry),
    };
    if tx.code.is_some_and(|code| code != *container.code()) {
        return Err(SystemError::OtherCode);
    }
    let entry = container.manifest().entry_number(&tx.data.entry).ok_or(SystemError::NoSuchEntry)?;
    let kind = container.signature(entry).ok_or(SystemError::NoSuchEntry)?.kind;
    if (kind == EntryKind::Init) != (origin == Origin::Deployment) {
        return Err(SystemError::NoSuchEntry);
    }
    if container.entries.get(entry).is_none_or(|linked| linked.shape.is_port) {
        return Err(SystemError::OnlyAsStep);
    }
    Ok(Target { container: container.id, entry })
}

/// Appends the scalars of the transaction's arguments to `args`, if they are what the entry takes. Its Value is
/// the argument for the parameter that takes the native asset.
pub(crate) fn arguments(
    signature: &Entry,
    shape: &Shape,
    tx: &Transaction,
    args: &mut Vec<Value>,
) -> Result<(), SystemError> {
    if tx.value != 0 && shape.value.is_none() {
        return Err(SystemError::ValueNotTaken);
    }
    let start = args.len();
    let mut bytes = tx.data.arguments.as_slice();
    let whole = signature.params.iter().try_for_each(|param| {
        if shape.value == Some(args.len() - start) && matches!(param.ty, Type::Asset(_)) {
            args.push(Value::from_u64(tx.value));
            return Some(());
        }
        codec::decode_into(&param.ty, &mut bytes, args)
    });
    if whole.is_some() && bytes.is_empty() {
        return Ok(());
    }
    args.truncate(start);
    Err(SystemError::BadArguments)
}
