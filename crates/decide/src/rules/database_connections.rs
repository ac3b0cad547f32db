//! # More instances than the database has connections
//!
//! ## What it checks
//! Concurrent environments of a function that calls a relational database, against the connections that the database
//! accepts at its declared memory.
//!
//! ## Why it matters
//! Each environment opens its own connection. A burst that a function platform takes in its stride can lock everybody
//! out of the database; a pool in front of it (a proxy) or a cap on concurrency prevents that.
//!
//! ## Evidence
//! Requests in flight in the busiest minute (Little's law, or the simulated instances), one connection each, against
//! the smaller of memory / 9,531,392 bytes and 5,000 for PostgreSQL.
//!
//! ## Source
//! Catalogue row aws-rds-postgres/max_connections.

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};
use model::{CallKind, Engine, Fact};
use platforms::Settings;

/// See the head of this file.
pub(super) struct DatabaseConnections;

impl Rule for DatabaseConnections {
    fn about(&self) -> About {
        About {
            id: RuleId("CR031"),
            title: "more instances than the database has connections",
            hardness: Hardness::Soft,
            origin: &["S2"],
            file: include_str!("database_connections.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        let Some(Settings::Function(_)) = case.settings() else { return };
        let Some(formula) = (case.quota)("aws-rds-postgres", "max_connections") else { return };
        let simulated = case.evaluation.and_then(|evaluation| evaluation.timeline.as_ref());
        let instances = simulated
            .and_then(|timeline| timeline.instances.iter().copied().max())
            .map_or_else(|| case.peak_concurrency().ceil() as u64, u64::from);
        let calls = case.app.edges.iter().filter(|edge| edge.from == case.component.id);
        for edge in calls.filter(|edge| edge.kind == CallKind::Sync) {
            let Some(store) = case.app.component(&edge.to) else { continue };
            let engine = store.engine.as_ref().and_then(Fact::get);
            let Some(memory) = store.memory.get() else { continue };
            if engine != Some(Engine::Postgres) {
                continue;
            }
            let accepts = (memory.get() as f64 / formula.low).min(formula.high) as u64;
            if instances > accepts {
                let text = format!(
                    "up to {instances} environments, and {} of {memory} accepts {accepts} \
                     connections",
                    store.id
                );
                let hint = "put a proxy in front of the database, or cap the concurrency";
                found.push(self.found(Effect::Risk, text).at(store.span).hint(hint));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, app, component, known, workload};
    use model::{Edge, Kind};
    use units::Bytes;

    #[test]
    fn a_thousand_environments_are_more_than_a_small_database_accepts() {
        let mut db = component("db");
        db.kind = Kind::Stateful;
        db.engine = Some(known(Engine::Postgres));
        db.memory = known(Bytes::from_gib(2));
        let mut bench = Bench::function();
        bench.quotas_range.insert("aws-rds-postgres/max_connections", (9_531_392.0, 5000.0));
        bench.app = app(vec![component("api"), db]);
        bench.app.edges.push(Edge {
            from: "api".to_owned(),
            to: "db".to_owned(),
            calls_per_request: 1.0,
            bytes: known(Bytes::from_kib(4)),
            kind: CallKind::Sync,
            origin: None,
        });
        bench.workload = workload(100.0);
        assert_eq!(bench.effects(&DatabaseConnections), []);
        bench.workload = workload(3000.0);
        assert_eq!(bench.effects(&DatabaseConnections), [Effect::Risk]);
    }
}
