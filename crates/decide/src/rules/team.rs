//! # Running it takes hours
//!
//! ## What it checks
//! Whether a cluster is considered for a team that says it has nobody who runs clusters.
//!
//! ## Why it matters
//! Upgrades, add-ons, certificates and on-call are work. For a small app they cost more than the machines do. The hours
//! are shown as a line of their own and never mixed into the bill.
//!
//! ## Evidence
//! The `team` block: Kubernetes experience and hourly rate. The hours a month are our assumptions, listed with their
//! basis beside the line.
//!
//! ## Source
//! Judgement; see `operating.rs`.

use model::KubernetesSkill;
use platforms::Family;

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct Team;

impl Rule for Team {
    fn about(&self) -> About {
        About {
            id: RuleId("CR074"),
            title: "running it takes hours",
            hardness: Hardness::Soft,
            origin: &["E5"],
            file: include_str!("team.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        let Some(team) = &case.app.team else { return };
        if case.family == Family::Kubernetes
            && team.kubernetes == KubernetesSkill::None
            && case.configuration.is_some()
        {
            let text = "nobody in the team runs clusters today".to_owned();
            found.push(self.found(Effect::Risk, text).at(team.span));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Bench;
    use units::Money;

    #[test]
    fn a_team_without_experience_is_told_so_for_clusters_only() {
        let team = model::Team {
            kubernetes: KubernetesSkill::None,
            hourly: Money::from_cents(8500),
            span: None,
        };
        let mut bench = Bench::cluster();
        assert_eq!(bench.effects(&Team), []);
        bench.app.team = Some(team.clone());
        assert_eq!(bench.effects(&Team), [Effect::Risk]);
        let mut functions = Bench::function();
        functions.app.team = Some(team);
        assert_eq!(functions.effects(&Team), []);
    }
}
