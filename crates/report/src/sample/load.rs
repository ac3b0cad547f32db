//! The load of the sample: two weeks of a log.

use units::{Duration, Rate, Share};

use crate::traffic::{
    Ahead, ComponentTraffic, Figures, Outlook, Scale, TrafficLine, TrafficSummary,
};

const HOURS: usize = 14 * 24;

/// Two weeks with nights, weekends and one spike.
pub(super) fn traffic() -> TrafficSummary {
    let api = curve(3_600.0, 0);
    let thumb = curve(500.0, 5);
    let all: Vec<f64> = api.iter().zip(&thumb).map(|(a, b)| a + b).collect();
    let line = |label: &str, value: &str, note: &str| TrafficLine {
        label: label.to_owned(),
        value: value.to_owned(),
        note: note.to_owned(),
    };
    TrafficSummary {
        files: Vec::new(),
        contents: serde_json::Map::new(),
        measured: serde_json::Map::new(),
        title: "access.log: 14 days, 1.6 M lines, 12 skipped".to_owned(),
        lines: vec![
            line("requests", "1,621,611", "3.4 M a month at this rate"),
            line("busiest minute", "31/s", "14× the mean, on 2026-10-28 at 12:41"),
            line("quietest day", "0.6×", "of the mean day; the busiest is 1.7×"),
            line("bursts", "2.3", "variance of a minute's count over its mean; 1 would be Poisson"),
            line("not routed", "1,204", "requests match no component's path"),
        ],
        figures: Some(figures(&all)),
        step: Duration::from_secs(3600),
        over_time: all,
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
    over_time: Vec<f64>,
) -> ComponentTraffic {
    ComponentTraffic {
        component: name.to_owned(),
        requests_month: month,
        mean: Rate::per_second(mean),
        peak: Rate::per_second(peak),
        idle: Share::new(idle),
        p50: times_ms.map(|t| Duration::from_millis(t.0)),
        p99: times_ms.map(|t| Duration::from_millis(t.1)),
        concurrency: times_ms.map(|(p50, _)| (mean * p50 as f64 / 1000.0, 9)),
        over_time,
        note: String::new(),
    }
}

fn figures(all: &[f64]) -> Figures {
    let sum: f64 = all.iter().sum();
    let mean = sum / all.len() as f64;
    let week = |hour: usize| f64::midpoint(all[hour], all[hour + 168]);
    let scale = |bin_s: u64, peak: u64, dispersion: f64| Scale {
        bin_s,
        bins: HOURS as u64 * 3600 / bin_s,
        mean: mean * bin_s as f64 / 3600.0,
        peak,
        peak_at: "2026-10-28 12:41:00".to_owned(),
        dispersion,
        counts: None,
    };
    let outlook = |month: f64, band: f64| Outlook {
        expected: month,
        low: month * (1.0 - band),
        high: month * (1.0 + band),
    };
    Figures {
        requests: sum as u64,
        first: "2026-10-20 00:00:03".to_owned(),
        last: "2026-11-02 23:59:58".to_owned(),
        first_s: 1_792_454_403.0,
        last_s: 1_793_663_998.0,
        span_s: 1_209_595.0,
        mean_per_second: Some(mean / 3600.0),
        gap_mean_s: Some(3600.0 / mean),
        gap_variation: Some(1.4),
        peak_1s: Some(14),
        peak_60s: 1_860,
        scales: vec![scale(1, 14, 1.3), scale(60, 1_860, 41.2), scale(3600, 21_347, 1_954.0)],
        duration_ms: None,
        hour_of_day: Some(
            (0..24).map(|h| all.iter().skip(h).step_by(24).sum::<f64>() / 14.0 / mean).collect(),
        ),
        day_of_week: Some(
            (0..7).map(|d| (d * 24..d * 24 + 24).map(week).sum::<f64>() / 24.0 / mean).collect(),
        ),
        hour_of_week: Some((0..168).map(week).collect()),
        ahead: Some(Ahead {
            month: outlook(sum / 14.0 * 730.0 / 24.0, 0.06),
            year: outlook(sum / 14.0 * 365.0, 0.02),
            peak_per_second: 31.0,
            days: 14,
            extrapolated: 0.54,
            basis: "extrapolated from 14 whole days, drawn again by weekday; seasons are not in it"
                .to_owned(),
        }),
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
