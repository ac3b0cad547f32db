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
        /// Share a month: 0.05 is 5 % more each month.
        per_month: f64,
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
