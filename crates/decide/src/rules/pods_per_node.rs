//! # Pods do not fit their nodes
//!
//! ## What it checks
//! Whether a pod's memory and CPU request fit the node type that the definition pins, after what the node keeps for
//! itself.
//!
//! ## Why it matters
//! A pod that fits no node stays pending for ever.
//!
//! ## Evidence
//! The bin packing of the cluster's bill uses the provider's formulas for reserved resources and pods per node, and
//! chooses the node type; a pod that fits none is reported there as an obstacle. This rule is its page, and warns where
//! one pod takes more than half of the largest node's limit, because then every node wastes what is left over.
//!
//! ## Source
//! Catalogue rows eks/reserved.cpu, eks/reserved.memory, eks/max_pods.

use platforms::Settings;

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct PodsPerNode;

impl Rule for PodsPerNode {
    fn about(&self) -> About {
        About {
            id: RuleId("CR054"),
            title: "pods do not fit their nodes",
            hardness: Hardness::Soft,
            origin: &["Q5"],
            file: include_str!("pods_per_node.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        let (Some(Settings::Pod(pod)), Some(limit)) = (case.settings(), &case.limits.memory_max)
        else {
            return;
        };
        if pod.memory.get() > limit.value.get() / 2 {
            let text = format!("one pod of {} fills more than half of any node", pod.memory);
            found.push(self.found(Effect::Risk, text));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, limited};
    use units::Bytes;

    #[test]
    fn a_pod_that_fills_a_node_is_named() {
        let mut bench = Bench::cluster();
        assert_eq!(bench.effects(&PodsPerNode), []);
        bench.limits.memory_max = limited(Bytes::from_gib(16), "instance table");
        assert_eq!(bench.effects(&PodsPerNode), []);
        bench.limits.memory_max = limited(Bytes::from_mib(768), "instance table");
        assert_eq!(bench.effects(&PodsPerNode), [Effect::Risk]);
    }
}
