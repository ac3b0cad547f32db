//! Latency histograms: constant memory, bounded error, mergeable.

use crate::time::Duration;

/// Sub-buckets a power of two: values are kept to 1 part in 32 at worst, 1.6 % in the middle.
const SUB: u32 = 32;
const SUB_BITS: u32 = SUB.trailing_zeros();
const BUCKETS: usize = ((64 - SUB_BITS) * SUB + SUB) as usize;

/// A log-linear histogram of time spans. Values below 32 ns are exact, others fall into one of 32 equal
/// parts of their power of two. Two histograms add up to the histogram of both, in any order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
    max: Duration,
    sum_nanos: u128,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: vec![0; BUCKETS], total: 0, max: Duration::ZERO, sum_nanos: 0 }
    }
}

impl Histogram {
    /// Adds one value.
    #[inline]
    pub fn record(&mut self, value: Duration) {
        self.record_n(value, 1);
    }

    /// Adds one value `n` times.
    #[inline]
    pub fn record_n(&mut self, value: Duration, n: u64) {
        self.counts[index(value.nanos())] += n;
        self.total += n;
        self.sum_nanos += u128::from(value.nanos()) * u128::from(n);
        self.max = self.max.max(value);
    }

    /// Adds another histogram.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
        self.total += other.total;
        self.sum_nanos += other.sum_nanos;
        self.max = self.max.max(other.max);
    }

    /// How many values.
    pub const fn count(&self) -> u64 {
        self.total
    }

    /// The largest value, exactly.
    pub const fn max(&self) -> Duration {
        self.max
    }

    /// The mean, exactly; `None` if empty.
    pub fn mean(&self) -> Option<Duration> {
        (self.total > 0)
            .then(|| Duration::from_nanos((self.sum_nanos / u128::from(self.total)) as u64))
    }

    /// The value that a share `q` of all values does not exceed (nearest rank, middle of its bucket, never
    /// above the largest value); `None` if empty.
    pub fn quantile(&self, q: f64) -> Option<Duration> {
        if self.total == 0 {
            return None;
        }
        let rank = ((q.clamp(0.0, 1.0) * self.total as f64).ceil() as u64).clamp(1, self.total);
        let mut seen = 0;
        for (i, &count) in self.counts.iter().enumerate() {
            seen += count;
            if seen == self.total {
                break;
            }
            if seen >= rank {
                return Some(Duration::from_nanos(middle(i)).min(self.max));
            }
        }
        Some(self.max)
    }

    /// How many values are above `limit`, to the histogram's precision.
    pub fn above(&self, limit: Duration) -> u64 {
        self.counts.iter().skip(index(limit.nanos()) + 1).sum()
    }

    /// Every non-empty bucket: its middle value and its count, ascending.
    pub fn buckets(&self) -> impl Iterator<Item = (Duration, u64)> + '_ {
        self.counts
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0)
            .map(|(i, count)| (Duration::from_nanos(middle(i)).min(self.max), *count))
    }
}

#[inline]
fn index(nanos: u64) -> usize {
    if nanos < u64::from(SUB) {
        return nanos as usize;
    }
    let exponent = nanos.ilog2();
    let within = (nanos >> (exponent - SUB_BITS)) as u32 - SUB;
    ((exponent - SUB_BITS + 1) * SUB + within) as usize
}

fn middle(index: usize) -> u64 {
    let index = index as u64;
    let sub = u64::from(SUB);
    if index < sub {
        return index;
    }
    let shift = (index / sub - 1) as u32;
    let low = (sub + index % sub) << shift;
    low + ((1_u64 << shift) >> 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_lands_within_two_per_cent() {
        for nanos in (0..64)
            .chain((6..63).flat_map(|e| [1_u64 << e, (1 << e) + (1 << (e - 1)), (1 << e) - 1]))
        {
            let mid = middle(index(nanos)) as f64;
            assert!((mid - nanos as f64).abs() <= nanos as f64 / 60.0, "{nanos} -> {mid}");
        }
    }

    #[test]
    fn quantiles_by_nearest_rank() {
        let mut h = Histogram::default();
        for ms in 1..=100 {
            h.record(Duration::from_millis(ms));
        }
        let p50 = h.quantile(0.5).unwrap().millis_f64();
        let p99 = h.quantile(0.99).unwrap().millis_f64();
        assert!((p50 - 50.0).abs() < 1.0 && (p99 - 99.0).abs() < 2.0, "{p50} {p99}");
        assert_eq!(h.quantile(1.0), Some(Duration::from_millis(100)));
        assert_eq!(h.mean(), Some(Duration::from_micros(50_500)));
        assert_eq!(Histogram::default().quantile(0.5), None);
    }

    #[test]
    fn merging_is_adding() {
        let (mut a, mut b, mut both) =
            (Histogram::default(), Histogram::default(), Histogram::default());
        for (i, ms) in [3, 30, 300, 3000].into_iter().enumerate() {
            let d = Duration::from_millis(ms);
            if i % 2 == 0 {
                a.record(d);
            } else {
                b.record(d);
            }
            both.record(d);
        }
        a.merge(&b);
        assert_eq!(a, both);
    }
}
