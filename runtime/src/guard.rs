//! The guard: what a container may do to its cells, whatever its code says.
//!
//! These checks do not trust the module. They are what makes the access formulas true of every execution.

use crate::receipt::Event;
use ethnum::I256;
use mc_container::access::Span;
use mc_container::error::SystemError;
use mc_container::frame::EVENT_BYTES_MAX;
use mc_container::value::{Scalar, Value};

/// The greatest number of events of one transaction.
const EVENTS_MAX: usize = 256;

/// May a cell that may be changed, or not, become `value`?
pub(crate) fn change(may_change: bool, ty: Scalar, value: Value) -> Result<(), SystemError> {
    if may_change { canonical(ty, value).map(|_| ()) } else { Err(SystemError::Undeclared) }
}

/// Is `value` one that its type has?
pub(crate) fn canonical(ty: Scalar, value: Value) -> Result<Value, SystemError> {
    if value.is_canonical(ty) { Ok(value) } else { Err(SystemError::Malformed) }
}

/// May a transaction have changed a number it only adds to by this much?
pub(crate) fn within(span: &Span, change: I256) -> Result<(), SystemError> {
    if span.low <= change && change <= span.high { Ok(()) } else { Err(SystemError::Undeclared) }
}

/// May a transaction that has emitted these events emit one more, with this data?
pub(crate) fn emit(emitted: &[Event], data: &[u8]) -> Result<(), SystemError> {
    let bytes = emitted.iter().map(|event| event.data.len()).sum::<usize>() + data.len();
    let fits = emitted.len() < EVENTS_MAX && bytes <= EVENT_BYTES_MAX;
    if fits { Ok(()) } else { Err(SystemError::TooManyEvents) }
}
