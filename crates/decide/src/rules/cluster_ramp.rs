//! # The load rises faster than pods and nodes come
//!
//! ## What it checks
//! Whether the load at least doubles from one minute to the next on a cluster.
//!
//! ## Why it matters
//! A horizontal autoscaler sees a rise after its metric's lag and its 15-second tick, at most doubles (or adds four pods)
//! each tick, and a pod that finds no room waits for a node. Until then the pods that are there carry the load: head-room
//! or queueing.
//!
//! ## Evidence
//! The steepest rise between two minutes that carry at least one request in flight. The simulation replays it; this
//! rule says where to look.
//!
//! ## Source
//! Catalogue rows kubernetes-hpa/sync_period, kubernetes-hpa/scale_up.policies; cold-start table for nodes (28 to 70 s
//! with Karpenter).

use platforms::Family;

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct ClusterRamp;

impl Rule for ClusterRamp {
    fn about(&self) -> About {
        About {
            id: RuleId("CR053"),
            title: "the load rises faster than pods and nodes come",
            hardness: Hardness::Soft,
            origin: &["Q4"],
            file: include_str!("cluster_ramp.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        // Of a split load nothing waits for more pods.
        let waits = case.settings().is_some_and(|settings| settings.spill().is_none());
        if case.family != Family::Kubernetes || !waits {
            return;
        }
        let minutes = &case.workload.per_minute;
        // One request in flight, as requests a minute.
        let one = 60.0 / case.component.demand.mean().secs_f64().max(1e-9);
        let rises = minutes.iter().zip(minutes.iter().skip(1)).filter(|(_, after)| **after > one);
        let steepest = rises.map(|(before, after)| after / before.max(one)).fold(0.0, f64::max);
        if steepest >= 2.0 {
            let text = format!("rises {steepest:.1}× within a minute; pods follow a minute later");
            found.push(self.found(Effect::Risk, text).hint("keep head-room: more pods at least"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, split_pods, workload};

    #[test]
    fn a_spike_is_named_and_a_flat_load_is_not() {
        let mut bench = Bench::cluster();
        bench.workload = workload(20.0);
        assert_eq!(bench.effects(&ClusterRamp), []);
        bench.workload.per_minute[700..720].fill(20_000.0);
        assert_eq!(bench.effects(&ClusterRamp), [Effect::Risk]);
    }

    #[test]
    fn what_pods_of_a_split_have_no_room_for_does_not_wait_for_others() {
        let mut bench = Bench::cluster();
        bench.workload = workload(20.0);
        bench.workload.per_minute[700..720].fill(20_000.0);
        bench.configuration = Some(split_pods(2));
        assert_eq!(bench.effects(&ClusterRamp), []);
    }

    #[test]
    fn a_few_requests_more_are_no_spike() {
        let mut bench = Bench::cluster();
        bench.workload = workload(0.01);
        bench.workload.per_minute[700] = 6.0;
        assert_eq!(bench.effects(&ClusterRamp), []);
    }
}
