//! Lines whose time is far from all others.

use std::collections::BTreeMap;

use crate::series::{Series, Tick};

const DAY_S: u64 = 86_400;
/// A hole of this many days parts a log in two.
const HOLE_DAYS: u64 = 30;
/// The smaller part is stray if it holds at most this share of the requests.
const STRAY_SHARE: f64 = 0.01;

/// Where the bulk of a log lies, and what lies outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Strays {
    /// First second of the bulk's first day, since 1970.
    pub(crate) first_s: u64,
    /// Last second of its last day.
    pub(crate) last_s: u64,
    /// Requests outside.
    pub(crate) count: u64,
}

/// The strays of a run, if it has any.
pub(crate) fn find(series: &[Series], tick: Tick) -> Option<Strays> {
    let mut days: BTreeMap<u64, u64> = BTreeMap::new();
    for (day, n) in series.iter().flat_map(|s| s.days(tick)) {
        *days.entry(day).or_default() += n;
    }
    let total: u64 = days.values().sum();
    let mut parts: Vec<(u64, u64, u64)> = Vec::new();
    for (day, n) in days {
        match parts.last_mut() {
            Some((_, last, sum)) if day - *last < HOLE_DAYS => (*last, *sum) = (day, *sum + n),
            _ => parts.push((day, day, n)),
        }
    }
    if parts.len() < 2 {
        return None;
    }
    let (first, last, most) = parts.into_iter().max_by_key(|(.., n)| *n)?;
    let count = total - most;
    let strays = Strays { first_s: first * DAY_S, last_s: (last + 1) * DAY_S - 1, count };
    (count as f64 <= total as f64 * STRAY_SHARE).then_some(strays)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(days: &[(u64, u64)]) -> Series {
        let mut series = Series::default();
        for (day, n) in days {
            for i in 0..*n {
                series.push_second((day * DAY_S + i) as u32, Tick::Second);
            }
        }
        series
    }

    #[test]
    fn one_line_from_1970_is_stray() {
        let log = [series(&[(0, 1), (20_000, 500)]), series(&[(20_001, 499)])];
        let wanted = Strays { first_s: 20_000 * DAY_S, last_s: 20_002 * DAY_S - 1, count: 1 };
        assert_eq!(find(&log, Tick::Second), Some(wanted));
    }

    #[test]
    fn seasons_and_short_holes_are_not() {
        assert_eq!(find(&[series(&[(0, 100), (200, 100)])], Tick::Second), None);
        assert_eq!(find(&[series(&[(0, 1), (20, 1000)])], Tick::Second), None);
        assert_eq!(find(&[series(&[])], Tick::Second), None);
    }
}
