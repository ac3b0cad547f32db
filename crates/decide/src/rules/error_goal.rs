//! # It turns away more requests than it may
//!
//! ## What it checks
//! The share of requests that the replay saw turned away, against the error goal.
//!
//! ## Why it matters
//! Capacity that is cheap because it refuses work is not cheap.
//!
//! ## Evidence
//! Every request of the replay is accounted for: served, rejected or in flight at the end. The goal is the declared one,
//! or one request in a thousand.
//!
//! ## Source
//! The goal is the team's own; its default is a judgement.

use units::Share;

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// The share of requests that may fail where nobody says.
pub(crate) const ERRORS_ALLOWED: f64 = 0.001;

/// See the head of this file.
pub(super) struct ErrorGoal;

impl Rule for ErrorGoal {
    fn about(&self) -> About {
        About {
            id: RuleId("CR081"),
            title: "it turns away more requests than it may",
            hardness: Hardness::Hard,
            origin: &[],
            file: include_str!("error_goal.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        let Some(counts) = case.evaluation.and_then(|evaluation| evaluation.counts) else { return };
        let failed = Share::of(counts.rejected, counts.arrivals);
        let allowed = case.component.slo.errors.unwrap_or(Share::new(ERRORS_ALLOWED));
        if failed > allowed {
            let text = format!("{failed} of requests turned away, {allowed} allowed");
            found.push(self.found(Effect::Excludes, text).at(case.component.span));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, evaluation};
    use platforms::Counts;

    fn effects(rejected: u64) -> Vec<Effect> {
        let mut bench = Bench::function();
        let counts = Counts { arrivals: 10_000, served: 10_000 - rejected, rejected, in_flight: 0 };
        bench.evaluation =
            Some(platforms::Evaluation { counts: Some(counts), ..evaluation(&[10], 0.0) });
        bench.effects(&ErrorGoal)
    }

    #[test]
    fn one_in_a_thousand_may_fail_and_no_more() {
        assert_eq!(effects(10), []);
        assert_eq!(effects(11), [Effect::Excludes]);
    }
}
