//! The frame: how the runtime and an entry's code share the instance's memory during one call.
//!
//! ```text
//!      0   caller      3 limbs
//!     24   now         1 limb
//!     32   self        3 limbs, the container's own address
//!     56   via         1 limb, whether a composition is running, and 3 limbs, its address
//!     88   height      1 limb, of the block
//!     96   tx id       4 limbs; zero unless the code names this place, which the verifier looks for
//!    128   exchange    results, error payloads, events, keys to resolve, operands, step arguments and results
//!      …   arguments   the scalars of the parameters
//!      …   scratch     lists of the code's own
//!      …   table       one u32 a turn of each exact access: the offset of its cell's slot
//!      …   slots       4 limbs a cell
//! ```
//!
//! The exchange area and the arguments have one size for all entries of a module: that of the longest.
//!
//! Everything is little-endian and a limb is 8 bytes; a scalar takes as many limbs as its type has, one after
//! the other without gaps, but a cell always has 4. The code reads and writes cells in their slots and never
//! sees another; two names of one cell find one slot, because the runtime fills the table. It stores through
//! one function only, which masks the offset, so the runtime clears just the frame between two calls.

use crate::access::EntryAccess;
use crate::manifest::{Entry, Manifest, Variable};
use crate::ty::Type;
use crate::value::Scalar;

/// Offset of the signer's address.
pub const CALLER: u32 = 0;
/// Offset of the block's time.
pub const NOW: u32 = 24;
/// Offset of the container's own address.
pub const SELF_ADDRESS: u32 = 32;
/// Offset of whether the entry runs as a step, and of the composition's address.
pub const VIA: u32 = 56;
/// Offset of the block's height.
pub const HEIGHT: u32 = 88;
/// Offset of the transaction's id.
pub const TX_ID: u32 = 96;
/// Offset of the area through which values leave and enter during a call.
pub const EXCHANGE: u32 = 128;
/// The least number of limbs of the exchange area.
pub const EXCHANGE_LIMBS_MIN: u32 = 16;
/// Bytes of a limb.
pub const LIMB: u32 = 8;
/// Bytes of an entry of the table.
pub const TABLE_ENTRY: u32 = 4;
/// Bytes of a slot.
pub const SLOT: u32 = 32;
/// The greatest frame: one page of WASM memory.
pub const FRAME_BYTES_MAX: u32 = 65_536;

/// The most bytes that the events of one transaction may hold together: as many as one frame.
pub const EVENT_BYTES_MAX: usize = FRAME_BYTES_MAX as usize;

/// The name of the module that an entry's code imports from.
pub const IMPORT_MODULE: &str = "mc";
/// `emit(event: i32)`: the event's fields stand in the exchange area.
pub const IMPORT_EMIT: &str = "emit";
/// `resolve(access: i32) -> i32`: the offset of the slot of the cell whose keys stand in the exchange area.
pub const IMPORT_RESOLVE: &str = "resolve";
/// `step(step: i32) -> i32`: runs a step with the arguments in the exchange area, where its results come
/// back; the result is 0, or the step's failure code.
pub const IMPORT_STEP: &str = "step";
/// `compute(computation: i32) -> i32`: runs the manifest's computation of this number with the operands in the
/// exchange area, where its result comes back; gives 0, or the code of the system's error.
pub const IMPORT_COMPUTE: &str = "compute";
/// `savepoint(action: i32)`: one of the three below; compositions only.
pub const IMPORT_SAVEPOINT: &str = "savepoint";
/// `(number)`: observed code is at this point of its source. The verifier knows no such import: no package has it.
pub const IMPORT_OBSERVE: &str = "observe";
/// Opens a savepoint.
pub const SAVEPOINT_OPEN: i32 = 0;
/// Closes the innermost savepoint; what was done since stays.
pub const SAVEPOINT_KEEP: i32 = 1;
/// Closes the innermost savepoint; what the steps since have written and emitted is undone.
pub const SAVEPOINT_UNDO: i32 = 2;
/// The name under which a module exports its memory.
pub const EXPORT_MEMORY: &str = "memory";
/// The name of the custom section with the access formulas.
pub const ACCESS_SECTION: &str = "mc.access";

/// Where the parts of the frames of one module lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleLayout {
    /// Limbs of the exchange area.
    pub exchange_limbs: u32,
    /// Offset of the arguments.
    pub arguments: u32,
    /// One for each entry.
    pub entries: Vec<Layout>,
}

