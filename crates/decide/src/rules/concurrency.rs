//! # More concurrent requests than the account allows
//!
//! ## What it checks
//! Requests in flight in the busiest minute, against the account's quota of concurrent executions.
//!
//! ## Why it matters
//! Above the quota calls are turned away with 429, and all functions of the account share it. The quota is raised on
//! request, usually within days, so this is a risk to act on before the day it matters. Whether requests are really
//! lost is for the simulation to say, and for the error goal (CR081) to judge.
//!
//! ## Evidence
//! The busiest minute's rate times the mean service time on one whole vCPU (Little's law).
//!
//! ## Source
//! Catalogue rows aws-lambda/concurrency.account_default (1,000) and aws-lambda/concurrency.reserve_floor (100).

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct Concurrency;

impl Rule for Concurrency {
    fn about(&self) -> About {
        About {
            id: RuleId("CR050"),
            title: "more concurrent requests than the account allows",
            hardness: Hardness::Soft,
            origin: &["Q1"],
            file: include_str!("concurrency.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        let Some(limit) = &case.limits.concurrency_account else { return };
        let peak = case.peak_concurrency();
        if peak > limit.value as f64 {
            let text =
                format!("{peak:.0} requests at once in its busiest minute; quota {}", limit.value);
            let hint = "ask for a higher quota before that day";
            found.push(self.found(Effect::Risk, text).hint(hint));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, workload};

    #[test]
    fn four_thousand_a_second_of_300_ms_are_1200_at_once() {
        let mut bench = Bench::function();
        bench.workload = workload(3000.0);
        assert_eq!(bench.effects(&Concurrency), []);
        bench.workload = workload(4000.0);
        let found = bench.check(&Concurrency);
        assert_eq!(found[0].text, "1200 requests at once in its busiest minute; quota 1000");
    }
}
