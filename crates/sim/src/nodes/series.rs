//! Pods over time: the same counts come again and again, so each distinct set is packed once.

use super::{Packer, PodSize, Room};

/// Pairs of place and count that a table is kept for in any case.
const TABLE_MAX: usize = 4096;

/// Counts of several components over the steps of a cycle, with equal steps taken together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distinct {
    components: usize,
    /// One count a component, set after set.
    counts: Vec<u32>,
    /// How many steps have each set.
    steps: Vec<u64>,
    /// Which set each step has.
    at: Vec<u32>,
}

/// What is asked for over the steps of a cycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    /// CPU in millicores, memory in bytes and pods that are asked for at the same time, each with its number of steps.
    sets: Vec<([u64; 3], u64)>,
    /// The same summed over all steps.
    sums: [u128; 3],
    /// Steps in which there are pods.
    busy: u64,
}

impl Totals {
    fn of(sets: Vec<([u64; 3], u64)>) -> Self {
        let mut sums = [0_u128; 3];
        for (asked, steps) in &sets {
            for (sum, asked) in sums.iter_mut().zip(asked) {
                *sum = sum.saturating_add(u128::from(*asked) * u128::from(*steps));
            }
        }
        let busy = sets.iter().filter(|(asked, _)| asked[2] > 0).map(|(_, steps)| steps).sum();
        Self { sets, sums, busy }
    }

    /// The same as [`Totals::node_steps_at_least`] or less, at once: as if nodes could be rented in parts.
    pub fn node_steps_roughly(&self, room: Room, zones: u32) -> u64 {
        let room = [room.cpu.get(), room.memory.get(), u64::from(room.pods)].map(|r| r.max(1));
        let by = |at: usize| self.sums[at].div_ceil(u128::from(room[at]));
        let most = by(0).max(by(1)).max(by(2));
        u64::try_from(most).unwrap_or(u64::MAX).max(self.busy.saturating_mul(u64::from(zones)))
    }

    /// Node-steps that no packing on nodes with this room can do without, with a node in each zone: a bound for
    /// comparing kinds of nodes.
    pub fn node_steps_at_least(&self, room: Room, zones: u32) -> u64 {
        let room = [room.cpu.get(), room.memory.get(), u64::from(room.pods)].map(|r| r.max(1));
        let nodes = |asked: &[u64; 3]| {
            let by = |at: usize| asked[at].div_ceil(room[at]);
            let least = if asked[2] > 0 { u64::from(zones) } else { 0 };
            by(0).max(by(1)).max(by(2)).max(least)
        };
        self.sets.iter().map(|(asked, steps)| nodes(asked) * steps).sum()
    }
}

/// Nodes over time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needed {
    /// Nodes in each step.
    pub nodes: Vec<u32>,
    /// Their sum: node-steps.
    pub node_steps: u64,
    /// The most in any step.
    pub most: u32,
}

impl Distinct {
    /// Of one series a component. A series shorter than the longest is repeated; an empty one is nothing.
    ///
    /// Steps are told apart one component after the other: what is alike so far is split by the next count. Places are
    /// given in ascending order at each split, so that the sets come out sorted without a row ever being compared.
    pub fn of(series: &[&[u32]]) -> Self {
        let length = series.iter().map(|counts| counts.len()).max().unwrap_or(0);
        let mut at = vec![0_u32; length];
        let mut places = usize::from(length > 0);
        for counts in series {
            places = split(&mut at, places, counts);
        }
        let mut steps = vec![0_u64; places];
        let mut some_step = vec![0_usize; places];
        for (step, &place) in at.iter().enumerate() {
            steps[place as usize] += 1;
            some_step[place as usize] = step;
        }
        let rows = some_step.iter().flat_map(|&step| series.iter().map(move |s| count(s, step)));
        let counts = rows.collect();
        Self { components: series.len(), counts, steps, at }
    }

    /// The distinct sets of counts, each with the number of steps that have it.
    pub fn sets(&self) -> impl Iterator<Item = (&[u32], u64)> {
        let each = self.components.max(1);
        let sets = (0..self.steps.len())
            .map(move |i| self.counts.get(i * each..(i + 1) * each).unwrap_or_default());
        sets.zip(self.steps.iter().copied())
    }

    /// The number of steps.
    pub fn len(&self) -> usize {
        self.at.len()
    }

    /// Whether there are no steps.
    pub fn is_empty(&self) -> bool {
        self.at.is_empty()
    }

    /// What each set asks for in all, if a pod of each component has this size.
    pub fn totals(&self, sizes: &[PodSize]) -> Totals {
        let total = |(counts, steps): (&[u32], u64)| {
            let (mut cpu, mut memory, mut pods) = (0_u64, 0_u64, 0_u64);
            for (size, &count) in sizes.iter().zip(counts) {
                let count = u64::from(count);
                cpu = cpu.saturating_add(size.cpu.get().saturating_mul(count));
                memory = memory.saturating_add(size.memory.get().saturating_mul(count));
                pods += count;
            }
            ([cpu, memory, pods], steps)
        };
        let mut sets: Vec<([u64; 3], u64)> = self.sets().map(total).collect();
        sets.sort_unstable();
        sets.dedup_by(|next, first| {
            let alike = next.0 == first.0;
            first.1 += if alike { next.1 } else { 0 };
            alike
        });
        Totals::of(sets)
    }

    /// Node-steps, given up as soon as they exceed `most`: then `None`.
    pub fn node_steps_within(&self, packer: &mut Packer<'_>, most: u64) -> Option<u64> {
        let mut sum = 0;
        for (counts, steps) in self.sets() {
            sum += packer.nodes(counts) * steps;
            if sum > most {
                return None;
            }
        }
        Some(sum)
    }

