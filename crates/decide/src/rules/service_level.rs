//! # One zone, one copy
//!
//! ## What it checks
//! Whether a component that clients wait for would run as a single copy or in a single zone.
//!
//! ## Why it matters
//! One server is often the cheapest answer, and it is down while it is patched, replaced or its zone fails. That is a
//! choice to make with open eyes; `availability: { zones: 2 }` asks for the other one.
//!
//! ## Evidence
//! The configuration's copies, and the declared or assumed number of zones.
//!
//! ## Source
//! Catalogue row eks/control_plane.sla (99.95 %, from memory); providers' service levels for one instance are far lower
//! than for two zones.

use platforms::Settings;

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct ServiceLevel;

impl Rule for ServiceLevel {
    fn about(&self) -> About {
        About {
            id: RuleId("CR077"),
            title: "one zone, one copy",
            hardness: Hardness::Soft,
            origin: &["E8"],
            file: include_str!("service_level.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        let copies = match case.settings() {
            Some(Settings::Server(server)) => server.copies,
            // Where Knative takes the last pod away, one comes back.
            Some(Settings::Pod(pod)) => pod.min.max(1),
            Some(Settings::Task(task)) => task.min,
            // The provider replaces these, in whatever zone.
            Some(Settings::Function(_) | Settings::Instance(_) | Settings::Managed(_)) | None => {
                return;
            }
        };
        let assumed = !case.app.availability.zones.is_known();
        if copies == 1 && case.is_waited_for() && assumed {
            let text = "one copy in one zone: down while it is replaced".to_owned();
            let hint = "declare `availability: { zones: 2 }` if that is not acceptable";
            found.push(self.found(Effect::Risk, text).hint(hint));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, knative, known, pods};

    #[test]
    fn a_single_pod_is_a_risk_unless_the_team_chose_it() {
        let mut bench = Bench::cluster();
        assert_eq!(bench.effects(&ServiceLevel), []);
        for one in [pods(1), knative()] {
            bench.configuration = Some(one);
            assert_eq!(bench.effects(&ServiceLevel), [Effect::Risk]);
        }
        bench.app.availability.zones = known(1);
        assert_eq!(bench.effects(&ServiceLevel), []);
    }
}
