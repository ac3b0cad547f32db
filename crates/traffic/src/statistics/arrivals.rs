//! Arrivals as one stream: rate, gaps, and peaks in bins from the first one on.

use units::Duration;

use super::Gaps;

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
    let mut arriving = Arriving::default();
    each.for_each(|(at, n)| arriving.add(at, n));
    arriving.finish()
}

/// [`Arrived`] on its way.
#[derive(Debug, Default)]
pub(crate) struct Arriving {
    n: u64,
    first_ns: Option<u64>,
    last_ns: u64,
    pub(crate) gaps: Gaps,
    peaks: [Peak; 2],
}

impl Arriving {
    /// `n` more at this moment, not before the last ones.
    #[inline]
    pub(crate) fn add(&mut self, at: u64, n: u64) {
        if n == 0 {
            return;
        }
        let since = at.saturating_sub(*self.first_ns.get_or_insert(at));
        self.gaps.add(at, n);
        self.peaks[0].add(since / Duration::SECOND.nanos(), n);
        self.peaks[1].add(since / Duration::MINUTE.nanos(), n);
        (self.n, self.last_ns) = (self.n + n, at);
    }

    pub(crate) fn finish(&self) -> Option<Arrived> {
        let first_ns = self.first_ns?;
        let span = Duration::from_nanos(self.last_ns - first_ns).secs_f64();
        Some(Arrived {
            n: self.n,
            first_ns,
            last_ns: self.last_ns,
            mean_hertz: (span > 0.0).then(|| self.n as f64 / span),
            gap_mean_s: (self.n > 1).then(|| span / (self.n - 1) as f64),
            gap_variation: self.gaps.variation(),
            peak_second: self.peaks[0].most,
            peak_minute: self.peaks[1].most,
        })
    }
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
