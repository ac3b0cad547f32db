//! What a log, a trace or a shape says about a load, for `crossover traffic`.

mod figures;
mod json;
mod sections;

use schemars::JsonSchema;
use serde::Serialize;
use units::{Duration, Rate, Share};

pub use figures::{Ahead, Figures, FileRead, Outlook, Percentiles, Scale, Spread};
pub use json::{TRAFFIC_SCHEMA, json, schema};
pub(crate) use sections::{DAYS, ahead, bursts, sentence};

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
const HOUR: Duration = Duration::from_secs(3600);

/// What is to be said about a load.
#[derive(Debug, Clone, PartialEq)]
pub struct TrafficSummary {
    /// What it rests on: `access.log: 14 days, 1.6 M lines, 12 skipped`.
    pub title: String,
    /// Facts worth a line each, in order.
    pub lines: Vec<TrafficLine>,
    /// The files, in the order they were given.
    pub files: Vec<FileRead>,
    /// Further statistics of logs, by name.
    pub contents: serde_json::Map<String, serde_json::Value>,
    /// Those of metrics, traces and measurements, by name.
    pub measured: serde_json::Map<String, serde_json::Value>,
    /// The statistics behind them.
    pub figures: Option<Figures>,
    /// Length of a step of every `over_time`: an hour, or a minute of a short load.
    pub step: Duration,
    /// Requests in each step, over all components, from `from` on.
    pub over_time: Vec<f64>,
    /// When the first step begins, in words: `2026-10-20 00:00 UTC`; empty if it is no real time.
    pub from: String,
    /// One a component.
    pub components: Vec<ComponentTraffic>,
}

/// A fact about a load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
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
    /// Mean and most requests under way, if the log says how long they take.
    pub concurrency: Option<(f64, u64)>,
    /// Requests in each step.
    pub over_time: Vec<f64>,
    /// What it rests on; may be empty.
    pub note: String,
}

impl Default for TrafficSummary {
    fn default() -> Self {
        Self {
            title: String::new(),
            lines: Vec::new(),
            files: Vec::new(),
            contents: serde_json::Map::new(),
            measured: serde_json::Map::new(),
            figures: None,
            step: HOUR,
            over_time: Vec::new(),
            from: String::new(),
            components: Vec::new(),
        }
    }
}

/// For a terminal of `width` columns; ends with a line break.
pub fn terminal(summary: &TrafficSummary, width: usize, style: Style) -> String {
    let width = width.clamp(40, 120);
    let mut parts = Vec::new();
    parts.push(style.folded(&summary.title, width, 0, Tone::Strong));
    if let Some(sentence) = sentence(summary) {
        parts.push(style.folded(&sentence, width, 0, Tone::Plain));
    }
    parts.push(lines(summary).folding().terminal(width, 2, style));
    if let Some(figures) = summary.figures.as_ref().filter(|f| !f.scales.is_empty()) {
        parts.push(bursts(figures).folding().terminal(width, 0, style));
    }
    parts.extend(plots(summary, width).into_iter().map(|plot| plot.join("\n") + "\n"));
    if let Some(ahead) = summary.figures.as_ref().and_then(ahead) {
        let table = ahead.folding().terminal(width, 2, style);
        let title = "ahead (extrapolated; one in ten is below, one above)";
        parts.push(style.folded(title, width, 0, Tone::Plain) + &table);
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
    if let Some(sentence) = sentence(summary) {
        doc.paragraph(&sentence);
    }
    doc.raw(&lines(summary).markdown());
    if let Some(figures) = summary.figures.as_ref().filter(|f| !f.scales.is_empty()) {
        doc.table("Bursts", &bursts(figures));
    }
    for plot in plots(summary, 90) {
        doc.raw(&format!("```text\n{}\n```", plot.join("\n")));
    }
    if let Some(ahead) = summary.figures.as_ref().and_then(ahead) {
        doc.table("Ahead (extrapolated)", &ahead);
    }
    doc.table("By component", &components(summary));
    doc.text
}

/// Over time, over the day, over the week: each as far as the load shows it, and none wider than `width`.
fn plots(summary: &TrafficSummary, width: usize) -> Vec<Vec<String>> {
    let mut plots = Vec::new();
    if summary.over_time.len() > 1 && summary.over_time.iter().any(|v| *v > 0.0) {
        plots.push(plot_lines(summary, width));
    }
    let figures = summary.figures.as_ref();
    plots.extend(figures.and_then(|f| sections::day(f, width)));
    plots.extend(figures.and_then(sections::heat));
    plots.retain(|plot| plot.iter().all(|line| text::width(line) <= width));
    plots
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
        ("at once", Align::Right),
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
            c.concurrency.map_or(NOTHING.to_owned(), |(_, most)| words::grouped(most)).into(),
            plot::spark(&c.over_time, SPARK_WIDTH).into(),
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

/// What a step of the plot is called.
pub(crate) fn step_name(summary: &TrafficSummary) -> &'static str {
    match summary.step {
        step if step < HOUR => "requests a minute",
        step if step > HOUR => "requests a day",
        _ => "requests an hour",
    }
}

/// The plot with its title and its time axis.
fn plot_lines(summary: &TrafficSummary, width: usize) -> Vec<String> {
    let mut out = vec![step_name(summary).to_owned()];
    let plot = plot::over_time(&summary.over_time, width, PLOT_HEIGHT);
    let drawn = plot.iter().map(|l| text::width(l)).max().unwrap_or(0);
    out.extend(plot);
    let hours = summary.over_time.len() as f64 * summary.step.secs_f64() / 3600.0;
    let end = match hours {
        h if h > 48.0 => format!("{} days", (h / 24.0).round()),
        h if h < 3.0 => format!("{} min", (h * 60.0).round()),
        h => format!("{} h", h.round()),
    };
    let start = if summary.from.is_empty() { "start" } else { &summary.from };
    let start = text::clean(start);
    let room = drawn.saturating_sub(text::width(&start) + text::width(&end)).max(2);
    // A plot of a few columns is narrower than its axis.
    let room = room.min(width.saturating_sub(text::width(&start) + text::width(&end)));
    out.push(format!("{start}{}{end}", text::spaces(room)));
    out
}

#[cfg(test)]
mod tests;
