//! # It serves gRPC
//!
//! ## What it checks
//! Whether the component declares `needs: [grpc]` and the platform carries it.
//!
//! ## Why it matters
//! gRPC needs HTTP/2 end to end, with trailers. The gateways in front of event functions speak
//! HTTP/1.1 to them.
//!
//! ## Evidence
//! The declared need against the platform's list of refused needs.
//!
//! ## Source
//! Google Cloud Run and Lambda MicroVM documentation for the platforms that carry it; for event
//! functions from memory.

use model::Need;

use crate::case::RuleCase;
use crate::rules::{About, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct Grpc;

impl Rule for Grpc {
    fn about(&self) -> About {
        About {
            id: RuleId("CR022"),
            title: "it serves gRPC",
            hardness: Hardness::Hard,
            origin: &["N2"],
            file: include_str!("grpc.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        case.exclude_if_refused(self, Need::Grpc, found);
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
        assert_eq!(bench.effects(&Grpc), []);
        bench.component.needs.insert(Need::Grpc, None);
        assert_eq!(bench.effects(&Grpc), [Effect::Excludes]);
    }

    #[test]
    fn a_platform_that_serves_it_stays() {
        let mut bench = Bench::cluster();
        bench.component.needs.insert(Need::Grpc, None);
        assert_eq!(bench.effects(&Grpc), []);
    }
}
