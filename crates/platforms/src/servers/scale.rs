//! Servers that come and go with the load: an Auto Scaling group with a target for its CPU.

use std::collections::VecDeque;

use model::ServerSettings;
use scaling::target_tracking::{Policy, TargetTracking};
use sim::pods::{Control, Fleet};
use units::{Duration, Instant};

/// CPU that the group is held at, in per cent. Below [`super::TARGET_PERCENT`], since new servers are late.
const TARGET_PERCENT: f64 = ServerSettings::SCALING_PERCENT as f64;

/// From the wish for a server to its first request.
const BOOT: Duration = ServerSettings::BOOT;

/// Consecutive minutes above the target before servers come, and below nine tenths of it before they go:
/// those of the alarms that target tracking creates.
const DATAPOINTS: (usize, usize) = (3, 15);

/// The rule that an autoscaled group follows between `min` and `max` servers.
fn policy(min: u32, max: u32) -> Policy {
    Policy {
        target_percent: TARGET_PERCENT,
        min,
        max,
        datapoints_out: DATAPOINTS.0,
        datapoints_in: DATAPOINTS.1,
        in_percent_of_target: 90.0,
        cooldown_out: BOOT,
        cooldown_in: Duration::from_secs(300),
    }
}

/// How many servers a load of so many CPUs settles at.
pub(super) fn settled(cpus: f64, cpus_each: f64, min: u32, max: u32) -> u32 {
    let wanted = cpus * 100.0 / (cpus_each.max(0.001) * TARGET_PERCENT);
    (wanted.ceil().clamp(0.0, f64::from(u32::MAX)) as u32).clamp(min, max)
}

/// A group at work: some servers serve, some are on their way.
#[derive(Debug, Clone)]
struct Group {
    tracking: TargetTracking,
    wanted: u32,
    /// When servers on their way will serve.
    booting: VecDeque<Instant>,
}

impl Group {
    fn new(min: u32, max: u32, start: u32) -> Self {
        Self {
            tracking: TargetTracking::new(policy(min, max)),
            wanted: start,
            booting: VecDeque::new(),
        }
    }

    /// Looks at the CPU use of the servers that serve; says how many are to serve from now on.
    fn tick(&mut self, now: Instant, percent: f64) -> u32 {
        while self.booting.front().is_some_and(|&at| at <= now) {
            self.booting.pop_front();
        }
        let before = self.wanted;
        self.wanted = self.tracking.datapoint(now, Some(percent), before);
        for _ in before..self.wanted {
            self.booting.push_back(now + BOOT);
        }
        // Who is still on the way is called off first.
        for _ in self.wanted..before {
            self.booting.pop_back();
        }
        self.wanted - self.booting.len() as u32
    }
}

/// One minute of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Minute {
    /// Servers that serve.
    pub serving: u32,
    /// Servers that are paid for.
    pub there: u32,
}

/// The group minute by minute under a fluid load, once the cycle repeats.
pub(super) fn by_minute(cpus: &[f64], cpus_each: f64, min: u32, max: u32) -> Vec<Minute> {
    let mut serving = settled(cpus.first().copied().unwrap_or(0.0), cpus_each, min, max);
    let mut group = Group::new(min, max, serving);
    let mut minutes = Vec::with_capacity(cpus.len());
    let mut now = Instant::START;
    for pass in 0..2 {
        for want in cpus {
            if pass == 1 {
                minutes.push(Minute { serving, there: group.wanted });
            }
            now = now + Duration::MINUTE;
            let percent = want * 100.0 / (f64::from(serving.max(1)) * cpus_each);
            serving = group.tick(now, percent.min(100.0)).max(1);
        }
    }
    minutes
}

/// The same group over a replay.
#[derive(Debug)]
pub(super) struct Autoscaled {
    group: Group,
    cpus_each: f64,
    started: bool,
    /// Servers paid for at the end of each minute.
    pub(super) there: Vec<u32>,
}

impl Autoscaled {
    /// A group that starts with `start` servers.
    pub(super) fn new(cpus_each: f64, min: u32, max: u32, start: u32) -> Self {
        Self { group: Group::new(min, max, start), cpus_each, started: false, there: Vec::new() }
    }
}

impl Control for Autoscaled {
    fn tick(&mut self, now: Instant, fleet: &mut Fleet) -> Instant {
        let serving = fleet.ready().len() as u32;
        let wanted = if self.started {
            let ids = fleet.ready().to_vec();
            let used: f64 = ids.iter().map(|&id| fleet.take_load(id).cpu.secs_f64()).sum();
            let percent = used * 100.0 / (60.0 * f64::from(serving.max(1)) * self.cpus_each);
            self.group.tick(now, percent.min(100.0)).max(1)
        } else {
            self.started = true;
            self.group.wanted
        };
        for _ in serving..wanted {
            fleet.add();
        }
        for _ in wanted..serving {
            // The newest goes first; it has served least.
            if let Some(&last) = fleet.ready().last() {
                fleet.drain(last);
            }
        }
        self.there.push(self.group.wanted);
        now + Duration::MINUTE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_in_load_is_answered_after_three_minutes_and_a_boot() {
        let mut load = vec![1.0; 180];
        load[60..120].fill(6.0);
        // Two CPUs each, one server at a half; six CPUs want six servers.
        let minutes = by_minute(&load, 2.0, 1, 10);
        assert_eq!(minutes[59], Minute { serving: 1, there: 1 });
        assert_eq!(minutes[62].there, 1);
        assert!(minutes[63].there > 1 && minutes[63].serving == 1, "on the way, and paid for");
        assert_eq!(minutes[67].serving, minutes[63].there);
        assert_eq!(minutes[100].serving, 6);
        // Above its target the group never shrinks; a quarter of an hour after the load is gone it does.
        assert_eq!(minutes[133].serving, 6);
        assert!(minutes[150].serving < 6);
    }

    #[test]
    fn a_steady_load_settles_at_its_target() {
        let minutes = by_minute(&[3.0; 120], 2.0, 1, 10);
        assert!(minutes.iter().all(|m| *m == Minute { serving: 3, there: 3 }));
        assert_eq!(settled(3.0, 2.0, 1, 10), 3);
        assert_eq!(settled(300.0, 2.0, 1, 10), 10);
    }
}
