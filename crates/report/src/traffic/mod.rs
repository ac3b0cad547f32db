//! What a log, a trace or a shape says about a load, for `crossover traffic`.

use serde::Serialize;
use units::{Duration, Rate, Share};

use crate::json;
use crate::markdown::Document;
use crate::plot;
use crate::style::{Style, Tone};
use crate::table::{Align, Cell, Table};
use crate::text;
use crate::words::{self, NOTHING};

/// Lines that the plot on a terminal is high.
const PLOT_HEIGHT: usize = 6;
/// Columns of the small plot in each component's row.
const SPARK_WIDTH: usize = 28;

/// What is to be said about a load.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TrafficSummary {
    /// What it rests on: `access.log: 14 days, 1.6 M lines, 12 skipped`.
    pub title: String,
    /// Facts worth a line each, in order.
    pub lines: Vec<TrafficLine>,
    /// Requests in each hour, over all components, from `from` on.
    pub per_hour: Vec<f64>,
    /// When the first hour begins, in words: `2026-10-20 00:00 UTC`; empty if it is no real time.
    pub from: String,
    /// One a component.
    pub components: Vec<ComponentTraffic>,
}

/// A fact about a load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrafficLine {
    /// What: `requests`.
    pub label: String,
    /// How much: `1,621,611`.
    pub value: String,
    /// A remark; may be empty.
    pub note: String,
}

/// The load of one component.
#[derive(Debug, Clone, PartialEq)]
pub struct ComponentTraffic {
    /// The component, or the path or route that it would be.
    pub component: String,
    /// Expected requests in a billing month.
    pub requests_month: f64,
    /// The mean rate.
    pub mean: Rate,
    /// The busiest minute's rate.
    pub peak: Rate,
    /// Share of minutes without a request.
    pub idle: Share,
    /// Median time to answer, if the log says.
    pub p50: Option<Duration>,
    /// 99th percentile of it.
    pub p99: Option<Duration>,
    /// Requests in each hour.
    pub per_hour: Vec<f64>,
    /// What it rests on; may be empty.
    pub note: String,
}

/// For a terminal of `width` columns; ends with a line break.
pub fn terminal(summary: &TrafficSummary, width: usize, style: Style) -> String {
    let width = width.clamp(40, 120);
    let mut parts = Vec::new();
    let title: Vec<String> =
        text::fold(&summary.title, width).iter().map(|l| style.paint(Tone::Strong, l)).collect();
    parts.push(title.join("\n") + "\n");
    parts.push(lines(summary).folding().terminal(width, 2, style));
    if summary.per_hour.iter().any(|v| *v > 0.0) {
        parts.push(plot_lines(summary, width).join("\n") + "\n");
    }
    if !summary.components.is_empty() {
        parts.push(components(summary).most(0, 32).terminal(width, 0, style));
    }
    parts.retain(|part| !part.trim().is_empty());
    style.finish(parts.join("\n"))
}

/// As Markdown; ends with a line break.
pub fn markdown(summary: &TrafficSummary) -> String {
    let mut doc = Document::default();
    doc.heading(2, &summary.title);
    doc.raw(&lines(summary).markdown());
    if summary.per_hour.iter().any(|v| *v > 0.0) {
        doc.raw(&format!("```text\n{}\n```", plot_lines(summary, 90).join("\n")));
    }
    doc.table("By component", &components(summary));
    doc.text
}

/// As JSON: `"schema": "crossover.traffic/v1"`; ends with a line break.
pub fn json(summary: &TrafficSummary) -> String {
    let components = summary.components.iter().map(|c| Route {
        component: &c.component,
        requests_month: c.requests_month,
        mean_per_second: c.mean.hertz(),
        peak_per_second: c.peak.hertz(),
        idle_share: c.idle.get(),
        p50_ms: c.p50.map(Duration::millis_f64),
        p99_ms: c.p99.map(Duration::millis_f64),
        requests_per_hour: &c.per_hour,
        note: &c.note,
    });
    json::pretty(&Json {
        schema: "crossover.traffic/v1",
        title: &summary.title,
        facts: &summary.lines,
        from: &summary.from,
        requests_per_hour: &summary.per_hour,
        components: components.collect(),
    })
}

/// The facts, a line each.
pub(crate) fn lines(summary: &TrafficSummary) -> Table {
    let mut table = Table::new(&[("", Align::Left), ("", Align::Right), ("", Align::Left)]);
    for line in &summary.lines {
        table.row([line.label.as_str(), &line.value, &line.note]);
    }
    table
}

/// The loads of the components, with a small plot each.
pub(crate) fn components(summary: &TrafficSummary) -> Table {
    let mut table = Table::new(&[
        ("component", Align::Left),
        ("a month", Align::Right),
        ("mean/s", Align::Decimal),
        ("peak/s", Align::Decimal),
        ("peak is", Align::Decimal),
        ("idle", Align::Right),
        ("p50", Align::Right),
        ("p99", Align::Right),
        ("over time", Align::Left),
    ]);
    for c in &summary.components {
        let mean = c.mean.hertz();
        let ratio =
            if mean > 0.0 { words::factor(c.peak.hertz() / mean) } else { NOTHING.to_owned() };
        table.row([
            Cell::toned(&c.component, Tone::Strong),
            words::count(c.requests_month).into(),
            per_second(c.mean).into(),
            per_second(c.peak).into(),
            ratio.into(),
            words::whole_percent(c.idle).into(),
            words::latency(c.p50).into(),
            words::latency(c.p99).into(),
            plot::spark(&c.per_hour, SPARK_WIDTH).into(),
        ]);
    }
    table
}

fn per_second(rate: Rate) -> String {
    match rate.hertz() {
        v if v >= 100.0 => words::grouped(v.round() as u64),
        v if v >= 0.01 || v <= 0.0 => format!("{v:.2}"),
        v => format!("{v:.5}"),
    }
}

/// The plot with its title and its time axis.
fn plot_lines(summary: &TrafficSummary, width: usize) -> Vec<String> {
    let mut out = vec!["requests an hour".to_owned()];
    let plot = plot::over_time(&summary.per_hour, width, PLOT_HEIGHT);
    let drawn = plot.iter().map(|l| text::width(l)).max().unwrap_or(0);
    out.extend(plot);
    let hours = summary.per_hour.len();
    let end = if hours > 48 {
        format!("{} days", (hours as f64 / 24.0).round())
    } else {
        format!("{hours} h")
    };
    let start = if summary.from.is_empty() { "start" } else { &summary.from };
    let start = text::clean(start);
    let room = drawn.saturating_sub(text::width(&start) + text::width(&end));
    out.push(format!("{start}{}{end}", text::spaces(room.max(2))));
    out
}

#[derive(Serialize)]
struct Json<'a> {
    schema: &'static str,
    title: &'a str,
    facts: &'a [TrafficLine],
    from: &'a str,
    requests_per_hour: &'a [f64],
    components: Vec<Route<'a>>,
}

#[derive(Serialize)]
struct Route<'a> {
    component: &'a str,
    requests_month: f64,
    mean_per_second: f64,
    peak_per_second: f64,
    idle_share: f64,
    p50_ms: Option<f64>,
    p99_ms: Option<f64>,
    requests_per_hour: &'a [f64],
    note: &'a str,
}

#[cfg(test)]
mod tests;
