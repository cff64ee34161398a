//! The frame in an instance's memory: limbs at offsets, as `mc_container::frame` lays them out.

use crate::guard;
use mc_container::codec;
use mc_container::error::SystemError;
use mc_container::frame::{EXCHANGE, LIMB, Layout, SLOT, TABLE_ENTRY};
use mc_container::ty::Type;
use mc_container::value::{Scalar, Value};

/// What an event or a result usually needs.
const USUAL_BYTES: usize = 64;

/// Writes limbs, one after the other; what lies outside of the memory is refused.
pub(crate) fn write_limbs(memory: &mut [u8], offset: u32, limbs: &[u64]) -> Result<(), SystemError> {
    let (places, _) = memory.get_mut(offset as usize..).unwrap_or_default().as_chunks_mut();
    let places = places.get_mut(..limbs.len()).ok_or(SystemError::Undeclared)?;
    for (bytes, limb) in places.iter_mut().zip(limbs) {
        *bytes = limb.to_le_bytes();
    }
    Ok(())
}

/// Reads a value of `limbs` limbs.
pub(crate) fn read(memory: &[u8], offset: u32, limbs: usize) -> Value {
    let start = offset as usize;
    Value::from_bytes(memory.get(start..start + limbs * LIMB as usize).unwrap_or_default())
}

/// The table of a frame and the slots that its places tell.
pub(crate) struct CellPlaces<'m> {
    table: &'m mut [[u8; TABLE_ENTRY as usize]],
    slots: &'m mut [[u8; SLOT as usize]],
    slots_start: u32,
}

impl<'m> CellPlaces<'m> {
    /// Those of a frame with this layout.
    #[inline]
    pub(crate) fn of(memory: &'m mut [u8], layout: &Layout) -> Option<Self> {
        let (head, slots) = memory.split_at_mut_checked(layout.slots_start as usize)?;
        let (table, _) = head.get_mut(layout.table as usize..)?.as_chunks_mut();
        let (slots, _) = slots.as_chunks_mut();
        Some(Self { table, slots: slots.get_mut(..layout.slots as usize)?, slots_start: layout.slots_start })
    }

    /// Writes a cell to the slot with this number.
    ///
    /// # Errors
    /// `Undeclared`, where the frame has no such slot.
    #[inline]
    pub(crate) fn write(&mut self, slot: u32, value: Value) -> Result<(), SystemError> {
        *self.slots.get_mut(slot as usize).ok_or(SystemError::Undeclared)? = value.to_bytes();
        Ok(())
    }

    /// Where a slot lies.
    #[inline]
    pub(crate) fn offset(&self, slot: u32) -> u32 {
        self.slots_start + slot * SLOT
    }

    /// Tells a slot in a place of the table.
    ///
    /// # Errors
    /// `Undeclared`, where the table has no such place.
    #[inline]
    pub(crate) fn tell(&mut self, place: u32, slot: u32) -> Result<(), SystemError> {
        let offset = self.offset(slot);
        *self.table.get_mut(place as usize).ok_or(SystemError::Undeclared)? = offset.to_le_bytes();
        Ok(())
    }
}

/// A value as it lies in a slot.
fn of_slot(slot: &[u8; SLOT as usize]) -> Value {
    let (limbs, _) = slot.as_chunks::<{ LIMB as usize }>();
    let mut value = Value::ZERO;
    value.0.iter_mut().zip(limbs).for_each(|(limb, bytes)| *limb = u64::from_le_bytes(*bytes));
    value
}

/// The cells in the slots of a frame.
#[inline]
pub(crate) fn slots(memory: &[u8], layout: &Layout) -> impl Iterator<Item = Value> {
    let (slots, _) = memory.get(layout.slots_start as usize..).unwrap_or_default().as_chunks();
    slots.iter().map(of_slot)
}

/// Writes scalars, one after the other without gaps.
pub(crate) fn write_scalars(
    memory: &mut [u8],
    offset: u32,
    scalars: impl IntoIterator<Item = (Scalar, Value)>,
) -> Result<(), SystemError> {
    let (mut places, _) = memory.get_mut(offset as usize..).unwrap_or_default().as_chunks_mut();
    for (ty, value) in scalars {
        let (own, rest) = places.split_at_mut_checked(ty.limbs()).ok_or(SystemError::Undeclared)?;
        for (bytes, limb) in own.iter_mut().zip(value.0) {
            *bytes = limb.to_le_bytes();
        }
        places = rest;
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

/// The canonical encoding of the values of these types in the exchange area.
pub(crate) fn exchanged_bytes<'t>(
    memory: &[u8],
    types: impl IntoIterator<Item = &'t Type> + Clone,
) -> Result<Vec<u8>, SystemError> {
    let mut bytes = Vec::new();
    let mut offset = EXCHANGE;
    types.into_iter().try_for_each(|ty| encode_part(memory, ty, &mut offset, &mut bytes))?;
    Ok(bytes)
}

/// Scalars are encoded as they stand; what may be there or not, or be of any length, is a value of its own.
fn encode_part(memory: &[u8], ty: &Type, offset: &mut u32, bytes: &mut Vec<u8>) -> Result<(), SystemError> {
    match ty {
        Type::Scalar(scalar) => encode_scalar(memory, *scalar, offset, bytes),
        Type::Asset(_) | Type::Seen(_) => encode_scalar(memory, Scalar::U128, offset, bytes),
        Type::Tuple(parts) => parts.iter().try_for_each(|part| encode_part(memory, part, offset, bytes)),
        Type::Struct(it) => {
            it.fields.iter().try_for_each(|field| encode_part(memory, &field.ty, offset, bytes))
        }
        Type::String(_) | Type::Bytes(_) | Type::Option(_) | Type::List(..) | Type::Enum(_) => {
            let mut values = Vec::new();
            read_value(memory, ty, offset, &mut values)?;
            codec::encode(ty, &values, bytes);
            Ok(())
        }
    }
}

fn encode_scalar(
    memory: &[u8],
    ty: Scalar,
    offset: &mut u32,
    bytes: &mut Vec<u8>,
) -> Result<(), SystemError> {
    if bytes.capacity() == 0 {
        bytes.reserve(USUAL_BYTES);
    }
    guard::canonical(ty, read(memory, *offset, ty.limbs()))?.encode(ty, bytes);
    *offset += ty.limbs() as u32 * LIMB;
    Ok(())
}

/// Appends the scalars of the values of these types in the exchange area; what is not there is zero, whatever the
/// code has left behind.
pub(crate) fn exchanged_values<'t>(
    memory: &[u8],
    types: impl IntoIterator<Item = &'t Type>,
    values: &mut Vec<Value>,
) -> Result<(), SystemError> {
    let mut offset = EXCHANGE;
    types.into_iter().try_for_each(|ty| read_value(memory, ty, &mut offset, values))
}

fn read_value(
    memory: &[u8],
    ty: &Type,
    offset: &mut u32,
    values: &mut Vec<Value>,
) -> Result<(), SystemError> {
    let start = values.len();
    for scalar in ty.scalars() {
        values.push(read(memory, *offset, scalar.limbs()));
        *offset += scalar.limbs() as u32 * LIMB;
    }
    let is_value = codec::normalise(ty, values.get_mut(start..).unwrap_or_default());
    if is_value { Ok(()) } else { Err(SystemError::Malformed) }
}
