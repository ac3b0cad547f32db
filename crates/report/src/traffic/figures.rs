//! The statistics of a load, for programs and for the sections that explain them.

use schemars::JsonSchema;
use serde::Serialize;

/// Statistics of a load. Percentiles are given in two forms: linear interpolation between order statistics (type
/// 7) and nearest rank (type 1). Deviations are the population's.
#[derive(Debug, Clone, PartialEq, Default, Serialize, JsonSchema)]
pub struct Figures {
    /// Requests.
    pub requests: u64,
    /// The first request, in UTC: "2026-10-20 00:00:00".
    pub first: String,
    /// The last one.
    pub last: String,
    /// The first one in seconds since 1970 UTC, to the log's own fraction of a second.
    pub first_s: f64,
    /// The last one, likewise.
    pub last_s: f64,
    /// Seconds from the first to the last.
    pub span_s: f64,
    /// Requests a second over that time; null if it is no time.
    pub mean_per_second: Option<f64>,
    /// Mean gap between requests in seconds; null below two requests.
    pub gap_mean_s: Option<f64>,
    /// Deviation over mean of the gaps; 1 for random arrivals; null below two gaps.
    pub gap_variation: Option<f64>,
    /// Most requests in a bin of one second; bins start at the first request. Null if only minutes are known.
    pub peak_1s: Option<u64>,
    /// The same for bins of sixty seconds.
    pub peak_60s: u64,
    /// How counts vary at several scales, in bins of clock time.
    pub scales: Vec<Scale>,
    /// Time to answer in milliseconds; null if the load does not say.
    pub duration_ms: Option<Spread>,
    /// Each hour of the day in UTC over the mean; null below a day.
    pub hour_of_day: Option<Vec<f64>>,
    /// Each day of the week from Monday over the mean; null below a week.
    pub day_of_week: Option<Vec<f64>>,
    /// Mean requests in each hour of the week from Monday 00:00 UTC; null below a week.
    pub hour_of_week: Option<Vec<f64>>,
    /// The month and the year that follow from it.
    pub ahead: Option<Ahead>,
}

/// Counts in bins of one length.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Scale {
    /// Length of a bin in seconds.
    pub bin_s: u64,
    /// Bins from the first request's to the last one's.
    pub bins: u64,
    /// Mean requests in a bin.
    pub mean: f64,
    /// Most requests in a bin.
    pub peak: u64,
    /// When that bin begins, in UTC.
    pub peak_at: String,
    /// Variance over mean of the counts (index of dispersion): 1 for random arrivals.
    pub dispersion: f64,
    /// How the counts spread, empty bins included.
    pub counts: Option<Spread>,
}

/// One file that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FileRead {
    /// Its name as given.
    pub name: String,
    /// Its format; null if none fits.
    pub format: Option<&'static str>,
    /// Lines that were not empty: kept, skipped and asides. Of JSON documents, their parts.
    pub lines: u64,
    /// Lines that were understood.
    pub kept: u64,
    /// Lines that could not be read, or were there before.
    pub skipped: u64,
    /// Headers and comments.
    pub asides: u64,
    /// Lines whose time is before that of the line above.
    pub out_of_order: u64,
    /// The earlier file that holds the same lines, so that this one was not counted.
    pub copy_of: Option<String>,
}

/// How values spread.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Spread {
    /// How many values.
    pub n: u64,
    /// Mean.
    pub mean: f64,
    /// Deviation (population).
    pub deviation: f64,
    /// Smallest.
    pub min: f64,
    /// Largest.
    pub max: f64,
    /// Percentiles by linear interpolation.
    pub linear: Percentiles,
    /// Percentiles by nearest rank.
    pub nearest_rank: Percentiles,
}

/// Percentiles.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Percentiles {
    pub p1: f64,
    pub p5: f64,
    pub p25: f64,
    pub p50: f64,
    pub p75: f64,
    pub p90: f64,
    pub p95: f64,
    pub p99: f64,
    #[serde(rename = "p99.9")]
    pub p999: f64,
}

impl From<[f64; 9]> for Percentiles {
    fn from([p1, p5, p25, p50, p75, p90, p95, p99, p999]: [f64; 9]) -> Self {
        Self { p1, p5, p25, p50, p75, p90, p95, p99, p999 }
    }
}

/// The time ahead.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Ahead {
    /// Requests in a billing month (730 hours).
    pub month: Outlook,
    /// Requests in twelve of them.
    pub year: Outlook,
    /// Rate of the busiest minute of the month.
    pub peak_per_second: f64,
    /// Whole days that it rests on.
    pub days: u64,
    /// Share of the month that no recorded time stands for.
    pub extrapolated: f64,
    /// What it rests on and what it leaves out.
    pub basis: String,
}

/// What to reckon with: one in ten is below `low`, one above `high`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Outlook {
    /// The mean.
    pub expected: f64,
    /// The 10th percentile.
    pub low: f64,
    /// The 90th percentile.
    pub high: f64,
}

impl Scale {
    /// The burstiness in words.
    pub(crate) fn words(&self) -> String {
        match self.dispersion {
            d if d < 0.75 => "more regular than random arrivals".to_owned(),
            d if d < 1.5 => "as random arrivals".to_owned(),
            d => format!("{} as variable as random arrivals", times(d)),
        }
    }

    /// The fullest bin over the mean one.
    pub(crate) fn peak_to_mean(&self) -> f64 {
        if self.mean > 0.0 { self.peak as f64 / self.mean } else { 0.0 }
    }

    /// `10 s`, `1 min`, `1 h`.
    pub(crate) fn length(&self) -> String {
        match self.bin_s {
            s if s.is_multiple_of(3600) => format!("{} h", s / 3600),
            s if s.is_multiple_of(60) => format!("{} min", s / 60),
            s => format!("{s} s"),
        }
    }
}

/// `4.2 times`, `17 times`, `20,816 times`.
fn times(value: f64) -> String {
    if value < 10.0 {
        format!("{value:.1} times")
    } else {
        format!("{} times", crate::words::grouped(value.round() as u64))
    }
}
