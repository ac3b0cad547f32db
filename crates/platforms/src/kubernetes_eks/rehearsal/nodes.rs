//! Nodes under the pods: who fits where, who pulls the image, when nodes come and when they go.
//!
//! All nodes are of one type. Pods go to the first node with room, which is what an autoscaler that
//! consolidates arrives at; the scheduler's own spreading is not here.

use catalog::Missing;
use scaling::cluster_autoscaler::{ClusterAutoscaler, ClusterAutoscalerSettings};
use scaling::karpenter::{Batch, Consolidation, ConsolidationSettings};
use sim::nodes::PodSize;
use units::{Duration, Instant};

use super::super::overhead::Overhead;
use super::settings::{NodeSource, Settings};
use crate::case::Case;

/// A node's name: the number of its launch.
pub(super) type NodeId = u32;

/// Who decides on nodes.
#[derive(Debug)]
enum Source {
    Karpenter(Batch, Consolidation),
    ClusterAutoscaler(ClusterAutoscaler),
    Fixed,
}

#[derive(Debug)]
struct Node {
    id: NodeId,
    /// Pods that it holds.
    room: u32,
    pods: u32,
    ready: Instant,
    /// From when the image is there; `None` until the first pod asks for it.
    image: Option<Instant>,
}

/// All nodes.
#[derive(Debug)]
pub(super) struct Nodes {
    source: Source,
    all: Vec<Node>,
    launched: NodeId,
    /// Pods that the first node holds beside those of the cluster itself, and each other one.
    first: u32,
    each: u32,
    boot: Duration,
    pull: Duration,
}

impl Nodes {
    /// Enough for `pods` at the beginning, with the image on them.
    pub(super) fn new(
        case: &Case<'_>,
        settings: &Settings<'_>,
        pods: u32,
    ) -> Result<Self, Missing> {
        let seconds = |platform: &str, id: &str| {
            case.prices.limit_number(platform, id).map(Duration::from_secs_f64)
        };
        let overhead = Overhead::of(&case.site())?;
        let size = PodSize { cpu: settings.cpu, memory: settings.memory };
        let room = overhead.room(settings.instance);
        let system = overhead.system().iter();
        let beside = system.fold(room, |room, (size, n)| room.less(*size, u64::from(*n)));
        let holds = |room: sim::nodes::Room| u32::try_from(room.holds(size)).unwrap_or(u32::MAX);
        let rate = case.prices.limit_number("eks", "image_pull.rate")?;
        let mut nodes = Self {
            source: source(case, settings.nodes)?,
            all: Vec::new(),
            launched: 0,
            first: holds(beside),
            each: holds(room).max(1),
            boot: seconds("eks", "node.ready")?,
            pull: Duration::from_secs_f64(settings.image.mib_f64() / rate.max(1.0)),
        };
        let count = match settings.nodes {
            NodeSource::Fixed(count) => count,
            _ => nodes.needed(pods),
        };
        for _ in 0..count {
            nodes.launch(Instant::START);
        }
        for node in &mut nodes.all {
            (node.ready, node.image) = (Instant::START, Some(Instant::START));
        }
        Ok(nodes)
    }

    /// How many there are, those included that boot.
    pub(super) fn len(&self) -> u32 {
        self.all.len() as u32
    }

    /// Boot and image pull of a new node.
    pub(super) fn new_node_time(&self) -> Duration {
        self.boot + self.pull
    }

    /// A place for a pod: its node, and from when the node holds the image. Nodes that are ready come first.
    pub(super) fn place(&mut self, now: Instant) -> Option<(NodeId, Instant)> {
        let free = |node: &&mut Node| node.pods < node.room;
        let ready = |node: &&mut Node| node.ready <= now;
        let node = match self.all.iter_mut().find(|n| free(n) && ready(n)) {
            Some(node) => node,
            None => self.all.iter_mut().find(free)?,
        };
        node.pods += 1;
        let from = node.ready.max(now);
        let image = *node.image.get_or_insert(from + self.pull);
        Some((node.id, image.max(from)))
    }

    /// A pod has gone.
    pub(super) fn leave(&mut self, id: NodeId) {
        if let Some(node) = self.all.iter_mut().find(|node| node.id == id) {
            node.pods = node.pods.saturating_sub(1);
        }
    }

    /// A pod fits nowhere since `now`.
    pub(super) fn pending(&mut self, now: Instant) {
        if let Source::Karpenter(batch, _) = &mut self.source {
            batch.pod(now);
        }
    }

    /// Lets whoever decides on nodes look: `all` pods are asked for, `homeless` of them have no node. Answers
    /// which nodes went; their pods must go, too.
    pub(super) fn tick(&mut self, now: Instant, all: u32, homeless: u32) -> Vec<NodeId> {
        let (there, needed) = (self.len(), self.needed(all));
        let target = match &mut self.source {
            Source::Fixed => there,
            Source::ClusterAutoscaler(autoscaler) => autoscaler.tick(now, there, needed),
            Source::Karpenter(batch, consolidation) => {
                if batch.close(now) {
                    there + homeless.div_ceil(self.each)
                } else {
                    consolidation.tick(now, there, needed)
                }
            }
        };
        for _ in there..target {
            self.launch(now);
        }
        let mut gone = Vec::new();
        for _ in target..there {
            // The emptiest, the newest of several; the first carries the cluster's own pods.
            let emptiest = self.all.iter().enumerate().skip(1);
            let emptiest = emptiest.min_by_key(|(at, node)| (node.pods, std::cmp::Reverse(*at)));
            let Some((at, _)) = emptiest else { break };
            gone.push(self.all.remove(at).id);
        }
        gone
    }

    /// Nodes that hold so many pods; always one, for the cluster's own.
    fn needed(&self, pods: u32) -> u32 {
        1 + pods.saturating_sub(self.first).div_ceil(self.each)
    }

    fn launch(&mut self, now: Instant) {
        let room = if self.launched == 0 { self.first } else { self.each };
        let ready = now + self.boot;
        self.all.push(Node { id: self.launched, room, pods: 0, ready, image: None });
        self.launched += 1;
    }
}

fn source(case: &Case<'_>, nodes: NodeSource) -> Result<Source, Missing> {
    let number = |platform: &str, id: &str| case.prices.limit_number(platform, id);
    let seconds = |platform: &str, id: &str| number(platform, id).map(Duration::from_secs_f64);
    let karpenter = |id| seconds("karpenter", id);
    let classic = |id| seconds("cluster-autoscaler", id);
    Ok(match nodes {
        NodeSource::Fixed(_) => Source::Fixed,
        NodeSource::Karpenter => Source::Karpenter(
            Batch::new(karpenter("batch_idle")?, karpenter("batch_max")?),
            Consolidation::new(ConsolidationSettings {
                after: karpenter("consolidate_after")?,
                poll: karpenter("disruption_poll")?,
                validation: karpenter("validation_delay")?,
                budget_percent: number("karpenter", "disruption_budget")?,
            }),
        ),
        NodeSource::ClusterAutoscaler => {
            Source::ClusterAutoscaler(ClusterAutoscaler::new(ClusterAutoscalerSettings {
                scan: classic("scan_interval")?,
                unneeded: classic("scale_down_unneeded")?,
                after_add: classic("scale_down_delay_after_add")?,
            }))
        }
    })
}
