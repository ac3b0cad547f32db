//! # A long job mostly waits
//!
//! ## What it checks
//! Whether a job that is too long for a function spends at least half of its time waiting, and whether it is cut into
//! `steps`.
//!
//! ## Why it matters
//! A job that waits for others (an approval, a transfer, another system) can be cut into short steps with a durable
//! function or a state machine between them. Then the limit on one run no longer matters, and the waiting costs
//! nothing. Cutting means changing the program, so it is planned only where `steps` says that it is done or may be;
//! else we ask. On servers and clusters the same program holds no place between its steps either; the store for runs that
//! wait, and what calls them again, are the team's to add there and on no bill.
//!
//! ## Evidence
//! The declared or measured CPU and waiting time, against the platform's longest asynchronous run.
//!
//! ## Source
//! Catalogue rows aws-lambda/durable.execution_max (366 days) and aws-step-functions/standard.execution_max (a year),
//! each step inside the usual limit.

use model::{Distribution, Kind};
use units::Duration;

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
        if !matches!(case.component.kind, Kind::Worker | Kind::Cron | Kind::Job) {
            return;
        }
        match (&case.component.steps, case.configuration) {
            (None, None) => self.check_whole(case, found),
            (Some(steps), Some(_)) => {
                let between = steps.between(&case.component.demand);
                let text = match case.workflow() {
                    Some(workflow) => format!(
                        "its {} steps run as a {}: {between} of waiting between them is not paid for",
                        steps.count,
                        workflow.name()
                    ),
                    None if case.limits.stepped_run_max.is_some() || steps.pauses() == 0 => return,
                    None => "runs its steps one by one here: the store for those that wait, and what calls them \
                             again, are yours to add and on no bill"
                        .to_owned(),
                };
                found.push(self.found(Effect::Note, text).at(steps.span));
            }
            _ => {}
        }
    }
}

impl WaitingJob {
    /// In one piece: that it could be cut.
    fn check_whole(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        if !could_be_split(case) {
            return;
        }
        let span = case.longest_run().and_then(|(_, span)| span);
        let demand = &case.component.demand;
        let wait = demand.wait.value().map(Distribution::mean).unwrap_or_default();
        let text = format!(
            "waits for {wait} of its {}: could be split into steps, between which waiting on {} costs nothing",
            demand.mean(),
            case.name
        );
        let hint = "if the program can be cut, declare `steps: 3` (how many there are)";
        found.push(self.found(Effect::Asks, text).at(span).hint(hint));
    }
}

/// Whether a job in one piece is too long for the platform, mostly waits, and would be carried there in steps.
pub(super) fn could_be_split(case: &RuleCase<'_>) -> bool {
    let (limit, stepped) = (&case.limits.run_time_max_async, &case.limits.stepped_run_max);
    let (Some(limit), Some(stepped), Some((longest, _))) = (limit, stepped, case.longest_run())
    else {
        return false;
    };
    let demand = &case.component.demand;
    let wait = demand.wait.value().map(Distribution::mean).unwrap_or_default();
    let is_job = matches!(case.component.kind, Kind::Worker | Kind::Cron | Kind::Job);
    let waits = is_job && wait * 2 >= demand.mean() && wait > Duration::ZERO;
    let between = longest > limit.value && longest <= stepped.value;
    case.component.steps.is_none() && waits && between
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, constant};

    fn waiting() -> Bench {
        let mut bench = Bench::function();
        bench.component.kind = Kind::Worker;
        bench.component.demand.wait = constant(1_800_000);
        bench.limits.stepped_run_max = crate::testing::limited(Duration::DAY * 366, "row");
        bench
    }

    #[test]
    fn a_job_that_waits_for_half_an_hour_is_asked_about_steps() {
        let mut bench = waiting();
        bench.configuration = None;
        assert_eq!(bench.effects(&WaitingJob), [Effect::Asks]);
        bench.limits.stepped_run_max = None;
        assert_eq!(bench.effects(&WaitingJob), [], "nothing here would carry it");
    }

    #[test]
    fn in_steps_it_is_told_what_they_save_and_elsewhere_what_is_not_billed() {
        let mut bench = waiting();
        bench.component.steps = Some(crate::testing::steps(4));
        bench.in_steps(platforms::Workflow::Durable);
        assert_eq!(bench.effects(&WaitingJob), [Effect::Note]);
        let mut cluster = Bench::cluster();
        cluster.component = bench.component.clone();
        cluster.configuration = Some(crate::testing::pods(1));
        assert_eq!(cluster.effects(&WaitingJob), [Effect::Note]);
    }

    #[test]
    fn a_job_that_works_for_half_an_hour_is_not() {
        let mut bench = waiting();
        bench.configuration = None;
        bench.component.demand.wait = constant(0);
        bench.component.demand.cpu = constant(1_800_000);
        assert_eq!(bench.effects(&WaitingJob), []);
    }
}
