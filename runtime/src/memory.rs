//! The frame in an instance's memory: limbs at offsets, as `mc_container::frame` lays them out.

use crate::guard;
use mc_container::error::SystemError;
use mc_container::frame::{self, EXCHANGE, LIMB, SLOT};
use mc_container::value::{Scalar, Value};

/// Writes limbs, one after the other; what lies outside of the memory is refused.
pub(crate) fn write_limbs(memory: &mut [u8], offset: u32, limbs: &[u64]) -> Result<(), SystemError> {
    let start = offset as usize;
    let place = memory.get_mut(start..start + limbs.len() * LIMB as usize).ok_or(SystemError::Undeclared)?;
    for (bytes, limb) in place.chunks_exact_mut(LIMB as usize).zip(limbs) {
        bytes.copy_from_slice(&limb.to_le_bytes());
    }
    Ok(())
}

/// Writes one entry of the table.
pub(crate) fn write_entry(memory: &mut [u8], offset: u32, entry: u32) -> Result<(), SystemError> {
    let start = offset as usize;
    let place = memory.get_mut(start..start + frame::TABLE_ENTRY as usize).ok_or(SystemError::Undeclared)?;
    place.copy_from_slice(&entry.to_le_bytes());
    Ok(())
}

/// Reads a value of `limbs` limbs.
pub(crate) fn read(memory: &[u8], offset: u32, limbs: usize) -> Value {
    let start = offset as usize;
    Value::from_bytes(memory.get(start..start + limbs * LIMB as usize).unwrap_or_default())
}

/// Reads a cell from its slot.
pub(crate) fn read_slot(memory: &[u8], offset: u32) -> Value {
    read(memory, offset, (SLOT / LIMB) as usize)
}

/// Writes scalars, one after the other without gaps.
pub(crate) fn write_scalars(
    memory: &mut [u8],
    mut offset: u32,
    scalars: impl IntoIterator<Item = (Scalar, Value)>,
) -> Result<(), SystemError> {
    for (ty, value) in scalars {
        write_limbs(memory, offset, value.0.get(..ty.limbs()).unwrap_or_default())?;
        offset += ty.limbs() as u32 * LIMB;
    }
    Ok(())
}

/// Reads the scalars of these types from the exchange area; each must be one that its type has.
pub(crate) fn exchanged(
    memory: &[u8],
    types: impl IntoIterator<Item = Scalar>,
    mut take: impl FnMut(Scalar, Value),
) -> Result<(), SystemError> {
    let mut offset = EXCHANGE;
    for ty in types {
        take(ty, guard::canonical(ty, read(memory, offset, ty.limbs()))?);
        offset += ty.limbs() as u32 * LIMB;
    }
    Ok(())
}

/// The canonical encoding of the scalars of these types in the exchange area.
pub(crate) fn exchanged_bytes(
    memory: &[u8],
    types: impl IntoIterator<Item = Scalar> + Clone,
) -> Result<Vec<u8>, SystemError> {
    let mut bytes = Vec::with_capacity(types.clone().into_iter().map(Scalar::width).sum());
    exchanged(memory, types, |ty, value| value.encode(ty, &mut bytes))?;
    Ok(bytes)
}
