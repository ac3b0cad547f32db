//! # The schedule is finer than the platform's
//!
//! ## What it checks
//! How often a scheduled job starts, against the finest schedule of the platform.
//!
//! ## Why it matters
//! A managed scheduler fires once a minute at most. Anything finer needs a process that stays, or a queue with
//! delays.
//!
//! ## Evidence
//! The moments of one cycle, as the load's schedule gives them. A cron expression of five fields cannot be finer than a
//! minute; a recorded schedule can.
//!
//! ## Source
//! Catalogue row aws-lambda-event-sources/scheduler.min_interval (60 s).

use model::Kind;
use traffic::Arrivals;
use units::Duration;

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct Schedule;

impl Rule for Schedule {
    fn about(&self) -> About {
        About {
            id: RuleId("CR033"),
            title: "the schedule is finer than the platform's",
            hardness: Hardness::Hard,
            origin: &["S4"],
            file: include_str!("schedule.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        let (Kind::Cron, Some(limit)) = (case.component.kind, &case.limits.schedule_min) else {
            return;
        };
        let Arrivals::Scheduled(times) = &case.workload.arrivals else { return };
        // Several requests at one moment are one firing that brings many.
        let gaps = times.iter().zip(times.iter().skip(1)).map(|(a, b)| b.since(*a));
        let finest = gaps.filter(|gap| *gap > Duration::ZERO).min();
        if let Some(gap) = finest.filter(|&gap| gap < limit.value) {
            let text = format!("starts every {gap}; {} schedules every {}", case.name, limit.value);
            found.push(self.found(Effect::Excludes, text).at(case.component.span));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Bench;
    use units::Instant;

    fn every(secs: u64) -> Vec<Effect> {
        let mut bench = Bench::function();
        bench.component.kind = Kind::Cron;
        let times = (0..10).map(|i| Instant::from_nanos(i * secs * 1_000_000_000)).collect();
        bench.workload.arrivals = Arrivals::Scheduled(times);
        bench.effects(&Schedule)
    }

    #[test]
    fn every_minute_is_possible_and_every_ten_seconds_is_not() {
        assert_eq!(every(60), []);
        assert_eq!(every(10), [Effect::Excludes]);
    }
}
