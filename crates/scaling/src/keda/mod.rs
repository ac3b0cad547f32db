//! KEDA's operator for one workload, without a cluster and a clock.
//!
//! Two loops share the work. The operator polls the triggers (every 30 s) and does only what a horizontal pod
//! autoscaler cannot: the step from zero, or from the idle count, and back after a cooldown (300 s). Everything
//! between one replica and the maximum is left to the autoscaler that KEDA makes for it, which divides each
//! trigger's value by the replicas (external metric, average value).
//!
//! Sources: kedacore/keda of 2026-08-20 (2.20), `pkg/scaling/executor/scale_scaledobjects.go`,
//! `pkg/scaling/scale_handler.go`, `pkg/fallback`, `controllers/keda/hpa.go`; keda.sh, "ScaledObject
//! specification". Triggers on CPU and memory, formulas over several triggers and caches are not here.

use units::{Duration, Instant};

use crate::hpa::{self, Behavior, Hpa, Metric, Select};

/// What one trigger's value is held against. Values are in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trigger {
    /// How much of the value one replica is meant to take.
    pub target: i64,
    /// Above this the workload has something to do.
    pub activation: i64,
}

/// Replicas for the time in which a trigger cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fallback {
    /// Failures in a row that are put up with.
    pub failures: u32,
    /// Replicas after that.
    pub replicas: i64,
}

/// What the annotations of a ScaledObject forbid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// Nothing.
    Nothing,
    /// Taking replicas away.
    ScaleIn,
    /// Adding replicas.
    ScaleOut,
    /// Any change.
    Everything,
    /// Any change from this number of replicas.
    At(i64),
}

/// A ScaledObject.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    /// Replicas at least; 0 lets the last one go.
    pub min: i64,
    /// Replicas at most.
    pub max: i64,
    /// Replicas while there is nothing to do, fewer than `min`; `None` is `min`. Upstream supports 0 only:
    /// the autoscaler lifts any other number to `min` again.
    pub idle: Option<i64>,
    /// Time between two looks at the triggers.
    pub polling: Duration,
    /// How long there must have been nothing to do before the step down to zero or idle.
    pub cooldown: Duration,
    /// The same for a workload that has never had anything to do, since its creation.
    pub initial_cooldown: Duration,
    /// What is watched. The autoscaler takes the largest of what they ask for.
    pub triggers: Vec<Trigger>,
    /// What happens while triggers cannot be read; `None` keeps the replicas there are.
    pub fallback: Option<Fallback>,
    /// Whether the workload counts as having something to do, whatever the triggers say.
    pub forced: bool,
    /// What is forbidden.
    pub pause: Pause,
    /// The autoscaler's `behavior`.
    pub behavior: Option<Behavior>,
    /// The autoscaler's configuration.
    pub settings: hpa::Settings,
}

impl Spec {
    /// A ScaledObject that says no more than its triggers: 0 to 100 replicas, 30 s, 300 s.
    pub fn new(triggers: Vec<Trigger>) -> Self {
        Self {
            min: 0,
            max: 100,
            idle: None,
            polling: Duration::from_secs(30),
            cooldown: Duration::from_secs(300),
            initial_cooldown: Duration::ZERO,
            triggers,
            fallback: None,
            forced: false,
            pause: Pause::Nothing,
            behavior: None,
            settings: hpa::Settings::default(),
        }
    }

    /// The autoscaler that KEDA makes for it: never below one replica, one direction switched off if paused.
    fn autoscaler(&self) -> Hpa {
        let mut behavior = self.behavior.clone();
        match self.pause {
            Pause::ScaleIn => behavior.get_or_insert_default().down.select = Select::Disabled,
            Pause::ScaleOut => behavior.get_or_insert_default().up.select = Select::Disabled,
            Pause::Nothing | Pause::Everything | Pause::At(_) => {}
        }
        Hpa::new(hpa::Spec {
            min: self.min.max(1),
            max: self.max,
            behavior,
            settings: self.settings,
        })
    }
}

/// What KEDA and its autoscaler remember of one workload.
#[derive(Debug, Clone)]
pub struct Keda {
    spec: Spec,
    hpa: Hpa,
    created: Instant,
    /// When there last was something to do.
    active: Option<Instant>,
    /// Failures in a row, for each trigger.
    failures: Vec<u32>,
    next_poll: Instant,
    next_sync: Instant,
}

impl Keda {
    /// A ScaledObject that is created at `now`. Both loops look at once.
    pub fn new(spec: Spec, now: Instant) -> Self {
        Self {
            hpa: spec.autoscaler(),
            created: now,
            active: None,
            failures: vec![0; spec.triggers.len()],
            next_poll: now,
            next_sync: now,
            spec,
        }
    }

    /// What it was asked to do.
    pub const fn spec(&self) -> &Spec {
        &self.spec
    }

    /// Changes what is forbidden. The autoscaler starts without its memory then: as upstream after a full
    /// pause, which deletes it; after the others upstream's remembers its last few minutes.
    pub fn pause(&mut self, pause: Pause) {
        if pause != self.spec.pause {
            self.spec.pause = pause;
            self.hpa = self.spec.autoscaler();
        }
    }

