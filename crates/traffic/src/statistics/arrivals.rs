//! Arrivals as one stream: rate, gaps, and peaks in bins from the first one on.

use units::Duration;

/// What a stream of arrivals looks like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Arrived {
    /// How many.
    pub n: u64,
    /// The first, in nanoseconds.
    pub first_ns: u64,
    /// The last, in nanoseconds.
    pub last_ns: u64,
    /// Arrivals a second over the time from first to last; `None` if that is no time.
    pub mean_hertz: Option<f64>,
    /// Mean gap in seconds; `None` below two arrivals.
    pub gap_mean_s: Option<f64>,
    /// Deviation over mean of the gaps; `None` below two gaps or if all arrive at once.
    pub gap_variation: Option<f64>,
    /// Largest count in a bin of one second; bins start at the first arrival.
    pub peak_second: u64,
    /// Likewise for bins of sixty seconds.
    pub peak_minute: u64,
}

/// Of (moment in nanoseconds, arrivals), ascending; `None` of nothing.
pub fn arrived(each: impl Iterator<Item = (u64, u64)>) -> Option<Arrived> {
    let mut gaps = super::Gaps::default();
    let (mut n, mut first, mut last) = (0, None, 0);
    let mut peaks = [Peak::default(), Peak::default()];
    for (at, count) in each.filter(|(_, count)| *count > 0) {
        let first = *first.get_or_insert(at);
        gaps.add(at, count);
        let since = at.saturating_sub(first);
        peaks[0].add(since / Duration::SECOND.nanos(), count);
        peaks[1].add(since / Duration::MINUTE.nanos(), count);
        (n, last) = (n + count, at);
    }
    let first_ns = first?;
    let span = Duration::from_nanos(last - first_ns).secs_f64();
    Some(Arrived {
        n,
        first_ns,
        last_ns: last,
        mean_hertz: (span > 0.0).then(|| n as f64 / span),
        gap_mean_s: (n > 1).then(|| span / (n - 1) as f64),
        gap_variation: gaps.variation(),
        peak_second: peaks[0].most,
        peak_minute: peaks[1].most,
    })
}

#[derive(Debug, Default, Clone, Copy)]
struct Peak {
    bin: u64,
    count: u64,
    most: u64,
}

impl Peak {
    fn add(&mut self, bin: u64, n: u64) {
        if bin != self.bin {
            (self.bin, self.count) = (bin, 0);
        }
        self.count += n;
        self.most = self.most.max(self.count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: u64 = Duration::SECOND.nanos();

    #[test]
    fn bins_start_at_the_first_arrival() {
        // On the clock, 0.9 s and 1.1 s fall into different seconds; from the first arrival on they do not.
        let at = [S * 9 / 10, S * 11 / 10, S * 5].map(|at| (at, 1));
        let a = arrived(at.into_iter()).unwrap();
        assert_eq!((a.n, a.peak_second, a.peak_minute), (3, 2, 3));
        assert!((a.mean_hertz.unwrap() - 3.0 / 4.1).abs() < 1e-12);
        assert!((a.gap_mean_s.unwrap() - 2.05).abs() < 1e-12);
    }

    #[test]
    fn no_time_and_no_gaps_are_told_apart_from_zero() {
        assert_eq!(arrived(std::iter::empty()), None);
        let one = arrived(std::iter::once((5, 1))).unwrap();
        assert_eq!((one.mean_hertz, one.gap_mean_s, one.gap_variation), (None, None, None));
        let same = arrived(std::iter::once((5, 9))).unwrap();
        assert_eq!((same.mean_hertz, same.gap_variation, same.peak_second), (None, None, 9));
        assert_eq!(same.gap_mean_s, Some(0.0));
    }
}
