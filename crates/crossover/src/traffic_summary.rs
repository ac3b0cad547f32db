//! What was read, as the report of `crossover traffic` prints it.

use std::collections::BTreeMap;

use report::traffic::{
    Ahead, ComponentTraffic, Figures, FileRead, Outlook as Range, Scale, Spread, TrafficLine,
    TrafficSummary,
};
use traffic::fit::{day_shape, hour_of_week, week_shape};
use traffic::horizon::{Band, Outlook, horizon};
use traffic::statistics::{Group, Summary, concurrency, contents, six_digits};
use traffic::{BinStatistics, Events, FileReport, LogReport, NO_DURATION, Recorded, Rhythm, Utc};
use units::{Duration, Seed};

use crate::figures::{spread, tree};
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
    measured: &Group,
    outlook: &Outlook,
    seed: Seed,
) -> TrafficSummary {
    let steps = Steps::over(recorded, report.rhythm.as_ref());
    let components: Vec<ComponentTraffic> =
        recorded.iter().map(|(id, r)| component(id, r, report, steps)).collect();
    let count = components.iter().map(|c| c.over_time.len()).max().unwrap_or(0);
    let at = |i: usize| components.iter().filter_map(|c| c.over_time.get(i)).sum();
    let from = (!recorded.is_empty()).then(|| steps.first * steps.length.nanos());
    TrafficSummary {
        title: load::summary(report),
        lines,
        files: report.files.iter().map(file).collect(),
        contents: tree(&contents(report)),
        measured: tree(measured),
        figures: report.rhythm.as_ref().map(|r| figures(report, r, recorded, outlook, seed)),
        step: steps.length,
        over_time: (0..count).map(at).collect(),
        from: from.map_or(String::new(), |at| format!("{} UTC", Utc(at))),
        components,
    }
}

/// Steps of the clock that all recordings share.
#[derive(Clone, Copy)]
struct Steps {
    length: Duration,
    /// The step of the earliest request, counted from 1970.
    first: u64,
}

impl Steps {
    /// As long as suits everything that was recorded, or the whole log if only the last part of it was kept.
    fn over(recorded: &BTreeMap<String, Recorded>, log: Option<&Rhythm>) -> Self {
        let first = recorded.values().map(|r| r.window.first_ns).min().unwrap_or(0);
        let last = recorded.values().map(|r| r.window.last_ns).max().unwrap_or(0);
        let log = log.map_or(Duration::ZERO, Rhythm::span);
        let length = match log.max(Duration::from_nanos(last - first)) {
            s if s < BY_MINUTE_BELOW => Duration::MINUTE,
            s if s > BY_DAY_ABOVE => Duration::DAY,
            _ => HOUR,
        };
        Self { length, first: first / length.nanos() }
    }

    /// Requests in each step, from the first one of all to that of the recording's last request.
    fn counts(self, recorded: &Recorded) -> Vec<f64> {
        let place = |at: u64| (at / self.length.nanos()).saturating_sub(self.first) as usize;
        let last = place(recorded.window.last_ns);
        let mut counts = vec![0.0; last + 1];
        for (at, n) in recorded.events.each() {
            // Ticks of a minute begin before the window does.
            counts[place(at).min(last)] += f64::from(n);
        }
        counts
    }
}

fn file(file: &FileReport) -> FileRead {
    FileRead {
        name: file.name.clone(),
        format: file.format,
        lines: file.lines,
        kept: file.kept,
        skipped: file.skipped,
        asides: file.asides,
        out_of_order: file.order.back.count,
        copy_of: file.copy_of.clone(),
    }
}

fn component(id: &str, recorded: &Recorded, report: &LogReport, steps: Steps) -> ComponentTraffic {
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
        over_time: steps.counts(recorded),
        note: workload.basis,
    }
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
        first_s: rhythm.first.0 as f64 / 1e9,
        last_s: rhythm.last.0 as f64 / 1e9,
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
        counts: bins.counts.as_ref().map(spread),
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
    Some(spread(&all))
}
