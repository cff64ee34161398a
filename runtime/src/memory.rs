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

/// The value of at most four limbs.
#[inline]
fn of_limbs(limbs: &[[u8; LIMB as usize]]) -> Value {
    let mut value = Value::ZERO;
    value.0.iter_mut().zip(limbs).for_each(|(limb, bytes)| *limb = u64::from_le_bytes(*bytes));
    value
}

/// A value as it lies in a slot.
fn of_slot(slot: &[u8; SLOT as usize]) -> Value {
    of_limbs(slot.as_chunks().0)
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

/// What is still to be read of the exchange area.
struct Exchanged<'m>(&'m [[u8; LIMB as usize]]);

impl<'m> Exchanged<'m> {
    fn of(memory: &'m [u8]) -> Self {
        Self(memory.get(EXCHANGE as usize..).unwrap_or_default().as_chunks().0)
    }

    /// The next scalar, whether its type has it or not.
    #[inline]
    fn any(&mut self, ty: Scalar) -> Value {
        let (own, rest) = self.0.split_at_checked(ty.limbs()).unwrap_or_default();
        self.0 = rest;
        of_limbs(own)
    }

    /// The next scalar, which must be one that its type has.
    #[inline]
    fn scalar(&mut self, ty: Scalar) -> Result<Value, SystemError> {
        guard::canonical(ty, self.any(ty))
    }

    /// Takes the next value of a type part by part: each scalar, and as one what may be there or not, or be of any
    /// length. What is not there of that is zero, whatever the code has left behind.
    fn parts(&mut self, ty: &Type, take: &mut impl FnMut(&Type, &[Value])) -> Result<(), SystemError> {
        match ty {
            Type::Tuple(parts) => return parts.iter().try_for_each(|part| self.parts(part, take)),
            Type::Struct(it) => return it.fields.iter().try_for_each(|field| self.parts(&field.ty, take)),
            Type::Scalar(scalar) => take(ty, &[self.scalar(*scalar)?]),
            Type::Asset(_) | Type::Seen(_) => take(ty, &[self.scalar(Scalar::U128)?]),
            Type::String(_) | Type::Bytes(_) | Type::Option(_) | Type::List(..) | Type::Enum(_) => {
                let mut values = Vec::with_capacity(ty.scalar_count());
                ty.each_scalar(&mut |scalar| values.push(self.any(scalar)));
                if !codec::normalise(ty, &mut values) {
                    return Err(SystemError::Malformed);
                }
                take(ty, &values);
            }
        }
        Ok(())
    }
}

/// Reads the scalars of these types from the exchange area; each must be one that its type has.
pub(crate) fn exchanged(
    memory: &[u8],
    types: impl IntoIterator<Item = Scalar>,
    mut take: impl FnMut(Scalar, Value),
) -> Result<(), SystemError> {
    let mut exchanged = Exchanged::of(memory);
    types.into_iter().try_for_each(|ty| {
        take(ty, exchanged.scalar(ty)?);
        Ok(())
    })
}

/// The canonical encoding of the values of these types in the exchange area.
pub(crate) fn exchanged_bytes<'t>(
    memory: &[u8],
    types: impl IntoIterator<Item = &'t Type>,
) -> Result<Vec<u8>, SystemError> {
    let (mut exchanged, mut bytes) = (Exchanged::of(memory), Vec::new());
    let mut take = |ty: &Type, part: &[Value]| {
        if bytes.capacity() == 0 {
            bytes.reserve(USUAL_BYTES);
        }
        codec::encode(ty, part, &mut bytes);
    };
    types.into_iter().try_for_each(|ty| exchanged.parts(ty, &mut take))?;
    Ok(bytes)
}

/// Appends the scalars of the values of these types in the exchange area.
pub(crate) fn exchanged_values<'t>(
    memory: &[u8],
    types: impl IntoIterator<Item = &'t Type>,
    values: &mut Vec<Value>,
) -> Result<(), SystemError> {
    let mut exchanged = Exchanged::of(memory);
    types.into_iter().try_for_each(|ty| match ty {
        // Most are that.
        Type::Scalar(scalar) => {
            values.push(exchanged.scalar(*scalar)?);
            Ok(())
        }
        ty => exchanged.parts(ty, &mut |_, part| values.extend_from_slice(part)),
    })
}
