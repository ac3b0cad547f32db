//! When requests came: one pass over all of them in order.

use units::{Duration, Rate};

use crate::log_report::{DayCount, Rhythm, Utc};
use crate::recorded::Events;
use crate::series::Tick;
use crate::statistics::{Arriving, Bins};

const MINUTE: u64 = Duration::MINUTE.nanos();
const HOUR: u64 = Duration::HOUR.nanos();
/// 1970-01-01 was a Thursday: three days after a Monday.
const EPOCH_HOUR_OF_WEEK: u64 = 3 * 24;
/// The scales at which the dispersion of counts is told.
const SCALES: [Duration; 5] = [
    Duration::SECOND,
    Duration::from_secs(10),
    Duration::MINUTE,
    Duration::from_secs(600),
    Duration::from_secs(3600),
];
/// Fewer bins say nothing of how counts vary.
const SCALE_BINS_MIN: u64 = 10;

/// The rhythm of several recordings together; `None` without a request.
pub(crate) fn rhythm(parts: &[&Events], tick: Tick) -> Option<Rhythm> {
    let mut scales = SCALES.map(|scale| Bins::new(scale.nanos()));
    let mut arriving = Arriving::default();
    let mut days: Vec<DayCount> = Vec::new();
    let mut hour_of_week = vec![0; 168];
    let mut minute_of_hour = vec![0; 60];
    let (mut first, mut last, mut requests) = (None, 0, 0_u64);
    in_order(parts, |at, n| {
        for bins in &mut scales {
            bins.add(at, n);
        }
        arriving.add(at, n);
        let day = at / Duration::DAY.nanos();
        match days.last_mut().filter(|last| last.day == day) {
            Some(last) => last.requests += n,
            None => days.push(DayCount { day, requests: n }),
        }
        hour_of_week[((at / HOUR + EPOCH_HOUR_OF_WEEK) % 168) as usize] += n;
        minute_of_hour[(at / MINUTE % 60) as usize] += n;
        first.get_or_insert(at);
        last = at;
        requests += n;
    });
    let first = first?;
    let [second, ten, minute, ten_minutes, hour] = scales.map(Bins::finish);
    let mut scales = vec![minute, ten_minutes, hour];
    if tick == Tick::Second {
        scales.splice(0..0, [second, ten]);
    }
    scales.retain(|bins| bins.bins >= SCALE_BINS_MIN);
    let span = Duration::from_nanos(last - first).secs_f64();
    Some(Rhythm {
        first: Utc(first),
        last: Utc(last),
        mean: if span > 0.0 { Rate::per_second(requests as f64 / span) } else { Rate::ZERO },
        second: (tick == Tick::Second).then_some(second),
        minute,
        hour,
        scales,
        arrived: arriving.finish()?,
        gap_variation: arriving.gaps.variation(),
        longest_gap: (Duration::from_nanos(arriving.gaps.longest), Utc(arriving.gaps.longest_from)),
        days,
        hour_of_week,
        minute_of_hour,
    })
}

/// Calls `visit` with every (moment, requests) of all parts, ascending.
fn in_order(parts: &[&Events], mut visit: impl FnMut(u64, u64)) {
    let mut open: Vec<_> = parts
        .iter()
        .filter_map(|events| {
            let mut each = events.each();
            Some((each.next()?, each))
        })
        .collect();
    // There are as many parts as components: a look at each is cheaper than a heap.
    while let Some(next) = (0..open.len()).min_by_key(|&i| open[i].0.0) {
        let ((at, n), each) = &mut open[next];
        visit(*at, u64::from(*n));
        match each.next() {
            Some(following) => (*at, *n) = following,
            None => drop(open.swap_remove(next)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = Duration::SECOND.nanos();

    fn exact(seconds: &[f64]) -> Events {
        let times_ns = seconds.iter().map(|s| (s * 1e9) as u64).collect();
        Events::Exact { times_ns, durations_us: Vec::new() }
    }

    #[test]
    fn parts_are_read_in_the_order_of_time() {
        let counts = vec![(1, 2), (4, 1)];
        let counted = Events::Counted { tick: Duration::SECOND, counts };
        let exact = exact(&[0.5, 1.0, 9.0]);
        let mut seen = Vec::new();
        in_order(&[&exact, &counted], |at, n| seen.push((at as f64 / 1e9, n)));
        assert_eq!(seen, [(0.5, 1), (1.0, 1), (1.0, 2), (4.0, 1), (9.0, 1)]);
    }

    #[test]
    fn the_figures_of_a_small_log_by_hand() {
        // Seconds 60, 60, 61, 64: bins of a second hold 2, 1, 0, 0, 1.
        let counts = vec![(60, 2), (61, 1), (64, 1)];
        let log = Events::Counted { tick: Duration::SECOND, counts };
        let rhythm = rhythm(&[&log], Tick::Second).unwrap();
        let second = rhythm.second.unwrap();
        assert_eq!((second.bins, second.empty, second.peak.requests), (5, 2, 2));
        assert!((second.mean - 0.8).abs() < 1e-12);
        // Mean square 6/5, variance 1.2 - 0.64.
        assert!((second.dispersion - 0.56 / 0.8).abs() < 1e-12);
        assert!((second.peak_to_mean() - 2.5).abs() < 1e-12);
        // Gaps 0, 1, 3: mean 4/3, variance 10/3 - 16/9.
        let variation = (10.0 / 3.0 - 16.0 / 9.0_f64).sqrt() / (4.0 / 3.0);
        assert!((rhythm.gap_variation.unwrap() - variation).abs() < 1e-12);
        assert_eq!(rhythm.longest_gap, (Duration::from_secs(3), Utc(61 * SECOND)));
        assert!((rhythm.mean.hertz() - 1.0).abs() < 1e-12);
        assert_eq!(rhythm.hour_of_week[72], 4, "Thursday, the first hour");
        assert_eq!(rhythm.first.to_string(), "1970-01-01 00:01:00");
    }

    #[test]
    fn one_request_has_no_rate_and_no_gaps() {
        let rhythm = rhythm(&[&exact(&[100.0])], Tick::Second).unwrap();
        assert_eq!((rhythm.mean, rhythm.gap_variation), (Rate::ZERO, None));
        assert_eq!(rhythm.minute.bins, 1);
        assert!(super::rhythm(&[&exact(&[])], Tick::Second).is_none());
    }
}
