//! One pass of the controller after another: metrics, stabilisation, rate limits, bounds.

use units::Instant;

use super::behavior::{Behavior, Event, Events};
use super::calculator::{Metric, Unusable};
use super::pod::{Pod, Settings, Tolerance};

/// What an autoscaler is asked to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    /// Replicas at least.
    pub min: i64,
    /// Replicas at most.
    pub max: i64,
    /// The object's own rules; `None` is the older arithmetic with its cap of max(2n, 4) a pass.
    pub behavior: Option<Behavior>,
    /// The controller's settings.
    pub settings: Settings,
}

/// What kept the wish from being carried out, as the last ScalingLimited condition names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Nothing.
    DesiredWithinRange,
    /// Fewer than the minimum were wished for.
    TooFewReplicas,
    /// More than the maximum were wished for.
    TooManyReplicas,
    /// Growth was too fast for the rules.
    ScaleUpLimit,
    /// The way down was too fast for the rules.
    ScaleDownLimit,
}

impl Limit {
    /// As the API prints it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DesiredWithinRange => "DesiredWithinRange",
            Self::TooFewReplicas => "TooFewReplicas",
            Self::TooManyReplicas => "TooManyReplicas",
            Self::ScaleUpLimit => "ScaleUpLimit",
            Self::ScaleDownLimit => "ScaleDownLimit",
        }
    }
}

/// The outcome of one pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Replicas from now on.
    pub desired: i64,
    /// What limited it. Kept from the last pass that got that far.
    pub limit: Limit,
    /// Utilisation in per cent of the request, of the last utilisation metric that could be read.
    pub utilization_percent: Option<i64>,
}

/// What an autoscaler remembers between passes.
#[derive(Debug, Clone)]
pub struct Hpa {
    spec: Spec,
    recommendations: Vec<(i64, Instant)>,
    events: Events,
    limit: Limit,
    utilization_percent: Option<i64>,
}

impl Hpa {
    /// An autoscaler that has not looked at anything yet.
    pub const fn new(spec: Spec) -> Self {
        Self {
            spec,
            recommendations: Vec::new(),
            events: Events { up: Vec::new(), down: Vec::new() },
            limit: Limit::DesiredWithinRange,
            utilization_percent: None,
        }
    }

    /// What it was asked to do.
    pub const fn spec(&self) -> &Spec {
        &self.spec
    }

    /// One pass at `now`: `current` replicas are asked for, `pods` are there, `metrics` are watched.
    pub fn reconcile(
        &mut self,
        now: Instant,
        current: i64,
        pods: &[Pod],
        metrics: &[Metric],
    ) -> Decision {
        if self.recommendations.is_empty() {
            self.recommendations.push((current, now));
        }
        let desired = self.wish(now, current, pods, metrics);
        if desired != current
            && let Some(behavior) = &self.spec.behavior
        {
            self.events.record(behavior, current, desired, now);
        }
        Decision { desired, limit: self.limit, utilization_percent: self.utilization_percent }
    }

    fn wish(&mut self, now: Instant, current: i64, pods: &[Pod], metrics: &[Metric]) -> i64 {
        let (min, max) = (self.spec.min, self.spec.max);
        if current == 0 && min != 0 {
            return 0; // Somebody switched it off by hand.
        }
        if current > max {
            return max;
        }
        if current < min {
            return min;
        }
        let Some(proposed) = self.most(now, current, pods, metrics) else { return current };
        let stable = self.stable(current, proposed, now);
        let (desired, limit) = self.bound(current, stable, now);
        self.limit = limit;
        desired
    }

    /// Second half of a pass: what is left of the wish for `desired` replicas after stabilisation. It is
    /// remembered as a recommendation.
    pub fn stable(&mut self, current: i64, desired: i64, now: Instant) -> i64 {
        match self.spec.behavior.take() {
            None => self.stabilize(desired, now),
            Some(behavior) => {
                let stable = self.stabilize_by_behavior(&behavior, current, desired, now);
                self.spec.behavior = Some(behavior);
                stable
            }
        }
    }

    /// Last step of a pass: what is left of `desired` replicas after bounds and rate limits, and which of
    /// them was in the way.
    pub fn bound(&self, current: i64, desired: i64, now: Instant) -> (i64, Limit) {
        match &self.spec.behavior {
            None => bound_by_rules(current, desired, self.spec.min, self.spec.max),
            Some(behavior) => self.bound_by_behavior(behavior, current, desired, now),
        }
    }

    /// Takes over recommendations that were made elsewhere, oldest or newest first as they come.
    pub fn remember_recommendations(&mut self, recommendations: Vec<(i64, Instant)>) {
        self.recommendations = recommendations;
    }

