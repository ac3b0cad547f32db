//! # Cold starts reach the promised percentile
//!
//! ## What it checks
//! The share of requests that meet a cold start, against the share that may be slow.
//!
//! ## Why it matters
//! A percentile is lost to cold starts only if more requests are cold than it leaves out: one in a hundred for p99, one
//! in a thousand for p99.9. Below that, cold starts are no reason against functions; above it, something must keep
//! environments warm, or start them faster.
//!
//! ## Evidence
//! The simulated (or estimated) cold share and the declared goals.
//!
//! ## Source
//! AWS Compute Blog, 2025-04-29: fewer than 1 % of production calls are cold (catalogue row
//! aws-lambda/coldstart.share_in_production).

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct ColdShare;

impl Rule for ColdShare {
    fn about(&self) -> About {
        About {
            id: RuleId("CR061"),
            title: "cold starts reach the promised percentile",
            hardness: Hardness::Soft,
            origin: &["L2"],
            file: include_str!("cold_share.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        let Some(cold) = case.evaluation.and_then(|evaluation| evaluation.cold) else { return };
        let goals = case.component.slo.latency.iter();
        let reached = goals.filter(|(share, ..)| cold.get() > 1.0 - share.get());
        if let Some((share, _, span)) =
            reached.max_by(|(a, ..), (b, ..)| a.get().total_cmp(&b.get()))
        {
            let text = format!(
                "{cold} of requests are cold, more than the promise for {share} leaves out"
            );
            found.push(self.found(Effect::Note, text).at(*span));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, evaluation};
    use units::{Duration, Share};

    fn effects(cold: f64) -> Vec<Effect> {
        let mut bench = Bench::function();
        bench.component.slo.latency = vec![(Share::new(0.99), Duration::SECOND, None)];
        bench.evaluation = Some(evaluation(&[300], cold));
        bench.effects(&ColdShare)
    }

    #[test]
    fn two_cold_in_a_hundred_reach_p99_and_two_in_a_thousand_do_not() {
        assert_eq!(effects(0.002), []);
        assert_eq!(effects(0.02), [Effect::Note]);
    }
}
