//! Admission, the paper's step 1: which transactions call what exists, with arguments it takes.

use crate::registry::{ContainerId, Registry};
use crate::transaction::{Kind, Transaction};
use mc_container::error::SystemError;
use mc_container::manifest::{Entry, EntryKind};
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
    let entry = container.manifest().entry_number(&tx.data.entry).ok_or(SystemError::NoSuchEntry)?;
    let kind = container.signature(entry).ok_or(SystemError::NoSuchEntry)?.kind;
    if (kind == EntryKind::Init) != (origin == Origin::Deployment) {
        return Err(SystemError::NoSuchEntry);
    }
    Ok(Target { container: container.id, entry })
}

/// Appends the transaction's arguments to `args`, if they are what the entry takes.
pub(crate) fn arguments(entry: &Entry, tx: &Transaction, args: &mut Vec<Value>) -> Result<(), SystemError> {
    if tx.value != 0 {
        return Err(SystemError::ValueNotTaken);
    }
    let start = args.len();
    let mut bytes = tx.data.arguments.as_slice();
    let mut whole = true;
    for param in &entry.params {
        match Value::decode(param.ty, &mut bytes) {
            Some(value) => args.push(value),
            None => whole = false,
        }
    }
    if whole && bytes.is_empty() {
        return Ok(());
    }
    args.truncate(start);
    Err(SystemError::BadArguments)
}
