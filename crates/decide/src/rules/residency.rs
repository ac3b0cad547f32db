//! # It must stay on premises or where the service does not exist
//!
//! ## What it checks
//! Whether the component declares `needs: [on-premises]`: data that may not leave a building or a
//! country, an air gap, a certification that names the platform.
//!
//! ## Why it matters
//! A managed service exists only in its provider's regions and under its provider's certificates.
//! What must not be there can run on machines of your own only.
//!
//! ## Evidence
//! The declared need. Every platform priced here is a public region, so each of them refuses it;
//! self-managed clusters are a target that is not priced yet.
//!
//! ## Source
//! Judgement: a contract or a law sets this threshold, no vendor does.

use model::Need;

use crate::case::RuleCase;
use crate::rules::{About, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct Residency;

impl Rule for Residency {
    fn about(&self) -> About {
        About {
            id: RuleId("CR040"),
            title: "it must stay on premises or where the service does not exist",
            hardness: Hardness::Hard,
            origin: &["C1", "C2"],
            file: include_str!("residency.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        case.exclude_if_refused(self, Need::OnPremises, found);
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
        assert_eq!(bench.effects(&Residency), []);
        bench.component.needs.insert(Need::OnPremises, None);
        assert_eq!(bench.effects(&Residency), [Effect::Excludes]);
    }

    #[test]
    fn a_platform_that_serves_it_stays() {
        let mut bench = Bench::cluster();
        bench.component.needs.insert(Need::OnPremises, None);
        assert_eq!(bench.effects(&Residency), []);
    }
}
