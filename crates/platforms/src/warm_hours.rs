//! In which hours of the week it is worth keeping capacity, found in the load itself.

use model::{Kind, Need, Reason, WarmHours};
use traffic::{Arrivals, Workload};
use units::Duration;

use crate::case::Case;
use crate::platform::Obstacle;

/// Hours of a day.
const DAY: usize = 24;
/// Hours of a week.
const WEEK: usize = 7 * DAY;
/// A schedule that covers more of the week than this is not worth having: our choice.
const COVERED_MAX: f64 = 0.8;
/// Loads with more requests a cycle are not replayed whole unless everything is (`--exact`), and a schedule cannot be
/// judged by a part. Cold starts hardly count there.
const REPLAYED_WHOLE: f64 = 200_000.0;
/// Requests that would have come outside of the hours at the usual rate before it is believed that nobody comes then: a
/// recording without one of a hundred says that hardly three in a hundred come (the rule of three).
const EXPECTED_OUTSIDE: f64 = 100.0;
/// Parts of what a promise leaves for cold starts that may fall outside of the hours in which copies are kept.
const COLD_OUTSIDE: [f64; 2] = [0.8, 0.4];

/// How many copies must be there, minute by minute of a load's cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Floor {
    least: u32,
    hours: Option<WarmHours>,
    pace: usize,
}

impl Floor {
    /// `least` copies in these hours and none outside of them; always where there are no hours.
    pub(crate) const fn of(load: &Workload, least: u32, hours: Option<WarmHours>) -> Self {
        Self { least, hours, pace: load.pace as usize }
    }

    /// Copies that must be there in a minute of the cycle.
    pub(crate) fn at(&self, minute: usize) -> u32 {
        match self.hours {
            Some(hours) if !hours.covers(minute * self.pace) => 0,
            _ => self.least,
        }
    }

    /// These copies with none outside of the hours, and at least as many as must be there within them.
    pub(crate) fn only(&self, counts: Vec<u32>) -> Vec<u32> {
        if self.hours.is_none() {
            return counts;
        }
        counts.into_iter().enumerate().map(|(minute, n)| self.within(minute, n)).collect()
    }

    /// Copies in a minute in which so many are wanted: none outside of the hours, and at least as many as must be there
    /// within them.
    pub(crate) fn within(&self, minute: usize, wanted: u32) -> u32 {
        match self.at(minute) {
            0 if self.hours.is_some() => 0,
            least => wanted.max(least),
        }
    }

    /// Copies that must be there in every minute.
    pub(crate) const fn always(&self) -> u32 {
        if self.hours.is_some() { 0 } else { self.least }
    }
}

/// Hours outside of which a service need not be there at all: nobody comes then, or, where some requests may fail, no
/// more than half of them. They begin an hour before the first ones come, so that copies and machines are there then.
///
/// `None` for what has work or connections of its own, for what keeps something, and where somebody comes at all hours.
pub(crate) fn of_service(case: &Case<'_>) -> Option<WarmHours> {
    let component = case.component;
    let own = [Need::Background, Need::WebSockets, Need::SessionState, Need::LocalDisk];
    if component.kind != Kind::Http || own.into_iter().any(|need| component.needs.has(need)) {
        return None;
    }
    let somebody = case.workload.per_minute.iter().all(|&requests| requests > 0.0);
    if component.slo.errors.is_none() && somebody {
        return None;
    }
    let all = case.workload.requests_per_cycle();
    let failed = component.slo.errors.map_or(0.0, |errors| errors.get() / 2.0);
    // Sums of floats miss zero.
    let allowed = all * failed.max(1e-9);
    let hours = fewest(case.workload, &case.workload.per_minute, allowed)?.begun_earlier()?;
    let covered = f64::from(hours.hours_of_week()) / f64::from(WarmHours::WEEK_HOURS);
    let declared = matches!(case.workload.arrivals, Arrivals::Poisson);
    (declared || all * (1.0 - covered) >= EXPECTED_OUTSIDE).then_some(hours)
}

