//! A bucket that fills steadily and never overflows: how providers write most of their speed limits.

use units::{Duration, Instant};

/// So many units a window, refilled continuously, never more than one window's worth in store.
///
/// AWS Lambda adds at most 1,000 environments every 10 seconds to a function, "refilled continuously"
/// (Developer Guide, Lambda scaling behaviour), and admits ten requests a second for each unit of concurrency.
/// Whole numbers throughout: a unit is worth as many parts as the window has nanoseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenBucket {
    units: u64,
    window: u64,
    /// What is in store, in parts of a unit.
    parts: u128,
    /// When `parts` was true.
    at: Instant,
}

impl TokenBucket {
    /// A full bucket of `units`, refilled at `units` every `window`, which must not be zero.
    pub fn full(units: u64, window: Duration) -> Self {
        assert!(window > Duration::ZERO, "a bucket refills within some time");
        let window = window.nanos();
        Self { units, window, parts: u128::from(units) * u128::from(window), at: Instant::START }
    }

    /// Takes one unit at `now`, if there is one. Moments come in order; an earlier one counts as the last.
    pub fn take(&mut self, now: Instant) -> bool {
        self.refill(now);
        let unit = u128::from(self.window);
        let there = self.parts >= unit;
        if there {
            self.parts -= unit;
        }
        there
    }

    /// Whole units in store at `now`.
    pub fn level(&mut self, now: Instant) -> u64 {
        self.refill(now);
        (self.parts / u128::from(self.window)) as u64
    }

    fn refill(&mut self, now: Instant) {
        let elapsed = u128::from(now.since(self.at).nanos());
        let full = u128::from(self.units) * u128::from(self.window);
        self.parts = (self.parts + elapsed * u128::from(self.units)).min(full);
        self.at = self.at.max(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: f64) -> Instant {
        Instant::START + Duration::from_secs_f64(seconds)
    }

    fn take(bucket: &mut TokenBucket, seconds: f64, wanted: u64) -> u64 {
        (0..wanted).filter(|_| bucket.take(at(seconds))).count() as u64
    }

    fn lambda() -> TokenBucket {
        TokenBucket::full(1000, Duration::from_secs(10))
    }

    #[test]
    fn three_thousand_at_once_all_run_after_twenty_seconds() {
        let mut bucket = lambda();
        assert_eq!(take(&mut bucket, 0.0, 3000), 1000);
        let mut running = 1000;
        let mut all_running_by = None;
        for tick in 1..=3000 {
            running += take(&mut bucket, f64::from(tick) / 100.0, 3000 - running);
            if tick == 1000 {
                assert_eq!(running, 2000, "after ten seconds");
            }
            if running == 3000 && all_running_by.is_none() {
                all_running_by = Some(tick);
            }
        }
        assert_eq!(all_running_by, Some(2000));
    }

    #[test]
    fn quiet_time_is_not_saved_up() {
        let mut bucket = lambda();
        assert_eq!(take(&mut bucket, 0.0, 1), 1);
        assert_eq!(take(&mut bucket, 3600.0, 2500), 1000);
    }

    #[test]
    fn refilling_is_continuous_and_exact() {
        let mut bucket = lambda();
        take(&mut bucket, 0.0, 1000);
        assert!(!bucket.take(Instant::from_nanos(9_999_999)));
        assert!(bucket.take(Instant::from_nanos(10_000_000)), "one every ten milliseconds");
        assert!(!bucket.take(Instant::from_nanos(10_000_000)));
        assert_eq!(bucket.level(at(1.01)), 100);
        assert_eq!(bucket.level(at(0.5)), 100, "time does not run backwards");
    }

    #[test]
    fn a_bucket_of_nothing_gives_nothing() {
        assert!(!TokenBucket::full(0, Duration::SECOND).take(at(9.0)));
    }
}
