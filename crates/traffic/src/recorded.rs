//! Recorded requests of one component, and the load they stand for.

use units::{Duration, Histogram, Instant};

use crate::workload::{Arrivals, NO_DURATION, Workload, cycles_per_month};
pub(crate) use units::grouped as thousands;

const MINUTE: u64 = Duration::MINUTE.nanos();
const DAY: u64 = Duration::DAY.nanos();
const WEEK: u64 = 7 * DAY;
/// Three days after 1970-01-01, a Thursday, comes the first Monday after it: cycles of whole weeks begin on one.
const FIRST_MONDAY: u64 = 4 * DAY;
/// A recording may lack this part of its last day and still count as whole days: nobody's log ends at
/// midnight sharp.
const GAP_SHARE: f64 = 0.02;
/// Fewer whole days say nothing of how days differ.
const BAND_DAYS_MIN: usize = 5;
/// The band where a recording is too short to show how days differ.
const SHORT_BAND: (f64, f64) = (0.7, 1.3);

/// Of longer recordings, the last part is replayed: a year holds every season, and older traffic was another
/// application's.
pub(crate) const REPLAYED_MAX: Duration = Duration::from_secs(366 * 86_400);

/// When the recording began and ended: the same for all components of one log, so that a component which is
/// seldom called is not taken for a busy one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// First request, in nanoseconds since 1970-01-01 UTC.
    pub first_ns: u64,
    /// Last request, likewise.
    pub last_ns: u64,
}

/// Recorded requests of one component.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// The time covered.
    pub window: Window,
    /// The requests.
    pub events: Events,
    /// Where they were read: `access.log`.
    pub name: String,
}

/// Requests as they were recorded, in UTC since 1970, ascending.
#[derive(Debug, Clone, PartialEq)]
pub enum Events {
    /// One by one, because the recording is finer than a second or says how long each took.
    Exact {
        /// When, in nanoseconds.
        times_ns: Vec<u64>,
        /// How long, in microseconds; empty if the recording does not say.
        durations_us: Vec<u32>,
    },
    /// How many in each tick of one second or one minute.
    Counted {
        /// Length of a tick.
        tick: Duration,
        /// (tick since 1970, requests).
        counts: Vec<(u32, u32)>,
    },
}

impl Events {
    /// How many requests.
    pub fn count(&self) -> u64 {
        match self {
            Self::Exact { times_ns, .. } => times_ns.len() as u64,
            Self::Counted { counts, .. } => counts.iter().map(|(_, n)| u64::from(*n)).sum(),
        }
    }

    /// Only the requests from this moment on.
    pub(crate) fn since(self, first_ns: u64) -> Self {
        match self {
            Self::Exact { mut times_ns, mut durations_us } => {
                let before = times_ns.partition_point(|&at| at < first_ns);
                times_ns.drain(..before);
                durations_us.drain(..before.min(durations_us.len()));
                Self::Exact { times_ns, durations_us }
            }
            Self::Counted { tick, mut counts } => {
                let before =
                    counts.partition_point(|&(i, _)| u64::from(i) * tick.nanos() < first_ns);
                counts.drain(..before);
                Self::Counted { tick, counts }
            }
        }
    }

    /// The same in ticks of a minute, if all that is lost are seconds that were never told.
    pub(crate) fn by_the_minute(self) -> Self {
        match self {
            Self::Counted { tick, counts } if tick == Duration::SECOND => {
                let counts = counts.into_iter().map(|(at, n)| (at / 60, n)).collect();
                Self::Counted { tick: Duration::MINUTE, counts }
            }
            other => other,
        }
    }

    /// (moment in nanoseconds, requests), ascending.
    pub fn each(&self) -> Box<dyn Iterator<Item = (u64, u32)> + '_> {
        match self {
            Self::Exact { times_ns, .. } => Box::new(times_ns.iter().map(|&at| (at, 1))),
            Self::Counted { tick, counts } => {
                let tick = tick.nanos();
                Box::new(counts.iter().map(move |&(i, n)| (u64::from(i) * tick, n)))
            }
        }
    }
}

impl Recorded {
    /// How long requests took; empty if the recording does not say.
    pub fn durations(&self) -> Histogram {
        let mut histogram = Histogram::default();
        if let Events::Exact { durations_us, .. } = &self.events {
            for &us in durations_us.iter().filter(|&&us| us != NO_DURATION) {
                histogram.record(Duration::from_micros(u64::from(us)));
            }
        }
        histogram
    }

