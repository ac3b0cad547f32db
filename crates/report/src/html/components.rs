//! One section a component: its settings, its latency, its day.

use model::{DaySeries, Decision, LatencyCurve};
use serde::Serialize;
use source::SourceMap;
use units::Duration;

use crate::html::table::{self, View};
use crate::latency::{self, at_share, chosen, curves};
use crate::parts;
use crate::table::{Align, Table};
use crate::words::{self, NOTHING};

/// Points of a latency curve.
const LATENCY_POINTS: usize = 140;
/// Shares beyond this are not drawn: the last request of a million says nothing.
const SHARE_MOST: f64 = 0.9995;
/// Steps of a day that are drawn; longer series are gathered.
const DAY_POINTS: usize = 288;
/// Rows of the table behind a day.
const DAY_ROWS: usize = 24;

/// A component's section.
#[derive(Serialize)]
pub(super) struct Section {
    name: String,
    platform: String,
    region: String,
    config: String,
    cost: String,
    settings: Vec<(String, String)>,
    reasons: Vec<(String, Option<String>)>,
    latency: Option<View>,
    /// That the curves are without the calls it waits for, where these are felt.
    alone: String,
    slo: Vec<String>,
    day: Option<View>,
    day_title: &'static str,
    day_of: String,
    options: Option<View>,
}

/// What the charts of a component draw.
#[derive(Serialize)]
pub(super) struct ComponentCharts {
    name: String,
    latency: Option<LatencyChart>,
    day: Option<DayChart>,
}

#[derive(Serialize)]
struct LatencyChart {
    /// Milliseconds, ascending.
    x: Vec<f64>,
    curves: Vec<Curve>,
    slo: Vec<Limit>,
}

#[derive(Serialize)]
struct Curve {
    name: String,
    chosen: bool,
    /// Share of requests answered within each `x`.
    y: Vec<f64>,
}

#[derive(Serialize)]
struct Limit {
    share: f64,
    ms: f64,
    label: String,
}

#[derive(Serialize)]
struct DayChart {
    step_ms: f64,
    requests: Vec<u64>,
    instances: Vec<u32>,
    cold_starts: Vec<u64>,
}

/// The sections, in the order of the placements.
pub(super) fn sections(decision: &Decision, sources: &SourceMap) -> Vec<Section> {
    decision.placements.iter().map(|p| section(decision, p, sources)).collect()
}

/// The charts, in the order of the placements.
pub(super) fn charts(decision: &Decision) -> Vec<ComponentCharts> {
    let one = |p: &model::Placement| ComponentCharts {
        name: p.component.clone(),
        latency: latency_chart(decision, p),
        day: day_of(decision, &p.component).map(day_chart),
    };
    decision.placements.iter().map(one).collect()
}

fn section(decision: &Decision, p: &model::Placement, sources: &SourceMap) -> Section {
    let reasons = p.reasons.iter().map(|r| (parts::reason(r), parts::place(sources, r.span)));
    let own = decision.options.iter().filter(|o| o.component == p.component);
    let day = day_of(decision, &p.component);
    let mut options = parts::options(own);
    options.columns.remove(0);
    for row in &mut options.rows {
        row.remove(0);
    }
    Section {
        name: p.component.clone(),
        platform: p.platform.0.to_owned(),
        region: p.region.clone(),
        config: p.config.clone(),
        cost: words::dollars(p.cost_month),
        settings: p.settings.clone(),
        reasons: reasons.collect(),
        latency: table::view("Latency by percentile", &latency_table(decision, p)),
        alone: latency::with_calls(decision, p).map_or_else(String::new, |(own, seen)| {
            format!("by itself: {own} for half of the requests, {seen} with the calls it waits for")
        }),
        slo: limits(decision, &p.component).iter().map(|l| l.label.clone()).collect(),
        day: day.and_then(|d| table::view("The day in numbers", &day_table(d))),
        day_title: day.map(title_of).unwrap_or_default(),
        day_of: day.map(span_of).unwrap_or_default(),
        options: table::view("Options tried", &options),
    }
}

fn day_of<'a>(decision: &'a Decision, component: &str) -> Option<&'a DaySeries> {
    decision.charts.day.iter().find(|d| d.component == component && !d.requests.is_empty())
}

fn limits(decision: &Decision, component: &str) -> Vec<Limit> {
    let own = decision.charts.slo.iter().filter(|s| s.component == component);
    own.map(|s| Limit {
        share: s.share,
        ms: s.limit.millis_f64(),
        label: format!("p{} ≤ {}", percent(s.share), s.limit),
    })
    .collect()
}

