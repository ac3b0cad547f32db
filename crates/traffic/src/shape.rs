//! A declared rate and its shapes, minute by minute.

use model::{Fact, Shape};
use source::Finding;
use units::{Date, Duration, Rate};

use crate::findings;
use crate::workload::{Arrivals, DECLARED_BAND, Workload, cycles_per_month};

const MINUTE_NS: u64 = Duration::MINUTE.nanos();
const DAY_MINUTES: u64 = 1440;
const WEEK_MINUTES: u64 = 7 * DAY_MINUTES;
/// Longest cycle that is tried for a burst that comes at odd intervals.
const CYCLE_DAYS_MAX: u64 = 28;
/// A dated event stands on this day of the month planned for, so that it has a before and an after.
const EVENT_DAY: u64 = 14;

/// A load from a mean rate and what bends it. The mean over the cycle stays the declared one; only dated
/// events add to it. Growth begins after the month planned for: see [`growth_factors`].
pub(crate) fn from_rate(rate: &Fact<Rate>, shapes: &[Shape]) -> (Option<Workload>, Vec<Finding>) {
    let Some(mean) = rate.get() else { return (None, Vec::new()) };
    let mut found = Vec::new();
    let plan = Plan::new(shapes, &mut found);
    let mut per_minute: Vec<f64> = (0..plan.minutes).map(|m| plan.shaped(m)).collect();
    let sum: f64 = per_minute.iter().sum();
    let scale = mean.hertz() * 60.0 * per_minute.len() as f64 / sum.max(f64::MIN_POSITIVE);
    for (minute, requests) in per_minute.iter_mut().enumerate() {
        *requests *= scale * plan.events_factor(minute as u64);
    }
    let cycle = Duration::MINUTE * plan.minutes;
    let names: Vec<&str> = shapes.iter().map(shape_name).collect();
    let shape = if names.is_empty() { "flat".to_owned() } else { names.join(", ") };
    let workload = Workload {
        cycle,
        cycles_per_month: cycles_per_month(cycle),
        pace: 1,
        per_minute,
        arrivals: Arrivals::Poisson,
        basis: format!("{mean}, {shape}"),
        band: DECLARED_BAND,
    };
    (Some(workload), found)
}

/// Factors of the declared rate, month by month, from the month planned for (1) to the last one that a
/// declared growth looks ahead to. One month if no growth is declared.
pub fn growth_factors(shapes: &[Shape]) -> Vec<f64> {
    /// Ten years are further than anybody plans.
    const MONTHS_MAX: u32 = 120;
    let months = |shape: &Shape| match shape {
        Shape::Growth { months, .. } => Some((*months).min(MONTHS_MAX)),
        _ => None,
    };
    let ahead = shapes.iter().filter_map(months).max().unwrap_or(0);
    let at = |month: u32| {
        shapes.iter().fold(1.0, |factor, shape| match shape {
            Shape::Growth { per_month, .. } => {
                factor * (1.0 + per_month.middle()).powi(month.cast_signed())
            }
            _ => factor,
        })
    };
    (0..=ahead).map(at).collect()
}

/// The cycle and what bends it.
struct Plan<'a> {
    shapes: &'a [Shape],
    minutes: u64,
    /// Minute at which a daily peak lies; bursts begin there too, so that the worst case is planned for.
    peak_minute: u64,
    /// Day of the week on which the cycle begins, Monday 0.
    first_weekday: u64,
    events: Vec<Event>,
}

/// A dated event within the cycle.
struct Event {
    start_ns: u64,
    end_ns: u64,
    factor: f64,
}

impl<'a> Plan<'a> {
    fn new(shapes: &'a [Shape], found: &mut Vec<Finding>) -> Self {
        let peak_hour = shapes.iter().find_map(|shape| match shape {
            Shape::DayNight { peak_hour, .. } => Some(u64::from(*peak_hour % 24)),
            _ => None,
        });
        let mut plan = Self {
            shapes,
            minutes: cycle_minutes(shapes, found),
            peak_minute: peak_hour.unwrap_or(12) * 60,
            first_weekday: 0,
            events: Vec::new(),
        };
        plan.add_events(found);
        plan
    }

