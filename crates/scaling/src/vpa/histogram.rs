//! A histogram that forgets: each sample loses half of its weight in every half-life.

use units::{Duration, Instant};

/// Each bucket is wider than the one before it by this.
const GROWTH: f64 = 0.05;

/// The least weight that counts: a thousandth of the least weight of a sample.
const LEAST_WEIGHT: f64 = 0.0001;

/// So many half-lives after the reference, weights are scaled down, long before they overflow.
const MOST_HALF_LIVES: i64 = 100;

/// Weights of usage, in buckets that grow with it.
#[derive(Debug, Clone)]
pub(super) struct Histogram {
    /// Width of the first bucket, in the unit of the values.
    first_width: f64,
    weights: Vec<f64>,
    total: f64,
    /// First and last bucket that count.
    used: Option<(usize, usize)>,
    half_life: Duration,
    /// The half-life, counted from the start, at which a new sample has its plain weight.
    reference: Option<i64>,
}

impl Histogram {
    /// Buckets from `first_width` up to `largest`.
    pub(super) fn new(first_width: f64, largest: f64, half_life: Duration) -> Self {
        let buckets = log_growth(largest * GROWTH / first_width + 1.0).ceil() as usize + 1;
        Self {
            first_width,
            weights: vec![0.0; buckets],
            total: 0.0,
            used: None,
            half_life: half_life.max(Duration::SECOND),
            reference: None,
        }
    }

    /// Adds a sample. Only its weight relative to the others matters.
    pub(super) fn add(&mut self, value: f64, weight: f64, at: Instant) {
        let weight = weight * self.decay(at);
        let bucket = self.bucket(value);
        self.weights[bucket] += weight;
        self.total += weight;
        if self.weights[bucket] >= LEAST_WEIGHT {
            let (low, high) = self.used.unwrap_or((bucket, bucket));
            self.used = Some((low.min(bucket), high.max(bucket)));
        }
    }

    /// Takes back a sample that was added with the same value, weight and moment.
    pub(super) fn subtract(&mut self, value: f64, weight: f64, at: Instant) {
        let weight = weight * self.decay(at);
        let bucket = self.bucket(value);
        for sum in [&mut self.total, &mut self.weights[bucket]] {
            let left = *sum - weight;
            *sum = if left < LEAST_WEIGHT { 0.0 } else { left };
        }
        self.forget_light_ends();
    }

    /// The end of the bucket in which `share` of all weight is reached; `None` without samples.
    pub(super) fn percentile(&self, share: f64) -> Option<f64> {
        let (low, high) = self.used?;
        let threshold = share * self.total;
        let mut sum = 0.0;
        let reached = (low..high).find(|&bucket| {
            sum += self.weights[bucket];
            sum >= threshold
        });
        // The last bucket has no end.
        let end = (reached.unwrap_or(high) + 1).min(self.weights.len() - 1);
        Some(self.start_of(end))
    }

    fn bucket(&self, value: f64) -> usize {
        if value < self.first_width {
            return 0;
        }
        let bucket = log_growth(value * GROWTH / self.first_width + 1.0) as usize;
        bucket.min(self.weights.len() - 1)
    }

    fn start_of(&self, bucket: usize) -> f64 {
        self.first_width * ((1.0 + GROWTH).powf(bucket as f64) - 1.0) / GROWTH
    }

    /// The factor of a sample taken at `at`.
    fn decay(&mut self, at: Instant) -> f64 {
        let half_lives = at.nanos() as f64 / self.half_life.nanos() as f64;
        let nearest = (half_lives + 0.5).floor() as i64;
        let reference = *self.reference.get_or_insert(nearest);
        if half_lives - reference as f64 > MOST_HALF_LIVES as f64 {
            self.scale_down(nearest - reference);
            self.reference = Some(nearest);
        }
        (half_lives - self.reference.unwrap_or(nearest) as f64).exp2()
    }