    /// When one of the loops looks next.
    pub fn next(&self) -> Instant {
        self.next_poll.min(self.next_sync)
    }

    /// Lets each loop look if its time has come, the operator first: `current` replicas are asked for, and
    /// these are the triggers' values (`None`, or missing, could not be read). Returns the replicas to ask
    /// for from now on.
    pub fn step(&mut self, now: Instant, current: i64, values: &[Option<i64>]) -> i64 {
        let mut replicas = current;
        if now >= self.next_poll {
            self.next_poll = now + self.spec.polling;
            replicas = self.poll(now, replicas, values);
        }
        if now >= self.next_sync {
            self.next_sync = now + self.spec.settings.sync;
            replicas = self.scale(now, replicas, values);
        }
        replicas
    }

    /// One look of the operator: to and from zero, or the idle count.
    pub fn poll(&mut self, now: Instant, current: i64, values: &[Option<i64>]) -> i64 {
        if let Some(held) = self.held(current) {
            return held;
        }
        let readings = self.read(values);
        let failed = readings.contains(&Reading::Failed);
        let active = self.spec.forced
            || self.spec.triggers.iter().zip(&readings).any(|(trigger, reading)| match reading {
                Reading::Value(value) => *value > trigger.activation,
                Reading::Fallback(_) => true,
                Reading::Failed => false,
            });
        if active {
            return self.activate(now, current, failed);
        }
        let idle = self.spec.idle;
        let to_idle =
            idle.is_some_and(|idle| current > idle) || (current > 0 && self.spec.min == 0);
        if failed && self.spec.fallback.is_none_or(|fallback| fallback.replicas != 0) {
            current // Nothing is known: nothing changes.
        } else if to_idle {
            self.deactivate(now, current)
        } else if idle.is_none() && current < self.spec.min {
            self.spec.min
        } else {
            current
        }
    }

    /// One pass of the autoscaler: between the minimum (at least one) and the maximum.
    pub fn scale(&mut self, now: Instant, current: i64, values: &[Option<i64>]) -> i64 {
        if let Some(held) = self.held(current) {
            return held;
        }
        if current == 0 {
            return 0; // An autoscaler of at least one replica leaves zero alone, and reads nothing.
        }
        let readings = self.read(values);
        let triggers = self.spec.triggers.iter().zip(&readings);
        let metrics: Vec<Metric> = triggers
            .map(|(trigger, reading)| match *reading {
                Reading::Value(value) | Reading::Fallback(value) => {
                    Metric::TotalPerPod { value, target: trigger.target }
                }
                // No pod is shown to it, so this one is always unreadable.
                Reading::Failed => Metric::PerPod { target: trigger.target, cpu: false },
            })
            .collect();
        self.hpa.reconcile(now, current, &[], &metrics).desired
    }

    /// Something to do: from zero or the idle count to the minimum. The rest is the autoscaler's.
    fn activate(&mut self, now: Instant, current: i64, failed: bool) -> i64 {
        let too_few = current == 0 || (self.spec.idle.is_some() && current < self.spec.min);
        if too_few {
            if self.spec.pause == Pause::ScaleOut {
                return current;
            }
            self.active = Some(now);
            return self.spec.min.max(1);
        }
        if !failed {
            self.active = Some(now);
        }
        current
    }

    /// Nothing to do: to zero or the idle count, after the cooldown.
    fn deactivate(&self, now: Instant, current: i64) -> i64 {
        let cooled = match self.active {
            Some(last) => last + self.spec.cooldown < now,
            None => self.created + self.spec.initial_cooldown < now,
        };
        if cooled && self.spec.pause != Pause::ScaleIn {
            self.spec.idle.unwrap_or(0)
        } else {
            current
        }
    }

    /// The replicas of a full pause.
    const fn held(&self, current: i64) -> Option<i64> {
        match self.spec.pause {
            Pause::Everything => Some(current),
            Pause::At(replicas) => Some(replicas),
            Pause::Nothing | Pause::ScaleIn | Pause::ScaleOut => None,
        }
    }

    /// Looks at every trigger and counts the failures.
    fn read(&mut self, values: &[Option<i64>]) -> Vec<Reading> {
        let fallback = self.spec.fallback;
        let triggers = self.spec.triggers.iter().zip(&mut self.failures).enumerate();
        triggers
            .map(|(i, (trigger, failures))| {
                if let Some(value) = values.get(i).copied().flatten() {
                    *failures = 0;
                    return Reading::Value(value);
                }
                *failures = failures.saturating_add(1);
                match fallback {
                    Some(Fallback { failures: most, replicas }) if *failures > most => {
                        Reading::Fallback(trigger.target.saturating_mul(replicas))
                    }
                    _ => Reading::Failed,
                }
            })
            .collect()
    }
}

/// What became of looking at a trigger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    Value(i64),
    /// Could not be read for so long that the fallback's value stands for it.
    Fallback(i64),
    Failed,
}

#[cfg(test)]
mod tests;
