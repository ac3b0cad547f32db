//! The load of the sample: two weeks of a log.

use units::{Duration, Rate, Share};

use crate::traffic::{ComponentTraffic, TrafficLine, TrafficSummary};

const HOURS: usize = 14 * 24;

/// Two weeks with nights, weekends and one spike.
pub(super) fn traffic() -> TrafficSummary {
    let api = curve(3_600.0, 0);
    let thumb = curve(500.0, 5);
    let line = |label: &str, value: &str, note: &str| TrafficLine {
        label: label.to_owned(),
        value: value.to_owned(),
        note: note.to_owned(),
    };
    TrafficSummary {
        title: "access.log: 14 days, 1.6 M lines, 12 skipped".to_owned(),
        lines: vec![
            line("requests", "1,621,611", "3.4 M a month at this rate"),
            line("busiest minute", "31/s", "14× the mean, on 2026-10-28 at 12:41"),
            line("quietest day", "0.6×", "of the mean day; the busiest is 1.7×"),
            line("bursts", "2.3", "variance of a minute's count over its mean; 1 would be Poisson"),
            line("not routed", "1,204", "requests match no component's path"),
        ],
        per_hour: api.iter().zip(&thumb).map(|(a, b)| a + b).collect(),
        from: "2026-10-20 00:00 UTC".to_owned(),
        components: vec![
            component("api", 2_628_000.0, 1.0, 14.0, 0.31, Some((309, 590)), api),
            component("thumb", 373_118.0, 0.142, 9.7, 0.88, None, thumb),
        ],
    }
}

fn component(
    name: &str,
    month: f64,
    mean: f64,
    peak: f64,
    idle: f64,
    times_ms: Option<(u64, u64)>,
    per_hour: Vec<f64>,
) -> ComponentTraffic {
    ComponentTraffic {
        component: name.to_owned(),
        requests_month: month,
        mean: Rate::per_second(mean),
        peak: Rate::per_second(peak),
        idle: Share::new(idle),
        p50: times_ms.map(|t| Duration::from_millis(t.0)),
        p99: times_ms.map(|t| Duration::from_millis(t.1)),
        per_hour,
        note: String::new(),
    }
}

fn curve(mean: f64, shift: usize) -> Vec<f64> {
    let hour = |h: usize| {
        let wave = 1.0 - ((h + shift) as f64 / 24.0 * std::f64::consts::TAU - 0.6).cos() * 0.9;
        let weekend = if matches!(h / 24 % 7, 4 | 5) { 0.55 } else { 1.0 };
        let spike = if h == 204 { 3.0 } else { 1.0 };
        (mean * wave * weekend * spike).round()
    };
    (0..HOURS).map(hour).collect()
}