    fn scale_down(&mut self, half_lives: i64) {
        let factor = (-(half_lives as f64)).exp2();
        for weight in &mut self.weights {
            *weight *= factor;
        }
        self.total *= factor;
        self.forget_light_ends();
    }

    fn forget_light_ends(&mut self) {
        let heavy = |&bucket: &usize| self.weights[bucket] >= LEAST_WEIGHT;
        self.used = self.used.and_then(|(low, high)| {
            let low = (low..=high).find(heavy)?;
            let high = (low..=high).rev().find(heavy)?;
            Some((low, high))
        });
    }
}

fn log_growth(x: f64) -> f64 {
    x.ln() / (1.0 + GROWTH).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: u64) -> Instant {
        Instant::START + Duration::HOUR * hours
    }

    fn cores() -> Histogram {
        Histogram::new(0.01, 1000.0, Duration::HOUR)
    }

    /// A percentile is the end of a bucket: up to 5 % and a hundredth of a core more than the value.
    fn assert_near(histogram: &Histogram, share: f64, value: f64) {
        let got = histogram.percentile(share).unwrap();
        assert!((value..value * 1.05 + 0.02).contains(&got), "{share}: {got}, about {value}");
    }

    /// Upstream: `TestDecayingHistogramPercentiles`. Weights 1, 2, 3, 4, each an hour younger than the last:
    /// the shares end at 2.4, 11, 35 and 100 %.
    #[test]
    fn younger_samples_weigh_more() {
        let mut histogram = cores();
        for i in 1..=4_u32 {
            histogram.add(f64::from(i), f64::from(i), at(1000 + u64::from(i)));
        }
        let shares = [0.0, 0.02, 0.03, 0.10, 0.12, 0.34, 0.36, 1.0];
        for (share, value) in shares.into_iter().zip([1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0]) {
            assert_near(&histogram, share, value);
        }
    }

    /// Upstream: `TestSimpleDecay` and `TestLongtermDecay`.
    #[test]
    fn old_samples_fade_and_in_the_end_are_forgotten() {
        let mut histogram = cores();
        histogram.add(2.0, 1000.0, at(0));
        histogram.add(1.0, 1.0, at(20));
        assert_near(&histogram, 0.999, 1.0);
        assert_near(&histogram, 1.0, 2.0);
        let mut histogram = cores();
        histogram.add(2.0, 1.0, at(0));
        histogram.add(1.0, 1.0, at(101));
        assert_near(&histogram, 1.0, 1.0);
    }

    #[test]
    fn a_share_is_reached_where_the_weights_come_to_it() {
        let mut histogram = cores();
        histogram.add(1.0, 1.0, at(0));
        histogram.add(2.0, 1.0, at(0));
        assert_near(&histogram, 0.5, 1.0);
        assert_near(&histogram, 0.51, 2.0);
    }

    /// Upstream: `TestEmptyHistogram`.
    #[test]
    fn what_was_taken_back_is_not_there() {
        let mut histogram = cores();
        assert_eq!(histogram.percentile(0.5), None);
        histogram.add(1.0, 1.0, at(5));
        histogram.add(3.0, 1.0, at(5));
        histogram.subtract(3.0, 1.0, at(5));
        assert_near(&histogram, 1.0, 1.0);
        histogram.subtract(1.0, 1.0, at(5));
        assert_eq!(histogram.percentile(0.5), None);
    }

    #[test]
    fn the_ends_of_the_scale_hold_everything() {
        let mut histogram = cores();
        histogram.add(0.0, 1.0, at(0));
        assert!((histogram.percentile(1.0).unwrap() - 0.01).abs() < 1e-12);
        histogram.add(1e300, 1.0, at(0));
        let top = histogram.percentile(1.0).unwrap();
        assert!((1000.0..1100.0).contains(&top), "{top}");
        assert_eq!(histogram.weights.len(), 176);
    }
}
