//! From recorded requests to the load they stand for.

use super::*;

const HOUR: u64 = Duration::HOUR.nanos();
const SECOND: u64 = Duration::SECOND.nanos();
/// 2026-11-23 00:00 UTC, a Monday.
const MONDAY: u64 = 20_780 * DAY;

fn exact(times_ns: Vec<u64>) -> Recorded {
    let window = Window { first_ns: times_ns[0], last_ns: times_ns[times_ns.len() - 1] };
    let durations_us = (0..times_ns.len() as u32).collect();
    Recorded { window, events: Events::Exact { times_ns, durations_us }, name: "x.csv".into() }
}

#[test]
fn a_short_recording_repeats_as_it_is() {
    let start = MONDAY + 9 * HOUR + 30 * SECOND;
    let workload = exact(vec![start, start + 10 * SECOND, start + 40 * SECOND]).workload();
    assert_eq!(workload.cycle, Duration::MINUTE * 2);
    assert_eq!(workload.per_minute, [2.0, 1.0]);
    assert_eq!(workload.requests_month(), 3 * 730 * 30);
    let Arrivals::Recorded { times, .. } = &workload.arrivals else { panic!() };
    let times: Vec<u64> = times.iter().map(|t| t.nanos() / SECOND).collect();
    assert_eq!(times, [30, 40, 70]);
    assert_eq!(workload.basis, "x.csv, 2 min, 3 requests, extrapolated to a month");
}

#[test]
fn days_are_turned_so_that_the_cycle_begins_at_midnight() {
    // From Monday 15:00 to Thursday 14:59: three days.
    let times: Vec<u64> = (0..72 * 60).map(|m| MONDAY + 15 * HOUR + m * MINUTE).collect();
    let workload = exact(times).workload();
    assert_eq!(workload.cycle, Duration::DAY * 3);
    assert!(
        workload.per_minute.iter().all(|&n| (n - 1.0).abs() < f64::EPSILON),
        "nothing is empty, nothing double"
    );
    let Arrivals::Recorded { times, durations_us } = &workload.arrivals else { panic!() };
    assert!(times.is_sorted() && times.len() == 72 * 60);
    // The first request is Thursday's midnight, the 33 hours' worth after the start.
    assert_eq!((times[0].nanos(), durations_us[0]), (0, 57 * 60));
    assert_eq!(durations_us[15 * 60], 0, "the recording's own start stands at 15:00");
}

#[test]
fn whole_weeks_begin_on_a_monday() {
    let thursday = MONDAY + 3 * DAY;
    let window = Window { first_ns: thursday, last_ns: thursday + 14 * DAY - SECOND };
    let counts = vec![
        ((thursday / SECOND) as u32, 5),
        (((thursday + 4 * DAY) / SECOND) as u32, 7),
        (((thursday + 14 * DAY) / SECOND) as u32 - 1, 1),
    ];
    let events = Events::Counted { tick: Duration::SECOND, counts };
    let workload = Recorded { window, events, name: "a.log".into() }.workload();
    assert_eq!(workload.cycle, Duration::DAY * 14);
    let Arrivals::Counted { counts, .. } = &workload.arrivals else { panic!() };
    // The Monday after the start of the recording is day 7; the second week's end wraps to before the start.
    assert_eq!(counts, &[(3 * 86_400 - 1, 1), (3 * 86_400, 5), (7 * 86_400, 7)]);
}

#[test]
fn a_component_that_is_seldom_called_keeps_the_log_s_time() {
    let window = Window { first_ns: MONDAY, last_ns: MONDAY + 30 * DAY - SECOND };
    let events =
        Events::Counted { tick: Duration::SECOND, counts: vec![((MONDAY / SECOND) as u32, 2)] };
    let workload = Recorded { window, events, name: "a.log".into() }.workload();
    assert_eq!(workload.cycle, Duration::DAY * 30);
    assert_eq!(workload.requests_month(), 2);
}

#[test]
fn two_and_a_half_days_are_not_stretched_to_three() {
    let window = Window { first_ns: MONDAY, last_ns: MONDAY + 60 * HOUR };
    assert_eq!(window.cycle_ns(), 60 * HOUR + MINUTE);
    let almost = Window { first_ns: MONDAY, last_ns: MONDAY + 71 * HOUR };
    assert_eq!(almost.cycle_ns(), 72 * HOUR);
}

#[test]
fn the_band_comes_from_real_days() {
    let mut times = Vec::new();
    for day in 0..10 {
        for i in 0..(50 + 10 * day) {
            times.push(MONDAY + day * DAY + i * MINUTE);
        }
    }
    times.push(MONDAY + 10 * DAY - SECOND);
    let (low, high) = exact(times).workload().band;
    assert!((low - 59.0 / 95.0).abs() < 0.01 && (high - 131.0 / 95.0).abs() < 0.01, "{low} {high}");
    assert_eq!(exact(vec![MONDAY, MONDAY + DAY]).workload().band, SHORT_BAND);
}

#[test]
fn figures_are_grouped() {
    assert_eq!(thousands(0), "0");
    assert_eq!(thousands(999), "999");
    assert_eq!(thousands(1_600_000), "1,600,000");
}

#[test]
fn of_many_years_the_last_one_is_replayed() {
    let window = Window { first_ns: MONDAY - 3000 * DAY, last_ns: MONDAY + HOUR };
    let replayed = window.replayed();
    assert_eq!(replayed, Window { first_ns: MONDAY - 365 * DAY, ..window });
    assert_eq!(replayed.replayed(), replayed);
    let times_ns = vec![MONDAY - 366 * DAY, MONDAY - 365 * DAY, MONDAY];
    let durations_us = vec![1, 2, 3];
    let exact = Events::Exact { times_ns, durations_us }.since(replayed.first_ns);
    let kept = vec![MONDAY - 365 * DAY, MONDAY];
    assert_eq!(exact, Events::Exact { times_ns: kept, durations_us: vec![2, 3] });
    let tick = Duration::DAY;
    let counts = vec![((MONDAY / DAY) as u32 - 400, 7), ((MONDAY / DAY) as u32, 8)];
    let counted = Events::Counted { tick, counts }.since(replayed.first_ns);
    assert_eq!(counted.count(), 8);
}

#[test]
fn only_durations_that_were_told_count() {
    let mut recorded = exact(vec![MONDAY, MONDAY + 1, MONDAY + 2]);
    let Events::Exact { durations_us, .. } = &mut recorded.events else { panic!() };
    *durations_us = vec![5_000, NO_DURATION, 7_000];
    let durations = recorded.durations();
    assert_eq!((durations.count(), durations.max()), (2, Duration::from_millis(7)));
}
