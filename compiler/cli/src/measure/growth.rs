//! How a time grows with a size: the exponent of the power law that fits best.

use schemars::JsonSchema;
use serde::Serialize;

/// `time = c · size ^ exponent`, by least squares over the logarithms.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Growth {
    /// 1 is linear, 2 is quadratic.
    pub exponent: f64,
    /// How much of what differs it explains: 1 is all of it.
    pub fit: f64,
}

impl Growth {
    /// The best fit of `(size, time)`; `None` for fewer than two sizes, or where something is not above zero.
    #[must_use]
    pub fn of(points: &[(f64, f64)]) -> Option<Self> {
        if points.iter().any(|(size, time)| *size <= 0.0 || *time <= 0.0) {
            return None;
        }
        let points: Vec<(f64, f64)> = points.iter().map(|(size, time)| (size.ln(), time.ln())).collect();
        let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / points.len() as f64;
        let (x, y) = (mean(|point| point.0), mean(|point| point.1));
        let sum = |of: &dyn Fn(f64, f64) -> f64| points.iter().map(|it| of(it.0 - x, it.1 - y)).sum::<f64>();
        let (across, up) = (sum(&|x, _| x * x), sum(&|_, y| y * y));
        if points.len() < 2 || across <= 0.0 {
            return None;
        }
        let exponent = sum(&|x, y| x * y) / across;
        let left = sum(&|x, y| (y - exponent * x).powi(2));
        // What does not differ at all, but for rounding, is explained.
        Some(Self { exponent, fit: if up > 1e-12 { 1.0 - left / up } else { 1.0 } })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn of(law: impl Fn(f64) -> f64) -> Option<Growth> {
        let sizes = [500.0, 1000.0, 2000.0, 5000.0, 20_000.0];
        Growth::of(&sizes.map(|size| (size, law(size))))
    }

    #[test]
    fn the_exponent_of_a_power_law_is_found_exactly() {
        for exponent in [0.0, 0.5, 1.0, 1.15, 2.0] {
            let growth = of(|size| 0.37 * size.powf(exponent)).unwrap();
            assert!((growth.exponent - exponent).abs() < 1e-9, "{growth:?}");
            assert!(growth.fit > 1.0 - 1e-9, "{growth:?}");
        }
    }

    #[test]
    fn what_only_looks_like_a_power_law_fits_worse() {
        let logarithmic = of(|size| size * size.ln()).unwrap();
        assert!(logarithmic.exponent > 1.1 && logarithmic.exponent < 1.2, "{logarithmic:?}");
        // A fixed cost flattens what is quadratic.
        let offset = of(|size| 1e7 + size * size).unwrap();
        assert!(offset.exponent < 1.2 && offset.fit < 0.95, "{offset:?}");
    }

    #[test]
    fn nothing_fits_too_few_points() {
        assert_eq!(Growth::of(&[]), None);
        assert_eq!(Growth::of(&[(5.0, 1.0)]), None);
        assert_eq!(Growth::of(&[(5.0, 1.0), (5.0, 2.0)]), None);
        assert_eq!(Growth::of(&[(5.0, 1.0), (10.0, 0.0)]), None);
    }
}