    /// Nodes in every step.
    pub fn needed(&self, packer: &mut Packer<'_>) -> Needed {
        let each: Vec<u32> = self
            .sets()
            .map(|(counts, _)| u32::try_from(packer.nodes(counts)).unwrap_or(u32::MAX))
            .collect();
        let nodes: Vec<u32> = self.at.iter().map(|&set| each[set as usize]).collect();
        let node_steps = nodes.iter().map(|&n| u64::from(n)).sum();
        let most = each.into_iter().max().unwrap_or(0);
        Needed { nodes, node_steps, most }
    }
}

/// A series' count in a step, repeated where it is short.
fn count(series: &[u32], step: usize) -> u32 {
    match series.len() {
        0 => 0,
        n if step < n => series[step],
        n => series[step % n],
    }
}

/// Splits what is alike so far by one more series; the number of places that there are then.
fn split(at: &mut [u32], places: usize, counts: &[u32]) -> usize {
    let most = counts.iter().copied().max().unwrap_or(0) as usize;
    // One count throughout tells nothing apart.
    if counts.iter().all(|&count| count as usize == most) {
        return places;
    }
    let repeated = counts.iter().copied().cycle();
    let width = most + 1;
    if width.saturating_mul(places) > TABLE_MAX.max(at.len() * 4) {
        return split_by_sorting(at, repeated);
    }
    // A cell for each pair of place and count: marked first, then numbered in order.
    let mut cells = vec![0_u32; width * places];
    for (place, count) in at.iter_mut().zip(repeated) {
        let cell = *place as usize * width + count as usize;
        cells[cell] = 1;
        *place = cell as u32;
    }
    let mut next = 0;
    for cell in &mut cells {
        let marked = *cell;
        *cell = next;
        next += marked;
    }
    for place in at {
        *place = cells[*place as usize];
    }
    next as usize
}

/// The same where a table of all pairs would be larger than the series are long.
fn split_by_sorting(at: &mut [u32], counts: impl Iterator<Item = u32>) -> usize {
    let pairs: Vec<u64> = at
        .iter()
        .zip(counts)
        .map(|(&place, count)| u64::from(place) << 32 | u64::from(count))
        .collect();
    let mut sorted = pairs.clone();
    sorted.sort_unstable();
    sorted.dedup();
    for (place, pair) in at.iter_mut().zip(&pairs) {
        *place = sorted.partition_point(|other| other < pair) as u32;
    }
    sorted.len()
}

#[cfg(test)]
mod tests {
    use super::super::{PodSize, Room};
    use super::*;
    use units::{Bytes, Millicores};

    #[test]
    fn equal_steps_are_one_set_and_short_series_repeat() {
        let distinct = Distinct::of(&[&[1, 1, 2, 2, 1, 1], &[5, 6]]);
        let sets: Vec<(Vec<u32>, u64)> = distinct.sets().map(|(c, n)| (c.to_vec(), n)).collect();
        assert_eq!(sets, [(vec![1, 5], 2), (vec![1, 6], 2), (vec![2, 5], 1), (vec![2, 6], 1)]);
        assert_eq!(distinct.len(), 6);
        assert!(Distinct::of(&[]).is_empty());
    }

    #[test]
    fn sets_are_those_of_sorted_rows() {
        // Small and large counts, so that both ways to split are gone, and a series that does not change.
        let mut state = 7_u64;
        let mut draw = |most: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            ((state >> 33) % most) as u32
        };
        for most in [2, 5, 90_000] {
            let long: Vec<u32> = (0..900).map(|_| draw(most)).collect();
            let short: Vec<u32> = (0..37).map(|_| draw(4)).collect();
            let steep: Vec<u32> = (0..900).map(|i| u32::from(i % 300 == 0) * draw(most)).collect();
            let series: [&[u32]; 5] = [&long, &short, &[3], &steep, &[]];
            let row = |step: usize| series.map(|s| count(s, step));
            let mut expected = std::collections::BTreeMap::<[u32; 5], u64>::new();
            (0..900).for_each(|step| *expected.entry(row(step)).or_default() += 1);
            let distinct = Distinct::of(&series);
            let sets: Vec<(Vec<u32>, u64)> =
                distinct.sets().map(|(c, n)| (c.to_vec(), n)).collect();
            let expected: Vec<(Vec<u32>, u64)> =
                expected.into_iter().map(|(row, steps)| (row.to_vec(), steps)).collect();
            assert_eq!(sets, expected, "{most}");
            let held = |step: usize| &sets[distinct.at[step] as usize].0[..];
            assert!((0..900).all(|step| held(step) == row(step)), "{most}");
        }
    }

    #[test]
    fn nodes_follow_the_pods_step_by_step() {
        let sizes = [PodSize { cpu: Millicores::new(500), memory: Bytes::from_mib(512) }];
        let room = Room { cpu: Millicores::new(1930), memory: Bytes::from_gib(4), pods: 20 };
        let mut packer = Packer::new(room, &sizes, 1).unwrap();
        let distinct = Distinct::of(&[&[1, 3, 4, 7, 3, 1]]);
        let needed = distinct.needed(&mut packer);
        assert_eq!(needed.nodes, [1, 1, 2, 3, 1, 1]);
        assert_eq!((needed.node_steps, needed.most), (9, 3));
        let totals = distinct.totals(&sizes);
        assert_eq!(totals.node_steps_at_least(room, 1), 8);
        // 9,500 millicores in all on 1,930 each, or a node in every step.
        assert_eq!(
            (totals.node_steps_roughly(room, 1), totals.node_steps_roughly(room, 2)),
            (6, 12)
        );
        assert_eq!(distinct.node_steps_within(&mut packer, 9), Some(9));
        assert_eq!(distinct.node_steps_within(&mut packer, 8), None);
    }
}
