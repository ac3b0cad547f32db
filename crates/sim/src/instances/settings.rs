//! What a service of instances is told before it runs.

use units::{Duration, Millicores};

use crate::function_pool::KeepAlive;

/// Instances at once, whatever was asked for.
pub const INSTANCES_MAX: u32 = 100_000;
/// Looks of an autoscaler in a run. Where the horizon holds more of them, they lie further apart.
pub const TICKS_MAX: u64 = 20_000_000;
/// Steps of a timeline. Where the horizon holds more of them, they are longer.
pub const STEPS_MAX: u64 = 1_000_000;

/// How a service is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// CPU of one instance; at least a thousandth of a vCPU.
    pub capacity: Millicores,
    /// CPU of an instance while it starts: more than `capacity` where there is a start-up boost.
    pub start_capacity: Millicores,
    /// Requests that one instance serves at once; at least 1.
    pub concurrency: u32,
    /// Who gets the next request.
    pub packing: Packing,
    /// Requests that may wait in front of all instances. With none, nothing ever waits for an instance to
    /// start: a service of no instances then turns everything away.
    pub queue: u32,
    /// How long a request may wait there; later it is turned away.
    pub queue_timeout: Duration,
    /// Instances that are always there, from the start of the run until the scaler says otherwise.
    pub min: u32,
    /// Instances at most ([`INSTANCES_MAX`] holds besides); those that shut down no longer count.
    pub max: u32,
    /// How long an instance without requests stays, where it is not needed.
    pub keep_idle: KeepAlive,
    /// How long an instance takes to shut down once it has nothing to do.
    pub shutdown: Duration,
    /// Spans are billed in multiples of this; above zero.
    pub billing_step: Duration,
    /// An active span is billed as at least this long.
    pub active_min: Duration,
    /// How often the autoscaler looks; `None` is never.
    pub interval: Option<Duration>,
    /// Length of a step of the timeline; `None` is no timeline.
    pub timeline: Option<Duration>,
}

impl Settings {
    /// One request at a time on one vCPU, an instance whenever none is free and for as long as nothing was to
    /// do for `keep_idle`, no autoscaler, no timeline, billing in steps of 100 ms.
    pub const fn new(keep_idle: KeepAlive) -> Self {
        Self {
            capacity: Millicores::new(1000),
            start_capacity: Millicores::new(1000),
            concurrency: 1,
            packing: Packing::Busiest,
            queue: u32::MAX,
            queue_timeout: Duration::from_secs(10),
            min: 0,
            max: INSTANCES_MAX,
            keep_idle,
            shutdown: Duration::ZERO,
            billing_step: Duration::from_millis(100),
            active_min: Duration::ZERO,
            interval: None,
            timeline: None,
        }
    }
}

/// Which of the instances with room gets the next request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// The one with the most requests; among equals the one used last. The others fall idle and go.
    Busiest,
    /// The one with the fewest requests; among equals the one used last.
    LeastLoaded,
}

/// What stands between the decision to start an instance and its first request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Start {
    /// Finding a place and fetching the image: nobody is billed for it.
    pub placement: Duration,
    /// CPU time of the initialisation on one vCPU. It takes less time where the instance may use more than one
    /// while it starts: leave that in `wait` which cannot be spread.
    pub cpu: Duration,
    /// The part of the initialisation that CPU does not shorten.
    pub wait: Duration,
    /// CPU time that the first request takes longer than later ones.
    pub first_call: Duration,
}

impl Start {
    /// Initialisation with `capacity` CPU.
    pub(super) fn init(&self, capacity: Millicores) -> Duration {
        let cpu = u128::from(self.cpu.nanos()) * 1000 / u128::from(capacity.get().max(1));
        self.wait + Duration::from_nanos(u64::try_from(cpu).unwrap_or(u64::MAX))
    }
}
