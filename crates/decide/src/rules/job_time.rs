//! # A job runs longer than the platform allows
//!
//! ## What it checks
//! The longest run of a job, a queue worker or a stream reader, against the platform's longest asynchronous run.
//!
//! ## Why it matters
//! The platform stops the job mid-way, the queue hands it out again, and it is stopped again: it never ends and is
//! billed each time.
//!
//! ## Evidence
//! `run_time_max` where it is declared; else the slowest run that planning should reckon with, on one whole vCPU.
//! Between 15 and 90 minutes Lambda offers Managed Instances, which are a target of their own.
//!
//! ## Source
//! Catalogue rows aws-lambda/timeout.max and aws-lambda-managed-instances/timeout.max_async.

use model::Kind;

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct JobTime;

impl Rule for JobTime {
    fn about(&self) -> About {
        About {
            id: RuleId("CR002"),
            title: "a job runs longer than the platform allows",
            hardness: Hardness::Hard,
            origin: &["D2"],
            file: include_str!("job_time.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        let is_job = matches!(case.component.kind, Kind::Worker | Kind::Cron | Kind::Stream);
        let (Some(limit), Some((longest, span))) =
            (&case.limits.run_time_max_async, case.longest_run())
        else {
            return;
        };
        if is_job && longest > limit.value {
            let text =
                format!("runs up to {longest}; {} stops a job at {}", case.name, limit.value);
            found.push(self.found(Effect::Excludes, text).at(span));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, known};
    use units::Duration;

    #[test]
    fn the_forty_minute_job_does_not_fit_a_function() {
        let mut bench = Bench::function();
        bench.component.kind = Kind::Cron;
        assert_eq!(bench.effects(&JobTime), []);
        bench.component.run_time_max = Some(known(Duration::from_secs(2400)));
        assert_eq!(bench.effects(&JobTime), [Effect::Excludes]);
    }

    #[test]
    fn requests_are_another_rules_business() {
        let mut bench = Bench::function();
        bench.component.run_time_max = Some(known(Duration::from_secs(2400)));
        assert_eq!(bench.effects(&JobTime), []);
    }
}
