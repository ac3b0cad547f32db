//! What a service of instances used, as integers.

use units::Histogram;

/// What became of everything. `arrivals == served + rejected() + in_flight`, and the five spans of time add up
/// to the time that instances were there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usage {
    /// Requests that came.
    pub arrivals: u64,
    /// Answered by the end.
    pub served: u64,
    /// Turned away because no instance had room and the queue had none either.
    pub rejected_full: u64,
    /// Turned away because they waited too long.
    pub rejected_late: u64,
    /// In an instance or in the queue at the end.
    pub in_flight: u64,
    /// Requests that waited in the queue and were then given to an instance.
    pub waited: u64,
    /// Requests that waited for their instance to start: it became ready after they came.
    pub cold: u64,
    /// Instances started.
    pub starts: u64,
    /// Instances that were shut down.
    pub stops: u64,
    /// Most instances at once, starting ones included, those that shut down not.
    pub peak_instances: u32,
    /// Most requests at once, waiting ones included.
    pub peak_requests: u64,
    /// CPU time that requests used, on one vCPU, in nanoseconds.
    pub cpu_nanos: u128,
    /// Time in which instances were placed, in nanoseconds.
    pub placing_nanos: u128,
    /// Time in which instances initialised, in nanoseconds.
    pub starting_nanos: u128,
    /// Time in which instances had at least one request, in nanoseconds.
    pub active_nanos: u128,
    /// Time in which instances were ready and had none, in nanoseconds.
    pub idle_nanos: u128,
    /// The part of it that was idle only because so many instances must always be there.
    pub idle_min_nanos: u128,
    /// Time in which instances shut down, in nanoseconds.
    pub stopping_nanos: u128,
    /// Initialisation in billing steps, each span rounded up.
    pub billed_starting: u64,
    /// Active time in billing steps, each span rounded up and at least `active_min` long.
    pub billed_active: u64,
    /// Shutting down in billing steps, each span rounded up.
    pub billed_stopping: u64,
    /// Lives of instances in billing steps, from the beginning of their initialisation, each rounded up.
    pub billed_lives: u64,
    /// From arrival to answer, of those that were served.
    pub latency: Histogram,
    /// The run in equal steps, the last cut short where it must be; empty if nobody asked.
    pub timeline: Vec<Step>,
}

impl Usage {
    /// Requests turned away.
    pub const fn rejected(&self) -> u64 {
        self.rejected_full + self.rejected_late
    }

    /// Time in which instances were there, placing included, in nanoseconds.
    pub const fn there_nanos(&self) -> u128 {
        self.placing_nanos
            + self.starting_nanos
            + self.active_nanos
            + self.idle_nanos
            + self.stopping_nanos
    }
}

/// One step of the timeline.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Step {
    /// Requests that arrived in it.
    pub requests: u64,
    /// Requests in it that had waited for their instance to start.
    pub cold: u64,
    /// Requests turned away in it.
    pub rejected: u64,
    /// Instances ready or starting at its end.
    pub instances: u32,
    /// Requests in the queue at its end.
    pub waiting: u32,
}
