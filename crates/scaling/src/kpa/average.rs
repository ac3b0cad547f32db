//! The average of a window of one-second buckets.

use units::{Duration, Instant};

/// How the buckets of a window are weighed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Averaging {
    /// All alike, over the time in which there was data.
    Linear,
    /// Newer ones more, each older one by a constant factor less; always over the whole window.
    WeightedExponential,
}

/// Longest window that Knative accepts, in seconds.
const LONGEST_SECS: u64 = 3600;

/// Values beyond this are no load: a sum of a whole window of them still has a fraction of a request.
const LARGEST_VALUE: f64 = 1e12;

/// Sums of the last so many seconds.
///
/// Within one second values add up. A gap shorter than the window counts as zero. After a window without
/// data everything is forgotten, and the next average is over the time since then.
#[derive(Debug, Clone)]
pub struct Window {
    averaging: Averaging,
    buckets: Vec<f64>,
    /// Of all buckets, kept up as they change.
    total: f64,
    /// First and last second written, since the last long gap.
    written: Option<(u64, u64)>,
}

impl Window {
    /// An empty window. Its length is taken in whole seconds, between one second and an hour.
    pub fn new(length: Duration, averaging: Averaging) -> Self {
        let secs = length.nanos().div_ceil(Duration::SECOND.nanos()).clamp(1, LONGEST_SECS);
        Self { averaging, buckets: vec![0.0; secs as usize], total: 0.0, written: None }
    }

    /// Adds `value` to the second of `at`, unless that is a window or longer ago. What is not a number is
    /// left out.
    pub fn record(&mut self, at: Instant, value: f64) {
        if value.is_nan() {
            return;
        }
        let value = value.clamp(-LARGEST_VALUE, LARGEST_VALUE);
        let (second, length) = (second(at), self.length());
        match self.written {
            Some((first, last)) if second <= last => {
                if second + length <= last {
                    return;
                }
                self.written = Some((first.min(second), last));
            }
            Some((first, last)) if second - last < length => {
                for passed in last + 1..=second {
                    let bucket = self.bucket(passed);
                    self.total -= self.buckets[bucket];
                    self.buckets[bucket] = 0.0;
                }
                self.written = Some((first, second));
            }
            _ => {
                self.buckets.fill(0.0);
                self.total = 0.0;
                self.written = Some((second, second));
            }
        }
        let bucket = self.bucket(second);
        self.buckets[bucket] += value;
        self.total += value;
    }

    /// Whether nothing was written for longer than the window.
    pub fn is_empty(&self, now: Instant) -> bool {
        self.written.is_none_or(|(_, last)| second(now).saturating_sub(last) > self.length())
    }

    /// The average at `now`; 0 if there is nothing to average.
    pub fn average(&self, now: Instant) -> f64 {
        let Some((first, last)) = self.written else { return 0.0 };
        let silent = second(now).saturating_sub(last);
        if silent >= self.length() {
            return 0.0;
        }
        match self.averaging {
            Averaging::Linear => self.linear(first, last, silent),
            Averaging::WeightedExponential => self.weighted(last, silent),
        }
    }

    /// What is left of the window after `silent` seconds, over the seconds in which there was data.
    fn linear(&self, first: u64, last: u64, silent: u64) -> f64 {
        let gone = (last + 1..=last + silent).map(|second| self.buckets[self.bucket(second)]);
        let left = gone.fold(self.total, |total, old| total - old);
        let seconds = (last - first + 1).min(self.length() - silent);
        // Upstream rounds to six digits, which decides between one pod more or less.
        (left / seconds as f64 * 1e6).round() / 1e6
    }

    fn weighted(&self, last: u64, silent: u64) -> f64 {
        let smoothing = self.smoothing();
        let mut weight = smoothing * (1.0 - smoothing).powf(silent as f64);
        let mut sum = 0.0;
        for age in 0..self.length() - silent {
            // A window longer than time itself holds zeros before its start.
            let Some(second) = last.checked_sub(age) else { break };
            sum += self.buckets[self.bucket(second)] * weight;
            weight *= 1.0 - smoothing;
        }
        sum
    }

    /// The weight of the newest second: such that the whole window has nearly all weight (0.9999), and at
    /// least a fifth, or a long window would be a plain average.
    fn smoothing(&self) -> f64 {
        (1.0 - (1.0 - 0.9999_f64).powf(1.0 / self.length() as f64)).max(0.2)
    }

    fn length(&self) -> u64 {
        self.buckets.len() as u64
    }

    fn bucket(&self, second: u64) -> usize {
        (second % self.length()) as usize
    }
}

fn second(at: Instant) -> u64 {
    at.nanos() / Duration::SECOND.nanos()
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "averages are rounded to six digits")]
mod tests {
    use super::*;

    fn at(secs: u64) -> Instant {
        Instant::START + Duration::from_secs(secs)
    }

    #[test]
    fn a_gap_counts_as_zero_and_a_long_silence_forgets() {
        let mut window = Window::new(Duration::from_secs(10), Averaging::Linear);
        window.record(at(0), 6.0);
        window.record(at(2), 6.0);
        assert_eq!(window.average(at(2)), 4.0);
        assert_eq!(window.average(at(11)), 6.0, "one second of the window is left, with its 6");
        assert_eq!(window.average(at(12)), 0.0);
        assert!(!window.is_empty(at(12)));
        assert!(window.is_empty(at(13)));
        window.record(at(12), 9.0);
        assert_eq!(window.average(at(12)), 9.0);
    }

    #[test]
    fn newer_seconds_weigh_more() {
        let fill = |values: [f64; 4]| {
            let mut window = Window::new(Duration::from_secs(4), Averaging::WeightedExponential);
            for (second, value) in (0..).zip(values) {
                window.record(at(second), value);
            }
            window.average(at(3))
        };
        assert!(fill([10.0, 10.0, 5.0, 5.0]) < 7.5);
        assert!(fill([5.0, 5.0, 10.0, 10.0]) > 7.5);
    }

    #[test]
    fn late_values_count_within_the_window_only() {
        let mut window = Window::new(Duration::from_secs(5), Averaging::Linear);
        window.record(at(10), 1.0);
        window.record(at(5), 100.0);
        assert_eq!(window.average(at(10)), 1.0);
        window.record(at(6), 9.0);
        assert_eq!(window.average(at(10)), 2.0);
    }

    #[test]
    fn the_newest_second_weighs_a_fifth_at_least() {
        let mut window = Window::new(Duration::from_secs(60), Averaging::WeightedExponential);
        window.record(at(0), 10.0);
        assert!((window.average(at(0)) - 2.0).abs() < 1e-12);
        assert!((window.average(at(1)) - 1.6).abs() < 1e-12);
    }

    #[test]
    fn values_that_are_no_load_do_not_poison_the_window() {
        let mut window = Window::new(Duration::from_secs(5), Averaging::Linear);
        for (second, value) in (0..).zip([f64::NAN, f64::INFINITY, 1e300, f64::NEG_INFINITY]) {
            window.record(at(second), value);
        }
        for second in 4..20 {
            window.record(at(second), 3.0);
        }
        assert_eq!(window.average(at(19)), 3.0);
    }
}
