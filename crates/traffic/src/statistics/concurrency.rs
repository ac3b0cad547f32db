//! How many requests are under way at once.

use units::Duration;

use crate::workload::NO_DURATION;

/// Requests under way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Concurrency {
    /// Mean: busy time over the time from the first arrival to the last end.
    pub mean: f64,
    /// The most at once.
    pub peak: u64,
    /// When the most were first reached, in nanoseconds.
    pub peak_at_ns: u64,
    /// Requests that say how long they took; the others are not counted.
    pub timed: u64,
}

/// Of arrivals in ascending order, in nanoseconds, with their durations in microseconds ([`NO_DURATION`] where
/// unknown). `None` if no duration is known. A request that ends as another one begins does not overlap it.
pub fn concurrency(times_ns: &[u64], durations_us: &[u32]) -> Option<Concurrency> {
    let timed = || {
        let pairs = times_ns.iter().zip(durations_us).filter(|(_, us)| **us != NO_DURATION);
        pairs.map(|(at, us)| (*at, Duration::from_micros(u64::from(*us)).nanos()))
    };
    let mut ends: Vec<u64> = timed().map(|(at, length)| at.saturating_add(length)).collect();
    ends.sort_unstable();
    let (first, last) = (timed().next()?.0, *ends.last()?);
    let (mut ended, mut peak, mut peak_at_ns, mut busy) = (0, 0, first, 0.0);
    for (begun, (at, length)) in timed().enumerate() {
        while ends[ended] <= at && ended < begun {
            ended += 1;
        }
        let under_way = (begun - ended) as u64 + 1;
        if under_way > peak {
            (peak, peak_at_ns) = (under_way, at);
        }
        busy += length as f64;
    }
    let span = last.saturating_sub(first) as f64;
    let mean = if span > 0.0 { busy / span } else { 0.0 };
    Some(Concurrency { mean, peak, peak_at_ns, timed: ends.len() as u64 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlaps_are_counted_and_ends_free_their_place() {
        let times = [0, 1_000_000, 2_000_000, 3_000_000];
        // 0–2 ms, 1–2 ms, 2–2 ms (no time), 3–7 ms.
        let c = concurrency(&times, &[2_000, 1_000, 0, 4_000]).unwrap();
        assert_eq!((c.peak, c.peak_at_ns, c.timed), (2, 1_000_000, 4));
        assert!((c.mean - 7.0 / 7.0).abs() < 1e-12);
    }

    #[test]
    fn unknown_durations_are_left_out() {
        assert_eq!(concurrency(&[0, 1], &[]), None);
        assert_eq!(concurrency(&[0, 1], &[NO_DURATION, NO_DURATION]), None);
        let c = concurrency(&[5, 5], &[NO_DURATION, 0]).unwrap();
        assert_eq!((c.peak, c.mean, c.timed), (1, 0.0, 1));
    }
}
