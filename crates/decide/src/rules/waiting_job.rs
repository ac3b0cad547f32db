//! # A long job mostly waits
//!
//! ## What it checks
//! Whether a job that is too long for a function spends at least half of its time waiting.
//!
//! ## Why it matters
//! A job that waits for others (an approval, a transfer, another system) can be cut into short steps with a durable
//! function or a state machine between them. Then the limit on one run no longer matters, and the waiting costs
//! nothing. We do not place it so, because it means changing the program; we say that it can be done.
//!
//! ## Evidence
//! The declared or measured CPU and waiting time, against the platform's longest asynchronous run.
//!
//! ## Source
//! Catalogue row aws-lambda/durable.execution_max (366 days), each step inside the usual limit.

use model::{Distribution, Kind};

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct WaitingJob;

impl Rule for WaitingJob {
    fn about(&self) -> About {
        About {
            id: RuleId("CR003"),
            title: "a long job mostly waits",
            hardness: Hardness::Soft,
            origin: &["D3"],
            file: include_str!("waiting_job.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        let is_job = matches!(case.component.kind, Kind::Worker | Kind::Cron);
        let (Some(limit), Some((longest, span))) =
            (&case.limits.run_time_max_async, case.longest_run())
        else {
            return;
        };
        let demand = &case.component.demand;
        let wait = demand.wait.value().map(Distribution::mean).unwrap_or_default();
        if is_job && longest > limit.value && wait * 2 >= demand.mean() && wait.nanos() > 0 {
            let text = format!("waits for {wait} of its {}", demand.mean());
            let hint = "cut into steps with a durable function or Step Functions, it fits and the \
                        waiting costs nothing";
            found.push(self.found(Effect::Note, text).at(span).hint(hint));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, constant};

    #[test]
    fn a_job_that_waits_for_half_an_hour_is_told_of_steps() {
        let mut bench = Bench::function();
        bench.component.kind = Kind::Worker;
        bench.component.demand.wait = constant(1_800_000);
        assert_eq!(bench.effects(&WaitingJob), [Effect::Note]);
    }

    #[test]
    fn a_job_that_works_for_half_an_hour_is_not() {
        let mut bench = Bench::function();
        bench.component.kind = Kind::Worker;
        bench.component.demand.cpu = constant(1_800_000);
        assert_eq!(bench.effects(&WaitingJob), []);
    }
}
