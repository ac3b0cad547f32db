//! From a recording to a load model: few numbers that can be looked at, regenerated and scaled.
//!
//! Kept as measured are the requests of every minute: they carry the day, the week and every surge. What
//! happens within minutes is fitted as a [`Bursts`] cascade, and how long requests take as a distribution. A
//! regenerated load therefore has the recording's mean, its busiest minute and its dispersion from a minute up
//! exactly, and its dispersion below a minute in expectation.

mod bursts;
mod shape;

use model::{Distribution, Fact, Origin};
use units::{Duration, Instant, Rate};

pub use bursts::{Bursts, Split};
pub use shape::{Cyclic, day_shape, hour_of_week, week_shape};

use crate::log_report::BinStatistics;
use crate::recorded::{Events, Recorded, thousands};
use crate::rhythm::rhythm;
use crate::series::Tick;
use crate::statistics::{Concurrency, concurrency};
use crate::workload::{Arrivals, NO_DURATION, Workload};

/// Equally likely values kept of a measured distribution: enough for a 99.5th percentile.
const QUANTILES: usize = 200;

/// What was fitted to one component's recording. Everything in it is measured; its origin says on what.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// Requests that it rests on.
    pub requests: u64,
    /// Time that it rests on.
    pub span: Duration,
    /// The mean rate.
    pub mean: Fact<Rate>,
    /// The busiest minute's rate.
    pub peak: Fact<Rate>,
    /// Dispersion of counts at 1 s to 1 h, as far as the recording is fine and long enough.
    pub dispersion: Vec<BinStatistics>,
    /// Deviation over mean of the gaps between requests.
    pub gap_variation: Fact<f64>,
    /// Hours of the day against the mean; needs a day.
    pub day: Option<Cyclic>,
    /// Days of the week against the mean, from Monday; needs a week.
    pub week: Option<Cyclic>,
    /// Requests under way, if the recording says how long they take.
    pub concurrency: Fact<Concurrency>,
    /// How long requests take, if the recording says.
    pub service: Fact<Distribution>,
    /// What happens within minutes.
    pub bursts: Fact<Bursts>,
}

impl Recorded {
    /// Fits a load model. `None` if there is no request.
    pub fn fit(&self) -> Option<Fit> {
        let tick = match &self.events {
            Events::Counted { tick, .. } if *tick >= Duration::MINUTE => Tick::Minute,
            _ => Tick::Second,
        };
        let rhythm = rhythm(&[&self.events], tick)?;
        let requests = self.events.count();
        let span = self.window.span();
        let basis = format!("{} requests over {span} in {}", thousands(requests), self.name);
        let known = |note: &str| Origin::measured(note);
        let (times, durations): (&[u64], &[u32]) = match &self.events {
            Events::Exact { times_ns, durations_us } => (times_ns, durations_us),
            Events::Counted { .. } => (&[], &[]),
        };
        let timed: Vec<Duration> = durations
            .iter()
            .filter(|&&us| us != NO_DURATION)
            .map(|&us| Duration::from_micros(u64::from(us)))
            .collect();
        let seconds = span.secs_f64();
        Some(Fit {
            requests,
            span,
            mean: Fact::Known(Rate::per_second(requests as f64 / seconds), known(&basis)),
            peak: Fact::Known(
                Rate::per_second(rhythm.minute.peak.requests as f64 / 60.0),
                known(&format!("the minute of {} UTC, {basis}", rhythm.minute.peak.at)),
            ),
            dispersion: rhythm.scales.clone(),
            gap_variation: rhythm
                .gap_variation
                .map_or(Fact::Unknown, |cv| Fact::Known(cv, known(&basis))),
            day: day_shape(&rhythm),
            week: week_shape(&rhythm),
            concurrency: concurrency(times, durations)
                .map_or(Fact::Unknown, |c| Fact::Known(c, known(&basis))),
            service: distribution(&timed, &self.name),
            bursts: match tick {
                Tick::Second => Fact::Known(Bursts::of(&self.events), known(&basis)),
                Tick::Minute => Fact::Assumed(
                    Bursts::default(),
                    Origin::assumed(
                        "the recording tells minutes only: within them, requests are taken to come at random; \
                         give a log to the second",
                    ),
                ),
            },
        })
    }

    /// The load that the fit regenerates: this recording's minutes, with bursts and times to answer drawn anew.
    pub fn refitted(&self) -> Option<Workload> {
        let bursts = self.fit()?.bursts.value()?.clone();
        let workload = self.workload();
        let basis = format!("fitted to {}", workload.basis);
        let (durations_us, starts) = match workload.arrivals {
            Arrivals::Recorded { times, durations_us } if !durations_us.is_empty() => {
                let begins = |minute: usize| Instant::START + Duration::MINUTE * minute as u64;
                let minutes = 0..workload.per_minute.len();
                let start = |m| times.partition_point(|at| *at < begins(m)) as u32;
                (durations_us, minutes.map(start).collect())
            }
            _ => (Vec::new(), Vec::new()),
        };
        let arrivals = Arrivals::Fitted { bursts, durations_us, starts };
        Some(Workload { arrivals, basis, ..workload })
    }
}

/// Measured spans as equally likely values, with the number of them: for times to answer, cold starts, CPU time.
/// Unknown if there are none.
pub fn distribution(spans: &[Duration], name: &str) -> Fact<Distribution> {
    let mut sorted = spans.to_vec();
    sorted.sort_unstable();
    if sorted.is_empty() {
        return Fact::Unknown;
    }
    let n = sorted.len().min(QUANTILES);
    // The middle of each of n equal parts, so that neither tail weighs more than its share.
    let at = |i: usize| sorted[((i as f64 + 0.5) / n as f64 * sorted.len() as f64) as usize];
    let values = (0..n).map(at).collect();
    let note = format!("{} measured values in {name}", thousands(sorted.len() as u64));
    Fact::Known(Distribution::Empirical(values), Origin::measured(note))
}

#[cfg(test)]
mod tests;
