//! Nodes under the pods: who fits where, who pulls the image, when nodes come and when they go.
//!
//! All pods are alike, so a node is how many of them it holds. The scheduler spreads: a pod goes to the node with
//! the smallest share of its room in use. The first node carries the cluster's own pods, is on demand, and stays.

mod kinds;
mod source;

use catalog::Missing;
use scaling::karpenter::{self, launches};
use units::{Duration, Instant, Millicores, Price, Random};

use self::kinds::Kinds;
use self::source::Source;
use super::super::flavours::Flavour;
use super::settings::{NodeSource, Settings};
use super::world::BEFORE;
use crate::case::Case;

/// A node's name: the number of its launch.
pub(super) type NodeId = u32;

#[derive(Debug)]
struct Node {
    id: NodeId,
    /// Its type, and whether it is spot capacity.
    kind: usize,
    spot: bool,
    /// Pods that it holds, and pods that are there, those that end included.
    room: u32,
    pods: u32,
    ready: Instant,
    /// From when the image is there; `None` until the first pod asks for it.
    image: Option<Instant>,
    /// When pods last came or went.
    changed: Instant,
    /// From when its pods are evicted: it takes no more, and goes when they have gone.
    drains: Option<Instant>,
    /// When the provider takes it, if it ever does, and whether it has said so.
    taken: Option<Instant>,
    told: bool,
}

impl Node {
    const fn stays(&self) -> bool {
        self.drains.is_none()
    }
}

/// All nodes.
#[derive(Debug)]
pub(super) struct Nodes {
    source: Source,
    kinds: Kinds,
    all: Vec<Node>,
    launched: NodeId,
    boot: Duration,
    pull: Duration,
    /// How long before it takes a node the provider says so.
    notice: Duration,
    random: Random,
    /// Time of nodes by [`Nodes::kind_of`].
    time_ns: Vec<u128>,
    /// Spot nodes that were taken.
    interrupted: u32,
}

impl Nodes {
    /// Enough for `pods` at the beginning, with the image on them.
    pub(super) fn new(
        case: &Case<'_>,
        settings: &Settings<'_>,
        pods: u32,
    ) -> Result<Self, Missing> {
        let number = |platform: &str, id: &str| case.prices.limit_number(platform, id);
        let kinds = Kinds::of(case, settings)?;
        let flavour = Flavour::of(&case.site());
        let mut nodes = Self {
            source: source::source(case, settings.nodes)?,
            all: Vec::new(),
            launched: 0,
            boot: Duration::from_secs_f64(number(flavour.rows, "node.ready")?),
            pull: Duration::from_secs_f64(
                settings.image.mib_f64() / number(flavour.rows, "image_pull.rate")?.max(1.0),
            ),
            notice: Duration::from_secs_f64(number("aws-ec2", "spot.notice")?),
            random: case.seed.stream(&case.component.id, "spot interruptions"),
            time_ns: vec![0; kinds.all.len() * 2],
            interrupted: 0,
            kinds,
        };
        nodes.begin(settings.nodes, pods);
        Ok(nodes)
    }

    fn begin(&mut self, source: NodeSource, pods: u32) {
        let first = match source {
            NodeSource::Karpenter => self.kinds.for_system(pods),
            NodeSource::ClusterAutoscaler | NodeSource::Fixed(_) => 0,
        };
        self.launch(first, Instant::START);
        let left = pods.saturating_sub(self.all[0].room);
        let more = match source {
            NodeSource::Fixed(count) => vec![0; count.saturating_sub(1) as usize],
            NodeSource::Karpenter => launches(&self.kinds.offers, left),
            NodeSource::ClusterAutoscaler => self.kinds.least_waste(left),
        };
        for kind in more {
            self.launch(kind, Instant::START);
        }
        for node in &mut self.all {
            (node.ready, node.image) = (Instant::START, Some(Instant::START));
            // None was taken before the beginning.
            node.taken = node.taken.map(|at| at + BEFORE);
        }
    }

    /// How many there are, those included that boot and those that are being emptied.
    pub(super) fn len(&self) -> u32 {
        self.all.len() as u32
    }

    /// Spot nodes that were taken so far.
    pub(super) const fn interrupted(&self) -> u32 {
        self.interrupted
    }

    /// Boot and image pull of a new node.
    pub(super) fn new_node_time(&self) -> Duration {
        self.boot + self.pull
    }

    /// Lets time pass for everything that costs by time.
    pub(super) fn meter(&mut self, passed: u128) {
        for node in &self.all {
            self.time_ns[node.kind * 2 + usize::from(node.spot)] += passed;
        }
    }

    /// Time of nodes so far: that of each type on demand and as spot capacity, with [`Nodes::hours`].
    pub(super) fn time_ns(&self) -> &[u128] {
        &self.time_ns
    }

    /// What an hour costs, in the order of [`Nodes::time_ns`].
    pub(super) fn hours(&self) -> Vec<Price> {
        let all = self.kinds.all.iter();
        all.flat_map(|kind| [kind.hour, kind.spot.map_or(kind.hour, |spot| spot.hour)]).collect()
    }

