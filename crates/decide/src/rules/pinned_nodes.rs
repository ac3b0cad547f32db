//! # The pinned nodes do not hold the load
//!
//! ## What it checks
//! Where `assume` pins the number of nodes: whether the memory of the requests in flight fits them.
//!
//! ## Why it matters
//! A published comparison priced two nodes of 2 GB for a load whose requests, at the memory given to each, take 5.1 GB
//! at once. The price is reproduced as asked; that it does not fit is said beside it.
//!
//! ## Evidence
//! Mean requests in flight (rate × declared duration, Little's law) × the declared memory: one request an instance, as the
//! comparison's own function would run; against the pinned nodes × the memory of their type.
//!
//! ## Source
//! The definition, and the instance table.

use platforms::Family;
use units::Bytes;

use crate::case::RuleCase;
use crate::rules::{About, Effect, Hardness, Rule, RuleFinding, RuleId};

/// See the head of this file.
pub(super) struct PinnedNodes;

impl Rule for PinnedNodes {
    fn about(&self) -> About {
        About {
            id: RuleId("CR082"),
            title: "the pinned nodes do not hold the load",
            hardness: Hardness::Soft,
            origin: &[],
            file: include_str!("pinned_nodes.rs"),
        }
    }

    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>) {
        let assume = &case.app.assume;
        let (Some((nodes, span)), Some((node, _))) = (&assume.nodes, &assume.node) else { return };
        let is_cluster = case.family == Family::Kubernetes && case.configuration.is_some();
        let Some(each) = (case.quota)("instance-memory", node).map(|quota| quota.low) else {
            return;
        };
        let Some(memory) = case.component.memory.get().filter(|_| is_cluster && case.runs_code())
        else {
            return;
        };
        // As the comparison counts: the duration as it was declared, for the function it was measured on.
        let declared = case.component.demand.duration.as_ref().and_then(|d| d.value());
        let takes =
            declared.map_or_else(|| case.component.demand.mean(), model::Distribution::mean);
        let in_flight = case.workload.mean_rate().hertz() * takes.secs_f64();
        let (needs, have) = (memory.gib_f64() * in_flight, each * f64::from(*nodes));
        if needs > have {
            let each = Bytes::new((each * f64::from(1 << 30)) as u64);
            let text = format!(
                "{in_flight:.1} requests at once of {memory} each take {needs:.1} GB, and {nodes} \
                 {node} of {each} have {have:.1} GB"
            );
            found.push(self.found(Effect::Risk, text).at(Some(*span)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, workload};
    use source::{FileId, Span};

    #[test]
    fn ninety_million_requests_do_not_fit_two_small_nodes() {
        let span = Span::new(FileId(0), 0, 1);
        let mut bench = Bench::cluster();
        bench.quotas.insert("instance-memory/t3a.small", 2.0);
        bench.app.assume.node = Some(("t3a.small".to_owned(), span));
        bench.app.assume.nodes = Some((2, span));
        assert_eq!(bench.effects(&PinnedNodes), []);
        bench.workload = workload(90e6 / (730.0 * 3600.0));
        assert_eq!(
            bench.check(&PinnedNodes)[0].text,
            "10.3 requests at once of 512 MB each take 5.1 GB, and 2 t3a.small of 2 GB have 4.0 GB"
        );
    }
}
