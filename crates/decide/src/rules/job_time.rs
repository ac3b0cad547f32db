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
//! Between 15 and 90 minutes Lambda offers Managed Instances, which are a target of their own. A job that is cut into
//! `steps` is held against what carries it from one to the next (a durable function, a state machine), and each of its
//! calls against the usual limit; in one piece it is then one configuration that is out, not the platform.
//!
//! ## Source
//! Catalogue rows aws-lambda/timeout.max, aws-lambda-managed-instances/timeout.max_async, aws-lambda/durable.execution_max,
//! aws-step-functions/standard.execution_max and express.execution_max.

use model::{Distribution, Kind, Steps};
use platforms::Workflow;
use source::Span;
use units::Duration;

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId, waiting_job};

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
        let kind = case.component.kind;
        let is_job = kind.ends() || matches!(kind, Kind::Worker | Kind::Stream);
        let (Some(limit), Some((longest, span))) =
            (&case.limits.run_time_max_async, case.longest_run())
        else {
            return;
        };
        if !is_job {
            return;
        }
        if let (Some(workflow), Some(steps)) = (case.workflow(), &case.component.steps) {
            return self.check_steps(case, (workflow, steps), (longest, span), found);
        }
        // What is cut into steps may have a configuration that carries it from one to the next.
        let stepped = case.limits.stepped_run_max.as_ref();
        let stepped = stepped.filter(|_| case.component.steps.is_some());
        let (limit, whole) = match stepped {
            Some(stepped) if case.configuration.is_none() => (stepped, "a run in steps"),
            Some(_) => (limit, "a job in one piece"),
            None => (limit, "a job"),
        };
        if longest > limit.value {
            let mut text =
                format!("runs up to {longest}; {} stops {whole} at {}", case.name, limit.value);
            if waiting_job::could_be_split(case) {
                text.push_str("; it mostly waits, and cut into `steps` it would fit");
            }
            found.push(self.found(Effect::Excludes, text).at(span));
        }
    }
}

impl JobTime {
    /// In steps: the whole of it against what carries it, and one call against the platform's usual limit.
    fn check_steps(
        &self,
        case: &RuleCase<'_>,
        (workflow, steps): (Workflow, &Steps),
        (longest, span): (Duration, Option<Span>),
        found: &mut Vec<RuleFinding>,
    ) {
        let (platform, id) = workflow.longest_run();
        if let Some(most) = (case.quota)(platform, id)
            && longest.secs_f64() > most.high
        {
            let most = Duration::from_secs_f64(most.high);
            let text = format!("runs up to {longest}; {} ends a run after {most}", workflow.name());
            found.push(self.found(Effect::Excludes, text).at(span));
        }
        let (calls, demand) = (workflow.calls(steps), &case.component.demand);
        let computes = demand.cpu.value().map(Distribution::slowest).unwrap_or_default();
        let waits = match steps.pauses() {
            0 => demand.wait.value().map(Distribution::slowest).unwrap_or_default(),
            _ => steps.inside(demand),
        };
        let call = (computes + waits).times_f64(1.0 / f64::from(calls.max(1)));
        let limit = case.limits.run_time_max_async.as_ref();
        if let Some(limit) = limit.filter(|limit| calls > 0 && call > limit.value) {
            let text = format!(
                "each of its {calls} calls runs up to {call}; {} stops a call at {}",
                case.name, limit.value
            );
            found.push(self.found(Effect::Excludes, text).at(span).hint("cut it into more steps"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, known};

    #[test]
    fn a_job_in_steps_is_out_only_where_nothing_carries_it() {
        let mut bench = Bench::function();
        bench.component.kind = Kind::Worker;
        bench.component.demand.wait = crate::testing::constant(6 * 3_600_000);
        bench.component.demand.cpu = crate::testing::constant(2000);
        let plain = bench.configuration.take();
        assert_eq!(bench.effects(&JobTime), [Effect::Excludes]);
        bench.component.steps = Some(crate::testing::steps(5));
        assert_eq!(bench.effects(&JobTime), [Effect::Excludes], "no platform carries steps yet");
        bench.limits.stepped_run_max = crate::testing::limited(Duration::DAY * 366, "row");
        assert_eq!(bench.effects(&JobTime), []);
        bench.configuration = plain;
        assert_eq!(bench.effects(&JobTime), [Effect::Excludes], "in one piece it is too long");
        bench.quotas.insert("aws-lambda/durable.execution_max", 366.0 * 86_400.0);
        bench.quotas.insert("aws-step-functions/express.execution_max", 300.0);
        bench.in_steps(Workflow::Durable);
        assert_eq!(bench.effects(&JobTime), []);
        bench.in_steps(Workflow::Express);
        assert_eq!(bench.effects(&JobTime), [Effect::Excludes]);
        // Five calls of twenty minutes are too long each.
        bench.in_steps(Workflow::Standard);
        bench.component.demand.cpu = crate::testing::constant(6_000_000);
        assert_eq!(bench.effects(&JobTime), [Effect::Excludes]);
    }

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
