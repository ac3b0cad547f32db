//! Pods and metric samples as the autoscaler sees them, and which of them it trusts.

use units::{Duration, Instant};

/// Where a pod is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Not scheduled yet, or its image is still being pulled.
    Pending,
    /// Its containers run.
    Running,
    /// It ended in failure.
    Failed,
}

/// The pod's Ready condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Readiness {
    /// Whether it is ready.
    pub ready: bool,
    /// Since when it is (or is not).
    pub since: Instant,
}

/// One metric sample of one pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// The value: millicores of CPU, or thousandths of any other metric.
    pub value: i64,
    /// When it was taken.
    pub at: Instant,
    /// The span of time that it averages.
    pub window: Duration,
}

/// A pod of the scaled workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pod {
    /// Where it is in its life.
    pub phase: Phase,
    /// Whether it is being deleted.
    pub deleting: bool,
    /// When the kubelet accepted it; `None` before.
    pub started: Option<Instant>,
    /// Its Ready condition; `None` if it has none yet.
    pub readiness: Option<Readiness>,
    /// What it asks for of the scaled resource, summed over the containers that count, in thousandths.
    pub request: i64,
    /// Its metric sample, if there is one.
    pub sample: Option<Sample>,
}

impl Pod {
    pub(super) fn is_ready(&self) -> bool {
        self.phase == Phase::Running && self.readiness.is_some_and(|r| r.ready)
    }
}

/// What the controller manager is configured with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Time between two passes.
    pub sync: Duration,
    /// How long after its start a pod's CPU samples are looked at twice.
    pub cpu_initialization: Duration,
    /// How long after its start a change to unready still counts as never having been ready.
    pub initial_readiness: Duration,
    /// Window of the scale-down stabilisation where the object does not set its own.
    pub downscale_stabilization: Duration,
}

impl Default for Settings {
    /// The defaults of kube-controller-manager.
    fn default() -> Self {
        Self {
            sync: Duration::from_secs(15),
            cpu_initialization: Duration::from_secs(300),
            initial_readiness: Duration::from_secs(30),
            downscale_stabilization: Duration::from_secs(300),
        }
    }
}

/// How far the usage may be from its target before anything happens, as a ratio in each direction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerance {
    /// Upwards.
    pub up_ratio: f64,
    /// Downwards.
    pub down_ratio: f64,
}

impl Default for Tolerance {
    fn default() -> Self {
        Self { up_ratio: 0.1, down_ratio: 0.1 }
    }
}

impl Tolerance {
    pub(super) fn holds(self, usage_ratio: f64) -> bool {
        (1.0 - self.down_ratio) <= usage_ratio && usage_ratio <= (1.0 + self.up_ratio)
    }
}

/// What the calculator does with one pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    /// Counts with its sample.
    Sampled(i64),
    /// Should have a sample and has none.
    Missing,
    /// Pending, or too young for its sample to mean anything.
    Unready,
    /// Failed or going: does not count at all.
    Ignored,
}

/// Sorts one pod. `cpu` is set where the metric is CPU, which start-up work distorts.
pub(super) fn trust(pod: &Pod, cpu: bool, settings: &Settings, now: Instant) -> Trust {
    if pod.deleting || pod.phase == Phase::Failed {
        return Trust::Ignored;
    }
    if pod.phase == Phase::Pending {
        return Trust::Unready;
    }
    let Some(sample) = pod.sample else { return Trust::Missing };
    if cpu && is_warming_up(pod, sample, settings, now) {
        return Trust::Unready;
    }
    Trust::Sampled(sample.value)
}

fn is_warming_up(pod: &Pod, sample: Sample, settings: &Settings, now: Instant) -> bool {
    let (Some(readiness), Some(started)) = (pod.readiness, pod.started) else { return true };
    if started + settings.cpu_initialization > now {
        // Young: the sample counts once a whole window of it was taken in the ready state.
        !readiness.ready || sample.at < readiness.since + sample.window
    } else {
        // Old enough: only a pod that was never ready is left out.
        !readiness.ready && started + settings.initial_readiness > readiness.since
    }
}
