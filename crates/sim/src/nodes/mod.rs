//! How many nodes a set of pods needs: the scheduler's fit, packed tightly.
//!
//! A pod fits a node if CPU, memory and the number of pods all do. Pods of one component are alike and
//! nodes of one pool are alike, so both are counted, not listed: packing costs as many operations as there
//! are components, squared, whatever the number of pods. Pods are packed first fit, largest dominant
//! resource first, which is what an autoscaler that consolidates its nodes arrives at.

mod series;

use units::{Bytes, Millicores};

pub use series::{Distinct, Needed, Totals};

/// What one pod asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PodSize {
    /// CPU.
    pub cpu: Millicores,
    /// Memory.
    pub memory: Bytes,
}

/// What one node has for pods, system pods already taken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// CPU.
    pub cpu: Millicores,
    /// Memory.
    pub memory: Bytes,
    /// Pods.
    pub pods: u32,
}

impl Room {
    /// How many pods of this size it holds, if nothing else is there.
    pub fn holds(&self, size: PodSize) -> u64 {
        let by = |room: u64, each: u64| room.checked_div(each).unwrap_or(u64::MAX);
        by(self.cpu.get(), size.cpu.get())
            .min(by(self.memory.get(), size.memory.get()))
            .min(u64::from(self.pods))
    }

    /// Whether each of these pods fits, if nothing else is there.
    pub fn fits(&self, sizes: &[PodSize]) -> bool {
        sizes.iter().all(|&size| self.holds(size) > 0)
    }

    /// What is left when it holds so many pods of this size.
    #[must_use]
    pub fn less(&self, size: PodSize, pods: u64) -> Self {
        Self {
            cpu: self.cpu.saturating_sub(size.cpu * pods),
            memory: self.memory.saturating_sub(size.memory * pods),
            pods: self.pods.saturating_sub(u32::try_from(pods).unwrap_or(u32::MAX)),
        }
    }

    /// Which part of the node's scarcest resource a pod takes.
    fn dominant_share(&self, size: PodSize) -> f64 {
        let share = |part: u64, whole: u64| part as f64 / whole.max(1) as f64;
        share(size.cpu.get(), self.cpu.get()).max(share(size.memory.get(), self.memory.get()))
    }
}

/// Packs pods of several sizes on nodes of one kind.
#[derive(Debug, Clone)]
pub struct Packer<'a> {
    room: Room,
    sizes: &'a [PodSize],
    /// Places in `sizes`, largest dominant resource first.
    order: Vec<usize>,
    zones: u32,
    /// Nodes that are alike, in the order in which they were opened.
    open: Vec<(Room, u64)>,
}

impl<'a> Packer<'a> {
    /// A packer for nodes with this much `room`, spread over `zones` (at least 1): each component's pods
    /// are divided evenly among the zones, and each zone has a node of its own.
    ///
    /// `None` if a pod of some size does not even fit an empty node.
    pub fn new(room: Room, sizes: &'a [PodSize], zones: u32) -> Option<Self> {
        if !room.fits(sizes) {
            return None;
        }
        let mut order: Vec<usize> = (0..sizes.len()).collect();
        let share = |i: usize| room.dominant_share(sizes[i]);
        order.sort_by(|&a, &b| share(b).total_cmp(&share(a)));
        Some(Self { room, sizes, order, zones: zones.max(1), open: Vec::new() })
    }

    /// How many nodes hold `counts` pods, one count for each size.
    pub fn nodes(&mut self, counts: &[u32]) -> u64 {
        let zones = self.zones;
        if zones == 1 {
            return self.pack(|i| u64::from(counts[i]));
        }
        let everywhere = counts.iter().any(|&count| count > 0);
        (0..zones)
            .map(|zone| {
                // What does not divide evenly goes to another zone with each component.
                let share = |i: usize| {
                    let turn = (zone + i as u32) % zones;
                    u64::from((counts[i] + zones - 1 - turn) / zones)
                };
                self.pack(share).max(u64::from(everywhere))
            })
            .sum()
    }

    fn pack(&mut self, count: impl Fn(usize) -> u64) -> u64 {
        self.open.clear();
        let mut nodes = 0;
        for place in 0..self.order.len() {
            let (size, mut left) = (self.sizes[self.order[place]], count(self.order[place]));
            let mut at = 0;
            while left > 0 && at < self.open.len() {
                at += self.fill(at, size, &mut left);
            }
            if left > 0 {
                let fresh = left.div_ceil(self.room.holds(size));
                self.open.push((self.room, fresh));
                nodes += fresh;
                let last = self.open.len() - 1;
                self.fill(last, size, &mut left);
            }
        }
        nodes
    }

