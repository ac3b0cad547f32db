//! How often a component is asked to do something.

use source::Span;
use units::{Date, Duration, Rate, Share};

use crate::fact::Fact;

/// The load of one component.
#[derive(Debug, Clone, PartialEq)]
pub enum Load {
    /// A mean rate with shapes on top; arrivals within it are Poisson.
    Rate {
        /// The mean over a month.
        rate: Fact<Rate>,
        /// What bends it; empty is flat.
        shapes: Vec<Shape>,
    },
    /// A schedule: five cron fields in UTC, and how many requests each firing brings.
    Cron {
        /// The expression, already checked.
        expression: String,
        /// Requests a firing.
        requests: u64,
        /// Where it stands.
        span: Option<Span>,
    },
    /// Recorded timestamps in a file next to the definition.
    Trace {
        /// The path as written.
        path: String,
        /// Where it stands.
        span: Option<Span>,
    },
    /// Whatever the traffic given on the command line routes here.
    Routed,
    /// Called by other components only: the load follows from the edges.
    Derived,
    /// Nobody said.
    Unknown,
}

/// How much more there is each month than the month before: a share that lies between two ends, which are one where
/// it is taken to be known. 0.05 is 5 % more.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Growth {
    /// The least.
    pub low: f64,
    /// The most; not below `low`.
    pub high: f64,
}

impl Growth {
    /// Known to be so much.
    pub const fn known(share: f64) -> Self {
        Self { low: share, high: share }
    }

    /// Whether its ends differ.
    pub fn is_band(self) -> bool {
        self.high > self.low
    }

    /// The share at a place between its ends, from −1 to 1: what a month is times moves evenly as a logarithm.
    pub fn at(self, place: f64) -> f64 {
        if !self.is_band() {
            return self.low;
        }
        let (low, high) = (self.low.ln_1p(), self.high.ln_1p());
        (low + (high - low) * f64::midpoint(place, 1.0)).exp_m1()
    }

    /// The middle of it.
    pub fn middle(self) -> f64 {
        self.at(0.0)
    }
}

/// What bends a mean rate. The mean over a month stays what it is (but for growth and dated events, which add).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape {
    /// One sine a day between a peak and a trough.
    DayNight {
        /// Peak over mean, above 1 and at most 2 (at 2 the night is silent).
        peak_to_mean: f64,
        /// Hour of the peak in UTC, 0 to 23.
        peak_hour: u8,
    },
    /// Weekdays and weekends differ.
    Weekly {
        /// The weekend's rate as a share of a weekday's.
        weekend: Share,
    },
    /// A regular burst: `factor` times the base rate for `length`, once per `every`.
    Spike {
        /// Times the base rate, above 1.
        factor: f64,
        /// How long it lasts; shorter than `every`.
        length: Duration,
        /// How often it comes: at most once a week, at least once an hour.
        every: Duration,
    },
    /// Steady growth, compounded; the month planned for is the first one.
    Growth {
        /// How much more each month.
        per_month: Growth,
        /// How many months ahead to plan.
        months: u32,
    },
    /// A dated event on top: `factor` times the base rate for `length`.
    Event {
        /// The day it begins.
        on: Date,
        /// Times the base rate.
        factor: f64,
        /// How long it lasts.
        length: Duration,
    },
}
