//! What a log says, as a plain value: `crossover traffic FILE…` prints it.

use std::collections::BTreeMap;
use std::fmt;

use units::{Duration, Histogram, Rate, Share};

use crate::distinct::Distinct;
use crate::lines::Packing;
use crate::order::Order;
use crate::statistics::{Arrived, Summary};

/// Nanoseconds since 1970-01-01, shown as a UTC time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Utc(pub u64);

impl fmt::Display for Utc {
    /// `2015-05-17 10:05:00`, in UTC, to the second.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let second = (self.0 / 1_000_000_000).cast_signed();
        let time = jiff::Timestamp::from_second(second).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        f.pad(&time.strftime("%Y-%m-%d %H:%M:%S").to_string())
    }
}

/// One file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileReport {
    /// Its name as given.
    pub name: String,
    /// Its format's id, `None` if no format fits.
    pub format: Option<&'static str>,
    /// How it was packed.
    pub packing: Packing,
    /// Bytes, unpacked.
    pub bytes: u64,
    /// Lines that were not empty: `kept + skipped + asides`.
    pub lines: u64,
    /// Lines that are requests.
    pub kept: u64,
    /// Lines that could not be read.
    pub skipped: u64,
    /// Headers and comments.
    pub asides: u64,
    /// What the order of its lines says.
    pub order: Order,
    /// A number that files of the same lines share.
    pub fingerprint: u64,
    /// The earlier file that holds the same lines: this one was not counted.
    pub copy_of: Option<String>,
}

impl FileReport {
    /// Whether it holds the very lines that `other` holds.
    pub(crate) fn is_copy_of(&self, other: &Self) -> bool {
        // What holds no lines of a log has no fingerprint.
        self.kept > 0
            && self.fingerprint != 0
            && (self.kept, self.bytes, self.fingerprint)
                == (other.kept, other.bytes, other.fingerprint)
    }
}

/// The most requests in a bin of clock time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peak {
    /// How many.
    pub requests: u64,
    /// When the bin begins.
    pub at: Utc,
}

/// Counts in bins of one length, from the first request's bin to the last one's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BinStatistics {
    /// Length of a bin; bins begin at whole seconds, minutes or hours of UTC.
    pub bin: Duration,
    /// How many bins.
    pub bins: u64,
    /// Bins without a request.
    pub empty: u64,
    /// The fullest bin.
    pub peak: Peak,
    /// Mean requests in a bin.
    pub mean: f64,
    /// Requests in bins that begin with a full minute.
    pub at_full_minutes: u64,
    /// Variance (population) over mean: 1 for Poisson arrivals, more for bursts.
    pub dispersion: f64,
    /// How the counts of the bins spread, empty ones included.
    pub counts: Option<Summary>,
}

impl BinStatistics {
    /// The fullest bin over the mean one.
    pub fn peak_to_mean(&self) -> f64 {
        if self.mean > 0.0 { self.peak.requests as f64 / self.mean } else { 0.0 }
    }
}

/// Requests of one day in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayCount {
    /// The day, counted from 1970-01-01.
    pub day: u64,
    /// Its requests.
    pub requests: u64,
}

/// The rhythm of a log's requests.
#[derive(Debug, Clone, PartialEq)]
pub struct Rhythm {
    /// First request.
    pub first: Utc,
    /// Last request.
    pub last: Utc,
    /// Requests over the time from first to last; zero if that is no time.
    pub mean: Rate,
    /// By the second; `None` if the log is too long or too coarse for it.
    pub second: Option<BinStatistics>,
    /// By the minute.
    pub minute: BinStatistics,
    /// By the hour.
    pub hour: BinStatistics,
    /// The dispersion of counts at 1 s, 10 s, 1 min, 10 min and 1 h, as far as the log is fine and long enough.
    pub scales: Vec<BinStatistics>,
    /// Standard deviation (population) over mean of the gaps between requests; `None` below two gaps.
    pub gap_variation: Option<f64>,
    /// The longest time without a request, and when it began.
    pub longest_gap: (Duration, Utc),
    /// All requests as one stream, with peaks in bins from the first one on.
    pub arrived: Arrived,
    /// Days with requests, ascending.
    pub days: Vec<DayCount>,
    /// Requests by hour of the week in UTC, from Monday 00:00; 168 values.
    pub hour_of_week: Vec<u64>,
    /// Requests by minute of the hour; 60 values.
    pub minute_of_hour: Vec<u64>,
}

