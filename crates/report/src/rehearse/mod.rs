//! The dry run of an autoscaler, for `crossover rehearse`: one configuration, or two on the same requests.

mod json;
pub(crate) mod parts;
#[cfg(test)]
mod tests;

use units::{Duration, Instant, Millicores, Money};

use crate::style::{Style, Tone, Verbosity};

pub use json::json;

/// What is to be said about a rehearsal.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rehearsal {
    /// The component.
    pub component: String,
    /// What was played: `one day of 30.4, 40/s day-night`.
    pub covers: String,
    /// Where in the cycle it begins.
    pub start: Instant,
    /// One run, or two to be held against each other.
    pub runs: Vec<Run>,
}

/// One configuration.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Run {
    /// What tells it from the other: `min=5`; empty if there is no other.
    pub name: String,
    /// Each setting with its value.
    pub settings: Vec<(String, String)>,
    /// From a decision to a pod that takes requests, on a node that is there.
    pub pod_start: Duration,
    /// What a new node adds to that.
    pub node_start: Duration,
    /// Minute by minute; the same minutes in each run.
    pub minutes: Vec<Minute>,
    /// Each change of the replicas asked for.
    pub asked: Vec<(Instant, u32)>,
    /// The jumps of the load; the same ones in each run.
    pub bursts: Vec<Burst>,
    /// All of it.
    pub totals: Totals,
    /// What the vertical pod autoscaler would ask for; `None` if it saw no pod.
    pub vpa: Option<Vpa>,
}

/// CPU that the vertical pod autoscaler would have a pod ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Vpa {
    /// What it would ask for.
    pub target: Millicores,
    /// Less than this would be too little.
    pub lower: Millicores,
    /// More than this would be waste.
    pub upper: Millicores,
    /// What the pod asks for now.
    pub request: Millicores,
}

/// A minute.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Minute {
    /// Requests that came.
    pub requests: u64,
    /// Answered.
    pub served: u64,
    /// Turned away.
    pub rejected: u64,
    /// Lost with a pod that was killed.
    pub killed: u64,
    /// Came while no pod was ready.
    pub cold: u64,
    /// Replicas asked for, at its end.
    pub wanted: u32,
    /// Replicas ready, at its end.
    pub ready: u32,
    /// Nodes, at its end.
    pub nodes: u32,
    /// Most pods that did not run yet.
    pub pending: u32,
    /// Most requests that waited for a place in a pod.
    pub waiting: u64,
    /// 99th percentile of the time to answer.
    pub p99: Option<Duration>,
    /// Cost so far.
    pub cost: Money,
}

/// A jump of the load.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Burst {
    /// When it began, from the start of the rehearsal.
    pub start: Instant,
    /// How long it lasted; `None` if it stayed.
    pub lasts: Option<Duration>,
    /// Requests a second before.
    pub before_hertz: f64,
    /// Requests a second in its busiest minute.
    pub peak_hertz: f64,
    /// Until more replicas were asked for.
    pub asked: Option<Duration>,
    /// Until the ready pods could do the work; zero if they always could, `None` if not in time.
    pub caught_up: Option<Duration>,
    /// Replicas ready at its beginning.
    pub ready_before: u32,
    /// Most replicas ready.
    pub ready_most: u32,
    /// Most requests that waited.
    pub waiting: u64,
    /// The worst minute's 99th percentile.
    pub p99: Option<Duration>,
    /// Turned away.
    pub rejected: u64,
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Totals {
    /// Requests that came.
    pub requests: u64,
    /// Answered.
    pub served: u64,
    /// Turned away.
    pub rejected: u64,
    /// Lost with a pod that was killed.
    pub killed: u64,
    /// Spot nodes that the provider took.
    pub interrupted: u32,
    /// Not answered yet at the end.
    pub in_flight: u64,
    /// Came while no pod was ready.
    pub cold: u64,
    /// Median time to answer.
    pub p50: Option<Duration>,
    /// 99th percentile.
    pub p99: Option<Duration>,
    /// Time in which full pods could not do the work that came.
    pub short: Duration,
    /// Pod time in hours.
    pub pod_hours: f64,
    /// Node time in hours.
    pub node_hours: f64,
    /// Nodes and control plane, for the time that was played.
    pub cost: Money,
    /// The same for a month, if a whole cycle was played.
    pub month: Option<Money>,
}

/// For a pull request: the answer, the totals and the bursts.
pub fn markdown(rehearsal: &Rehearsal) -> String {
    let bursts = parts::bursts(rehearsal, Verbosity::Normal);
    let mut out = format!(
        "### Rehearsal of {}: {}\n\n{}\n\n{}",
        crate::table::escape_markdown(&rehearsal.component),
        crate::table::escape_markdown(&rehearsal.covers),
        crate::table::escape_markdown(&parts::sentence(rehearsal)),
        parts::totals(rehearsal).markdown()
    );
    if !bursts.table().rows.is_empty() {
        out.push_str("\n#### Bursts\n\n");
        out.push_str(&bursts.table().markdown());
    }
    out
}

/// For a terminal of `width` columns; ends with a line break. Verbose gives every minute and every burst.
pub fn terminal(rehearsal: &Rehearsal, width: usize, style: Style) -> String {
    let width = width.clamp(40, 120);
    let title = format!("{}: {}", rehearsal.component, rehearsal.covers);
    let mut out = vec![style.folded(&title, width, 0, Tone::Strong)];
    if style.verbosity > Verbosity::Quiet {
        for run in &rehearsal.runs {
            out.push(parts::settings(run, width, style));
        }
        out.push(parts::plots(rehearsal, width, style));
        out.push(parts::bursts(rehearsal, style.verbosity).section("bursts", width, style));
        let timeline = parts::timeline(rehearsal, style.verbosity);
        out.push(timeline.section("over time", width, style));
    }
    out.push(
        parts::counts(rehearsal).terminal(width, 0, style)
            + &parts::vertical(rehearsal, width, style),
    );
    out.push(parts::verdict(rehearsal, width, style));
    out.retain(|part| !part.trim().is_empty());
    style.finish(out.join("\n"))
}
