//! # It needs the host: privileged mode, host network, devices
//!
//! ## What it checks
//! Whether the component declares `needs: [privileged]`: privileged containers, the host's network,
//! devices, agents that watch the host.
//!
//! ## Why it matters
//! Functions and Fargate tasks isolate the host on purpose. Only nodes and servers of your own give
//! access to it.
//!
//! ## Evidence
//! The declared need against the platform's list of refused needs.
//!
//! ## Source
//! Catalogue row aws-fargate/not_supported.

use model::Need;

use crate::case::RuleCase;
use crate::rules::{About, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct Privileged;

impl Rule for Privileged {
    fn about(&self) -> About {
        About {
            id: RuleId("CR024"),
            title: "it needs the host: privileged mode, host network, devices",
            hardness: Hardness::Hard,
            origin: &["N5"],
            file: include_str!("privileged.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        case.exclude_if_refused(self, Need::Privileged, found);
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
        assert_eq!(bench.effects(&Privileged), []);
        bench.component.needs.insert(Need::Privileged, None);
        assert_eq!(bench.effects(&Privileged), [Effect::Excludes]);
    }

    #[test]
    fn a_platform_that_serves_it_stays() {
        let mut bench = Bench::cluster();
        bench.component.needs.insert(Need::Privileged, None);
        assert_eq!(bench.effects(&Privileged), []);
    }
}
