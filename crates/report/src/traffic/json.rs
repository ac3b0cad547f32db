//! A load as JSON, and the schema of it.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use units::Duration;

use super::{Figures, FileRead, TrafficLine, TrafficSummary};
use crate::json::pretty;

/// Name and version of the format.
pub const TRAFFIC_SCHEMA: &str = "crossover.traffic/v1";

/// What a log, a trace or a shape says about a load.
#[derive(Debug, Serialize, JsonSchema)]
struct Json<'a> {
    /// Always "crossover.traffic/v1".
    #[schemars(regex(pattern = r"^crossover\.traffic/v1$"))]
    schema: &'static str,
    /// What it rests on.
    title: &'a str,
    /// The files that were read.
    files: &'a [FileRead],
    /// What a person reads, line by line.
    facts: &'a [TrafficLine],
    /// The statistics; null if there is no request.
    statistics: Option<&'a Figures>,
    /// What a log holds besides, by name: `status`, `methods`, `clients`, `paths`, `static_share`, `response_bytes`.
    contents: &'a serde_json::Map<String, serde_json::Value>,
    /// What metrics, traces and measurements say, by name; `docs/guide/traffic.md` lists them.
    measured: &'a serde_json::Map<String, serde_json::Value>,
    /// When the first step begins; empty if it is no real time.
    from: &'a str,
    /// Seconds of a step of `requests_over_time`.
    step_s: f64,
    /// Requests in each step.
    requests_over_time: &'a [f64],
    /// Requests in each hour; in each step if steps are longer.
    requests_per_hour: Vec<f64>,
    /// One a component.
    components: Vec<Route<'a>>,
}

/// The load of one component.
#[derive(Debug, Serialize, JsonSchema)]
struct Route<'a> {
    /// The component.
    component: &'a str,
    /// Expected requests in a billing month.
    requests_month: f64,
    /// Mean rate.
    mean_per_second: f64,
    /// The busiest minute's rate.
    peak_per_second: f64,
    /// Share of minutes without a request.
    idle_share: f64,
    /// Median time to answer in milliseconds; null if the load does not say.
    p50_ms: Option<f64>,
    /// 99th percentile of it.
    p99_ms: Option<f64>,
    /// Mean requests under way; null if the load does not say.
    concurrency_mean: Option<f64>,
    /// Most requests under way.
    concurrency_peak: Option<u64>,
    /// Requests in each step.
    requests_over_time: &'a [f64],
    /// Requests in each hour; in each step if steps are longer.
    requests_per_hour: Vec<f64>,
    /// What it rests on.
    note: &'a str,
}

/// As JSON: `"schema": "crossover.traffic/v1"`; ends with a line break. A number that is none becomes null.
pub fn json(summary: &TrafficSummary) -> String {
    let per_hour = |values: &[f64]| hourly(values, summary.step);
    let components = summary.components.iter().map(|c| Route {
        component: &c.component,
        requests_month: c.requests_month,
        mean_per_second: c.mean.hertz(),
        peak_per_second: c.peak.hertz(),
        idle_share: c.idle.get(),
        p50_ms: c.p50.map(Duration::millis_f64),
        p99_ms: c.p99.map(Duration::millis_f64),
        concurrency_mean: c.concurrency.map(|(mean, _)| mean),
        concurrency_peak: c.concurrency.map(|(_, peak)| peak),
        requests_over_time: &c.over_time,
        requests_per_hour: per_hour(&c.over_time),
        note: &c.note,
    });
    pretty(&Json {
        schema: TRAFFIC_SCHEMA,
        title: &summary.title,
        files: &summary.files,
        facts: &summary.lines,
        statistics: summary.figures.as_ref(),
        contents: &summary.contents,
        measured: &summary.measured,
        from: &summary.from,
        step_s: summary.step.secs_f64(),
        requests_over_time: &summary.over_time,
        requests_per_hour: per_hour(&summary.over_time),
        components: components.collect(),
    })
}

/// The JSON Schema (draft 2020-12) of [`json`].
pub fn schema() -> String {
    let schema = SchemaSettings::draft2020_12()
        .with(|s| s.contract = schemars::generate::Contract::Serialize)
        .into_generator()
        .into_root_schema_for::<Json<'_>>();
    pretty(&schema)
}

/// Steps of an hour or less, added up to hours.
fn hourly(values: &[f64], step: Duration) -> Vec<f64> {
    let in_hour = (3600.0 / step.secs_f64().max(1.0)).round().max(1.0) as usize;
    values.chunks(in_hour).map(|hour| hour.iter().sum()).collect()
}
