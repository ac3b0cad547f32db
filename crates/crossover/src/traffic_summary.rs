//! What was read, as the report of `crossover traffic` prints it.

use std::collections::BTreeMap;

use report::traffic::{
    Ahead, ComponentTraffic, Figures, Outlook as Range, Scale, Spread, TrafficLine, TrafficSummary,
};
use traffic::fit::{day_shape, hour_of_week, week_shape};
use traffic::horizon::{Band, Outlook, horizon};
use traffic::statistics::{Summary, concurrency, six_digits};
use traffic::{BinStatistics, Events, LogReport, NO_DURATION, Recorded, Rhythm, Utc};
use units::{Duration, Seed};

use crate::load;

/// Of fewer minutes, nothing is said about months.
const MINUTES_MIN: u64 = 10;
const HOUR: Duration = Duration::from_secs(3600);
/// Shorter loads are drawn by the minute.
const BY_MINUTE_BELOW: Duration = Duration::from_secs(6 * 3600);
/// Longer ones by the day.
const BY_DAY_ABOVE: Duration = Duration::from_secs(400 * 86_400);

/// Everything that is printed, with `lines` as the facts.
pub(crate) fn summary(
    report: &LogReport,
    recorded: &BTreeMap<String, Recorded>,
    lines: Vec<TrafficLine>,
    outlook: &Outlook,
    seed: Seed,
) -> TrafficSummary {
    let span = report.rhythm.as_ref().map_or(Duration::ZERO, Rhythm::span);
    let step = match span {
        s if s < BY_MINUTE_BELOW => Duration::MINUTE,
        s if s > BY_DAY_ABOVE => Duration::DAY,
        _ => HOUR,
    };
    let components: Vec<ComponentTraffic> =
        recorded.iter().map(|(id, r)| component(id, r, report, step)).collect();
    let steps = components.iter().map(|c| c.over_time.len()).max().unwrap_or(0);
    let at = |i: usize| components.iter().filter_map(|c| c.over_time.get(i)).sum();
    let from = recorded.values().map(|r| r.window.first_ns / step.nanos() * step.nanos()).min();
    TrafficSummary {
        title: load::summary(report),
        lines,
        figures: report.rhythm.as_ref().map(|r| figures(report, r, recorded, outlook, seed)),
        step,
        over_time: (0..steps).map(at).collect(),
        from: from.map_or(String::new(), |at| format!("{} UTC", Utc(at))),
        components,
    }
}

fn component(
    id: &str,
    recorded: &Recorded,
    report: &LogReport,
    step: Duration,
) -> ComponentTraffic {
    let workload = recorded.workload();
    let single = report.routed.len() <= 1;
    let under_way = match &recorded.events {
        Events::Exact { times_ns, durations_us } => concurrency(times_ns, durations_us),
        Events::Counted { .. } => None,
    };
    let times = recorded.durations();
    ComponentTraffic {
        component: id.to_owned(),
        requests_month: workload.requests_per_cycle() * workload.cycles_per_month,
        mean: workload.mean_rate(),
        peak: workload.peak_rate(),
        idle: workload.idle_share(),
        p50: times.quantile(0.5).or(report.durations.quantile(0.5).filter(|_| single)),
        p99: times.quantile(0.99).or(report.durations.quantile(0.99).filter(|_| single)),
        concurrency: under_way.map(|c| (c.mean, c.peak)),
        over_time: over_time(recorded, step),
        note: workload.basis,
    }
}

/// Requests in each step of the clock, from the first request's to the last one's.
fn over_time(recorded: &Recorded, step: Duration) -> Vec<f64> {
    let place = |at: u64| at / step.nanos();
    let first = place(recorded.window.first_ns);
    let steps = place(recorded.window.last_ns).saturating_sub(first) + 1;
    let mut counts = vec![0.0; steps as usize];
    for (at, n) in recorded.events.each() {
        // Ticks of a minute begin before the window does.
        let at = (place(at).saturating_sub(first) as usize).min(counts.len() - 1);
        counts[at] += f64::from(n);
    }
    counts
}

fn figures(
    report: &LogReport,
    rhythm: &Rhythm,
    recorded: &BTreeMap<String, Recorded>,
    outlook: &Outlook,
    seed: Seed,
) -> Figures {
    let arrived = &rhythm.arrived;
    let six = |value: Option<f64>| value.filter(|v| v.is_finite()).map(six_digits);
    let ahead = horizon(rhythm, outlook, seed);
    let week = week_shape(rhythm);
    let hours: Option<Vec<f64>> = hour_of_week(rhythm).into_iter().collect();
    Figures {
        requests: report.requests,
        first: rhythm.first.to_string(),
        last: rhythm.last.to_string(),
        span_s: six_digits(rhythm.span().secs_f64()),
        mean_per_second: six(arrived.mean_hertz),
        gap_mean_s: six(arrived.gap_mean_s),
        gap_variation: six(arrived.gap_variation),
        peak_1s: rhythm.second.map(|_| arrived.peak_second),
        peak_60s: arrived.peak_minute,
        scales: rhythm.scales.iter().map(scale).collect(),
        duration_ms: durations(recorded),
        hour_of_day: day_shape(rhythm)
            .map(|day| day.factors.iter().map(|f| six_digits(*f)).collect()),
        hour_of_week: hours.filter(|_| week.is_some()),
        day_of_week: week.map(|week| week.factors.iter().map(|f| six_digits(*f)).collect()),
        // A moment or two say nothing of a month.
        ahead: (rhythm.minute.bins >= MINUTES_MIN).then(|| Ahead {
            month: range(ahead.month),
            year: range(ahead.year),
            peak_per_second: ahead.peak_month.hertz(),
            days: ahead.days as u64,
            extrapolated: six_digits(ahead.extrapolated),
            basis: ahead.basis.clone(),
        }),
    }
}

fn range(band: Band) -> Range {
    let whole = |requests: f64| requests.round();
    Range { expected: whole(band.expected), low: whole(band.low), high: whole(band.high) }
}

fn scale(bins: &BinStatistics) -> Scale {
    Scale {
        bin_s: bins.bin.nanos() / Duration::SECOND.nanos(),
        bins: bins.bins,
        mean: six_digits(bins.mean),
        peak: bins.peak.requests,
        peak_at: bins.peak.at.to_string(),
        dispersion: six_digits(bins.dispersion),
    }
}

/// All measured times to answer together, in milliseconds.
fn durations(recorded: &BTreeMap<String, Recorded>) -> Option<Spread> {
    let mut us: Vec<u32> = Vec::new();
    for recorded in recorded.values() {
        if let Events::Exact { durations_us, .. } = &recorded.events {
            us.extend(durations_us.iter().filter(|us| **us != NO_DURATION));
        }
    }
    us.sort_unstable();
    let all = Summary::of_ranks(us.len() as u64, |rank| f64::from(us[rank as usize]) / 1000.0)?;
    Some(Spread {
        n: all.n,
        mean: six_digits(all.mean),
        deviation: six_digits(all.deviation),
        min: all.min,
        max: all.max,
        linear: all.linear.map(six_digits).into(),
        nearest_rank: all.nearest_rank.map(six_digits).into(),
    })
}
