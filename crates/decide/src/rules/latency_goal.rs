//! # It misses its latency goal
//!
//! ## What it checks
//! Every declared latency goal, against the latency that clients would see with this configuration.
//!
//! ## Why it matters
//! A placement that breaks a promise is not a cheaper placement.
//!
//! ## Evidence
//! The simulated latency, with front door, queueing and cold starts; the closed form where nothing was simulated (flip
//! points, sensitivity). Calls to other components that the caller waits for are added (see how latency is composed in
//! `compose.rs`).
//!
//! ## Source
//! The goal is the team's own; the latency comes from replaying the load.

use units::{Duration, Histogram};

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct LatencyGoal;

impl Rule for LatencyGoal {
    fn about(&self) -> About {
        About {
            id: RuleId("CR080"),
            title: "it misses its latency goal",
            hardness: Hardness::Hard,
            origin: &[],
            file: include_str!("latency_goal.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        let Some(latency) = case.evaluation.and_then(|evaluation| evaluation.latency.as_ref())
        else {
            return;
        };
        found.extend(missed(case.component, latency));
    }
}

/// What this latency breaks of a component's promises.
pub(crate) fn missed(component: &model::Component, latency: &Histogram) -> Vec<RuleFinding> {
    let goals = component.slo.latency.iter();
    goals
        .filter_map(|(share, limit, span)| {
            let value: Duration = latency.quantile(share.get())?;
            let percentile = crate::words::percentile(*share);
            let text = format!("{percentile} would be {value}, promised {limit}");
            (value > *limit).then(|| LatencyGoal.found(Effect::Excludes, text).at(*span))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, evaluation};
    use units::Share;

    #[test]
    fn one_slow_request_in_ten_breaks_p95_and_not_p50() {
        let mut bench = Bench::function();
        bench.evaluation = Some(evaluation(&[10, 10, 10, 10, 10, 10, 10, 10, 10, 900], 0.0));
        bench.component.slo.latency = vec![(Share::new(0.5), Duration::from_millis(100), None)];
        assert_eq!(bench.effects(&LatencyGoal), []);
        bench.component.slo.latency = vec![(Share::new(0.95), Duration::from_millis(100), None)];
        assert_eq!(bench.check(&LatencyGoal)[0].text, "p95 would be 900 ms, promised 100 ms");
    }
}
