//! How a Worker answers: each request takes its CPU time and its waits, and none waits for another.
//!
//! Isolates are started wherever and as often as the load asks, which is Cloudflare's business and not published; CPU
//! time is taken as that of a whole vCPU.

use model::{Kind, Reason};
use units::{Duration, Histogram};

use crate::case::Case;
use crate::container_load::somebody_waits;
use crate::flow;
use crate::platform::{Counts, Evaluation, Obstacle};
use crate::servers::estimate::quantiles;
use crate::servers::load;
use crate::usage::{InstanceUsage, Usage};
use model::InstanceSettings;

/// Weight of the whole histogram; its shape counts, not its size.
const WEIGHT: f64 = 2_000_000.0;

/// Usage and latency without a replay.
pub(super) fn estimate(case: &Case<'_>, settings: &InstanceSettings) -> Evaluation {
    let work = load::work(case.component);
    let mut obstacles = Vec::new();
    if work.is_none() {
        let text = "nobody says how much work a request is, so its CPU time cannot be billed";
        obstacles.push(Obstacle { reason: Reason::plain(text) });
    }
    let mean = work.map_or(Duration::ZERO, |work| work.cpu);
    let requests = case.workload.requests_month();
    let cpu_ms = (requests as f64 * mean.millis_f64()).round() as u128;
    let latency = (work.is_some() && somebody_waits(case.component)).then(|| latency(case));
    Evaluation {
        usage: usage(case, settings, cpu_ms),
        latency,
        cold: None,
        counts: None,
        timeline: None,
        obstacles,
    }
}

/// The same from `case.requests`.
pub(super) fn simulate(case: &Case<'_>, settings: &InstanceSettings) -> Evaluation {
    let guess = estimate(case, settings);
    if case.requests.is_empty()
        || !guess.obstacles.is_empty()
        || case.component.kind == Kind::Static
    {
        return guess;
    }
    let (mut cpu_nanos, mut latency) = (0_u128, Histogram::default());
    for request in case.requests {
        cpu_nanos += u128::from(request.cpu.nanos());
        latency.record(request.cpu + request.wait);
    }
    let cpu_ms = (cpu_nanos as f64 / 1e6 * case.replays_per_month).round() as u128;
    let arrivals = case.requests.len() as u64;
    Evaluation {
        usage: usage(case, settings, cpu_ms),
        latency: somebody_waits(case.component).then_some(latency),
        counts: Some(Counts { arrivals, served: arrivals, rejected: 0, in_flight: 0 }),
        ..guess
    }
}

fn latency(case: &Case<'_>) -> Histogram {
    let mut histogram = Histogram::default();
    if case.component.kind == Kind::Static {
        let taken = load::work(case.component).map_or(Duration::ZERO, |work| work.cpu + work.wait);
        histogram.record_n(taken, 1);
        return histogram;
    }
    for (share, cpu, wait) in quantiles(case) {
        histogram.record_n(cpu + wait, (WEIGHT * share).round() as u64);
    }
    histogram
}

fn usage(case: &Case<'_>, settings: &InstanceSettings, cpu_ms: u128) -> Usage {
    Usage::Instance(InstanceUsage {
        cpu_ms,
        requests: case.workload.requests_month(),
        peak_instances: settings.min,
        flow: flow::of(case),
        ..InstanceUsage::default()
    })
}
