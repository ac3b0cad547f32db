//! When requests came: one pass over all of them in order.

use units::{Duration, Rate};

use crate::log_report::{BinStatistics, Peak, Rhythm, Utc};
use crate::recorded::Events;
use crate::series::Tick;

const SECOND: u64 = Duration::SECOND.nanos();
const MINUTE: u64 = Duration::MINUTE.nanos();
const HOUR: u64 = Duration::HOUR.nanos();
/// 1970-01-01 was a Thursday: three days after a Monday.
const EPOCH_HOUR_OF_WEEK: u64 = 3 * 24;

/// The rhythm of several recordings together; `None` without a request.
pub(crate) fn rhythm(parts: &[&Events], tick: Tick) -> Option<Rhythm> {
    let mut second = Bins::new(SECOND);
    let mut minute = Bins::new(MINUTE);
    let mut hour = Bins::new(HOUR);
    let mut gaps = Gaps::default();
    let mut hour_of_week = vec![0; 168];
    let mut minute_of_hour = vec![0; 60];
    let (mut first, mut last, mut requests) = (None, 0, 0_u64);
    in_order(parts, |at, n| {
        second.add(at, n);
        minute.add(at, n);
        hour.add(at, n);
        gaps.add(at, n);
        hour_of_week[((at / HOUR + EPOCH_HOUR_OF_WEEK) % 168) as usize] += n;
        minute_of_hour[(at / MINUTE % 60) as usize] += n;
        first.get_or_insert(at);
        last = at;
        requests += n;
    });
    let first = first?;
    let span = Duration::from_nanos(last - first).secs_f64();
    Some(Rhythm {
        first: Utc(first),
        last: Utc(last),
        mean: if span > 0.0 { Rate::per_second(requests as f64 / span) } else { Rate::ZERO },
        second: (tick == Tick::Second).then(|| second.finish()),
        minute: minute.finish(),
        hour: hour.finish(),
        gap_variation: gaps.variation(),
        longest_gap: (Duration::from_nanos(gaps.longest), Utc(gaps.longest_from)),
        hour_of_week,
        minute_of_hour,
    })
}

/// Calls `visit` with every (moment, requests) of all parts, ascending.
fn in_order(parts: &[&Events], mut visit: impl FnMut(u64, u64)) {
    let mut open: Vec<_> = parts
        .iter()
        .filter_map(|events| {
            let mut each = events.each();
            Some((each.next()?, each))
        })
        .collect();
    // There are as many parts as components: a look at each is cheaper than a heap.
    while let Some(next) = (0..open.len()).min_by_key(|&i| open[i].0.0) {
        let ((at, n), each) = &mut open[next];
        visit(*at, u64::from(*n));
        match each.next() {
            Some(following) => (*at, *n) = following,
            None => drop(open.swap_remove(next)),
        }
    }
}

/// Counts in bins of clock time.
struct Bins {
    length: u64,
    first: Option<u64>,
    current: u64,
    in_current: u64,
    total: u64,
    squares: u128,
    filled: u64,
    at_full_minutes: u64,
    peak: (u64, u64),
}

impl Bins {
    const fn new(length: u64) -> Self {
        Self {
            length,
            first: None,
            current: 0,
            in_current: 0,
            total: 0,
            squares: 0,
            filled: 0,
            at_full_minutes: 0,
            peak: (0, 0),
        }
    }

    #[inline]
    fn add(&mut self, at: u64, n: u64) {
        let bin = at / self.length;
        if bin != self.current || self.first.is_none() {
            self.close();
            self.current = bin;
            self.first.get_or_insert(bin);
        }
        self.in_current += n;
    }

    fn close(&mut self) {
        let n = std::mem::take(&mut self.in_current);
        if n == 0 {
            return;
        }
        self.total += n;
        self.squares += u128::from(n) * u128::from(n);
        self.filled += 1;
        if (self.current * self.length).is_multiple_of(MINUTE) {
            self.at_full_minutes += n;
        }
        if n > self.peak.0 {
            self.peak = (n, self.current);
        }
    }

