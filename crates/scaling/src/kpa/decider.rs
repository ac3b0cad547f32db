//! One tick of the autoscaler: two averages in, a number of pods and the spare room for bursts out.

use units::{Duration, Instant};

use super::delay::Delay;
use super::observer::Observed;
use super::settings::{Burst, Settings, Target};

/// What an autoscaler is asked to do for one revision.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spec {
    /// Load that a pod should and can take.
    pub target: Target,
    /// Burst to keep room for.
    pub burst: Burst,
    /// Pods that the panic window asks for, as a multiple of the ready ones, from which it panics.
    pub panic_ratio: f64,
    /// How long it panics after the last such moment.
    pub stable_window: Duration,
    /// Most pods after a tick, as a multiple of the ready ones.
    pub max_up_ratio: f64,
    /// Most ready pods as a multiple of those left after a tick.
    pub max_down_ratio: f64,
    /// How long a lower wish waits.
    pub scale_down_delay: Duration,
    /// Fewest pods while there is any load; 0 and 1 mean nothing.
    pub activation: i64,
    /// Whether any route leads to the revision. If none does, it goes down at once.
    pub reachable: bool,
    /// Time between two ticks.
    pub tick: Duration,
}

impl Spec {
    /// As the operator's settings have it.
    pub fn new(settings: &Settings, target: Target) -> Self {
        Self {
            target,
            burst: settings.burst,
            panic_ratio: settings.panic_threshold_percent / 100.0,
            stable_window: settings.stable_window,
            max_up_ratio: settings.max_up_ratio,
            max_down_ratio: settings.max_down_ratio,
            scale_down_delay: settings.scale_down_delay,
            activation: 0,
            reachable: true,
            tick: settings.tick,
        }
    }

    /// Activators in the path of `ready` pods, where one can carry so many requests: at least two.
    pub fn activators(&self, ready: i64, requests_each: f64) -> i64 {
        let burst = match self.burst {
            Burst::Requests(none) if none <= 0.0 => return 2,
            Burst::Requests(requests) => requests,
            Burst::Unlimited => 0.0,
        };
        let requests = ready.max(0) as f64 * self.target.total_load_per_pod + burst;
        pods(requests / requests_each).max(2)
    }
}

/// The outcome of one tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Pods wished for, before the bounds of the revision.
    pub desired: i64,
    /// What the ready pods can take beyond their load and the burst to keep room for, in requests. Below zero
    /// the activator belongs into the path. −1 always for an unlimited burst, 0 for none.
    pub excess_burst: i64,
}

/// What an autoscaler remembers between ticks.
#[derive(Debug, Clone)]
pub struct Kpa {
    spec: Spec,
    /// Last moment at which there was reason to panic, while it panics.
    panic: Option<Instant>,
    /// Most pods wished for since the panic began.
    panic_pods: i64,
    delay: Option<Delay>,
}

impl Kpa {
    /// An autoscaler that starts at `now` with `ready` pods. With more than one it starts in panic, or it
    /// would take them away before it knows the load.
    pub fn new(spec: Spec, now: Instant, ready: i64) -> Self {
        Self {
            spec,
            panic: (ready > 1).then_some(now),
            panic_pods: pods(ready as f64),
            delay: Delay::new(spec.scale_down_delay, spec.tick),
        }
    }

    /// What it was asked to do.
    pub const fn spec(&self) -> &Spec {
        &self.spec
    }

    /// Whether it panics: it then follows the panic window where that asks for more, and takes nothing away.
    pub const fn is_panicking(&self) -> bool {
        self.panic.is_some()
    }

    /// Whether any route leads to the revision from now on.
    pub const fn set_reachable(&mut self, reachable: bool) {
        self.spec.reachable = reachable;
    }

    /// One tick at `now`: `ready` pods take the observed load.
    pub fn decide(&mut self, now: Instant, ready: i64, observed: Observed) -> Decision {
        let counted = ready.max(1) as f64;
        let by_panic = (observed.panic_load / self.spec.target.load_per_pod).ceil();
        let stable = self.wish(counted, observed.stable_load);
        let panic = self.wish(counted, observed.panic_load);

        if by_panic / counted >= self.spec.panic_ratio {
            self.panic = Some(now);
        } else if self.panic.is_some_and(|last| last + self.spec.stable_window < now) {
            self.panic = None;
            self.panic_pods = 0;
        }
        let mut desired = stable;
        if self.panic.is_some() {
            self.panic_pods = self.panic_pods.max(stable).max(panic);
            desired = self.panic_pods;
        }
        if self.spec.reachable
            && let Some(delay) = &mut self.delay
        {
            desired = delay.highest(now, desired);
        }
        Decision { desired, excess_burst: self.excess_burst(ready, observed.panic_load) }
    }

    /// Pods for a load, within what one tick may change from `ready` pods (one, if there is none).
    fn wish(&self, ready: f64, load: f64) -> i64 {
        let wanted = (load / self.spec.target.load_per_pod).ceil();
        // Rounded so that a small ratio still allows one pod more or less.
        let most = (self.spec.max_up_ratio * ready).ceil();
        let fewest =
            if self.spec.reachable { (ready / self.spec.max_down_ratio).floor() } else { 0.0 };
        let wish = pods(wanted.max(fewest).min(most));
        let activated = wanted > 0.0 && self.spec.activation > 1;
        if activated { wish.max(pods(self.spec.activation as f64)) } else { wish }
    }

    fn excess_burst(&self, ready: i64, panic_load: f64) -> i64 {
        match self.spec.burst {
            Burst::Unlimited => -1,
            Burst::Requests(burst) if burst > 0.0 => {
                let capacity = ready.max(0) as f64 * self.spec.target.total_load_per_pod;
                (capacity - burst - panic_load)
                    .floor()
                    .clamp(f64::from(i32::MIN), f64::from(i32::MAX)) as i64
            }
            Burst::Requests(_) => 0,
        }
    }
}

/// A number of pods as the API can hold it; what is not a number is none.
fn pods(count: f64) -> i64 {
    count.ceil().clamp(0.0, f64::from(i32::MAX)) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> Spec {
        let target = Target { load_per_pod: 10.0, total_load_per_pod: 20.0 };
        Spec::new(&Settings::default(), target)
    }

    /// Upstream: `TestAutoscalerScaleDownDelayNotReachable`.
    #[test]
    fn a_revision_without_a_route_waits_for_no_delay() {
        let mut kpa = Kpa::new(
            Spec { scale_down_delay: Duration::from_secs(300), max_down_ratio: 10.0, ..spec() },
            Instant::START,
            0,
        );
        let observed = |load| Observed { stable_load: load, panic_load: load };
        let at = |secs| Instant::START + Duration::from_secs(secs);
        assert_eq!(kpa.decide(at(2), 0, observed(40.0)).desired, 4);
        assert_eq!(kpa.decide(at(70), 0, observed(0.0)).desired, 4);
        kpa.set_reachable(false);
        assert_eq!(kpa.decide(at(72), 0, observed(0.0)).desired, 0);
    }

    /// Upstream: `computeNumActivators`, capacity of the pods and the burst over that of one activator.
    #[test]
    fn activators_carry_the_pods_and_the_burst() {
        let with = |burst| Spec { burst, ..spec() };
        assert_eq!(with(Burst::Requests(0.0)).activators(1000, 100.0), 2);
        assert_eq!(with(Burst::Requests(211.0)).activators(0, 100.0), 3);
        assert_eq!(with(Burst::Requests(211.0)).activators(25, 100.0), 8);
        assert_eq!(with(Burst::Unlimited).activators(25, 100.0), 5);
    }
}
