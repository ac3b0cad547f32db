//! Instances by closed form: how long they have requests, how often they fall idle, how many start.
//!
//! In a minute with `a` requests in service an instance on average, of at most `c`, it has none with the chance
//! `(1 − a∕c)^c`: exact for one request at a time (Erlang), Poisson for very many. Each time that a request meets an
//! idle instance a new span of activity begins, which is what is rounded up on a bill.

use sim::instances;
use units::{Duration, Share};

use crate::case::Case;
use crate::container_load::{Copy, Minutes};
use crate::flow;
use crate::instance_hours::after_pauses;
use crate::usage::{InstanceUsage, SnapshotUsage};
use crate::warm_hours::Floor;
use model::InstanceSettings;

/// Instances in each minute: what the autoscaler holds, those that are kept, and at least one where anything is in
/// service.
pub(crate) fn counts(minutes: &Minutes, copy: &Copy, floor: Floor) -> Vec<u32> {
    let held = minutes.counts(&Copy { min: floor.always(), ..*copy });
    let serves = |(count, busy): (u32, &f64)| if *busy > 0.0 { count.max(1) } else { count };
    let counts = held.into_iter().zip(&minutes.in_flight).map(serves);
    counts.enumerate().map(|(minute, count)| count.max(floor.at(minute))).collect()
}

/// The chance that the last instance is there in a minute, by how many of its requests come after it has gone.
fn chance_there(case: &Case<'_>, minute: usize, cold: &[f64]) -> f64 {
    match case.workload.per_minute[minute] {
        rare if rare > 0.0 && rare < 1.0 => 1.0 - (cold[minute] / rare).min(1.0),
        none_or_some => none_or_some.min(1.0),
    }
}

/// Sums over one cycle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spans {
    /// Time with requests, in instance-seconds.
    active_s: f64,
    /// Spans of activity.
    began: f64,
    /// Requests.
    requests: f64,
    /// Instances that start because there must be more of them.
    grown: f64,
    /// Instances that start because the last one has gone.
    woken: f64,
    /// Time of the instances that must always be there without anything to do, in instance-seconds.
    idle_min_s: f64,
    /// Time of all instances, in instance-seconds.
    there_s: f64,
    /// Length of the cycle in seconds.
    cycle_s: f64,
    most: u32,
    /// Instances that are there all the time.
    min: u32,
}

impl Spans {
    /// Of instances in each minute.
    pub(crate) fn of(
        case: &Case<'_>,
        minutes: &Minutes,
        counts: &[u32],
        (settings, rules): (&InstanceSettings, &instances::Settings),
    ) -> Self {
        let floor = Floor::of(case.workload, settings.min, settings.warm_hours);
        let places = f64::from(settings.concurrency.max(1));
        let stay_s = minutes.stay.secs_f64().max(1e-9);
        let mut sums = Self {
            active_s: 0.0,
            began: 0.0,
            requests: 0.0,
            grown: 0.0,
            woken: 0.0,
            idle_min_s: 0.0,
            there_s: 0.0,
            cycle_s: 60.0 * counts.len() as f64,
            most: counts.iter().copied().max().unwrap_or(0),
            min: floor.always(),
        };
        let kept = rules.keep_idle.mean();
        let cold = settings.warm_hours.map(|_| after_pauses(case.workload, kept));
        let mut before = counts.last().copied().unwrap_or(0);
        for (minute, (&count, &busy)) in counts.iter().zip(&minutes.in_flight).enumerate() {
            let least = floor.at(minute);
            let (there, rate) = (f64::from(count), busy / stay_s);
            let each = if count > 0 { (busy / there).min(places) } else { 0.0 };
            let idle = (1.0 - each / places).powf(places);
            sums.active_s += 60.0 * there * (1.0 - idle);
            sums.began += 60.0 * rate * idle;
            sums.requests += 60.0 * rate;
            sums.grown += f64::from(count.saturating_sub(before.max(least)));
            sums.idle_min_s += 60.0 * f64::from(least.min(count)) * idle;
            let alone = cold.as_ref().filter(|_| least == 0 && count <= 1);
            sums.there_s += 60.0 * alone.map_or(there, |cold| chance_there(case, minute, cold));
            sums.woken += cold.as_ref().filter(|_| least == 0).map_or(0.0, |cold| cold[minute]);
            before = count;
        }
        if settings.min == 0 {
            let rate = sums.requests / sums.cycle_s.max(1e-9);
            sums.woken = sums.requests * (-rate * kept.secs_f64()).exp();
        }
        sums
    }

    /// Requests that meet a start: those of instances that come because there must be more, and where instances go to
    /// none, those that come after a longer pause than idle instances stay.
    pub(crate) fn cold(&self, start: Duration) -> Share {
        if self.requests <= 0.0 {
            return Share::new(0.0);
        }
        let rate = self.requests / self.cycle_s.max(1e-9);
        let starts = self.grown + self.woken;
        // While an instance starts others come, too.
        let beside = 1.0 + rate * start.secs_f64() / f64::from(self.most.max(1));
        Share::new((starts * beside / self.requests).clamp(0.0, 1.0))
    }

    /// Usage a month, as it is billed.
    pub(crate) fn usage(
        &self,
        case: &Case<'_>,
        rules: &instances::Settings,
        start: Duration,
    ) -> InstanceUsage {
        let month_s = Duration::MONTH.secs_f64();
        let factor = month_s / self.cycle_s.max(1e-9);
        let mean_s = self.active_s / self.began.max(1e-9);
        let rounding_s = rules.billing_step.secs_f64() / 2.0;
        let span_s = mean_s.max(rules.active_min.secs_f64()) + rounding_s;
        let starts = self.grown + self.woken;
        let ms = |seconds: f64| (seconds.max(0.0) * factor * 1e3) as u128;
        let starting_s = starts * start.secs_f64();
        let lives_s = self.there_s.max(f64::from(self.min) * self.cycle_s) + starting_s;
        InstanceUsage {
            snapshots: SnapshotUsage::default(),
            cpu_ms: 0,
            requests: case.workload.requests_month(),
            active_ms: ms(self.began * span_s + starting_s),
            idle_min_ms: ms(self.idle_min_s),
            lives_ms: ms(lives_s),
            peak_instances: self.most,
            flow: flow::of(case),
        }
    }
}
