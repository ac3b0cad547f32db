//! The load of one component, ready to replay.

use units::{Duration, Instant, Rate, Share};

/// One component's load: a cycle (a day, a week, or the time that a log covers) that stands for the month.
#[derive(Debug, Clone, PartialEq)]
pub struct Workload {
    /// The cycle's length.
    pub cycle: Duration,
    /// How many cycles a billing month holds: 30.4 for a day.
    pub cycles_per_month: f64,
    /// Expected requests in each minute of the cycle (the last minute may be cut short).
    pub per_minute: Vec<f64>,
    /// Where the requests of a replay come from.
    pub arrivals: Arrivals,
    /// What it rests on, for the report: `access.log, 14 days, 1.6 M requests`.
    pub basis: String,
    /// Share of the month's requests that a day or cycle less or more busy than the mean would bring:
    /// the band (low, high) as factors of the mean, from real days or, for a declared rate, an assumption.
    pub band: (f64, f64),
}

/// Where the requests of a replay come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Arrivals {
    /// Poisson within each minute, at the minute's expected rate.
    Poisson,
    /// Recorded, sorted, within the cycle; with a recorded service time each, if the log had one.
    Recorded {
        /// When.
        times: Vec<Instant>,
        /// How long each took, in microseconds; empty if the log does not say.
        durations_us: Vec<u32>,
    },
    /// At fixed moments of the cycle: a schedule.
    Scheduled(Vec<Instant>),
}

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
}
