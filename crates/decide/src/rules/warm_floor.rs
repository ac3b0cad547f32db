//! # The goal is below what the platform adds when warm
//!
//! ## What it checks
//! The tightest latency goal, against what a warm call through a function platform has been measured to add.
//!
//! ## Why it matters
//! "p99 under 50 ms means Kubernetes" is usually explained with cold starts. Cold starts reach p99 only if more than one
//! call in a hundred is cold; the path of a warm call alone was measured at a p99 of 74 ms inside the data centre.
//!
//! ## Evidence
//! The declared goal, and the measurement. It is from 2021 and unrepeated, so this rule warns and never excludes:
//! measure before you decide by it.
//!
//! ## Source
//! STeLLAR, IISWC 2021: warm p99 74 ms on Lambda, 47 ms on Google, 75 ms on Azure. Where the catalogue has a row
//! aws-lambda/warm.p99, that is used instead.

use units::Duration;

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// The p99 of a warm call through the platform in the measurement named above, in milliseconds. It is an observation
/// of others, not a quota; it stands here until the catalogue has a fresh one.
const WARM_P99_MEASURED_2021: Duration = Duration::from_millis(74);

/// See the head of this file.
pub(super) struct WarmFloor;

impl Rule for WarmFloor {
    fn about(&self) -> About {
        About {
            id: RuleId("CR060"),
            title: "the goal is below what the platform adds when warm",
            hardness: Hardness::Soft,
            origin: &["L1"],
            file: include_str!("warm_floor.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        if !case.is_function() {
            return;
        }
        let fresh = (case.quota)("aws-lambda", "warm.p99");
        let floor = fresh
            .map_or(WARM_P99_MEASURED_2021, |quota| Duration::from_secs_f64(quota.high / 1000.0));
        let goals = case.component.slo.latency.iter().filter(|(share, ..)| share.get() >= 0.99);
        let tightest = goals.min_by_key(|(_, limit, _)| *limit);
        if let Some((share, limit, span)) = tightest.filter(|(_, limit, _)| *limit < floor) {
            let text = format!(
                "promises {share} within {limit}; a warm call alone was measured at {floor} (p99, 2021)"
            );
            found.push(self.found(Effect::Risk, text).at(*span).hint("measure it before deciding"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Bench;
    use units::Share;

    fn promise(ms: u64) -> Vec<Effect> {
        let mut bench = Bench::function();
        bench.component.slo.latency = vec![(Share::new(0.99), Duration::from_millis(ms), None)];
        bench.effects(&WarmFloor)
    }

    #[test]
    fn fifty_milliseconds_are_below_the_floor_and_800_are_not() {
        assert_eq!(promise(800), []);
        assert_eq!(promise(50), [Effect::Risk]);
    }
}
