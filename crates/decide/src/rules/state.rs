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
//! The component's kind and needs, and the platform's list of refused needs. An engine that a managed service offers
//! is run on a disk of one's own, where the provider has such a service, only if the component's `allow` list names that platform: the bill of a self-run store
//! is lower, but backups, upgrades and failover are then work for people, and no bill shows that.
//!
//! ## Source
//! Catalogue row aws-fargate/not_supported; Lambda's execution environment documentation.

use model::{Engine, Kind, Need};
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
        if stateful && matches!(case.family, Family::Kubernetes | Family::Servers) {
            let engine = case.component.engine.as_ref().and_then(model::Fact::get);
            let managed = engine.filter(|engine| *engine != Engine::Other && (case.managed)());
            let asked = !case.component.allow.is_empty();
            if let Some(engine) = managed.filter(|_| !asked) {
                let text = format!(
                    "self-run {}: backups, upgrades and failover would be yours",
                    engine.name()
                );
                let hint = format!("`allow: [{}]` offers it", case.platform);
                found.push(self.found(Effect::Excludes, text).at(case.component.span).hint(hint));
            } else if case.configuration.is_some() {
                let text = "self-run: backups, upgrades and failover are yours".to_owned();
                found.push(self.found(Effect::Risk, text).at(case.component.span));
            }
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

    #[test]
    fn what_a_managed_service_offers_is_self_run_only_if_asked_for() {
        let mut bench = Bench::cluster();
        bench.component.kind = Kind::Stateful;
        bench.component.engine = Some(crate::testing::known(Engine::Postgres));
        assert_eq!(bench.effects(&State), [Effect::Excludes]);
        bench.component.allow = vec![("kubernetes".to_owned(), None)];
        assert_eq!(bench.effects(&State), [Effect::Risk]);
        bench.component.allow.clear();
        bench.component.engine = Some(crate::testing::known(Engine::Other));
        assert_eq!(bench.effects(&State), [Effect::Risk]);
    }
}
