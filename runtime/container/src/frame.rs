//! The frame: how the runtime and an entry's code share the instance's memory during one call.
//!
//! ```text
//!      0   caller      3 limbs
//!     24   now         1 limb
//!     32   self        3 limbs, the container's own address
//!     56   (unused)
//!     64   exchange   64 limbs: results, error payloads, events, keys to resolve, step arguments and results
//!    576   arguments  64 limbs
//!   1088   table       one u32 a turn of each exact access: the offset of its cell's slot
//!      …   slots       4 limbs a cell
//! ```
//!
//! Everything is little-endian and a limb is 8 bytes; a scalar takes as many limbs as its type has, one after
//! the other without gaps, but a cell always has 4. The code reads and writes cells in their slots and never
//! sees another; two names of one cell find one slot, because the runtime fills the table. It stores through
//! one function only, which masks the offset, so the runtime clears just the frame between two calls.

use crate::access::EntryAccess;
use crate::manifest::Variable;

/// Offset of the signer's address.
pub const CALLER: u32 = 0;
/// Offset of the block's time.
pub const NOW: u32 = 24;
/// Offset of the container's own address.
pub const SELF_ADDRESS: u32 = 32;
/// Offset of the area through which values leave and enter during a call.
pub const EXCHANGE: u32 = 64;
/// Limbs of the exchange area, and of the arguments.
pub const AREA_LIMBS: u32 = 64;
/// Offset of the arguments.
pub const ARGUMENTS: u32 = EXCHANGE + AREA_LIMBS * LIMB;
/// Offset of the table of slots.
pub const TABLE: u32 = ARGUMENTS + AREA_LIMBS * LIMB;
/// Bytes of a limb.
pub const LIMB: u32 = 8;
/// Bytes of an entry of the table.
pub const TABLE_ENTRY: u32 = 4;
/// Bytes of a slot.
pub const SLOT: u32 = 32;
/// The greatest frame: one page of WASM memory.
pub const FRAME_BYTES_MAX: u32 = 65_536;

/// The name of the module that an entry's code imports from.
pub const IMPORT_MODULE: &str = "mc";
/// `emit(event: i32)`: the event's fields stand in the exchange area.
pub const IMPORT_EMIT: &str = "emit";
/// `resolve(access: i32) -> i32`: the offset of the slot of the cell whose keys stand in the exchange area.
pub const IMPORT_RESOLVE: &str = "resolve";
/// `step(step: i32) -> i32`: runs a step with the arguments in the exchange area, where its results come
/// back; the result is 0, or the step's failure code.
pub const IMPORT_STEP: &str = "step";
/// The name under which a module exports its memory.
pub const EXPORT_MEMORY: &str = "memory";
/// The name of the custom section with the access formulas.
pub const ACCESS_SECTION: &str = "mc.access";

/// Where one entry's table and slots lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// For each access, the first of its entries in the table; exact accesses only.
    pub table_starts: Vec<u32>,
    /// Offset of the first slot.
    pub slots_start: u32,
    /// The number of slots: as many as a call may touch cells.
    pub slots: u32,
}

impl Layout {
    /// The layout of an entry with these accesses.
    #[must_use]
    pub fn new(access: &EntryAccess, variables: &[Variable]) -> Self {
        let (mut entries, mut slots) = (0_u32, 0_u32);
        let mut table_starts = Vec::with_capacity(access.accesses.len());
        for access in &access.accesses {
            table_starts.push(entries);
            let depth = variables.get(usize::from(access.variable.0)).map_or(0, |v| v.keys.len());
            if access.is_exact(depth) {
                entries = entries.saturating_add(access.cells_max());
            }
            slots = slots.saturating_add(access.cells_max());
        }
        let table_bytes = entries.saturating_mul(TABLE_ENTRY);
        let slots_start =
            TABLE.saturating_add(table_bytes).checked_next_multiple_of(LIMB).unwrap_or(u32::MAX);
        Self { table_starts, slots_start, slots }
    }

    /// Offset of the table's entry for turn 0 of the access with this number.
    #[must_use]
    pub fn table_entry(&self, access: usize) -> u32 {
        TABLE + self.table_starts.get(access).copied().unwrap_or(0).saturating_mul(TABLE_ENTRY)
    }

    /// Bytes of the whole frame.
    #[must_use]
    pub fn bytes(&self) -> u32 {
        self.slots.saturating_mul(SLOT).saturating_add(self.slots_start)
    }
}

/// Bytes that a module with these entries may store to: the least power of two that holds every frame.
/// `None` where it would exceed [`FRAME_BYTES_MAX`].
#[must_use]
pub fn module_bytes(entries: &[EntryAccess], variables: &[Variable]) -> Option<u32> {
    let widest = entries.iter().map(|entry| Layout::new(entry, variables).bytes()).max();
    let bytes = widest.unwrap_or(0).max(TABLE).checked_next_power_of_two()?;
    (bytes <= FRAME_BYTES_MAX).then_some(bytes)
}
