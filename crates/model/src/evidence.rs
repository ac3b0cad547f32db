//! What the simulations showed, in a form that can be drawn.

use units::{Duration, Histogram, Money};

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
}