/// Where the parts of one entry's frame lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Offset of the scratch area.
    pub scratch: u32,
    /// Offset of the table.
    pub table: u32,
    /// For each access, the first of its entries in the table; exact accesses only.
    pub table_starts: Vec<u32>,
    /// Offset of the first slot.
    pub slots_start: u32,
    /// The number of slots: as many as a call may touch cells.
    pub slots: u32,
}

impl ModuleLayout {
    /// The layout of a module; `access` are the formulas of the manifest's entries, in order.
    #[must_use]
    pub fn new(manifest: &Manifest, access: &[EntryAccess]) -> Self {
        let exchange_limbs = exchange_limbs(manifest);
        let arguments = limbs_after(EXCHANGE, exchange_limbs);
        let longest = manifest.entries.iter().map(|entry| limbs(entry.params.iter().map(|param| &param.ty)));
        let scratch = limbs_after(arguments, longest.max().unwrap_or(0));
        let layout = |(entry, access): (&Entry, &EntryAccess)| {
            Layout::new(access, &manifest.variables, (scratch, entry.scratch_limbs))
        };
        let entries = manifest.entries.iter().zip(access).map(layout).collect();
        Self { exchange_limbs, arguments, entries }
    }

    /// Bytes that the module may store to: the least power of two that holds every frame. `None` where it
    /// would exceed [`FRAME_BYTES_MAX`].
    #[must_use]
    pub fn bytes(&self) -> Option<u32> {
        let widest = self.entries.iter().map(Layout::bytes).max();
        let bytes = widest.unwrap_or(0).max(self.arguments).checked_next_power_of_two()?;
        (bytes <= FRAME_BYTES_MAX).then_some(bytes)
    }
}

impl Layout {
    fn new(access: &EntryAccess, variables: &[Variable], (scratch, scratch_limbs): (u32, u32)) -> Self {
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
        let table = limbs_after(scratch, scratch_limbs);
        let table_bytes = entries.saturating_mul(TABLE_ENTRY);
        let slots_start =
            table.saturating_add(table_bytes).checked_next_multiple_of(LIMB).unwrap_or(u32::MAX);
        Self { scratch, table, table_starts, slots_start, slots }
    }

    /// Offset of the table's entry for turn 0 of the access with this number.
    #[inline]
    #[must_use]
    pub fn table_entry(&self, access: usize) -> u32 {
        let start = self.table_starts.get(access).copied().unwrap_or(0);
        start.saturating_mul(TABLE_ENTRY).saturating_add(self.table)
    }

    /// Bytes of the whole frame.
    #[must_use]
    pub fn bytes(&self) -> u32 {
        self.slots.saturating_mul(SLOT).saturating_add(self.slots_start)
    }
}

/// Limbs of the longest sequence of values that goes through the exchange area.
fn exchange_limbs(manifest: &Manifest) -> u32 {
    let results = manifest.entries.iter().map(|entry| limbs([&entry.result]));
    let errors = manifest.errors.iter().map(|error| limbs(error.params.iter().map(|param| &param.ty)));
    let events = manifest.events.iter().map(|event| limbs(event.fields.iter().map(|field| &field.ty)));
    let keys = manifest.variables.iter().map(|variable| scalar_limbs(&variable.keys));
    let computations = manifest.computations.iter().map(|computation| scalar_limbs(&computation.operands()));
    let steps = manifest.slots.iter().flat_map(|slot| &slot.entries);
    let steps = steps.map(|entry| limbs(&entry.params).max(limbs([&entry.result])));
    let all = results.chain(errors).chain(events).chain(keys).chain(computations).chain(steps);
    all.max().unwrap_or(0).max(EXCHANGE_LIMBS_MIN)
}

fn limbs<'t>(types: impl IntoIterator<Item = &'t Type>) -> u32 {
    let limbs: usize = types.into_iter().map(Type::limbs).fold(0, usize::saturating_add);
    u32::try_from(limbs).unwrap_or(u32::MAX)
}

fn scalar_limbs(scalars: &[Scalar]) -> u32 {
    u32::try_from(scalars.iter().map(|scalar| scalar.limbs()).sum::<usize>()).unwrap_or(u32::MAX)
}

fn limbs_after(offset: u32, limbs: u32) -> u32 {
    limbs.saturating_mul(LIMB).saturating_add(offset)
}
