//! # A request runs longer than the platform allows
//!
//! ## What it checks
//! The longest run of a component that clients wait for, against the platform's longest synchronous run; and its
//! longest CPU time, where a platform limits that and lets requests wait for as long as they like.
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
//! (300 s).

use model::Distribution;

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
        let (Some(limit), Some((longest, span))) = (&case.limits.run_time_max, case.longest_run())
        else {
            return;
        };
        if case.is_waited_for() && longest > limit.value {
            let text =
                format!("runs up to {longest}; {} stops a call at {}", case.name, limit.value);
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
}
