//! Pods over time: the same counts come again and again, so each distinct set is packed once.

use super::Packer;

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
    pub fn of(series: &[&[u32]]) -> Self {
        let components = series.len();
        let length = series.iter().map(|counts| counts.len()).max().unwrap_or(0);
        let count = |series: &[u32], step: usize| match series.len() {
            0 => 0,
            n if step < n => series[step],
            n => series[step % n],
        };
        // Runs of equal steps first: most steps equal the one before. Rows lie side by side, so that sorting compares slices.
        let mut starts: Vec<usize> = Vec::new();
        let mut rows: Vec<u32> = Vec::new();
        let mut row = vec![0; components];
        for step in 0..length {
            for (cell, counts) in row.iter_mut().zip(series) {
                *cell = count(counts, step);
            }
            if step == 0 || !rows.ends_with(&row) {
                starts.push(step);
                rows.extend_from_slice(&row);
            }
        }
        let set = |run: usize| &rows[run * components..(run + 1) * components];
        let mut order: Vec<usize> = (0..starts.len()).collect();
        order.sort_by(|&a, &b| set(a).cmp(set(b)));
        let mut distinct =
            Self { components, counts: Vec::new(), steps: Vec::new(), at: vec![0; length] };
        let mut previous = None;
        for run in order {
            let (start, end) = (starts[run], starts.get(run + 1).copied().unwrap_or(length));
            if previous.is_none_or(|p| set(p) != set(run)) {
                distinct.counts.extend_from_slice(set(run));
                distinct.steps.push(0);
            }
            previous = Some(run);
            let place = distinct.steps.len() - 1;
            distinct.steps[place] += (end - start) as u64;
            distinct.at[start..end].fill(place as u32);
        }
        distinct
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

    /// Node-steps that no packing can do without: a bound for comparing kinds of nodes.
    pub fn node_steps_at_least(&self, packer: &Packer<'_>) -> u64 {
        self.sets().map(|(counts, steps)| packer.at_least(counts) * steps).sum()
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
    fn nodes_follow_the_pods_step_by_step() {
        let sizes = [PodSize { cpu: Millicores::new(500), memory: Bytes::from_mib(512) }];
        let room = Room { cpu: Millicores::new(1930), memory: Bytes::from_gib(4), pods: 20 };
        let mut packer = Packer::new(room, &sizes, 1).unwrap();
        let distinct = Distinct::of(&[&[1, 3, 4, 7, 3, 1]]);
        let needed = distinct.needed(&mut packer);
        assert_eq!(needed.nodes, [1, 1, 2, 3, 1, 1]);
        assert_eq!((needed.node_steps, needed.most), (9, 3));
        assert!(distinct.node_steps_at_least(&packer) <= 9);
        assert_eq!(distinct.node_steps_within(&mut packer, 9), Some(9));
        assert_eq!(distinct.node_steps_within(&mut packer, 8), None);
    }
}