    /// A place for a pod: its node, and from when the node holds the image. Nodes that are ready come first.
    pub(super) fn place(&mut self, now: Instant) -> Option<(NodeId, Instant)> {
        let free = self.all.iter_mut().filter(|node| node.stays() && node.pods < node.room);
        let emptiest = free.min_by_key(|node| {
            let used = u64::from(node.pods) * 1_000_000 / u64::from(node.room.max(1));
            (node.ready > now, used, node.id)
        });
        let node = emptiest?;
        node.pods += 1;
        let from = node.ready.max(now);
        node.changed = from;
        let image = *node.image.get_or_insert(from + self.pull);
        Some((node.id, image.max(from)))
    }

    /// A pod has gone.
    pub(super) fn leave(&mut self, id: NodeId, now: Instant) {
        if let Some(node) = self.all.iter_mut().find(|node| node.id == id) {
            node.pods = node.pods.saturating_sub(1);
            node.changed = now;
        }
    }

    /// CPU that each node has for pods.
    pub(super) fn cpu(&self) -> impl Iterator<Item = (NodeId, Millicores)> {
        self.all.iter().map(|node| {
            let kind = &self.kinds.all[node.kind];
            (node.id, if node.id == 0 { kind.cpu_beside_system } else { kind.cpu })
        })
    }

    /// A pod fits nowhere since `now`.
    pub(super) fn pending(&mut self, now: Instant) {
        if let Source::Karpenter(batch, _, _) = &mut self.source {
            batch.pod(now);
        }
    }

    /// Lets whoever decides on nodes look: `homeless` pods have no node. Nodes that are empty and on their way out
    /// go. Answers which nodes the provider has taken: what was on them is lost.
    pub(super) fn tick(&mut self, now: Instant, homeless: u32) -> Vec<NodeId> {
        self.decide(now, homeless);
        let mut lost = Vec::new();
        for node in &mut self.all {
            let Some(taken) = node.taken else { continue };
            if !node.told && taken.nanos() <= (now + self.notice).nanos() {
                node.told = true;
                node.drains = Some(node.drains.map_or(now, |at| at.min(now)));
                self.interrupted += 1;
            }
            if taken <= now {
                lost.push(node.id);
            }
        }
        self.all.retain(|node| {
            let emptied = node.drains.is_some_and(|at| at <= now) && node.pods == 0;
            !emptied && !lost.contains(&node.id)
        });
        lost
    }

    /// Nodes whose pods are to be evicted.
    pub(super) fn draining(&self, now: Instant) -> Vec<NodeId> {
        let draining = |node: &&Node| node.drains.is_some_and(|at| at <= now);
        self.all.iter().filter(draining).map(|node| node.id).collect()
    }

    fn decide(&mut self, now: Instant, homeless: u32) {
        let there = self.all.iter().filter(|node| node.stays()).count() as u32;
        match &mut self.source {
            Source::Fixed => {}
            Source::Karpenter(batch, consolidator, after) => {
                if batch.close(now) {
                    for kind in launches(&self.kinds.offers, homeless) {
                        self.launch(kind, now);
                    }
                } else if homeless == 0 {
                    let after = *after;
                    let stay = self.all.iter().filter(|node| node.stays());
                    let view = |node: &Node| karpenter::Node {
                        id: node.id,
                        pods: node.pods,
                        holds: node.room,
                        kind: node.kind,
                        hour: self.kinds.hour(node.kind, node.spot),
                        may_go: node.id > 0 && node.ready.max(node.changed) + after <= now,
                        replaceable: !node.spot,
                    };
                    let view: Vec<karpenter::Node> = stay.map(view).collect();
                    let going = self.all.len() as u32 - there;
                    let offers = &self.kinds.offers;
                    if let Some(found) = consolidator.tick(now, &view, going, offers) {
                        self.carry_out(&found, now);
                    }
                }
            }
            Source::ClusterAutoscaler(autoscaler, threshold) => {
                let more = self.kinds.least_waste(homeless);
                let unneeded = source::unneeded(&self.all, now, *threshold);
                let needed = match more.len() as u32 {
                    0 => there.saturating_sub(unneeded.len() as u32),
                    more => there + more,
                };
                let target = autoscaler.tick(now, there, needed);
                for kind in more.into_iter().take(target.saturating_sub(there) as usize) {
                    self.launch(kind, now);
                }
                let gone = there.saturating_sub(target) as usize;
                self.drain(unneeded.get(..gone).unwrap_or(&unneeded), now);
            }
        }
    }

    fn carry_out(&mut self, found: &karpenter::Move, now: Instant) {
        let from = match found.instead {
            Some(kind) => {
                self.launch(kind, now);
                now + self.boot
            }
            None => now,
        };
        self.drain(&found.gone, from);
    }

    fn drain(&mut self, gone: &[NodeId], from: Instant) {
        for node in self.all.iter_mut().filter(|node| gone.contains(&node.id)) {
            node.drains = Some(from);
        }
    }

    fn launch(&mut self, kind: usize, now: Instant) {
        let of = &self.kinds.all[kind];
        let first = self.launched == 0;
        let spot = of.spot.filter(|_| !first);
        let taken = spot.filter(|spot| spot.taken_an_hour > 0.0).map(|spot| {
            let hours = self.random.exponential() / spot.taken_an_hour;
            now + Duration::from_secs_f64((hours * 3600.0).min(1e9))
        });
        self.all.push(Node {
            id: self.launched,
            kind,
            spot: spot.is_some(),
            room: if first { of.beside_system } else { of.holds },
            pods: 0,
            ready: now + self.boot,
            image: None,
            changed: now,
            drains: None,
            taken,
            told: false,
        });
        self.launched += 1;
    }
}
