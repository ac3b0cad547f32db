//! The load of one component, ready to replay.

use units::{Duration, Instant, Rate, Share};

use crate::fit::Bursts;

/// One component's load: a cycle (a day, a week, or the time that a log covers) that stands for the month.
///
/// A cycle of whole days begins at midnight UTC, one of whole weeks on a Monday, so that the cycles of two
/// components can be laid side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct Workload {
    /// The cycle's length.
    pub cycle: Duration,
    /// How many cycles a billing month holds: 30.4 for a day.
    pub cycles_per_month: f64,
    /// Minutes of the real week or month that each minute of the cycle stands for: 1, unless closed forms play it faster.
    pub pace: u32,
    /// Expected requests in each minute of the cycle (the last minute may be cut short).
    pub per_minute: Vec<f64>,
    /// Where the requests of a replay come from.
    pub arrivals: Arrivals,
    /// What it rests on, for the report: `access.log, 14 days, 1.6 M requests`.
    pub basis: String,
    /// Share of the month's requests that a day or cycle less or more busy than the mean would bring:
    /// the band (low, high) as factors of the mean, from real days or, for a declared rate, an assumption.
    /// The middle 80 % lie inside.
    pub band: (f64, f64),
}

/// Where the requests of a replay come from.
///
/// `Workload::per_minute` says how many there are: where it holds more or fewer than are listed here (after
/// [`Workload::scaled`]), each one listed stands for as many as the ratio says.
#[derive(Debug, Clone, PartialEq)]
pub enum Arrivals {
    /// Poisson within each minute, at the minute's expected rate.
    Poisson,
    /// As many as each minute expects, in bursts within it as they were measured.
    Fitted {
        /// What happens within minutes.
        bursts: Bursts,
        /// How long requests took, in microseconds, in order; empty if nobody measured it. Slow requests come
        /// together, so each minute draws on those of its own.
        durations_us: Vec<u32>,
        /// Where each minute's durations begin; empty likewise.
        starts: Vec<u32>,
    },
    /// Recorded, sorted, within the cycle; with a recorded service time each, if the log had one.
    Recorded {
        /// When.
        times: Vec<Instant>,
        /// How long each took, in microseconds ([`NO_DURATION`] where a line does not say); empty if the log
        /// does not say.
        durations_us: Vec<u32>,
    },
    /// Recorded to the second (or a coarser tick): how many in which tick, sorted, within the cycle.
    Counted {
        /// Length of a tick: 1 s or 1 min.
        tick: Duration,
        /// (number of the tick since the cycle's start, requests in it), ascending.
        counts: Vec<(u32, u32)>,
    },
    /// At fixed moments of the cycle, sorted: a schedule. Each brings an equal part of the cycle's requests.
    Scheduled(Vec<Instant>),
}

/// Stands in `durations_us` for a request whose log line has no duration.
pub const NO_DURATION: u32 = u32::MAX;

/// The band of a declared rate: nobody measured it, so a fifth less or more is assumed.
pub(crate) const DECLARED_BAND: (f64, f64) = (0.8, 1.2);

impl Workload {
    /// Expected requests in one cycle.
    pub fn requests_per_cycle(&self) -> f64 {
        self.per_minute.iter().sum()
    }
    /// Expected requests in a billing month.
    pub fn requests_month(&self) -> u64 {
        (self.requests_per_cycle() * self.cycles_per_month).round() as u64
    }
    /// The mean rate.
    pub fn mean_rate(&self) -> Rate {
        let secs = self.cycle.secs_f64();
        if secs > 0.0 { Rate::per_second(self.requests_per_cycle() / secs) } else { Rate::ZERO }
    }
    /// The busiest minute's rate.
    pub fn peak_rate(&self) -> Rate {
        Rate::per_second(self.per_minute.iter().copied().fold(0.0, f64::max) / 60.0)
    }
    /// Share of minutes without a single request expected (below one in ten).
    pub fn idle_share(&self) -> Share {
        let idle = self.per_minute.iter().filter(|&&n| n < 0.1).count();
        Share::of(idle as u64, self.per_minute.len() as u64)
    }

    /// The same load at the same rate all day, without a shape.
    pub fn flat(rate: Rate) -> Self {
        Self {
            cycle: Duration::DAY,
            cycles_per_month: cycles_per_month(Duration::DAY),
            pace: 1,
            per_minute: vec![rate.hertz() * 60.0; 1440],
            arrivals: Arrivals::Poisson,
            basis: format!("{rate}, flat"),
            band: DECLARED_BAND,
        }
    }

    /// The same load `factor` times as large: same shape, same burstiness. `factor` is finite, not negative.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        assert!(
            factor.is_finite() && factor >= 0.0,
            "a factor is finite and not negative: {factor}"
        );
        let mut scaled = self.clone();
        for requests in &mut scaled.per_minute {
            *requests *= factor;
        }
        scaled
    }
}

/// How many cycles of this length a billing month holds.
pub(crate) fn cycles_per_month(cycle: Duration) -> f64 {
    Duration::MONTH.secs_f64() / cycle.secs_f64()
}
