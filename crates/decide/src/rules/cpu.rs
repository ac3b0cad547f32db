//! # One instance needs more CPU than the platform gives
//!
//! ## What it checks
//! The CPU one instance asks for (`cpu_request`), against the largest instance of the platform.
//!
//! ## Why it matters
//! A program written for sixteen cores does not finish in time on six.
//!
//! ## Evidence
//! The declared request and the platform's row. Without a request we cannot know how parallel a program is and
//! assume that one request uses one core.
//!
//! ## Source
//! Catalogue rows aws-lambda/cpu.max_vcpu (5.8 vCPU), aws-fargate/sizes (16 vCPU), the instance table.

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct Cpu;

impl Rule for Cpu {
    fn about(&self) -> About {
        About {
            id: RuleId("CR011"),
            title: "one instance needs more CPU than the platform gives",
            hardness: Hardness::Hard,
            origin: &["M2"],
            file: include_str!("cpu.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        let (Some(limit), Some((needs, span))) = (&case.limits.cpu_max, case.cpu_request()) else {
            return;
        };
        if needs > limit.value {
            let text = format!("asks for {needs}; {} gives {}", case.name, limit.value);
            found.push(self.found(Effect::Excludes, text).at(span));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, known};
    use units::Millicores;

    #[test]
    fn eight_cores_are_more_than_a_function_has() {
        let mut bench = Bench::function();
        bench.component.cpu_request = Some(known(Millicores::new(5000)));
        assert_eq!(bench.effects(&Cpu), []);
        bench.component.cpu_request = Some(known(Millicores::new(8000)));
        assert_eq!(bench.effects(&Cpu), [Effect::Excludes]);
    }
}
