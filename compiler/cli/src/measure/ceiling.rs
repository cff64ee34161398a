//! What the machine itself gains from its cores, just now: no block can gain more.

use mc_runtime::pin;
use schemars::JsonSchema;
use serde::Serialize;
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Turns of arithmetic of one probe: about a millisecond.
const TURNS: u64 = 400_000;
/// Places that a probe of the memory visits: about two milliseconds.
const VISITS: u32 = 60_000;
/// How many numbers lie in that memory: 64 MiB of them, more than any cache holds.
const PLACES: usize = 8 << 20;
/// Below this share of what its threads promise, the machine is busy with something else: 1.85 of 2.
const QUIET: f64 = 0.925;

/// How many times as much several threads get done as one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Ceiling {
    /// The threads.
    pub threads: usize,
    /// Of arithmetic.
    pub arithmetic: f64,
    /// Of reading memory here and there.
    pub memory: f64,
}

impl Ceiling {
    /// Measures it, as the median of a few runs.
    #[must_use]
    pub fn measure(threads: usize) -> Self {
        const RUNS: usize = 9;
        let memory: Vec<u64> = (0..PLACES as u64).map(mixed).collect();
        let median = |work: &(dyn Fn(u64) -> u64 + Sync)| {
            super::Quartiles::of((0..RUNS).map(|_| scaling(threads, work)).collect()).median
        };
        Self { threads, arithmetic: median(&arithmetic), memory: median(&|seed| wander(&memory, seed)) }
    }
}

/// How many times as much arithmetic `threads` get done as one, right now.
#[must_use]
pub fn arithmetic_scaling(threads: usize) -> f64 {
    scaling(threads, &arithmetic)
}

/// True if arithmetic scales as it does on a machine that has nothing else to do.
#[must_use]
pub fn is_quiet(threads: usize, scaling: f64) -> bool {
    scaling >= QUIET * threads as f64
}

fn arithmetic(seed: u64) -> u64 {
    let mut mixed = seed;
    for turn in 0..TURNS {
        mixed = (mixed ^ turn).wrapping_mul(6_364_136_223_846_793_005).rotate_left(17);
    }
    mixed
}

fn wander(memory: &[u64], seed: u64) -> u64 {
    let mut sum = 0_u64;
    for visit in 0..u64::from(VISITS) {
        let place = mixed(visit ^ seed << 32) as usize % PLACES;
        sum = sum.wrapping_add(memory.get(place).copied().unwrap_or_default());
    }
    sum
}

/// A number that looks like none of its neighbours.
fn mixed(number: u64) -> u64 {
    (number ^ 0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9).rotate_left(29)
}

/// The same work on each of `threads` at once, each on a core of its own, against one of them alone.
fn scaling(threads: usize, work: &(dyn Fn(u64) -> u64 + Sync)) -> f64 {
    let (alone, together) = (span(1, work), span(threads, work));
    if together.is_zero() { 1.0 } else { threads as f64 * alone.as_secs_f64() / together.as_secs_f64() }
}

/// How long the work takes on each of `threads`, from the first that begins to the last that ends. They wait for each
/// other awake: who sleeps may wake up on the core of another.
fn span(threads: usize, work: &(dyn Fn(u64) -> u64 + Sync)) -> Duration {
    let ready = AtomicUsize::new(0);
    let timed = |number: usize| {
        pin(number);
        ready.fetch_add(1, Ordering::AcqRel);
        while ready.load(Ordering::Acquire) < threads {
            std::hint::spin_loop();
        }
        let start = Instant::now();
        black_box(work(black_box(number as u64)));
        (start, Instant::now())
    };
    let spans: Vec<(Instant, Instant)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads)
            .map(|number| {
                scope.spawn({
                    let timed = &timed;
                    move || timed(number)
                })
            })
            .collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let first = spans.iter().map(|(start, _)| *start).min();
    let last = spans.iter().map(|(_, end)| *end).max();
    first.zip(last).map_or(Duration::ZERO, |(first, last)| last - first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_measured_is_a_number() {
        // How large it is depends on the machine, so nothing else can be asked for.
        let scaling = arithmetic_scaling(2);
        assert!(scaling.is_finite() && scaling > 0.0, "{scaling}");
    }

    #[test]
    fn quiet_is_most_of_what_the_threads_promise() {
        assert!(is_quiet(2, 1.85) && !is_quiet(2, 1.84));
        assert!(is_quiet(1, 1.0) && !is_quiet(4, 3.0));
    }
}
