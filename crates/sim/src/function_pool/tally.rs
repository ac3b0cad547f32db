//! What a pool used, as integers.

use units::{Duration, Histogram, Instant};

use super::reuse::Lives;

/// What one pool did. `arrivals` is `served()` plus the three rejections plus `in_flight`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PoolUsage {
    /// Requests that came.
    pub arrivals: u64,
    /// Requests that found an idle environment.
    pub warm: u64,
    /// Requests that started one.
    pub cold: u64,
    /// Requests that ran on a provisioned one.
    pub provisioned: u64,
    /// Requests turned away because as many ran as may run.
    pub rejected_concurrency: u64,
    /// Requests turned away because environments are not added that fast.
    pub rejected_ramp: u64,
    /// Requests turned away because more came a second than may come.
    pub rejected_rate: u64,
    /// Requests still running at the end.
    pub in_flight: u64,
    /// Billed run time in billing steps, provisioned environments apart.
    pub billed_run: u64,
    /// Billed initialisation in billing steps.
    pub billed_init: u64,
    /// Billed run time on provisioned environments in billing steps.
    pub billed_provisioned_run: u64,
    /// Time that environments were placed, initialised or running, in nanoseconds.
    pub busy_nanos: u128,
    /// Time that environments (not the provisioned ones) were idle, in nanoseconds.
    pub idle_nanos: u128,
    /// Time that provisioned environments were configured, in nanoseconds.
    pub provisioned_nanos: u128,
    /// Environments that were started ahead of requests.
    pub warmed: u64,
    /// Lives that ended; known only where environments are tracked.
    pub lives: Option<Lives>,
    /// Most requests at once.
    pub peak_concurrency: u64,
    /// Most environments at once, provisioned ones apart.
    pub peak_environments: u64,
    /// Time from arrival to answer of every request that was not turned away.
    pub latency: Histogram,
    /// The run over time, if it was asked for.
    pub timeline: Option<PoolTimeline>,
}

impl PoolUsage {
    /// Requests that were not turned away.
    pub const fn admitted(&self) -> u64 {
        self.warm + self.cold + self.provisioned
    }
    /// Requests answered by the end.
    pub const fn served(&self) -> u64 {
        self.admitted().saturating_sub(self.in_flight)
    }
    /// Requests turned away.
    pub const fn rejected(&self) -> u64 {
        self.rejected_concurrency + self.rejected_ramp + self.rejected_rate
    }
    /// Adds what another pool used. Peaks add up too, as if both came at once; timelines are dropped.
    pub fn merge(&mut self, other: &Self) {
        self.arrivals += other.arrivals;
        self.warm += other.warm;
        self.cold += other.cold;
        self.provisioned += other.provisioned;
        self.rejected_concurrency += other.rejected_concurrency;
        self.rejected_ramp += other.rejected_ramp;
        self.rejected_rate += other.rejected_rate;
        self.in_flight += other.in_flight;
        self.billed_run += other.billed_run;
        self.billed_init += other.billed_init;
        self.billed_provisioned_run += other.billed_provisioned_run;
        self.busy_nanos += other.busy_nanos;
        self.idle_nanos += other.idle_nanos;
        self.provisioned_nanos += other.provisioned_nanos;
        self.warmed += other.warmed;
        self.lives = self
            .lives
            .zip(other.lives)
            .map(|(one, two)| Lives { ended: one.ended + two.ended, nanos: one.nanos + two.nanos });
        self.peak_concurrency += other.peak_concurrency;
        self.peak_environments += other.peak_environments;
        self.latency.merge(&other.latency);
        self.timeline = None;
    }
}

/// A timeline ends after so many steps, however long the run.
const STEPS_MAX: usize = 1_000_000;

/// A run in equal steps, a million at most.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PoolTimeline {
    /// Length of a step.
    pub step: Duration,
    /// Requests that arrived in each step.
    pub requests: Vec<u64>,
    /// Environments there at the end of each step.
    pub environments: Vec<u32>,
    /// Cold starts in each step.
    pub cold_starts: Vec<u64>,
}

/// A timeline in the making.
#[derive(Debug, Clone)]
pub(super) struct Steps {
    step: Option<Duration>,
    end: u64,
    arrivals_before: u64,
    cold: u64,
    timeline: PoolTimeline,
}

impl Steps {
    pub(super) fn new(step: Option<Duration>) -> Self {
        Self::starting(step, Instant::START)
    }

    pub(super) fn starting(step: Option<Duration>, at: Instant) -> Self {
        let end = step.map_or(u64::MAX, |step| at.nanos() + step.nanos().max(1));
        let timeline = PoolTimeline { step: step.unwrap_or_default(), ..PoolTimeline::default() };
        Self { step, end, arrivals_before: 0, cold: 0, timeline }
    }

    pub(super) const fn first_end(&self) -> u64 {
        self.end
    }

    pub(super) const fn wanted(&self) -> bool {
        self.step.is_some()
    }

    pub(super) const fn cold(&mut self) {
        self.cold += 1;
    }

    /// Closes the current step and gives the end of the next one.
    pub(super) fn close(&mut self, arrivals: u64, environments: u64) -> u64 {
        self.timeline.requests.push(arrivals - self.arrivals_before);
        self.timeline.environments.push(u32::try_from(environments).unwrap_or(u32::MAX));
        self.timeline.cold_starts.push(self.cold);
        (self.arrivals_before, self.cold) = (arrivals, 0);
        self.end = self.end.saturating_add(self.timeline.step.nanos().max(1));
        if self.timeline.requests.len() == STEPS_MAX {
            self.end = u64::MAX;
        }
        self.end
    }

    pub(super) fn into_timeline(self) -> Option<PoolTimeline> {
        self.step.map(|_| self.timeline)
    }
}
