//! Stirring, for tests: a worker gives its core away at moments that a seed decides.

use std::sync::atomic::{AtomicU64, Ordering};

/// The moments of one block; none without a seed.
#[derive(Debug)]
pub(crate) struct Stir(Option<AtomicU64>);

impl Stir {
    pub(crate) fn new(seed: Option<u64>) -> Self {
        Self(seed.map(AtomicU64::new))
    }

    /// Perhaps gives the core away.
    #[inline]
    pub(crate) fn stir(&self) {
        if let Some(state) = &self.0 {
            let yields = mix(state.fetch_add(STEP, Ordering::Relaxed)) % 4;
            (0..yields.saturating_sub(1)).for_each(|_| std::thread::yield_now());
        }
    }
}

/// What is added to a state from one number to the next.
pub(crate) const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// The number that a state stands for.
pub(crate) fn mix(state: u64) -> u64 {
    let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed ^ (mixed >> 27)
}