/// Whether a schedule can be judged: all of the load's cycle is replayed.
pub(crate) fn is_replayed_whole(load: &Workload) -> bool {
    load.requests_per_cycle() * f64::from(load.pace) <= REPLAYED_WHOLE
}

/// A schedule can be judged only by whole cycles, and this replay was none.
pub(crate) fn unseen() -> Obstacle {
    Obstacle { reason: Reason::plain("what was replayed leaves out hours outside of the schedule") }
}

/// Hours in which copies could be kept so that what is cold outside of them leaves a promise room that allows so many
/// cold requests a cycle: the fewest that use up most of it, and those that use up less. `weight` counts, minute by
/// minute, the requests that are cold without any.
pub(crate) fn within(load: &Workload, weight: &[f64], allowed: f64) -> Vec<WarmHours> {
    let of = |part: f64| fewest(load, weight, part * allowed);
    let mut found: Vec<WarmHours> = COLD_OUTSIDE.into_iter().filter_map(of).collect();
    found.dedup();
    found
}

/// The fewest hours of the week outside of which at most `allowed` of the weight lies; of equals those that leave the
/// least outside. `weight` counts, minute by minute of the load's cycle, what should rather fall into the hours.
///
/// `None` where the load does not repeat by the day or the week, or hardly differs over it. Days of the week are told
/// apart only where the cycle holds all of them.
fn fewest(load: &Workload, weight: &[f64], allowed: f64) -> Option<WarmHours> {
    let of_week = hours_of_week(load, weight)?;
    if least_outside(of_week) > allowed {
        return None;
    }
    // Cumulated over two weeks and a day: every stretch in one piece.
    let mut until = vec![0.0; 2 * WEEK + DAY + 1];
    for hour in 0..until.len() - 1 {
        until[hour + 1] = until[hour] + of_week[hour % WEEK];
    }
    let all = until[WEEK];
    let (days_apart, most) = (is_whole(load, 7), COVERED_MAX * WEEK as f64);
    let mut best: Option<(u32, f64, WarmHours)> = None;
    for (first, count) in (0..7).flat_map(|first| (1..=7).map(move |count| (first, count))) {
        // All seven days are the same days wherever they begin.
        if (count == 7 && first > 0) || (count < 7 && !days_apart) {
            continue;
        }
        for from in 0..DAY {
            let outside = |hours: usize| {
                let begins = (0..count).map(|day| (first + day) * DAY + from);
                all - begins.map(|begin| until[begin + hours] - until[begin]).sum::<f64>()
            };
            let Some(hours) = (1..=DAY).find(|&hours| outside(hours) <= allowed) else { continue };
            let (long, left) = ((count * hours) as u32, outside(hours));
            let better = best.is_none_or(|(hours, least, _)| (long, left) < (hours, least));
            if better && f64::from(long) <= most {
                let [first, count, from, hours] = [first, count, from, hours].map(|n| n as u8);
                best = Some((long, left, WarmHours::new(first, count, from, hours)));
            }
        }
    }
    best.map(|(_, _, hours)| hours)
}

/// The least that can lie outside of hours that do not cover too much of the week.
fn least_outside(mut of_week: [f64; WEEK]) -> f64 {
    of_week.sort_unstable_by(f64::total_cmp);
    let outside = WEEK - (COVERED_MAX * WEEK as f64) as usize;
    of_week[..outside].iter().sum()
}

/// Share of a load's requests, from 0 to 1, that come outside of these hours.
pub fn requests_outside(load: &Workload, hours: WarmHours) -> f64 {
    let minutes = load.per_minute.iter().enumerate();
    let pace = load.pace as usize;
    let out: f64 = minutes.filter(|&(at, _)| !hours.covers(at * pace)).map(|(_, n)| n).sum();
    out / load.requests_per_cycle().max(f64::MIN_POSITIVE)
}

