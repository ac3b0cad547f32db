//! Counts by the minute (or another period) as a table of subjects and periods, with the periods in which nothing
//! came.

use std::collections::BTreeMap;

use super::shares::{correlation, that_are};
use crate::gathering::{Evidence, Subject};
use crate::statistics::{Group, Summary};

/// More periods than these are not looked at one by one.
const PERIODS_MAX: u64 = 10_000_000;
const MINUTES_OF_AN_HOUR: f64 = 60.0;
/// How far back counts are compared with themselves, in minutes.
const LAGS: [(&str, usize); 3] = [("1_min", 1), ("1_h", 60), ("1_day", 1440)];

pub(super) fn group(evidence: &Evidence) -> Group {
    let counted: Vec<&Subject> =
        evidence.subjects.values().filter(|s| !s.counts.is_empty()).collect();
    table(&counted).unwrap_or_default()
}

fn table(counted: &[&Subject]) -> Option<Group> {
    let all = || counted.iter().flat_map(|subject| &subject.counts);
    let length_s = all().map(|c| c.length_s).min().filter(|length| *length > 0)?;
    // Periods of several lengths make no table.
    if all().any(|c| c.length_s != length_s) {
        return None;
    }
    let first_s = all().map(|c| c.start_s).min()?;
    let last_s = all().map(|c| c.start_s).max()?;
    let periods = u64::from((last_s - first_s) / length_s) + 1;
    if periods > PERIODS_MAX {
        return None;
    }
    let mut totals = vec![0.0; periods as usize];
    let mut told: BTreeMap<u32, u64> = BTreeMap::new();
    let (mut filled, mut most) = (0_u64, 0.0_f64);
    let (mut each, mut variations) = (Vec::new(), Vec::new());
    for subject in counted {
        let mut own: BTreeMap<u32, f64> = BTreeMap::new();
        for count in &subject.counts {
            *own.entry((count.start_s - first_s) / length_s).or_default() += count.requests;
        }
        let sum: f64 = own.values().sum();
        let mean = sum / periods as f64;
        let squares: f64 = own.values().map(|n| (n - mean).powi(2)).sum();
        let silent = periods as f64 - own.len() as f64;
        let variance = (squares + silent * mean * mean) / periods as f64;
        if mean > 0.0 {
            variations.push(variance.sqrt() / mean);
        }
        for (period, n) in own {
            totals[period as usize] += n;
            *told.entry(period).or_default() += 1;
            filled += u64::from(n > 0.0);
            most = most.max(n);
        }
        each.push(sum);
    }
    let spread = Summary::of(&totals)?;
    let minutes = f64::from(length_s) / 60.0;
    let peak = totals.iter().position(|n| n.total_cmp(&spread.max).is_eq())?;
    let mut group = Group::default();
    group.count("period_s", u64::from(length_s));
    group.count("periods", periods);
    group.count("periods_told", told.len() as u64);
    group.moment("first_s", f64::from(first_s));
    group.moment("last_s", f64::from(last_s));
    group.total("total", totals.iter().sum());
    group.real("mean_per_second", spread.mean / f64::from(length_s));
    group.spread("together", Some(spread));
    group.count("peak_index", peak as u64);
    group.moment("peak_at_s", f64::from(first_s) + peak as f64 * f64::from(length_s));
    group.real("peak_to_mean", spread.max / spread.mean);
    group.real("dispersion", spread.deviation.powi(2) / spread.mean);
    group.real("share_below_1_per_min", that_are(&each, |n| n / (periods as f64 * minutes) < 1.0));
    let per_hour = |n: f64| n / (periods as f64 * minutes) * MINUTES_OF_AN_HOUR;
    group.real("share_below_1_per_hour", that_are(&each, |n| per_hour(n) < 1.0));
    group.spread("variation_each", Summary::of(&variations));
    group.real("most_of_one", most);
    group.real("share_filled", filled as f64 / (periods as f64 * counted.len() as f64));
    if length_s == 60 {
        let mut again = Group::default();
        for (name, lag) in LAGS {
            again.real(name, autocorrelation(&totals, lag));
        }
        group.group("autocorrelation", again);
    }
    Some(group)
}

/// Correlation of counts with those so many periods earlier.
fn autocorrelation(counts: &[f64], lag: usize) -> Option<f64> {
    let later = counts.get(lag..)?;
    correlation(&counts.iter().copied().zip(later.iter().copied()).collect::<Vec<_>>())
}
