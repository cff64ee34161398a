//! Shares: numbers that workers take until none is left, each from its own share first. Whoever takes the same share in
//! every phase of a block finds what it has made near, and leaves what others have made where it is.

use crossbeam_utils::CachePadded;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// The shares of all workers.
pub(crate) struct Shares(Vec<Share>);

struct Share {
    next: CachePadded<AtomicUsize>,
    end: usize,
}

impl Shares {
    /// Shares of about the same size of the numbers below `count`.
    pub(crate) fn even(count: usize, workers: usize) -> Self {
        let bound = |worker: usize| count * worker / workers;
        let share = |worker| Share { next: CachePadded::new(bound(worker).into()), end: bound(worker + 1) };
        Self((0..workers).map(share).collect())
    }

    /// Takes some numbers, at most so many: fewer the fewer are left, so that all workers end at the same time.
    pub(crate) fn take(&self, worker: usize, most: usize) -> Option<Range<usize>> {
        let (before, from) = self.0.split_at_checked(worker).unwrap_or((&[], &self.0));
        from.iter().chain(before).find_map(|share| share.take(self.0.len(), most))
    }
}

impl Share {
    fn take(&self, workers: usize, most: usize) -> Option<Range<usize>> {
        let open = self.end.checked_sub(self.next.load(Relaxed)).filter(|open| *open > 0)?;
        let size = (open / (4 * workers)).clamp(1, most);
        let start = self.next.fetch_add(size, Relaxed);
        (start < self.end).then(|| start..self.end.min(start + size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_taken_once_and_each_worker_starts_with_its_own() {
        for (count, workers, most) in [(0, 2, 1), (1, 2, 4), (16, 2, 1), (1_000, 3, 16), (5, 8, 16)] {
            let shares = Shares::even(count, workers);
            let firsts: Vec<_> = (0..workers).filter_map(|worker| shares.take(worker, most)).collect();
            let starts = (0..workers).map(|worker| count * worker / workers);
            if count >= workers {
                assert!(firsts.iter().map(|first| first.start).eq(starts));
            }
            let mut taken: Vec<usize> = firsts.into_iter().flatten().collect();
            while let Some(more) = shares.take(workers - 1, most) {
                taken.extend(more);
            }
            taken.sort_unstable();
            assert!(taken.into_iter().eq(0..count));
            assert_eq!(shares.take(0, most), None);
        }
    }
}