    fn finish(mut self) -> BinStatistics {
        self.close();
        let bins = self.current - self.first.unwrap_or(self.current) + 1;
        let mean = self.total as f64 / bins as f64;
        let variance = self.squares as f64 / bins as f64 - mean * mean;
        BinStatistics {
            bin: Duration::from_nanos(self.length),
            bins,
            empty: bins - self.filled,
            peak: Peak { requests: self.peak.0, at: Utc(self.peak.1 * self.length) },
            mean,
            at_full_minutes: self.at_full_minutes,
            dispersion: if mean > 0.0 { variance / mean } else { 0.0 },
        }
    }
}

/// Gaps between one request and the next.
#[derive(Default)]
struct Gaps {
    last: Option<u64>,
    count: u64,
    sum: f64,
    squares: f64,
    longest: u64,
    longest_from: u64,
}

impl Gaps {
    #[inline]
    fn add(&mut self, at: u64, n: u64) {
        if let Some(last) = self.last {
            let gap = at - last;
            if gap > self.longest {
                (self.longest, self.longest_from) = (gap, last);
            }
            let secs = gap as f64 / 1e9;
            self.count += 1;
            self.sum += secs;
            self.squares += secs * secs;
        }
        self.last = Some(at);
        self.count += n - 1;
    }

    fn variation(&self) -> Option<f64> {
        let mean = self.sum / self.count as f64;
        let variance = self.squares / self.count as f64 - mean * mean;
        (self.count >= 2 && mean > 0.0).then(|| variance.max(0.0).sqrt() / mean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(seconds: &[f64]) -> Events {
        let times_ns = seconds.iter().map(|s| (s * 1e9) as u64).collect();
        Events::Exact { times_ns, durations_us: Vec::new() }
    }

    #[test]
    fn parts_are_read_in_the_order_of_time() {
        let counts = vec![(1, 2), (4, 1)];
        let counted = Events::Counted { tick: Duration::SECOND, counts };
        let exact = exact(&[0.5, 1.0, 9.0]);
        let mut seen = Vec::new();
        in_order(&[&exact, &counted], |at, n| seen.push((at as f64 / 1e9, n)));
        assert_eq!(seen, [(0.5, 1), (1.0, 1), (1.0, 2), (4.0, 1), (9.0, 1)]);
    }

    #[test]
    fn the_figures_of_a_small_log_by_hand() {
        // Seconds 60, 60, 61, 64: bins of a second hold 2, 1, 0, 0, 1.
        let counts = vec![(60, 2), (61, 1), (64, 1)];
        let log = Events::Counted { tick: Duration::SECOND, counts };
        let rhythm = rhythm(&[&log], Tick::Second).unwrap();
        let second = rhythm.second.unwrap();
        assert_eq!((second.bins, second.empty, second.peak.requests), (5, 2, 2));
        assert!((second.mean - 0.8).abs() < 1e-12);
        // Mean square 6/5, variance 1.2 - 0.64.
        assert!((second.dispersion - 0.56 / 0.8).abs() < 1e-12);
        assert!((second.peak_to_mean() - 2.5).abs() < 1e-12);
        // Gaps 0, 1, 3: mean 4/3, variance 10/3 - 16/9.
        let variation = (10.0 / 3.0 - 16.0 / 9.0_f64).sqrt() / (4.0 / 3.0);
        assert!((rhythm.gap_variation.unwrap() - variation).abs() < 1e-12);
        assert_eq!(rhythm.longest_gap, (Duration::from_secs(3), Utc(61 * SECOND)));
        assert!((rhythm.mean.hertz() - 1.0).abs() < 1e-12);
        assert_eq!(rhythm.hour_of_week[72], 4, "Thursday, the first hour");
        assert_eq!(rhythm.first.to_string(), "1970-01-01 00:01:00");
    }

    #[test]
    fn one_request_has_no_rate_and_no_gaps() {
        let rhythm = rhythm(&[&exact(&[100.0])], Tick::Second).unwrap();
        assert_eq!((rhythm.mean, rhythm.gap_variation), (Rate::ZERO, None));
        assert_eq!(rhythm.minute.bins, 1);
        assert!(super::rhythm(&[&exact(&[])], Tick::Second).is_none());
    }
}
