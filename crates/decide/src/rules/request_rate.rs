//! # More requests a second than the account allows
//!
//! ## What it checks
//! The busiest minute's rate, against the account's quota of requests a second.
//!
//! ## Why it matters
//! Short functions reach this quota before the one on concurrency: it is ten times that, so it binds where a call takes
//! less than 100 ms.
//!
//! ## Evidence
//! The busiest minute's rate.
//!
//! ## Source
//! Catalogue row aws-lambda/rps.account (10 × concurrency).

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct RequestRate;

impl Rule for RequestRate {
    fn about(&self) -> About {
        About {
            id: RuleId("CR051"),
            title: "more requests a second than the account allows",
            hardness: Hardness::Soft,
            origin: &["Q2"],
            file: include_str!("request_rate.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        let Some(limit) = &case.limits.rate_account else { return };
        let peak = case.workload.peak_rate().hertz();
        if peak > limit.value as f64 {
            let text = format!("{peak:.0} requests a second at its peak; quota {}", limit.value);
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
    fn twelve_thousand_a_second_are_too_many() {
        let mut bench = Bench::function();
        bench.workload = workload(9000.0);
        assert_eq!(bench.effects(&RequestRate), []);
        bench.workload = workload(12_000.0);
        assert_eq!(bench.effects(&RequestRate), [Effect::Risk]);
    }
}