fn percent(share: f64) -> String {
    let text = format!("{:.3}", share * 100.0);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn latency_chart(decision: &Decision, p: &model::Placement) -> Option<LatencyChart> {
    let curves: Vec<&LatencyCurve> = curves(decision, &p.component).collect();
    let low = curves.iter().filter_map(|c| at_share(c, 0.001)).min()?;
    let high = curves.iter().filter_map(|c| at_share(c, SHARE_MOST)).max()?;
    let slo = limits(decision, &p.component);
    let slowest = slo.iter().map(|l| l.ms * 1.1).fold(high.millis_f64() * 1.05, f64::max);
    // Room on the left shows a curve that rises at once.
    let (low, high) = ((low.millis_f64() * 0.85).max(0.001).ln(), slowest.max(0.002).ln());
    let x: Vec<f64> = (0..LATENCY_POINTS)
        .map(|i| rounded((low + (high - low) * i as f64 / (LATENCY_POINTS - 1) as f64).exp()))
        .collect();
    let chosen = chosen(&curves, p);
    let curves = curves.iter().enumerate().map(|(at, c)| Curve {
        name: c.name.clone(),
        chosen: chosen == Some(at),
        y: x.iter().map(|ms| rounded(share_at(c, *ms))).collect(),
    });
    Some(LatencyChart { curves: curves.collect(), x, slo })
}

/// Six digits: what a screen can show.
fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

/// The share of requests at or below a latency, straight between points.
fn share_at(curve: &LatencyCurve, ms: f64) -> f64 {
    let next = curve.points.partition_point(|p| p.0.millis_f64() < ms);
    let Some((d1, s1)) = curve.points.get(next) else { return 1.0 };
    let Some((d0, s0)) = next.checked_sub(1).and_then(|i| curve.points.get(i)) else {
        return if d1.millis_f64() <= ms { *s1 } else { 0.0 };
    };
    let (a, b) = (d0.millis_f64(), d1.millis_f64());
    if b <= a { *s1 } else { s0 + (s1 - s0) * (ms - a) / (b - a) }
}

fn latency_table(decision: &Decision, p: &model::Placement) -> Table {
    let mut table = Table::new(&[
        ("where", Align::Left),
        ("p50", Align::Right),
        ("p90", Align::Right),
        ("p95", Align::Right),
        ("p99", Align::Right),
        ("p99.9", Align::Right),
    ]);
    for curve in curves(decision, &p.component) {
        let cells = [0.5, 0.9, 0.95, 0.99, 0.999].map(|s| words::latency(at_share(curve, s)));
        table.row(std::iter::once(curve.name.clone()).chain(cells));
    }
    table
}

/// A series gathered into at most `most` steps: requests and cold starts summed, instances at their highest.
fn gathered(day: &DaySeries, most: usize) -> DayChart {
    let n = day.requests.len();
    let each = n.div_ceil(most).max(1);
    let sum = |values: &[u64]| values.chunks(each).map(|c| c.iter().sum()).collect::<Vec<u64>>();
    let instances = day.instances.chunks(each);
    DayChart {
        step_ms: day.step.millis_f64() * each as f64,
        requests: sum(&day.requests),
        instances: instances.map(|c| c.iter().copied().max().unwrap_or(0)).collect(),
        cold_starts: sum(&day.cold_starts),
    }
}

fn day_chart(day: &DaySeries) -> DayChart {
    gathered(day, DAY_POINTS)
}

fn day_table(day: &DaySeries) -> Table {
    let mut table = Table::new(&[
        ("from", Align::Right),
        ("requests", Align::Right),
        ("most instances", Align::Right),
        ("cold starts", Align::Right),
    ]);
    let g = gathered(day, DAY_ROWS);
    for (i, requests) in g.requests.iter().enumerate() {
        let number = |n: Option<u64>| n.map_or_else(|| NOTHING.to_owned(), words::grouped);
        table.row([
            Duration::from_secs_f64(g.step_ms / 1e3 * i as f64).to_string(),
            words::grouped(*requests),
            number(g.instances.get(i).map(|n| u64::from(*n))),
            number(g.cold_starts.get(i).copied()),
        ]);
    }
    table
}

/// What a series shows; a busy component is replayed for less than a day.
fn title_of(day: &DaySeries) -> &'static str {
    let hours = length(day).secs_f64() / 3600.0;
    if (20.0..28.0).contains(&hours) { "The day" } else { "Over time" }
}

/// `24 h in steps of 15 min`.
fn span_of(day: &DaySeries) -> String {
    format!("{} in steps of {}", length(day), day.step)
}

fn length(day: &DaySeries) -> Duration {
    Duration::from_secs_f64(day.step.secs_f64() * day.requests.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn shares_and_latencies_are_each_others_inverse() {
        let (plan, _) = sample::decision();
        let curve = &plan.charts.latency[0];
        for (ms, share) in curve.points.iter().filter(|p| p.1 < 0.999).step_by(7) {
            assert!((share_at(curve, ms.millis_f64()) - share).abs() < 1e-9, "{share} {ms}");
            assert_eq!(at_share(curve, *share), Some(*ms));
        }
        assert!(share_at(curve, 1e12) >= 1.0 && share_at(curve, 0.0) <= 0.0);
    }

    #[test]
    fn a_long_series_is_gathered_without_losing_a_request() {
        let (plan, _) = sample::decision();
        let mut day = plan.charts.day[0].clone();
        day.requests = vec![1; 20_161];
        day.cold_starts = vec![1; 20_161];
        day.instances = (0..20_161).collect();
        let chart = day_chart(&day);
        assert!(chart.requests.len() <= DAY_POINTS);
        assert_eq!(chart.requests.iter().sum::<u64>(), 20_161);
        assert_eq!(chart.instances.last(), Some(&20_160));
    }

    #[test]
    fn every_component_has_its_own_limit_and_curves() {
        let (plan, _) = sample::decision();
        let all = charts(&plan);
        let api = all[0].latency.as_ref().unwrap();
        assert_eq!(api.slo[0].label, "p99 ≤ 800 ms");
        assert_eq!(api.curves.iter().filter(|c| c.chosen).count(), 1);
        assert!(all[2].latency.is_none() && all[2].day.is_none(), "the database was not simulated");
    }
}