    /// Puts pods on the nodes at `at`, one node after the other; those that end up different become a
    /// group of their own. Answers how many groups there are now where there was one.
    fn fill(&mut self, at: usize, size: PodSize, left: &mut u64) -> usize {
        let (room, nodes) = self.open[at];
        let each = room.holds(size);
        if each == 0 {
            return 1;
        }
        let (full, rest) = (nodes.min(*left / each), *left % each);
        let part = if full < nodes && rest > 0 { rest } else { 0 };
        *left -= full * each + part;
        let untouched = nodes - full - u64::from(part > 0);
        let groups = [
            (room.less(size, each), full),
            (room.less(size, part), u64::from(part > 0)),
            (room, untouched),
        ];
        let there = groups.into_iter().filter(|(_, nodes)| *nodes > 0);
        let before = self.open.len();
        self.open.splice(at..=at, there);
        self.open.len() + 1 - before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(cpu: u64, mib: u64) -> PodSize {
        PodSize { cpu: Millicores::new(cpu), memory: Bytes::from_mib(mib) }
    }
    fn room(cpu: u64, mib: u64, pods: u32) -> Room {
        Room { cpu: Millicores::new(cpu), memory: Bytes::from_mib(mib), pods }
    }
    fn nodes(room: Room, sizes: &[PodSize], counts: &[u32], zones: u32) -> Option<u64> {
        Some(Packer::new(room, sizes, zones)?.nodes(counts))
    }

    #[test]
    fn cpu_memory_and_pod_count_each_can_be_what_fills_a_node() {
        let node = room(1930, 3300, 17);
        assert_eq!(nodes(node, &[size(500, 128)], &[9], 1), Some(3), "CPU: 3 each");
        assert_eq!(nodes(node, &[size(100, 1024)], &[9], 1), Some(3), "memory: 3 each");
        assert_eq!(nodes(node, &[size(10, 16)], &[18], 1), Some(2), "pods: 17 each");
        assert_eq!(nodes(node, &[size(500, 128)], &[0], 1), Some(0));
        assert_eq!(nodes(node, &[size(2000, 128)], &[1], 1), None, "never fits");
    }

    #[test]
    fn small_pods_fill_what_large_ones_leave() {
        // 3 large pods take 3 nodes and leave 400 m each; 3 × 4 small pods of 100 m fit into that.
        let sizes = [size(100, 64), size(1500, 512)];
        assert_eq!(nodes(room(1930, 3300, 17), &sizes, &[12, 3], 1), Some(3));
        assert_eq!(nodes(room(1930, 3300, 17), &sizes, &[13, 3], 1), Some(4));
    }

    #[test]
    fn a_second_zone_means_a_second_node_and_an_even_spread() {
        let node = room(1930, 3300, 17);
        assert_eq!(nodes(node, &[size(100, 64)], &[2], 1), Some(1));
        assert_eq!(nodes(node, &[size(100, 64)], &[2], 2), Some(2));
        // Two components of three pods each: 2 + 1 here, 1 + 2 there.
        assert_eq!(nodes(node, &[size(600, 64), size(600, 64)], &[3, 3], 2), Some(2));
        assert_eq!(nodes(node, &[size(100, 64)], &[0], 2), Some(0));
    }

    /// First fit, pod by pod and node by node: what the counting version must equal.
    fn one_by_one(room: Room, sizes: &[PodSize], counts: &[u32]) -> u64 {
        let mut order: Vec<usize> = (0..sizes.len()).collect();
        let share = |i: usize| room.dominant_share(sizes[i]);
        order.sort_by(|&a, &b| share(b).total_cmp(&share(a)));
        let mut nodes: Vec<Room> = Vec::new();
        for i in order {
            for _ in 0..counts[i] {
                match nodes.iter_mut().find(|node| node.holds(sizes[i]) > 0) {
                    Some(node) => *node = node.less(sizes[i], 1),
                    None => nodes.push(room.less(sizes[i], 1)),
                }
            }
        }
        nodes.len() as u64
    }

    #[test]
    fn counting_gives_what_packing_one_by_one_gives() {
        let mut random = units::Random::new(11);
        for _ in 0..2000 {
            let mut draw = |low: u64, high: u64| low + random.below(high - low);
            let node = room(draw(1900, 8000), draw(3000, 32_000), draw(8, 60) as u32);
            let sizes: Vec<PodSize> =
                (0..draw(1, 7)).map(|_| size(draw(10, 1900), draw(16, 3000))).collect();
            let counts: Vec<u32> = sizes.iter().map(|_| draw(0, 40) as u32).collect();
            let mut packer = Packer::new(node, &sizes, 1).unwrap();
            let got = packer.nodes(&counts);
            assert_eq!(got, one_by_one(node, &sizes, &counts), "{node:?} {sizes:?} {counts:?}");
            let series: Vec<&[u32]> = counts.iter().map(std::slice::from_ref).collect();
            let totals = Distinct::of(&series).totals(&sizes);
            assert!(totals.node_steps_at_least(node, 1) <= got);
        }
    }
}
