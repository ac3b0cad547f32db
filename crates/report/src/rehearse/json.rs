//! The rehearsal for programs.

use serde::Serialize;
use units::{Duration, Instant};

use super::{Burst, Minute, Rehearsal, Run};
use crate::json;

/// As JSON: `"schema": "crossover.rehearse/v1"`; ends with a line break.
pub fn json(rehearsal: &Rehearsal) -> String {
    json::pretty(&Json {
        schema: "crossover.rehearse/v1",
        component: &rehearsal.component,
        covers: &rehearsal.covers,
        start_in_cycle_s: rehearsal.start.secs_f64(),
        runs: rehearsal.runs.iter().map(run).collect(),
    })
}

#[derive(Serialize)]
struct Json<'a> {
    schema: &'static str,
    component: &'a str,
    covers: &'a str,
    start_in_cycle_s: f64,
    runs: Vec<RunJson<'a>>,
}

#[derive(Serialize)]
struct RunJson<'a> {
    name: &'a str,
    settings: Vec<Setting<'a>>,
    pod_start_s: f64,
    node_start_s: f64,
    totals: TotalsJson,
    vpa: Option<VpaJson>,
    bursts: Vec<BurstJson>,
    replicas_asked: Vec<Asked>,
    minutes: Vec<MinuteJson>,
}

#[derive(Serialize)]
struct Setting<'a> {
    name: &'a str,
    value: &'a str,
}

#[derive(Serialize)]
struct Asked {
    at_s: f64,
    replicas: u32,
}

#[derive(Serialize)]
struct TotalsJson {
    requests: u64,
    served: u64,
    rejected: u64,
    killed: u64,
    spot_nodes_taken: u32,
    in_flight_at_end: u64,
    cold: u64,
    p50_ms: Option<f64>,
    p99_ms: Option<f64>,
    short_of_capacity_s: f64,
    pod_hours: f64,
    node_hours: f64,
    cost_usd: String,
    cost_month_usd: Option<String>,
}

#[expect(clippy::struct_field_names, reason = "the unit stands last in every name")]
#[derive(Serialize)]
struct VpaJson {
    target_millicores: u64,
    lower_millicores: u64,
    upper_millicores: u64,
    request_millicores: u64,
}

#[derive(Serialize)]
struct BurstJson {
    at_s: f64,
    lasts_s: Option<f64>,
    before_per_second: f64,
    peak_per_second: f64,
    asked_after_s: Option<f64>,
    caught_up_after_s: Option<f64>,
    ready_before: u32,
    ready_most: u32,
    waiting_most: u64,
    p99_worst_ms: Option<f64>,
    rejected: u64,
}

#[derive(Serialize)]
struct MinuteJson {
    minute: usize,
    requests: u64,
    served: u64,
    rejected: u64,
    killed: u64,
    cold: u64,
    wanted: u32,
    ready: u32,
    nodes: u32,
    pending_most: u32,
    waiting_most: u64,
    p99_ms: Option<f64>,
    cost_usd: String,
}

fn run(run: &Run) -> RunJson<'_> {
    let settings = run.settings.iter().map(|(name, value)| Setting { name, value });
    let asked =
        |(at, replicas): &(Instant, u32)| Asked { at_s: at.secs_f64(), replicas: *replicas };
    let totals = &run.totals;
    RunJson {
        name: &run.name,
        settings: settings.collect(),
        pod_start_s: run.pod_start.secs_f64(),
        node_start_s: run.node_start.secs_f64(),
        totals: TotalsJson {
            requests: totals.requests,
            served: totals.served,
            rejected: totals.rejected,
            killed: totals.killed,
            spot_nodes_taken: totals.interrupted,
            in_flight_at_end: totals.in_flight,
            cold: totals.cold,
            p50_ms: totals.p50.map(Duration::millis_f64),
            p99_ms: totals.p99.map(Duration::millis_f64),
            short_of_capacity_s: totals.short.secs_f64(),
            pod_hours: totals.pod_hours,
            node_hours: totals.node_hours,
            cost_usd: totals.cost.to_decimal(),
            cost_month_usd: totals.month.map(units::Money::to_decimal),
        },
        vpa: run.vpa.map(|vpa| VpaJson {
            target_millicores: vpa.target.get(),
            lower_millicores: vpa.lower.get(),
            upper_millicores: vpa.upper.get(),
            request_millicores: vpa.request.get(),
        }),
        bursts: run.bursts.iter().map(burst).collect(),
        replicas_asked: run.asked.iter().map(asked).collect(),
        minutes: run.minutes.iter().enumerate().map(minute).collect(),
    }
}

fn burst(burst: &Burst) -> BurstJson {
    BurstJson {
        at_s: burst.start.secs_f64(),
        lasts_s: burst.lasts.map(Duration::secs_f64),
        before_per_second: burst.before_hertz,
        peak_per_second: burst.peak_hertz,
        asked_after_s: burst.asked.map(Duration::secs_f64),
        caught_up_after_s: burst.caught_up.map(Duration::secs_f64),
        ready_before: burst.ready_before,
        ready_most: burst.ready_most,
        waiting_most: burst.waiting,
        p99_worst_ms: burst.p99.map(Duration::millis_f64),
        rejected: burst.rejected,
    }
}

fn minute((at, minute): (usize, &Minute)) -> MinuteJson {
    MinuteJson {
        minute: at,
        requests: minute.requests,
        served: minute.served,
        rejected: minute.rejected,
        killed: minute.killed,
        cold: minute.cold,
        wanted: minute.wanted,
        ready: minute.ready,
        nodes: minute.nodes,
        pending_most: minute.pending,
        waiting_most: minute.waiting,
        p99_ms: minute.p99.map(Duration::millis_f64),
        cost_usd: minute.cost.to_decimal(),
    }
}
