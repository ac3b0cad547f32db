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

use model::{Kind, Need};

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

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
        // What a store's own pods set up on their host is nothing that a bought one needs.
        let host = case.component.containers.iter().find(|container| container.privileged);
        if let (Some(container), Some((why, _))) =
            (host, case.limits.refuses.get(&Need::Privileged))
            && case.component.kind != Kind::Stateful
            && found.iter().all(|finding| finding.rule != self.id())
        {
            let text =
                format!("its container {} has the rights of its host: {why}", container.name);
            found.push(self.found(Effect::Excludes, text).at(container.span));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Bench;
    use model::{Container, Role};

    #[test]
    fn a_platform_that_refuses_the_need_is_out() {
        let mut bench = Bench::function();
        assert_eq!(bench.effects(&Privileged), []);
        bench.component.containers = vec![Container::new("tune", Role::Init, None)];
        assert_eq!(bench.effects(&Privileged), []);
        bench.component.containers[0].privileged = true;
        assert_eq!(bench.effects(&Privileged), [Effect::Excludes]);
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
