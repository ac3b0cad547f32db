//! # A GPU is needed
//!
//! ## What it checks
//! Whether the component declares `needs: [gpu]` and the platform can give it one.
//!
//! ## Why it matters
//! Event functions and Fargate tasks have no accelerators; only machines with one do, as cluster
//! nodes or plain servers.
//!
//! ## Evidence
//! The declared need against the platform's list of refused needs. Managed Instances of Lambda
//! offer 3 to 48 GiB of accelerator memory since November 2026; the catalogue has no price of a
//! machine for that, so they are refused here, too.
//!
//! ## Source
//! Catalogue rows aws-lambda/gpu, aws-fargate/not_supported, aws-lambda-managed-
//! instances/gpu.accelerator_memory.

use model::Need;

use crate::case::RuleCase;
use crate::rules::{About, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct Gpu;

impl Rule for Gpu {
    fn about(&self) -> About {
        About {
            id: RuleId("CR012"),
            title: "a GPU is needed",
            hardness: Hardness::Hard,
            origin: &["M3"],
            file: include_str!("gpu.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        case.exclude_if_refused(self, Need::Gpu, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Effect;
    use crate::testing::Bench;

    #[test]
    fn a_platform_that_refuses_the_need_is_out() {
        let mut bench = Bench::function();
        assert_eq!(bench.effects(&Gpu), []);
        bench.component.needs.insert(Need::Gpu, None);
        assert_eq!(bench.effects(&Gpu), [Effect::Excludes]);
    }

    #[test]
    fn a_platform_that_serves_it_stays() {
        let mut bench = Bench::cluster();
        bench.component.needs.insert(Need::Gpu, None);
        assert_eq!(bench.effects(&Gpu), []);
    }
}