/// Weight in every hour of the week, as if the cycle came again and again.
fn hours_of_week(load: &Workload, weight: &[f64]) -> Option<[f64; WEEK]> {
    if !is_whole(load, 1) {
        return None;
    }
    // Several days that are no whole weeks: which days of the week they are nobody can say.
    let folded = if is_whole(load, 7) { WEEK } else { DAY };
    let mut hours = [0.0; WEEK];
    for (minute, weight) in weight.iter().enumerate() {
        hours[minute * load.pace as usize / 60 % folded] += weight;
    }
    for hour in folded..WEEK {
        hours[hour] = hours[hour % folded];
    }
    // Back to what the whole cycle weighs.
    let per_hour = 1.0 / (WEEK / folded) as f64;
    Some(hours.map(|hour| hour * per_hour))
}

/// Whether the cycle is whole spans of so many days.
fn is_whole(load: &Workload, days: u64) -> bool {
    let cycle = (load.cycle * u64::from(load.pace)).nanos();
    cycle > 0 && cycle.is_multiple_of((Duration::DAY * days).nanos())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain_scene::flat;

    /// A week of busy hours.
    fn week(busy: impl Fn(usize, usize) -> bool) -> Workload {
        let mut load = flat(1.0);
        load.cycle = Duration::DAY * 7;
        load.cycles_per_month /= 7.0;
        let hour = |minute: usize| busy(minute / 1440, minute / 60 % 24);
        load.per_minute = (0..7 * 1440).map(|m| if hour(m) { 10.0 } else { 0.01 }).collect();
        load
    }

    fn found(load: &Workload, allowed: f64) -> Option<String> {
        let all = load.requests_per_cycle();
        fewest(load, &load.per_minute, allowed * all).map(|hours| hours.to_string())
    }

    #[test]
    fn the_hours_are_those_of_the_load() {
        let office = week(|day, hour| day < 5 && (7..20).contains(&hour));
        assert_eq!(found(&office, 0.01).as_deref(), Some("Mon–Fri 07–20 h UTC"));
        let late = week(|_, hour| !(2..21).contains(&hour));
        assert_eq!(found(&late, 0.01).as_deref(), Some("daily 21–02 h UTC"));
        let weekend = week(|day, hour| day >= 5 && hour < 12);
        assert_eq!(found(&weekend, 0.01).as_deref(), Some("Sat–Sun 00–12 h UTC"));
        let hours = fewest(&office, &office.per_minute, 100.0).expect("a pattern");
        // 5 × 13 hours of 600 and 103 hours of 0.6.
        let expected = 103.0 * 0.6 / (65.0 * 600.0 + 103.0 * 0.6);
        assert!((requests_outside(&office, hours) - expected).abs() < 1e-12);
    }

    #[test]
    fn a_load_that_is_played_faster_has_the_same_hours() {
        let office = week(|day, hour| day < 5 && (7..20).contains(&hour));
        let mut fast = office.clone();
        fast.pace = 7;
        fast.cycle = Duration::DAY;
        fast.per_minute = office.per_minute.iter().step_by(7).copied().collect();
        assert_eq!(found(&fast, 0.01), found(&office, 0.01));
    }

    #[test]
    fn a_load_without_a_pattern_has_none() {
        assert_eq!(found(&flat(1.0), 0.01), None);
        let mut month = flat(1.0);
        month.cycle = Duration::MONTH;
        month.per_minute[0] = 1e6;
        assert_eq!(found(&month, 0.01), None, "no whole days");
    }

    #[test]
    fn days_of_the_week_are_told_apart_only_in_whole_weeks() {
        let mut days = week(|day, hour| day < 2 && (8..10).contains(&hour));
        days.cycle = Duration::DAY * 3;
        days.per_minute.truncate(3 * 1440);
        assert_eq!(found(&days, 0.02).as_deref(), Some("daily 08–10 h UTC"));
    }
}
