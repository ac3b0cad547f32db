//! # A request runs longer than the platform allows
//!
//! ## What it checks
//! The longest run of a component that clients wait for, against the platform's longest synchronous run; and its
//! longest CPU time, where a platform limits that and lets requests wait for as long as they like. On a cluster it is
//! Knative's proxy that ends a request, so only configurations with Knative are held against its limit.
//!
//! ## Why it matters
//! The platform stops the call mid-way: the caller sees an error, the work is lost, and it is billed.
//!
//! ## Evidence
//! `run_time_max` where it is declared; else the slowest request that planning should reckon with (the largest
//! measured one, or the 99.9th percentile of a fitted distribution) on one whole vCPU, which is the fastest any
//! platform here runs it.
//!
//! ## Source
//! Catalogue row aws-lambda/timeout.max (900 s) and its like on other platforms; cloudflare-workers/cpu_time.most
//! (300 s); knative/revision_timeout.max (600 s, which an operator may raise).

use model::Distribution;
use platforms::Settings;

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct RunTime;

impl Rule for RunTime {
    fn about(&self) -> About {
        About {
            id: RuleId("CR001"),
            title: "a request runs longer than the platform allows",
            hardness: Hardness::Hard,
            origin: &["D1"],
            file: include_str!("run_time.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        let cpu = &case.component.demand.cpu;
        if let (Some(limit), Some(longest)) =
            (&case.limits.cpu_time_max, cpu.value().map(Distribution::slowest))
            && longest > limit.value
        {
            let text = format!(
                "computes for up to {longest}; {} stops a call after {} of CPU time",
                case.name, limit.value
            );
            let span = cpu.origin().and_then(|origin| origin.span);
            found.push(self.found(Effect::Excludes, text).at(span));
        }
        let Some((longest, span)) = case.longest_run().filter(|_| case.is_waited_for()) else {
            return;
        };
        let knative = match case.settings() {
            Some(Settings::Pod(pod)) if pod.is_knative() => {
                case.limits.knative_request_max.as_ref()
            }
            _ => None,
        };
        let limits = [(case.name, case.limits.run_time_max.as_ref()), ("Knative", knative)];
        for (who, limit) in limits.into_iter().filter_map(|(who, limit)| Some((who, limit?))) {
            if longest > limit.value {
                let text = format!("runs up to {longest}; {who} stops a call at {}", limit.value);
                found.push(self.found(Effect::Excludes, text).at(span));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, knative, known, pods};
    use units::Duration;

    #[test]
    fn a_call_may_run_as_long_as_the_limit_and_no_longer() {
        let mut bench = Bench::function();
        bench.component.run_time_max = Some(known(Duration::from_secs(900)));
        assert_eq!(bench.effects(&RunTime), []);
        bench.component.run_time_max = Some(known(Duration::from_secs(901)));
        assert_eq!(bench.effects(&RunTime), [Effect::Excludes]);
    }

    #[test]
    fn where_cpu_time_is_limited_waiting_is_not() {
        let mut bench = Bench::cluster();
        bench.limits.cpu_time_max = crate::testing::limited(Duration::from_secs(300), "row");
        let constant = |secs| known(Distribution::Constant(Duration::from_secs(secs)));
        bench.component.demand.cpu = constant(299);
        bench.component.demand.wait = constant(3000);
        assert_eq!(bench.effects(&RunTime), []);
        bench.component.demand.cpu = constant(301);
        assert_eq!(bench.effects(&RunTime), [Effect::Excludes]);
    }

    #[test]
    fn without_a_limit_nothing_is_too_long() {
        let mut bench = Bench::cluster();
        bench.component.run_time_max = Some(known(Duration::from_secs(90_000)));
        assert_eq!(bench.effects(&RunTime), []);
    }

    #[test]
    fn knative_ends_a_request_after_ten_minutes_and_a_deployment_does_not() {
        let mut bench = Bench::cluster();
        bench.limits.knative_request_max = crate::testing::limited(Duration::from_secs(600), "row");
        bench.component.run_time_max = Some(known(Duration::from_secs(601)));
        bench.configuration = Some(pods(1));
        assert_eq!(bench.effects(&RunTime), []);
        bench.configuration = Some(knative());
        assert_eq!(bench.effects(&RunTime), [Effect::Excludes]);
        bench.component.run_time_max = Some(known(Duration::from_secs(600)));
        assert_eq!(bench.effects(&RunTime), []);
    }
}
