//! Months from days.

use super::*;
use crate::recorded::Events;
use crate::rhythm::rhythm;
use crate::series::Tick;

/// So many requests in each hour of the days from this one on.
fn recording(first_day: u32, days: u32, per_hour: impl Fn(u32, u32) -> u32) -> Rhythm {
    let counts = (0..days)
        .flat_map(|day| (0..24).map(move |hour| (day, hour)))
        .map(|(day, hour)| (((first_day + day) * 24 + hour) * 3600, per_hour(day, hour)))
        .filter(|(_, n)| *n > 0)
        .collect();
    rhythm(&[&Events::Counted { tick: Duration::SECOND, counts }], Tick::Second).unwrap()
}

/// 1970-01-05, a Monday.
const MONDAY: u32 = 4;

#[test]
fn equal_days_make_an_equal_month() {
    let h = horizon(&recording(MONDAY, 14, |_, _| 10), &Outlook::default(), Seed(1));
    assert_eq!((h.days, h.month.low, h.month.high), (14, h.month.expected, h.month.expected));
    assert!((h.month.expected - 7300.0).abs() < 1e-6, "{h:?}");
    assert!((h.year.expected - 87_600.0).abs() < 1e-6);
    assert!(h.extrapolated > 0.5 && h.basis.contains("extrapolated from 14 whole days"), "{h:?}");
}

#[test]
fn weekends_count_as_often_as_they_come() {
    // Nine days hold four days of weekends and five of weekdays: their mean is not a month's.
    let nine = recording(MONDAY + 5, 9, |day, _| if matches!(day, 0 | 1 | 7 | 8) { 7 } else { 70 });
    let h = horizon(&nine, &Outlook::default(), Seed(1));
    let expected = (70.0 * 5.0 + 7.0 * 2.0) / 7.0 * 24.0 * MONTH_DAYS;
    assert!((h.month.expected / expected - 1.0).abs() < 0.03, "{h:?} {expected}");
}

#[test]
fn days_that_differ_make_a_band() {
    let h =
        horizon(&recording(MONDAY, 28, |day, _| 10 + day * 7 % 13), &Outlook::default(), Seed(1));
    assert!(h.month.low < h.month.expected && h.month.expected < h.month.high, "{h:?}");
    assert!(h.month.high < h.month.expected * 1.2);
    let again =
        horizon(&recording(MONDAY, 28, |day, _| 10 + day * 7 % 13), &Outlook::default(), Seed(1));
    assert_eq!(h, again);
}

#[test]
fn growth_compounds_and_events_add() {
    let flat = recording(MONDAY, 14, |_, _| 60);
    let usual = horizon(&flat, &Outlook::default(), Seed(1));
    let grown = Outlook { growth_per_month: 0.1, events: Vec::new() };
    let h = horizon(&flat, &grown, Seed(1));
    let factor = (1.1_f64.powi(12) - 1.0) / 0.1;
    assert!((h.year.expected / usual.month.expected - factor).abs() < 1e-6);
    assert_eq!(h.month, usual.month);
    assert!((h.peak_year.hertz() / usual.peak_year.hertz() - 1.1_f64.powi(11)).abs() < 1e-9);

    let friday = Planned {
        name: "Black Friday".to_owned(),
        hour_of_week: 4 * 24 + 8,
        length: Duration::from_secs(6 * 3600),
        times: 8.0,
    };
    let planned = Outlook { growth_per_month: 0.0, events: vec![friday] };
    let h = horizon(&flat, &planned, Seed(1));
    assert!((h.month.expected - usual.month.expected - 60.0 * 7.0 * 6.0).abs() < 1e-6, "{h:?}");
    assert!((h.peak_month.hertz() / usual.peak_month.hertz() - 8.0).abs() < 1e-9);
    assert!(h.basis.contains("Black Friday ×8 for 6 h"), "{}", h.basis);
}

#[test]
fn less_than_a_day_is_labelled_and_finite() {
    let hours = recording(MONDAY, 1, |_, hour| u32::from(hour < 3) * 100);
    let h = horizon(&hours, &Outlook::default(), Seed(1));
    assert_eq!(h.days, 0);
    assert!(h.basis.contains("no whole day"), "{}", h.basis);
    assert!((h.month.high / h.month.expected - 1.3).abs() < 1e-9);
    let one =
        rhythm(&[&Events::Counted { tick: Duration::SECOND, counts: vec![(7, 1)] }], Tick::Second);
    let h = horizon(&one.unwrap(), &Outlook::default(), Seed(1));
    assert!(h.month.expected.is_finite() && h.peak_month.hertz().is_finite(), "{h:?}");
}
