//! From days of evidence to a month and a year: real days drawn again, growth, and planned events.
//!
//! Days are drawn in blocks of up to a week from those that were recorded whole, and a Monday stands where a
//! Monday stood (a block bootstrap that keeps the weekday): so a month keeps the weeks, the quiet days and the
//! surges of the recording. The band holds the middle 80 % of the months so drawn. What was not recorded
//! (seasons, another year) is in no draw; [`Horizon::basis`] says so.

use units::{Duration, Rate, Seed};

use crate::fit;
use crate::log_report::{DayCount, Rhythm};

const DAY: u64 = Duration::DAY.nanos();
/// 1970-01-01 was a Thursday.
const EPOCH_WEEKDAY: u64 = 3;
/// Draws of a year.
const DRAWS: usize = 400;
/// Days in a row that are taken from the recording together.
const BLOCK_DAYS: u64 = 7;
/// Fewer whole days say nothing of how days differ.
const DAYS_MIN: usize = 5;
/// The band where the recording is too short to show how days differ.
const SHORT_BAND: (f64, f64) = (0.7, 1.3);
/// Days of a billing month: 730 hours.
const MONTH_DAYS: f64 = 730.0 / 24.0;
const YEAR_MONTHS: usize = 12;

/// What is known of the time ahead besides the recording.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outlook {
    /// Growth a month: 0.05 is 5 % more each month, from the second month on.
    pub growth_per_month: f64,
    /// What is planned for the first month.
    pub events: Vec<Planned>,
}

/// A planned event: `times` as many requests for `length`, beginning at this hour of the week.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// What it is called: `Black Friday`.
    pub name: String,
    /// Hour of the week in UTC at which it begins, Monday 00:00 is 0.
    pub hour_of_week: u32,
    /// How long it lasts.
    pub length: Duration,
    /// Times the usual load at that time.
    pub times: f64,
}

/// A figure of the time ahead.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// What to reckon with.
    pub expected: f64,
    /// One month (year) in ten brings less.
    pub low: f64,
    /// One in ten brings more.
    pub high: f64,
}

/// The time ahead.
#[derive(Debug, Clone, PartialEq)]
pub struct Horizon {
    /// Requests in the first month, events included: what a bill follows.
    pub month: Band,
    /// Requests in twelve months, with growth.
    pub year: Band,
    /// Rate of the busiest minute of the first month, events included: what must be provided for.
    pub peak_month: Rate,
    /// The same for the year.
    pub peak_year: Rate,
    /// Whole days that it rests on.
    pub days: usize,
    /// Share of the month that no recorded time stands for.
    pub extrapolated: f64,
    /// What it rests on and what it leaves out, in a sentence.
    pub basis: String,
}

/// The month and the year that a recording and an outlook make likely.
pub fn horizon(rhythm: &Rhythm, outlook: &Outlook, seed: Seed) -> Horizon {
    let days = whole_days(rhythm);
    let peak_minute = rhythm.minute.peak.requests as f64;
    let months = if days.is_empty() { vec![flat(rhythm); DRAWS] } else { drawn(&days, seed) };
    let extra = events(rhythm, outlook);
    let growth = |month: usize| (1.0 + outlook.growth_per_month.max(-1.0)).powf(month as f64);
    let mut first: Vec<f64> = months.iter().map(|m| m[0] + extra.requests).collect();
    let year = |m: &[f64; YEAR_MONTHS]| {
        m.iter().enumerate().map(|(i, n)| n * growth(i)).sum::<f64>() + extra.requests
    };
    let mut years: Vec<f64> = months.iter().map(year).collect();
    let short = days.len() < DAYS_MIN;
    let most_growth = growth(YEAR_MONTHS - 1).max(1.0);
    let per_second = |requests: f64| Rate::per_second(requests / 60.0);
    Horizon {
        month: band(&mut first, short),
        year: band(&mut years, short),
        peak_month: per_second(peak_minute.max(extra.peak_minute)),
        peak_year: per_second((peak_minute * most_growth).max(extra.peak_minute)),
        days: days.len(),
        extrapolated: (1.0 - rhythm.span().secs_f64() / Duration::MONTH.secs_f64()).max(0.0),
        basis: basis(days.len(), rhythm, outlook),
    }
}

/// Days of which nothing is missing at either end, empty days between them included.
fn whole_days(rhythm: &Rhythm) -> Vec<DayCount> {
    // A log that ends a little before midnight has its last day whole: within half an hour, or, of a thin one,
    // within the longest silence it has anywhere, but three hours.
    let silence = rhythm.longest_gap.0.nanos().clamp(DAY / 48, DAY / 8);
    let first = rhythm.first.0.saturating_sub(silence).div_ceil(DAY);
    let end = (rhythm.last.0 + silence) / DAY;
    let mut at = 0;
    let day = |day: u64| {
        while rhythm.days.get(at).is_some_and(|d| d.day < day) {
            at += 1;
        }
        let here = rhythm.days.get(at).filter(|d| d.day == day);
        here.copied().unwrap_or(DayCount { day, requests: 0 })
    };
    (first..end).map(day).collect()
}

