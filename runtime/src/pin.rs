//! Pinning: a worker that stays on one core finds there what it left in the caches.

/// Keeps the calling thread on the core with this number among those that it may use; says whether that was possible.
#[cfg(target_os = "linux")]
pub(crate) fn pin(number: usize) -> bool {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
    let Ok(allowed) = sched_getaffinity(None) else { return false };
    let Some(core) = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core)).nth(number) else {
        return false;
    };
    let mut own = CpuSet::new();
    own.set(core);
    sched_setaffinity(None, &own).is_ok()
}

/// Elsewhere threads go where the system puts them.
#[cfg(not(target_os = "linux"))]
pub(crate) fn pin(_number: usize) -> bool {
    false
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::pin;

    #[test]
    fn a_thread_is_pinned_to_a_core_that_there_is() {
        let pinned = |number| std::thread::spawn(move || pin(number)).join().ok();
        assert_eq!(pinned(0), Some(true));
        assert_eq!(pinned(1_000_000), Some(false));
    }
}
