//! Who decides on nodes, with the catalogue's numbers.

use catalog::Missing;
use scaling::cluster_autoscaler::{ClusterAutoscaler, ClusterAutoscalerSettings};
use scaling::karpenter::{Batch, ConsolidationSettings, Consolidator};
use units::{Duration, Instant};

use super::super::settings::NodeSource;
use super::{Node, NodeId};
use crate::case::Case;

/// Who decides on nodes.
#[derive(Debug)]
pub(super) enum Source {
    /// Karpenter, and how long a node must have kept its pods.
    Karpenter(Batch, Consolidator, Duration),
    /// The cluster autoscaler, and the share of a node in use below which it is looked at.
    ClusterAutoscaler(ClusterAutoscaler, f64),
    Fixed,
}

pub(super) fn source(case: &Case<'_>, nodes: NodeSource) -> Result<Source, Missing> {
    let number = |platform: &str, id: &str| case.prices.limit_number(platform, id);
    let seconds = |platform: &str, id: &str| number(platform, id).map(Duration::from_secs_f64);
    let karpenter = |id| seconds("karpenter", id);
    let classic = |id| seconds("cluster-autoscaler", id);
    Ok(match nodes {
        NodeSource::Fixed(_) => Source::Fixed,
        NodeSource::Karpenter => {
            let after = karpenter("consolidate_after")?;
            let consolidator = Consolidator::new(ConsolidationSettings {
                after,
                poll: karpenter("disruption_poll")?,
                validation: karpenter("validation_delay")?,
                budget_percent: number("karpenter", "disruption_budget")?,
            });
            let batch = Batch::new(karpenter("batch_idle")?, karpenter("batch_max")?);
            Source::Karpenter(batch, consolidator, after)
        }
        NodeSource::ClusterAutoscaler => Source::ClusterAutoscaler(
            ClusterAutoscaler::new(ClusterAutoscalerSettings {
                scan: classic("scan_interval")?,
                unneeded: classic("scale_down_unneeded")?,
                after_add: classic("scale_down_delay_after_add")?,
            }),
            number("cluster-autoscaler", "utilisation_threshold")?,
        ),
    })
}

/// Nodes that the cluster autoscaler does not need, the emptiest first: less in use than the threshold, and
/// room on the others for their pods, after those before them have gone.
pub(super) fn unneeded(all: &[Node], now: Instant, threshold: f64) -> Vec<NodeId> {
    let stay = || all.iter().filter(|node| node.stays());
    let room = |node: &Node| node.room.saturating_sub(node.pods);
    let mut free: u32 = stay().map(room).sum();
    let used = |node: &&Node| f64::from(node.pods) / f64::from(node.room.max(1));
    let low = stay().filter(|node| node.id > 0 && node.ready <= now && used(node) < threshold);
    let mut low: Vec<&Node> = low.collect();
    low.sort_by_key(|node| (node.pods, std::cmp::Reverse(node.id)));
    let mut gone = Vec::new();
    for node in low {
        let others = free - room(node);
        if node.pods <= others {
            free = others - node.pods;
            gone.push(node.id);
        }
    }
    gone
}
