//! Counts in bins of clock time, and gaps between arrivals.

use std::collections::BTreeMap;

use units::Duration;

use super::Summary;
use crate::log_report::{BinStatistics, Peak, Utc};

/// Counts below it are the usual ones: they are found by place.
const SMALL: u64 = 4096;
const MINUTE: u64 = Duration::MINUTE.nanos();

/// Counts in bins of clock time.
#[derive(Debug, Clone)]
pub(crate) struct Bins {
    length: u64,
    first: Option<u64>,
    current: u64,
    in_current: u64,
    total: u64,
    squares: u128,
    filled: u64,
    at_full_minutes: u64,
    peak: (u64, u64),
    /// Bins by what they hold, up to [`SMALL`]; those that hold nothing are left out.
    small: Vec<u64>,
    /// Bins that hold more.
    large: BTreeMap<u64, u64>,
}

impl Bins {
    pub(crate) const fn new(length: u64) -> Self {
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
            small: Vec::new(),
            large: BTreeMap::new(),
        }
    }

    #[inline]
    pub(crate) fn add(&mut self, at: u64, n: u64) {
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
        if n < SMALL {
            let at = n as usize;
            if at >= self.small.len() {
                self.small.resize(at + 1, 0);
            }
            self.small[at] += 1;
        } else {
            *self.large.entry(n).or_default() += 1;
        }
        if (self.current * self.length).is_multiple_of(MINUTE) {
            self.at_full_minutes += n;
        }
        if n > self.peak.0 {
            self.peak = (n, self.current);
        }
    }

    pub(crate) fn finish(mut self) -> BinStatistics {
        self.close();
        let bins = self.current - self.first.unwrap_or(self.current) + 1;
        let mean = self.total as f64 / bins as f64;
        let variance = self.squares as f64 / bins as f64 - mean * mean;
        let empty = (0.0, bins - self.filled);
        let small = (0..).zip(&self.small).map(|(count, bins): (u32, _)| (f64::from(count), *bins));
        let large = self.large.iter().map(|(count, bins)| (*count as f64, *bins));
        let counts = small.chain(large);
        BinStatistics {
            counts: Summary::weighted(&counts.chain([empty]).collect::<Vec<_>>()),
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
#[derive(Debug, Default)]
pub(crate) struct Gaps {
    last: Option<u64>,
    count: u64,
    sum: f64,
    squares: f64,
    pub(crate) longest: u64,
    pub(crate) longest_from: u64,
}

impl Gaps {
    #[inline]
    pub(crate) fn add(&mut self, at: u64, n: u64) {
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

    pub(crate) fn variation(&self) -> Option<f64> {
        let mean = self.sum / self.count as f64;
        let variance = self.squares / self.count as f64 - mean * mean;
        (self.count >= 2 && mean > 0.0).then(|| variance.max(0.0).sqrt() / mean)
    }
}
