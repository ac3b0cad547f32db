//! What runs at each release: a few times a month, at moments that nobody knows.

use units::{Duration, Instant, Rate};

use crate::workload::{Arrivals, DECLARED_BAND, Workload, cycles_per_month};

/// A year of the planner's: 12 billing months.
const YEAR_DAYS: u64 = 365;
/// Sums of floats miss whole numbers by less.
const ROUNDING: f64 = 1e-6;
/// More runs than this in a cycle are no releases: one in each hour of a year.
const RUNS_MAX: f64 = 24.0 * YEAR_DAYS as f64;

/// Runs at even distances over a week, or over a year where there is less than one a week; `None` where they are none
/// or too many to be releases.
///
/// By chance (Poisson) a cycle would often hold none of so few, and a plan would say that the job costs nothing.
pub(crate) fn evenly(rate: Rate) -> Option<Workload> {
    let week = Duration::DAY * 7;
    let weekly = rate.hertz() * week.secs_f64();
    // A hair less: one a week, in a month of 730 hours, is not quite one.
    let cycle = if weekly > 1.0 - ROUNDING { week } else { Duration::DAY * YEAR_DAYS };
    let expected = rate.hertz() * cycle.secs_f64();
    if !(expected > 0.0 && expected <= RUNS_MAX) {
        return None;
    }
    // Listed runs are whole; together they stand for what is expected.
    let runs = (expected - ROUNDING).ceil().max(1.0) as u64;
    let minutes = cycle.nanos() / Duration::MINUTE.nanos();
    let at = |run: u64| (2 * run + 1) * minutes / (2 * runs);
    let mut per_minute = vec![0.0; minutes as usize];
    for run in 0..runs {
        per_minute[at(run) as usize] += expected / runs as f64;
    }
    let moments = (0..runs).map(|run| Instant::START + Duration::MINUTE * at(run)).collect();
    Some(Workload {
        cycle,
        cycles_per_month: cycles_per_month(cycle),
        pace: 1,
        per_minute,
        arrivals: Arrivals::Scheduled(moments),
        basis: format!("{rate}, a run at each release"),
        band: DECLARED_BAND,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_holds_its_releases_whatever_the_cycle() {
        for (text, days, runs) in
            [("20/month", 7, 5), ("1/week", 7, 1), ("2/month", 365, 24), ("1/year", 365, 1)]
        {
            let rate = Rate::parse(text).unwrap();
            let workload = evenly(rate).expect(text);
            assert_eq!(workload.cycle, Duration::DAY * days, "{text}");
            let Arrivals::Scheduled(moments) = &workload.arrivals else { panic!("{text}") };
            assert_eq!(moments.len(), runs, "{text}");
            let month = workload.requests_per_cycle() * workload.cycles_per_month;
            let expected = rate.hertz() * Duration::DAY.secs_f64() * 365.0 / 12.0;
            assert!((month - expected).abs() < 1e-6 * expected, "{text}: {month} {expected}");
            assert!(
                moments.is_sorted() && moments.last().unwrap().nanos() < workload.cycle.nanos()
            );
        }
    }

    #[test]
    fn what_comes_each_second_is_no_release() {
        assert_eq!(evenly(Rate::per_second(1.0)), None);
        assert_eq!(evenly(Rate::ZERO), None);
    }
}
