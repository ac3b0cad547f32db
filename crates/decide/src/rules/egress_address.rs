//! # A fixed address or a private network costs extra
//!
//! ## What it checks
//! `needs: [fixed-egress-ip]` and `[private-network]` on platforms that have neither by themselves.
//!
//! ## Why it matters
//! Calls from functions and tasks leave through changing addresses. A fixed one needs a private network with a NAT
//! gateway, which costs by the hour and by the gigabyte; a server can simply keep its own address.
//!
//! ## Evidence
//! The declared need. The NAT gateway itself is on the bill where the network is private.
//!
//! ## Source
//! Catalogue row aws-lambda/vpc.eni; prices of aws/nat.

use model::{Need, Network};
use platforms::Family;

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct EgressAddress;

impl Rule for EgressAddress {
    fn about(&self) -> About {
        About {
            id: RuleId("CR026"),
            title: "a fixed address or a private network costs extra",
            hardness: Hardness::Hard,
            origin: &["N7"],
            file: include_str!("egress_address.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        case.exclude_if_refused(self, Need::FixedEgressIp, found);
        case.exclude_if_refused(self, Need::PrivateNetwork, found);
        let fixed = case.component.needs.has(Need::FixedEgressIp);
        let public = case.app.network.get() == Some(Network::Public);
        if fixed && public && matches!(case.family, Family::Serverless | Family::Kubernetes) {
            let text = "a fixed address needs a NAT gateway, which is not on this bill".to_owned();
            let span = case.component.needs.span(Need::FixedEgressIp);
            found.push(self.found(Effect::Risk, text).at(span).hint("declare `network: private`"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, known};

    #[test]
    fn functions_need_a_nat_gateway_for_it_and_servers_do_not() {
        let mut bench = Bench::function();
        assert_eq!(bench.effects(&EgressAddress), []);
        bench.component.needs.insert(Need::FixedEgressIp, None);
        assert_eq!(bench.effects(&EgressAddress), [Effect::Risk]);
        let servers = Bench { component: bench.component.clone(), ..Bench::servers() };
        assert_eq!(servers.effects(&EgressAddress), []);
        bench.app.network = known(Network::Private);
        assert_eq!(bench.effects(&EgressAddress), []);
    }
}
