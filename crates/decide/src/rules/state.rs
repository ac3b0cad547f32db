//! # It keeps data on a disk
//!
//! ## What it checks
//! Whether the component is a data store, or declares `needs: [local-disk]`, and the platform keeps disks.
//!
//! ## Why it matters
//! What a function or a task writes is gone with its environment. Data belongs on a managed service, on a volume of a
//! cluster, or on a server's own disk.
//!
//! ## Evidence
//! The component's kind and needs, and the platform's list of refused needs. Where a managed service and a disk of
//! one's own are both possible, the cheaper one is placed, in every alternative alike; backups, upgrades and failover
//! of a self-run store are work that the operating hours count and the bill does not.
//!
//! ## Source
//! Catalogue row aws-fargate/not_supported; Lambda's execution environment documentation.

use model::{Kind, Need};
use platforms::Family;

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct State;

impl Rule for State {
    fn about(&self) -> About {
        About {
            id: RuleId("CR030"),
            title: "it keeps data on a disk",
            hardness: Hardness::Hard,
            origin: &["S1"],
            file: include_str!("state.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        case.exclude_if_refused(self, Need::LocalDisk, found);
        let stateful = case.component.kind == Kind::Stateful;
        if stateful
            && case.family == Family::Serverless
            && found.iter().all(|f| f.rule != self.id())
        {
            let text = format!("keeps data; {} keeps nothing between instances", case.name);
            found.push(self.found(Effect::Excludes, text).at(case.component.span));
        }
        if stateful
            && matches!(case.family, Family::Kubernetes | Family::Servers)
            && case.configuration.is_some()
        {
            let text = "self-run: backups, upgrades and failover are yours".to_owned();
            found.push(self.found(Effect::Risk, text).at(case.component.span));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Bench;

    #[test]
    fn a_database_does_not_run_in_functions() {
        let mut bench = Bench::function();
        assert_eq!(bench.effects(&State), []);
        bench.component.kind = Kind::Stateful;
        assert_eq!(bench.effects(&State), [Effect::Excludes]);
    }

    #[test]
    fn on_a_cluster_it_runs_and_is_the_teams_own_work() {
        let mut bench = Bench::cluster();
        bench.component.kind = Kind::Stateful;
        assert_eq!(bench.effects(&State), [Effect::Risk]);
    }
}