/// Requests of twelve months, if every one is as the recording's mean.
fn flat(rhythm: &Rhythm) -> [f64; YEAR_MONTHS] {
    // The minutes that the recording touches: a single request has no span.
    let covered = rhythm.minute.bins as f64 * Duration::MINUTE.secs_f64();
    let requests: u64 = rhythm.hour_of_week.iter().sum();
    [requests as f64 / covered * Duration::MONTH.secs_f64(); YEAR_MONTHS]
}

fn drawn(days: &[DayCount], seed: Seed) -> Vec<[f64; YEAR_MONTHS]> {
    let mut random = seed.stream("horizon", "days");
    let weekday = |day: u64| ((day + EPOCH_WEEKDAY) % 7) as usize;
    let mut by_weekday: [Vec<usize>; 7] = Default::default();
    for (i, day) in days.iter().enumerate() {
        by_weekday[weekday(day.day)].push(i);
    }
    let all: Vec<usize> = (0..days.len()).collect();
    let mut one = || {
        let (mut current, mut left) = (0, 0);
        let mut day = |weekday: usize| {
            current += 1;
            if left == 0 || current >= days.len() {
                // Without such a weekday in the recording, any day stands for it.
                let choice =
                    if by_weekday[weekday].is_empty() { &all } else { &by_weekday[weekday] };
                current = choice[random.below(choice.len() as u64) as usize];
                left = if days.len() as u64 > 2 * BLOCK_DAYS { BLOCK_DAYS } else { 1 };
            }
            left -= 1;
            days[current].requests as f64
        };
        let mut weekday = 0;
        let mut next = || {
            weekday = (weekday + 1) % 7;
            day(weekday)
        };
        let mut due = 0.0;
        std::array::from_fn(|_| {
            due += MONTH_DAYS;
            let whole = f64::floor(due);
            due -= whole;
            // A month of 30 days or 31, as a billing month of 730 hours.
            let sum: f64 = (0..whole as usize).map(|_| next()).sum();
            sum * MONTH_DAYS / whole
        })
    };
    (0..DRAWS).map(|_| one()).collect()
}

/// What events add to the first month.
struct Extra {
    requests: f64,
    peak_minute: f64,
}

fn events(rhythm: &Rhythm, outlook: &Outlook) -> Extra {
    let hours = fit::hour_of_week(rhythm);
    let known: Vec<f64> = hours.iter().copied().flatten().collect();
    let mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
    let minute_to_hour = if rhythm.hour.peak.requests > 0 {
        rhythm.minute.peak.requests as f64 / rhythm.hour.peak.requests as f64
    } else {
        0.0
    };
    let mut extra = Extra { requests: 0.0, peak_minute: 0.0 };
    for event in &outlook.events {
        let mut left = event.length.secs_f64() / 3600.0;
        let mut hour = event.hour_of_week as usize;
        while left > 0.0 {
            // An hour of the week that was not recorded counts as the mean one.
            let usual = hours[hour % hours.len()].unwrap_or(mean);
            extra.requests += usual * (event.times - 1.0) * left.min(1.0);
            // Within the hour it peaks as the busiest recorded hour does.
            extra.peak_minute = extra.peak_minute.max(usual * event.times * minute_to_hour);
            (left, hour) = (left - 1.0, hour + 1);
        }
    }
    extra
}

fn band(values: &mut [f64], short: bool) -> Band {
    let expected = values.iter().sum::<f64>() / values.len().max(1) as f64;
    if short {
        let (low, high) = SHORT_BAND;
        return Band { expected, low: expected * low, high: expected * high };
    }
    values.sort_by(f64::total_cmp);
    let at = |q: f64| values[(q * (values.len() - 1) as f64).round() as usize];
    Band { expected, low: at(0.1).min(expected), high: at(0.9).max(expected) }
}

fn basis(days: usize, rhythm: &Rhythm, outlook: &Outlook) -> String {
    let rests = match days {
        0 => format!(
            "extrapolated from {}: no whole day was recorded, so day and night are not known",
            rhythm.span()
        ),
        1 => "extrapolated from one day: how days and weeks differ is not known".to_owned(),
        n if n < 7 => format!(
            "extrapolated from {n} whole days: weekdays that were not recorded are taken as the others"
        ),
        n if n < 28 => format!("extrapolated from {n} whole days, drawn again by weekday"),
        n => format!("{n} whole days, drawn again by weekday"),
    };
    let band = if days < DAYS_MIN {
        "; the band of ±30 % is an assumption"
    } else {
        "; seasons are not in it"
    };
    let growth = match outlook.growth_per_month {
        0.0 => String::new(),
        g => format!("; growth of {:.1} % a month is declared", g * 100.0),
    };
    let events: Vec<String> = outlook
        .events
        .iter()
        .map(|e| format!("{} ×{} for {}", e.name, e.times, e.length))
        .collect();
    let events =
        if events.is_empty() { String::new() } else { format!("; planned: {}", events.join(", ")) };
    format!("{rests}{band}{growth}{events}")
}

#[cfg(test)]
mod tests;
