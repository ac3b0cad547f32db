//! What the operator and a revision's annotations say.

use units::Duration;

/// What the load of a pod is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Requests in flight.
    Concurrency,
    /// Requests a second.
    RequestsPerSecond,
}

/// How much load a pod should take and how much it can.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// What the autoscaler aims at, in requests in flight or a second.
    pub load_per_pod: f64,
    /// What a pod takes at most, in the same unit.
    pub total_load_per_pod: f64,
}

/// The burst that must fit without warning.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Burst {
    /// So many requests; 0 keeps the activator out of the path while there is a pod.
    Requests(f64),
    /// Any: the activator stays in the path.
    Unlimited,
}

/// How few and how many pods there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Pods at least.
    pub min: i64,
    /// Pods at most; 0 is no limit.
    pub max: i64,
}

impl Bounds {
    /// `pods` within the bounds; the lower one wins if they cross.
    pub fn apply(self, pods: i64) -> i64 {
        let Self { min, max } = self;
        if pods < min {
            min
        } else if max != 0 && pods > max {
            max
        } else {
            pods
        }
    }
}

/// The operator's configuration (`config-autoscaler`), which revisions inherit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Time between two ticks.
    pub tick: Duration,
    /// Share of a pod's concurrency to aim at, in per cent.
    pub concurrency_target_percent: f64,
    /// Concurrency of a pod that declares no limit.
    pub concurrency_default: f64,
    /// Share of a pod's request rate to aim at, in per cent.
    pub rps_target_percent: f64,
    /// Requests a second of a pod that declares no target.
    pub rps_default: f64,
    /// Burst to keep room for.
    pub burst: Burst,
    /// Length of the stable window: 6 s to 1 h.
    pub stable_window: Duration,
    /// Length of the panic window, in per cent of the stable one.
    pub panic_window_percent: f64,
    /// Load of the panic window, in per cent of what the ready pods should take, that causes panic.
    pub panic_threshold_percent: f64,
    /// Most pods after a tick, as a multiple of the ready ones.
    pub max_up_ratio: f64,
    /// Most ready pods as a multiple of those left after a tick.
    pub max_down_ratio: f64,
    /// How long a lower wish waits.
    pub scale_down_delay: Duration,
    /// Pods of a new revision.
    pub initial: i64,
    /// Bounds of every revision.
    pub bounds: Bounds,
    /// Whether the last pod may go.
    pub to_zero: bool,
    /// How long the activator has to be in the path before the last pod goes.
    pub to_zero_grace: Duration,
    /// How long the last pod stays in any case.
    pub pod_retention: Duration,
    /// Requests that one activator can carry.
    pub activator_requests: f64,
}

impl Default for Settings {
    /// The defaults of Knative Serving's `config-autoscaler`.
    fn default() -> Self {
        Self {
            tick: Duration::from_secs(2),
            concurrency_target_percent: 70.0,
            concurrency_default: 100.0,
            rps_target_percent: 70.0,
            rps_default: 200.0,
            burst: Burst::Requests(211.0),
            stable_window: Duration::from_secs(60),
            panic_window_percent: 10.0,
            panic_threshold_percent: 200.0,
            max_up_ratio: 1000.0,
            max_down_ratio: 2.0,
            scale_down_delay: Duration::ZERO,
            initial: 1,
            bounds: Bounds { min: 0, max: 0 },
            to_zero: true,
            to_zero_grace: Duration::from_secs(30),
            pod_retention: Duration::ZERO,
            activator_requests: 100.0,
        }
    }
}

impl Settings {
    /// What a revision aims at: `limit` is its declared concurrency limit (0 is none), `wished` its target
    /// annotation. For concurrency the smaller of the two counts; the share to aim at is taken off afterwards.
    pub fn target(&self, metric: Metric, limit: u32, wished: Option<f64>) -> Target {
        /// The smallest target that Knative accepts.
        const SMALLEST: f64 = 0.01;
        let (total, percent) = match metric {
            Metric::Concurrency => {
                let limit = (limit > 0).then_some(f64::from(limit));
                let total = match (limit, wished) {
                    (Some(limit), Some(wished)) => limit.min(wished),
                    (Some(one), None) | (None, Some(one)) => one,
                    (None, None) => self.concurrency_default,
                };
                (total, self.concurrency_target_percent)
            }
            Metric::RequestsPerSecond => {
                (wished.unwrap_or(self.rps_default), self.rps_target_percent)
            }
        };
        let load_per_pod = (total * percent / 100.0).max(SMALLEST);
        Target { load_per_pod, total_load_per_pod: total }
    }

    /// Length of the panic window: whole seconds, at least one.
    pub fn panic_window(&self) -> Duration {
        let secs = (self.stable_window.secs_f64() * self.panic_window_percent / 100.0).round();
        Duration::from_secs_f64(secs.max(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_aims_at_seventy_per_cent_of_what_it_may_take() {
        let settings = Settings::default();
        let of = |metric, limit, wished| {
            let target = settings.target(metric, limit, wished);
            (target.load_per_pod, target.total_load_per_pod)
        };
        assert_eq!(of(Metric::Concurrency, 0, None), (70.0, 100.0));
        assert_eq!(of(Metric::Concurrency, 10, None), (7.0, 10.0));
        assert_eq!(of(Metric::Concurrency, 10, Some(50.0)), (7.0, 10.0));
        assert_eq!(of(Metric::Concurrency, 50, Some(10.0)), (7.0, 10.0));
        assert_eq!(of(Metric::RequestsPerSecond, 10, None), (140.0, 200.0));
        assert_eq!(of(Metric::Concurrency, 0, Some(0.001)), (0.01, 0.001));
    }

    #[test]
    fn the_panic_window_is_whole_seconds() {
        let of = |secs, percent| {
            let stable_window = Duration::from_secs(secs);
            let panic_window_percent = percent;
            let settings = Settings { stable_window, panic_window_percent, ..Settings::default() };
            settings.panic_window()
        };
        assert_eq!(of(60, 10.0), Duration::from_secs(6));
        assert_eq!(of(6, 1.0), Duration::SECOND);
        assert_eq!(of(65, 10.0), Duration::from_secs(7));
    }
}