impl Rhythm {
    /// From the first request to the last.
    pub const fn span(&self) -> Duration {
        Duration::from_nanos(self.last.0.saturating_sub(self.first.0))
    }
    /// Whether all of many requests came at full minutes: then the log tells no seconds.
    pub fn tells_minutes_only(&self) -> bool {
        /// By chance, a log to the second would look so once in 60²⁰.
        const REQUESTS_MIN: u64 = 20;
        let requests: u64 = self.hour_of_week.iter().sum();
        requests >= REQUESTS_MIN && self.second.is_some_and(|s| s.at_full_minutes == requests)
    }
    /// Whether nearly all requests of a log of hours carry the same minute of the hour: such a log was sampled
    /// or altered, and its peaks mean nothing.
    pub fn same_minute_of_hour(&self) -> Option<u8> {
        const HOURS_MIN: u64 = 3;
        const SHARE: f64 = 0.99;
        let requests: u64 = self.minute_of_hour.iter().sum();
        let (minute, most) = (0..).zip(&self.minute_of_hour).max_by_key(|(_, n)| **n)?;
        let all = *most as f64 >= requests as f64 * SHARE;
        (all && requests >= 20 && self.hour.bins - self.hour.empty >= HOURS_MIN).then_some(minute)
    }
    /// Share of minutes without a request.
    pub fn idle(&self) -> Share {
        Share::of(self.minute.empty, self.minute.bins)
    }
}

/// What a log says. It holds no addresses, no queries, no user agents.
#[derive(Debug, Clone, PartialEq)]
pub struct LogReport {
    /// The files, in the order they were given.
    pub files: Vec<FileReport>,
    /// Requests that were kept.
    pub requests: u64,
    /// When they came; `None` without any.
    pub rhythm: Option<Rhythm>,
    /// Requests by status; lines without one are left out.
    pub status: BTreeMap<u16, u64>,
    /// Requests by method, most first.
    pub methods: Vec<(String, u64)>,
    /// Bytes sent, over the requests that say.
    pub bytes: u64,
    /// Requests that say how many bytes were sent.
    pub bytes_known: u64,
    /// How those bytes spread; of more than a million sizes, its percentiles are those of a histogram.
    pub sizes: Option<Summary>,
    /// Different clients, by address; `None` if the log names none or nobody
    /// [asked](crate::Reading::counting_names).
    pub clients: Option<Distinct>,
    /// Different paths without their queries, likewise.
    pub paths: Option<Distinct>,
    /// How long requests took; empty if the log does not say.
    pub durations: Histogram,
    /// Requests that name a path.
    pub paths_known: u64,
    /// Requests for static files, by extension: what a CDN could take.
    pub static_files: u64,
    /// Health checks, by path or user agent.
    pub health_checks: u64,
    /// Requests of crawlers and monitors, by user agent.
    pub bots: u64,
    /// Requests that were counted and not taken for load, as was asked.
    pub left_out: u64,
    /// How long servers behind the proxy took; empty if the log does not say.
    pub upstream: Histogram,
    /// The hosts that were asked for most.
    pub top_hosts: Vec<(String, u64)>,
    /// The services that answered most.
    pub top_services: Vec<(String, u64)>,
    /// The same of requests that belong to no component.
    pub top_unmatched_services: Vec<(String, u64)>,
    /// The most wanted first segments of paths, most first.
    pub top_prefixes: Vec<(String, u64)>,
    /// Requests by component.
    pub routed: BTreeMap<String, u64>,
    /// Mean bytes sent by a request, by component; without those that never say.
    pub mean_bytes_routed: BTreeMap<String, u64>,
    /// Requests that belong to no component.
    pub unmatched: u64,
    /// The most wanted first segments of those.
    pub top_unmatched: Vec<(String, u64)>,
}

impl LogReport {
    /// Lines that were not empty, over all files.
    pub fn lines(&self) -> u64 {
        self.files.iter().map(|file| file.lines).sum()
    }
    /// Lines that could not be read, over all files.
    pub fn skipped(&self) -> u64 {
        self.files.iter().map(|file| file.skipped).sum()
    }
    /// Requests whose client gave up before the answer: nginx's status 499.
    pub fn gave_up(&self) -> u64 {
        self.status.get(&499).copied().unwrap_or(0)
    }
    /// Requests by class of status: `[1xx, 2xx, 3xx, 4xx, 5xx]`.
    pub fn status_classes(&self) -> [u64; 5] {
        let mut classes = [0; 5];
        for (status, n) in &self.status {
            if let Some(class) = classes.get_mut(usize::from(status / 100).wrapping_sub(1)) {
                *class += n;
            }
        }
        classes
    }
    /// Share of requests with a path that ask for static files.
    pub fn static_share(&self) -> Share {
        Share::of(self.static_files, self.paths_known)
    }
    /// Share of requests that belong to no component.
    pub fn unmatched_share(&self) -> Share {
        Share::of(self.unmatched, self.requests)
    }
    /// Mean bytes sent by a request that says so.
    pub fn mean_bytes(&self) -> Option<u64> {
        self.bytes.checked_div(self.bytes_known)
    }
}
