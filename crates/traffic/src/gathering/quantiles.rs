//! Percentiles of several periods, put together into one.

/// Periods that are put together at the most.
pub(crate) const PERIODS_MAX: usize = 100_000;
/// Halvings of the range in which a percentile is looked for.
const HALVINGS: usize = 48;

/// The percentiles of one period.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Period {
    /// Requests in it, or 1 where nobody counts them.
    pub(crate) weight: f64,
    /// (share, value), ascending in both.
    quantiles: Vec<(f64, f64)>,
}

impl Period {
    /// `None` without weight, or without a percentile that can be one.
    pub(crate) fn new(weight: f64, quantiles: impl Iterator<Item = (f64, f64)>) -> Option<Self> {
        let can_be = |(share, value): &(f64, f64)| {
            (1e-6..1.0 - 1e-9).contains(share) && value.is_finite() && *value >= 0.0
        };
        let mut quantiles: Vec<(f64, f64)> = quantiles.filter(can_be).collect();
        quantiles.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut most = 0.0_f64;
        for (_, value) in &mut quantiles {
            most = most.max(*value);
            *value = most;
        }
        let known = weight.is_finite() && weight > 0.0 && !quantiles.is_empty();
        known.then_some(Self { weight, quantiles })
    }

    /// The shares whose values it tells.
    pub(crate) fn shares(&self) -> impl Iterator<Item = f64> {
        self.quantiles.iter().map(|q| q.0)
    }

    /// The share of values above `x`: its logarithm is a straight line between what is known, and goes on beyond.
    fn above(&self, x: f64) -> f64 {
        let (mut from, mut slope) = ((0.0, 1.0), f64::NEG_INFINITY);
        for &(share, value) in &self.quantiles {
            let to = (value, 1.0 - share);
            if to.0 > from.0 {
                slope = (to.1 / from.1).ln() / (to.0 - from.0);
            }
            if x < to.0 {
                return from.1 * (slope * (x - from.0)).exp();
            }
            from = to;
        }
        if x > from.0 { from.1 * (slope * (x - from.0)).exp() } else { from.1 }
    }
}

/// An estimate of the percentile of all periods together, each with its weight.
pub(crate) fn joined(periods: &[Period], share: f64) -> Option<f64> {
    let total: f64 = periods.iter().map(|p| p.weight).sum();
    let last = periods.iter().filter_map(|p| p.quantiles.last()).map(|q| q.1).reduce(f64::max)?;
    // Ten times the largest percentile is beyond what a straight line from it can tell.
    let (mut low, mut high) = (0.0, last * 10.0);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        let above: f64 = periods.iter().map(|p| p.weight * p.above(middle)).sum();
        if above > (1.0 - share) * total {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(high)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHARES: [f64; 4] = [0.5, 0.9, 0.95, 0.99];

    fn exponential(weight: f64, mean: f64) -> Period {
        let at = |share: f64| (share, -mean * (1.0_f64 - share).ln());
        Period::new(weight, SHARES.map(at).into_iter()).unwrap()
    }

    #[test]
    fn equal_periods_keep_their_percentiles() {
        let periods = [exponential(3.0, 20.0), exponential(400.0, 20.0)];
        for share in SHARES {
            let wanted = -20.0 * (1.0_f64 - share).ln();
            let got = joined(&periods, share).unwrap();
            assert!((got / wanted - 1.0).abs() < 1e-6, "{share}: {got}, wanted {wanted}");
        }
    }

    #[test]
    fn a_slow_period_counts_by_its_requests() {
        // Nine of ten requests take 10 ms on average, one 1 s: solved for F(x) = share.
        let periods = [exponential(900.0, 0.010), exponential(100.0, 1.0)];
        for share in SHARES {
            let x = joined(&periods, share).unwrap();
            let above = 0.9 * (-x / 0.010).exp() + 0.1 * (-x / 1.0).exp();
            assert!((above - (1.0 - share)).abs() < 1e-6, "{share}: {x}");
        }
        let rare = joined(&[exponential(1e9, 0.010), exponential(1.0, 1.0)], 0.99).unwrap();
        assert!((rare - 0.046).abs() < 1e-3, "one slow request in a thousand million: {rare}");
    }

    #[test]
    fn what_cannot_be_a_percentile_is_left_out() {
        assert!(Period::new(0.0, [(0.5, 1.0)].into_iter()).is_none());
        assert!(Period::new(1.0, [(0.5, -1.0), (0.5, f64::NAN), (1.0, 2.0)].into_iter()).is_none());
        let falling = Period::new(1.0, [(0.5, 3.0), (0.99, 1.0)].into_iter()).unwrap();
        assert!((joined(&[falling], 0.99).unwrap() - 3.0).abs() < 1e-6);
        let zero = Period::new(1.0, [(0.5, 0.0)].into_iter()).unwrap();
        assert_eq!(joined(&[zero], 0.5), Some(0.0));
        assert_eq!(joined(&[], 0.5), None);
    }
}
