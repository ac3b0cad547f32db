//! Target tracking of AWS Application Auto Scaling, as ECS services use it.
//!
//! Two alarms look at one datapoint a minute. Above the target for some minutes in a row (3), capacity grows
//! at once to what the last datapoint asks for; below nine tenths of it for longer (15), it shrinks. Between
//! two changes lie cooldowns, but growth never waits for a shrink's cooldown, and during a growth's cooldown
//! only what exceeds the capacity already asked for is added. Missing data never shrinks anything.
//!
//! Sources: AWS documentation, "How target tracking scaling for Application Auto Scaling works" and
//! `TargetTrackingScalingPolicyConfiguration` (cooldowns, proportional growth, gradual shrinking, missing
//! data). The numbers of datapoints and the nine tenths are those of the alarms that the service creates.

use std::collections::VecDeque;

use units::{Duration, Instant};

/// What a policy is configured with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policy {
    /// Metric to hold, in per cent.
    pub target_percent: f64,
    /// Copies at least.
    pub min: u32,
    /// Copies at most.
    pub max: u32,
    /// Datapoints above the target, in a row, before anything grows.
    pub datapoints_out: usize,
    /// Datapoints below the lower bound, in a row, before anything shrinks.
    pub datapoints_in: usize,
    /// The lower bound as a share of the target, in per cent.
    pub in_percent_of_target: f64,
    /// Time after a growth.
    pub cooldown_out: Duration,
    /// Time after a shrink.
    pub cooldown_in: Duration,
}

/// A policy at work.
#[derive(Debug, Clone)]
pub struct TargetTracking {
    policy: Policy,
    recent: VecDeque<f64>,
    grew: Option<Instant>,
    shrank: Option<Instant>,
}

impl TargetTracking {
    /// A policy without history.
    pub const fn new(policy: Policy) -> Self {
        Self { policy, recent: VecDeque::new(), grew: None, shrank: None }
    }

    /// Takes the datapoint of the minute that ends at `now` (`None` if there was no data) and says how many
    /// copies are wanted, where `current` are asked for so far.
    pub fn datapoint(&mut self, now: Instant, metric_percent: Option<f64>, current: u32) -> u32 {
        let Policy { min, max, .. } = self.policy;
        let Some(metric) = metric_percent else {
            self.recent.clear();
            return current.clamp(min, max);
        };
        self.recent.push_back(metric);
        let kept = self.policy.datapoints_in.max(self.policy.datapoints_out);
        if self.recent.len() > kept {
            self.recent.pop_front();
        }
        self.wanted(now, metric, current).clamp(min, max)
    }

    fn wanted(&mut self, now: Instant, metric: f64, current: u32) -> u32 {
        let target = self.policy.target_percent;
        let proportional = (f64::from(current) * metric / target).ceil() as u32;
        let lower = target * self.policy.in_percent_of_target / 100.0;
        if self.all(self.policy.datapoints_out, |point| point > target) {
            // What a growth within its cooldown has already added is part of `current`.
            if cooled(self.grew, self.policy.cooldown_out, now) && proportional > current {
                self.grew = Some(now);
                self.shrank = None;
                return proportional;
            }
        } else if self.all(self.policy.datapoints_in, |point| point < lower) {
            let quiet = cooled(self.shrank, self.policy.cooldown_in, now)
                && cooled(self.grew, self.policy.cooldown_in, now);
            if quiet && proportional < current {
                self.shrank = Some(now);
                return proportional;
            }
        }
        current
    }

    /// Whether the last `n` datapoints are there and all satisfy `is`.
    fn all(&self, n: usize, is: impl Fn(f64) -> bool) -> bool {
        self.recent.len() >= n && self.recent.iter().rev().take(n).all(|&point| is(point))
    }
}

fn cooled(last: Option<Instant>, cooldown: Duration, now: Instant) -> bool {
    last.is_none_or(|at| at + cooldown <= now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> TargetTracking {
        TargetTracking::new(Policy {
            target_percent: 60.0,
            min: 2,
            max: 20,
            datapoints_out: 3,
            datapoints_in: 15,
            in_percent_of_target: 90.0,
            cooldown_out: Duration::from_secs(60),
            cooldown_in: Duration::from_secs(300),
        })
    }

    /// One datapoint a minute of what `load` percent-copies do to the copies there are.
    fn play(loads: &[f64], start: u32) -> Vec<u32> {
        let (mut policy, mut current) = (policy(), start);
        let mut minute = Instant::START;
        let mut seen = Vec::new();
        for load in loads {
            minute = minute + Duration::MINUTE;
            current = policy.datapoint(minute, Some(load / f64::from(current)), current);
            seen.push(current);
        }
        seen
    }

    #[test]
    fn growth_takes_three_minutes_and_is_proportional() {
        // 4 copies at 120 % of one each want 8 at 60 %.
        assert_eq!(play(&[480.0; 6], 4), [4, 4, 8, 8, 8, 8]);
    }

    #[test]
    fn shrinking_takes_fifteen_minutes_and_a_cooldown_between_steps() {
        let seen = play(&[200.0; 40], 10);
        assert_eq!(seen.iter().position(|&n| n < 10), Some(14));
        assert_eq!(seen[14], 4);
        // Inside the band between 54 and 60 % nothing happens: 230 / 4 = 57.5 %.
        assert_eq!(play(&[230.0; 60], 4), [4; 60]);
    }

    #[test]
    fn no_data_shrinks_nothing_and_bounds_hold() {
        let mut policy = policy();
        for minute in 0..60 {
            let now = Instant::START + Duration::MINUTE * minute;
            assert_eq!(policy.datapoint(now, None, 5), 5);
        }
        assert_eq!(*play(&[5000.0; 10], 4).last().unwrap(), 20);
        assert_eq!(*play(&[0.0; 60], 4).last().unwrap(), 2);
    }
}