    /// Takes over changes that were made elsewhere, as (replicas added or removed, when).
    pub fn remember_changes(&mut self, up: Vec<(i64, Instant)>, down: Vec<(i64, Instant)>) {
        let events = |changes: Vec<(i64, Instant)>| {
            changes.into_iter().map(|(change, at)| Event { change, at }).collect()
        };
        self.events = Events { up: events(up), down: events(down) };
    }

    /// The largest of what the metrics ask for; `None` if none can be used, or if one cannot and the
    /// others would scale down.
    fn most(
        &mut self,
        now: Instant,
        current: i64,
        pods: &[Pod],
        metrics: &[Metric],
    ) -> Option<i64> {
        let tolerance =
            self.spec.behavior.as_ref().map_or_else(Tolerance::default, |b| b.tolerance);
        let (mut most, mut unusable) = (None, None::<Unusable>);
        for metric in metrics {
            match metric.propose(pods, current, tolerance, &self.spec.settings, now) {
                Ok(proposal) => {
                    most = most.max(Some(proposal.replicas));
                    if proposal.utilization_percent.is_some() {
                        self.utilization_percent = proposal.utilization_percent;
                    }
                }
                Err(error) => unusable = Some(error),
            }
        }
        most.filter(|&replicas| unusable.is_none() || replicas >= current)
    }

    /// Without `behavior`: the highest recommendation of the controller's window wins.
    fn stabilize(&mut self, desired: i64, now: Instant) -> i64 {
        let window = self.spec.settings.downscale_stabilization;
        let (mut stable, mut old) = (desired, None);
        for (i, &(replicas, at)) in self.recommendations.iter().enumerate() {
            if at + window < now {
                old = Some(i);
            } else {
                stable = stable.max(replicas);
            }
        }
        self.remember(desired, now, old);
        stable
    }

    /// With `behavior`: within each direction's window, what is least in favour of change wins.
    fn stabilize_by_behavior(
        &mut self,
        behavior: &Behavior,
        current: i64,
        desired: i64,
        now: Instant,
    ) -> i64 {
        let default_down = self.spec.settings.downscale_stabilization;
        let up_window = behavior.up.stabilization.unwrap_or_default();
        let down_window = behavior.down.stabilization.unwrap_or(default_down);
        let (mut up, mut down, mut old) = (desired, desired, None);
        for (i, &(replicas, at)) in self.recommendations.iter().enumerate() {
            if at + up_window > now {
                up = up.min(replicas);
            }
            if at + down_window > now {
                down = down.max(replicas);
            }
            if at + up_window < now && at + down_window < now {
                old = Some(i);
            }
        }
        self.remember(desired, now, old);
        current.max(up).min(down)
    }

    /// Keeps a recommendation, in the place of one that no window can see any more.
    fn remember(&mut self, desired: i64, now: Instant, old: Option<usize>) {
        match old {
            Some(i) => self.recommendations[i] = (desired, now),
            None => self.recommendations.push((desired, now)),
        }
    }

    fn bound_by_behavior(
        &self,
        behavior: &Behavior,
        current: i64,
        desired: i64,
        now: Instant,
    ) -> (i64, Limit) {
        let Spec { min, max, .. } = self.spec;
        if desired > current {
            let by_rules = self.events.up_limit(&behavior.up, current, now);
            let (most, limit) = if max > by_rules {
                (by_rules, Limit::ScaleUpLimit)
            } else {
                (max, Limit::TooManyReplicas)
            };
            if desired > most {
                return (most, limit);
            }
        } else if desired < current {
            let by_rules = self.events.down_limit(&behavior.down, current, now);
            let (fewest, limit) = if min < by_rules {
                (by_rules, Limit::ScaleDownLimit)
            } else {
                (min, Limit::TooFewReplicas)
            };
            if desired < fewest {
                return (fewest, limit);
            }
        }
        (desired, Limit::DesiredWithinRange)
    }
}

/// Without `behavior`: bounds, and at most max(2n, 4) replicas after one pass.
fn bound_by_rules(current: i64, desired: i64, min: i64, max: i64) -> (i64, Limit) {
    let cap = (2 * current).max(4);
    let (most, limit) =
        if max > cap { (cap, Limit::ScaleUpLimit) } else { (max, Limit::TooManyReplicas) };
    if desired < min {
        (min, Limit::TooFewReplicas)
    } else if desired > most {
        (most, limit)
    } else {
        (desired, Limit::DesiredWithinRange)
    }
}
