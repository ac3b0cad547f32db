//! # High and steady volume
//!
//! ## What it checks
//! Whether the load is so high and so even that capacity by the hour usually wins.
//!
//! ## Why it matters
//! Pay-per-call buys elasticity. A load that never rests does not use it. Where the line is depends on the work of a
//! call, so the flip point is computed; vendors quote 50 million calls a month.
//!
//! ## Evidence
//! Requests a month, and the peak over the mean.
//!
//! ## Source
//! Guidance for Lambda Managed Instances (AWS agent toolkit, 2026-08-20): steady, above 50 M requests a month. Computed
//! here instead; the figure only decides whether the note is printed, and comes from the catalogue row
//! aws-lambda-managed-instances/guidance.requests_month where there is one.

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// The vendor's guidance named above, in requests a month; it decides nothing but whether a note is printed.
const REQUESTS_MONTH_GUIDANCE: f64 = 50e6;
/// A load is called steady if its busiest minute is at most twice its mean: our judgement.
const STEADY_PEAK_TO_MEAN: f64 = 2.0;

/// See the head of this file.
pub(super) struct SteadyVolume;

impl Rule for SteadyVolume {
    fn about(&self) -> About {
        About {
            id: RuleId("CR071"),
            title: "high and steady volume",
            hardness: Hardness::Soft,
            origin: &["E2"],
            file: include_str!("steady_volume.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        if !case.is_function() || case.configuration.is_none() {
            return;
        }
        let row = (case.quota)("aws-lambda-managed-instances", "guidance.requests_month");
        let many = row.map_or(REQUESTS_MONTH_GUIDANCE, |quota| quota.low);
        let requests = case.workload.requests_month();
        let (peak, mean) = (case.workload.peak_rate().hertz(), case.workload.mean_rate().hertz());
        if requests as f64 > many && peak <= STEADY_PEAK_TO_MEAN * mean {
            let text = format!(
                "{} requests a month with peaks of only {:.1}× the mean",
                crate::words::count(requests as f64),
                peak / mean
            );
            found.push(self.found(Effect::Note, text));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, workload};

    #[test]
    fn ninety_million_even_requests_are_noted_and_three_million_are_not() {
        let mut bench = Bench::function();
        bench.workload = workload(1.1);
        assert_eq!(bench.effects(&SteadyVolume), []);
        bench.workload = workload(34.0);
        assert_eq!(bench.effects(&SteadyVolume), [Effect::Note]);
        bench.workload.per_minute[3] *= 3.0;
        assert_eq!(bench.effects(&SteadyVolume), []);
    }
}
