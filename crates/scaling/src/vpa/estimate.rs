//! From histograms to requests: percentile, margin, confidence, floor.

use units::{Bytes, Duration, Millicores};

use super::histogram::Histogram;

/// What the recommender is configured with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Share of usage below the lower bound.
    pub lower_share: f64,
    /// Share of usage below the request.
    pub target_share: f64,
    /// Share of usage below the upper bound.
    pub upper_share: f64,
    /// What is added to each of them, as a share of it.
    pub margin_share: f64,
    /// Least CPU of a pod; its containers share it.
    pub least_cpu: Millicores,
    /// Least memory of a pod; its containers share it.
    pub least_memory: Bytes,
    /// History of this length, a sample a minute, is trusted to 1.
    pub confidence: Duration,
    /// Time in which a sample loses half of its weight.
    pub half_life: Duration,
    /// Memory counts with the highest usage of each such span.
    pub memory_interval: Duration,
    /// What a container that ran out of memory is taken to need, as a multiple of what it had.
    pub oom_ratio: f64,
    /// And at least so much more than it had.
    pub oom_step: Bytes,
}

impl Default for Settings {
    /// The recommender's flags as they are without being set.
    fn default() -> Self {
        Self {
            lower_share: 0.5,
            target_share: 0.9,
            upper_share: 0.95,
            margin_share: 0.15,
            least_cpu: Millicores::new(25),
            least_memory: Bytes::from_mib(250),
            confidence: Duration::DAY,
            half_life: Duration::DAY,
            memory_interval: Duration::DAY,
            oom_ratio: 1.2,
            oom_step: Bytes::from_mib(100),
        }
    }
}

/// A request, and how far it may be from it before the updater acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate<T> {
    /// Less than this is too little.
    pub lower: T,
    /// The request.
    pub target: T,
    /// More than this is waste.
    pub upper: T,
}

/// What a container should ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recommendation {
    /// CPU; `None` if its usage is not known.
    pub cpu: Option<Estimate<Millicores>>,
    /// Memory; `None` if its usage is not known.
    pub memory: Option<Estimate<Bytes>>,
}

/// The most that is ever recommended, in millicores or bytes.
const MOST: f64 = 1e14;

/// Percentiles of `usage`, in steps of `1 / per_unit` of its unit, as amounts of at least `least`.
///
/// `confidence` is the length of the history in days, at a sample a minute. The upper bound is 1 + 1/days times
/// as high (twice after a day), the lower (1 + 0.001/days)⁻² times (0.95 after an hour): a short history
/// gives no reason to act.
pub(super) fn estimate(
    usage: &Histogram,
    per_unit: f64,
    least: u64,
    confidence: f64,
    settings: &Settings,
) -> Option<Estimate<u64>> {
    let at = |share: f64| {
        // Cut to whole amounts after every step, as upstream does.
        let base = amount(usage.percentile(share)? * per_unit);
        Some(base + amount(base as f64 * settings.margin_share))
    };
    let widened = |amount_: u64, by: f64, exponent: f64| {
        amount(amount_ as f64 * (1.0 + by / confidence).powf(exponent)).max(least)
    };
    Some(Estimate {
        lower: widened(at(settings.lower_share)?, 0.001, -2.0),
        target: at(settings.target_share)?.max(least),
        upper: widened(at(settings.upper_share)?, 1.0, 1.0),
    })
}

/// A whole amount; what is not a number is nothing.
fn amount(value: f64) -> u64 {
    value.min(MOST) as u64
}

#[cfg(test)]
mod tests {
    use units::Instant;

    use super::*;

    fn of(values: &[f64], confidence: f64) -> Estimate<u64> {
        let mut usage = Histogram::new(0.01, 1000.0, Duration::DAY);
        for &value in values {
            usage.add(value, 0.1, Instant::START);
        }
        estimate(&usage, 1000.0, 25, confidence, &Settings::default()).unwrap()
    }

    /// Upstream's comments on the multipliers: upper 3, 2 and 1.14 times after 12 h, 24 h and a week; lower
    /// 0.6, 0.9 and 0.95 times after 5, 30 and 60 minutes.
    #[test]
    fn a_short_history_widens_the_bounds() {
        let settled = of(&[1.0; 10], f64::INFINITY);
        assert_eq!(settled.lower, settled.target);
        assert_eq!(settled.upper, settled.target);
        let ratio = |part: u64| part as f64 / settled.target as f64;
        for (days, times) in [(0.5, 3.0), (1.0, 2.0), (7.0, 1.143)] {
            let upper = ratio(of(&[1.0; 10], days).upper);
            assert!((upper - times).abs() < 0.002, "{days} days: {upper}");
        }
        for (minutes, times) in [(5.0, 0.6), (30.0, 0.9), (60.0, 0.95)] {
            let lower = ratio(of(&[1.0; 10], minutes / 1440.0).lower);
            assert!((lower - times).abs() < 0.02, "{minutes} min: {lower}");
        }
        let none = of(&[1.0; 10], 0.0);
        assert_eq!((none.lower, none.upper), (25, 100_000_000_000_000));
    }

    /// Upstream: `TestPercentileEstimator`, `TestMarginEstimator`, `TestMinResourcesEstimator`.
    #[test]
    fn a_percentile_a_margin_and_a_floor() {
        let spread: Vec<f64> = (1..=100).map(f64::from).collect();
        let estimate = of(&spread, f64::INFINITY);
        for (got, value) in
            [(estimate.lower, 50.0), (estimate.target, 90.0), (estimate.upper, 95.0)]
        {
            let with_margin = value * 1150.0;
            let ratio = got as f64 / with_margin;
            assert!((1.0..1.06).contains(&ratio), "{got} for {with_margin}");
        }
        assert_eq!(of(&[0.001], f64::INFINITY).target, 25);
    }
}