    /// The load that repeats this recording.
    ///
    /// The cycle is the time covered. It becomes whole days (or weeks), aligned to UTC, when the recording
    /// lacks less than a fiftieth of them; what lies before the first midnight is then moved behind the rest.
    pub fn workload(&self) -> Workload {
        let cycle_ns = self.window.cycle_ns();
        let zero = self.window.zero_ns(cycle_ns);
        let place = |at: u64| at.saturating_sub(zero) % cycle_ns;
        let mut per_minute = vec![0.0; (cycle_ns / MINUTE) as usize];
        for (at, n) in self.events.each() {
            per_minute[(place(at) / MINUTE) as usize] += f64::from(n);
        }
        let cycle = Duration::from_nanos(cycle_ns);
        Workload {
            cycle,
            cycles_per_month: cycles_per_month(cycle),
            pace: 1,
            band: band(&per_minute),
            per_minute,
            arrivals: self.arrivals(place),
            basis: format!(
                "{}, {cycle}, {} requests{}",
                self.name,
                thousands(self.events.count()),
                if cycle < Duration::MONTH { ", extrapolated to a month" } else { "" }
            ),
        }
    }

    fn arrivals(&self, place: impl Fn(u64) -> u64) -> Arrivals {
        match &self.events {
            Events::Exact { times_ns, durations_us } => {
                let split = wrap(times_ns.len(), |i| place(times_ns[i]));
                let turned = |i: usize| (i + split) % times_ns.len();
                let order = 0..times_ns.len();
                let times = order.clone().map(|i| place(times_ns[turned(i)]));
                let durations = order.map(|i| durations_us.get(turned(i)).copied());
                Arrivals::Recorded {
                    times: times.map(Instant::from_nanos).collect(),
                    durations_us: durations.flatten().collect(),
                }
            }
            Events::Counted { tick, counts } => {
                let split = wrap(counts.len(), |i| place(u64::from(counts[i].0) * tick.nanos()));
                let at = |i: usize| counts[(i + split) % counts.len()];
                let moved = (0..counts.len())
                    .map(at)
                    .map(|(i, n)| ((place(u64::from(i) * tick.nanos()) / tick.nanos()) as u32, n));
                Arrivals::Counted { tick: *tick, counts: moved.collect() }
            }
        }
    }
}

impl Window {
    /// The last part of it that is replayed, from a midnight on; all of it up to [`REPLAYED_MAX`].
    pub(crate) fn replayed(self) -> Self {
        if self.span() <= REPLAYED_MAX {
            return self;
        }
        let first = (self.last_ns / DAY + 1) * DAY - REPLAYED_MAX.nanos();
        Self { first_ns: first.max(self.first_ns), ..self }
    }

    /// First request to last, at least the tick they fall in.
    pub fn span(&self) -> Duration {
        Duration::from_nanos(self.last_ns.saturating_sub(self.first_ns) + 1)
    }

    fn cycle_ns(&self) -> u64 {
        let span = self.span().nanos();
        let days = span.div_ceil(DAY) * DAY;
        if (days - span) as f64 <= span as f64 * GAP_SHARE {
            return days;
        }
        // From the start of the first minute, so that minutes are the clock's.
        (self.last_ns / MINUTE + 1 - self.first_ns / MINUTE) * MINUTE
    }

    /// The moment that stands at the start of the cycle; not after the first request.
    fn zero_ns(&self, cycle_ns: u64) -> u64 {
        if !cycle_ns.is_multiple_of(DAY) {
            return self.first_ns / MINUTE * MINUTE;
        }
        if cycle_ns.is_multiple_of(WEEK) && self.first_ns >= FIRST_MONDAY {
            return (self.first_ns - FIRST_MONDAY) / WEEK * WEEK + FIRST_MONDAY;
        }
        self.first_ns / DAY * DAY
    }
}

/// Where an ascending list falls back to the start of the cycle: the index of the first element after it.
fn wrap(length: usize, place: impl Fn(usize) -> u64) -> usize {
    // Ascending, then one fall, then ascending below the first element.
    let (mut low, mut high) = (0, length);
    while low < high {
        let middle = usize::midpoint(low, high);
        if place(middle) >= place(0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if low == length { 0 } else { low }
}

/// The 10th and the 90th percentile of the days, over their mean.
fn band(per_minute: &[f64]) -> (f64, f64) {
    let mut days: Vec<f64> = per_minute.chunks_exact(1440).map(|day| day.iter().sum()).collect();
    let mean = days.iter().sum::<f64>() / days.len().max(1) as f64;
    if days.len() < BAND_DAYS_MIN || mean <= 0.0 {
        return SHORT_BAND;
    }
    days.sort_by(f64::total_cmp);
    let at = |q: f64| {
        let place = q * (days.len() - 1) as f64;
        let (low, part) = (place.floor() as usize, place.fract());
        let high = (low + 1).min(days.len() - 1);
        (days[low] + (days[high] - days[low]) * part) / mean
    };
    (at(0.1).min(1.0), at(0.9).max(1.0))
}

#[cfg(test)]
mod tests;
