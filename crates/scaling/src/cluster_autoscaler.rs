//! When the Kubernetes cluster autoscaler adds nodes and when it takes them away.
//!
//! It looks every few seconds (10). Pods that fit nowhere are answered at the next look. A node goes when it
//! was unneeded without a break for ten minutes, and not within ten minutes of the last growth.
//!
//! Source: kubernetes/autoscaler, cluster-autoscaler FAQ; the numbers are the catalogue's.

use units::{Duration, Instant};

/// What it is configured with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClusterAutoscalerSettings {
    /// How often it looks.
    pub scan: Duration,
    /// How long a node must be unneeded.
    pub unneeded: Duration,
    /// How long after a growth nothing is taken away.
    pub after_add: Duration,
}

/// The autoscaler of one node group.
#[derive(Debug, Clone)]
pub struct ClusterAutoscaler {
    settings: ClusterAutoscalerSettings,
    next_scan: Instant,
    /// For each node that is not needed, newest last: since when.
    unneeded: Vec<Instant>,
    grew: Option<Instant>,
}

impl ClusterAutoscaler {
    /// It has not looked yet.
    pub const fn new(settings: ClusterAutoscalerSettings) -> Self {
        Self { settings, next_scan: Instant::START, unneeded: Vec::new(), grew: None }
    }

    /// At `now`, `there` nodes run or boot and `needed` would hold all pods: how many there should be.
    pub fn tick(&mut self, now: Instant, there: u32, needed: u32) -> u32 {
        if now < self.next_scan {
            return there;
        }
        self.next_scan = now + self.settings.scan;
        if needed > there {
            self.grew = Some(now);
            self.unneeded.clear();
            return needed;
        }
        self.unneeded.resize((there - needed) as usize, now);
        if self.grew.is_some_and(|at| at + self.settings.after_add > now) {
            return there;
        }
        let due = self.unneeded.iter().take_while(|&&at| at + self.settings.unneeded <= now);
        let gone = due.count();
        self.unneeded.drain(..gone);
        there - gone as u32
    }
}

/// A node group as the expander sees it, for pods that are all alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Group {
    /// Pods that one of its nodes holds.
    pub holds: u32,
    /// Share of a node's CPU and of its memory that one pod takes.
    pub cpu_each: f64,
    /// See [`Group::cpu_each`].
    pub memory_each: f64,
}

/// The group that leaves the least unused after it has grown for so many pods, as a sum of the shares of CPU and
/// memory, and the nodes it grows by; of equal ones the first. The expander `least-waste`, the default.
pub fn least_waste(groups: &[Group], pods: u32) -> Option<(usize, u32)> {
    let waste = |group: &Group, nodes: u32| {
        let used = |each: f64| f64::from(pods) * each / f64::from(nodes.max(1));
        2.0 - used(group.cpu_each) - used(group.memory_each)
    };
    let grown = groups.iter().enumerate().filter(|(_, group)| group.holds > 0 && pods > 0);
    let grown = grown.map(|(at, group)| {
        let nodes = pods.div_ceil(group.holds);
        (waste(group, nodes), at, nodes)
    });
    grown.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, at, nodes)| (at, nodes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_at_the_next_look_and_shrinks_after_ten_quiet_minutes() {
        let mut autoscaler = ClusterAutoscaler::new(ClusterAutoscalerSettings {
            scan: Duration::from_secs(10),
            unneeded: Duration::from_secs(600),
            after_add: Duration::from_secs(600),
        });
        let (mut nodes, mut changes) = (2, Vec::new());
        for second in 0..3000_u64 {
            let needed = match second {
                0..45 => 2,
                45..100 => 5,
                _ => 3,
            };
            let after =
                autoscaler.tick(Instant::START + Duration::from_secs(second), nodes, needed);
            if after != nodes {
                changes.push((second, after));
            }
            nodes = after;
        }
        assert_eq!(changes, [(50, 5), (700, 3)]);
    }

    #[test]
    fn the_group_that_leaves_the_least_unused_grows() {
        let group = |holds, cpu_each, memory_each| Group { holds, cpu_each, memory_each };
        let groups = [group(4, 0.25, 0.1), group(8, 0.12, 0.12)];
        // Shares left over for 4 pods: 0.6 of a small node, 1.04 of a large one; for 8: 0.6 and 0.08; for 17:
        // 0.81 and 0.64.
        assert_eq!(least_waste(&groups, 4), Some((0, 1)));
        assert_eq!(least_waste(&groups, 8), Some((1, 1)));
        assert_eq!(least_waste(&groups, 17), Some((1, 3)));
        assert_eq!(least_waste(&groups, 0), None);
        assert_eq!(least_waste(&[group(0, 2.0, 0.1)], 3), None);
    }
}
