//! The rules that an analysis rests on, by name.
//!
//! All of them always hold. Tests turn one off to see that blocks then come out differently.

/// Which rules hold.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "one for each rule")]
pub struct Rules {
    /// Of two arms one is taken: what they add is joined, not added up.
    pub arms_exclude: bool,
    /// What a guard tells holds behind it, not where another way comes in.
    pub guards_dominate: bool,
    /// The condition of a branch holds in it, not behind it.
    pub branches_end: bool,
    /// Behind two ways a cell holds what both have left in it.
    pub stores_join: bool,
    /// What is taken out of a cell must have been there.
    pub takers_need: bool,
    /// What a guard lets a cell hold at most must be free above it.
    pub ceilings_need: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            arms_exclude: true,
            guards_dominate: true,
            branches_end: true,
            stores_join: true,
            takers_need: true,
            ceilings_need: true,
        }
    }
}
