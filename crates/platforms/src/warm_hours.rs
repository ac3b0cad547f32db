//! In which hours of the week it is worth keeping capacity, found in the load itself.

use model::WarmHours;
use traffic::Workload;
use units::Duration;

/// Hours of a day.
const DAY: usize = 24;
/// Hours of a week.
const WEEK: usize = 7 * DAY;
/// A schedule that covers more of the week than this is not worth having: our choice.
const COVERED_MAX: f64 = 0.8;

/// The fewest hours of the week outside of which at most `allowed` of the weight lies; of equals those that leave the
/// least outside. `weight` counts, minute by minute of the load's cycle, what should rather fall into the hours.
///
/// `None` where the load does not repeat by the day or the week, or hardly differs over it. Days of the week are told
/// apart only where the cycle holds all of them.
pub(crate) fn fewest(load: &Workload, weight: &[f64], allowed: f64) -> Option<WarmHours> {
    let of_week = hours_of_week(load, weight)?;
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
