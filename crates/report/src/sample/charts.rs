//! What the charts of the sample draw: smooth curves, so that a wrong axis shows at once.

use model::{
    Charts, CostCurve, DaySeries, LatencyCurve, SloLine, Verdict, WhatIf, WhatIfPoint, WhatIfWay,
};
use units::{Duration, Money};

/// Steps of a decade in the cost curves.
const PER_DECADE: i32 = 8;

/// Curves for three components and four ways to place them.
pub(super) fn charts() -> Charts {
    let limit = |component: &str, ms| SloLine {
        component: component.to_owned(),
        share: 0.99,
        limit: Duration::from_millis(ms),
    };
    Charts {
        cost: vec![
            cost("hybrid", 76.8, 36.3, f64::MAX),
            cost("all Lambda", 63.0, 62.0, 0.4),
            cost("all Kubernetes", 229.0, 3.4, f64::MAX),
            cost("servers only", 130.0, 11.0, 300.0),
        ],
        latency: vec![
            latency("api", "aws/lambda · 512 MB arm, HTTP API", 300.0, 0.16, 0.0013),
            latency("api", "kubernetes/eks · 2 pods of 500m, 512 MB", 304.0, 0.12, 0.0),
            latency("api", "aws/fargate · 0.5 vCPU, 1 GB", 305.0, 0.13, 0.0),
            latency("chat", "servers/ec2 · t4g.small, direct DNS", 21.0, 0.08, 0.0),
            latency("thumb", "aws/lambda · 1769 MB arm, SQS", 940.0, 0.09, 0.02),
            latency("thumb", "aws/fargate · 1 vCPU, 2 GB, 0 to 9 tasks", 930.0, 0.35, 0.0),
        ],
        day: vec![
            day("api", "aws/lambda · 512 MB arm, HTTP API", 40_000.0, 3, 40.0),
            day("chat", "servers/ec2 · t4g.small, direct DNS", 16_000.0, 0, f64::MAX),
            day("thumb", "aws/lambda · 1769 MB arm, SQS", 5_000.0, 7, 60.0),
        ],
        slo: vec![limit("api", 800), limit("thumb", 2000)],
        what_if: Some(what_if()),
    }
}

/// Points of straight lines: twice the load moves the answer to Kubernetes.
fn what_if() -> WhatIf {
    let way = |name: &str, hours| WhatIfWay { name: name.to_owned(), hours: Some(hours) };
    let point = |load: f64, work: f64, memory: f64| {
        let line = |fixed: f64, each: f64| {
            let cents = (fixed + each * load * work * memory.sqrt()) * 100.0;
            Some(Money::from_cents(cents.round() as i64))
        };
        let moved = load > 3.0;
        let costs = vec![line(76.8, 36.33), None, line(229.0, 3.4), line(130.0, 11.0)];
        WhatIfPoint {
            load,
            work,
            memory,
            verdict: Some(if moved { Verdict::Servers } else { Verdict::Hybrid }),
            best: costs[if moved { 3 } else { 0 }],
            hours: Some(if moved { 8.0 } else { 5.0 }),
            moves: if moved { vec!["api to servers".to_owned()] } else { Vec::new() },
            costs,
        }
    };
    let loads = [0.5, 1.0, 2.0, 4.0];
    let turns = [(1.0, 1.0), (2.0, 1.0), (1.0, 2.0)];
    let names = [("hybrid", 5.0), ("all Lambda", 2.0), ("all Kubernetes", 20.0)];
    let mut ways: Vec<WhatIfWay> = names.map(|(name, hours)| way(name, hours)).to_vec();
    ways.push(way("servers only", 8.0));
    WhatIf {
        ways,
        hourly: Some(Money::from_cents(6_000)),
        points: turns
            .iter()
            .flat_map(|&(work, memory)| loads.map(|load| point(load, work, memory)))
            .collect(),
    }
}

fn cost(name: &str, fixed_usd: f64, linear_usd: f64, factor_most: f64) -> CostCurve {
    let points = (-2 * PER_DECADE..=2 * PER_DECADE)
        .map(|step| 10_f64.powf(f64::from(step) / f64::from(PER_DECADE)))
        .filter(|factor| *factor <= factor_most)
        .map(|factor| {
            let cents = (fixed_usd + linear_usd * factor.powf(0.98)) * 100.0;
            (factor, Money::from_cents(cents.round() as i64))
        })
        .collect();
    CostCurve { name: name.to_owned(), points }
}

/// A logistic curve in the logarithm of time; cold requests take a second more.
fn latency(component: &str, name: &str, median_ms: f64, spread: f64, cold: f64) -> LatencyCurve {
    let mut points = Vec::new();
    for step in 0..120 {
        let ms = median_ms * 0.5 * 1.035_f64.powi(step);
        let warm = 1.0 / (1.0 + (-(ms / median_ms).ln() / (spread * 0.55)).exp());
        let late = 1.0 / (1.0 + (-(ms / (median_ms + 900.0)).ln() / 0.06).exp());
        let share = (1.0 - cold) * warm + cold * late;
        points.push((Duration::from_micros((ms * 1000.0) as u64), share.min(1.0)));
    }
    points.push((Duration::from_micros((median_ms * 40_000.0) as u64), 1.0));
    LatencyCurve { component: component.to_owned(), name: name.to_owned(), points }
}

fn day(component: &str, name: &str, total: f64, cold_every: usize, per_instance: f64) -> DaySeries {
    let mut series = DaySeries {
        component: component.to_owned(),
        name: name.to_owned(),
        step: Duration::from_secs(900),
        requests: Vec::new(),
        instances: Vec::new(),
        cold_starts: Vec::new(),
    };
    for step in 0..96_usize {
        let hour = step as f64 / 4.0;
        let wave = 1.0 - (hour * std::f64::consts::TAU / 24.0 - 0.6).cos();
        let peak = if (48..52).contains(&step) { 2.5 } else { 0.0 };
        let ripple = ((step * 37 % 11) as f64 - 5.0) * 0.03;
        let requests = (total / 96.0 * (wave + peak + ripple).max(0.0)).round();
        series.requests.push(requests as u64);
        series.instances.push((requests / per_instance).ceil().max(1.0) as u32);
        let cold = cold_every > 0 && step % cold_every == 0;
        series.cold_starts.push(if cold { (requests / 300.0).ceil() as u64 } else { 0 });
    }
    series
}
