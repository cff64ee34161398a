//! The middle of what was measured several times.

use std::time::Duration;

/// A spread that is wider than this share of the median is too wide for a ratio.
const NOISE_MAX: f64 = 0.25;

/// The quartiles of some numbers, each of which is one of them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Quartiles {
    /// A quarter of them is lower.
    pub low: f64,
    /// Half of them is lower.
    pub median: f64,
    /// A quarter of them is higher.
    pub high: f64,
}

impl Quartiles {
    /// The quartiles of `values`; zeros if there are none.
    #[must_use]
    pub fn of(mut values: Vec<f64>) -> Self {
        values.sort_unstable_by(f64::total_cmp);
        let at = |quarter: usize| {
            let place = (values.len().saturating_sub(1) * quarter + 2) / 4;
            values.get(place).copied().unwrap_or_default()
        };
        Self { low: at(1), median: at(2), high: at(3) }
    }
}

/// The middle half of some times.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spread {
    /// A quarter of the times is lower.
    pub low: Duration,
    /// Half of the times is lower.
    pub median: Duration,
    /// A quarter of the times is higher.
    pub high: Duration,
}

impl Spread {
    /// The spread of some times.
    #[must_use]
    pub fn of(times: &[Duration]) -> Self {
        let times = Quartiles::of(times.iter().map(Duration::as_secs_f64).collect());
        let [low, median, high] = [times.low, times.median, times.high].map(Duration::from_secs_f64);
        Self { low, median, high }
    }

    /// True if the times differ too much to be compared with others.
    #[must_use]
    pub fn is_noisy(&self) -> bool {
        (self.high - self.low).as_secs_f64() > NOISE_MAX * self.median.as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_are_times_that_were_measured() {
        let times = [5, 1, 4, 2, 3].map(Duration::from_millis);
        let spread = Spread::of(&times);
        let shown = [spread.low, spread.median, spread.high].map(|it| it.as_millis());
        assert_eq!(shown, [2, 3, 4]);
        assert!(spread.is_noisy());
        assert_eq!(Spread::of(&[]).median, Duration::ZERO);
    }
}
