//! The parts of a load's report: bursts, shapes, the time ahead.

use super::{Figures, TrafficSummary};
use crate::plot;
use crate::table::{Align, Table};
use crate::text;
use crate::words;

/// Days in the order of the week.
pub(crate) const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
/// Lines that the plot of a day is high.
const DAY_HEIGHT: usize = 4;
/// Hours at their columns below a day.
const HOURS: &str = "0     3     6     9     12    15    18    21";
/// Columns of an hour.
const HOUR_WIDTH: usize = 2;

/// Counts at each scale: how full, how variable.
pub(crate) fn bursts(figures: &Figures) -> Table {
    let mut table = Table::new(&[
        ("bursts in", Align::Left),
        ("mean", Align::Decimal),
        ("peak", Align::Right),
        ("peak is", Align::Decimal),
        ("dispersion", Align::Decimal),
        ("which is", Align::Left),
    ]);
    for scale in &figures.scales {
        let mean = if scale.mean < 100.0 {
            format!("{:.2}", scale.mean)
        } else {
            words::grouped(scale.mean.round() as u64)
        };
        table.row([
            scale.length(),
            mean,
            words::grouped(scale.peak),
            words::factor(scale.peak_to_mean()),
            format!("{:.2}", scale.dispersion),
            scale.words(),
        ]);
    }
    table
}

/// The month and the year ahead.
pub(crate) fn ahead(figures: &Figures) -> Option<Table> {
    let ahead = figures.ahead.as_ref()?;
    let mut table = Table::new(&[("", Align::Left), ("", Align::Right), ("", Align::Left)]);
    for (label, outlook) in [("a month", ahead.month), ("a year", ahead.year)] {
        let range = format!("{} to {}", words::count(outlook.low), words::count(outlook.high));
        table.row([label.to_owned(), words::count(outlook.expected), range]);
    }
    let peak = super::per_second(units::Rate::per_second(ahead.peak_per_second));
    table.row(["busiest minute".to_owned(), format!("{peak}/s"), ahead.basis.clone()]);
    Some(table)
}

/// The day as a plot, with its hours below.
pub(crate) fn day(figures: &Figures, width: usize) -> Option<Vec<String>> {
    let hours = figures.hour_of_day.as_ref()?;
    let mut out = vec!["hour of the day, against the mean hour (UTC)".to_owned()];
    let percent: Vec<f64> = hours.iter().map(|factor| factor * 100.0).collect();
    let plot = plot::over_time(&percent, width.min(hours.len() * HOUR_WIDTH + 10), DAY_HEIGHT);
    let margin = words::count(percent.iter().copied().fold(0.0, f64::max)).chars().count();
    let indent = text::spaces(margin + 2);
    out.extend(plot);
    out.push(format!("{indent}{HOURS}"));
    Some(out)
}

/// Hours of the week as shades, one line a day.
pub(crate) fn heat(figures: &Figures) -> Option<Vec<String>> {
    let hours = figures.hour_of_week.as_ref()?;
    let most = hours.iter().copied().fold(0.0, f64::max);
    let mut out = vec!["requests by hour of the week (UTC)".to_owned()];
    for (name, day) in DAYS.iter().zip(hours.chunks(24)) {
        let cells: String =
            day.iter().map(|v| plot::level(*v, most).to_string().repeat(HOUR_WIDTH)).collect();
        let total = words::count(day.iter().sum());
        out.push(format!("{name}  {cells}  {total}"));
    }
    out.push(format!("     {HOURS}"));
    Some(out)
}

/// What the first glance must tell, in a sentence.
pub(crate) fn sentence(summary: &TrafficSummary) -> Option<String> {
    let figures = summary.figures.as_ref()?;
    let minute = figures.scales.iter().find(|s| s.bin_s == 60).or_else(|| figures.scales.last())?;
    let gaps = figures.gap_variation.map_or(String::new(), |cv| {
        format!("; gaps between requests vary {cv:.2} times their mean (random: 1)")
    });
    Some(format!(
        "bursts: in {} {}, the fullest {} the mean{gaps}",
        minute.length(),
        minute.words(),
        words::factor(minute.peak_to_mean()),
    ))
}
