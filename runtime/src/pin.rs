//! Pinning: a worker that stays on one core finds there what it left in the caches.

#[cfg(target_os = "linux")]
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Keeps the calling thread on the core with this number among those that it may use; says whether that was possible.
#[cfg(target_os = "linux")]
pub fn pin(number: usize) -> bool {
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
pub fn pin(_number: usize) -> bool {
    false
}

/// A thread that is pinned until this is dropped.
pub(crate) struct Pinned {
    #[cfg(target_os = "linux")]
    allowed: Option<CpuSet>,
}

#[cfg(target_os = "linux")]
impl Pinned {
    /// Pins the calling thread, if that is possible.
    pub(crate) fn to(number: usize) -> Self {
        let allowed = sched_getaffinity(None).ok();
        Self { allowed: allowed.filter(|_| pin(number)) }
    }
}

#[cfg(target_os = "linux")]
impl Drop for Pinned {
    fn drop(&mut self) {
        // Where the system has taken cores away meanwhile, the thread stays where it is.
        let _ = self.allowed.map(|allowed| sched_setaffinity(None, &allowed));
    }
}

#[cfg(not(target_os = "linux"))]
impl Pinned {
    pub(crate) fn to(_number: usize) -> Self {
        Self {}
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::{Pinned, pin};
    use rustix::thread::sched_getaffinity;

    #[test]
    fn a_thread_is_pinned_to_a_core_that_there_is() {
        let pinned = |number| std::thread::spawn(move || pin(number)).join().ok();
        assert_eq!(pinned(0), Some(true));
        assert_eq!(pinned(1_000_000), Some(false));
    }
    #[test]
    fn who_is_pinned_for_a_while_is_free_again() {
        let before = sched_getaffinity(None).unwrap();
        let pinned = Pinned::to(0);
        assert_eq!(sched_getaffinity(None).unwrap().count(), 1);
        drop(pinned);
        assert_eq!(sched_getaffinity(None).unwrap(), before);
    }
}
