//! What becomes of a wish: bounds, the first pods, the last pod, and whether the activator is in the path.

use units::{Duration, Instant};

use super::settings::{Bounds, Burst, Settings};

/// What the reconciler of one revision goes by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ZeroSpec {
    /// How few and how many pods there may be.
    pub bounds: Bounds,
    /// Pods until they were all ready once.
    pub initial: i64,
    /// Whether the last pod may go.
    pub to_zero: bool,
    /// How long a revision must have been active before the last pod may go.
    pub stable_window: Duration,
    /// How long the activator has to be in the path before the last pod goes.
    pub grace: Duration,
    /// How long the last pod stays in any case.
    pub retention: Duration,
    /// Burst to keep room for; with an unlimited one the activator is in the path from the start.
    pub burst: Burst,
    /// How long the first pod may take to become ready.
    pub activation_timeout: Duration,
    /// Whether any route leads to the revision. If none does, it needs no minimum and no retention.
    pub reachable: bool,
}

impl ZeroSpec {
    /// As the operator's settings have it. A deployment may take ten minutes for its progress, and Knative
    /// waits half a minute longer.
    pub const fn new(settings: &Settings) -> Self {
        Self {
            bounds: settings.bounds,
            initial: settings.initial,
            to_zero: settings.to_zero,
            stable_window: settings.stable_window,
            grace: settings.to_zero_grace,
            retention: settings.pod_retention,
            burst: settings.burst,
            activation_timeout: Duration::from_secs(630),
            reachable: true,
        }
    }
}

/// Where requests go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    /// Through the activator, which holds them back while there is no room.
    Activator,
    /// Straight to the pods.
    Direct,
}

/// The outcome of one pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carried {
    /// Pods to ask for from now on; `None` leaves them as they are.
    pub ask: Option<i64>,
    /// Where requests go from now on.
    pub path: Path,
    /// When to look again at the latest, if time alone will change the outcome.
    pub again: Option<Instant>,
}

/// The revision's Active condition, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Activity {
    Activating(Instant),
    Active(Instant),
    Inactive(Instant),
}

/// What the reconciler remembers between passes.
///
/// That the activator answers its probe is taken to be true as soon as it is in the path; the time that the
/// network takes to learn of it is part of the grace.
#[derive(Debug, Clone)]
pub struct ScaleToZero {
    spec: ZeroSpec,
    activity: Activity,
    /// Whether the first pods were all ready once.
    initialized: bool,
    /// Since when the activator is in the path.
    proxying: Option<Instant>,
}

/// What is wanted, whether to carry it out, and when to look again.
type Wanted = (Option<i64>, Carry, Option<Instant>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Carry {
    Out,
    NotYet,
}

impl ScaleToZero {
    /// A revision that is created at `now`.
    pub const fn new(spec: ZeroSpec, now: Instant) -> Self {
        Self { spec, activity: Activity::Activating(now), initialized: false, proxying: None }
    }

    /// A revision that has been serving since `since` through the activator.
    pub const fn serving(spec: ZeroSpec, since: Instant) -> Self {
        Self { spec, activity: Activity::Active(since), initialized: true, proxying: Some(since) }
    }

    /// One pass at `now`: `desired` is the autoscaler's wish (`None` if it has no data), `ready` pods are
    /// there, `excess_burst` is their spare room.
    pub fn pass(
        &mut self,
        now: Instant,
        desired: Option<i64>,
        ready: i64,
        excess_burst: i64,
    ) -> Carried {
        let (wanted, carry, again) = self.want(now, desired);
        let path = if wanted.is_some_and(|pods| pods > 0) && excess_burst >= 0 {
            Path::Direct
        } else {
            Path::Activator
        };
        self.proxying = match path {
            Path::Activator => self.proxying.or(Some(now)),
            Path::Direct => None,
        };
        let before = self.activity;
        self.update_activity(now, wanted, ready);
        let fell_idle = matches!(self.activity, Activity::Inactive(_)) && before != self.activity;
        Carried {
            ask: wanted.filter(|_| carry == Carry::Out),
            path,
            again: if fell_idle { Some(now) } else { again },
        }
    }

    fn want(&self, now: Instant, desired: Option<i64>) -> Wanted {
        let activating = matches!(self.activity, Activity::Activating(_));
        if desired.is_none() && !activating {
            return (None, Carry::NotYet, None);
        }
        let mut bounds = Bounds { min: self.min(), max: self.spec.bounds.max };
        if self.spec.initial > 1 && !self.initialized && self.spec.reachable {
            bounds.min = bounds.min.max(self.spec.initial);
        }
        match bounds.apply(desired.unwrap_or(-1)) {
            0 => self.last_pod(now),
            pods => (Some(pods), Carry::Out, None),
        }
    }

    /// No pod is wished for.
    fn last_pod(&self, now: Instant) -> Wanted {
        if !self.spec.to_zero {
            return (Some(1), Carry::Out, None);
        }
        match self.activity {
            Activity::Activating(since) => {
                let late = since + self.spec.activation_timeout;
                let timed_out = now > late;
                if timed_out {
                    (Some(0), Carry::Out, None)
                } else {
                    (None, Carry::NotYet, Some(late))
                }
            }
            Activity::Active(since) => {
                let seasoned = since + self.spec.stable_window;
                if now >= seasoned {
                    (Some(0), Carry::NotYet, None)
                } else {
                    (Some(1), Carry::Out, Some(seasoned))
                }
            }
            Activity::Inactive(since) => self.last_idle_pod(now, since),
        }
    }

    fn last_idle_pod(&self, now: Instant, since: Instant) -> Wanted {
        if self.spec.burst != Burst::Unlimited && self.proxying.is_none() {
            return (Some(0), Carry::NotYet, Some(now));
        }
        let retention = if self.spec.reachable { self.spec.retention } else { Duration::ZERO };
        let (kept, longest) = (since + retention, since + retention.max(self.spec.grace));
        let proxied = self.proxying.unwrap_or(now) + self.spec.grace;
        if now >= longest || (now >= kept && now >= proxied) {
            (Some(0), Carry::Out, None)
        } else {
            (Some(0), Carry::NotYet, Some(if now < kept { kept } else { proxied.min(longest) }))
        }
    }

    fn update_activity(&mut self, now: Instant, wanted: Option<i64>, ready: i64) {
        let enough =
            if self.initialized { self.min().max(1) } else { self.min().max(self.spec.initial) };
        self.initialized |= ready >= enough;
        let inactive = matches!(self.activity, Activity::Inactive(_));
        let wanted_any = wanted.is_some_and(|pods| pods > 0);
        if wanted == Some(0) || enough == 0 || (inactive && !wanted_any) {
            if !inactive {
                self.activity = Activity::Inactive(now);
            }
        } else if ready < enough {
            if !matches!(self.activity, Activity::Activating(_)) {
                self.activity = Activity::Activating(now);
            }
        } else if !matches!(self.activity, Activity::Active(_)) {
            self.activity = Activity::Active(now);
        }
    }

    const fn min(&self) -> i64 {
        if self.spec.reachable { self.spec.bounds.min } else { 0 }
    }
}

#[cfg(test)]
mod tests;
