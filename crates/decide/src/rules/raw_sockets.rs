//! # It listens on raw TCP or UDP
//!
//! ## What it checks
//! Whether the component declares `needs: [tcp]` or `[udp]` and the platform accepts such
//! connections.
//!
//! ## Why it matters
//! A function is called with an event; nothing can connect to it. A load balancer for TCP or UDP in
//! front of tasks, pods or servers can.
//!
//! ## Evidence
//! The declared need against the platform's list of refused needs.
//!
//! ## Source
//! Catalogue row aws-lambda/inbound.sockets (written from memory).

use model::Need;

use crate::case::RuleCase;
use crate::rules::{About, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct RawSockets;

impl Rule for RawSockets {
    fn about(&self) -> About {
        About {
            id: RuleId("CR020"),
            title: "it listens on raw TCP or UDP",
            hardness: Hardness::Hard,
            origin: &["N1"],
            file: include_str!("raw_sockets.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        case.exclude_if_refused(self, Need::Tcp, found);
        case.exclude_if_refused(self, Need::Udp, found);
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
        assert_eq!(bench.effects(&RawSockets), []);
        bench.component.needs.insert(Need::Tcp, None);
        assert_eq!(bench.effects(&RawSockets), [Effect::Excludes]);
    }

    #[test]
    fn a_platform_that_serves_it_stays() {
        let mut bench = Bench::cluster();
        bench.component.needs.insert(Need::Tcp, None);
        assert_eq!(bench.effects(&RawSockets), []);
    }
}
