//! Shapes bend a rate and keep its mean.

use model::Growth;
use units::Share;

use super::*;

fn build(rate: f64, shapes: &[Shape]) -> (Workload, Vec<Finding>) {
    let rate = Fact::assumed(Rate::per_month(rate), "");
    let (workload, found) = from_rate(&rate, shapes);
    (workload.unwrap(), found)
}

fn day_night(peak_to_mean: f64, peak_hour: u8) -> Shape {
    Shape::DayNight { peak_to_mean, peak_hour }
}

fn spike(factor: f64, length_s: u64, every: Duration) -> Shape {
    Shape::Spike { factor, length: Duration::from_secs(length_s), every }
}

#[test]
fn the_mean_is_kept_whatever_the_shape() {
    let weekly = Shape::Weekly { weekend: Share::new(0.3) };
    let growth = Shape::Growth { per_month: Growth::known(0.1), months: 6 };
    for shapes in [
        vec![],
        vec![day_night(2.0, 14)],
        vec![weekly],
        vec![weekly, day_night(1.7, 20)],
        vec![spike(10.0, 300, Duration::HOUR)],
        vec![spike(10.0, 300, Duration::HOUR * 7), day_night(1.5, 3)],
        vec![spike(50.0, 7200, Duration::DAY * 7), weekly],
        vec![spike(3.0, 600, Duration::MINUTE * 67), growth],
        vec![growth],
    ] {
        let (workload, _) = build(3e6, &shapes);
        assert_eq!(workload.requests_month(), 3_000_000, "{shapes:?}");
        assert_eq!(workload.per_minute.len() as u64 * 60, workload.cycle.nanos() / 1_000_000_000);
    }
}

#[test]
fn the_cycle_is_the_shortest_that_repeats() {
    let day = Duration::DAY;
    for (shapes, cycle) in [
        (vec![], day),
        (vec![day_night(1.5, 12)], day),
        (vec![spike(5.0, 600, day)], day),
        (vec![spike(5.0, 600, Duration::HOUR * 6)], day),
        (vec![spike(5.0, 600, Duration::HOUR * 5)], day * 5),
        (
            vec![spike(5.0, 600, Duration::HOUR * 7), Shape::Weekly { weekend: Share::new(0.5) }],
            day * 7,
        ),
        (vec![spike(5.0, 600, Duration::MINUTE * 67)], day * 7),
    ] {
        assert_eq!(build(1e6, &shapes).0.cycle, cycle, "{shapes:?}");
    }
}

#[test]
fn day_and_night_peak_where_they_should() {
    let (workload, _) = build(1e6, &[day_night(2.0, 14)]);
    let mean = workload.requests_per_cycle() / 1440.0;
    assert!((workload.per_minute[14 * 60] / mean - 2.0).abs() < 1e-4);
    assert!(workload.per_minute[2 * 60] / mean < 1e-4, "the night is silent");
}

#[test]
fn a_burst_is_as_high_and_as_long_as_declared_and_falls_on_the_peak() {
    let (workload, found) = build(1e6, &[spike(10.0, 300, Duration::DAY), day_night(1.5, 9)]);
    assert!(found.is_empty());
    let at = |minute: usize| workload.per_minute[minute];
    assert!((at(9 * 60) / at(9 * 60 - 1) - 10.0).abs() < 0.01);
    assert!((at(9 * 60 + 4) / at(9 * 60 + 5) - 10.0).abs() < 0.01);
    let (workload, _) = build(1e6, &[spike(10.0, 90, Duration::HOUR)]);
    let base = workload.per_minute[30];
    assert!((workload.per_minute[0] / base - 10.0).abs() < 1e-9);
    assert!((workload.per_minute[1] / base - 5.5).abs() < 1e-9, "half of the second minute");
    assert_eq!(workload.per_minute.iter().filter(|&&n| n > base * 9.0).count(), 24);
}

#[test]
fn a_burst_across_midnight_is_whole() {
    let (workload, _) = build(1e6, &[spike(4.0, 3600, Duration::DAY), day_night(1.0, 23)]);
    let (workload, base) = (&workload.per_minute, workload.per_minute[600]);
    assert!((workload[23 * 60] / base - 4.0).abs() < 1e-9);
    let (late, _) = build(1e6, &[spike(4.0, 7200, Duration::DAY), day_night(1.0, 23)]);
    assert!((late.per_minute[59] / late.per_minute[600] - 4.0).abs() < 1e-9);
    assert!((late.per_minute[60] / late.per_minute[600] - 1.0).abs() < 1e-9);
}

#[test]
fn a_burst_below_a_minute_is_spread_and_says_so() {
    let (workload, found) = build(1e6, &[spike(13.0, 5, Duration::HOUR)]);
    assert!((workload.per_minute[0] / workload.per_minute[1] - 2.0).abs() < 1e-9);
    assert_eq!(found[0].id, "TR001");
}

#[test]
fn a_dated_event_adds_to_the_month_around_it() {
    let date = |text| Date::parse(text).unwrap();
    let event = |text, factor| Shape::Event { on: date(text), factor, length: Duration::DAY };
    let (workload, found) = build(730_000.0, &[event("2026-11-27", 11.0)]);
    assert!(found.is_empty());
    assert_eq!(workload.cycle, Duration::MONTH);
    // 1,000 an hour, and ten times as much again for 24 hours.
    assert_eq!(workload.requests_month(), 730_000 + 240_000);

    let weekly = Shape::Weekly { weekend: Share::new(0.0) };
    let (workload, _) = build(1e6, &[event("2026-11-28", 2.0), weekly]);
    assert!(workload.per_minute[14 * 1440] == 0.0, "28 November 2026 is a Saturday");
    assert!(workload.per_minute[13 * 1440] > 0.0 && workload.per_minute[16 * 1440] > 0.0);

    let (_, found) = build(1e6, &[event("2026-11-27", 2.0), event("2027-03-01", 2.0)]);
    assert_eq!(found[0].id, "TR002");
}

#[test]
fn growth_starts_from_the_declared_month() {
    let growth = Shape::Growth { per_month: Growth::known(0.1), months: 2 };
    let factors = growth_factors(&[growth]);
    assert_eq!(factors.len(), 3);
    assert!((factors[2] - 1.21).abs() < 1e-12);
    assert_eq!(growth_factors(&[]), [1.0]);
}

#[test]
fn a_zero_rate_stays_zero() {
    let (workload, _) = build(0.0, &[day_night(2.0, 14)]);
    assert_eq!(workload.requests_month(), 0);
}
