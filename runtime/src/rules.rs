//! The rules that a schedule rests on, by name.
//!
//! All of them always hold. Tests turn one off to see that blocks then come out differently.

/// Which rules hold.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "one for each rule")]
pub struct Rules {
    /// Deltas whose head-room may run out are ordered.
    pub head_room: bool,
    /// A delta cell shows no more than its guards need.
    pub clamped_view: bool,
    /// A formula reads the state before the block only where no earlier transaction may change it.
    pub stable_read: bool,
    /// Whoever holds a lock is ordered with what happens below it.
    pub covering_locks: bool,
    /// A delta that must be ordered on its cell is ordered with credits through the locks above it.
    pub scarce_deltas: bool,
    /// Whoever looks at a cell is ordered with credits through the locks above it.
    pub credits_exclude_reads: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            head_room: true,
            clamped_view: true,
            stable_read: true,
            covering_locks: true,
            scarce_deltas: true,
            credits_exclude_reads: true,
        }
    }
}