    /// Dated events make the cycle a month: the one around the first of them.
    fn add_events(&mut self, found: &mut Vec<Finding>) {
        let mut dated: Vec<(Date, f64, Duration)> = self
            .shapes
            .iter()
            .filter_map(|shape| match shape {
                Shape::Event { on, factor, length } => Some((*on, *factor, *length)),
                _ => None,
            })
            .collect();
        dated.sort_by_key(|(on, _, length)| (*on, *length));
        let Some((first, _, _)) = dated.first().copied() else { return };
        self.minutes = Duration::MONTH.nanos() / MINUTE_NS;
        let first_day = first.days_since_epoch() - EVENT_DAY.cast_signed();
        // 1970-01-01 was a Thursday, three days after a Monday.
        self.first_weekday = (first_day + 3).rem_euclid(7) as u64;
        let month_ns = Duration::MONTH.nanos();
        for (on, factor, length) in dated {
            let day = (on.days_since_epoch() - first_day) as u64;
            let start_ns = day.saturating_mul(Duration::DAY.nanos());
            if start_ns >= month_ns {
                found.push(findings::event_outside(on, first));
                continue;
            }
            let end_ns = start_ns.saturating_add(length.nanos()).min(month_ns);
            self.events.push(Event { start_ns, end_ns, factor });
        }
    }

    /// What the shapes make of a minute, before the mean is set right.
    fn shaped(&self, minute: u64) -> f64 {
        self.shapes.iter().fold(1.0, |product, shape| product * self.one(shape, minute))
    }

    fn one(&self, shape: &Shape, minute: u64) -> f64 {
        match *shape {
            Shape::DayNight { peak_to_mean, peak_hour } => {
                let hours = (minute % DAY_MINUTES) as f64 / 60.0 + 0.5 / 60.0;
                let angle = (hours - f64::from(peak_hour)) / 24.0 * std::f64::consts::TAU;
                (1.0 + (peak_to_mean - 1.0) * angle.cos()).max(0.0)
            }
            Shape::Weekly { weekend } => {
                let day = (minute / DAY_MINUTES + self.first_weekday) % 7;
                if day >= 5 { weekend.get() } else { 1.0 }
            }
            Shape::Spike { factor, length, every } => {
                let period = self.minutes * MINUTE_NS / burst_count(self.minutes, every);
                let phase = self.peak_minute * MINUTE_NS % period;
                let start = minute * MINUTE_NS + period;
                // The bursts of this period and of the one before may reach into this minute; everything is
                // moved by one period, so that nothing is negative.
                let latest = (start - phase) / period * period + phase;
                let inside: u64 = [latest.saturating_sub(period), latest, latest + period]
                    .iter()
                    .map(|&b| overlap(start, start + MINUTE_NS, b, b + length.nanos().min(period)))
                    .sum();
                1.0 + (factor - 1.0) * inside as f64 / MINUTE_NS as f64
            }
            Shape::Growth { .. } | Shape::Event { .. } => 1.0,
        }
    }

    fn events_factor(&self, minute: u64) -> f64 {
        let start = minute * MINUTE_NS;
        self.events.iter().fold(1.0, |product, event| {
            let inside = overlap(start, start + MINUTE_NS, event.start_ns, event.end_ns);
            product * (1.0 + (event.factor - 1.0) * inside as f64 / MINUTE_NS as f64)
        })
    }
}

fn overlap(a_start: u64, a_end: u64, b_start: u64, b_end: u64) -> u64 {
    a_end.min(b_end).saturating_sub(a_start.max(b_start))
}

fn burst_count(minutes: u64, every: Duration) -> u64 {
    let every = every.max(Duration::MINUTE).nanos();
    ((minutes * MINUTE_NS) as f64 / every as f64).round().max(1.0) as u64
}

/// The shortest cycle in which every shape repeats: a day, a week, or up to four weeks for odd bursts.
fn cycle_minutes(shapes: &[Shape], found: &mut Vec<Finding>) -> u64 {
    let weekly = shapes.iter().any(|shape| matches!(shape, Shape::Weekly { .. }));
    let base = if weekly { WEEK_MINUTES } else { DAY_MINUTES };
    let mut bursts = Vec::new();
    for shape in shapes {
        if let Shape::Spike { length, every, factor } = shape {
            bursts.push(every.nanos().max(1));
            if *length < Duration::MINUTE {
                found.push(findings::short_burst(*factor, *length));
            }
        }
    }
    let fits =
        |minutes: u64| bursts.iter().all(|every| (minutes * MINUTE_NS).is_multiple_of(*every));
    let most = CYCLE_DAYS_MAX * DAY_MINUTES / base;
    if let Some(cycle) = (1..=most).map(|n| n * base).find(|&minutes| fits(minutes)) {
        return cycle;
    }
    // No cycle fits: a week with the nearest whole number of bursts.
    WEEK_MINUTES
}

const fn shape_name(shape: &Shape) -> &'static str {
    match shape {
        Shape::DayNight { .. } => "day and night",
        Shape::Weekly { .. } => "weekly",
        Shape::Spike { .. } => "bursts",
        Shape::Growth { .. } => "growing",
        Shape::Event { .. } => "with a dated event",
    }
}

#[cfg(test)]
mod tests;
