//! What the simulations showed, in a form that can be drawn.

use units::{Duration, Histogram, Money};

use crate::decision::Verdict;

/// The latency percentiles that a table shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LatencySummary {
    /// Median.
    pub p50: Duration,
    /// 95th percentile.
    pub p95: Duration,
    /// 99th percentile.
    pub p99: Duration,
}

impl LatencySummary {
    /// Of a histogram; `None` if it is empty.
    pub fn of(histogram: &Histogram) -> Option<Self> {
        Some(Self {
            p50: histogram.quantile(0.50)?,
            p95: histogram.quantile(0.95)?,
            p99: histogram.quantile(0.99)?,
        })
    }
}

/// Monthly cost of one way to place everything, against a factor of today's traffic.
#[derive(Debug, Clone, PartialEq)]
pub struct CostCurve {
    /// `all Lambda`, `chosen`, …
    pub name: String,
    /// (factor of today's traffic, cost a month), ascending; a gap is where it is not feasible.
    pub points: Vec<(f64, Money)>,
}

/// A latency distribution.
#[derive(Debug, Clone, PartialEq)]
pub struct LatencyCurve {
    /// The component.
    pub component: String,
    /// Where it runs, as `platform · configuration`.
    pub name: String,
    /// (latency, share of requests at or below it), ascending.
    pub points: Vec<(Duration, f64)>,
}

/// One simulated day (or the part that was replayed) of one component, in equal steps.
#[derive(Debug, Clone, PartialEq)]
pub struct DaySeries {
    /// The component.
    pub component: String,
    /// Where it runs.
    pub name: String,
    /// Length of a step.
    pub step: Duration,
    /// Requests that arrived in each step.
    pub requests: Vec<u64>,
    /// Instances (environments, pods, tasks, servers) there at the end of each step.
    pub instances: Vec<u32>,
    /// Cold starts in each step.
    pub cold_starts: Vec<u64>,
}

/// A latency limit that a component declares, drawn as a line across its distribution.
#[derive(Debug, Clone, PartialEq)]
pub struct SloLine {
    /// The component.
    pub component: String,
    /// Share of requests that must be at or below the limit: 0.99 for a p99.
    pub share: f64,
    /// The limit.
    pub limit: Duration,
}

/// Costs if something were otherwise: what the sliders of the HTML report move between. Every cost of a point was computed
/// there.
#[derive(Debug, Clone, PartialEq)]
pub struct WhatIf {
    /// The answer with its platforms kept, then the other ways to place everything.
    pub ways: Vec<WhatIfWay>,
    /// What an hour of the team costs, if one is declared.
    pub hourly: Option<Money>,
    /// The points.
    pub points: Vec<WhatIfPoint>,
}

/// A way to place everything.
#[derive(Debug, Clone, PartialEq)]
pub struct WhatIfWay {
    /// `all Lambda`, `hybrid`, …
    pub name: String,
    /// Hours of work a month, if a team is declared.
    pub hours: Option<f64>,
}

/// What everything costs at factors of today's values.
#[derive(Debug, Clone, PartialEq)]
pub struct WhatIfPoint {
    /// Factor of every load.
    pub load: f64,
    /// Factor of the work of every request, CPU and waiting.
    pub work: f64,
    /// Factor of every component's memory.
    pub memory: f64,
    /// The verdict there; `None` if nothing holds.
    pub verdict: Option<Verdict>,
    /// What the cheapest placement costs a month there.
    pub best: Option<Money>,
    /// Hours of work a month that it takes, if a team is declared.
    pub hours: Option<f64>,
    /// The components that it has elsewhere than the answer: `api to Lambda`.
    pub moves: Vec<String>,
    /// Cost a month of each way; `None` where it does not hold.
    pub costs: Vec<Option<Money>>,
}

/// Everything the HTML report draws.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Charts {
    /// Cost against traffic.
    pub cost: Vec<CostCurve>,
    /// Latency of the chosen placement and its rivals.
    pub latency: Vec<LatencyCurve>,
    /// The day of each chosen component.
    pub day: Vec<DaySeries>,
    /// The declared latency limits.
    pub slo: Vec<SloLine>,
    /// What the sliders move between; `None` if it was not asked for.
    pub what_if: Option<WhatIf>,
}
