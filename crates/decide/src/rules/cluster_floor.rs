//! # A cluster costs the same when nobody comes
//!
//! ## What it checks
//! How much of the smallest node the whole app's mean load would use on a cluster of its own.
//!
//! ## Why it matters
//! Control plane, nodes and load balancer are paid whatever the traffic. Few small services carry them alone; many
//! share them.
//!
//! ## Evidence
//! Mean concurrent CPU of the component. The floor itself is on the bill of every alternative that has a cluster.
//!
//! ## Source
//! Prices of aws/eks, aws/ec2 and aws/alb.

use platforms::Family;

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// Below this many CPUs on average, the note is printed: half of the smallest node type in use. Our judgement.
const BUSY_VCPU: f64 = 1.0;

/// See the head of this file.
pub(super) struct ClusterFloor;

impl Rule for ClusterFloor {
    fn about(&self) -> About {
        About {
            id: RuleId("CR072"),
            title: "a cluster costs the same when nobody comes",
            hardness: Hardness::Soft,
            origin: &["E3"],
            file: include_str!("cluster_floor.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        let is_new = case.family == Family::Kubernetes && case.app.existing_cluster.is_none();
        if !is_new || case.configuration.is_none() || !case.runs_code() {
            return;
        }
        let cpu = case.component.demand.cpu.value().map(model::Distribution::mean);
        let busy = case.workload.mean_rate().hertz() * cpu.unwrap_or_default().secs_f64();
        if busy < BUSY_VCPU {
            let text = format!("keeps {busy:.2} vCPU busy on average; the cluster's floor stays");
            found.push(self.found(Effect::Note, text));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, workload};

    #[test]
    fn a_small_service_carries_the_floor_alone() {
        let mut bench = Bench::cluster();
        assert_eq!(bench.effects(&ClusterFloor), [Effect::Note]);
        bench.workload = workload(100.0);
        assert_eq!(bench.effects(&ClusterFloor), []);
    }
}
